"""What a page, or the HTML of a notebook's cell, shows: tables, charts, figures quoted, texts of the service."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from rlpipeline.audit.findings import Place
from rlpipeline.published.markup import HtmlElement, classes, shown_words, text_of, written
from rlpipeline.published.model import Cell, CellKind, Chart, FigureKey, Quote, Text
from rlpipeline.published.shown import read_shown

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
)
_BLOCKS = frozenset({"p", "li", "td", "th", "blockquote", "div", "h1", "h2", "h3", "h4", "h5", "h6"})
_FORMER = re.compile(r"^(?P<annee>\d{4})\s*:\s*(?P<words>.+)$", re.DOTALL)


@dataclass(frozen=True)
class _Grid:
    """A table or a chart while its cells are read: whose figures, where."""

    id: str
    territoire: str
    annee: int
    file: str
    kind: CellKind

    def cell(self, line: str, column: str, year: int, words: str) -> Cell:
        shown = read_shown(words)
        key = FigureKey(self.id, year, self.territoire, line, column)
        apart = f", {year}" if year != self.annee else ""
        where = f"{self.kind} {self.id} ({self.territoire}), ligne {line}, colonne {column}{apart}"
        return Cell(key, words, Place(self.file, where), self.kind, shown.valeur, shown.etat, shown.decimales)


def read_cells(root: HtmlElement, file: str) -> Iterator[Cell]:
    """Figures of every table that says what it is; words alone are not figures."""
    for table in root.iter("table"):
        if table.get("data-tableau"):
            grid = _grid(table, "tableau", file)
            columns = list(_columns(table, grid.annee))
            for line in table.iter("tr"):
                if line.get("data-ligne"):
                    yield from _line(line, columns, grid)


def read_charts(root: HtmlElement, file: str) -> Iterator[Chart]:
    """Every chart with the table of its data."""
    for figure in root.iter("figure"):
        if figure.get("data-graphique"):
            grid = _grid(figure, "graphique", file)
            image = next(figure.iter("img"), None)
            caption = next(figure.iter("figcaption"), None)
            yield Chart(
                id=grid.id,
                territoire=grid.territoire,
                annee=grid.annee,
                alt="" if image is None else image.get("alt") or "",
                caption="" if caption is None else text_of(caption),
                cells=tuple(_drawn(figure, grid)),
                image="" if image is None else image.get("src") or "",
                place=Place(file, f"graphique {grid.id} ({grid.territoire})"),
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
                ref=_reference(span.get("data-ref") or ""),
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


def _grid(element: HtmlElement, kind: CellKind, file: str) -> _Grid:
    return _Grid(
        id=element.get(f"data-{kind}"),
        territoire=element.get("data-territoire") or "",
        annee=_number(element.get("data-annee")),
        file=file,
        kind=kind,
    )


def _columns(table: HtmlElement, year: int) -> Iterator[tuple[str, int]]:
    """Code and year of each column, a header over several columns counting as many; the first is the lines' own."""
    for row in table.iterfind("thead/tr"):
        for header in row:
            for _ in range(_number(header.get("colspan")) or 1):
                yield header.get("data-colonne") or "", _number(header.get("data-annee")) or year


def _line(line: HtmlElement, columns: list[tuple[str, int]], grid: _Grid) -> Iterator[Cell]:
    index = 0
    for cell in line:
        span = _number(cell.get("colspan")) or 1
        if cell.tag == "td" and index < len(columns) and _holds_figure(cell):
            column, year = columns[index]
            column, year = cell.get("data-colonne") or column, _number(cell.get("data-annee")) or year
            row = cell.get("data-ligne") or line.get("data-ligne")
            yield grid.cell(row, column, year, shown_words(cell))
            yield from _former(cell, (row, column, year), grid)
        index += span


def _holds_figure(cell: HtmlElement) -> bool:
    return "num" in classes(cell) and "texte" not in classes(cell)


def _former(cell: HtmlElement, place: tuple[str, str, int], grid: _Grid) -> Iterator[Cell]:
    """The figure of another year told below: « 2022 : 3,5 »."""
    line, column, year = place
    for detail in cell.iter("span"):
        told = _FORMER.match(shown_words(detail)) if "rl-detail" in classes(detail) else None
        if told and int(told["annee"]) != year and read_shown(told["words"]).etat != "illisible":
            yield grid.cell(line, column, int(told["annee"]), told["words"])


def _drawn(figure: HtmlElement, grid: _Grid) -> Iterator[Cell]:
    for cell in figure.iter("td"):
        if cell.get("data-colonne"):
            words = shown_words(cell)
            year = _number(cell.get("data-annee")) or grid.annee
            yield grid.cell(cell.get("data-ligne") or "", cell.get("data-colonne"), year, words)


def _text_name(span: HtmlElement) -> str:
    block = next(span.iterancestors("div"), None)
    while block is not None and not block.get("data-texte"):
        block = next(block.iterancestors("div"), None)
    return "" if block is None else str(block.get("data-texte"))


def _reference(path: str) -> tuple[str, str, str]:
    parts = [unquote(part) for part in path.split("/")]
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else ("", "", "")


def _number(text: str | None) -> int:
    return int(text) if text and text.isdigit() else 0
