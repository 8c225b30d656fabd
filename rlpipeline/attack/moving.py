"""Worlds next to a world: one figure pushed as far as it goes while the fewest others move with it.

A world in whole numbers is a proof by itself, checked against every row. The programme that gives it is solved again
from where it stood, for the price of a few pivots, where one that moves everything starts almost afresh.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import highspy
import numpy as np
from scipy.sparse import csr_array, hstack

from rlpipeline.attack.programmes import DUAL_SIMPLEX, Floats, Places, Programme, Settings, solver
from rlpipeline.attack.seen import Seen
from rlpipeline.attack.verdicts import Rule, shown

MOVED = 1e-7
PART: Settings = {"mip_max_nodes": 50}
WARM: Settings = {"presolve": "off", "simplex_strategy": DUAL_SIMPLEX}


class Moves:
    """Moves away from a world, and what they show.

    Parameters
    ----------
    world
        Possible, in whole numbers.
    seen
        What the worlds show, added to by each.
    """

    def __init__(self, programme: Programme, world: Floats, seen: Seen) -> None:
        self._programme, self._world, self._seen = programme, world, seen
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
        yield self._seen.whole_high[place] - rule.width
        yield self._seen.whole_low[place] + rule.width
        for _ in range(rule.width):
            yield self._seen.whole_low[place] - 1
            yield self._seen.whole_high[place] + 1

    def _shown(self, place: int, rules: Sequence[Rule]) -> bool:
        return shown(rules, self._seen.whole_low[place], self._seen.whole_high[place])

    def _model(self) -> Programme:
        """Write what moves up, then what moves down."""
        matrix, known = self._programme.matrix, self._programme
        return Programme(
            csr_array(hstack([matrix, -matrix])),
            known.least - self._added,
            known.most - self._added,
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
        found = np.asarray(self._solver.getSolution().col_value) if optimal else np.zeros(2 * self._size)
        self._solver.changeColBounds(side, 0.0, most)
        moved = found[: self._size] - found[self._size :]
        places = np.flatnonzero(np.abs(moved) > MOVED)
        if not len(places):
            return
        part = self._world[places] + moved[places]
        if np.abs(part - np.rint(part)).max() > MOVED * 100:
            cost = np.where(places == place, -np.sign(gap), 0.0)
            part = self._in_whole_numbers(places, cost)
        world = self._world.copy()
        world[places] = np.rint(part)
        if self._programme.allows(world):
            self._seen.add_whole(world)

    def _in_whole_numbers(self, block: Places, cost: Floats) -> Floats:
        """Move no other figures than those that moved by fractions."""
        own = csr_array(self._programme.columns[:, block])
        rows = np.flatnonzero(np.diff(own.indptr))
        own = csr_array(own[rows])
        rest = self._added[rows] - own @ self._world[block]
        known = self._programme
        least, most = known.least[rows] - rest, known.most[rows] - rest
        part = Programme(own, least, most, known.low[block], known.high[block]).highs()
        part.col_cost_ = cost
        part.integrality_ = [highspy.HighsVarType.kInteger] * len(block)
        self._part.passModel(part)
        self._part.run()
        values = np.asarray(self._part.getSolution().col_value)
        return values if len(values) == len(block) else self._world[block]
