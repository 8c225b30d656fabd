"""What the notebook of counts opens: every table of the years asked for, counted once for all territories."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import pandas as pd

from rlpipeline.figures.indicator import Indicator
from rlpipeline.figures.population import PAEI, follow_ups, in_year
from rlpipeline.figures.registry import REGISTRY, find_indicator
from rlpipeline.figures.scope import SERVICE, Scope, territories
from rlpipeline.figures.source import FromRecords
from rlpipeline.figures.store import COUNTED, Key, StoreFacts, write_store
from rlpipeline.figures.tables import TableData, table_data
from rlpipeline.records import Records, open_records, read_expected
from rlpipeline.records.store import is_store
from rlpipeline.settings.models import Service, load_service

Compute = Callable[[Records, Scope], pd.DataFrame]


def open_calculation(source: str, params: str, years: str) -> Calculation:
    """Open the records to count them.

    Parameters
    ----------
    source
        Folder, workbook, database URL or store of the records.
    params
        Directory of the settings.
    years
        Years of the reports, as « 2022, 2023 »; the other years of the records are counted beside them.

    Raises
    ------
    UsageError
        There is no such source.
    SettingsError, DataError
        The settings or the records break their contract.
    """
    directory = Path(params)
    service = load_service(directory)
    expected = None if is_store(Path(source)) else read_expected(directory)  # a store holds what was accepted
    return Calculation(open_records(source, service, expected), service, tuple(map(int, years.split(","))))


@dataclass(frozen=True)
class Calculation:
    """The tables of the records, each counted once.

    Parameters
    ----------
    reported
        Years of the reports.
    """

    records: Records
    service: Service
    reported: tuple[int, ...]
    _tables: dict[str, Mapping[Key, TableData]] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def source(self) -> FromRecords:
        """What says the rest of the tables."""
        return FromRecords(self.records)

    @cached_property
    def years(self) -> tuple[int, ...]:
        """Years counted: those of the reports, and those that the records speak of, which a text may quote."""
        return tuple(sorted({*self.source.years, *self.reported}))

    def indicator(self, id: str, compute: Compute | None = None) -> pd.DataFrame:
        """Count a table for every year and territory.

        Parameters
        ----------
        compute
            Counts the figures of a scope in another way than ours, from its records; columns as ours.

        Returns
        -------
        Columns of ``indicateurs.csv``: one row per figure, the latest year first, the service first.

        Raises
        ------
        UsageError
            The indicator is unknown; the message gives the nearest.
        """
        indicator = find_indicator(id)
        if compute is not None:
            indicator = replace(indicator, compute=compute)
        if compute is not None or id not in self._tables:
            self._tables[id] = dict(self._counted(indicator))
        return pd.concat([data.figures for data in self._tables[id].values()], ignore_index=True)

    def write(self, directory: str | None) -> str:
        """Write the figures for the notebooks of the report; what no cell counted is counted now.

        Parameters
        ----------
        directory
            None where the notebook is run by hand: nothing is written.
        """
        for id in REGISTRY:
            if id not in self._tables:
                self.indicator(id)
        tables = {key: data for counted in self._tables.values() for key, data in counted.items()}
        if directory is not None:
            write_store(Path(directory), tables, self._facts(tables))
        counted = f"{len(tables)} tableaux comptés, années {', '.join(map(str, self.years))}"
        return counted if directory else f"{counted} ; rien n'est écrit"

    def _counted(self, indicator: Indicator) -> Iterable[tuple[Key, TableData]]:
        for scope in self._scopes(reversed(self.years)):
            if indicator.concerns(scope):
                key = (indicator.id, scope.year, scope.territory)
                yield key, table_data(indicator, self.records, scope)

    def _scopes(self, years: Iterable[int]) -> Iterable[Scope]:
        places = (SERVICE, *territories(self.service))
        return (Scope(year, place, self.service) for year in years for place in places)

    def _facts(self, tables: Iterable[Key]) -> StoreFacts:
        reported = {key: Scope(*key[1:], self.service) for key in tables if key[1] in self.reported}
        service = {year: Scope(year, SERVICE, self.service) for year in self.years}
        source = self.source
        recorded = ((id, year) for id in REGISTRY for year in self.years if source.is_recorded(id, service[year]))
        return StoreFacts(
            exact=True,
            years=source.years,
            recorded=frozenset(recorded),
            origins=dict.fromkeys(self.years, COUNTED),
            rows_counted={key: source.rows_counted(key[0], scope) for key, scope in reported.items()},
            vintages={key: source.vintages(key[0], scope) for key, scope in reported.items()},
            places=source.territories_of_actions(self.service.commune_codes),
            alerts={year: source.alerts(service[year]) for year in self.reported},
            silenced=source.silenced,
            within_dates=frozenset(year for year in self.reported if within_dates(self.records, service[year])),
        )


def within_dates(records: Records, scope: Scope) -> bool:
    """Say whether every issue and referral of the year belongs to a PAEI active in it."""
    plans = follow_ups(records, scope)
    idle = plans.loc[(plans["statut"] == PAEI) & ~plans["actif"], "id_suivi"]
    issues, referrals = records["problematiques"], records["orientations"]
    noted = issues.loc[issues["annee"] == scope.year, "id_suivi"]
    referred = referrals.loc[in_year(referrals["date"], scope.year), "id_suivi"]
    return not (noted.isin(idle).any() or referred.isin(idle).any())
