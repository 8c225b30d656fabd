"""Which figures are published exactly, in which order they would be rounded to protect others, and how: controlled.

Each that is not exact becomes a multiple of its base next to it, all tables and territories together: what is published
must add up where every part of a sum is rounded, leave each rounded part its width where the sum is published exactly,
and keep parts below their wholes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, diags_array, eye_array, hstack, vstack

from rlpipeline.attack import Knowledge
from rlpipeline.attack.publications import CROSSED, MARGIN, united
from rlpipeline.attack.system import (
    FAR,
    SLACKENED,
    THREE_VALUES,
    Bools,
    Box,
    Floats,
    LinearSystem,
    Places,
    Reading,
)
from rlpipeline.declared import FigureKey, Links
from rlpipeline.figures import SANS_COMMUNE, SERVICE, label_of
from rlpipeline.figures.labels import AU_MOINS_UN, FAMILLES, NOUVEAUX, TOTAL
from rlpipeline.protection.classes import (
    CROSSED_TABLES,
    ISSUE_TABLE,
    classes_of,
    few_of,
    sensitive_row,
    wider_classes,
)
from rlpipeline.settings.models import Service

COHORT = "accompagnes"
RANK = 1e6
"""What a rank weighs in importance: more than any figure."""
LARGEST = 1e5
"""What sizes are compared up to."""
LESSER, USUAL, OF_TERRITORY, OF_TABLE, OF_COHORT = 1, 2, 3, 4, 5
"""Ranks of margins: lesser variables, lines and columns, totals of territories, of tables, of the cohort."""
TOTALS_OF_TERRITORIES = frozenset({COHORT, "travail_de_rue"})
"""What each commune's total is published of exactly, beside its actions."""
ALWAYS_ROUNDED = frozenset({"flux_paei"})
LESS = frozenset({"anciennete_contact", *ALWAYS_ROUNDED})
"""Tables rounded before others where what is left of two of their figures is small."""
FINE_SUM = 3
"""Bases below which a sum of issues is as coarse as its sensitive row."""


def rule_of(key: FigureKey, links: Links, families: Collection[str]) -> str:
    """Name what makes a figure exact, as :class:`Knowledge` has it; nothing where it is rounded whatever it counts."""
    id = key.indicateur
    address = (key.ligne, key.colonne)
    if id in links.actions:
        if key.ligne in (TOTAL, FAMILLES):
            return MARGIN
        return CROSSED
    if key.territoire != SERVICE:
        is_exact = id in TOTALS_OF_TERRITORIES and address == (TOTAL, TOTAL)
        return MARGIN if is_exact else ""
    if id in ALWAYS_ROUNDED:
        return ""
    if TOTAL in address:
        return MARGIN
    return "" if id == "communes" else _rule_of_inner(key, families)


def _rule_of_inner(key: FigureKey, families: Collection[str]) -> str:
    """Name what makes an inner cell of the service exact: issues and newcomers are no part of what is crossed."""
    is_issue = key.indicateur == ISSUE_TABLE and key.ligne not in families
    if key.indicateur not in CROSSED_TABLES or key.colonne == NOUVEAUX or is_issue:
        return MARGIN
    return CROSSED


