"""The workbook's figures: its sheets say lines and columns in words, the notebooks' tables give their codes."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from html import unescape
from pathlib import Path
from typing import overload

from python_calamine import CalamineWorkbook

from rlpipeline.published.model import Bundle, Cell, FigureKey, Label, Place, Rows
from rlpipeline.published.numbers import read_shown

WORKBOOK = "tableaux.xlsx"
HEADER = 3
"""Index of the line of headers; the lines of the table follow."""
CONTENTS = "Sommaire"
_ROUNDING_FORMAT = re.compile(r'numFmtId="(?P<id>\d+)" formatCode=""?≈[^;]*;;"moins de (?P<below>\d+)"')
_USED_FORMAT = re.compile(r'<xf [^>]*numFmtId="(\d+)"')
_STYLED_CELL = re.compile(r'<c r="([A-Z]+\d+)" s="(\d+)"')
CODE, YEAR, LINE, COLUMN = "Code", "Année", "Ligne", "Colonne"
DETAILS, BETWEEN = "Précisions sur les chiffres", "\n"
"""Header of the last column where figures have words of their own, and what parts these."""
SHEET, TITLE, TABLE = "Feuille", "Tableau", "Code du tableau"
"""Headers of the contents: name of a sheet, title and code of its table."""
_COMPARED = re.compile(
    r"^(?P<change>Écart depuis )?(?P<year>\d{4})(?P<apart>, non comparable)?\u00a0: (?P<label>.+)$", re.DOTALL
)


@dataclass(frozen=True)
class OwnRows(Sequence[tuple[object, ...]]):
    """The rows of a sheet that are one part's, at their places: those of the others are empty, and not kept.

    Parameters
    ----------
    head
        The first rows, which are everyone's.
    own
        The part's, by place.
    length
        Rows of the sheet.
    """

    head: Rows
    own: Mapping[int, tuple[object, ...]]
    length: int

    @overload
    def __getitem__(self, index: int) -> tuple[object, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> Rows: ...
    def __getitem__(self, index: int | slice) -> tuple[object, ...] | Rows:
        """Give the row of a place, or several."""
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(self.length))]
        if index >= self.length:  # else who goes through it never ends
            raise IndexError(index)
        return self.head[index] if index < len(self.head) else self.own.get(index, ())

    def __len__(self) -> int:
        return self.length


def lead_of(rows: Rows) -> tuple[Sequence[str], Sequence[str], bool]:
    """Part the headers of a sheet; those about the year before are left out.

    Returns
    -------
    Those before the figures (territory, code, year where there are several, line), those of the figures, and whether
    the sheet is turned: each row is then a column of the table, and each header a line. None before the figures where
    nothing says what a row is.
    """
    header = [str(word) for word in rows[HEADER]] if len(rows) > HEADER else []
    start = next((place for place, word in enumerate(header, start=1) if word in {LINE, COLUMN}), 0)
    end = end_of(header)
    return header[:start], header[start:end], header[start - 1 : start] == [COLUMN]


def end_of(header: Sequence[object]) -> int:
    """Where the figures of a header end: at the year before, or at their words."""
    words = [at for at, word in enumerate(header) if word == DETAILS]
    return min((*(one.at for one in beside_of(header)), *words), default=len(header))


@dataclass(frozen=True)
class Beside:
    """A column of a sheet that sets another beside the year before.

    Parameters
    ----------
    at
        Where the row has it.
    label
        Words of the column that it is about.
    year
        The year before.
    is_change
        Whether it has the change since then, and not the figure of that year.
    is_apart
        Whether its header says that the years are not comparable.
    """

    at: int
    label: str
    year: int
    is_change: bool
    is_apart: bool = False


def beside_of(header: Sequence[object]) -> tuple[Beside, ...]:
    """The columns of a header that are about the year before."""
    matches = ((at, _COMPARED.match(str(word))) for at, word in enumerate(header))
    return tuple(
        Beside(at, one["label"], int(one["year"]), bool(one["change"]), bool(one["apart"]))
        for at, one in matches
        if one
    )


@dataclass(frozen=True)
class Listed:
    """A line of the contents: a sheet, the title of its table and its code, which is the name where none is told."""

    sheet: str
    title: str
    code: str


def listed(contents: Rows) -> Iterator[tuple[int, Listed]]:
    """The lines of the contents about sheets, each after its place."""
    start = next((place for place, row in enumerate(contents) if SHEET in row), len(contents))
    for place, row in enumerate(contents[start + 1 :], start=start + 1):
        named = {str(head): str(word) for head, word in zip(contents[start], row, strict=False)}
        if named.get(TITLE):
            yield place, Listed(named[SHEET], named[TITLE], named.get(TABLE) or named[SHEET])


def tabs_of(contents: Rows) -> Mapping[str, str]:
    """Name of the sheet of each table, by code."""
    return {one.code: one.sheet for _, one in listed(contents)}


def rows_below(rows: Rows) -> Iterator[tuple[int, tuple[object, ...]]]:
    """Give the rows below the headers that are the part's, each after its place."""
    if isinstance(rows, OwnRows):
        yield from rows.own.items()
    else:
        yield from enumerate(rows[HEADER + 1 :], start=HEADER + 1)


