"""A folder of CSV files: encodings, separators, quotes and physical line numbers."""

from __future__ import annotations

import codecs
import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.csv as arrow_csv

from rlpipeline.characters import GUARDED, unguarded
from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.names import match_tables, simplified, twice
from rlpipeline.records.raw import RawSource, RawTable, ReadTable, text_columns
from rlpipeline.records.tables import TABLE_NAMES, table_named

SEPARATORS = (",", ";")
FOREIGN_SEPARATORS = {"\t": "la tabulation", "|": "la barre « | »"}
HEADER_LINES = 20
"""Lines among which the headers are looked for, to say where they are."""

_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+\Z")
UNREAD_SUFFIXES = (".tsv", ".xls", ".xlsx", ".xlsm", ".ods", ".sqlite", ".db", ".parquet")

# An interruption is Python's to handle, once a file is read: Arrow's own handlers lose one that comes at a read's end.
pa.enable_signal_handlers(False)
WIDE_BOMS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)
SAMPLE = 4096


def read_folder(folder: Path) -> RawSource:
    """Read every ``<table>.csv`` of a folder; files of another kind are left alone and said."""
    entries = sorted(path for path in folder.iterdir() if path.name[0] not in ".~")
    files = [path for path in entries if path.is_file()]
    meant = [path for path in entries if path.suffix.lower() == ".csv" and _is_meant(path)]
    by_stem = {path.stem: path for path in meant}
    matched = match_tables(list(by_stem), "Le fichier")
    findings = [*matched.findings, *_ignored(files), *_hidden(meant, by_stem)]
    tables: dict[str, RawTable] = {}
    for name, stem in matched.names.items():
        if by_stem[stem] not in files:
            findings.append(_no_file(by_stem[stem], name))
            continue
        read = read_csv(by_stem[stem].read_bytes(), name)
        findings += read.findings
        if read.table is not None:
            tables[name] = read.table
    return RawSource(tables, frozenset(matched.names), tuple(findings))


def _is_meant(path: Path) -> bool:
    """Whether it is a file, or stands where the file of a table should be."""
    return path.is_file() or simplified(path.stem) in TABLE_NAMES


def _hidden(meant: list[Path], by_stem: Mapping[str, Path]) -> Iterator[Finding]:
    """« jeunes.CSV » beside « jeunes.csv »."""
    for path in meant:
        table, kept = simplified(path.stem), by_stem[path.stem]
        if path != kept and table in TABLE_NAMES:
            yield twice(table, path.name, kept.name, "Le fichier")


def _no_file(path: Path, table: str) -> Finding:
    """What cannot be opened, or never ends, is not opened: a link to nothing, a pipe, a device, a folder."""
    what = "un lien vers un fichier qui n'existe pas" if path.is_symlink() and not path.exists() else "autre chose"
    if path.is_dir():
        what = "un dossier"
    message = f"« {path.name} » n'est pas un fichier mais {what}, et n'est pas lu ; mettre le fichier à sa place."
    return finding("E010", table, message, valeur=path.name)


def _ignored(files: list[Path]) -> Iterator[Finding]:
    for path in files:
        if path.suffix.lower() in UNREAD_SUFFIXES:
            message = (
                f"Le fichier « {path.name} » n'est pas lu : un dossier se lit par ses fichiers .csv ; l'en retirer."
            )
            yield finding("A006", "", message, valeur=path.name)


def read_csv(data: bytes, name: str) -> ReadTable:
    """Cut one CSV file into cells.

    Returns
    -------
    ReadTable
        The table, its cells as written; rows that cannot be cut are findings and their texts are in ``lost``.
    """
    text = decoded(data, name)
    if text.value is None:
        return ReadTable(None, text.findings)
    header = next(((index, line) for index, line in enumerate(_lines(text.value)) if _holds_headers(line[0])), None)
    if header is None:
        message = "Le fichier est vide ; y mettre au moins la ligne des en-têtes."
        return ReadTable(None, (*text.findings, finding("E003", name, message)))
    first, line = header
    below = _header_below(text.value, first, name)
    if below is not None:
        return ReadTable(None, (*text.findings, below))
    separator = _separator(line[0], name, first + 1)
    if isinstance(separator, Finding):
        return ReadTable(None, (*text.findings, separator))
    plain = _cut_at_once(text.value, line, first, separator, name)
    cut = ReadTable(plain) if plain else _by_row([match[0] for match in _lines(text.value)], first, separator, name)
    table = _unguarded(cut.table) if cut.table and any(mark in text.value for mark in GUARDED) else cut.table
    return ReadTable(table, (*text.findings, *cut.findings))


