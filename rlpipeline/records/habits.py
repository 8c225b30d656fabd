"""What breaks the habits of a table, within a year or from one to the next; what stands twice,
under two names."""

import math
import re
from collections import defaultdict, namedtuple
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.records.findings import plural
from rlpipeline.records.names import WORDS, identity, words_in
from rlpipeline.records.repeats import participants
from rlpipeline.records.table import (
    HABITS,
    USAGE,
    Group,
    Table,
    Told,
    Whole,
    beyond_rate,
    compared,
    counted,
    no_chance,
    rule,
    together,
)
from rlpipeline.records.tables import Column, Kind, Mask, written

PRIOR = 5  # rows of the average that temper the rate of a small group
CLUSTERED = 2  # rows of one person come together: their nats count for half
CATEGORIES: tuple[Kind, ...] = ("code", "flag", "commune", "text", "number")
OF_GROUPS: tuple[Kind, ...] = ("code", "flag")  # what all rows of a commune do not share
OF_A_PLACE = "qpv"  # a whole commune may be in a priority neighbourhood
HALF, MOST = 0.5, 0.8
STEADY_WORK = 1.5
"""How many times its most in another year a value has, at most, that is alone since the others
have left."""
MARCH = 3
DAYS = 365
LEAST_MEAN = 1.1  # rows of a day, on average: no law has fewer
ALONE = 1  # rows of a day, where each is of one person: a team may choose its day, a birth does not
SPANS = ("Q", "M")  # of a year, that may be imported twice
JUMP, FEWEST_OF_YEAR = 2, 15
"""How many times more often than in any other year a value is that jumps; rows of a year that is
judged, at least."""
Name = namedtuple("Name", "text rows years beside")
Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]
_NO_DAY: Days = np.array([], "datetime64[D]")
LONG, LONGEST, LONG_WORD = 10, 200, 5
"""Letters of names that are compared, at least and at most, and of the word that differs, at
least."""
ACRONYM = re.compile(r"[A-Z]{2,6}")
RARE = 10  # A slip of the pen is so many times rarer than the name
WEEK, EDGES = (
    7,
    3,
)  # days that may pass at the edge of a month without a row, or times the usual ones
FEWEST, OVER_MEDIAN, OVER_MOST, LARGE_SHARE = 5, 20, 10, 0.05
"""A number is too large, among so many, beyond so many medians and 95th percentiles of the
others, if few are."""
TWICE = math.log(
    2
)  # what a row gains, at least, by the other commune's habits where two have changed places


@rule("P503")
def _empty_months(table: Table, whole: Whole) -> Iterator[Told]:
    """Months without a day in a column, though days of other columns and tables are in them."""
    seen = whole.once("days", partial(_days, whole))
    for column in HABITS["daily"].get(table.name, ()):
        days = seen[table.name, column]
        others = [other for key, other in seen.items() if key != (table.name, column)]
        elsewhere = np.concatenate([_NO_DAY, *others])
        if len(days) and len(elsewhere):
            since = 12 * whole.first_year(table)
            yield from _empty_months_of(
                column, days, elsewhere, since, _last_day(whole, days, elsewhere)
            )


def _last_day(whole: Whole, days: Days, elsewhere: Days) -> pd.Timestamp:
    """The last day that is judged: no table has a later one, nor has the year, nor was the
    extraction later."""
    ends = [max(days[-1], elsewhere.max()), np.datetime64(f"{whole.latest or 1:04}-12-31")]
    return pd.Timestamp(min([*ends, np.datetime64(whole.extraction)] if whole.extraction else ends))


