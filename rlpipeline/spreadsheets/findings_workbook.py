"""``check --excel``: a workbook that lists the findings, each with a link to its cell in the workbook of records."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from python_calamine import CalamineWorkbook
from xlsxwriter.utility import xl_col_to_name

from rlpipeline.errors import UsageError
from rlpipeline.records.findings import Finding, plural, tally
from rlpipeline.records.names import FINDINGS, simplified
from rlpipeline.records.sources import is_database, match_tables, read_source
from rlpipeline.records.table import Raw
from rlpipeline.records.tabular import WORKBOOK_SUFFIXES
from rlpipeline.spreadsheets import looks
from rlpipeline.spreadsheets.looks import Book, Page
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
HEADER = 4
"""Line of the headers."""
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
    is_file = not is_database(source) and target.exists() and Path(source).exists()
    if is_file and target.samefile(source):
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


@dataclass(frozen=True)
class _Source:
    """Where the tables of a source are: its files by table, seen from the list; sheets, where it is a workbook."""

    tables: Mapping[str, Raw]
    files: Mapping[str, str]
    sheets: Mapping[str, str]

    def cell(self, item: Finding) -> str:
        """Give the cell that a finding leads to: its first line, the first of its columns."""
        table = self.tables.get(item.table)
        columns = [simplified(name) for name in (item.colonne or "").split(", ")]
        header = [simplified(name) for name in table.header] if table else []
        rank = next((rank for rank, name in enumerate(header) if name in columns), 0)
        return f"{xl_col_to_name(rank)}{item.lignes[0] if item.lignes else self._header_line(item)}"

    def _header_line(self, item: Finding) -> int:
        table = self.tables.get(item.table)
        return (table.header_line if table else 0) or 1

    def where(self, item: Finding) -> str:
        """Say where a finding is: a cell of a workbook, a line elsewhere, and how many others."""
        several = len(item.lignes) > 1
        others = f" et {plural(len(item.lignes) - 1, 'autre')}" if several else ""
        if item.table in self.sheets:
            return f"{self.cell(item)}{others}"
        return f"ligne {item.lignes[0]}{others}" if item.lignes else ""


def _read(source: str, target: Path) -> _Source:
    if is_database(source):
        return _Source({}, {}, {})
    path, tables = Path(source), read_source(source).tables
    seen = quote(os.path.relpath(path.resolve(), target.parent.resolve()).replace(os.sep, "/"))
    if path.suffix.lower() in WORKBOOK_SUFFIXES:
        sheets = match_tables(CalamineWorkbook.from_path(path).sheet_names, "la feuille")[0]
        return _Source(tables, dict.fromkeys(sheets, seen), sheets)
    written = {file.stem: file.name for file in sorted(path.iterdir()) if _is_csv(file)}
    names = match_tables([*written], "le fichier")[0]
    files = {table: f"{seen}/{quote(written[name])}" for table, name in names.items()}
    return _Source(tables, files, {})


def _is_csv(file: Path) -> bool:
    return file.suffix.lower() == ".csv"


def _workbook(source: str, findings: Sequence[Finding], target: Path) -> bytes:
    """Make the list: a heading, then a line a finding."""
    read = _read(source, target)
    book = Book()
    page = book.page(FINDINGS, HEADER)
    page.put(1, 1, _heading(findings), looks.TITLE)
    page.put(2, 1, ADVICE, looks.QUIET)
    page.put_header(HEADER, HEADERS)
    for line, item in enumerate(findings, start=HEADER + 1):
        _write_finding(page, line, item, read)
    page.set_widths(15, 20, 16, 20, 28, 90, 8)
    page.sheet.freeze_panes(HEADER, 0)
    if findings:
        page.sheet.autofilter(HEADER - 1, 0, HEADER - 1 + len(findings), len(HEADERS) - 1)
    return book.content()


def _heading(findings: Sequence[Finding]) -> str:
    errors = sum(item.is_error for item in findings)
    counts = " et ".join(plural(number, noun) for noun, number in tally(findings).items())
    todo = "à corriger avant le rapport" if errors else "le rapport peut être fait"
    return f"{counts or 'Aucun constat'} : {todo}."


def _write_finding(page: Page, line: int, item: Finding, source: _Source) -> None:
    """Write a finding, with a link to its cell where there is a file to open."""
    severity, colour = SEVERITIES[item.gravite]
    page.put(line, 1, severity, {**looks.WRAP, "bold": True, "bg_color": colour})
    where = source.where(item)
    texts = item.table, where, item.colonne or "", item.valeur or "", item.message, item.code
    for column, text in enumerate(texts, start=2):
        page.put(line, column, text[: looks.LONGEST_TEXT], looks.WRAP)
    if item.table in source.files and line < looks.MOST_LINKS:
        place = source.sheets.get(item.table, ""), source.cell(item), source.files[item.table]
        page.put_link(line, 3, where, *place)
