"""Secondary suppression: mask what it takes for every small figure to be open, and prove it with possible worlds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rlpipeline.disclosure.grouping import NO_AGE, NO_KIN, SERVICE_NUMBER
from rlpipeline.disclosure.unknowns import Bools, Floats
from rlpipeline.disclosure.worlds import Published, Question, System, find_world, reachable

PRICE_UNIT = 200.0
"""A mask is dearer than anything a world could show of other cells."""
SWEEPS = 6
FEW, FEWER, MANY_TERRITORIES = 4, 3, 8
"""Territories among which persons are exchanged to open a figure, before all are tried: fewer where there are many."""
SHARING = 1500
"""Unknowns beyond which a world is looked for one figure alone."""
FEW_AGES = 4


@dataclass(frozen=True)
class Proof:
    """Least and greatest value of each unknown in the worlds exhibited so far."""

    least: Floats
    greatest: Floats

    def and_in(self, world: Floats) -> Proof:
        """Add a world."""
        return Proof(np.minimum(self.least, world), np.maximum(self.greatest, world))


@dataclass(frozen=True)
class Needs:
    """What must be open of each unknown.

    Parameters
    ----------
    threshold
        A masked figure below it must be possibly zero, and possibly the threshold or more.
    width
        Least width of a rounded figure.
    possible
        Zeros that a reader takes for a number of persons, because they could be more.
    """

    values: Floats
    threshold: Floats
    width: float
    possible: Bools

    def unmet(self, published: Published, proof: Proof) -> tuple[Bools, Bools]:
        """Say which unknowns still need a smaller value exhibited, and which a greater one.

        Notes
        -----
        A masked zero needs nothing but a doubt; a rounded one, its width, or to be plainly zero: a reader who finds
        « at most 2 » does not know that there is no one.
        """
        small = published.masked & (self.values > 0) & (self.values < self.threshold)
        counted = (self.values > 0) | (proof.greatest > 0) | self.possible
        narrow = published.rounded & counted & (proof.greatest - proof.least < self.width)
        exact = published.masked & ~small & (proof.least == proof.greatest)
        either = narrow | exact
        return (small & (proof.least > 0)) | either, (small & (proof.greatest < self.threshold)) | either


@dataclass(frozen=True)
class State:
    """Where the suppression stands."""

    published: Published
    proof: Proof


@dataclass(frozen=True)
class Suppression:
    """What does not change while figures are masked.

    Parameters
    ----------
    price
        Price of masking each unknown; 0 where it cannot be.
    groups
        Group of each unknown, by increasing size: within a group worlds are found quickly.
    territory_of
        Number of the territory of each unknown, that of the whole service being ``SERVICE_NUMBER``.
    family_of
        Number that the same figure of every territory has in common.
    kin_of
        Number that the issues of a family and the persons concerned have in common, ``NO_KIN`` for others.
    age_of
        Number of the age counted, ``NO_AGE`` for totals and for what is not counted by age.
    """

    system: System
    needs: Needs
    price: Floats
    groups: Sequence[npt.NDArray[np.intp]]
    territory_of: npt.NDArray[np.intp]
    family_of: npt.NDArray[np.intp]
    kin_of: npt.NDArray[np.intp]
    age_of: npt.NDArray[np.intp]


def suppress(task: Suppression, published: Published, known: Proof | None = None) -> State:
    """Mask more figures until every figure is open.

    Parameters
    ----------
    known
        What worlds already show; it stays true when more is masked.

    Returns
    -------
    What is published, and the proof; :meth:`Needs.unmet` is empty unless a figure could not be protected.
    """
    state = State(published, known or Proof(task.system.values, task.system.values))
    for only_masked in (True, False):
        state = _sweep(task, state, only_masked)
        state = _one_by_one(task, state, only_masked)
    return state


def with_zeros(task: Suppression, state: State) -> Suppression:
    """Ask for the width of the rounded zeros that nothing published shows to be zero."""
    unseen = state.published.rounded & (task.needs.values == 0) & (state.proof.greatest == 0)
    possible = reachable(task.system, state.published, unseen)
    return replace(task, needs=replace(task.needs, possible=task.needs.possible | possible))


def _unmet(task: Suppression, state: State, only_masked: bool) -> tuple[Bools, Bools]:
    down, up = task.needs.unmet(state.published, state.proof)
    kept = state.published.masked if only_masked else np.ones(len(down), dtype=bool)
    return down & kept, up & kept


def _wish(down: Bools, up: Bools, sweep: int) -> Floats:
    """Push the figures that need it down or up; those that need either, now this way, now that."""
    alternate = (np.arange(len(down)) // (1 + sweep // 2) + sweep) % 2 == 0
    go_down = down & (~up | alternate)
    return np.where(go_down, 1.0, np.where(up, -1.0, 0.0))


def _sweep(task: Suppression, state: State, only_masked: bool) -> State:
    """Exhibit worlds that mask nothing more and open many figures at once."""
    for group_of in task.groups[:-1]:
        for group in range(int(group_of.max(initial=-1)) + 1):
            free = group_of == group
            for sweep in range(SWEEPS):
                down, up = _unmet(task, state, only_masked)
                if not (free & (down | up)).any():
                    break
                wish = np.where(free, _wish(down, up, sweep), 0.0)
                state = _shown(task, state, find_world(task.system, state.published, free, Question(wish, {})))
    return state


def _shown(task: Suppression, state: State, world: Floats | None) -> State:
    """Add a world to the proof, if it is one."""
    if world is None or not task.system.is_world(world, state.published):
        return state
    return replace(state, proof=state.proof.and_in(world))


def _one_by_one(task: Suppression, state: State, only_masked: bool) -> State:
    """Open the remaining figures one after the other, masking others where it takes that."""
    given_up = np.zeros(len(task.needs.values), dtype=bool)
    while True:
        down, up = _unmet(task, state, only_masked)
        waiting = np.flatnonzero((down | up) & ~given_up)
        if not len(waiting):
            return state
        place = int(waiting[np.argmax(task.needs.values[waiting])])
        opened = _open(task, state, place, (bool(down[place]), bool(up[place])))
        if opened is None:
            given_up[place] = True
        else:
            state = opened


def _open(task: Suppression, state: State, place: int, sides: tuple[bool, bool]) -> State | None:
    """Exhibit a world that opens one figure on one side, with the fewest masks; no zero is masked unless it must be."""
    without_zeros = np.where(task.needs.values == 0, 0.0, task.price)
    for price in (without_zeros, task.price):
        for target in _targets(task, state, place, sides):
            for free in _neighbourhoods(task, state, place, down=target[0] < 0):
                opened = _opened(task, state, free, Question(_others(task, state, free, place), {place: target}, price))
                if opened is not None:
                    return opened
        if state.published.rounded[place]:
            return None
    return None


def _others(task: Suppression, state: State, free: Bools, place: int) -> Floats:
    """Push what else is to be opened, where the search is small enough to afford it."""
    if free.sum() >= SHARING:
        return np.zeros(len(free))
    wish = np.where(free, _wish(*_unmet(task, state, False), 0), 0.0)
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
    opened = _shown(task, State(published, state.proof), world)
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


def _targets(task: Suppression, state: State, place: int, sides: tuple[bool, bool]) -> Iterator[tuple[float, float]]:
    """Give the values that would open a figure, the nearest first."""
    value, top = task.needs.values[place], task.needs.threshold[place]
    least, greatest = state.proof.least[place], state.proof.greatest[place]
    if state.published.rounded[place]:
        yield -np.inf, greatest - task.needs.width
        yield least + task.needs.width, np.inf
        half = np.ceil(task.needs.width / 2)
        if least > value - half >= 0:
            yield -np.inf, value - half
        if greatest < value + half and value > 0:
            yield value + half, np.inf
    elif 0 < value < top:
        yield (-np.inf, 0.0) if sides[0] else (top, np.inf)
    else:
        yield value + 1, np.inf
        yield -np.inf, value - 1