def read_sheets(path: Path, *, as_shown: bool = True) -> Iterator[tuple[str, Rows]]:
    """Every sheet, empty cells included, one after the other: that of a table under the table's code.

    Parameters
    ----------
    as_shown
        Whether a rounded number is what a reader sees, sign included, or what its cell holds.
    """
    workbook, formats = CalamineWorkbook.from_path(path), ShownFormats(path)
    contents = workbook.get_sheet_by_name(CONTENTS).to_python() if CONTENTS in workbook.sheet_names else []
    codes = {one.sheet: one.code for _, one in listed([tuple(row) for row in contents])}
    for rank, sheet in enumerate(workbook.sheet_names, start=1):
        name = codes.get(sheet, sheet)
        rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        rounded = formats.of_sheet(rank) if as_shown else {}
        if not rounded:
            yield name, tuple(tuple(row) for row in rows)
            continue
        yield name, tuple(tuple(_shown(rounded, place, row)) for place, row in enumerate(rows, start=1))


def _shown(rounded: Mapping[str, int], place: int, row: Sequence[object]) -> Iterator[object]:
    """Give the values of a row, those that are rounded as their format writes them."""
    for rank, value in enumerate(row):
        base = rounded.get(f"{letters(rank)}{place}")
        if base is None or not isinstance(value, int | float):
            yield value
        else:
            yield f"≈\u00a0{value:,.0f}".replace(",", "\u202f") if value else f"moins de {base}"


