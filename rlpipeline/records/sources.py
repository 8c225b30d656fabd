"""The kinds of source, a folder of CSV files, a workbook, a database: tables as texts with their lines."""

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.characters import GUARDED, unguarded
from rlpipeline.errors import ToolError, UsageError
from rlpipeline.records import tabular
from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.names import NOTES, nearest, simplified
from rlpipeline.records.table import Raw
from rlpipeline.records.tables import SENTENCES, TABLE_NAMES, Mask, said, table_named
from rlpipeline.records.tabular import (
    ROWS_AT_ONCE,
    SQLITE_SUFFIXES,
    WORKBOOK_SUFFIXES,
    Sheet,
    UnreadError,
    text_of,
)

SEPARATORS = {",": ";", ";": ","}  # each with the other
FOREIGN_SEPARATORS = {"\t": "la tabulation", "|": "la barre « | »"}
HEADER_ROWS = (
    20  # rows among which the headers are looked for: a title or an example may stand above them
)
_NOT_READ = (
    ".tsv",
    *WORKBOOK_SUFFIXES,
    *tabular.OTHER_SUFFIXES,
    *SQLITE_SUFFIXES,
)  # in a folder of CSV files
_FILE = "Le fichier"
_FAULTS = {"formula": "E107", "error": "E108 cell", "merged": "E012"}


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

    def read(self, what: str, readers: Mapping[str, Callable[[str], Raw]]) -> "Source":
        """Read every table that is named so, of what bears the name, in French with its article: « Le fichier »."""
        names, findings = match_tables(readers, what)
        self.findings += findings
        self.present = frozenset(names)
        for table, name in names.items():
            try:
                self.tables[table] = raw = readers[name](table)
                self.findings += raw.findings
            except UnreadError as error:
                self.refuse(error, table)
        return self

    def refuse(self, error: UnreadError, table: str = "") -> None:
        """Say what prevents a table, or all of it, from being read."""
        shown = error.where and Path(error.where).name
        self.findings.append(finding(error.code, table, error.row, None, shown, error.what))


def match_tables(written: Collection[str], what: str) -> tuple[dict[str, str], list[Finding]]:
    """Match names of files, sheets or tables with the contract's: name there to name as written,
    and findings. ``what`` bears the name, in French with its article: « Le fichier »."""
    names: dict[str, str] = {}
    findings: list[Finding] = []
    for name in sorted(written, key=lambda item: item not in TABLE_NAMES):
        table = simplified(name)
        of_name: dict[str, Any] = {"what": what, "written": name}
        if table not in TABLE_NAMES:
            hint = _hint_of_table(name)
            findings.append(finding("A001", name, hint=hint, **of_name))
        elif table in names:
            twice = finding("E009", table, valeur=name, first=names[table], **of_name)
            findings.append(twice)
        else:
            names[table] = name
            if name != table:
                findings.append(finding("A004", table, valeur=name, meant=table, **of_name))
    return names, findings


def _hint_of_table(name: str) -> str:
    """Which table a name may stand for, in French."""
    near = nearest(name, TABLE_NAMES)
    return said("A001 near", near=near) if near else said("A001 far")


def is_database(source: str) -> bool:
    """Whether the source is a database: an address with a scheme, or the path of a SQLite file."""
    return "://" in source or Path(source).suffix.lower() in SQLITE_SUFFIXES


def read_source(source: str) -> Source:
    """Read a source of any kind, without ever writing to it.

    Raises
    ------
    UsageError
        There is nothing there, or it is of another kind.
    ToolError
        The database does not answer, or the system refuses the file.
    """
    read = Source()
    reader = _reader_of(source)
    try:
        return reader(source, read)
    except UnreadError as error:
        read.refuse(error)
        return read
    except OSError as error:
        todo = "vérifier que ce compte a le droit de la lire, et que le disque répond"
        what = "Le système refuse la lecture de la source."
        raise ToolError(what, error.filename, got=error.strerror, todo=todo) from error


def _reader_of(source: str) -> Callable[[str, Source], Source]:
    """What reads a source of this kind. UsageError where it is of none."""
    path = Path(source)
    if is_database(source):
        return _of_database
    if path.is_dir():
        return _of_folder
    if path.is_file() and path.suffix.lower() in WORKBOOK_SUFFIXES:
        return _of_workbook
    todo = SENTENCES.get(f"E010 {path.suffix.lower()}", "corriger --source")
    what = "La source est introuvable."
    if path.exists():
        what = "Ce fichier n'est pas une source de données."
    raise UsageError(what, where=source, expected=said("E010 source"), todo=todo)