def _empty_months_of(
    column: str, days: Days, elsewhere: Days, since: int, last: pd.Timestamp
) -> Iterator[Told]:
    """Runs of empty months, unlikely by the same months of other years, else by the month that
    has fewest days."""
    months = np.arange(max(int(_month(days).min()), since), 12 * last.year + last.month)
    if not len(months):
        return
    kept = (_month(days)[:, None] == months).sum(axis=0)
    has_year = np.isin(months // 12, _month(days) // 12)  # P501 tells a whole year
    judged = np.isin(months, _month(elsewhere)) & has_year
    expected, is_known = np.zeros(len(months)), np.zeros(len(months), dtype=bool)
    for place in np.flatnonzero(judged & (kept == 0)):
        season = kept[(months % 12 == months[place] % 12) & (months != months[place])]
        is_known[place] = len(season) > 0
        expected[place] = season.mean() if len(season) else kept[kept > 0].min(initial=kept.max())
    expected[-1] *= last.day / last.days_in_month
    empty = np.flatnonzero(kept == 0)
    for run in np.split(empty, np.flatnonzero(np.diff(empty) > 1) + 1):
        if expected[run].sum() > no_chance(len(months)):
            both = dict.fromkeys(months[run[[0, -1]]].tolist())
            span = " à ".join(f"{month % 12 + 1:02}/{month // 12}" for month in both)
            is_sure = is_known[run].any() and _is_of_months(days, months[run])
            sentence = "P503" if is_sure else "Q608"
            yield Told((), sentence, {"span": span}, column, span, together=True)


def _is_of_months(days: Days, empty: Counts) -> bool:
    """Whether days stop with the month before the empty ones and go on with the one after,
    within what passes between two: who closes seldom does on the first of a month and opens
    again on another."""
    month = _month(days)
    before, after = days[month < empty[0]], days[month > empty[-1]]
    usual = np.diff(days.astype(np.int64))
    edge = max(WEEK, EDGES * float(np.median(usual)) if len(usual) else WEEK)
    edges = np.array([empty[0], empty[-1] + 1]) - 12 * 1970
    start, end = edges.astype("datetime64[M]").astype("datetime64[D]")
    if not len(before) or not len(after):
        return True
    return bool((start - before[-1]).astype(int) <= edge and (after[0] - end).astype(int) <= edge)


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
    """Days that far more rows have than others of their column: by the widest law, a geometric."""
    for name, least in HABITS["gathered"].get(table.name, {}).items():
        counts = table.frame[name].value_counts()
        for day, count in counts.items():
            others = (counts.sum() - count) / max(len(counts) - 1, 1)
            mean = max(float(least), others)
            nats = (count - 1) * -math.log1p(-1 / max(mean, LEAST_MEAN))
            if nats < no_chance(len(counts)):
                break
            sentence = "P312" if float(least) == ALONE else "Q611"
            words = {"rows": int(count), "mean": mean}
            yield together(table.frame[name] == day, sentence, None, name, **words)


@rule("Q607", "jeunes", "date_naissance")
def _births_of_one_day(jeunes: Table, whole: Whole) -> Iterator[Told]:
    """Days of the year on which far more young people are born than on any."""
    days = jeunes.frame["date_naissance"].dt.strftime("%d/%m")
    counts = days.value_counts()
    for day, count in counts.items():
        if beyond_rate(int(count), int(counts.sum()), 1 / DAYS) > no_chance(DAYS):
            yield together(days == day, "Q607", str(day), day=day)


def _counts(
    groups: Counts, values: Counts, shape: tuple[int, int], rows: Mask | np.bool_
) -> Counts:
    """How many rows of each group have each value, of those that have both."""
    known = rows & (groups >= 0) & (values >= 0)
    cells = groups[known] * shape[1] + values[known]
    return np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape)


@dataclass(frozen=True)
class _Groups:
    """The group of each row, -1 where it has none, and what the groups are called, after
    ``words``; ``kinds`` are the columns that are asked about, ``none`` whether a value that is
    missing is told too, ``long`` whether others of a team
    may have left in them."""

    words: str
    group: Counts
    names: pd.Index
    kinds: tuple[Kind, ...] = CATEGORIES
    none: bool = True
    long: bool = False


def _grouped_by(words: str, labels: pd.Series, **asked: Any) -> _Groups:
    group, names = pd.factorize(labels)
    return _Groups(words, group, names, **asked)


def _groupings(table: Table, whole: Whole, column: str) -> Iterator[_Groups]:
    """Years, months, communes, educators: where the rows of a column could be all alike."""
    rows = whole.rows(table)
    year = rows["year"]
    if column in HABITS["dated_by"].get(table.name, {}):
        year = rows[HABITS["dated_by"][table.name][column]].dt.year.fillna(0)
    year = year.where(year >= whole.first_year(table)).astype("Int64").astype("str")
    communes = rows["place"].where(rows["place"].isin(whole.service.commune_codes))
    yield _grouped_by("l'année ", year, long=True)
    if "date" in table.texts:
        yield _grouped_by("", rows["date"].dt.to_period("M"))
    yield _grouped_by("la commune ", communes, kinds=OF_GROUPS)
    yield _grouped_by("la commune et l'année ", communes + " " + year, kinds=OF_GROUPS)
    if "educateur" in table.texts:
        educator = rows["educateur"] + " " + year
        yield _grouped_by("l'éducateur et l'année ", educator, kinds=OF_GROUPS, none=False)


