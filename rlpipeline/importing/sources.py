"""The tables of an export: where they stand in a grid, their headers, their lines, and the lines that are none."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from fnmatch import fnmatchcase
from functools import cached_property

from openpyxl.utils import get_column_letter

from rlpipeline.importing.cells import DAY_FIRST, folded, read_day, text
from rlpipeline.records.tabular import Sheet

FILE_NAME, SHEET_NAME, HEADING = "(nom du fichier)", "(nom de la feuille)", "(titre) "
LOOKED_AT = 40
"""Lines among which the headers of a sheet are looked for."""
_TOTAL = re.compile(r"(?:sous[- ]?)?tota(?:l|ux)\b|nombre de\b|ensemble\b|presents?$|moyenne\b")
_PAIR = re.compile(r"\s*([^:\d][^:]{0,30}?)\s*:\s*(\S.*?)?\s*(?:[;|]\s*|\s{2,}|$)")


@dataclass(frozen=True)
class Place:
    """Where a table stands in a sheet, rows counted from 1.

    Parameters
    ----------
    headers
        First and last row of the headers.
    first, last
        Rows of the table.
    """

    headers: tuple[int, int]
    first: int
    last: int


@dataclass(frozen=True)
class Line:
    """A row of a table: its number in the sheet, and its cells, those of headings and names of file and sheet last."""

    number: int
    cells: Sequence[object]


@dataclass
class Source:
    """A table of an export as the workbook says it.

    Parameters
    ----------
    number, file, sheet, place
        What the sheet « Tableaux » says.
    titled
        Whether headings stand above lines: « Date : … Lieu : … ».
    leave_out
        Header to the pattern of the cells whose lines are left out.
    """

    number: str
    file: str
    sheet: Sheet
    place: Place
    titled: bool = False
    leave_out: Sequence[tuple[str, str]] = ()
    aside: list[tuple[int, str]] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Name of the file, with that of the sheet."""
        return f"{self.file}, feuille « {self.sheet.name} »" if self.sheet.name else self.file

    @cached_property
    def headers(self) -> list[str]:
        """Header of each column of the grid, two rows joined by « / »; those of headings, file and sheet last."""
        first, last = self.place.headers
        rows = [self._row(number) for number in range(first, last + 1)]
        width = max((len(row) for row in self.sheet.rows[first - 1 : self.place.last]), default=0)
        names = []
        above = ""
        for column in range(width):
            parts = [text(row[column]) if column < len(row) else "" for row in rows]
            if len(parts) > 1:  # a group's name stands above its first column alone
                above = parts[0] or (above if parts[-1] else "")
                parts[0] = above
            names.append(" / ".join(dict.fromkeys(filter(None, parts))))
        return [*names, *self.heading_names, FILE_NAME, SHEET_NAME]

    @cached_property
    def letters(self) -> list[str]:
        """Letter of each column, empty for what is no column of the grid."""
        width = len(self.headers) - len(self.heading_names) - 2
        return [get_column_letter(column) for column in range(1, width + 1)] + [""] * (len(self.heading_names) + 2)

    @cached_property
    def heading_names(self) -> list[str]:
        """What headings say, each a column of its own."""
        names = (HEADING + label for pairs in self.headings.values() for label in pairs)
        return list(dict.fromkeys(names)) if self.titled else []

    @cached_property
    def headings(self) -> Mapping[int, Mapping[str, object]]:
        """Row of each heading to what it says, those above the headers first."""
        first, last = self.place.headers
        width = sum(bool(text(cell)) for cell in self._row(last))
        rows = [*range(1, first), *range(self.place.first, self.place.last + 1)]
        found = {number: heading_of(self._row(number), width) for number in rows}
        return {number: pairs for number, pairs in found.items() if pairs}

    @cached_property
    def lines(self) -> list[Line]:
        """The lines of the table; every other row that holds something is noted in ``aside``, with its reason."""
        self.aside = [
            (number, "hors du tableau")
            for number, row in enumerate(self.sheet.rows, 1)
            if any(map(text, row))
            and not self.place.first <= number <= self.place.last
            and not self.place.headers[0] <= number <= self.place.headers[1]
        ]
        said: dict[str, object] = {}
        below = False
        header = [text(cell) for cell in self._row(self.place.headers[1])]
        width = len(self.headers) - len(self.heading_names) - 2
        lines = []
        for number in [*range(1, self.place.headers[0]), *range(self.place.first, self.place.last + 1)]:
            row = self._row(number)
            written = [text(cell) for cell in row]
            if self.titled and number in self.headings:
                said = {**({} if below else said), **self.headings[number]}  # another block begins
                below = False
                self._set_aside(number, "titre")
            elif number >= self.place.first and any(written):
                cells = [*row, *([None] * (width - len(row)))][:width]
                cells += [said.get(name.removeprefix(HEADING)) for name in self.heading_names]
                why = self._why_left_out(cells)
                if written[: len(header)] == header:
                    self._set_aside(number, "en-têtes répétés")
                elif why:
                    self._set_aside(number, why)
                else:
                    below = True
                    lines.append(Line(number, [*cells, self.file.rpartition(".")[0], self.sheet.name]))
        return lines

    def _set_aside(self, number: int, why: str) -> None:
        self.aside = [*(item for item in self.aside if item[0] != number), (number, why)]

    def _why_left_out(self, cells: Sequence[object]) -> str:
        for header, pattern in self.leave_out:
            places = [place for place, name in enumerate(self.headers) if folded(name) == folded(header)]
            if any(place < len(cells) and fnmatchcase(folded(text(cells[place])), folded(pattern)) for place in places):
                return f"écartée : {header} = {pattern}"
        return ""

    def _row(self, number: int) -> list[object]:
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
    start = 0
    while (header := _header_row(sheet, texts, start)) is not None:
        first = header
        above = texts[header - 1] if header else []
        if sum(map(bool, above)) >= 2 and _is_words(sheet.rows[header - 1]) and not heading_of(above, 3):
            first = header - 1
        end = next(
            (row for row in range(header + 1, len(texts)) if _begins_another(sheet, texts, header, row)), len(texts)
        )
        last = end
        while last > header + 1 and _is_below(texts[last - 1], sum(map(bool, texts[header]))):
            last -= 1
        if last > header + 1:
            yield Place((first + 1, header + 1), header + 2, last)
        start = end