def _of_database(source: str, read: Source) -> Source:
    """Read the tables of a database, in one transaction."""
    # Each kind imports its own drivers: who reads a folder does not wait for those of a database.
    from rlpipeline.records.database import names_of, reading, sheet_of  # noqa: PLC0415

    with reading(source) as connection:

        def of_table(written: str, name: str) -> Raw:
            return _of_sheet(sheet_of(connection, written), name)

        readers = {name: partial(of_table, name) for name in names_of(connection)}
        return read.read("la table", readers)


def _of_workbook(source: str, read: Source) -> Source:
    """Read the sheets of a workbook, but those that nobody takes for a table."""
    sheets = [sheet for sheet in tabular.workbook_sheets(Path(source)) if _may_be_table(sheet)]
    readers = {sheet.name: partial(_of_sheet, sheet) for sheet in sheets}
    return read.read("La feuille", readers)


def _may_be_table(sheet: Sheet) -> bool:
    """Whether a sheet has the name of a table, or is neither blank nor a notice."""
    name = simplified(sheet.name)
    if name in TABLE_NAMES:
        return True
    is_filled = bool(sheet.faults) or any(map(_filled_width, sheet.rows))
    return is_filled and name not in NOTES


def sheets_of(path: Path) -> list[Sheet]:
    """Read every table of a file: CSV, workbook (.xlsx, .xls, .ods), SQLite. UnreadError where the file is none of
    these, is damaged, locked by a password or too large."""
    suffix = path.suffix.lower()
    if suffix in tabular.TEXT_SUFFIXES:
        rows = [cells or [] for _, cells in tabular.text_rows(path, strict=False)]
        return [Sheet(path.stem, rows)]
    if suffix in SQLITE_SUFFIXES:
        from rlpipeline.records.database import names_of, reading, sheet_of  # noqa: PLC0415 - as above

        with reading(str(path)) as connection:
            return [sheet_of(connection, name) for name in names_of(connection)]
    return tabular.workbook_sheets(path)


def _of_folder(source: str, read: Source) -> Source:
    """Read the CSV files of a folder; files of other kinds that may hold a table are named."""
    files: dict[str, Path] = {}
    shown = [path for path in Path(source).iterdir() if path.name[0] not in ".~"]
    for path in sorted(shown):
        suffix, is_table = path.suffix.lower(), simplified(path.stem) in TABLE_NAMES
        if path.is_file() and suffix in _NOT_READ:
            read.findings.append(finding("A006", "", valeur=path.name, written=path.name))
        if suffix != ".csv" or not (path.is_file() or is_table):
            continue
        if path.stem in files and is_table:  # « jeunes.CSV », « jeunes.csv »
            read.findings.append(_of_one_table(files[path.stem].name, path.name))
        files[path.stem] = path
    return read.read(_FILE, {stem: partial(_of_file, path) for stem, path in files.items()})


def _of_one_table(written: str, first: str) -> Finding:
    """Two files of one table."""
    table = simplified(Path(written).stem)
    return finding("E009", table, valeur=written, what=_FILE, written=written, first=first)


def _of_file(path: Path, name: str) -> Raw:
    """Read a CSV file. What cannot be opened, or never ends, is not opened (UnreadError)."""
    if path.is_file():
        return read_csv(path.read_bytes(), name)
    what = "autre chose"
    if path.is_dir():
        what = "un dossier"
    elif path.is_symlink() and not path.exists():
        what = "un lien vers un fichier qui n'existe pas"
    raise UnreadError("E010 file", str(path), written=path.name, what=what)


def read_csv(data: bytes, name: str) -> Raw:
    """Cut one CSV file into cells, with a finding for each row that cannot be cut.

    Raises
    ------
    UnreadError
        Nothing of it can be cut: its encoding, its separator or its header.
    """
    text, mixed, wide = tabular.decoded(data)
    if wide:
        raise UnreadError("E004")
    lines = tabular.lines_of(text)
    first = _first_line(lines)
    separator = _separator(lines[first : first + HEADER_ROWS], name, first + 1)
    rows = tabular.rows_of(lines, separator, first)
    start, titles = next(rows)
    if titles is None:
        raise UnreadError("E007", row=start)
    cut = _Cut(name, _header(titles), lines, separator)
    kept: Iterator[list[str]] = cut.kept(rows)
    if any(mark in text for mark in GUARDED):
        kept = ([*map(unguarded, cells)] for cells in kept)
    columns, _ = _columns(kept, len(cut.header))
    damage = [finding("E004 mixed", name, line) for line in mixed]
    return Raw(
        name,
        cut.header,
        columns,
        lines=np.array(cut.lines, np.int64),
        header_line=start,
        lost=frozenset(cut.lost),
        findings=(*damage, *cut.findings),
    )


