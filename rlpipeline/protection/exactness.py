"""Which figures are published exactly: totals that are large enough, tables without a small number; in which order they
would be rounded to protect others."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from rlpipeline.attack.system import Bools, Floats, System
from rlpipeline.declared import FigureKey, Links
from rlpipeline.figures import SANS_COMMUNE, SERVICE
from rlpipeline.figures.labels import AU_MOINS_UN, FAMILLES, NOUVEAUX, TOTAL
from rlpipeline.protection.shared_tables import is_crossed
from rlpipeline.settings.models import Disclosure

COHORT = "accompagnes"
TOTALS_OF_TERRITORIES = frozenset({COHORT, "travail_de_rue"})
"""What each commune's total is published of exactly, beside its actions."""
ALWAYS_ROUNDED = frozenset({"flux_paei"})
LESS = frozenset({"anciennete_contact", *ALWAYS_ROUNDED})
"""Tables rounded before others where what is left of two of their figures is small."""


@dataclass(frozen=True)
class Margins:
    """Says of figures whether they are exact from their threshold on, and « moins de » below it.

    Parameters
    ----------
    families
        Lines of the families of issues.
    actions
        Tables of actions.
    """

    families: frozenset[str]
    actions: frozenset[str]

    def __call__(self, key: FigureKey) -> bool:
        """Say it of one figure."""
        if key.indicateur in ALWAYS_ROUNDED:
            return False
        if key.indicateur in self.actions:
            return key.ligne in (TOTAL, FAMILLES)
        if key.indicateur == "communes" and key.ligne != TOTAL:
            return key.colonne == TOTAL
        if key.territoire != SERVICE:
            return key.indicateur in TOTALS_OF_TERRITORIES and key[3:] == (TOTAL, TOTAL)
        return not self.crosses(key)

    def crosses(self, key: FigureKey) -> bool:
        """Say of one figure whether it is crossed in two dimensions, hence no margin."""
        return is_crossed(key.indicateur, key.ligne, key.colonne, self.families, self.actions)

    def table_of(self, key: FigureKey) -> tuple[str, str]:
        """Give the table that a zero is rounded with, where one of its figures is small: an action is one by itself."""
        return key.indicateur, key.colonne if key.indicateur in self.actions else ""


@dataclass(frozen=True)
class Rules:
    """What is asked for each unknown of a year.

    Parameters
    ----------
    values
        Exact value of each; NaN where it is of another year.
    cells
        The figures of the year.
    sensitive
        Line of the sensitive families, empty where there is none.
    """

    stated: System
    values: Floats
    cells: Mapping[FigureKey, int]
    settings: Disclosure
    margins: Margins
    sensitive: str
    links: Links

    def _any(self, keys: Iterable[FigureKey]) -> Bools:
        """Mark the unknowns of some figures."""
        marked = np.zeros(self.stated.size, dtype=bool)
        marked[[self.cells[key] for key in keys]] = True
        return marked

    @cached_property
    def is_sensitive(self) -> Bools:
        """Which unknowns are about a sensitive subject."""
        return self._any(key for key in self.cells if self.sensitive and key.ligne == self.sensitive)

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
        for key, place in self.cells.items():
            if self.sensitive and key.indicateur == "problematiques" and key.ligne == TOTAL:
                sums[key.territoire].append(place)
        wide = [place for row in sums.values() if min(self.values[row]) < 3 * base for place in row]
        coarse = self.is_sensitive.copy()
        coarse[wide] = True
        return np.where(coarse, 2.0 * base, 1.0 * base)

    @cached_property
    def small(self) -> Bools:
        """Which unknowns are too small to be shown."""
        return np.asarray((self.values > 0) & (self.values < self.threshold))

    @cached_property
    def margin(self) -> Bools:
        """Which unknowns are margins."""
        return self._any(key for key in self.cells if self.margins(key))

    @cached_property
    def structural(self) -> Bools:
        """Which unknowns are zero by definition: young people live somewhere."""
        tables = self.links.tables
        return self._any(
            key for key in self.cells if key.territoire == SANS_COMMUNE and tables[key.indicateur].residents
        )

    @cached_property
    def groups(self) -> Mapping[int, tuple[int, ...]]:
        """The crossed cells of the service's tables, and those of an action, each with those of its table."""
        tables: dict[tuple[str, str], dict[int, None]] = defaultdict(dict)
        for key, place in self.cells.items():
            if self.margins.crosses(key):
                _, action = self.margins.table_of(key)
                if action or key.territoire == SERVICE:
                    tables[key.indicateur, action][place] = None
        return {place: tuple(table) for table in tables.values() for place in table}

    @cached_property
    def one_class(self) -> Bools:
        """Which unknowns hold everybody of a sensitive line: to show the zeros beside would tell of each."""
        whole: dict[tuple[object, ...], float] = {}
        for key, place in self.cells.items():
            if key.ligne == self.sensitive and key.colonne == TOTAL:
                whole[key[:4]] = self.values[place]
        alone = (key for key, place in self.cells.items() if self.values[place] > 0 and key.colonne != TOTAL)
        return self._any(key for key in alone if whole.get(key[:4]) == self.values[self.cells[key]])

    def exact(self) -> Bools:
        """Say which unknowns are published exactly, before any is rounded to protect another."""
        chosen = self.structural.copy()
        table_of = self.margins.table_of
        apart = {table_of(key) for key, place in self.cells.items() if key.territoire == SERVICE and self.small[place]}
        for key, place in self.cells.items():
            value = self.values[place]
            if place in self.groups:
                table = [*self.groups[place]]
                chosen[place] |= not (self.small[table] | self.one_class[table]).any()
            elif self.margin[place]:
                zero = value == 0 and key.territoire == SERVICE and table_of(key) not in apart
                chosen[place] |= value >= self.threshold[place] or zero
        return chosen

    @cached_property
    def rank(self) -> Floats:
        """Importance of each unknown, the least important first, the cohort last."""
        rank = np.zeros(self.stated.size)
        for key, place in self.cells.items():
            rank[place] = max(rank[place], self._rank(key, place))
        return rank

    @cached_property
    def importance(self) -> Floats:
        """Order in which exact figures are rounded to protect others: by rank, then the smallest."""
        size = np.minimum(np.nan_to_num(self.values), 1e5)
        return self.rank * 1e6 + size + np.arange(len(size)) * 1e-6

    def _rank(self, key: FigureKey, place: int) -> int:
        """Rank crossed cells, lesser variables, margins, totals of territories, those of the service."""
        if place in self.groups:
            return 0
        if key.colonne == NOUVEAUX or key.indicateur in LESS:
            return 1
        if not {*key[3:]} <= {TOTAL, AU_MOINS_UN}:
            return 2
        if key.territoire != SERVICE:
            return 3
        return 5 if key.indicateur == COHORT else 4

    def grouped(self, places: Iterable[int]) -> Bools:
        """Mark unknowns, each with all the crossed cells of its table: in a rounded table every one is rounded."""
        marked = np.zeros(self.stated.size, dtype=bool)
        for place in places:
            marked[list(self.groups.get(place, (place,)))] = True
        return marked
