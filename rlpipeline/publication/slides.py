"""``rapport-diapos.html``: the findings of the report and their charts, one a slide, in one file without a script.

nbconvert's exporter of slides makes them, from the cells of the executed chapters: those of the first page, those whose
chart has a finding above it, and those that are called slides in JupyterLab (property inspector, slide type), by our
chapters or by the service. A chart of the first page gives way to the one of the same table in a chapter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache

from bs4 import BeautifulSoup, Tag
from nbconvert.exporters.slides import SlidesExporter
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_markdown_cell, new_notebook
from traitlets import List, Unicode

from rlpipeline.publication.exporter import Executed, RapportExporter, is_on_first_page
from rlpipeline.publication.page import TEMPLATES, Cover, filled
from rlpipeline.publication.stitch import RESERVED

SLIDES = "rapport-diapos.html"
FINDING = 'class="rl-message"'
ALONE = 'class="rl-seul"'
CHART = re.compile(r'<figure [^>]*data-graphique="([^"]+)"')
BEGIN, GO_ON, LEAVE_OUT = frozenset({"slide", "subslide"}), "fragment", frozenset({"skip", "notes"})


class DiaposExporter(RapportExporter, SlidesExporter):
    """Exports cells as slides: their fragment, without the page around them."""

    export_from_notebook = "Diapositives du rapport"

    template_name = Unicode("diapos").tag(config=True, affects_template=True)
    extra_template_paths = List(Unicode(), default_value=[str(TEMPLATES)]).tag(config=True, affects_environment=True)


@dataclass(frozen=True)
class Slide:
    """A slide: what it is called, and its HTML."""

    name: str
    html: str


def render_slides(chapters: Sequence[Executed], cover: Cover) -> str:
    """The complete page of slides: a title, the findings, a chart with a finding each, what to read next."""
    styles = ("rapport/rapport.css", "diapos/diapos.css")
    return filled("diapos/page.html.j2", styles, slides=[*_slides(chapters)], cover=cover, running_title="")


def _slides(chapters: Sequence[Executed]) -> Iterator[Slide]:
    shown = {one for chapter in chapters if not is_on_first_page(chapter.notebook) for one in _drawn(chapter.notebook)}
    cells = [cell for chapter in chapters for cell in _chosen(chapter.notebook, shown)]
    if not cells:
        return
    nb = new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    soup = BeautifulSoup(_exporter().fragment(nb, "diapos").html, "html.parser")
    for slide in soup.find_all("div", class_="rl-diapo"):
        for folded in slide.find_all("details"):
            if folded.find_parent("figure") is None:
                folded.decompose()
        heading = slide.find(["h1", "h2", "h3", "h4"])
        if isinstance(heading, Tag):
            heading.name = "h2"
        name = heading.get_text(" ", strip=True) if heading else "Diapositive"
        yield Slide(name, slide.decode_contents().strip())


@cache
def _exporter() -> DiaposExporter:
    return DiaposExporter()  # type: ignore[no-untyped-call]


def _drawn(notebook: NotebookNode) -> Iterator[str]:
    """Tables that slides of a chapter are charts of."""
    for cell in notebook.cells:
        if _is_slide(cell):
            yield from CHART.findall(_html(cell))


def _is_slide(cell: NotebookNode) -> bool:
    """Whether a cell of a chapter is called a slide, or has a finding above its chart."""
    kind = str(cell.metadata.get("slideshow", {}).get("slide_type", ""))
    return kind in BEGIN or (kind not in LEAVE_OUT and FINDING in _html(cell))


def _chosen(notebook: NotebookNode, shown_later: AbstractSet[str]) -> Iterator[NotebookNode]:
    """The cells of a chapter that slides are made of, each slide under the heading above its cell.

    ``shown_later``: tables that a chapter has a slide of: the first page has no other chart of them.
    """
    heading, first_page = "", is_on_first_page(notebook)
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            heading = _heading(cell.source) or heading
        kind = str(cell.metadata.get("slideshow", {}).get("slide_type", ""))
        shown = _html(cell)
        again = first_page and not shown_later.isdisjoint(CHART.findall(shown))
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


def _heading(source: str) -> str:
    """The last heading of a cell of words."""
    lines = [line for line in source.splitlines() if line.startswith("#")]
    return lines[-1].lstrip("#").strip() if lines else ""


def _html(cell: NotebookNode) -> str:
    outputs = cell.outputs if cell.cell_type == "code" else ()
    return "".join("".join(output.get("data", {}).get("text/html", "")) for output in outputs)
