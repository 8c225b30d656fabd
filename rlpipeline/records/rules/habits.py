"""What breaks the habits of a table, within a year or from one to the next."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.records.rules.rule import (
    SAME,
    Told,
    Whole,
    beyond_mean,
    beyond_rate,
    communes_of,
    first_year,
    french,
    no_chance,
    rule,
    with_actions,
    years_of,
)
from rlpipeline.records.schema import Column, Mask
from rlpipeline.records.table import Table

DAILY: Mapping[str, tuple[str, ...]] = {
    "temps": ("date",),
    "presences": ("date",),
    "demandes": ("date",),
    "orientations": ("date",),
    "suivis": ("date_debut", "date_fin"),
    "jeunes": ("premier_contact",),
}
"""The days on which a service is seen to work."""
GATHERED: Mapping[str, Mapping[str, float]] = {
    "jeunes": {"date_naissance": 1.0, "premier_contact": 2.0},
    "suivis": {"date_debut": 2.0, "date_fin": 2.0},
    "demandes": {"date": 2.0},
    "orientations": {"date": 2.0},
}
"""Dates, and how many rows share one at least, on average: births do not choose their day, a team does."""
COUNTED: Mapping[str, tuple[str, ...]] = {
    "participations": ("nombre",),
    "instances": ("participations",),
    "reseaux": ("jeunes",),
    "actions": ("seances", "nb_partenaires"),
}
NEAR, SMALLEST = 1.5, 5
"""A number is compared with those up to so many times larger or smaller; the least ones have too few beside them."""
PRIOR = 5
"""Rows of the average that temper the rate of a small group."""
CATEGORIES = frozenset({"code", "flag", "commune", "text", "number"})
OF_COMMUNES = frozenset({"code", "flag"})
LATEST = "2100-12-31"
"""The extraction where it is not known."""
OF_PLACES = frozenset({"qpv"})
"""What a place makes: a whole commune may be in it."""
HALF = 0.5


@rule("P503")
def empty_months(table: Table, whole: Whole) -> Iterator[Told]:
    """Months without a row in a table that is kept daily, in which the other tables show that the service worked."""
    if table.name not in DAILY:
        return
    day = DAILY[table.name][0]
    days = table.frame[day].dropna().drop_duplicates()
    seen = [(other, name) for other in whole.tables.values() for name in DAILY.get(other.name, ())]
    others = [other.frame[name] for other, name in seen if (other.name, name) != (table.name, day)]
    if not others:
        return
    elsewhere = pd.concat([column.drop_duplicates() for column in others]).dropna()
    last = min(
        max(days.max(), elsewhere.max()),
        pd.Timestamp(whole.extraction or LATEST),
        pd.Timestamp(whole.latest or 1, 12, 31),
    )
    if not len(days) or not days.min() <= last:
        return
    since = max(_month(days).min(), 12 * first_year(table, whole.tables))
    months = np.arange(since, 12 * last.year + last.month)
    kept = pd.Series(_month(days)).value_counts().reindex(months, fill_value=0)
    judged = np.isin(months, _month(elsewhere)) & np.isin(months // 12, days.dt.year)  # P501 tells a whole year
    expected = pd.Series([_usual(kept, month) for month in months], months) * judged
    expected.iloc[-1] *= last.day / last.days_in_month
    for _, run in kept.groupby((kept != 0).cumsum()):
        empty = run.index[run == 0]
        if len(empty) and expected[empty].sum() > no_chance(len(months)):
            span = " à ".join(f"{month % 12 + 1:02}/{month // 12}" for month in dict.fromkeys((empty[0], empty[-1])))
            sentence = (
                f"Aucune ligne en {span}, alors que la table est tenue toute l'année et que d'autres tables ont des "
                "lignes en ce temps ; saisir ce qui manque"
            )
            yield Told((), sentence, day, value=span, together=True)


def _month(days: pd.Series) -> npt.NDArray[np.int64]:
    return np.asarray(12 * days.dt.year + days.dt.month - 1, dtype=np.int64)


def _usual(kept: pd.Series, month: int) -> float:
    """Days to expect in a month: those of the month in other years, else of the emptiest of the others."""
    others = kept[kept.index != month]
    season = others[others.index % 12 == month % 12]
    return float(season.mean() if len(season) else others[others > 0].min())


@rule("P312")
def repeated_dates(table: Table, whole: Whole) -> Iterator[Told]:
    """A day of birth, of contact, of beginning or of end that stands far more often than the others."""
    for name, least in GATHERED.get(table.name, {}).items():
        counts = table.frame[name].value_counts()
        for day, count in counts.items():
            mean = max(least, (counts.sum() - count) / max(len(counts) - 1, 1))
            if beyond_mean(int(count), mean) < no_chance(len(counts)):
                break
            yield _repeated(table, name, table.frame[name] == day, mean)


@rule("P312", "jeunes", "date_naissance")
def births_of_one_day(jeunes: Table, whole: Whole) -> Iterator[Told]:
    """A day and month of birth, as 1 January, far beyond one in 365."""
    days = jeunes.frame["date_naissance"].dt.strftime("%d/%m")
    counts = days.value_counts()
    for day, count in counts.items():
        if beyond_rate(int(count), int(counts.sum()), 1 / 365) > no_chance(365):
            sentence = f"Naissances du {day} bien plus nombreuses qu'en aucun jour ; de qui l'on sait l'année, l'écrire"
            yield Told(days == day, f"{sentence} seule", value=str(day), together=True)


@rule("P312")
def repeated_numbers(table: Table, whole: Whole) -> Iterator[Told]:
    """A number of far more things than those near it; the same thing may keep its own."""
    for name in COUNTED.get(table.name, ()):
        frame = with_actions(table, whole.tables)
        things = [one for one in SAME[table.name] if one in frame]
        counts = frame.drop_duplicates([*things, name])[name].value_counts()
        for number, count in zip(counts.index, counts, strict=True):
            if number < SMALLEST:
                continue
            near = np.arange(np.ceil(number / NEAR), np.floor(number * NEAR) + 1)
            mean = 1 + float(counts.reindex(near[near != number], fill_value=0).mean())
            if beyond_mean(int(count), mean) > no_chance(len(counts)):
                yield _repeated(table, name, table.frame[name] == number, mean)


def _repeated(table: Table, name: str, rows: pd.Series, mean: float) -> Told:
    sentence = (
        f"La même valeur dans {int(rows.sum())} lignes, alors que les autres de cette colonne n'y sont que "
        f"{mean:.0f} fois environ ; la laisser vide où elle est inconnue, ou la corriger"
    )
    return Told(rows, sentence, name, together=True)


@rule("P313")
def all_in_one(table: Table, whole: Whole) -> Iterator[Told]:
    """Categories in which all rows of a year, a month, a commune fall, or none does, where no other comes near."""
    if table.name == "territoires":  # a vintage is no year of entry
        return
    communes, years = communes_of(table, whole.tables), years_of(table, whole.tables)
    communes = communes.where(communes.isin(whole.service.commune_codes))
    year = years.where(years >= first_year(table, whole.tables))
    groups = [("l'année ", pd.factorize(year)), ("la commune ", pd.factorize(communes))]
    groups.append(("la commune et l'année ", pd.factorize(communes + " " + year.astype("Int64").astype("str"))))
    if "date" in table.texts:
        groups.insert(1, ("", pd.factorize(table.frame["date"].dt.to_period("M"))))
    for column in table.contract.columns:
        if column.kind not in CATEGORIES or column.name in OF_PLACES or column.name not in table.texts:
            continue
        codes, values = pd.factorize(table.frame[column.name])
        told = np.zeros(len(codes), dtype=bool)
        for words, (of_group, names) in groups if column.kind in OF_COMMUNES else groups[:-2]:
            known = (codes >= 0) & (of_group >= 0)
            counts = np.bincount(of_group[known] * len(values) + codes[known], minlength=len(names) * len(values))
            grid = counts.reshape(len(names), len(values))
            for place, value, every in _whole_groups(grid, bool(column.words)) if grid.size else ():
                rows = known & (of_group == place)
                if not told[rows].any():
                    yield _whole_group(rows, column.name, str(values[value]), f"{words}{names[place]}", every)
                told |= rows


def _whole_groups(table: npt.NDArray[np.int64], closed: bool) -> Iterator[tuple[int, int, bool]]:
    """Groups (rows) of which all, or of a closed list none, have a value (columns), beyond the rates of the others."""
    sizes = table.sum(axis=1)
    for place in range(len(table)) if len(table) > 1 else ():
        rest = np.arange(len(table)) != place
        average = (table[rest].sum(axis=0) + 1) / (sizes[rest].sum() + table.shape[1])
        tempered = table[rest] + PRIOR * average
        most = ((tempered + 1) / (sizes[rest, None] + PRIOR + 1)).max(axis=0)
        least = (tempered / (sizes[rest, None] + PRIOR + 1)).min(axis=0)
        every = -sizes[place] * np.log(most) * ((table[place] == sizes[place]) & (most <= HALF))
        none = -sizes[place] * np.log1p(-least) * (table[place] == 0) * closed
        for nats, kind in ((every, True), (none, False)):
            yield from ((place, int(value), kind) for value in np.flatnonzero(nats > no_chance(table.size)))


def _whole_group(rows: Mask, column: str, value: str, group: str, every: bool) -> Told:
    sentence = (
        f"{'Toutes les lignes' if every else 'Aucune ligne'} de {group} dans « {value} », et rien ailleurs n'en "
        "approche ; corriger ce qui a été recopié, ou ajouter ce qui manque"
    )
    return Told(rows, sentence, column, value=value, together=True)


Floats = npt.NDArray[np.float64]
UNITS = (10, 60, 100, 1_000, 10_000, 100_000, 1_000_000)
STEADY, FEW_COUNTED = 0.1, 0.25
"""The least change of an amount, and of a count, from one year to another: standard deviation of logarithms."""
WITHIN = 2.5
FEWEST, OVER_MEDIAN, OVER_MOST, LARGE_SHARE = 5, 20, 10, 0.05
"""A number is too large, among so many, beyond so many medians and 95th percentiles of the others, if few are."""
TWICE = math.log(2)
"""What a row gains, at least and on average, by the other commune's habits where two have changed places."""


