"""What a group of rows has, or lacks, as no other group has: rows of a year, a month, a commune,
an educator.

All is one comparison. The rows of a table are parted into groups (``Parting``); of each group, so
many rows of so many have something. Groups differ, more than one law of chance has it: a group is
told where so many, or so few, are no chance even at the rate of the other group that is nearest to
it (``Grid``). What is told is a question: the service alone knows whether it is true.
"""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize, special

from rlpipeline.records.frames import among
from rlpipeline.records.table import (
    ASKED,
    HABITS,
    Table,
    Told,
    Whole,
    beyond_count,
    beyond_rate,
    no_chance,
    rule,
    together,
)
from rlpipeline.records.tables import Column, Kind, Mask, written

PRIOR = 5  # rows of the average that temper the rate of a small group
CLUSTERED = 2  # rows of one person come together: nats of a part of a group count for half
FAR = 4  # ratio of the odds of a group to those of the nearest other, at least
HALF = 0.5  # share of any other group, at most, where one has nothing else
STEADY = 1.5
"""How many times its most in another group a name has, at most, that is alone since the others
have left."""
YEAR, RECENT = 12, 24  # months of a year; last months from which a value may be stuck
UNCODED: tuple[Kind, ...] = ("commune", "text", "number")  # new names come, numbers vary
CODED: tuple[Kind, ...] = ("code", "flag")
OF_A_PLACE = "qpv"  # a whole commune may be in a priority neighbourhood
MANY = 50  # rows that show that there are no others
DAYS, MONTH, WEEK = 365, 31, 7
LEAST_MEAN = 1.1  # rows of a day, on average: no law has fewer
DAYS_OF_WEEK = ("lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche")
SETTLED = 182  # days after which some follow-ups have ended
AWAY, LONG_AWAY, STAYED = 56, 200, 3
"""Days without a row that are asked about, where they are whole months, or however they fall;
days worked after them."""
EDGE = 3  # days at the edges of a month without a row that may be a week-end
LEFT, STILL_OPEN = 91, 2
"""Days since an educator's last one; follow-ups that she left open, at least."""
FEWEST_ROWS = 5  # rows of the first weeks of a year that are judged
FIRST_WEEKS, NESTED = (90, 74, 59, 45, 31), 2
"""Days since the first of January, the longest time first; how many trials the five are, for
each holds the next."""
FEW_DAYS, THURSDAY, FRIDAY, SATURDAY, SUNDAY = 50, 3, 4, 5, 6
SELDOM = 0.1
FEWEST, OVER_MEDIAN, OVER_MOST, LARGE_SHARE = 5, 20, 10, 0.05
"""A number is too large, among so many, beyond so many medians and 95th percentiles of the
others, if few are."""
FEWEST_HOURS, SPREAD, UNIT = 20, 0.25, math.log(4)
"""Rows of which hours are usual, at least (of a new educator a few days of training are not);
standard deviation of the logarithm of usual hours, at least; how far another unit is, at least."""
FEWEST_GROUPS, QUARTILE = 3, 1.15
"""Groups that show how they vary, at least; standard deviations within which three quarters are."""
UNUSUAL_HOURS = 0.25
"""Difference of logarithms of the hours of a post from year to year: of 276 right services, six
that were closed for months and one other go beyond."""
KEPT_HOURS = 400  # of a full post in a year, of 1,607: below, hours are not kept for all
TWICE = math.log(2)
"""What a row gains, at least, by another commune's habits where communes have changed places."""
Counts = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Days = npt.NDArray[np.datetime64]
_NO_DAY: Days = np.array([], "datetime64[D]")
_NO_NUMBER: Counts = np.array([], "int64")


@dataclass(frozen=True)
class Parting:
    """The group of each row, -1 where it has none, and the names of the groups. ``asked`` is the
    group that alone is asked about, -1 for all; ``kinds`` the columns that it is asked of;
    ``lacks`` whether what a group has not is told too."""

    group: Counts
    names: pd.Index
    asked: int = -1
    kinds: tuple[Kind, ...] = (*CODED, *UNCODED)
    lacks: bool = True


