"""One year's publication in a directory: pages, figures, workbook, executed notebooks, and ``datapackage.json``.

The last says what the files of figures hold, column by column, for who opens them without us (Data Package 2.0).
"""

from __future__ import annotations

import json
import platform
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rlpipeline.execution.memory import Memory, digest_of, hashes, sha256
from rlpipeline.execution.notebook_files import publish_notebook
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.output_folder import MANIFEST
from rlpipeline.execution.plan import Workspace
from rlpipeline.processes import Workers
from rlpipeline.publication.definitions import Cards
from rlpipeline.publication.exporter import (
    SLIDES,
    ExecutedChapter,
    File,
    ShownTable,
    cards_of,
    carried_by,
    check_page,
    document_of,
    has_poster,
    headline_of,
    render_slides,
)
from rlpipeline.publication.figures import (
    COLUMNS,
    FIGURES,
    KEY,
    PARQUET,
    SERVICE,
    TYPES,
    Figures,
    write_csv,
    write_figures,
)
from rlpipeline.publication.page import REPORT, Cover, Onward, cover_for, marked, page_path, stamp
from rlpipeline.publication.printing import pdf_path, poster_path
from rlpipeline.publication.workbook import write_workbook
from rlpipeline.settings.models import Settings
from rlpipeline.settings.strict_yaml import packaged
from rlpipeline.states import STATES
from rlpipeline.states import WORDS as FRENCH

WORKBOOK = "tableaux.xlsx"
NOTEBOOKS = "notebooks"
FILES = {WORKBOOK: "tableaux du service et des communes (classeur)"}
"""Files that a page leads to."""
FILES_FOR_PEOPLE = (Path(WORKBOOK), Path(FIGURES), Path(PARQUET))
"""Files of figures: for people, for programs, for engineers."""
DATAPACKAGE = "datapackage.json"
SUMS = "SHA256SUMS"
PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
WORDS: Mapping[str, Any] = packaged("publication/datapackage.yml")
MEANINGS: Mapping[str, str] = {
    state: FRENCH[state].meaning.format(base="sa base") for state in STATES
}
"""What each state of a figure means, in the dictionary."""
KINDS = {"string": "string", "double": "number", "bool": "boolean", "int32": "integer"}
"""Types of Data Package, by those of Arrow."""

PACKAGES = (
    "rlpipeline", "ipython", "jinja2", "markdown-it-py", "matplotlib", "nbconvert", "nbformat", "nh3",
    "numpy", "openpyxl", "pandas", "papermill", "pyarrow", "seaborn", "weasyprint",
)  # fmt: skip
COUNTED = "chiffres"
"""What the figures counted of the year are called beside the tables of the records."""


@dataclass(frozen=True)
class Means:
    """How pages are made.

    ``memory``: where they are taken from, where all that they were made from is the same; ``pdf``: whether they are
    printed afterwards: each then leads to its print.
    """

    memory: Memory | None = None
    pdf: bool = False


@dataclass(frozen=True)
class WrittenPage:
    """A page, by its path in the publication, and the tables that it shows."""

    path: Path
    tables: Sequence[ShownTable]


def write_pages(
    directory: Path,
    settings: Settings,
    chapters: Mapping[str, Sequence[Path]],
    edition: str = "interne",
    means: Means | None = None,
    workers: Workers | None = None,
) -> Iterator[WrittenPage]:
    """Write report, portraits, slides and what chapters publish beside them; give each page once it is written.

    Parameters
    ----------
    chapters
        Executed notebooks of each territory (``service`` first, then the communes), in the order of its pages.
    workers
        Who writes them; this process when None.
    """
    means = means or Means()
    definitions = cards_of(map(ExecutedChapter, chapters.get(SERVICE, ())))
    publication = _Publication(directory, settings, edition, tuple(chapters), definitions, means)
    each = workers.each if workers else map
    written = each(publication.write, [*chapters.items()])
    notice = marked("", settings.service.demonstration)
    for place, (tables, files) in zip(chapters, written, strict=True):
        for file in files:
            write_csv(directory / file.name, file.columns, file.rows, notice)
        yield WrittenPage(page_path(settings, place), tables)


def publish_figures(directory: Path, settings: Settings, figures: Figures) -> None:
    """Write the files of figures of one year (``FILES_FOR_PEOPLE``)."""
    write_figures(figures, directory, marked("", settings.service.demonstration))
    of = f"{settings.service.nom}, {settings.year}"
    write_workbook(figures, directory / WORKBOOK, stamp(settings), of)


