"""Controlled rounding: near the truth, additive, wide, and zero together.

Slow: another seed, and the base that sensitive figures have.
"""

from __future__ import annotations

import numpy as np
import pytest

from rlpipeline.protection.classes import sensitive_row, shared_lines
from rlpipeline.protection.exactness import Rules
from rlpipeline.protection.rounding import Rounding, boxes, round_together
from rlpipeline.settings.models import Disclosure
from tests.figures.factory import SERVICE as SETTINGS
from tests.protection import made


def _task(seed: int, base: int = 5, released: np.ndarray | None = None, *, all_rounded: bool = False) -> Rounding:
    rules = Disclosure(base=base)
    registry, links = made.linked(made.random_exact(seed, 60, SETTINGS), SETTINGS, rules)
    lines = shared_lines(made.classes(SETTINGS, rules), rules, SETTINGS)
    asked = Rules(registry, rules, lines, sensitive_row(rules, SETTINGS))
    exact = np.zeros(len(registry.values), dtype=bool) if all_rounded else asked.exact()
    shown = np.where(exact, registry.values, np.nan if released is None else released)
    hidden = np.zeros(len(exact), dtype=bool)
    return Rounding(registry.values, asked.base, shown, exact, hidden, registry.values < 2 * base, links)


@pytest.mark.parametrize(("seed", "base"), [(1, 5), pytest.param(3, 10, marks=pytest.mark.slow)])
def test_rounded_figures_are_multiples_next_to_the_truth_and_add_up(seed: int, base: int) -> None:
    task = _task(seed, base, all_rounded=True)
    published = round_together(task)
    assert (published % task.base == 0).all()
    assert (np.abs(published - task.values) < task.base).all()
    assert task.relations.equalities.shape[0] > 20
    adds_up = task.relations.equalities @ published == 0
    assert adds_up.mean() > 0.97


@pytest.mark.parametrize("seed", [1, pytest.param(3, marks=pytest.mark.slow)])
def test_exact_figures_stay_and_parts_stay_below_their_wholes(seed: int) -> None:
    task = _task(seed)
    published = round_together(task)
    np.testing.assert_array_equal(published[task.exact], task.values[task.exact])
    over = task.relations.inequalities @ published - task.relations.bounds
    assert (over <= 0).mean() > 0.95
    low, high = boxes(task, published)
    assert (low <= task.values).all() and (task.values <= high).all()


def test_issues_and_the_persons_who_have_them_are_zero_together() -> None:
    apart = total = 0
    for seed in (1, 3):
        task = _task(seed, all_rounded=True)
        published = round_together(task)
        total += len(task.relations.together)
        apart += sum((published[one] > 0) != (published[other] > 0) for one, other in task.relations.together)
    assert total > 20
    assert apart == 0


def test_what_was_released_is_released_again() -> None:
    task = _task(1)
    once = round_together(task)
    other = np.where((once != task.values) & (once > task.values), once - task.base, once)
    changed = round_together(_task(1, released=np.where(task.exact, np.nan, other)))
    np.testing.assert_array_equal(changed, np.where(task.exact, once, other))
    assert (other != once).any()
