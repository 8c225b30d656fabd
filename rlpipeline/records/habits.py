"""What breaks the habits of a table, within a year or from one to the next; what stands twice, under two names."""

import math
from collections import defaultdict, namedtuple
from collections.abc import Iterator
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.records.findings import plural
from rlpipeline.records.names import identity, words_in
from rlpipeline.records.table import HABITS, Table, Told, Whole, beyond_rate, no_chance, rule
from rlpipeline.records.tables import Column, Kind, Mask, written

PRIOR = 5  # rows of the average that temper the rate of a small group
CATEGORIES: tuple[Kind, ...] = ("code", "flag", "commune", "text", "number")
OF_COMMUNES, OF_A_PLACE = (
    ("code", "flag"),
    "qpv",
)  # a whole commune may be in a priority neighbourhood
HALF, MOST = 0.5, 0.8
Name = namedtuple("Name", "text rows years beside")
Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]
_NO_DAY: Days = np.array([], "datetime64[D]")
LONG, LONGEST, LONG_WORD = 10, 200, 5
"""Letters of names that are compared, at least and at most, and of the word that differs, at least."""
RARE = 10  # A slip of the pen is so many times rarer than the name
UNITS = (10, 60, 100, 1_000, 10_000, 100_000, 1_000_000)
STEADY, FEW_COUNTED, WITHIN = 0.1, 0.25, 2.5
"""The least change of an amount, and of a count, from one year to another: standard deviation of logarithms."""
FEWEST, OVER_MEDIAN, OVER_MOST, LARGE_SHARE = 5, 20, 10, 0.05
"""A number is too large, among so many, beyond so many medians and 95th percentiles of the others, if few are."""
TWICE = math.log(
    2
)  # what a row gains, at least, by the other commune's habits where two have changed places


@rule("P503")
def _empty_months(table: Table, whole: Whole) -> Iterator[Told]:
    if table.name not in HABITS["daily"]:
        return
    seen, column = dict(whole.once("days", partial(_days, whole))), HABITS["daily"][table.name][0]
    days, elsewhere = seen.pop((table.name, column)), np.concatenate([_NO_DAY, *seen.values()])
    if not len(days) or not len(elsewhere):
        return
    ends = [max(days[-1], elsewhere.max()), np.datetime64(f"{whole.latest or 1:04}-12-31")]
    last = pd.Timestamp(min([*ends, np.datetime64(whole.extraction)] if whole.extraction else ends))
    since = max(int(_month(days).min()), 12 * whole.first_year(table))
    months = np.arange(since, 12 * last.year + last.month)
    if not len(months):
        return
    kept = (_month(days)[:, None] == months).sum(axis=0)
    judged = np.isin(months, _month(elsewhere)) & np.isin(
        months // 12, _month(days) // 12
    )  # P501 tells a whole year
    expected = np.zeros(len(months))
    for place in np.flatnonzero(judged & (kept == 0)):
        season = kept[(months % 12 == months[place] % 12) & (months != months[place])]
        expected[place] = season.mean() if len(season) else kept[kept > 0].min(initial=kept.max())
    expected[-1] *= last.day / last.days_in_month
    empty = np.flatnonzero(kept == 0)
    for run in np.split(empty, np.flatnonzero(np.diff(empty) > 1) + 1):
        if expected[run].sum() > no_chance(len(months)):
            both = dict.fromkeys(months[run[[0, -1]]].tolist())
            span = " à ".join(f"{month % 12 + 1:02}/{month // 12}" for month in both)
            yield Told((), "P503", {"span": span}, column, span, together=True)


def _days(whole: Whole) -> dict[tuple[str, str], Days]:
    names = [(name, column) for name, columns in HABITS["daily"].items() for column in columns]
    read = {
        of: whole.tables[of[0]].frame[of[1]].to_numpy("datetime64[D]")
        for of in names
        if of[0] in whole.tables
    }
    return {of: np.unique(days[~np.isnat(days)]) for of, days in read.items()}


