"""Slices of the records: the rows of a table that a year and a territory are counted from, and nothing beside them.

A notebook is given slices alone (:func:`of_scope`), each noted as it is taken, so that what it read is exactly what
was noted. A slice holds every row that a count of its year and territory may look at, which is more than those it
counts: the follow-ups of former years tell which are the first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np
import pandas as pd

from rlpipeline import reads
from rlpipeline.indicators.population import CACHES, SameObject, in_year, residence
from rlpipeline.indicators.scope import SERVICE, Scope, territory_of_people, territory_of_things
from rlpipeline.indicators.territoires import known_values
from rlpipeline.records.frames import Records, years
from rlpipeline.records.store import StoredFrames

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


class SlicedFrames(Mapping[str, pd.DataFrame]):
    """Frames of one scope, cut out of stored records and noted when they are asked for."""

    def __init__(self, origin: Records, scope: Scope) -> None:
        self.origin = origin
        self._scope = scope
        self._cut: dict[str, pd.DataFrame] = {}

    def __getitem__(self, table: str) -> pd.DataFrame:
        """Give the slice of a table."""
        reads.note(reads.SLICE, *name_of(table, self._scope))
        if table not in self._cut:
            whole = _frames(self.origin)[table]
            self._cut[table] = whole.iloc[positions(self.origin, table, self._scope)].reset_index(drop=True)
        return self._cut[table]

    def __iter__(self) -> Iterator[str]:
        return iter(self.origin.frames)

    def __len__(self) -> int:
        return len(self.origin.frames)


def of_scope(records: Records, scope: Scope) -> Records:
    """Give what a count of this scope is made from.

    Returns
    -------
    Slices where the records come from the store, as they do in a notebook, the same object each time; else the records
    themselves.
    """
    if isinstance(records.frames, SlicedFrames):
        return of_scope(records.frames.origin, scope)
    if not isinstance(records.frames, StoredFrames):
        return records
    made = records.frames.slices
    key = (scope.year, scope.territory, scope.service.commune_codes)
    if key not in made:
        made[key] = Records(SlicedFrames(records, scope), records.present)
    return made[key]


def name_of(table: str, scope: Scope) -> tuple[str, str, str]:
    """Name a slice: table, year, territory."""
    return table, str(scope.year), SERVICE if table in WHOLE_SERVICE else scope.territory


def known_years(records: Records) -> tuple[int, ...]:
    """List the years that the records hold, and note that this alone was read."""
    if isinstance(records.frames, SlicedFrames):
        return known_years(records.frames.origin)
    reads.note(reads.YEARS)
    return years(_plain(records))


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
        return np.flatnonzero(known_values(_frames(records)[table], scope))
    parts = _parts(SameObject(records), table, scope.year, scope.service.commune_codes)
    return parts.get(SERVICE if table in WHOLE_SERVICE else scope.territory, np.empty(0, dtype=np.intp))


def forget() -> None:
    """Let go of the records counted so far: who reads them again and again would keep them all."""
    for kept in (_parts, _residence, *CACHES):
        kept.cache_clear()


def _frames(records: Records) -> Mapping[str, pd.DataFrame]:
    """Give the tables without noting them: what is cut out of them is noted by name."""
    return records.frames.unnoted if isinstance(records.frames, StoredFrames) else records.frames


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


def _of_year(records: SameObject[Records], table: str, year: int, codes: tuple[str, ...]) -> Bools:
    frame = _frames(records.value)[table]
    if table == "jeunes":
        return _array(frame["id_jeune"].isin(_mentioned(records, year)))
    if table == "suivis":
        begun = frame["date_debut"] <= pd.Timestamp(year, 12, 31)
        return _array(begun | frame["id_suivi"].isin(_noted_on(records, year)))
    if table == "participations":
        actions = _frames(records.value)["actions"]
        return _array(frame["id_action"].isin(actions.loc[actions["annee"] == year, "id_action"]))
    if table in DATED:
        return _array(in_year(frame["date"], year))
    last = frame["annee"] == year
    return _array(last | (frame["annee"] == year - 1) if table in TWO_YEARS else last)


def _noted_on(records: SameObject[Records], year: int) -> set[str]:
    """List the follow-ups that something of the year was noted on, be it outside their dates."""
    frames = _frames(records.value)
    issues, referrals = frames["problematiques"], frames["orientations"]
    of_issues = issues.loc[issues["annee"] == year, "id_suivi"]
    return {*of_issues, *referrals.loc[in_year(referrals["date"], year), "id_suivi"]}


def _mentioned(records: SameObject[Records], year: int) -> set[str]:
    """List the young people that any slice of the year is about: those known since are of later years."""
    frames = _frames(records.value)
    ids: set[str] = set()
    for table in ("suivis", "presences", "co_accompagnements"):
        ids.update(frames[table].loc[_of_year(records, table, year, ()), "id_jeune"])
    return ids


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
