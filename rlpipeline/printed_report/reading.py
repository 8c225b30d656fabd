"""Read a folder of printed tables (CSV), prose (Markdown) and declared relations."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from rlpipeline.errors import UsageError
from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import UNITS, Cell, read_cell
from rlpipeline.printed_report.inferred_totals import with_inferred_totals
from rlpipeline.printed_report.model import (
    Block,
    Document,
    Line,
    Population,
    Relations,
    Report,
    Sentence,
    Table,
    TableRelations,
)
from rlpipeline.settings import strict_yaml

RELATIONS = "relations.yml"
FAULT_LISTS = frozenset({"attendus.csv", "pieges.csv", "manques.csv"})
"""Lists that go with a corpus and are not printed tables."""
NOTES = frozenset({"lisezmoi.md", "readme.md"})
"""Notes of the transcriber."""

Row = tuple[int, list[str]]


def read_report(directory: Path) -> Report:
    """Read all that is below a folder.

    Raises
    ------
    UsageError
        No such folder, neither table nor prose in it, or an unreadable file of populations.
    SettingsError
        ``relations.yml`` breaks its form.
    """
    if not directory.is_dir():
        raise UsageError("Ce dossier n'existe pas.", str(directory), todo="donner le dossier du rapport transcrit")
    relations = _relations(directory)
    populations_path = (directory / relations.populations).resolve() if relations.populations else None
    files = [path for path in sorted(directory.rglob("*")) if path.is_file() and path.resolve() != populations_path]
    documents = tuple(
        read_document(_text(path), path.relative_to(directory).as_posix())
        for path in files
        if path.suffix.lower() == ".md" and path.name.lower() not in NOTES
    )
    tables = _tables(files, directory, relations, documents)
    if not tables and not any(document.blocks for document in documents):
        raise UsageError(
            "Ni tableau ni texte à contrôler.",
            str(directory),
            expected="des tableaux en .csv, du texte en .md",
            todo="transcrire le rapport dans ce dossier",
        )
    return Report(tables, documents, relations, _populations(populations_path) if populations_path else ())


def _tables(
    files: list[Path], directory: Path, relations: Relations, documents: tuple[Document, ...]
) -> tuple[Table, ...]:
    """Read the tables, each with the headings above its place in the prose."""
    sections = {block.table: headings for document in documents for block, headings in placed(document)}
    paths = [path for path in files if path.suffix.lower() == ".csv" and path.name not in FAULT_LISTS]
    read = [table for path in paths if (table := _table(path, directory, relations))]
    return tuple(replace(table, section=sections.get(table.name, ())) for table in read)


def _relations(directory: Path) -> Relations:
    paths = sorted(directory.rglob(RELATIONS))
    return strict_yaml.read(paths[0], Relations) if paths else Relations()


def _text(path: Path) -> str:
    """Read UTF-8, else cp1252, as the transcriber's tools write."""
    data = path.read_bytes()
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _records(text: str) -> list[Row]:
    """Records of a CSV text with the line each one starts at; blank ones left out."""
    first_lines = text.splitlines()[:4]
    delimiter = max(";,\t", key=lambda mark: max((line.count(mark) for line in first_lines), default=0))
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    records: list[Row] = []
    start = 1
    for record in reader:
        values = [re.sub(r"\s+", " ", value).strip() for value in record]
        if any(values):
            records.append((start, values))
        start = reader.line_num + 1
    return records


def _table(path: Path, directory: Path, relations: Relations) -> Table | None:
    records = _records(_text(path))
    title = ""
    if len(records) > 1 and records[0][1][0] and not any(records[0][1][1:]) and sum(map(bool, records[1][1])) > 0:
        title = records[0][1][0]
        records = records[1:]
    if not records:
        return None
    width = max(len(values) for _, values in records)
    header, *body = [(line, values + [""] * (width - len(values))) for line, values in records]
    declared = relations.tableaux.get(path.stem, TableRelations())
    columns = _ratios(_lines(header[1][1:], declared))
    rows = _ratios(_lines([values[0] for _, values in body], declared))
    cells = _without_addresses([[read_cell(value, line) for value in values[1:]] for line, values in body])
    name = path.relative_to(directory).as_posix()
    return with_inferred_totals(
        Table(path.stem, name, title, header[1][0], _headings(rows, cells), columns, cells, declared)
    )


def _lines(printed: Sequence[str], declared: TableRelations) -> tuple[Line, ...]:
    total = labels.fold(declared.total)
    return tuple(
        Line(label, index, "total" if total and labels.fold(label) == total else labels.role(label), labels.unit(label))
        for index, label in enumerate(printed)
    )


RATIO = re.compile(r"^(?:nombre (?:moyen )?d(?:e |'))?(?P<above>.+?) (?:par|pour) (?P<below>[a-z]+)$")


def _ratios(lines: tuple[Line, ...]) -> tuple[Line, ...]:
    """Give the role of a mean to the line « Contacts par sortie » beside « Contacts » and « Sorties »."""
    stems = {labels.stems(line.label) for line in lines}
    return tuple(
        replace(line, role="moyenne")
        if line.role == "poste"
        and (match := RATIO.match(labels.fold(line.label)))
        and any(stem and stem[0] == labels.stem(match["below"]) for stem in stems)
        else line
        for line in lines
    )