def _month(days: Days) -> Counts:
    return days.astype("datetime64[M]").astype(np.int64) + 12 * 1970


@rule("P312")
def _repeated_dates(table: Table, whole: Whole) -> Iterator[Told]:
    for name, least in HABITS["gathered"].get(table.name, {}).items():
        counts = table.frame[name].value_counts()
        for day, count in counts.items():
            mean = max(float(least), (counts.sum() - count) / max(len(counts) - 1, 1))
            if (count - 1) * -math.log1p(-1 / max(mean, 1.1)) < no_chance(
                len(counts)
            ):  # the widest law: a geometric
                break
            rows = table.frame[name] == day
            yield Told(rows, "P312", {"rows": int(count), "mean": mean}, name, together=True)


@rule("P312", "jeunes", "date_naissance")
def _births_of_one_day(jeunes: Table, whole: Whole) -> Iterator[Told]:
    births = jeunes.frame["date_naissance"].dt
    counts = (100 * births.month + births.day).value_counts()
    for day, count in counts.items():
        if beyond_rate(int(count), int(counts.sum()), 1 / 365) > no_chance(365):
            rows, shown = (
                100 * births.month + births.day == day,
                f"{int(day) % 100:02}/{int(day) // 100:02}",
            )
            yield Told(rows, "P312 births", {"day": shown}, value=shown, together=True)


def _counts(
    groups: Counts, values: Counts, shape: tuple[int, int], rows: Mask | np.bool_
) -> Counts:
    known = rows & (groups >= 0) & (values >= 0)
    return np.bincount(
        groups[known] * shape[1] + values[known], minlength=shape[0] * shape[1]
    ).reshape(shape)


@rule("P313")
def _all_in_one(table: Table, whole: Whole) -> Iterator[Told]:
    """Categories in which all rows of a year, a month, a commune fall, or none does, where no other comes near."""
    if table.name == "territoires":  # a vintage is no year of entry
        return
    rows = whole.rows(table)
    communes = rows["place"].where(rows["place"].isin(whole.service.commune_codes))
    year = rows["year"].where(rows["year"] >= whole.first_year(table)).astype("Int64").astype("str")
    groups = {"l'année ": year} | (
        {"": rows["date"].dt.to_period("M")} if "date" in table.texts else {}
    )
    groups |= {"la commune ": communes, "la commune et l'année ": communes + " " + year}
    factored = {words: pd.factorize(group) for words, group in groups.items()}
    asked_of = (name for name in table.columns(*CATEGORIES) if name != OF_A_PLACE)
    for column in map(table.contract.column, asked_of):
        codes, values = pd.factorize(table.frame[column.name])
        told = np.zeros(len(codes), dtype=bool)
        for words, (of_group, names) in factored.items():
            grid = _counts(of_group, codes, (len(names), len(values)), np.True_)
            asked = grid.size and ("commune" not in words or column.kind in OF_COMMUNES)
            for place, value, every in _whole_groups(grid, bool(column.words)) if asked else ():
                mask = (codes >= 0) & (of_group == place)
                if not told[mask].any():
                    which, group = (
                        "Toutes les lignes" if every else "Aucune ligne",
                        f"{words}{names[place]}",
                    )
                    said = {"which": which, "group": group, "value": values[value]}
                    yield Told(mask, "P313", said, column.name, str(values[value]), together=True)
                told |= mask


def _whole_groups(table: Counts, closed: bool) -> Iterator[tuple[int, int, bool]]:
    sizes = table.sum(axis=1)
    # The least chance of a group, whatever the others: most have too few rows to be surprising.
    large = np.flatnonzero(
        sizes * math.log(sizes.max(initial=0) + PRIOR + 1) > no_chance(table.size)
    )
    for place in large if len(table) > 1 else ():
        rest = np.arange(len(table)) != place
        average = (table[rest].sum(axis=0) + 1) / (sizes[rest].sum() + table.shape[1])
        tempered = table[rest] + PRIOR * average
        most = ((tempered + 1) / (sizes[rest, None] + PRIOR + 1)).max(axis=0)
        least = (tempered / (sizes[rest, None] + PRIOR + 1)).min(axis=0)
        every = -sizes[place] * np.log(most) * ((table[place] == sizes[place]) & (most <= HALF))
        none = -sizes[place] * np.log1p(-least) * (table[place] == 0) * closed
        for nats, kind in ((every, True), (none, False)):
            yield from (
                (int(place), int(value), kind)
                for value in np.flatnonzero(nats > no_chance(table.size))
            )


