"""Notebooks of the service's own: a chapter made from the model, a copy of one of ours to change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.errors import UsageError
from rlpipeline.execution.places import every_notebook
from rlpipeline.execution.plan import CHAPTER_NAME, find_chapters
from rlpipeline.lab.copies import write_with_defaults
from rlpipeline.settings.models import Settings

MODEL = "modele.ipynb"


@dataclass(frozen=True)
class Created:
    """A new chapter, and what the settings must say for it to enter the report."""

    path: Path
    settings: Path
    chapters: Sequence[str]

    def next_steps(self) -> str:
        """Say what to do next, in Markdown."""
        return (
            f"Le chapitre est là : [{self.path.as_posix()}]({self.path.as_posix()}).\n\n"
            f"Pour qu'il entre dans le rapport, écrire dans `{self.settings.as_posix()}`, à la place voulue :\n\n"
            f"```yaml\nchapitres: [{', '.join(self.chapters)}]\n```\n\n"
            "Pour qu'il entre aussi dans les portraits des communes, l'ajouter de même à `portrait:`."
        )


def create_chapter(notebooks: Path, name: str, settings: Settings, defaults: Mapping[str, str]) -> Created:
    """Copy the model under a name, with the service's source and settings as defaults.

    Raises
    ------
    UsageError
        The name cannot be a chapter's, or is taken.
    """
    path = notebooks / f"{name}.ipynb"
    if not CHAPTER_NAME.match(name) or path.stem == Path(MODEL).stem:
        raise UsageError(
            "Ce nom ne convient pas à un chapitre.",
            expected="des lettres sans accent, des chiffres, - ou _",
            got=name or "rien",
            todo="choisir par exemple chantiers_educatifs",
        )
    if path.exists():
        raise UsageError("Ce chapitre existe déjà.", where=str(path), todo="l'ouvrir, ou choisir un autre nom")
    notebooks.mkdir(exist_ok=True)
    write_with_defaults(every_notebook(notebooks, ours=True)[MODEL], path, defaults)
    chapters = settings.report.chapitres or tuple(find_chapters(notebooks, ours=True))
    return Created(path, settings.report_path, with_chapter(name, chapters))


def copy_ours(notebooks: Path, name: str, defaults: Mapping[str, str]) -> Path:
    """Copy one of our notebooks among the service's, which the report takes from then on; one that is there stays."""
    path = notebooks / f"{name}.ipynb"
    if not path.exists():
        notebooks.mkdir(exist_ok=True)
        write_with_defaults(every_notebook(notebooks, ours=True)[path.name], path, defaults)
    return path


def with_chapter(name: str, chapters: Sequence[str]) -> tuple[str, ...]:
    """Give the chapters of the report with a new one, before the appendices."""
    chosen = [one for one in chapters if one != name]
    place = next((rank for rank, one in enumerate(chosen) if "annexes" in one), len(chosen))
    return (*chosen[:place], name, *chosen[place:])