@dataclass(frozen=True)
class _Publication:
    directory: Path
    settings: Settings
    edition: str
    places: tuple[str, ...]
    definitions: tuple[str, ...]
    means: Means

    def write(self, territory: tuple[str, Sequence[Path]]) -> tuple[list[ShownTable], list[File]]:
        """Write the page of a territory, and its slides; give the tables that it shows and its files."""
        place, paths = territory
        chapters = [ExecutedChapter(path) for path in paths]
        cover = replace(
            cover_for(self.settings, place, self.edition), headline=headline_of(chapters)
        )
        if place == SERVICE:
            onward_alone = onward(self.settings, place, self.places)
            slides = render_slides(chapters, replace(cover, onward=onward_alone))
            self._write(Path(SLIDES), slides)
        else:
            cover = replace(cover, definitions=Cards(self.definitions, f"../{REPORT}"))
        path = page_path(self.settings, place)
        links = onward(self.settings, place, self.places, self._beside(path, place, chapters))
        self._write(path, self._page(place, chapters, replace(cover, onward=links)))
        notebooks = self.directory / NOTEBOOKS / place
        notebooks.mkdir(parents=True)
        for notebook in paths:
            publish_notebook(notebook, notebooks / notebook.name)
        tables, files = carried_by((chapter.path, chapter.notebook) for chapter in chapters)
        return tables, files if place == SERVICE else []

    def _write(self, name: Path, html: str) -> None:
        target = self.directory / name
        target.parent.mkdir(exist_ok=True)
        target.write_text(html, encoding="utf-8", newline="\n")

    def _beside(
        self, path: Path, place: str, chapters: Sequence[ExecutedChapter]
    ) -> dict[str, str]:
        """Give the words of the files that lie beside a page, by their names: its prints, its slides."""
        beside = dict[str, str]()
        if self.means.pdf:
            beside[pdf_path(path).name] = "cette page en PDF"
        if self.means.pdf and has_poster(chapters):
            beside[poster_path(path).name] = "l’affiche de la commune (PDF, une page)"
        if place == SERVICE:
            beside[SLIDES] = "le rapport en diapositives"
        return beside

    def _page(self, place: str, chapters: Sequence[ExecutedChapter], cover: Cover) -> str:
        """Make a page, or take it from the memory, where all that it was made from is the same."""

        def make() -> str:
            check_page(page_path(self.settings, place), place, chapters)
            return document_of(chapters, cover)

        if self.means.memory is None:
            return make()
        made_from = {
            f"chapitre {rank} {of.path.stem}": sha256(of.path) for rank, of in enumerate(chapters)
        }
        made_from["couverture"] = digest_of(repr(cover))
        entry = page_entry(place)
        return self.means.memory.memo(entry, made_from, lambda: make().encode()).decode()


def page_entry(place: str) -> str:
    """Name of a territory's page in the memory."""
    return f"page-{place}"


def onward(
    settings: Settings, place: str, places: Sequence[str], beside: Mapping[str, str] | None = None
) -> tuple[Onward, ...]:
    """Where a territory's page leads: the other pages made, its own print, the files of all figures.

    ``places``: territories that have a page: the service, then the communes in report order; ``beside``: what goes with
    the page, by the names of the files that lie beside it.
    """
    own = page_path(settings, place)
    up = "../" * len(own.parent.parts)
    communes = [one for one in places if one != SERVICE]

    def linked(commune: str, words: str = "") -> tuple[str, str]:
        return (
            f"{up}{page_path(settings, commune).as_posix()}",
            words + settings.service.commune_name(commune),
        )

    files = [*(beside or {}).items(), *((f"{up}{name}", words) for name, words in FILES.items())]
    if place == SERVICE:
        groups = [Onward("Portraits des communes", tuple(map(linked, communes)))]
    else:
        rank = communes.index(place)
        neighbours = [
            ("Commune précédente\u00a0: ", communes[rank - 1 : rank]),
            ("Commune suivante\u00a0: ", communes[rank + 1 :]),
        ]
        near = [linked(pages[0], words) for words, pages in neighbours if pages]
        groups = [Onward("Autres pages", ((f"{up}{REPORT}", "Rapport du service"), *near))]
    return tuple(group for group in (*groups, Onward("Fichiers", tuple(files))) if group.links)


def write_datapackage(
    directory: Path,
    settings: Settings,
    figures: Figures,
    rounding: Mapping[str, Any] | None,
    tables: Mapping[str, Any],
) -> Path:
    """Describe the CSV files of figures; give the file.

    ``rounding``: what is published of the rounding, the thresholds and the wider classes; None in the edition
    ``interne``; ``tables``: what the tables cross and what links them (:func:`rlpipeline.figures.structure.structure`).
    """
    columns = [_field(name, "year") for name in COLUMNS]
    if notice := marked("", settings.service.demonstration):
        always = "Toujours vide : son nom dit ce qu'il faut savoir du fichier"
        columns.append({"name": notice, "type": "string", "description": always})
    title = settings.report.titre or f"Rapport d'activité {settings.year}"
    package = {
        "$schema": PROFILE,
        "name": f"rapport-activite-{settings.year}-{settings.edition}",
        "title": f"{title}, {settings.service.nom}",
        "description": "Tous les chiffres du rapport, un par ligne, et ceux de l'année précédente en regard.",
        "resources": [
            _resource(FIGURES, "Chiffres du rapport", "text/csv", columns),
            _resource(
                PARQUET,
                "Chiffres du rapport, avec leurs mots et l'année précédente ; sans état : ce qu'elle seule avait",
                "application/vnd.apache.parquet",
                [*map(_field, TYPES)],
            ),
        ],
        **tables,
        "libelles": _labels(figures),
        **({"arrondi": dict(rounding)} if rounding is not None else {}),
    }
    path = directory / DATAPACKAGE
    path.write_text(
        json.dumps(package, ensure_ascii=False, indent=1) + "\n", encoding="utf-8", newline="\n"
    )
    return path