def _lines(text: str) -> Iterator[re.Match[str]]:
    """The lines, with their ends, whatever those are."""
    return _LINE.finditer(text)


def _unguarded(table: RawTable) -> RawTable:
    """The table without the apostrophes that keep its texts from being formulas."""
    columns = []
    for column in table.columns:
        encoded = column.combine_chunks().dictionary_encode()
        texts = [text and unguarded(text) for text in encoded.dictionary.to_pylist()]
        columns.append(pa.chunked_array([pa.array(texts, pa.large_string()).take(encoded.indices)]))
    return replace(table, columns=tuple(columns))


def _holds_headers(line: str) -> bool:
    """Whether the line is neither blank nor the « sep=; » that some programs write for Excel."""
    return bool(line.strip("\r\n\ufeff\t ,;")) and not line.casefold().startswith("sep=")


def _header_below(text: str, first: int, name: str) -> Finding | None:
    """Why nothing can be read: the headers stand under a title. Their line is the first that names two columns."""
    lines = (match[0] for match in islice(_lines(text), first, first + HEADER_LINES))
    named = (max(_named_columns(_parts(line, separator), name) for separator in SEPARATORS) for line in lines)
    below = next((place for place, number in enumerate(named) if number > 1), 0)
    if not below:
        return None
    message = (
        f"L'en-tête est attendu sur la première ligne, il semble être à la ligne {first + below + 1} ; supprimer "
        "ce qui est au-dessus de lui (titre, exemple, ligne vide)."
    )
    return finding("E013", name, message, first + 1)


def _parts(line: str, separator: str) -> list[str]:
    """Cells that may be headers; a line of prose, whose quotes need not be closed, is cut too."""
    return [part.strip(' "\r\n') for part in line.split(separator)]


def _separator(header: str, name: str, line: int) -> str | Finding:
    """The separator of the header, or why none can be chosen."""
    widths = {separator: len(_fields(header, separator)) for separator in SEPARATORS}
    if min(widths.values()) > 1:
        message = "L'en-tête mêle deux séparateurs, « , » et « ; » ; n'en garder qu'un dans tout le fichier."
        return finding("E005", name, message, line)
    foreign = next((sign for sign in FOREIGN_SEPARATORS if sign in header), None)
    if max(widths.values()) == 1 and foreign:
        message = (
            f"Le séparateur semble être {FOREIGN_SEPARATORS[foreign]} ; "
            "« , » ou « ; » attendu : enregistrer de nouveau le fichier en CSV."
        )
        return finding("E005", name, message, line)
    named = {separator: _named_columns(_fields(header, separator), name) for separator in SEPARATORS}
    return max(SEPARATORS, key=lambda separator: (widths[separator], named[separator]))


def _fields(header: str, separator: str) -> list[str]:
    return next(csv.reader([header], delimiter=separator), [])


def _named_columns(header: list[str], name: str) -> int:
    return len({simplified(field) for field in header} & set(table_named(name).column_names))


def _without_empty_end(fields: list[str]) -> list[str]:
    width = max((index + 1 for index, field in enumerate(fields) if field.strip()), default=0)
    return fields[:width]


def _cut_at_once(text: str, line: re.Match[str], first: int, separator: str, name: str) -> RawTable | None:
    """The table of plain lines, without a Python object a line; None where a quote or a ragged line asks for care."""
    data, body = text.encode(), len(text[: line.end()].encode())
    _, fields = next(_rows([line[0]], 0, separator))
    if fields is None or data.find(b'"', body) >= 0 or data.count(b"\r", body) != data.count(b"\r\n", body):
        return None
    header = tuple(_without_empty_end(fields))
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
    numbers = np.arange(first + 2, first + 2 + rows, dtype=np.int64)
    return RawTable(name, header, tuple(table.columns), numbers, first + 1)


def _rows(lines: list[str], first: int, separator: str) -> Iterator[tuple[int, list[str] | None]]:
    """Line and fields of each row; None where quotes are broken: reading starts again at the next line."""
    position = first
    while position < len(lines):
        reader = csv.reader(map(lines.__getitem__, range(position, len(lines))), delimiter=separator, strict=True)
        used = 0
        try:
            for fields in reader:
                if fields:
                    yield position + used + 1, fields
                used = reader.line_num
            return
        except csv.Error:
            yield position + used + 1, None
            position += used + 1


