"""The rows of each slice of a store, found beforehand: who takes a slice reads it alone, however large the tables are.

Beside the store, each table is written once more so that single rows can be taken from the disk (Arrow, not
compressed, mapped in memory), with the positions of the rows of every slice. Opening costs the same for ten communes
and for a thousand.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from rlpipeline.records.frames import Records
from rlpipeline.records.missing_years import DATED_TABLES, entered_years
from rlpipeline.records.tables import table_named

NAME = "tranches"
"""Folder beside a store."""
MARKER, STARTS, POSITIONS = "tranches.json", "debuts.npy", "positions.npy"
Positions = np.ndarray[tuple[int], np.dtype[np.intp]]


@dataclass(frozen=True)
class Axes:
    """What slices are told by.

    Parameters
    ----------
    codes
        Codes of the service's communes: the slices hold for this service alone.
    places
        Territories, in the order in which their slices are written.
    """

    codes: tuple[str, ...]
    places: tuple[str, ...]
    years: tuple[int, ...]
    tables: tuple[str, ...]


def digest_of(codes: Iterable[str]) -> str:
    """Digest of the communes of a service."""
    return hashlib.sha256("\n".join(codes).encode()).hexdigest()


def write_index(records: Records, directory: Path, axes: Axes, rows: Iterable[Positions], known: Iterable[int]) -> None:
    """Write the tables and the rows of their slices, readable by their owner alone.

    Parameters
    ----------
    directory
        The store that they are slices of.
    rows
        Positions of each slice, by table, then by year, the report's last, then by territory, the service first.
    known
        The years that the records speak of.
    """
    place = directory.with_name(NAME)
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir(mode=0o700)
    listed, slices = [*rows], len(axes.years) * len(axes.places)
    for rank, name in enumerate(axes.tables):
        own = slice(rank * slices, (rank + 1) * slices)
        order = _order(listed[own][1 - len(axes.places) :], len(records.frames[name]))
        _write_table(records.frames[name].iloc[order], place / f"{name}.arrow")
        listed[own] = _written(listed[own], order)
    starts = np.cumsum([0, *map(len, listed)])
    positions = np.concatenate([*listed, np.empty(0, dtype=np.intp)]).astype(np.int32)
    for name, array in ((STARTS, starts.astype(np.int64)), (POSITIONS, positions)):
        with private_file(place / name) as stream:
            np.save(stream, array, allow_pickle=False)
    told = {
        "communes": digest_of(axes.codes),
        "territoires": len(axes.places),
        "annees": axes.years,
        "tables": axes.tables,
        "connues": [*known],
        "saisies": {name: entered_years(records.frames, name) for name in DATED_TABLES},
    }
    with private_file(place / MARKER) as stream:
        stream.write(json.dumps(told).encode())


def _order(slices: Iterable[Positions], rows: int) -> Positions:
    """Put the rows of each territory side by side, in the slices of the report's year: they are read together."""
    together: Positions = pd.unique(np.concatenate([*slices, np.arange(rows, dtype=np.intp)]))
    return together


def _written(slices: Iterable[Positions], order: Positions) -> list[Positions]:
    """Say where the rows of slices are once the table is written in an order; their own order stays."""
    places = np.empty(len(order), dtype=np.intp)
    places[order] = np.arange(len(order), dtype=np.intp)
    return [places[rows] for rows in slices]


def private_file(path: Path) -> IO[bytes]:
    """Open a new file that its owner alone can read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _write_table(frame: pd.DataFrame, path: Path) -> None:
    table = pa.Table.from_pandas(frame, preserve_index=False).combine_chunks()
    with private_file(path) as stream, pa.ipc.new_file(stream, table.schema) as writer:
        writer.write_table(table)  # in one batch: rows are then found without looking at the others


@dataclass(frozen=True)
class RowIndex:
    """The slices beside a store, each read from the disk when it is asked for."""

    directory: Path
    told: Mapping[str, Any]

    @property
    def known_years(self) -> tuple[int, ...]:
        """The years that the records speak of."""
        return tuple(self.told["connues"])

    def entered_years(self, table: str) -> tuple[int, ...]:
        """The years of which a table has rows."""
        return tuple(self.told["saisies"][table])

    def has(self, table: str, year: int, codes: tuple[str, ...]) -> bool:
        """Whether the slices of a table and year are written, for this service."""
        return table in self.told["tables"] and year in self.told["annees"] and self._communes(codes)

    def take(self, table: str, year: int, place: int) -> pd.DataFrame:
        """Read a slice.

        Parameters
        ----------
        place
            Rank of the territory.

        Returns
        -------
        The rows in the order of the table, with its columns and dtypes.
        """
        start, stop = self._span(table, year, place)
        dtypes = table_named(table).dtypes
        kept: pd.DataFrame = self._table(table).take(pa.array(self._positions[start:stop])).to_pandas()
        return kept.astype(dtypes)[list(dtypes)]

    def count(self, table: str, year: int, place: int) -> int:
        """Count the rows of a slice, without reading them."""
        start, stop = self._span(table, year, place)
        return stop - start

    def _span(self, table: str, year: int, place: int) -> tuple[int, int]:
        """Where the positions of a slice begin and end."""
        tables, years = self.told["tables"], self.told["annees"]
        slot = (tables.index(table) * len(years) + years.index(year)) * self.told["territoires"] + place
        start, stop = self._starts[slot : slot + 2]
        return int(start), int(stop)

    def _communes(self, codes: tuple[str, ...]) -> bool:
        if codes not in self._checked:
            self._checked[codes] = digest_of(codes) == self.told["communes"]
        return self._checked[codes]

    @cached_property
    def _checked(self) -> dict[tuple[str, ...], bool]:
        return {}

    @cached_property
    def _starts(self) -> Any:
        return np.load(self.directory / STARTS, mmap_mode="r", allow_pickle=False)

    @cached_property
    def _positions(self) -> Any:
        return np.load(self.directory / POSITIONS, mmap_mode="r", allow_pickle=False)

    @cached_property
    def _tables(self) -> dict[str, pa.Table]:
        return {}

    def _table(self, name: str) -> pa.Table:
        """Map a table: nothing of it is read yet."""
        if name not in self._tables:
            self._tables[name] = pa.ipc.open_file(pa.memory_map(str(self.directory / f"{name}.arrow"))).read_all()
        return self._tables[name]


def open_index(store: Path) -> RowIndex | None:
    """Open the slices beside a store; None where there are none, as where a notebook is opened by hand."""
    directory = store.with_name(NAME)
    path = directory / MARKER
    return RowIndex(directory, json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else None
