"""Controlled rounding: near the truth, additive, and silent about masked figures of the service."""

from __future__ import annotations

import numpy as np
import pytest

from rlpipeline.disclosure.relations import relations
from rlpipeline.disclosure.rounding import Rounding, counterparts, round_together
from rlpipeline.disclosure.thresholds import primary, thresholds
from rlpipeline.disclosure.unknowns import register
from rlpipeline.params import Disclosure
from tests.disclosure.made import exact_of
from tests.indicators.factory import SERVICE as SETTINGS
from tests.indicators.random_records import random_records


def _task(seed: int, base: int = 5, released: np.ndarray | None = None) -> Rounding:
    exact = exact_of(random_records(seed, persons=60), SETTINGS)
    registry = register(exact)
    small = primary(registry, thresholds(registry, Disclosure(), SETTINGS)) & registry.of_service
    nothing = np.full(len(registry.unknowns), np.nan)
    links = relations(exact, registry, SETTINGS, {})
    return Rounding(registry, links, base, small, nothing if released is None else released)


@pytest.mark.parametrize(("seed", "base"), [(1, 5), (2, 5), (3, 10)])
def test_rounded_figures_are_multiples_next_to_the_truth_and_add_up(seed: int, base: int) -> None:
    task = _task(seed, base)
    rounded = round_together(task)
    shown = ~np.isnan(rounded.values)
    truth = task.registry.values
    assert (rounded.values[shown] % base == 0).all()
    assert (np.abs(rounded.values - truth)[shown] < base).all()
    within = np.flatnonzero(abs(task.relations.equalities) @ (~shown).astype(float) == 0)
    assert len(within) > 20
    np.testing.assert_array_equal(task.relations.equalities[within] @ np.nan_to_num(rounded.values), 0)
    assert shown[~task.registry.of_service].mean() > 0.9
    assert not shown[task.registry.of_service].any()


def test_no_part_of_a_small_figure_of_the_service_is_shown_above_zero() -> None:
    task = _task(4)
    rounded = round_together(task)
    parent = counterparts(task.registry)
    of_small = (parent >= 0) & task.hidden[parent]
    assert (np.nan_to_num(rounded.values[of_small]) == 0).all()
    assert (task.registry.values[of_small] > 0).any()


def test_what_was_released_is_released_again() -> None:
    task = _task(5)
    once = round_together(task)
    free = np.flatnonzero((once.values > 0) & (once.values != task.registry.values))
    other = once.values.copy()
    up = once.values > task.registry.values
    other[free] = np.where(up, once.values - 5, once.values + 5)[free]
    again = round_together(_task(5, released=once.values))
    np.testing.assert_array_equal(again.values, once.values)
    changed = round_together(_task(5, released=other))
    assert (changed.values == other)[free].sum() > (once.values == other)[free].sum()


def test_a_released_value_that_no_longer_holds_is_rounded_anew() -> None:
    task = _task(6)
    far = np.where(task.registry.of_service, np.nan, task.registry.values + 50)
    np.testing.assert_array_equal(round_together(_task(6, released=far)).values, round_together(task).values)
