"""Pages, taken apart: cells of tables and charts, bound figures of the prose, alternative texts."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser

IMAGES = re.compile(r"data:image/[a-z+]+;base64,[A-Za-z0-9+/=\s]+")
Attributes = Mapping[str, str]


@dataclass(frozen=True)
class CellFound:
    """A cell of a table (``chart`` false) or of the figures of a chart."""

    indicator: str
    year: int
    territory: str
    line: str
    column: str
    words: str
    classes: str
    chart: bool
    of_its_year: bool = False


@dataclass
class Found:
    """What a page holds, in order."""

    cells: list[CellFound] = field(default_factory=list)
    spans: list[tuple[Attributes, str]] = field(default_factory=list)
    alternatives: list[tuple[Attributes, str]] = field(default_factory=list)
    labels: dict[tuple[str, str], str] = field(default_factory=dict)
    lines: list[tuple[str, str, str]] = field(default_factory=list)


def take_apart(html: str) -> Found:
    """Read a page, or a fragment of one.

    Returns
    -------
    Its cells, bound spans (attributes, words), alternative texts (attributes of their chart, words), the words of
    lines and columns by (indicator, code), and its lines in order (indicator, code, class).
    """
    page = _Page()
    page.feed(IMAGES.sub("", html))
    page.close()
    return page.found


@dataclass
class _Cell:
    attributes: Attributes
    heading: bool
    words: str = ""
    inside: str = ""

    @property
    def shown(self) -> str:
        """Its own words; where it has none, or a sign alone, with those of the spans inside it, hidden or not."""
        own = self.words.strip()
        return own if any(sign.isalnum() for sign in own) else f"{own} {self.inside.strip()}".strip()


class _Page(HTMLParser):
    """Follows the tags; a cell's own words leave out those of the spans inside it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Found()
        self._chart: Attributes | None = None
        self._table: Attributes | None = None
        self._head = False
        self._columns: list[tuple[str, str] | None] = []
        self._row: Attributes = {}
        self._place = 0
        self._cell: _Cell | None = None
        self._spans: list[tuple[Attributes, list[str]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Enter a part of the page."""
        told = {name: value or "" for name, value in attrs}
        if tag == "figure":
            self._chart = told if "data-graphique" in told else None
        elif tag == "img" and told.get("alt"):
            self.found.alternatives.append((self._chart or {}, told["alt"]))
        elif tag == "table":
            self._table = told
            self._columns = []
        elif tag == "thead":
            self._head = True
        elif tag == "tr":
            self._open_row(told)
        elif tag in {"td", "th"}:
            self._cell = _Cell(told, tag == "th")
        elif tag == "span":
            self._spans.append((told, []))

    def handle_endtag(self, tag: str) -> None:
        """Leave a part of the page."""
        if tag == "figure":
            self._chart = None
        elif tag == "table":
            self._table = None
        elif tag == "thead":
            self._head = False
        elif tag in {"td", "th"} and self._cell is not None:
            self._close_cell(self._cell)
            self._cell = None
        elif tag == "span" and self._spans:
            told, words = self._spans.pop()
            if "data-ref" in told:
                self.found.spans.append((told, "".join(words).strip()))

    def handle_data(self, data: str) -> None:
        """Add words to what is open."""
        for _, words in self._spans:
            words.append(data)
        if self._cell is not None and self._spans:
            self._cell.inside += data
        elif self._cell is not None:
            self._cell.words += data

    def _open_row(self, told: Attributes) -> None:
        self._row, self._place = told, 0
        if self._head:
            self._columns = []
        if self._table is not None and told.get("data-ligne") and "data-tableau" in self._table:
            self.found.lines.append((self._table["data-tableau"], told["data-ligne"], told.get("class", "")))

    def _close_cell(self, cell: _Cell) -> None:
        told = cell.attributes
        if self._head:
            self._head_cell(told, cell.shown)
        elif cell.heading:
            if self._table is not None and self._row.get("data-ligne"):
                self._name(self._table.get("data-tableau"), self._row["data-ligne"], cell.shown)
        else:
            self.found.cells.extend(self._body_cell(told, cell.shown))
            self._place += int(told.get("colspan", "1") or 1)

    def _head_cell(self, told: Attributes, words: str) -> None:
        code = told.get("data-colonne")
        if self._table is None or (code is None and not self._columns):
            return
        self._columns.append((code, told.get("data-annee", "")) if code is not None else None)
        if code is not None and not told.get("data-annee"):
            self._name(self._table.get("data-tableau"), code, words)

    def _name(self, indicator: str | None, code: str, words: str) -> None:
        if indicator and words:
            self.found.labels.setdefault((indicator, code), words)

    def _body_cell(self, told: Attributes, words: str) -> Iterator[CellFound]:
        table, chart = self._table, self._chart
        classes = told.get("class", "")
        if table is not None and "data-tableau" in table and self._row.get("data-ligne"):
            column = self._columns[self._place] if self._place < len(self._columns) else None
            if column is not None:
                year = int(column[1] or table.get("data-annee", "0"))
                where = table["data-tableau"], year, table.get("data-territoire", "")
                yield CellFound(*where, self._row["data-ligne"], column[0], words, classes, False, not column[1])
        elif chart is not None and told.get("data-ligne") and told.get("data-colonne"):
            year = int(told.get("data-annee") or chart.get("data-annee", "0"))
            where = chart["data-graphique"], year, chart.get("data-territoire", "")
            yield CellFound(*where, told["data-ligne"], told["data-colonne"], words, classes, True)
