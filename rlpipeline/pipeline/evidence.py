"""What a read would give now: the digest of each thing that a notebook can have read, taken where both layers meet."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline import reads
from rlpipeline.display.scales import common_scales
from rlpipeline.execution.code import sha256
from rlpipeline.execution.freshness import UNTOLD
from rlpipeline.execution.manifest import hashes
from rlpipeline.execution.workspace import Workspace
from rlpipeline.figures import REGISTRY, SERVICE, FromRecords, Scope, Source
from rlpipeline.figures.slices import is_missing, is_recorded, known_years, places_of_actions, positions
from rlpipeline.protection.figure_store import table_path
from rlpipeline.protection.releases import read_releases
from rlpipeline.protection.source import RELEASED, FromProtected
from rlpipeline.reads import Read
from rlpipeline.records import Records, years
from rlpipeline.records.tables import TABLE_NAMES
from rlpipeline.settings.models import Settings

ABSENT = "absent"
HASH_KEYS = ("0123456789abcdef", "rlpipeline-lu-02")
"""Two independent hashes of each row, of 64 bits each."""


class Evidence:
    """Digests of what can be read of one edition of one year, each taken once.

    Parameters
    ----------
    records
        The records in memory; the workspace holds what the notebooks open, whatever the edition.
    """

    def __init__(self, records: Records, settings: Settings, workspace: Workspace) -> None:
        self._records = records
        self._settings = settings
        self._workspace = workspace
        self._known: dict[Read, str] = {}
        self._rows: dict[str, np.ndarray[Any, np.dtype[np.uint8]]] = {}

    def digest(self, read: Read) -> str:
        """Digest of a read; ``UNTOLD`` where nothing can tell it."""
        if read not in self._known:
            taker = self._takers.get(read[0])
            try:
                self._known[read] = taker(*read[1:]) if taker else UNTOLD
            except TypeError:  # a read of another version
                self._known[read] = UNTOLD
        return self._known[read]

    @cached_property
    def settings_but_texts(self) -> str:
        """Digest of every file of the settings but the texts, and of what else was asked for."""
        files = hashes(self._workspace.params)
        return _told([self._settings.edition, {name: files[name] for name in files if "/textes/" not in name}])

    def counted(self, territories: Sequence[str]) -> str:
        """Digest of all that is counted for some territories, of any year."""
        told = self._protected_of if self._workspace.edition == "diffusion" else self._counted_of
        return _told([told(territory) for territory in territories])

    def _counted_of(self, territory: str) -> list[str]:
        known = years(self._records)
        slices = [(reads.SLICE, table, str(year), territory) for year in known for table in TABLE_NAMES]
        kinds = (reads.RECORDED, reads.MISSING)
        recorded = [(kind, table, str(year)) for kind in kinds for year in known for table in TABLE_NAMES]
        return [*map(str, known), *map(self.digest, [*slices, *recorded])]

    def _protected_of(self, territory: str) -> list[Any]:
        directory = self._workspace.records
        files = [_file(table_path(directory, id, territory)) for id in REGISTRY]
        return [*files, self._released.get(territory, "")]

    @cached_property
    def _released(self) -> Mapping[str, str]:
        """Digest of the figures released for other years, by territory."""
        released = read_releases(self._workspace.records / RELEASED).figures
        parts = released.astype("str").groupby("territoire")
        return {str(name): _told(part.to_numpy().tolist()) for name, part in parts}

    @cached_property
    def _takers(self) -> Mapping[str, Callable[..., str]]:
        protected = self._workspace.edition == "diffusion"
        of_edition = self._of_protected if protected else self._of_records
        return of_edition | {
            reads.ALL_RECORDS: lambda: _told(hashes(self._workspace.records)),
            reads.ALL_SETTINGS: lambda: _told(hashes(self._workspace.params)),
            reads.SETTING: self._setting,
            reads.SCALE: lambda id: _told(self.scales.get(id)),
            reads.SETTINGS_FILE: lambda name: _file(self._workspace.params / name),
            reads.OUTSIDE: lambda name: _file(Path(name)),
            reads.OUTSIDE_LIST: _listing,
        }

    @cached_property
    def scales(self) -> Mapping[str, float]:
        """Scales that the charts of all portraits share."""
        protected = self._workspace.edition == "diffusion"
        source: Source = FromProtected(self._workspace.records) if protected else FromRecords(self._records)
        return common_scales(source, self._settings.service, self._settings.year)

    @property
    def _of_records(self) -> dict[str, Callable[..., str]]:
        codes = self._settings.service.commune_codes
        return {
            reads.SLICE: self._slice,
            reads.TABLE: lambda table: self._rows_digest(table, np.arange(len(self._records.frames[table]))),
            reads.PRESENCE: lambda table: str(table in self._records.present),
            reads.RECORDED: lambda table, year: str(is_recorded(self._records, table, self._scope(year, SERVICE))),
            reads.MISSING: lambda table, year: str(is_missing(self._records, table, self._scope(year, SERVICE))),
            reads.YEARS: lambda: _told(known_years(self._records)),
            reads.SILENCED: lambda: _told([asdict(one) for one in self._records.silenced]),
            reads.PLACES: lambda: _told(places_of_actions(self._records, codes)),
        }

    @property
    def _of_protected(self) -> dict[str, Callable[..., str]]:
        source = FromProtected(self._workspace.records)
        return {
            reads.PROTECTED: lambda id, territory: _file(table_path(source.directory, id, territory)),
            reads.RELEASED: lambda id, year, territory: _told(
                source.released(id, self._scope(year, territory)).astype("str").to_numpy().tolist()
            ),
            reads.RELEASED_YEARS: lambda: _told(sorted(source.years)),
            reads.PLACES: lambda: _told(source.territories_of_actions(self._settings.service.commune_codes)),
        }

    def _scope(self, year: str, territory: str) -> Scope:
        return Scope(int(year), territory, self._settings.service)

    def _slice(self, table: str, year: str, territory: str) -> str:
        return self._rows_digest(table, positions(self._records, table, self._scope(year, territory)))

    def _rows_digest(self, table: str, rows: np.ndarray[Any, Any]) -> str:
        if table not in self._rows:
            self._rows[table] = row_marks(self._records.frames[table])
        return hashlib.sha256(self._rows[table][rows].tobytes()).hexdigest()

    def _setting(self, file: str, key: str) -> str:
        model = self._settings.service if file == "service" else self._settings.report
        values = model.model_dump(mode="json")
        return _told(values if key == "*" else values.get(key, ABSENT))


def row_marks(frame: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.uint8]]:
    """Mark each row by its content.

    Returns
    -------
    Array of bytes, a row for each of the frame: two hashes of its values and which of them are missing.
    """
    hashed = [pd.util.hash_pandas_object(frame, index=False, hash_key=key).to_numpy("uint64") for key in HASH_KEYS]
    marks = np.column_stack(hashed).view(np.uint8).reshape(len(frame), 16)
    return np.hstack([marks, np.packbits(frame.isna().to_numpy(), axis=1)])


def _told(values: Any) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True, default=list).encode()).hexdigest()


def _file(path: Path) -> str:
    try:
        return sha256(path)
    except OSError:
        return ABSENT


def _listing(name: str) -> str:
    try:
        return _told(sorted(path.name for path in Path(name).iterdir()))
    except OSError:
        return ABSENT
