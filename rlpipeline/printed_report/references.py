"""Resolve the places that ``relations.yml`` names: « table/ligne », « table/colonne », « table/ligne/colonne »."""

from __future__ import annotations

from dataclasses import dataclass

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.model import Line, Report, Table


@dataclass(frozen=True)
class Reference:
    """A line of a table, turned so that it is a row, and a column of it where one is named."""

    table: Table
    row: Line
    column: Line | None = None

    @property
    def figure(self) -> Line | None:
        """The column that stands for the line when none is named: the total, or the only one."""
        if self.column:
            return self.column
        totals = [column for column in self.table.columns if column.role == "total"]
        posts = [column for column in self.table.columns if column.role == "poste"]
        return totals[-1] if totals else posts[0] if len(posts) == 1 else None


def resolve(report: Report, written: str) -> Reference | None:
    """Find what a reference names, ``None`` where nothing has that name."""
    name, _, rest = written.partition("/")
    table = report.by_name.get(name.removesuffix(".csv"))
    if table is None or not rest:
        return None
    for view in (table, table.transposed):
        if row := _line(view.rows, rest):
            return Reference(view, row)
        first, _, second = rest.rpartition("/")
        row, column = _line(view.rows, first), _line(view.columns, second)
        if row and column:
            return Reference(view, row, column)
    return None


def _line(lines: tuple[Line, ...], label: str) -> Line | None:
    folded = labels.fold(label)
    exact = [line for line in lines if labels.fold(line.label) == folded]
    alike = [line for line in lines if label and line.key == labels.canonical(label)]
    return next(iter(exact + alike), None)
