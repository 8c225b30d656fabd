"""What a page, or the HTML of a notebook's cell, shows: tables, charts, figures quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote

from rlpipeline.checks.markup import HtmlElement, classes, shown_words, text_of
from rlpipeline.checks.model import Cell, CellKind, Place, Quote
from rlpipeline.checks.numbers import UNREADABLE, read_shown
from rlpipeline.declared import FigureKey

OPTIONS = (
    "sur",
    "depuis",
    "forme",
    "decimales",
    "accord",
    "nombre",
    "decalage",
    "raison",
    "pluriel",
    "sinon",
    "comparable",
    "environ",
    "hausse",
    "baisse",
)
CHANGE = "ecart:"
"""Before the code of a column: that of its change since the year before."""
_FORMER = re.compile(r"^(?P<annee>\d{4})\s*:\s*(?P<words>.+)$", re.DOTALL)


@dataclass(frozen=True)
class PlacedCell:
    """A cell of a table, or of the data of a chart, and whose figure its place makes it.

    Parameters
    ----------
    annee
        Year of the table.
    ligne, colonne
        Empty where the page does not say.
    other
        Year that its column, or itself, says; 0 where it is the table's.
    """

    kind: CellKind
    id: str
    territoire: str
    annee: int
    ligne: str
    colonne: str
    other: int
    element: HtmlElement

    def read(self, file: str, words: str, year: int = 0) -> Cell:
        """Read words in the place of the cell, of another year where one is given."""
        year = year or self.other or self.annee
        key = FigureKey(self.id, year, self.territoire, self.ligne, self.colonne)
        apart = f", {year}" if year != self.annee else ""
        where = f"{self.kind} {self.id} ({self.territoire}), ligne {self.ligne}, colonne {self.colonne}{apart}"
        return Cell(key, words, Place(file, where), self.kind)


def placed_cells(root: HtmlElement) -> Iterator[PlacedCell]:
    """Every cell of every table and chart that says what it is, in the order of the page, whatever the cell holds."""
    for element in root.iter("table", "figure"):
        if element.get("data-tableau"):
            yield from _cells_of_table(element)
        elif element.get("data-graphique"):
            yield from _cells_of_chart(element)


def _cells_of_table(table: HtmlElement) -> Iterator[PlacedCell]:
    columns = list(_columns(table))
    for line in table.iter("tr"):
        if line.get("data-ligne") or line.get("data-colonne"):  # a line may be a column of the figures
            yield from _line(table, line, columns)


def _cells_of_chart(figure: HtmlElement) -> Iterator[PlacedCell]:
    for cell in figure.iter("td"):
        if cell.get("data-colonne"):
            yield _placed("graphique", figure, cell, (cell.get("data-ligne") or "", "", 0))


def read_cells(root: HtmlElement, file: str) -> Iterator[Cell]:
    """Figures of every table and chart that says what it is, and what moved since the year before."""
    for cell in placed_cells(root):
        if not (cell.ligne and cell.colonne):
            continue
        if cell.colonne.startswith(CHANGE):
            of = replace(cell, kind="écart", colonne=cell.colonne.removeprefix(CHANGE))
            yield of.read(file, shown_words(cell.element))
        elif cell.kind == "graphique" or is_figure(cell.element):
            yield cell.read(file, shown_words(cell.element))
            yield from _former(cell, file)


def is_figure(cell: HtmlElement) -> bool:
    """Whether a cell of a table is of figures, not of words."""
    return "num" in classes(cell) and "texte" not in classes(cell)


def unplaced(root: HtmlElement) -> Iterator[str]:
    """Give what figures show that do not say which they are, in tables and charts that say what they are."""
    placed = {cell.element for cell in placed_cells(root) if cell.ligne and cell.colonne}
    for cell in root.xpath("//table[@data-tableau]//td | //figure[@data-graphique]//td"):
        if is_figure(cell) and cell not in placed and any(sign.isdigit() for sign in shown_words(cell)):
            yield shown_words(cell)


def read_quotes(root: HtmlElement, file: str) -> Iterator[Quote]:
    """Every figure bound in the prose, and every one typed with its reason."""
    for span in root.iter("span"):
        if span.get("data-fonction") or "rl-fixe" in classes(span):
            name = _text_name(span)
            words = text_of(span)
            place = Place(file, f"texte {name}, « {words} »" if name else f"« {words} »")
            yield Quote(
                function=span.get("data-fonction") or "fixe",
                ref=reference_of(span.get("data-ref") or "") or ("", "", ""),
                territoire=span.get("data-territoire") or "",
                annee=_number(span.get("data-annee")),
                options={option: span.get(f"data-{option}") for option in OPTIONS if span.get(f"data-{option}")},
                words="".join(span.itertext()),
                texte=name,
                place=place,
            )


def _identity(kind: CellKind, element: HtmlElement) -> tuple[str, str, int]:
    """Id, territory and year of a table or a chart."""
    return element.get(f"data-{kind}"), element.get("data-territoire") or "", _number(element.get("data-annee"))


def _columns(table: HtmlElement) -> Iterator[tuple[str, int]]:
    """Code and year of each column, a header over several columns counting as many; the first is the lines' own."""
    for row in table.iterfind("thead/tr"):
        for header in row:
            for _ in range(_number(header.get("colspan")) or 1):
                yield header.get("data-colonne") or "", _number(header.get("data-annee"))


def _line(table: HtmlElement, line: HtmlElement, columns: list[tuple[str, int]]) -> Iterator[PlacedCell]:
    index = 0
    for cell in line:
        if cell.tag == "td" and index < len(columns):
            yield _placed("tableau", table, cell, (line.get("data-ligne") or "", *columns[index]))
        index += _number(cell.get("colspan")) or 1


def _placed(kind: CellKind, element: HtmlElement, cell: HtmlElement, place: tuple[str, str, int]) -> PlacedCell:
    """Give a cell the place that its table gives it, or the one that it says itself."""
    line, column, year = place
    line, column = cell.get("data-ligne") or line, cell.get("data-colonne") or column
    return PlacedCell(
        kind, *_identity(kind, element), line, column, _number(cell.get("data-annee")) or year, element=cell
    )


def _former(cell: PlacedCell, file: str) -> Iterator[Cell]:
    """The figure of another year told below: « 2022 : 3,5 »."""
    for detail in cell.element.iter("span"):
        detail_words = _FORMER.match(shown_words(detail)) if "rl-detail" in classes(detail) else None
        if detail_words and int(detail_words["annee"]) != (cell.other or cell.annee):
            former = cell.read(file, detail_words["words"], int(detail_words["annee"]))
            if read_shown(former.words).etat != UNREADABLE:
                yield former


def _text_name(span: HtmlElement) -> str:
    block = next(span.iterancestors("div"), None)
    while block is not None and not block.get("data-texte"):
        block = next(block.iterancestors("div"), None)
    return "" if block is None else str(block.get("data-texte"))


def reference_of(written: str) -> tuple[str, str, str] | None:
    """Read ``id/ligne/colonne``, where %2F stands for a slash inside a name; None for anything else."""
    parts = [unquote(part) for part in written.split("/")]
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else None


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0