def _labels(figures: Figures) -> list[dict[str, Any]]:
    labels: dict[tuple[str, str, str], dict[str, Any]] = {}
    for axis in ("ligne", "colonne"):
        columns = ["indicateur", axis, f"libelle_{axis}", f"{axis}_totale"]
        of_year = figures.frame.loc[figures.frame["etat"].notna(), columns].drop_duplicates(
            columns[:2]
        )
        for table, code, words, total in of_year.itertuples(index=False):
            said = {"libelle": words, **({"total": True} if total else {})}
            labels[table, axis, code] = {"tableau": table, "axe": axis, "code": code, **said}
    return [labels[key] for key in sorted(labels)]


def _resource(
    path: str, title: str, mediatype: str, fields: list[dict[str, Any]]
) -> dict[str, Any]:
    name, _, kind = path.partition(".")
    schema = {"fields": fields, "primaryKey": [*KEY]}
    resource = {
        "name": name,
        "type": "table",
        "title": title,
        "path": path,
        "format": kind,
        "mediatype": mediatype,
    }
    if kind == "csv":
        return {**resource, "encoding": "utf-8", "schema": {**schema, "missingValues": [""]}}
    return {**resource, "schema": schema}


def _field(name: str, year: str = "integer") -> dict[str, Any]:
    states = f"État du nombre : {' ; '.join(f'{state} : {meaning}' for state, meaning in MEANINGS.items())}"
    meaning = WORDS["colonnes"][name].format(zero=WORDS["zero"], etats=states)
    enum = {"constraints": {"enum": [*STATES]}} if name.startswith("etat") else {}
    kind = year if name == "annee" else KINDS[str(TYPES[name])]
    return {"name": name, "type": kind, "description": meaning, **enum}


def write_manifest(
    directory: Path,
    workspace: Workspace,
    outcomes: Sequence[Outcome],
    parameters: Mapping[str, Any],
) -> None:
    """Write the manifest of what lies in a folder beside it.

    Only ``durees`` may differ between two runs of the same inputs and versions. In the edition to share, no digest of
    the settings: it would confirm a guess of what a text not shared says. ``parameters``: what was asked for, without
    any path of the machine nor the source's address.
    """
    versions = {name: version(name) for name in PACKAGES}
    files = hashes(directory).items()
    manifest = {
        "parametres": dict(parameters),
        "versions": {"python": platform.python_version(), **versions},
        "entrees": _inputs(workspace, outcomes, int(parameters["annee"])),
        "taches": [_ended(outcome) for outcome in outcomes],
        "fichiers": {name: digest for name, digest in files if Path(name).name != MANIFEST},
        "durees": {_place(outcome): round(outcome.seconds, 3) for outcome in outcomes},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (directory / MANIFEST).write_text(text, encoding="utf-8", newline="\n")


def _inputs(workspace: Workspace, outcomes: Sequence[Outcome], year: int) -> dict[str, Any]:
    """Digests of what an edition of a year was made from, as its manifest has them."""
    notebooks = {outcome.task.notebook.name: outcome.task.notebook for outcome in outcomes}
    records, settings = hashes(workspace.figures), dict[str, str]()
    if workspace.edition != "diffusion":
        records = origins(workspace.records, workspace.figures / str(year))
        settings = hashes(workspace.params)
    digests = {name: sha256(path) for name, path in sorted(notebooks.items())}
    return {"donnees": records, "parametres": settings, "notebooks": digests}


def _ended(outcome: Outcome) -> dict[str, Any]:
    """How a task ended, as the manifest has it."""
    task = outcome.task
    return {
        "chapitre": task.chapter,
        "territoire": task.territory,
        "annee": task.year,
        "etat": outcome.state,
    }


def _place(outcome: Outcome) -> str:
    """Name a task by its territory and chapter."""
    return f"{outcome.task.territory}/{outcome.task.chapter}"


def origins(records: Path, counted: Path) -> dict[str, str]:
    """SHA-256 of each table of the records, and of the figures counted from them: what counts may be changed too.

    ``counted``: folder of the year in the store of exact figures.
    """
    tables = {name.removesuffix(".parquet"): digest for name, digest in hashes(records).items()}
    figures = hashes(counted)
    return {**tables, COUNTED: digest_of(figures)} if figures else tables
