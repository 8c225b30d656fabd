"""The values that an unknown can take: linear programmes, then whole numbers, on one model kept warm.

A solution in whole numbers is a proof by itself, checked against every row. From one of them, a figure is pushed as far
as it goes while the fewest others move with it: the programme is solved again from where it stood, for the price of a
few pivots, where one that moves everything starts almost afresh.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np
from scipy.sparse import csr_array, hstack

from rlpipeline.attack.narrowing import EPSILON, Intervals
from rlpipeline.attack.programmes import DUAL_SIMPLEX, Component, Floats, Places, Programme, Settings, programme, solver
from rlpipeline.attack.rules import Rule, all_hold, all_shown
from rlpipeline.attack.unknowns import Row

INTEGRALITY = 1e-5
MOVED = 1e-7
PART: Settings = {"mip_max_nodes": 50}
WARM: Settings = {"presolve": "off", "simplex_strategy": DUAL_SIMPLEX}
FEW = 40
"""Unknowns that a random direction must show to be safe for another to be tried: one by one costs no more."""
GOOD_ENOUGH = 0.1
"""Gap at which a random direction is left in whole numbers: any far solution serves."""


@dataclass
class Extremes:
    """Least and greatest values met for each unknown, in solutions with fractions and in whole ones."""

    low: Floats
    high: Floats
    integer_low: Floats
    integer_high: Floats

    @classmethod
    def nothing(cls, size: int) -> Extremes:
        """Start without any solution."""
        return cls(np.full(size, np.inf), np.full(size, -np.inf), np.full(size, np.inf), np.full(size, -np.inf))

    def add(self, values: Floats, programme: Programme) -> None:
        """Take note of a solution; one that is whole but for the solver's tolerance must be possible once it is."""
        self.low, self.high = np.minimum(self.low, values), np.maximum(self.high, values)
        if np.abs(values - np.rint(values)).max(initial=0) < INTEGRALITY and programme.allows(np.rint(values)):
            self.add_integers(np.rint(values))

    def add_integers(self, world: Floats) -> None:
        """Take note of a solution in whole numbers."""
        self.integer_low = np.minimum(self.integer_low, world)
        self.integer_high = np.maximum(self.integer_high, world)


class Moves:
    """Moves away from a world, and what they show.

    Parameters
    ----------
    world
        Possible, in whole numbers.
    extremes
        What the worlds show, added to by each.
    """

    def __init__(self, programme: Programme, world: Floats, extremes: Extremes) -> None:
        self._programme, self._world, self._extremes = programme, world, extremes
        self._added = programme.matrix @ world
        self._size = len(world)
        self._up, self._down = programme.high - world, world - programme.low
        self._part = solver(PART)
        self._solver = solver(WARM)
        self._solver.passModel(self._model().highs())
        self._solver.changeColsCost(2 * self._size, np.arange(2 * self._size, dtype=np.int32), np.ones(2 * self._size))

    def open(self, place: int, rules: Sequence[Rule]) -> bool:
        """Move a figure to values that would show it to be protected, until it is; say whether it is."""
        for rule in rules:
            for value in self._targets(place, rule):
                if self._shown(place, rules):
                    return True
                self._move(place, value)
        return self._shown(place, rules)

    def _targets(self, place: int, rule: Rule) -> Iterator[float]:
        """List values to try, from what was seen: what the rule lacks on either side, else a little further on both."""
        if rule.kind == "masqué":
            yield 0.0
            yield float(rule.threshold)
            return
        yield self._extremes.integer_high[place] - rule.width
        yield self._extremes.integer_low[place] + rule.width
        for _ in range(rule.width):
            yield self._extremes.integer_low[place] - 1
            yield self._extremes.integer_high[place] + 1

    def _shown(self, place: int, rules: Sequence[Rule]) -> bool:
        return all_shown(rules, self._extremes.integer_low[place], self._extremes.integer_high[place])

    def _model(self) -> Programme:
        """Write what moves up, then what moves down."""
        matrix, programme = self._programme.matrix, self._programme
        return Programme(
            csr_array(hstack([matrix, -matrix])),
            programme.least - self._added,
            programme.most - self._added,
            np.zeros(2 * self._size),
            np.concatenate([self._up, self._down]),
        )

    def _move(self, place: int, value: float) -> None:
        """Look for a world in which a figure has a value, or is beyond it."""
        if not self._programme.low[place] <= value <= self._programme.high[place]:
            return
        gap = value - self._world[place]
        side, most = (place, self._up[place]) if gap > 0 else (self._size + place, self._down[place])
        self._solver.changeColBounds(side, abs(gap), most)
        self._solver.run()
        optimal = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        values = np.asarray(self._solver.getSolution().col_value) if optimal else np.zeros(2 * self._size)
        self._solver.changeColBounds(side, 0.0, most)
        moved = values[: self._size] - values[self._size :]
        places = np.flatnonzero(np.abs(moved) > MOVED)
        if not len(places):
            return
        part = self._world[places] + moved[places]
        if np.abs(part - np.rint(part)).max() > MOVED * 100:
            cost = np.where(places == place, -np.sign(gap), 0.0)
            part = self._in_integers(places, cost)
        world = self._world.copy()
        world[places] = np.rint(part)
        if self._programme.allows(world):
            self._extremes.add_integers(world)

    def _in_integers(self, block: Places, cost: Floats) -> Floats:
        """Move no other figures than those that moved by fractions."""
        own = csr_array(self._programme.columns[:, block])
        rows = np.flatnonzero(np.diff(own.indptr))
        own = csr_array(own[rows])
        rest = self._added[rows] - own @ self._world[block]
        programme = self._programme
        least, most = programme.least[rows] - rest, programme.most[rows] - rest
        part = Programme(own, least, most, programme.low[block], programme.high[block]).highs()
        part.col_cost_ = cost
        part.integrality_ = [highspy.HighsVarType.kInteger] * len(block)
        self._part.passModel(part)
        self._part.run()
        values = np.asarray(self._part.getSolution().col_value)
        return values if len(values) == len(block) else self._world[block]