def _header_row(sheet: Sheet, texts: Sequence[Sequence[str]], start: int) -> int | None:
    """The first row of words that is as wide as most rows below it."""
    rows = range(start, min(start + LOOKED_AT, len(texts)))
    widest = max((sum(map(bool, texts[row])) for row in rows), default=0)
    wide = [row for row in rows if sum(map(bool, texts[row])) >= max(2, 0.6 * widest)]
    first = next((row for row in wide if _is_words(sheet.rows[row]) and not heading_of(sheet.rows[row], 3)), None)
    if first is not None and first + 1 < len(texts) and _is_words(sheet.rows[first + 1]):
        pairs = list(zip(texts[first], texts[first + 1], strict=False))
        if sum(not over and bool(under) for over, under in pairs) > 1 and any(o and not u for o, u in pairs):
            return first + 1  # the names of groups stand above
    return first


def _is_words(row: Sequence[object]) -> bool:
    """Whether every cell is a text or a year, most of them with letters."""
    cells = [cell for cell in row if text(cell)]
    words = [cell for cell in cells if isinstance(cell, str) and re.search(r"[^\W\d]", cell)]
    rest = [cell for cell in cells if cell not in words]
    plain = not any(isinstance(cell, date | time | timedelta | bool) for cell in cells)
    day = any(re.fullmatch(r"\d{1,2}/\d{1,2}/\d{2,4}|\d{4}-\d\d-\d\d.*", text(cell)) for cell in cells)
    return plain and not day and len(words) > 1 and all(re.fullmatch(r"(?:19|20)\d\d|\d{1,2}", text(c)) for c in rest)


def _begins_another(sheet: Sheet, texts: Sequence[Sequence[str]], header: int, row: int) -> bool:
    """Whether another table begins there: after an empty row, three headers that are none of the words above."""
    filled = [word for word in texts[row] if word]
    if any(texts[row - 1]) or len(filled) < 3 or not _is_words(sheet.rows[row]) or heading_of(texts[row], 3):
        return False
    above = {word for other in texts[header:row] for word in other}
    below = texts[row + 1] if row + 1 < len(texts) else []
    return not above & set(filled) and sum(map(bool, below)) >= 2


def _is_below(row: Sequence[str], width: int) -> bool:
    """Whether a row under a table is none of it: empty, a total, or a note alone in its row."""
    filled = [word for word in row if word]
    return not filled or is_total(row) or (len(filled) == 1 and width > 3 and len(filled[0].split()) > 3)


def is_total(row: Sequence[str]) -> bool:
    """Whether a row says that it adds up others."""
    return any(_TOTAL.match(folded(word)) for word in row if word)
