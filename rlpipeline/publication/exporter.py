"""Executed notebooks as pages and as slides, by nbconvert, and what they carry beside their HTML.

The exporter ``rapport`` makes one complete page of a notebook: ``jupyter nbconvert --to rapport x.ipynb``. Slides are
the findings of the report and their charts: the cells of the first page, those whose chart has a finding above it, and
those that are called slides in JupyterLab (property inspector, slide type), by our chapters or by the service. A chart
of the first page gives way to the one of the same table in a chapter.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from copy import copy
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any, NamedTuple, Self

from bs4 import BeautifulSoup, Tag
from nbconvert.exporters.html import HTMLExporter
from nbconvert.exporters.slides import SlidesExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_markdown_cell, new_notebook
from traitlets import Bool, List, Unicode
from traitlets.config import Config

from rlpipeline.errors import NotebookError, ReconciliationError
from rlpipeline.execution.notebook import INJECTED_TAG, read_notebook, without_notes
from rlpipeline.execution.outcome import Outcome
from rlpipeline.publication.figures import SERVICE
from rlpipeline.publication.page import TEMPLATES, Cover, cover_for, filled, render_page
from rlpipeline.publication.sanitize import clean
from rlpipeline.publication.stitch import RESERVED, Fragment, stitch
from rlpipeline.settings.models import load_settings, own_commune, years_begun
from rlpipeline.settings.project import find_project

WITHOUT_NUMBER = "sans-numero"
ON_FIRST_PAGE = "premiere-page"
SHOWN = ("text/html", "text/markdown", "image/png", "image/jpeg", "text/plain")
"""Kinds of output that a page without scripts can show, the one that it shows first."""
NO_ALT = "Image sans description"
IMAGE = re.compile(r'<img((?: (?!alt=)[a-z-]+(?:="[^"]*")?)*)>')
"""One without a description."""


@dataclass(frozen=True)
class Executed:
    """An executed notebook, read once where it is asked for."""

    path: Path

    @cached_property
    def notebook(self) -> NotebookNode:
        """What the file holds."""
        return read_notebook(self.path)


class RapportExporter(HTMLExporter):
    """Exports a chapter as it stands in the report: prose, tables and figures, without any code."""

    export_from_notebook = "Rapport d'activité"

    template_name = Unicode("rapport").tag(config=True, affects_template=True)
    extra_template_basedirs = List(Unicode(), default_value=[str(TEMPLATES)]).tag(
        config=True, affects_environment=True
    )
    exclude_anchor_links = Bool(True).tag(config=True)
    optimistic_validation = Bool(True).tag(
        config=True
    )  # once, not after each of a dozen preprocessors

    @classmethod
    @cache
    def shared(cls) -> Self:
        """One for all pages: it compiles its templates, which takes longer than to fill them."""
        return cls()

    @property
    def default_config(self) -> Config:
        """nbconvert's, with the kinds of output that our pages show."""
        config = Config(super().default_config)
        config.merge(Config({"NbConvertBase": {"display_data_priority": [*SHOWN]}}))
        return config

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Convert one notebook into a page of its own."""
        html, resources = self._exported(nb, resources, **kw)
        name = str((resources or {}).get("metadata", {}).get("name", "")) or "chapitre"
        number = re.match(r"0*([1-9]\d?)_", name)  # 05_activite is the fifth chapter, alone or not
        chapters = stitch([_fragment(nb, name, html)], int(number[1]) if number else 1)
        folder = Path((resources or {}).get("metadata", {}).get("path", ""))
        return render_page(chapters, cover_of(nb, folder)), resources

    def fragment(self, nb: NotebookNode, name: str) -> Fragment:
        """The chapter alone, sanitised, to be stitched with others."""
        html, _ = self._exported(nb)
        return _fragment(nb, name, html)

    def _exported(
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Fill the template; what HTMLExporter adds by reading all of it again takes a quarter of a page's time."""
        # nbconvert copies all of a notebook three times, and figures, which no page shows, are half of it
        shown = copy(nb)
        shown.cells = [*map(copy, without_notes(nb))]
        for cell in shown.cells:
            if "outputs" in cell:
                cell.outputs = [*map(copy, cell.outputs)]
            for output in cell.get("outputs", ()):
                if "data" in output:
                    output.data = {kind: output.data[kind] for kind in SHOWN if kind in output.data}
        exported: tuple[str, dict[str, Any]] = TemplateExporter.from_notebook_node(
            self, shown, resources, **kw
        )
        return exported


def _fragment(nb: NotebookNode, name: str, html: str) -> Fragment:
    described = IMAGE.sub(lambda image: f'<img alt="{NO_ALT}"{image[1]}>', clean(html))
    return Fragment(name, described, WITHOUT_NUMBER not in _tags(nb), is_on_first_page(nb))


def is_on_first_page(nb: NotebookNode) -> bool:
    """Whether the chapter stands beside the cover: its first cell is tagged ``premiere-page``."""
    return ON_FIRST_PAGE in _tags(nb)


