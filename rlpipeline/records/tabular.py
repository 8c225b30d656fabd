"""The one reader of rows: a CSV file of any encoding and separator, a workbook, the tables of a database."""

import codecs
import csv
import io
import posixpath
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Any, Literal

import numpy as np
import python_calamine as calamine
from lxml import etree

from rlpipeline.characters import unguarded
from rlpipeline.errors import DataError
from rlpipeline.records.tables import said

SQLITE_SUFFIXES = (".sqlite", ".sqlite3", ".db")
WORKBOOK_SUFFIXES = (".xlsx", ".ods")
TEXT_SUFFIXES = (".csv", ".tsv", ".txt")
OTHER_SUFFIXES = (".xls", ".xlsm", ".parquet")
WORKBOOK_BYTES = (
    b"PK\x03\x04",
    b"\xd0\xcf\x11\xe0",
)  # .xlsx and .ods; .xls, and what has a password
SEPARATORS = (";", ",", "\t", "|")
ROWS_AT_ONCE = (
    1_000  # what the processor's memory holds: ten times as many are read at half the speed
)
SAMPLE, FEWEST_BYTES, ZEROS = 4_096, 8, 0.4
"""Bytes by which UTF-16 is known, at most and at least; share of its letters that have a zero."""
LINES_TRIED = 400  # by which the separator is known
LETTERS = 26  # of the names of columns
MAX_CELLS = 40_000_000
"""Cells of one table, at most: a million rows of the columns of any table; larger, it is lost cells or no table."""

_ARCHIVE: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    RuntimeError,
    KeyError,
    EOFError,
)
_DAMAGED = (
    calamine.CalamineError,
    etree.XMLSyntaxError,
    *_ARCHIVE,
)  # what a damaged or locked workbook raises
_WORKSHEET = calamine.SheetTypeEnum.WorkSheet
_PACKAGE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_OPEN = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
OF_TABLE, _OF_OFFICE = _OPEN % "table", _OPEN % "office"
"""Namespaces of OpenDocument 1.3, part 3: the sheets, and the values of their cells."""
_CALC_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d+)")
_FILLED_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br=["\'](\d+)["\'][^>]*(?<!/)>')
_FAR_CELL = re.compile(rb'\br=["\']([A-Z]{2,3}\d+)["\'][^>]*(?<!/)>(?!</)')
_UNSURE = re.compile(rb"<(?:\w+:)?f[\s/>]|\bt=[\"']e[\"']")


def text_of(value: object) -> str | None:
    """The text of a cell of a workbook or of a database as a CSV file would hold it, None for
    nothing. Bytes that are not text become U+FFFD, which is refused."""
    if value is None or isinstance(value, str):
        return value or None
    for kinds, written in _TEXTS.items():
        if isinstance(value, kinds):
            return written(value)
    return str(value)