@dataclass(frozen=True)
class Rules:
    """What is asked for each unknown of a year, as it is read; exact values are NaN where they are of another year."""

    reading: Reading
    values: Floats

    @cached_property
    def base(self) -> Floats:
        """What each is a multiple of once rounded: a small sum of issues as its sensitive row, not to narrow it."""
        known = self.reading.known
        cells = self.reading.cells
        sensitive = (key for key in cells if key.ligne in known.sensibles)
        coarse = self.reading.system.marked(sensitive)
        if coarse.any():
            coarse[self._small_sums_of_issues()] = True
        return np.where(coarse, 2.0, 1.0) * known.base

    def _small_sums_of_issues(self) -> list[int]:
        """List the sums of issues of each territory where one of them is small."""
        sums: dict[str, list[int]] = defaultdict(list)
        for key, place in self.reading.cells.items():
            if key.indicateur == ISSUE_TABLE and key.ligne == TOTAL:
                sums[key.territoire].append(place)
        small = list[int]()
        fine = FINE_SUM * self.reading.known.base
        for places in sums.values():
            if min(self.values[places]) < fine:
                small += places
        return small

    @cached_property
    def width(self) -> Floats:
        """Width that must stay; of things beyond the persons concerned none until the attack asks for it."""
        things = self.reading.system.slacks("choses")
        return np.where(things, -1.0, self.base - 1)

    @cached_property
    def small(self) -> Bools:
        """Which unknowns are too small to be shown: 1 to threshold − 1."""
        below: Bools = self.values < self.reading.threshold
        return below & (self.values > 0)

    @cached_property
    def below(self) -> Bools:
        """Which are « moins de » once rounded: small margins, what is small alone among crossed cells, their parts."""
        system = self.reading.system
        threshold = self.reading.threshold
        below = self.reading.margin & self.small
        for name, places in self.reading.tables.items():
            small = [place for place in places if self.values[place] < threshold[place]]
            if name[-1] == CROSSED and len(small) == 1:
                below[small] |= self.small[small]
        parts = self.small & system.marked(self.reading.cells)
        return system.made_of(below & (threshold <= self.base), parts)

    @cached_property
    def exact_by_rule(self) -> Bools:
        """Which unknowns are published exactly, before any is rounded to protect another."""
        margin = self.reading.margin & ~self.reading.crossed
        large = margin & (self.values >= self.reading.threshold)
        zeros = margin & (self.values == 0)
        chosen = self._structural | large
        unsafe = self._unsafe & self.reading.crossed
        for (*_, kind), places in self.reading.tables.items():
            at = np.array(places)
            if kind == CROSSED:
                unsafe[at] |= unsafe[at].any()
            elif not self.small[at].any():
                chosen[at] |= zeros[at]
        return chosen | (self.reading.crossed & ~unsafe)

    @cached_property
    def _structural(self) -> Bools:
        """Zeros that nobody has to hide: young people live somewhere."""
        tables = self.reading.known.links.tables
        resident = list[FigureKey]()
        for key in self.reading.cells:
            if key.territoire == SANS_COMMUNE and tables[key.indicateur].residents:
                resident.append(key)
        return self.reading.system.marked(resident)

    @cached_property
    def _unsafe(self) -> Bools:
        """What is small, or everybody of a sensitive line in one class: the zeros beside would tell it."""
        lines = dict[FigureKey, float]()
        for key, place in self.reading.cells.items():
            if key.ligne in self.reading.known.sensibles:
                lines[key] = self.values[place]
        everybody = list[FigureKey]()
        for key, value in lines.items():
            total = key._replace(colonne=TOTAL)
            if value and key != total and value == lines.get(total):
                everybody.append(key)
        return self.small | self.reading.system.marked(everybody)

    @cached_property
    def importance(self) -> Floats:
        """Order in which exact figures are rounded to protect others: crossed cells, then by rank, the smallest first.

        Equal ones go in the order of the unknowns.
        """
        size = self.reading.system.size
        rank = np.zeros(size)
        for key, place in self.reading.cells.items():
            rank[place] = max(rank[place], _rank(key))
        number = np.minimum(np.nan_to_num(self.values), LARGEST)
        rank[self.reading.crossed] = 0.0
        return rank * RANK + number + np.arange(size) * 1e-6


def _rank(key: FigureKey) -> int:
    """Rank a margin: lesser variables are rounded first, the cohort last."""
    if key.colonne == NOUVEAUX or key.indicateur in LESS:
        return LESSER
    if not {key.ligne, key.colonne} <= {TOTAL, AU_MOINS_UN}:
        return USUAL
    if key.territoire != SERVICE:
        return OF_TERRITORY
    if key.indicateur == COHORT:
        return OF_COHORT
    return OF_TABLE


def knowledge(service: Service, links: Links, followed_only: bool = True) -> Knowledge:
    """Tell the attack the rules that the report prints."""
    rules = service.diffusion
    classes = classes_of(service.diffusion, service)
    wider = wider_classes(ISSUE_TABLE, classes, links)
    joined = united(rules.sensibles)
    families = {joined}
    for family in service.problematiques:
        families.add(wider.get(family.code, family.code))
    known = Knowledge(
        service.commune_names,
        links,
        rules.seuil,
        rules.seuil_sensible,
        frozenset({sensitive_row(rules, service), joined, *rules.sensibles}),
        rules.base,
        followed_only,
    )
    rule = partial(rule_of, links=links, families=families)
    few = partial(few_of, links=links, base=rules.base)
    return replace(known, rule=rule, few=few, word=label_of)