@rule("P313")
def _all_in_one(table: Table, whole: Whole) -> Iterator[Told]:
    """Categories in which all rows of a year, a month, a commune, an educator fall, or none
    does, where no other comes near."""
    if table.name == "territoires":  # a vintage is no year of entry
        return
    place = whole.rows(table)["place"]
    home = pd.factorize(place.where(place.isin(whole.service.commune_codes)))[0]
    for name in table.columns(*CATEGORIES):
        column = table.contract.column(name)
        codes, values = pd.factorize(table.frame[name])
        told = np.zeros(len(codes), dtype=bool)
        for groups in _groupings(table, whole, name):
            if name == OF_A_PLACE or column.kind not in groups.kinds:
                continue
            for found in _found_in_groups(codes, len(values), groups, bool(column.words)):
                mask = (codes >= 0) & (groups.group == found.group)
                is_new = not told[mask].any()
                told |= mask
                if is_new and not _is_usual_at_home(found, groups, codes, home):
                    yield _of_group(found, groups, mask, name, str(values[found.value]))


@dataclass(frozen=True)
class _InGroup:
    """A group whose rows are all in one value (``every``), or of which none is."""

    group: int
    value: int
    every: bool


def _found_in_groups(
    codes: Counts, values: int, groups: _Groups, is_coded: bool
) -> Iterator[_InGroup]:
    """The groups to tell of, without those where the others of a team have merely left."""
    grid = _counts(groups.group, codes, (len(groups.names), values), np.True_)
    for found in _whole_groups(grid, is_coded and groups.none) if grid.size else ():
        if is_coded or not groups.long or not _others_left(grid, found.group, found.value):
            yield found


def _is_usual_at_home(found: _InGroup, groups: _Groups, codes: Counts, home: Counts) -> bool:
    """Whether a commune that has no row of a value has none in any year."""
    if found.every or "commune" not in groups.words:
        return False
    is_home = home == home[groups.group == found.group][0]
    return not (codes[is_home] == found.value).any()


def _of_group(found: _InGroup, groups: _Groups, mask: Mask, column: str, value: str) -> Told:
    """What is told of a group."""
    which = "Toutes les lignes" if found.every else "Aucune ligne"
    group = f"{groups.words}{groups.names[found.group]}"
    words = {"which": which, "group": group, "value": value}
    return together(mask, "P313", value, column, **words)


def _others_left(grid: Counts, group: int, value: int) -> bool:
    """Whether a value is no more often in a group than elsewhere: it is alone since the others
    have left."""
    elsewhere = np.delete(grid[:, value], group).max(initial=0)
    return bool(grid[group, value] <= STEADY_WORK * elsewhere)


def _whole_groups(table: Counts, closed: bool) -> Iterator[_InGroup]:
    """Groups that chance does not give by those where the value is most, or least, often."""
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
            for value in np.flatnonzero(nats > no_chance(table.size)):
                yield _InGroup(int(place), int(value), kind)


@rule("P332")
def _value_that_jumps(table: Table, whole: Whole) -> Iterator[Told]:
    """Values that are far more often in a year than in any other: filled in, or left as they
    were."""
    rows = whole.rows(table)
    rows = rows[rows["year"] >= max(1, whole.first_year(table))]
    usual = HABITS["moving"].get(table.name, ())
    for name in (name for name in table.columns("code", "flag") if name not in usual):
        counts = rows.groupby(["year", name]).size().unstack(fill_value=0)
        sizes = counts.sum(axis=1)
        counts, sizes = counts[sizes >= FEWEST_OF_YEAR], sizes[sizes >= FEWEST_OF_YEAR]
        of_values = (_jumps(counts[value], sizes, counts.size) for value in counts)
        found = [jump for jumps in of_values for jump in jumps] if len(counts) > 1 else []
        for year, value in sorted(found, key=lambda jump: jump[0].name):
            words = {"year": year.name, "value": value, "count": year.count, "rows": year.size}
            mask = (table.frame[name] == value) & (whole.rows(table)["year"] == year.name)
            most = f"{100 * year.most:.0f}"
            yield together(mask, "P332", f"{value} {year.name}", name, most=most, **words)


