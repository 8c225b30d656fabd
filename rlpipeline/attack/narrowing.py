"""Intervals narrowed relation by relation, each step remembered, so that it can be told."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rlpipeline.attack.unknowns import GREATEST, Fact, Row

Side = Literal["low", "high"]
EPSILON = 1e-6
ROUNDS = 200
"""Rounds at most: two relations can narrow each other one by one, thousands of times."""


@dataclass(frozen=True)
class Step:
    """A bound that was narrowed: by a fact, or by a row and the steps before that it rests on."""

    unknown: int
    side: Side
    value: float
    because: Fact | Row
    before: tuple[int, ...] = ()


class Contradiction(Exception):  # noqa: N818 - not an error: an outcome
    """What is known cannot all be true; ``row`` is where it shows."""

    def __init__(self, row: Row | None, steps: tuple[int, ...]) -> None:
        super().__init__("contradiction")
        self.row = row
        self.steps = steps


class Intervals:
    """Least and greatest value of each unknown, narrowed until nothing moves.

    Parameters
    ----------
    size
        Number of unknowns.
    facts, rows
        What is known.

    Raises
    ------
    Contradiction
        No value is left for some unknown.
    """

    def __init__(self, size: int, facts: Iterable[Fact], rows: Sequence[Row]) -> None:
        known = [*facts]
        self.greatest = max([GREATEST, *(10 * fact.high for fact in known)])
        self.low = [0.0] * size
        self.high = [self.greatest] * size
        self.steps: list[Step] = []
        self._last: dict[tuple[int, Side], int] = {}
        self._rows = rows
        self._rows_of: dict[int, list[int]] = {}
        for number, row in enumerate(rows):
            for unknown in row.unknowns:
                self._rows_of.setdefault(unknown, []).append(number)
        for fact in known:
            self._move(Step(fact.unknown, "low", fact.low, fact))
            self._move(Step(fact.unknown, "high", fact.high, fact))
        self._settle()

    def reasons(self, start: Iterable[int]) -> list[Step]:
        """List every step that some steps rest on, themselves included, in order."""
        wanted, numbers = [*start], set[int]()
        while wanted:
            number = wanted.pop()
            if number not in numbers:
                numbers.add(number)
                wanted.extend(self.steps[number].before)
        return [self.steps[number] for number in sorted(numbers)]

    def last_steps(self, unknown: int) -> tuple[int, ...]:
        """Give the steps that set the bounds of an unknown."""
        sides: tuple[Side, Side] = ("low", "high")
        return tuple(self._last[unknown, side] for side in sides if (unknown, side) in self._last)

    def fixed(self, unknown: int) -> bool:
        """Say whether one value is left."""
        return self.low[unknown] == self.high[unknown]

    def _settle(self) -> None:
        """Narrow round by round: what a round finds serves in the next, so that the first proof found is short."""
        waiting: Iterable[int] = range(len(self._rows))
        for _ in range(ROUNDS):
            steps = [step for number in waiting for step in self._narrow(self._rows[number])]
            moved = dict.fromkeys(step.unknown for step in steps if self._move(step))
            if not moved:
                return
            waiting = dict.fromkeys(row for unknown in moved for row in self._rows_of.get(unknown, ()))

    def _narrow(self, row: Row) -> Iterator[Step]:
        """List how a row narrows its unknowns."""
        pairs = [*zip(row.unknowns, row.coefficients, strict=True)]
        least = [self._part(unknown, part, least=True) for unknown, part in pairs]
        most = [self._part(unknown, part, least=False) for unknown, part in pairs]
        least_sum, most_sum = sum(least), sum(most)
        if least_sum > row.high + EPSILON or most_sum < row.low - EPSILON:
            raise Contradiction(row, tuple(step for unknown in row.unknowns for step in self.last_steps(unknown)))
        for place, (unknown, part) in enumerate(pairs):
            room = (row.low - (most_sum - most[place]), row.high - (least_sum - least[place]))
            low, high = (room[0] / part, room[1] / part) if part > 0 else (room[1] / part, room[0] / part)
            if low > self.low[unknown] + EPSILON:
                yield Step(unknown, "low", float(math.ceil(low - EPSILON)), row, self._before(row, unknown))
            if high < self.high[unknown] - EPSILON:
                yield Step(unknown, "high", float(math.floor(high + EPSILON)), row, self._before(row, unknown))

    def _part(self, unknown: int, coefficient: float, *, least: bool) -> float:
        return coefficient * (self.low if (coefficient > 0) == least else self.high)[unknown]

    def _before(self, row: Row, unknown: int) -> tuple[int, ...]:
        return tuple(step for other in row.unknowns if other != unknown for step in self.last_steps(other))

    def _move(self, step: Step) -> bool:
        bounds = self.low if step.side == "low" else self.high
        better = step.value > bounds[step.unknown] if step.side == "low" else step.value < bounds[step.unknown]
        if not better:
            return False
        bounds[step.unknown] = step.value
        self._last[step.unknown, step.side] = len(self.steps)
        self.steps.append(step)
        if self.low[step.unknown] > self.high[step.unknown]:
            raise Contradiction(None, self.last_steps(step.unknown))
        return True
