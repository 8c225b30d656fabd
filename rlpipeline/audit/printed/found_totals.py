"""Totals that their label does not tell, found by arithmetic: « Année » under four quarters."""

from __future__ import annotations

from dataclasses import replace

from rlpipeline.audit.printed import labels
from rlpipeline.audit.printed.model import Line, Table

FEWEST_PARTS = 3
FEWEST_COLUMNS = 2


def with_found_totals(table: Table) -> Table:
    """Give the role of a total to a last row, or column, that adds the others up in most columns.

    Returns
    -------
    Table
        The same table where no label was to be found out.
    """
    rows, columns = _found(table), _found(table.transposed)
    return replace(table, rows=rows, columns=columns)


def _found(table: Table) -> tuple[Line, ...]:
    posts = [row for row in table.rows if row.adds]
    if any(row.role in {"total", "sous_total"} for row in table.rows) or len(posts) <= FEWEST_PARTS:
        return table.rows
    last, parts = posts[-1], posts[:-1]
    if labels.year(last.label) or labels.is_age(last.label) or last.index != table.rows[-1].index:
        return table.rows
    judged = [_adds_up(table, last, parts, column) for column in table.columns if column.role in {"poste", "total"}]
    fitting, known = judged.count(True), len(judged) - judged.count(None)
    if fitting < FEWEST_COLUMNS or fitting * 2 <= known:
        return table.rows
    return (*table.rows[: last.index], replace(last, role="total"))


def _adds_up(table: Table, last: Line, parts: list[Line], column: Line) -> bool | None:
    """Whether a cell is the sum of those above it, ``None`` where nothing can be said."""
    cell = table.cell(last, column)
    values = [table.cell(part, column).value for part in parts]
    known = [value for value in values if value]
    if cell.value is None or len(known) < FEWEST_COLUMNS or cell.unit == "%":
        return None
    return abs(sum(known) - cell.value) < 1e-6
