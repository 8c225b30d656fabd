"""The tables of an export: where they seem to be in its files, then their headers and lines."""

import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import time, timedelta
from fnmatch import fnmatchcase
from functools import cached_property
from itertools import chain, takewhile, zip_longest
from pathlib import Path
from typing import NamedTuple

from lxml import etree
from openpyxl.utils import column_index_from_string, get_column_letter

from rlpipeline.characters import UNSEEN, unaccented
from rlpipeline.errors import DataError, UsageError
from rlpipeline.importing import FRENCH, refusal
from rlpipeline.importing.answers import TableRow
from rlpipeline.importing.vocabulary import (
    MONTHS,
    YEAR,
    Manner,
    filled_cells,
    identifier_key,
    is_filled,
    parts_of,
    plain_text,
    plain_texts,
    read_day,
)
from rlpipeline.records import sources, tabular
from rlpipeline.records.tabular import (
    SQLITE_SUFFIXES,
    TEXT_SUFFIXES,
    WORKBOOK_SUFFIXES,
    Fault,
    Sheet,
    cell_name,
    text_of,
)

READABLE = (*TEXT_SUFFIXES, *WORKBOOK_SUFFIXES, *SQLITE_SUFFIXES)
FILE_NAME, SHEET_NAME, HEADING = "(nom du fichier)", "(nom de la feuille)", "(titre) "
SECTION = "section"
"""The label of a heading that is one cell, merged across the lines of a table."""
BELOW, ABOVE, LEFT_OUT = "sous la dernière ligne", "au-dessus", "écartée"
OF = " → "
"""What parts the header of a column that names lines of another table from that there."""
LONE = "un titre, qui vaut pour celles au-dessous"
HIDDEN, STRUCK = "masquée", "barrée"
_OPEN = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
_TABLE_NAME, _CELL_STYLE = f"{_OPEN % 'table'}name", f"{_OPEN % 'table'}style-name"
_VISIBILITY = f"{_OPEN % 'table'}visibility"
_ROWS_REPEATED = f"{_OPEN % 'table'}number-rows-repeated"
_STYLE_NAME = f"{_OPEN % 'style'}name"
_LINE_THROUGH = f"{_OPEN % 'style'}text-line-through-style"
MANY = 10_000
"""Rows that a hidden one of LibreOffice may stand for: below the last, it stands for a million."""
LOOKED_AT = 40
"""Rows among which the headers of a table are looked for."""
_TOTAL = re.compile(
    r"(?:sous[- ]?)?tota(?:l|ux)\b|s/total|nombre de\b|ensemble\b|presents?$|moyenne\b"
)
_NOTE = re.compile(r"[*(]|(?:nb|n\.b\.|nota|note|source|legende)\b")
_WIDE_GAP = r"\s\s[^:\d][^:]{0,30}:"
_WORD_AND_COLON = r"(?:[^\W\d_]{2,}|(?=[^\W\d_a-zà-ÿ])\w+(?: [a-zà-ÿ'’]+)*) ?:"
_NEXT_LABEL = rf"{_WIDE_GAP}|(?:\s|(?<=\d)(?=\w{{3}})){_WORD_AND_COLON}"
_PAIR = re.compile(rf"\s*([^:\d][^:]{{0,30}}?)\s*:\s*(\S.*?)?\s*(?:[;|]\s*|(?={_NEXT_LABEL})|$)")
"""A label and its value, up to another label: after a sign or spaces, or a word and a colon."""
_LABEL = re.compile(r"[^\W\d]|^\s*(?:[-+<>]\s?\d{1,2}|\d{1,2}\s?(?:[-/]\s?\d{1,2}|\+))\s*$")
"""A word, or what is written of ages: « 11-14 », « +21 »."""
_ROWS = re.compile(r"(\d+)(?:\s*-\s*(\d+))?")
_LETTERS = re.compile("[A-Z]{1,3}")
_NUMBERED = re.compile(r"lignes?(?: ?\d+(?: ?- ?\d+)?,?)+")
_ACROSS = re.compile(r"([A-Z]+)(\d+):(?!\1\d)[A-Z]+\2")
"""Merged cells of one row."""
_IN_HEADING = Manner(year=2000, within=True)

