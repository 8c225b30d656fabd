"""The tables of the records, each counted as it is asked for: all by the notebook of counts, else those shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import product
from pathlib import Path
from typing import Any

import pandas as pd

from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.figures.cells import SECTION, package_tables
from rlpipeline.figures.declaration import PLAIN, Declarations, Indicator, find_table
from rlpipeline.figures.population import PAEI, alerts, entered, follow_ups, in_year, is_kept
from rlpipeline.figures.scope import SERVICE, Scope, territory_of_things
from rlpipeline.figures.store import COUNTED, TO_SHARE, marker, write_store
from rlpipeline.figures.structure import declarations, to_share
from rlpipeline.figures.tables import CSV_COLUMNS, TableData, count_table, rows_counted
from rlpipeline.records import Records
from rlpipeline.records import years as years_of
from rlpipeline.settings.models import Service


def marked(indicator: Indicator) -> Indicator:
    """Say of a declared table whether it counts what the package's does; else it is the service's own."""
    ours = package_tables().get(indicator.id)
    if ours is None:
        return replace(indicator, own=True, links=(), when=None)
    look = ours.look if indicator.look == PLAIN else indicator.look
    section = ours.section if indicator.section == SECTION else indicator.section
    worded = replace(indicator, look=look, section=section)
    return worded if indicator.counts_as(ours) else replace(worded, own=True, links=())


def bound(indicators: Mapping[str, Indicator]) -> Mapping[str, Indicator]:
    """Give what is worked out of other tables those tables, in the order of the sections, the service's own last."""
    ordered = sorted(indicators.values(), key=lambda table: (table.section == SECTION, table.section))
    tables = {table.id: table for table in ordered}
    for table in ordered:
        if table.from_others:
            tables[table.id] = replace(table, **table.from_others(tables))
    return tables


