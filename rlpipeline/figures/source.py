"""Where the figures of a report come from: a store of figures, or, where a notebook is opened by hand, the records."""

from __future__ import annotations

import difflib
from abc import ABC, abstractmethod
from collections.abc import Mapping

import pandas as pd

from rlpipeline.errors import UsageError
from rlpipeline.figures.indicator import Indicator
from rlpipeline.figures.registry import find_indicator
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.tables import TableData, check_concerns
from rlpipeline.figures.words import no_texts
from rlpipeline.records import Records, Silenced
from rlpipeline.records.tables import TABLE_NAMES, TABLES


class Source(ABC):
    """One source of figures for tables, charts and texts alike."""

    @property
    @abstractmethod
    def is_exact(self) -> bool:
        """Whether its figures are exact; else they are protected."""

    @property
    @abstractmethod
    def indicators(self) -> Mapping[str, Indicator]:
        """Every table that it may have: those of the registry, then the service's own."""

    @property
    @abstractmethod
    def years(self) -> frozenset[int]:
        """Years of which it has figures."""

    @abstractmethod
    def records_counted(self) -> Records:
        """Give the records that it is counted from; UsageError in the edition to share."""

    def rows(self, table: str) -> pd.DataFrame:
        """Give a table of the records; UsageError where there is none of this name, and in the edition to share."""
        if table not in TABLE_NAMES:
            near = difflib.get_close_matches(table, TABLE_NAMES, n=1, cutoff=0)
            raise UsageError(
                f"Table inconnue : {table!r}.",
                expected=", ".join(TABLE_NAMES),
                todo=f"la plus proche est « {near[0]} »",
            )
        return self.records_counted()[table].copy()

    @property
    @abstractmethod
    def silenced(self) -> tuple[Silenced, ...]:
        """What was implausible in the records and is accepted."""

    @abstractmethod
    def opened(self, indicator: str, scope: Scope) -> TableData | None:
        """Give a table, the same object each time; None where the source does not have it.

        Raises
        ------
        UsageError
            The indicator is unknown, or exists for the service alone and a smaller territory is asked.
        """

    def has(self, indicator: str, scope: Scope) -> bool:
        """Say whether a table exists, given what the service keeps and declares."""
        return self.opened(indicator, scope) is not None

    def table(self, indicator: str, scope: Scope) -> TableData:
        """Give a table with its words.

        Raises
        ------
        UsageError
            It does not exist for the territory, or the source does not have it.
        """
        data = self.opened(indicator, scope)
        if data is None:
            raise self.absent(indicator, scope)
        return data

    def absent(self, indicator: str, scope: Scope) -> UsageError:
        """Say that it does not have a table."""
        check_concerns(find_indicator(indicator, self.indicators), scope)
        return UsageError(
            "Ce tableau n'est pas dans le dossier de chiffres.",
            where=f"{indicator} ({scope.territory}, {scope.year})",
            expected="un tableau de l'édition ouverte",
        )

    def figures(self, indicator: str, scope: Scope) -> pd.DataFrame:
        """Give the figures of a table, columns of ``indicateurs.csv``; UsageError as :meth:`table`."""
        return self.table(indicator, scope).figures

    def texts(self, indicator: str, scope: Scope) -> pd.DataFrame:
        """Give the words printed in the cells of a table: ligne, colonne, texte; none where the source has it not."""
        data = self.opened(indicator, scope)
        return no_texts() if data is None else data.texts

    def line_names(self, indicator: str, scope: Scope) -> Mapping[str, str]:
        """Give the words of the lines of a table by code: its own, else those that do not depend on the records."""
        data = self.opened(indicator, scope)
        usual = find_indicator(indicator, self.indicators).row_labels(no_records(), scope)
        return {**usual, **{row.code: row.label for row in data.rows}} if data else usual

    def column_names(self, indicator: str, scope: Scope) -> Mapping[str, str]:
        """Give the words of the columns of a table by code; none where the source does not have it."""
        data = self.opened(indicator, scope)
        return {column.code: column.label for column in data.columns} if data else {}

    @abstractmethod
    def is_recorded(self, indicator: str, scope: Scope) -> bool:
        """Say whether the service kept in the year what a table is counted from: its zeros are then counts."""

    @abstractmethod
    def vintages(self, indicator: str, scope: Scope) -> str:
        """Say of which vintages the values are; empty where they have none."""

    @abstractmethod
    def rows_counted(self, indicator: str, scope: Scope) -> Mapping[str, int | None]:
        """Give the number of rows counted of each table of the records, None for one that is absent.

        Returns
        -------
        Nothing in the edition to share: in a commune it may be a small number of persons.
        """

    @abstractmethod
    def territories_of_actions(self, communes: tuple[str, ...]) -> Mapping[str, str]:
        """Give the territory of each action: INSEE code, ``hors`` or ``sans_commune``."""

    @abstractmethod
    def alerts(self, scope: Scope) -> pd.DataFrame | None:
        """List the follow-ups of the service to look at again, columns as ``figures.alerts``.

        Returns
        -------
        None in the edition to share: the list is for the service alone.
        """


def no_records() -> Records:
    """Give records without any table."""
    frames = {table.name: pd.DataFrame({name: [] for name in table.dtypes}).astype(table.dtypes) for table in TABLES}
    return Records(frames, frozenset())
