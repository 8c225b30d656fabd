"""The workbook's figures: its sheets say lines and columns in words, ``figures.parquet`` gives their codes."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import NamedTuple

from openpyxl.utils.cell import coordinate_to_tuple
from python_calamine import CalamineWorkbook

from rlpipeline.checks.model import Location
from rlpipeline.checks.published import Publication, bare, folded
from rlpipeline.declared import SERVICE, FigureKey
from rlpipeline.french import NBSP, NNBSP

WORKBOOK, CONTENTS, EVOLUTIONS = "tableaux.xlsx", "Sommaire", "Évolutions"
HEADER = 3
"""Index of the line of headers; the lines of the table follow."""
CODE, YEAR, LINE, COLUMN = "Code", "Année", "Ligne", "Colonne"
DETAILS = "Précisions sur les chiffres"
"""Header of the last column where figures have words of their own."""
SHEET, TITLE, TABLE = "Feuille", "Tableau", "Code du tableau"
"""Headers of the contents: name of a sheet, title and code of its table."""
Rows = Sequence[Sequence[object]]
NUMBERS = (int, float)
_ROUNDING_FORMAT = re.compile(r'numFmtId="(?P<id>\d+)" formatCode=""?≈')
_USED_FORMAT = re.compile(r'<xf [^>]*numFmtId="(\d+)"')
_STYLED = re.compile(r'<c r="([A-Z]+\d+)" s="(\d+)"')
_COMPARED = re.compile(
    r"^(?P<change>Écart depuis )?(?P<year>\d{4})(?:, non comparable)? : (?P<label>.+)$", re.DOTALL
)


class WorkbookCell(NamedTuple):
    """A cell of a sheet and its address: a figure of a year, or what moved up to that of the year."""

    key: FigureKey
    value: object
    where: str
    is_change: bool = False

    @property
    def place(self) -> Location:
        """Where it stands, in French."""
        return Location(
            WORKBOOK, f"{self.where}, ligne {self.key.ligne}, colonne {self.key.colonne}"
        )


@dataclass(frozen=True)
class _Names:
    """Codes of lines and columns by their words: indicator, axis and words to a code."""

    codes: Mapping[tuple[str, str, str], str]

    def code(self, id: str, axis: str, words: object) -> str | None:
        return self.codes.get((id, axis, folded(str(words))))


def read_entries(publication: Publication) -> Iterator[WorkbookCell]:
    """Read the figures of the workbook, whose lines and columns are found by their words."""
    names = _names(publication)
    for tab, id, rows in read_sheets(publication.directory / WORKBOOK):
        if tab == EVOLUTIONS:
            yield from _beside(rows, names, publication.titles)
        elif len(rows) > HEADER:
            yield from _of_sheet(_Sheet(tab, id, publication.year, names), rows)


def _names(publication: Publication) -> _Names:
    """Find codes by words as they are written, and by words without the code that tells them apart."""
    codes: dict[tuple[str, str, str], str] = {}
    for line in publication.labelled:
        id, *_, code, column = line.key
        for axis, of, words in (
            (LINE, code, line.libelle_ligne),
            (COLUMN, column, line.libelle_colonne),
        ):
            codes[id, axis, folded(words)] = of
            codes.setdefault((id, axis, bare(words, of)), of)
    return _Names(codes)


class _Sheet(NamedTuple):
    """A sheet, with its table."""

    tab: str
    id: str
    year: int
    names: _Names


class _SheetColumn(NamedTuple):
    """A column of figures: where it is, the words of its header, and the year that they say."""

    at: int
    words: str
    year: int = 0
    is_change: bool = False


def _of_sheet(sheet: _Sheet, rows: Rows) -> Iterator[WorkbookCell]:
    """Read the figures of a sheet, right of the words of its lines, or of its columns where it is turned."""
    header = [str(word) for word in rows[HEADER]]
    start = next((place for place, word in enumerate(header) if word in {LINE, COLUMN}), None)
    if start is None:
        return
    columns = [_column(at, word) for at, word in enumerate(header) if at > start]
    figures = [column for column in columns if column.words != DETAILS]
    for row in rows[HEADER + 1 :]:
        lead = dict(zip(header[:start], row, strict=False))
        code = sheet.names.code(sheet.id, header[start], row[start])
        if code is not None:
            yield from _of_line(sheet, lead, (header[start], code), figures, row)


def _of_line(
    sheet: _Sheet,
    lead: Mapping[str, object],
    own: tuple[str, str],
    columns: Iterable[_SheetColumn],
    row: Sequence[object],
) -> Iterator[WorkbookCell]:
    """Read the figures of a line, that lead by a territory and often a year; ``own``: its axis and its code on it."""
    axis, code = own
    territory = str(lead.get(CODE, ""))
    year = sheet.year
    if isinstance(told := lead.get(YEAR), NUMBERS):
        year = int(told)
    for column in columns:
        across = sheet.names.code(sheet.id, LINE if axis == COLUMN else COLUMN, column.words)
        if across is None or column.at >= len(row) or row[column.at] == "":
            continue
        codes = (code, across) if axis == LINE else (across, code)
        key = FigureKey(sheet.id, column.year or year, territory, *codes)
        where = f"feuille {sheet.tab}, territoire {territory}, {key.annee}"
        yield WorkbookCell(key, row[column.at], where, column.is_change)


def _column(at: int, word: str) -> _SheetColumn:
    before = _COMPARED.match(folded(word))
    if not before:
        return _SheetColumn(at, word)
    is_change = bool(before["change"])
    return _SheetColumn(at, before["label"], 0 if is_change else int(before["year"]), is_change)


def _beside(rows: Rows, names: _Names, titles: Mapping[str, str]) -> Iterator[WorkbookCell]:
    """Read the sheet that has figures of both years beside one another."""
    now, then = (int(str(word)) for word in rows[HEADER][3:5])
    ids = {title: id for id, title in titles.items()}
    for number, row in enumerate(rows[HEADER + 1 :], start=HEADER + 2):
        title, *words = row[:3]
        id = ids.get(str(title), "")
        line, column = map(names.code, (id, id), (LINE, COLUMN), words)
        where = f"feuille {EVOLUTIONS}, ligne {number}"
        for at, year, is_change in ((3, now, False), (4, then, False), (5, now, True)):
            if line and column and row[at] != "":
                key = FigureKey(id, year, SERVICE, line, column)
                yield WorkbookCell(key, row[at], where, is_change)


def read_sheets(path: Path) -> Iterator[tuple[str, str, Rows]]:
    """Give the name of every sheet, the code of its table, and its rows as they are seen, empty cells included.

    A number that its format shows as rounded is read as it is shown: « ≈ 25 ».
    """
    workbook = CalamineWorkbook.from_path(path)
    codes = _codes_of_sheets(workbook)
    with zipfile.ZipFile(path) as archive:
        rounding_styles = _rounding_styles(archive.read("xl/styles.xml").decode("utf-8"))
        for rank, sheet in enumerate(workbook.sheet_names, start=1):
            rows: Rows = workbook.get_sheet_by_name(sheet).to_python(skip_empty_area=False)
            if rounding_styles:
                xml = archive.read(f"xl/worksheets/sheet{rank}.xml").decode("utf-8")
                styled = _STYLED.findall(xml)
                rounded = [place for place, style in styled if style in rounding_styles]
                rows = _as_seen(rows, rounded)
            yield sheet, codes.get(sheet, sheet), rows


def _codes_of_sheets(workbook: CalamineWorkbook) -> Mapping[str, str]:
    """Read in the contents the code of the table of each sheet."""
    if CONTENTS not in workbook.sheet_names:
        return {}
    rows = iter(workbook.get_sheet_by_name(CONTENTS).to_python())
    header = next((row for row in rows if SHEET in row), [])
    named = (dict(zip(header, row, strict=False)) for row in rows)
    return {str(row[SHEET]): str(row.get(TABLE) or row[SHEET]) for row in named if row.get(TITLE)}


def _rounding_styles(styles: str) -> frozenset[str]:
    """List the styles by which a number is shown as rounded."""
    formats = {match["id"] for match in _ROUNDING_FORMAT.finditer(unescape(styles))}
    used = _USED_FORMAT.findall(styles.partition("<cellXfs")[2].partition("</cellXfs>")[0])
    return frozenset(str(rank) for rank, id in enumerate(used) if id in formats)


def _as_seen(rows: Rows, rounded: Collection[str]) -> Rows:
    """Write the numbers of some cells as their format shows them."""
    seen = [[*row] for row in rows]
    for place in rounded:
        line, column = coordinate_to_tuple(place)
        value = seen[line - 1][column - 1]
        if isinstance(value, NUMBERS):
            seen[line - 1][column - 1] = f"≈{NBSP}{value:,.0f}".replace(",", NNBSP)
    return seen