def _without_addresses(cells: list[list[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    """Numbers that begin the words of a column of words, « 470 boulevard », are no values."""
    columns = list(zip(*cells, strict=True))
    worded = [sum(cell.words for cell in column) > sum(cell.value is not None for cell in column) for column in columns]
    return tuple(
        tuple(
            Cell(cell.text, line=cell.line) if words and cell.unit and cell.unit not in UNITS.values() else cell
            for cell, words in zip(row, worded, strict=True)
        )
        for row in cells
    )


def _headings(rows: tuple[Line, ...], cells: tuple[tuple[Cell, ...], ...]) -> tuple[Line, ...]:
    """Rows of words only (partners, funding) are no lines of figures: their role is ``texte``."""
    return tuple(
        Line(row.label, row.index, "texte", row.unit)
        if any(cell.words for cell in cells[row.index]) and not any(cell.value is not None for cell in cells[row.index])
        else row
        for row in rows
    )


def _populations(path: Path) -> tuple[Population, ...]:
    if not path.is_file():
        raise UsageError("Le fichier des populations n'existe pas.", str(path), todo=f"corriger {RELATIONS}")
    (_, header), *body = _records(_text(path))
    columns = {labels.fold(label): index for index, label in enumerate(header)}
    wanted = ("code", "nom", "millesime", "population")
    if missing := [name for name in wanted if name not in columns]:
        raise UsageError("Colonne absente.", str(path), expected=", ".join(wanted), got=f"sans {', '.join(missing)}")
    read = [[values[columns[name]] for name in wanted] for _, values in body]
    return tuple(
        Population(code, name, int(vintage), read_cell(inhabitants).value or 0.0)
        for code, name, vintage, inhabitants in read
    )


HEADING = re.compile(r"^(#{1,6})\s+(.+?)\s*#*$")
ITEM = re.compile(r"^\s*(?:[-*+•➤✓]|\d+[.)])\s+(.*)$")
TABLE = re.compile(r"^\[tableau\s*:\s*([^\]]+?)\s*\]$", re.IGNORECASE)
SENTENCE_END = re.compile(r"(?<=[.!?…])[»\"”)]?\s+(?=[«\"“(]?\s?[A-ZÀÂÇÉÈÊÎÔÛ0-9])")
ABBREVIATION = re.compile(
    r"(?:\b(?:M|Mme|MM|Dr|art|Art|L|R|D|cf|Cf|p|n|St|Ste|av|bd|etc|env|max|min|ex|Rés)\.|\b[A-Z]\.|^\d+\.)$"
)


def read_document(text: str, path: str) -> Document:
    """Cut a Markdown text into blocks and sentences."""
    blocks = tuple(_blocks(text))
    return Document(path, blocks, tuple(_sentences(blocks, path)))


def _blocks(text: str) -> Iterator[Block]:
    pending: list[str] = []
    start = 0
    item = False
    for number, line in enumerate([*text.splitlines(), ""], start=1):
        plain = re.sub("[\u00a0\u202f\u2009]", " ", line).strip()
        heading, table, listed = HEADING.match(plain), TABLE.match(plain), ITEM.match(plain)
        if pending and (not plain or heading or table or listed):
            yield Block(_plain(" ".join(pending)), start, item=item)
            pending = []
        if heading:
            yield Block(_plain(heading[2]), number, level=len(heading[1]))
        elif table:
            yield Block(plain, number, table=table[1].removesuffix(".csv"))
        elif plain:
            item = bool(listed) if not pending else item
            start = start if pending else number
            pending.append(listed[1] if listed else plain)


def _plain(text: str) -> str:
    """Without the marks of Markdown: emphasis, links, quotation."""
    text = re.sub(r"\[([^\]]+)\]\([^)]*\)", r"\1", text.removeprefix("> "))
    return re.sub(r"(\*\*|__|\*(?=\S)|(?<=\S)\*|`)", "", text).strip()


def placed(document: Document) -> Iterator[tuple[Block, tuple[str, ...]]]:
    """Places of tables, each with the headings above it."""
    headings: list[Block] = []
    for block in document.blocks:
        if block.level:
            headings = [*(above for above in headings if above.level < block.level), block]
        elif block.table:
            yield block, tuple(heading.text for heading in headings)


def _sentences(blocks: tuple[Block, ...], path: str) -> Iterator[Sentence]:
    headings: list[Block] = []
    table = ""
    for block in blocks:
        if block.level:
            headings = [*(above for above in headings if above.level < block.level), block]
            table = ""
        elif block.table:
            table = block.table
        else:
            section = tuple(heading.text for heading in headings)
            before = ""
            for sentence in cut(block.text):
                yield Sentence(sentence, block.line, path, section, before, table)
                before = sentence


def cut(paragraph: str) -> tuple[str, ...]:
    """Cut a paragraph into sentences; an abbreviation ends none."""
    sentences: list[str] = []
    for piece in SENTENCE_END.split(paragraph):
        if sentences and ABBREVIATION.search(sentences[-1]):
            sentences[-1] = f"{sentences[-1]} {piece}"
        else:
            sentences.append(piece.strip())
    return tuple(sentence for sentence in sentences if sentence)
