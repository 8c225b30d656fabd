"""Slices of the records: the rows of a table that a year and a territory are counted from, and nothing beside them.

A notebook is given slices alone (:func:`of_scope`), each noted as it is taken, so that what it read is exactly what
was noted. A slice holds every row that a count of its year and territory may look at, which is more than those it
counts: the follow-ups of former years tell which are the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import pandas as pd

from rlpipeline import reads
from rlpipeline.figures.population import CACHES, SameObject, in_year, residence
from rlpipeline.figures.scope import (
    HORS,
    SANS_COMMUNE,
    SERVICE,
    Scope,
    territories,
    territory_of_people,
    territory_of_things,
)
from rlpipeline.figures.territoires import known_values, own_places
from rlpipeline.figures.things import parted
from rlpipeline.records.frames import Records, among, years
from rlpipeline.records.missing_years import DATED_TABLES, entered_years, lacks
from rlpipeline.records.row_index import Axes, RowIndex, write_index
from rlpipeline.records.store import StoredFrames
from rlpipeline.settings.models import Service

Positions = np.ndarray[tuple[int], np.dtype[np.intp]]
Objects = np.ndarray[tuple[int], np.dtype[np.str_]]
Bools = np.ndarray[tuple[int], np.dtype[np.bool_]]
OF_PEOPLE = ("jeunes", "suivis", "situations", "co_accompagnements", "presences")
OF_PLACES = ("temps", "demandes", "actions")
DATED = ("presences", "orientations", "temps", "demandes")
WHOLE_SERVICE = ("personnel", "financements", "reseaux", "instances", "partenaires")
"""Tables that have no territory: their slice is the service's, whoever asks."""
TWO_YEARS = ("diagnostics",)
"""Tables whose slice holds the year before too, printed in the same table."""
YEARS_BEFORE = 3
"""Years before the report's whose slices are found beforehand."""
NO_ROWS: Positions = np.empty(0, dtype=np.intp)
EPCI = "epci"


class SlicedFrames(Mapping[str, pd.DataFrame]):
    """Frames of one scope, cut out of stored records and noted when they are asked for."""

    def __init__(self, origin: Records, scope: Scope) -> None:
        self.origin = origin
        self.scope = scope
        self._cut: dict[str, pd.DataFrame] = {}

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Give the slice of a table."""
        reads.note(reads.SLICE, *name_of(table, self.scope))
        if table not in self._cut:
            self._cut[table] = _cut(self.origin, table, self.scope)
        return self._cut[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self.origin.frames)

    def __len__(self) -> int:
        return len(self.origin.frames)


class _Entered(frozenset[str]):
    """The tables of a store, save those not entered for a scope's year; what is asked about is noted."""

    origin: Records
    scope: Scope

    def __new__(cls, origin: Records, scope: Scope) -> _Entered:
        """Hold the tables of the store, and what tells which were entered."""
        with reads.aside():
            made = super().__new__(cls, origin.present)
        made.origin, made.scope = origin, scope
        return made

    def __contains__(self, table: object) -> bool:
        return table in self.origin.present and not is_missing(self.origin, str(table), self.scope)


def of_scope(records: Records, scope: Scope) -> Records:
    """Give what a count of this scope is made from.

    Returns
    -------
    Slices where the records come from the store, as they do in a notebook, the same object each time; else the records
    themselves. A table that was not entered for the year is not present.
    """
    if isinstance(records.frames, SlicedFrames):
        return records if records.frames.scope == scope else of_scope(records.frames.origin, scope)
    if not isinstance(records.frames, StoredFrames):
        return _without_missing(SameObject(records), scope.year, scope.service.annee_vide)
    made = records.frames.slices
    key = (scope.year, scope.territory, scope.service.commune_codes)
    if key not in made:
        made[key] = cut_of(records, scope)
    return made[key]


def cut_of(records: Records, scope: Scope) -> Records:
    """Give the slices of one scope, cut as they are asked for and let go of with it."""
    return replace(records, frames=SlicedFrames(records, scope), present=_Entered(records, scope))


def name_of(table: str, scope: Scope) -> tuple[str, str, str]:
    """Name a slice: table, year, territory."""
    return table, str(scope.year), SERVICE if table in WHOLE_SERVICE else scope.territory


def known_years(records: Records) -> tuple[int, ...]:
    """List the years that the records hold, and note that this alone was read."""
    if isinstance(records.frames, SlicedFrames):
        return known_years(records.frames.origin)
    reads.note(reads.YEARS)
    index = _index(records)
    return index.known_years if index else years(_plain(records))


def is_recorded(records: Records, table: str, scope: Scope) -> bool:
    """Say whether the service has any row of a table for a year, and note that this alone was read.

    Notes
    -----
    The rows are those of the whole service's slice, whatever the territory: where it has none, nothing says that the
    table was kept that year.
    """
    if isinstance(records.frames, SlicedFrames):
        return is_recorded(records.frames.origin, table, scope)
    reads.note(reads.RECORDED, table, str(scope.year))
    index = _index(records)
    if index is not None and index.has(table, scope.year, scope.service.commune_codes):
        return index.count(table, scope.year, 0) > 0
    return len(positions(records, table, replace(scope, territory=SERVICE))) > 0


