"""The whole numbers that unknowns can be: solutions met are proofs, linear programmes and whole numbers bound the rest.

What cannot all be true is made true again at the least cost: guesses given up, constraints broken by corrected records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import highspy
import numpy as np

# its subclass prints its name before it can be told to be quiet
from highspy._core import _Highs as Highs
from scipy.sparse import csr_array, diags_array, eye_array, hstack, vstack
from scipy.sparse.csgraph import connected_components

from rlpipeline.attack.system import (
    Bools,
    Box,
    Contradiction,
    Floats,
    LinearSystem,
    Places,
    is_wide,
    too_narrow,
)
from rlpipeline.links import Constraint

DIRECTIONS = 60
FEW = 3
"""Unknowns that a random direction must show to be safe for another to be tried."""
FRUITLESS = 2
"""Random directions in a row that may show no more than a few."""
ROUNDED_UP = 1e-5
"""What a bound may exceed a whole number by, for it to be that number."""
SETTINGS: Mapping[str, bool | float | str] = {
    "output_flag": False,
    "threads": 1,
    "parallel": "off",
    "random_seed": 0,
    "mip_max_nodes": 200,
    "mip_rel_gap": 0.0,
    "simplex_strategy": 4,  # primal: with dual bounds some services come to a dead end
    "presolve": "off",
}
OPTIMAL = highspy.HighsModelStatus.kOptimal
FEASIBLE = 2
"""State of a solution that the solver gives."""
INTEGER, CONTINUOUS = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous


@dataclass
class Spans:
    """What is known of each unknown: nothing outside ``low`` and ``high``, all between ``least`` and ``most`` met.

    Of those that are wanted a width must remain possible, or every small number, or one at its threshold, or nobody.
    """

    wanted: Bools
    threshold: Floats
    width: Floats
    low: Floats
    high: Floats
    least: Floats
    most: Floats

    @classmethod
    def within(cls, box: Box, wanted: Bools, threshold: Floats, width: Floats) -> Spans:
        """Begin with bounds, and no solution."""
        none = np.full(len(wanted), np.inf)
        return cls(wanted, threshold, width, *box, none, -none)

    def interval(self, place: int) -> tuple[float, float]:
        """Give where an unknown can only be."""
        least = float(self.low[place])
        most = float(self.high[place])
        return least, most

    def met(self, places: Places, values: Floats) -> None:
        """Take note of a solution."""
        self.least[places] = np.minimum(self.least[places], values)
        self.most[places] = np.maximum(self.most[places], values)

    def pending(self, places: Places) -> Bools:
        """Say which are wanted, and neither shown to be protected by solutions nor by bounds not to be small."""
        threshold = self.threshold[places]
        width = self.width[places]
        safe = is_wide(self.least[places], self.most[places], threshold, width)
        safe |= self.low[places] >= threshold
        safe |= self.high[places] < 1
        return self.wanted[places] & ~safe

    def narrow(self, places: Places) -> Bools:
        """Say which are certainly known too well."""
        low = self.low[places]
        high = self.high[places]
        too = too_narrow(low, high, self.threshold[places], self.width[places])
        return self.wanted[places] & too


def find_spans(system: LinearSystem, spans: Spans) -> None:
    """Find what the wanted unknowns can be within what is published, as far as is asked.

    Raises
    ------
    Contradiction
        No whole numbers agree with all of it.
    """
    within = system.narrowed(Box(spans.low, spans.high))
    spans.low, spans.high = within.copy()
    matrix, rows = _with_pairs(system, within)
    open_ones = Component.of_open_ones(matrix, rows, within)
    alone = np.setdiff1d(system.every, open_ones.matrix.indices)
    for end in within:
        spans.met(alone, end[alone])
    pending = spans.pending(system.every)
    for component in open_ones.components(pending):
        _judge_once(component, spans, system.judged)


def _judge_once(
    component: Component, spans: Spans, judged: dict[object, tuple[Floats, ...]]
) -> None:
    """Find what the unknowns of a component can be, beginning where a component of the same form was left."""
    places = component.places
    digests = component.digests
    low, high, *met = judged.get(digests, component.within)
    spans.low[places] = low
    spans.high[places] = high
    for values in met:
        spans.met(places, values)
    if spans.pending(places).any():
        component.judge(spans)
        ends = spans.low, spans.high, spans.least, spans.most
        judged[digests] = tuple(end[places] for end in ends)


def _with_pairs(system: LinearSystem, within: Box) -> tuple[csr_array, Box]:
    """Say line by line that without persons there are no things, where it is not known whether there are some."""
    things, persons = system.pairs.T
    most = within.high[things]
    useful = (within.low[persons] < 1) & (most > 0)
    unit = eye_array(system.size, format="csr")
    none = np.zeros(int(useful.sum()))
    at_most = diags_array(most[useful]) @ unit[persons[useful]]
    pairs = unit[things[useful]] - at_most
    rows = system.bounds.extended(none - np.inf, none)
    return csr_array(vstack([system.matrix, pairs])), rows


@dataclass(frozen=True)
class Component:
    """Unknowns that depend on each other, as a linear programme that is solved again and again."""

    places: Places
    matrix: csr_array
    rows: Box
    within: Box

    @classmethod
    def of_open_ones(cls, matrix: csr_array, rows: Box, within: Box) -> Component:
        """Keep of all lines what is still open: what is known goes to their other side."""
        is_open = within.low < within.high
        known = matrix @ np.where(is_open, 0.0, within.low)
        still_open = csr_array(matrix @ diags_array(is_open.astype(float)))
        still_open.eliminate_zeros()
        lines = np.flatnonzero(np.diff(still_open.indptr))
        left = Box(rows.low - known, rows.high - known)
        every = np.arange(matrix.shape[1])
        return cls(every, csr_array(still_open[lines]), left.at(lines), within)

    def components(self, wanted: Bools) -> Iterator[Component]:
        """Part it into unknowns that no line links to others, where one of them is wanted."""
        size = len(self.places)
        first = self.matrix.indices[self.matrix.indptr[:-1]]
        first_of_each = np.repeat(first, np.diff(self.matrix.indptr))
        entries = np.ones(self.matrix.nnz), (first_of_each, self.matrix.indices)
        links = csr_array(entries, shape=(size, size))
        labels = connected_components(links, directed=False)[1]
        of_line = labels[first]
        for label in np.intersect1d(of_line, labels[wanted]):
            yield self._restricted(of_line == label, labels == label)

    def _restricted(self, lines: Bools, unknowns: Bools) -> Component:
        """Take some lines, and the unknowns that they are about."""
        places = np.flatnonzero(unknowns)
        kept = np.flatnonzero(lines)
        ranks = np.cumsum(unknowns) - 1
        own = csr_array(self.matrix[kept])
        terms = own.data, ranks[own.indices], own.indptr
        matrix = csr_array(terms, shape=(len(kept), len(places)))
        rows = self.rows.at(kept)
        return Component(places, matrix, rows, self.within.at(places))

    @property
    def digests(self) -> tuple[bytes, ...]:
        """What tells it from another: its terms and bounds, wherever its unknowns are."""
        terms = self.matrix.data, self.matrix.indices, self.matrix.indptr
        parts = (*terms, *self.rows, *self.within)
        return tuple(sha256(part.tobytes()).digest() for part in parts)

    @cached_property
    def _programme(self) -> Highs:
        return programme(self.matrix, self.rows, self.within, self._no_cost)

    @property
    def _no_cost(self) -> Floats:
        """A direction that prefers nothing."""
        return np.zeros(len(self.places))

    def nearest(self, wanted: Box) -> Floats:
        """Give the values that are as near as can be to what is wanted of each.

        Raises
        ------
        Contradiction
            No values agree with the lines.
        """
        height, size = self.matrix.shape
        is_soft = (self.within.low < wanted.low) | (self.within.high > wanted.high)
        soft = np.flatnonzero(is_soft)
        unit = eye_array(len(soft), format="csr")
        none = np.zeros(2 * len(soft))
        above = hstack([self.matrix, csr_array((height, len(none)))])
        wished = eye_array(size, format="csr")[soft]
        below = hstack([wished, unit, -1 * unit])
        every = csr_array(vstack([above, below]))
        rows = self.rows.extended(*wanted.at(soft))
        within = self.within.extended(none, none + np.inf)
        distance = np.append(self._no_cost, none + 1)
        highs = programme(every, rows, within, distance)
        highs.run()
        if highs.getModelStatus() != OPTIMAL:
            raise Contradiction
        values = np.array(highs.getSolution().col_value)
        return values[:size]

    def judge(self, spans: Spans) -> None:
        """Find what the wanted unknowns can be; those that nobody asks for stay as they are."""
        if self._solve(self._no_cost, spans) is None:
            raise Contradiction
        self._explore(spans)
        pending = np.flatnonzero(spans.pending(self.places))
        for rank in pending.tolist():
            self._push(rank, spans)

    def _explore(self, spans: Spans) -> None:
        """Go in random directions and their opposites, while each shows some wanted unknowns to be safe."""
        random = np.random.Generator(np.random.PCG64(len(self.places)))
        fruitless = 0
        for _ in range(DIRECTIONS):
            pending = np.flatnonzero(spans.pending(self.places))
            if len(pending) <= FEW or fruitless > FRUITLESS:
                return
            direction = self._no_cost
            signs = random.choice([-1.0, 1.0], len(pending))
            direction[pending] = signs * (1 + random.random(len(pending)))
            self._solve(direction, spans)
            self._solve(-direction, spans)
            left = int(spans.pending(self.places).sum())
            fruitless = fruitless + 1 if len(pending) - left <= FEW else 0

    def _push(self, rank: int, spans: Spans) -> None:
        """Bound one unknown: by linear programmes first, then by whole numbers where these do not tell."""
        place = self.places[[rank]]
        for integers in (False, True):
            for sign in (1.0, -1.0):
                self._bound(rank, sign, spans, integers=integers)
                if not spans.pending(place).any():
                    return
            if spans.narrow(place).any():
                return

    def _bound(self, rank: int, sign: float, spans: Spans, *, integers: bool) -> None:
        """Take note of the least value of one unknown, or of its greatest where the sign is negative."""
        place = self.places[[rank]]
        direction = self._no_cost
        direction[rank] = sign
        end = self._solve(direction, spans, integers=integers)
        if end is None:
            return
        if sign > 0:
            least = np.ceil(end - ROUNDED_UP)
            spans.low[place] = np.maximum(spans.low[place], least)
        else:
            most = np.floor(-end + ROUNDED_UP)
            spans.high[place] = np.minimum(spans.high[place], most)

    def _solve(self, cost: Floats, spans: Spans, *, integers: bool = False) -> float | None:
        """Give the bound that is proved for a cost, None where the solver gives none; take note of what it met."""
        highs = self._programme
        every = np.arange(len(cost), dtype=np.int32)
        if integers:
            highs.changeColsIntegrality(len(every), every, np.full(len(every), INTEGER))
        highs.changeColsCost(len(every), every, cost)
        highs.run()
        info = highs.getInfo()
        if info.primal_solution_status == FEASIBLE:
            values = np.array(highs.getSolution().col_value)
            self._meet(values, spans)
        is_proved = highs.getModelStatus() == OPTIMAL
        bound = info.objective_function_value
        if integers:
            bound = info.mip_dual_bound
            is_proved |= bool(np.isfinite(bound))
            highs.changeColsIntegrality(len(every), every, np.full(len(every), CONTINUOUS))
        if is_proved:
            return float(bound)
        return None

    def _meet(self, values: Floats, spans: Spans) -> None:
        """Take note of a solution, if it is one: whole numbers within every bound, whatever the solver tolerates."""
        if len(values) != len(self.places):
            return
        whole = np.rint(values)
        is_whole = np.abs(values - whole).max(initial=0) <= ROUNDED_UP
        is_outside = self.within.misses(whole).any()
        is_broken = self.rows.misses(self.matrix @ whole).any()
        if is_whole and not (is_outside or is_broken):
            spans.met(self.places, whole)


def nearest_possible(system: LinearSystem, allowed: Box, guessed: Box) -> Box:
    """Give the guesses that can all be true together: the others go back to what is allowed.

    Guesses that no constraint links are judged apart: which of several equal ways out the solver takes for some says
    nothing of others.

    Raises
    ------
    Contradiction
        What is allowed cannot be true.
    """
    apart = guessed.low > guessed.high  # two guesses that cannot both be true
    guessed = allowed.where(apart, guessed)
    values = np.clip(allowed.low, *guessed)
    linked = Component.of_open_ones(system.matrix, system.bounds, allowed)
    for component in linked.components(system.every >= 0):
        values[component.places] = component.nearest(guessed.at(component.places))
    return allowed.where(guessed.misses(values), guessed)


def untrue(
    system: LinearSystem, within: Box, may_go: Callable[[Constraint], bool]
) -> Sequence[Constraint]:
    """List constraints to withdraw, of those that may be, for the others to be nearer the truth; none if all are true.

    Raises
    ------
    Contradiction
        What may not be withdrawn cannot be true.
    """
    soft = np.flatnonzero([*map(may_go, system.constraints)])
    if not len(soft):
        return ()
    broken = _broken(system, within, soft)
    if len(broken):
        return [system.constraints[line] for line in broken]
    try:
        system.narrowed(within)
    except Contradiction as problem:
        found = _to_blame(system, problem.places, may_go)
        if found:
            return found
        raise
    return ()


def _broken(system: LinearSystem, within: Box, soft: Places) -> Places:
    """List the lines that are broken where the lines that may be give way as little as they can."""
    unit = eye_array(len(system.least), format="csc")
    given_way = csr_array(unit[:, soft])
    matrix = csr_array(hstack([system.matrix, -1 * given_way]))
    ends = system.bounds.at(soft)
    rows = system.bounds.copy()
    rows.low[soft] = rows.high[soft] = 0.0
    far = np.full(len(soft), np.inf)
    allowed = within.extended(-far, far)
    wanted = within.extended(*ends)
    whole = Component(np.arange(matrix.shape[1]), matrix, rows, allowed)
    values = whole.nearest(wanted)[system.size :]
    return soft[ends.misses(values)]


def _to_blame(
    system: LinearSystem, places: Sequence[int], may_go: Callable[[Constraint], bool]
) -> list[Constraint]:
    """List what leaves unknowns without a whole number, or says nobody where there is something: pairs, else lines."""
    paired = np.isin(system.pairs, places).any(axis=1)
    touching = abs(system.matrix)[:, places].sum(axis=1) > 0
    pairs = [system.paired[pair] for pair in np.flatnonzero(paired)]
    lines = [system.constraints[line] for line in np.flatnonzero(touching)]
    may_be_blamed = [*filter(may_go, pairs)]
    return may_be_blamed or [*filter(may_go, lines)]


def programme(matrix: csr_array, rows: Box, within: Box, cost: Floats) -> Highs:
    """Give a linear programme to a quiet solver, which answers alike on every machine: it is told of no duration."""
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_ = cost
    model.col_lower_, model.col_upper_ = within
    model.row_lower_, model.row_upper_ = rows
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    model.a_matrix_.index_ = matrix.indices.astype(np.int32)
    model.a_matrix_.value_ = matrix.data
    highs = Highs()
    for name, value in SETTINGS.items():
        highs.setOptionValue(name, value)
    highs.passModel(model)
    return highs
