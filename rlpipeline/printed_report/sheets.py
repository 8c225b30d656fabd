"""Sheets of one layout, one a team or a place, against the table that brings them together."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import product

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import Cell
from rlpipeline.printed_report.finding import Finding, Scope, finding_at, judge
from rlpipeline.printed_report.model import Line, Report, Table

FEWEST = 3
"""Sheets, and agreeing figures, from which a table is that of the sheets together."""

Pair = tuple[Table, Cell, Line, Cell]
"""A sheet and its cell, the row of the table that names the sheet and its cell."""


def check_sheets(report: Report) -> Iterator[Finding]:
    """Check what most sheets print like a table that has a row for each."""
    for sheets in _layouts(report):
        for table in report.tables:
            named = {} if table in sheets else _rows_of(table, sheets)
            if len(named) >= FEWEST:
                first = next(iter(named.values()))
                for row, column, figure in product(first.rows, first.columns, table.columns):
                    yield from _odd_ones(table, named, (row, column, figure))


def _layouts(report: Report) -> list[list[Table]]:
    """Tables that have the same rows and columns."""
    groups: dict[tuple[tuple[str, ...], ...], list[Table]] = defaultdict(list)
    for table in report.tables:
        groups[tuple(tuple(line.label for line in lines) for lines in (table.rows, table.columns))].append(table)
    return [group for group in groups.values() if len(group) >= FEWEST]


def _rows_of(table: Table, sheets: list[Table]) -> dict[Line, Table]:
    """Rows of a table that the title of one sheet names."""
    named = {}
    for row in table.rows:
        name = re.compile(rf"\b{re.escape(labels.fold(row.label))}\b")
        titled = [sheet for sheet in sheets if name.search(labels.fold(sheet.title))]
        if row.adds and row.label and len(titled) == 1:
            named[row] = titled[0]
    return named


def _odd_ones(table: Table, named: dict[Line, Table], lines: tuple[Line, Line, Line]) -> Iterator[Finding]:
    """The pairs that differ where nearly all the others are equal."""
    row, column, figure = lines
    pairs: list[Pair] = []
    for member, sheet in named.items():
        own, gathered = sheet.cell(row, column), table.cell(member, figure)
        if own.value is not None and gathered.value is not None:
            pairs.append((sheet, own, member, gathered))
    equal = {own.value for _, own, _, gathered in pairs if own.value == gathered.value}
    wrong = [pair for pair in pairs if pair[1].value != pair[3].value]
    if len(equal) >= FEWEST and len(wrong) * 2 < len(pairs) - len(wrong):
        for sheet, own, member, gathered in wrong:
            where = table.place(member, figure)
            message = (
                f"Deux tableaux donnent deux valeurs : {own.text} ici, {gathered.text} dans {where} ({table.name}) ; "
                "ils s'accordent pour les autres."
            )
            calcul = f"{own.text} ici, {gathered.text} dans {table.path}"
            scope = Scope(year=row.years | column.years or sheet.own_years)
            certitude = judge(True, scope, Scope(year=member.years | figure.years or table.own_years or scope.year))
            yield finding_at(sheet.at(row, column), "marge", certitude, message, calcul, gathered.text)