def is_missing(records: Records, table: str, scope: Scope) -> bool:
    """Say whether a table was not entered for a year though it was before, and note that this alone was read.

    Notes
    -----
    What it counts is then not known, save where the settings say that nothing was to be entered.
    """
    if isinstance(records.frames, SlicedFrames):
        return is_missing(records.frames.origin, table, scope)
    if table not in DATED_TABLES:
        return False
    reads.note(reads.MISSING, table, str(scope.year))
    index = _index(records)
    entered = index.entered_years if index else partial(_entered_years, SameObject(records))
    return lacks(table, scope.year, entered) and table not in scope.service.annee_vide


def places_of_actions(records: Records, codes: tuple[str, ...]) -> dict[str, str]:
    """Give the territory of every action, and note that this alone was read."""
    if isinstance(records.frames, SlicedFrames):
        return places_of_actions(records.frames.origin, codes)
    reads.note(reads.PLACES)
    actions = _frames(records)["actions"]
    return dict(zip(actions["id_action"], territory_of_things(actions["commune"], codes), strict=True))


def positions(records: Records, table: str, scope: Scope) -> Positions:
    """Give the rows of a slice, in the order of the table."""
    if table == "territoires":
        return _positions_of_values(records, scope)
    parts = _parts(SameObject(records), table, scope.year, scope.service.commune_codes)
    return parts.get(SERVICE if table in WHOLE_SERVICE else scope.territory, NO_ROWS)


def write_slices(records: Records, service: Service, year: int, store: Path) -> None:
    """Write beside a store the slices that the report of a year looks at, so that each is read without the others.

    Notes
    -----
    The rows are those of :func:`positions`, which the digests are taken of. Any other slice is cut out of the whole.
    """
    places = (SERVICE, *territories(service))
    known = years(_plain(records))
    looked_at = (year - 1, year, *(one for one in known if year - YEARS_BEFORE <= one < year))
    axes = Axes(service.commune_codes, places, tuple(sorted(set(looked_at))), tuple(records.frames))
    scopes = [Scope(one, place, service) for one in axes.years for place in axes.places]
    rows = (_rows(records, table, scope) for table in axes.tables for scope in scopes)
    write_index(records, store, axes, rows, known)


def _rows(records: Records, table: str, scope: Scope) -> Positions:
    """Give the rows of a slice, once: what has no territory is the service's."""
    return positions(records, table, scope) if scope.is_service or table not in WHOLE_SERVICE else NO_ROWS


def forget() -> None:
    """Let go of the records counted so far: who reads them again and again would keep them all."""
    for kept in (_parts, _residence, _values, _entered_years, _without_missing, parted, *CACHES):
        kept.cache_clear()


def _frames(records: Records) -> Mapping[str, pd.DataFrame]:
    """Give the tables without noting them: what is cut out of them is noted by name."""
    return records.frames.unnoted if isinstance(records.frames, StoredFrames) else records.frames


def _index(records: Records) -> RowIndex | None:
    return records.frames.index if isinstance(records.frames, StoredFrames) else None


@lru_cache(maxsize=512)
def _entered_years(records: SameObject[Records], table: str) -> tuple[int, ...]:
    return entered_years(_frames(records.value), table)


@lru_cache(maxsize=64)
def _without_missing(records: SameObject[Records], year: int, empty: tuple[str, ...]) -> Records:
    """Give records whose tables not entered for the year are absent; themselves where there is none."""
    entered = partial(_entered_years, records)
    missing = {table for table in DATED_TABLES if table not in empty and lacks(table, year, entered)}
    whole = records.value
    return replace(whole, present=whole.present - missing) if missing & whole.present else whole


def _cut(records: Records, table: str, scope: Scope) -> pd.DataFrame:
    """Cut a slice out of its table, or read it where it was found beforehand."""
    index = _index(records)
    if index is None or not index.has(table, scope.year, scope.service.commune_codes):
        return _frames(records)[table].iloc[positions(records, table, scope)].reset_index(drop=True)
    _, _, territory = name_of(table, scope)
    with reads.aside():
        return index.take(table, scope.year, (SERVICE, *territories(scope.service)).index(territory))


def _plain(records: Records) -> Records:
    return Records(_frames(records), records.present)


@lru_cache(maxsize=512)
def _parts(records: SameObject[Records], table: str, year: int, codes: tuple[str, ...]) -> dict[str, Positions]:
    """Part the rows of a year by territory; all of them are the service's."""
    kept = np.flatnonzero(_of_year(records, table, year, codes))
    if table in WHOLE_SERVICE:
        return {SERVICE: kept}
    territory = _territory(records, table, year, codes)[kept]
    order = np.argsort(territory, kind="stable")
    names, starts = np.unique(territory[order], return_index=True)
    parts = np.split(kept[order], starts[1:]) if len(kept) else []
    return {SERVICE: kept, **dict(zip(names.tolist(), parts, strict=True))}


