"""The figures that a text may quote, and what to answer when they do not exist."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import pandas as pd

from rlpipeline.display.cells import Figure, Reference, figures_by_cell
from rlpipeline.display.former import CALCULE, PUBLIE, Comparability, Former
from rlpipeline.display.phrases import UNCERTAIN
from rlpipeline.errors import SettingsError, UsageError, nearest
from rlpipeline.figures import SERVICE, Scope, Store, territories
from rlpipeline.figures.labels import LABELS
from rlpipeline.figures.tidy import ARRONDI, MASQUE, NC, OK, PARTIEL, VIDE
from rlpipeline.settings.models import Service

PLUS = "+"
"""Between the codes of lines that are quoted as one figure, their sum."""
NOT_SHARED = Figure(math.nan, "", MASQUE)
Cells = Mapping[tuple[str, str], Figure]
T = TypeVar("T")


@dataclass(frozen=True)
class Lookup:
    """Figures of a source by reference, each table computed once.

    ``published``: gives the figures printed for a year before (columns of ``indicateurs.csv``); None where nothing was
    copied; ``shared``: whether it is the edition to share: what it does not have is masked, where the exact edition may
    have it.
    """

    source: Store
    service: Service
    year: int
    published: Callable[[int], pd.DataFrame] | None = None
    comparability: Comparability = field(default_factory=lambda: Comparability(0))
    shared: bool = False
    _memo: dict[tuple[object, ...], Any] = field(default_factory=dict, compare=False, repr=False)

    def _once(self, key: tuple[object, ...], make: Callable[[], T]) -> T:
        if key not in self._memo:
            self._memo[key] = make()
        value: T = self._memo[key]
        return value

    def table(self, indicator: str, year: int, territory: str) -> pd.DataFrame:
        """Compute the figures of a table (columns of ``indicateurs.csv``), or take them as computed before."""
        scope = Scope(year, territory, self.service)
        return self._once(("table", indicator, year, territory), lambda: self.source.figures(indicator, scope))

    def keep(self, figures: pd.DataFrame, indicator: str, year: int, territory: str) -> None:
        """Take the figures of a table that someone else computed."""
        self._memo.setdefault(("table", indicator, year, territory), figures)

    def of_year(self, indicator: str, year: int, territory: str) -> pd.DataFrame:
        """As :meth:`table`, the figures of one year; those of the year before may be in the table of the year."""
        table = self.table(indicator, self.year if self._beside(indicator, year) else year, territory)
        return table[table["annee"] == year]

    def _beside(self, indicator: str, year: int) -> bool:
        return self.source.declared.find(indicator).with_previous_year and year == self.year - 1

    def past(self, indicator: str, year: int, territory: str) -> tuple[pd.DataFrame, str]:
        """Give the figures of a year before: counted from the records, else as they were printed.

        Gives columns of ``indicateurs.csv`` and the origin of them all. No row where neither is known: a zero is a
        count where the service kept the table that year.
        """
        return self._once(("past", indicator, year, territory), lambda: self._past(indicator, year, territory))

    def _past(self, indicator: str, year: int, territory: str) -> tuple[pd.DataFrame, str]:
        if self._beside(indicator, year) or year in self.source.years:
            counted = self.of_year(indicator, year, territory)
            numbers = counted["valeur"].dropna()
            # Where situations were first noted the year after, nobody was in any: a growth from 0 would be none. A
            # table that shows both years is that of the later one: nothing but zeros says nothing of the former.
            if not numbers.empty and not (self._beside(indicator, year) and numbers.any()):
                kept = self.source.is_recorded(indicator, Scope(year, territory, self.service))
                counted = counted if kept else counted.iloc[:0]
        else:
            counted = self.table(indicator, self.year, territory).iloc[:0]
        if self.published is None:
            return counted, CALCULE
        printed = self._once(("printed", year), lambda: self.published(year) if self.published else counted)
        printed = printed[(printed["indicateur"] == indicator) & (printed["territoire"] == territory)]
        return (counted, CALCULE) if printed.empty or counted["valeur"].notna().any() else (printed, PUBLIE)

    def former(self, indicator: str, territory: str) -> Former | None:
        """Give the year before of a table.

        Gives None where nothing is known of it. No figure where every value is one that the year itself shows.
        """
        year = self.year - 1
        if not self.says_something(indicator, year, territory):
            return None
        table, origin = self.past(indicator, year, territory)
        if self.source.declared.find(indicator).dated and origin == CALCULE:
            # Values of the same vintage as the year's, written as text, are not those of a year.
            now, then = (
                self.source.texts(indicator, Scope(at, territory, self.service)).set_index(["ligne", "colonne"])
                for at in (self.year, year)
            )
            places = pd.MultiIndex.from_frame(table[["ligne", "colonne"]])
            before = then["texte"].reindex(places)
            table = table.loc[[*(before.notna() & (before != now["texte"].reindex(places)))]]
        alone = set(table["ligne"]) - set(self.table(indicator, self.year, territory)["ligne"])
        words = self.source.line_names(indicator, Scope(year, territory, self.service)) if alone else {}
        names = {line: words[line] for line in alone if line in words}
        reason = self.comparability.reason(indicator, year, origin)
        return Former(year, table.reset_index(drop=True), origin, reason, names, self.source.rare)

    def says_something(self, indicator: str, year: int, territory: str) -> bool:
        """Say whether a table has a number for a year before."""
        key = ("says", indicator, year, territory)
        return self._once(key, lambda: bool(self.past(indicator, year, territory)[0]["valeur"].notna().any()))

    def compared(self, indicator: str, year: int, territory: str) -> bool:
        """Say whether a table has a number for a year before, and may be compared with it."""
        of = indicator, year, territory
        return self.says_something(*of) and self.comparable(*of)

    def comparable(self, indicator: str, year: int, territory: str) -> bool:
        """Say whether a table may be compared with a year before."""
        return not self.comparability.reason(indicator, year, self.past(indicator, year, territory)[1])

    def cell(self, reference: Reference) -> Figure:
        """Give one figure.

        Gives state nc for a year before that neither the records nor a printed report hold, or in which the line did
        not exist; masque for what the edition to share leaves out. Raises SettingsError: the indicator, line, column or
        territory does not exist; the message names the nearest.
        """
        place = reference.ligne, reference.colonne
        try:
            now, _ = self._cells(reference.indicator, self.year, reference.territory)
        except UsageError as error:
            if self._left_out(reference):
                return NOT_SHARED
            raise SettingsError(error.what, expected=error.expected, got=error.got, todo=error.todo) from error
        if place not in now:
            if PLUS in reference.ligne:
                return _sum([self.cell(replace(reference, ligne=line)) for line in reference.ligne.split(PLUS)])
            codes = {"ligne": {line for line, _ in now}, "colonne": {column for _, column in now}}
            if self.shared and (not now or self._may_be_left_out(reference, codes)):
                return NOT_SHARED
            self._check(reference, codes)
        cells, counted = self._cells(reference.indicator, reference.year, reference.territory)
        if place in cells:
            return cells[place]
        zero = counted and {*place} & self.source.rare  # a code that is not always shown is 0 where it is not
        return Figure(0.0, "", OK) if zero else Figure(math.nan, "", NC)

    def known(self, path: tuple[str, str, str], year: int, territory: str) -> Figure | None:
        """Give a figure by table, line and column; None where there is no such one, or the service counts others."""

        def make() -> Figure | None:
            try:
                cell = self.cell(Reference(*path, year, territory))
            except SettingsError:
                return None
            return cell if path[0] in self.source.declared.counted_as_ours else None

        return self._once(("known", path, year, territory), make)

    def _check(self, of: Reference, codes: Mapping[str, set[str]]) -> None:
        for side, code in (("ligne", of.ligne), ("colonne", of.colonne)):
            if code not in codes[side] and code not in self.source.rare:
                near = nearest(code, codes[side])
                where = self.source.declared.cells.get(of.indicator)
                expected = f"le plus proche est « {near} »" if near else "une table qui a des lignes cette année-là"
                raise SettingsError(
                    f"L'indicateur « {of.indicator} » n'a pas de {side} « {code} » en {self.year}.",
                    expected=expected,
                    todo=f"donner une {side} de ce tableau, que déclare {where}" if where else None,
                )

    def _left_out(self, of: Reference) -> bool:
        indicator, places = self.source.declared.tables.get(of.indicator), (SERVICE, *territories(self.service))
        if not self.shared or indicator is None or of.territory not in places:
            return False
        return indicator.concerns(Scope(self.year, of.territory, self.service))

    def _may_be_left_out(self, of: Reference, codes: Mapping[str, set[str]]) -> bool:
        families = self.service.problematiques
        issues = (issue.code for family in families for issue in family.codes)
        every = {*LABELS, *(family.code for family in families), *issues}
        return all(code in codes[side] | every for side, code in (("ligne", of.ligne), ("colonne", of.colonne)))

    def _cells(self, indicator: str, year: int, territory: str) -> tuple[Cells, bool]:
        """Give the cells of a table in a year, and whether they are counted, so that what it lacks is zero."""

        def make() -> tuple[Cells, bool]:
            now, of = year == self.year, (indicator, year, territory)
            table, origin = (self.table(*of), CALCULE) if now else self.past(*of)
            counted = origin == CALCULE and (now or not table.empty) and not self.shared
            return figures_by_cell(table[table["annee"] == year].iloc[::-1]), counted  # the first, where there are two

        return self._once(("cells", indicator, year, territory), make)


def _sum(cells: list[Figure]) -> Figure:
    """Add figures that are exact; one that is not makes the sum what it is, and a rounded one makes it uncertain."""
    states = [UNCERTAIN if cell.etat == ARRONDI else cell.etat for cell in cells]
    state = next((state for state in (MASQUE, NC, UNCERTAIN, PARTIEL, VIDE) if state in states), OK)
    is_number = state in {OK, PARTIEL}
    return Figure(sum(cell.valeur for cell in cells) if is_number else math.nan, cells[0].unite, state)
