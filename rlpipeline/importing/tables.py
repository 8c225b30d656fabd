"""The tables of an export: where they stand in its files, headers and lines as the workbook says, their columns."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain, takewhile
from pathlib import Path
from typing import NamedTuple

from rlpipeline.characters import UNSEEN, unaccented
from rlpipeline.errors import DataError, UsageError
from rlpipeline.importing import answers as a
from rlpipeline.importing import refusal
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.answers import Row
from rlpipeline.importing.vocabulary import DAY_FIRST, Target, read_day
from rlpipeline.records import sources, tabular
from rlpipeline.records.tabular import (
    SQLITE_SUFFIXES,
    TEXT_SUFFIXES,
    WORKBOOK_SUFFIXES,
    Sheet,
    text_of,
)
from rlpipeline.settings.models import Service

READABLE = (*TEXT_SUFFIXES, *WORKBOOK_SUFFIXES, *SQLITE_SUFFIXES)
FILE_NAME, SHEET_NAME, HEADING = "(nom du fichier)", "(nom de la feuille)", "(titre) "
BELOW, LEFT_OUT = "sous la dernière ligne", "écartée"
LINES = (a.HEADERS, a.FIRST, a.LAST)
LOOKED_AT = 40  # rows among which the headers of a table are looked for
TOTAL = re.compile(
    r"(?:sous[- ]?)?tota(?:l|ux)\b|s/total|nombre de\b|ensemble\b|presents?$|moyenne\b"
)
_NEXT = r"\s\s[^:\d][^:]{0,30}:|(?:\s|(?<=\d)(?=\w{3}))(?:[^\W\d_]{2,}|(?=[^\W\d_a-zà-ÿ])\w+(?: [a-zà-ÿ'’]+)*) ?:"
_PAIR = re.compile(rf"\s*([^:\d][^:]{{0,30}}?)\s*:\s*(\S.*?)?\s*(?:[;|]\s*|(?={_NEXT})|$)")
"""A label and its value, up to another label: after a sign or some spaces, else where a word and a colon follow."""
_LABEL = re.compile(r"[^\W\d]|^\s*(?:[-+<>]\s?\d{1,2}|\d{1,2}\s?(?:[-/]\s?\d{1,2}|\+))\s*$")
"""A word, or what is written of ages: « 11-14 », « +21 »."""
_LINES = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")


def sheets_of(path: Path) -> list[Sheet]:
    """Read every grid of a file, a CSV file's without a name; DataError where a cell would read as empty and is not."""
    if not path.is_file():
        raise refusal(UsageError, "introuvable", path)
    if path.suffix.lower() in TEXT_SUFFIXES:
        rows = [*tabular.text_rows(path)]
        for line in (line for line, cells in rows if cells is None):
            raise refusal(DataError, "guillemet", f"{path}, ligne {line}")
        return [Sheet("", [cells or [] for _, cells in rows])]
    sheets = [replace(sheet, name=v.text(sheet.name)) for sheet in sources.sheets_of(path)]
    for sheet, fault in (
        (of, fault) for of in sheets for fault in of.faults if fault.kind != "merged"
    ):
        if fault.kind == "formula" or not fault.text:
            where = f"{path}, feuille « {sheet.name} », cellule {tabular.cell_name(fault.row, fault.column)}"
            raise refusal(DataError, "formule" if fault.kind == "formula" else "erreur", where)
        row = sheet.rows[fault.row]  # an error is shown as the workbook shows it
        row += [None] * (fault.column + 1 - len(row))
        row[fault.column] = fault.text
    return sheets


# Where tables seem to stand.


def places_of(sheet: Sheet) -> Iterator[tuple[str, str, str]]:
    """Propose where the tables of a sheet stand, as ``LINES`` say it: titles above, totals and notes below left out."""
    rows = [[v.text(cell) for cell in row] for row in sheet.rows]
    widths = [sum(map(bool, row)) for row in rows]
    heads = [_heads(sheet, number) for number in range(len(rows))]
    start = 0
    while (header := _header_row(rows, widths, heads, start)) is not None:
        grouped = header and widths[header - 1] >= 2 and heads[header - 1]
        width = widths[header] + (widths[header - 1] if grouped else 0)
        others = (
            row for row in range(header + 2, len(rows)) if heads[row] and rows[row] != rows[header]
        )
        start = next((row for row in others if _begins_another(rows, header, row)), len(rows))
        last = start
        titles = [
            row
            for row in range(1, start)
            if start < len(rows) and (widths[row - 1], widths[row]) == (0, 1)
        ]
        while last > header + 1 and (last - 1 in titles or _is_below(sheet, last - 1, width)):
            last -= 1
        if last > header + 1:
            yield (
                f"{header}-{header + 1}" if grouped else f"{header + 1}",
                str(header + 2),
                str(last),
            )


