"""The kinds of source, a folder of CSV files, a workbook, a database: tables as texts with their lines."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from rlpipeline.characters import GUARDED, unguarded
from rlpipeline.errors import ToolError, UsageError
from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.labels import said
from rlpipeline.records.names import NOTES, nearest, simplified
from rlpipeline.records.parsing import text_of
from rlpipeline.records.tables import TABLE_NAMES, Contract, Lines, Mask, table_named
from rlpipeline.records.tabular import (
    OTHER_SUFFIXES,
    SQLITE_SUFFIXES,
    WORKBOOK_SUFFIXES,
    Sheet,
    UnreadError,
    cell_name,
    decoded,
    lines_of,
    rows_of,
    workbook_sheets,
)

SEPARATORS = (",", ";")
FOREIGN_SEPARATORS = {"\t": "la tabulation", "|": "la barre « | »"}
HEADER_ROWS = 20
"""Rows among which the headers are looked for: a title or an example may stand above them."""
_EXPECTED = (
    "un dossier de fichiers .csv, un classeur .xlsx ou .ods, un fichier SQLite (.sqlite, .db), "
    "ou une adresse sqlite:///…, postgresql://…, mysql://… ou duckdb:///…"
)
_TODO = {
    ".xls": "dans Excel, l'enregistrer au format .xlsx",
    ".txt": "l'enregistrer en .csv, dans le dossier des données",
    ".csv": "donner le dossier qui contient ce fichier",
}
_FAULTS = {"formula": "E107", "error": "E108 cell", "merged": "E012"}

# An interruption is Python's to handle, once a file is read: Arrow's own handlers lose one that comes at a read's end.
pa.enable_signal_handlers(False)


@dataclass(frozen=True)
class Raw:
    """A table as its source holds it, before anything is understood: headers as written, and the texts under each.

    ``lines`` are as seen in the source, ranks in a database, where ``header_line`` is None. ``numbers`` are the rows
    where the source holds a number, by position of a column; ``damaged`` the line and column position of the cells
    that already have a finding; ``lost`` every text of the rows that could not be cut: what they hold is not missing
    elsewhere.
    """

    name: str
    header: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    lines: Lines
    header_line: int | None = 1
    numbers: Mapping[int, Mask] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    damaged: frozenset[tuple[int, int]] = frozenset()


@dataclass
class Source:
    """What a source holds: the tables that could be read, the names of all that exist, and what was found."""

    tables: dict[str, Raw] = field(default_factory=dict)
    present: frozenset[str] = frozenset()
    findings: list[Finding] = field(default_factory=list)

    @property
    def closed(self) -> bool:
        """Whether it could not be opened at all."""
        return any(item.code in ("E010", "E011") and not item.table for item in self.findings)

    def match(self, written: Collection[str], what: str) -> Mapping[str, str]:
        """Names of the contract to the names as written of what bears one; the others are said."""
        names, findings = match_tables(written, what)
        self.findings += findings
        self.present = frozenset(names)
        return names

    def add(self, name: str, read: Iterator[Finding | Raw]) -> None:
        """Keep a table and what is found in it, up to what prevents it from being read."""
        try:
            for item in read:
                if isinstance(item, Raw):
                    self.tables[name] = item
                else:
                    self.findings.append(item)
        except UnreadError as error:
            self.findings.append(finding(error.code, name, error.row, message=error.what))


def match_tables(written: Collection[str], what: str) -> tuple[dict[str, str], list[Finding]]:
    """Match names of files, sheets or tables with those of the contract: name there to name as written, and findings.

    ``what`` bears the name, in French with its article: « Le fichier ».
    """
    names: dict[str, str] = {}
    findings: list[Finding] = []
    for name in sorted(written, key=lambda item: item not in TABLE_NAMES):
        table, near = simplified(name), nearest(name, TABLE_NAMES)
        if table not in TABLE_NAMES:
            hint = said("A001 near", near=near) if near else said("A001 far")
            findings.append(finding("A001", name, what=what, written=name, hint=hint))
        elif table in names:
            findings.append(finding("E009", table, valeur=name, what=what, written=name, first=names[table]))
        else:
            names[table] = name
            if name != table:
                findings.append(finding("A004", table, valeur=name, what=what, written=name, meant=table))
    return names, findings


def is_database(source: str) -> bool:
    """Whether the source is a database: an address with a scheme, or the path of a SQLite file."""
    return "://" in source or Path(source).suffix.lower() in SQLITE_SUFFIXES


def read_source(source: str) -> Source:
    """Read a source of any kind, without ever writing to it.

    UsageError: there is nothing there, or it is of another kind. ToolError: the database does not answer, or the system
    refuses the file.
    """
    path = Path(source)
    try:
        if is_database(source):
            return _of_database(source)
        if path.is_dir():
            return _of_folder(path)
        if path.is_file() and path.suffix.lower() in WORKBOOK_SUFFIXES:
            return _of_workbook(path)
    except UnreadError as error:
        return Source(findings=[finding(error.code, "", valeur=Path(error.where or path).name, message=error.what)])
    except OSError as error:
        raise ToolError(
            "Le système refuse la lecture de la source.",
            where=error.filename,
            got=error.strerror,
            todo="vérifier que ce compte a le droit de la lire, et que le disque répond",
        ) from error
    what = "Ce fichier n'est pas une source de données." if path.exists() else "La source est introuvable."
    raise UsageError(what, where=source, expected=_EXPECTED, todo=_TODO.get(path.suffix.lower(), "corriger --source"))


def _of_folder(folder: Path) -> Source:
    source = Source()
    entries = sorted(path for path in folder.iterdir() if path.name[0] not in ".~")
    of_csv = [path for path in entries if path.suffix.lower() == ".csv"]
    meant = {path.stem: path for path in of_csv if path.is_file() or simplified(path.stem) in TABLE_NAMES}
    names = source.match(meant, "Le fichier")
    for path in entries:
        table, first = simplified(path.stem), meant.get(path.stem)
        if path.is_file() and path.suffix.lower() in (".tsv", *WORKBOOK_SUFFIXES, *OTHER_SUFFIXES, *SQLITE_SUFFIXES):
            source.findings.append(finding("A006", "", valeur=path.name, written=path.name))
        elif path in of_csv and first not in (None, path) and table in TABLE_NAMES:  # « jeunes.CSV », « jeunes.csv »
            name, other = path.name, meant[path.stem].name
            source.findings.append(finding("E009", table, valeur=name, what="Le fichier", written=name, first=other))
    for name, stem in names.items():
        path = meant[stem]
        if path.is_file():
            source.add(name, read_csv(path.read_bytes(), name))
            continue
        # What cannot be opened, or never ends, is not opened: a link to nothing, a pipe, a device, a folder.
        what = "un lien vers un fichier qui n'existe pas" if path.is_symlink() and not path.exists() else "autre chose"
        what = "un dossier" if path.is_dir() else what
        source.findings.append(finding("E010 file", name, valeur=path.name, written=path.name, what=what))
    return source


def read_csv(data: bytes, name: str) -> Iterator[Finding | Raw]:
    """Cut one CSV file into cells: the table, as written, and a finding for each row that cannot be cut.

    UnreadError where nothing of it can be cut: its encoding, its separator or its header.
    """
    read = decoded(data)
    if read.wide:
        raise UnreadError("E004")
    yield from (finding("E004 mixed", name, line) for line in read.mixed)
    first = next((rank for rank, line in enumerate(lines_of(read.text)) if _holds_headers(line)), None)
    if first is None:
        raise UnreadError("E003 file")
    top = [*islice(lines_of(read.text), first, first + HEADER_ROWS)]
    separator = _separator(top, name, first + 1)
    table = _cut_at_once(read.text, first, separator, name)
    for item in [table] if table else _by_row(read.text, first, separator, name):
        guarded = isinstance(item, Raw) and any(mark in read.text for mark in GUARDED)
        yield _unguarded(item) if guarded and isinstance(item, Raw) else item


def _holds_headers(line: str) -> bool:
    return bool(line.strip("\r\n\ufeff\t ,;")) and not line.casefold().startswith("sep=")


def _columns_named(cells: Iterable[object], name: str) -> int:
    return len({simplified(cell) for cell in cells if isinstance(cell, str)} & {*table_named(name).column_names})


def _separator(top: Sequence[str], name: str, line: int) -> str:
    cut = ([[part.strip(' "\r\n') for part in row.split(sign)] for sign in SEPARATORS] for row in top)
    named = (max(_columns_named(cells, name) for cells in ways) for ways in cut)
    below = next((place for place, number in enumerate(named) if number > 1), 0)
    if below:
        raise UnreadError("E013", row=line, line=line + below)
    fields = {sign: next(csv.reader(top[:1], delimiter=sign), []) for sign in SEPARATORS}
    foreign = next((words for sign, words in FOREIGN_SEPARATORS.items() if sign in top[0]), None)
    if min(map(len, fields.values())) > 1:
        raise UnreadError("E005 mixed", row=line)
    if max(map(len, fields.values())) == 1 and foreign:
        raise UnreadError("E005 foreign", row=line, words=foreign)
    return max(SEPARATORS, key=lambda sign: (len(fields[sign]), _columns_named(fields[sign], name)))


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    return tuple(cells[: max((rank + 1 for rank, cell in enumerate(cells) if cell.strip()), default=0)])


def _cut_at_once(text: str, first: int, separator: str, name: str) -> Raw | None:
    above = [*islice(lines_of(text), first + 1)]
    data, body = text.encode(), len("".join(above).encode())
    _, fields = next(rows_of(above[-1:], separator))
    if fields is None or data.find(b'"', body) >= 0 or data.count(b"\r", body) != data.count(b"\r\n", body):
        return None
    header = _header(fields)
    names = [str(position) for position in range(len(header))]
    try:
        table = arrow_csv.read_csv(
            pa.py_buffer(memoryview(data)[body:]),
            arrow_csv.ReadOptions(column_names=names),
            arrow_csv.ParseOptions(delimiter=separator, quote_char=False),
            arrow_csv.ConvertOptions(column_types=dict.fromkeys(names, pa.large_string()), strings_can_be_null=False),
        )
    except pa.ArrowInvalid:
        return None
    rows = data.count(b"\n", body) + (not data.endswith(b"\n"))
    if table.num_rows != rows:  # a blank line is passed over
        return None
    return Raw(name, header, tuple(table.columns), np.arange(first + 2, first + 2 + rows, dtype=np.int64), first + 1)


def _by_row(text: str, first: int, separator: str, name: str) -> Iterator[Finding | Raw]:
    written = [*lines_of(text)]
    rows = rows_of(written, separator, first)
    start, titles = next(rows)
    if titles is None:
        raise UnreadError("E007", row=start)
    header = _header(titles)
    kept: list[list[str]] = []
    lines: list[int] = []
    lost: set[str] = set()
    for line, cells in rows:
        if cells is None:
            yield finding("E007", name, line)
            lost.update(part.strip().strip('"') for part in written[line - 1].split(separator))
        elif cells and len(_header(cells)) <= len(header) <= len(cells):
            kept.append(cells[: len(header)])
            lines.append(line)
        elif any(map(str.strip, cells)):
            todo = _todo_of(cells, len(header), separator)
            yield finding("E006", name, line, cells=len(cells), width=len(header), todo=todo)
            lost.update(map(str.strip, cells))
    columns, _ = _columns([kept], len(header))
    yield Raw(name, header, columns, np.array(lines, np.int64), start, lost=frozenset(lost))


def _todo_of(cells: list[str], width: int, separator: str) -> str:
    other = SEPARATORS[1 - SEPARATORS.index(separator)]
    name = "E006 more" if len(cells) > width else "E006 fewer"
    if len(cells) == 1 and len(next(csv.reader(cells, delimiter=other), [])) == width:
        name = "E006 other"
    return said(name, other=other, separator=separator)


def _unguarded(table: Raw) -> Raw:
    columns = []
    for column in table.columns:
        encoded = column.combine_chunks().dictionary_encode()
        texts = [text and unguarded(text) for text in encoded.dictionary.to_pylist()]
        columns.append(pa.chunked_array([pa.array(texts, pa.large_string()).take(encoded.indices)]))
    return replace(table, columns=tuple(columns))


def _columns(
    batches: Iterable[Sequence[Sequence[object]]], width: int, flags: Collection[int] = ()
) -> tuple[tuple[pa.ChunkedArray, ...], dict[int, Mask]]:
    texts: list[list[pa.Array]] = [[] for _ in range(width)]
    numbers: list[list[Mask]] = [[] for _ in range(width)]
    for rows in batches:
        for place, column in enumerate(zip(*rows, strict=True)):
            cells = [bool(cell) if isinstance(cell, int) and cell in (0, 1) else cell for cell in column]
            cells = cells if place in flags else [*column]
            texts[place].append(
                pa.array([cell if type(cell) is str else text_of(cell) for cell in cells], pa.large_string())
            )
            are = (isinstance(cell, int | float | Decimal) and not isinstance(cell, bool) for cell in column)
            numbers[place].append(np.fromiter(are, bool, len(column)))
    masks = {place: np.concatenate(parts) for place, parts in enumerate(numbers) if parts}
    columns = tuple(pa.chunked_array(parts, pa.large_string()) for parts in texts)
    return columns, {place: mask for place, mask in masks.items() if mask.any()}


def _of_workbook(path: Path) -> Source:
    source = Source()
    sheets = {sheet.name: sheet for sheet in workbook_sheets(path) if _is_meant(sheet)}
    for table, name in source.match(sheets, "La feuille").items():
        if sheets[name].hidden:
            source.findings.append(finding("A005", table, written=name))
        source.add(table, _read_sheet(sheets[name], table))
    return source


def _is_meant(sheet: Sheet) -> bool:
    name, filled = simplified(sheet.name), any(cell is not None for row in sheet.rows for cell in row)
    return name in TABLE_NAMES or (bool(sheet.faults or filled) and name not in NOTES)


def _read_sheet(sheet: Sheet, name: str) -> Iterator[Finding | Raw]:
    named = [_columns_named(row, name) for row in sheet.rows[:HEADER_ROWS]]
    filled = (rank for rank, row in enumerate(sheet.rows) if any(cell is not None for cell in row))
    first = named.index(max(named)) if max(named, default=0) > 1 else next(filled, None)
    if first is None:
        raise UnreadError("E003 sheet")
    header = [(text_of(cell) or "").strip() for cell in sheet.rows[first]]
    rows = sheet.rows[first + 1 :]
    ends = (max((rank + 1 for rank, cell in enumerate(row) if cell is not None), default=0) for row in rows)
    width = max(len(_header(header)), max(ends, default=0))
    columns, numbers = _columns([[row[:width] for row in rows]], width)
    damaged = set()
    for fault in (fault for fault in sheet.faults if fault.row >= first and fault.column < width):
        column, shown = header[fault.column] or None, fault.text or None
        yield finding(_FAULTS[fault.kind], name, fault.row + 1, column, shown, cell=cell_name(fault.row, fault.column))
        damaged |= {(fault.row + 1, fault.column)} if fault.kind != "merged" else set()
    lines = np.arange(first + 2, len(sheet.rows) + 1, dtype=np.int64)
    yield Raw(name, tuple(header[:width]), columns, lines, first + 1, numbers, damaged=frozenset(damaged))


def _of_database(address: str) -> Source:
    # Each kind imports its own drivers: who reads a folder does not wait for those of a database.
    from rlpipeline.records.database import batches_of, names_of, reading  # noqa: PLC0415

    source = Source()
    with reading(address) as connection:
        for table, name in source.match(names_of(connection), "la table").items():
            source.add(table, _read_rows(batches_of(connection, name), table_named(table)))
    return source


def _read_rows(batches: Iterator[Sequence[Sequence[object]]], table: Contract) -> Iterator[Raw]:
    header = tuple(map(str, next(batches)[0]))
    names = [simplified(name) for name in header]
    kinds = {column.name: column.kind for column in table.columns}
    columns, numbers = _columns(
        batches, len(header), [at for at, name in enumerate(names) if kinds.get(name) == "flag"]
    )
    if not header:
        yield Raw(table.name, (), (), np.empty(0, np.int64), None)
        return
    ranked = sorted(range(len(header)), key=lambda rank: (names[rank] not in table.key, rank))
    frame = pa.table({str(rank): columns[rank] for rank in ranked})
    order = pc.sort_indices(frame, sort_keys=[(str(rank), "ascending") for rank in ranked]).to_numpy().astype(np.int64)
    taken = tuple(column.take(pa.array(order)) for column in columns)
    masks = {rank: mask[order] for rank, mask in numbers.items()}
    yield Raw(table.name, header, taken, np.arange(1, len(order) + 1, dtype=np.int64), None, masks)