@cache
def letters(rank: int) -> str:
    """Name a column of a sheet by its letters."""
    return (letters(rank // 26 - 1) if rank >= 26 else "") + chr(ord("A") + rank % 26)


class ShownFormats:
    """The number formats of a workbook that write a sign of rounding, which no value tells."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with zipfile.ZipFile(path) as archive:
            styles = archive.read("xl/styles.xml").decode("utf-8")
        codes = {match["id"]: match["below"] for match in _ROUNDING_FORMAT.finditer(unescape(styles))}
        used = _USED_FORMAT.findall(styles.partition("<cellXfs")[2].partition("</cellXfs>")[0])
        self._bases = {str(rank): int(codes[id]) for rank, id in enumerate(used) if id in codes}

    def of_sheet(self, rank: int) -> Mapping[str, int]:
        """Give the base of each cell of a sheet that is rounded, by its address."""
        if not self._bases:
            return {}
        with zipfile.ZipFile(self._path) as archive:
            sheet = archive.read(f"xl/worksheets/sheet{rank}.xml").decode("utf-8")
        return {place: self._bases[style] for place, style in _STYLED_CELL.findall(sheet) if style in self._bases}


def read_workbook_cells(
    sheets: Mapping[str, Rows], bundles: Sequence[Bundle], tabs: Mapping[str, str], year: int
) -> Iterator[Cell]:
    """Figures of every sheet of a table."""
    for sheet in _sheets(sheets, bundles, tabs, year):
        yield from sheet.cells()


def read_beside(
    sheets: Mapping[str, Rows], bundles: Sequence[Bundle], tabs: Mapping[str, str], year: int
) -> Iterator[tuple[FigureKey, Beside, object, Place]]:
    """Every cell about the year before: key of the figure of the year, column, value, place."""
    for sheet in _sheets(sheets, bundles, tabs, year):
        yield from sheet.beside()


def _sheets(
    sheets: Mapping[str, Rows], bundles: Sequence[Bundle], tabs: Mapping[str, str], year: int
) -> Iterator[_Sheet]:
    for name, rows in sheets.items():
        own = [bundle for bundle in bundles if bundle.id == name]
        if own and len(rows) > HEADER + 1:
            yield _Sheet(own, rows, tabs.get(name, name), year)


@dataclass(frozen=True)
class _Sheet:
    bundles: Sequence[Bundle]
    rows: Rows
    tab: str
    year: int

    def cells(self) -> Iterator[Cell]:
        """Figures of the sheet; words of a text column are none."""
        lead, headers, turned = lead_of(self.rows)
        heads = [self._named(word, lines=turned) for word in headers]
        for index, territory, year, own in self._below(lead, turned):
            for head, value in zip(heads, self.rows[index][len(lead) :], strict=False):
                line, column = (head, own) if turned else (own, head)
                text = (territory, line.code, column.code, value)
                if value != "" and column.kind != "texte" and text not in self._texts:
                    yield self._cell(FigureKey(self.bundles[0].id, year, territory, line.code, column.code), value)

    def beside(self) -> Iterator[tuple[FigureKey, Beside, object, Place]]:
        """Cells about the year before, of the rows of the year."""
        lead, _, turned = lead_of(self.rows)
        columns = beside_of(self.rows[HEADER])
        for index, territory, year, own in self._below(lead, turned) if columns else ():
            for one in columns:
                key = FigureKey(self.bundles[0].id, year, territory, own.code, self._named(one.label, lines=False).code)
                where = f"feuille {self.tab}, territoire {territory}, ligne {own.code}, colonne {letters(one.at)}"
                place = Place(WORKBOOK, where)
                yield key, one, self.rows[index][one.at] if one.at < len(self.rows[index]) else "", place

    def _cell(self, key: FigureKey, value: object) -> Cell:
        where = (
            f"feuille {self.tab}, territoire {key.territoire}, {key.annee}, ligne {key.ligne}, colonne {key.colonne}"
        )
        place = Place(WORKBOOK, where)
        if isinstance(value, int | float):
            return Cell(key, f"{value:.12g}", place, "classeur", float(value), "ok")
        shown = read_shown(str(value))
        return Cell(key, str(value), place, "classeur", shown.valeur, shown.etat if shown.etat != "ok" else "illisible")

    def _below(self, lead: Sequence[str], turned: bool) -> Iterator[tuple[int, str, int, Label]]:
        """Index, territory and year of each row, and its line in the table, or its column where the sheet is turned."""
        ranks: Counter[tuple[str, int, str]] = Counter()
        for index, row in rows_below(self.rows) if lead else ():
            named = dict(zip(lead, row, strict=False))
            territory, word, year_cell = str(named.get(CODE, "")), str(named.get(lead[-1], "")), named.get(YEAR)
            year = int(year_cell) if isinstance(year_cell, int | float) else self.year
            rank = ranks[territory, year, word]
            ranks[territory, year, word] += 1
            own = self._named(word, lines=False) if turned else self._line(territory, year, word, rank)
            yield index, territory, year, own

    def _line(self, territory: str, year: int, word: str, rank: int) -> Label:
        """The line of a row; those that read alike follow the order of the table."""
        codes = self._codes(territory, year, word)
        return Label(codes[rank] if rank < len(codes) else word, word, "")

    def _codes(self, territory: str, year: int, label: str) -> list[str]:
        """Codes of the lines that read so and have something to say there, in their order."""
        alike = [*dict.fromkeys(row.code for row in self._rows() if row.label == label)]
        return alike if len(alike) < 2 else [code for code in alike if self._has(territory, year, code)]

    def _rows(self) -> Iterator[Label]:
        for bundle in self.bundles:
            yield from bundle.rows

    def _has(self, territory: str, year: int, code: str) -> bool:
        return any(
            (figure.key.territoire, figure.key.annee, figure.key.ligne) == (territory, year, code)
            for bundle in self.bundles
            for figure in bundle.figures
        ) or any(
            bundle.territoire == territory and code in {text[0] for text in bundle.texts} for bundle in self.bundles
        )

    def _named(self, word: str, lines: bool) -> Label:
        """The line or the column of a word; those that read alike are told apart by their code in brackets."""
        return self._names[lines].get(word, Label(word, word, ""))

    @cached_property
    def _names(self) -> tuple[Mapping[str, Label], Mapping[str, Label]]:
        """Columns, then lines, by the words that stand for them."""
        return _by_words(one.columns for one in self.bundles), _by_words(one.rows for one in self.bundles)

    @cached_property
    def _texts(self) -> frozenset[tuple[str, str, str, object]]:
        """Territory, line, column and words of the texts."""
        return frozenset((bundle.territoire, *text) for bundle in self.bundles for text in bundle.texts)


def _by_words(axes: Iterable[Sequence[Label]]) -> Mapping[str, Label]:
    """Lines or columns by « words (code) », else by their words, the first of those that read alike."""
    every = [*{label.code: label for axis in axes for label in axis}.values()][::-1]
    return {label.label: label for label in every} | {f"{label.label} ({label.code})": label for label in every}