def _jumps(counts: pd.Series, sizes: pd.Series, tries: int) -> Iterator[tuple[Group, object]]:
    """The years in which a value is far more often than in any other, with the value."""
    for year in compared(pd.DataFrame({"sum": counts, "size": sizes})):
        is_more = year.count >= JUMP * year.most * year.size
        if is_more and year.nats_beyond(year.most) > CLUSTERED * no_chance(tries):
            yield year, counts.name


@rule("P307")
def _numbers_far_above(table: Table, whole: Whole) -> Iterator[Told]:
    """Numbers far above the others of their column. One action may have many people: of these, only
    a year that was typed for them is told."""
    names = table.columns("number") if table.name in HABITS["same"] else []
    for column in map(table.contract.column, names):
        if column.maximum is None or column.minimum != 0:
            continue
        values = table.frame[column.name]
        usual = values[values > 0]
        if len(usual) < FEWEST:
            continue
        median = float(usual.median())
        most = float(usual[usual <= OVER_MEDIAN * median].quantile(0.95))
        far = values > max(OVER_MEDIAN * median, OVER_MOST * most)
        if far.sum() > max(1.0, LARGE_SHARE * len(usual)):
            continue
        if table.name in HABITS["unitless"]:
            far &= values == whole.rows(table)["year"]
        words = {"often": _rounded_up(median, column), "seldom": _rounded_up(most, column)}
        yield Told(far, "P307 far", words, column.name)


def _rounded_up(limit: float, column: Column) -> str:
    """A limit in French, whole where the column counts."""
    return written(math.ceil(limit) if column.whole else limit)


@rule("P314")
def _texts_that_changed_places(table: Table, whole: Whole) -> Iterator[Told]:
    """Rows of two columns of text, each of which has what the other most often has."""
    for name, other in combinations(table.columns("text"), 2):
        rows = table.frame[[name, other]]
        rows = rows[rows[name] != rows[other]].dropna()
        here, there = _times_in(table, rows[name], name, other)
        other_here, back = _times_in(table, rows[other], other, name)
        is_alone = (here == 1) | (other_here == 1)
        is_moved = (there >= here - 1) & (back >= other_here - 1)
        wrong = rows.index[is_moved & is_alone]
        yield Told([*wrong], "P314", {"name": name, "other": other}, name)


def _times_in(table: Table, texts: pd.Series, *names: str) -> Iterator[pd.Series]:
    """How often each text is in each of these columns, missing where it never is."""
    for name in names:
        yield texts.map(table.frame[name].value_counts()).astype("float64")


@rule("P315", column="commune")
def _communes_that_changed_places(table: Table, whole: Whole) -> Iterator[Told]:
    """Two communes, each of which has in a year the educators, places, people that the other has
    in other years."""
    rows, communes = whole.rows(table), list(whole.service.commune_codes)
    years = rows["year"].to_numpy()
    place = pd.Index(communes).get_indexer(pd.Index(rows["commune"]))
    known = (years > 0) & (place >= 0)
    features = [pd.factorize(rows[name]) for name in table.columns("text", "code")]
    features += [pd.factorize(rows["home"])] if table.name == "presences" else []
    kept = np.unique(years[years > 0])
    for year in kept if len(communes) > 1 and len(kept) > 1 else ():
        now, before = known & (years == year), known & (years != year)
        gains = np.zeros((len(communes), len(communes)))
        for codes, values in (feature for feature in features if len(feature[1])):
            shape = (len(communes), len(values))
            counts, others = (_counts(place, codes, shape, mask) for mask in (now, before))
            gains = np.maximum(gains, _gains_exchanged(counts, others))
        sizes = [np.bincount(place[mask], minlength=len(communes)) for mask in (now, before)]
        asked = np.minimum(*sizes) > 0
        is_told = (gains > no_chance(gains.size)) & asked & asked[:, None]
        for left, right in np.argwhere(np.triu(is_told)):
            words = {"first": communes[left], "second": communes[right], "year": year}
            yield together(now & np.isin(place, [left, right]), "P315", str(year), **words)


