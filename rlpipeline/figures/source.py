"""Where the figures of a report come from: counted from the records, or, in the edition to share, already protected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

import pandas as pd

from rlpipeline.figures.registry import find_indicator
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.slices import is_recorded, known_years, of_scope, places_of_actions
from rlpipeline.figures.tables import TableData, figures, table_data
from rlpipeline.records import Records


class Source(Protocol):
    """One source of figures for tables, charts and texts alike."""

    @property
    def years(self) -> frozenset[int]:
        """Years of which it has figures."""
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


@dataclass(frozen=True)
class FromRecords:
    """Figures counted from the records, each time they are asked for."""

    records: Records

    @cached_property
    def years(self) -> frozenset[int]:
        """Years that the records hold."""
        return frozenset(known_years(self.records))

    def is_recorded(self, indicator: str, scope: Scope) -> bool:
        """Say whether each table of the records that it needs has a row of the year, or none by the settings."""
        needed = find_indicator(indicator).tables
        return all(is_recorded(self.records, one, scope) or one in scope.service.annee_vide for one in needed)

    def table(self, indicator: str, scope: Scope) -> TableData:
        """Count a table."""
        return table_data(indicator, self.records, scope)

    def figures(self, indicator: str, scope: Scope) -> pd.DataFrame:
        """Count the figures of a table."""
        return figures(indicator, self.records, scope)

    def texts(self, indicator: str, scope: Scope) -> pd.DataFrame:
        """Give the words of the cells; no row for a table without."""
        words = find_indicator(indicator).texts
        if words is None:
            return pd.DataFrame(columns=["ligne", "colonne", "texte"], dtype="str")
        return words(of_scope(self.records, scope), scope)

    def line_names(self, indicator: str, scope: Scope) -> Mapping[str, str]:
        """Give the words of the lines."""
        return find_indicator(indicator).row_labels(of_scope(self.records, scope), scope)

    def vintages(self, indicator: str, scope: Scope) -> str:
        """Say of which vintages the values are."""
        return find_indicator(indicator).vintages(of_scope(self.records, scope), scope)

    def rows_counted(self, indicator: str, scope: Scope) -> Mapping[str, int | None]:
        """Count the rows that the indicator takes."""
        used = find_indicator(indicator).used(of_scope(self.records, scope), scope)
        return {table: number if table in self.records.present else None for table, number in used.items()}

    def territories_of_actions(self, communes: tuple[str, ...]) -> Mapping[str, str]:
        """Give the territory of each action of the records."""
        return places_of_actions(self.records, communes)
