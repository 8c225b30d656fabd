"""The contract of the records: every table, in the order of the documentation (``tables.yml``)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rlpipeline.records.labels import LABELS
from rlpipeline.records.schema import Column, Reference, Table, read_yaml

_LARGEST = 10_000_000_000
_NUMBERS: Mapping[str, Mapping[str, Any]] = {
    "count": {"minimum": 0, "maximum": 1_000_000, "whole": True},
    "amount": {"minimum": 0, "maximum": 10_000},
    "figure": {"minimum": -_LARGEST, "maximum": _LARGEST},
    "mark": {"minimum": 1, "maximum": 5},
}
"""Bounds beyond which no count, no hours, days or posts of one row, no other number can be true."""


def _column(name: str, kind: str, note: str, cells: str = "", example: str = "", words: str = "") -> Column:
    return Column(
        name,
        "number" if kind in _NUMBERS else kind,  # type: ignore[arg-type]
        required=bool(cells),
        nullable=cells != "all",
        words=LABELS[words] if words else {},
        note=note,
        example=example,
        **_NUMBERS.get(kind, {}),
    )


def _table(name: str, columns: Mapping[str, Any], refers_to: Mapping[str, str], **more: Any) -> Table:
    references = tuple(Reference(column, table, column) for column, table in refers_to.items())
    made = tuple(_column(column, **says) for column, says in columns.items())
    return Table(name, columns=made, references=references, **more | {"key": tuple(more.get("key", ()))})


TABLES: tuple[Table, ...] = tuple(
    _table(name, **{"refers_to": {}, **says}) for name, says in read_yaml("tables.yml").items()
)
TABLE_NAMES: tuple[str, ...] = tuple(table.name for table in TABLES)


def table_named(name: str) -> Table:
    """The table of the contract that has that name."""
    return next(table for table in TABLES if table.name == name)
