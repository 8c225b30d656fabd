"""The whole numbers that unknowns can be: solutions met are proofs, linear programmes and whole numbers bound the rest.

Random directions show most figures to be safe; the others are pushed one by one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import csr_array, diags_array, vstack
from scipy.sparse.csgraph import connected_components

from rlpipeline.attack.system import EPSILON, FAR, Bools, Contradiction, Floats, Places, System, narrowed

NODES = 200
DIRECTIONS = 60
FEW = 3
"""Unknowns that a random direction must show to be safe for another to be tried."""
DUAL_SIMPLEX, PRIMAL_SIMPLEX = 1, 4


@dataclass
class Spans:
    """What is known of each unknown.

    Parameters
    ----------
    low, high
        Nothing outside is possible.
    least, most
        Possible, in solutions met; the greatest first, where none was.
    decided
        Whether the solver gave an answer where one was asked.
    """

    low: Floats
    high: Floats
    least: Floats
    most: Floats
    decided: Bools

    @classmethod
    def nothing(cls, size: int) -> Spans:
        """Know nothing."""
        return cls(
            np.full(size, -FAR), np.full(size, FAR), np.full(size, np.inf), np.full(size, -np.inf), np.ones(size, bool)
        )

    def take(self, other: Spans) -> None:
        """Take note of the solutions that others met."""
        self.least, self.most = np.minimum(self.least, other.least), np.maximum(self.most, other.most)

    def met(self, places: Places, values: Floats) -> None:
        """Take note of a solution."""
        self.least[places] = np.minimum(self.least[places], values)
        self.most[places] = np.maximum(self.most[places], values)


@dataclass(frozen=True)
class Wanted:
    """What must remain possible of some unknowns: a width, or every small number, or one at its threshold, or nobody.

    Parameters
    ----------
    places
        The unknowns; thresholds and widths are theirs.
    """

    places: Places
    threshold: Floats
    width: Floats

    def shown(self, spans: Spans) -> Bools:
        """Say which solutions show to be protected, or bounds not to be small."""
        low, high = spans.low[self.places], spans.high[self.places]
        least, most = spans.least[self.places], spans.most[self.places]
        wide = (most - least >= self.width) | ((least <= 1) & (most >= self.threshold - 1))
        return np.asarray(wide | (low >= self.threshold) | (high < 1))

    def narrow(self, spans: Spans) -> Bools:
        """Say which are certainly known too well."""
        low, high = spans.low[self.places], spans.high[self.places]
        wide = (high - low >= self.width) | ((low <= 1) & (high >= self.threshold - 1))
        return np.asarray(~wide & (low < self.threshold) & (high >= 1))


def spans_of(stated: System, low: Floats, high: Floats, wanted: Wanted, spans: Spans) -> Spans:
    """Find what the wanted unknowns can be, as far as what is asked of them needs.

    Parameters
    ----------
    low, high
        What is published of each unknown.
    spans
        Solutions that are known already; added to.

    Raises
    ------
    Contradiction
        What is published cannot all be true.
    """
    low, high = narrowed(stated, low, high)
    spans.low, spans.high = low.copy(), high.copy()
    fixed = np.flatnonzero(low == high)
    spans.met(fixed, low[fixed])
    for component in _components(stated, low, high):
        asked = np.isin(wanted.places, component.places)
        part = Wanted(wanted.places[asked], wanted.threshold[asked], wanted.width[asked])
        if not part.shown(spans).all():
            component.judge(part, spans)
    return spans


def _components(stated: System, low: Floats, high: Floats) -> Iterator[Component]:
    """Cut what is not yet known into parts that do not depend on each other."""
    matrix, least, most = _with_pairs(stated, low, high)
    free = low < high
    known = matrix @ np.where(free, 0.0, low)
    matrix = csr_array(matrix @ csr_array(diags_array(free.astype(float))))
    matrix.eliminate_zeros()
    lines = np.flatnonzero(np.diff(matrix.indptr))
    matrix = csr_array(matrix[lines])
    least, most = least[lines] - known[lines], most[lines] - known[lines]
    count, labels = connected_components(abs(matrix).T @ abs(matrix), directed=False)
    of_line = labels[matrix.indices[matrix.indptr[:-1]]]
    order = np.argsort(labels, kind="stable")
    starts = np.searchsorted(labels[order], np.arange(count + 1))
    by_line = np.argsort(of_line, kind="stable")
    line_starts = np.searchsorted(of_line[by_line], np.arange(count + 1))
    for part in range(count):
        places = order[starts[part] : starts[part + 1]]
        rows = by_line[line_starts[part] : line_starts[part + 1]]
        if len(rows):
            own = csr_array(matrix[rows].tocsc()[:, places])
            yield Component(places, own, least[rows], most[rows], low[places], high[places])
        elif low[places[0]] < high[places[0]]:
            yield Component(places, csr_array((0, 1)), np.zeros(0), np.zeros(0), low[places], high[places])


def _with_pairs(stated: System, low: Floats, high: Floats) -> tuple[csr_array, Floats, Floats]:
    """Add « none of these, hence none of those » where it is not known whether there are some."""
    things, persons = stated.pairs.T
    useful = (low[persons] < 1) & (high[things] > 0)
    things, persons = things[useful], persons[useful]
    lines = np.arange(len(things))
    entries = np.concatenate([np.ones(len(things)), -high[things]])
    where = (np.concatenate([lines, lines]), np.concatenate([things, persons]))
    beside = csr_array((entries, where), shape=(len(things), stated.size))
    none = np.zeros(len(things))
    matrix = csr_array(vstack([stated.matrix, beside]))
    return matrix, np.concatenate([stated.least, none - np.inf]), np.concatenate([stated.most, none])


class Component:
    """Unknowns that depend on each other, as a linear programme that is solved again and again."""

    def __init__(
        self, places: Places, matrix: csr_array, least: Floats, most: Floats, low: Floats, high: Floats
    ) -> None:
        self.places, self.matrix, self.least, self.most, self.low, self.high = places, matrix, least, most, low, high
        self._solver: highspy.Highs | None = None

    def judge(self, wanted: Wanted, spans: Spans) -> None:
        """Find what the wanted unknowns can be; those that nobody asks for stay as they are."""
        place_of = {int(place): rank for rank, place in enumerate(self.places)}
        ranks = np.array([place_of[int(place)] for place in wanted.places], dtype=np.intp)
        self._start()
        if self._solve(np.zeros(len(self.places)), spans) is None:
            raise Contradiction
        self._explore(wanted, ranks, spans)
        for unknown in np.flatnonzero(~wanted.shown(spans)).tolist():
            self._push(int(ranks[unknown]), unknown, wanted, spans)

    def _start(self) -> None:
        self._solver = solver()
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = self.matrix.shape
        model.col_cost_ = np.zeros(len(self.places))
        model.col_lower_, model.col_upper_ = self.low, self.high
        model.row_lower_, model.row_upper_ = self.least, self.most
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = self.matrix.indptr.astype(np.int32)
        model.a_matrix_.index_ = self.matrix.indices.astype(np.int32)
        model.a_matrix_.value_ = self.matrix.data
        self._solver.passModel(model)
        self._all = np.arange(len(self.places), dtype=np.int32)

    def _explore(self, wanted: Wanted, ranks: Places, spans: Spans) -> None:
        """Try random directions and their opposites while each shows some wanted unknowns to be safe."""
        random = np.random.Generator(np.random.PCG64(len(self.places)))
        fruitless = 0
        for _ in range(DIRECTIONS):
            pending = np.flatnonzero(~wanted.shown(spans))
            if len(pending) <= FEW or fruitless > 2:
                return
            direction = np.zeros(len(self.places))
            direction[ranks[pending]] = random.choice([-1.0, 1.0], len(pending)) * (1 + random.random(len(pending)))
            for sign in (1.0, -1.0):
                self._solve(sign * direction, spans)
            left = int((~wanted.shown(spans)).sum())
            fruitless = fruitless + 1 if len(pending) - left <= FEW else 0

    def _push(self, rank: int, unknown: int, wanted: Wanted, spans: Spans) -> None:
        """Bound one unknown by linear programmes, then in whole numbers where these do not tell."""
        place = int(self.places[rank])
        asked = Wanted(wanted.places[[unknown]], wanted.threshold[[unknown]], wanted.width[[unknown]])
        for integers in (False, True):
            for sign in (1.0, -1.0):
                direction = np.zeros(len(self.places))
                direction[rank] = sign
                end = self._solve(direction, spans, integers=integers)
                if end is None:
                    spans.decided[place] = False
                elif sign > 0:
                    spans.low[place] = max(spans.low[place], np.ceil(end - 1e-5))
                else:
                    spans.high[place] = min(spans.high[place], np.floor(-end + 1e-5))
                if asked.shown(spans)[0]:
                    spans.decided[place] = True
                    return
            if asked.narrow(spans)[0]:
                return
        spans.decided[place] = False

    def _solve(self, cost: Floats, spans: Spans, *, integers: bool = False) -> float | None:
        """Minimise, take note of a whole solution; give the bound that is proved, None where the solver gives none."""
        assert self._solver is not None
        kind = highspy.HighsVarType.kInteger if integers else highspy.HighsVarType.kContinuous
        if integers:
            self._solver.changeColsIntegrality(len(self._all), self._all, np.full(len(self._all), kind))
        self._solver.changeColsCost(len(self._all), self._all, cost)
        self._solver.run()
        status, info = self._solver.getModelStatus(), self._solver.getInfo()
        optimal = status == highspy.HighsModelStatus.kOptimal
        values = np.asarray(self._solver.getSolution().col_value)
        if len(values) == len(self.places) and info.primal_solution_status == 2:
            self._note(values, spans)
        bound = info.mip_dual_bound if integers else info.objective_function_value
        if integers:
            continuous = highspy.HighsVarType.kContinuous
            self._solver.changeColsIntegrality(len(self._all), self._all, np.full(len(self._all), continuous))
        return float(bound) if optimal or (integers and np.isfinite(bound)) else None

    def _note(self, values: Floats, spans: Spans) -> None:
        whole = np.rint(values)
        if np.abs(values - whole).max(initial=0) > 1e-5:
            return
        added = self.matrix @ whole
        inside = (whole >= self.low - EPSILON).all() and (whole <= self.high + EPSILON).all()
        if inside and (added >= self.least - EPSILON).all() and (added <= self.most + EPSILON).all():
            spans.met(self.places, whole)


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