def _gains_exchanged(counts: Counts, others: Counts) -> Floats:
    """Nats by which each two communes are likelier the one for the other, 0 where one of them is
    not. ``counts`` are the values of the year, a row a commune, ``others`` those of other years."""
    average = (others.sum(axis=0) + 1) / (others.sum() + others.shape[1])
    usual = (others + PRIOR * average) / (others.sum(axis=1, keepdims=True) + PRIOR)
    under = counts @ np.log(usual).T
    gain = under - np.diag(under)[:, None]
    least = TWICE * counts.sum(axis=1)
    both = (gain > least[:, None]) & (least < gain.T)
    return np.asarray(np.where(both, gain + gain.T, 0.0))


def entered_twice(table: Table, whole: Whole) -> Mask:
    """Rows that repeat an earlier one, of whom a year of such a table ordinarily has none, or
    few."""
    frame, (share, fewest) = table.frame, HABITS["twice"].get(table.name, (2, 0))
    if table.name == "actions":
        frame = frame.join(participants(frame["id_action"], whole))
    compared = [column for column in frame.columns if (column,) != table.contract.key]
    again: Mask = frame.duplicated(compared).to_numpy(bool)
    for column in table.texts:  # what could not be read may differ
        again = again & ~table.unread(column)
    if not again.any():
        return again
    copies = pd.DataFrame({"again": again, "alike": frame.duplicated(compared, keep=False)})
    years = whole.rows(table)["year"]
    by_year = copies.groupby(years)
    often = by_year["alike"].transform("mean") >= float(share)
    told = often & (by_year["again"].transform("sum") >= int(fewest))
    times = [frame["date"].dt.to_period(span) for span in SPANS] if "date" in table.texts else []
    for time in [years, *times]:
        told |= _more_than_in_others(copies["again"], time)
    return np.asarray(again & told, dtype=bool)


def _more_than_in_others(again: pd.Series, times: pd.Series) -> pd.Series:
    """Whether each row is of a time with far more copies than any other: imported twice."""
    counts = counted(again, times)
    told = [
        time.name
        for time in compared(counts)
        if time.count >= FEWEST and time.nats_beyond(max(USAGE, time.most)) > no_chance(len(counts))
    ]
    return times.isin(told)


@rule("P504", column="date")
def _pasted_from_the_month_before(table: Table, whole: Whole) -> Iterator[Told]:
    """Months whose rows are nearly all those of the one before, on the same days, where others'
    are not."""
    day = table.frame["date"].dt
    month = 12 * day.year.fillna(0) + day.month.fillna(0)
    again = _again_a_month_later(table.frame[[*table.texts]].assign(date=day.day), month)
    counts = counted(again, month)
    counts = counts[counts.index.isin(counts.index + 1)]
    if table.name == "temps":  # a timetable repeats, and March may have the weekdays of February
        counts = counts[counts.index % 12 != MARCH]
    for pasted in compared(counts):
        if pasted.count < MOST * pasted.size or pasted.most > HALF:
            continue
        if pasted.nats_beyond(pasted.most) > no_chance(len(counts)):
            yield together(again & (month == pasted.name), "P504")


def _again_a_month_later(rows: pd.DataFrame, month: pd.Series) -> pd.Series:
    """Whether each row has an equal in the month before its own."""
    alike = rows.groupby(list(rows), dropna=False, sort=False).ngroup() + len(rows) * month
    return (alike - len(rows)).isin(alike)


@rule("P402")
def _several_spellings(table: Table, whole: Whole) -> Iterator[Told]:
    """Names of one thing, in one table or two, that are written in several ways."""
    for columns in HABITS["names"]:
        there = [place for place in columns if _is_there(place, whole)]
        for _, column, within in (place for place in there if place[0] == table.name):
            spellings = whole.once(str(columns), partial(_spellings, whole, there))
            for context, name, other in spellings:
                mask = table.frame[column] == name.text
                if within:
                    mask &= table.frame[within].astype("str") == context
                if mask.any():
                    words = {"other": other.text, "rows": plural(other.rows, "ligne")}
                    yield together(mask, "P402", None, column, **words)


def _is_there(place: tuple[str, str, str], whole: Whole) -> bool:
    """Whether the source has a table, and that column of it."""
    table, column, _ = place
    return table in whole.tables and column in whole.tables[table].texts


