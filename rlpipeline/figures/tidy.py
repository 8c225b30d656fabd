"""From counted series to tidy figures: states, tables of lines × columns, counts.

A figure is one row ``ligne, colonne, valeur, unite, etat``. Its state is ``ok`` (a number), ``partiel`` (the sum of
what is known where something is not), ``nc`` (not communicated: no number), ``vide`` (not applicable: no number), or
set by the disclosure step alone: ``arrondi`` (a multiple of a base, near the number) or ``masque`` (no number). A state
without a number has the value NaN.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

OK, NC, PARTIEL, ARRONDI, MASQUE, VIDE = "ok", "nc", "partiel", "arrondi", "masque", "vide"
STATES = (OK, NC, PARTIEL, ARRONDI, MASQUE, VIDE)
WITHOUT_VALUE = (NC, MASQUE, VIDE)
FIGURE_COLUMNS = ("ligne", "colonne", "valeur", "unite", "etat")

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Objects = npt.NDArray[np.object_]
# One unit for all, one per column, or an array that spreads over lines × columns.
Spread = str | Sequence[str] | Objects


def tidy(
    lines: Sequence[str], columns: Sequence[str], values: npt.ArrayLike, unit: Spread, states: Spread = OK
) -> pd.DataFrame:
    """Write a table of lines × columns as figures, line by line.

    Returns
    -------
    Columns ligne, colonne, unite, etat (str) and valeur (float64, NaN where the state has no value), one row per
    cell, zeros included.
    """
    shape = (len(lines), len(columns))
    state = np.broadcast_to(np.asarray(states, dtype=object), shape).ravel()
    numbers = np.broadcast_to(np.asarray(values, dtype="float64"), shape).ravel()
    return pd.DataFrame(
        {
            "ligne": pd.Series(np.repeat(np.asarray(lines, dtype=object), len(columns)), dtype="str"),
            "colonne": pd.Series(np.tile(np.asarray(columns, dtype=object), len(lines)), dtype="str"),
            "valeur": np.where(np.isin(state, WITHOUT_VALUE), np.nan, numbers),
            "unite": pd.Series(np.broadcast_to(np.asarray(unit, dtype=object), shape).ravel(), dtype="str"),
            "etat": pd.Series(state, dtype="str"),
        }
    )


def not_communicated(lines: Sequence[str], columns: Sequence[str], unit: Spread) -> pd.DataFrame:
    """Write figures that nothing was given for, because their table is not in the source.

    Returns
    -------
    As :func:`tidy`, every state ``nc``.
    """
    return tidy(lines, columns, np.nan, unit, NC)


def no_figures() -> pd.DataFrame:
    """Give the figures of a table without any, with the right dtypes."""
    return tidy((), (), np.empty((0, 0)), "")


def positions(values: pd.Series[str], codes: Sequence[str]) -> npt.NDArray[np.intp]:
    """Give the place of each value among the codes, -1 for one that is not listed."""
    return pd.Index([*codes], dtype="str").get_indexer(pd.Index(values))
