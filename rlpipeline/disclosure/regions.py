"""A large service cut in regions of a few territories, in which worlds are looked for as if the others did not move."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

import numpy as np
import numpy.typing as npt

from rlpipeline.disclosure.grouping import SERVICE_NUMBER
from rlpipeline.disclosure.needs import State, Suppression

Places = npt.NDArray[np.intp]
WHOLE = 16
"""Territories up to which the whole service is one region."""
ENOUGH = 3
"""Widths that the territories of a region have to give, of the figure to be opened."""
TRIES = 3
"""Regions in which a figure is to be opened, each larger than the one before."""
RICH, OTHERS = 4, 8
"""Territories of a region: those that count most persons, with whom the others exchange theirs, and others."""


def regions(task: Suppression) -> Iterator[tuple[Places, Places]]:
    """Cut the territories in regions.

    Returns
    -------
    For each, its unknowns, the whole service's among them; and the territories that are its own. The richest serve
    every region; the whole service is of none of several, since its figures stay as they are without more masks.
    """
    territories = np.unique(task.territory_of[task.territory_of != SERVICE_NUMBER])
    if len(territories) <= WHOLE:
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
    return 1 if len(task.of_territory) <= WHOLE + 1 else TRIES


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
    if tries(task) == 1:
        return np.arange(len(task.territory_of)), waiting
    alike = waiting[task.family_of[waiting] == task.family_of[place]]
    batch = np.unique([place, *alike[:OTHERS].tolist()])
    return places_of(task, [*task.territory_of[batch].tolist(), *_giving(task, state, place, 1 + tried)]), batch


def _giving(task: Suppression, state: State, place: int, times: int) -> list[int]:
    """List the territories that have most of a figure; of a small one of the whole service, all that have some."""
    alike = task.of_family[int(task.family_of[place])]
    alike = alike[task.territory_of[alike] != SERVICE_NUMBER]
    values = task.needs.values[alike]
    order = np.argsort(-values, kind="stable")
    given = np.cumsum((values - state.published.low[alike])[order])
    count = max(times * RICH, int(np.searchsorted(given, times * ENOUGH * task.needs.width)) + 1)
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
    )


def state_in(state: State, places: Places) -> State:
    """Restrict what is published, and proved, to some unknowns."""
    return State(state.published.at(places), state.proof.at(places))


def write_part(state: State, places: Places, part: State) -> None:
    """Take over, in place, what was masked and proved of some unknowns."""
    for whole, own in ((state.published, part.published), (state.proof, part.proof)):
        for one in fields(whole):
            getattr(whole, one.name)[places] = getattr(own, one.name)
