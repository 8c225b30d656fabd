"""Controlled rounding: each figure that is not published exactly becomes a multiple of its base next to it.

All tables and territories are rounded together: what is published must add up where every part of a sum is rounded,
leave each rounded part its width where the sum is published exactly, and keep parts below their wholes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, diags_array, hstack, vstack

from rlpipeline.protection.constraints import Relations
from rlpipeline.protection.unknowns import Bools, Floats

UNKNOWN = 1e6
"""More than any figure about persons: the most that one can be of which nothing is published."""
NODES = 2000
GAP = 0.01
SUM_PRICE, TIGHT_PRICE = 200.0, 60.0
"""Of a sum that does not add up, of a unit of width that a part lacks."""


def solve(
    cost: Floats,
    constraints: LinearConstraint | Sequence[LinearConstraint],
    integrality: Floats,
    bounds: Bounds,
    limits: tuple[int, float],
) -> Floats | None:
    """Minimise a cost under linear constraints.

    Parameters
    ----------
    limits
        Nodes at most, and relative gap; never a duration, which would make the answer depend on the machine.

    Returns
    -------
    The solution, None where none was found within the nodes.
    """
    nodes, gap = limits
    with _silent_output():
        result = milp(
            cost,
            constraints=constraints,
            integrality=integrality.astype("int64"),
            bounds=bounds,
            options={"node_limit": nodes, "mip_rel_gap": gap},
        )
    return None if result.x is None else np.asarray(result.x, dtype="float64")


@contextmanager
def _silent_output() -> Iterator[None]:
    """Send what the solver's library prints, whatever it is told, nowhere: it writes beneath Python's own streams."""
    sys.stdout.flush()
    output, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(output, 1)
        os.close(output)
        os.close(nowhere)


@dataclass(frozen=True)
class Rounding:
    """What is to be rounded.

    Parameters
    ----------
    values
        Exact value of each unknown.
    base
        What each is a multiple of, once rounded.
    shown
        Published value where it is settled already (exact, or released before), NaN elsewhere.
    exact
        Which are published exactly.
    hidden
        Which are not published: nothing is asked of the sums they are in.
    secret
        Which are small enough for their width to matter.
    """

    values: Floats
    base: Floats
    shown: Floats
    exact: Bools
    hidden: Bools
    secret: Bools
    relations: Relations

    @property
    def free(self) -> npt.NDArray[np.intp]:
        """Unknowns that may be rounded down or up."""
        open_ones = np.isnan(self.shown) & ~self.hidden & (self.values > self.floor)
        return np.flatnonzero(open_ones)

    @property
    def floor(self) -> Floats:
        """The multiple of the base below each value, or the value that is settled."""
        return np.where(np.isnan(self.shown), np.floor(self.values / self.base) * self.base, self.shown)

    @property
    def width(self) -> Floats:
        """How far from its rounded value a figure can be."""
        return np.where(self.exact, 0.0, self.base - 1)


def boxes(task: Rounding, published: Floats) -> tuple[Floats, Floats]:
    """Give the least and the greatest number that each published value stands for."""
    least = np.where(task.hidden, 0.0, np.maximum(0, published - task.width))
    return np.where(task.exact, published, least), np.where(task.hidden, UNKNOWN, published + task.width)


def round_together(task: Rounding) -> Floats:
    """Round with the least error.

    Returns
    -------
    Published value of each unknown: within base − 1 of the truth, a multiple of the base where it is rounded. A
    multiple of the base stays, hence a zero does.
    """
    free, floor = task.free, task.floor
    if not len(free):
        return floor
    parts = [part for part in (_sums(task), _widths(task), _order(task), _together(task)) if part.rows.shape[0]]
    rows = csr_array(vstack([part.rows[:, free] for part in parts])) if parts else csr_array((0, len(free)))
    least = np.concatenate([part.least for part in parts] or [np.zeros(0)])
    most = np.concatenate([part.most for part in parts] or [np.zeros(0)])
    price = np.concatenate([part.price for part in parts] or [np.zeros(0)])
    lacking, beyond = _slack(np.isfinite(least)), _slack(np.isfinite(most))
    beside = (lacking, -1 * beyond)
    cost = np.concatenate(
        [
            (task.base - 2 * (task.values - floor))[free],
            price[np.isfinite(least)],
            price[np.isfinite(most)],
        ]
    )
    solution = solve(
        cost,
        LinearConstraint(csr_array(hstack([rows, *beside])), least, most),
        np.concatenate([np.ones(len(free)), np.zeros(len(cost) - len(free))]),
        Bounds(0, np.concatenate([np.ones(len(free)), np.full(len(cost) - len(free), np.inf)])),
        (NODES, GAP),
    )
    up = np.zeros(len(floor))
    if solution is None:
        up[free] = 2 * (task.values - floor)[free] > task.base[free]
    else:
        up[free] = np.round(solution[: len(free)])
    return np.asarray(floor + task.base * up)


@dataclass(frozen=True)
class _Part:
    """``least <= rows @ up <= most``, and what each unit that a row lacks costs."""

    rows: csr_array
    least: Floats
    most: Floats
    price: Floats


def _slack(bounded: Bools) -> csr_array:
    """Give one column for each row that has a bound."""
    return csr_array(diags_array(bounded.astype(float)))[:, np.flatnonzero(bounded)]


def _rows_of(task: Rounding, matrix: csr_array) -> tuple[npt.NDArray[np.intp], Floats]:
    """List the rows in which something may be rounded and nothing is hidden, and how much of each is exact."""
    ones = abs(matrix).sign()
    free = np.zeros(len(task.values))
    free[task.free] = 1
    useful = (ones @ free > 0) & (ones @ task.hidden.astype(float) == 0)
    exact = ones @ (task.exact & (task.values > 0)).astype(float)
    return np.flatnonzero(useful), np.asarray(exact)


def _sums(task: Rounding) -> _Part:
    """State that rounded parts that have a rounded sum add up."""
    useful, exact = _rows_of(task, task.relations.equalities)
    rows = csr_array(task.relations.equalities[useful[exact[useful] == 0]])
    gap = -(rows @ task.floor)
    return _Part(csr_array(rows * task.base), gap, gap, np.full(len(gap), SUM_PRICE))


def _widths(task: Rounding) -> _Part:
    """State that what is exact in a sum, or rounded more finely, leaves the rounded parts of it their width.

    Notes
    -----
    A part lies between r − (base − 1), or 0, and r + base − 1. In a sum with exact terms it can be no more than its
    least value + (what the least values of all the terms leave), no less than its greatest − the same of the greatest.
    """
    useful, exact = _rows_of(task, task.relations.equalities)
    ones = abs(task.relations.equalities).sign()
    secret = ones @ task.secret.astype(float) > 0
    coarse = ones @ (task.width > np.where(task.exact, np.inf, task.width).min()).astype(float) > 0
    rows = csr_array(task.relations.equalities[useful[(secret & ((exact > 0) | coarse))[useful]]])
    low, high = boxes(task, task.floor)
    above, _ = boxes(task, task.floor + task.base)
    low_step, high_step = np.where(task.exact, 0, above - low), np.where(task.exact, 0, task.base)
    positive, negative = csr_array(rows.multiply(rows > 0)), csr_array(rows.multiply(rows < 0))
    need = _greatest_width(rows, task.width)
    least = positive @ low + negative @ high
    most = positive @ high + negative @ low
    raises = csr_array(positive * low_step + negative * high_step)
    widens = csr_array(positive * high_step + negative * low_step)
    none = np.full(len(need), np.inf)
    return _Part(
        csr_array(vstack([raises, widens])),
        np.concatenate([-none, need - most]),
        np.concatenate([-need - least, none]),
        np.full(2 * len(need), TIGHT_PRICE),
    )


def _greatest_width(rows: csr_array, width: Floats) -> Floats:
    spans = zip(rows.indptr[:-1], rows.indptr[1:], strict=True)
    return np.array([width[rows.indices[start:end]].max(initial=0) for start, end in spans], dtype="float64")


def _order(task: Rounding) -> _Part:
    """State that a part is never published above its whole: boxes that cross would narrow both."""
    useful, _ = _rows_of(task, task.relations.inequalities)
    rows = csr_array(task.relations.inequalities[useful])
    room = task.relations.bounds[useful] - rows @ task.floor
    return _Part(csr_array(rows * task.base), np.full(len(room), -np.inf), room, np.full(len(room), TIGHT_PRICE))


def _together(task: Rounding) -> _Part:
    """State that things and the persons concerned are rounded to zero together: one above zero says the other is."""
    floor, free = task.floor, set(task.free.tolist())
    lines: list[tuple[int, float]] = []
    needs: list[float] = []
    for pair in task.relations.together:
        for first, second in (pair, pair[::-1]):
            if floor[second] == 0 and second in free and not task.hidden[first] and (first in free or floor[first] > 0):
                row = len(needs)
                lines.append((row * len(floor) + second, 1.0))
                if floor[first] == 0:
                    lines.append((row * len(floor) + first, -1.0))
                needs.append(float(floor[first] > 0))
    where = np.array([place for place, _ in lines], dtype=np.intp)
    factors = np.array([factor for _, factor in lines], dtype="float64")
    rows = csr_array((factors, (where // len(floor), where % len(floor))), shape=(len(needs), len(floor)))
    return _Part(rows, np.array(needs), np.full(len(needs), np.inf), np.full(len(needs), TIGHT_PRICE))
