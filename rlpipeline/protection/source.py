"""The one source of figures of the edition to share: what is protected, and what was released for other years."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from rlpipeline import reads
from rlpipeline.errors import UsageError
from rlpipeline.figures import CSV_COLUMNS, HORS, SANS_COMMUNE, Scope, TableData, find_indicator
from rlpipeline.protection.figure_store import read_table
from rlpipeline.protection.releases import read_releases

RELEASED = "diffusees"
"""Folder of the figures released for other years, in the folder of the protected figures."""
PLACES = "territoires_des_actions.json"
"""Territory of each action, by its code."""


@dataclass(frozen=True)
class FromProtected:
    """Figures of a folder of protected figures.

    Raises
    ------
    UsageError
        The folder is not one of protected figures.
    """

    directory: Path

    def __post_init__(self) -> None:
        """Refuse anything that is not protected, records above all."""
        with reads.aside():  # tables are noted when they are opened
            protected = any(self.directory.glob("accompagnes-*.json"))
        if not protected:
            raise UsageError(
                "L'édition à diffuser ne s'ouvre que sur des chiffres protégés.",
                where=str(self.directory),
                expected="le dossier de chiffres protégés que prépare « rlpipeline build »",
                todo="lancer « rlpipeline build --edition diffusion », ou ouvrir l'édition interne",
            )

    @cached_property
    def years(self) -> frozenset[int]:
        """Years of which figures were released."""
        reads.note(reads.RELEASED_YEARS)
        return frozenset(int(year) for year in self._released["annee"])

    @cached_property
    def _released(self) -> pd.DataFrame:
        with reads.aside():
            released = read_releases(self.directory / RELEASED).figures
        last = released.drop_duplicates(list(CSV_COLUMNS[:5]), keep="last")
        last = last[[*CSV_COLUMNS, "base"]]
        return last.astype({"annee": "int64", "valeur": "float64", "base": "int64"}).reset_index(drop=True)

    def is_recorded(self, indicator: str, scope: Scope) -> bool:
        """Say whether figures of the table were released for the year."""
        return not self.released(indicator, scope).empty

    def table(self, indicator: str, scope: Scope) -> TableData:
        """Open a protected table of the year."""
        return read_table(self.directory, indicator, scope.territory)

    def figures(self, indicator: str, scope: Scope) -> pd.DataFrame:
        """Give the protected figures of the year, or those released for another."""
        if not find_indicator(indicator).concerns(scope):
            raise UsageError(f"L'indicateur « {indicator} » n'existe que pour l'ensemble du service.")
        try:
            of_year = self.table(indicator, scope)
        except UsageError:
            if scope.territory not in (HORS, SANS_COMMUNE):
                raise
            return self._released.iloc[
                :0
            ]  # beside one commune alone, what is of nowhere else would tell what is its own
        if of_year.year == scope.year:
            return of_year.figures
        return self.released(indicator, scope)

    def released(self, indicator: str, scope: Scope) -> pd.DataFrame:
        """Give the figures of a table that were released for another year."""
        reads.note(reads.RELEASED, indicator, str(scope.year), scope.territory)
        released = self._released
        kept = released["annee"].eq(scope.year) & released["indicateur"].eq(indicator)
        return released[kept & released["territoire"].eq(scope.territory)].reset_index(drop=True)

    def texts(self, indicator: str, scope: Scope) -> pd.DataFrame:
        """Give the words of the cells; of another year, none was kept."""
        data = self.table(indicator, scope)
        return data.texts if data.year == scope.year else data.texts.iloc[:0]

    def line_names(self, indicator: str, scope: Scope) -> Mapping[str, str]:
        """Give the words of the lines of the year, and usual words."""
        return {row.code: row.label for row in self.table(indicator, scope).rows}

    def vintages(self, indicator: str, scope: Scope) -> str:
        """Give none: the cells have theirs."""
        return ""

    def rows_counted(self, indicator: str, scope: Scope) -> Mapping[str, int | None]:
        """Give nothing: in a commune it may be a small number of persons."""
        return {}

    def territories_of_actions(self, communes: tuple[str, ...]) -> Mapping[str, str]:
        """Give the territory of each action, as it was written beside the figures."""
        reads.note(reads.PLACES)
        with reads.aside():
            places: dict[str, str] = json.loads((self.directory / PLACES).read_text(encoding="utf-8"))
        return places