def _first_line(lines: Sequence[str]) -> int:
    """The rank of the first line that is written, after « sep=; ». UnreadError where none is."""
    for rank, line in enumerate(lines):
        title = line.strip("\r\n\ufeff\t ,;").casefold()
        if title and not title.startswith("sep="):
            return rank
    raise UnreadError("E003 file")


@dataclass
class _Cut:
    """The rows of a CSV file cut into cells: the lines ``kept``, what is wrong with the others, and
    every text that these hold."""

    name: str
    header: tuple[str, ...]
    texts: Sequence[str]
    separator: str
    lines: list[int] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    lost: set[str] = field(default_factory=set)

    def kept(self, rows: Iterable[tuple[int, list[str] | None]]) -> Iterator[list[str]]:
        """The rows that are as wide as the header, a finding for each of the others."""
        width = len(self.header)
        for line, cells in rows:
            if cells is None:
                parts = self.texts[line - 1].split(self.separator)
                unquoted = (part.strip().strip('"') for part in parts)
                self._lose(finding("E007", self.name, line), unquoted)
            elif self._has_width(cells):
                self.lines.append(line)
                yield cells[:width]
            elif any(map(str.strip, cells)):
                self._lose(self._of_width(line, cells), map(str.strip, cells))

    def _has_width(self, cells: Sequence[str]) -> bool:
        """Whether a row is as wide as the header, or wider by empty cells alone."""
        width = len(self.header)
        if len(cells) <= width:
            return len(cells) == width
        return len(_header(cells)) <= width

    def _of_width(self, line: int, cells: Sequence[str]) -> Finding:
        """What is wrong with a row that has more or fewer cells than the header."""
        width, other = len(self.header), SEPARATORS[self.separator]
        sentence = "E006 more" if len(cells) > width else "E006 fewer"
        cut = next(csv.reader(cells, delimiter=other), [])
        if len(cells) == 1 and len(cut) == width:
            sentence = "E006 other"
        todo = said(sentence, other=other, separator=self.separator)
        return finding("E006", self.name, line, cells=len(cells), width=width, todo=todo)

    def _lose(self, item: Finding, texts: Iterable[str]) -> None:
        """Leave a row out, with what it holds."""
        self.findings.append(item)
        self.lost.update(texts)


def _columns_named(cells: Iterable[object], name: str) -> int:
    """How many columns of a table these cells name."""
    titles = {simplified(cell) for cell in cells if isinstance(cell, str)}
    return len(titles.intersection(table_named(name).column_names))


def _separator(top: Sequence[str], name: str, line: int) -> str:
    """The separator of a CSV file, by the first of its ``top`` lines, which is the header.

    Raises
    ------
    UnreadError
        The header is below, or the separator is ambiguous or unknown.
    """
    is_header = [_has_header(row, name) for row in top]
    if not is_header[0] and any(is_header):
        raise UnreadError("E013", row=line, line=line + is_header.index(True))
    fields = {sign: next(csv.reader(top[:1], delimiter=sign), []) for sign in SEPARATORS}
    widths = [len(cells) for cells in fields.values()]
    if min(widths) > 1:
        raise UnreadError("E005 mixed", row=line)
    foreign = [words for sign, words in FOREIGN_SEPARATORS.items() if sign in top[0]]
    if max(widths) == 1 and foreign:
        raise UnreadError("E005 foreign", row=line, words=foreign[0])
    return max(SEPARATORS, key=lambda sign: (len(fields[sign]), _columns_named(fields[sign], name)))


def _has_header(row: str, name: str) -> bool:
    """Whether a line has two names of columns at least, by any separator."""
    cut = [[part.strip(' "\r\n') for part in row.split(sign)] for sign in SEPARATORS]
    return max(_columns_named(cells, name) for cells in cut) > 1


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    """The cells up to the last that is not blank."""
    filled = [rank + 1 for rank, cell in enumerate(cells) if cell.strip()]
    return tuple(cells[: max(filled, default=0)])


def _columns(
    rows: Iterable[Sequence[object]], width: int, flags: Collection[int] = ()
) -> tuple[tuple[pa.ChunkedArray, ...], dict[int, Mask]]:
    """The columns of rows as texts, and where they hold a number, by their place. ``flags`` are
    the places of columns where a database writes yes and no as 1 and 0."""
    texts: list[list[pa.Array]] = [[] for _ in range(width)]
    numbers: list[list[Mask]] = [[] for _ in range(width)]
    rows = iter(rows)
    while batch := [*islice(rows, ROWS_AT_ONCE)]:
        for place, column in enumerate(zip(*batch, strict=True)):
            texts[place].append(_texts_of(column, place in flags))
            numbers[place].append(np.fromiter(map(_is_number, column), bool, len(column)))
    masks = {place: np.concatenate(parts) for place, parts in enumerate(numbers) if parts}
    masks = {place: mask for place, mask in masks.items() if mask.any()}
    return tuple(pa.chunked_array(parts, pa.large_string()) for parts in texts), masks


