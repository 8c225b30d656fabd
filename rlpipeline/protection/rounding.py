"""Which figures are published exactly, in which order they would be rounded to protect others, and how: controlled.

Each that is not exact becomes a multiple of its base next to it, all tables and territories together: what is published
must add up where every part of a sum is rounded, leave each rounded part its width where the sum is published exactly,
and keep parts below their wholes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, partial
from typing import NamedTuple

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, diags_array, eye_array, hstack, vstack

from rlpipeline.attack import Knowledge
from rlpipeline.attack.publications import CROSSED, MARGIN, united
from rlpipeline.attack.system import FAR, THREE_VALUES, Bools, Box, Floats, Places, Ruled, System
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
TOTALS_OF_TERRITORIES = frozenset({COHORT, "travail_de_rue"})
"""What each commune's total is published of exactly, beside its actions."""
ALWAYS_ROUNDED = frozenset({"flux_paei"})
LESS = frozenset({"anciennete_contact", *ALWAYS_ROUNDED})
"""Tables rounded before others where what is left of two of their figures is small."""


def rule_of(key: FigureKey, links: Links, families: frozenset[str]) -> str:
    """Name what makes a figure exact, as :class:`Knowledge` has it; nothing where it is rounded whatever it counts."""
    id, line, column = key.indicateur, key.ligne, key.colonne
    if id in links.actions:
        return MARGIN if line in (TOTAL, FAMILLES) else CROSSED
    if key.territoire != SERVICE:
        return MARGIN if id in TOTALS_OF_TERRITORIES and key[3:] == (TOTAL, TOTAL) else ""
    if id in ALWAYS_ROUNDED or (id == "communes" and TOTAL not in key[3:]):
        return ""
    inner = TOTAL not in key[3:] and column != NOUVEAUX and (id != ISSUE_TABLE or line in families)
    return CROSSED if id in CROSSED_TABLES and inner else MARGIN


@dataclass(frozen=True)
class Rules(Ruled):
    """What is asked for each unknown of a year, whose exact values are NaN where they are of another year."""

    values: Floats

    @cached_property
    def base(self) -> Floats:
        """What each is a multiple of once rounded: a small sum of issues as its sensitive row, not to narrow it."""
        coarse = self.system.marked(key for key in self.cells if key.ligne in self.known.sensibles)
        sums: dict[str, list[int]] = defaultdict(list)
        for key, place in self.cells.items():
            if coarse.any() and key.indicateur == ISSUE_TABLE and key.ligne == TOTAL:
                sums[key.territoire].append(place)
        coarse[
            [
                place
                for row in sums.values()
                if min(self.values[row]) < 3 * self.known.base
                for place in row
            ]
        ] = True
        return np.where(coarse, 2.0, 1.0) * self.known.base

    @cached_property
    def width(self) -> Floats:
        """Width that must stay; of things beyond the persons concerned none until the attack asks for it."""
        return np.where(self.system.left("choses"), -1.0, self.base - 1)

    @cached_property
    def small(self) -> Bools:
        """Which unknowns are too small to be shown: 1 to threshold − 1."""
        return np.asarray((self.values > 0) & (self.values < self.threshold))

    @cached_property
    def crossed(self) -> Bools:
        """Which unknowns are crossed cells of the service's tables, or cells of actions."""
        return self.system.marked(key for key, rule in self.rules.items() if rule == CROSSED)

    @cached_property
    def below(self) -> Bools:
        """Which are « moins de » once rounded: small margins, what is small alone among crossed cells, their parts."""
        below = self.margin & self.small
        for name, places in self.tables.items():
            small = [place for place in places if self.values[place] < self.threshold[place]]
            below[small] |= len(small) == 1 and name[-1] == CROSSED and self.small[small]
        return self.system.made_of(
            below & (self.threshold <= self.base), self.small & self.system.marked(self.cells)
        )

    @cached_property
    def exact_by_rule(self) -> Bools:
        """Which unknowns are published exactly, before any is rounded to protect another.

        Everybody of a sensitive line in one class would be told by the zeros beside.
        """
        lines = {
            key: self.values[place]
            for key, place in self.cells.items()
            if key.ligne in self.known.sensibles
        }
        whole = {key[:4]: value for key, value in lines.items() if key.colonne == TOTAL and value}
        alone = (
            key
            for key, value in lines.items()
            if key.colonne != TOTAL and whole.get(key[:4]) == value
        )
        unsafe = (self.small | self.system.marked(alone)) & self.crossed
        margin = self.margin & ~self.crossed
        nowhere = (
            key for key in self.cells if key.territoire == SANS_COMMUNE
        )  # young people live somewhere
        structural = self.system.marked(
            key for key in nowhere if self.known.links.tables[key.indicateur].residents
        )
        chosen = structural | (margin & (self.values >= self.threshold))
        for (*_, kind), places in self.tables.items():
            at = np.array(places)
            if kind == CROSSED:
                unsafe[at] |= unsafe[at].any()
            elif not self.small[at].any():
                chosen[at] |= (margin & (self.values == 0))[at]
        return chosen | (self.crossed & ~unsafe)

    @cached_property
    def importance(self) -> Floats:
        """Order in which exact figures are rounded to protect others: crossed cells, lesser variables, margins, totals
        of territories, totals, the cohort, and of these the smallest first."""
        rank, size = np.zeros(self.system.size), np.minimum(np.nan_to_num(self.values), 1e5)
        for key, place in self.cells.items():
            lesser, total = (
                key.colonne == NOUVEAUX or key.indicateur in LESS,
                {*key[3:]} <= {TOTAL, AU_MOINS_UN},
            )
            of_total = 3 if key.territoire != SERVICE else 5 if key.indicateur == COHORT else 4
            rank[place] = max(rank[place], 1 if lesser else of_total if total else 2)
        return np.where(self.crossed, 0.0, rank) * RANK + size + np.arange(len(size)) * 1e-6


