"""Cells coloured and commented, and marked cells made plain again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from copy import copy

from openpyxl import Workbook
from openpyxl.cell.cell import MergedCell
from openpyxl.comments import Comment
from openpyxl.formatting.formatting import ConditionalFormattingList
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import PatternFill
from openpyxl.worksheet.worksheet import Worksheet

from rlpipeline.records.findings import Finding
from rlpipeline.spreadsheets.marked.listing import COLOURS

AUTHOR = "rlpipeline check"
MAX_NOTES = 2000
"""Comments of a workbook: beyond, a cell is coloured and its finding is in the list."""

SIZE = {"height": 130, "width": 340}


ABOVE = '"constat"<>""'
"""A condition always true, by which our own conditional colours are known again."""


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
    kept = ConditionalFormattingList()
    for condition in page.conditional_formatting:
        for rule in condition.rules:
            if rule.formula != [ABOVE]:
                lower = copy(rule)
                lower.priority = rule.priority + shift
                kept.add(str(condition.sqref), lower)
    return kept


def _comment(own: Comment | None, items: Iterable[Finding]) -> Comment:
    """The findings, after what the user had written there."""
    told = [f"{item.code} : {item.message}" for item in dict.fromkeys(items)]
    before = [own.text.rstrip(), "---"] if own else []
    return Comment("\n\n".join([*before, *told]), own.author if own else AUTHOR, **SIZE)
