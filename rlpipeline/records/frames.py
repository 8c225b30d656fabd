"""The records once read, one frame a table, and what is asked of them all: their years, their free texts."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TypeVar, get_args

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.characters import holds_a_word
from rlpipeline.errors import DataError, UsageError
from rlpipeline.records.tables import TABLE_NAMES, TABLES, Contract, Lines, table_named
from rlpipeline.settings.models import DatedTable

T = TypeVar("T")
DATED_TABLES: tuple[str, ...] = get_args(DatedTable)
"""Tables that are entered year by year: of the others, no row is of one year alone."""
_TEXTS = [
    (table, column.name) for table in TABLES for column in table.columns if column.kind == "text"
]
SHARED = tuple((table.name, column) for table, column in _TEXTS if column not in table.unshared)
"""Table and column of the free texts that the edition to share prints."""
CODES = tuple(
    (table.name, column.name)
    for table in TABLES
    if not table.about_young_people
    for column in table.columns
    if column.kind in {"identifier", "territory"}
    and column.name not in {reference.column for reference in table.references}
)
"""Table and column of what a service gives its things for a name: files to share have it as the code of a column."""
_OF_A_DISTRICT = re.compile(r"Q[NP]\d{5}[0-9A-Z]")
_NUMBER = re.compile(r"\d+$|(?<![A-Za-z]{2})(?:\d{4,}|2[AB]\d{3})(?![A-Za-z0-9])")
"""Of a code: its rank, at the end; a year, the number of a commune."""
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
    """A text that rows of a year hold in a column, with their lines in the source; without a year, of every report.

    Of codes, the text is what those of one series share: « A…-COL-… ».
    """

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

    def once(self, key: object, make: Callable[[], T]) -> T:
        """Make something the first time it is asked for under a name."""
        memo: dict[object, T] = self.__dict__.setdefault("memo", {})
        if key not in memo:
            memo[key] = make()
        return memo[key]


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


def places_among(
    values: pd.Series[str], others: pd.Series[str] | pd.Index[str]
) -> npt.NDArray[np.int64]:
    """Say where each text stands first among others, -1 where it does not or is missing."""
    # pandas 3 makes a Python object of each of the others to look them up: a million cost 2 s, here 0.1 s.
    asked = pa.array(values, type=pa.large_string())
    known = pa.array(others, type=pa.large_string())
    places = pc.index_in(asked, known, skip_nulls=True)
    found: npt.NDArray[np.int64] = pc.fill_null(places, -1).to_numpy()
    return found


def among(values: pd.Series[str], others: pd.Series[str]) -> pd.Series[bool]:
    """Say which texts are found among others: a series with the index of ``values``, False where one is missing."""
    return pd.Series(places_among(values, others) >= 0, index=values.index)


def _years_of(frames: Mapping[str, pd.DataFrame], table: Contract) -> set[int]:
    """Give the years that a table says its rows are of, else those of its dates; a first contact is of no year."""
    frame = frames[table.name]
    if "annee" in table.column_names:
        return {int(year) for year in frame["annee"].unique()}
    days = {column.name for column in table.columns if column.kind == "date"}
    found = set[int]()
    for name in days - {"premier_contact"}:
        found |= {int(year) for year in frame[name].dropna().dt.year.unique()}
    return found


def years(records: Records) -> tuple[int, ...]:
    """The years that the records speak of, in order: every ``annee``, else every year of the dates of what is done."""
    with_year = [table for table in TABLES if "annee" in table.column_names]
    written = set[int]().union(*(_years_of(records.frames, table) for table in with_year))
    return tuple(sorted(written or tables_by_year(records)))


def dated_years(records: Records) -> tuple[int, ...]:
    """Every year that a row of the records is of, in order: as ``years``, with those of the dates besides."""
    return tuple(sorted(tables_by_year(records).keys() - {0}))


def tables_by_year(records: Records) -> Counter[int]:
    """Count the tables that have rows of each year."""
    every = (year for table in TABLES for year in _years_of(records.frames, table))
    return records.once("tables_by_year", lambda: Counter(every))


def refuse_without_records(year: int, records: Records, source: str) -> None:
    """Refuse a year (UsageError) of which there are no dated records, nor of one beside it, as where it is a slip."""
    dated = dated_years(records)
    if not dated:
        return
    first, last = min(dated), max(dated)
    if first - 1 <= year <= last + 1:
        return
    raise UsageError(
        f"Aucune donnée pour {year}.",
        where=source,
        expected=f"une année de {first} à {last}" if last > first else str(first),
        got=str(year),
        todo="corriger l'année (--year, ou year dans un notebook), ou saisir cette année",
    )


def latest_year(records: Records, extraction: date | None = None) -> int:
    """The latest of ``years`` not after the extraction, unless all are, that two dated tables have rows of, if any has.
    DataError where the records hold no year at all."""
    if latest := latest_of(records, extraction):
        return latest
    raise DataError(
        "Aucune ligne des données n'est datée : il n'y a pas d'année à faire.",
        where="toutes les tables des données",
        expected="des lignes, dont la date ou l'année dit de quel rapport elles sont",
        got="aucune",
        todo="les saisir, puis « rlpipeline check » ; ou indiquer l'année avec --year",
    )


def latest_of(records: Records, extraction: date | None) -> int:
    """The same; 0 where the records hold no year at all."""
    every = [year for year in years(records) if year > 0]
    past = [year for year in every if extraction is None or year <= extraction.year] or every
    tables = tables_by_year(records)
    return max((year for year in past if tables[year] > 1), default=max(past, default=0))


def entered_years(frames: Mapping[str, pd.DataFrame], table: str) -> tuple[int, ...]:
    """List the years of which a table has rows, in order; participations are of the year of their action."""
    if table == "participations":
        actions = frames["actions"]
        has_some = among(actions["id_action"], frames["participations"]["id_action"])
        return entered_years({"actions": actions[has_some]}, "actions")
    return tuple(sorted(_years_of(frames, table_named(table)) - {0}))  # 0 could not be read


def lacks(records: Records, table: str, year: int) -> bool:
    """Say whether a table has no row of a year, though it has some before, or others say that it should. What is
    counted from it is nc, which is not zero. Where no action was entered, no participation is missed."""

    def implied() -> tuple[int, ...]:
        if table == "participations":
            return entered_years(records.frames, "actions")
        temps = records["temps"]
        is_of_table = temps["activite"] == _ACTIVITIES.get(table)
        hours = temps[is_of_table & (temps["heures"] != 0)]
        return entered_years({"temps": hours}, "temps")

    entered = records.once(("entered_years", table), lambda: entered_years(records.frames, table))
    if year in entered:
        return False
    was_entered_before = any(other < year for other in entered)
    if was_entered_before and table != "participations":
        return True
    return year in records.once(("implied_years", table), implied)


def free_cells(
    frames: Mapping[str, pd.DataFrame], lines: Mapping[str, Lines] | None = None
) -> Iterator[FreeCell]:
    """Give each free text that the edition to share prints, once a year, with its ``lines`` where these are given."""
    in_order = sorted((*SHARED, *CODES), key=lambda pair: TABLE_NAMES.index(pair[0]))
    for table, column in (pair for pair in in_order if pair[0] in frames):
        frame, found = frames[table], defaultdict[tuple[str, int], list[int]](list)
        written = _series(frame[column]) if (table, column) in CODES else frame[column]
        years = frame["annee"].tolist() if "annee" in frame else [0] * len(frame)
        for row, (text, year) in enumerate(zip(written.tolist(), years, strict=True)):
            if isinstance(text, str):
                found[text, year].append(row)
        for (text, year), rows in found.items():
            of_rows = () if lines is None or table not in lines else lines[table][rows].tolist()
            yield FreeCell(table, column, text, year or None, tuple(of_rows))


def _series(codes: pd.Series[str]) -> pd.Series[str]:
    """Give the words of codes, which those of one series share; missing where there are none."""
    official = codes.str.fullmatch(_OF_A_DISTRICT).fillna(False)
    words = codes.str.replace(_NUMBER, "…", regex=True)
    return words.where(words.map(holds_a_word, na_action="ignore").eq(True) & ~official)