def _tags(nb: NotebookNode) -> tuple[str, ...]:
    return tuple(nb.cells[0].metadata.get("tags", ())) if nb.cells else ()


def html_of(cell: NotebookNode) -> str:
    """What a cell shows as HTML."""
    outputs = cell.outputs if cell.cell_type == "code" else ()
    return "".join("".join(output.get("data", {}).get("text/html", "")) for output in outputs)


def cover_of(nb: NotebookNode, folder: Path) -> Cover:
    """The cover of the report that a notebook alone belongs to, by its parameters and the settings that they name."""
    values = assigned(nb.cells, "parameters") | assigned(nb.cells, INJECTED_TAG)
    year, commune, edition = (
        values.get("year"),
        values.get("commune"),
        str(values.get("edition", "interne")),
    )
    params = _settings_of(values.get("params"), folder)
    if not year and params:  # the latest of the records: that of the tables, else the latest begun
        shown = [table.year for table in carried_by([(folder, nb)])[0]]
        year = max(shown or years_begun(params), default=None)
    if params is None or not isinstance(year, int):
        annee = year if isinstance(year, int) else None
        return Cover("", None, annee, str(commune) if commune else None, edition)
    settings = load_settings(params, year)
    return cover_for(
        settings, own_commune(commune, settings.service) if commune else SERVICE, edition
    )


def _settings_of(params: object, folder: Path) -> Path | None:
    if not isinstance(params, str):
        return None
    if params:
        places = [Path(params), folder / params]
    else:
        projects = ((place, find_project(place.resolve())) for place in (folder, Path()))
        places = [place / project.params for place, project in projects if project]
    return next((place for place in places if (place / "service.yml").is_file()), None)


def document_of(chapters: Iterable[Executed], cover: Cover) -> str:
    """The complete page of executed notebooks, stitched in the order given.

    Gives one self-contained HTML page: no code, no script, nothing asked of the network.
    """
    fragments = [
        RapportExporter.shared().fragment(chapter.notebook, chapter.path.stem)
        for chapter in chapters
    ]
    return render_page(
        stitch(fragments, portrait=bool(cover.territoire), report=cover.definitions), cover
    )


SLIDES = "rapport-diapos.html"
FINDING = 'class="rl-message"'
ALONE = 'class="rl-seul"'
CHART = re.compile(r'<figure [^>]*data-graphique="([^"]+)"')
BEGIN, GO_ON, LEAVE_OUT = frozenset({"slide", "subslide"}), "fragment", frozenset({"skip", "notes"})


class DiaposExporter(RapportExporter, SlidesExporter):
    """Exports cells as slides: their fragment, without the page around them."""

    export_from_notebook = "Diapositives du rapport"

    template_name = Unicode("diapos").tag(config=True, affects_template=True)
    extra_template_paths = List(Unicode(), default_value=[str(TEMPLATES)]).tag(
        config=True, affects_environment=True
    )


def render_slides(chapters: Sequence[Executed], cover: Cover) -> str:
    """The complete page of slides: a title, the findings, a chart with a finding each, what to read next."""
    later = (
        cell for of in chapters if not is_on_first_page(of.notebook) for cell in of.notebook.cells
    )
    shown_later = {
        table for cell in later if _is_slide(cell) for table in CHART.findall(html_of(cell))
    }
    cells = [cell for chapter in chapters for cell in _chosen(chapter.notebook, shown_later)]
    nb, slides = new_notebook(cells=cells), list[Mapping[str, str]]()  # type: ignore[no-untyped-call]
    html = DiaposExporter.shared().fragment(nb, "diapos").html if cells else ""
    for slide in BeautifulSoup(html, "html.parser").find_all("div", class_="rl-diapo"):
        for folded in slide.find_all("details"):
            if folded.find_parent("figure") is None:
                folded.decompose()
        heading = slide.find(["h1", "h2", "h3", "h4"])
        if isinstance(heading, Tag):
            heading.name = "h2"
        name = heading.get_text(" ", strip=True) if heading else "Diapositive"
        slides.append({"name": name, "html": slide.decode_contents().strip()})
    styles = ("rapport/rapport.css", "diapos/diapos.css")
    return filled("diapos/page.html.j2", styles, slides=slides, cover=cover, running_title="")


def _kind(cell: NotebookNode) -> str:
    return str(cell.metadata.get("slideshow", {}).get("slide_type", ""))


def _is_slide(cell: NotebookNode) -> bool:
    return _kind(cell) in BEGIN or (_kind(cell) not in LEAVE_OUT and FINDING in html_of(cell))


def _chosen(notebook: NotebookNode, shown_later: AbstractSet[str]) -> Iterator[NotebookNode]:
    heading, first_page = "", is_on_first_page(notebook)
    for cell in notebook.cells:
        for line in cell.source.splitlines() if cell.cell_type == "markdown" else ():
            heading = (line.startswith("#") and line.lstrip("#").strip()) or heading
        kind, shown = _kind(cell), html_of(cell)
        again = not shown_later.isdisjoint(CHART.findall(shown))
        alone = ALONE in shown and "<figure" not in shown  # a sentence makes no slide
        empty = cell.cell_type == "code" and (not shown or RESERVED in shown or alone)
        ours = kind not in LEAVE_OUT and first_page and bool(shown) and not again
        if (kind == GO_ON or ours or _is_slide(cell)) and not empty:
            if heading and kind != GO_ON and cell.cell_type == "code":
                yield _of_kind(new_markdown_cell(f"## {heading}"), "slide")  # type: ignore[no-untyped-call]
                kind = "-"
            yield _of_kind(cell.copy(), kind or "slide")