def _by(labels: pd.Series, **asked: object) -> Parting:
    """A parting by labels, of the rows that have one."""
    group, names = pd.factorize(labels)
    return Parting(group, names, **asked)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Grid:
    """How many rows of each group, a row, have each value, a column."""

    counts: Counts

    @classmethod
    def of(cls, parting: Parting, values: Counts, size: int) -> "Grid":
        """Count the rows that have both a group and a value."""
        known = (parting.group >= 0) & (values >= 0)
        cells = parting.group[known] * size + values[known]
        shape = (len(parting.names), size)
        return cls(np.bincount(cells, minlength=shape[0] * shape[1]).reshape(shape))

    @property
    def sizes(self) -> Counts:
        """The rows of each group, a column."""
        return np.asarray(self.counts.sum(axis=1, keepdims=True))

    def others(self) -> tuple[Floats, Floats]:
        """The least and the largest share of a value in any other group, none quite 0 or 1."""
        seen = self.counts.sum(axis=0) + 1
        tempered = self.counts + PRIOR * (seen / seen.sum())
        size = self.sizes + PRIOR + 1
        least = -_most_of_others(-tempered / size)
        return least, _most_of_others((tempered + 1) / size)

    def apart(self) -> tuple[Floats, Floats]:
        """Nats by which a share is below those of all other groups, and above them: of an exact
        binomial test, 0 where it is not far."""
        least, most = self.others()
        counts, sizes = self.counts, self.sizes
        odds = (counts + HALF) / (sizes - counts + HALF)
        is_under = odds * FAR <= least / (1 - least)
        is_over = odds >= FAR * most / (1 - most)
        with np.errstate(divide="ignore"):
            under = -np.log(special.bdtr(counts, sizes, least))
            over = -np.log(special.bdtrc(counts - 1, sizes, most))
        is_part = (counts > 0) & (counts < sizes)
        weight = np.where(is_part, 1 / CLUSTERED, 1.0)
        return np.where(is_under, under * weight, 0.0), np.where(is_over, over * weight, 0.0)


def _most_of_others(rates: Floats) -> Floats:
    """The largest of each column, of the rows but the own."""
    ordered = np.sort(rates, axis=0)
    return np.asarray(np.where(rates == ordered[-1], ordered[-2], ordered[-1]))


@dataclass(frozen=True)
class Apart:
    """A group whose share of a value no other comes near to, and by how many nats."""

    parting: Parting
    group: int
    value: int
    grid: Grid
    nats: float

    @property
    def name(self) -> str:
        """What the group is called."""
        return str(self.parting.names[self.group])

    @property
    def count(self) -> int:
        """The rows of the group that have the value."""
        return int(self.grid.counts[self.group, self.value])

    @property
    def size(self) -> int:
        """The rows of the group."""
        return int(self.grid.sizes[self.group, 0])

    @property
    def words(self) -> dict[str, object]:
        """What a sentence says of its value."""
        return self.of(self.value)

    def of(self, value: int) -> dict[str, object]:
        """What a sentence says of a value: the rows of the group that have it, of how many, and
        the shares of the other groups, in per cent."""
        counts, sizes = self.grid.counts[:, value], self.grid.sizes[:, 0]
        others = np.flatnonzero((sizes > 0) & (np.arange(len(sizes)) != self.group))
        shares = 100 * counts[others] / sizes[others]
        words = {"group": self.name, "count": int(counts[self.group]), "rows": self.size}
        return words | {"least": f"{shares.min():.0f}", "most": f"{shares.max():.0f}"}


@dataclass(frozen=True)
class Asked:
    """What is asked of the groups of a column of this ``kind``: whether they have a value too
    often; too seldom, where ``lacks``; what all their rows have or none has, where ``is_whole``;
    one ``value`` alone, where it is not -1."""

    kind: Kind = "code"
    lacks: bool = True
    is_whole: bool = False
    value: int = -1

    @property
    def is_name(self) -> bool:
        """Whether new values come from time to time."""
        return self.kind not in CODED

    def nats(self, grid: Grid, lacks: bool) -> Floats:
        """What ``Grid.apart`` gives of what is asked, 0 for all else."""
        under, over = grid.apart()
        is_part = (grid.counts > 0) & (grid.counts < grid.sizes)
        if self.is_name:
            over[is_part | (grid.others()[1] > HALF)] = 0.0
        if not (self.lacks and lacks):
            under[:] = 0.0
        nats = np.maximum(under, over)
        if self.is_whole:
            nats[is_part] = 0.0
        if self.value >= 0:
            nats[:, np.arange(nats.shape[1]) != self.value] = 0.0
        return nats


def apart_from_others(
    partings: Iterable[Parting], values: Counts, size: int, asked: Asked
) -> Apart | None:
    """The group that is farthest from all others, in any of these partings, if one is so far that
    chance does not give it."""
    found = []
    for parting in partings if size > 1 else ():
        if len(parting.names) > 1 and asked.kind in parting.kinds:
            found += [*_farthest(parting, Grid.of(parting, values, size), asked)]
    return max(found, key=lambda apart: apart.nats, default=None)


