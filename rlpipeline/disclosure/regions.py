"""A large service cut in regions of a few territories, in which worlds are looked for as if the others did not move."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from rlpipeline.disclosure.grouping import SERVICE_NUMBER
from rlpipeline.disclosure.needs import State, Suppression
from rlpipeline.disclosure.unknowns import Bools

Places = npt.NDArray[np.intp]
WHOLE = 16
"""Territories up to which the whole service is one region, and a region holds some that have none of its figure."""
ENOUGH = 3
"""Widths that the territories of a region have to give, of the figure to be opened."""
TRIES = 3
"""Regions in which a figure is to be opened, each larger than the one before."""
TOGETHER = 8
"""Figures that are opened at the same time."""
RICH, OTHERS = 4, 4
"""Territories of a region: those that count most persons, with whom the others exchange theirs, and others."""
ALIKE = 8
"""Figures alike that are opened in the same region."""

MANY, DEARER = 2 * WHOLE, 20.0
"""Beyond so many territories, how much dearer the whole service's figures are where one of a territory is to be opened:
each of the thousands that are would take a little of the one table that all share."""


def is_cut(task: Suppression) -> bool:
    """Whether the service has too many territories to be one region."""
    return len(task.of_territory) > WHOLE + 1


def service_factor(territories: int) -> float:
    """Give how much dearer a figure of the whole service is, where one of so many territories is to be opened."""
    return DEARER if territories > MANY else 1.0


def regions(task: Suppression) -> Iterator[tuple[Places, Places]]:
    """Cut the territories in regions.

    Returns
    -------
    For each, its unknowns, the whole service's among them; and the territories that are its own. The richest serve
    every region; the whole service is of none of several, since its figures stay as they are without more masks.
    """
    territories = np.unique(task.territory_of[task.territory_of != SERVICE_NUMBER])
    if not is_cut(task):
        yield np.arange(len(task.territory_of)), np.append(SERVICE_NUMBER, territories)
        return
    persons = np.bincount(task.territory_of, task.needs.values)[territories]
    order = territories[np.argsort(-persons, kind="stable")]
    rich, others = order[:RICH], np.sort(order[RICH:])
    for first in range(0, len(others), OTHERS):
        own = others[first : first + OTHERS]
        yield places_of(task, [*rich.tolist(), *own.tolist()]), own if first else np.concatenate([rich, own])


def tries(task: Suppression) -> int:
    """Give the number of regions in which a figure is to be opened: one where the whole service is a region."""
    return TRIES if is_cut(task) else 1


def wave(task: Suppression, state: State, pending: Bools, tried: Places) -> list[tuple[Places, Places]]:
    """Choose figures to be opened at the same time, each of another table: two of one would mask the same twice.

    Parameters
    ----------
    tried
        Regions in which each figure was tried before.

    Returns
    -------
    For each, the unknowns of its region, and the figures alike to be opened there. Those that count most persons come
    first; how many come together never depends on the machine.
    """
    chosen: list[tuple[Places, Places]] = []
    waiting = np.flatnonzero(pending)
    while len(waiting) and len(chosen) < TOGETHER:
        place = int(waiting[np.argmax(task.needs.values[waiting])])
        places, batch = region_around(task, state, place, waiting, int(tried[place]))
        chosen.append((places, batch))
        waiting = np.setdiff1d(waiting[task.groups[0][waiting] != task.groups[0][place]], batch)
    return chosen


def region_around(task: Suppression, state: State, place: int, waiting: Places, tried: int) -> tuple[Places, Places]:
    """Choose a region to open one figure, and the figures alike that wait for the same.

    Parameters
    ----------
    tried
        Regions tried before: the next one is larger.

    Returns
    -------
    Unknowns of the region; those to be opened there. The region holds the territories that have most of the figure,
    until they have enough to give.
    """
    if not is_cut(task):
        return np.arange(len(task.territory_of)), waiting
    alike = waiting[task.family_of[waiting] == task.family_of[place]]
    batch = np.unique([place, *alike[:ALIKE].tolist()])
    return places_of(task, [*task.territory_of[batch].tolist(), *_giving(task, state, place, 1 + tried)]), batch


def _giving(task: Suppression, state: State, place: int, times: int) -> list[int]:
    """List the territories that have most of a figure, until they have enough to give, or have none.

    Of a small figure of the whole service, all that have some are listed: it is to be possibly zero.
    """
    alike = task.of_family[int(task.family_of[place])]
    alike = alike[task.territory_of[alike] != SERVICE_NUMBER]
    values = task.needs.values[alike]
    order = np.argsort(-values, kind="stable")
    given = np.cumsum((values - state.published.low[alike])[order])
    wanted, most = times * ENOUGH * task.needs.width, given.max(initial=0.0)
    enough, some = (1 + int(np.searchsorted(given, persons)) for persons in (wanted, most))
    count = max(times * RICH, min(enough, max(some, WHOLE)))
    if task.territory_of[place] == SERVICE_NUMBER and task.needs.values[place] < task.needs.threshold[place]:
        count = max(count, int((values > 0).sum()))
    return [int(one) for one in task.territory_of[alike[order[:count]]]]


def places_of(task: Suppression, territories: list[int]) -> Places:
    """Give the unknowns of some territories and of the whole service."""
    own = sorted({SERVICE_NUMBER, *territories} & task.of_territory.keys())
    return np.sort(np.concatenate([task.of_territory[one] for one in own]))


def part_of(task: Suppression, places: Places) -> Suppression:
    """Restrict a task to some unknowns, the others keeping their exact values."""
    return Suppression(
        task.system.part(places),
        task.needs.at(places),
        task.price[places],
        tuple(group_of[places] for group_of in task.groups),
        task.territory_of[places],
        task.family_of[places],
        task.kin_of[places],
        task.age_of[places],
        task.service_factor,
    )


def state_in(state: State, places: Places) -> State:
    """Restrict what is published, and proved, to some unknowns."""
    return State(state.published.at(places), state.proof.at(places))


def join(state: State, places: Places, found: State) -> None:
    """Add, in place, what was masked and proved of some unknowns: a world stays one when more is masked."""
    published, proof = state.published, state.proof
    for whole, part, either in (
        (published.low, found.published.low, np.minimum),
        (published.high, found.published.high, np.maximum),
        (published.masked, found.published.masked, np.logical_or),
        (published.rounded, found.published.rounded, np.logical_and),
        (proof.least, found.proof.least, np.minimum),
        (proof.greatest, found.proof.greatest, np.maximum),
    ):
        whole[places] = either(whole[places], part)