def _begins_another(rows: Sequence[Sequence[str]], header: int, row: int) -> bool:
    words, below = {*rows[row]} - {""}, [*takewhile(any, rows[row + 1 :])]
    if len(words & {*rows[header]}) > 1:
        return not all(map(any, rows[header:row]))
    above = rows[
        row - 1 - (len({*rows[row - 1]} - {""}) == 1) : row
    ]  # a title, and what is over it
    parted = any(not any(cells) or heading_of(cells, 3) for cells in above)
    parted &= len(words) > 2 and any(sum(map(bool, cells)) > 1 for cells in below[:1])
    elsewhere = (cells for cells in (*rows[header + 1 : row], *below) if cells != rows[row])
    return parted and words.isdisjoint(chain(*elsewhere))


def _header_row(
    rows: Sequence[Sequence[str]], widths: Sequence[int], heads: Sequence[bool], start: int
) -> int | None:
    near = range(start, min(start + LOOKED_AT, len(rows)))
    half = max(1, max((widths[row] for row in near), default=0) / 2)
    first = next(
        (row for row in near if heads[row] and (widths[row] > half or row == start > 0)), None
    )
    if first is None or not any(heads[first + 1 : first + 2]):
        return first
    pairs = [
        (bool(over), bool(under)) for over, under in zip(rows[first], rows[first + 1], strict=False)
    ]
    return first + 1 if pairs.count((False, True)) > 1 and (True, False) in pairs else first


def _heads(sheet: Sheet, number: int) -> bool:
    row, below = sheet.rows[number], sheet.rows[number + 1 : number + 4]
    cells = [(place, cell) for place, cell in enumerate(row) if v.text(cell)]
    words = [cell for _, cell in cells if isinstance(cell, str) and _LABEL.search(cell)]
    years = [cell for _, cell in cells if re.fullmatch(r"(?:19|20)\d\d", v.text(cell))]
    for place, cell in cells:
        if _is_time(cell):
            if any(_is_time(other[place]) for other in below if place < len(other)):
                return False
        elif cell not in (*words, *years) and not re.fullmatch(r"\d{1,2}", v.text(cell)):
            return False
    return bool(words) and len(words) + len(years[1:]) > 1 and not heading_of(row, 3)


def _is_time(cell: object) -> bool:
    known = isinstance(cell, time | timedelta | bool)
    return known or (
        not isinstance(cell, int | float) and read_day(cell, DAY_FIRST, None) is not None
    )


def _is_below(sheet: Sheet, number: int, width: int) -> bool:
    filled = [word for cell in sheet.rows[number] if (word := unaccented(v.text(cell)))]
    note = len(filled) == 1 and width > 3 and len(filled[0].split()) > 3
    return (
        not filled
        or any(map(TOTAL.match, filled))
        or note
        or bool(heading_of(sheet.rows[number], width))
    )


def heading_of(row: Sequence[object], width: int) -> Mapping[str, object]:
    """What a heading says: « Date : 12/03 », « Lieu : » and its value in the next cell, a day among them or alone."""
    filled = [cell for cell in row if v.text(cell)]
    pairs: dict[str, object] = {}
    label = ""
    for cell in filled:
        words = (
            re.sub(f"[{UNSEEN}]", "", text_of(cell) or "").strip().replace("\n", "  ")
        )  # its spaces kept
        parts = list(_PAIR.finditer(words)) if isinstance(cell, str) and not label else []
        if label:
            pairs[label], label = cell, ""
        elif parts and "".join(part[0] for part in parts) == words:
            pairs |= {v.text(part[1]): v.text(part[2]) for part in parts if part[2]}
            label = "" if parts[-1][2] else v.text(parts[-1][1])
        elif read_day(cell, DAY_FIRST, 2000, within=True):
            pairs["jour"] = cell
        else:
            return {}
    alone = set(pairs) == {"jour"} and (len(filled) > 1 or width < 3)
    return {} if alone or (label and len(parts) == 1) else pairs


# As the workbook says them.


class Use(NamedTuple):
    """A column that goes somewhere, by its place among the headers. A ``common`` one fills all rows that a line gives
    to its table, another that of its ``slot``: its place where a ``sign`` parts its cells."""

    row: Row
    place: int
    target: Target
    said: v.Said
    sign: str
    slot: object
    common: bool = False

    def parts(self, cell: object) -> Sequence[object]:
        """The different answers that a cell holds; the cell itself where nothing parts them, or it is empty."""
        parts = (
            dict.fromkeys(map(v.text, (text_of(cell) or "").split(self.sign))) if self.sign else {}
        )
        return [part for part in parts if part] or [cell]

    def value_of(self, cell: object, year: int | None) -> str | None:
        """What a cell says by the answers about its column; None where it is a code, or cannot be read."""
        if self.target.kind in ("identifier", "person", "text"):
            return v.text(cell)
        order, within = self.row[a.ORDER] or DAY_FIRST, self.row[a.HEADER].startswith(HEADING)
        return v.value_of(cell, self.target, order, self.row[a.UNIT], year, within)