@rule("P307")
def _numbers_unlike_the_others(table: Table, whole: Whole) -> Iterator[Told]:
    """Numbers far above their column, in another unit than in the other years of the same thing (P307), or in each
    other's column (P314)."""
    columns = [
        table.contract.column(name)
        for name in table.columns("number")
        if table.name in HABITS["same"]
    ]
    if not columns:
        return
    frame, spreads = whole.rows(table), list[Floats]()
    values = frame[[column.name for column in columns]]
    logs, years = np.log(values.where(values > 0).to_numpy()), frame["year"].to_numpy()
    usual = np.full(logs.shape, np.nan)
    same = [name for name in HABITS["same"][table.name] if name in frame]
    things = frame.groupby(same, dropna=False).ngroup().to_numpy()
    kept, of_years = np.unique(years, return_inverse=True)
    for year in kept:
        others, rows = (
            pd.DataFrame(logs[years != year]).groupby(things[years != year]),
            years == year,
        )
        usual[rows] = others.median().reindex(things[rows]).to_numpy()
    for column, apart, before in zip(columns, (logs - usual).T, usual.T, strict=True):
        to_unit = np.min([np.abs(np.abs(apart) - math.log(unit)) for unit in (1, *UNITS)], axis=0)
        known = to_unit[~np.isnan(to_unit)]
        own = float(np.quantile(known, 0.9)) / 1.645 if len(known) else 0.0
        counted = np.sqrt(max(own, FEW_COUNTED) ** 2 + np.exp(-before) + np.exp(-before - apart))
        spreads.append(counted if column.whole else np.full(len(apart), max(own, STEADY)))
        far = _far_above(values[column.name].to_numpy(), column)
        yield far
        for unit in UNITS:
            told = np.abs(np.abs(apart) - math.log(unit)) <= WITHIN * spreads[-1]
            told &= np.nan_to_num((math.log(unit) / spreads[-1]) ** 2 / 2) > no_chance(len(values))
            yield Told(told & ~np.asarray(far.rows), "P307 unit", {"unit": unit}, column.name)
    for left, right in combinations(range(len(columns)), 2):
        width = np.nan_to_num(
            np.maximum(spreads[left], spreads[right]), nan=max(STEADY, FEW_COUNTED)
        )
        (now, later), (before, earlier) = logs[:, [left, right]].T, usual[:, [left, right]].T
        stays = _apart(now, before, width) + _apart(later, earlier, width)
        moves = _apart(now, earlier, width) + _apart(later, before, width)
        nats = np.nan_to_num((stays - moves) / 2)
        of_year = np.bincount(of_years, nats)[of_years]
        mask = (
            (np.maximum(nats, of_year) > no_chance(len(nats)))
            & (nats > 0)
            & (moves <= 2 * WITHIN**2)
        )
        yield Told(
            mask,
            "P314",
            {"name": columns[left].name, "other": columns[right].name},
            columns[left].name,
        )


def _far_above(values: Floats, column: Column) -> Told:
    usual, far = values[values > 0], np.zeros(len(values), dtype=bool)
    if len(usual) < FEWEST or column.maximum is None or column.minimum != 0:
        return Told(far, "P307 far")
    median = float(np.median(usual))
    most = float(np.quantile(usual[usual <= OVER_MEDIAN * median], 0.95))
    beyond = values > max(OVER_MEDIAN * median, OVER_MOST * most)
    far |= beyond & (beyond.sum() <= max(1.0, LARGE_SHARE * len(usual)))
    often, seldom = (
        written(math.ceil(limit) if column.whole and far.any() else limit)
        for limit in (median, most)
    )
    return Told(far, "P307 far", {"often": often, "seldom": seldom}, column.name)