def _positions_of_values(records: Records, scope: Scope) -> Positions:
    """Give the rows of ``territoires`` that a scope shows (``known_values``), without looking at the others."""
    frame = _frames(records)["territoires"]
    if scope.is_service:
        return np.flatnonzero(known_values(frame, scope))
    if scope.territory in (HORS, SANS_COMMUNE):
        return NO_ROWS
    by_place, vintages = _values(SameObject(records))
    rows: Positions = np.unique(np.concatenate([by_place.get(code, NO_ROWS) for code in (EPCI, *own_places(scope))]))
    kept: Positions = rows[vintages[rows] <= scope.year]
    return kept


@lru_cache(maxsize=4)
def _values(records: SameObject[Records]) -> tuple[dict[str, Positions], Positions]:
    """Part the rows of ``territoires`` by territory, those of intercommunal bodies together; give their vintages."""
    frame = _frames(records.value)["territoires"]
    by_place = frame.groupby(frame["territoire"].to_numpy(dtype=object), sort=False).indices
    parted: dict[str, Positions] = {str(code): np.asarray(rows, dtype=np.intp) for code, rows in by_place.items()}
    vintages: Positions = frame["millesime"].to_numpy(dtype=np.intp)
    return {**parted, EPCI: np.flatnonzero(frame["type"] == EPCI)}, vintages


def _of_year(records: SameObject[Records], table: str, year: int, codes: tuple[str, ...]) -> Bools:
    frame = _frames(records.value)[table]
    if table == "jeunes":
        return _array(among(frame["id_jeune"], _mentioned(records, year)))
    if table == "suivis":
        begun = frame["date_debut"] <= pd.Timestamp(year, 12, 31)
        return _array(begun | among(frame["id_suivi"], _noted_on(records, year)))
    if table == "participations":
        actions = _frames(records.value)["actions"]
        return _array(among(frame["id_action"], actions.loc[actions["annee"] == year, "id_action"]))
    if table in DATED:
        return _array(in_year(frame["date"], year))
    last = frame["annee"] == year
    return _array(last | (frame["annee"] == year - 1) if table in TWO_YEARS else last)


def _noted_on(records: SameObject[Records], year: int) -> pd.Series[str]:
    """List the follow-ups that something of the year was noted on, be it outside their dates."""
    frames = _frames(records.value)
    issues, referrals = frames["problematiques"], frames["orientations"]
    of_issues = issues.loc[issues["annee"] == year, "id_suivi"]
    noted: pd.Series[str] = pd.concat([of_issues, referrals.loc[in_year(referrals["date"], year), "id_suivi"]])
    return noted


def _mentioned(records: SameObject[Records], year: int) -> pd.Series[str]:
    """List the young people that any slice of the year is about: those known since are of later years."""
    frames = _frames(records.value)
    tables = ("suivis", "presences", "co_accompagnements")
    ids = [frames[table].loc[_of_year(records, table, year, ()), "id_jeune"] for table in tables]
    mentioned: pd.Series[str] = pd.concat(ids)
    return mentioned


def _territory(records: SameObject[Records], table: str, year: int, codes: tuple[str, ...]) -> Objects:
    """Give the territory of each row: that of the residence of its young person, or of its own commune."""
    frames = _frames(records.value)
    frame = frames[table]
    if table in OF_PLACES:
        places = territory_of_things(frame["commune"], codes)
    elif table == "participations":
        actions = frames["actions"]
        of_action = territory_of_things(actions["commune"], codes).set_axis(actions["id_action"])
        places = frame["id_action"].map(of_action)
    elif table == "diagnostics":
        places = territory_of_people(frame["commune"], codes)
    else:
        ids = frame["id_jeune"] if table in OF_PEOPLE else _persons(frames, frame)
        places = ids.map(_residence(records, year, codes))
    return places.fillna("").to_numpy(dtype=object).astype("str")


def _persons(frames: Mapping[str, pd.DataFrame], noted: pd.DataFrame) -> pd.Series[str]:
    """Give the young person of each row noted on a follow-up."""
    suivis = frames["suivis"]
    return noted["id_suivi"].map(suivis["id_jeune"].set_axis(suivis["id_suivi"]))


@lru_cache(maxsize=16)
def _residence(records: SameObject[Records], year: int, codes: tuple[str, ...]) -> pd.Series[str]:
    frames = _frames(records.value)
    jeunes = frames["jeunes"]
    lived = residence(jeunes, frames["situations"], year, codes)
    return lived.set_axis(jeunes["id_jeune"])


def _array(mask: pd.Series[bool]) -> Bools:
    return mask.to_numpy(dtype=bool)
