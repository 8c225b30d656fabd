"""The tables of the records, each counted as it is asked for: all by the notebook of counts, else those shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from itertools import product
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pandas as pd

from rlpipeline.figures.cells import SECTION, package_tables, told
from rlpipeline.figures.declaration import PLAIN, SERVICE, Declarations, Declared, Indicator, Scope
from rlpipeline.figures.population import (
    ISSUES_AND_REFERRALS,
    PAEI,
    alerts,
    entered,
    follow_ups,
    is_kept,
    of_year,
    things,
)
from rlpipeline.figures.store import COUNTED, TO_SHARE, Store, marker, write_store
from rlpipeline.figures.structure import declarations, to_share
from rlpipeline.figures.tables import CSV_COLUMNS, TableData, count_table
from rlpipeline.records import Records
from rlpipeline.records import years as years_of
from rlpipeline.settings.models import Service

REDEFINED, ELSEWHERE = "Le service a redéfini ce tableau{}.", " ; celui-ci est celui de rlpipeline"
NONE: Mapping[str, Any] = MappingProxyType({})


def marked(indicator: Indicator) -> Indicator:
    """Say of a declared table whether it counts what the package's does; else it is the service's own."""
    ours = package_tables().get(indicator.id)
    if ours is None:
        return replace(indicator, own=True, when=None)
    look = ours.look if indicator.look == PLAIN else indicator.look
    section = ours.section if indicator.section == SECTION else indicator.section
    worded = replace(indicator, look=look, section=section)
    return worded if indicator.counts_as(ours) else replace(worded, own=True)


def bound(indicators: Mapping[str, Indicator]) -> Mapping[str, Indicator]:
    """Give what is worked out of other tables those tables, in the order of the sections, the service's own last."""
    ordered = sorted(indicators.values(), key=lambda table: (table.section == SECTION, table.section))
    tables = {table.id: table for table in ordered}
    for table in ordered:
        if table.from_others:
            tables[table.id] = replace(table, **table.from_others(tables))
    return tables


