"""``check --excel``: a workbook that lists the findings, each with a link to its cell in the workbook of records."""

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import quote

from python_calamine import CalamineWorkbook
from xlsxwriter.utility import xl_col_to_name

from rlpipeline.errors import UsageError
from rlpipeline.records.findings import Finding, plural, tally
from rlpipeline.records.names import FINDINGS, simplified
from rlpipeline.records.sources import is_database, match_tables, read_source
from rlpipeline.records.tabular import WORKBOOK_SUFFIXES
from rlpipeline.spreadsheets import looks
from rlpipeline.spreadsheets.looks import Book
from rlpipeline.spreadsheets.new_service import placed

HEADERS = (
    "Gravité",
    "Table",
    "Où",
    "Colonne",
    "Ce qui est écrit",
    "Ce qui ne va pas, et que faire",
    "Code",
)
SEVERITIES = {
    "erreur": ("Erreur", "#FFC7CE"),
    "avertissement": ("Avertissement", "#FFEB9C"),
    "question": ("Question", "#DDEBF7"),
    "information": ("Information", "#EDEDED"),
}
ADVICE = (
    "Cliquer sur une cellule de la colonne « Où » ouvre la source à cet endroit ; "
    "la corriger, puis relancer check."
)


def write_findings(source: str, findings: Sequence[Finding], target: Path) -> str:
    """Write the workbook of findings, and say in French what was written. UsageError: the target is the source itself,
    is no .xlsx, or a file is there that is no such workbook. ToolError: it cannot be written."""
    if target.suffix.lower() != ".xlsx":
        raise UsageError(
            "Les constats s'écrivent dans un classeur .xlsx.",
            str(target),
            todo="lui donner un tel nom",
        )
    if (
        not is_database(source)
        and target.exists()
        and Path(source).exists()
        and target.samefile(source)
    ):
        raise UsageError(
            "Les constats remplaceraient la source.", str(target), todo="leur donner un autre nom"
        )
    if target.exists() and not is_findings_workbook(target):
        what = "Ce fichier existe et n'est pas une liste de constats écrite par check ; il est laissé tel quel."
        raise UsageError(
            what, str(target), todo="donner un autre nom à la liste, ou déplacer ce fichier"
        )
    content = _workbook(source, findings, target)
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


def _workbook(source: str, findings: Sequence[Finding], target: Path) -> bytes:
    tables, path = {} if is_database(source) else read_source(source).tables, Path(source)
    files: Mapping[str, str] = {}
    sheets: Mapping[str, str] = {}
    seen = quote(os.path.relpath(path.resolve(), target.parent.resolve()).replace(os.sep, "/"))
    if path.suffix.lower() in WORKBOOK_SUFFIXES and not is_database(source):
        sheets = match_tables(CalamineWorkbook.from_path(path).sheet_names, "la feuille")[0]
        files = dict.fromkeys(sheets, seen)
    elif not is_database(source):
        written = {
            file.stem: file.name for file in sorted(path.iterdir()) if file.suffix.lower() == ".csv"
        }
        names = match_tables([*written], "le fichier")[0]
        files = {table: f"{seen}/{quote(written[name])}" for table, name in names.items()}
    book, header = Book(), 4
    page = book.page(FINDINGS, header)
    errors = sum(item.is_error for item in findings)
    counts = " et ".join(plural(number, noun) for noun, number in tally(findings).items())
    todo = "à corriger avant le rapport" if errors else "le rapport peut être fait"
    page.put(1, 1, f"{counts or 'Aucun constat'} : {todo}.", looks.TITLE)
    page.put(2, 1, ADVICE, looks.QUIET)
    page.put_header(header, HEADERS)
    for line, item in enumerate(findings, start=header + 1):
        table, columns = (
            tables.get(item.table),
            [simplified(name) for name in (item.colonne or "").split(", ")],
        )
        headers = enumerate(table.header if table else ())
        first = item.lignes[0] if item.lignes else (table and table.header_line) or 1
        cell = f"{xl_col_to_name(next((rank for rank, name in headers if simplified(name) in columns), 0))}{first}"
        others = f" et {plural(len(item.lignes) - 1, 'autre')}" if len(item.lignes) > 1 else ""
        where = f"ligne {first}{others}" if item.lignes else ""
        where = f"{cell}{others}" if item.table in sheets else where
        severity, colour = SEVERITIES[item.gravite]
        texts = (
            severity,
            item.table,
            where,
            item.colonne or "",
            item.valeur or "",
            item.message,
            item.code,
        )
        for column, text in enumerate(texts, start=1):
            look = {**looks.WRAP, "bold": True, "bg_color": colour} if column == 1 else looks.WRAP
            page.put(line, column, text[: looks.LONGEST_TEXT], look)
        if item.table in files and line < looks.MOST_LINKS:
            page.put_link(line, 3, where, sheets.get(item.table, ""), cell, files[item.table])
    page.set_widths(15, 20, 16, 20, 28, 90, 8)
    page.sheet.freeze_panes(header, 0)
    if findings:
        page.sheet.autofilter(header - 1, 0, header - 1 + len(findings), len(HEADERS) - 1)
    return book.content()
