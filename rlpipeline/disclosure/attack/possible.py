"""The values that an unknown can take: linear programmes, then whole numbers, on one model kept warm."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np
import numpy.typing as npt

from rlpipeline.disclosure.attack.narrowing import EPSILON, Intervals
from rlpipeline.disclosure.attack.unknowns import Row
from rlpipeline.disclosure.attack.verdicts import Rule

Floats = npt.NDArray[np.float64]
IDLE = 3
"""Random directions in a row that show nothing new before each figure is looked at alone."""
NODES = 2_000
"""Branches after which the search for whole numbers is given up: a count, so that no machine differs."""
GOOD_ENOUGH = 0.1
"""Gap at which a random direction is left in whole numbers: any far solution serves."""
WHOLE = 1e-5
PRIMAL_SIMPLEX = 4
"""The last solution stays possible when the direction alone changes: this simplex starts from it."""


@dataclass(frozen=True)
class Component:
    """Unknowns that depend on each other, none of them already found, and the rows that link them."""

    unknowns: tuple[int, ...]
    rows: tuple[Row, ...]


@dataclass
class Seen:
    """Least and greatest values met for each unknown, in solutions with fractions and in whole ones."""

    low: Floats
    high: Floats
    whole_low: Floats
    whole_high: Floats

    @classmethod
    def nothing(cls, size: int) -> Seen:
        """Start without any solution."""
        return cls(np.full(size, np.inf), np.full(size, -np.inf), np.full(size, np.inf), np.full(size, -np.inf))

    def add(self, values: Floats) -> None:
        """Take note of a solution."""
        self.low, self.high = np.minimum(self.low, values), np.maximum(self.high, values)
        if np.abs(values - np.rint(values)).max(initial=0) < WHOLE:
            self.whole_low = np.minimum(self.whole_low, np.rint(values))
            self.whole_high = np.maximum(self.whole_high, np.rint(values))


@dataclass(frozen=True)
class Found:
    """What is known of one unknown; ``support`` holds what proves it, where it is not protected."""

    least: float
    greatest: float
    certain: bool = True
    support: tuple[tuple[int, ...], tuple[Row, ...]] = ((), ())


@dataclass
class Model:
    """One component as a linear programme that is changed and solved again.

    Parameters
    ----------
    intervals
        What is known already; unknowns that have one value are constants.
    """

    component: Component
    intervals: Intervals
    seen: Seen = field(init=False)
    feasible: bool = field(init=False)

    def __post_init__(self) -> None:
        """Build the programme and look for a first solution."""
        self._place = {unknown: place for place, unknown in enumerate(self.component.unknowns)}
        self._low = np.array([self.intervals.low[unknown] for unknown in self.component.unknowns])
        self._solver = _solver()
        self._solver.passModel(_programme(self.component, self._place, self.intervals))
        self._indices = np.arange(len(self._low), dtype=np.int32)
        self.seen = Seen.nothing(len(self._low))
        self._aim(np.zeros(len(self._low)))
        self.feasible = self._solve()

    def judge(self, wanted: Mapping[int, Sequence[Rule]]) -> dict[int, Found]:
        """Find what each wanted unknown can be, as far as its rules need.

        Notes
        -----
        Random directions first, with fractions: one solution shows many unknowns to be safe. Then each of the others
        alone. What is safe by fractions only is looked at again in whole numbers, all together then one by one.
        """
        self._explore(wanted, self._seen_with_fractions)
        narrow = self._pending(wanted, self._seen_with_fractions)
        found = {one: self._with_fractions(one) for one in narrow}
        broken = {one for one, ends in found.items() if not _hold(wanted[one], ends.least, ends.greatest)}
        doubtful = {one: rules for one, rules in wanted.items() if one not in broken}
        self._integral(True)
        self._solver.setOptionValue("mip_rel_gap", GOOD_ENOUGH)
        self._explore(doubtful, self._met)
        self._solver.setOptionValue("mip_rel_gap", 0.0)
        for one in self._pending(doubtful, self._met):
            self._in_whole_numbers(one, found, doubtful[one])
        self._integral(False)
        return {one: self._met(one) if self._safe(one, rules) else found[one] for one, rules in wanted.items()}

    def _explore(self, wanted: Mapping[int, Sequence[Rule]], met: Callable[[int], Found]) -> None:
        """Try random directions until no wanted unknown is in doubt, or they show nothing new."""
        random = np.random.Generator(np.random.PCG64(len(self._low)))
        idle, pending = 0, self._pending(wanted, met)
        while pending and idle < IDLE:
            direction = np.zeros(len(self._low))
            places = [self._place[unknown] for unknown in pending]
            direction[places] = random.choice([-1.0, 1.0], len(places)) * (1 + random.random(len(places)))
            for sign in (1.0, -1.0):
                self._aim(sign * direction)
                self._solve()
            left = self._pending(wanted, met)
            idle = 0 if len(left) < len(pending) else idle + 1
            pending = left

    def _pending(self, wanted: Mapping[int, Sequence[Rule]], met: Callable[[int], Found]) -> list[int]:
        """List the unknowns that the solutions met do not yet show to be protected."""
        seen = {unknown: met(unknown) for unknown in wanted}
        return [one for one, rules in wanted.items() if not _hold(rules, seen[one].least, seen[one].greatest)]

    def _seen_with_fractions(self, unknown: int) -> Found:
        """Whole numbers between the values met: a solution with fractions may show too much, not too little."""
        place = self._place[unknown]
        return Found(float(np.ceil(self.seen.low[place] - EPSILON)), float(np.floor(self.seen.high[place] + EPSILON)))

    def _safe(self, unknown: int, rules: Sequence[Rule]) -> bool:
        """Say whether the whole solutions met already show an unknown to be protected."""
        met = self._met(unknown)
        return _hold(rules, met.least, met.greatest)

    def _met(self, unknown: int) -> Found:
        place = self._place[unknown]
        return Found(float(self.seen.whole_low[place]), float(self.seen.whole_high[place]))

    def _with_fractions(self, unknown: int) -> Found:
        """Find both ends by linear programmes, with the bounds and rows that prove them."""
        place = self._place[unknown]
        support: dict[int, None] = {}
        rows: dict[int, None] = {}
        ends = []
        for sign in (1.0, -1.0):
            self._aim_at(place, sign)
            self._solve()
            solution = self._solver.getSolution()
            ends.append(solution.col_value[place])
            support |= dict.fromkeys(np.flatnonzero(np.abs(solution.col_dual) > EPSILON).tolist())
            rows |= dict.fromkeys(np.flatnonzero(np.abs(solution.row_dual) > EPSILON).tolist())
        proof = tuple(self.component.unknowns[one] for one in support), tuple(self.component.rows[one] for one in rows)
        return Found(float(np.ceil(ends[0] - EPSILON)), float(np.floor(ends[1] + EPSILON)), support=proof)

    def _in_whole_numbers(self, unknown: int, found: dict[int, Found], rules: Sequence[Rule]) -> None:
        """Find both ends in whole numbers; stops where solutions show that the unknown is protected."""
        place = self._place[unknown]
        near = tuple(row for row in self.component.rows if unknown in row.unknowns)
        ends, certain = [], True
        for sign in (1.0, -1.0):
            self._aim_at(place, sign)
            certain &= self._solve()
            ends.append(self._whole_end(sign))
            if self._safe(unknown, rules):
                return
        found[unknown] = Found(ends[0], ends[1], certain, ((), near))

    def _aim_at(self, place: int, sign: float) -> None:
        direction = np.zeros(len(self._low))
        direction[place] = sign
        self._aim(direction)

    def _whole_end(self, sign: float) -> float:
        """The bound proved so far, be it that of a search given up."""
        bound = sign * self._solver.getInfo().mip_dual_bound
        return float(np.ceil(bound - EPSILON) if sign > 0 else np.floor(bound + EPSILON))

    def _integral(self, whole: bool) -> None:
        """Ask for whole numbers, or no longer."""
        kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        self._solver.changeColsIntegrality(len(self._low), self._indices, np.full(len(self._low), kind))

    def _aim(self, direction: Floats) -> None:
        self._solver.changeColsCost(len(self._low), self._indices, direction)

    def _solve(self) -> bool:
        self._solver.run()
        optimal: bool = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        values = np.asarray(self._solver.getSolution().col_value)
        if optimal and len(values) == len(self._low):
            self.seen.add(values)
        return optimal


def _hold(rules: Iterable[Rule], least: float, greatest: float) -> bool:
    return all(rule.holds(least, greatest) for rule in rules)


def components(rows: Iterable[Row], intervals: Intervals) -> list[Component]:
    """Cut what is not yet known into parts that do not depend on each other, in a stable order."""
    parent: dict[int, int] = {}

    def root(unknown: int) -> int:
        parent.setdefault(unknown, unknown)
        while parent[unknown] != unknown:
            parent[unknown] = parent[parent[unknown]]
            unknown = parent[unknown]
        return unknown

    open_rows = [(row, [one for one in row.unknowns if not intervals.fixed(one)]) for row in rows]
    for _, free in open_rows:
        for one in free[1:]:
            parent[root(one)] = root(free[0])
    parts: dict[int, tuple[dict[int, None], list[Row]]] = {}
    for row, free in open_rows:
        if free:
            members, inside = parts.setdefault(root(free[0]), ({}, []))
            members |= dict.fromkeys(free)
            inside.append(row)
    return [Component(tuple(sorted(members)), tuple(inside)) for members, inside in parts.values()]


class _Quiet(highspy.Highs):
    """HiGHS without callbacks: enabling them prints its name before it can be told to be quiet."""

    def enableCallbacks(self) -> None:  # noqa: N802 - HiGHS's own name
        """Enable none."""


def _solver() -> highspy.Highs:
    solver = _Quiet()  # type: ignore[no-untyped-call]
    settings: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "random_seed": 0,
        "mip_max_nodes": NODES,
        "mip_rel_gap": 0.0,
        "simplex_strategy": PRIMAL_SIMPLEX,
    }
    for name, value in settings.items():
        solver.setOptionValue(name, value)
    return solver


def _programme(component: Component, place: dict[int, int], intervals: Intervals) -> highspy.HighsLp:
    """Write a component as HiGHS reads it, what is already found moved to the other side."""
    starts, indices, values, low, high = [0], [], [], [], []
    for row in component.rows:
        constant = 0.0
        for unknown, coefficient in zip(row.unknowns, row.coefficients, strict=True):
            if unknown in place:
                indices.append(place[unknown])
                values.append(coefficient)
            else:
                constant += coefficient * intervals.low[unknown]
        starts.append(len(indices))
        low.append(row.low - constant)
        high.append(row.high - constant)
    programme = highspy.HighsLp()
    programme.num_col_, programme.num_row_ = len(component.unknowns), len(component.rows)
    programme.col_cost_ = np.zeros(len(component.unknowns))
    programme.col_lower_ = np.array([intervals.low[unknown] for unknown in component.unknowns])
    programme.col_upper_ = np.array([intervals.high[unknown] for unknown in component.unknowns])
    programme.row_lower_, programme.row_upper_ = np.array(low), np.array(high)
    programme.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    programme.a_matrix_.start_ = np.array(starts, dtype=np.int32)
    programme.a_matrix_.index_ = np.array(indices, dtype=np.int32)
    programme.a_matrix_.value_ = np.array(values)
    return programme
