"""The sheet that lists the findings of a copy, each with a link to its cell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.styles import Font, PatternFill

from rlpipeline.records.findings import Finding
from rlpipeline.records.workbook import FINDINGS
from rlpipeline.spreadsheets.entry import looks

COLOURS = {
    "erreur": PatternFill("solid", fgColor="FFC7CE", bgColor="FFC7CE"),
    "avertissement": PatternFill("solid", fgColor="FFEB9C", bgColor="FFEB9C"),
}
LABELS = {"erreur": "Erreur", "avertissement": "Avertissement"}
HEADERS = ("Gravité", "Feuille", "Cellule", "Colonne", "Ce qui est écrit", "Ce qui ne va pas, et que faire", "Code")
WIDTHS = {"A": 15, "B": 20, "C": 12, "D": 20, "E": 28, "F": 90, "G": 8}


@dataclass(frozen=True)
class Listed:
    """A finding and the first of its cells, where it has one."""

    item: Finding
    sheet: str | None
    cell: str | None


def write_listing(book: Workbook, listed: Sequence[Listed], advice: Sequence[str]) -> None:
    """Put the sheet first, and open the workbook on it."""
    page = book.create_sheet(FINDINGS, 0)
    for other in book.worksheets:
        other.sheet_view.tabSelected = other is page
    book.active = 0
    errors = sum(one.item.is_error for one in listed)
    looks.write(page["A1"], _title(errors, len(listed) - errors), looks.TITLE)
    for line, text in enumerate(advice, start=2):
        looks.write(page.cell(line, 1), text, looks.QUIET)
    header = len(advice) + 3
    for number, text in enumerate(HEADERS, start=1):
        looks.set_header(page.cell(header, number), text)
    for line, one in enumerate(listed, start=header + 1):
        words = (one.item.colonne or "", one.item.valeur or "", one.item.message, one.item.code)
        looks.write(page.cell(line, 1), LABELS[one.item.gravite], Font(name=looks.FACE, bold=True))
        page.cell(line, 1).fill = COLOURS[one.item.gravite]
        looks.write(page.cell(line, 2), one.sheet or one.item.table)
        if one.sheet and one.cell:
            others = len(one.item.lignes) - 1
            shown = f"{one.cell} et {_plural(others, 'autre')}" if others > 0 else one.cell
            looks.write_link(page.cell(line, 3), shown, one.sheet, one.cell)
        for number, text in enumerate(words, start=4):
            looks.write(page.cell(line, number), text)
        for cell in page[line]:
            cell.alignment = looks.WRAP
    looks.set_widths(page, dict(WIDTHS))
    page.freeze_panes = f"A{header + 1}"
    if listed:
        page.auto_filter.ref = f"A{header}:G{header + len(listed)}"
    looks.print_wide(page, f"{header}:{header}")


def _title(errors: int, warnings: int) -> str:
    if not errors and not warnings:
        return "Aucun constat : le rapport peut être construit."
    counts = [_plural(errors, "erreur"), _plural(warnings, "avertissement")]
    rest = "à corriger avant le rapport" if errors else "le rapport peut être construit"
    return f"{' et '.join(count for count in counts if count)} : {rest}."


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}" if number else ""
