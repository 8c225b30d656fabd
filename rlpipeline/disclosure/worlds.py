"""Possible worlds: other values of the unknowns that everything published allows just as well.

A cell is safe when worlds are exhibited in which it is small and others in which it is great: each world is a proof
that needs no trust in the solver, and one world proves many cells at once. The exact values are a world too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint
from scipy.sparse import csc_array, csr_array, diags_array, hstack, vstack
from scipy.sparse.csgraph import connected_components

from rlpipeline.disclosure.relations import Relations
from rlpipeline.disclosure.solver import solve
from rlpipeline.disclosure.unknowns import Bools, Floats, ranks

WIDE = 40.0
"""How far from its value a masked cell is tried: more would only be less cautious."""
LEAVE = 16.0
"""How far a cell not yet masked is tried."""
MOVED = 1e-6
NODES = 60
"""Limit of the search, in nodes: never seconds, so that every machine finds the same worlds."""
GAP = 0.2
SMALL, LARGE = 350, 2500
"""Unknowns of a block up to which whole numbers are looked for at once, and at all where those that moved gave none."""


@dataclass(frozen=True)
class Published:
    """What is said of each unknown: between ``low`` and ``high``, both equal where it is exact.

    Parameters
    ----------
    masked, rounded
        Which are masked, which rounded; the others are exact.
    """

    low: Floats
    high: Floats
    masked: Bools
    rounded: Bools

    def at(self, places: slice | npt.NDArray[np.intp]) -> Published:
        """Say it of some unknowns alone."""
        return Published(self.low[places], self.high[places], self.masked[places], self.rounded[places])

    def masking(self, places: npt.ArrayLike, values: Floats) -> Published:
        """Mask more unknowns."""
        masked = self.masked.copy()
        masked[np.asarray(places, dtype=np.intp)] = True
        low = np.where(masked, np.maximum(0, values - WIDE), self.low)
        high = np.where(masked, values + WIDE, self.high)
        return replace(self, low=low, high=high, masked=masked, rounded=self.rounded & ~masked)


@dataclass(frozen=True)
class System:
    """The exact values and what links them."""

    values: Floats
    relations: Relations
    whole: Bools

    def is_world(self, candidate: Floats, published: Published) -> bool:
        """Check every relation and every published figure: exact arithmetic on whole numbers."""
        links, moved = self.relations, candidate - self.values
        present = candidate[links.pairs] > 0
        return bool(
            np.array_equal(present[:, 0], present[:, 1])
            and np.all(np.abs(links.equalities @ moved) < 1e-9)
            and np.all(links.inequalities @ candidate <= links.bounds + 1e-9)
            and np.all(candidate >= published.low - 1e-9)
            and np.all(candidate <= published.high + 1e-9)
        )

    def part(self, places: npt.NDArray[np.intp]) -> System:
        """Give the system of some unknowns, the others keeping their exact values.

        Notes
        -----
        Every row that holds one of the unknowns is kept, so that a world of the part is one of the whole. Things and
        the persons concerned, which are of one territory, come together or not at all.
        """
        links, values = self.relations, self.values[places]
        equal, _ = _touched(links.equalities_by_column, places)
        less, lines = _touched(links.inequalities_by_column, places)
        pairs = ranks(len(self.values), places)[links.pairs]
        kept = map(tuple, pairs[(pairs >= 0).all(axis=1)].tolist())
        inner = Relations(equal, less, self.slack[lines] + less @ values, tuple(kept))
        return System(values, inner, self.whole[places])

    @cached_property
    def slack(self) -> Floats:
        """What each inequality leaves beside the exact values."""
        return np.asarray(self.relations.bounds - self.relations.inequalities @ self.values)


def _touched(columns: csc_array, places: npt.NDArray[np.intp]) -> tuple[csr_array, npt.NDArray[np.intp]]:
    """Give the rows that hold some unknowns, in these unknowns alone."""
    own = csc_array(columns[:, places])
    lines, own_lines = np.unique(own.indices, return_inverse=True)
    inner = csc_array((own.data, own_lines, own.indptr), shape=(len(lines), len(places)))
    return csr_array(inner), lines.astype(np.intp)


@dataclass(frozen=True)
class Question:
    """What a world is looked for.

    Parameters
    ----------
    wish
        The world should make ``wish @ world`` small.
    required
        Least and greatest value that some unknowns must take.
    price
        Price of masking each unknown that is not yet (0: it cannot be); None to mask nothing more.
    """

    wish: Floats
    required: Mapping[int, tuple[float, float]]
    price: Floats | None = None


def find_world(system: System, published: Published, free: Bools, question: Question) -> Floats | None:
    """Look for a world in which only the unknowns that are free differ from the exact values.

    Returns
    -------
    Values of all unknowns; None where there is no such world, or none was found within the limit of nodes.
    """
    movable = free & ((published.low < published.high) | (question.price is not None and question.price > 0))
    world, asked = system.values.copy(), question.wish != 0
    asked[list(question.required)] = True
    for block in _blocks(system.relations, movable):
        if not asked[block].any():
            continue
        found = _solve(Block(system, published, block, 0.0 if question.price is None else LEAVE), question)
        if found is not None:
            world[block] = found
        elif question.required:
            return None
    missed = any(not low <= world[place] <= high for place, (low, high) in question.required.items())
    return None if missed else world


def reachable(system: System, published: Published, wanted: Bools) -> Bools:
    """Say which of some zeros could be more, for who reads what is published.

    Notes
    -----
    All are pushed up together, in fractions: where none moves, none can, and a reader knows that each is zero.
    """
    found = np.zeros(len(wanted), dtype=bool)
    for block in _blocks(system.relations, published.low < published.high):
        part, left = Block(system, published, block), wanted[block]
        while left.any():
            wish = np.zeros(len(wanted))
            wish[block[left]] = -1.0
            pushed = _programme(part, Question(wish, {}), np.ones(len(block), dtype=bool), whole=False)
            moved = left if pushed is None else left & (pushed > MOVED)
            found[block[moved]] = True
            left = left & ~moved if moved.any() else moved
    return found


def _blocks(links: Relations, movable: Bools) -> list[npt.NDArray[np.intp]]:
    """Cut the movable unknowns in independent blocks: those that no row and no pair links."""
    places = np.flatnonzero(movable)
    if not len(places):
        return []
    rows = csc_array(links.all_by_column[:, places])
    size, ends = len(places) + rows.shape[0], np.full(rows.shape[0], rows.indptr[-1])
    edges = (np.ones(rows.nnz, dtype=bool), rows.indices + len(places), np.concatenate([rows.indptr, ends]))
    block_of = connected_components(csr_array(edges, shape=(size, size)), directed=False)[1][: len(places)]
    order = np.argsort(block_of, kind="stable")
    cuts = np.flatnonzero(np.diff(block_of[order])) + 1
    return [places[part] for part in np.split(order, cuts)]


class Block:
    """The part of a system in which some unknowns move and the others keep their exact value.

    Parameters
    ----------
    leave
        How far above what is published a figure may be tried.
    """

    def __init__(self, system: System, published: Published, block: npt.NDArray[np.intp], leave: float = LEAVE) -> None:
        self.block = block
        self.values = system.values[block]
        self.whole = system.whole[block]
        self.low, self.high = published.low[block], published.high[block]
        self.masked = published.masked[block]
        self.rows, self.least, self.most = self._linear(system)
        self._persons(system, leave)

    def _linear(self, system: System) -> tuple[csr_array, Floats, Floats]:
        links = system.relations
        equal, _ = _touched(links.equalities_by_column, self.block)
        less, bounded = _touched(links.inequalities_by_column, self.block)
        target, slack = equal @ self.values, system.slack[bounded] + less @ self.values
        rows = csr_array(vstack([equal, less]))
        return rows, np.concatenate([target, np.full(len(bounded), -np.inf)]), np.concatenate([target, slack])

    def _persons(self, system: System, leave: float) -> None:
        """No thing without a person concerned."""
        pairs = system.relations.pairs
        rank = ranks(len(system.values), self.block)
        inner = rank[pairs] >= 0
        for one, other in ((0, 1), (1, 0)):
            alone = inner[:, one] & ~inner[:, other]
            places, present = rank[pairs[alone, one]], system.values[pairs[alone, other]] > 0
            np.maximum.at(self.low, places, present.astype(float))
            self.high[places[~present]] = 0.0
        both = rank[pairs[inner.all(axis=1)]]
        lines = np.repeat(np.arange(len(both)), 2)
        factors = np.column_stack([np.ones(len(both)), -(self.high[both[:, 0]] + leave)]).reshape(-1)
        extra = csr_array((factors, (lines, both.reshape(-1))), shape=(len(both), len(self.block)))
        self.rows = csr_array(vstack([self.rows, extra]))
        self.least = np.concatenate([self.least, np.full(len(both), -np.inf)])
        self.most = np.concatenate([self.most, np.zeros(len(both))])


def _solve(part: Block, question: Question) -> Floats | None:
    """Find whole numbers for one block.

    Returns
    -------
    Values of its unknowns; None where none were found.

    Notes
    -----
    A large block is solved in fractions first; whole numbers are then looked for among the unknowns that moved, which
    are few, before the whole block.
    """
    if len(part.block) <= SMALL:
        return _programme(part, question, np.ones(len(part.block), dtype=bool))
    fractions = _programme(part, question, np.ones(len(part.block), dtype=bool), whole=False)
    if fractions is None:
        return None
    found = _programme(part, question, np.abs(fractions - part.values) > 1e-7)
    if found is None and len(part.block) <= LARGE:
        found = _programme(part, question, np.ones(len(part.block), dtype=bool))
    return found


def _programme(part: Block, question: Question, moving: Bools, whole: bool = True) -> Floats | None:
    """Solve one block by mixed-integer programming, the unknowns that do not move keeping their exact value."""
    size = len(part.block)
    low = np.where(moving, part.low, part.values)
    high = np.where(moving, part.high, part.values)
    prices = np.zeros(size) if question.price is None else question.price[part.block]
    leaving = np.flatnonzero((prices > 0) & ~part.masked & moving)
    constraints = _constraints(part, leaving)
    low[leaving], high[leaving] = np.maximum(0, low[leaving] - LEAVE), high[leaving] + LEAVE
    for place, (least, most) in question.required.items():
        position = part.block == place
        low[position], high[position] = np.maximum(low[position], least), np.minimum(high[position], most)
    if (low > high).any():
        return None
    count = len(leaving)
    found = solve(
        np.concatenate([question.wish[part.block], prices[leaving]]),
        constraints,
        np.concatenate([part.whole.astype(int), np.ones(count)]) * int(whole),
        Bounds(np.concatenate([low, np.zeros(count)]), np.concatenate([high, np.ones(count)])),
        (NODES, GAP),
    )
    if found is None:
        return None
    solved = found[:size]
    return np.where(part.whole & whole, np.round(solved), solved)


def _constraints(part: Block, leaving: npt.NDArray[np.intp]) -> list[LinearConstraint]:
    """State the relations, and that a figure outside what is published of it is masked."""
    size, count = len(part.block), len(leaving)
    linked = LinearConstraint(
        csr_array(hstack([part.rows, csr_array((part.rows.shape[0], count))])), part.least, part.most
    )
    if not count:
        return [linked]
    pick = csr_array((np.ones(count), (np.arange(count), leaving)), shape=(count, size))
    step = diags_array(np.full(count, LEAVE))
    return [
        linked,
        LinearConstraint(csr_array(hstack([pick, -step])), -np.inf, part.high[leaving]),
        LinearConstraint(csr_array(hstack([pick, step])), part.low[leaving], np.inf),
    ]