_Cells = dict[int, Sequence[object]]
Heading = Mapping[str, object]
"""Label to value of what stands above lines."""


def sheets_of(path: Path) -> list[Sheet]:
    """Read every grid of a file, a CSV file's without a name.

    Raises
    ------
    UsageError
        Where there is no such file.
    DataError
        Where a cell would read as empty and is not.
    """
    if not path.is_file():
        raise refusal(UsageError, "introuvable", path)
    if path.suffix.lower() in TEXT_SUFFIXES:
        return [_text_sheet(path)]
    return [_as_shown(path, sheet) for sheet in sources.sheets_of(path)]


def _as_shown(path: Path, sheet: Sheet) -> Sheet:
    """A sheet as the workbook shows it, errors too."""
    for fault in sheet.faults:
        if fault.kind != "merged":
            _show_error(path, sheet, fault)
    return replace(sheet, name=plain_text(sheet.name))


def _text_sheet(path: Path) -> Sheet:
    rows = []
    for line, cells in tabular.text_rows(path):
        if cells is None:
            raise refusal(DataError, "guillemet", f"{path}, ligne {line}")
        rows.append(cells)
    return Sheet("", rows)


def _show_error(path: Path, sheet: Sheet, fault: Fault) -> None:
    """Put an error where the workbook shows it; DataError for a formula without its value."""
    if fault.kind == "formula" or not fault.text:
        cell = cell_name(fault.row, fault.column)
        error = "erreur"
        if fault.kind == "formula":
            error = "formule"
        raise refusal(DataError, error, f"{path}, feuille « {sheet.name} », cellule {cell}")
    row = sheet.rows[fault.row]
    row += [None] * (fault.column + 1 - len(row))
    row[fault.column] = fault.text


def marks_of(path: Path) -> Mapping[str, Mapping[int, str]]:
    """Name of each sheet of a workbook to its rows that are hidden or struck out, and how."""
    if path.suffix.lower() not in WORKBOOK_SUFFIXES:
        return {}
    with zipfile.ZipFile(path) as archive:
        if "content.xml" in archive.namelist():
            return _marks_of_ods(_parsed(archive, "content.xml"))
        struck, found = _struck(archive), {}
        for name, member in tabular.sheet_members(archive).items():
            found[plain_text(name)] = _marks_of_xlsx(_parsed(archive, member), struck)
        return found