def _of_kind(cell: NotebookNode, kind: str) -> NotebookNode:
    cell.metadata = from_dict({"slideshow": {"slide_type": kind}})  # type: ignore[no-untyped-call]
    return cell


TABLE_SHOWN, FILE_SHOWN = (
    "application/vnd.rlpipeline.table+json",
    "application/vnd.rlpipeline.file+json",
)
FILE_NAME = re.compile(r"^[a-z0-9_-]+\.csv$")
TERRITORIES = re.compile(r'<(?:table|figure)\b[^>]*?\bdata-territoire="([^"]*)"')
OF_CHAPTER = ("year", "commune", "edition")
"""Parameters that say whose chapter an executed notebook is."""


class ShownTable(NamedTuple):
    """A table that a chapter shows."""

    id: str
    year: int
    territory: str


class File(NamedTuple):
    """A file published beside the report."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]


def carried_by(
    notebooks: Iterable[tuple[Path, NotebookNode]],
) -> tuple[list[ShownTable], list[File]]:
    """Take what executed notebooks carry, in their order and that of their cells.

    Raises NotebookError: something does not have the form agreed with what shows it.
    """
    tables: list[ShownTable] = []
    files: list[File] = []
    for path, notebook in notebooks:
        for cell in notebook.cells:
            try:
                for output in cell.get("outputs", ()):
                    data = output.get("data", {})
                    if (table := data.get(TABLE_SHOWN)) is not None:
                        tables.append(
                            ShownTable(
                                str(table["id"]), int(table["year"]), str(table["territory"])
                            )
                        )
                    if (file := data.get(FILE_SHOWN)) is not None:
                        files.append(_file(file))
            except (KeyError, TypeError, ValueError) as error:
                raise NotebookError(
                    "Un notebook porte un résultat mal formé.",
                    where=f"{path.parent.name}/{path.name}, cellule « {cell.id} »",
                    expected="ce que donne report.table ou report.alerts",
                    got=f"{type(error).__name__} ({error})"
                    if isinstance(error, KeyError)
                    else type(error).__name__,
                ) from error
    return tables, files


def _file(value: Mapping[str, Any]) -> File:
    if not all(isinstance(row, list) for row in value["rows"]):
        raise ValueError("rows")
    file = File(
        str(value["name"]), tuple(map(str, value["columns"])), tuple(map(tuple, value["rows"]))
    )
    if not FILE_NAME.match(file.name):  # a notebook chooses a name, never a place
        raise ValueError("name")
    if any(len(row) != len(file.columns) for row in file.rows):
        raise ValueError("rows")
    return file


def assigned(cells: Iterable[Mapping[str, Any]], tag: str) -> dict[str, Any]:
    """Constants that cells with a tag give to names."""
    values: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code" and tag in cell["metadata"].get("tags", ()):
            for statement in ast.parse("".join(cell["source"])).body:
                if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(
                    statement.value, ast.Constant
                ):
                    targets = (
                        statement.targets
                        if isinstance(statement, ast.Assign)
                        else [statement.target]
                    )
                    values |= {ast.unparse(target): statement.value.value for target in targets}
    return values


def check_owners(outcomes: Iterable[Outcome]) -> None:
    """See that each executed notebook is the one its task asked for.

    Raises ReconciliationError: one was executed for another territory, year or edition.
    """
    for outcome in outcomes:
        task = outcome.task
        injected = assigned(
            json.loads(outcome.notebook.read_text(encoding="utf-8"))["cells"], INJECTED_TAG
        )
        wanted, got = (
            {name: of[name] for name in OF_CHAPTER if name in of}
            for of in (task.parameters, injected)
        )
        if got != wanted:
            words = [
                ", ".join(f"{name} = {value!r}" for name, value in of.items())
                for of in (wanted, got)
            ]
            raise _stranger(
                f"{task.territory}/{task.chapter}",
                words[0],
                words[1] or "un notebook sans ses paramètres",
            )


def check_page(page: Path, place: str, html: str) -> None:
    """See that the tables and charts of a portrait are all of its own commune.

    Raises ReconciliationError: one is about another territory.
    """
    strangers = sorted({territory for territory in TERRITORIES.findall(html) if territory != place})
    if place != SERVICE and strangers:
        raise _stranger(page.name, place, ", ".join(strangers))


def _stranger(where: str, expected: str, got: str) -> ReconciliationError:
    return ReconciliationError(
        "Une page allait montrer les chiffres d'un autre territoire : rien n'est publié.",
        where=where,
        expected=expected,
        got=got,
        todo="relancer « rlpipeline build » avec --force",
    )
