"""Where the figures of a report come from: a store of figures, or, where a notebook is opened by hand, the records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import pandas as pd

from rlpipeline.figures.accompagnement import alerts
from rlpipeline.figures.entered import entered, is_recorded
from rlpipeline.figures.indicator import Indicator
from rlpipeline.figures.own import Declaration, with_own
from rlpipeline.figures.registry import find_indicator
from rlpipeline.figures.scope import Scope, territory_of_things
from rlpipeline.figures.tables import TableData, figures, table_data
from rlpipeline.figures.words import texts
from rlpipeline.records import Records, Silenced, years


class Source(Protocol):
    """One source of figures for tables, charts and texts alike."""

    @property
    def is_exact(self) -> bool:
        """Whether its figures are exact; else they are protected."""
        ...

    @property
    def indicators(self) -> Mapping[str, Indicator]:
        """Every table that it may have: those of the registry, then the service's own."""
        ...

    @property
    def declared(self) -> tuple[Declaration, ...]:
        """Declarations of the service's own indicators."""
        ...

    @property
    def years(self) -> frozenset[int]:
        """Years of which it has figures."""
        ...

    def has(self, indicator: str, scope: Scope) -> bool:
        """Say whether a table exists, given what the service keeps and declares."""
        ...

    @property
    def records(self) -> Records:
        """The records that it is counted from; UsageError in the edition to share."""
        ...

    @property
    def silenced(self) -> tuple[Silenced, ...]:
        """What was implausible in the records and is accepted."""
        ...

    def is_recorded(self, indicator: str, scope: Scope) -> bool:
        """Say whether the service kept in the year what a table is counted from: its zeros are then counts."""
        ...

    def table(self, indicator: str, scope: Scope) -> TableData:
        """Give a table with its words; UsageError where it does not exist for the territory."""
        ...

    def figures(self, indicator: str, scope: Scope) -> pd.DataFrame:
        """Give the figures of a table, columns of ``indicateurs.csv``; UsageError as ``table``."""
        ...

    def texts(self, indicator: str, scope: Scope) -> pd.DataFrame:
        """Give the words printed in the cells of a table: ligne, colonne, texte."""
        ...

    def line_names(self, indicator: str, scope: Scope) -> Mapping[str, str]:
        """Give the words of the lines of a table by code."""
        ...

    def column_names(self, indicator: str, scope: Scope) -> Mapping[str, str]:
        """Give the words of the columns of a table by code; none of a year that is not known."""
        ...

    def vintages(self, indicator: str, scope: Scope) -> str:
        """Say of which vintages the values are; empty where they have none."""
        ...

    def rows_counted(self, indicator: str, scope: Scope) -> Mapping[str, int | None]:
        """Give the number of rows counted of each table of the records, None for one that is absent.

        Returns
        -------
        Nothing in the edition to share: in a commune it may be a small number of persons.
        """
        ...

    def territories_of_actions(self, communes: tuple[str, ...]) -> Mapping[str, str]:
        """Give the territory of each action: INSEE code, ``hors`` or ``sans_commune``."""
        ...

    def alerts(self, scope: Scope) -> pd.DataFrame | None:
        """List the follow-ups of the service to look at again, columns as ``figures.alerts``.

        Returns
        -------
        None in the edition to share: the list is for the service alone.
        """
        ...


@dataclass(frozen=True)
class FromRecords:
    """Figures counted from the records, each time they are asked for."""

    records: Records
    declared: tuple[Declaration, ...] = ()
    is_exact = True

    @cached_property
    def indicators(self) -> Mapping[str, Indicator]:
        """The registry, then what is declared."""
        return with_own(self.declared)

    @cached_property
    def years(self) -> frozenset[int]:
        """Years that the records hold."""
        return frozenset(years(self.records))

    @property
    def silenced(self) -> tuple[Silenced, ...]:
        """What the records accept."""
        return self.records.silenced

    def has(self, indicator: str, scope: Scope) -> bool:
        """Say whether a table exists."""
        return find_indicator(indicator, self.indicators).exists(self.records, scope.service)

    def is_recorded(self, indicator: str, scope: Scope) -> bool:
        """Say whether each table of the records that it needs has a row of the year, or none by the settings."""
        needed = find_indicator(indicator, self.indicators).tables
        return all(is_recorded(self.records, one, scope) or one in scope.service.annee_vide for one in needed)

    def table(self, indicator: str, scope: Scope) -> TableData:
        """Count a table."""
        return table_data(find_indicator(indicator, self.indicators), self.records, scope)

    def figures(self, indicator: str, scope: Scope) -> pd.DataFrame:
        """Count the figures of a table."""
        return figures(find_indicator(indicator, self.indicators), self.records, scope)

    def texts(self, indicator: str, scope: Scope) -> pd.DataFrame:
        """Give the words of the cells; no row for a table without."""
        words = find_indicator(indicator, self.indicators).texts
        return words(entered(self.records, scope), scope) if words else texts((), (), ())

    def line_names(self, indicator: str, scope: Scope) -> Mapping[str, str]:
        """Give the words of the lines."""
        return find_indicator(indicator, self.indicators).row_labels(entered(self.records, scope), scope)

    def column_names(self, indicator: str, scope: Scope) -> Mapping[str, str]:
        """Give the words of the columns."""
        return find_indicator(indicator, self.indicators).column_labels(entered(self.records, scope), scope)

    def vintages(self, indicator: str, scope: Scope) -> str:
        """Say of which vintages the values are."""
        return find_indicator(indicator, self.indicators).vintages(entered(self.records, scope), scope)

    def rows_counted(self, indicator: str, scope: Scope) -> Mapping[str, int | None]:
        """Count the rows that the indicator takes."""
        used = find_indicator(indicator, self.indicators).used(entered(self.records, scope), scope)
        return {table: number if table in self.records.present else None for table, number in used.items()}

    def territories_of_actions(self, communes: tuple[str, ...]) -> Mapping[str, str]:
        """Give the territory of each action of the records."""
        actions = self.records["actions"]
        return dict(zip(actions["id_action"], territory_of_things(actions["commune"], communes), strict=True))

    def alerts(self, scope: Scope) -> pd.DataFrame:
        """List the follow-ups to look at again."""
        return alerts(entered(self.records, scope), scope)
