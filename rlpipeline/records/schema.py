"""The vocabulary of the contract of the records: tables, columns, keys and references."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import yaml
from pandas.api.extensions import ExtensionDtype

Kind = Literal["identifier", "text", "code", "commune", "territory", "date", "birth", "year", "number", "flag"]
"""What a column holds: it decides how its cells are read and the dtype of its frame column."""

Lines = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
OUTSIDE = "hors"
FIRST_YEAR, LAST_YEAR = 1900, 2100
TEXT = pd.StringDtype(na_value=np.nan)
DATE = np.dtype("datetime64[us]")
_DTYPES: dict[Kind, np.dtype | ExtensionDtype] = {
    "date": DATE,
    "birth": DATE,
    "year": np.dtype("int64"),
    "number": np.dtype("float64"),
    "flag": np.dtype("bool"),
}


def read_yaml(name: str) -> dict[str, Any]:
    """Read one of the tables of words that stand beside the code."""
    text = resources.files("rlpipeline.records").joinpath(name).read_text(encoding="utf-8")
    read: dict[str, Any] = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    return read


@dataclass(frozen=True)
class Column:
    """One column of a table.

    It must exist where it is ``required``, and its cells may be empty where it is ``nullable``: an empty cell of a
    number is « nc » and is always allowed. ``words`` are the codes allowed, with their French words, empty where the
    settings decide; ``minimum``, ``maximum`` and ``whole`` bound a number; ``note`` says what to write, in French, and
    ``example`` what a cell may hold, where the kind of the column does not tell.
    """

    name: str
    kind: Kind
    required: bool = False
    nullable: bool = True
    words: Mapping[str, str] = field(default_factory=dict, hash=False)
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
    """One table of the records: its columns in the order of the contract, and what they are together.

    The columns of ``key`` are together unique; where it is empty, several rows may be alike. Nothing in a table
    ``about_young_people`` may identify one.
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
    """A frame without rows that has every column of the table, made once: not to be changed."""
    return pd.DataFrame({name: pd.Series([], dtype=dtype) for name, dtype in table.dtypes.items()})


def sorted_frame(frame: pd.DataFrame, table: Table) -> pd.DataFrame:
    """The rows in the order of the table's key (else of all columns), so that the order of the source never matters."""
    order = list(table.key) or list(frame.columns)
    rest = [name for name in frame.columns if name not in order]
    return frame.sort_values(order + rest, ignore_index=True, kind="stable")
