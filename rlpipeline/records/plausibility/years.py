"""What breaks from one year to the next: another unit, a zero too many, columns or communes that changed places."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility.rules import (
    SAME,
    Told,
    Whole,
    communes_of,
    french,
    no_chance,
    rule,
    with_actions,
    years_of,
)
from rlpipeline.records.schema import Column

Floats = npt.NDArray[np.float64]
UNITS = (10, 60, 100, 1_000, 10_000, 100_000, 1_000_000)
STEADY, FEW_COUNTED = 0.1, 0.25
"""The least change of an amount, and of a count, from one year to another: standard deviation of logarithms."""
WITHIN = 2.5
FEWEST, OVER_MEDIAN, OVER_MOST, LARGE_SHARE = 5, 20, 10, 0.05
"""A number is too large, among so many, beyond so many medians and 95th percentiles of the others, if few are."""
PRIOR = 5
"""Rows of the average that temper the habits of a small commune."""
TWICE = math.log(2)
"""What a row gains, at least and on average, by the other commune's habits where two have changed places."""


@rule("P307")
def out_of_scale(item: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Numbers 10ⁿ or 60 times those of the same thing in other years; or far above all others of their column."""
    numbers = _numbers(item)
    if not numbers:
        return
    logs, usual = _of_other_years(item, whole, numbers)
    for place, column in enumerate(numbers):
        values = item.frame[column.name]
        far, sentence = _far_out(values, column)
        yield Told(far, sentence, column.name)
        apart = logs[:, place] - usual[:, place]
        spread = _spread(apart, usual[:, place], column)
        for unit in UNITS:
            told = np.abs(np.abs(apart) - math.log(unit)) <= WITHIN * spread
            told &= np.nan_to_num((math.log(unit) / spread) ** 2 / 2) > no_chance(len(values))
            if not told.any():
                continue
            sentence = (
                f"Dans un rapport de {unit} avec les autres années de la même ligne ; corriger l'unité, ou un zéro de "
                "trop ou de moins"
            )
            yield Told(told & ~far, sentence, column.name)


def _numbers(item: ParsedTable) -> list[Column]:
    """The columns of numbers of which a table says again each year what they are of."""
    there = item.table.name in SAME
    return [one for one in item.table.columns if there and one.kind == "number" and one.name in item.columns]


def _of_other_years(item: ParsedTable, whole: Whole, numbers: list[Column]) -> tuple[Floats, Floats]:
    """Logarithms of the numbers, and their medians in the other years of the same thing; NaN where there is none."""
    frame = with_actions(item, whole.parsed)
    names = [column.name for column in numbers]
    logs = pd.DataFrame(np.log(frame[names].where(frame[names] > 0).to_numpy()))
    usual, years = np.full(logs.shape, np.nan), years_of(item, whole.parsed).to_numpy()
    same = [name for name in SAME[item.table.name] if name in frame]
    things = frame.groupby(same, dropna=False).ngroup().to_numpy()
    for year in np.unique(years):
        rows = years == year
        usual[rows] = logs[~rows].groupby(things[~rows]).median().reindex(things[rows]).to_numpy()
    return logs.to_numpy(), usual


def _spread(apart: Floats, usual: Floats, column: Column) -> Floats:
    """Standard deviation of each logarithm: that of the column, units left out, and of chance in small counts."""
    to_unit = np.min([np.abs(np.abs(apart) - math.log(unit)) for unit in (1, *UNITS)], axis=0)
    known = to_unit[~np.isnan(to_unit)]
    own = float(np.quantile(known, 0.9)) / 1.645 if len(known) else 0.0
    if not column.whole:
        return np.full(len(apart), max(own, STEADY))
    return np.sqrt(max(own, FEW_COUNTED) ** 2 + np.exp(-usual) + np.exp(-usual - apart))


def _far_out(values: pd.Series, column: Column) -> tuple[pd.Series, str]:
    usual = values[values > 0]
    others = usual[usual <= OVER_MEDIAN * usual.median()]
    median, most = usual.median(), others.quantile(0.95)
    far = values > max(OVER_MEDIAN * median, OVER_MOST * most)
    asked = len(usual) >= FEWEST and far.sum() <= max(1.0, LARGE_SHARE * len(usual)) and column.maximum is not None
    if not asked or not far.any() or column.minimum != 0:
        return pd.Series(False, values.index), ""
    often, seldom = (french(float(math.ceil(one) if column.whole else one)) for one in (median, most))
    sentence = (
        f"Nombre très au-dessus des autres de cette colonne (le plus souvent {often}, rarement plus de {seldom}) ; le "
        "corriger"
    )
    return far, sentence


@rule("P314")
def numbers_that_changed_places(item: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Two columns of numbers, each of which has what the other has in other years, in a row or in a whole year."""
    columns = _numbers(item)
    if len(columns) < 2:
        return
    logs, usual = _of_other_years(item, whole, columns)
    spreads = [_spread(logs[:, place] - usual[:, place], usual[:, place], one) for place, one in enumerate(columns)]
    for (left, one), (right, other) in combinations(enumerate(columns), 2):
        width = np.maximum(spreads[left], spreads[right])
        width = np.where(np.isnan(width), max(STEADY, FEW_COUNTED), width)
        stays = _apart(logs[:, left], usual[:, left], width) + _apart(logs[:, right], usual[:, right], width)
        moves = _apart(logs[:, left], usual[:, right], width) + _apart(logs[:, right], usual[:, left], width)
        nats = pd.Series(np.nan_to_num((stays - moves) / 2))
        of_year = nats.groupby(years_of(item, whole.parsed)).transform("sum")
        mask = (np.maximum(nats, of_year) > no_chance(len(nats))) & (nats > 0) & (moves <= 2 * WITHIN**2)
        yield Told(mask, _places_changed(one.name, other.name), one.name)


def _apart(now: Floats, usual: Floats, width: Floats) -> Floats:
    """Squares of how many standard deviations a number is from the usual; a cell that is empty, or is not, is some."""
    either = np.where(np.isnan(now) & np.isnan(usual), 0.0, WITHIN**2)
    return np.where(np.isnan(now - usual), either, ((now - usual) / width) ** 2)


def _places_changed(one: str, other: str) -> str:
    return (
        f"{one} et {other} ont l'air d'avoir changé de place d'une année à l'autre ; remettre chaque valeur dans sa "
        "colonne"
    )


@rule("P314")
def texts_that_changed_places(item: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Two texts of a row, each of which stands elsewhere in the column of the other, and seldom in its own."""
    names = [column.name for column in item.table.columns if column.kind == "text" and column.name in item.columns]
    counts = {name: item.frame[name].value_counts() for name in names if len(names) > 1}
    for one, other in combinations(names, 2):
        if counts[one].index.intersection(counts[other].index).empty:
            continue
        rows = item.frame[[one, other]].dropna()
        rows = rows[rows[one].isin(counts[other].index) & rows[other].isin(counts[one].index)]
        rows = rows[rows[one] != rows[other]]
        own = [rows[name].map(counts[name]).astype("float64") - 1 for name in (one, other)]
        crossed = [rows[name].map(counts[where]).astype("float64") for name, where in ((one, other), (other, one))]
        wrong = (crossed[0] >= own[0]) & (crossed[1] >= own[1]) & ((own[0] == 0) | (own[1] == 0))
        yield Told(list(rows.index[wrong]), _places_changed(one, other), one)


@rule("P315", column="commune")
def communes_that_changed_places(item: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Two communes, each of which has in a year the educators, places, people that the other has in other years."""
    years, communes = years_of(item, whole.parsed), list(whole.service.commune_codes)
    place = pd.Index(communes).get_indexer(pd.Index(item.frame["commune"]))
    for year in sorted(set(years) - {0}) if len(communes) > 1 and years[years > 0].nunique() > 1 else ():
        now, before = ((years == year).to_numpy() & (place >= 0), (years > 0).to_numpy() & (place >= 0))
        before &= ~now
        gains = np.zeros((len(communes), len(communes)))
        for values, size in _features(item, whole):
            counts, others = (
                np.bincount(place[rows] * size + values[rows], minlength=len(communes) * size).reshape(-1, size)
                for rows in (now & (values >= 0), before & (values >= 0))
            )
            average = (others.sum(axis=0) + 1) / (others.sum() + size)
            chances = (others + PRIOR * average) / (others.sum(axis=1, keepdims=True) + PRIOR)
            under = counts @ np.log(chances).T
            gain = under - np.diag(under)[:, None]
            both = (gain > TWICE * counts.sum(axis=1)[:, None]) & (TWICE * counts.sum(axis=1) < gain.T)
            gains = np.maximum(gains, np.where(both, gain + gain.T, 0.0))
        sizes, known = (np.bincount(place[rows], minlength=len(communes)) for rows in (now, before))
        asked = np.minimum(sizes, known) > 0
        for left, right in np.argwhere(np.triu((gains > no_chance(gains.size)) & asked & asked[:, None])):
            sentence = (
                f"Les communes {communes[left]} et {communes[right]} ont l'air d'avoir changé de place en {year} : "
                "chacune a les habitudes de l'autre ; remettre chaque ligne dans la sienne"
            )
            rows = now & np.isin(place, [left, right])
            yield Told(rows, sentence, "commune", value=str(year), together=True)


def _features(item: ParsedTable, whole: Whole) -> Iterator[tuple[npt.NDArray[np.int64], int]]:
    """What tells the rows of a commune from another's: codes of names, of categories, of the homes of young people."""
    columns = [column.name for column in item.table.columns if column.kind in ("text", "code")]
    features = [item.frame[name] for name in columns if name in item.columns]
    if item.table.name == "presences":
        features.append(communes_of(replace(item, frame=item.frame.drop(columns="commune")), whole.parsed))
    for feature in features:
        codes, values = pd.factorize(feature)
        if len(values):
            yield codes, len(values)
