"""The kinds of source, a folder of CSV files, a workbook, a database: tables as texts with their lines."""

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
from rlpipeline.records.tables import TABLE_NAMES, Lines, Mask, table_named
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

SEPARATORS = {",": ";", ";": ","}  # each with the other
FOREIGN_SEPARATORS = {"\t": "la tabulation", "|": "la barre « | »"}
HEADER_ROWS = 20  # rows among which the headers are looked for: a title or an example may stand above them
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
    where the source holds a number, by position of a column; ``damaged`` the line and column position of the cells that
    already have a finding; ``lost`` every text of the rows that could not be cut."""

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
    """Match names of files, sheets or tables with the contract's: name there to name as written, and findings. ``what``
    bears the name, in French with its article: « Le fichier »."""
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
    """Read a source of any kind, without ever writing to it. UsageError: there is nothing there, or it is of another
    kind. ToolError: the database does not answer, or the system refuses the file."""
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
        what, todo = (
            "Le système refuse la lecture de la source.",
            "vérifier que ce compte a le droit de la lire, et que",
        )
        raise ToolError(what, error.filename, got=error.strerror, todo=f"{todo} le disque répond") from error
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
        elif path in of_csv and first and first != path and table in TABLE_NAMES:  # « jeunes.CSV », « jeunes.csv »
            name = path.name
            source.findings.append(
                finding("E009", table, valeur=name, what="Le fichier", written=name, first=first.name)
            )
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
    """Cut one CSV file into cells: the table, as written, and a finding for each row that cannot be cut. UnreadError
    where nothing of it can be cut: its encoding, its separator or its header."""
    text, mixed, wide = decoded(data)
    if wide:
        raise UnreadError("E004")
    yield from (finding("E004 mixed", name, line) for line in mixed)
    titles = (line.strip("\r\n\ufeff\t ,;").casefold() for line in lines_of(text))
    first = next((rank for rank, title in enumerate(titles) if title and not title.startswith("sep=")), None)
    if first is None:
        raise UnreadError("E003 file")
    separator = _separator([*islice(lines_of(text), first, first + HEADER_ROWS)], name, first + 1)
    table = _cut_at_once(text, first, separator, name)
    for item in [table] if table else _by_row(text, first, separator, name):
        if isinstance(item, Raw) and any(mark in text for mark in GUARDED):
            encoded = [column.combine_chunks().dictionary_encode() for column in item.columns]
            texts = [[cell and unguarded(cell) for cell in column.dictionary.to_pylist()] for column in encoded]
            both = zip(texts, encoded, strict=True)
            columns = [pa.array(cells, pa.large_string()).take(column.indices) for cells, column in both]
            yield replace(item, columns=tuple(pa.chunked_array([column]) for column in columns))
        else:
            yield item


def _columns_named(cells: Iterable[object], name: str) -> int:
    return len({simplified(cell) for cell in cells if isinstance(cell, str)} & {*table_named(name).column_names})


def _separator(top: Sequence[str], name: str, line: int) -> str:
    cut = ([[part.strip(' "\r\n') for part in row.split(sign)] for sign in SEPARATORS] for row in top)
    named = [max(_columns_named(cells, name) for cells in ways) > 1 for ways in cut]
    if True in named[1:] and not named[0]:
        raise UnreadError("E013", row=line, line=line + named.index(True))
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
    written, other = [*lines_of(text)], SEPARATORS[separator]
    rows = rows_of(written, separator, first)
    start, titles = next(rows)
    if titles is None:
        raise UnreadError("E007", row=start)
    header = _header(titles)
    kept: dict[int, list[str]] = {}
    lost: set[str] = set()
    for line, cells in rows:
        if cells is None:
            yield finding("E007", name, line)
            lost.update(part.strip().strip('"') for part in written[line - 1].split(separator))
        elif cells and len(_header(cells)) <= len(header) <= len(cells):
            kept[line] = cells[: len(header)]
        elif any(map(str.strip, cells)):
            of_other = len(cells) == 1 and len(next(csv.reader(cells, delimiter=other), [])) == len(header)
            sentence = "E006 other" if of_other else "E006 more" if len(cells) > len(header) else "E006 fewer"
            todo = said(sentence, other=other, separator=separator)
            yield finding("E006", name, line, cells=len(cells), width=len(header), todo=todo)
            lost.update(map(str.strip, cells))
    columns, _ = _columns([[*kept.values()]], len(header))
    yield Raw(name, header, columns, np.array([*kept], np.int64), start, lost=frozenset(lost))


def _columns(
    batches: Iterable[Sequence[Sequence[object]]], width: int, flags: Collection[int] = ()
) -> tuple[tuple[pa.ChunkedArray, ...], dict[int, Mask]]:
    texts: list[list[pa.Array]] = [[] for _ in range(width)]
    numbers: list[list[Mask]] = [[] for _ in range(width)]
    for rows in batches:
        for place, column in enumerate(zip(*rows, strict=True)):
            logical = [bool(cell) if isinstance(cell, int) and cell in (0, 1) else cell for cell in column]
            cells = (cell if type(cell) is str else text_of(cell) for cell in (logical if place in flags else column))
            texts[place].append(pa.array([*cells], pa.large_string()))
            are = (isinstance(cell, int | float | Decimal) and not isinstance(cell, bool) for cell in column)
            numbers[place].append(np.fromiter(are, bool, len(column)))
    masks = {place: np.concatenate(parts) for place, parts in enumerate(numbers) if parts}
    columns = tuple(pa.chunked_array(parts, pa.large_string()) for parts in texts)
    return columns, {place: mask for place, mask in masks.items() if mask.any()}


def _of_workbook(path: Path) -> Source:
    source, meant = Source(), dict[str, Sheet]()
    for sheet in workbook_sheets(path):
        written = bool(sheet.faults) or any(cell is not None for row in sheet.rows for cell in row)
        if simplified(sheet.name) in TABLE_NAMES or (written and simplified(sheet.name) not in NOTES):
            meant[sheet.name] = sheet
    for table, name in source.match(meant, "La feuille").items():
        if meant[name].hidden:
            source.findings.append(finding("A005", table, written=name))
        source.add(table, _read_sheet(meant[name], table))
    return source


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
            source.add(table, _read_rows(batches_of(connection, name), table))
    return source


def _read_rows(batches: Iterator[Sequence[Sequence[object]]], name: str) -> Iterator[Raw]:
    header, table = tuple(map(str, next(batches)[0])), table_named(name)
    names = [simplified(column) for column in header]
    flags = {column.name for column in table.columns if column.kind == "flag"}
    columns, numbers = _columns(batches, len(header), [at for at, column in enumerate(names) if column in flags])
    order = np.empty(0, np.int64)
    if header:
        ranked = sorted(range(len(header)), key=lambda rank: (names[rank] not in table.key, rank))
        frame = pa.table({str(rank): columns[rank] for rank in ranked})
        order = pc.sort_indices(frame, sort_keys=[(str(rank), "ascending") for rank in ranked]).to_numpy()
    taken = tuple(column.take(pa.array(order)) for column in columns)
    masks = {rank: mask[order] for rank, mask in numbers.items()}
    yield Raw(name, header, taken, np.arange(1, len(order) + 1, dtype=np.int64), None, masks)