NODES, GAP = 2000, 0.01
"""How far the best rounding is looked for: never a duration, which depends on the machine."""
SUM_PRICE, TIGHT_PRICE = 200.0, 60.0
"""Of a sum that does not add up, of a unit of width that a part lacks."""


class _Rows(NamedTuple):
    """Constraints where something may be rounded and nothing is hidden, rests left aside.

    ``exact`` says how many of their figures are published exactly, ``lines`` where they are in the system.
    """

    matrix: csr_array
    exact: Floats
    lines: Places


@dataclass(frozen=True)
class Rounding:
    """What is to be rounded: exact values (NaN of another year), multiples of ``base`` once rounded.

    Parameters
    ----------
    shown
        What is settled already (exact, or released before), NaN elsewhere.
    hidden
        Of whose sums nothing is asked.
    secret
        What is small enough for its width to matter.
    """

    system: LinearSystem
    values: Floats
    base: Floats
    shown: Floats
    exact: Bools
    hidden: Bools
    secret: Bools

    @cached_property
    def free(self) -> Places:
        """Unknowns that may be rounded down or up."""
        return np.flatnonzero(self._is_free)

    @cached_property
    def _is_free(self) -> Bools:
        is_between = self.values > self.floor
        return np.isnan(self.shown) & ~self.hidden & is_between

    @cached_property
    def floor(self) -> Floats:
        """The multiple of the base below each value, or the value that is settled; 0 where nothing is published."""
        bases = np.nan_to_num(self.values) / self.base
        below = np.floor(bases) * self.base
        settled = np.where(np.isnan(self.shown), below, self.shown)
        return np.where(self.hidden, 0.0, settled)

    @cached_property
    def width(self) -> Floats:
        """How far from its rounded value a figure can be."""
        return np.where(self.exact, 0.0, self.base - 1)

    @cached_property
    def _is_ordered(self) -> Bools:
        """Which constraints say that something is at most something else: the others are sums."""
        slackened = [each.kind in SLACKENED for each in self.system.constraints]
        ordered: Bools = np.isinf(self.system.least) | slackened
        return ordered

    @cached_property
    def sums(self) -> _Rows:
        """Sums of figures."""
        return self._rows(~self._is_ordered)

    @cached_property
    def orders(self) -> _Rows:
        """Parts against their wholes, persons against things."""
        return self._rows(self._is_ordered)

    def _rows(self, wanted: Bools) -> _Rows:
        """Take some of the constraints."""
        figures = np.ones(self.system.size)
        figures[[*self.system.rests]] = 0
        matrix = csr_array(self.system.matrix * figures)
        ones = abs(matrix).sign()
        has_free = ones @ self._is_free.astype(float) > 0
        has_hidden = ones @ self.hidden.astype(float) > 0
        lines = np.flatnonzero(wanted & has_free & ~has_hidden)
        is_exact = self.exact & (self.values > 0)
        number_exact = ones @ is_exact.astype(float)
        return _Rows(csr_array(matrix[lines]), number_exact[lines], lines)


def boxes(task: Rounding, published: Floats) -> Box:
    """Give the least and the greatest number that each published value stands for."""
    anywhere = Box(task.system.low, np.full(len(published), FAR))
    low = np.maximum(0, published - task.width)
    rounded = Box(low, published + task.width)
    within = anywhere.where(task.hidden, rounded)
    return Box(published, within.high).where(task.exact, within)


class _Requirement(NamedTuple):
    """``least <= rows @ up <= most``, and what each unit that a row lacks costs."""

    rows: csr_array
    least: Floats
    most: Floats
    price: float = TIGHT_PRICE


def round_together(task: Rounding) -> Floats:
    """Round with the least error, each to a multiple within base − 1 of the truth: a zero stays."""
    free = task.free
    if not len(free):
        return task.floor
    over = (task.values - task.floor)[free]
    cost = task.base[free] - 2 * over
    solution = _solved(_requirements(task), free, cost)
    up = np.zeros(len(task.floor))
    up[free] = cost < 0 if solution is None else solution
    rounded: Floats = task.floor + task.base * up
    return rounded


def _requirements(task: Rounding) -> Sequence[_Requirement]:
    """List what is asked of what is rounded up."""
    nearest = np.floor(task.base / 2)
    half = np.where(task.exact, 0.0, nearest)
    wide = _widths(task, task.width, np.inf)
    near = _widths(task, half, THREE_VALUES)
    return _sums(task), *wide, *near, _ordered(task), _implied(task)