def _farthest(parting: Parting, grid: Grid, asked: Asked) -> Iterator[Apart]:
    """The group of a parting that is farthest from the others, over what chance gives."""
    nats = asked.nats(grid, parting.lacks)
    if parting.asked >= 0:
        nats[np.arange(len(nats)) != parting.asked] = 0.0
    group, value = (int(at) for at in np.unravel_index(nats.argmax(), nats.shape))
    beyond = float(nats[group, value]) - no_chance(nats.size, ASKED)
    is_left = asked.is_name and _others_left(grid, group, value)
    if beyond > 0 and not is_left:
        yield Apart(parting, group, value, grid, beyond)


def _others_left(grid: Grid, group: int, value: int) -> bool:
    """Whether a name is no more often in a group than elsewhere: it is alone since the others
    have left."""
    elsewhere = np.delete(grid.counts[:, value], group).max(initial=0)
    return bool(0 < grid.counts[group, value] <= STEADY * elsewhere)


def _partings(table: Table, whole: Whole, column: str) -> list[Parting]:
    """Years, which come first, half-years, months, communes, educators: where the rows of a column
    could be all alike; and all that is since a month, beside the twelvemonths before."""
    by = HABITS["dated_by"].get(table.name, {}).get(column, "day")
    return whole.once(("partings", table.name, by), lambda: [*_parted(table, whole, by)])


def _parted(table: Table, whole: Whole, by: str) -> Iterator[Parting]:
    """The partings of a table whose rows are dated by a column, by their year where it has no
    days."""
    rows, first = whole.rows(table), max(whole.first_year(table), 1)
    days = rows[by].where(rows[by].dt.year >= first)
    year = rows["year"] if days.isna().all() else days.dt.year
    year = year.where(year >= first).astype("Int64").astype("str")
    yield _by(year)
    yield from _in_time(days)
    communes = rows["place"].where(rows["place"].isin(whole.service.commune_codes))
    yield _by(communes + " en " + year, kinds=CODED)
    if "educateur" in table.texts:
        # A flag, as time spent online, may be what one of them does.
        yield _by(rows["educateur"] + " en " + year, kinds=("code",), lacks=False)


