"""Tidy figures, and how sums, shares and words of the records become them.

A figure is one row ``ligne, colonne, valeur, unite, etat``. Its state is ``ok`` (a number), ``partiel`` (the sum of
what is known where something is not), ``nc`` (not communicated: no number), ``vide`` (not applicable: no number), or
set by the disclosure step alone: ``arrondi`` (a multiple of a base, near the number) or ``masque`` (no number). A state
without a number has the value NaN.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.characters import natural_key
from rlpipeline.states import NC, OK, PARTIEL, VIDE, WITHOUT_VALUE

FIGURE_COLUMNS = ("ligne", "colonne", "valeur", "unite", "etat")
DECIMALS = 6
"""Sums of decimals carry binary noise (1 + 1 + 0.72 + 0.72 is not 3.44): no record has more decimals than these."""
GONE = "plus_suivi"
"""Code of who was accompanied the year before and is no more."""

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]
Positions = npt.NDArray[np.intp]
Texts = Objects | pd.Series
Spread = str | Sequence[str] | Objects
"""One unit or state for all, one per column, or an array that spreads over lines × columns."""


def tidy(
    lines: Sequence[str],
    columns: Sequence[str],
    values: npt.ArrayLike,
    unit: Spread,
    states: Spread = OK,
) -> pd.DataFrame:
    """Write a table of lines × columns as figures, line by line, zeros included."""
    shape = (len(lines), len(columns))
    of_lines = np.repeat(np.asarray(lines, dtype=object), len(columns))
    of_columns = np.tile(np.asarray(columns, dtype=object), len(lines))
    numbers = np.broadcast_to(np.asarray(values, dtype="float64"), shape)
    units = _spread(unit, shape)
    return figures_of(of_lines, of_columns, numbers.ravel(), units, _spread(states, shape))


def _spread(texts: Spread, shape: tuple[int, int]) -> Objects:
    """Give the unit or state of each cell, line by line."""
    cells = np.broadcast_to(np.asarray(texts, dtype=object), shape)
    return cells.ravel()


def figures_of(
    lines: Texts, columns: Texts, values: Floats, units: Texts, states: Objects
) -> pd.DataFrame:
    """Write figures, one a row, by what each has of :data:`FIGURE_COLUMNS`; no number where its state has none."""
    numbers = np.where(np.isin(states, WITHOUT_VALUE), np.nan, values)
    texts = map(as_texts, (lines, columns, units, states))
    ligne, colonne, unite, etat = texts
    return pd.DataFrame(
        dict(zip(FIGURE_COLUMNS, (ligne, colonne, numbers, unite, etat), strict=True))
    )


def as_texts(values: object) -> pd.Series[str]:
    """Make a column of texts."""
    return pd.Series(values, dtype="str")


def no_figures() -> pd.DataFrame:
    """Give the figures of a table without any, with the right dtypes."""
    return tidy((), (), np.empty((0, 0)), "")


def positions(values: pd.Series[str], codes: Sequence[str]) -> Positions:
    """Give the place of each value among the codes, -1 for one that is not listed."""
    listed = pd.Index([*codes], dtype="str")
    return listed.get_indexer(pd.Index(values))


class Sums(NamedTuple):
    """Values and states of the same shape, lines × columns."""

    values: Floats
    states: Objects


def sums(values: pd.DataFrame, codes: Sequence[str], *lines: pd.Series[str] | str) -> Sums:
    """Add numbers of which some may not be communicated (NaN), one column per column of ``values``.

    Each of ``lines`` says which of ``codes`` each row counts for, or all rows do. A sum is ``nc`` where there are rows
    and none is known, ``partiel`` where some are not, else ``ok``: 0 where there is no row.
    """
    keys = [pd.Series(key, index=values.index, dtype="str") for key in lines]
    line = np.concatenate([positions(key, codes) for key in keys])
    size = len(codes)
    numbers = np.tile(as_numbers(values), (len(lines), 1))
    numbers = numbers[line >= 0]
    line = line[line >= 0]
    is_known = ~np.isnan(numbers)
    added = _added(np.nan_to_num(numbers), line, size)
    known = _added(is_known.astype("float64"), line, size)
    rows = np.bincount(line, minlength=size)
    states = sum_states(known, rows[:, np.newaxis])
    return Sums(np.round(added, DECIMALS), states)


def as_numbers(values: pd.DataFrame | pd.Series[Any]) -> Floats:
    """Give numbers, NaN where one is missing."""
    return values.to_numpy("float64", na_value=np.nan)


def _added(numbers: Floats, line: Positions, size: int) -> Floats:
    """Add each column of numbers by line."""
    return np.column_stack([np.bincount(line, column, size) for column in numbers.T])


def sum_states(communicated: npt.ArrayLike, rows: npt.ArrayLike) -> Objects:
    """Give the state of sums, from how many numbers were known among how many."""
    known = np.asarray(communicated)
    states = np.where(known == 0, NC, PARTIEL)
    return np.where(known == rows, OK, states).astype(object)


def parts_of_whole(whole: Sums) -> Sums:
    """Give what each line of one column is of the last, their total, in percent, two decimals.

    Known parts add up to 100, by largest remainder. ``vide`` where the total is zero, ``nc`` where the line or the
    total is (a zero too is a part of nobody knows what); where the total is partial, every known part is too.
    """
    of_whole = whole.states[:, 0]
    is_unknown = np.isin(of_whole, WITHOUT_VALUE)
    states = np.where(is_unknown, NC, of_whole[-1]).astype(object)
    known = ~is_unknown[:-1]
    amounts = whole.values[:-1, 0][known]
    values = np.zeros_like(whole.values[:, 0])
    if is_unknown[-1] or np.round(amounts.sum(), DECIMALS) == 0:
        states[states != NC] = VIDE
    else:
        values[:-1][known] = largest_remainder(amounts)
        values[-1] = 100
    return Sums(values[:, np.newaxis], states[:, np.newaxis])


def largest_remainder(amounts: Floats) -> Floats:
    """Share 100 in hundredths by amounts whose sum is not 0; what is left goes to the largest remainders, the first."""
    exact = np.round(10_000 * amounts / amounts.sum(), DECIMALS)
    hundredths = np.floor(exact)
    left = round(10_000 - hundredths.sum())
    remainders = np.round(exact - hundredths, DECIMALS)
    order = np.argsort(-remainders, kind="stable")
    hundredths[order[:left]] += 1
    return np.asarray(hundredths / 100)


def texts(lines: Iterable[str], columns: Iterable[str], words: Iterable[object]) -> pd.DataFrame:
    """Write the words that a table prints in its cells: ligne, colonne, texte; missing and empty ones are left out."""
    written = {"ligne": [*lines], "colonne": [*columns], "texte": [*words]}
    frame = pd.DataFrame(written, dtype="str")
    is_written = frame["texte"].fillna("") != ""
    return frame[is_written].reset_index(drop=True)


@cache
def no_texts() -> pd.DataFrame:
    """The texts of a table without any."""
    return texts((), (), ())


def line_texts(frame: pd.DataFrame, lines: str, columns: Sequence[str]) -> pd.DataFrame:
    """Write columns of words as texts: the different ones of a line, in natural order, between semicolons."""
    cells = list[tuple[str, str, str]]()
    for column in columns:
        of_lines = frame[column].dropna().groupby(frame[lines])
        for line, words in of_lines.unique().items():
            together = " ; ".join(sorted(words, key=natural_key))
            cells.append((str(line), column, together))
    return texts(*zip(*cells, strict=True)) if cells else no_texts()


def in_natural_order(rows: pd.DataFrame, column: str) -> pd.DataFrame:
    """Order rows as a reader would look for what a column holds."""
    return rows.sort_values(column, key=lambda names: names.map(natural_key), ignore_index=True)


def qualified(
    names: pd.Series[str], qualifiers: pd.Series[str], reserved: Iterable[str] = ()
) -> pd.Series[str]:
    """Name lines: ``name/qualifier`` where the name comes twice, or is a code of the table."""
    ambiguous = names.duplicated(keep=False) | names.isin([*reserved])
    return names.mask(ambiguous, names + "/" + qualifiers)


def unlike_codes(names: pd.Series[str], codes: Iterable[str]) -> pd.Series[str]:
    """Tell names apart from the codes of the table's own lines: « nom » follows one that is (a funder ``total``)."""
    return names.mask(names.isin([*codes]), names + " (nom)")


def bands(
    numbers: pd.Series[Any], firsts: Sequence[int], codes: Iterable[str], unknown: str | float
) -> pd.Series[str]:
    """Class numbers, by the first of each band but the lowest; ``unknown`` where a number is missing."""
    named = np.array([*codes, unknown], dtype=object)
    band = np.searchsorted(firsts, as_numbers(numbers), side="right")
    band[numbers.isna()] = len(named) - 1
    return pd.Series(named[band], index=numbers.index, dtype="str")