def _solved(requirements: Sequence[_Requirement], free: Places, cost: Floats) -> Floats | None:
    """Choose what goes up at the least cost, where each row may lack some units at a price; None without an answer."""
    rows = csr_array(vstack([each.rows for each in requirements]))[:, free]
    least = np.concatenate([each.least for each in requirements])
    most = np.concatenate([each.most for each in requirements])
    prices = [each.price for each in requirements]
    price = np.repeat(prices, [len(each.least) for each in requirements])
    has_least = np.isfinite(least)
    has_most = np.isfinite(most)
    unit = eye_array(len(price), format="csr")
    costs = np.concatenate([cost, price[has_least], price[has_most]])
    whole = np.arange(len(costs)) < len(free)
    matrix = hstack([rows, unit[:, has_least], -1 * unit[:, has_most]])
    # the HiGHS of the attack is another release of it: it chooses other multiples, as good
    found = milp(
        costs,
        integrality=whole.astype("int64"),
        bounds=Bounds(0, np.where(whole, 1.0, np.inf)),
        constraints=LinearConstraint(csr_array(matrix), least, most),
        options={"node_limit": NODES, "mip_rel_gap": GAP},
    )
    return None if found.x is None else np.round(found.x[: len(free)])


def _sums(task: Rounding) -> _Requirement:
    """State that rounded parts that have a rounded sum add up."""
    all_rounded = task.sums.exact == 0
    rows = csr_array(task.sums.matrix[all_rounded])
    gap = -(rows @ task.floor)
    return _Requirement(csr_array(rows * task.base), gap, gap, SUM_PRICE)


def _widths(task: Rounding, width: Floats, most_needed: float) -> tuple[_Requirement, _Requirement]:
    """State that what is exact in a sum, or rounded more finely, leaves the rounded parts their width, or enough.

    A part lies between r − width, or 0, and r + width. In a sum with exact terms it can be no more than its
    least value + (what the least values of all the terms leave), no less than its greatest − the same of the greatest.
    """
    rows = _where_width_matters(task, width)
    positive = csr_array(rows.maximum(0))
    negative = csr_array(rows.minimum(0))
    low = np.maximum(0, task.floor - width)
    high = task.floor + width
    above = task.floor + task.base
    raised = np.maximum(0, above - width) - low
    low_step = np.where(task.exact, 0, raised)
    high_step = np.where(task.exact, 0, task.base)
    widths = csr_array(abs(rows).sign() * width)
    need = np.minimum(widths.max(axis=1).toarray(), most_needed)
    least = positive @ low + negative @ high
    most = positive @ high + negative @ low
    raises = csr_array(positive * low_step + negative * high_step)
    widens = csr_array(positive * high_step + negative * low_step)
    room = -need - least
    lacking = need - most
    return _Requirement(raises, room - np.inf, room), _Requirement(
        widens, lacking, lacking + np.inf
    )


def _where_width_matters(task: Rounding, width: Floats) -> csr_array:
    """Take the sums with a secret that have exact terms, or terms of several widths."""
    ones = abs(task.sums.matrix).sign()
    has_secret = ones @ task.secret.astype(float) > 0
    finest = np.where(task.exact, np.inf, width).min()
    has_coarse = ones @ (width > finest).astype(float) > 0
    useful = has_secret & ((task.sums.exact > 0) | has_coarse)
    return csr_array(task.sums.matrix[useful])


def _ordered(task: Rounding) -> _Requirement:
    """State that a part is never published above its whole: boxes that cross would narrow both."""
    rows = task.orders.matrix
    lines = task.orders.lines
    room = task.system.most[lines] - rows @ task.floor
    return _Requirement(csr_array(rows * task.base), room - np.inf, room)


def _implied(task: Rounding) -> _Requirement:
    """State that where things are above zero persons are: one would say that the other is not zero."""
    things, persons = task.system.pairs.T
    free = task.system.among(task.free)
    there = task.floor > 0
    may_be_there = free[things] | there[things]
    useful = ~there[persons] & free[persons] & ~task.hidden[things] & may_be_there
    things = things[useful]
    persons = persons[useful]
    unit = eye_array(len(free), format="csr")
    is_there = there[things].astype(float)
    rows = unit[persons] - diags_array(1 - is_there) @ unit[things]
    return _Requirement(csr_array(rows), is_there, is_there + np.inf)