@rule("P307")
def out_of_scale(table: Table, whole: Whole) -> Iterator[Told]:
    """Numbers 10ⁿ or 60 times those of the same thing in other years; or far above all others of their column."""
    numbers = _numbers(table)
    if not numbers:
        return
    logs, usual = _of_other_years(table, whole, numbers)
    for place, column in enumerate(numbers):
        values = table.frame[column.name]
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


def _numbers(table: Table) -> list[Column]:
    """The columns of numbers of which a table says again each year what they are of."""
    there = table.name in SAME
    return [one for one in table.contract.columns if there and one.kind == "number" and one.name in table.texts]


def _of_other_years(table: Table, whole: Whole, numbers: list[Column]) -> tuple[Floats, Floats]:
    """Logarithms of the numbers, and their medians in the other years of the same thing; NaN where there is none."""
    frame = with_actions(table, whole.tables)
    names = [column.name for column in numbers]
    logs = pd.DataFrame(np.log(frame[names].where(frame[names] > 0).to_numpy()))
    usual, years = np.full(logs.shape, np.nan), years_of(table, whole.tables).to_numpy()
    same = [name for name in SAME[table.name] if name in frame]
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
def numbers_that_changed_places(table: Table, whole: Whole) -> Iterator[Told]:
    """Two columns of numbers, each of which has what the other has in other years, in a row or in a whole year."""
    columns = _numbers(table)
    if len(columns) < 2:
        return
    logs, usual = _of_other_years(table, whole, columns)
    spreads = [_spread(logs[:, place] - usual[:, place], usual[:, place], one) for place, one in enumerate(columns)]
    for (left, one), (right, other) in combinations(enumerate(columns), 2):
        width = np.maximum(spreads[left], spreads[right])
        width = np.where(np.isnan(width), max(STEADY, FEW_COUNTED), width)
        stays = _apart(logs[:, left], usual[:, left], width) + _apart(logs[:, right], usual[:, right], width)
        moves = _apart(logs[:, left], usual[:, right], width) + _apart(logs[:, right], usual[:, left], width)
        nats = pd.Series(np.nan_to_num((stays - moves) / 2))
        of_year = nats.groupby(years_of(table, whole.tables)).transform("sum")
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
def texts_that_changed_places(table: Table, whole: Whole) -> Iterator[Told]:
    """Two texts of a row, each of which stands elsewhere in the column of the other, and seldom in its own."""
    names = [column.name for column in table.contract.columns if column.kind == "text" and column.name in table.texts]
    counts = {name: table.frame[name].value_counts() for name in names if len(names) > 1}
    for one, other in combinations(names, 2):
        if counts[one].index.intersection(counts[other].index).empty:
            continue
        rows = table.frame[[one, other]].dropna()
        rows = rows[rows[one].isin(counts[other].index) & rows[other].isin(counts[one].index)]
        rows = rows[rows[one] != rows[other]]
        own = [rows[name].map(counts[name]).astype("float64") - 1 for name in (one, other)]
        crossed = [rows[name].map(counts[where]).astype("float64") for name, where in ((one, other), (other, one))]
        wrong = (crossed[0] >= own[0]) & (crossed[1] >= own[1]) & ((own[0] == 0) | (own[1] == 0))
        yield Told(list(rows.index[wrong]), _places_changed(one, other), one)