class Counts(Store):
    """Figures of records, each table counted once, for every territory, when it is first asked for.

    ``years_reported`` are those of the reports, ``ours`` the tables of the notebook of counts, of which more may be
    declared, ``added`` those of the service's notebook of indicators: one of a name of ours takes its place. ``cells``
    are those of the service's notebooks that declare tables.
    """

    def __init__(
        self,
        records: Records,
        service: Service,
        years_reported: tuple[int, ...],
        ours: dict[str, Indicator],
        added: Mapping[str, Indicator] = NONE,
        cells: Mapping[str, str] = NONE,
    ) -> None:
        self.records, self.service, self.years_reported = records, service, years_reported
        self.ours, self.added, self.cells = ours, added, cells
        self._counted: dict[tuple[str, int], Mapping[str, TableData]] = {}
        self._tables = {}

    @cached_property
    def indicators(self) -> Mapping[str, Indicator]:
        """Every table that is declared."""
        return bound({id: marked(table) for id, table in {**self.ours, **self.added}.items()})

    @cached_property
    def shared(self) -> Mapping[str, Indicator]:
        """What the edition to share is made from: where the service has other bands alone, the package's table."""
        ours, declared = package_tables(), self.indicators
        own = (id for id, table in declared.items() if table.own and id in ours)
        banded = {id: ours[id] for id in own if declared[id].rebands(ours[id])}
        return bound({id: banded.get(id, table) for id, table in declared.items() if not table.own or id in banded})

    @cached_property
    def declared(self) -> Declarations:
        """What is said of them."""
        whole, package = declarations(self.indicators, self.service, self.cells), package_tables()
        ours = package.keys() == self.indicators.keys() and all(
            not table.own and table.crossing == package[id].crossing for id, table in self.indicators.items()
        )
        return whole if ours else replace(whole, to_share=to_share(self.shared, bound(package), self.service))

    @cached_property
    def _marker(self) -> Mapping[str, Any]:
        actions = [things(self.records, self._whole(year), "actions") for year in self._years]
        recorded = product(self.indicators, self._years)
        return marker(
            exact=True,
            years=years_of(self.records),
            recorded=[(id, year) for id, year in recorded if self.is_recorded(id, self._whole(year))],
            origins=dict.fromkeys(self._years, COUNTED),
            places={id: place for of in actions for id, place in zip(of["id_action"], of["territoire"], strict=True)},
            silenced=self.records.silenced,
            within_dates=[year for year in self.years_reported if self._within_dates(self._whole(year))],
        )

    @cached_property
    def _years(self) -> tuple[int, ...]:
        """Years counted: those of the reports, and those that the records speak of, which a text may quote."""
        return tuple(sorted({*years_of(self.records), *self.years_reported}))

    def _whole(self, year: int) -> Scope:
        return Scope(year, SERVICE, self.service)

    def take(self, indicator: Indicator) -> TableData | None:
        """Count a table that a cell declares, and show the service's; a cell run twice replaces its own.

        None where a cell of the service's notebook takes its place, and where the service keeps nothing of it.
        """
        self.ours[indicator.id] = indicator
        for kept in ("indicators", "shared", "declared", "_marker"):
            self.__dict__.pop(kept, None)
        self._tables.clear()
        for key in [key for key in self._counted if key[0].removeprefix(TO_SHARE) == indicator.id]:
            del self._counted[key]
        if indicator.id in self.added:
            return None
        return {year: self.every_place(indicator.id, year) for year in self._years}[self.reported].get(SERVICE)

    def own(self) -> pd.DataFrame:
        """Count the tables of the service's notebook of indicators; columns of ``indicateurs.csv``."""
        every = [self.every_place(id, year) for id in self.added for year in reversed(self._years)]
        frames = [table.figures for tables in every for table in tables.values()]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*CSV_COLUMNS])

    def write(self, directory: str | None) -> str:
        """Write the figures for the notebooks of the report; nothing where the notebook is run by hand, without any."""
        names = [*self.indicators, *(f"{TO_SHARE}{id}" for id in self.shared if self.indicators[id].own)]
        tables = {
            (id, year, place): data
            for id in names
            for year in reversed(self._years)
            for place, data in self.every_place(id, year).items()
        }
        said = f"{len(tables)} tableaux comptés, années {', '.join(map(str, self._years))}"
        if not directory:
            return f"{said} ; rien n'est écrit"
        listed = {year: self.alerts(self._whole(year)) for year in self.years_reported}
        write_store(Path(directory), tables, self.declared, self._marker, listed)
        return said

    def every_place(self, id: str, year: int) -> Mapping[str, TableData]:
        """Count a table of a year, for every territory at once."""
        if (id, year) not in self._counted:
            tables = self.shared if id.startswith(TO_SHARE) else self.indicators
            indicator = tables.get(id.removeprefix(TO_SHARE))
            if indicator is None:
                raise self.declared.unknown(id)
            try:
                counted = count_table(indicator, self.records, self._whole(year))
            except Exception as error:
                if not indicator.own:
                    raise
                what, cell = "La fonction qui compte ce tableau a échoué.", self.cells.get(id, f"tableau « {id} »")
                raise told(error, what, cell, f"« {id} », {year}") from error
            self._counted[id, year] = {place: self._noted(id, data) for place, data in counted.items()}
        return self._counted[id, year]

    def _noted(self, id: str, data: TableData) -> TableData:
        """Say of a table of ours that the service redefined it, where a reader sees it."""
        named, now = id.removeprefix(TO_SHARE), self.indicators[id.removeprefix(TO_SHARE)]
        ours = package_tables().get(named)
        if ours is None or (now.crossing, now.title, now.own) == (ours.crossing, ours.title, False):
            return data
        return replace(data, notes=(*data.notes, REDEFINED.format("" if named == id else ELSEWHERE)))

    def _table(self, indicator: str, scope: Scope, of: Declared | None = None) -> TableData | None:
        if indicator.startswith(TO_SHARE) and not self.indicators[indicator.removeprefix(TO_SHARE)].own:
            return None  # ours is the same to share
        return self.every_place(indicator, scope.year).get(scope.territory)

    def _records(self) -> Records:
        return self.records

    @property
    def is_exact(self) -> bool:
        """Whether its figures are exact: they are counted."""
        return True

    @property
    def reported(self) -> int:
        """The latest year of the reports."""
        return max(self.years_reported)

    def is_recorded(self, indicator: str, scope: Scope) -> bool:
        """Say whether each table of the records that it needs has a row of the year, or none by the settings."""
        return all(is_kept(self.records, table, scope) for table in self.indicators[indicator].tables)

    def alerts(self, scope: Scope) -> pd.DataFrame:
        """List the follow-ups to look at again."""
        return alerts(entered(self.records, scope), self._whole(scope.year))

    def _within_dates(self, whole: Scope) -> bool:
        plans = follow_ups(self.records, whole)
        idle = plans.loc[(plans["statut"] == PAEI) & ~plans["actif"], "id_suivi"]
        noted = (of_year(self.records, whole, table)["id_suivi"] for table in ISSUES_AND_REFERRALS)
        return not any(ids.isin(idle).any() for ids in noted)
