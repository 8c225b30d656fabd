"""Controlled rounding: near the truth, additive, wide, and zero together.

Slow: the base that sensitive figures have, on another seed.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from rlpipeline.protection.protection import Year
from rlpipeline.protection.rounding import Rounding, boxes, round_together
from rlpipeline.settings.models import Disclosure
from tests.declared import declared
from tests.figures.factory import SERVICE as SETTINGS
from tests.protection import made


def _task(seed: int, base: int = 5, *, all_rounded: bool = False) -> Rounding:
    year = Year.of(
        made.random_exact(seed, 60, SETTINGS),
        Disclosure(base=base),
        SETTINGS,
        (),
        declared(SETTINGS),
    )
    task = year._task(year.start())
    if not all_rounded:
        return task
    none = np.zeros(len(task.exact), dtype=bool)
    return replace(task, exact=none, shown=np.full(len(none), np.nan))


def _own(task: Rounding) -> np.ndarray:
    """Give the places of the figures: what is left of others is not published."""
    rest = np.isin(np.arange(task.system.size), [*task.system.rests])
    return np.flatnonzero(~rest & ~np.isnan(task.values) & ~task.hidden)


def _sums(task: Rounding) -> np.ndarray:
    """Give the rows that add published figures up."""
    return task.sums.lines


@pytest.mark.parametrize(("seed", "base"), [(1, 5), pytest.param(3, 10, marks=pytest.mark.slow)])
def test_rounded_figures_are_multiples_next_to_the_truth_and_add_up(seed: int, base: int) -> None:
    task = _task(seed, base, all_rounded=True)
    published, own = round_together(task), _own(task)
    assert (published[own] % task.base[own] == 0).all()
    assert (np.abs(published - task.values)[own] < task.base[own]).all()
    added = task.system.matrix[_sums(task)] @ published
    assert len(added) > 20
    assert (added == 0).mean() > 0.97


def test_exact_figures_stay_and_boxes_hold_the_truth() -> None:
    task = _task(1)
    published, own = round_together(task), _own(task)
    np.testing.assert_array_equal(published[task.exact], task.values[task.exact])
    low, high = boxes(task, published)
    assert (low[own] <= task.values[own]).all() and (np.floor(task.values[own]) <= high[own]).all()


def test_issues_and_the_persons_who_have_them_are_zero_together() -> None:
    task = _task(1, all_rounded=True)
    published = round_together(task)
    issues = [
        [task.system.index[key] for key, _ in row.terms]
        for row in task.system.paired
        if row.link and row.link.name == "problematiques_nulles"
    ]
    assert len(issues) > 10
    assert all((published[things] > 0) == (published[persons] > 0) for things, persons in issues)


def test_where_something_is_rounded_above_zero_somebody_is() -> None:
    task = _task(1, all_rounded=True)
    published = round_together(task)
    assert {row.link.name for row in task.system.paired if row.link} >= {"accompagnes_en_cours"}
    above = published[task.system.pairs] > 0
    assert (~above[:, 0] | above[:, 1]).all()