def _decimal_text(value: Decimal) -> str:
    """A decimal without an exponent, nor zeros that tell nothing."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _float_text(value: float) -> str:
    """A number without an exponent."""
    return np.format_float_positional(value, trim="-") if np.isfinite(value) else str(value)


def _moment_text(value: datetime) -> str:
    """A day, with its hour unless that is midnight."""
    is_midnight = value.time() == time()
    return str(value.date()) if is_midnight else value.isoformat(" ", "seconds")


def _duration_text(value: timedelta) -> str:
    """A duration in hours and minutes."""
    hours, minutes = divmod(int(value.total_seconds()) // 60, 60)
    return f"{hours}:{minutes:02d}"


_TEXTS: Mapping[Any, Callable[[Any], str]] = {
    bool: lambda value: "oui" if value else "non",
    float: _float_text,
    Decimal: _decimal_text,
    datetime: _moment_text,
    timedelta: _duration_text,
    (bytes, bytearray, memoryview): lambda value: "\ufffd",
}
"""How each kind of value is written, in the order in which they are asked: yes and no are numbers too."""


class UnreadError(DataError):
    """A file or a table that cannot be read, by the name of a sentence; ``code`` and ``row`` are of its finding."""

    def __init__(
        self, name: str, /, where: str | None = None, row: int | None = None, **words: object
    ) -> None:
        super().__init__(said(name, **words), where=where)
        self.code, self.row = name[:4], row


@dataclass(frozen=True)
class Fault:
    """A cell that reads as empty, from row and column 0, and what it holds: a formula, an error, merged cells."""

    kind: Literal["formula", "error", "merged"]
    row: int
    column: int
    text: str = ""


@dataclass(frozen=True)
class Sheet:
    """A table as its file holds it: every row from the first, cells of Python's own types, None where nothing is.
    ``faults`` are the cells that read as empty though they are not. Rows of a database, ranked, have no line."""

    name: str
    rows: list[list[Any]]
    hidden: bool = False
    faults: tuple[Fault, ...] = ()
    is_ranked: bool = False


def text_rows(path: Path, *, strict: bool = True) -> Iterator[tuple[int, list[object] | None]]:
    """Give the line of each row of a CSV file, and its cells: None, where it is strict, for one that does not end."""
    lines = lines_of(decoded(path.read_bytes())[0])
    lines = lines[1:] if lines and lines[0].casefold().startswith("sep=") else lines
    for line, fields in rows_of(lines, separator_of(lines), strict=strict):
        yield line, None if fields is None else [unguarded(field) or None for field in fields]


def decoded(data: bytes) -> tuple[str, list[int], bool]:
    """Decode UTF-8, UTF-16 with its mark, or Windows-1252, each line in its own: the text, its
    lines that are in another encoding than the rest, whether it is UTF-16. A byte that stands for
    nothing becomes U+FFFD. No French text in Windows-1252 reads as UTF-8 by chance.

    Raises
    ------
    UnreadError
        It is a workbook, or UTF-16 without its mark.
    """
    if data.startswith(WORKBOOK_BYTES):
        raise UnreadError("E010 renamed")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _decoded_wide(data, "utf-16"), [], True
    if _has_zeros(data[:SAMPLE]):
        return _decoded_wide(data, "ascii"), [], True
    try:
        return data.decode("utf-8-sig"), [], False
    except UnicodeDecodeError:
        text, rare = _decoded_by_line(data)
        return text, rare, False


def _decoded_wide(data: bytes, encoding: str) -> str:
    """The text of what may be UTF-16. UnreadError where it is not."""
    try:
        return data.decode(encoding)
    except UnicodeError:
        raise UnreadError("E004") from None


def _has_zeros(sample: bytes) -> bool:
    """Whether most letters of a text take two bytes, one of which is zero."""
    zeros = max(sample[0::2].count(0), sample[1::2].count(0))
    return len(sample) >= FEWEST_BYTES and zeros > ZEROS * (len(sample) / 2)


def _decoded_by_line(data: bytes) -> tuple[str, list[int]]:
    """A text of which each line is in UTF-8 or in Windows-1252, and the lines of the rarer one."""
    lines = data.removeprefix(codecs.BOM_UTF8).splitlines(keepends=True)
    accented = {rank for rank, line in enumerate(lines) if not line.isascii()}
    utf8 = {rank for rank in accented if "\ufffd" not in lines[rank].decode("utf-8", "replace")}
    is_utf8 = data.startswith(codecs.BOM_UTF8) or 2 * len(utf8) >= len(accented)
    rare = accented - utf8 if is_utf8 else utf8
    encodings = ("utf-8" if rank in utf8 else "cp1252" for rank in range(len(lines)))
    pairs = zip(lines, encodings, strict=True)
    text = "".join(line.decode(encoding, "replace") for line, encoding in pairs)
    return text, sorted(rank + 1 for rank in rare)


def lines_of(text: str) -> list[str]:
    """Cut a text into lines, with their ends, whatever those are."""
    return [*io.StringIO(text, newline="")]


def separator_of(lines: Sequence[str]) -> str:
    """Choose the separator that cuts most lines into the same number of cells."""
    return max(SEPARATORS, key=lambda separator: _regularity(lines[:LINES_TRIED], separator))


def _regularity(lines: Sequence[str], separator: str) -> tuple[int, int]:
    """How many lines a separator cuts alike, and into how many cells."""
    widths = Counter(map(len, csv.reader(lines, delimiter=separator)))
    return max(((times, width) for width, times in widths.items() if width > 1), default=(0, 0))


def rows_of(
    lines: Sequence[str], separator: str, first: int = 0, strict: bool = True
) -> Iterator[tuple[int, list[str] | None]]:
    """Give the line and the cells of each row; None where its quotes are broken: reading starts again below it."""
    position = first
    while position < len(lines):
        reader = csv.reader(islice(lines, position, None), delimiter=separator, strict=strict)
        used = 0
        try:
            for fields in reader:
                yield position + used + 1, fields
                used = reader.line_num
            return
        except csv.Error:
            yield position + used + 1, None
            position += used + 1


def workbook_sheets(path: Path) -> list[Sheet]:
    """Read every sheet of a workbook. UnreadError where it is damaged, locked by a password, or
    larger than a table."""
    try:
        _refuse_locked(path)
        faults = _faults_of(path) if zipfile.is_zipfile(path) else {}
        with calamine.load_workbook(str(path)) as book:
            sheets = [meta for meta in book.sheets_metadata if meta.typ == _WORKSHEET]
            return [_sheet_of(book, meta, faults.get(meta.name, ())) for meta in sheets]
    except calamine.PasswordError:
        raise UnreadError("E010 locked", str(path)) from None
    except _DAMAGED as error:
        raise UnreadError("E010 workbook", str(path)) from error


def _refuse_locked(path: Path) -> None:
    """Refuse (PasswordError) a workbook whose bytes are those of an archive under a password."""
    with path.open("rb") as stream:
        is_old = stream.read(len(WORKBOOK_BYTES[1])) == WORKBOOK_BYTES[1]
    if is_old and path.suffix.lower() != ".xls":
        raise calamine.PasswordError


def _sheet_of(
    book: calamine.CalamineWorkbook, meta: calamine.SheetMetadata, faults: Sequence[Fault]
) -> Sheet:
    """A sheet of a workbook: its rows, and its cells that read as empty."""
    sheet = book.get_sheet_by_name(meta.name)
    rows = [[None if cell == "" else cell for cell in row] for row in sheet.to_python(False)]
    merged = [
        Fault("merged", *start, f"{cell_name(*start)}:{cell_name(*end)}")
        for start, end in sheet.merged_cell_ranges or ()
    ]
    is_hidden = meta.visible != calamine.SheetVisibleEnum.Visible
    return Sheet(meta.name, rows, is_hidden, (*faults, *merged))


def _faults_of(path: Path) -> Mapping[str, list[Fault]]:
    with zipfile.ZipFile(path) as archive:
        if "content.xml" in archive.namelist():
            return _faults_of_ods(archive.read("content.xml"))
        return {
            name: _faults_of_xlsx(name, archive.read(member))
            for name, member in sheet_members(archive).items()
        }


def _parsed(xml: bytes) -> etree._Element:
    return etree.fromstring(
        xml, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    )


def sheet_members(archive: zipfile.ZipFile) -> dict[str, str]:
    """Give the member of an .xlsx that holds each of its sheets."""
    parts = _parsed(archive.read("xl/_rels/workbook.xml.rels"))
    targets = {
        part.get("Id"): posixpath.join("xl", part.get("Target")).lstrip("/") for part in parts
    }
    sheets = _parsed(archive.read("xl/workbook.xml")).iterfind(".//{*}sheet")
    members = {sheet.get("name"): targets[sheet.get(_PACKAGE)] for sheet in sheets}
    return {name: member for name, member in members.items() if "worksheets/" in member}


def _faults_of_xlsx(name: str, xml: bytes) -> list[Fault]:
    """The cells of a sheet that hold a calculation error, or a formula without its value."""
    rows = max(map(int, _FILLED_ROW.findall(xml)), default=0)
    far = [_place(cell.decode()) for cell in _FAR_CELL.findall(xml)]
    _refuse_far(name, rows, max((column + 1 for _, column in far), default=LETTERS))
    cells = _parsed(xml).iter("{*}c") if _UNSURE.search(xml) else ()
    return [fault for fault in map(_fault_of_cell, cells) if fault]


def _fault_of_cell(cell: etree._Element) -> Fault | None:
    """Why a cell of an .xlsx reads as empty though it is not; None where it does not."""
    formula, value, kind = cell.find("{*}f"), cell.findtext("{*}v"), cell.get("t")
    place = _place(cell.get("r", ""))
    if kind == "e":
        return Fault("error", *place, value or "")
    is_text = value == "" and kind == "str"
    if formula is None or value or is_text:
        return None
    return Fault("formula", *place, f"={formula.text or ''}")


def _refuse_far(name: str, rows: int, columns: int) -> None:
    if rows * columns > MAX_CELLS:
        raise UnreadError("E011", name=name, rows=rows, columns=columns)


def _place(cell: str) -> tuple[int, int]:
    """The row and the column, from 0, of a cell named as « C2 »."""
    reference = _REFERENCE.fullmatch(cell)
    if not reference:
        return 0, 0
    column = 0
    for letter in reference[1]:
        column = column * LETTERS + ord(letter) - ord("A") + 1
    return int(reference[2]) - 1, column - 1


def cell_name(row: int, column: int) -> str:
    """Name a cell as a spreadsheet does: « C2 », from row and column 0."""
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def _faults_of_ods(xml: bytes) -> dict[str, list[Fault]]:
    """The cells of each sheet that are merged, hold an error, or a formula without its value."""
    faults: dict[str, list[Fault]] = {}
    for sheet in _parsed(xml).iter(f"{OF_TABLE}table"):
        name = sheet.get(f"{OF_TABLE}name", "")
        own = faults.setdefault(name, [])
        rows = columns = 0
        for line, place, cell in _cells_of_ods(sheet):
            kind = _ods_fault(cell)
            if _is_merged(cell):
                own.append(Fault("merged", line, place))
            if kind:
                own.append(Fault(kind, line, place, _ods_text(cell, kind)))
            if cell.get(f"{_OF_OFFICE}value-type"):
                rows, columns = line + 1, max(columns, place + _repeated(cell, "columns"))
        _refuse_far(name, rows, columns)
    return faults


def _cells_of_ods(sheet: etree._Element) -> Iterator[tuple[int, int, etree._Element]]:
    """Each cell of a sheet, with its row and its column from 0; what is repeated is written once."""
    line = 0
    for row in sheet.iter(f"{OF_TABLE}table-row"):
        place = 0
        for cell in row:
            yield line, place, cell
            place += _repeated(cell, "columns")
        line += _repeated(row, "rows")


def _repeated(element: etree._Element, what: Literal["rows", "columns"]) -> int:
    """How many times a cell, or a row, is there."""
    return int(element.get(f"{OF_TABLE}number-{what}-repeated", "1"))


def _is_merged(cell: etree._Element) -> bool:
    """Whether a cell spans others."""
    spans = {cell.get(f"{OF_TABLE}number-{way}-spanned", "1") for way in ("rows", "columns")}
    return spans != {"1"}


def _ods_fault(cell: etree._Element) -> Literal["error", "formula"] | None:
    """Why a cell reads as empty: a calculation error, a formula without its value."""
    if cell.get(_CALC_TYPE) == "error":
        return "error"
    has_value = bool(cell.get(f"{_OF_OFFICE}value-type"))
    return "formula" if cell.get(f"{OF_TABLE}formula") and not has_value else None


def _ods_text(cell: etree._Element, kind: str) -> str:
    """What is shown of such a cell: its formula."""
    return cell.get(f"{OF_TABLE}formula", "") if kind == "formula" else ""
