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

from rlpipeline.figures.labels import AGE_INCONNU, AGES, NOUVEAUX, SEXES, TOTAL

OK, NC, PARTIEL, ARRONDI, MASQUE, VIDE = "ok", "nc", "partiel", "arrondi", "masque", "vide"
STATES = (OK, NC, PARTIEL, ARRONDI, MASQUE, VIDE)
WITHOUT_VALUE = (NC, MASQUE, VIDE)
FIGURE_COLUMNS = ("ligne", "colonne", "valeur", "unite", "etat")

Floats = npt.NDArray[np.float64]
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


def cross_counts(
    lines: pd.Series[str], columns: pd.Series[str], line_codes: Sequence[str], column_codes: Sequence[str]
) -> Floats:
    """Count the rows of each pair of codes.

    Returns
    -------
    Array of line_codes × column_codes; a row whose code is not listed is not counted.
    """
    line, column = positions(lines, line_codes), positions(columns, column_codes)
    listed = (line >= 0) & (column >= 0)
    shape = (len(line_codes), len(column_codes))
    cell = line[listed] * shape[1] + column[listed]
    return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape).astype("float64")


def positions(values: pd.Series[str], codes: Sequence[str]) -> npt.NDArray[np.intp]:
    """Give the place of each value among the codes, -1 for one that is not listed."""
    return pd.Index([*codes], dtype="str").get_indexer(pd.Index(values))


def ages_shown(ages: pd.Series[str]) -> tuple[str, ...]:
    """List the age bands of a table: all five, and ``age_inconnu`` where someone is counted there."""
    return shown(tuple(AGES), ages, AGE_INCONNU)


def shown(codes: Sequence[str], counted: pd.Series[str], rare: str) -> tuple[str, ...]:
    """List the codes of an axis, the rare one only where it is counted."""
    return (*codes, rare) if bool((counted == rare).any()) else tuple(codes)


def by_age_and_sex(population: pd.DataFrame, newcomer: str) -> pd.DataFrame:
    """Count young people by age band and sex, and the newcomers among them.

    Parameters
    ----------
    population
        Rows of :func:`rlpipeline.figures.population.people`.
    newcomer
        Name of its column that says who is new.

    Returns
    -------
    Figures of age band, total × F, G, (NR), total, nouveaux, in young people.
    """
    ages = ages_shown(population["tranche_age"])
    sexes = shown(tuple(SEXES), population["sexe"], "NR")
    counts = cross_counts(population["tranche_age"], population["sexe"], ages, sexes)
    new = population.loc[population[newcomer], "tranche_age"]
    news = cross_counts(new, pd.Series(NOUVEAUX, index=new.index), ages, (NOUVEAUX,))
    table = np.column_stack([counts, counts.sum(axis=1), news])
    return tidy((*ages, TOTAL), (*sexes, TOTAL, NOUVEAUX), with_total_line(table), "jeunes")


def by_age(
    lines: pd.Series[str], ages: pd.Series[str], line_codes: Sequence[str], unit: str, total: bool = True
) -> pd.DataFrame:
    """Count rows by code and age band.

    Returns
    -------
    Figures of line_codes, total × age band, total; without the line ``total`` where ``total`` is false.
    """
    bands = ages_shown(ages)
    counts = cross_counts(lines, ages, line_codes, bands)
    table = np.column_stack([counts, counts.sum(axis=1)])
    if not total:
        return tidy(line_codes, (*bands, TOTAL), table, unit)
    return tidy((*line_codes, TOTAL), (*bands, TOTAL), with_total_line(table), unit)


def with_total_line(table: Floats) -> Floats:
    """Add the sum of the lines under them."""
    return np.vstack([table, table.sum(axis=0)])
