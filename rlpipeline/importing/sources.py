"""The tables of an export: its grids, where tables stand in them, their headers, their lines, and what is no line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, time, timedelta
from fnmatch import fnmatchcase
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from rlpipeline.characters import unaccented, unguarded
from rlpipeline.errors import DataError, UsageError
from rlpipeline.importing import refusal
from rlpipeline.importing.cells import DAY_FIRST, read_day, text
from rlpipeline.records import tabular
from rlpipeline.records.tabular import SQLITE_SUFFIXES, TEXT_SUFFIXES, WORKBOOK_SUFFIXES, Sheet

READABLE = (*TEXT_SUFFIXES, *WORKBOOK_SUFFIXES, *SQLITE_SUFFIXES)
FILE_NAME, SHEET_NAME, HEADING = "(nom du fichier)", "(nom de la feuille)", "(titre) "
LOOKED_AT = 40
"""Lines among which the headers of a sheet are looked for."""
_LONG_TIME = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")
_TOTAL = re.compile(r"(?:sous[- ]?)?tota(?:l|ux)\b|nombre de\b|ensemble\b|presents?$|moyenne\b")
_PAIR = re.compile(r"\s*([^:\d][^:]{0,30}?)\s*:\s*(\S.*?)?\s*(?:[;|]\s*|\s{2,}|$)")


def sheets_of(path: Path) -> list[Sheet]:
    """Read every grid of a file, a CSV file's without a name; DataError where a cell would read as empty and is not."""
    kind = path.suffix.lower()
    if not path.is_file():
        raise refusal(UsageError, "introuvable", path)
    if kind in TEXT_SUFFIXES:
        return [Sheet("", [*_text_rows(path)])]
    if kind not in READABLE:
        raise refusal(UsageError, "illisible", path, sortes=", ".join(READABLE))
    return [_checked(path, sheet) for sheet in tabular.sheets_of(path)]


def _text_rows(path: Path) -> Iterator[list[object]]:
    lines = [*tabular.lines_of(tabular.decoded(path.read_bytes()).text)]
    lines = lines[1:] if lines and lines[0].casefold().startswith("sep=") else lines
    for line, fields in tabular.rows_of(lines, tabular.separator_of(lines)):
        if fields is None:
            raise refusal(DataError, "guillemet", f"{path}, ligne {line}")
        yield [unguarded(value) or None for value in fields]


def _checked(path: Path, sheet: Sheet) -> Sheet:
    rows = [[_time(cell) for cell in row] for row in sheet.rows]
    for fault in sheet.faults:
        where = f"{path}, feuille « {sheet.name} », cellule {tabular.cell_name(fault.row, fault.column)}"
        if fault.kind == "formula" or (fault.kind == "error" and not fault.text):
            raise refusal(DataError, "formule" if fault.kind == "formula" else "erreur", where)
        if fault.kind == "error":  # shown as the workbook shows it
            rows += [[] for _ in range(fault.row + 1 - len(rows))]
            rows[fault.row] += [None] * (fault.column + 1 - len(rows[fault.row]))
            rows[fault.row][fault.column] = fault.text
    return replace(sheet, rows=rows)


def _time(cell: object) -> object:
    if isinstance(cell, str) and (match := _LONG_TIME.fullmatch(cell)):  # more than a day, in an OpenDocument
        hours, minutes, seconds = map(int, match.groups())
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return cell


class Place(NamedTuple):
    """Where a table stands in a sheet, rows counted from 1: first and last of its headers, first and last line."""

    headers: tuple[int, int]
    first: int
    last: int


class Line(NamedTuple):
    """A row of a table: its number in the sheet, and its cells, those of headings and names of file and sheet last."""

    number: int
    cells: Sequence[object]


