"""Pages as an intruder reads them: every cell, bound figure and alternative text, whatever its class."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rlpipeline.published.markup import HtmlElement, parse, without_images
from rlpipeline.published.page import PlacedCell, placed_cells

Attributes = Mapping[str, str]


@dataclass(frozen=True)
class Page:
    """A page, or a fragment of one.

    Parameters
    ----------
    cells
        Of tables and charts, each with its words.
    spans
        Bound figures: attributes and words.
    alternatives
        Alternative texts with the attributes of their chart, none outside of one.
    labels
        Words of lines and columns by (indicator, code).
    lines
        Lines of tables in order: indicator, code, class.
    """

    cells: tuple[tuple[PlacedCell, str], ...]
    spans: tuple[tuple[Attributes, str], ...]
    alternatives: tuple[tuple[Attributes, str], ...]
    labels: Mapping[tuple[str, str], str]
    lines: tuple[tuple[str, str, str], ...]


def read_page(html: str) -> Page:
    """Read a page, or a fragment of one."""
    root = parse(without_images(html))
    labels: dict[tuple[str, str], str] = {}
    for name, words in _labels(root):
        labels.setdefault(name, words)
    spans = (span for span in root.iter("span") if span.get("data-ref"))
    return Page(
        cells=tuple((cell, words_of(cell.element)) for cell in placed_cells(root) if cell.ligne and cell.colonne),
        spans=tuple((dict(span.attrib), span.text_content().strip()) for span in spans),
        alternatives=tuple(_alternatives(root)),
        labels=labels,
        lines=tuple(_lines(root)),
    )


def words_of(cell: HtmlElement) -> str:
    """Own words of a cell; where it has none, or a sign alone, with those of the spans inside it, hidden or not."""
    pieces = [*_pieces(cell)]
    own, inside = ("".join(words for words, apart in pieces if apart is hidden).strip() for hidden in (False, True))
    return own if any(sign.isalnum() for sign in own) else f"{own} {inside}".strip()


def _pieces(element: HtmlElement, hidden: bool = False) -> Iterator[tuple[str, bool]]:
    """Texts of a cell, and whether each is in a span."""
    yield element.text or "", hidden
    for child in element:
        if isinstance(child.tag, str):
            yield from _pieces(child, hidden or child.tag == "span")
        yield child.tail or "", hidden


def _alternatives(root: HtmlElement) -> Iterator[tuple[Attributes, str]]:
    for image in root.iter("img"):
        if image.get("alt"):
            figure = next(image.iterancestors("figure"), None)
            chart = {} if figure is None or not figure.get("data-graphique") else dict(figure.attrib)
            yield chart, image.get("alt")


def _labels(root: HtmlElement) -> Iterator[tuple[tuple[str, str], str]]:
    """Words of the lines and columns of the tables, those of another year left out."""
    for table in root.iter("table"):
        heads = ((one.get("data-colonne"), one) for one in table.iterfind("thead/tr/*") if not one.get("data-annee"))
        names = ((line.get("data-ligne"), one) for line in table.iterfind("tbody/tr") for one in line.iterfind("th"))
        for code, element in (*heads, *names):
            if table.get("data-tableau") and code and (words := words_of(element)):
                yield (table.get("data-tableau"), code), words


def _lines(root: HtmlElement) -> Iterator[tuple[str, str, str]]:
    for line in root.iter("tr"):
        table = next(line.iterancestors("table"), None)
        if line.get("data-ligne") and table is not None and table.get("data-tableau"):
            yield table.get("data-tableau"), line.get("data-ligne"), line.get("class") or ""
