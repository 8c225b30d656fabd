"""Findings in a workbook: where each stands, its cells coloured and commented, the sheet that lists them all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from rlpipeline.records.findings import Finding
from rlpipeline.records.names import simplified
from rlpipeline.records.workbook import FINDINGS
from rlpipeline.spreadsheets.entry import looks

AUTHOR = "rlpipeline check"
MAX_NOTES = 2000
"""Comments of a workbook: beyond, a cell is coloured and its finding is in the list."""
SIZE = {"height": 130, "width": 340}
ABOVE = '"constat"<>""'
"""A condition always true, by which our own conditional colours are known again."""
COLOURS = {
    "erreur": PatternFill("solid", fgColor="FFC7CE", bgColor="FFC7CE"),
    "avertissement": PatternFill("solid", fgColor="FFEB9C", bgColor="FFEB9C"),
}
LABELS = {"erreur": "Erreur", "avertissement": "Avertissement"}
HEADERS = ("Gravité", "Feuille", "Cellule", "Colonne", "Ce qui est écrit", "Ce qui ne va pas, et que faire", "Code")
WIDTHS = {"A": 15, "B": 20, "C": 12, "D": 20, "E": 28, "F": 90, "G": 8}


@dataclass(frozen=True)
class SheetPlace:
    """A table in a workbook.

    Parameters
    ----------
    name
        Name of the sheet.
    header
        Headers as written, from the first column.
    header_line
        Line of the headers.
    shift
        What is added to the line of a finding: a database counts its records from 1, under no header.
    """

    name: str
    header: tuple[str, ...] = ()
    header_line: int = 1
    shift: int = 0

    def cells_of(self, item: Finding) -> tuple[str, ...]:
        """Every cell concerned, the first of which a link leads to; the first cell of a line where no column is."""
        lines = [line + self.shift for line in item.lignes] or [self.header_line]
        columns = [number for name in self._names(item) if (number := self._number(name)) is not None]
        return tuple(f"{get_column_letter(number)}{line}" for line in lines for number in columns or [1])

    def _names(self, item: Finding) -> Sequence[str]:
        """The columns of a finding: a key has several, and so have the columns that are not read."""
        if item.colonne is None:
            return ()
        whole = item.code not in ("E201", "A002") or item.colonne in self.header
        return (item.colonne,) if whole else item.colonne.split(", ")

    def _number(self, name: str) -> int | None:
        """Position of a header: written so, else but for its writing."""
        exact = [number for number, header in enumerate(self.header, start=1) if header == name]
        alike = [number for number, header in enumerate(self.header, start=1) if simplified(header) == simplified(name)]
        return next(iter([*exact, *alike]), None)


def place_of(item: Finding, sheets: Mapping[str, SheetPlace]) -> SheetPlace | None:
    """The sheet of a finding, None where it has none: an absent table, the source as a whole."""
    return sheets.get(item.table)


def unmark(book: Workbook) -> None:
    """Take away the marks of a former check: a copy that was corrected may be checked again."""
    for page in book.worksheets:
        page.conditional_formatting = _conditions(page, 0)
        for row in page.iter_rows():
            for cell in row:
                if not isinstance(cell, MergedCell) and cell.comment and cell.comment.author == AUTHOR:
                    cell.comment = None
                    if cell.fill.fgColor.rgb in {f"00{fill.fgColor.rgb[2:]}" for fill in COLOURS.values()}:
                        cell.fill = PatternFill()


def mark(page: Worksheet, cells: Mapping[str, Sequence[Finding]], notes_left: int) -> int:
    """Colour the cells of a sheet by their gravest finding, and say what is wrong in a comment.

    Returns
    -------
    int
        How many comments may still be written in the workbook.
    """
    for reference, items in cells.items():
        cell = page[reference]
        if isinstance(cell, MergedCell):
            continue
        cell.fill = COLOURS["erreur" if any(item.is_error for item in items) else "avertissement"]
        if notes_left > 0:
            cell.comment = _comment(cell.comment, items)
            notes_left -= 1
    _colour_above(page, cells)
    return notes_left


def _colour_above(page: Worksheet, cells: Mapping[str, Sequence[Finding]]) -> None:
    """Where the sheet colours its cells by conditions of its own, ours come first."""
    if not len(page.conditional_formatting):
        return
    page.conditional_formatting = _conditions(page, len(COLOURS))
    errors = {cell for cell, items in cells.items() if any(item.is_error for item in items)}
    groups = (sorted(errors), sorted(cells.keys() - errors))
    for rank, (concerned, fill) in enumerate(zip(groups, COLOURS.values(), strict=True), start=1):
        if concerned:
            rule = FormulaRule(formula=[ABOVE], fill=fill)
            rule.priority = rank
            page.conditional_formatting.add(" ".join(concerned), rule)


def _conditions(page: Worksheet, shift: int) -> ConditionalFormattingList:
    """The conditions of a sheet without ours, each some ranks lower."""
    conditions = ConditionalFormattingList()
    for condition in page.conditional_formatting:
        for rule in condition.rules:
            if rule.formula != [ABOVE]:
                lower = copy(rule)
                lower.priority = rule.priority + shift
                conditions.add(str(condition.sqref), lower)
    return conditions


def _comment(own: Comment | None, items: Iterable[Finding]) -> Comment:
    """The findings, after what the user had written there."""
    messages = [f"{item.code} : {item.message}" for item in dict.fromkeys(items)]
    before = [own.text.rstrip(), "---"] if own else []
    return Comment("\n\n".join([*before, *messages]), own.author if own else AUTHOR, **SIZE)


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
        return "Aucun constat : le rapport peut être fait."
    counts = [_plural(errors, "erreur"), _plural(warnings, "avertissement")]
    rest = "à corriger avant le rapport" if errors else "le rapport peut être fait"
    return f"{' et '.join(count for count in counts if count)} : {rest}."


def _plural(number: int, noun: str) -> str:
    return f"{number} {noun}{'s' if number > 1 else ''}" if number else ""
