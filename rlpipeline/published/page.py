"""What a page, or the HTML of a notebook's cell, shows: tables, charts, figures quoted, texts of the service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote

from rlpipeline.published.markup import HtmlElement, classes, shown_words, text_of, written
from rlpipeline.published.model import Cell, CellKind, Chart, FigureKey, Place, Quote, Text
from rlpipeline.published.numbers import UNREADABLE, read_shown

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
_BLOCKS = frozenset({"p", "li", "td", "th", "blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6"})
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
        year, shown = year or self.other or self.annee, read_shown(words)
        key = FigureKey(self.id, year, self.territoire, self.ligne, self.colonne)
        apart = f", {year}" if year != self.annee else ""
        where = f"{self.kind} {self.id} ({self.territoire}), ligne {self.ligne}, colonne {self.colonne}{apart}"
        return Cell(key, words, Place(file, where), self.kind, shown.valeur, shown.etat, shown.decimales)


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
    """Figures of every table that says what it is; words alone are not figures."""
    for cell in placed_cells(root):
        if cell.kind == "tableau" and "num" in classes(cell.element) and "texte" not in classes(cell.element):
            yield cell.read(file, shown_words(cell.element))
            yield from _former(cell, file)


def read_changes(root: HtmlElement, file: str) -> Iterator[Cell]:
    """What moved since the year before, beside the figures of a table: the key is that of the figure of the year."""
    for cell in placed_cells(root):
        if cell.colonne.startswith(CHANGE):
            of = replace(cell, kind="écart", colonne=cell.colonne.removeprefix(CHANGE))
            yield of.read(file, shown_words(cell.element))


def read_charts(root: HtmlElement, file: str) -> Iterator[Chart]:
    """Every chart with the table of its data."""
    for figure in root.iter("figure"):
        if not figure.get("data-graphique"):
            continue
        id, territory, year = _identity("graphique", figure)
        image = next(figure.iter("img"), None)
        caption = next(figure.iter("figcaption"), None)
        yield Chart(
            id=id,
            territoire=territory,
            annee=year,
            alt="" if image is None else image.get("alt") or "",
            caption="" if caption is None else text_of(caption),
            cells=tuple(cell.read(file, shown_words(cell.element)) for cell in _cells_of_chart(figure)),
            image="" if image is None else image.get("src") or "",
            place=Place(file, f"graphique {id} ({territory})"),
        )


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
                around=_around(span) if span.get("data-environ") else ("", ""),
            )


def _around(span: HtmlElement) -> tuple[str, str]:
    """Words of the block before an element and after it."""
    block = next((one for one in span.iterancestors() if one.tag in _BLOCKS), None)
    texts = [] if block is None else block.xpath(".//text()")
    inside = [
        index for index, text in enumerate(texts) if span in {text.getparent(), *text.getparent().iterancestors()}
    ]
    inside = [index for index in inside if not (texts[index].is_tail and texts[index].getparent() is span)]
    if not inside:
        return "", span.tail or ""
    return "".join(texts[: inside[0]]), "".join(texts[inside[-1] + 1 :])


def read_texts(root: HtmlElement, file: str) -> Iterator[Text]:
    """Every text of the service."""
    for block in root.iter("div"):
        if block.get("data-texte"):
            name = block.get("data-texte")
            silent = frozenset(int(rank) for rank in (block.get("data-tus") or "").split())
            yield Text(name, written(block), Place(file, f"texte {name}"), silent)


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
            if former.etat != UNREADABLE:
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