@rule("P315", column="commune")
def communes_that_changed_places(table: Table, whole: Whole) -> Iterator[Told]:
    """Two communes, each of which has in a year the educators, places, people that the other has in other years."""
    years, communes = years_of(table, whole.tables), list(whole.service.commune_codes)
    place = pd.Index(communes).get_indexer(pd.Index(table.frame["commune"]))
    for year in sorted(set(years) - {0}) if len(communes) > 1 and years[years > 0].nunique() > 1 else ():
        now, before = ((years == year).to_numpy() & (place >= 0), (years > 0).to_numpy() & (place >= 0))
        before &= ~now
        gains = np.zeros((len(communes), len(communes)))
        for values, size in _features(table, whole):
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


def _features(table: Table, whole: Whole) -> Iterator[tuple[npt.NDArray[np.int64], int]]:
    """What tells the rows of a commune from another's: codes of names, of categories, of the homes of young people."""
    columns = [column.name for column in table.contract.columns if column.kind in ("text", "code")]
    features = [table.frame[name] for name in columns if name in table.texts]
    if table.name == "presences":
        features.append(communes_of(replace(table, frame=table.frame.drop(columns="commune")), whole.tables))
    for feature in features:
        codes, values = pd.factorize(feature)
        if len(values):
            yield codes, len(values)
