"""The figures that a text may quote, and what to answer when they do not exist."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from rlpipeline.display import cells
from rlpipeline.display.approximate import slack_of
from rlpipeline.display.bound import Cell, Reference
from rlpipeline.display.comparability import CALCULE, PUBLIE, Comparability
from rlpipeline.display.phrases import UNCERTAIN
from rlpipeline.display.years import Former
from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.figures import SERVICE, Scope, Store, territories
from rlpipeline.figures.labels import LABELS
from rlpipeline.figures.tidy import ARRONDI, MASQUE, NC, OK, PARTIEL, VIDE
from rlpipeline.settings.models import Service

PLUS = "+"
"""Between the codes of lines that are quoted as one figure, their sum."""
_NOTHING = pd.DataFrame()
NOT_SHARED = Cell(math.nan, "", MASQUE)
Slice = tuple[str, int, str]
Cells = Mapping[tuple[str, str], Sequence[Any]]
"""Value, unit, state and base of the figures of a table in one year, by line and column."""


@dataclass(frozen=True)
class Lookup:
    """Figures of a source by reference, each table computed once.

    Parameters
    ----------
    published
        Gives the figures printed for a year before (columns of ``indicateurs.csv``); None where nothing was copied.
    shared
        Whether it is the edition to share: what it does not have is masked, where the exact edition may have it.
    """

    source: Store
    service: Service
    year: int
    published: Callable[[int], pd.DataFrame] | None = None
    comparability: Comparability = field(default_factory=lambda: Comparability(0))
    shared: bool = False
    _tables: dict[Slice, pd.DataFrame] = field(default_factory=dict, compare=False, repr=False)
    _past: dict[Slice, tuple[pd.DataFrame, str]] = field(default_factory=dict, compare=False, repr=False)
    _says: dict[Slice, bool] = field(default_factory=dict, compare=False, repr=False)
    _cells_by_table: dict[Slice, _TableCells] = field(default_factory=dict, compare=False, repr=False)

    def table(self, indicator: str, year: int, territory: str) -> pd.DataFrame:
        """Compute the figures of a table, or take them as computed before.

        Returns
        -------
        Columns of ``indicateurs.csv``, one row per figure.
        """
        key = (indicator, year, territory)
        if key not in self._tables:
            self._tables[key] = self.source.figures(indicator, Scope(year, territory, self.service))
        return self._tables[key]

    def of_year(self, indicator: str, year: int, territory: str) -> pd.DataFrame:
        """As :meth:`table`, the figures of one year; those of the year before may be in the table of the year."""
        table = self.table(indicator, self.year if self._beside(indicator, year) else year, territory)
        return table[table["annee"] == year]

    def _beside(self, indicator: str, year: int) -> bool:
        """Whether the table of the year holds the figures of a year too."""
        return self.source.declared.find(indicator).with_previous_year and year == self.year - 1

    def keep(self, table: pd.DataFrame, of: Slice) -> None:
        """Take the figures of a table (indicator, year, territory) that someone else computed."""
        self._tables.setdefault(of, table)

    @cached_property
    def _printed(self) -> dict[int, pd.DataFrame]:
        return {}

    def past(self, indicator: str, year: int, territory: str) -> tuple[pd.DataFrame, str]:
        """Give the figures of a year before: counted from the records, else as they were printed.

        Returns
        -------
        Columns of ``indicateurs.csv`` and the origin of them all. No row where neither is known: a zero is a count
        where the service kept the table that year.
        """
        key = (indicator, year, territory)
        if key not in self._past:
            self._past[key] = self._of_past(*key)
        return self._past[key]

    def _of_past(self, indicator: str, year: int, territory: str) -> tuple[pd.DataFrame, str]:
        if self._beside(indicator, year) or year in self.source.years:
            counted = self._recorded(self.of_year(indicator, year, territory), indicator, year, territory)
        else:
            counted = self.table(indicator, self.year, territory).iloc[:0]
        printed = self._published(indicator, year, territory)
        if printed.empty or _says_something(counted):
            return counted, CALCULE
        return printed, PUBLIE

    def _recorded(self, counted: pd.DataFrame, indicator: str, year: int, territory: str) -> pd.DataFrame:
        """Leave out the figures of a year of which the service did not keep all that they are counted from.

        Where situations were first noted the year after, nobody was in any: a growth from 0 would be none. A table that
        shows both years is that of the later one: it says nothing of the former where it has nothing but zeros.
        """
        numbers = counted["valeur"].dropna()
        if numbers.empty or (self._beside(indicator, year) and numbers.any()):
            return counted
        is_recorded = self.source.is_recorded(indicator, Scope(year, territory, self.service))
        return counted if is_recorded else counted.iloc[:0]

    def _published(self, indicator: str, year: int, territory: str) -> pd.DataFrame:
        if self.published is None:
            return _NOTHING
        if year not in self._printed:
            self._printed[year] = self.published(year)
        printed = self._printed[year]
        return printed[(printed["indicateur"] == indicator) & (printed["territoire"] == territory)]

    def former(self, indicator: str, territory: str) -> Former | None:
        """Give the year before of a table.

        Returns
        -------
        None where nothing is known of it. No figure where every value is one that the year itself shows.
        """
        year = self.year - 1
        table, origin = self.past(indicator, year, territory)
        if not _says_something(table):
            return None
        if self.source.declared.find(indicator).dated and origin == CALCULE:
            table = self._without_same_vintage(indicator, table, territory)
        reason = self.comparability.reason(indicator, year, origin)
        names = self._names(indicator, table, territory)
        return Former(year, table.reset_index(drop=True), origin, reason, names, self.source.rare)

    def says_something(self, indicator: str, year: int, territory: str) -> bool:
        """Say whether a table has a number for a year before."""
        key = (indicator, year, territory)
        if key not in self._says:
            self._says[key] = _says_something(self.past(*key)[0])
        return self._says[key]

    def comparable(self, indicator: str, year: int, territory: str) -> bool:
        """Say whether a table may be compared with a year before."""
        return not self.comparability.reason(indicator, year, self.past(indicator, year, territory)[1])

    def _without_same_vintage(self, indicator: str, table: pd.DataFrame, territory: str) -> pd.DataFrame:
        """Leave out values of the same vintage as the year's, written as text: they are not those of a year."""
        now, then = (
            self.source.texts(indicator, Scope(year, territory, self.service)).set_index(["ligne", "colonne"])["texte"]
            for year in (self.year, self.year - 1)
        )
        places = pd.MultiIndex.from_frame(table[["ligne", "colonne"]])
        before = then.reindex(places)
        return table.loc[[*(before.notna() & (before != now.reindex(places)))]]

    def _names(self, indicator: str, table: pd.DataFrame, territory: str) -> Mapping[str, str]:
        """Give the words of the lines that only the year before has."""
        alone = set(table["ligne"]) - set(self.table(indicator, self.year, territory)["ligne"])
        if not alone:
            return {}
        words = self.source.line_names(indicator, Scope(self.year - 1, territory, self.service))
        return {line: words[line] for line in alone if line in words}

    def cell(self, reference: Reference) -> Cell:
        """Give one figure.

        Returns
        -------
        State nc for a year before that neither the records nor a printed report hold, or in which the line did not
        exist; masque for what the edition to share leaves out.

        Raises
        ------
        SettingsError
            The indicator, line, column or territory does not exist; the message names the nearest.
        """
        try:
            now = self._table_cells(reference.indicator, self.year, reference.territory)
        except UsageError as error:
            if self._left_out(reference):
                return NOT_SHARED
            raise SettingsError(error.what, expected=error.expected, got=error.got, todo=error.todo) from error
        if PLUS in reference.ligne and not now.has(reference):
            return _sum([self.cell(replace(reference, ligne=line)) for line in reference.ligne.split(PLUS)])
        if self.shared and not now.has(reference) and (not now.cells or self._may_be_left_out(reference, now)):
            return NOT_SHARED
        _check(reference, now, self.year, self.source.rare, self.source.declared.cells.get(reference.indicator))
        at = self._table_cells(reference.indicator, reference.year, reference.territory)
        return _cell_at(reference, at, self.source.rare)

    def _left_out(self, of: Reference) -> bool:
        """Whether a table that exists is left out of the edition to share."""
        indicator, places = self.source.declared.tables.get(of.indicator), (SERVICE, *territories(self.service))
        if not self.shared or indicator is None or of.territory not in places:
            return False
        return indicator.concerns(Scope(self.year, of.territory, self.service))

    def _may_be_left_out(self, of: Reference, now: _TableCells) -> bool:
        """Whether the line and the column are ones that the exact edition may have."""
        families = self.service.problematiques
        issues = (one.code for family in families for one in family.codes)
        codes = {*LABELS, *(family.code for family in families), *issues}
        return all(code in now.names[name] | codes for name, code in (("ligne", of.ligne), ("colonne", of.colonne)))

    def _table_cells(self, indicator: str, year: int, territory: str) -> _TableCells:
        """Give the cells of a table in a year, found again without going through it."""
        key = (indicator, year, territory)
        if key not in self._cells_by_table:
            now = year == self.year
            table, origin = (self.table(*key), CALCULE) if now else self.past(*key)
            counted = origin == CALCULE and (now or not table.empty) and not self.shared
            self._cells_by_table[key] = _TableCells(_cells(table, year), counted)
        return self._cells_by_table[key]


