"""``check --excel``: a workbook that lists the findings, each with a link to its cell in the workbook of records."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from python_calamine import CalamineWorkbook
from xlsxwriter.utility import xl_col_to_name

from rlpipeline.errors import UsageError
from rlpipeline.records.findings import Finding, plural
from rlpipeline.records.names import FINDINGS, simplified
from rlpipeline.records.sources import Raw, is_database, match_tables, read_source
from rlpipeline.records.tabular import WORKBOOK_SUFFIXES
from rlpipeline.spreadsheets import looks
from rlpipeline.spreadsheets.looks import Book
from rlpipeline.spreadsheets.new_service import placed

HEADERS = ("Gravité", "Table", "Où", "Colonne", "Ce qui est écrit", "Ce qui ne va pas, et que faire", "Code")
SEVERITIES = {"erreur": ("Erreur", "#FFC7CE"), "avertissement": ("Avertissement", "#FFEB9C")}
ADVICE = (
    "Cliquer sur une cellule de la colonne « Où » ouvre la source à cet endroit ; la corriger, puis relancer check."
)


def write_findings(source: str, findings: Sequence[Finding], target: Path) -> str:
    """Write the workbook of findings, and say in French what was written.

    UsageError: the target is the source itself, is no .xlsx, or a file is there that is no such workbook. ToolError: it
    cannot be written.
    """
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
    content = _workbook(findings, _Places.of(source, target, read_source(source).tables))
    todo = "la fermer dans le tableur si elle y est ouverte, ou choisir un autre endroit"
    with placed(target, "La liste des constats ne peut pas être écrite.", todo) as draft:
        draft.touch(mode=0o600)
        draft.write_bytes(content)
    return f"Constats : {target} ({plural(len(findings), 'ligne') if findings else 'aucun'})."


def is_findings_workbook(path: Path) -> bool:
    """Whether the first sheet of a workbook lists findings."""
    try:
        return bool(CalamineWorkbook.from_path(path).sheet_names[0] == FINDINGS)
    except Exception:  # whatever is there, it is none of ours
        return False


@dataclass(frozen=True)
class _Places:
    """Where findings stand: the file of each table, seen from the workbook, and its sheet where it has one."""

    tables: Mapping[str, Raw]
    files: Mapping[str, str]
    sheets: Mapping[str, str]

    @classmethod
    def of(cls, source: str, target: Path, tables: Mapping[str, Raw]) -> _Places:
        if is_database(source):
            return cls(tables, {}, {})
        path = Path(source)
        seen = quote(os.path.relpath(path.resolve(), target.parent.resolve()).replace(os.sep, "/"))
        if path.suffix.lower() in WORKBOOK_SUFFIXES:
            sheets = match_tables(CalamineWorkbook.from_path(path).sheet_names, "la feuille")[0]
            return cls(tables, dict.fromkeys(sheets, seen), sheets)
        names = match_tables([file.stem for file in sorted(path.glob("*.csv"))], "le fichier")[0]
        return cls(tables, {table: f"{seen}/{quote(name)}.csv" for table, name in names.items()}, {})

    def words(self, item: Finding) -> str:
        """Say where a finding stands: its first cell, or its line, and how many there are beside."""
        others = f" et {plural(len(item.lignes) - 1, 'autre')}" if len(item.lignes) > 1 else ""
        if item.table in self.sheets:
            return f"{self.cell(item)}{others}"
        return f"ligne {item.lignes[0]}{others}" if item.lignes else ""

    def cell(self, item: Finding) -> str:
        """Name the first cell of a finding."""
        table = self.tables.get(item.table)
        header, line = (table.header, table.header_line or 1) if table else ((), 1)
        names = [simplified(name) for name in (item.colonne or "").split(", ")]
        column = next((rank for rank, name in enumerate(header) if simplified(name) in names), 0)
        return f"{xl_col_to_name(column)}{item.lignes[0] if item.lignes else line}"


def _workbook(findings: Sequence[Finding], places: _Places) -> bytes:
    book, header = Book(), 4
    page = book.page(FINDINGS, header)
    errors = sum(item.is_error for item in findings)
    page.put(1, 1, _title(errors, len(findings) - errors), looks.TITLE)
    page.put(2, 1, ADVICE, looks.QUIET)
    page.put_header(header, HEADERS)
    for line, item in enumerate(findings, start=header + 1):
        severity, colour = SEVERITIES[item.gravite]
        where = places.words(item)
        texts = (severity, item.table, where, item.colonne or "", item.valeur or "", item.message, item.code)
        for column, text in enumerate(texts, start=1):
            look = {**looks.WRAP, "bold": True, "bg_color": colour} if column == 1 else looks.WRAP
            page.put(line, column, text[: looks.LONGEST_TEXT], look)
        if item.table in places.files and line < looks.MOST_LINKS:
            page.put_link(
                line, 3, where, places.sheets.get(item.table, ""), places.cell(item), places.files[item.table]
            )
    page.set_widths(15, 20, 16, 20, 28, 90, 8)
    page.sheet.freeze_panes(header, 0)
    if findings:
        page.sheet.autofilter(header - 1, 0, header - 1 + len(findings), len(HEADERS) - 1)
    return book.content()


def _title(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "Aucun constat : le rapport peut être fait."
    counts = [plural(number, noun) for number, noun in ((errors, "erreur"), (warnings, "avertissement")) if number]
    rest = "à corriger avant le rapport" if errors else "le rapport peut être fait"
    return f"{' et '.join(counts)} : {rest}."