@dataclass
class Table:
    """A table of an export, as its row of « Tableaux » says it. Tables of the same headers share their ``columns``, by
    their places among them; ``others`` are read too, ``aside`` are the rows that are no lines, with the reason."""

    row: Row
    sheet: Sheet
    service: Service
    columns: list[tuple[Row, int]] = field(default_factory=list)
    others: Sequence["Table"] = field(default=(), repr=False, compare=False)
    aside: dict[int, str] = field(default_factory=dict, init=False)

    @property
    def name(self) -> str:
        """Name of the file, with that of the sheet."""
        return (
            f"{self.row['fichier']}, feuille « {self.sheet.name} »"
            if self.sheet.name
            else self.row["fichier"]
        )

    @property
    def kind(self) -> str:
        """What a line is; « rien » as long as nobody says it."""
        return self.row.one_of(a.KIND, v.KINDS) or v.NOTHING

    @property
    def year(self) -> int | None:
        """The year that stands for the whole table."""
        return int(self.row[a.YEAR]) if re.fullmatch(r"(?:19|20)\d\d", self.row[a.YEAR]) else None

    @property
    def commune(self) -> str:
        """The name or the code of the commune that stands for the whole table."""
        return (
            ""
            if self.row[a.COMMUNE] in (a.A_COLUMN, a.A_HEADING, a.NOWHERE)
            else self.row[a.COMMUNE]
        )

    @cached_property
    def place(self) -> tuple[int, int, int, int]:
        """First and last row of its headers, then of its lines; DataError where these answers cannot be followed."""
        lines: list[tuple[int, int]] = []
        for name in LINES:
            match = _LINES.fullmatch(self.row[name])
            if not match or int(match[1]) < 1 or (match[2] and name != a.HEADERS):
                raise self.row.refusal(name, "numéro")
            lines.append((int(match[1]), int(match[2] or match[1])))
        place = (*lines[0], lines[1][0], lines[2][0])
        if not place[0] <= place[1] < place[2] <= place[3]:
            raise self.row.refusal(a.FIRST, "ordre")
        return place

    @cached_property
    def grid_headers(self) -> list[str]:
        """Header of each column of the grid, two rows joined by « / »."""
        first, below, _, last = self.place
        rows = [self.sheet_row(number) for number in range(first, below + 1)]
        names, above = [], ""
        for column in range(
            max((len(row) for row in self.sheet.rows[first - 1 : last]), default=0)
        ):
            parts = [v.text(row[column]) if column < len(row) else "" for row in rows]
            if len(parts) > 1:  # a group's name stands above its first column alone
                above = parts[0] or (above if parts[-1] else "")
                parts[0] = above
            names.append(" / ".join(dict.fromkeys(filter(None, parts))))
        return names

    @cached_property
    def headings(self) -> Mapping[int, Mapping[str, object]]:
        """Row of each heading to what it says, those above the headers first, down from the table over it; none in the
        first table where none is lower in the sheet, among its lines or, with a same label, above other headers."""
        top, header, first, last = self.place
        width = sum(bool(v.text(cell)) for cell in self.sheet_row(header))
        others = [other for other in self.others if other.sheet is self.sheet]
        above = max((other.place[3] for other in others if other.place[3] < top), default=0)
        rows = [*range(above + 1, top), *range(first, last + 1)]
        found = {
            number: pairs for number in rows if (pairs := heading_of(self.sheet_row(number), width))
        }
        lower = (
            pairs for other in others if other.place[0] > last for pairs in other.headings.values()
        )
        again = max(found, default=0) >= first or {*chain(*found.values())} & {*chain(*lower)}
        return found if above or again else {}

    @cached_property
    def headers(self) -> list[str]:
        """The headers of the grid, then what headings say, the name of the file and that of the sheet."""
        said = dict.fromkeys(HEADING + label for pairs in self.headings.values() for label in pairs)
        return [*self.grid_headers, *said, FILE_NAME, SHEET_NAME]

    @cached_property
    def lines(self) -> Mapping[int, Sequence[object]]:
        """Number in the sheet of each line to its cells, by header."""
        top, bottom, first, last = self.place
        width, left_out = len(self.grid_headers), self._left_out()
        header = [v.text(cell) for cell in self.sheet_row(bottom)]
        ends = [self.row["fichier"].rpartition(".")[0], self.sheet.name]
        said: Mapping[str, object] = {}
        below, lines = False, {}
        for number, row in enumerate(self.sheet.rows, 1):
            written = [v.text(cell) for cell in row]
            cells = [*row, *([None] * (width - len(row)))][:width]
            cells += [said.get(name.removeprefix(HEADING)) for name in self.headers[width:-2]]
            if top <= number <= bottom or not any(written):
                continue
            if number in self.headings:
                said = {**({} if below else said), **self.headings[number]}  # another block begins
                below, self.aside[number] = False, "titre"
            elif not first <= number <= last:
                self.aside[number] = BELOW if number > last else "au-dessus"
            elif written[: len(header)] == header:
                self.aside[number] = "en-têtes répétés"
            elif whys := [
                why
                for place, sign, why in left_out
                if fnmatchcase(unaccented(v.text(cells[place])), sign)
            ]:
                self.aside[number] = whys[0]
            else:
                below, lines[number] = True, [*cells, *ends]
        return lines

    def _left_out(self) -> list[tuple[int, str, str]]:
        headers = [unaccented(header) for header in self.headers[:-2]]
        found = []
        for part in filter(None, map(str.strip, self.row[a.OUT].split(";"))):
            name, mark, pattern = (piece.strip() for piece in part.partition("="))
            if not mark or unaccented(name) not in headers:
                raise self.row.refusal(
                    a.OUT, "autre en-tête" if mark else "lignes à écarter", en_tete=name
                )
            found.append(
                (
                    headers.index(unaccented(name)),
                    unaccented(pattern),
                    f"{LEFT_OUT} : {name} = {pattern}",
                )
            )
        return found

    def sheet_row(self, number: int) -> list[object]:
        """The cells of a row of the sheet."""
        return self.sheet.rows[number - 1] if number <= len(self.sheet.rows) else []

    def cell(self, use: Use, number: int) -> str:
        """Where a person finds the cell of a column in a line."""
        return f"{self.name}, {use.row['colonne']}{number}"

    def uses(self) -> list[Use]:
        """The columns that go somewhere; DataError where they cannot go there, or their headers mean nothing there."""
        uses, allowed = [], [v.LEFT, *(target.label for target in v.targets_of_kind(self.kind))]
        for row, place in self.columns:
            target = v.TARGETS.get(row.one_of(a.TARGET, allowed))
            if target is None:
                continue
            if row[a.SEPARATOR] not in ("", a.NO_SIGN) and not target.is_several:
                raise row.refusal(a.SEPARATOR, "plusieurs par case", cible=target.label)
            said = v.said(row[a.SAID], target, self.service, self.year)
            if said is None:
                raise row.refusal(a.SAID, "en-tête")
            if target.column in dict(said.values):
                target = target._replace(label=target.label + v.TICKED, kind="tick")
            sign = {a.LINE_BREAK: "\n", a.NO_SIGN: ""}.get(row[a.SEPARATOR], row[a.SEPARATOR])
            uses.append(
                Use(
                    row,
                    place,
                    target,
                    said,
                    sign,
                    place if sign and target.table != v.OF_LINE else None,
                )
            )
        counted = {
            use.target[:2] for use in uses if use.said.rank
        }  # where one is the second, others are the first
        times: Counter[object] = (
            Counter()
        )  # columns of numbers of which the headers say the same are added up
        for rank, use in enumerate(uses):
            said = use.said._replace(rank=use.said.rank or int(use.target[:2] in counted))
            again = (
                times[use.target, said] if use.target.kind == "number" and said != v.Said() else 0
            )
            times[use.target, said] += 1
            uses[rank] = use._replace(
                said=said, slot=(said, again) if use.slot is None else use.slot
            )
        alone = (v.Said(), 0)
        several = {use.target.table for use in uses if use.slot != alone}
        return [
            use._replace(common=use.slot == alone and use.target.table in several) for use in uses
        ]

    def read_lines(self, uses: Sequence[Use]) -> Iterator[tuple[int, list[object]]]:
        """Number and cells of each line, once for each person that a cell names. Empty cells hold what stands above
        where the answers say so, beside the first such column only where that is empty too."""
        places = sorted(use.place for use in uses if use.row[a.EMPTY] == a.ABOVE)
        who = next((use for use in uses if use.target.kind == "person" and use.sign), None)
        above: dict[int, object] = {}
        before = 0
        for number, cells in self.lines.items():
            if any(before < heading < number for heading in self.headings):  # another block begins
                above.clear()
            row, before = list(cells), number
            begins = bool(places) and bool(v.text(row[places[0]]))
            for place in places:
                if v.text(row[place]) or begins:
                    above[place] = row[place]
                else:
                    row[place] = above.get(place)
            for name in who.parts(row[who.place]) if who else [None]:
                yield (
                    number,
                    [
                        name if who and who.place == place else cell
                        for place, cell in enumerate(row)
                    ],
                )
