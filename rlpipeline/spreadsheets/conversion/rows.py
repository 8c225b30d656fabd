"""Frames of records as the rows that each kind of source holds."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date

import pandas as pd

from rlpipeline.records.frames import Records
from rlpipeline.records.schema import Column, Table, birth_year_name
from rlpipeline.records.tables import TABLES
from rlpipeline.spreadsheets.entry.cells import Value

Rows = list[list[Value]]


def rows_by_table(records: Records) -> Mapping[str, Rows]:
    """Table name to its rows, for every table of the source; an absent table stays absent."""
    return {table.name: rows_of(records[table.name], table) for table in TABLES if table.name in records.present}


def rows_of(frame: pd.DataFrame, table: Table) -> Rows:
    """The rows of a table, in the order of the contract's columns; None where a cell holds nothing."""
    columns = [list(_values(frame, column)) for column in table.columns]
    return [list(row) for row in zip(*columns, strict=True)]


def _values(frame: pd.DataFrame, column: Column) -> Iterator[Value]:
    if column.kind == "birth":
        years = frame[birth_year_name(column.name)]
        yield from (
            _day(day) or (None if pd.isna(year) else str(year))
            for day, year in zip(frame[column.name], years, strict=True)
        )
        return
    for value in frame[column.name]:
        yield _value(value, column)


def _value(value: object, column: Column) -> Value:
    if pd.isna(value):  # type: ignore[call-overload]
        return None
    if column.kind == "date":
        return _day(value)
    if column.kind == "flag":
        return "oui" if value else "non"
    if column.kind == "year":
        return int(str(value))
    return _number(float(str(value))) if column.kind == "number" else str(value)


def _day(value: object) -> date | None:
    return value.date() if isinstance(value, pd.Timestamp) and not pd.isna(value) else None


def _number(value: float) -> int | float:
    """A whole number without its decimal, where nothing is lost."""
    return int(value) if value.is_integer() and abs(value) < 2**53 else value
