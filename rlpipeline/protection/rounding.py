"""Controlled rounding: each figure that is not published exactly becomes a multiple of its base next to it.

All tables and territories are rounded together: what is published must add up where every part of a sum is rounded,
leave each rounded part its width where the sum is published exactly, and keep parts below their wholes.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, diags_array, hstack, vstack

from rlpipeline.attack.system import FAR, Bools, Floats, System

NODES = 2000
GAP = 0.01
SUM_PRICE, TIGHT_PRICE = 200.0, 60.0
"""Of a sum that does not add up, of a unit of width that a part lacks."""
THREE_VALUES = 2.0


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
    stated
        What links the unknowns.
    values
        Exact value of each unknown; NaN where it is of another year.
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

    stated: System
    values: Floats
    base: Floats
    shown: Floats
    exact: Bools
    hidden: Bools
    secret: Bools

    @cached_property
    def free(self) -> npt.NDArray[np.intp]:
        """Unknowns that may be rounded down or up."""
        return np.flatnonzero(np.isnan(self.shown) & ~self.hidden & (self.values > self.floor))

    @cached_property
    def floor(self) -> Floats:
        """The multiple of the base below each value, or the value that is settled; 0 where nothing is published."""
        below = np.floor(np.nan_to_num(self.values) / self.base) * self.base
        return np.where(self.hidden, 0.0, np.where(np.isnan(self.shown), below, self.shown))

    @cached_property
    def width(self) -> Floats:
        """How far from its rounded value a figure can be."""
        return np.where(self.exact, 0.0, self.base - 1)

    @cached_property
    def ordered(self) -> Bools:
        """Which rows hold a part against its whole, or persons against things: an unknown more, or an inequality."""
        with_rest = np.zeros(len(self.stated.sources), dtype=bool)
        with_rest[[*self.stated.rests.values()]] = True
        return with_rest | np.isinf(self.stated.least)


def boxes(task: Rounding, published: Floats) -> tuple[Floats, Floats]:
    """Give the least and the greatest number that each published value stands for."""
    least = np.where(task.hidden, task.stated.low, np.maximum(0, published - task.width))
    return np.where(task.exact, published, least), np.where(task.hidden, FAR, published + task.width)


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
    wide = _widths(task, task.width, np.inf)
    nearest = _widths(task, np.where(task.exact, 0.0, np.floor(task.base / 2)), THREE_VALUES)
    parts = [part for part in (_sums(task), wide, nearest, _order(task), _together(task)) if part.rows.shape[0]]
    rows = csr_array(vstack([part.rows[:, free] for part in parts])) if parts else csr_array((0, len(free)))
    least = np.concatenate([part.least for part in parts] or [np.zeros(0)])
    most = np.concatenate([part.most for part in parts] or [np.zeros(0)])
    price = np.concatenate([part.price for part in parts] or [np.zeros(0)])
    lacking, beyond = _slack(np.isfinite(least)), _slack(np.isfinite(most))
    prices = (price[np.isfinite(least)], price[np.isfinite(most)])
    cost = np.concatenate([(task.base - 2 * (task.values - floor))[free], *prices])
    up_to = np.concatenate([np.ones(len(free)), np.full(len(cost) - len(free), np.inf)])
    with _silent_output():
        solution = milp(
            cost,
            constraints=LinearConstraint(csr_array(hstack([rows, lacking, -1 * beyond])), least, most),
            integrality=(np.arange(len(cost)) < len(free)).astype("int64"),
            bounds=Bounds(0, up_to),
            options={"node_limit": NODES, "mip_rel_gap": GAP},  # never a duration, which depends on the machine
        ).x
    up = np.zeros(len(floor))
    nearer = 2 * (task.values - floor)[free] > task.base[free]
    up[free] = nearer if solution is None else np.round(solution[: len(free)])
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


def _rows_of(task: Rounding, ordered: bool) -> tuple[csr_array, Floats, npt.NDArray[np.intp]]:
    """List the rows of a kind in which something may be rounded and nothing is hidden, without what is left.

    Returns
    -------
    The rows, how many exact figures each has, their places.
    """
    figures = np.ones(task.stated.size)
    figures[[*task.stated.rests]] = 0
    matrix = csr_array(task.stated.matrix * figures)
    ones = abs(matrix).sign()
    free = np.zeros(task.stated.size)
    free[task.free] = 1
    useful = (task.ordered == ordered) & (ones @ free > 0) & (ones @ task.hidden.astype(float) == 0)
    lines = np.flatnonzero(useful)
    exact = ones @ (task.exact & (task.values > 0)).astype(float)
    return csr_array(matrix[lines]), np.asarray(exact)[lines], lines


def _sums(task: Rounding) -> _Part:
    """State that rounded parts that have a rounded sum add up."""
    rows, exact, _ = _rows_of(task, ordered=False)
    rows = csr_array(rows[np.flatnonzero(exact == 0)])
    gap = -(rows @ task.floor)
    return _Part(csr_array(rows * task.base), gap, gap, np.full(len(gap), SUM_PRICE))


def _widths(task: Rounding, width: Floats, most_needed: float) -> _Part:
    """State that what is exact in a sum, or rounded more finely, leaves the rounded parts of it their width.

    Parameters
    ----------
    width
        How far from its rounded value each figure is thought to be, at most.
    most_needed
        Width that is enough.

    Notes
    -----
    A part lies between r − width, or 0, and r + width. In a sum with exact terms it can be no more than its
    least value + (what the least values of all the terms leave), no less than its greatest − the same of the greatest.
    """
    rows, exact, _ = _rows_of(task, ordered=False)
    ones = abs(rows).sign()
    secret = ones @ task.secret.astype(float) > 0
    coarse = ones @ (width > np.where(task.exact, np.inf, width).min()).astype(float) > 0
    rows = csr_array(rows[np.flatnonzero(secret & ((exact > 0) | coarse))])
    low, high = np.maximum(0, task.floor - width), task.floor + width
    low_step = np.where(task.exact, 0, np.maximum(0, task.floor + task.base - width) - low)
    high_step = np.where(task.exact, 0, task.base)
    positive, negative = csr_array(rows.multiply(rows > 0)), csr_array(rows.multiply(rows < 0))
    spans = zip(rows.indptr[:-1], rows.indptr[1:], strict=True)
    widest = np.array([width[rows.indices[start:end]].max(initial=0) for start, end in spans], dtype="float64")
    need = np.minimum(widest, most_needed)
    least, most = positive @ low + negative @ high, positive @ high + negative @ low
    raises = csr_array(positive * low_step + negative * high_step)
    widens = csr_array(positive * high_step + negative * low_step)
    none = np.full(len(need), np.inf)
    return _Part(
        csr_array(vstack([raises, widens])),
        np.concatenate([-none, need - most]),
        np.concatenate([-need - least, none]),
        np.full(2 * len(need), TIGHT_PRICE),
    )


def _order(task: Rounding) -> _Part:
    """State that a part is never published above its whole: boxes that cross would narrow both."""
    rows, _, lines = _rows_of(task, ordered=True)
    bound = np.where(np.isinf(task.stated.least[lines]), task.stated.most[lines], 0.0)
    room = bound - rows @ task.floor
    return _Part(csr_array(rows * task.base), np.full(len(room), -np.inf), room, np.full(len(room), TIGHT_PRICE))


def _together(task: Rounding) -> _Part:
    """State that things and the persons concerned are rounded to zero together: one above zero says the other is."""
    floor, free = task.floor, set(task.free.tolist())
    lines: list[tuple[int, int, float]] = []
    needs: list[float] = []
    for pair in task.stated.pairs.tolist():
        for first, second in (pair, pair[::-1]):
            if floor[second] == 0 and second in free and not task.hidden[first] and (first in free or floor[first] > 0):
                lines.append((len(needs), second, 1.0))
                if floor[first] == 0:
                    lines.append((len(needs), first, -1.0))
                needs.append(float(floor[first] > 0))
    where = np.array([(line, place) for line, place, _ in lines], dtype=np.intp).reshape(-1, 2)
    factors = np.array([factor for _, _, factor in lines], dtype="float64")
    rows = csr_array((factors, (where[:, 0], where[:, 1])), shape=(len(needs), len(floor)))
    return _Part(rows, np.array(needs), np.full(len(needs), np.inf), np.full(len(needs), TIGHT_PRICE))
