"""Sums of numbers that may not be communicated, and parts of a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.figures.labels import TOTAL
from rlpipeline.figures.tidy import NC, OK, PARTIEL, VIDE, WITHOUT_VALUE, Floats, Objects, positions

# Sums of decimals carry binary noise (1 + 1 + 0.72 + 0.72 is not 3.44): no record has more than six decimals.
DECIMALS = 6


@dataclass(frozen=True)
class Sums:
    """Values and states of the same shape."""

    values: Floats
    states: Objects


def sums(values: pd.DataFrame, lines: pd.Series[str], codes: Sequence[str]) -> Sums:
    """Add numbers of which some may not be communicated (NaN).

    Parameters
    ----------
    values
        One column per column of the table.
    lines
        Line that each row of ``values`` belongs to; same index.
    codes
        Lines of the table.

    Returns
    -------
    codes × columns. ``nc`` where there are rows and none is known, ``partiel`` where some are not, else ``ok``: 0 where
    there is no row.
    """
    line = positions(lines, codes)
    numbers = values.to_numpy("float64", na_value=np.nan)[line >= 0]
    line = line[line >= 0]
    communicated = ~np.isnan(numbers)
    size = len(codes)
    added = np.column_stack([np.bincount(line, column, size) for column in np.nan_to_num(numbers).T])
    counted = np.column_stack([np.bincount(line, column, size) for column in communicated.T])
    rows = np.bincount(line, minlength=size)[:, np.newaxis]
    return Sums(np.round(added, DECIMALS), sum_states(counted, rows))


def sum_states(communicated: npt.ArrayLike, rows: npt.ArrayLike) -> Objects:
    """Give the state of sums from how many numbers were known among how many."""
    communicated, rows = np.asarray(communicated), np.asarray(rows)
    return np.where(communicated == rows, OK, np.where(communicated == 0, NC, PARTIEL)).astype(object)


def total_of(values: pd.DataFrame) -> Sums:
    """Add all rows.

    Returns
    -------
    One line, as :func:`sums`.
    """
    return sums(values, pd.Series(TOTAL, index=values.index, dtype="str"), (TOTAL,))


def stacked(*parts: Sums) -> Sums:
    """Put sums under one another."""
    return Sums(np.vstack([part.values for part in parts]), np.vstack([part.states for part in parts]))


def beside(*parts: Sums) -> Sums:
    """Put sums side by side."""
    return Sums(np.hstack([part.values for part in parts]), np.hstack([part.states for part in parts]))


def parts_of_whole(whole: Sums) -> Sums:
    """Give what each line is of their total, in percent.

    Parameters
    ----------
    whole
        One column; the last line is the total.

    Returns
    -------
    One column of the same lines, two decimals. Known parts add up to 100 exactly, by largest remainder. ``vide``
    where the total is zero (a part of nothing), ``nc`` where the line or the total is (a zero too is a part of nobody
    knows what); where the total is partial, every known part is too.
    """
    amounts, states = whole.values[:-1, 0], whole.states[:, 0]
    communicated = ~np.isin(states[:-1], WITHOUT_VALUE)
    state = np.where(np.isin(states, WITHOUT_VALUE), NC, states[-1]).astype(object)
    values = np.zeros(len(states))
    if states[-1] in WITHOUT_VALUE or np.round(amounts[communicated].sum(), DECIMALS) == 0:
        state = np.where(state == NC, NC, VIDE).astype(object)
    else:
        values[:-1][communicated] = largest_remainder(amounts[communicated])
        values[-1] = 100
    return Sums(values[:, np.newaxis], state[:, np.newaxis])


def largest_remainder(amounts: Floats) -> Floats:
    """Share 100 in proportion, in hundredths, so that the shares add up exactly.

    Parameters
    ----------
    amounts
        Numbers whose sum is not zero.

    Returns
    -------
    Shares with two decimals. What rounding down leaves goes, a hundredth each, to the largest remainders; of equal
    ones, to the first.
    """
    exact = np.round(10_000 * amounts / amounts.sum(), DECIMALS)
    hundredths = np.floor(exact)
    left = round(10_000 - hundredths.sum())
    order = np.argsort(-np.round(exact - hundredths, DECIMALS), kind="stable")
    hundredths[order[:left]] += 1
    return np.asarray(hundredths / 100)
