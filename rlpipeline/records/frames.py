"""The records once read: one frame a table, whatever the kind of source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.errors import DataError, UsageError
from rlpipeline.records.expected import Silenced
from rlpipeline.records.free_text import FreeCell
from rlpipeline.records.schema import Table
from rlpipeline.records.tables import TABLES

T = TypeVar("T")


@dataclass(frozen=True)
class Records:
    """Every table of the contract, by its name.

    Every frame is there with all the columns of the contract; an absent table has no row, an absent optional column
    holds missing values only. ``present`` are the tables that exist in the source, ``silenced`` what was implausible
    and is accepted, ``cells`` the free texts that the edition to share prints, where the source was read;
    ``not_entered`` are the tables left empty for a year, which are not among ``present`` in the records of that year.
    """

    frames: Mapping[str, pd.DataFrame]
    present: frozenset[str]
    silenced: tuple[Silenced, ...] = ()
    cells: tuple[FreeCell, ...] = ()
    not_entered: frozenset[str] = frozenset()

    def once(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        """Make something from the records the first time it is asked for under a name."""
        if key not in self.memo:
            self.memo[key] = make()
        value: T = self.memo[key]
        return value

    def __getitem__(self, name: str) -> pd.DataFrame:
        """The frame of a table."""
        return self.frames[name]

    def with_table(self, name: str, frame: pd.DataFrame) -> Records:
        """Give the same records with other rows in a table."""
        return replace(self, frames={**self.frames, name: frame})

    @cached_property
    def memo(self) -> dict[tuple[object, ...], Any]:
        """What was worked out of these records and is asked again; it goes with them."""
        return {}


def among(values: pd.Series[str], others: pd.Series[str]) -> pd.Series[bool]:
    """Say which texts are found among others: a series with the index of ``values``, False where one is missing.

    ``values.isin(others)`` of pandas 3 makes a Python object of each of the others: a million cost 2 s, here 0.1 s.
    """
    mask = pc.is_in(_texts(values), value_set=_texts(others), skip_nulls=True)
    return pd.Series(mask.to_numpy(zero_copy_only=False), index=values.index, dtype=bool)


def _texts(series: pd.Series[str]) -> pa.Array:
    texts = pa.array(series, type=pa.large_string())
    return texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts


def years(records: Records) -> tuple[int, ...]:
    """The years that the records speak of, in order: every ``annee``, else every year of the dates of what is done.

    The vintages of the territories and the dates of birth do not count.
    """
    written = _distinct(records[table.name]["annee"] for table in TABLES if "annee" in table.column_names)
    return written or _distinct(_dates(records, TABLES))


def dated_years(records: Records) -> tuple[int, ...]:
    """Every year that a row of the records is of, in order: as ``years``, with those of the dates besides."""
    return tuple(sorted({*years(records), *_distinct(_dates(records, TABLES))} - {0}))


def refuse_without_records(year: int, records: Records, source: str) -> None:
    """Refuse a year far from the records, as a slip of the pen gives; the next one may be begun before its records.

    Raises
    ------
    UsageError
        There are dated records, and none is of the year nor of one beside it.
    """
    dated = dated_years(records)
    if dated and not min(dated) - 1 <= year <= max(dated) + 1:
        raise UsageError(
            f"Aucune donnée pour {year}.",
            where=source,
            expected=f"une année de {min(dated)} à {max(dated)}" if len(dated) > 1 else str(dated[0]),
            got=str(year),
            todo="corriger l'année (--year, ou year dans un notebook), ou saisir cette année",
        )


def latest_year(records: Records, extraction: date | None = None) -> int:
    """The latest of ``years`` that at least two dated tables have rows of, and that is not after the extraction.

    Where no year has two tables, as where one table alone is dated, the latest that is not after the extraction; where
    all are after it, the extraction is an old one and does not count.

    Raises
    ------
    DataError
        The records hold no year at all.
    """
    latest = latest_of(records, extraction)
    if not latest:
        raise DataError(
            "Aucune ligne des données n'est datée.", todo="saisir les données, ou indiquer l'année avec --year"
        )
    return latest


def latest_of(records: Records, extraction: date | None) -> int:
    """The same; 0 where the records hold no year at all."""
    every = [year for year in years(records) if year > 0]
    past = [year for year in every if extraction is None or year <= extraction.year] or every
    tables = tables_by_year(records)
    return max((year for year in past if tables[year] > 1), default=max(past, default=0))


def tables_by_year(records: Records) -> Counter[int]:
    """Count the tables that have rows of each year."""
    return Counter(year for table in TABLES for year in _years_of(records, table))


def _years_of(records: Records, table: Table) -> tuple[int, ...]:
    if "annee" in table.column_names:
        return _distinct([records[table.name]["annee"]])
    return _distinct(_dates(records, [table]))


def _dates(records: Records, tables: Iterable[Table]) -> Iterable[pd.Series]:
    for table in tables:
        for column in table.columns:
            if column.kind == "date" and column.name != "premier_contact":
                yield records[table.name][column.name].dropna().dt.year


def _distinct(columns: Iterable[pd.Series]) -> tuple[int, ...]:
    return tuple(sorted({int(year) for column in columns for year in column.unique()}))