def _is_number(cell: object) -> bool:
    """Whether a cell holds a number, and no yes or no."""
    return isinstance(cell, int | float | Decimal) and not isinstance(cell, bool)


def _texts_of(column: Sequence[object], is_flag: bool) -> pa.Array:
    """The cells of a column as texts."""
    if {*map(type, column)} <= {str, type(None)}:
        return pa.array(column, pa.large_string())
    cells = [bool(cell) if is_flag and cell in (0, 1) else cell for cell in column]
    return pa.array([*map(text_of, cells)], pa.large_string())


def _of_sheet(sheet: Sheet, name: str) -> Raw:
    """A sheet as a table, its header where it is. UnreadError where it has none."""
    first = 0 if sheet.is_ranked else _header_row(sheet, name)
    titles = [(text_of(cell) or "").strip() for cell in sheet.rows[first]]
    rows = sheet.rows[first + 1 :]
    width = max([len(_header(titles)), *map(_filled_width, rows)])
    header = tuple(titles[:width])
    flags = _flags_among(header, name) if sheet.is_ranked else []
    columns, numbers = _columns((row[:width] for row in rows), width, flags)
    faults = [fault for fault in sheet.faults if fault.row >= first and fault.column < width]
    raw = Raw(
        name,
        header,
        columns,
        lines=np.arange(first + 2, len(sheet.rows) + 1, dtype=np.int64),
        header_line=first + 1,
        numbers=numbers,
        damaged=_damaged(faults),
        findings=_of_faults(sheet, faults, name, titles),
    )
    return _ranked(raw) if sheet.is_ranked else raw


def _flags_among(header: Sequence[str], name: str) -> list[int]:
    """The places of the columns of yes and no, which a database writes as 1 and 0."""
    kinds = {column.name: column.kind for column in table_named(name).columns}
    titles = map(simplified, header)
    return [place for place, title in enumerate(titles) if kinds.get(title) == "flag"]


def _damaged(faults: Iterable[tabular.Fault]) -> frozenset[tuple[int, int]]:
    """Line and column of the cells that have a finding of their own: merged ones are read."""
    unread = [fault for fault in faults if fault.kind != "merged"]
    return frozenset((fault.row + 1, fault.column) for fault in unread)


def _of_faults(
    sheet: Sheet, faults: Iterable[tabular.Fault], name: str, header: Sequence[str]
) -> tuple[Finding, ...]:
    """What is said of a sheet that is hidden, and of each cell that reads as empty."""
    hidden = [finding("A005", name, written=sheet.name)] if sheet.hidden else []
    return (*hidden, *(_of_fault(fault, name, header) for fault in faults))


def _header_row(sheet: Sheet, name: str) -> int:
    """The row of a sheet that has most names of columns, two at least, else the first that is
    filled. UnreadError where none is."""
    named = [_columns_named(row, name) for row in sheet.rows[:HEADER_ROWS]]
    if max(named, default=0) > 1:
        return named.index(max(named))
    filled = [rank for rank, row in enumerate(sheet.rows) if _filled_width(row)]
    if not filled:
        raise UnreadError("E003 sheet")
    return filled[0]


def _filled_width(row: Sequence[object]) -> int:
    """How many cells a row has, up to the last that is filled."""
    return max((rank + 1 for rank, cell in enumerate(row) if cell is not None), default=0)


def _of_fault(fault: tabular.Fault, name: str, header: Sequence[str]) -> Finding:
    """What is wrong with a cell that reads as empty."""
    cell = tabular.cell_name(fault.row, fault.column)
    shown = header[fault.column] or None, fault.text or None
    return finding(_FAULTS[fault.kind], name, fault.row + 1, *shown, cell=cell)


def _ranked(raw: Raw) -> Raw:
    # The rank of a record does not depend on the order of writing.
    key, names = table_named(raw.name).key, [simplified(title) for title in raw.header]
    ranked = sorted(range(len(names)), key=lambda rank: (names[rank] not in key, rank))
    frame = pa.table({str(rank): raw.columns[rank] for rank in ranked})
    keys = [(str(rank), "ascending") for rank in ranked]
    order = pc.sort_indices(frame, sort_keys=keys) if keys else pa.array([], pa.int64())
    columns = tuple(column.take(order) for column in raw.columns)
    masks = {rank: mask[order.to_numpy()] for rank, mask in raw.numbers.items()}
    return replace(raw, columns=columns, lines=raw.lines - 1, header_line=None, numbers=masks)
