"""The values that an unknown can take: linear programmes, then whole numbers, on one model kept warm."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import highspy
import numpy as np

from rlpipeline.attack.moving import Moves
from rlpipeline.attack.narrowing import EPSILON, Intervals
from rlpipeline.attack.programmes import Component, Floats, programme, solver
from rlpipeline.attack.seen import Seen
from rlpipeline.attack.unknowns import GREATEST, Row
from rlpipeline.attack.verdicts import Rule, hold, shown

FEW = 40
"""Unknowns that a random direction must show to be safe for another to be tried: one by one costs no more."""
GOOD_ENOUGH = 0.1
"""Gap at which a random direction is left in whole numbers: any far solution serves."""


@dataclass(frozen=True)
class Found:
    """What is known of one unknown.

    Parameters
    ----------
    support
        Unknowns and rows that prove it, where it is not protected.
    whole
        Whether it takes whole numbers to prove it.
    """

    least: float
    greatest: float
    certain: bool = True
    support: tuple[tuple[int, ...], tuple[Row, ...]] = ((), ())
    whole: bool = False


def by_width_alone(rules: Sequence[Rule], ends: Found) -> bool:
    """Say whether bounds protect a figure only if whole numbers reach them: one that is large enough needs no width."""
    return hold(rules, ends.least, ends.greatest) and not all(rule.large(ends.least) for rule in rules)


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
        self._programme = programme(self.component, self.intervals)
        self._size = len(self.component.unknowns)
        self._solver = solver()
        self._solver.passModel(self._programme.highs())
        self._indices = np.arange(self._size, dtype=np.int32)
        self.seen = Seen.nothing(self._size)
        self._aim(np.zeros(self._size))
        self.feasible = self._solve()

    def judge(self, wanted: Mapping[int, Sequence[Rule]]) -> dict[int, Found]:
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
        found = {one: self._with_fractions(one) for one in self._pending(wanted)}
        doubtful = {one: wanted[one] for one, ends in found.items() if by_width_alone(wanted[one], ends)}
        self._integral(True)
        self._move(doubtful, (1.0, -1.0))
        self._solver.setOptionValue("mip_rel_gap", 0.0)
        for one in self._pending(doubtful):
            self._in_whole_numbers(one, found, wanted[one])
        self._integral(False)
        return {one: self._met(one) if self._safe(one, rules) else found[one] for one, rules in wanted.items()}

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
                moves = Moves(self._programme, world, self.seen)
                for one in pending:
                    moves.open(self._place[one], wanted[one])

    def _pending(self, wanted: Mapping[int, Sequence[Rule]]) -> list[int]:
        """List the unknowns that the whole solutions met do not yet show to be protected."""
        return [one for one, rules in wanted.items() if not self._safe(one, rules)]

    def _safe(self, unknown: int, rules: Sequence[Rule]) -> bool:
        """Say whether the whole solutions met already show an unknown to be protected."""
        met = self._met(unknown)
        return shown(rules, met.least, met.greatest)

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
        return Found(0.0 + float(np.ceil(ends[0] - EPSILON)), float(np.floor(ends[1] + EPSILON)), support=proof)

    def ends(self, unknown: int, *, whole: bool) -> Found:
        """Find between what an unknown lies, whatever its rules: by linear programmes, or in whole numbers."""
        if not whole:
            return self._with_fractions(unknown)
        self._integral(True)
        found = {unknown: Found(0.0, GREATEST)}
        self._in_whole_numbers(unknown, found, ())
        self._integral(False)
        return found[unknown]

    def _in_whole_numbers(self, unknown: int, found: dict[int, Found], rules: Sequence[Rule]) -> None:
        """Find both ends in whole numbers; stops where solutions show that the unknown is protected."""
        place, (bounded, rows) = self._place[unknown], found[unknown].support
        near = (row for row in self.component.rows if unknown in row.unknowns)
        ends, certain = [], True
        for sign in (1.0, -1.0):
            self._aim_at(place, sign)
            certain &= self._solve()
            ends.append(self._whole_end(sign))
            if rules and self._safe(unknown, rules):
                return
        used = bounded, tuple({id(row): row for row in (*rows, *near)}.values())
        found[unknown] = Found(ends[0], ends[1], certain, used, whole=True)

    def _aim_at(self, place: int, sign: float) -> None:
        direction = np.zeros(self._size)
        direction[place] = sign
        self._aim(direction)

    def _whole_end(self, sign: float) -> float:
        """The bound proved so far, be it that of a search given up."""
        bound = sign * self._solver.getInfo().mip_dual_bound
        return 0.0 + float(np.ceil(bound - EPSILON) if sign > 0 else np.floor(bound + EPSILON))

    def _integral(self, whole: bool) -> None:
        """Ask for whole numbers, or no longer."""
        kind = highspy.HighsVarType.kInteger if whole else highspy.HighsVarType.kContinuous
        self._solver.changeColsIntegrality(self._size, self._indices, np.full(self._size, kind))

    def _aim(self, direction: Floats) -> None:
        self._solver.changeColsCost(self._size, self._indices, direction)

    def _solve(self) -> bool:
        self._solver.run()
        optimal: bool = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        values = np.asarray(self._solver.getSolution().col_value)
        if optimal and len(values) == self._size:
            self.seen.add(values, self._programme)
        return optimal
