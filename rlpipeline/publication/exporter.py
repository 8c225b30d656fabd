"""Executed notebooks as pages and as slides, and what they carry beside their HTML.

The exporter ``rapport`` makes one complete page of a notebook: ``jupyter nbconvert --to rapport x.ipynb``. Each cell is
read once, as a tree, with what it says of itself: pages and slides are made of these. Slides are the findings of the
report and their charts: the cells of the first page, those whose chart says a finding, and those that are called slides
in JupyterLab (property inspector, slide type), by our chapters or by the service. A chart of the first page gives way
to the one of the same table in a chapter.
"""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from copy import copy, deepcopy
from dataclasses import dataclass, field
from functools import cache, cached_property
from itertools import starmap
from pathlib import Path
from typing import Any, NamedTuple, Self

from lxml.html import HtmlElement
from nbconvert.exporters.html import HTMLExporter
from nbconvert.exporters.templateexporter import TemplateExporter
from nbformat import NotebookNode
from traitlets import Bool, List, Unicode
from traitlets.config import Config

from rlpipeline.errors import NotebookError, ReconciliationError
from rlpipeline.execution.notebook_files import INJECTED_TAG, has_tag, read_notebook, without_notes
from rlpipeline.execution.outcome import Outcome
from rlpipeline.publication.figures import SERVICE
from rlpipeline.publication.page import TEMPLATES, Cover, cover_for, filled, render_page
from rlpipeline.publication.sanitize import clean
from rlpipeline.publication.stitch import Chapter, Fragment, stitch
from rlpipeline.publication.tree import HEADINGS, inside, made, parsed, typeset, words_of
from rlpipeline.settings.models import load_settings, own_commune, years_begun
from rlpipeline.settings.project import find_project

WITHOUT_NUMBER, ON_FIRST_PAGE = "sans-numero", "premiere-page"
"""Tags of the first cell of a chapter."""
SHOWN = ("text/html", "text/markdown", "image/png", "image/jpeg", "text/plain")
"""Kinds of output that a page without scripts can show, the one that it shows first."""
TABLE_SHOWN, FIGURE_SHOWN, TEXT_SHOWN, FILE_SHOWN = (
    f"application/vnd.rlpipeline.{kind}+json" for kind in ("table", "figure", "text", "file")
)
FINDING, SENTENCE = "constat", "phrase"
"""Roles of what a cell shows: a chart that says a finding; a sentence alone."""
POSTER, FINDINGS, METHOD = "affiche", "constats", "methode"
"""Names of what cells show that publication puts elsewhere, or takes something from."""


@dataclass(frozen=True)
class ShownCell:
    """What a cell of an executed chapter shows.

    Parameters
    ----------
    body
        A tree that holds it.
    slide
        What JupyterLab calls the cell in a slide show; empty where it does not.
    records
        What it says of it, by kind.
    """

    body: HtmlElement
    slide: str = ""
    is_code: bool = True
    records: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @cached_property
    def is_empty(self) -> bool:
        """Whether it shows nothing."""
        return not len(self.body) and not words_of(self.body)

    @property
    def roles(self) -> set[str]:
        """What it is to a page."""
        return {str(record.get("role", "")) for record in self.records.values()}

    @property
    def name(self) -> str:
        """Name of the text that it shows."""
        return str(self.records.get(TEXT_SHOWN, {}).get("name", ""))

    @property
    def chart(self) -> str:
        """Table whose chart it shows."""
        return str(self.records.get(FIGURE_SHOWN, {}).get("id", ""))


@dataclass(frozen=True)
class ExecutedChapter:
    """An executed notebook, read once where it is asked for."""

    path: Path

    @cached_property
    def notebook(self) -> NotebookNode:
        """What the file holds."""
        return read_notebook(self.path)

    @cached_property
    def cells(self) -> Sequence[ShownCell]:
        """What its cells show."""
        return RapportExporter.shared().cells_of(self.notebook)

    @property
    def is_on_first_page(self) -> bool:
        """Whether the chapter stands beside the cover."""
        return _is_tagged(self.notebook, ON_FIRST_PAGE)

    def record(self, name: str) -> Mapping[str, Any]:
        """What it says of the text of a name, told without a page; nothing where it shows no such."""
        texts = (_records(cell).get(TEXT_SHOWN, {}) for cell in without_notes(self.notebook))
        return next((text for text in texts if text.get("name") == name), {})


