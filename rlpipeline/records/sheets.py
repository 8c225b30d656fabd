"""What a spreadsheet's reader does not say: formulas never computed, errors, merged cells, cells lost far away."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from xml.parsers import expat

from rlpipeline.records.archive import UnreadableWorkbook, member_chunks

_REFERENCE = re.compile(r"([A-Z]{1,3})(\d+)")
_WORTH_PARSING = re.compile(rb"<(?:\w+:)?(?:f|mergeCell)[\s/>]|\bt=[\"']e[\"']")
_FILLED = re.compile(rb"<(?:\w+:)?(?:v|is|f)[\s/>]")
_ROW = re.compile(rb"<(?:\w+:)?row\b[^>]*?\br=[\"'](\d+)[\"'][^>]*(?<!/)>")
_WIDE_CELL = re.compile(rb"\br=[\"']([A-Z]{2,3})\d+[\"'][^>]*(?<!/)>(?!</)")
_ONE_LETTER = 26
_TAIL = 512


@dataclass(frozen=True)
class Fault:
    """A cell that the reader would show as empty or as a plain text, from row and column 0."""

    kind: Literal["formula", "error", "merged"]
    row: int
    column: int
    text: str = ""


@dataclass
class SheetFacts:
    """What the XML of one sheet says.

    Parameters
    ----------
    filled
        Whether some cell holds something.
    rows, columns
        How far its cells go.
    faults
        Cells that ask for a finding.
    """

    filled: bool = False
    rows: int = 0
    columns: int = 0
    faults: list[Fault] = field(default_factory=list)


def sheet_facts(path: Path) -> Mapping[str, SheetFacts]:
    """The facts of every sheet, by its name.

    Raises
    ------
    UnreadableWorkbook
        The XML of the workbook is damaged.
    """
    try:
        if path.suffix.lower() == ".ods":
            return _ods_facts(path)
        return {name: _xlsx_facts(path, member) for name, member in xlsx_members(path).items()}
    except expat.ExpatError as error:
        raise UnreadableWorkbook("Le classeur est abîmé ; l'enregistrer de nouveau.") from error


def _parse(chunks: Iterable[bytes], start: Callable[[str, dict[str, str]], None]) -> expat.XMLParserType:
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: start(_local(name), _local_keys(attributes))
    for chunk in chunks:
        parser.Parse(chunk, False)
    parser.Parse(b"", True)
    return parser


def _local(name: str) -> str:
    return name.rpartition(":")[2]


def _local_keys(attributes: Mapping[str, str]) -> dict[str, str]:
    """Attributes without their prefix; LibreOffice says « error » beside the type that older readers understand."""
    local = {_local(name): value for name, value in attributes.items()}
    if attributes.get("calcext:value-type") == "error":
        local["value-type"] = "error"
    return local


def xlsx_members(path: Path) -> dict[str, str]:
    """Give the member of the archive of each sheet, through the relations of the workbook."""
    targets: dict[str, str] = {}
    sheets: dict[str, str] = {}

    def relation(name: str, attributes: dict[str, str]) -> None:
        if name == "Relationship":
            targets[attributes.get("Id", "")] = attributes.get("Target", "")

    def sheet(name: str, attributes: dict[str, str]) -> None:
        if name == "sheet":
            sheets[attributes.get("name", "")] = attributes.get("id", "")

    _parse(_or_unreadable(path, "xl/_rels/workbook.xml.rels"), relation)
    _parse(_or_unreadable(path, "xl/workbook.xml"), sheet)
    return {name: _resolved(targets.get(key, "")) for name, key in sheets.items()}


def _or_unreadable(path: Path, member: str) -> list[bytes]:
    chunks = list(member_chunks(path, member))
    if not chunks:
        raise UnreadableWorkbook("Le fichier n'est pas un classeur .xlsx ; l'enregistrer de nouveau en .xlsx.")
    return chunks


def _resolved(target: str) -> str:
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"


def _xlsx_facts(path: Path, member: str) -> SheetFacts:
    """Bytes are searched first: most sheets hold no formula, and need no parser."""
    facts = SheetFacts(columns=_ONE_LETTER)
    parse = False
    tail = b""
    for chunk in member_chunks(path, member):
        window = tail + chunk
        parse = parse or _WORTH_PARSING.search(window) is not None
        facts.filled = facts.filled or _FILLED.search(window) is not None
        facts.rows = max([facts.rows, *(int(row) for row in _ROW.findall(window))])
        facts.columns = max([facts.columns, *(_column(letters.decode()) + 1 for letters in _WIDE_CELL.findall(window))])
        tail = window[-_TAIL:]
    if parse:
        facts.faults = _XlsxFaults().read(member_chunks(path, member))
    return facts


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number - 1


class _XlsxFaults:
    """Formulas without a cached value, errors and merged cells of one sheet of an .xlsx."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self._cell: dict[str, str] = {}
        self._formula: str | None = None
        self._value: str | None = None
        self._inside = ""
        self._row, self._column = -1, -1

    def read(self, chunks: Iterable[bytes]) -> list[Fault]:
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        for chunk in chunks:
            parser.Parse(chunk, False)
        parser.Parse(b"", True)
        return self.faults

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        name = _local(name)
        if name == "row":
            self._row, self._column = int(attributes.get("r", self._row + 2)) - 1, -1
        elif name == "c":
            self._cell, self._formula, self._value = attributes, None, None
            self._move(attributes.get("r", ""))
        elif name == "f":
            self._formula, self._inside = "", "f"
        elif name == "v":
            self._value, self._inside = "", "v"
        elif name == "mergeCell":
            self._merged(attributes.get("ref", ""))

    def _text(self, text: str) -> None:
        if self._inside == "f":
            self._formula = (self._formula or "") + text
        elif self._inside == "v":
            self._value = (self._value or "") + text

    def _end(self, name: str) -> None:
        self._inside = ""
        if _local(name) != "c":
            return
        kind = self._cell.get("t")
        if kind == "e":
            self._add("error", self._value or "")
        elif self._formula is not None and not self._value and not (kind == "str" and self._value is not None):
            self._add("formula", f"={self._formula}")

    def _add(self, kind: Literal["formula", "error"], text: str) -> None:
        self.faults.append(Fault(kind, self._row, self._column, text))

    def _move(self, reference: str) -> None:
        """To the cell of that reference, or to the next one where a writer left references out."""
        match = _REFERENCE.fullmatch(reference)
        self._column = _column(match.group(1)) if match else self._column + 1

    def _merged(self, reference: str) -> None:
        match = _REFERENCE.match(reference)
        if match:
            self.faults.append(Fault("merged", int(match.group(2)) - 1, _column(match.group(1)), reference))


