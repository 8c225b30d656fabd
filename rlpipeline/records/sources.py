"""The kinds of source, a folder of CSV files, a workbook, a database: tables as texts with their lines."""

import csv
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import partial
from itertools import islice
from pathlib import Path

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
            findings.append(
                finding("E009", table, valeur=name, what=what, written=name, first=names[table])
            )
        else:
            names[table] = name
            if name != table:
                findings.append(
                    finding("A004", table, valeur=name, what=what, written=name, meant=table)
                )
    return names, findings


def is_database(source: str) -> bool:
    """Whether the source is a database: an address with a scheme, or the path of a SQLite file."""
    return "://" in source or Path(source).suffix.lower() in SQLITE_SUFFIXES


def read_source(source: str) -> Source:
    """Read a source of any kind, without ever writing to it. UsageError: there is nothing there, or it is of another
    kind. ToolError: the database does not answer, or the system refuses the file."""
    path, read, readers = Path(source), Source(), dict[str, Callable[[str], Raw]]()
    try:
        if is_database(source):
            # Each kind imports its own drivers: who reads a folder does not wait for those of a database.
            from rlpipeline.records.database import names_of, reading, sheet_of  # noqa: PLC0415

            with reading(source) as connection:

                def of_table(written: str, name: str) -> Raw:
                    return _of_sheet(sheet_of(connection, written), name)

                return read.read(
                    "la table", {name: partial(of_table, name) for name in names_of(connection)}
                )
        if path.is_dir():
            return _of_folder(path, read)
        if path.is_file() and path.suffix.lower() in WORKBOOK_SUFFIXES:
            for sheet in tabular.workbook_sheets(path):
                blank = not sheet.faults and all(cell is None for row in sheet.rows for cell in row)
                if simplified(sheet.name) in TABLE_NAMES or not (
                    blank or simplified(sheet.name) in NOTES
                ):
                    readers[sheet.name] = partial(_of_sheet, sheet)
            return read.read("La feuille", readers)
    except UnreadError as error:
        read.refuse(error)
        return read
    except OSError as error:
        todo = "vérifier que ce compte a le droit de la lire, et que le disque répond"
        what = "Le système refuse la lecture de la source."
        raise ToolError(what, error.filename, got=error.strerror, todo=todo) from error
    what = (
        "Ce fichier n'est pas une source de données."
        if path.exists()
        else "La source est introuvable."
    )
    todo = SENTENCES.get(f"E010 {path.suffix.lower()}", "corriger --source")
    raise UsageError(what, where=source, expected=said("E010 source"), todo=todo)


def sheets_of(path: Path) -> list[Sheet]:
    """Read every table of a file: CSV, workbook (.xlsx, .xls, .ods), SQLite. UnreadError where the file is none of
    these, is damaged, locked by a password or too large."""
    suffix = path.suffix.lower()
    if suffix in tabular.TEXT_SUFFIXES:
        return [
            Sheet(path.stem, [cells or [] for _, cells in tabular.text_rows(path, strict=False)])
        ]
    if suffix in SQLITE_SUFFIXES:
        from rlpipeline.records.database import names_of, reading, sheet_of  # noqa: PLC0415 - as above

        with reading(str(path)) as connection:
            return [sheet_of(connection, name) for name in names_of(connection)]
    return tabular.workbook_sheets(path)


def _of_folder(folder: Path, source: Source) -> Source:
    what, files = "Le fichier", dict[str, Path]()
    for path in sorted(path for path in folder.iterdir() if path.name[0] not in ".~"):
        suffix, table = path.suffix.lower(), simplified(path.stem)
        if path.is_file() and suffix in _NOT_READ:
            source.findings.append(finding("A006", "", valeur=path.name, written=path.name))
        elif suffix == ".csv" and (path.is_file() or table in TABLE_NAMES):
            if path.stem in files and table in TABLE_NAMES:  # « jeunes.CSV », « jeunes.csv »
                name = files[path.stem].name
                source.findings.append(
                    finding("E009", table, valeur=name, what=what, written=name, first=path.name)
                )
            files[path.stem] = path
    return source.read(what, {stem: partial(_of_file, path) for stem, path in files.items()})