@dataclass
class Source:
    """A table as the sheet « Tableaux » says it.

    ``titled`` is whether headings stand above its lines, ``leave_out`` the header and the pattern of lines to leave
    out; ``aside`` is every other row that holds something, with the reason, once the lines are read.
    """

    number: str
    file: str
    sheet: Sheet
    place: Place
    titled: bool = False
    leave_out: Sequence[tuple[str, str]] = ()
    aside: dict[int, str] = field(default_factory=dict, init=False)

    @property
    def name(self) -> str:
        """Name of the file, with that of the sheet."""
        return f"{self.file}, feuille « {self.sheet.name} »" if self.sheet.name else self.file

    @cached_property
    def grid_headers(self) -> list[str]:
        """Header of each column of the grid, two rows joined by « / »."""
        first, last = self.place.headers
        rows = [self.row(number) for number in range(first, last + 1)]
        names, above = [], ""
        for column in range(max((len(row) for row in self.sheet.rows[first - 1 : self.place.last]), default=0)):
            parts = [text(row[column]) if column < len(row) else "" for row in rows]
            if len(parts) > 1:  # a group's name stands above its first column alone
                above = parts[0] or (above if parts[-1] else "")
                parts[0] = above
            names.append(" / ".join(dict.fromkeys(filter(None, parts))))
        return names

    @cached_property
    def headers(self) -> list[str]:
        """The headers of the grid, then what headings say, the name of the file and that of the sheet."""
        return [*self.grid_headers, *self._heading_names, FILE_NAME, SHEET_NAME]

    @cached_property
    def _heading_names(self) -> list[str]:
        names = (HEADING + label for pairs in self.headings.values() for label in pairs)
        return list(dict.fromkeys(names)) if self.titled else []

    @cached_property
    def headings(self) -> Mapping[int, Mapping[str, object]]:
        """Row of each heading to what it says, those above the headers first."""
        first, last = self.place.headers
        width = sum(bool(text(cell)) for cell in self.row(last))
        rows = [*range(1, first), *range(self.place.first, self.place.last + 1)]
        return {number: pairs for number in rows if (pairs := heading_of(self.row(number), width))}

    @cached_property
    def lines(self) -> list[Line]:
        """The lines of the table."""
        first, last = self.place.headers
        header = [text(cell) for cell in self.row(last)]
        width = len(self.grid_headers)
        said: dict[str, object] = {}
        below, lines = False, []
        for number, row in enumerate(self.sheet.rows, 1):
            written = [text(cell) for cell in row]
            cells = [*row, *([None] * (width - len(row)))][:width]
            cells += [said.get(name.removeprefix(HEADING)) for name in self._heading_names]
            if first <= number <= last or not any(written):
                continue
            if self.titled and number in self.headings:
                said = {**({} if below else said), **self.headings[number]}  # another block begins
                below, self.aside[number] = False, "titre"
            elif not self.place.first <= number <= self.place.last:
                self.aside[number] = "sous la dernière ligne" if number > self.place.last else "au-dessus"
            elif written[: len(header)] == header:
                self.aside[number] = "en-têtes répétés"
            elif why := self._why_left_out(cells):
                self.aside[number] = why
            else:
                below = True
                lines.append(Line(number, [*cells, self.file.rpartition(".")[0], self.sheet.name]))
        return lines

    @property
    def gap(self) -> int | None:
        """The place of an empty column with headers on both sides: two tables may stand there."""
        for place in (place for place, name in enumerate(self.grid_headers) if not name):
            sides = (self.grid_headers[:place], self.grid_headers[place + 1 :])
            empty = not any(text(line.cells[place]) for line in self.lines)
            if empty and all(sum(map(bool, side)) > 1 for side in sides):
                return place
        return None

    def _why_left_out(self, cells: Sequence[object]) -> str:
        for header, pattern in self.leave_out:
            for name, cell in zip(self.headers, cells, strict=False):
                if unaccented(name) == unaccented(header) and fnmatchcase(unaccented(text(cell)), unaccented(pattern)):
                    return f"écartée : {header} = {pattern}"
        return ""

    def row(self, number: int) -> list[object]:
        """The cells of a row of the sheet."""
        return self.sheet.rows[number - 1] if number <= len(self.sheet.rows) else []


