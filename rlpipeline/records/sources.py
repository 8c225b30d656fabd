"""The kinds of source, a folder of CSV files, a workbook, a database: tables as texts with their lines."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from rlpipeline.characters import GUARDED, unguarded
from rlpipeline.errors import ToolError, UsageError
from rlpipeline.records.findings import Finding, finding, renamed
from rlpipeline.records.names import NOTES, nearest, simplified
from rlpipeline.records.schema import Lines, Mask, Table
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.records.tabular import (
    IN_UTF_16,
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
from rlpipeline.records.values import number_mask, text_array, text_of

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
_FAULTS = {
    "formula": (
        "E107",
        "La formule de la cellule {cell} n'a pas de valeur enregistrée ; ouvrir le classeur dans un tableur, le "
        "laisser calculer et l'enregistrer, ou taper la valeur.",
    ),
    "error": ("E108", "La cellule {cell} contient une erreur de calcul ; corriger la formule ou taper la valeur."),
    "merged": (
        "E012",
        "La cellule {cell} est fusionnée avec ses voisines, qui se lisent donc vides ; annuler la fusion et remplir "
        "chaque cellule.",
    ),
}

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
            self.findings.append(finding(error.code, name, error.what, error.row))


def match_tables(written: Collection[str], what: str) -> tuple[dict[str, str], list[Finding]]:
    """Match names of files, sheets or tables with those of the contract: name there to name as written, and findings.

    ``what`` bears the name, in French with its article: « Le fichier ».
    """
    names: dict[str, str] = {}
    findings: list[Finding] = []
    for name in sorted(written, key=lambda item: item not in TABLE_NAMES):
        table = simplified(name)
        if table not in TABLE_NAMES:
            near = nearest(name, TABLE_NAMES)
            hint = (
                f"le renommer « {near} » s'il s'agit de cette table" if near else "rien à faire s'il sert à autre chose"
            )
            message = f"{what} « {name} » n'est pas lu : aucune table n'a ce nom ; {hint}."
            findings.append(finding("A001", name, message))
        elif table in names:
            findings.append(_twice(table, name, names[table], what))
        else:
            names[table] = name
            findings += [renamed(table, name, table, what)] if name != table else []
    return names, findings


def _twice(table: str, name: str, first: str, what: str) -> Finding:
    message = f"{what} « {name} » et « {first} » donnent la même table ; n'en garder qu'un."
    return finding("E009", table, message, valeur=name)


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
    path = Path(source)
    try:
        if is_database(source):
            return _of_database(source)
        if path.is_dir():
            return _of_folder(path)
        if path.is_file() and path.suffix.lower() in WORKBOOK_SUFFIXES:
            return _of_workbook(path)
    except UnreadError as error:
        name = Path(error.where or path).name
        return Source(findings=[finding(error.code, "", error.what, valeur=name)])
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
    """Every ``<table>.csv``; files of another kind are left alone and said."""
    source = Source()
    entries = sorted(path for path in folder.iterdir() if path.name[0] not in ".~")
    of_csv = [path for path in entries if path.suffix.lower() == ".csv"]
    meant = [path for path in of_csv if path.is_file() or simplified(path.stem) in TABLE_NAMES]
    by_stem = {path.stem: path for path in meant}
    names = source.match(by_stem, "Le fichier")
    for path in entries:
        unread = (".tsv", *WORKBOOK_SUFFIXES, *OTHER_SUFFIXES, *SQLITE_SUFFIXES)
        if path.is_file() and path.suffix.lower() in unread:
            message = (
                f"Le fichier « {path.name} » n'est pas lu : un dossier se lit par ses fichiers .csv ; l'en retirer."
            )
            source.findings.append(finding("A006", "", message, valeur=path.name))
    for path in meant:  # « jeunes.CSV » beside « jeunes.csv »
        if path != by_stem[path.stem] and simplified(path.stem) in TABLE_NAMES:
            source.findings.append(_twice(simplified(path.stem), path.name, by_stem[path.stem].name, "Le fichier"))
    for name, stem in names.items():
        path = by_stem[stem]
        if path.is_file():
            source.add(name, read_csv(path.read_bytes(), name))
            continue
        # What cannot be opened, or never ends, is not opened: a link to nothing, a pipe, a device, a folder.
        what = "un lien vers un fichier qui n'existe pas" if path.is_symlink() and not path.exists() else "autre chose"
        what = "un dossier" if path.is_dir() else what
        message = f"« {path.name} » n'est pas un fichier mais {what}, et n'est pas lu ; mettre le fichier à sa place."
        source.findings.append(finding("E010", name, message, valeur=path.name))
    return source


def read_csv(data: bytes, name: str) -> Iterator[Finding | Raw]:
    """Cut one CSV file into cells: the table, as written, and a finding for each row that cannot be cut.

    Raises
    ------
    UnreadError
        Nothing of it can be cut: its encoding, its separator or its header.
    """
    read = decoded(data)
    if read.wide:
        raise UnreadError("E004", IN_UTF_16)
    text = read.text
    for line in read.mixed:
        message = (
            "Le fichier mêle deux encodages : cette ligne n'est pas dans celui des autres ; "
            "vérifier ses accents et enregistrer de nouveau le fichier en « CSV UTF-8 »."
        )
        yield finding("E004", name, message, line)
    first = next((rank for rank, line in enumerate(lines_of(text)) if _holds_headers(line)), None)
    if first is None:
        raise UnreadError("E003", "Le fichier est vide ; y mettre au moins la ligne des en-têtes.")
    top = [*islice(lines_of(text), first, first + HEADER_ROWS)]
    _refuse_title(top, name, first)
    separator = _separator(top[0], name, first + 1)
    table = _cut_at_once(text, first, separator, name)
    for item in [table] if table else _by_row(text, first, separator, name):
        guarded = isinstance(item, Raw) and any(mark in text for mark in GUARDED)
        yield _unguarded(item) if guarded and isinstance(item, Raw) else item


def _holds_headers(line: str) -> bool:
    """Whether the line is neither blank nor the « sep=; » that some programs write for Excel."""
    return bool(line.strip("\r\n\ufeff\t ,;")) and not line.casefold().startswith("sep=")


def _columns_named(cells: Iterable[object], name: str) -> int:
    return len({simplified(cell) for cell in cells if isinstance(cell, str)} & {*table_named(name).column_names})


def _refuse_title(top: Sequence[str], name: str, first: int) -> None:
    """Headers under a title: their line is the first that names two columns, whether or not its quotes are closed."""
    cut = [[[part.strip(' "\r\n') for part in line.split(sign)] for sign in SEPARATORS] for line in top]
    named = (max(_columns_named(cells, name) for cells in ways) for ways in cut)
    below = next((place for place, number in enumerate(named) if number > 1), 0)
    if below:
        message = (
            f"L'en-tête est attendu sur la première ligne, il semble être à la ligne {first + below + 1} ; supprimer "
            "ce qui est au-dessus de lui (titre, exemple, ligne vide)."
        )
        raise UnreadError("E013", message, row=first + 1)


def _separator(header: str, name: str, line: int) -> str:
    cut = {sign: next(csv.reader([header], delimiter=sign), []) for sign in SEPARATORS}
    widths = {sign: len(cells) for sign, cells in cut.items()}
    foreign = next((words for sign, words in FOREIGN_SEPARATORS.items() if sign in header), None)
    if min(widths.values()) > 1:
        message = "L'en-tête mêle deux séparateurs, « , » et « ; » ; n'en garder qu'un dans tout le fichier."
        raise UnreadError("E005", message, row=line)
    if max(widths.values()) == 1 and foreign:
        message = (
            f"Le séparateur semble être {foreign} ; « , » ou « ; » attendu : enregistrer de nouveau le fichier en CSV."
        )
        raise UnreadError("E005", message, row=line)
    return max(SEPARATORS, key=lambda sign: (widths[sign], _columns_named(cut[sign], name)))


def _header(cells: Sequence[str]) -> tuple[str, ...]:
    """The headers without the empty ones at the end."""
    return tuple(cells[: max((rank + 1 for rank, cell in enumerate(cells) if cell.strip()), default=0)])


def _cut_at_once(text: str, first: int, separator: str, name: str) -> Raw | None:
    """The table of plain lines, without a Python object a line; None where a quote or a ragged line asks for care."""
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
    broken = (
        "Un guillemet n'est pas refermé, ou la cellule passe 131 072 caractères ; entourer le texte de guillemets "
        'et doubler ceux qu\'il contient ("").'
    )
    if titles is None:
        raise UnreadError("E007", broken, row=start)
    header = _header(titles)
    kept: list[list[str]] = []
    lines: list[int] = []
    lost: set[str] = set()
    for line, cells in rows:
        if cells is None:
            yield finding("E007", name, broken, line)
            lost.update(part.strip().strip('"') for part in written[line - 1].split(separator))
        elif cells and len(_header(cells)) <= len(header) <= len(cells):
            kept.append(cells[: len(header)])
            lines.append(line)
        elif any(map(str.strip, cells)):
            yield _ragged(name, line, cells, len(header), separator)
            lost.update(map(str.strip, cells))
    columns, _ = _columns([kept], len(header))
    yield Raw(name, header, columns, np.array(lines, np.int64), start, lost=frozenset(lost))


def _ragged(name: str, line: int, cells: list[str], width: int, separator: str) -> Finding:
    other = SEPARATORS[1 - SEPARATORS.index(separator)]
    message = f"La ligne a {len(cells)} cellules, l'en-tête en a {width}"
    if len(cells) == 1 and len(next(csv.reader(cells, delimiter=other), [])) == width:
        message += f" ; elle semble séparée par « {other} » : employer « {separator} » comme l'en-tête."
    elif len(cells) > width:
        message += f" ; mettre entre guillemets un texte ou un nombre qui contient « {separator} »."
    else:
        message += " ; compléter la ligne (une cellule vide compte aussi son séparateur)."
    return finding("E006", name, message, line)


def _unguarded(table: Raw) -> Raw:
    """The table without the apostrophes that keep its texts from being formulas."""
    columns = []
    for column in table.columns:
        encoded = column.combine_chunks().dictionary_encode()
        texts = [text and unguarded(text) for text in encoded.dictionary.to_pylist()]
        columns.append(pa.chunked_array([pa.array(texts, pa.large_string()).take(encoded.indices)]))
    return replace(table, columns=tuple(columns))


def _columns(
    batches: Iterable[Sequence[Sequence[object]]], width: int, flags: Collection[int] = ()
) -> tuple[tuple[pa.ChunkedArray, ...], dict[int, Mask]]:
    """Rows turned into columns of texts, and where these were numbers; 1 and 0 in a yes-or-no are its words."""
    texts: list[list[pa.Array]] = [[] for _ in range(width)]
    numbers: list[list[Mask]] = [[] for _ in range(width)]
    for rows in batches:
        for place, cells in enumerate(zip(*rows, strict=True)):
            answers = (bool(cell) if isinstance(cell, int) and cell in (0, 1) else cell for cell in cells)
            texts[place].append(text_array([*answers] if place in flags else cells))
            numbers[place].append(number_mask(cells))
    masks = {place: np.concatenate(parts) for place, parts in enumerate(numbers) if parts}
    columns = tuple(pa.chunked_array(parts, pa.large_string()) for parts in texts)
    return columns, {place: mask for place, mask in masks.items() if mask.any()}


def _of_workbook(path: Path) -> Source:
    source = Source()
    sheets = {sheet.name: sheet for sheet in workbook_sheets(path) if _is_meant(sheet)}
    names = source.match(sheets, "La feuille")
    for table, name in names.items():
        if sheets[name].hidden:
            message = (
                f"La feuille « {name} » est masquée ; elle est lue : l'afficher, ou la supprimer si elle est périmée."
            )
            source.findings.append(finding("A005", table, message))
    for table, name in names.items():
        source.add(table, _read_sheet(sheets[name], table))
    return source


def _is_meant(sheet: Sheet) -> bool:
    """An empty « Feuil2 » and a notice are not tables that someone forgot."""
    if simplified(sheet.name) in TABLE_NAMES:
        return True
    filled = sheet.faults or any(cell is not None for row in sheet.rows for cell in row)
    return bool(filled) and simplified(sheet.name) not in NOTES


def _read_sheet(sheet: Sheet, name: str) -> Iterator[Finding | Raw]:
    """Cells as text; what stands above the headers, the row that names most columns of the table, is left alone."""
    named = [_columns_named(row, name) for row in sheet.rows[:HEADER_ROWS]]
    filled = (rank for rank, row in enumerate(sheet.rows) if any(cell is not None for cell in row))
    first = named.index(max(named)) if max(named, default=0) > 1 else next(filled, None)
    if first is None:
        raise UnreadError("E003", "La feuille est vide ; y mettre au moins la ligne des en-têtes.")
    header = [(text_of(cell) or "").strip() for cell in sheet.rows[first]]
    rows = sheet.rows[first + 1 :]
    ends = (max((rank + 1 for rank, cell in enumerate(row) if cell is not None), default=0) for row in rows)
    width = max(len(_header(header)), max(ends, default=0))
    columns, numbers = _columns([[row[:width] for row in rows]], width)
    faults = [fault for fault in sheet.faults if fault.row >= first and fault.column < width]
    for fault in faults:
        code, message = _FAULTS[fault.kind]
        cell = cell_name(fault.row, fault.column)
        column, shown = header[fault.column] or None, fault.text or None
        yield finding(code, name, message.format(cell=cell), fault.row + 1, column, shown)
    yield Raw(
        name,
        tuple(header[:width]),
        columns,
        np.arange(first + 2, len(sheet.rows) + 1, dtype=np.int64),
        first + 1,
        numbers,
        damaged=frozenset((fault.row + 1, fault.column) for fault in faults if fault.kind != "merged"),
    )


def _of_database(address: str) -> Source:
    # Each kind imports its own drivers: who reads a folder does not wait for those of a database.
    from rlpipeline.records.database import batches_of, damage_told, database_url, names_of, reading  # noqa: PLC0415

    source, url = Source(), database_url(address)
    with damage_told(url), reading(address) as connection:
        for table, name in source.match(names_of(connection), "la table").items():
            source.add(table, _read_rows(batches_of(connection, name), table_named(table)))
    return source


def _read_rows(batches: Iterator[Sequence[Sequence[object]]], table: Table) -> Iterator[Raw]:
    """Rows by key, then by every column: a database has no order of its own, and a rank must mean something."""
    header = tuple(map(str, next(batches)[0]))
    names = [simplified(name) for name in header]
    flags = {
        rank for rank, name in enumerate(names) if name in {one.name for one in table.columns if one.kind == "flag"}
    }
    columns, numbers = _columns(batches, len(header), flags)
    ranked = sorted(range(len(header)), key=lambda rank: (names[rank] not in table.key, rank))
    if not ranked:
        yield Raw(table.name, (), (), np.empty(0, np.int64), None)
        return
    frame = pa.table({str(rank): columns[rank] for rank in ranked})
    order = pc.sort_indices(frame, sort_keys=[(str(rank), "ascending") for rank in ranked]).to_numpy().astype(np.int64)
    lines = np.arange(1, len(order) + 1, dtype=np.int64)
    taken = tuple(column.take(pa.array(order)) for column in columns)
    yield Raw(table.name, header, taken, lines, None, {rank: mask[order] for rank, mask in numbers.items()})
