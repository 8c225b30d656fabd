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
MEANINGS = "État du nombre : " + " ; ".join(
    f"{state} : {FRENCH[state].meaning.format(base='sa base')}" for state in STATES
)
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

        def make() -> bytes:
            check_page(page_path(self.settings, place), place, chapters)
            return document_of(chapters, cover).encode()

        if self.means.memory is None:
            return make().decode()
        made_from = {
            f"chapitre {rank} {chapter.path.stem}": sha256(chapter.path)
            for rank, chapter in enumerate(chapters)
        }
        made_from["couverture"] = digest_of(repr(cover))
        return self.means.memory.memo(page_entry(place), made_from, make).decode()


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
    up = "../" * len(page_path(settings, place).parent.parts)
    portraits = {}
    for commune in places:
        if commune != SERVICE:
            address = f"{up}{page_path(settings, commune).as_posix()}"
            portraits[commune] = address, settings.service.commune_name(commune)
    if place == SERVICE:
        pages = Onward("Portraits des communes", tuple(portraits.values()))
    else:
        report = f"{up}{REPORT}", "Rapport du service"
        pages = Onward("Autres pages", (report, *_neighbours(place, portraits)))
    of_all = ((f"{up}{name}", words) for name, words in FILES.items())
    files = Onward("Fichiers", (*(beside or {}).items(), *of_all))
    return tuple(group for group in (pages, files) if group.links)


def _neighbours(
    commune: str, portraits: Mapping[str, tuple[str, str]]
) -> Iterator[tuple[str, str]]:
    """Give address and words of the portraits before and after that of a commune."""
    codes = [*portraits]
    rank = codes.index(commune)
    sides = {"précédente": codes[:rank][-1:], "suivante": codes[rank + 1 :][:1]}
    for side, neighbours in sides.items():
        for code in neighbours:
            address, name = portraits[code]
            yield address, f"Commune {side}\u00a0: {name}"


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
    title = settings.report.titre or f"Rapport d'activité {settings.year}"
    package = {
        "$schema": PROFILE,
        "name": f"rapport-activite-{settings.year}-{settings.edition}",
        "title": f"{title}, {settings.service.nom}",
        "description": "Tous les chiffres du rapport, un par ligne, et ceux de l'année précédente en regard.",
        "resources": [_csv_resource(settings), PARQUET_RESOURCE],
        **tables,
        "libelles": _labels(figures),
    }
    if rounding is not None:
        package["arrondi"] = dict(rounding)
    return _write_json(directory / DATAPACKAGE, package)


def _write_json(path: Path, content: Mapping[str, Any]) -> Path:
    text = json.dumps(content, ensure_ascii=False, indent=1)
    path.write_text(f"{text}\n", encoding="utf-8", newline="\n")
    return path


def _labels(figures: Figures) -> list[dict[str, Any]]:
    """Say how each line and column of a table reads, and which is a total, by table, axis and code."""
    of_year = figures.frame[figures.frame["etat"].notna()]
    labels = []
    for axis in ("colonne", "ligne"):
        columns = ["indicateur", axis, f"libelle_{axis}", f"{axis}_totale"]
        named = of_year[columns].drop_duplicates(columns[:2])
        for table, code, words, total in named.itertuples(index=False):
            label = {"tableau": table, "axe": axis, "code": code, "libelle": words}
            labels.append({**label, "total": True} if total else label)
    return sorted(labels, key=lambda label: (label["tableau"], label["axe"], label["code"]))


def _csv_resource(settings: Settings) -> dict[str, Any]:
    """Describe the CSV file, which says in the name of a column that records are invented."""
    columns = [_field(name) for name in COLUMNS]
    columns[COLUMNS.index("annee")]["type"] = "year"
    if notice := marked("", settings.service.demonstration):
        always = "Toujours vide : son nom dit ce qu'il faut savoir du fichier"
        columns.append({"name": notice, "type": "string", "description": always})
    resource = _resource(FIGURES, "Chiffres du rapport", "text/csv")
    schema = {"fields": columns, "primaryKey": [*KEY], "missingValues": [""]}
    return {**resource, "encoding": "utf-8", "schema": schema}


def _resource(path: str, title: str, mediatype: str) -> dict[str, Any]:
    """Describe a file of figures, but for its columns."""
    name, _, kind = path.partition(".")
    named = {"name": name, "type": "table", "title": title, "path": path}
    return {**named, "format": kind, "mediatype": mediatype}


def _field(name: str) -> dict[str, Any]:
    """Describe a column of the files of figures."""
    meaning = WORDS["colonnes"][name].format(zero=WORDS["zero"], etats=MEANINGS)
    field = {"name": name, "type": KINDS[str(TYPES[name])], "description": meaning}
    if name.startswith("etat"):
        field["constraints"] = {"enum": [*STATES]}
    return field


PARQUET_RESOURCE = {
    **_resource(
        PARQUET,
        "Chiffres du rapport, avec leurs mots et l'année précédente ; sans état : ce qu'elle seule avait",
        "application/vnd.apache.parquet",
    ),
    "schema": {"fields": [*map(_field, TYPES)], "primaryKey": [*KEY]},
}


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
    made = hashes(directory).items()
    manifest = {
        "parametres": dict(parameters),
        "versions": {"python": platform.python_version(), **versions},
        "entrees": _inputs(workspace, outcomes, int(parameters["annee"])),
        "taches": [_ended(outcome) for outcome in outcomes],
        "fichiers": {name: digest for name, digest in made if Path(name).name != MANIFEST},
        "durees": {_place(outcome): round(outcome.seconds, 3) for outcome in outcomes},
    }
    _write_json(directory / MANIFEST, manifest)


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
    place = {"chapitre": task.chapter, "territoire": task.territory, "annee": task.year}
    return {**place, "etat": outcome.state}


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
