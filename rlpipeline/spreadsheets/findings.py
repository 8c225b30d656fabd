"""``check --excel``: a workbook that lists the findings, each with a link to its cell in the workbook of records."""

from __future__ import annotations

import os
import tempfile
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from openpyxl import Workbook, load_workbook
from openpyxl.cell.cell import Cell
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet
from python_calamine import CalamineWorkbook

from rlpipeline.errors import ToolError, UsageError
from rlpipeline.records.findings import Finding, plural
from rlpipeline.records.names import match_tables, simplified
from rlpipeline.records.raw import RawTable
from rlpipeline.records.sources import WORKBOOK_SUFFIXES, is_database, read_source
from rlpipeline.records.workbook import FINDINGS
from rlpipeline.spreadsheets.entry import looks

HEADERS = ("Gravité", "Table", "Où", "Colonne", "Ce qui est écrit", "Ce qui ne va pas, et que faire", "Code")
WIDTHS = {"A": 15, "B": 20, "C": 16, "D": 20, "E": 28, "F": 90, "G": 8}
COLOURS = {"erreur": PatternFill("solid", fgColor="FFC7CE"), "avertissement": PatternFill("solid", fgColor="FFEB9C")}
LABELS = {"erreur": "Erreur", "avertissement": "Avertissement"}
ADVICE = (
    "Cliquer sur une cellule de la colonne « Où » ouvre la source à cet endroit ; la corriger, puis relancer check."
)


def write_findings(source: str, findings: Sequence[Finding], target: Path) -> str:
    """Write the workbook of findings, and say in French what was written.

    Raises
    ------
    UsageError
        The target is the source itself, is no .xlsx, or a file is there that is no such workbook.
    ToolError
        It cannot be written.
    """
    _refuse(source, target)
    raw = read_source(source)
    places = _Places.of(source, target, raw.tables)
    book = Workbook()
    _write(book.active, findings, places)
    _save(book, target)
    return f"Constats : {target} ({plural(len(findings), 'ligne') if findings else 'aucun'})."


def is_findings_workbook(path: Path) -> bool:
    """Whether the first sheet of a workbook lists findings."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = load_workbook(path, read_only=True)
    except Exception:  # whatever is there, it is none of ours
        return False
    first = book.sheetnames[0]
    book.close()
    return bool(first == FINDINGS)


def _refuse(source: str, target: Path) -> None:
    if target.suffix.lower() != ".xlsx":
        raise UsageError("Les constats s'écrivent dans un classeur .xlsx.", str(target), todo="lui donner un tel nom")
    if not is_database(source) and target.exists() and Path(source).exists() and target.samefile(source):
        raise UsageError("Les constats remplaceraient la source.", str(target), todo="leur donner un autre nom")
    if target.exists() and not is_findings_workbook(target):
        raise UsageError(
            "Ce fichier existe et n'est pas une liste de constats écrite par check ; il est laissé tel quel.",
            where=str(target),
            todo="donner un autre nom à la liste, ou déplacer ce fichier",
        )


@dataclass(frozen=True)
class _Places:
    """Where findings stand: the file of each table, seen from the workbook, and its sheet where it has one."""

    tables: Mapping[str, RawTable]
    files: Mapping[str, str]
    sheets: Mapping[str, str]

    @classmethod
    def of(cls, source: str, target: Path, tables: Mapping[str, RawTable]) -> _Places:
        if is_database(source):
            return cls(tables, {}, {})
        path = Path(source)
        seen = quote(os.path.relpath(path.resolve(), target.parent.resolve()).replace(os.sep, "/"))
        if path.suffix.lower() in WORKBOOK_SUFFIXES:
            sheets = match_tables(CalamineWorkbook.from_path(path).sheet_names, "la feuille").names
            return cls(tables, dict.fromkeys(sheets, seen), sheets)
        names = match_tables([file.stem for file in sorted(path.glob("*.csv"))], "le fichier").names
        return cls(tables, {table: f"{seen}/{quote(name)}.csv" for table, name in names.items()}, {})

    def words(self, item: Finding) -> str:
        """Say where a finding stands: its first cell, or its line, and how many there are beside."""
        others = f" et {plural(len(item.lignes) - 1, 'autre')}" if len(item.lignes) > 1 else ""
        if item.table in self.sheets:
            return f"{self._cell(item)}{others}"
        return f"ligne {item.lignes[0]}{others}" if item.lignes else ""

    def link(self, cell: Cell, item: Finding) -> None:
        """Lead to the cell, or to the file, of a finding."""
        if item.table in self.files:
            sheet, file = self.sheets.get(item.table, ""), self.files[item.table]
            looks.write_link(cell, self.words(item), sheet, self._cell(item), file)

    def _cell(self, item: Finding) -> str:
        table = self.tables.get(item.table)
        header, line = (table.header, table.header_line or 1) if table else ((), 1)
        names = [simplified(name) for name in (item.colonne or "").split(", ")]
        column = next((rank for rank, name in enumerate(header, start=1) if simplified(name) in names), 1)
        return f"{get_column_letter(column)}{item.lignes[0] if item.lignes else line}"


def _write(page: Worksheet, findings: Sequence[Finding], places: _Places) -> None:
    page.title = FINDINGS
    errors = sum(item.is_error for item in findings)
    looks.write(page["A1"], _title(errors, len(findings) - errors), looks.TITLE)
    looks.write(page["A2"], ADVICE, looks.QUIET)
    header = 4
    for number, text in enumerate(HEADERS, start=1):
        looks.set_header(page.cell(header, number), text)
    for line, item in enumerate(findings, start=header + 1):
        words = (LABELS[item.gravite], item.table, places.words(item), item.colonne or "", item.valeur or "")
        for number, text in enumerate((*words, item.message, item.code), start=1):
            looks.write(page.cell(line, number), text)
            page.cell(line, number).alignment = looks.WRAP
        page.cell(line, 1).font, page.cell(line, 1).fill = Font(name=looks.FACE, bold=True), COLOURS[item.gravite]
        places.link(page.cell(line, 3), item)
    looks.set_widths(page, dict(WIDTHS))
    page.freeze_panes = f"A{header + 1}"
    if findings:
        page.auto_filter.ref = f"A{header}:G{header + len(findings)}"
    looks.print_wide(page, f"{header}:{header}")


def _title(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "Aucun constat : le rapport peut être fait."
    counts = [plural(number, noun) for number, noun in ((errors, "erreur"), (warnings, "avertissement")) if number]
    rest = "à corriger avant le rapport" if errors else "le rapport peut être fait"
    return f"{' et '.join(counts)} : {rest}."


def _save(book: Workbook, target: Path) -> None:
    """Write beside, for the user alone, then take the name at once."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(".xlsx", f".{target.name}-nouveau-", target.parent)
        os.close(handle)
        try:
            book.save(draft)
            Path(draft).replace(target)
        finally:
            Path(draft).unlink(missing_ok=True)
    except OSError as error:
        raise ToolError(
            "La liste des constats ne peut pas être écrite.",
            where=str(target),
            got=error.strerror,
            todo="la fermer dans le tableur si elle y est ouverte, ou choisir un autre endroit",
        ) from error