def _in_time(days: pd.Series) -> Iterator[Parting]:
    """Half-years, months, and what is since each of the last months, beside the twelvemonths
    before."""
    if days.notna().sum() < MANY:
        return
    months = (12 * days.dt.year + days.dt.month - 1).fillna(-1).to_numpy("int64")
    kept = months[months >= 0]
    first, last = int(kept.min()), int(kept.max())
    halves = np.where(months >= 0, months // 6, -1)
    yield _numbered(halves, _half_year)
    yield _numbered(months, _month)
    for start in range(max(first + YEAR, last - RECENT), last):
        back = np.where(months >= start, 0, (start - 1 - months) // YEAR + 1)
        group = np.where(months >= 0, back, -1)
        since = f"tout ce qui est depuis {_month(start)}"
        names = pd.Index([since, *map(str, range(1, group.max() + 1))])
        yield Parting(group, names, asked=0, kinds=(*CODED, "commune"))


def _numbered(numbers: Counts, name: Callable[[int], str]) -> Parting:
    """A parting by numbers, -1 where a row has none."""
    kept, group = np.unique(numbers, return_inverse=True)
    shift = int(kept[0] < 0)
    return Parting(group - shift, pd.Index([name(int(number)) for number in kept[shift:]]))


def _month(number: int) -> str:
    """A month, counted since year 0, as it is written."""
    return f"{number % YEAR + 1:02}/{number // YEAR}"


def _half_year(number: int) -> str:
    """A half-year, counted since year 0, by its months."""
    first = 6 * number
    return f"{_month(first)} à {_month(first + 5)}"


def _said(value: object) -> str:
    """A value as somebody types it."""
    if isinstance(value, bool | np.bool_):
        return "oui" if value else "non"
    return str(value)


@rule("Q313")
def _value_of_a_group(table: Table, whole: Whole) -> Iterator[Told]:
    """Values that a year, a month, a commune, an educator has far more often than any other, or
    far less: filled in, left at a default, kept by a filter."""
    if table.name == "territoires":  # a vintage is no year of entry
        return
    moving = HABITS["moving"].get(table.name, ())
    undecided = HABITS["undecided"].get(table.name, {})
    for name in table.columns(*CODED, *UNCODED):
        if name == OF_A_PLACE:
            continue
        cells, partings = table.frame[name], _partings(table, whole, name)
        column = table.contract.column(name)
        if name in undecided:
            yield from _waiting_all_year(partings[0], cells, undecided[name], column)
            cells = cells.mask(cells.isin([undecided[name]]))
        codes, values = pd.factorize(cells)
        asked = Asked(column.kind, bool(column.words), name in moving)
        found = apart_from_others(partings, codes, len(values), asked)
        if found is not None:
            yield _of_a_group(found, codes, values[found.value], name)


def _waiting_all_year(
    years: Parting, cells: pd.Series, value: str, column: Column
) -> Iterator[Told]:
    """Ask about a year of which nothing is decided yet: of the last months alone, it may not be."""
    codes = np.asarray(cells.isin([value]), np.int64)
    asked = Asked(column.kind, lacks=False, is_whole=True, value=1)
    found = apart_from_others([years], codes, 2, asked)
    if found is not None:
        yield _of_a_group(found, codes, value, column.name)


def _of_a_group(found: Apart, codes: Counts, cell: object, name: str) -> Told:
    """Ask about the rows of a group that have a value, or about all of one that lacks it."""
    value = _said(cell)
    mask = found.parting.group == found.group
    mask &= (codes == found.value) | (found.count == 0)
    return together(mask, "Q313", f"{value}, {found.name}", name, value=value, **found.words)


@rule("Q605")
def _followed_without_rows(table: Table, whole: Whole) -> Iterator[Told]:
    """Communes, educators, years whose followed young people have a row far less often than the
    others': a filter left on, a sheet forgotten, an export that stops early."""
    if table.name not in HABITS["of_followed"] or "suivis" not in whole.tables:
        return
    rows, followed = whole.rows(table), whole.once("followed", lambda: _followed(whole))
    who = ["id_suivi" if "id_suivi" in rows else "id_jeune", "year"]
    people = followed[followed["year"].isin(rows["year"])].drop_duplicates(who)
    known = pd.MultiIndex.from_frame(rows[who])
    is_there = pd.MultiIndex.from_frame(people[who]).isin(known)
    yield from _seldom_there(is_there, people, "Q605", who[0])


@rule("Q509", "suivis", "id_jeune")
def _without_follow_up(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Most young people have no follow-up, nor were met at a drop-in; or those of a commune, or
    of those first met in a year, have one far less often than the others."""
    if "jeunes" not in whole.tables:
        return
    rows = whole.rows(whole.tables["jeunes"])
    is_there = among(rows["id_jeune"], suivis.frame["id_jeune"])
    is_known = is_there.copy()
    if "presences" in whole.tables:
        is_known |= among(rows["id_jeune"], whole.tables["presences"].frame["id_jeune"])
    alone = int((~is_known).sum())
    if len(rows) >= MANY and 2 * alone > len(rows):
        yield together((), "Q509", "", count=alone, every=len(rows))
        return
    people = rows.assign(educateur=None)
    people["year"] = people["year"].where(people["year"] >= whole.first_year(suivis))
    people["place"] = people["place"].where(people["place"].isin(whole.service.commune_codes))
    yield from _seldom_there(np.asarray(is_there), people, "Q509 group", "")


def _seldom_there(
    is_there: Mask, people: pd.DataFrame, sentence: str, column: str
) -> Iterator[Told]:
    """The group of people, by commune, educator, year, of whom a row is there far less often than
    of any other group."""
    year = people["year"].astype("Int64").astype("str")
    labels = [year, people["educateur"], people["place"]]
    labels += [people["educateur"] + " en " + year, people["place"] + " en " + year]
    partings = [_by(_joined(label, is_there)) for label in labels if label.notna().any()]
    found = apart_from_others(partings, is_there.astype(np.int64), 2, Asked(value=0, lacks=False))
    if found is not None:
        yield together((), sentence, found.name, column, **found.of(1))


def _joined(label: pd.Series, is_there: Mask) -> pd.Series:
    """The groups of people, those that have none who is there as one: beside each other, none of
    them would be apart."""
    empty = ~pd.Series(is_there, label.index).groupby(label).any()
    names = [*empty.index[empty]]
    return label.where(~label.isin(names), ", ".join(names))


def _followed(whole: Whole) -> pd.DataFrame:
    """A row a follow-up and a year of it, with who follows, and the commune of the young person."""
    suivis = whole.rows(whole.tables["suivis"])
    years = [year for year in sorted(whole.years) if year <= whole.latest]
    ends = suivis["date_fin"].dt.year.fillna(whole.latest)
    active = {at: (suivis["year"] <= at) & (ends >= at) for at in years}
    of_years = [suivis[is_active].assign(year=at) for at, is_active in active.items()]
    every: pd.DataFrame = pd.concat([suivis.head(0), *of_years])
    is_home = every["place"].isin(whole.service.commune_codes)
    every["place"] = every["place"].where(is_home)
    return every[["id_suivi", "id_jeune", "year", "educateur", "place"]]


@rule("Q508", "suivis", "date_fin")
def _none_ended(suivis: Table, whole: Whole) -> Iterator[Told]:
    """No follow-up has an end, though many began half a year before the last."""
    begun, ended = suivis.frame["date_debut"], suivis.frame["date_fin"]
    old = begun <= begun.max() - pd.Timedelta(days=SETTLED)
    if old.sum() >= MANY and ended.isna().all():
        yield together((), "Q508", "", count=int(old.sum()))


@rule("Q602", "jeunes", "sexe")
def _of_one_sex(jeunes: Table, whole: Whole) -> Iterator[Told]:
    """All young people whose sex is known have the same."""
    known = jeunes.frame["sexe"][jeunes.frame["sexe"].isin(["F", "G"])]
    if len(known) >= MANY and known.nunique() == 1:
        words = {"sex": known.iloc[0], "count": len(known)}
        yield together((), "Q602", str(known.iloc[0]), **words)


@rule("Q604", "suivis", "educateur")
def _left_open(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups still open under an educator who has had no row of time for three months."""
    if "temps" not in whole.tables:
        return
    worked = _days_worked(whole.tables["temps"])
    latest = max((days[-1] for days in worked.values()), default=0)
    for name, days in worked.items():
        rate = len(days) / (days[-1] - days[0] + MONTH)
        away = latest - days[-1]
        if away < LEFT or away * rate < no_chance(len(worked)):
            continue
        last = pd.Timestamp(int(days[-1]), unit="D")
        rows = suivis.frame
        is_open = rows["date_fin"].isna() & (rows["date_debut"] <= last)
        left = is_open & (rows["educateur"] == name)
        if left.sum() >= STILL_OPEN:
            words = {"name": name, "last": last, "count": int(left.sum())}
            yield together(left, "Q604", name, "date_fin", **words)


@rule("Q503")
def _empty_months(table: Table, whole: Whole) -> Iterator[Told]:
    """Months without a day in a column, though days of other columns and tables are in them."""
    seen = whole.once("days", lambda: _days(whole))
    for column in HABITS["daily"].get(table.name, ()):
        days = seen[table.name, column]
        others = [other for key, other in seen.items() if key != (table.name, column)]
        elsewhere = np.concatenate([_NO_DAY, *others])
        if not len(days) or not len(elsewhere):
            continue
        last = _last_day(whole, max(days[-1], elsewhere.max()))
        first = max(int(_months(days).min()), YEAR * whole.first_year(table))
        months = np.arange(first, YEAR * last.year + last.month)
        runs = _empty_runs(months, days, elsewhere, last) if len(months) else ()
        for run in runs:
            span = " à ".join(dict.fromkeys(map(_month, (run[0], run[-1]))))
            yield Told((), "Q503", {"span": span}, column, span, together=True)


def _days(whole: Whole) -> dict[tuple[str, str], Days]:
    """The days of each table and column that is kept by days, each once, in order."""
    seen: dict[tuple[str, str], Days] = {}
    for name, columns in HABITS["daily"].items():
        if name not in whole.tables:
            continue
        for column in columns:
            days = whole.tables[name].frame[column].to_numpy("datetime64[D]")
            seen[name, column] = np.unique(days[~np.isnat(days)])
    return seen


def _months(days: Days) -> Counts:
    """The month of each day, counted since year 0."""
    return days.astype("datetime64[M]").astype(np.int64) + YEAR * 1970


def _last_day(whole: Whole, last: np.datetime64) -> pd.Timestamp:
    """The last day that is judged: no table has a later one, nor has the year, nor was the
    extraction later."""
    ends = [last, np.datetime64(f"{whole.latest or 1:04}-12-31")]
    ends += [np.datetime64(whole.extraction)] if whole.extraction else []
    return pd.Timestamp(min(ends))


def _empty_runs(
    months: Counts, days: Days, elsewhere: Days, last: pd.Timestamp
) -> Iterator[list[int]]:
    """Runs of empty months, unlikely by the same months of other years, else by the month that
    has fewest days. A whole year is another finding's."""
    kept = (_months(days)[:, None] == months).sum(axis=0)
    has_year = np.isin(months // YEAR, _months(days) // YEAR)
    is_judged = np.isin(months, _months(elsewhere)) & has_year
    expected = np.zeros(len(months))
    fewest = kept[kept > 0].min(initial=kept.max())
    for place in np.flatnonzero(is_judged & (kept == 0)):
        is_season = months % YEAR == months[place] % YEAR
        is_season[place] = False
        season = kept[is_season]
        expected[place] = season.mean() if len(season) else fewest
    expected[-1] *= last.day / last.days_in_month
    empty = np.flatnonzero(kept == 0)
    for run in np.split(empty, np.flatnonzero(np.diff(empty) > 1) + 1):
        if expected[run].sum() > no_chance(len(months)):
            yield months[run].tolist()


@rule("Q510")
def _all_silent(table: Table, whole: Whole) -> Iterator[Told]:
    """No table has a row in the last weeks of a year that is over; told of the first table that
    is kept by days."""
    seen = whole.once("days", lambda: _days(whole))
    is_over = whole.extraction is not None and whole.extraction.year > whole.latest > 0
    if not is_over or not seen or table.name != next(iter(seen))[0]:
        return
    until = np.datetime64(f"{whole.latest:04}-12-31")
    days = np.unique(np.concatenate([*seen.values()]))
    days = days[days <= until]
    if not len(days):
        return
    silent = int((until - days[-1]).astype(np.int64))
    rate = (days > days[-1] - np.timedelta64(DAYS, "D")).sum() / DAYS
    if silent > MONTH and silent * rate > no_chance(1):
        last = pd.Timestamp(days[-1])
        words = {"last": last, "latest": whole.latest}
        column = HABITS["daily"][table.name][0]
        yield Told((), "Q510", words, column, value=f"{last:%d/%m/%Y}", together=True)


@rule("Q601", "temps", "educateur")
def _educators_away(temps: Table, whole: Whole) -> Iterator[Told]:
    """Educators without a row for long while others work, from the first day of a month to the
    last of another, or for most of a year, who have some before and after: who is away seldom
    leaves and comes back with the months."""
    worked = _days_worked(temps)
    team = np.unique(np.concatenate([_NO_NUMBER, *worked.values()]))
    for name, days in worked.items():
        gaps, missed = np.diff(days), np.diff(np.searchsorted(team, days))
        for place in np.flatnonzero((gaps >= AWAY) & (missed >= AWAY / 2)):
            first, last = pd.to_datetime(days[place : place + 2], unit="D")
            rate = (len(days) - 1) / (days[-1] - days[0] - gaps[place] + 1)
            is_of_months = first.days_in_month - first.day < EDGE and last.day <= EDGE
            is_away = is_of_months or gaps[place] >= LONG_AWAY
            is_back = len(days) - place > STAYED
            if is_away and is_back and gaps[place] * rate > no_chance(len(worked)):
                span = f"{first:%d/%m/%Y} au {last:%d/%m/%Y}"
                words = {"name": name, "span": span}
                yield together((), "Q601", f"{name}, {span}", **words)


def _days_worked(temps: Table) -> dict[str, Counts]:
    """The days of each educator, in order."""
    rows = temps.frame[temps.readable("date", "educateur")]
    day = rows["date"].dt.as_unit("s").astype("int64") // 86_400
    return {str(name): np.unique(days) for name, days in day.groupby(rows["educateur"])}


@rule("Q606")
def _january_of_the_year_before(table: Table, whole: Whole) -> Iterator[Told]:
    """No row in the first weeks of a year, and as many more in those of the year before: the
    year typed by habit."""
    first = whole.first_year(table)
    for column in HABITS["daily"].get(table.name, ()):
        dates = table.frame[column]
        of_year = dates.dt.year.value_counts()
        for until in FIRST_WEEKS:
            is_early = dates.dt.day_of_year <= until
            early = dates[is_early].dt.year.value_counts().reindex(of_year.index, fill_value=0)
            early = early[early.index >= first].sort_index()
            years = [int(year) for year in early.index if _is_of_year_before(early, of_year, year)]
            for year in years:
                words = {"year": year, "before": year - 1, "until": until}
                words |= {"count": int(early[year - 1])}
                mask = is_early & (dates.dt.year == year - 1)
                yield together(mask, "Q606", str(year), column, **words)
            if years:
                break


def _is_of_year_before(early: pd.Series, every: pd.Series, year: int) -> bool:
    """Whether the first weeks of a year have no row, and those of the year before those of both.
    ``early`` are the rows of these weeks by year, ``every`` those of the years."""
    if early[year] or early.get(year - 1, 0) < FEWEST_ROWS:
        return False
    others = early.drop(index=[year - 1, year])
    share = every[[year - 1, year]].sum() / every.sum()
    of_both = share * early.sum() / 2
    expected = min(float(others.mean()), of_both) if len(others) else of_both
    nats = expected + beyond_count(int(early[year - 1]), expected)
    return nats > no_chance(NESTED * len(early), ASKED)


@rule("Q611")
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
            words = {"rows": int(count), "mean": mean}
            yield together(table.frame[name] == day, "Q611", None, name, **words)


@rule("Q607", "jeunes", "date_naissance")
def _births_of_one_day(jeunes: Table, whole: Whole) -> Iterator[Told]:
    """Days of the year on which far more young people are born than on any."""
    days = jeunes.frame["date_naissance"].dt.strftime("%d/%m")
    counts = days.value_counts()
    for day, count in counts.items():
        if beyond_rate(int(count), int(counts.sum()), 1 / DAYS) > no_chance(DAYS):
            yield together(days == day, "Q607", str(day), day=day)


@rule("Q307")
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
        yield Told(far, "Q307 far", words, column.name)


def _rounded_up(limit: float, column: Column) -> str:
    """A limit in French, whole where the column counts."""
    return written(math.ceil(limit) if column.whole else limit)


@rule("Q307", "temps", "heures")
def _hours_of_another_unit(temps: Table, whole: Whole) -> Iterator[Told]:
    """Usual hours of an educator's or an activity's year, or of a month, far from those of the
    others: another unit."""
    frame, dates = temps.frame, temps.frame["date"].dt
    year = dates.strftime(" en %Y")
    logs = np.log(frame["heures"].where(frame["heures"] > 0))
    groups = (frame["educateur"] + year, frame["activite"] + year, dates.strftime("%m/%Y"))
    for group in groups:
        for name in _far_from_others(logs, group):
            yield together(group == name, "Q307 hours", str(name), name=name)


def _far_from_others(logs: pd.Series, group: pd.Series) -> pd.Index:
    """The groups whose usual number is far from that of the others, as these vary."""
    of_groups = logs.groupby(group).agg(["median", "size"])
    usual = of_groups.loc[of_groups["size"] >= FEWEST_HOURS, "median"]
    apart: pd.Series[float] = (usual - usual.median()).abs()
    if len(apart) < FEWEST_GROUPS:
        return apart.index[:0]
    spread = max(SPREAD, float(apart.quantile(0.75)) / QUARTILE)
    is_far = (apart > UNIT) & ((apart / spread) ** 2 / 2 > no_chance(len(apart)))
    names: pd.Index[str] = apart.index[is_far]
    return names


@rule("Q610", "personnel", "etp")
def _hours_of_posts(personnel: Table, whole: Whole) -> Iterator[Told]:
    """The latest year in which an educator's full post has far fewer hours, or more, than in the
    others."""
    if "temps" not in whole.tables:
        return
    is_educator = personnel.frame["categorie"] == "educatif"
    posts = personnel.frame[is_educator].groupby("annee")["etp"].sum(min_count=1)
    hours = whole.rows(whole.tables["temps"]).groupby("year")["heures"].sum()
    of_post = (hours / posts).dropna()
    is_whole = of_post.index < (whole.extraction.year if whole.extraction else np.inf)
    of_post = of_post[is_whole & (of_post >= KEPT_HOURS)]
    for year in of_post.index[::-1] if len(of_post) > 1 else ():
        usual = float(of_post.drop(year).median())
        if abs(np.log(of_post[year] / usual)) > UNUSUAL_HOURS:
            words = {"year": year, "hours": f"{of_post[year]:.0f}", "usual": f"{usual:.0f}"}
            words["etp"] = written(float(posts[year]))
            of_year = is_educator & (personnel.frame["annee"] == year)
            yield together(of_year, "Q610", str(year), **words)
            return


@rule("Q330", "temps", "educateur")
def _days_moved(temps: Table, whole: Whole) -> Iterator[Told]:
    """Years of educators in which Sundays are worked as other days are and the end of the week is
    not, unlike the other years and educators: all is a day too early."""
    rows = temps.frame[temps.readable("date", "educateur")]
    of = [rows["date"].dt.year.rename("year"), rows["educateur"]]
    counts = pd.crosstab(of, rows["date"].dt.day_of_week)
    counts = counts.reindex(columns=range(WEEK), fill_value=0)
    usual = counts.loc[:, :THURSDAY].median(axis=1)
    is_kept = counts.sum(axis=1) >= FEW_DAYS
    ends_early = counts[[FRIDAY, SATURDAY]].min(axis=1) < SELDOM * usual
    is_moved = is_kept & (counts[SUNDAY] > usual / 2) & ends_early
    sundays, others = (days[~is_moved].sum() for days in (counts[SUNDAY], usual))
    if sundays > SELDOM * others:
        return
    moved = is_moved.index[is_moved].to_frame(index=False)
    for year, names in moved.groupby("year")["educateur"]:
        mask = (temps.frame["date"].dt.year == year) & temps.frame["educateur"].isin(names)
        yield Told(mask, "Q330 sunday", {"year": year}, "date", str(year), together=True)


@rule("Q330")
def _unusual_days_of_the_week(table: Table, whole: Whole) -> Iterator[Told]:
    """Months or years of a place, an educator, the service, or the first twelve days of the
    months of a year, that have other days of the week than the others: dates written for others,
    or day and month exchanged."""
    column = HABITS["daily"].get(table.name, [""])[0]
    weekly = HABITS["weekly"].get(table.name, ())
    where = [name for name in weekly if name in table.texts]
    if column not in table.texts:
        return
    frame = table.frame[[column, *where]].dropna().drop_duplicates()
    for place, rows in frame.groupby(where) if where else [((), frame)]:
        days = rows[column]
        weekday = days.dt.day_of_week.to_numpy("int64")
        found = apart_from_others(_of_weeks(days), weekday, WEEK, Asked())
        if found is not None:
            mask = table.frame[column].isin(days[found.parting.group == found.group])
            mask &= (table.frame[where] == [*place]).all(axis=1)
            shown = " ".join([*map(str, place), found.name])
            words = {
                **found.words,
                "where": f", {shown}" * bool(place),
                "day": DAYS_OF_WEEK[found.value],
            }
            yield together(mask, "Q330", shown, column, **words)


def _of_weeks(days: pd.Series) -> Iterator[Parting]:
    """Years, months, and the days of a year that may also be months."""
    year, month = (days.dt.strftime(form) for form in ("%Y", "%m/%Y"))
    yield _by(year)
    yield _by(month)
    yield _by(year.where(days.dt.day <= YEAR))


@rule("Q315", column="commune")
def _communes_that_changed_places(table: Table, whole: Whole) -> Iterator[Told]:
    """Communes that have in a year, or since a month, the educators, places, people that others
    have before: two exchanged, or the whole list one further."""
    communes = [*whole.service.commune_codes]
    features = _features(table, whole)
    if len(communes) < 2 or not features:
        return
    place = pd.Index(communes).get_indexer(pd.Index(table.frame["commune"]))
    blocks = [*_blocks(_partings(table, whole, "commune"))]
    for name, is_in in blocks:
        moved, nats = _moved_communes(place, features, is_in, len(communes))
        if nats > CLUSTERED * no_chance(len(blocks) * len(communes) ** 2):
            shown = ", ".join(communes[at] for at in moved)
            mask = is_in & np.isin(place, moved)
            yield together(mask, "Q315", f"{shown}, {name}", group=name, communes=shown)
            return


def _features(table: Table, whole: Whole) -> list[tuple[Counts, pd.Index]]:
    """What tells a commune from another: its educators, places, codes, the homes of who comes."""
    rows, names = whole.rows(table), table.columns("text", *CODED)
    names += ["home"] if table.name == "presences" else []
    every = [pd.factorize(rows[name]) for name in names]
    return [(codes, values) for codes, values in every if len(values) > 1]


def _blocks(partings: Iterable[Parting]) -> Iterator[tuple[str, Mask]]:
    """The rows of each year, the first parting, and all those since a month, with their name."""
    for rank, parting in enumerate(partings):
        asked = [parting.asked] if parting.asked >= 0 else range(len(parting.names))
        if rank == 0 or parting.asked >= 0:
            yield from ((str(parting.names[at]), parting.group == at) for at in asked)


def _moved_communes(
    place: Counts, features: list[tuple[Counts, pd.Index]], is_in: Mask, size: int
) -> tuple[list[int], float]:
    """The communes that have in a block the habits of others, and the nats that they gain by
    the feature that tells most."""
    best: tuple[list[int], float] = [], 0.0
    groups = [np.where(mask, place, -1) for mask in (is_in, ~is_in)]
    block, rest = (Parting(group, pd.RangeIndex(size)) for group in groups)
    for codes, values in features:
        now = Grid.of(block, codes, len(values)).counts
        before = Grid.of(rest, codes, len(values)).counts
        gains = _gains(now, before)
        rows, columns = optimize.linear_sum_assignment(gains, maximize=True)
        is_moved = (rows != columns) & (gains[rows, columns] > TWICE * now.sum(axis=1))
        nats = float(gains[rows, columns].sum())
        if is_moved.sum() > 1 and nats > best[1]:
            best = [int(at) for at in rows[is_moved]], nats
    return best


def _gains(now: Counts, before: Counts) -> Floats:
    """Nats by which the rows of each commune, a row, are likelier by the habits that another, a
    column, has before, than by its own."""
    seen = before.sum(axis=0) + 1
    tempered = before + PRIOR * (seen / seen.sum())
    usual = tempered / (before.sum(axis=1, keepdims=True) + PRIOR)
    under = now @ np.log(usual).T
    return np.asarray(under - np.diag(under)[:, None])
