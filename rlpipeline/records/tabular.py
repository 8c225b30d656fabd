"""The one reader of rows: a CSV file of any encoding and separator, a workbook, the tables of a database."""

import codecs
import csv
import io
import posixpath
import re
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
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
_PACKAGE = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_OPEN = "{urn:oasis:names:tc:opendocument:xmlns:%s:1.0}"
OF_TABLE, _OF_OFFICE = _OPEN % "table", _OPEN % "office"
"""Namespaces of OpenDocument 1.3, part 3: the sheets, and the values of their cells."""
_CALC_TYPE = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}value-type"
_REFERENCE = re.compile(r"([A-Z]{1,3})(\d+)")
_FILLED_ROW = re.compile(rb'<(?:\w+:)?row\b[^>]*?\br=["\'](\d+)["\'][^>]*(?<!/)>')
_FAR_CELL = re.compile(rb'\br=["\']([A-Z]{2,3}\d+)["\'][^>]*(?<!/)>(?!</)')
_UNSURE = re.compile(rb"<(?:\w+:)?f[\s/>]|\bt=[\"']e[\"']")


def text_of(value: object) -> str | None:  # noqa: PLR0911
    """The text of a cell of a workbook or of a database as a CSV file would hold it, None for nothing. No number has an
    exponent, nor midnight an hour; bytes that are not text become U+FFFD, which is refused."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):  # which is a number too
        return "oui" if value else "non"
    if isinstance(value, float):
        return np.format_float_positional(value, trim="-") if np.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds()) // 60
        return f"{minutes // 60}:{minutes % 60:02d}"
    return "\ufffd" if isinstance(value, bytes | bytearray | memoryview) else str(value)


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
    """Decode UTF-8, UTF-16 with its mark (UnreadError without), or Windows-1252, each line in its own: the text, its
    lines that are in another encoding than the rest, whether it is UTF-16. A byte that stands for nothing
    becomes U+FFFD. No French text in Windows-1252 reads as UTF-8 by chance. UnreadError where it is a workbook."""
    if data.startswith(WORKBOOK_BYTES):
        raise UnreadError("E010 renamed")
    sample, marked = data[:4096], data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    zeros = max(sample[0::2].count(0), sample[1::2].count(0))
    try:
        if marked or (len(sample) >= 8 and zeros > 0.4 * (len(sample) / 2)):
            return data.decode("utf-16" if marked else "ascii"), [], True
    except UnicodeError:
        raise UnreadError("E004") from None
    try:
        return data.decode("utf-8-sig"), [], False
    except UnicodeDecodeError:
        lines = data.removeprefix(codecs.BOM_UTF8).splitlines(keepends=True)
    accented = {rank for rank, line in enumerate(lines) if not line.isascii()}
    utf8 = {rank for rank in accented if "\ufffd" not in lines[rank].decode("utf-8", "replace")}
    rare = (
        accented - utf8
        if data.startswith(codecs.BOM_UTF8) or 2 * len(utf8) >= len(accented)
        else utf8
    )
    texts = (
        line.decode("utf-8" if rank in utf8 else "cp1252", "replace")
        for rank, line in enumerate(lines)
    )
    return "".join(texts), sorted(rank + 1 for rank in rare), False


def lines_of(text: str) -> list[str]:
    """Cut a text into lines, with their ends, whatever those are."""
    return [*io.StringIO(text, newline="")]


def separator_of(lines: Sequence[str]) -> str:
    """Choose the separator that cuts most lines into the same number of cells."""

    def regular(separator: str) -> tuple[int, int]:
        widths = Counter(
            len(row) for row in csv.reader(lines[:400], delimiter=separator) if len(row) > 1
        )
        return max(((times, width) for width, times in widths.items()), default=(0, 0))

    return max(SEPARATORS, key=regular)


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
    """Read every sheet of a workbook. UnreadError where it is damaged, locked by a password, or larger than a table."""
    try:
        with path.open("rb") as stream:
            if stream.read(4) == WORKBOOK_BYTES[1] and path.suffix.lower() != ".xls":
                raise calamine.PasswordError
        faults = _faults_of(path) if zipfile.is_zipfile(path) else {}
        read = []
        with calamine.load_workbook(str(path)) as book:
            for meta in (
                meta
                for meta in book.sheets_metadata
                if meta.typ == calamine.SheetTypeEnum.WorkSheet
            ):
                sheet, hidden = (
                    book.get_sheet_by_name(meta.name),
                    meta.visible != calamine.SheetVisibleEnum.Visible,
                )
                rows = [
                    [None if cell == "" else cell for cell in row] for row in sheet.to_python(False)
                ]
                merged = tuple(sheet.merged_cell_ranges or ())
                named = (
                    Fault("merged", *start, f"{cell_name(*start)}:{cell_name(*end)}")
                    for start, end in merged
                )
                read.append(Sheet(meta.name, rows, hidden, (*faults.get(meta.name, ()), *named)))
        return read
    except calamine.PasswordError:
        raise UnreadError("E010 locked", str(path)) from None
    except _DAMAGED as error:
        raise UnreadError("E010 workbook", str(path)) from error


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
    rows = max(map(int, _FILLED_ROW.findall(xml)), default=0)
    _refuse_far(
        name, rows, max((_place(far.decode())[1] + 1 for far in _FAR_CELL.findall(xml)), default=26)
    )
    faults = []
    for cell in _parsed(xml).iter("{*}c") if _UNSURE.search(xml) else ():
        formula, value, kind, place = (
            cell.find("{*}f"),
            cell.findtext("{*}v"),
            cell.get("t"),
            _place(cell.get("r", "")),
        )
        if kind == "e":
            faults.append(Fault("error", *place, value or ""))
        elif formula is not None and not value and (value is None or kind != "str"):
            faults.append(Fault("formula", *place, f"={formula.text or ''}"))
    return faults


def _refuse_far(name: str, rows: int, columns: int) -> None:
    if rows * columns > MAX_CELLS:
        raise UnreadError("E011", name=name, rows=rows, columns=columns)


def _place(cell: str) -> tuple[int, int]:
    reference, column = _REFERENCE.fullmatch(cell), 0
    for letter in reference[1] if reference else "A":
        column = column * 26 + ord(letter) - ord("A") + 1
    return int(reference[2]) - 1 if reference else 0, column - 1


def cell_name(row: int, column: int) -> str:
    """Name a cell as a spreadsheet does: « C2 », from row and column 0."""
    letters, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"


def _faults_of_ods(xml: bytes) -> dict[str, list[Fault]]:
    faults: dict[str, list[Fault]] = {}
    for sheet in _parsed(xml).iter(f"{OF_TABLE}table"):
        name = sheet.get(f"{OF_TABLE}name", "")
        own = faults.setdefault(name, [])
        rows = columns = line = 0
        for row in sheet.iter(f"{OF_TABLE}table-row"):
            place = 0
            for cell in row:
                kind, formula = cell.get(f"{_OF_OFFICE}value-type"), cell.get(f"{OF_TABLE}formula")
                if {
                    cell.get(f"{OF_TABLE}number-{way}-spanned", "1") for way in ("rows", "columns")
                } != {"1"}:
                    own.append(Fault("merged", line, place))
                if cell.get(_CALC_TYPE) == "error":
                    own.append(Fault("error", line, place))
                elif formula and not kind:
                    own.append(Fault("formula", line, place, formula))
                place += int(cell.get(f"{OF_TABLE}number-columns-repeated", "1"))
                if kind:
                    rows, columns = line + 1, max(columns, place)
            line += int(row.get(f"{OF_TABLE}number-rows-repeated", "1"))
        _refuse_far(name, rows, columns)
    return faults
