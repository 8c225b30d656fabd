"""What breaks the habits of a table, within a year or from one to the next."""

import math
from collections.abc import Iterator
from itertools import combinations

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.records.rules import HABITS, Told, Whole, beyond_mean, beyond_rate, french, no_chance, rule
from rlpipeline.records.table import Table
from rlpipeline.records.tables import Column, Mask

NEAR, SMALLEST = 1.5, 5
"""A number is compared with those up to so many times larger or smaller; the least ones have too few beside them."""
PRIOR = 5  # rows of the average that temper the rate of a small group
CATEGORIES = frozenset({"code", "flag", "commune", "text", "number"})
OF_COMMUNES = frozenset({"code", "flag"})
OF_PLACES = frozenset({"qpv"})  # what a place makes: a whole commune may be in it
HALF = 0.5
Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@rule("P503")
def _empty_months(table: Table, whole: Whole) -> Iterator[Told]:
    seen = {
        (other.name, day): other.frame[day]
        for other in whole.tables.values()
        for day in HABITS["daily"].get(other.name, ())
    }
    own = (table.name, HABITS["daily"].get(table.name, ("",))[0])
    days, others = seen.pop(own, pd.Series()).dropna().drop_duplicates(), [*seen.values()]
    if not len(days) or not others:
        return
    elsewhere = pd.concat([column.drop_duplicates() for column in others]).dropna()
    ends = [max(days.max(), elsewhere.max()), pd.Timestamp(whole.latest or 1, 12, 31)]
    last = min([*ends, pd.Timestamp(whole.extraction)] if whole.extraction else ends)
    if not days.min() <= last:
        return
    since = max(_month(days).min(), 12 * whole.first_year(table))
    months = np.arange(since, 12 * last.year + last.month)
    kept = pd.Series(_month(days)).value_counts().reindex(months, fill_value=0)
    judged = np.isin(months, _month(elsewhere)) & np.isin(months // 12, days.dt.year)  # P501 tells a whole year
    expected = pd.Series(0.0, months)
    for month in months[judged]:
        others = kept[kept.index != month]
        season = others[others.index % 12 == month % 12]
        expected[month] = season.mean() if len(season) else others[others > 0].min()
    expected.iloc[-1] *= last.day / last.days_in_month
    for _, run in kept.groupby((kept != 0).cumsum()):
        empty = run.index[run == 0]
        if len(empty) and expected[empty].sum() > no_chance(len(months)):
            span = " à ".join(f"{month % 12 + 1:02}/{month // 12}" for month in dict.fromkeys((empty[0], empty[-1])))
            yield Told((), "P503", {"span": span}, own[1], span, together=True)


def _month(days: pd.Series) -> Counts:
    return np.asarray(12 * days.dt.year + days.dt.month - 1, dtype=np.int64)


@rule("P312")
def _repeated_dates(table: Table, whole: Whole) -> Iterator[Told]:
    for name, least in HABITS["gathered"].get(table.name, {}).items():
        counts = table.frame[name].value_counts()
        for day, count in counts.items():
            mean = max(float(least), (counts.sum() - count) / max(len(counts) - 1, 1))
            if beyond_mean(int(count), mean) < no_chance(len(counts)):
                break
            yield _repeated(table.frame[name] == day, name, mean)


@rule("P312", "jeunes", "date_naissance")
def _births_of_one_day(jeunes: Table, whole: Whole) -> Iterator[Told]:
    births = jeunes.frame["date_naissance"].dt
    counts = (100 * births.month + births.day).value_counts()
    for day, count in counts.items():
        if beyond_rate(int(count), int(counts.sum()), 1 / 365) > no_chance(365):
            rows, shown = 100 * births.month + births.day == day, f"{int(day) % 100:02}/{int(day) // 100:02}"
            yield Told(rows, "P312 births", {"day": shown}, value=shown, together=True)


@rule("P312")
def _repeated_numbers(table: Table, whole: Whole) -> Iterator[Told]:
    for name in HABITS["counted"].get(table.name, ()):
        frame = whole.rows(table)
        things = [column for column in HABITS["same"][table.name] if column in frame]
        counts = frame.drop_duplicates([*things, name])[name].value_counts()
        for number, count in zip(counts.index, counts, strict=True):
            near = np.arange(np.ceil(number / NEAR), np.floor(number * NEAR) + 1)
            mean = 1 + float(counts.reindex(near[near != number], fill_value=0).mean())
            if number >= SMALLEST and beyond_mean(int(count), mean) > no_chance(len(counts)):
                yield _repeated(table.frame[name] == number, name, mean)


def _repeated(rows: pd.Series, name: str, mean: float) -> Told:
    return Told(rows, "P312", {"rows": int(rows.sum()), "mean": mean}, name, together=True)


def _counts(groups: Counts, values: Counts, shape: tuple[int, int], rows: Mask | np.bool_) -> Counts:
    known = rows & (groups >= 0) & (values >= 0)
    return np.bincount(groups[known] * shape[1] + values[known], minlength=shape[0] * shape[1]).reshape(shape)


@rule("P313")
def _all_in_one(table: Table, whole: Whole) -> Iterator[Told]:
    """Categories in which all rows of a year, a month, a commune fall, or none does, where no other comes near."""
    if table.name == "territoires":  # a vintage is no year of entry
        return
    rows = whole.rows(table)
    communes = rows["place"].where(rows["place"].isin(whole.service.commune_codes))
    year = rows["year"].where(rows["year"] >= whole.first_year(table)).astype("Int64").astype("str")
    groups = {"l'année ": year, "": rows["date"].dt.to_period("M") if "date" in table.texts else None}
    groups |= {"la commune ": communes, "la commune et l'année ": communes + " " + year}
    factored = {words: pd.factorize(group) for words, group in groups.items() if group is not None}
    for column in table.contract.columns:
        if column.kind not in CATEGORIES or column.name in OF_PLACES or column.name not in table.texts:
            continue
        codes, values = pd.factorize(table.frame[column.name])
        told = np.zeros(len(codes), dtype=bool)
        for words, (of_group, names) in factored.items():
            if "commune" in words and column.kind not in OF_COMMUNES:
                continue
            grid = _counts(of_group, codes, (len(names), len(values)), np.True_)
            for place, value, every in _whole_groups(grid, bool(column.words)) if grid.size else ():
                mask = (codes >= 0) & (of_group == place)
                if not told[mask].any():
                    said = {"which": "Toutes les lignes" if every else "Aucune ligne", "value": values[value]}
                    said["group"] = f"{words}{names[place]}"
                    yield Told(mask, "P313", said, column.name, str(values[value]), together=True)
                told |= mask


def _whole_groups(table: Counts, closed: bool) -> Iterator[tuple[int, int, bool]]:
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


UNITS = (10, 60, 100, 1_000, 10_000, 100_000, 1_000_000)
STEADY, FEW_COUNTED = 0.1, 0.25
"""The least change of an amount, and of a count, from one year to another: standard deviation of logarithms."""
WITHIN = 2.5
FEWEST, OVER_MEDIAN, OVER_MOST, LARGE_SHARE = 5, 20, 10, 0.05
"""A number is too large, among so many, beyond so many medians and 95th percentiles of the others, if few are."""
TWICE = math.log(2)
"""What a row gains, at least and on average, by the other commune's habits where two have changed places."""


@rule("P307")
def _out_of_scale(table: Table, whole: Whole) -> Iterator[Told]:
    columns, logs, usual, spreads = whole.once(("other years", table.name), lambda: _of_other_years(table, whole))
    for place, column in enumerate(columns):
        values = table.frame[column.name]
        far, usual_ones = _far_out(values, column)
        yield Told(far, "P307 far", usual_ones, column.name)
        apart, spread = logs[:, place] - usual[:, place], spreads[place]
        for unit in UNITS:
            told = np.abs(np.abs(apart) - math.log(unit)) <= WITHIN * spread
            told &= np.nan_to_num((math.log(unit) / spread) ** 2 / 2) > no_chance(len(values))
            yield Told(told & ~far, "P307 unit", {"unit": unit}, column.name)


def _of_other_years(table: Table, whole: Whole) -> tuple[list[Column], Floats, Floats, list[Floats]]:
    names = table.columns("number") if table.name in HABITS["same"] else []
    if not names:
        return [], np.empty(0), np.empty(0), []
    frame, columns = whole.rows(table), [table.contract.column(name) for name in names]
    logs = pd.DataFrame(np.log(frame[names].where(frame[names] > 0).to_numpy()))
    usual, years = np.full(logs.shape, np.nan), frame["year"].to_numpy()
    same = [name for name in HABITS["same"][table.name] if name in frame]
    things = frame.groupby(same, dropna=False).ngroup().to_numpy()
    for year in np.unique(years):
        rows = years == year
        usual[rows] = logs[~rows].groupby(things[~rows]).median().reindex(things[rows]).to_numpy()
    spreads = []
    for column, apart, before in zip(columns, (logs.to_numpy() - usual).T, usual.T, strict=True):
        to_unit = np.min([np.abs(np.abs(apart) - math.log(unit)) for unit in (1, *UNITS)], axis=0)
        known = to_unit[~np.isnan(to_unit)]
        own = float(np.quantile(known, 0.9)) / 1.645 if len(known) else 0.0
        counted = np.sqrt(max(own, FEW_COUNTED) ** 2 + np.exp(-before) + np.exp(-before - apart))
        spreads.append(counted if column.whole else np.full(len(apart), max(own, STEADY)))
    return columns, logs.to_numpy(), usual, spreads


def _far_out(values: pd.Series, column: Column) -> tuple[pd.Series, dict[str, str]]:
    usual = values[values > 0]
    median, most = usual.median(), usual[usual <= OVER_MEDIAN * usual.median()].quantile(0.95)
    far = values > max(OVER_MEDIAN * median, OVER_MOST * most)
    asked = len(usual) >= FEWEST and far.sum() <= max(1.0, LARGE_SHARE * len(usual)) and column.maximum is not None
    if not asked or not far.any() or column.minimum != 0:
        return pd.Series(False, values.index), {"often": "", "seldom": ""}
    often, seldom = (french(float(math.ceil(usual) if column.whole else usual)) for usual in (median, most))
    return far, {"often": often, "seldom": seldom}


@rule("P314")
def _numbers_that_changed_places(table: Table, whole: Whole) -> Iterator[Told]:
    columns, logs, usual, spreads = whole.once(("other years", table.name), lambda: _of_other_years(table, whole))
    for left, right in combinations(range(len(columns)), 2):
        width = np.nan_to_num(np.maximum(spreads[left], spreads[right]), nan=max(STEADY, FEW_COUNTED))
        (now, later), (before, earlier) = (logs[:, [left, right]].T, usual[:, [left, right]].T)
        stays = _apart(now, before, width) + _apart(later, earlier, width)
        moves = _apart(now, earlier, width) + _apart(later, before, width)
        nats = pd.Series(np.nan_to_num((stays - moves) / 2))
        of_year = nats.groupby(whole.rows(table)["year"]).transform("sum")
        mask = (np.maximum(nats, of_year) > no_chance(len(nats))) & (nats > 0) & (moves <= 2 * WITHIN**2)
        words = {"name": columns[left].name, "other": columns[right].name}
        yield Told(mask, "P314", words, columns[left].name)


def _apart(now: Floats, usual: Floats, width: Floats) -> Floats:
    either = np.where(np.isnan(now) & np.isnan(usual), 0.0, WITHIN**2)
    return np.where(np.isnan(now - usual), either, ((now - usual) / width) ** 2)


@rule("P314")
def _texts_that_changed_places(table: Table, whole: Whole) -> Iterator[Told]:
    for name, other in combinations(table.columns("text"), 2):
        rows = table.frame.loc[table.frame[name] != table.frame[other], [name, other]].dropna()
        times = {
            (text, column): rows[text].map(table.frame[column].value_counts()).astype("float64")
            for text in (name, other)
            for column in (name, other)
        }
        own = times[name, name] - 1, times[other, other] - 1
        wrong = (times[name, other] >= own[0]) & (times[other, name] >= own[1]) & ((own[0] == 0) | (own[1] == 0))
        yield Told([*rows.index[wrong]], "P314", {"name": name, "other": other}, name)


@rule("P315", column="commune")
def _communes_that_changed_places(table: Table, whole: Whole) -> Iterator[Told]:
    """Two communes, each of which has in a year the educators, places, people that the other has in other years."""
    rows, communes = whole.rows(table), list(whole.service.commune_codes)
    years, place = rows["year"].to_numpy(), pd.Index(communes).get_indexer(pd.Index(rows["commune"]))
    known = (years > 0) & (place >= 0)
    features = [pd.factorize(rows[name]) for name in table.columns("text", "code")]
    features += [pd.factorize(rows["home"])] if table.name == "presences" else []
    kept = np.unique(years[years > 0])
    for year in kept if len(communes) > 1 and len(kept) > 1 else ():
        now, before = known & (years == year), known & (years != year)
        gains = np.zeros((len(communes), len(communes)))
        for codes, values in features:
            if not len(values):
                continue
            counts, others = (_counts(place, codes, (len(communes), len(values)), mask) for mask in (now, before))
            average = (others.sum(axis=0) + 1) / (others.sum() + len(values))
            under = counts @ np.log((others + PRIOR * average) / (others.sum(axis=1, keepdims=True) + PRIOR)).T
            gain, least = under - np.diag(under)[:, None], TWICE * counts.sum(axis=1)
            gains = np.maximum(gains, np.where((gain > least[:, None]) & (least < gain.T), gain + gain.T, 0.0))
        sizes = [np.bincount(place[mask], minlength=len(communes)) for mask in (now, before)]
        asked = np.minimum(*sizes) > 0
        for left, right in np.argwhere(np.triu((gains > no_chance(gains.size)) & asked & asked[:, None])):
            words = {"first": communes[left], "second": communes[right], "year": year}
            yield Told(now & np.isin(place, [left, right]), "P315", words, value=str(year), together=True)
