"""The figures that a text may quote, and what to answer when they do not exist."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable
from dataclasses import dataclass, field

import pandas as pd

from rlpipeline.display.prose import Cell, Reference
from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.indicators import Scope, figures
from rlpipeline.params import Service
from rlpipeline.records import Records, years

RARE = frozenset({"NR", "age_inconnu", "non_renseignee"})
"""Codes that a table shows only where someone is counted there: elsewhere they are zero."""

Slice = tuple[str, int, str]


@dataclass(frozen=True)
class Lookup:
    """Figures of the records by reference, each table computed once."""

    records: Records
    service: Service
    year: int
    _known: dict[Slice, pd.DataFrame] = field(default_factory=dict, compare=False, repr=False)

    def table(self, indicator: str, year: int, territory: str) -> pd.DataFrame:
        """Compute the figures of a table, or take them as computed before.

        Returns
        -------
        Columns of ``indicateurs.csv``, one row per figure.
        """
        key = (indicator, year, territory)
        if key not in self._known:
            self._known[key] = figures(indicator, self.records, Scope(year, territory, self.service))
        return self._known[key]

    def keep(self, table: pd.DataFrame, of: Slice) -> None:
        """Take the figures of a table (indicator, year, territory) that someone else computed."""
        self._known.setdefault(of, table)

    def cell(self, reference: Reference) -> Cell:
        """Give one figure.

        Returns
        -------
        State nc for a year before that the records do not hold, or in which the line did not exist.

        Raises
        ------
        SettingsError
            The indicator, line, column or territory does not exist; the message names the nearest.
        """
        try:
            table = self.table(reference.indicator, self.year, reference.territory)
        except UsageError as error:
            raise SettingsError(error.what, expected=error.expected, got=error.got, todo=error.todo) from error
        _check(reference, table, self.year)
        if reference.year == self.year:
            return _find(reference, table)
        if reference.year not in years(self.records):
            return Cell(math.nan, "", "nc")
        return _find(reference, self.table(reference.indicator, reference.year, reference.territory))


def _check(reference: Reference, table: pd.DataFrame, year: int) -> None:
    """Refuse a line or a column that the table of the report's year does not have."""
    for name, code in (("ligne", reference.ligne), ("colonne", reference.colonne)):
        known = table.loc[table["annee"] == year, name].unique()
        if code not in known and code not in RARE:
            raise SettingsError(
                f"L'indicateur « {reference.indicator} » n'a pas de {name} « {code} » en {year}.",
                expected=_nearest(code, known),
            )


def _find(reference: Reference, table: pd.DataFrame) -> Cell:
    found = table[
        (table["annee"] == reference.year)
        & (table["ligne"] == reference.ligne)
        & (table["colonne"] == reference.colonne)
    ]
    if found.empty:
        rare = {reference.ligne, reference.colonne} & RARE
        return Cell(0.0, "", "ok") if rare else Cell(math.nan, "", "nc")
    row = found.iloc[0]
    return Cell(float(row["valeur"]), str(row["unite"]), str(row["etat"]))


def _nearest(code: str, known: Iterable[str]) -> str:
    near = difflib.get_close_matches(code, list(known), n=1, cutoff=0)
    return f"le plus proche est « {near[0]} »" if near else "une table qui a des lignes cette année-là"
