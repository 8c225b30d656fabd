"""What counts the records: every table of the years asked for, once, in the notebook of counts or as one is shown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from pathlib import Path

import pandas as pd

from rlpipeline.errors import UsageError
from rlpipeline.figures.accompagnement import alerts
from rlpipeline.figures.counting import count_indicator, rows_counted
from rlpipeline.figures.entered import entered, is_recorded
from rlpipeline.figures.indicator import Indicator
from rlpipeline.figures.otherwise import Compute, counted_otherwise
from rlpipeline.figures.own import NOTEBOOK, Declaration, Ratio, check_address, read_declarations, with_own, written
from rlpipeline.figures.population import PAEI, follow_ups, in_year
from rlpipeline.figures.registry import REGISTRY, find_indicator
from rlpipeline.figures.scope import SERVICE, Scope, territory_of_things
from rlpipeline.figures.source import Source
from rlpipeline.figures.store import COUNTED, Key, StoreFacts, write_store
from rlpipeline.figures.tables import CSV_COLUMNS, TableData
from rlpipeline.records import Records, Silenced, latest_year, open_records, read_expected
from rlpipeline.records import years as years_of
from rlpipeline.records.frames import latest_of
from rlpipeline.records.store import is_store
from rlpipeline.settings.models import Service, load_service, years_begun
from rlpipeline.settings.project import opened_by


def open_calculation(source: str, params: str, years: str | int, own: str = "") -> Calculation:
    """Open the records to count them.

    Parameters
    ----------
    source
        Folder, workbook, database URL or store of the records; empty, what the project file says.
    params
        Directory of the settings; empty, what the project file says.
    years
        Years of the reports, as « 2022, 2023 »; the latest of the records, else of the settings, where there is none.
        The other years of the records are counted beside them.
    own
        Notebook that declares the service's own indicators, which need not exist; beside the chapters by default.

    Raises
    ------
    UsageError
        There is no such source, or the years are not written so.
    SettingsError, DataError
        The settings or the records break their contract.
    """
    reported = _years(years) if years else ()
    places = opened_by(source, params)
    source, directory = places.source, places.params
    service = load_service(directory)
    expected = None if is_store(Path(source)) else read_expected(directory)  # a store holds what was accepted
    records = open_records(source, service, expected)
    if not reported:
        latest = latest_of(records, expected.extraction if expected else None) or max(years_begun(directory), default=0)
        reported = (latest or latest_year(records),)  # which says what is missing
    return Calculation(records, service, reported, read_declarations(Path(own) if own else places.notebooks / NOTEBOOK))


def _years(years: str | int) -> tuple[int, ...]:
    written = [one.strip() for one in str(years).split(",")]
    if not all(re.fullmatch(r"\d{4}", one) for one in written):
        raise UsageError("Ces années ne se lisent pas.", expected='years = "2022, 2023"', got=repr(years))
    return tuple(map(int, written))


@dataclass(frozen=True)
class Calculation(Source):
    """The tables of the records, each counted once.

    The notebook of counts has every one counted and written; a chapter opened by hand, those that it shows.

    Parameters
    ----------
    reported
        Years of the reports.
    declared
        Indicators of the service's own.
    """

    records: Records
    service: Service
    reported: tuple[int, ...]
    declared: tuple[Declaration, ...] = ()
    is_exact = True
    _tables: dict[str, Mapping[Key, TableData]] = field(default_factory=dict, init=False, repr=False)
    _opened: dict[Key, TableData | None] = field(default_factory=dict, init=False, repr=False)
    _otherwise: dict[str, Indicator] = field(default_factory=dict, init=False, repr=False)
    """Indicators that the service counts in its own way."""

    @cached_property
    def indicators(self) -> Mapping[str, Indicator]:
        """The registry, then what is declared."""
        return with_own(self.declared)

    @cached_property
    def years(self) -> frozenset[int]:
        """Years that the records hold."""
        return frozenset(years_of(self.records))

    @cached_property
    def _years(self) -> tuple[int, ...]:
        """Years counted: those of the reports, and those that the records speak of, which a text may quote."""
        return tuple(sorted({*self.years, *self.reported}))

    @property
    def silenced(self) -> tuple[Silenced, ...]:
        """What the records accept."""
        return self.records.silenced

    def records_counted(self) -> Records:
        """Give the records."""
        return self.records

    def opened(self, indicator: str, scope: Scope) -> TableData | None:
        """Count a table for one territory, once; None where it does not exist."""
        key = (indicator, scope.year, scope.territory)
        if key not in self._opened:
            one = find_indicator(indicator, self.indicators)
            counted = count_indicator(one, self.records, scope, scope.territory)
            self._opened[key] = counted.get(scope.territory)
        return self._opened[key]

    def is_recorded(self, indicator: str, scope: Scope) -> bool:
        """Say whether each table of the records that it needs has a row of the year, or none by the settings."""
        needed = find_indicator(indicator, self.indicators).tables
        return all(is_recorded(self.records, one, scope) or one in scope.service.annee_vide for one in needed)

    def vintages(self, indicator: str, scope: Scope) -> str:
        """Say of which vintages the values are."""
        vintages = find_indicator(indicator, self.indicators).vintages
        return vintages(entered(self.records, scope), scope) if vintages else ""

    def rows_counted(self, indicator: str, scope: Scope) -> Mapping[str, int | None]:
        """Count the rows that the indicator takes."""
        one = find_indicator(indicator, self.indicators)
        return rows_counted(one, self.records, scope, scope.territory).get(scope.territory, {})

    def territories_of_actions(self, communes: tuple[str, ...]) -> Mapping[str, str]:
        """Give the territory of each action of the records."""
        actions = self.records["actions"]
        return dict(zip(actions["id_action"], territory_of_things(actions["commune"], communes), strict=True))

    def alerts(self, scope: Scope) -> pd.DataFrame:
        """List the follow-ups to look at again."""
        return alerts(entered(self.records, scope), scope)

    def indicator(self, id: str, compute: Compute | None = None) -> pd.DataFrame:
        """Count a table for every year and territory.

        Parameters
        ----------
        compute
            Counts the figures of a scope in another way than ours, from its records; columns and units as ours.

        Returns
        -------
        Columns of ``indicateurs.csv``: one row per figure, the latest year first, the service first.

        Raises
        ------
        UsageError
            The indicator is unknown; the message gives the nearest. Or ``compute`` gives what is no table of figures,
            or comes after a ratio was counted, which may be of what it counts.
        SettingsError
            A ratio is of a figure that exists in no year.
        """
        indicator = find_indicator(id, self.indicators)
        if compute is not None:
            self._check_no_ratio_counted(id)
            ours = _figures_of(dict(self._counted(indicator)))
            self._otherwise[id] = counted_otherwise(indicator, compute, ours)
        if compute is not None or id not in self._tables:
            self._check_addresses(id)
            self._tables[id] = dict(self._counted(with_own(self.declared, self._otherwise)[id]))
        return _figures_of(self._tables[id])

    def _check_no_ratio_counted(self, id: str) -> None:
        counted = [one.id for one in self.declared if isinstance(one, Ratio) and one.id in self._tables]
        if counted:
            raise UsageError(
                "Un tableau se compte autrement avant les rapports, qui peuvent en dépendre.",
                where=f'calcul.indicator("{id}", …)',
                got=f"après « {counted[0]} »",
                todo="mettre cette cellule avant « calcul.own() » et tout exécuter à nouveau",
            )

    def _check_addresses(self, id: str) -> None:
        """Refuse a ratio of a figure that exists nowhere."""
        for ratio in self.declared:
            if isinstance(ratio, Ratio) and ratio.id == id:
                for address in (ratio.of, ratio.on):
                    check_address(self.indicators[address[0]], address, self.indicator(address[0]), id)

    def own(self) -> pd.DataFrame:
        """Count the service's own indicators; as :meth:`indicator`, all of them together."""
        counted = [self.indicator(id) for id in self.indicators if id not in REGISTRY]
        return pd.concat(counted, ignore_index=True) if counted else pd.DataFrame(columns=[*CSV_COLUMNS])

    def write(self, directory: str | None) -> str:
        """Write the figures for the notebooks of the report; what no cell counted is counted now.

        Parameters
        ----------
        directory
            None or empty where the notebook is run by hand: nothing is written.
        """
        for id in self.indicators:
            if id not in self._tables:
                self.indicator(id)
        tables = {key: data for counted in self._tables.values() for key, data in counted.items()}
        if directory:
            write_store(Path(directory), tables, self._facts(tables))
        counted = f"{len(tables)} tableaux comptés, années {', '.join(map(str, self._years))}"
        return counted if directory else f"{counted} ; rien n'est écrit"

    def _counted(self, indicator: Indicator) -> Iterable[tuple[Key, TableData]]:
        for year in reversed(self._years):
            counted = count_indicator(indicator, self.records, Scope(year, SERVICE, self.service))
            yield from (((indicator.id, year, territory), data) for territory, data in counted.items())

    def _rows_counted(self) -> Iterable[tuple[Key, Mapping[str, int | None]]]:
        ours = [one for one in self.indicators.values() if one.id not in self._otherwise]
        for year, indicator in product(self.reported, ours):
            counted = rows_counted(indicator, self.records, Scope(year, SERVICE, self.service))
            yield from (((indicator.id, year, territory), rows) for territory, rows in counted.items())

    def _facts(self, tables: Iterable[Key]) -> StoreFacts:
        reported = {key: Scope(*key[1:], self.service) for key in tables if key[1] in self.reported}
        service = {year: Scope(year, SERVICE, self.service) for year in self._years}
        recorded = (
            (id, year) for id, year in product(self.indicators, self._years) if self.is_recorded(id, service[year])
        )
        return StoreFacts(
            exact=True,
            years=self.years,
            recorded=frozenset(recorded),
            origins=dict.fromkeys(self._years, COUNTED),
            rows_counted=dict(self._rows_counted()),
            vintages={key: self.vintages(key[0], scope) for key, scope in reported.items()},
            places=self.territories_of_actions(self.service.commune_codes),
            alerts={year: self.alerts(service[year]) for year in self.reported},
            silenced=self.silenced,
            own=written(self.declared),
            within_dates=frozenset(year for year in self.reported if within_dates(self.records, service[year])),
        )


def _figures_of(tables: Mapping[Key, TableData]) -> pd.DataFrame:
    counted = [data.figures for data in tables.values()]
    return pd.concat(counted, ignore_index=True) if counted else pd.DataFrame(columns=[*CSV_COLUMNS])


def within_dates(records: Records, scope: Scope) -> bool:
    """Say whether every issue and referral of the year belongs to a PAEI active in it."""
    plans = follow_ups(records, scope)
    idle = plans.loc[(plans["statut"] == PAEI) & ~plans["actif"], "id_suivi"]
    issues, referrals = records["problematiques"], records["orientations"]
    noted = issues.loc[issues["annee"] == scope.year, "id_suivi"]
    referred = referrals.loc[in_year(referrals["date"], scope.year), "id_suivi"]
    return not (noted.isin(idle).any() or referred.isin(idle).any())