def _says_something(table: pd.DataFrame) -> bool:
    """Say whether a number is known."""
    return bool(table["valeur"].notna().any())


@dataclass(frozen=True)
class _TableCells:
    """Cells of a table in one year, by line and column.

    Parameters
    ----------
    counted
        They are counted, so that a line or a column which is not always shown is 0 where it is not.
    """

    cells: Cells
    counted: bool

    @cached_property
    def names(self) -> Mapping[str, set[str]]:
        """Codes of the lines, and of the columns."""
        return {"ligne": {line for line, _ in self.cells}, "colonne": {column for _, column in self.cells}}

    def has(self, reference: Reference) -> bool:
        """Say whether the table has the figure."""
        return (reference.ligne, reference.colonne) in self.cells


def _cells(table: pd.DataFrame, year: int) -> Cells:
    of_year, names = table[table["annee"] == year], ("ligne", "colonne", "valeur", "unite", "etat")
    rows = [*zip(*(of_year[name].tolist() for name in names), cells.bases(of_year), strict=True)]
    return {(line, column): values for line, column, *values in reversed(rows)}  # the first, where there are two


def _check(reference: Reference, now: _TableCells, year: int, rare: frozenset[str], cell: str | None) -> None:
    """Refuse a line or a column that the table of the report's year, which a cell may declare, does not have."""
    for name, code in (("ligne", reference.ligne), ("colonne", reference.colonne)):
        codes = now.names[name]
        if code not in codes and code not in rare:
            raise SettingsError(
                f"L'indicateur « {reference.indicator} » n'a pas de {name} « {code} » en {year}.",
                expected=_nearest(code, codes),
                todo=f"donner une {name} de ce tableau, que déclare {cell}" if cell else None,
            )


def _cell_at(reference: Reference, table: _TableCells, rare: frozenset[str]) -> Cell:
    cell = table.cells.get((reference.ligne, reference.colonne))
    if cell is None:
        zero = table.counted and {reference.ligne, reference.colonne} & rare
        return Cell(0.0, "", "ok") if zero else Cell(math.nan, "", NC)
    value, unit, state, base = cell
    return Cell(float(value), str(unit), str(state), slack_of(str(state), base))


def _sum(cells: Sequence[Cell]) -> Cell:
    """Add figures that are exact; one that is not makes the sum what it is, and a rounded one makes it uncertain."""
    states = [UNCERTAIN if cell.etat == ARRONDI else cell.etat for cell in cells]
    state = next((state for state in (MASQUE, NC, UNCERTAIN, PARTIEL, VIDE) if state in states), OK)
    is_number = state in {OK, PARTIEL}
    return Cell(sum(cell.valeur for cell in cells) if is_number else math.nan, cells[0].unite, state)


def _nearest(code: str, codes: Iterable[str]) -> str:
    near = difflib.get_close_matches(code, list(codes), n=1, cutoff=0)
    return f"le plus proche est « {near[0]} »" if near else "une table qui a des lignes cette année-là"
