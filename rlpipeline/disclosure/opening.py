"""Open a figure that no world opens as things are published: the fewest others are masked with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from rlpipeline.disclosure.grouping import NO_AGE, NO_KIN, SERVICE_NUMBER
from rlpipeline.disclosure.needs import State, Suppression, shown, targets
from rlpipeline.disclosure.unknowns import Bools, Floats
from rlpipeline.disclosure.worlds import Question, find_world

PRICE_UNIT = 200.0
"""A mask is dearer than anything a world could show of other cells."""
FEW, FEWER, MANY_TERRITORIES = 4, 3, 8
"""Territories among which persons are exchanged to open a figure, before all are tried: fewer where there are many."""
SHARING = 1500
"""Unknowns beyond which a world is looked for one figure alone."""
FEW_AGES = 4


def wish_of(down: Bools, up: Bools, sweep: int) -> Floats:
    """Push the figures that need it down or up; those that need either, now this way, now that."""
    alternate = (np.arange(len(down)) // (1 + sweep // 2) + sweep) % 2 == 0
    go_down = down & (~up | alternate)
    return np.where(go_down, 1.0, np.where(up, -1.0, 0.0))


def open_with_masks(task: Suppression, state: State, place: int, sides: tuple[bool, bool]) -> State | None:
    """Exhibit a world that opens one figure on one side, with the fewest masks; no zero is masked unless it must be."""
    prices = _prices(task, place)
    without_zeros = np.where(task.needs.values == 0, 0.0, prices)
    for price in (without_zeros, prices):
        for target in (one for one in targets(task, state, place, sides) if one[1] >= 0):  # no figure is below zero
            for free in _neighbourhoods(task, state, place, down=target[0] < 0):
                opened = _opened(task, state, free, Question(_others(task, state, free, place), {place: target}, price))
                if opened is not None:
                    return opened
        if state.published.rounded[place]:
            return None
    return None


def _prices(task: Suppression, place: int) -> Floats:
    """Give what each mask costs that helps to open a figure."""
    if task.territory_of[place] == SERVICE_NUMBER:
        return task.price
    return np.where(task.territory_of == SERVICE_NUMBER, task.service_factor * task.price, task.price)


def _others(task: Suppression, state: State, free: Bools, place: int) -> Floats:
    """Push what else is to be opened, where the search is small enough to afford it."""
    if free.sum() >= SHARING:
        return np.zeros(len(free))
    wish = np.where(free, wish_of(*task.needs.unmet(state.published, state.proof), 0), 0.0)
    wish[place] = 0.0
    return wish


def _opened(task: Suppression, state: State, free: Bools, question: Question) -> State | None:
    """Look for a world, mask what it takes, and add it to the proof."""
    priced = replace(question, price=None if question.price is None else question.price * PRICE_UNIT)
    world = find_world(task.system, state.published, free, priced)
    if world is None:
        return None
    outside = (world < state.published.low - 0.5) | (world > state.published.high + 0.5)
    published = state.published.masking(np.flatnonzero(outside), task.needs.values)
    opened = shown(task, State(published, state.proof), world)
    return None if opened.proof is state.proof else opened


def _neighbourhoods(task: Suppression, state: State, place: int, down: bool) -> Iterator[Bools]:
    """Give the unknowns to move to open a figure: its table, then wider, in a few territories before all of them."""
    few = _few_territories(task, state, place, down)
    fine, wide, everything = (group_of == group_of[place] for group_of in task.groups)
    near = fine | ((task.kin_of == task.kin_of[place]) & (task.kin_of != NO_KIN))
    ages = _few_ages(task, place)
    yield fine
    yield near & few
    yield wide & few
    yield everything & few & ages
    if not state.published.rounded[place]:
        yield everything & few
        yield everything


def _few_ages(task: Suppression, place: int) -> Bools:
    """Keep the figure's own age, the most numerous ones, and what is not counted by age."""
    weight = np.bincount(task.age_of, task.needs.values)
    weight[NO_AGE] = np.inf
    most = np.argsort(-weight, kind="stable")[:FEW_AGES]
    return np.isin(task.age_of, [task.age_of[place], *most])


def _few_territories(task: Suppression, state: State, place: int, down: bool) -> Bools:
    """Keep the whole service, the figure's own territory, those with the most room for it, all who have it to lose."""
    alike = np.flatnonzero(task.family_of == task.family_of[place])
    room = (state.published.high - state.published.low)[alike]
    values = task.needs.values[alike]
    order = np.lexsort((alike, -values, -room))
    count = FEW if task.territory_of.max() <= MANY_TERRITORIES else FEWER
    first = task.territory_of[alike[order]][:count].tolist()
    losing = (
        task.territory_of[alike[values > 0]].tolist() if down and task.territory_of[place] == SERVICE_NUMBER else []
    )
    kept = {int(task.territory_of[place]), SERVICE_NUMBER, *first, *losing}
    return np.isin(task.territory_of, sorted(kept))