@dataclass(frozen=True)
class Counts:
    """Counts tables, each once.

    Parameters
    ----------
    reported
        Years of the reports.
    ours
        Tables of the notebook of counts, of which more may be declared.
    added
        Those of the service's notebook of indicators; one of a name of ours takes its place.
    cells
        Cell of the service's notebooks that declares each table.
    """

    records: Records
    service: Service
    reported: tuple[int, ...]
    ours: dict[str, Indicator]
    added: Mapping[str, Indicator] = field(default_factory=dict)
    cells: Mapping[str, str] = field(default_factory=dict)

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
    def _counted(self) -> dict[tuple[str, int], Mapping[str, TableData]]:
        return {}

    def take(self, indicator: Indicator) -> TableData | None:
        """Count a table that a cell declares, and show that of the service; a cell run twice replaces its own.

        Returns
        -------
        None where a cell of the service's takes its place, and where the service keeps nothing of it.
        """
        self.ours[indicator.id] = indicator
        for kept in ("indicators", "shared", "declared"):
            self.__dict__.pop(kept, None)
        for key in [key for key in self._counted if key[0].removeprefix(TO_SHARE) == indicator.id]:
            del self._counted[key]
        if indicator.id in self.added:
            return None
        return {year: self.every_place(indicator.id, year) for year in self.years}[max(self.reported)].get(SERVICE)

    def own(self) -> pd.DataFrame:
        """Count the tables of the service's notebook of indicators; columns of ``indicateurs.csv``."""
        years = [*reversed(self.years)]
        frames = [table.figures for id in self.added for year in years for table in self.every_place(id, year).values()]
        return pd.concat(frames, ignore_index=True) if frames else pd.DataFrame(columns=[*CSV_COLUMNS])

    def write(self, directory: str | None) -> str:
        """Write the figures for the notebooks of the report; nothing where the notebook is run by hand, without any."""
        names = [*self.indicators, *(f"{TO_SHARE}{id}" for id in self.shared if self.indicators[id].own)]
        tables = {
            (id, year, place): data
            for id in names
            for year in reversed(self.years)
            for place, data in self.every_place(id, year).items()
        }
        said = f"{len(tables)} tableaux comptés, années {', '.join(map(str, self.years))}"
        if not directory:
            return f"{said} ; rien n'est écrit"
        rows = {
            (id, year, place): counted
            for year, id in product(self.reported, self.indicators)
            for place, counted in self.rows(id, self._whole(year), everywhere=True).items()
        }
        alerts = {year: self.alerts(year) for year in self.reported}
        write_store(Path(directory), tables, self.declared, self.marker, rows, alerts)
        return said

    @cached_property
    def marker(self) -> Mapping[str, Any]:
        """What a store answers beside its tables."""
        actions = self.records["actions"]
        places = territory_of_things(actions["commune"], self.service.commune_codes)
        recorded = product(self.indicators, self.years)
        return marker(
            exact=True,
            years=years_of(self.records),
            recorded=[(id, year) for id, year in recorded if self.is_recorded(id, self._whole(year))],
            origins=dict.fromkeys(self.years, COUNTED),
            places=dict(zip(actions["id_action"], places, strict=True)),
            silenced=self.records.silenced,
            within_dates=[year for year in self.reported if self._within_dates(self._whole(year))],
        )

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Years counted: those of the reports, and those that the records speak of, which a text may quote."""
        return tuple(sorted({*years_of(self.records), *self.reported}))

    def _whole(self, year: int) -> Scope:
        return Scope(year, SERVICE, self.service)

    def every_place(self, id: str, year: int) -> Mapping[str, TableData]:
        """Count a table of a year, for every territory at once."""
        if (id, year) not in self._counted:
            self._counted[id, year] = self._count(id, self._whole(year))
        return self._counted[id, year]

    def _find(self, id: str) -> Indicator:
        named = id.removeprefix(TO_SHARE)
        return find_table(id, self.indicators) if named == id else self.shared[named]

    def _count(self, id: str, whole: Scope, territory: str = "") -> Mapping[str, TableData]:
        indicator = self._find(id)
        try:
            return count_table(indicator, self.records, whole, territory)
        except Exception as error:
            if not indicator.own:
                raise
            told = error if isinstance(error, (SettingsError, UsageError)) else None
            place, where = self.cells.get(id, f"tableau « {id} »"), (told and told.where) or f"« {id} », {whole.year}"
            raise SettingsError(
                told.what if told else "La fonction qui compte ce tableau a échoué.",
                where=", ".join((place, where)),
                expected=told.expected if told else None,
                got=told.got if told else f"{type(error).__name__} : {error}",
                todo=told.todo if told else "corriger la cellule, ou l'effacer",
            ) from error

    def table(self, id: str, scope: Scope) -> TableData | None:
        """Count a table for one territory; None where it does not exist, or where ours is the same to share."""
        if id.startswith(TO_SHARE) and not self.indicators[id.removeprefix(TO_SHARE)].own:
            return None
        if (id, scope.year) in self._counted:
            return self._counted[id, scope.year].get(scope.territory)
        return self._count(id, scope, scope.territory).get(scope.territory)

    def rows(self, id: str, scope: Scope, everywhere: bool = False) -> Mapping[str, Mapping[str, int | None]]:
        """Count the rows of the records that a table takes, by territory."""
        return rows_counted(self._find(id), self.records, scope, "" if everywhere else scope.territory)

    def is_recorded(self, id: str, scope: Scope) -> bool:
        """Say whether each table of the records that it needs has a row of the year, or none by the settings."""
        return all(is_kept(self.records, table, scope) for table in self._find(id).tables)

    def alerts(self, year: int) -> pd.DataFrame:
        """List the follow-ups to look at again."""
        whole = self._whole(year)
        return alerts(entered(self.records, whole), whole)

    def _within_dates(self, whole: Scope) -> bool:
        """Say whether every issue and referral of the year belongs to a PAEI active in it."""
        issues, referrals = self.records["problematiques"], self.records["orientations"]
        plans = follow_ups(self.records, whole)
        idle = plans.loc[(plans["statut"] == PAEI) & ~plans["actif"], "id_suivi"]
        noted = issues.loc[issues["annee"] == whole.year, "id_suivi"]
        referred = referrals.loc[in_year(referrals["date"], whole.year), "id_suivi"]
        return not (noted.isin(idle).any() or referred.isin(idle).any())
