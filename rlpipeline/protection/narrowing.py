"""What anyone deduces from the published figures row by row: intervals narrowed until no row narrows them further."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, vstack

from rlpipeline.protection.unknowns import Floats

PASSES = 20
"""Passes over the rows at most: intervals only shrink, and a wider one is merely less of a deduction."""


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
