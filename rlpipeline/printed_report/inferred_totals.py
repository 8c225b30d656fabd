"""Totals that their label does not tell, found by arithmetic: « Année » under four quarters; sums that run on."""

from __future__ import annotations

import re
from dataclasses import replace

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.model import Line, Table

FEWEST_PARTS = 3
FEWEST_COLUMNS = 2
WHOLE = re.compile(r"^(?:l')?(?:annee(?: entiere| complete)?|annuel|saison|exercice|service|tous|general|global)$")
"""Labels of a last line that are those of a total, provided that one column bears it out."""
RUNNING = re.compile(r"\bcumule?e?s?\b")


def with_inferred_totals(table: Table) -> Table:
    """Give the role of a total to a last row, or column, that adds the others up in most columns.

    Returns
    -------
    Table
        The same table where no label was to be found out.
    """
    counted = replace(table, rows=_running(table), columns=_running(table.transposed))
    rows, columns = _infer_total(counted), _infer_total(counted.transposed)
    whole = replace(counted, rows=rows, columns=columns)
    return replace(whole, rows=_nested(whole))


def _nested(table: Table) -> tuple[Line, ...]:
    """Give a role of its own to the lines that the one above adds up, in a table that has two such heads at least."""
    heads = 0
    rows = list(table.rows)
    start = 0
    while start < len(rows):
        end = _last_member(table, start)
        heads += end > start + 1
        rows[start + 1 : end + 1] = [replace(row, role="membre") for row in rows[start + 1 : end + 1]]
        start = end + 1
    return tuple(rows) if heads > 1 else table.rows


def _last_member(table: Table, start: int) -> int:
    """Index of the last of the lines that a head adds up, its own where it adds up none."""
    last, most = start, FEWEST_PARTS - 1
    columns = [column for column in table.columns if column.role in {"poste", "total"}]
    for end in range(start + 1, len(table.rows)):
        if table.rows[start].role != "poste" or table.rows[end].role != "poste":
            break
        parts = list(table.rows[start + 1 : end + 1])
        judged = [_adds_up(table, table.rows[start], parts, column, fewest=1) for column in columns]
        if judged.count(True) > most and judged.count(True) * 2 >= len(judged) - judged.count(None):
            last, most = end, judged.count(True)
    return last


def _running(table: Table) -> tuple[Line, ...]:
    """Give a role of its own to a line called « cumul » that adds up, step by step, another line."""
    return tuple(
        replace(row, role="cumule") if RUNNING.search(labels.fold(row.label)) and _runs_on(table, row) else row
        for row in table.rows
    )


def _runs_on(table: Table, running: Line) -> bool:
    return any(_steps(table, running, other) for other in table.rows if other != running)


def _steps(table: Table, running: Line, other: Line) -> bool:
    """Whether a line grows, most of the time, by what the other holds."""
    values = [table.cell(running, column).value for column in table.columns]
    added = [table.cell(other, column).value or 0.0 for column in table.columns]
    pairs = [
        (after - before, step)
        for before, after, step in zip(values, values[1:], added[1:], strict=False)
        if before is not None and after is not None
    ]
    grown = sum(abs(gained - step) < 1e-6 for gained, step in pairs)
    return len(pairs) >= FEWEST_PARTS - 1 and grown * 3 >= len(pairs) * 2


def _infer_total(table: Table) -> tuple[Line, ...]:
    posts = [row for row in table.rows if row.adds]
    if any(row.role in {"total", "sous_total"} for row in table.rows) or len(posts) <= FEWEST_PARTS:
        return table.rows
    last, parts = posts[-1], posts[:-1]
    if labels.year(last.label) or labels.is_age(last.label) or last.index != table.rows[-1].index:
        return table.rows
    judged = [_adds_up(table, last, parts, column) for column in table.columns if column.role in {"poste", "total"}]
    fitting, decided = judged.count(True), len(judged) - judged.count(None)
    named = bool(WHOLE.match(labels.fold(last.label)))
    if fitting < (1 if named else FEWEST_COLUMNS) or fitting * 2 < decided + (not named):
        return table.rows
    return (*table.rows[: last.index], replace(last, role="total"))


def _adds_up(table: Table, last: Line, parts: list[Line], column: Line, fewest: int = FEWEST_COLUMNS) -> bool | None:
    """Whether a cell is the sum of those above it, ``None`` where nothing can be said."""
    cell = table.cell(last, column)
    values = [table.cell(part, column).value for part in parts]
    numbers = [value for value in values if value]
    if cell.value is None or len(numbers) < fewest or cell.unit == "%":
        return None
    return abs(sum(numbers) - cell.value) < 1e-6
