"""The workbook's figures: its sheets say lines and columns in words, ``figures.parquet`` gives their codes."""

from __future__ import annotations

import re
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from html import unescape
from pathlib import Path

from python_calamine import CalamineWorkbook

from rlpipeline.checks.model import Place, Rows
from rlpipeline.checks.reading import Publication, folded
from rlpipeline.declared import SERVICE, FigureKey

WORKBOOK = "tableaux.xlsx"
HEADER = 3
"""Index of the line of headers; the lines of the table follow."""
CONTENTS = "Sommaire"
_ROUNDING_FORMAT = re.compile(r'numFmtId="(?P<id>\d+)" formatCode=""?≈[^;]*;;"moins de (?P<below>\d+)"')
_USED_FORMAT = re.compile(r'<xf [^>]*numFmtId="(\d+)"')
_STYLED_CELL = re.compile(r'<c r="([A-Z]+\d+)" s="(\d+)"')
EVOLUTIONS = "Évolutions"
CODE, YEAR, LINE, COLUMN = "Code", "Année", "Ligne", "Colonne"
DETAILS = "Précisions sur les chiffres"
"""Header of the last column where figures have words of their own."""
SHEET, TITLE, TABLE = "Feuille", "Tableau", "Code du tableau"
"""Headers of the contents: name of a sheet, title and code of its table."""
_COMPARED = re.compile(
    r"^(?P<change>Écart depuis )?(?P<year>\d{4})(?:, non comparable)?\u00a0: (?P<label>.+)$", re.DOTALL
)


@dataclass(frozen=True)
class Entry:
    """A cell of a sheet and its address: a figure of the year, of the year before, or what moved between both.

    Parameters
    ----------
    key
        Of what moved, that of the figure of the year.
    """

    key: FigureKey
    value: object
    place: Place
    is_change: bool = False


@dataclass(frozen=True)
class _Column:
    at: int
    word: str
    year: int
    is_change: bool


def read_entries(publication: Publication) -> Iterator[Entry]:
    """Read the figures of the workbook, whose lines and columns are found by their words."""
    for tab, id, rows in read_sheets(publication.directory / WORKBOOK):
        if tab == EVOLUTIONS:
            yield from _beside(rows, publication)
        elif len(rows) > HEADER:
            yield from _of_sheet(tab, id, rows, publication)


def _of_sheet(tab: str, id: str, rows: Rows, publication: Publication) -> Iterator[Entry]:
    """Read a sheet; lines that read alike are in the order of the table, those that the territory has."""
    codes, year = publication.codes, publication.year
    header = [str(word) for word in rows[HEADER]]
    start = next((place for place, word in enumerate(header, start=1) if word in {LINE, COLUMN}), 0)
    columns = [*_columns(header[start:], start, year)] if start else []
    ranks: Counter[tuple[object, ...]] = Counter()
    for row in rows[HEADER + 1 :] if start else ():
        lead = dict(zip(header[:start], row, strict=False))
        territory, word, own = str(lead.get(CODE, "")), str(row[start - 1]), lead.get(YEAR)
        rank = ranks[territory, own, word]
        ranks[territory, own, word] += 1
        named = codes.get((id, folded(word)), ())
        alike = named if len(named) < 2 else [code for code in named if (id, territory, code) in publication.axes]
        for column in columns if rank < len(alike) else ():
            heads, value = codes.get((id, folded(column.word)), ()), row[column.at] if column.at < len(row) else ""
            if heads and value != "":
                line, across = (heads[0], alike[rank]) if header[start - 1] == COLUMN else (alike[rank], heads[0])
                of_year = int(own) if isinstance(own, int | float) else column.year
                where = f"feuille {tab}, territoire {territory}, {of_year}, ligne {line}, colonne {across}"
                key = FigureKey(id, of_year, territory, line, across)
                yield Entry(key, value, Place(WORKBOOK, where), column.is_change)


def _columns(words: Sequence[str], start: int, year: int) -> Iterator[_Column]:
    for at, word in enumerate(words, start=start):
        before = _COMPARED.match(word)
        if before:
            is_change = bool(before["change"])
            yield _Column(at, before["label"], year if is_change else int(before["year"]), is_change)
        elif word != DETAILS:
            yield _Column(at, word, year, is_change=False)


def _beside(rows: Rows, publication: Publication) -> Iterator[Entry]:
    """Read the sheet of the service's figures of both years."""
    ids = {title: id for id, title in publication.titles.items()}
    now, then = (int(str(word)) for word in rows[HEADER][3:5])
    for number, row in enumerate(rows[HEADER + 1 :], start=HEADER + 2):
        id = ids.get(str(row[0]), "")
        line, column = (publication.codes.get((id, folded(str(word))), ()) for word in row[1:3])
        if len(line) == len(column) == 1:
            for at, year, is_change in ((3, now, False), (4, then, False), (5, now, True)):
                where = f"feuille {EVOLUTIONS}, ligne {number}, ligne {line[0]}, colonne {column[0]}"
                key = FigureKey(id, year, SERVICE, line[0], column[0])
                if row[at] != "":
                    yield Entry(key, row[at], Place(WORKBOOK, where), is_change)


def read_sheets(path: Path) -> Iterator[tuple[str, str, Rows]]:
    """Give the name of every sheet, the code of its table, and its rows, empty cells included."""
    workbook, formats = CalamineWorkbook.from_path(path), _ShownFormats(path)
    contents = workbook.get_sheet_by_name(CONTENTS).to_python() if CONTENTS in workbook.sheet_names else []
    start = next((place for place, row in enumerate(contents) if SHEET in row), len(contents))
    named = [dict(zip(contents[start], row, strict=False)) for row in contents[start + 1 :]]
    codes = {str(row[SHEET]): str(row.get(TABLE) or row[SHEET]) for row in named if row.get(TITLE)}
    for rank, sheet in enumerate(workbook.sheet_names, start=1):
        rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
        rounded = formats.of_sheet(rank)
        shown = (tuple(_shown(rounded, place, row)) for place, row in enumerate(rows, start=1))
        yield sheet, codes.get(sheet, sheet), tuple(shown if rounded else map(tuple, rows))


def _shown(rounded: Mapping[str, int], place: int, row: Sequence[object]) -> Iterator[object]:
    """Give the values of a row, those that are rounded as their format writes them."""
    for rank, value in enumerate(row):
        base = rounded.get(f"{_letters(rank)}{place}")
        if base is None or not isinstance(value, int | float):
            yield value
        else:
            yield f"≈\u00a0{value:,.0f}".replace(",", "\u202f") if value else f"moins de {base}"


@cache
def _letters(rank: int) -> str:
    """Name a column of a sheet by its letters."""
    return (_letters(rank // 26 - 1) if rank >= 26 else "") + chr(ord("A") + rank % 26)


class _ShownFormats:
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
