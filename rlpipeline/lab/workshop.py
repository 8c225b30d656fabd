"""What the welcome notebook shows: a year and a commune to choose, a chapter to run, a report to make again."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd
from IPython.display import display
from ipywidgets import Button, Dropdown, HBox, Layout, Output, Text, VBox, Widget
from nbformat import NotebookNode

from rlpipeline.errors import RlpipelineError
from rlpipeline.execution.notebook_files import has_tag, read_notebook
from rlpipeline.execution.output_folder import DIFFUSION
from rlpipeline.execution.plan import Task, find_chapters, open_workspace
from rlpipeline.execution.runner import run_tasks
from rlpipeline.figures import SERVICE, Scope
from rlpipeline.figures.cells import OWN
from rlpipeline.figures.notebook import Counts, counts_of
from rlpipeline.lab.laboratory import MODEL, WELCOME, copy_ours, create_chapter
from rlpipeline.our_notebooks import every_notebook
from rlpipeline.records.frames import Records, years
from rlpipeline.records.store import open_records, read_expected, write_store
from rlpipeline.report import Report, report_of
from rlpipeline.settings.models import Service, Settings, load_service, load_settings
from rlpipeline.settings.project import Project, find_project, opened_by

HIDDEN = ("parameters", "injected-parameters", "setup")


def _run_chapter(task: Task, counts: Counts, params: Path) -> None:
    """Run a chapter in a folder that is gone afterwards, and show its cells, or why it failed."""
    place = tempfile.TemporaryDirectory(prefix="rl-")
    with place as out, open_workspace(Path(out), params, task.year) as workspace:
        write_store(counts.records, workspace.records)
        counts.write(str(workspace.figures))
        [outcome] = run_tasks([task], workspace)
        cells = read_notebook(outcome.notebook).cells
        for cell in cells[:1] if outcome.reason else cells:  # the first says why
            _show_cell(cell)


def _show_cell(cell: NotebookNode) -> None:
    """Show the words of a cell, or what it gave."""
    if cell.cell_type == "markdown":
        _show({"text/markdown": cell.source})
    elif not any(has_tag(cell, tag) for tag in HIDDEN):
        for output in cell.outputs:
            _show(dict(output.get("data", {})))


def _show(data: dict[str, Any]) -> None:
    """Show a content by kind, nothing where there is none."""
    if data:
        display(data, raw=True)  # type: ignore[no-untyped-call]


@dataclass(frozen=True)
class Following:
    """A report asked as any other: ``table``, ``figure`` and the like follow the choice, data are those of now."""

    opened: Callable[[], Report]
    choices: Sequence[Dropdown]
    _reports: dict[tuple[Any, ...], Report] = field(default_factory=dict, init=False, repr=False)

    def __getattr__(self, name: str) -> Any:
        now = getattr(self._report(), name)
        if not callable(now):
            return now

        def asked(*words: Any, **named: Any) -> Any:
            shown, place = getattr(self._report(), name)(*words, **named), Output()
            if isinstance(shown, pd.DataFrame):
                return shown

            def again(_: object = None) -> None:
                place.clear_output(wait=True)
                with place:
                    display(getattr(self._report(), name)(*words, **named))  # type: ignore[no-untyped-call]

            again()
            for choice in self.choices:
                choice.observe(again, names="value")
            return place

        return asked

    def _report(self) -> Report:
        chosen = tuple(choice.value for choice in self.choices)
        if chosen not in self._reports:
            self._reports[chosen] = self.opened()
        return self._reports[chosen]


def _pressed(label: str, action: Callable[[], None], beside: Sequence[Widget] = ()) -> Widget:
    """Give a button; what its action displays, or the error that stops it, comes below, in the place of the former."""
    button = Button(description=label, button_style="primary", layout=Layout(width="auto"))
    below = Output()

    def press(_: Button) -> None:
        button.disabled = True
        below.clear_output()
        with below:
            try:
                action()
            except RlpipelineError as error:
                _show({"text/plain": f"Erreur. {error}"})
            finally:
                button.disabled = False

    button.on_click(press)
    return VBox([HBox([*beside, button]), below])


WHOLE = "tout le service"
WIDE = Layout(width="24rem")


def open_workshop(
    source: str, params: str, notebooks: str = "../notebooks", out: str = ""
) -> Workshop:
    """Open the records and the settings for the welcome notebook; empty places are those of the project file.

    Raises SettingsError, DataError: the settings or the records break their contract.
    """
    places = replace(opened_by(source, params, out), notebooks=Path(notebooks))
    service, expected = load_service(places.params), read_expected(places.params)
    return Workshop(places, service, open_records(places.source, service, expected))


@dataclass(frozen=True)
class Workshop:
    """The records, the settings, and what is chosen on the page."""

    places: Project
    service: Service
    records: Records = field(repr=False)

    @cached_property
    def _year(self) -> Dropdown:
        latest_first = years(self.records)[::-1]
        return Dropdown(options=latest_first, description="Année", layout=WIDE)

    @cached_property
    def _commune(self) -> Dropdown:
        communes = [(commune.nom, commune.code) for commune in self.service.communes]
        options = [(WHOLE, SERVICE), *communes]
        return Dropdown(options=options, description="Territoire", layout=WIDE)

    def choice(self) -> Widget:
        """Show the year and the territory to choose; what the report shows below follows."""
        return VBox([self._year, self._commune])

    def _settings(self) -> Settings:
        return load_settings(self.places.params, int(self._year.value))

    def _counts(self) -> Counts:
        year = int(self._year.value)
        return counts_of(self.records, self.service, (year,), self.places.notebooks)

    def report(self) -> Following:
        """Open the report of the year and the territory chosen, now and whenever another is."""

        def opened() -> Report:
            settings = self._settings()
            scope = Scope(settings.year, self._commune.value, settings.service)
            return report_of(self._counts(), settings, scope)

        return Following(opened, (self._year, self._commune))

    def chapters(self) -> Widget:
        """Show a chapter to choose and a button that runs it for what is chosen above."""
        chapters = find_chapters(self.places.notebooks, ours=True)
        chapter = Dropdown(options=[*chapters], description="Chapitre", layout=WIDE)
        of_activity = (name for name in chapters if "activite" in name)
        chapter.value = next(of_activity, chapter.options[0])

        def run() -> None:
            path, place = chapters[chapter.value], self._commune.value
            task = Task(chapter.value, path, place, self._year.value, "interne")
            _run_chapter(task, self._counts(), self.places.params)

        return _pressed("Exécuter", run, [chapter])

    def new_chapter(self) -> Widget:
        """Show the name of a new chapter and a button that creates it from the model."""
        name = Text(description="Nom", placeholder="chantiers_educatifs", layout=WIDE)

        def create() -> None:
            wanted, settings = name.value.strip(), self._settings()
            next_steps = create_chapter(self.places.notebooks, wanted, settings, self._defaults)
            _show({"text/markdown": next_steps})

        return _pressed("Créer le chapitre", create, [name])

    def own_copy(self) -> Widget:
        """Show our notebooks to choose from and a button that copies one among the service's, to be changed there."""
        every = every_notebook(self.places.notebooks, ours=True)
        names = [Path(name).stem for name in every if name not in {WELCOME, MODEL}]
        chosen = Dropdown(options=names, value=Path(OWN).stem, description="Notebook", layout=WIDE)

        def copy() -> None:
            path = copy_ours(self.places.notebooks, chosen.value, self._defaults).as_posix()
            address = f"À ouvrir et à modifier : [{path}]({path})."
            _show({"text/markdown": f"{address} Le rapport prend désormais celui-ci."})

        return _pressed("Copier dans notebooks", copy, [chosen])

    @property
    def _defaults(self) -> dict[str, str]:
        """What a notebook of the service says of its places; nothing where the project file does, wherever it runs."""
        places, project = self.places, find_project(Path.cwd())
        if project and (places.source, places.params) == (project.source, project.params):
            return {}
        return {"source": places.source, "params": str(places.params)}

    def rebuild(self) -> Widget:
        """Show a button that makes the report of the year chosen again."""

        def make() -> None:
            places, year = self.places, str(self._year.value)
            options = ["--source", places.source, "--params", str(places.params)]
            options += ["--out", str(places.out), "--year", year]
            if _build(options) == 0:
                _show({"text/html": _links_to(places.out / year)})

        return _pressed("Refaire le rapport", make)


def _build(options: Sequence[str]) -> int:
    """Run a build, whose lines are shown as they come; give its exit code."""
    command = [sys.executable, "-m", "rlpipeline", "build", *options]
    piped, joined = subprocess.PIPE, subprocess.STDOUT
    with subprocess.Popen(command, stdout=piped, stderr=joined, encoding="utf-8") as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
    return process.returncode


def _links_to(publication: Path) -> str:
    """Give links to the pages of a publication that are there."""
    pages = [publication / name for name in ("rapport.html", "audit.html")]
    pages.append(publication / DIFFUSION / "rapport.html")
    addresses = [escape(page.as_posix()) for page in pages if page.is_file()]
    links = [f'<a href="{address}" target="_blank">{address}</a>' for address in addresses]
    return "<br>".join(links)
