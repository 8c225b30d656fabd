"""The whole numbers that unknowns can be: solutions met are proofs, linear programmes and whole numbers bound the rest.

What cannot all be true is made true again at the least cost: guesses given up, rows broken by corrected records.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

import highspy
import numpy as np
from highspy._core import (
    _Highs as Highs,
)  # its subclass prints its name before it can be told to be quiet
from scipy.sparse import csr_array, diags_array, eye_array, hstack, vstack
from scipy.sparse.csgraph import connected_components

from rlpipeline.attack.system import (
    EPSILON,
    Bools,
    Box,
    Contradiction,
    Floats,
    Places,
    System,
    is_wide,
    too_narrow,
)
from rlpipeline.links import Row

DIRECTIONS = 60
FEW = 3
"""Unknowns that a random direction must show to be safe for another to be tried."""
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


class Spans:
    """What is known of each unknown: nothing outside ``low`` and ``high``, all between ``least`` and ``most`` met.

    Of those that are wanted a width must remain possible, or every small number, or one at its threshold, or nobody.
    """

    def __init__(self, wanted: Bools, threshold: Floats, width: Floats, within: Box) -> None:
        self.wanted, self.threshold, self.width, (self.low, self.high) = (
            wanted,
            threshold,
            width,
            within,
        )
        self.least: Floats = np.full(len(wanted), np.inf)
        self.most: Floats = -self.least

    def met(self, places: Places, values: Floats) -> None:
        """Take note of a solution."""
        self.least[places] = np.minimum(self.least[places], values)
        self.most[places] = np.maximum(self.most[places], values)

    def pending(self, places: Places) -> Bools:
        """Say which are wanted, and neither shown to be protected by solutions nor by bounds not to be small."""
        threshold = self.threshold[places]
        wide = is_wide(self.least[places], self.most[places], threshold, self.width[places])
        return np.asarray(
            self.wanted[places] & ~wide & (self.low[places] < threshold) & (self.high[places] >= 1)
        )

    def narrow(self, places: Places) -> Bools:
        """Say which are certainly known too well."""
        too = too_narrow(
            self.low[places], self.high[places], self.threshold[places], self.width[places]
        )
        return np.asarray(self.wanted[places] & too)


def find_spans(stated: System, spans: Spans) -> None:
    """Find what the wanted unknowns can be within what is published, as far as is asked."""
    low, high = stated.narrowed(spans.low, spans.high)
    spans.low, spans.high = low.copy(), high.copy()
    things, persons = (
        stated.pairs.T
    )  # where it is not known whether there are some: none of these, hence none of those
    useful = (low[persons] < 1) & (high[things] > 0)
    things, persons = things[useful], persons[useful]
    unit, none = eye_array(stated.size, format="csr"), np.zeros(len(things))
    matrix = csr_array(
        vstack([stated.matrix, unit[things] - diags_array(high[things]) @ unit[persons]])
    )
    least, most = np.append(stated.least, none - np.inf), np.append(stated.most, none)
    free = low < high
    known = matrix @ np.where(free, 0.0, low)
    matrix = csr_array(matrix @ csr_array(diags_array(free.astype(float))))
    matrix.eliminate_zeros()
    lines = np.flatnonzero(np.diff(matrix.indptr))
    matrix = csr_array(matrix[lines])
    least, most = least[lines] - known[lines], most[lines] - known[lines]
    first = matrix.indices[matrix.indptr[:-1]]
    links = np.ones(matrix.nnz), (np.repeat(first, np.diff(matrix.indptr)), matrix.indices)
    labels = connected_components(
        csr_array(links, shape=(stated.size, stated.size)), directed=False
    )[1]
    of_line = labels[first]
    alone = np.flatnonzero(~free | ~np.isin(labels, of_line))
    spans.met(alone, low[alone])
    spans.met(alone, high[alone])
    for label in np.intersect1d(of_line, labels[spans.pending(np.arange(stated.size))]):
        places, rows = np.flatnonzero(labels == label), np.flatnonzero(of_line == label)
        own, ranks = csr_array(matrix[rows]), np.cumsum(labels == label) - 1
        terms, ends = (
            (own.data, ranks[own.indices], own.indptr),
            (least[rows], most[rows], low[places], high[places]),
        )
        stands = tuple(sha256(part.tobytes()).digest() for part in (*terms, *ends))
        spans.low[places], spans.high[places], *both = stated.judged.get(stands, ends[2:])
        for met in both:
            spans.met(places, met)
        if spans.pending(places).any():
            Component(
                places, csr_array(terms, shape=(len(rows), len(places))), ends[:2], ends[2:]
            ).judge(spans)
            stated.judged[stands] = (
                spans.low[places],
                spans.high[places],
                spans.least[places],
                spans.most[places],
            )


@dataclass(frozen=True)
class Component:
    """Unknowns that depend on each other, as a linear programme that is solved again and again."""

    places: Places
    matrix: csr_array
    rows: Box
    within: Box

    @cached_property
    def _programme(self) -> Highs:
        return programme(self.matrix, self.rows, self.within, np.zeros(len(self.places)))

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
            direction[pending] = random.choice([-1.0, 1.0], len(pending)) * (
                1 + random.random(len(pending))
            )
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
            highs.changeColsIntegrality(
                len(every), every, np.full(len(every), highspy.HighsVarType.kInteger)
            )
        highs.changeColsCost(len(every), every, cost)
        highs.run()
        info, values = highs.getInfo(), np.asarray(highs.getSolution().col_value)
        optimal = highs.getModelStatus() == OPTIMAL
        whole = np.rint(values)
        if len(values) == len(self.places) and info.primal_solution_status == 2:
            apart = np.abs(values - whole).max(initial=0) > 1e-5
            for numbers, (least, most) in ((whole, self.within), (self.matrix @ whole, self.rows)):
                apart |= bool(((numbers < least - EPSILON) | (numbers > most + EPSILON)).any())
            if not apart:
                spans.met(self.places, whole)
        bound = info.mip_dual_bound if integers else info.objective_function_value
        if integers:
            highs.changeColsIntegrality(
                len(every), every, np.full(len(every), highspy.HighsVarType.kContinuous)
            )
        return float(bound) if optimal or (integers and np.isfinite(bound)) else None


def nearest_possible(stated: System, allowed: Box, guessed: Box) -> Box:
    """Give the guesses that can all be true together: the others go back to what is allowed."""
    apart = guessed[0] > guessed[1]  # two guesses that cannot both be true
    guessed = np.where(apart, allowed[0], guessed[0]), np.where(apart, allowed[1], guessed[1])
    values = _nearest(stated.matrix, (stated.least, stated.most), allowed, guessed)
    given_up = (values < guessed[0] - EPSILON) | (values > guessed[1] + EPSILON)
    return np.where(given_up, allowed[0], guessed[0]), np.where(given_up, allowed[1], guessed[1])


def untrue(stated: System, within: Box, may_go: Callable[[Row], bool]) -> Sequence[Row]:
    """List rows to withdraw, among those that may be, for the others to be nearer the truth; none if all are true."""
    soft = np.array([line for line, row in enumerate(stated.sources) if may_go(row)], dtype=np.intp)
    if not len(soft):
        return ()
    beside = csr_array(eye_array(len(stated.least), format="csc")[:, soft])
    least, most = stated.least.copy(), stated.most.copy()
    wanted = np.append(within[0], least[soft]), np.append(within[1], most[soft])
    least[soft] = most[soft] = 0.0
    far = np.full(len(soft), np.inf)
    allowed = np.append(within[0], -far), np.append(within[1], far)
    values = _nearest(
        csr_array(hstack([stated.matrix, -1 * beside])), (least, most), allowed, wanted
    )[stated.size :]
    broken = soft[(values < stated.least[soft] - EPSILON) | (values > stated.most[soft] + EPSILON)]
    if len(broken):
        return [stated.sources[line] for line in broken]
    try:  # what forbids whole numbers, or nobody where there is something: the pairs, else the rows
        stated.narrowed(*within)
    except Contradiction as problem:
        paired = np.isin(stated.pairs, problem.places).any(axis=1)
        touching = abs(stated.matrix)[:, problem.places].sum(axis=1) > 0
        for named, near in ((stated.paired, paired), (stated.sources, touching)):
            if found := [named[place] for place in np.flatnonzero(near) if may_go(named[place])]:
                return found
        raise
    return ()


def _nearest(matrix: csr_array, rows: Box, allowed: Box, wanted: Box) -> Floats:
    soft, size = (
        np.flatnonzero((allowed[0] < wanted[0]) | (allowed[1] > wanted[1])),
        matrix.shape[1],
    )
    pick, unit = eye_array(size, format="csr")[soft], eye_array(len(soft), format="csr")
    above = hstack([matrix, csr_array((matrix.shape[0], 2 * len(soft)))])
    both, none = (
        csr_array(vstack([above, hstack([pick, unit, -1 * unit])])),
        np.zeros(2 * len(soft)),
    )
    bounds = np.append(rows[0], wanted[0][soft]), np.append(rows[1], wanted[1][soft])
    within = np.append(allowed[0], none), np.append(allowed[1], none + np.inf)
    highs = programme(both, bounds, within, np.append(np.zeros(size), none + 1))
    highs.run()
    if highs.getModelStatus() != OPTIMAL:
        raise Contradiction
    return np.asarray(highs.getSolution().col_value)[:size]


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