def _apart(now: Floats, usual: Floats, width: Floats) -> Floats:
    either = np.where(np.isnan(now) & np.isnan(usual), 0.0, WITHIN**2)
    return np.where(np.isnan(now - usual), either, ((now - usual) / width) ** 2)


@rule("P314")
def _texts_that_changed_places(table: Table, whole: Whole) -> Iterator[Told]:
    seen = {name: {*table.frame[name].dropna()} for name in table.columns("text")}
    for name, other in (pair for pair in combinations(seen, 2) if seen[pair[0]] & seen[pair[1]]):
        rows = table.frame.loc[table.frame[name] != table.frame[other], [name, other]].dropna()
        counts = {column: table.frame[column].value_counts() for column in (name, other)}
        pairs = ((rows[text], counts[column]) for text in counts for column in counts)
        here, there, back, other_here = (
            texts.map(times).astype("float64") for texts, times in pairs
        )
        wrong = (there >= here - 1) & (back >= other_here - 1) & ((here == 1) | (other_here == 1))
        yield Told([*rows.index[wrong]], "P314", {"name": name, "other": other}, name)


@rule("P315", column="commune")
def _communes_that_changed_places(table: Table, whole: Whole) -> Iterator[Told]:
    """Two communes, each of which has in a year the educators, places, people that the other has in other years."""
    rows, communes = whole.rows(table), list(whole.service.commune_codes)
    years, place = (
        rows["year"].to_numpy(),
        pd.Index(communes).get_indexer(pd.Index(rows["commune"])),
    )
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
            counts, others = (
                _counts(place, codes, (len(communes), len(values)), mask) for mask in (now, before)
            )
            average = (others.sum(axis=0) + 1) / (others.sum() + len(values))
            under = (
                counts
                @ np.log((others + PRIOR * average) / (others.sum(axis=1, keepdims=True) + PRIOR)).T
            )
            gain, least = under - np.diag(under)[:, None], TWICE * counts.sum(axis=1)
            gains = np.maximum(
                gains, np.where((gain > least[:, None]) & (least < gain.T), gain + gain.T, 0.0)
            )
        sizes = [np.bincount(place[mask], minlength=len(communes)) for mask in (now, before)]
        asked = np.minimum(*sizes) > 0
        for left, right in np.argwhere(
            np.triu((gains > no_chance(gains.size)) & asked & asked[:, None])
        ):
            words = {"first": communes[left], "second": communes[right], "year": year}
            yield Told(
                now & np.isin(place, [left, right]), "P315", words, value=str(year), together=True
            )


def entered_twice(table: Table, whole: Whole) -> Mask:
    """Rows that repeat an earlier one, of whom a year of such a table ordinarily has none, or few."""
    frame, (share, fewest) = table.frame, HABITS["twice"].get(table.name, (2, 0))
    compared = [column for column in frame.columns if (column,) != table.contract.key]
    again: Mask = frame.duplicated(compared).to_numpy(bool)
    for column in table.texts:  # what could not be read may differ
        again = again & ~table.unread(column)
    if not again.any():
        return again
    alike = frame.duplicated(compared, keep=False)
    by_year = pd.DataFrame({"again": again, "alike": alike}).groupby(whole.rows(table)["year"])
    told = (by_year["alike"].transform("mean") >= float(share)) & (
        by_year["again"].transform("sum") >= int(fewest)
    )
    return np.asarray(again & told, dtype=bool)


