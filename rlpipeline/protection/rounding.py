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
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, diags_array, hstack, vstack

from rlpipeline.attack.system import FAR, THREE_VALUES, Bools, Box, Floats, Places, System

NODES = 2000
GAP = 0.01
SUM_PRICE, TIGHT_PRICE = 200.0, 60.0
"""Of a sum that does not add up, of a unit of width that a part lacks."""


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
    """What is to be rounded: exact values (NaN of another year), multiples of ``base`` once rounded.

    Shown is what is settled already (exact, or released before), NaN elsewhere. Of the sums of what is hidden nothing
    is asked; secret is what is small enough for its width to matter.
    """

    stated: System
    values: Floats
    base: Floats
    shown: Floats
    exact: Bools
    hidden: Bools
    secret: Bools

    @cached_property
    def free(self) -> Places:
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

    def rows(self, *, ordered: bool) -> tuple[csr_array, Floats, Places]:
        """List the rows where something may be rounded and nothing is hidden, with the exact figures and place of each.

        Ordered are those of a part against its whole, or of persons against things; the others are sums.
        """
        figures, free, with_rest = np.ones(self.stated.size), np.zeros(self.stated.size), np.isinf(self.stated.least)
        figures[[*self.stated.rests]] = 0
        free[self.free] = 1
        with_rest[[*self.stated.rests.values()]] = True
        matrix = csr_array(self.stated.matrix * figures)
        ones = abs(matrix).sign()
        useful = (with_rest == ordered) & (ones @ free > 0) & (ones @ self.hidden.astype(float) == 0)
        lines = np.flatnonzero(useful)
        exact = ones @ (self.exact & (self.values > 0)).astype(float)
        return csr_array(matrix[lines]), np.asarray(exact)[lines], lines


def boxes(task: Rounding, published: Floats) -> Box:
    """Give the least and the greatest number that each published value stands for."""
    least = np.where(task.hidden, task.stated.low, np.maximum(0, published - task.width))
    return np.where(task.exact, published, least), np.where(task.hidden, FAR, published + task.width)


def round_together(task: Rounding) -> Floats:
    """Round with the least error, each to a multiple within base − 1 of the truth: a zero stays."""
    free, floor = task.free, task.floor
    if not len(free):
        return floor
    wide = _widths(task, task.width, np.inf)
    nearest = _widths(task, np.where(task.exact, 0.0, np.floor(task.base / 2)), THREE_VALUES)
    parts = [part for part in (_sums(task), wide, nearest, _order(task), _together(task)) if part.rows.shape[0]]
    rows = csr_array(vstack([part.rows[:, free] for part in parts])) if parts else csr_array((0, len(free)))
    least = np.concatenate([np.zeros(0), *(part.least for part in parts)])
    most = np.concatenate([np.zeros(0), *(part.most for part in parts)])
    price = np.concatenate([np.zeros(0), *(np.full(len(part.least), part.price) for part in parts)])
    bounded = np.isfinite(least), np.isfinite(most)
    lacking, beyond = (csr_array(diags_array(side.astype(float)))[:, np.flatnonzero(side)] for side in bounded)
    cost = np.concatenate([(task.base - 2 * (task.values - floor))[free], *(price[side] for side in bounded)])
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
    price: float = TIGHT_PRICE


def _sums(task: Rounding) -> _Part:
    """State that rounded parts that have a rounded sum add up."""
    rows, exact, _ = task.rows(ordered=False)
    rows = csr_array(rows[np.flatnonzero(exact == 0)])
    gap = -(rows @ task.floor)
    return _Part(csr_array(rows * task.base), gap, gap, SUM_PRICE)


def _widths(task: Rounding, width: Floats, most_needed: float) -> _Part:
    """State that what is exact in a sum, or rounded more finely, leaves the rounded parts their width, or enough.

    A part lies between r − width, or 0, and r + width. In a sum with exact terms it can be no more than its
    least value + (what the least values of all the terms leave), no less than its greatest − the same of the greatest.
    """
    rows, exact, _ = task.rows(ordered=False)
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
    both = csr_array(vstack([raises, widens]))
    return _Part(both, np.concatenate([-none, need - most]), np.concatenate([-need - least, none]))


def _order(task: Rounding) -> _Part:
    """State that a part is never published above its whole: boxes that cross would narrow both."""
    rows, _, lines = task.rows(ordered=True)
    bound = np.where(np.isinf(task.stated.least[lines]), task.stated.most[lines], 0.0)
    room = bound - rows @ task.floor
    return _Part(csr_array(rows * task.base), np.full(len(room), -np.inf), room)


def _together(task: Rounding) -> _Part:
    """State that things and the persons concerned are rounded to zero together: one above zero says the other is."""
    floor, free = task.floor, set(task.free.tolist())
    entries: list[tuple[int, int, float]] = []
    needs: list[float] = []
    for pair in task.stated.pairs.tolist():
        for first, second in (pair, pair[::-1]):
            if floor[second] == 0 and second in free and not task.hidden[first] and (first in free or floor[first] > 0):
                entries.append((len(needs), second, 1.0))
                if floor[first] == 0:
                    entries.append((len(needs), first, -1.0))
                needs.append(float(floor[first] > 0))
    where = np.array([entry[:2] for entry in entries], dtype=np.intp).reshape(-1, 2)
    factors = np.array([factor for *_, factor in entries], dtype="float64")
    rows = csr_array((factors, (where[:, 0], where[:, 1])), shape=(len(needs), len(floor)))
    return _Part(rows, np.array(needs), np.full(len(needs), np.inf))
