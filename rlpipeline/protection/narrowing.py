"""What anyone deduces from the published figures row by row, and which exact figure makes another too narrow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array, vstack

from rlpipeline.protection.constraints import Relations
from rlpipeline.protection.unknowns import Bools, Floats

PASSES = 20
"""Passes over the rows at most: intervals only shrink, and a wider one is merely less of a deduction."""
FAR = 4
"""Rows between a figure that is too narrow and the exact one that makes it so, at most."""


@dataclass(frozen=True)
class AtMost:
    """``matrix @ x <= bounds``, one entry of ``line``, ``column`` and ``factor`` per term."""

    line: npt.NDArray[np.intp]
    column: npt.NDArray[np.intp]
    factor: Floats
    bounds: Floats


def narrowed(rows: AtMost, pairs: npt.NDArray[np.intp], low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Narrow intervals of numbers.

    Parameters
    ----------
    pairs
        Things and the persons concerned, one line a pair.

    Returns
    -------
    Least and greatest value of each unknown that no single row forbids.
    """
    for _ in range(PASSES):
        least, most = _together(pairs, *_pass(rows, low, high))
        if np.array_equal(least, low) and np.array_equal(most, high):
            break
        low, high = least, most
    return low, high


def at_most(matrix: csr_array, least: Floats, most: Floats) -> AtMost:
    """State ``least <= matrix @ x <= most``."""
    both = csr_array(vstack([matrix, -matrix[np.flatnonzero(np.isfinite(least))]]))
    line = np.repeat(np.arange(both.shape[0]), np.diff(both.indptr))
    bounds = np.concatenate([most, -least[np.isfinite(least)]])
    return AtMost(line, both.indices.astype(np.intp), both.data, bounds)


def _pass(rows: AtMost, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Bound each term of each row by what the least values of its other terms leave."""
    positive = rows.factor > 0
    least_term = rows.factor * np.where(positive, low[rows.column], high[rows.column])
    least_sum = np.bincount(rows.line, least_term, len(rows.bounds))
    room = (rows.bounds[rows.line] - least_sum[rows.line] + least_term) / rows.factor
    least, most = low.copy(), high.copy()
    np.minimum.at(most, rows.column[positive], room[positive])
    np.maximum.at(least, rows.column[~positive], room[~positive])
    return least, most


def _together(pairs: npt.NDArray[np.intp], low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """No thing without a person concerned, no person without a thing."""
    for one, other in (pairs.T, pairs[:, ::-1].T):
        high[other[high[one] <= 0]] = 0.0
        present = other[low[one] > 0]
        low[present] = np.maximum(low[present], 1.0)
    return low, high


class Deductions:
    """What anyone deduces from the least and greatest value that each published figure stands for."""

    def __init__(self, links: Relations, low: Floats, high: Floats) -> None:
        matrix = csr_array(vstack([links.equalities, links.inequalities]))
        least = np.concatenate([np.zeros(links.equalities.shape[0]), np.full(len(links.bounds), -np.inf)])
        rows = at_most(matrix, least, np.concatenate([np.zeros(links.equalities.shape[0]), links.bounds]))
        self.low, self.high = narrowed(rows, links.pairs, low, high)
        self._bounds = rows.bounds
        self._rows: csr_array = csr_array((rows.factor, (rows.line, rows.column)), shape=(len(rows.bounds), len(low)))

    def narrow(self, width: Floats, threshold: Floats) -> Bools:
        """Say which figures are known too well: within less than their width, and possibly below their threshold."""
        narrow = (self.high - self.low < width - 1e-6) & (self.low < threshold) & (self.high > 0.5)
        return np.asarray(narrow)

    def blamed(self, unknown: int, may_round: Bools, importance: Floats) -> int | None:
        """Give the least important exact figure that makes one too narrow, None where none that may be rounded does."""
        near, met, gone_through = [unknown], {unknown}, set[int]()
        for _ in range(FAR):
            reached = dict.fromkeys(other for one in near for other in self._narrowing(one, gone_through))
            fresh = [other for other in reached if other not in met]
            exact = [other for other in fresh if may_round[other]]
            if exact:
                return min(exact, key=lambda other: importance[other])
            met.update(fresh)
            near = fresh
        return None

    @cached_property
    def _by_column(self) -> csc_array:
        return csc_array(self._rows)

    def _narrowing(self, unknown: int, gone_through: set[int]) -> Iterator[int]:
        """List the figures of the rows that bound an unknown as it is bounded, of each row once."""
        rows = slice(self._by_column.indptr[unknown], self._by_column.indptr[unknown + 1])
        for line in self._by_column.indices[rows].tolist():
            if line in gone_through:
                continue
            span = slice(self._rows.indptr[line], self._rows.indptr[line + 1])
            terms, factors = self._rows.indices[span], self._rows.data[span]
            least = np.where(factors > 0, factors * self.low[terms], factors * self.high[terms])
            own = terms == unknown
            room = (self._bounds[line] - least[~own].sum()) / factors[own][0]
            end = self.high[unknown] if factors[own][0] > 0 else self.low[unknown]
            if np.isfinite(room) and abs(room - end) < 0.5:
                gone_through.add(line)
                yield from terms[~own].tolist()
