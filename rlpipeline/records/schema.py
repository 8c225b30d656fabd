"""The vocabulary of the contract of the records: tables, columns, keys and references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from types import MappingProxyType
from typing import Literal

import numpy as np
import pandas as pd
from pandas.api.extensions import ExtensionDtype

Kind = Literal["identifier", "text", "code", "commune", "territory", "date", "birth", "year", "number", "flag"]
"""What a column holds: it decides how its cells are read and the dtype of its frame column."""

TEXT = pd.StringDtype(na_value=np.nan)
DATE = np.dtype("datetime64[us]")
_DTYPES: dict[Kind, np.dtype | ExtensionDtype] = {
    "date": DATE,
    "birth": DATE,
    "year": np.dtype("int64"),
    "number": np.dtype("float64"),
    "flag": np.dtype("bool"),
}


@dataclass(frozen=True)
class Column:
    """One column of a table.

    Parameters
    ----------
    name, kind
        Header and nature of the cells.
    required
        The column must exist in the source.
    nullable
        Its cells may be empty. An empty cell of a number is « nc » and is always allowed.
    words
        The codes allowed in a column of kind ``code``, with their French words; empty where the settings decide.
    minimum, maximum, whole
        Bounds of a number, and whether it counts things that cannot be cut.
    note
        What to write there, in French.
    example
        What a cell may hold, as it is typed; empty where the nature of the column tells.
    """

    name: str
    kind: Kind
    required: bool = False
    nullable: bool = True
    words: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}), hash=False)
    minimum: float | None = None
    maximum: float | None = None
    whole: bool = False
    note: str = ""
    example: str = ""

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes allowed, in the order of the contract."""
        return tuple(self.words)

    @property
    def dtype(self) -> np.dtype | ExtensionDtype:
        """Dtype of the column in a frame."""
        return _DTYPES.get(self.kind, TEXT)


@dataclass(frozen=True)
class Reference:
    """A column whose values must exist in the key of another table."""

    column: str
    table: str
    target: str


@dataclass(frozen=True)
class Table:
    """One table of the records.

    Parameters
    ----------
    name, label, note
        Name of the file or sheet, and what it holds, in French.
    columns
        In the order of the contract.
    key
        Columns that together are unique; empty where several rows may be alike.
    references
        Links to other tables.
    required
        The table must exist in the source.
    about_young_people
        Its rows are about young people: nothing in it may identify one.
    """

    name: str
    label: str
    columns: tuple[Column, ...]
    key: tuple[str, ...] = ()
    references: tuple[Reference, ...] = ()
    required: bool = False
    about_young_people: bool = False
    note: str = ""

    @property
    def column_names(self) -> tuple[str, ...]:
        """Headers of the source, in the order of the contract."""
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        """The column of that name."""
        return next(column for column in self.columns if column.name == name)

    @property
    def dtypes(self) -> dict[str, np.dtype | ExtensionDtype]:
        """Columns of the frame and their dtypes: those of the contract, and the year of a birth date."""
        dtypes = {column.name: column.dtype for column in self.columns}
        births = [column.name for column in self.columns if column.kind == "birth"]
        return dtypes | {birth_year_name(name): pd.Int64Dtype() for name in births}


def birth_year_name(column: str) -> str:
    """Name of the frame column that holds the year of a birth, known from a date or from a year alone."""
    return column.replace("date_", "annee_")


@cache
def empty_frame(table: Table) -> pd.DataFrame:
    """A frame without rows that has every column of the table, made once: not to be changed.

    Returns
    -------
    DataFrame
        The columns and dtypes of ``table.dtypes``, no row.
    """
    return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in table.dtypes.items()})


def sorted_frame(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The rows in the order of the table's key (else of all columns), so that the order of the source never matters."""
    order = list(table.key) or list(frame.columns)
    rest = [name for name in frame.columns if name not in order]
    return frame.sort_values(order + rest, ignore_index=True, kind="stable")
