"""What breaks the habits of a table: an empty month, a value everywhere, a commune all in one category."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility.rules import (
    SAME,
    Told,
    Whole,
    beyond_mean,
    beyond_rate,
    communes_of,
    first_year,
    no_chance,
    rule,
    with_actions,
    years_of,
)
from rlpipeline.records.raw import Mask

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
def empty_months(item: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Months without a row in a table that is kept daily, in which the other tables show that the service worked."""
    if item.table.name not in DAILY:
        return
    day = DAILY[item.table.name][0]
    days = item.frame[day].dropna().drop_duplicates()
    seen = [(other, name) for other in whole.parsed.values() for name in DAILY.get(other.table.name, ())]
    others = [other.frame[name] for other, name in seen if (other.table.name, name) != (item.table.name, day)]
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
    since = max(_month(days).min(), 12 * first_year(item, whole.parsed))
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
def repeated_dates(item: ParsedTable, whole: Whole) -> Iterator[Told]:
    """A day of birth, of contact, of beginning or of end that stands far more often than the others."""
    for name, least in GATHERED.get(item.table.name, {}).items():
        counts = item.frame[name].value_counts()
        for day, count in counts.items():
            mean = max(least, (counts.sum() - count) / max(len(counts) - 1, 1))
            if beyond_mean(int(count), mean) < no_chance(len(counts)):
                break
            yield _repeated(item, name, item.frame[name] == day, mean)


@rule("P312", "jeunes", "date_naissance")
def births_of_one_day(jeunes: ParsedTable, whole: Whole) -> Iterator[Told]:
    """A day and month of birth, as 1 January, far beyond one in 365."""
    days = jeunes.frame["date_naissance"].dt.strftime("%d/%m")
    counts = days.value_counts()
    for day, count in counts.items():
        if beyond_rate(int(count), int(counts.sum()), 1 / 365) > no_chance(365):
            sentence = f"Naissances du {day} bien plus nombreuses qu'en aucun jour ; de qui l'on sait l'année, l'écrire"
            yield Told(days == day, f"{sentence} seule", value=str(day), together=True)


@rule("P312")
def repeated_numbers(item: ParsedTable, whole: Whole) -> Iterator[Told]:
    """A number of far more things than those near it; the same thing may keep its own."""
    for name in COUNTED.get(item.table.name, ()):
        frame = with_actions(item, whole.parsed)
        things = [one for one in SAME[item.table.name] if one in frame]
        counts = frame.drop_duplicates([*things, name])[name].value_counts()
        for number, count in zip(counts.index, counts, strict=True):
            if number < SMALLEST:
                continue
            near = np.arange(np.ceil(number / NEAR), np.floor(number * NEAR) + 1)
            mean = 1 + float(counts.reindex(near[near != number], fill_value=0).mean())
            if beyond_mean(int(count), mean) > no_chance(len(counts)):
                yield _repeated(item, name, item.frame[name] == number, mean)


def _repeated(item: ParsedTable, name: str, rows: pd.Series, mean: float) -> Told:
    sentence = (
        f"La même valeur dans {int(rows.sum())} lignes, alors que les autres de cette colonne n'y sont que "
        f"{mean:.0f} fois environ ; la laisser vide où elle est inconnue, ou la corriger"
    )
    return Told(rows, sentence, name, together=True)


@rule("P313")
def all_in_one(item: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Categories in which all rows of a year, a month, a commune fall, or none does, where no other comes near."""
    if item.table.name == "territoires":  # a vintage is no year of entry
        return
    communes, years = communes_of(item, whole.parsed), years_of(item, whole.parsed)
    communes = communes.where(communes.isin(whole.service.commune_codes))
    year = years.where(years >= first_year(item, whole.parsed))
    groups = [("l'année ", pd.factorize(year)), ("la commune ", pd.factorize(communes))]
    groups.append(("la commune et l'année ", pd.factorize(communes + " " + year.astype("Int64").astype("str"))))
    if "date" in item.columns:
        groups.insert(1, ("", pd.factorize(item.frame["date"].dt.to_period("M"))))
    for column in item.table.columns:
        if column.kind not in CATEGORIES or column.name in OF_PLACES or column.name not in item.columns:
            continue
        codes, values = pd.factorize(item.frame[column.name])
        told = np.zeros(len(codes), dtype=bool)
        for words, (of_group, names) in groups if column.kind in OF_COMMUNES else groups[:-2]:
            known = (codes >= 0) & (of_group >= 0)
            counts = np.bincount(of_group[known] * len(values) + codes[known], minlength=len(names) * len(values))
            table = counts.reshape(len(names), len(values))
            for place, value, every in _whole_groups(table, bool(column.words)) if table.size else ():
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
