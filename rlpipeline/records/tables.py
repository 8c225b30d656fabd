"""The contract of the records: every table, in the order of the documentation."""

from __future__ import annotations

from rlpipeline.records.schema import Table
from rlpipeline.records.tables_activity import ACTIVITY
from rlpipeline.records.tables_service import SERVICE, TERRITORY
from rlpipeline.records.tables_young_people import YOUNG_PEOPLE

TABLES: tuple[Table, ...] = (*YOUNG_PEOPLE, *ACTIVITY, *SERVICE, *TERRITORY)
TABLE_NAMES: tuple[str, ...] = tuple(table.name for table in TABLES)


def table_named(name: str) -> Table:
    """The table of the contract that has that name."""
    return next(table for table in TABLES if table.name == name)
