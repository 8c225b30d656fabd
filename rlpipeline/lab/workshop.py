"""What the welcome notebook shows: a year and a commune to choose, a chapter to run, a report to make again."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from IPython.display import display
from ipywidgets import Dropdown, Layout, Text, VBox, Widget

from rlpipeline.execution.places import DIFFUSION, every_notebook
from rlpipeline.execution.plan import Task, find_chapters
from rlpipeline.figures import SERVICE, Scope, Store
from rlpipeline.figures.cells import OWN
from rlpipeline.figures.counting import Counts
from rlpipeline.figures.notebook import counts_of
from rlpipeline.lab.buttons import pressed
from rlpipeline.lab.copies import WELCOME
from rlpipeline.lab.following import Following
from rlpipeline.lab.own_chapter import MODEL, copy_ours, create_chapter
from rlpipeline.lab.running import rebuild, run_chapter
from rlpipeline.records import Records, open_records, read_expected, years
from rlpipeline.report import Report, report_of
from rlpipeline.settings.models import Service, load_service, load_settings
from rlpipeline.settings.project import find_project, opened_by

WHOLE = "tout le service"
WIDE = Layout(width="24rem")


def open_workshop(source: str, params: str, notebooks: str = "../notebooks", out: str = "") -> Workshop:
    """Open the records and the settings for the welcome notebook; empty places are those of the project file.

    Raises
    ------
    SettingsError, DataError
        The settings or the records break their contract.
    """
    places = opened_by(source, params, out)
    service = load_service(places.params)
    records = open_records(places.source, service, read_expected(places.params))
    return Workshop(places.source, places.params, Path(notebooks), places.out, service, records)


@dataclass(frozen=True)
class Workshop:
    """The records, the settings, and what is chosen on the page."""

    source: str
    params: Path
    notebooks: Path
    out: Path
    service: Service
    records: Records = field(repr=False)

    @cached_property
    def _year(self) -> Dropdown:
        choices = years(self.records)
        return Dropdown(options=choices[::-1], description="Année", layout=WIDE)

    @cached_property
    def _commune(self) -> Dropdown:
        options = [(WHOLE, SERVICE), *((one.nom, one.code) for one in self.service.communes)]
        return Dropdown(options=options, description="Territoire", layout=WIDE)

    @property
    def year(self) -> int:
        """The year chosen."""
        return int(self._year.value)

    @property
    def territory(self) -> str:
        """INSEE code of the commune chosen, or ``service``."""
        return str(self._commune.value)

    def choice(self) -> Widget:
        """Show the year and the territory to choose; what the report shows below follows."""
        return VBox([self._year, self._commune])

    def report(self) -> Following:
        """Open the report of the year and the territory chosen, now and whenever another is."""
        return Following(self._opened, (self._year, self._commune))

    def _opened(self) -> Report:
        settings = load_settings(self.params, self.year)
        scope = Scope(self.year, self.territory, settings.service)
        return report_of(Store(Path(), self._counts()), settings, scope)

    def _counts(self) -> Counts:
        return counts_of(self.records, self.service, (self.year,), self.notebooks)

    def chapters(self) -> Widget:
        """Show a chapter to choose and a button that runs it for what is chosen above."""
        chapters = find_chapters(self.notebooks, ours=True)
        chapter = Dropdown(options=list(chapters), description="Chapitre", layout=WIDE)
        chapter.value = next((name for name in chapter.options if "activite" in name), chapter.options[0])

        def run() -> None:
            run_chapter(
                Task(chapter.value, chapters[chapter.value], self.territory, self.year, "interne"),
                self._counts(),
                self.params,
            )

        return pressed("Exécuter", run, [chapter])

    def new_chapter(self) -> Widget:
        """Show the name of a new chapter and a button that creates it from the model."""
        name = Text(description="Nom", placeholder="chantiers_educatifs", layout=WIDE)

        def create() -> None:
            settings = load_settings(self.params, self.year)
            created = create_chapter(self.notebooks, name.value.strip(), settings, self._defaults)
            display({"text/markdown": created.next_steps()}, raw=True)  # type: ignore[no-untyped-call]

        return pressed("Créer le chapitre", create, [name])

    def own_copy(self) -> Widget:
        """Show our notebooks to choose from and a button that copies one among the service's, to be changed there."""
        names = [Path(name).stem for name in every_notebook(self.notebooks, ours=True) if name not in {WELCOME, MODEL}]
        chosen = Dropdown(options=names, value=Path(OWN).stem, description="Notebook", layout=WIDE)

        def copy() -> None:
            path = copy_ours(self.notebooks, chosen.value, self._defaults).as_posix()
            words = f"À ouvrir et à modifier : [{path}]({path}). Le rapport prend désormais celui-ci."
            display({"text/markdown": words}, raw=True)  # type: ignore[no-untyped-call]

        return pressed("Copier dans notebooks", copy, [chosen])

    @property
    def _defaults(self) -> dict[str, str]:
        """What a notebook of the service says of its places; nothing where the project file does, wherever it runs."""
        named, project = {"source": self.source, "params": str(self.params)}, find_project(Path.cwd())
        said = {"source": project.source, "params": str(project.params)} if project else {}
        return {} if named == said else named

    def rebuild(self) -> Widget:
        """Show a button that makes the report of the year chosen again."""
        places = {"--source": self.source, "--params": self.params, "--out": self.out}

        def make() -> None:
            arguments = [str(word) for pair in places.items() for word in pair]
            year = self.out / str(self.year)
            pages = (year / "rapport.html", year / "audit.html", year / DIFFUSION / "rapport.html")
            rebuild([*arguments, "--year", str(self.year)], pages)

        return pressed("Refaire le rapport", make)
