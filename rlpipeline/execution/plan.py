"""What has to run, and where: a task a chapter and territory of a year, in a private directory gone afterwards."""

from __future__ import annotations

import ast
import difflib
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.execution.memory import Edition
from rlpipeline.execution.notebook_files import has_tag, read_notebook
from rlpipeline.execution.output_folder import WORKING, settings_files
from rlpipeline.our_notebooks import COUNTING, OWN_INDICATORS, counting_notebook, every_notebook
from rlpipeline.processes import uninterrupted
from rlpipeline.settings.models import Service, Settings, own_commune
from rlpipeline.settings.project import CELL_MINUTES

SERVICE = "service"
SOURCES: Mapping[Edition, str] = {"interne": "figures", "diffusion": "proteges"}
"""The store of figures that the notebooks of each edition open, by its name in their working directory."""
CHAPTER_FILE = re.compile(r"^\d+_[a-z0-9_]+$")
CHAPTER_NAME = re.compile(r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
"""How a chapter that the settings name may be called: on every disk its name is then written in one way."""
NOT_CHAPTERS = frozenset({"accueil", "modele", COUNTING, OWN_INDICATORS})
"""Notebooks beside the chapters: the welcome page of JupyterLab, what a new chapter is copied from, the counts."""
PORTRAIT = ("00_essentiel", "03_cadre", "05_activite", "08_annexes")
TAG = "parameters"


@dataclass(frozen=True)
class Task:
    """One notebook to run for one territory (INSEE code of a commune, or ``service``) and year."""

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

    @property
    def shows_values(self) -> bool:
        """Whether the values of its cells are kept."""
        return True


@dataclass(frozen=True)
class CountingTask(Task):
    """The notebook that counts, for all territories and the years of every report; ``year`` is the latest."""

    years: tuple[int, ...]

    @property
    def parameters(self) -> dict[str, str | int | None]:
        """What is injected in the notebook."""
        years = ", ".join(map(str, self.years))
        return {
            "years": years,
            "source": "records",
            "params": "params",
            "target": SOURCES[self.edition],
        }

    @property
    def shows_values(self) -> bool:
        """Whether the values of its cells are kept: who runs it by hand looks at them, a build writes the figures."""
        return False


def plan_counting(notebooks_dir: Path, years: Iterable[int]) -> CountingTask:
    """The task that counts: the service's own notebook where there is one beside its chapters, else ours."""
    asked = tuple(sorted(years))
    return CountingTask(
        COUNTING, counting_notebook(notebooks_dir), SERVICE, max(asked), "interne", asked
    )


def plan_tasks(
    settings: Settings,
    notebooks_dir: Path,
    communes: Sequence[str],
    edition: Edition = "interne",
    ours: bool = False,
) -> tuple[Task, ...]:
    """Tasks of one year: the service's chapters in printed order, then each commune's.

    ``ours``: whether the chapters of rlpipeline are taken where the folder has none of their name. Raises UsageError:
    there is no notebook, or a commune is not one of the service; SettingsError: ``rapport.yml`` names a chapter that
    does not exist, or one twice.
    """
    usual = find_chapters(notebooks_dir, ours)
    notebooks = {**usual, **dict(_own_chapters(notebooks_dir))}
    usual_portrait = tuple(name for name in PORTRAIT if name in usual)
    chapters = {SERVICE: _chosen(settings, "chapitres", tuple(usual), notebooks)}
    portrait = _chosen(settings, "portrait", usual_portrait, notebooks)
    chapters |= dict.fromkeys(check_communes(settings.service, communes), portrait)
    return tuple(
        Task(chapter, notebooks[chapter], territory, settings.year, edition)
        for territory, of_territory in chapters.items()
        for chapter in of_territory
    )


def _own_chapters(notebooks_dir: Path) -> Iterator[tuple[str, Path]]:
    """Name and path of every notebook of the service that its settings may take as a chapter."""
    for path in sorted(notebooks_dir.glob("*.ipynb")):
        if CHAPTER_NAME.match(path.stem) and path.stem not in NOT_CHAPTERS:
            yield path.stem, path


def find_chapters(notebooks_dir: Path, ours: bool = False) -> Mapping[str, Path]:
    """Name and path of every chapter that enters the report where the settings do not choose, in number order.

    Raises UsageError: the folder holds no chapter.
    """
    every = every_notebook(notebooks_dir, ours)
    chapters = {path.stem: path for path in every.values() if CHAPTER_FILE.match(path.stem)}
    if not chapters:
        raise UsageError(
            "Aucun chapitre trouvé.",
            where=str(notebooks_dir),
            expected="des notebooks nommés comme 01_edito.ipynb",
            todo="indiquer leur dossier avec --notebooks",
        )
    return {name: chapters[name] for name in sorted(chapters, key=_number_and_name)}


def _number_and_name(chapter: str) -> tuple[int, str]:
    """The order of chapters: 2_cadre before 10_annexes."""
    return int(chapter.split("_", 1)[0]), chapter


def check_communes(service: Service, communes: Iterable[str]) -> tuple[str, ...]:
    """The communes asked for by code or name, once each, in report order; UsageError for one of another service."""
    wanted = {own_commune(commune, service) for commune in communes}
    return tuple(code for code in service.commune_codes if code in wanted)


def _chosen(
    settings: Settings, key: str, default: tuple[str, ...], notebooks: Mapping[str, Path]
) -> tuple[str, ...]:
    chosen: tuple[str, ...] | None = getattr(settings.report, key)
    where = f"{settings.directory / str(settings.year) / 'rapport.yml'}, {key}"
    for index, name in enumerate(chosen or ()):
        if name not in notebooks:
            near = difflib.get_close_matches(name, list(notebooks), n=1, cutoff=0.4)
            todo = f"écrire {near[0]}" if near else "choisir parmi les noms attendus"
            raise SettingsError(
                "Chapitre inconnu.", where, expected=", ".join(notebooks), got=name, todo=todo
            )
        if name in (chosen or ())[:index]:
            raise SettingsError(
                "Chapitre nommé deux fois.", where, got=name, todo="ne le garder qu'une fois"
            )
    return default if chosen is None else chosen


def check_tasks(tasks: Iterable[Task]) -> None:
    """See that each notebook takes what will be injected in it: papermill only warns of what it does not take.

    Raises UsageError: a notebook is unreadable, has no cell of parameters, or several, or takes no such parameter.
    """
    for notebook, task in {task.notebook: task for task in tasks}.items():
        names = _assigned(notebook, _source_of_parameters(notebook))
        for missing in (name for name in task.parameters if name not in names):
            raise UsageError(
                f"Le notebook n'a pas de paramètre « {missing} ».",
                where=f"{notebook}, cellule « {TAG} »",
                expected=", ".join(task.parameters),
                got=", ".join(names) or None,
                todo=f"ajouter « {missing} » à cette cellule",
            )


def _source_of_parameters(notebook: Path) -> str:
    """Source of a notebook's cell of parameters. Raises UsageError: there is none, or several."""
    cells = [cell for cell in read_notebook(notebook).cells if has_tag(cell, TAG)]
    if len(cells) == 1:
        return str(cells[0].source)
    raise UsageError(
        f"Le notebook doit avoir une cellule marquée « {TAG} », et une seule.",
        where=str(notebook),
        got=f"{len(cells)} cellule{'s' if len(cells) > 1 else ''}",
        todo=f"ajouter l'étiquette « {TAG} » à la cellule des paramètres (JupyterLab, roue dentée à droite)",
    )


def _assigned(notebook: Path, source: str) -> list[str]:
    """List the names that a cell of parameters gives a value. Raises UsageError: it is no Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        where = f"{notebook}, ligne {error.lineno}"
        what = "La cellule des paramètres n'est pas du Python correct."
        raise UsageError(what, where=where) from error
    names = (node for node in ast.walk(tree) if isinstance(node, ast.Name))
    return [name.id for name in names if isinstance(name.ctx, ast.Store)]


@dataclass(frozen=True)
class Workspace:
    """Directories of one run, and its limit.

    Parameters
    ----------
    root
        The chapters' working directory.
    cell_minutes
        How long a cell may run; a whole notebook three times as long.
    """

    root: Path
    edition: Edition = "interne"
    cell_minutes: float = CELL_MINUTES

    @property
    def records(self) -> Path:
        """The records; the edition to share has none."""
        return self.root / "records"

    @property
    def figures(self) -> Path:
        """The store of figures that the chapters open."""
        return self.root / SOURCES[self.edition]

    @property
    def params(self) -> Path:
        """The settings as they were when the run began."""
        return self.root / "params"

    def executed(self, task: Task) -> Path:
        """Where the executed notebook of a task is written."""
        return self.root / "notebooks" / task.territory / f"{task.chapter}.ipynb"

    @property
    def logs(self) -> Path:
        """Where each chapter's process leaves what no cell shows, and which cell takes long."""
        return self.root / "journaux"

    def log(self, task: Task) -> Path:
        """Where the process of a task writes what no cell shows."""
        return self.logs / task.territory / f"{task.chapter}.log"

    @property
    def failures_folder(self) -> Path:
        """Where the notebooks of tasks that failed are written, and what their processes wrote in no cell."""
        return self.root / "echecs"


@contextmanager
def open_workspace(
    out: Path,
    params_dir: Path,
    year: int,
    edition: Edition = "interne",
    cell_minutes: float = CELL_MINUTES,
) -> Iterator[Workspace]:
    """A workspace under ``out`` with a snapshot of the settings, readable by its owner alone, removed at the end.

    Raises OSError: ``out`` cannot be written to.
    """
    out.mkdir(parents=True, exist_ok=True)
    root = None
    try:
        with uninterrupted():  # 0700: the records of young people are nobody else's to read
            root = Path(tempfile.mkdtemp(prefix=f"{WORKING}{year}-", dir=out.resolve()))
        workspace = Workspace(root, edition, cell_minutes)
        workspace.params.mkdir()
        for name in settings_files(params_dir, year):
            (workspace.params / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(params_dir / name, workspace.params / name)
        yield workspace
    finally:
        with uninterrupted():
            if root:
                shutil.rmtree(root, ignore_errors=True)