def _by_row(lines: list[str], first: int, separator: str, name: str) -> ReadTable:
    """The table read row by row, with a finding for each row that cannot be cut."""
    rows = _rows(lines, first, separator)
    start, titles = next(rows)
    if titles is None:
        return ReadTable(None, (_broken_quotes(name, start),))
    header = tuple(_without_empty_end(titles))
    width = len(header)
    cells: list[list[str]] = []
    numbers: list[int] = []
    lost: set[str] = set()
    findings: list[Finding] = []
    for line, fields in rows:
        if fields is None:
            findings.append(_broken_quotes(name, line))
            lost.update(part.strip().strip('"') for part in lines[line - 1].split(separator))
        elif len(fields) == width or (len(fields) > width and not any(map(str.strip, fields[width:]))):
            cells.append(fields[:width])
            numbers.append(line)
        elif any(map(str.strip, fields)):
            findings.append(_ragged(name, line, fields, width, separator))
            lost.update(map(str.strip, fields))
    columns = text_columns(cells, width)
    table = RawTable(name, header, columns, np.array(numbers, np.int64), start, lost=frozenset(lost))
    return ReadTable(table, tuple(findings))


def _ragged(name: str, line: int, fields: list[str], width: int, separator: str) -> Finding:
    other = SEPARATORS[1 - SEPARATORS.index(separator)]
    message = f"La ligne a {len(fields)} cellules, l'en-tête en a {width}"
    if len(fields) == 1 and len(_fields(fields[0], other)) == width:
        message += f" ; elle semble séparée par « {other} » : employer « {separator} » comme l'en-tête."
    elif len(fields) > width:
        message += f" ; mettre entre guillemets un texte ou un nombre qui contient « {separator} »."
    else:
        message += " ; compléter la ligne (une cellule vide compte aussi son séparateur)."
    return finding("E006", name, message, line)


def _broken_quotes(name: str, line: int) -> Finding:
    message = (
        "Un guillemet n'est pas refermé, ou la cellule passe 131 072 caractères ; entourer le texte de guillemets "
        'et doubler ceux qu\'il contient ("").'
    )
    return finding("E007", name, message, line)


@dataclass(frozen=True)
class Decoded:
    """The text, or None where the encoding is not one of those read."""

    value: str | None
    findings: tuple[Finding, ...] = ()


def decoded(data: bytes, table: str) -> Decoded:
    """The text of a file; a byte that stands for nothing becomes U+FFFD, which the cells' reading refuses."""
    if is_wide(data):
        message = "Le fichier est en UTF-16 ; l'enregistrer de nouveau en « CSV UTF-8 »."
        return Decoded(None, (finding("E004", table, message),))
    try:
        return Decoded(data.decode("utf-8-sig"))
    except UnicodeDecodeError:
        return _decoded_by_line(data.removeprefix(codecs.BOM_UTF8), table, data.startswith(codecs.BOM_UTF8))


def is_wide(data: bytes) -> bool:
    """Whether a text is in UTF-16 or UTF-32; without their marks, every other byte of one in French is zero."""
    sample = data[:SAMPLE]
    if data.startswith(WIDE_BOMS):
        return True
    return len(sample) >= 8 and max(sample[0::2].count(0), sample[1::2].count(0)) > 0.4 * (len(sample) / 2)


def _decoded_by_line(data: bytes, table: str, marked: bool) -> Decoded:
    """Each line in its own encoding; where two are mixed, the lines of the rarer one are findings.

    No French text in Windows-1252 reads as UTF-8 by chance, so each line tells its own.
    """
    lines = data.splitlines(keepends=True)
    utf8 = {index for index, line in enumerate(lines) if not line.isascii() and _is_utf8(line)}
    other = {index for index, line in enumerate(lines) if not line.isascii()} - utf8
    rare = other if marked or len(utf8) >= len(other) else utf8
    text = "".join(
        line.decode("utf-8") if index in utf8 else line.decode("cp1252", errors="replace")
        for index, line in enumerate(lines)
    )
    return Decoded(text, tuple(_mixed(table, index + 1) for index in sorted(rare)))


def _mixed(table: str, line: int) -> Finding:
    message = (
        "Le fichier mêle deux encodages : cette ligne n'est pas dans celui des autres ; "
        "vérifier ses accents et enregistrer de nouveau le fichier en « CSV UTF-8 »."
    )
    return finding("E004", table, message, line)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
