"""The workbook's figures: its sheets say lines and columns in words, ``figures.parquet`` gives their codes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from html import unescape
from pathlib import Path
from typing import NamedTuple

from openpyxl.utils import get_column_letter
from python_calamine import CalamineWorkbook

from rlpipeline.checks.model import Place
from rlpipeline.checks.reading import Publication, bare, folded
from rlpipeline.declared import SERVICE, FigureKey

WORKBOOK, CONTENTS, EVOLUTIONS = "tableaux.xlsx", "Sommaire", "Évolutions"
HEADER = 3
"""Index of the line of headers; the lines of the table follow."""
CODE, YEAR, LINE, COLUMN = "Code", "Année", "Ligne", "Colonne"
DETAILS = "Précisions sur les chiffres"
"""Header of the last column where figures have words of their own."""
SHEET, TITLE, TABLE = "Feuille", "Tableau", "Code du tableau"
"""Headers of the contents: name of a sheet, title and code of its table."""
Rows = Sequence[Sequence[object]]
Codes = dict[tuple[str, str, str], str]
"""From a table, an axis and the words of a line or a column to its code."""
NUMBERS = (int, float)
_ROUNDING_FORMAT = re.compile(r'numFmtId="(?P<id>\d+)" formatCode=""?≈')
_USED_FORMAT = re.compile(r'<xf [^>]*numFmtId="(\d+)"')
_STYLED_CELL = re.compile(r'<c r="([A-Z]+\d+)" s="(\d+)"')
_COMPARED = re.compile(
    r"^(?P<change>Écart depuis )?(?P<year>\d{4})(?:, non comparable)? : (?P<label>.+)$", re.DOTALL
)


class Entry(NamedTuple):
    """A cell of a sheet and its address: a figure of a year, or what moved up to that of the year."""

    key: FigureKey
    value: object
    where: str
    is_change: bool = False

    @property
    def place(self) -> Place:
        """Where it stands, in French."""
        return Place(WORKBOOK, f"{self.where}, ligne {self.key.ligne}, colonne {self.key.colonne}")


def read_entries(publication: Publication) -> Iterator[Entry]:
    """Read the figures of the workbook, whose lines and columns are found by their words."""
    codes: Codes = {}
    for key, *_, line, column, _ in publication.labelled:
        for axis, code, words in ((LINE, key.ligne, line), (COLUMN, key.colonne, column)):
            codes[key.indicateur, axis, folded(words)] = code
            codes.setdefault((key.indicateur, axis, bare(words, code)), code)
    ids = {title: id for id, title in publication.titles.items()}
    for tab, id, rows in read_sheets(publication.directory / WORKBOOK):
        if tab == EVOLUTIONS:
            yield from _beside(rows, codes, ids)
        elif len(rows) > HEADER:
            yield from _of_sheet((tab, id, publication.year), rows, codes)


def _of_sheet(sheet: tuple[str, str, int], rows: Rows, codes: Codes) -> Iterator[Entry]:
    tab, id, year = sheet
    header = [str(word) for word in rows[HEADER]]
    start = next((place for place, word in enumerate(header, start=1) if word in {LINE, COLUMN}), 0)
    axis, other = (
        (header[start - 1], LINE if header[start - 1] == COLUMN else COLUMN) if start else ("", "")
    )
    columns = [
        (at, *_column(word)) for at, word in enumerate(header) if at >= start and word != DETAILS
    ]
    for row in rows[HEADER + 1 :] if start else ():
        lead = dict(zip(header[:start], row, strict=False))
        territory, own = str(lead.get(CODE, "")), lead.get(YEAR)
        code = codes.get((id, axis, folded(str(row[start - 1]))))
        for at, words, before, is_change in columns if code else ():
            across = codes.get((id, other, folded(words)))
            if code and across and at < len(row) and row[at] != "":
                own_year = before or (int(own) if isinstance(own, NUMBERS) else year)
                key = FigureKey(
                    id, own_year, territory, *((code, across) if axis == LINE else (across, code))
                )
                yield Entry(
                    key, row[at], f"feuille {tab}, territoire {territory}, {key.annee}", is_change
                )


def _column(word: str) -> tuple[str, int, bool]:
    before = _COMPARED.match(folded(word))
    if not before:
        return word, 0, False
    return before["label"], 0 if before["change"] else int(before["year"]), bool(before["change"])


def _beside(rows: Rows, codes: Codes, ids: Mapping[str, str]) -> Iterator[Entry]:
    now, then = (int(str(word)) for word in rows[HEADER][3:5])
    for number, row in enumerate(rows[HEADER + 1 :], start=HEADER + 2):
        id = ids.get(str(row[0]), "")
        line, column = (
            codes.get((id, axis, folded(str(word))))
            for axis, word in zip((LINE, COLUMN), row[1:3], strict=True)
        )
        for at, year, is_change in ((3, now, False), (4, then, False), (5, now, True)):
            if line and column and row[at] != "":
                key = FigureKey(id, year, SERVICE, line, column)
                yield Entry(key, row[at], f"feuille {EVOLUTIONS}, ligne {number}", is_change)


def read_sheets(path: Path) -> Iterator[tuple[str, str, Rows]]:
    """Give the name of every sheet, the code of its table, and its rows, empty cells included."""
    workbook = CalamineWorkbook.from_path(path)
    contents = (
        workbook.get_sheet_by_name(CONTENTS).to_python() if CONTENTS in workbook.sheet_names else []
    )
    start = next((place for place, row in enumerate(contents) if SHEET in row), len(contents))
    named = [dict(zip(contents[start], row, strict=False)) for row in contents[start + 1 :]]
    codes = {str(row[SHEET]): str(row.get(TABLE) or row[SHEET]) for row in named if row.get(TITLE)}
    with zipfile.ZipFile(path) as archive:
        rounding = _rounding_styles(archive.read("xl/styles.xml").decode("utf-8"))
        for rank, sheet in enumerate(workbook.sheet_names, start=1):
            rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            xml = archive.read(f"xl/worksheets/sheet{rank}.xml").decode("utf-8") if rounding else ""
            styled = _STYLED_CELL.findall(xml)
            rounded = frozenset(place for place, style in styled if style in rounding)
            shown = ([*_shown(rounded, place, row)] for place, row in enumerate(rows, start=1))
            yield sheet, codes.get(sheet, sheet), [*shown] if rounded else rows


def _rounding_styles(styles: str) -> frozenset[str]:
    """List the styles by which a number is shown as rounded."""
    formats = {match["id"] for match in _ROUNDING_FORMAT.finditer(unescape(styles))}
    used = _USED_FORMAT.findall(styles.partition("<cellXfs")[2].partition("</cellXfs>")[0])
    return frozenset(str(rank) for rank, id in enumerate(used) if id in formats)


def _shown(rounded: frozenset[str], place: int, row: Sequence[object]) -> Iterator[object]:
    """Give the cells of a row as they are seen: a number by its format, a text as it is."""
    for rank, value in enumerate(row, start=1):
        if f"{get_column_letter(rank)}{place}" in rounded and isinstance(value, NUMBERS):
            yield f"≈\u00a0{value:,.0f}".replace(",", "\u202f")
        else:
            yield value
