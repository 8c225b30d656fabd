"""Which figures are published exactly: totals that are large enough, tables without a small number; in which order they
would be rounded to protect others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rlpipeline.figures import ACTION_TABLES, SERVICE
from rlpipeline.figures.labels import AU_MOINS_UN, TOTAL
from rlpipeline.protection.classes import Lines
from rlpipeline.protection.constraints import always_zero
from rlpipeline.protection.shared_tables import is_crossed
from rlpipeline.protection.unknowns import COHORT, Bools, Floats, Registry, Unknown
from rlpipeline.published.model import FigureKey
from rlpipeline.settings.models import Disclosure

TOTALS_OF_TERRITORIES = frozenset({COHORT, "travail_de_rue"})
"""What each commune's total is published of exactly, beside its actions."""


@dataclass(frozen=True)
class Rules:
    """What is asked for each unknown of a year.

    Parameters
    ----------
    sensitive
        Line of the sensitive families, empty where there is none.
    """

    registry: Registry
    settings: Disclosure
    lines: Lines
    sensitive: str

    @cached_property
    def is_sensitive(self) -> Bools:
        """Which unknowns are about a sensitive subject."""
        about = [("ligne", self.sensitive) in one.filters for one in self.registry.unknowns]
        return np.array(about, dtype=bool)

    @cached_property
    def threshold(self) -> Floats:
        """Least number that may be published exactly, for each unknown: a zero may, 1 to threshold − 1 may not."""
        return np.where(self.is_sensitive, self.settings.seuil_sensible, self.settings.seuil).astype("float64")

    @cached_property
    def base(self) -> Floats:
        """What each unknown is a multiple of once rounded.

        Notes
        -----
        A small sum of issues is rounded as its sensitive row is: a narrower one would narrow that row.
        """
        base = self.settings.base
        sums: dict[str, list[int]] = defaultdict(list)
        for place, one in enumerate(self.registry.unknowns):
            if self.sensitive and one.measure == "problematiques" and ("ligne", TOTAL) in one.filters:
                sums[one.territory].append(place)
        wide = [place for row in sums.values() if min(self.registry.values[row]) < 3 * base for place in row]
        coarse = self.is_sensitive.copy()
        coarse[wide] = True
        return np.where(coarse, 2.0 * base, 1.0 * base)

    @cached_property
    def small(self) -> Bools:
        """Which unknowns are too small to be shown."""
        values = self.registry.values
        return np.asarray((values > 0) & (values < self.threshold))

    @cached_property
    def structural(self) -> Bools:
        """Which unknowns are zero by definition."""
        return np.array([always_zero(one) for one in self.registry.unknowns], dtype=bool)

    @cached_property
    def groups(self) -> Mapping[int, tuple[int, ...]]:
        """The crossed cells of the service's tables, and those of an action, each with those of its table."""
        tables: dict[tuple[str, str], dict[int, None]] = defaultdict(dict)
        for cell, place in self.registry.cells.items():
            if self._is_inner(cell):
                action = cell.colonne if cell.indicateur in ACTION_TABLES else ""
                tables[cell.indicateur, action][place] = None
        return {place: tuple(table) for table in tables.values() for place in table}

    def _is_inner(self, cell: FigureKey) -> bool:
        crossed = is_crossed(cell.indicateur, cell.ligne, cell.colonne, frozenset(self.lines.families))
        return crossed and (cell.territoire == SERVICE or cell.indicateur in ACTION_TABLES)

    def exact(self) -> Bools:
        """Say which unknowns are published exactly, before any is rounded to protect another."""
        chosen = self.structural.copy()
        apart = self._tables_with_small_margins()
        for place, value in enumerate(self.registry.values):
            if place in self.groups:
                chosen[place] |= not any(self.small[one] for one in self.groups[place])
            elif self._is_margin(self.registry.unknowns[place]):
                chosen[place] |= value >= self.threshold[place]
        for cell, place in self.registry.cells.items():
            if cell.territoire == SERVICE and place not in self.groups and cell.indicateur not in apart:
                chosen[place] |= self.registry.values[place] == 0 and self._is_margin(self.registry.unknowns[place])
        return chosen

    def _is_margin(self, unknown: Unknown) -> bool:
        if unknown.measure == "participants":
            return True
        total = all(code == TOTAL for _, code in unknown.filters)
        return unknown.territory == SERVICE or (total and unknown.measure in TOTALS_OF_TERRITORIES)

    def _tables_with_small_margins(self) -> set[str]:
        """List the tables of the service where a zero beside small margins is rounded as they are."""
        cells = self.registry.cells.items()
        return {cell.indicateur for cell, place in cells if cell.territoire == SERVICE and self.small[place]}

    @cached_property
    def importance(self) -> Floats:
        """Order in which exact figures are rounded to protect others, the least important first."""
        rank = np.array([self._rank(place, one) for place, one in enumerate(self.registry.unknowns)], dtype="float64")
        return rank * 1e6 + np.minimum(self.registry.values, 1e5) + np.arange(len(rank)) * 1e-6

    def _rank(self, place: int, unknown: Unknown) -> int:
        totals = [code in (TOTAL, AU_MOINS_UN) for _, code in unknown.filters]
        if place in self.groups:
            return 0
        if all(totals):
            return 3 + (unknown.measure == COHORT) if unknown.territory == SERVICE else 2
        return 1


def grouped(rules: Rules, places: Iterable[int]) -> Bools:
    """Mark unknowns, each with all the crossed cells of its table: in a rounded table every one is rounded."""
    marked = np.zeros(len(rules.registry.unknowns), dtype=bool)
    for place in places:
        marked[list(rules.groups.get(place, (place,)))] = True
    return marked