def _ods_facts(path: Path) -> Mapping[str, SheetFacts]:
    reader = _OdsSheets()
    parser = _parse(member_chunks(path, "content.xml"), reader.start)
    if parser.CurrentByteIndex <= 0:
        raise UnreadableWorkbook("Le fichier n'est pas un classeur .ods ; l'enregistrer de nouveau en .ods.")
    return reader.sheets


class _OdsSheets:
    """Extent, formulas, errors and merged cells of every sheet of an .ods, in which repeated cells are counted."""

    def __init__(self) -> None:
        self.sheets: dict[str, SheetFacts] = {}
        self._facts = SheetFacts()
        self._row, self._next_row = 0, 0
        self._next_column = 0
        self._repeated_rows = 1

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "table":
            self._facts = self.sheets.setdefault(attributes.get("name", ""), SheetFacts())
            self._next_row = 0
        elif name == "table-row":
            self._repeated_rows = int(attributes.get("number-rows-repeated", "1"))
            self._row, self._next_row = self._next_row, self._next_row + self._repeated_rows
            self._next_column = 0
        elif name in ("table-cell", "covered-table-cell"):
            self._cell(attributes)

    def _cell(self, attributes: dict[str, str]) -> None:
        column = self._next_column
        self._next_column += int(attributes.get("number-columns-repeated", "1"))
        spans = (attributes.get("number-rows-spanned", "1"), attributes.get("number-columns-spanned", "1"))
        if spans != ("1", "1"):
            self._facts.faults.append(Fault("merged", self._row, column))
        if attributes.get("value-type") == "error":
            self._facts.faults.append(Fault("error", self._row, column))
        elif "formula" in attributes and "value-type" not in attributes:
            self._facts.faults.append(Fault("formula", self._row, column, attributes["formula"]))
        if "value-type" in attributes or "formula" in attributes:
            self._facts.filled = True
            self._facts.rows = max(self._facts.rows, self._next_row)
            self._facts.columns = max(self._facts.columns, self._next_column)