@rule("P504", column="date")
def _pasted_from_the_month_before(table: Table, whole: Whole) -> Iterator[Told]:
    """Months whose rows are nearly all those of the one before, on the same days, where others' are not."""
    day = table.frame["date"].dt
    month, rest = (
        12 * day.year.fillna(0) + day.month.fillna(0),
        table.frame[[*table.texts]].assign(date=day.day),
    )
    alike = rest.groupby(list(rest), dropna=False, sort=False).ngroup() + len(rest) * month
    again = (alike - len(rest)).isin(alike)
    counts = again.groupby(month).agg(["sum", "size"])
    counts = counts[counts.index.isin(counts.index + 1)]
    for pasted, copied, rows in counts[counts["sum"] >= MOST * counts["size"]].itertuples():
        others = counts.drop(index=pasted)
        rate = float(((others["sum"] + 1) / (others["size"] + 2)).max()) if len(others) else 1.0
        if rate <= 0.5 and beyond_rate(copied, rows, rate) > no_chance(len(counts)):
            yield Told(again & (month == pasted), "P504", together=True)


@rule("P402")
def _several_spellings(table: Table, whole: Whole) -> Iterator[Told]:
    for columns in HABITS["names"]:
        there = [
            said
            for said in columns
            if said[0] in whole.tables and said[1] in whole.tables[said[0]].texts
        ]
        for _, column, within in (said for said in there if said[0] == table.name):
            for context, name, other in whole.once(str(columns), partial(_spellings, whole, there)):
                mask = table.frame[column] == name.text
                if within:
                    mask &= table.frame[within].astype("str") == context
                words = {"other": other.text, "rows": plural(other.rows, "ligne")}
                if mask.any():
                    yield Told(mask, "P402", words, column, together=True)


def _spellings(whole: Whole, columns: list[tuple[str, str, str]]) -> list[tuple[str, Any, Any]]:
    found, names = defaultdict[tuple[str, str], list[Any]](list), defaultdict[str, list[Any]](list)
    for table, column, within in columns:
        frame, beside = whole.tables[table].frame, HABITS["beside"].get(table, "")
        cells = (
            frame[name].tolist() if name in frame else [""] * len(frame)
            for name in (within, column, "annee", beside)
        )
        for context, text, *told in zip(*cells, strict=True):
            if isinstance(context, str) and isinstance(text, str):
                found[context, text].append(told)
    for (context, text), rows in found.items():
        names[context].append(Name(text, len(rows), *map(frozenset, zip(*rows, strict=True))))
    return [(context, *pair) for context, of in names.items() for pair in _spelt_twice(of)]


def _spelt_twice(names: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Each spelling of a name that has a better one, and that one: written otherwise, or a slip of the pen away."""
    alike, near = defaultdict[str, list[Any]](list), defaultdict[tuple[str, ...], list[Any]](list)
    for name in names:
        alike[identity(name.text) or name.text].append(name)
        words = words_in(name.text)
        for place, word in enumerate(words) if LONG <= len(" ".join(words)) <= LONGEST else ():
            cuts = {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}
            for cut in cuts if len(word) >= LONG_WORD and not word.isdigit() else ():
                near[*words[:place], "", cut, *words[place + 1 :]].append(name)

    def rank(name: Any) -> tuple[int, bool, int, str]:
        # The frequent spelling first; of equals the one that is not all capitals or small letters, then the shorter.
        return (
            -name.rows,
            name.text in (name.text.lower(), name.text.upper()),
            len(name.text),
            name.text,
        )

    for same in alike.values():
        main, *others = sorted(same, key=rank)
        yield from ((other, main) for other in others)
    pairs = dict.fromkeys(pair for same in near.values() for pair in combinations(same, 2))
    for rare, frequent in (sorted(pair, key=lambda name: (name.rows, name.text)) for pair in pairs):
        stems = ([word.rstrip("esx") for word in words_in(name.text)] for name in (rare, frequent))
        elsewhere = not rare.years & frequent.years and (rare.beside & frequent.beside) - {""}
        slip = elsewhere or rare.rows * RARE <= frequent.rows
        if slip and identity(rare.text) != identity(frequent.text) and next(stems) != next(stems):
            yield rare, frequent
