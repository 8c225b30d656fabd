"""What has to run: one task a chapter and territory of one year."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.execution.places import COUNTING, OWN_INDICATORS, counting_notebook, every_notebook
from rlpipeline.execution.request import Edition
from rlpipeline.settings.communes import own_commune
from rlpipeline.settings.models import Service, Settings

SERVICE = "service"
SOURCES: Mapping[Edition, str] = {"interne": "figures", "diffusion": "proteges"}
"""The store of figures that the notebooks of each edition open, by its name in their working directory."""
CHAPTER_FILE = re.compile(r"^\d+_[a-z0-9_]+$")
CHAPTER_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
"""How a chapter that the settings name may be called: on every disk its name is then written in one way."""
NOT_CHAPTERS = frozenset({"accueil", "modele", COUNTING, OWN_INDICATORS})
"""Notebooks beside the chapters: the welcome page of JupyterLab, what a new chapter is copied from, the counts."""
PORTRAIT = ("00_essentiel", "03_cadre", "05_activite", "08_annexes")


@dataclass(frozen=True)
class Task:
    """One notebook to run for one territory and year.

    Parameters
    ----------
    chapter
        Name of the notebook without its suffix, such as ``05_activite``.
    notebook
        The notebook with its outputs stripped.
    territory
        INSEE code of a commune, or ``service``.
    """

    chapter: str
    notebook: Path
    territory: str
    year: int
    edition: Edition

    @property
    def parameters(self) -> dict[str, str | int | None]:
        """What is injected in the notebook; its paths are relative to the chapter's working directory."""
        return {
            "year": self.year,
            "commune": None if self.territory == SERVICE else self.territory,
            "edition": self.edition,
            "source": SOURCES[self.edition],
            "params": "params",
        }


@dataclass(frozen=True)
class CountingTask(Task):
    """The notebook that counts, for all territories and every year asked for.

    Parameters
    ----------
    years
        Years of the reports; ``year`` is the latest.
    """

    years: tuple[int, ...]

    @property
    def parameters(self) -> dict[str, str | int | None]:
        """What is injected in the notebook."""
        return {
            "years": ", ".join(map(str, self.years)),
            "source": "records",
            "params": "params",
            "target": SOURCES[self.edition],
        }


def plan_counting(notebooks_dir: Path, years: Iterable[int]) -> CountingTask:
    """The task that counts: the service's own notebook where there is one beside its chapters, else ours.

    Raises
    ------
    UsageError
        There is neither.
    """
    notebook, asked = counting_notebook(notebooks_dir), tuple(sorted(years))
    if not notebook.is_file():
        raise UsageError(
            "Le notebook qui compte les chiffres manque.",
            where=str(notebooks_dir / notebook.name),
            todo="le recopier depuis le dossier notebooks/ de rlpipeline",
        )
    return CountingTask(COUNTING, notebook, SERVICE, max(asked), "interne", asked)


def plan_tasks(
    settings: Settings, notebooks_dir: Path, communes: Sequence[str], edition: Edition = "interne", ours: bool = False
) -> tuple[Task, ...]:
    """Tasks of one year: the service's chapters in printed order, then each commune's.

    Parameters
    ----------
    ours
        Whether the chapters of rlpipeline are taken where the folder has none of their name.

    Raises
    ------
    UsageError
        There is no notebook, or a commune is not one of the service.
    SettingsError
        ``rapport.yml`` names a chapter that does not exist, or names one twice.
    """
    usual = find_chapters(notebooks_dir, ours)
    notebooks = {**usual, **_own_chapters(notebooks_dir)}
    report = _chosen(settings, "chapitres", tuple(usual), notebooks)
    portrait = _chosen(settings, "portrait", tuple(name for name in PORTRAIT if name in usual), notebooks)
    places = [(SERVICE, report)] + [(code, portrait) for code in check_communes(settings.service, communes)]
    return tuple(
        Task(chapter, notebooks[chapter], territory, settings.year, edition)
        for territory, chapters in places
        for chapter in chapters
    )


def find_chapters(notebooks_dir: Path, ours: bool = False) -> Mapping[str, Path]:
    """Name and path of every chapter that enters the report where the settings do not choose, in number order.

    Raises
    ------
    UsageError
        The folder holds no chapter.
    """
    paths = [path for path in every_notebook(notebooks_dir, ours).values() if CHAPTER_FILE.match(path.stem)]
    if not paths:
        raise UsageError(
            "Aucun chapitre trouvé.",
            where=str(notebooks_dir),
            expected="des notebooks nommés comme 01_edito.ipynb",
            todo="indiquer leur dossier avec --notebooks",
        )
    return {path.stem: path for path in sorted(paths, key=_number_order)}


def _own_chapters(notebooks_dir: Path) -> Mapping[str, Path]:
    """Notebooks that enter the report where the settings name them: the service's own need no number."""
    paths = sorted(path for path in notebooks_dir.glob("*.ipynb") if CHAPTER_NAME.match(path.stem))
    return {path.stem: path for path in paths if path.stem not in NOT_CHAPTERS}


def check_communes(service: Service, communes: Iterable[str]) -> tuple[str, ...]:
    """The communes asked for by code or name, once each, in report order.

    Raises
    ------
    UsageError
        A commune is not one of the service.
    """
    wanted = {own_commune(commune, service) for commune in communes}
    return tuple(code for code in service.commune_codes if code in wanted)


def _number_order(path: Path) -> tuple[int, str]:
    return int(path.stem.split("_", 1)[0]), path.stem


def _chosen(settings: Settings, key: str, default: tuple[str, ...], notebooks: Mapping[str, Path]) -> tuple[str, ...]:
    chosen: tuple[str, ...] | None = getattr(settings.report, key)
    if chosen is None:
        return default
    where = f"{settings.directory / str(settings.year) / 'rapport.yml'}, {key}"
    for index, name in enumerate(chosen):
        if name not in notebooks:
            raise SettingsError(
                "Chapitre inconnu.", where, expected=", ".join(notebooks), got=name, todo=_nearest(name, notebooks)
            )
        if name in chosen[:index]:
            raise SettingsError("Chapitre nommé deux fois.", where, got=name, todo="ne le garder qu'une fois")
    return chosen


def _nearest(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, list(names), n=1, cutoff=0.4)
    return f"écrire {near[0]}" if near else "choisir parmi les noms attendus"