def knowledge(service: Service, links: Links, followed_only: bool = True) -> Knowledge:
    """Tell the attack the rules that the report prints."""
    rules, classes = service.diffusion, classes_of(service.diffusion, service)
    wider = wider_classes(ISSUE_TABLE, classes, links)
    families = frozenset(wider.get(family.code, family.code) for family in service.problematiques)
    sensitive = {sensitive_row(rules, service), united(rules.sensibles), *rules.sensibles}
    return Knowledge(
        {commune.code: commune.nom for commune in service.communes},
        links=links,
        seuil=rules.seuil,
        seuil_sensible=rules.seuil_sensible,
        sensibles=frozenset(sensitive),
        base=rules.base,
        followed_only=followed_only,
        rule=partial(rule_of, links=links, families=families | {united(rules.sensibles)}),
        few=partial(few_of, links=links, base=rules.base),
        word=label_of,
    )


NODES, GAP = 2000, 0.01
"""How far the best rounding is looked for: never a duration, which depends on the machine."""
SUM_PRICE, TIGHT_PRICE = 200.0, 60.0
"""Of a sum that does not add up, of a unit of width that a part lacks."""


@dataclass(frozen=True)
class Rounding:
    """What is to be rounded: exact values (NaN of another year), multiples of ``base`` once rounded.

    Shown is what is settled already (exact, or released before), NaN elsewhere. Of the sums of what is hidden nothing
    is asked; secret is what is small enough for its width to matter.
    """

    stated: System
    values: Floats
    base: Floats
    shown: Floats
    exact: Bools
    hidden: Bools
    secret: Bools

    @cached_property
    def free(self) -> Places:
        """Unknowns that may be rounded down or up."""
        return np.flatnonzero(np.isnan(self.shown) & ~self.hidden & (self.values > self.floor))

    @cached_property
    def floor(self) -> Floats:
        """The multiple of the base below each value, or the value that is settled; 0 where nothing is published."""
        below = np.floor(np.nan_to_num(self.values) / self.base) * self.base
        return np.where(self.hidden, 0.0, np.where(np.isnan(self.shown), below, self.shown))

    @cached_property
    def width(self) -> Floats:
        """How far from its rounded value a figure can be."""
        return np.where(self.exact, 0.0, self.base - 1)

    def rows(self, *, ordered: bool) -> tuple[csr_array, Floats, Places]:
        """List the rows where something may be rounded and nothing is hidden, with the exact figures and place of each.

        Ordered are those of a part against its whole, or of persons against things; the others are sums.
        """
        figures, free, with_rest = (
            np.ones(self.stated.size),
            np.zeros(self.stated.size),
            np.isinf(self.stated.least),
        )
        figures[[*self.stated.rests]] = 0
        free[self.free] = 1
        with_rest[[*self.stated.rests.values()]] = True
        matrix = csr_array(self.stated.matrix * figures)
        ones = abs(matrix).sign()
        useful = (
            (with_rest == ordered) & (ones @ free > 0) & (ones @ self.hidden.astype(float) == 0)
        )
        lines = np.flatnonzero(useful)
        exact = ones @ (self.exact & (self.values > 0)).astype(float)
        return csr_array(matrix[lines]), np.asarray(exact)[lines], lines


def boxes(task: Rounding, published: Floats) -> Box:
    """Give the least and the greatest number that each published value stands for."""
    least = np.where(task.hidden, task.stated.low, np.maximum(0, published - task.width))
    return np.where(task.exact, published, least), np.where(
        task.hidden, FAR, published + task.width
    )


