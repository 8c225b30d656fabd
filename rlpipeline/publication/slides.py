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

from bs4 import BeautifulSoup, Tag
from nbconvert.exporters.slides import SlidesExporter
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_markdown_cell, new_notebook
from traitlets import List, Unicode

from rlpipeline.publication.exporter import Executed, RapportExporter, html_of, is_on_first_page
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
    later = (cell for of in chapters if not is_on_first_page(of.notebook) for cell in of.notebook.cells)
    shown_later = {table for cell in later if _is_slide(cell) for table in CHART.findall(html_of(cell))}
    cells = [cell for chapter in chapters for cell in _chosen(chapter.notebook, shown_later)]
    if not cells:
        return
    nb = new_notebook(cells=cells)  # type: ignore[no-untyped-call]
    soup = BeautifulSoup(DiaposExporter.shared().fragment(nb, "diapos").html, "html.parser")
    for slide in soup.find_all("div", class_="rl-diapo"):
        for folded in slide.find_all("details"):
            if folded.find_parent("figure") is None:
                folded.decompose()
        heading = slide.find(["h1", "h2", "h3", "h4"])
        if isinstance(heading, Tag):
            heading.name = "h2"
        yield Slide(heading.get_text(" ", strip=True) if heading else "Diapositive", slide.decode_contents().strip())


def _kind(cell: NotebookNode) -> str:
    return str(cell.metadata.get("slideshow", {}).get("slide_type", ""))


def _is_slide(cell: NotebookNode) -> bool:
    return _kind(cell) in BEGIN or (_kind(cell) not in LEAVE_OUT and FINDING in html_of(cell))


def _chosen(notebook: NotebookNode, shown_later: AbstractSet[str]) -> Iterator[NotebookNode]:
    """The cells of a chapter that slides are made of, each slide under the heading above its cell.

    ``shown_later``: tables that a chapter has a slide of: the first page has no other chart of them.
    """
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