@dataclass(frozen=True)
class Ends:
    """What is known of one unknown.

    Parameters
    ----------
    support
        Unknowns and rows that prove it, where it is not protected.
    integers
        Whether it takes whole numbers to prove it.
    """

    least: float
    greatest: float
    certain: bool = True
    support: tuple[tuple[int, ...], tuple[Row, ...]] = ((), ())
    integers: bool = False


def by_width_alone(rules: Sequence[Rule], ends: Ends) -> bool:
    """Say whether bounds protect a figure only if whole numbers reach them: one that is large enough needs no width."""
    return all_hold(rules, ends.least, ends.greatest) and not all(rule.large(ends.least) for rule in rules)


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
    extremes: Extremes = field(init=False)
    feasible: bool = field(init=False)

    def __post_init__(self) -> None:
        """Build the programme and look for a first solution."""
        self._place = {unknown: place for place, unknown in enumerate(self.component.unknowns)}
        self._programme = programme(self.component, self.intervals)
        self._size = len(self.component.unknowns)
        self._solver = solver()
        self._solver.passModel(self._programme.highs())
        self._indices = np.arange(self._size, dtype=np.int32)
        self.extremes = Extremes.nothing(self._size)
        self._aim(np.zeros(self._size))
        self.feasible = self._solve()

    def judge(self, wanted: Mapping[int, Sequence[Rule]]) -> dict[int, Ends]:
        """Find what each wanted unknown can be, as far as its rules need.

        Notes
        -----
        Random directions first, in whole numbers, as long as they show many to be safe; then each of the others is
        pushed away from one of the solutions met, the fewest others moving with it. What remains is bounded by linear
        programmes; where these alone say that it is safe, it is pushed away from other solutions, then whole numbers
        are looked for one by one.
        """
        self._integral(True)
        self._solver.setOptionValue("mip_rel_gap", GOOD_ENOUGH)
        self._explore(wanted)
        self._move(wanted, (0.0,))
        self._integral(False)
        ends = {one: self._with_fractions(one) for one in self._pending(wanted)}
        doubtful = {one: wanted[one] for one, bounds in ends.items() if by_width_alone(wanted[one], bounds)}
        self._integral(True)
        self._move(doubtful, (1.0, -1.0))
        self._solver.setOptionValue("mip_rel_gap", 0.0)
        for one in self._pending(doubtful):
            ends[one] = self._in_integers(one, ends[one], wanted[one])
        self._integral(False)
        return {one: self._met(one) if self._safe(one, rules) else ends[one] for one, rules in wanted.items()}

    def _explore(self, wanted: Mapping[int, Sequence[Rule]]) -> None:
        """Try random directions and their opposites while each shows many wanted unknowns to be safe."""
        random = np.random.Generator(np.random.PCG64(self._size))
        pending, before = self._pending(wanted), math.inf
        while len(pending) > FEW and before - len(pending) > FEW:
            direction = np.zeros(self._size)
            places = [self._place[unknown] for unknown in pending]
            direction[places] = random.choice([-1.0, 1.0], len(places)) * (1 + random.random(len(places)))
            for sign in (1.0, -1.0):
                self._aim(sign * direction)
                self._solve()
            pending, before = self._pending(wanted), len(pending)

    def _move(self, wanted: Mapping[int, Sequence[Rule]], aims: Sequence[float]) -> None:
        """Open the unknowns still in doubt one by one, from a solution that pushes them all up, down, or not at all."""
        for aim in aims:
            pending = self._pending(wanted)
            direction = np.zeros(self._size)
            direction[[self._place[one] for one in pending]] = aim
            self._aim(direction)
            if not pending or not self._solve():
                return
            world = np.rint(np.asarray(self._solver.getSolution().col_value))
            if self._programme.allows(world):
                moves = Moves(self._programme, world, self.extremes)
                for one in pending:
                    moves.open(self._place[one], wanted[one])

    def _pending(self, wanted: Mapping[int, Sequence[Rule]]) -> list[int]:
        """List the unknowns that the whole solutions met do not yet show to be protected."""
        return [one for one, rules in wanted.items() if not self._safe(one, rules)]

    def _safe(self, unknown: int, rules: Sequence[Rule]) -> bool:
        """Say whether the whole solutions met already show an unknown to be protected."""
        met = self._met(unknown)
        return all_shown(rules, met.least, met.greatest)

    def _met(self, unknown: int) -> Ends:
        place = self._place[unknown]
        return Ends(float(self.extremes.integer_low[place]), float(self.extremes.integer_high[place]))

    def _with_fractions(self, unknown: int) -> Ends:
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
        return Ends(0.0 + float(np.ceil(ends[0] - EPSILON)), float(np.floor(ends[1] + EPSILON)), support=proof)

    def ends(self, unknown: int, *, integers: bool) -> Ends:
        """Find between what an unknown lies, whatever its rules: by linear programmes, or in whole numbers."""
        if not integers:
            return self._with_fractions(unknown)
        self._integral(True)
        ends = self._in_integers(unknown, Ends(0.0, self.intervals.greatest), ())
        self._integral(False)
        return ends

    def _in_integers(self, unknown: int, fractions: Ends, rules: Sequence[Rule]) -> Ends:
        """Find both ends in whole numbers; stops where solutions show that the unknown is protected."""
        place, (bounded, rows) = self._place[unknown], fractions.support
        near = (row for row in self.component.rows if unknown in row.unknowns)
        ends, certain = [], True
        for sign in (1.0, -1.0):
            self._aim_at(place, sign)
            certain &= self._solve()
            ends.append(self._integer_end(sign))
            if rules and self._safe(unknown, rules):
                return fractions
        used = bounded, tuple({id(row): row for row in (*rows, *near)}.values())
        return Ends(ends[0], ends[1], certain, used, integers=True)

    def _aim_at(self, place: int, sign: float) -> None:
        direction = np.zeros(self._size)
        direction[place] = sign
        self._aim(direction)

    def _integer_end(self, sign: float) -> float:
        """The bound proved so far, be it that of a search given up."""
        bound = sign * self._solver.getInfo().mip_dual_bound
        return 0.0 + float(np.ceil(bound - EPSILON) if sign > 0 else np.floor(bound + EPSILON))

    def _integral(self, integers: bool) -> None:
        """Ask for whole numbers, or no longer."""
        kind = highspy.HighsVarType.kInteger if integers else highspy.HighsVarType.kContinuous
        self._solver.changeColsIntegrality(self._size, self._indices, np.full(self._size, kind))

    def _aim(self, direction: Floats) -> None:
        self._solver.changeColsCost(self._size, self._indices, direction)

    def _solve(self) -> bool:
        self._solver.run()
        optimal: bool = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        values = np.asarray(self._solver.getSolution().col_value)
        if optimal and len(values) == self._size:
            self.extremes.add(values, self._programme)
        return optimal
