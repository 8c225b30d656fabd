"""Secondary suppression: mask what it takes for every small figure to be open, and prove it with possible worlds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from rlpipeline.disclosure.moves import Moves, MovesByGroup
from rlpipeline.disclosure.narrowing import zeros
from rlpipeline.disclosure.needs import Proof, State, Suppression, shown, targets
from rlpipeline.disclosure.opening import open_with_masks, wish_of
from rlpipeline.disclosure.regions import Places, join, part_of, regions, state_in, tries, wave
from rlpipeline.disclosure.unknowns import Bools
from rlpipeline.disclosure.worlds import Published, Question, find_world, reachable

SWEEPS = 6
"""Worlds looked for to open the figures of a group together."""
MOST_MOVES = 12
"""Worlds looked for to open one figure."""


@dataclass(frozen=True)
class Search:
    """Figures to be opened in a part of the service.

    Parameters
    ----------
    places
        Unknowns of the part, among those of the service.
    asked
        Which of them are to be opened.
    masking
        Whether others may be masked for it.
    """

    places: Places
    task: Suppression
    state: State
    asked: Bools
    masking: bool


Found = tuple[Places, State]
Each = Callable[[Iterable[Search]], Iterator[Found]]
"""Makes searches that know nothing of one another, here or in several processes."""


def search(wanted: Search) -> Found:
    """Open the figures of a part as far as possible; gives its places, and where it stands then."""
    task, state, asked = wanted.task, wanted.state, wanted.asked
    if wanted.masking:
        return wanted.places, _one_by_one(task, state, asked)
    return wanted.places, _move(task, _sweep(task, state, asked), asked)


def suppress(task: Suppression, published: Published, known: Proof | None, each: Each) -> State:
    """Mask more figures until every figure is open.

    Parameters
    ----------
    known
        What worlds already show; it stays true when more is masked.
    each
        Makes the searches; the result is the same wherever they are made.

    Returns
    -------
    What is published, and the proof; :meth:`Needs.unmet` is empty unless a figure could not be protected.
    """
    state = State(published, known or Proof(task.system.values, task.system.values)).copy()
    for only_masked in (True, False):
        _join(state, each(_moves(task, state, only_masked)))
        _mask(task, state, only_masked, each)
    return state


def _join(state: State, found: Iterable[Found]) -> None:
    """Take over what was found, once all was: every search starts from the same state."""
    for places, end in list(found):
        join(state, places, end)


def _moves(task: Suppression, state: State, only_masked: bool) -> Iterator[Search]:
    """Cut the searches that mask nothing more, one a region."""
    for places, own in regions(task):
        part, inner = part_of(task, places), state_in(state, places)
        asked = np.isin(part.territory_of, own) & (inner.published.masked | (not only_masked))
        if _pending(part, inner, asked).any():
            yield Search(places, part, inner, asked, masking=False)


def with_zeros(task: Suppression, state: State) -> Suppression:
    """Ask for the width of the rounded zeros that nobody deduces to be zero from the published figures, row by row."""
    unseen = state.published.rounded & (task.needs.values == 0) & (state.proof.greatest == 0)
    plain = zeros(task.system.relations, state.published.low, state.published.high)
    return replace(task, needs=replace(task.needs, possible=task.needs.possible | (unseen & ~plain)))


def without_zeros(task: Suppression, state: State) -> Suppression:
    """Ask no longer for the width of zeros that could not be opened, where all rows together leave nothing else."""
    closed = state.published.rounded & task.needs.possible & (state.proof.greatest == 0)
    if not closed.any():
        return task
    plain = closed & ~reachable(task.system, state.published, closed)
    return replace(task, needs=replace(task.needs, possible=task.needs.possible & ~plain))


def _unmet(task: Suppression, state: State, asked: Bools) -> tuple[Bools, Bools]:
    down, up = task.needs.unmet(state.published, state.proof)
    return down & asked, up & asked


def _pending(task: Suppression, state: State, asked: Bools) -> Bools:
    """Say which figures are to be opened one way or the other."""
    down, up = _unmet(task, state, asked)
    return np.asarray(down | up)


def _sweep(task: Suppression, state: State, asked: Bools) -> State:
    """Exhibit worlds that mask nothing more and open many figures at once."""
    for group_of in task.groups[:-1]:
        for group in range(int(group_of.max(initial=-1)) + 1):
            state = _sweep_group(task, state, asked, group_of == group)
    return state


def _sweep_group(task: Suppression, state: State, asked: Bools, free: Bools) -> State:
    """Push what is to be opened of a group this way and that."""
    for sweep in range(SWEEPS):
        down, up = _unmet(task, state, asked & free)
        if not (down | up).any():
            break
        world = find_world(task.system, state.published, free, Question(wish_of(down, up, sweep), {}))
        state = shown(task, state, world)
    return state


def _move(task: Suppression, state: State, asked: Bools) -> State:
    """Open figures one after the other, masking nothing more."""
    moves = MovesByGroup(task.system, state.published, task.groups[1])
    for place in np.flatnonzero(_pending(task, state, asked)).tolist():
        state = _move_one(task, state, place, moves.of(place))
    return state


def _move_one(task: Suppression, state: State, place: int, moves: Moves) -> State:
    """Open one figure as far as worlds are found."""
    for _ in range(MOST_MOVES):
        moved = _moved(task, state, place, moves)
        if moved is None:
            break
        state = moved
    return state


def _moved(task: Suppression, state: State, place: int, moves: Moves) -> State | None:
    """Exhibit a world that shows more of a figure, if it takes one and one is found."""
    down, up = task.needs.unmet_of(place, state.published, state.proof)
    if not (down or up):
        return None
    for least, most in targets(task, state, place, (down, up)):
        world = moves.toward(place, least, most)
        found = shown(task, state, world)
        if found.proof is not state.proof:
            return found
    return None


def _mask(task: Suppression, state: State, only_masked: bool, each: Each) -> None:
    """Open the remaining figures region by region, in place, masking others where it takes that."""
    tried = np.zeros(len(task.needs.values), dtype=np.intp)
    pending = _pending(task, state, state.published.masked | (not only_masked))
    while pending.any():
        chosen = wave(task, state, pending, tried)
        searches = [
            Search(places, part_of(task, places), state_in(state, places), np.isin(places, batch), masking=True)
            for places, batch in chosen
        ]
        _join(state, each(searches))
        tried[np.concatenate([batch for _, batch in chosen])] += 1
        for one in searches:
            inner = state_in(state, one.places)
            wanted = (inner.published.masked | (not only_masked)) & (tried[one.places] < tries(task))
            pending[one.places] = _pending(one.task, inner, wanted)


def _one_by_one(task: Suppression, state: State, asked: Bools) -> State:
    """Open figures one after the other: those with most persons first, since their masks serve others."""
    given_up = np.zeros(len(asked), dtype=bool)
    moves: Moves | None = None
    while True:
        waiting = np.flatnonzero(_pending(task, state, asked & ~given_up))
        if not len(waiting):
            return state
        place = int(waiting[np.argmax(task.needs.values[waiting])])
        if state.published.rounded[place]:  # a mask made room for it, maybe; a masked figure takes more than a move
            moves = moves or Moves(task.system, state.published)
            state = _move_one(task, state, place, moves)
        sides = task.needs.unmet_of(place, state.published, state.proof)
        if not any(sides):
            continue
        opened = open_with_masks(task, state, place, sides)
        if opened is None:
            given_up[place] = True
            continue
        if opened.published.masked.sum() > state.published.masked.sum():
            moves = None
        state = opened
