"""Values put in cells so that a spreadsheet shows them, and reads them back, as they are."""

from __future__ import annotations

import re
from datetime import date
from typing import TypeAlias

from openpyxl.cell.cell import Cell

from rlpipeline.publication.workbook import LIVE
from rlpipeline.records.schema import Column
from rlpipeline.records.values import text_of

Value: TypeAlias = "str | int | float | date | None"

DAY_FORMAT = "dd/mm/yyyy"
TEXT_FORMAT = "@"
_FIRST_SURE_DAY = date(1900, 3, 1)
"""Before it, spreadsheets do not agree on the number of a day."""

_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")


def format_of(column: Column) -> str:
    """How the cells of a column are shown; a code is a text, so that it keeps its zero."""
    if column.kind == "date":
        return DAY_FORMAT
    return "General" if column.kind in ("number", "year") else TEXT_FORMAT


def put(cell: Cell, value: Value) -> None:
    """Put a value; a text is never a formula, now or when the cell is edited, nor an escape of the file's format."""
    if isinstance(value, date) and value < _FIRST_SURE_DAY:
        value = value.isoformat()
    if isinstance(value, float) and float(f"{value:.15g}") != value:
        value = text_of(value) or ""  # more digits than a spreadsheet holds
    if not isinstance(value, str):
        cell.value = value
        return
    cell.value = _ESCAPE.sub("_x005F_", value).replace("\r", "_x000D_")
    cell.data_type = "s"
    cell.quotePrefix = value.startswith(LIVE)
