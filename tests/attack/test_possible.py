"""Linear programmes and whole numbers on one small system."""

from __future__ import annotations

import math

import numpy as np
import pytest

from rlpipeline.attack.narrowing import Contradiction, Intervals
from rlpipeline.attack.possible import Extremes, Model, Moves
from rlpipeline.attack.programmes import components, programme
from rlpipeline.attack.relations import MANY
from rlpipeline.attack.rules import Rule
from rlpipeline.attack.statements import Figure, Relation
from rlpipeline.attack.unknowns import GREATEST, Fact, Row
from rlpipeline.published.model import FigureKey

WIDE = Rule("arrondi", 5, 1)


def _row(numbers: dict[int, float], low: float, high: float) -> Row:
    return Row((*numbers,), (*numbers.values(),), low, high, Relation((), low, high, "essai"))


def _parity() -> list[Row]:
    """Three numbers of 0 to 1, any two of which add up to 1 or more, all three to 2 at most: halves abound."""
    pairs = [_row({one: 1, other: 1}, 1, 2) for one, other in ((0, 1), (1, 2), (0, 2))]
    return [*pairs, _row({0: 1, 1: 1, 2: 1}, 0, 2), *(_row({one: 1}, 0, 1) for one in range(3))]


def test_components_do_not_depend_on_each_other() -> None:
    rows = [_row({0: 1, 1: 1}, 5, 5), _row({2: 1, 3: 1}, 7, 7), _row({4: 1}, 3, 3)]
    intervals = Intervals(5, [], rows)
    assert intervals.fixed(4)
    assert [part.unknowns for part in components(rows, intervals)] == [(0, 1), (2, 3)]


def test_whole_numbers_narrow_what_fractions_leave_open() -> None:
    """x + y + z = 1 at most with 2x + 2y + 2z at least 1: only whole numbers make one of them 1."""
    rows = [_row({0: 2, 1: 2, 2: -2}, 1, 2), _row({0: 1, 1: 1}, 0, 1), _row({2: 1}, 0, 1)]
    intervals = Intervals(3, [], rows)
    component = components(rows, intervals)[0]
    found = Model(component, intervals).judge({2: [WIDE]})
    assert not WIDE.holds(found[2].least, found[2].greatest)
    assert (found[2].least, found[2].greatest) == (0, 0)


def test_what_is_possible_is_seen_in_whole_numbers() -> None:
    rows = _parity()
    intervals = Intervals(3, [], rows)
    found = Model(components(rows, intervals)[0], intervals).judge({one: [WIDE] for one in range(3)})
    assert {(one.least, one.greatest, one.certain) for one in found.values()} == {(0, 1, True)}


def test_what_cannot_be_is_a_contradiction() -> None:
    with pytest.raises(Contradiction):
        Intervals(2, [], [_row({0: 1, 1: 1}, 5, 5), _row({0: 1, 1: 1}, 7, 7)])


def test_figures_may_be_greater_than_those_of_any_usual_service() -> None:
    total = Figure(FigureKey("problematiques", 2023, "service", "total", "total"), "ok", 2 * GREATEST, "essai")
    known = Fact(0, 2 * GREATEST, 2 * GREATEST, total)
    intervals = Intervals(3, [known], [_row({0: -1, 1: 1, 2: 1}, 0, 0)])
    assert (intervals.low[1], intervals.high[1]) == (0, 2 * GREATEST)


def test_a_tolerance_of_the_solver_makes_no_person() -> None:
    """Seven issues need a person concerned: 0.00007 of one satisfies a factor of 100,000, not the rule."""
    row = _row({0: 1, 1: -MANY}, -math.inf, 0)
    intervals = Intervals(2, [], [row, _row({0: 1}, 0, 7), _row({1: 1}, 0, 3)])
    made = programme(components([row], intervals)[0], intervals)
    assert made.matrix.toarray().tolist() == [[1, -7]]
    assert made.allows(np.array([7.0, 1.0]))
    assert not made.allows(np.array([7.0, 0.0]))


def test_a_figure_is_moved_with_the_fewest_others() -> None:
    rows = [_row({0: 1, 1: 1, 2: 1, 3: 1}, 20, 20), *(_row({one: 1}, 0, 9) for one in range(4))]
    intervals = Intervals(4, [], rows)
    made = programme(components(rows, intervals)[0], intervals)
    extremes = Extremes.nothing(4)
    extremes.add_integers(np.full(4, 5.0))
    assert Moves(made, np.full(4, 5.0), extremes).open(0, [Rule("arrondi", 9, 6)])
    assert extremes.integer_high[0] - extremes.integer_low[0] >= 6
    assert (extremes.integer_high[1:] <= 9).all()
