"""The whole numbers that unknowns can be: solutions met are proofs, linear programmes and whole numbers bound the rest.

What cannot all be true is made true again at the least cost: guesses given up, rows broken by corrected records.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import highspy
import numpy as np
from scipy.sparse import csr_array, diags_array, eye_array, hstack, vstack
from scipy.sparse.csgraph import connected_components

from rlpipeline.attack.system import (
    EPSILON,
    FAR,
    Bools,
    Box,
    Contradiction,
    Floats,
    Places,
    System,
    is_wide,
    narrowed,
    too_narrow,
)
from rlpipeline.links import Row

NODES = 200
DIRECTIONS = 60
FEW = 3
"""Unknowns that a random direction must show to be safe for another to be tried."""
PRIMAL_SIMPLEX = 4


class Spans:
    """What is known of each unknown: nothing outside ``low`` and ``high``, all between ``least`` and ``most`` met.

    Of those that are wanted a width must remain possible, or every small number, or one at its threshold, or nobody.
    """

    def __init__(self, wanted: Bools, threshold: Floats, width: Floats, met: Iterable[Spans] = ()) -> None:
        self.wanted, self.threshold, self.width = wanted, threshold, width
        self.low, self.high = np.full(len(wanted), -FAR), np.full(len(wanted), FAR)
        self.least, self.most = np.full(len(wanted), np.inf), np.full(len(wanted), -np.inf)
        for other in met:  # what others met is possible here
            self.least, self.most = np.minimum(self.least, other.least), np.maximum(self.most, other.most)

    def met(self, places: Places, values: Floats) -> None:
        """Take note of a solution."""
        self.least[places] = np.minimum(self.least[places], values)
        self.most[places] = np.maximum(self.most[places], values)

    def pending(self, places: Places) -> Bools:
        """Say which are wanted, and neither shown to be protected by solutions nor by bounds not to be small."""
        threshold = self.threshold[places]
        wide = is_wide(self.least[places], self.most[places], threshold, self.width[places])
        return np.asarray(self.wanted[places] & ~wide & (self.low[places] < threshold) & (self.high[places] >= 1))

    def narrow(self, places: Places) -> Bools:
        """Say which are certainly known too well."""
        too = too_narrow(self.low[places], self.high[places], self.threshold[places], self.width[places])
        return np.asarray(self.wanted[places] & too)


def spans_of(stated: System, within: Box, spans: Spans) -> None:
    """Find what the wanted unknowns can be within what is published, as far as is asked."""
    low, high = narrowed(stated, *within)
    spans.low, spans.high = low.copy(), high.copy()
    fixed = np.flatnonzero(low == high)
    spans.met(fixed, low[fixed])
    matrix, least, most = _with_pairs(stated, low, high)
    free = low < high
    known = matrix @ np.where(free, 0.0, low)
    matrix = csr_array(matrix @ csr_array(diags_array(free.astype(float))))
    matrix.eliminate_zeros()
    lines = np.flatnonzero(np.diff(matrix.indptr))
    matrix = csr_array(matrix[lines])
    least, most = least[lines] - known[lines], most[lines] - known[lines]
    where = (np.repeat(np.arange(len(lines)), np.diff(matrix.indptr)) + stated.size, matrix.indices)
    ties = csr_array((np.ones(matrix.nnz), where), shape=(stated.size + len(lines),) * 2)
    labels = connected_components(ties, directed=False)[1][: stated.size]
    of_line = labels[matrix.indices[matrix.indptr[:-1]]]
    alone = np.flatnonzero(free & ~np.isin(labels, of_line))
    spans.met(alone, low[alone])
    spans.met(alone, high[alone])
    for label in np.unique(of_line):
        places, rows = np.flatnonzero(labels == label), np.flatnonzero(of_line == label)
        if spans.pending(places).any():
            own = csr_array(matrix[rows].tocsc()[:, places])
            Component(places, own, (least[rows], most[rows]), (low[places], high[places])).judge(spans)


def _with_pairs(stated: System, low: Floats, high: Floats) -> tuple[csr_array, Floats, Floats]:
    """Add « none of these, hence none of those » where it is not known whether there are some."""
    things, persons = stated.pairs.T
    useful = (low[persons] < 1) & (high[things] > 0)
    things, persons = things[useful], persons[useful]
    lines, none = np.arange(len(things)), np.zeros(len(things))
    entries = np.concatenate([none + 1, -high[things]])
    where = (np.concatenate([lines, lines]), np.concatenate([things, persons]))
    beside = csr_array((entries, where), shape=(len(things), stated.size))
    matrix = csr_array(vstack([stated.matrix, beside]))
    return matrix, np.concatenate([stated.least, none - np.inf]), np.concatenate([stated.most, none])


@dataclass(frozen=True)
class Component:
    """Unknowns that depend on each other, as a linear programme that is solved again and again."""

    places: Places
    matrix: csr_array
    rows: Box
    within: Box

    @cached_property
    def _programme(self) -> highspy.Highs:
        return _programme(self.matrix, self.rows, self.within, np.zeros(len(self.places)))

    def judge(self, spans: Spans) -> None:
        """Find what the wanted unknowns can be; those that nobody asks for stay as they are."""
        if self._solve(np.zeros(len(self.places)), spans) is None:
            raise Contradiction
        self._explore(spans)
        for rank in np.flatnonzero(spans.pending(self.places)).tolist():
            self._push(rank, spans)

    def _explore(self, spans: Spans) -> None:
        # random directions and their opposites, while each shows some wanted unknowns to be safe
        random = np.random.Generator(np.random.PCG64(len(self.places)))
        fruitless = 0
        for _ in range(DIRECTIONS):
            pending = np.flatnonzero(spans.pending(self.places))
            if len(pending) <= FEW or fruitless > 2:
                return
            direction = np.zeros(len(self.places))
            direction[pending] = random.choice([-1.0, 1.0], len(pending)) * (1 + random.random(len(pending)))
            for sign in (1.0, -1.0):
                self._solve(sign * direction, spans)
            left = int(spans.pending(self.places).sum())
            fruitless = fruitless + 1 if len(pending) - left <= FEW else 0

    def _push(self, rank: int, spans: Spans) -> None:
        # linear programmes first, then whole numbers where these do not tell
        place = self.places[[rank]]
        for integers in (False, True):
            for sign in (1.0, -1.0):
                direction = np.zeros(len(self.places))
                direction[rank] = sign
                end = self._solve(direction, spans, integers=integers)
                if end is not None and sign > 0:
                    spans.low[place] = np.maximum(spans.low[place], np.ceil(end - 1e-5))
                elif end is not None:
                    spans.high[place] = np.minimum(spans.high[place], np.floor(-end + 1e-5))
                if not spans.pending(place).any():
                    return
            if spans.narrow(place).any():
                return

    def _solve(self, cost: Floats, spans: Spans, *, integers: bool = False) -> float | None:
        # gives the bound that is proved, None where the solver gives none
        highs, every = self._programme, np.arange(len(cost), dtype=np.int32)
        if integers:
            highs.changeColsIntegrality(len(every), every, np.full(len(every), highspy.HighsVarType.kInteger))
        highs.changeColsCost(len(every), every, cost)
        highs.run()
        info, values = highs.getInfo(), np.asarray(highs.getSolution().col_value)
        optimal = highs.getModelStatus() == highspy.HighsModelStatus.kOptimal
        if len(values) == len(self.places) and info.primal_solution_status == 2:
            self._note(values, spans)
        bound = info.mip_dual_bound if integers else info.objective_function_value
        if integers:
            highs.changeColsIntegrality(len(every), every, np.full(len(every), highspy.HighsVarType.kContinuous))
        return float(bound) if optimal or (integers and np.isfinite(bound)) else None

    def _note(self, values: Floats, spans: Spans) -> None:
        whole = np.rint(values)
        if np.abs(values - whole).max(initial=0) > 1e-5:
            return
        for numbers, (least, most) in ((whole, self.within), (self.matrix @ whole, self.rows)):
            if (numbers < least - EPSILON).any() or (numbers > most + EPSILON).any():
                return
        spans.met(self.places, whole)


def nearest_possible(stated: System, allowed: Box, guessed: Box) -> Box:
    """Give the guesses that can all be true together: the others go back to what is allowed."""
    apart = guessed[0] > guessed[1]  # two guesses that cannot both be true
    guessed = np.where(apart, allowed[0], guessed[0]), np.where(apart, allowed[1], guessed[1])
    values = _nearest(stated.matrix, (stated.least, stated.most), allowed, guessed)
    given_up = (values < guessed[0] - EPSILON) | (values > guessed[1] + EPSILON)
    low, high = np.where(given_up, allowed[0], guessed[0]), np.where(given_up, allowed[1], guessed[1])
    try:
        narrowed(stated, low, high)
    except Contradiction:
        return allowed
    return low, high


def untrue(stated: System, within: Box, may_go: Callable[[Row], bool]) -> Sequence[Row]:
    """List rows to withdraw, among those that may be, for the others to be nearer the truth; none if all are true."""
    soft = np.array([line for line, row in enumerate(stated.sources) if may_go(row)], dtype=np.intp)
    if not len(soft):
        return ()
    height, size = stated.matrix.shape
    beside = csr_array(eye_array(height).tocsc()[:, soft])
    least, most = stated.least.copy(), stated.most.copy()
    wanted = np.concatenate([within[0], least[soft]]), np.concatenate([within[1], most[soft]])
    least[soft] = most[soft] = 0.0
    far = np.full(len(soft), np.inf)
    allowed = np.concatenate([within[0], -far]), np.concatenate([within[1], far])
    values = _nearest(csr_array(hstack([stated.matrix, -1 * beside])), (least, most), allowed, wanted)[size:]
    broken = soft[(values < stated.least[soft] - EPSILON) | (values > stated.most[soft] + EPSILON)]
    if len(broken):
        return [stated.sources[line] for line in broken]
    try:  # what forbids whole numbers, or nobody where there is something: the pairs, else the rows
        narrowed(stated, *within)
    except Contradiction as problem:
        empty = [*problem.places]
        paired = np.isin(stated.pairs, empty).any(axis=1)
        touching = abs(stated.matrix)[:, empty].sum(axis=1) > 0
        for rows, near in ((stated.paired, paired), (stated.sources, touching)):
            if found := [rows[place] for place in np.flatnonzero(near) if may_go(rows[place])]:
                return found
        raise
    return ()


def _nearest(matrix: csr_array, rows: Box, allowed: Box, wanted: Box) -> Floats:
    soft = np.flatnonzero((allowed[0] < wanted[0]) | (allowed[1] > wanted[1]))
    height, size = matrix.shape
    pick = csr_array((np.ones(len(soft)), (np.arange(len(soft)), soft)), shape=(len(soft), size))
    unit, none = eye_array(len(soft), format="csr"), np.zeros(2 * len(soft))
    above = hstack([matrix, csr_array((height, 2 * len(soft)))])
    both = csr_array(vstack([above, hstack([pick, unit, -1 * unit])]))
    bounds = np.concatenate([rows[0], wanted[0][soft]]), np.concatenate([rows[1], wanted[1][soft]])
    within = np.concatenate([allowed[0], none]), np.concatenate([allowed[1], none + np.inf])
    highs = _programme(both, bounds, within, np.concatenate([np.zeros(size), none + 1]))
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise Contradiction("Des chiffres publiés se contredisent.")
    return np.asarray(highs.getSolution().col_value)[:size]


def _programme(matrix: csr_array, rows: Box, within: Box, cost: Floats) -> highspy.Highs:
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_ = cost
    model.col_lower_, model.col_upper_ = within
    model.row_lower_, model.row_upper_ = rows
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    model.a_matrix_.index_ = matrix.indices.astype(np.int32)
    model.a_matrix_.value_ = matrix.data
    highs = solver()
    highs.passModel(model)
    return highs


class _Quiet(highspy.Highs):
    """HiGHS without callbacks: enabling them prints its name before it can be told to be quiet."""

    def enableCallbacks(self) -> None:  # noqa: N802 - HiGHS's own name
        """Enable none."""


def solver() -> highspy.Highs:
    """Make a solver that is quiet and gives the same answer on every machine."""
    highs = _Quiet()  # type: ignore[no-untyped-call]
    settings: dict[str, bool | float | str] = {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "random_seed": 0,
        "mip_max_nodes": NODES,
        "mip_rel_gap": 0.0,
        "simplex_strategy": PRIMAL_SIMPLEX,
        "presolve": "off",
    }
    for name, value in settings.items():
        highs.setOptionValue(name, value)
    return highs