def _of_file(path: Path, name: str) -> Raw:
    if path.is_file():
        return read_csv(path.read_bytes(), name)
    # What cannot be opened, or never ends, is not opened: a link to nothing, a pipe, a device, a folder.
    what = (
        "un lien vers un fichier qui n'existe pas"
        if path.is_symlink() and not path.exists()
        else "autre chose"
    )
    raise UnreadError(
        "E010 file", str(path), written=path.name, what="un dossier" if path.is_dir() else what
    )


def read_csv(data: bytes, name: str) -> Raw:
    """Cut one CSV file into cells, with a finding for each row that cannot be cut. UnreadError where nothing of it can
    be cut: its encoding, its separator or its header."""
    text, mixed, wide = tabular.decoded(data)
    if wide:
        raise UnreadError("E004")
    lines = tabular.lines_of(text)
    starts = (line.strip("\r\n\ufeff\t ,;").casefold() for line in lines)
    first = next(
        (rank for rank, title in enumerate(starts) if title and not title.startswith("sep=")), None
    )
    if first is None:
        raise UnreadError("E003 file")
    separator = _separator(lines[first : first + HEADER_ROWS], name, first + 1)
    rows = tabular.rows_of(lines, separator, first)
    start, titles = next(rows)
    if titles is None:
        raise UnreadError("E007", row=start)
    header = _header(titles)
    findings, kept, lost = (
        [finding("E004 mixed", name, line) for line in mixed],
        list[int](),
        set[str](),
    )
    is_guarded = any(mark in text for mark in GUARDED)

    def cut() -> Iterator[Sequence[object]]:
        width, other = len(header), SEPARATORS[separator]
        for line, cells in rows:
            if cells is None:
                findings.append(finding("E007", name, line))
                lost.update(part.strip().strip('"') for part in lines[line - 1].split(separator))
            elif len(cells) == width or (cells and len(_header(cells)) <= width <= len(cells)):
                kept.append(line)
                yield [*map(unguarded, cells[:width])] if is_guarded else cells[:width]
            elif any(map(str.strip, cells)):
                of_other = (
                    len(cells) == 1 and len(next(csv.reader(cells, delimiter=other), [])) == width
                )
                sentence = (
                    "E006 other"
                    if of_other
                    else "E006 more"
                    if len(cells) > width
                    else "E006 fewer"
                )
                todo = said(sentence, other=other, separator=separator)
                findings.append(
                    finding("E006", name, line, cells=len(cells), width=width, todo=todo)
                )
                lost.update(map(str.strip, cells))

    columns, _ = _columns(cut(), len(header))
    lines_kept = np.array(kept, np.int64)
    return Raw(
        name, header, columns, lines_kept, start, lost=frozenset(lost), findings=tuple(findings)
    )


def _columns_named(cells: Iterable[object], name: str) -> int:
    return len(
        {simplified(cell) for cell in cells if isinstance(cell, str)}
        & {*table_named(name).column_names}
    )


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
    return tuple(
        cells[: max((rank + 1 for rank, cell in enumerate(cells) if cell.strip()), default=0)]
    )


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
    header = [(text_of(cell) or "").strip() for cell in sheet.rows[first]]
    rows = sheet.rows[first + 1 :]
    width = max([len(_header(header)), *map(_filled_width, rows)])
    kinds = {column.name: column.kind for column in table_named(name).columns if sheet.is_ranked}
    flags = [place for place, title in enumerate(header) if kinds.get(simplified(title)) == "flag"]
    columns, numbers = _columns((row[:width] for row in rows), width, flags)
    faults = [fault for fault in sheet.faults if fault.row >= first and fault.column < width]
    unread = [fault for fault in faults if fault.kind != "merged"]
    of_faults = [_of_fault(fault, name, header) for fault in faults]
    hidden = [finding("A005", name, written=sheet.name)] if sheet.hidden else []
    raw = Raw(
        name=name,
        header=tuple(header[:width]),
        columns=columns,
        lines=np.arange(first + 2, len(sheet.rows) + 1, dtype=np.int64),
        header_line=first + 1,
        numbers=numbers,
        damaged=frozenset((fault.row + 1, fault.column) for fault in unread),
        findings=(*hidden, *of_faults),
    )
    return _ranked(raw) if sheet.is_ranked else raw


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