def heading_of(row: Sequence[object], width: int) -> Mapping[str, object]:
    """What a heading says: « Date : 12/03 », « Lieu : » and its value in the next cell, a day among them or alone."""
    filled = [cell for cell in row if text(cell)]
    pairs: dict[str, object] = {}
    label = ""
    for cell in filled:
        parts = list(_PAIR.finditer(text(cell))) if isinstance(cell, str) and not label else []
        if label:
            pairs[label], label = cell, ""
        elif parts and "".join(part[0] for part in parts) == text(cell):
            pairs |= {part[1].strip(): part[2] for part in parts if part[2]}
            label = "" if parts[-1][2] else parts[-1][1].strip()
        elif read_day(cell, DAY_FIRST, 2000, within=True):
            pairs["jour"] = cell
        else:
            return {}
    alone = set(pairs) == {"jour"} and (len(filled) > 1 or width < 3)
    return {} if label or alone else pairs


def places_of(sheet: Sheet) -> Iterator[Place]:
    """Propose where the tables of a sheet stand: titles above, totals and notes below are left out."""
    texts = [[text(cell) for cell in row] for row in sheet.rows]
    widths = [sum(map(bool, row)) for row in texts]
    start = 0
    while (header := _header_row(sheet, texts, widths, start)) is not None:
        grouped = header and widths[header - 1] >= 2 and _heads(sheet.rows[header - 1])
        rows = range(header + 1, len(texts))
        end = next((row for row in rows if _begins_another(sheet, texts, header, row)), len(texts))
        last = end
        while last > header + 1 and _is_below(texts[last - 1], widths[header]):
            last -= 1
        if last > header + 1:
            yield Place((header if grouped else header + 1, header + 1), header + 2, last)
        start = end


def _header_row(sheet: Sheet, texts: Sequence[Sequence[str]], widths: Sequence[int], start: int) -> int | None:
    """The first row of words that is as wide as most rows below it; the second where names of groups stand above."""
    rows = range(start, min(start + LOOKED_AT, len(texts)))
    least = max(2, 0.6 * max((widths[row] for row in rows), default=0))
    first = next((row for row in rows if widths[row] >= least and _heads(sheet.rows[row])), None)
    if first is not None and first + 1 < len(texts) and _is_words(sheet.rows[first + 1]):
        pairs = list(zip(texts[first], texts[first + 1], strict=False))
        if sum(not over and bool(under) for over, under in pairs) > 1 and any(o and not u for o, u in pairs):
            return first + 1
    return first


def _heads(row: Sequence[object]) -> bool:
    return _is_words(row) and not heading_of(row, 3)


def _is_words(row: Sequence[object]) -> bool:
    """Whether every cell is a text or a year, most of them with letters."""
    cells = [cell for cell in row if text(cell)]
    words = [cell for cell in cells if isinstance(cell, str) and re.search(r"[^\W\d]", cell)]
    numbers = all(re.fullmatch(r"(?:19|20)\d\d|\d{1,2}", text(cell)) for cell in cells if cell not in words)
    times = any(isinstance(cell, date | time | timedelta | bool) for cell in cells)
    days = any(re.fullmatch(r"\d{1,2}/\d{1,2}/\d{2,4}|\d{4}-\d\d-\d\d.*", text(cell)) for cell in cells)
    return len(words) > 1 and numbers and not times and not days


def _begins_another(sheet: Sheet, texts: Sequence[Sequence[str]], header: int, row: int) -> bool:
    """Whether another table begins there: after an empty row, three headers that are none of the words above."""
    filled = {word for word in texts[row] if word}
    if any(texts[row - 1]) or len(filled) < 3 or not _heads(sheet.rows[row]):
        return False
    below = texts[row + 1] if row + 1 < len(texts) else []
    return sum(map(bool, below)) >= 2 and not filled & {word for other in texts[header:row] for word in other}


def _is_below(row: Sequence[str], width: int) -> bool:
    """Whether a row under a table is none of it: empty, a total, or a note alone in its row."""
    filled = [word for word in row if word]
    return not filled or is_total(row) or (len(filled) == 1 and width > 3 and len(filled[0].split()) > 3)


def is_total(row: Sequence[str]) -> bool:
    """Whether a row says that it adds up others."""
    return any(_TOTAL.match(unaccented(word)) for word in row if word)
