"""Figures printed twice: lines that repeat another, sheets that differ from the table that gathers them."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations, product

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import Cell, shown
from rlpipeline.printed_report.compositions import composition
from rlpipeline.printed_report.finding import Finding, Scope, finding_at, judge
from rlpipeline.printed_report.model import Line, Report, Table

FEWEST = 3
"""Values that a row must share with another to be told."""
INFORMATION = 8
"""Significant digits that the shared values must hold: small numbers are equal by chance."""


def check_copies(report: Report) -> Iterator[Finding]:
    """Tell the rows, then the columns, whose values are those of another."""
    for table in report.tables:
        for view in (table, table.transposed):
            copied: set[int] = set()
            for first, second in combinations(
                [row for row in view.rows if row.role in {"poste", "part", "moyenne"}], 2
            ):
                same = _shared(view, first, second)
                if same and second.index not in copied and not _of_two_years(first, second):
                    copied.add(second.index)
                    yield _finding(view, first, second, same)


def _of_two_years(first: Line, second: Line) -> bool:
    """Whether two lines are of one thing in two years, which may well be the same."""
    names = [set(labels.stems(line.label)) - {str(year) for year in line.years} for line in (first, second)]
    return first.years != second.years and names[0] == names[1]


def _shared(table: Table, first: Line, second: Line) -> list[Cell]:
    """Values that the second row shares with the first, where they are too many and too precise for chance."""
    pairs = [
        (table.cell(first, column), table.cell(second, column))
        for column in table.columns
        if column.role != "evolution"
    ]
    valued = [(one, two) for one, two in pairs if one.value is not None and two.value is not None]
    same = [two for one, two in valued if one.value == two.value and one.unit == two.unit]
    digits = sum(len(shown(cell.value).replace(" ", "").replace(",", "").strip("0")) for cell in same if cell.value)
    most = len(valued) - len(same) <= 1
    return same if most and len({cell.value for cell in same}) >= FEWEST and digits >= INFORMATION else []


def _finding(table: Table, first: Line, second: Line, same: list[Cell]) -> Finding:
    values = " ; ".join(cell.text for cell in same)
    kind = "colonne" if table.turned else "ligne"
    refuted = _refuted(table, second)
    missing = f" ; les totaux donneraient {refuted}" if refuted else ""
    message = f"La {kind} « {second.label} » répète {len(same)} valeurs de « {first.label} » ({values}){missing}."
    calcul = f"{values} : les mêmes valeurs que « {first.label} »"
    place, certitude, line = (second, None), judge(bool(refuted)), same[0].line
    return finding_at(table.at(*place, text=values, line=line), "ligne_recopiee", certitude, message, calcul, refuted)


def _refuted(table: Table, row: Line) -> str:
    """What the totals leave for the row, where they refute what it prints in two columns or more."""
    reading = composition(table, table.total) if table.total else None
    if reading is None or row not in reading.parts:
        return ""
    wrong = [entry for entry in reading.checked if not entry.fits and not entry.unknown]
    left = [(table.cell(row, entry.column).value or 0.0) + entry.gap for entry in wrong]
    return " ; ".join(shown(value) for value in left) if len(wrong) > 1 and min(left) >= 0 else ""


FEWEST_SHEETS = 3
"""Sheets, and agreeing figures, from which a table is that of the sheets together."""

Pair = tuple[Table, Cell, Line, Cell]
"""A sheet and its cell, the row of the table that names the sheet and its cell."""


def check_sheets(report: Report) -> Iterator[Finding]:
    """Check what most sheets print like a table that has a row for each."""
    for sheets in _layouts(report):
        for table in report.tables:
            named = {} if table in sheets else _rows_of(table, sheets)
            if len(named) >= FEWEST_SHEETS:
                first = next(iter(named.values()))
                for row, column, figure in product(first.rows, first.columns, table.columns):
                    yield from _odd_ones(table, named, (row, column, figure))


def _layouts(report: Report) -> list[list[Table]]:
    """Tables that have the same rows and columns."""
    groups: dict[tuple[tuple[str, ...], ...], list[Table]] = defaultdict(list)
    for table in report.tables:
        groups[tuple(tuple(line.label for line in lines) for lines in (table.rows, table.columns))].append(table)
    return [group for group in groups.values() if len(group) >= FEWEST_SHEETS]


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
    if len(equal) >= FEWEST_SHEETS and len(wrong) * 2 < len(pairs) - len(wrong):
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