def _spellings(whole: Whole, columns: list[tuple[str, str, str]]) -> list[tuple[str, Any, Any]]:
    """The names of these columns that are written in several ways: the context within which a name
    is one thing, the spelling, the better one."""
    found = defaultdict[tuple[str, str], list[Any]](list)
    for place in columns:
        for context, text, *seen in _names_of(whole, *place):
            if isinstance(context, str) and isinstance(text, str):
                found[context, text].append(seen)
    names = defaultdict[str, list[Any]](list)
    for (context, text), rows in found.items():
        years, beside = map(frozenset, zip(*rows, strict=True))
        names[context].append(Name(text, len(rows), years, beside))
    return [(context, *pair) for context, of in names.items() for pair in _spelt_twice(of)]


def _names_of(whole: Whole, table: str, column: str, within: str) -> Iterator[tuple[Any, ...]]:
    """Of each row of a table: the context of a name, the name, its year, what stands beside it."""
    frame = whole.tables[table].frame
    asked = (within, column, "annee", HABITS["beside"].get(table, ""))
    cells = [frame[name].tolist() if name in frame else [""] * len(frame) for name in asked]
    return zip(*cells, strict=True)


def _acronyms(names: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Each acronym with the name whose initials it is, of one domain, in one year: two names of one
    thing."""
    whole_names = defaultdict[str, list[Any]](list)
    for name in names:
        whole_names[_initials(name.text)].append(name)
    for short in (name for name in names if ACRONYM.fullmatch(name.text)):
        for full in whole_names["".join(words_in(short.text))]:
            if short.years & full.years and _is_alike_beside(short, full):
                yield short, full


def _initials(text: str) -> str:
    """The initials of the words of a name, without little ones; nothing where it has one word."""
    little = WORDS["between_totals"].split()
    words = [word for word in words_in(text) if word not in little]
    return "".join(word[0] for word in words if len(words) > 1)


def _is_alike_beside(one: Any, other: Any) -> bool:
    """Whether two names have a domain, a field in common."""
    return bool((one.beside & other.beside) - {""})


def _spelt_twice(names: list[Any]) -> Iterator[tuple[Any, Any]]:
    """Each spelling of a name that has a better one, and that one: written otherwise, or a slip
    of the pen away."""
    alike = defaultdict[str, list[Any]](list)
    for name in names:
        alike[identity(name.text) or name.text].append(name)
    for same in alike.values():
        main, *others = sorted(same, key=_rank)
        yield from ((other, main) for other in others)
    yield from _acronyms(names)
    for pair in _a_letter_apart(names):
        rare, frequent = sorted(pair, key=lambda name: (name.rows, name.text))
        if _is_slip(rare, frequent):
            yield rare, frequent


def _rank(name: Any) -> tuple[int, bool, int, str]:
    """The frequent spelling first; of equals the one that is not all capitals or small letters,
    then the shorter."""
    is_flat = name.text in (name.text.lower(), name.text.upper())
    return -name.rows, is_flat, len(name.text), name.text


def _a_letter_apart(names: list[Any]) -> Iterable[tuple[Any, Any]]:
    """Pairs of names that differ by a letter of one word."""
    near = defaultdict[tuple[str, ...], list[Any]](list)
    for name in names:
        for key in _keys_without_a_letter(name.text):
            near[key].append(name)
    return dict.fromkeys(pair for same in near.values() for pair in combinations(same, 2))


def _keys_without_a_letter(text: str) -> Iterator[tuple[str, ...]]:
    """The words of a name, each long one in turn whole or without one of its letters."""
    words = words_in(text)
    if not LONG <= len(" ".join(words)) <= LONGEST:
        return
    for place, word in enumerate(words):
        if len(word) < LONG_WORD or word.isdigit():
            continue
        for cut in {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}:
            yield (*words[:place], "", cut, *words[place + 1 :])


def _is_slip(rare: Any, frequent: Any) -> bool:
    """Whether a name is another's slip of the pen: it is far rarer, or stands for it in other
    years; and differs by more than an ending."""
    elsewhere = not rare.years & frequent.years and _is_alike_beside(rare, frequent)
    if not elsewhere and rare.rows * RARE > frequent.rows:
        return False
    stems = [[word.rstrip("esx") for word in words_in(name.text)] for name in (rare, frequent)]
    return identity(rare.text) != identity(frequent.text) and stems[0] != stems[1]
