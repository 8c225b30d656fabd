"""What must be open of each figure, and what the worlds exhibited so far prove of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from rlpipeline.disclosure.unknowns import Bools, Floats
from rlpipeline.disclosure.worlds import Published, System


@dataclass(frozen=True)
class Proof:
    """Least and greatest value of each unknown in the worlds exhibited so far."""

    least: Floats
    greatest: Floats

    def at(self, places: slice | npt.NDArray[np.intp]) -> Proof:
        """Say it of some unknowns alone."""
        return Proof(self.least[places], self.greatest[places])

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

    def at(self, places: slice | npt.NDArray[np.intp]) -> Needs:
        """Say it of some unknowns alone."""
        return Needs(self.values[places], self.threshold[places], self.width, self.possible[places])

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

    def unmet_of(self, place: int, published: Published, proof: Proof) -> tuple[bool, bool]:
        """Say what :meth:`unmet` says of one unknown."""
        one = slice(place, place + 1)
        down, up = self.at(one).unmet(published.at(one), proof.at(one))
        return bool(down[0]), bool(up[0])


@dataclass(frozen=True)
class State:
    """Where the suppression stands."""

    published: Published
    proof: Proof

    def copy(self) -> State:
        """Give a state of its own, which parts may be written in."""
        one, proof = self.published, self.proof
        published = Published(one.low.copy(), one.high.copy(), one.masked.copy(), one.rounded.copy())
        return State(published, Proof(proof.least.copy(), proof.greatest.copy()))


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
    service_factor
        How much dearer than its price a figure of the whole service is, where one of a territory is to be opened.
    """

    system: System
    needs: Needs
    price: Floats
    groups: Sequence[npt.NDArray[np.intp]]
    territory_of: npt.NDArray[np.intp]
    family_of: npt.NDArray[np.intp]
    kin_of: npt.NDArray[np.intp]
    age_of: npt.NDArray[np.intp]
    service_factor: float = 1.0

    @cached_property
    def of_territory(self) -> Mapping[int, npt.NDArray[np.intp]]:
        """Unknowns of each territory."""
        return _listed(self.territory_of)

    @cached_property
    def of_family(self) -> Mapping[int, npt.NDArray[np.intp]]:
        """Unknowns of each figure, one a territory."""
        return _listed(self.family_of)


def _listed(numbers: npt.NDArray[np.intp]) -> dict[int, npt.NDArray[np.intp]]:
    order = np.argsort(numbers, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(numbers[order])) + 1)
    return {int(numbers[part[0]]): part for part in parts if len(part)}


def shown(task: Suppression, state: State, world: Floats | None) -> State:
    """Add a world to the proof, if it is one."""
    if world is None or not task.system.is_world(world, state.published):
        return state
    return replace(state, proof=state.proof.and_in(world))


def targets(task: Suppression, state: State, place: int, sides: tuple[bool, bool]) -> Iterator[tuple[float, float]]:
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
