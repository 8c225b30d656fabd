"""The records once read, one frame a table, and what is asked of them all: their years, their free texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from typing import Any, TypeVar, cast, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.errors import DataError, UsageError
from rlpipeline.records.tables import TABLES, Contract, Lines
from rlpipeline.settings.models import DatedTable

T = TypeVar("T")
DATED_TABLES: tuple[str, ...] = get_args(DatedTable)
"""Tables that are entered year by year: of the others, no row is of one year alone."""
COLUMNS: Mapping[str, tuple[str, ...]] = {
    table.name: tuple(column.name for column in table.columns if column.kind == "text") for table in TABLES
}
"""Columns of free text."""
UNSHARED = frozenset(
    {
        ("personnel", "precision"),
        ("diagnostics", "commentaire"),
        ("orientations", "partenaire"),
        ("jeunes", "quartier"),
        ("presences", "lieu"),
        *(("demandes", name) for name in ("origine", "motif")),
        *((table, "educateur") for table in ("suivis", "temps")),
    }
)
"""Table and column of the words that the edition to share never prints; a column that is not here is taken to be."""
_ACTIVITIES = {"presences": "presence_sociale", "actions": "action_collective"}
"""Tables that hours of an activity say were to be entered."""


@dataclass(frozen=True)
class Silenced:
    """Findings that one acceptance silences: their code, its reason, how many rows."""

    code: str
    raison: str
    lignes: int


@dataclass(frozen=True)
class FreeCell:
    """A text that rows of a year hold in a column, with their lines in the source; without a year, of every report."""

    table: str
    column: str
    text: str
    year: int | None
    lines: tuple[int, ...] = ()

    def is_printed(self, year: int) -> bool:
        """Whether the edition to share of a year prints it; diagnostics are printed beside those of the year before."""
        return self.year in (None, year) or (self.table == "diagnostics" and self.year == year - 1)


class Memory:
    """What was worked out of something and is asked again; it goes with it."""

    @cached_property
    def memo(self) -> dict[object, Any]:
        """All of it, by name."""
        return {}

    def once(self, key: object, make: Callable[[], T]) -> T:
        """Make something the first time it is asked for under a name."""
        if key not in self.memo:
            self.memo[key] = make()
        value: T = self.memo[key]
        return value


@dataclass(frozen=True)
class Records(Memory):
    """Every table of the contract, by its name, with all its columns: an absent table has no row. ``present`` are the
    tables that exist in the source, ``silenced`` what was implausible and is accepted, ``cells`` the free texts that
    the edition to share prints, where the source was read; ``not_entered`` are the tables left empty for a year, which
    are not among ``present`` in the records of that year."""

    frames: Mapping[str, pd.DataFrame]
    present: frozenset[str]
    silenced: tuple[Silenced, ...] = ()
    cells: tuple[FreeCell, ...] = ()
    not_entered: frozenset[str] = frozenset()

    def __getitem__(self, name: str) -> pd.DataFrame:
        """The frame of a table."""
        return self.frames[name]

    def with_table(self, name: str, frame: pd.DataFrame) -> Records:
        """Give the same records with other rows in a table."""
        return replace(self, frames={**self.frames, name: frame})


def places_among(values: pd.Series[str], others: pd.Series[str] | pd.Index[str]) -> npt.NDArray[np.int64]:
    """Say where each text stands first among others, -1 where it does not or is missing."""
    # pandas 3 makes a Python object of each of the others to look them up: a million cost 2 s, here 0.1 s.
    texts = (pa.array(column, type=pa.large_string()) for column in (values, others))
    asked, known = (text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text for text in texts)
    found: npt.NDArray[np.int64] = pc.fill_null(pc.index_in(asked, known, skip_nulls=True), -1).to_numpy()
    return found


def among(values: pd.Series[str], others: pd.Series[str]) -> pd.Series[bool]:
    """Say which texts are found among others: a series with the index of ``values``, False where one is missing."""
    return pd.Series(places_among(values, others) >= 0, index=values.index)


def years(records: Records) -> tuple[int, ...]:
    """The years that the records speak of, in order: every ``annee``, else every year of the dates of what is done."""
    written = _distinct(records[table.name]["annee"] for table in TABLES if "annee" in table.column_names)
    return written or _distinct(_dates(records, TABLES))


def dated_years(records: Records) -> tuple[int, ...]:
    """Every year that a row of the records is of, in order: as ``years``, with those of the dates besides."""
    return tuple(sorted({*years(records), *_distinct(_dates(records, TABLES))} - {0}))


def refuse_without_records(year: int, records: Records, source: str) -> None:
    """Refuse a year (UsageError) of which there are no dated records, nor of one beside it, as where it is a slip."""
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
    """The latest of ``years`` not after the extraction, unless all are, that two dated tables have rows of, if any has.
    DataError where the records hold no year at all."""
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
    return Counter(
        year
        for table in TABLES
        for year in _distinct(
            [records[table.name]["annee"]] if "annee" in table.column_names else _dates(records, [table])
        )
    )


def _dates(records: Records, tables: Iterable[Contract]) -> Iterator[pd.Series]:
    for table in tables:
        for column in table.columns:
            if column.kind == "date" and column.name != "premier_contact":
                yield records[table.name][column.name].dropna().dt.year


def _distinct(columns: Iterable[pd.Series]) -> tuple[int, ...]:
    return tuple(sorted({int(year) for column in columns for year in column.unique()}))


def entered_years(frames: Mapping[str, pd.DataFrame], table: str) -> tuple[int, ...]:
    """List the years of which a table has rows, in order; participations are of the year of their action."""
    frame = frames[table]
    if table == "participations":
        frame = frames["actions"][among(frames["actions"]["id_action"], frame["id_action"])]
    return _years_of(frame)


def _years_of(frame: pd.DataFrame) -> tuple[int, ...]:
    read = _distinct([frame["annee"] if "annee" in frame else frame["date"].dropna().dt.year])
    return tuple(year for year in read if year)  # 0 could not be read


def lacks(records: Records, table: str, year: int) -> bool:
    """Say whether a table has no row of a year, though it has some before, or others say that it should. What is
    counted from it is nc, which is not zero. Where no action was entered, no participation is missed."""

    def implied() -> tuple[int, ...]:
        temps = records["temps"]
        hours = temps[(temps["activite"] == _ACTIVITIES.get(table)) & (temps["heures"] != 0)]
        return _years_of(records["actions"] if table == "participations" else hours)

    entered = records.once(("entered_years", table), lambda: entered_years(records.frames, table))
    before = table != "participations" and any(other < year for other in entered)
    return year not in entered and (before or year in records.once(("implied_years", table), implied))


def free_cells(frames: Mapping[str, pd.DataFrame], lines: Mapping[str, Lines] | None = None) -> Iterator[FreeCell]:
    """Give each free text that the edition to share prints, once a year, with its ``lines`` where these are given."""
    shared = [(table, name) for table, names in COLUMNS.items() if table in frames for name in names]
    for table, column in (pair for pair in shared if pair not in UNSHARED):
        frame = frames[table]
        years = frame["annee"] if "annee" in frame else pd.Series(0, index=frame.index)
        for key, rows in frame.groupby([frame[column], years], sort=False).indices.items():
            text, year = cast("tuple[str, int]", key)
            of_rows: Iterable[int] = () if lines is None or table not in lines else lines[table][rows]
            yield FreeCell(table, column, text, int(year) or None, tuple(map(int, of_rows)))