class _Part(NamedTuple):
    """``least <= rows @ up <= most``, and what each unit that a row lacks costs."""

    rows: csr_array
    least: Floats
    most: Floats
    price: float = TIGHT_PRICE


def round_together(task: Rounding) -> Floats:
    """Round with the least error, each to a multiple within base − 1 of the truth: a zero stays."""
    free, floor = task.free, task.floor
    if not len(free):
        return floor
    wide = _widths(task, task.width, np.inf)
    nearest = _widths(task, np.where(task.exact, 0.0, np.floor(task.base / 2)), THREE_VALUES)
    parts = (_sums(task), wide, nearest, _order(task), _together(task))
    price = np.repeat([part.price for part in parts], [len(part.least) for part in parts])
    least, most = (np.concatenate([part[end] for part in parts]) for end in (1, 2))
    bounded = [np.flatnonzero(np.isfinite(end)) for end in (least, most)]
    lacking, beyond = (eye_array(len(price), format="csr")[:, side] for side in bounded)
    rows = csr_array(vstack([part.rows for part in parts]))[:, free]
    cost = np.concatenate(
        [(task.base - 2 * (task.values - floor))[free], *(price[side] for side in bounded)]
    )
    whole = np.arange(len(cost)) < len(free)
    solution = milp(
        cost,
        constraints=LinearConstraint(csr_array(hstack([rows, lacking, -1 * beyond])), least, most),
        integrality=whole.astype("int64"),
        bounds=Bounds(0, np.where(whole, 1.0, np.inf)),
        options={"node_limit": NODES, "mip_rel_gap": GAP},
    ).x
    up = np.zeros(len(floor))
    nearer = 2 * (task.values - floor)[free] > task.base[free]
    up[free] = nearer if solution is None else np.round(solution[: len(free)])
    return np.asarray(floor + task.base * up)


def _sums(task: Rounding) -> _Part:
    """State that rounded parts that have a rounded sum add up."""
    rows, exact, _ = task.rows(ordered=False)
    rows = csr_array(rows[np.flatnonzero(exact == 0)])
    gap = -(rows @ task.floor)
    return _Part(csr_array(rows * task.base), gap, gap, SUM_PRICE)


def _widths(task: Rounding, width: Floats, most_needed: float) -> _Part:
    """State that what is exact in a sum, or rounded more finely, leaves the rounded parts their width, or enough.

    A part lies between r − width, or 0, and r + width. In a sum with exact terms it can be no more than its
    least value + (what the least values of all the terms leave), no less than its greatest − the same of the greatest.
    """
    rows, exact, _ = task.rows(ordered=False)
    ones = abs(rows).sign()
    secret = ones @ task.secret.astype(float) > 0
    coarse = ones @ (width > np.where(task.exact, np.inf, width).min()).astype(float) > 0
    rows = csr_array(rows[np.flatnonzero(secret & ((exact > 0) | coarse))])
    low, high = np.maximum(0, task.floor - width), task.floor + width
    low_step = np.where(task.exact, 0, np.maximum(0, task.floor + task.base - width) - low)
    high_step = np.where(task.exact, 0, task.base)
    positive, negative = csr_array(rows.multiply(rows > 0)), csr_array(rows.multiply(rows < 0))
    need = np.minimum(csr_array(abs(rows).sign() * width).max(axis=1).toarray(), most_needed)
    least, most = positive @ low + negative @ high, positive @ high + negative @ low
    raises = csr_array(positive * low_step + negative * high_step)
    widens = csr_array(positive * high_step + negative * low_step)
    none = np.full(len(need), np.inf)
    both = csr_array(vstack([raises, widens]))
    return _Part(both, np.concatenate([-none, need - most]), np.concatenate([-need - least, none]))


def _order(task: Rounding) -> _Part:
    """State that a part is never published above its whole: boxes that cross would narrow both."""
    rows, _, lines = task.rows(ordered=True)
    bound = np.where(np.isinf(task.stated.least[lines]), task.stated.most[lines], 0.0)
    room = bound - rows @ task.floor
    return _Part(csr_array(rows * task.base), np.full(len(room), -np.inf), room)


def _together(task: Rounding) -> _Part:
    """State that where things are above zero persons are: one would say that the other is not zero."""
    things, persons = task.stated.pairs.T
    free, there = np.isin(np.arange(len(task.floor)), task.free), task.floor > 0
    useful = ~there[persons] & free[persons] & ~task.hidden[things]
    useful &= free[things] | there[things]
    things, persons, unit = things[useful], persons[useful], eye_array(len(free), format="csr")
    rows = unit[persons] - diags_array((~there[things]).astype(float)) @ unit[things]
    return _Part(csr_array(rows), there[things].astype(float), np.full(len(things), np.inf))
