"""One table read: its frame, and what is needed to say where each of its rows stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from rlpipeline.records.cells import Cells, cleaned
from rlpipeline.records.columns import Place, ReadColumn, read_column
from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.headers import Headers, match_headers
from rlpipeline.records.personal import code_is_a_name, personal_values
from rlpipeline.records.raw import Lines, Mask, RawTable, rows_of
from rlpipeline.records.schema import Table, empty_frame
from rlpipeline.settings.models import Service


@dataclass(frozen=True)
class ParsedTable:
    """A table whose cells have been read.

    Parameters
    ----------
    table
        The contract.
    frame
        Columns and dtypes of the contract, rows in the order of the source.
    lines
        Line of each row in the source.
    columns
        The columns that the source holds.
    lost
        Texts of the rows that could not be cut: their values are known, if not where they stand.
    complete
        False where the end of the table could not be read.
    ranked
        The lines are ranks in a database, which nobody sees there.
    findings
        What was found in this table alone, cell by cell.
    """

    table: Table
    frame: pd.DataFrame
    lines: Lines
    columns: Mapping[str, ReadColumn]
    lost: frozenset[str]
    complete: bool
    ranked: bool
    findings: tuple[Finding, ...]

    def shown(self, name: str, row: int) -> str | None:
        """The text of a cell."""
        return self.columns[name].cells.text(row) if name in self.columns else None

    def record(self, line: int) -> str:
        """What tells the row of that line from the others: its key, else its first columns."""
        row = int(np.searchsorted(self.lines, line))
        names = self.table.key or self.table.column_names[:3]
        return ", ".join(f"{name} = {self.shown(name, row) or 'vide'}" for name in names)

    def only(self, mask: Mask) -> ParsedTable:
        """The table with the rows of the mask alone."""
        frame = self.frame[mask].reset_index(drop=True)
        columns = {name: column.only(mask) for name, column in self.columns.items()}
        return replace(self, frame=frame, lines=self.lines[mask], columns=columns)

    def readable(self, names: tuple[str, ...]) -> Mask:
        """Rows where all these columns hold something that was read."""
        mask = np.ones(len(self.lines), dtype=bool)
        for name in names:
            if name not in self.columns:
                return np.zeros(len(self.lines), dtype=bool)
            column = self.columns[name]
            mask &= ~column.unread & ~column.cells.missing
        return mask


def parse_table(raw: RawTable, table: Table, service: Service) -> ParsedTable:
    """Read every cell of a table; rows that are empty from end to end are skipped."""
    cells = [cleaned(column) for column in raw.columns]
    blank = _blank(cells, len(raw.lines))
    cells = [column.filtered(~blank) for column in cells]
    lines = raw.lines[~blank]
    filled = tuple(not column.missing.all() for column in cells)
    headers = match_headers(table, raw.header, filled, raw.header_line)
    columns: dict[str, ReadColumn] = {}
    for name, position in headers.positions.items():
        damaged = frozenset(line for line, column in raw.damaged if column == position)
        numbers = raw.numbers.get(position)
        numbers = None if numbers is None else numbers[~blank]
        place = Place(table.name, lines, damaged)
        columns[name] = read_column(table.column(name), cells[position], numbers, place, service)
    findings = [*headers.findings, *(item for column in columns.values() for item in column.findings)]
    if table.about_young_people:
        findings += _personal(raw, table, headers, cells, lines)
    if "educateur" in columns:
        findings += _educators_named(table, columns["educateur"].cells, lines)
    frame = _frame(table, columns, len(lines))
    return ParsedTable(table, frame, lines, columns, raw.lost, raw.complete, raw.header_line is None, tuple(findings))


def _blank(cells: list[Cells], rows: int) -> Mask:
    blank = np.ones(rows, dtype=bool)
    for column in cells:
        blank &= column.missing
    return blank


def _frame(table: Table, columns: Mapping[str, ReadColumn], rows: int) -> pd.DataFrame:
    """The frame of the contract: absent columns hold missing values, False for a yes-or-no, 0 for a year."""
    read = {name: values for column in columns.values() for name, values in column.series.items()}
    blank = empty_frame(table).reindex(range(rows))
    fillers = {name: 0 for name, dtype in table.dtypes.items() if str(dtype) in ("bool", "int64")}
    data = {name: read.get(name, blank[name].fillna(0) if name in fillers else blank[name]) for name in table.dtypes}
    return pd.DataFrame(data, index=pd.RangeIndex(rows)).astype(table.dtypes)


def _educators_named(table: Table, cells: Cells, lines: Lines) -> Iterator[Finding]:
    """Educators by their name where a code is expected."""
    named = np.array([code_is_a_name(text.as_py() or "") for text in cells.values], dtype=bool)
    for row in rows_of(cells.per_row(named)):
        message = "La valeur ressemble à un prénom ; écrire le code de l'éducateur (EDU-01), jamais son nom."
        yield finding("E302", table.name, message, int(lines[row]), "educateur", cells.text(row))


def _personal(raw: RawTable, table: Table, headers: Headers, cells: list[Cells], lines: Lines) -> Iterator[Finding]:
    """Values that seem to identify someone, in the columns of free text and in those that are not read."""
    kinds = {position: table.column(name).kind for name, position in headers.positions.items()}
    for position in (*kinds, *headers.unknown):
        if position in headers.personal or kinds.get(position, "text") not in ("text", "identifier"):
            continue
        labels = personal_values(cells[position].values, kinds.get(position) == "identifier")
        suspect = np.zeros(len(cells[position].values), dtype=bool)
        suspect[list(labels)] = True
        for row in rows_of(cells[position].per_row(suspect)):
            label = labels[int(cells[position].rows[row])]
            message = f"La valeur ressemble à {label} ; la remplacer par un pseudonyme ou la retirer."
            header = raw.header[position]
            yield finding("E302", table.name, message, int(lines[row]), header, cells[position].text(row))