def _parsed(archive: zipfile.ZipFile, member: str) -> etree._Element:
    """A member of an archive; an empty element where there is none."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    is_there = member in archive.namelist()
    return etree.fromstring(archive.read(member) if is_there else b"<none/>", parser)


def _struck(archive: zipfile.ZipFile) -> Collection[tuple[str, str | None]]:
    """The styles and the shared texts of an .xlsx that are struck out, as cells name them."""
    styles = _parsed(archive, "xl/styles.xml")
    fonts = _ranks(map(_is_struck, styles.iterfind("{*}fonts/{*}font")))
    looks = styles.iterfind("{*}cellXfs/{*}xf")
    texts = _parsed(archive, "xl/sharedStrings.xml").iterfind("{*}si")
    found = {("s", rank) for rank in _ranks(look.get("fontId") in fonts for look in looks)}
    return found | {("v", rank) for rank in _ranks(map(_is_struck, texts))}


def _is_struck(element: etree._Element) -> bool:
    """Whether something in an element is struck out."""
    strikes = element.iter("{*}strike")
    return any(strike.get("val") not in ("0", "false") for strike in strikes)


def _ranks(flags: Iterable[bool]) -> Collection[str]:
    """Which of them are true, from 0, as cells name them."""
    return {str(rank) for rank, flag in enumerate(flags) if flag}


def _marks_of_xlsx(
    sheet: etree._Element, struck: Collection[tuple[str, str | None]]
) -> Mapping[int, str]:
    found = {}
    for row in sheet.iterfind("{*}sheetData/{*}row"):
        number = int(row.get("r", "0"))
        if row.get("hidden") in ("1", "true"):
            found[number] = HIDDEN
        for cell in row.iterfind("{*}c") if struck else ():
            shared_text = None
            if cell.get("t") == "s":
                shared_text = cell.findtext("{*}v")
            looks = {("s", cell.get("s")), ("v", shared_text)}
            if len(cell) and not looks.isdisjoint(struck):
                found.setdefault(number, STRUCK)
    return found


def _marks_of_ods(content: etree._Element) -> Mapping[str, Mapping[int, str]]:
    looks = content.iter("{*}text-properties")
    lined = [look for look in looks if look.get(_LINE_THROUGH, "none") != "none"]
    struck = {look.getparent().get(_STYLE_NAME) for look in lined}
    found: dict[str, dict[int, str]] = {}
    for sheet in content.iter("{*}table"):
        marks = found.setdefault(plain_text(sheet.get(_TABLE_NAME)), {})
        number = 1
        for row in sheet.iter("{*}table-row"):
            times = int(row.get(_ROWS_REPEATED, "1"))
            if row.get(_VISIBILITY, "visible") != "visible":
                marks |= dict.fromkeys(range(number, number + min(times, MANY)), HIDDEN)
            elif any(len(cell) and cell.get(_CELL_STYLE) in struck for cell in row):
                marks[number] = STRUCK
            number += times
    return found


class TablePlace(NamedTuple):
    """Where a table is: first and last row of its headers, then of its lines, from 1."""

    top: int
    bottom: int
    first: int
    last: int

    @property
    def answers(self) -> tuple[str, str, str]:
        """The same, as ``TableRow.lines`` says it."""
        headers = f"{self.top}-{self.bottom}" if self.top < self.bottom else f"{self.bottom}"
        return headers, str(self.first), str(self.last)


def place_of(row: TableRow) -> TablePlace:
    """Where the answers say that a table is; DataError where they cannot be followed."""
    numbers: list[int] = []
    for name in ("headers", "first", "last"):
        match = _ROWS.fullmatch(_as_number(getattr(row, name)))
        if not match or int(match[1]) < 1 or (match[2] and name != "headers"):
            raise row.refusal(name, "numéro")
        numbers.append(int(match[1]))
        if name == "headers":
            numbers.append(int(match[2] or match[1]))
    place = TablePlace(*numbers)
    if not place.top <= place.bottom < place.first <= place.last:
        raise row.refusal("first", "ordre")
    return place


def _as_number(text: str) -> str:
    """The number of a column for its letter, in a table whose lines are columns; others as is."""
    if _LETTERS.fullmatch(text):
        return str(column_index_from_string(text))
    return text


def turned(sheet: Sheet) -> Sheet:
    """A sheet whose columns are its rows."""
    return Sheet(sheet.name, [[*column] for column in zip_longest(*sheet.rows)])


# Where tables seem to be.


@dataclass(frozen=True)
class Scan:
    """A sheet looked at row by row, from 0, for headers and what is below them."""

    sheet: Sheet

    @cached_property
    def _texts(self) -> list[list[str]]:
        return [plain_texts(row) for row in self.sheet.rows]

    @cached_property
    def _widths(self) -> list[int]:
        """How many cells of each row are filled."""
        return [sum(map(bool, row)) for row in self._texts]

    @cached_property
    def _heads(self) -> list[bool]:
        """Whether each row may hold headers."""
        return [self._may_be_headers(number) for number in range(len(self._texts))]

    def places(self) -> Iterator[TablePlace]:
        """Propose where tables are: titles above, totals and notes below left out."""
        start = 0
        while (header := self._header_row(start)) is not None:
            is_grouped = header > 0 and self._widths[header - 1] >= 2 and self._heads[header - 1]
            start = self._next_table(header)
            last = self._last_line(header, start, is_grouped)
            if last > header + 1:
                yield TablePlace(header + 1 - is_grouped, header + 1, header + 2, last)

    def _header_row(self, start: int) -> int | None:
        """The first row of headers: more than half as wide as the widest near it."""
        near = range(start, min(start + LOOKED_AT, len(self._texts)))
        widest = max((self._widths[row] for row in near), default=0)
        half = max(1, widest / 2)
        for row in near:
            if self._heads[row] and (self._widths[row] > half or row == start > 0):
                return row + self._is_group_row(row)
        return None

    def _is_group_row(self, row: int) -> bool:
        """Whether a row names groups of the headers that are below it."""
        if not any(self._heads[row + 1 : row + 2]):
            return False
        above, below = (map(bool, self._texts[number]) for number in (row, row + 1))
        pairs = [*zip(above, below, strict=False)]
        return pairs.count((False, True)) > 1 and (True, False) in pairs

    def _next_table(self, header: int) -> int:
        """The row at which another table begins, that after the last where none does."""
        for row in range(header + 2, len(self._texts)):
            is_other = self._heads[row] and self._texts[row] != self._texts[header]
            if is_other and self._begins_another(header, row):
                return row
        return len(self._texts)

    def _begins_another(self, header: int, row: int) -> bool:
        """Whether a row of labels heads another table: the same labels after a gap, or others."""
        labels = {*self._texts[row]} - {""}
        if len(labels & {*self._texts[header]}) > 1:
            return not all(map(any, self._texts[header:row]))
        below = [*takewhile(any, self._texts[row + 1 :])]
        if len(labels) < 3 or not below or self._widths[row + 1] < 2:
            return False
        has_title = len({*self._texts[row - 1]} - {""}) == 1
        over = self._texts[row - 1 - has_title : row]
        if not any(not any(cells) or heading_of(cells, 3) for cells in over):
            return False
        others = (*self._texts[header + 1 : row], *below)
        elsewhere = (cells for cells in others if cells != self._texts[row])
        return labels.isdisjoint(chain(*elsewhere))

    def _last_line(self, header: int, end: int, is_grouped: bool) -> int:
        """The last line of a table, without what is below it and the title of the next one."""
        width = self._widths[header] + (self._widths[header - 1] if is_grouped else 0)
        is_followed = end < len(self._texts)
        last = end
        while last > header + 1:
            widths = (self._widths[last - 2], self._widths[last - 1])
            is_title = is_followed and last > 1 and widths == (0, 1)
            if not is_title and not self._is_below(last - 1, width):
                return last
            last -= 1
        return last

    def _is_below(self, number: int, width: int) -> bool:
        """Whether a row is no line: empty, a total, a note, a heading."""
        written = [*filter(None, self._texts[number])]
        if not written or any(map(is_total, written)):
            return True
        is_alone = len(written) == 1 and width > 3
        if is_alone and _is_note(written[0]):
            return True
        return bool(heading_of(self.sheet.rows[number], width))

    def _may_be_headers(self, number: int) -> bool:
        """Whether a row holds labels and nothing that is a value."""
        row = self.sheet.rows[number]
        filled = [place for place, cell in enumerate(row) if is_filled(cell)]
        labels = [place for place in filled if _is_label(row[place])]
        years = [*filter(YEAR.fullmatch, self._texts[number])]
        if not labels or len(labels) + len(years[1:]) < 2:
            return False
        are_heads = all(self._may_head(number, place) for place in filled)
        return are_heads and not heading_of(row, 3)

    def _may_head(self, number: int, place: int) -> bool:
        """Whether a cell may head a column: a label, a year, a small number, a day above none."""
        cell = self.sheet.rows[number][place]
        if _is_time(cell):
            below = self.sheet.rows[number + 1 : number + 4]
            return not any(_is_time(row[place]) for row in below if place < len(row))
        return _is_label(cell) or bool(re.fullmatch(r"\d{1,2}|(?:19|20)\d\d", plain_text(cell)))


def is_total(text: str) -> bool:
    """Whether a text begins as the name of a total."""
    return bool(_TOTAL.match(unaccented(text)))


def _is_title(text: str) -> bool:
    """Whether a text above a table, or the name of a sheet, says something of its own."""
    words = re.findall(r"[a-z]+", unaccented(text))
    return not {*words} <= {*MONTHS, *FRENCH["sans titre"]}


def _is_note(text: str) -> bool:
    """Whether a text that is alone in its row is a note: long, or begun as one."""
    return len(text.split()) > 3 or bool(_NOTE.match(unaccented(text)))


def _is_label(cell: object) -> bool:
    return isinstance(cell, str) and is_filled(cell) and bool(_LABEL.search(cell))


def _is_time(cell: object) -> bool:
    if isinstance(cell, time | timedelta | bool):
        return True
    is_number = isinstance(cell, int | float)
    return not is_number and read_day(cell, Manner()) is not None


def heading_of(row: Sequence[object], width: int) -> Heading:
    """What a heading says, of a table that is so wide; nothing where a row is none.

    « Date : 12/03 », « Lieu : » and its value in the next cell, a day among them or alone.
    """
    filled = filled_cells(row)
    pairs: dict[str, object] = {}
    label, is_alone = "", False  # what waits for its value in the next cell
    for cell in filled:
        said = {label: cell} if label else _said_in(cell)
        if not said:
            return {}
        pairs |= said
        last = [*said][-1]
        label, is_alone = (last if said[last] == "" else ""), len(said) == 1
    if label and is_alone:
        return {}
    is_day = {*pairs} == {"jour"} and (len(filled) > 1 or width < 3)
    if is_day:
        return {}
    return {name: value for name, value in pairs.items() if value != ""}


def _said_in(cell: object) -> dict[str, object]:
    """What a cell of a heading says: labels and values, a day; nothing where it is none."""
    pairs = _pairs_in(cell)
    is_day = not pairs and read_day(cell, _IN_HEADING)
    if is_day:
        return {"jour": cell}
    return dict(pairs)


def _pairs_in(cell: object) -> list[tuple[str, str]]:
    """Labels and values that make a whole cell; none where it is not made of them."""
    if not isinstance(cell, str):
        return []
    seen = re.sub(f"[{UNSEEN}]", "", text_of(cell) or "")
    spaced = seen.strip().replace("\n", "  ")
    parts = [*_PAIR.finditer(spaced)]
    if "".join(part[0] for part in parts) != spaced:
        return []
    pairs = [part.groups() for part in parts]
    return [(plain_text(label), plain_text(value)) for label, value in pairs]


def headings_of(
    sheet: Sheet, place: TablePlace, others: Iterable[TablePlace]
) -> Mapping[int, Heading]:
    """Row of each heading of a table to what it says, those above its headers first.

    The first table of a sheet has none, unless one is among its lines, or says what one lower in
    the sheet says too. ``others`` are the places of the other tables of the sheet.
    """
    others = [*others]
    above = max((other.last for other in others if other.last < place.top), default=0)
    found = _headings_in(sheet, place, above)
    if above or max(found, default=0) > place.bottom:
        return found
    labels = {*chain(*found.values())}
    for lower in (other for other in others if other.top > place.last):
        around = [place, *(other for other in others if other != lower)]
        if not labels.isdisjoint(chain(*headings_of(sheet, lower, around).values())):
            return found
    return {}


def _headings_in(sheet: Sheet, place: TablePlace, above: int) -> Mapping[int, Heading]:
    """Row of each heading between a row above a table and its last line to what it says."""
    width = len(filled_cells(_row_of(sheet, place.bottom)))
    found: dict[int, Heading] = {}
    for number in range(above + 1, place.last + 1):
        is_line = number >= place.first
        if not place.top <= number <= place.bottom:
            pairs = heading_of(_row_of(sheet, number), width)
            found[number] = pairs or (_section_of(sheet, number) if is_line else {})
    return {number: pairs for number, pairs in found.items() if pairs} or _titles_in(sheet, place)


def _titles_in(sheet: Sheet, place: TablePlace) -> Mapping[int, Heading]:
    """The rows of a wide table that are one cell in capitals: titles, where there are several."""
    found: dict[int, Heading] = {}
    for number in range(place.first, place.last + 1):
        row = _row_of(sheet, number)
        text = ""
        if row:
            text = plain_text(row[0])
        if text.isupper() and len(filled_cells(row)) == 1 and not is_total(text):
            found[number] = {SECTION: text}
    is_wide = len(filled_cells(_row_of(sheet, place.bottom))) > 3
    if is_wide and len(found) > 1:
        return found
    return {}


def _section_of(sheet: Sheet, number: int) -> Heading:
    """What a row says that is one cell merged across others; nothing where it is none."""
    filled = filled_cells(_row_of(sheet, number))
    merged = [fault for fault in sheet.faults if fault.row == number - 1 and fault.kind == "merged"]
    is_across = any(not fault.text or _ACROSS.fullmatch(fault.text) for fault in merged)
    if len(filled) == 1 and is_across:
        return {SECTION: filled[0]}
    return {}


def _row_of(sheet: Sheet, number: int) -> list[object]:
    """The cells of a row, from 1."""
    if number <= len(sheet.rows):
        return sheet.rows[number - 1]
    return []


@dataclass(frozen=True, eq=False)
class Joined:
    """Another table, each line of which a column names by its number.

    Attributes
    ----------
    place, header
        The column that holds the numbers.
    columns
        The headers of the other table, without the numbers.
    lines, left
        Number to the cells of its line, or to the reason why that is left out.
    """

    place: int
    header: str
    columns: Sequence[str]
    lines: Mapping[str, Sequence[object]]
    left: Mapping[str, str]

    @property
    def headers(self) -> list[str]:
        """Its columns beside those of the table that names its lines."""
        return [f"{self.header}{OF}{column}" for column in self.columns]

    def cells(self, line: Sequence[object]) -> Sequence[object]:
        """What the other table says of a line; empty cells where it says nothing."""
        nothing = [None] * len(self.columns)
        return self.lines.get(identifier_key(line[self.place]), nothing)


@dataclass(frozen=True, eq=False)
class LocatedTable:
    """A located table: its headers, its lines, and what is no line.

    ``set_aside`` are rows that an answer leaves out, with the reason; ``joins`` are tables whose
    lines its own name.
    """

    row: TableRow
    sheet: Sheet
    place: TablePlace
    headings: Mapping[int, Heading]
    set_aside: Mapping[int, str] = field(default_factory=dict)
    joins: Sequence[Joined] = ()

    @property
    def name(self) -> str:
        """Name of the file, with that of the sheet."""
        sheet = ""
        if self.sheet.name:
            sheet = f", feuille « {self.sheet.name} »"
        return f"{self.row.file}{sheet}"

    def line_name(self, number: int) -> str:
        """A line as a person finds it: a column where the table is turned."""
        if self.row.is_turned:
            return f"colonne {get_column_letter(number)}"
        return f"ligne {number}"

    def cell_name(self, place: int, number: int) -> str:
        """A cell of a line as a person finds it; that which names a line of another table."""
        for join in reversed(self.joins):
            is_joined = self.headers[place] in join.headers
            if is_joined:
                place = join.place
        if self.row.is_turned:
            return cell_name(place, number - 1)
        return cell_name(number - 1, place)

    @cached_property
    def columns(self) -> list[str]:
        """Header of each column, two rows joined by « / »."""
        width = max(map(len, self.sheet.rows[self.place.top - 1 : self.place.last]), default=0)
        rows = [self._padded(number, width) for number in range(self.place.top, self.place.bottom)]
        names, group = [], ""
        for *groups, name in zip(*rows, self._padded(self.place.bottom, width), strict=True):
            if groups:  # a group's name is above its first column alone
                group = groups[0] or (group if name else "")
                groups[0] = group
            names.append(" / ".join(dict.fromkeys(filter(None, [*groups, name]))))
        return names

    def _padded(self, number: int, width: int) -> list[str]:
        """The texts of a row of headers, as many as there are columns."""
        texts = plain_texts(self.cells(number))[:width]
        return texts + [""] * (width - len(texts))

    @cached_property
    def headers(self) -> list[str]:
        """The headers, then what headings say, the name of the file and that of the sheet."""
        headings = [HEADING + label for label in self._labels]
        joined = chain(*(join.headers for join in self.joins))
        return [*self.columns, *headings, *joined, FILE_NAME, SHEET_NAME]

    @cached_property
    def _labels(self) -> Sequence[str]:
        """What headings say, each once."""
        return [*dict.fromkeys(chain(*self.headings.values()))]

    def joined(self, place: int, other: "LocatedTable") -> "LocatedTable":
        """This table with the columns of another, whose lines a column of this one names.

        Parameters
        ----------
        place
            Of that column.
        other
            A table that has a column of different numbers: that of the same header, else the first.
        """
        key = other.key_place(self.headers[place])
        others = [rank for rank, header in enumerate(other.columns) if header and rank != key]
        lines = {
            identifier_key(cells[key]): [cells[rank] for rank in others]
            for cells in other.lines.values()
        }
        left = {}
        for number, why in other.aside.items():
            cells = other.cells(number)
            if number in other.written and key < len(cells):
                left[identifier_key(cells[key])] = f"avec sa ligne de {other.name}, {why}"
        columns = [other.columns[rank] for rank in others]
        join = Joined(place, self.headers[place], columns, lines, left)
        return replace(self, joins=[*self.joins, join])

    @property
    def whole(self) -> "LocatedTable":
        """This table, once it has all its columns; DataError where an answer names another."""
        self._left_out(is_whole=True)
        return self

    def key_place(self, header: str = "") -> int:
        """The column that has another number in each line; -1 where none has."""
        same = [rank for rank in self.keys if unaccented(self.columns[rank]) == unaccented(header)]
        return [*same, *self.keys, -1][0]

    @cached_property
    def keys(self) -> Mapping[int, Set[str]]:
        """The columns that have another number in each line, and their numbers."""
        named = [place for place, name in enumerate(self.columns) if name]
        numbers = {place: {*map(identifier_key, self.column(place))} for place in named}
        return {
            place: found
            for place, found in numbers.items()
            if len(found - {""}) == len(self.lines) > 1
        }

    @property
    def titles(self) -> list[str]:
        """What stands above a table, then the name of its sheet; months and « Feuil1 » are none."""
        others = (number for number in range(1, self.place.top) if number not in self.headings)
        above = [plain_texts(filled_cells(self.cells(number))) for number in others]
        alone = [texts[0] for texts in above if len(texts) == 1 and not _said_in(texts[0])]
        whole = [text for text in (*alone[-2:], self.sheet.name) if _is_title(text)]
        begun = [re.split(r"\s[–—-]\s|\s*\(|\s*:", text)[0] for text in whole]
        return [*dict.fromkeys([*begun, *whole])]

    @property
    def lines(self) -> Mapping[int, Sequence[object]]:
        """Number in the sheet of each line to its cells, by header."""
        return self._parted[0]

    @cached_property
    def line_texts(self) -> Mapping[int, tuple[str, ...]]:
        """The same as texts, without the names of file and sheet."""
        return {number: tuple(plain_texts(cells[:-2])) for number, cells in self.lines.items()}

    def column(self, place: int) -> list[object]:
        """The cells of its lines below a header."""
        return [cells[place] for cells in self.lines.values()]

    @cached_property
    def merged(self) -> Collection[int]:
        """The columns in which cells of lines are merged."""
        merged = [fault for fault in self.sheet.faults if fault.kind == "merged"]
        return {fault.column for fault in merged if fault.row + 1 in self.lines}

    @cached_property
    def merged_rows(self) -> set[int]:
        """The rows in which cells are merged."""
        return {fault.row + 1 for fault in self.sheet.faults if fault.kind == "merged"}

    @property
    def aside(self) -> Mapping[int, str]:
        """Number of each row that is no line to the reason."""
        return self._parted[1]

    @property
    def written(self) -> Mapping[int, Sequence[object]]:
        """The lines, and those that an answer leaves out, which are written above others."""
        return self._parted[2]

    @cached_property
    def _parted(self) -> tuple[_Cells, dict[int, str], _Cells]:
        lines: _Cells = {}
        written: _Cells = {}
        aside: dict[int, str] = {}
        heading: Heading = {}
        has_lines = False
        left_out = self._left_out()
        for number, row in enumerate(self.sheet.rows, 1):
            is_header = self.place.top <= number <= self.place.bottom
            if is_header or not filled_cells(row):
                continue
            said = self.headings.get(number)
            if said:
                begins = has_lines and {*said} != {SECTION}  # another block
                heading, has_lines = {**({} if begins else heading), **said}, False
                aside[number] = self._kind_of_heading(number)
                continue
            cells = self._with_heading(row, heading)
            why = self._reason_aside(number)
            if not why and not self.is_total(number):
                written[number] = cells
            why = why or left_out.reason(number, cells) or self._reason_left(number, cells)
            if why:
                aside[number] = why
            else:
                lines[number] = written[number] = cells
                has_lines = True
        return lines, aside, written

    def _kind_of_heading(self, number: int) -> str:
        """How a heading is told: one that is a cell alone, by its capitals, must be read."""
        is_section = {*self.headings[number]} == {SECTION}
        if is_section and number not in self.merged_rows:
            return LONE
        return "titre"

    def _with_heading(self, row: Sequence[object], heading: Heading) -> Sequence[object]:
        """The cells of a line, with what is said above it and the names of file and sheet."""
        width = len(self.columns)
        missing = [None] * (width - len(row))
        cells = [*row[:width], *missing, *map(heading.get, self._labels)]
        for join in self.joins:
            cells += join.cells(cells)
        return [*cells, self.row.file.rpartition(".")[0], self.sheet.name]

    def _reason_aside(self, number: int) -> str:
        """Why a row is no line, whatever the answers; empty where it is one."""
        if number > self.place.last:
            return BELOW
        if number < self.place.first:
            return ABOVE
        header, row = (plain_texts(self.cells(of)) for of in (self.place.bottom, number))
        if row[: len(header)] == header:
            return "en-têtes répétés"
        return ""

    def _reason_left(self, number: int, cells: Sequence[object]) -> str:
        """Why a line is left out by an answer about it, or about the line that it names."""
        reasons = (join.left.get(identifier_key(cells[join.place]), "") for join in self.joins)
        return self.set_aside.get(number, "") or next(filter(None, reasons), "")

    def _left_out(self, is_whole: bool = False) -> "_LeftOut":
        """The lines to leave out, by the answer; DataError where it cannot be followed.

        Columns of other tables are not known before it is whole.
        """
        headers = [unaccented(header) for header in self.headers[:-2]]
        rules: list[tuple[int, str, str]] = []
        numbers: set[int] = set()
        for part in parts_of(self.row.left_out):
            if _NUMBERED.fullmatch(part):
                numbers |= _numbers_in(part)
                continue
            name, sign, pattern = map(str.strip, part.partition("="))
            if not sign:
                raise self.row.refusal("left_out", "lignes à écarter", en_tete=name)
            if unaccented(name) not in headers:
                if OF in name and not is_whole:
                    continue
                raise self.row.refusal("left_out", "autre en-tête", en_tete=name)
            rules.append((headers.index(unaccented(name)), name, pattern))
        return _LeftOut(rules, numbers)

    def cells(self, number: int) -> list[object]:
        """The cells of a row of the sheet."""
        return _row_of(self.sheet, number)

    def is_total(self, number: int) -> bool:
        """Whether a cell of a row says that it holds totals."""
        return any(is_total(plain_text(cell)) for cell in self.cells(number))

    def totals(self) -> Sequence[str]:
        """Lines to leave out that seem to be totals, as the answer writes them."""
        found: dict[str, None] = {}
        for number in range(self.place.first, self.place.last + 1):
            for name, cell in zip(self.columns, self.cells(number), strict=False):
                if is_total(plain_text(cell)):
                    found[f"{name} = {plain_text(cell).split()[0]}*"] = None
        return [*found]


def _numbers_in(text: str) -> set[int]:
    """The numbers of « lignes 12, 40-43 »."""
    spans = _ROWS.findall(text)
    return {number for start, end in spans for number in range(int(start), int(end or start) + 1)}


class _LeftOut(NamedTuple):
    """Lines to leave out: place, header and pattern of each rule, and numbers of lines."""

    rules: Sequence[tuple[int, str, str]]
    numbers: Collection[int]

    def reason(self, number: int, cells: Sequence[object]) -> str:
        """Why a line is left out; empty where it is not."""
        if number in self.numbers:
            return f"{LEFT_OUT} : par son numéro"
        for place, name, pattern in self.rules:
            if fnmatchcase(unaccented(plain_text(cells[place])), unaccented(pattern)):
                return f"{LEFT_OUT} : {name} = {pattern}"
        return ""