def _records(cell: NotebookNode) -> dict[str, Mapping[str, Any]]:
    """Give what a cell says of what it shows: of each kind, the last."""
    records = {}
    for kind in (TABLE_SHOWN, FIGURE_SHOWN, TEXT_SHOWN):
        carried = _carried(cell, kind)
        if carried and isinstance(carried[-1], Mapping):
            records[kind] = carried[-1]
    return records


class RapportExporter(HTMLExporter):
    """Exports a chapter as it stands in the report: prose, tables and figures, without any code."""

    export_from_notebook = "Rapport d'activité"

    template_name = Unicode("rapport").tag(config=True, affects_template=True)
    extra_template_basedirs = List(Unicode(), default_value=[str(TEMPLATES)]).tag(
        config=True, affects_environment=True
    )
    exclude_anchor_links = Bool(True).tag(config=True)
    # once, not after each of a dozen preprocessors
    optimistic_validation = Bool(True).tag(config=True)

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

    def default_filters(self) -> Iterator[tuple[str, Any]]:
        """nbconvert's, and what cleans a cell."""
        yield from super().default_filters()  # type: ignore[no-untyped-call]
        yield "clean", clean

    def from_notebook_node(  # type: ignore[override]
        self, nb: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Convert one notebook into a page of its own."""
        html, resources = self._exported(nb, resources, **kw)
        cells = _cells_in(html, nb)
        metadata = resources.get("metadata", {})
        name = str(metadata.get("name", "")) or "chapitre"
        number = re.match(r"0*([1-9]\d?)_", name)  # 05_activite is the fifth chapter, alone or not
        chapters = stitch([_fragment(nb, name, cells)], int(number[1]) if number else 1)
        cover = cover_of(nb, Path(metadata.get("path", "")))
        return render_page(chapters, cover), resources

    def cells_of(self, notebook: NotebookNode) -> list[ShownCell]:
        """Read what the cells of an executed notebook show: prose and outputs, without code or warnings."""
        html, _ = self._exported(notebook)
        return _cells_in(html, notebook)

    def _exported(
        self, notebook: NotebookNode, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Fill the template; what HTMLExporter adds by reading all of it again takes a quarter of a page's time."""
        # nbconvert copies all of a notebook three times, and figures, which no page shows, are half of it
        light = copy(notebook)
        light.cells = [*map(_without_figures, without_notes(notebook))]
        exported: tuple[str, dict[str, Any]] = TemplateExporter.from_notebook_node(
            self, light, resources, **kw
        )
        return exported


def _cells_in(html: str, notebook: NotebookNode) -> list[ShownCell]:
    """Read once what the template made of the cells of a notebook: each is a block of it."""
    shown = zip(parsed(html), without_notes(notebook), strict=True)
    return [*starmap(_shown, shown)]


def _without_figures(cell: NotebookNode) -> NotebookNode:
    """Copy a cell with the kinds of output that pages show."""
    light = copy(cell)
    if "outputs" in light:
        light.outputs = [*map(copy, light.outputs)]
    for output in light.get("outputs", ()):
        if "data" in output:
            output.data = {kind: output.data[kind] for kind in SHOWN if kind in output.data}
    return light


def _shown(body: HtmlElement, cell: NotebookNode) -> ShownCell:
    slide = str(cell.metadata.get("slideshow", {}).get("slide_type", ""))
    return ShownCell(body, slide, cell.cell_type == "code", _records(cell))


def _fragment(notebook: NotebookNode, name: str, cells: Iterable[ShownCell]) -> Fragment:
    """Make a chapter of what its cells show."""
    tree = made("div")
    for cell in cells:
        body = deepcopy(cell.body)
        tree.extend([body] if _has_bare_text(body) else list(body))
    is_numbered = not _is_tagged(notebook, WITHOUT_NUMBER)
    return Fragment(name, tree, is_numbered, _is_tagged(notebook, ON_FIRST_PAGE))


def _has_bare_text(body: HtmlElement) -> bool:
    """Whether words stand in it outside any element of its own."""
    words = (body.text, *(part.tail for part in body))
    return any(text and text.strip() for text in words)


def _is_tagged(notebook: NotebookNode, tag: str) -> bool:
    """Whether the first cell of a chapter has a tag."""
    return bool(notebook.cells) and has_tag(notebook.cells[0], tag)


def cover_of(nb: NotebookNode, folder: Path) -> Cover:
    """The cover of the report that a notebook alone belongs to, by its parameters and the settings that they name."""
    values = assigned(nb.cells, "parameters") | assigned(nb.cells, INJECTED_TAG)
    commune, edition = values.get("commune"), str(values.get("edition", "interne"))
    params = _settings_of(values.get("params"), folder)
    year = values.get("year") or _latest_year(nb, folder, params)
    if params is None or not isinstance(year, int):
        annee = year if isinstance(year, int) else None
        return Cover("", None, annee, str(commune) if commune else None, edition)
    settings = load_settings(params, year)
    place = own_commune(commune, settings.service) if commune else SERVICE
    return cover_for(settings, place, edition)


def _latest_year(nb: NotebookNode, folder: Path, params: Path | None) -> int | None:
    """Give the latest year of the tables that a notebook shows, else of those that its settings have begun."""
    if params is None:
        return None
    shown = [table.year for table in carried_by([(folder, nb)])[0]]
    return max(shown or years_begun(params), default=None)


def _settings_of(params: object, folder: Path) -> Path | None:
    if not isinstance(params, str):
        return None
    if params:
        places = [Path(params), folder / params]
    else:
        projects = ((place, find_project(place.resolve())) for place in (folder, Path()))
        places = [place / project.params for place, project in projects if project]
    return next((place for place in places if (place / "service.yml").is_file()), None)


def document_of(chapters: Sequence[ExecutedChapter], cover: Cover) -> str:
    """The complete page of executed notebooks, stitched in the order given.

    Gives one self-contained HTML page: no code, no script, nothing asked of the network.
    """
    posters = [cell for chapter in chapters for cell in chapter.cells if cell.name == POSTER]
    return render_page(chapters_of(chapters, cover), cover, "".join(map(_poster, posters)))


def chapters_of(chapters: Sequence[ExecutedChapter], cover: Cover) -> tuple[Chapter, ...]:
    """Stitch executed notebooks, without the poster, which a page has a place of its own for."""
    fragments = []
    for chapter in chapters:
        cells = [cell for cell in chapter.cells if cell.name != POSTER]
        fragments.append(_fragment(chapter.notebook, chapter.path.stem, cells))
    return stitch(fragments, report=cover.definitions)


def _poster(cell: ShownCell) -> str:
    body = deepcopy(cell.body)
    typeset(body)
    return inside(body)


def has_poster(chapters: Iterable[ExecutedChapter]) -> bool:
    """Whether executed notebooks show a poster."""
    return any(chapter.record(POSTER) for chapter in chapters)


def headline_of(chapters: Iterable[ExecutedChapter]) -> str:
    """Give the year in one sentence, as the findings say it; empty where they do not."""
    said = (str(chapter.record(FINDINGS).get("titre", "")) for chapter in chapters)
    return next(filter(None, said), "")


def cards_of(chapters: Iterable[ExecutedChapter]) -> tuple[str, ...]:
    """Name the tables that executed notebooks define."""
    records = (chapter.record(METHOD) for chapter in chapters)
    return tuple(str(name) for record in records for name in record.get("fiches", ()))


SLIDES = "rapport-diapos.html"
BEGIN, GO_ON, LEAVE_OUT = frozenset({"slide", "subslide"}), "fragment", frozenset({"skip", "notes"})
"""What JupyterLab calls a cell that begins a slide, goes on with it, or is left out of it."""
STYLES = ("rapport/rapport.css", "diapos/diapos.css")


class Slide(NamedTuple):
    """A slide: what it is called, and its HTML."""

    name: str
    html: str


def render_slides(chapters: Sequence[ExecutedChapter], cover: Cover) -> str:
    """The complete page of slides: a title, the findings, a chart with a finding each, what to read next."""
    later = [cell for of in chapters if not of.is_on_first_page for cell in of.cells]
    shown_later = {cell.chart for cell in later if cell.chart and _is_slide(cell)}
    slides = [_slide(body) for of in chapters for body in _bodies(of, shown_later)]
    return filled("diapos/page.html.j2", STYLES, slides=slides, cover=cover, running_title="")


def _bodies(chapter: ExecutedChapter, shown_later: AbstractSet[str]) -> list[HtmlElement]:
    """Give what each slide of a chapter holds, under the heading above it."""
    heading, bodies = "", list[HtmlElement]()
    for cell in chapter.cells:
        if not cell.is_code:
            heading = next((words_of(each) for each in reversed(_headings(cell.body))), heading)
        goes_on = cell.slide == GO_ON and bodies
        if not _is_chosen(cell, chapter.is_on_first_page, shown_later):
            continue
        if not goes_on:
            bodies.append(made("div"))
            if heading and cell.is_code:
                bodies[-1].append(made("h2", heading))
        bodies[-1].extend(list(deepcopy(cell.body)))
    return bodies


def _headings(body: HtmlElement) -> list[HtmlElement]:
    return [*body.iter(*HEADINGS)]


def _is_slide(cell: ShownCell) -> bool:
    return cell.slide in BEGIN or (cell.slide not in LEAVE_OUT and FINDING in cell.roles)


def _is_chosen(cell: ShownCell, first_page: bool, shown_later: AbstractSet[str]) -> bool:
    """Whether a cell is on a slide: its service said so, or it is a finding, or of the first page alone."""
    if cell.is_empty or SENTENCE in cell.roles:
        return False
    if cell.slide == GO_ON or _is_slide(cell):
        return True
    is_again = cell.chart in shown_later
    return first_page and cell.is_code and cell.slide not in LEAVE_OUT and not is_again


def _slide(body: HtmlElement) -> Slide:
    """Write a slide: what is folded is left to the report, but for the data of a chart."""
    for folded in [*body.iter("details")]:
        if next(folded.iterancestors("figure"), None) is None:
            folded.drop_tree()
    typeset(body)
    heading = next(iter(_headings(body)), None)
    if heading is None:
        return Slide("Diapositive", inside(body))
    heading.tag = "h2"
    return Slide(words_of(heading), inside(body))


FILE_NAME = re.compile(r"^[a-z0-9_-]+\.csv$")
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
                tables += map(_table, _carried(cell, TABLE_SHOWN))
                files += map(_file, _carried(cell, FILE_SHOWN))
            except (KeyError, TypeError, ValueError) as error:
                name = f" ({error})" if isinstance(error, KeyError) else ""
                raise NotebookError(
                    "Un notebook porte un résultat mal formé.",
                    where=f"{path.parent.name}/{path.name}, cellule « {cell.id} »",
                    expected="ce que donne report.table ou report.alerts",
                    got=f"{type(error).__name__}{name}",
                ) from error
    return tables, files


def _carried(cell: NotebookNode, kind: str) -> list[Mapping[str, Any]]:
    shown = (output.get("data", {}) for output in cell.get("outputs", ()))
    return [data[kind] for data in shown if data.get(kind) is not None]


def _table(value: Mapping[str, Any]) -> ShownTable:
    return ShownTable(str(value["id"]), int(value["year"]), str(value["territory"]))


def _file(value: Mapping[str, Any]) -> File:
    if not all(isinstance(row, list) for row in value["rows"]):
        raise ValueError("rows")
    file = File(
        name=str(value["name"]),
        columns=tuple(map(str, value["columns"])),
        rows=tuple(map(tuple, value["rows"])),
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
            values |= _constants("".join(cell["source"]))
    return values


def _constants(source: str) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for statement in ast.parse(source).body:
        match statement:
            case ast.Assign(targets=targets, value=ast.Constant(value=value)):
                values |= {ast.unparse(target): value for target in targets}
            case ast.AnnAssign(target=target, value=ast.Constant(value=value)):
                values[ast.unparse(target)] = value
    return values


def check_owners(outcomes: Iterable[Outcome]) -> None:
    """See that each executed notebook is the one its task asked for.

    Raises ReconciliationError: one was executed for another territory, year or edition.
    """
    for outcome in outcomes:
        task = outcome.task
        executed = json.loads(outcome.notebook.read_text(encoding="utf-8"))
        wanted = _whose(task.parameters)
        got = _whose(assigned(executed["cells"], INJECTED_TAG))
        if got != wanted:
            found = _said(got) or "un notebook sans ses paramètres"
            raise _stranger(f"{task.territory}/{task.chapter}", _said(wanted), found)


def _whose(parameters: Mapping[str, Any]) -> dict[str, Any]:
    return {name: parameters[name] for name in OF_CHAPTER if name in parameters}


def _said(parameters: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value!r}" for name, value in parameters.items())


def check_page(page: Path, place: str, chapters: Iterable[ExecutedChapter]) -> None:
    """See that the tables and charts of a portrait are all of its own commune.

    Raises ReconciliationError: one is about another territory.
    """
    bodies = [cell.body for chapter in chapters for cell in chapter.cells]
    shown = (each for body in bodies for each in body.iter("table", "figure"))
    strangers = {each.get("data-territoire") for each in shown} - {None, place}
    if place != SERVICE and strangers:
        raise _stranger(page.name, place, ", ".join(sorted(strangers)))


def _stranger(where: str, expected: str, got: str) -> ReconciliationError:
    return ReconciliationError(
        "Une page allait montrer les chiffres d'un autre territoire : rien n'est publié.",
        where=where,
        expected=expected,
        got=got,
        todo="relancer « rlpipeline build » avec --force",
    )
