"""What a gesture in a spreadsheet did to many rows at once: a column pasted a row away, filled
down, sorted alone; a scale turned round, running totals, the values of another territory, codes one
further in their list.

Each rule supposes one mistake of a block of rows, and tells it where what is undone is likelier
than what is written, by more nats than chance gives (``no_chance``). Of 84 right services that
others drew, none is told of anything.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import combinations
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.records.names import simplified
from rlpipeline.records.table import (
    ASKED,
    HABITS,
    Table,
    Told,
    Whole,
    beyond_rate,
    compared,
    counted,
    no_chance,
    referred,
    rule,
    share_of,
    together,
)
from rlpipeline.records.tables import Column, Mask

Floats = npt.NDArray[np.float64]
Numbers = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]
COUNTED, AMOUNT = 0.5, 0.01
"""What is added before a logarithm: to a count; to an amount, of the median of its column."""
STEADY, LOOSE = 0.1, 0.8
"""Spread of a number from year to year (standard deviation of the logarithm), at least and at
most."""
MOST_LOST = 4.0  # nats that one number costs at most, however far: one slip is no block
MOVES = 3  # rows by which values are moved, to see whether one alone fits
FEWEST = 3  # rows of a block that are compared, at least
UNITS, THOUSAND = (10, 60, 100, 1_000, 10_000, 100_000, 1_000_000), 1_000
"""Ratios of units, or of a nought too many or too few; from which one amounts are written in
thousands."""
WITHIN, CLOSE = 2.5, 0.26
"""How near to a ratio a number is, in spreads; as a logarithm, at most: eight is no ten."""
OFTEN_MORE = 0.2  # numbers of a year that are twice those of another, ordinarily
GESTURE = 1e-3
"""Level: of 14,000 blocks of 276 right services, what is undone was likelier by 1.7 nats at most
beyond what their number gives, where the level asks for 6.9."""
AS_USUAL = 1.0  # mean square of what marks of one scale are apart from year to year
UNDONE = 0.75  # of what is written, what is undone costs so much at most
YEAR_SPREAD, FEWEST_YEARS = 0.25, 3
"""Spread of the number of a year beside that of the first; years of running totals, at least."""
INHABITANTS = 1_000  # a number that two territories do not share by chance
CHANGES, FEWEST_CHANGED = 0.0002, 3
"""How often a thing changes its domain, field, unit (of 84 right services, in none of 19,000
rows); changes, at least."""
UNSEEN = 0.5  # rows of a code that no other year has
WHO = "educateur"
FEWEST_RUNS, LONGER = 5, 3
"""Other runs of a value that one is held against, at least; how many times longer than any it
must be."""
ROWS_OF_A_VALUE, MOST = 5, 0.8
"""Rows of each value of a column by which a file may be sorted; share of them all that makes a
block of it."""
FEWEST_STEPS = 5  # rows that each have one more than the one above, at least
NEARLY_ALL, TELLS_APART = 0.9, 0.6
"""Share of the cells of a column that are filled where it is in order; share of them that
differ, where it orders."""
UNORDERED = 0.65  # of the steps of a column in no order, those that go one way, at most
CLUSTERED = 2  # the codes of a follow-up come together: nats count for half


@dataclass(frozen=True)
class Series:
    """A column of numbers by what is one thing from year to year: its ``values``, and what the
    same thing has in each of the ``others`` years, a column a year, missing in its own.
    ``spread`` is how far a value ordinarily is from the nearest of these (standard deviation of
    the logarithm)."""

    column: Column
    values: Floats
    others: Floats
    years: Numbers
    added: float
    spread: float = STEADY

    @property
    def is_counted(self) -> bool:
        """Whether the values are whole numbers, which chance changes more where they are few."""
        known = self.values[~np.isnan(self.values)]
        return self.column.whole or not (known % 1).any()

    def apart(self, values: Floats) -> Floats:
        """How far these values are from each other year's, as a difference of logarithms."""
        own, others = (np.log(np.maximum(of, 0) + self.added) for of in (values, self.others))
        return np.asarray(own[:, None] - others)

    def width(self, values: Floats) -> Floats:
        """The variance of these differences: that of amounts, and of what is counted more for
        few."""
        width = np.full(self.others.shape, self.spread**2)
        if self.is_counted:
            own = np.maximum(values, 0) + 1
            width += 1 / own[:, None] + 1 / (self.others + 1)
        return width

    def cost(self, values: Floats) -> Floats:
        """Nats that these values cost beside those of the nearest year, row by row."""
        nats = self.apart(values) ** 2 / self.width(values) / 2
        nearest = np.fmin.reduce(nats, axis=1)
        cost = np.nan_to_num(np.minimum(nearest, MOST_LOST))
        return np.where(self._is_one_missing(values), self._cost_of_missing(), cost)

    def _is_one_missing(self, values: Floats) -> Mask:
        """Whether a value is there and no other year's is, or the other way round."""
        is_new = np.isnan(self.others).all(axis=1)
        return np.asarray(np.isnan(values) != is_new)

    def _cost_of_missing(self) -> float:
        """Nats of a value where the other years have none, by how often it is so in the best
        year."""
        missing = pd.Series(self._is_one_missing(self.values)).groupby(self.years)
        often = float(share_of(missing.sum(), missing.size()).min())
        return min(MOST_LOST, -float(np.log(often)))

    def usual_spread(self) -> float:
        """The spread of most values, whatever their unit: half of them may be wrong."""
        nearest = np.fmin.reduce(np.abs(self.apart(self.values)), axis=1)
        known = nearest[(self.values > 0) & ~np.isnan(nearest)]
        ratios = np.log([1, *UNITS])
        of_units = np.abs(known[:, None] - ratios).min(axis=1)
        usual = float(np.median(of_units)) / 0.6745 if len(known) else 0.0
        return min(max(usual, STEADY), LOOSE)


def _series_of(table: Table, whole: Whole) -> Iterator[Series]:
    """The columns of numbers of a table, each beside its other years."""
    rows = whole.rows(table)
    named = HABITS["same"].get(table.name, ())
    same = [name for name in named if name in rows]
    if not same or rows["year"].nunique() < 2:
        return
    same += ["place"] if table.name in HABITS["placed"] else []
    things = rows.groupby(same, dropna=False).ngroup().to_numpy()
    year = pd.factorize(rows["year"])[0]
    for name in table.columns("number"):
        values = rows[name].to_numpy("float64")
        others = _of_other_years(rows[name], things, year)
        if table.name in HABITS["zeros"]:
            of_thing = rows.groupby(["libelle", "place"], dropna=False).ngroup().to_numpy()
            is_there = ~np.isnan(_of_other_years(rows[name], of_thing, year))
            others[np.isnan(others) & is_there] = 0.0
        positive = values[values > 0]
        if len(positive) and not np.isnan(others).all():
            column = table.contract.column(name)
            added = COUNTED if column.whole else AMOUNT * float(np.median(positive))
            series = Series(column, values, others, rows["year"].to_numpy(), added)
            yield replace(series, spread=series.usual_spread())


def _of_other_years(numbers: pd.Series, things: Any, year: Any) -> Floats:
    """The numbers of the same thing in each year, a column a year, missing in the row's own."""
    by_year = numbers.groupby([things, year]).mean().unstack()
    others: Floats = by_year.reindex(things).to_numpy("float64", copy=True)
    others[np.arange(len(year)), year] = np.nan
    return others


def _is_undone(written: float, undone: float, tries: int) -> bool:
    """Whether what is undone is likelier than what is written, and fits by itself."""
    return written - undone > no_chance(tries, GESTURE) and undone <= UNDONE * written


@rule("Q307")
def _in_another_unit(table: Table, whole: Whole) -> Iterator[Told]:
    """Numbers in a ratio of another unit, or of a nought, to those of all other years of the same
    thing. Where there is one other year alone, either may be wrong: of thousands the small one is
    told, else the later."""
    if table.name in (*HABITS["unitless"], *HABITS["parts_of_years"]):
        return
    for series in _series_of(table, whole):
        far, spread = _ratio_to_nearest(series)
        is_alone = (series.others > 0).sum(axis=1) == 1
        is_later = series.years == series.years.max()
        for unit in UNITS:
            log = math.log(unit)
            near = np.minimum(WITHIN * spread, CLOSE)
            is_ratio = np.abs(np.abs(far) - log) <= near
            is_sure = (log / spread) ** 2 / 2 > no_chance(len(far))
            is_wrong = far < 0 if unit >= THOUSAND else is_later
            told = is_ratio & is_sure & (is_wrong | ~is_alone)
            yield Told(told, "Q307 unit", {"unit": unit}, series.column.name)


@rule("Q328")
def _year_of_another_measure(table: Table, whole: Whole) -> Iterator[Told]:
    """Years most of whose numbers are twice those of the nearest year of the same thing, or more,
    as no other year's are: attendances typed for persons, the total of several years."""
    for series in _series_of(table, whole):
        far, _ = _ratio_to_nearest(series)
        is_known = ~np.isnan(far) & (series.years > 0)
        is_more = pd.Series(far > math.log(2))[is_known]
        counts = counted(is_more, series.years[is_known])
        for year in compared(counts):
            nats = year.nats_beyond(max(OFTEN_MORE, year.most))
            if nats > no_chance(len(counts), ASKED):
                words = {"year": year.name, "count": year.count, "every": year.size}
                rows = is_more.index[is_more & (series.years[is_known] == year.name)]
                yield together([*rows], "Q328", str(year.name), series.column.name, **words)


def _ratio_to_nearest(series: Series) -> tuple[Floats, Floats]:
    """The logarithm of the ratio of each value to that of the nearest year, missing where one of
    them is not positive, and its spread."""
    both = (series.values, series.others)
    values, others = (np.where(numbers > 0, numbers, np.nan) for numbers in both)
    ratio = np.log(values)[:, None] - np.log(others)
    distance = np.where(np.isnan(ratio), np.inf, np.abs(ratio))
    nearest = distance.argmin(axis=1)[:, None]
    of = (ratio, np.sqrt(series.width(series.values)))
    far, spread = (np.take_along_axis(each, nearest, axis=1)[:, 0] for each in of)
    return far, spread


@rule("P314")
def _columns_that_changed_places(table: Table, whole: Whole) -> Iterator[Told]:
    """Numbers of a year, each of which is what another column has in other years. Of two years
    the later is told."""
    pairs = [*combinations(_series_of(table, whole), 2)]
    for left, right in pairs:
        written = left.cost(left.values) + right.cost(right.values)
        undone = left.cost(right.values) + right.cost(left.values)
        is_same, is_missing = left.values == right.values, np.isnan(left.values + right.values)
        is_other = ~(is_same | is_missing)
        is_other |= np.isnan(left.values) != np.isnan(right.values)
        years = np.unique(left.years[left.years > 0])[::-1]
        for year in years:
            rows = is_other & (left.years == year)
            tries = len(years) * len(pairs)
            if _is_undone(written[rows].sum(), undone[rows].sum(), tries):
                words = {"name": left.column.name, "other": right.column.name, "year": year}
                wrong = rows & (written > undone)
                name = left.column.name
                yield together(wrong, "P314 year", f"{name} {year}", name, **words)
                break


@rule("P321")
def _pasted_a_row_away(table: Table, whole: Whole) -> Iterator[Told]:
    """Numbers of a year, each of which is what the row above or below has in other years. Of two
    years that would both do, the later is told."""
    years = whole.rows(table)["year"].to_numpy()
    latest_first = np.unique(years[years > 0])[::-1]
    blocks = [np.flatnonzero(years == year) for year in latest_first]
    for series in _series_of(table, whole):
        written = series.cost(series.values)
        for rows in (rows for rows in blocks if len(rows) > FEWEST):
            step = _step_away(series, rows, 2 * len(blocks))
            if step:
                wrong = rows[written[rows] > _moved_by(series, rows, step)]
                words = {"year": int(years[rows[0]]), "way": "bas" if step > 0 else "haut"}
                name, value = series.column.name, str(years[rows[0]])
                yield together([*wrong], "P321", value, name, **words)
                break


def _step_away(series: Series, rows: Numbers, tries: int) -> int:
    """By which step the values of these rows were pasted, down (1) or up (−1); 0 where they were
    not, or where other moves do nearly as well: then no row has a value of its own."""
    costs = {step: _moved_by(series, rows, step) for step in range(-MOVES, MOVES + 1)}
    step = min((1, -1), key=lambda step: float(costs[step].sum()))
    kept = slice(None, -1) if step > 0 else slice(1, None)
    of_kept = {other: float(cost[kept].sum()) for other, cost in costs.items()}
    undone = of_kept.pop(step)
    return step if _is_undone(min(of_kept.values()), undone, tries) else 0


def _moved_by(series: Series, rows: Numbers, step: int) -> Floats:
    """What each of these rows costs once the values are moved back by a step."""
    moved = series.values.copy()
    moved[rows] = np.roll(series.values[rows], -step)
    return series.cost(moved)[rows]


@rule("P322", "diagnostics", "note")
def _scale_turned_round(diagnostics: Table, whole: Whole) -> Iterator[Told]:
    """Marks of a commune's year that are those of the other years, read from the other end. Of two
    years the later is told."""
    rows = whole.rows(diagnostics)
    things = rows.groupby(["place", "quartier", "indicateur"], dropna=False).ngroup()
    column, marks = diagnostics.contract.column("note"), rows["note"].astype("float64")
    usual = usual_of_other_years(marks, things, rows["year"])
    turned = (column.minimum or 0) + (column.maximum or 0) - marks
    known = marks.notna() & usual.notna()
    if not known.any():
        return
    apart, from_end = (marks - usual) ** 2, (turned - usual) ** 2
    by = [rows["year"], rows["place"].fillna("")]
    gains = ((apart - from_end) / 2).where(known, 0.0)
    gain = gains.groupby(by).sum()
    fits = from_end.where(known).groupby(by).mean() <= AS_USUAL
    told = gain[fits & (gain > no_chance(len(gain), GESTURE))].reset_index()
    if rows["year"].nunique() == 2:
        told = told[told["year"] == rows["year"].max()]
    for year, place in zip(told["year"], told["place"], strict=True):
        is_there = rows["place"].fillna("") == place
        wrong = known & (rows["year"] == year) & is_there
        words = {"year": year, "commune": place}
        yield together(wrong, "P322", f"{place} {year}", **words)


def usual_of_other_years(numbers: pd.Series, things: pd.Series, years: pd.Series) -> pd.Series:
    """The median of a thing's numbers in other years."""
    usual = pd.Series(np.nan, numbers.index)
    for year in years.unique():
        rows = years == year
        others = numbers[~rows].groupby(things[~rows]).median()
        usual[rows] = things[rows].map(others)
    return usual


@rule("P323", "territoires", "valeur")
def _values_of_another_territory(territoires: Table, whole: Whole) -> Iterator[Told]:
    """Territories that have in a vintage what another has in the others, or what another has in
    the same."""
    rows = territoires.frame
    values = rows.pivot_table("valeur", ["millesime", "territoire"], "indicateur", "first")
    for year in values.index.unique(0):
        now, others = values.loc[year], values.drop(index=year, level=0)
        usual = others.groupby(level=1).median().reindex(columns=now.columns)
        for first, second in _exchanged(now, usual):
            words = {"first": first, "second": second, "year": int(year)}
            mask = (rows["millesime"] == year) & (rows["territoire"] == first)
            yield together(mask, "P323", f"{first} {year}", **words)


@rule("P323", "territoires", "valeur")
def _territories_alike(territoires: Table, whole: Whole) -> Iterator[Told]:
    """Two territories that have every value in common, some too large for chance."""
    rows = territoires.frame
    values = rows.pivot_table("valeur", "territoire", ["indicateur", "millesime"], "first")
    is_filled = values.notna().sum(axis=1) >= FEWEST
    large = values[is_filled & (values.max(axis=1) >= INHABITANTS)]
    for first, second in combinations(large.index, 2):
        if large.loc[first].equals(large.loc[second]):
            words = {"first": first, "second": second}
            mask = rows["territoire"].isin([first, second])
            yield together(mask, "P323 alike", f"{first} {second}", **words)


def _exchanged(now: pd.DataFrame, usual: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Each territory whose values are another's, with that one; rows are territories, columns
    indicators."""
    names = [name for name in now.index if name in usual.index]
    if len(names) < 2:
        return
    logs, before = (_logs_of(of.loc[names]) for of in (now, usual))
    # Rows are the values of now, columns whose usual ones they are held against.
    nats = (logs[:, None] - before[None]) ** 2 / (2 * STEADY**2)
    costs = np.nansum(np.minimum(nats, 2 * MOST_LOST), axis=2)
    own, other = np.diag(costs), costs.copy()
    np.fill_diagonal(other, np.inf)
    for row, nearest in enumerate(other.argmin(axis=1)):
        is_twin = _are_equal(now.loc[names[row]], now.loc[names[nearest]])
        is_copy = is_twin and own[row] > own[nearest] + MOST_LOST
        if is_copy or _is_undone(own[row], other[row, nearest], len(names) ** 2):
            yield names[row], names[nearest]


def _logs_of(values: pd.DataFrame) -> Floats:
    """The logarithms of what is above zero, else missing."""
    return np.asarray(np.log(values.where(values > 0).to_numpy()))


def _are_equal(one: pd.Series, other: pd.Series) -> bool:
    """Whether two territories have the same values, one of which is too large for chance."""
    known = one.notna() & other.notna()
    is_large = (one[known] >= INHABITANTS).any()
    return bool(is_large and (one[known] == other[known]).all())


@rule("P324")
def _running_totals(table: Table, whole: Whole) -> Iterator[Told]:
    """Numbers that grow every year by what the first year has: each year holds those before it."""
    if table.name not in HABITS["summed_by_year"]:
        return
    rows = whole.rows(table)
    rows = rows[rows["year"] > 0]
    same = HABITS["same"][table.name]
    counts = [name for name in table.columns("number") if table.contract.column(name).whole]
    for name in counts:
        by_year = rows.pivot_table(name, same, "year", "sum", min_count=1, dropna=False)
        years = [*by_year.columns]
        numbers = by_year.to_numpy("float64")
        running = (at for at in range(len(years)) if _are_running(numbers[:, at:]))
        start = next(running, None)
        if start is not None:
            is_later = rows["year"] > years[start]
            later = rows.index[is_later & rows[name].notna()]
            words = {"first": years[start], "last": years[-1]}
            value = f"{years[start]} à {years[-1]}"
            yield together([*later], "P324", value, name, **words)


def _are_running(numbers: Floats) -> bool:
    """Whether numbers, a row a thing and a column a year, never fall, and are running totals of
    the first year rather than the first year again."""
    numbers = numbers[numbers[:, 0] > 0]
    if numbers.shape[1] < FEWEST_YEARS or len(numbers) < FEWEST:
        return False
    if (np.diff(numbers) < 0).any():
        return False
    growth = np.log(numbers / numbers[:, :1])
    ranks = np.log(np.arange(1, numbers.shape[1] + 1))
    width = 2 * (YEAR_SPREAD**2 + 1 / numbers[:, :1])
    again = np.minimum(growth**2 / width, MOST_LOST)
    running = np.minimum((growth - ranks) ** 2 / width, MOST_LOST)
    written, undone = (float(np.nansum(nats)) for nats in (again, running))
    return _is_undone(written, undone, numbers.shape[1])


@rule("P325", "problematiques", "problematique")
def _codes_of_another_list(problematiques: Table, whole: Whole) -> Iterator[Told]:
    """Codes of a year that would be as often as in the others, were each the one before or after
    it in the list."""
    codes = [code.code for family in whole.service.problematiques for code in family.codes]
    rows = whole.rows(problematiques)
    code = pd.Index(codes).get_indexer(pd.Index(rows["problematique"]))
    year = np.where(code >= 0, rows["year"], 0)
    years = np.unique(year[year > 0])
    for at in years if len(years) > 1 else ():
        now = np.bincount(code[year == at], minlength=len(codes))
        is_other = (year > 0) & (year != at)
        usual = np.bincount(code[is_other], minlength=len(codes)) + UNSEEN
        logs = np.log(usual / usual.sum())
        for step, way in ((1, "suivant"), (-1, "précédent")):
            gain = float((now * (np.roll(logs, step) - logs)).sum())
            if gain > CLUSTERED * no_chance(2 * len(years)):
                words = {"year": at, "way": way}
                yield together(year == at, "P325", str(at), **words)


@rule("Q326")
def _another_kind_than_in_other_years(table: Table, whole: Whole) -> Iterator[Told]:
    """Things of a year that have another domain, field, unit than in most other years."""
    kinds = HABITS["kinds"].get(table.name, ())
    pairs = [pair for pair in kinds if {*pair} <= {*table.texts}]
    for thing, kind in pairs:
        rows = whole.rows(table)[["year", thing, kind]].dropna()
        changes = _changes(rows, thing, kind)
        years = _years_changed(changes.groupby(rows["year"]).sum().query("known > 0"))
        if years:
            wrong = changes["changed"] & rows["year"].isin(years)
            shown = ", ".join(map(str, years))
            words = {"years": shown, "count": int(wrong.sum()), "kind": kind, "thing": thing}
            yield together([*wrong.index[wrong]], "Q326", shown, kind, **words)


def _changes(rows: pd.DataFrame, thing: str, kind: str) -> pd.DataFrame:
    """Whether each row has ``changed``: another kind than its thing has in most other years;
    ``known`` is whether it is there in another. What a thing was first is its kind, unless that
    was for one year alone."""
    once_a_year = rows.drop_duplicates(["year", thing, kind])
    kinds = once_a_year.groupby([thing, kind]).size().reset_index(name="of")
    first = rows.sort_values("year").drop_duplicates(thing).set_index(thing)[kind]
    each = rows.reset_index().merge(kinds, on=thing, suffixes=("", "_other"))
    is_own = each[kind] == each[f"{kind}_other"]
    most = _most_years(each[~is_own], rows.index, 0)
    own = _most_years(each[is_own], rows.index, 1) - 1
    is_first = rows[kind] == rows[thing].map(first)
    has_several = rows["year"].nunique() > 2
    judged = (rows["year"] > rows["year"].min()) | has_several
    known = ((most + own) > 0) & judged
    changed = known & (most > np.where(is_first, 2 * own + 1, own))
    return pd.DataFrame({"changed": changed, "known": known})


def _most_years(each: pd.DataFrame, index: pd.Index, none: int) -> pd.Series:
    """In how many years, at most, the thing of each row is of a kind; ``none`` where it is never."""
    return each.groupby("index")["of"].max().reindex(index, fill_value=none)


def _years_changed(by_year: pd.DataFrame) -> list[int]:
    """The year in which too many changed, of those ``known``; else all in which some did, where
    together they are too many; else none."""
    some = [int(year) for year in by_year.index[by_year["changed"] > 0]]
    shares = by_year["changed"] / by_year["known"]
    usual = float(shares.quantile(interpolation="lower")) if len(shares) > 1 else 0.0
    blocks = [[year] for year in some] + [some]
    for years in blocks:
        count, every = by_year.loc[years, ["changed", "known"]].sum().astype(int)
        if count < FEWEST_CHANGED:
            continue
        nats = beyond_rate(int(count), int(every), max(CHANGES, usual))
        if nats > no_chance(len(blocks)):
            return years
    return []


@rule("Q317")
def _one_value_over_many_rows(table: Table, whole: Whole) -> Iterator[Told]:
    """Runs of one value far longer than any other of a column that has no order: filled down, or
    left at a default. Those of one day count once."""
    days, events = _days_of(table), _events_of(table, whole)
    names = _columns_without_order(table)
    enough = no_chance(len(names) * len(table.lines))
    for name in names:
        values = pd.factorize(table.frame[name])[0]
        for order in _orders(table, days, name):
            known = order[values[order] >= 0]
            run = _longest(values[known], None if events is None else events[known])
            if run is None or run[2] <= enough:
                continue
            rows = sorted(known[run[0] : run[1]].tolist())
            if not _is_block(table, rows, name):
                value = str(table.frame[name][rows[0]])
                words = {"count": len(rows), "value": value}
                yield together(rows, "Q317", value, name, **words)
                break


def _columns_without_order(table: Table) -> list[str]:
    """The columns of several values that are not entered place by place, team by team."""
    kinds = table.columns("code", "flag", "text", "number")
    unordered = [name for name in kinds if name not in HABITS["together"]]
    return [name for name in unordered if len(table.texts[name].values) > 1]


def _orders(table: Table, days: Days | None, name: str) -> Iterator[Numbers]:
    """The orders of rows in which runs of a column are looked for: as the file has them, unless
    that is by date; by their date; educator by educator."""
    as_written = np.arange(len(table.lines))
    if days is None:
        yield as_written
        return
    is_by_date = (days[1:] >= days[:-1]).mean() > MOST
    if not is_by_date:
        yield as_written
    yield np.argsort(days, kind="stable")
    if WHO in table.texts and table.contract.column(name).kind == "code":
        yield np.lexsort([days, pd.factorize(table.frame[WHO])[0]])


def _days_of(table: Table) -> Days | None:
    """The days of the rows of a table that is kept by days, where it has several rows."""
    column = HABITS["daily"].get(table.name, [""])[0]
    if column not in table.texts or len(table.lines) < 2:
        return None
    days: Days = table.frame[column].to_numpy("datetime64[D]")
    return days


def _events_of(table: Table, whole: Whole) -> Days | None:
    """The day by which rows count once: their own, else that on which the young person was first
    followed, for a group comes together."""
    days = _days_of(table)
    if days is not None or table.name not in HABITS["of_followed"] or "suivis" not in whole.tables:
        return days
    suivis = whole.tables["suivis"].frame.sort_values("date_debut")
    who = "id_suivi" if "id_suivi" in table.texts else "id_jeune"
    begun = referred(suivis, who, table.frame[who], ["date_debut"])["date_debut"]
    of_followed: Days = begun.to_numpy("datetime64[D]")
    return of_followed


def _longest(values: Numbers, day: Days | None) -> tuple[int, int, float] | None:
    """The longest run of a value, from and to, and its nats: that of a geometric law whose rate
    is that of the other runs of the value, or of all, and its share at least. None where another
    is nearly as long, or where runs of the column follow no such law."""
    is_new = values[1:] != values[:-1]
    starts = np.flatnonzero(np.r_[True, is_new])
    ends = np.r_[starts[1:], len(values)]
    lengths = ends - starts
    if day is not None:
        fresh = np.r_[True, is_new | (day[1:] != day[:-1])]
        lengths = np.add.reduceat(fresh.astype(np.int64), starts)
    longest = int(np.argmax(lengths))
    value, others = values[starts[longest]], np.delete(lengths, longest)
    same = np.delete(values[starts], longest) == value
    if value < 0 or len(others) < FEWEST_RUNS or lengths[longest] < LONGER * others.max():
        return None
    stays = _stays(others[same]) if same.sum() >= FEWEST_RUNS else _stays(others)
    stays = max(stays, float(share_of(others[same].sum(), others.sum())))
    other_nats = -int(others.max()) * np.log(_stays(others))
    if other_nats > no_chance(len(others)):
        return None
    nats = float(-lengths[longest] * np.log(stays))
    return int(starts[longest]), int(ends[longest]), nats


def _is_block(table: Table, rows: list[int], name: str) -> bool:
    """Whether these rows are most of those that have the values of another column: the file is
    sorted by it."""
    for other in table.columns("code", "flag", "commune", "text", "number"):
        inside = table.frame[other].iloc[rows].unique()
        is_grouped = other != name and len(inside) * ROWS_OF_A_VALUE <= len(rows)
        if is_grouped and table.frame[other].isin(inside).sum() * MOST < len(rows):
            return True
    return False


def _stays(lengths: Numbers) -> float:
    """How often a value is followed by itself, in runs of these lengths."""
    return float(share_of(lengths.sum() - len(lengths), lengths.sum()))


@rule("P327")
def _series_filled_down(table: Table, whole: Whole) -> Iterator[Told]:
    """Numbers or births each of which is the one above and one more, over more rows than
    anywhere else in the column: the handle of a spreadsheet makes such a series."""
    for name in table.columns("number", "birth"):
        rows = _steps_of_one(_as_numbers(table.frame[name]))
        if rows:
            is_birth = table.contract.column(name).kind == "birth"
            words = {"count": len(rows), "step": "un jour" if is_birth else "un"}
            yield together(rows, "P327", table.shown(name, rows[0]), name, **words)


def _as_numbers(column: pd.Series) -> pd.Series:
    """A column as numbers, its days or its values, without those that are missing."""
    known = column.dropna()
    if known.dtype.kind == "M":
        known = (known - pd.Timestamp(0)).dt.days
    return known.astype("float64")


def _steps_of_one(column: pd.Series) -> list[int]:
    """The longest run of rows that have each one more than the row above, where chance does not
    give it and the column is in no order; else none."""
    steps = np.diff(column.to_numpy())
    if len(steps) < FEWEST_STEPS or (steps >= 0).mean() > MOST:
        return []
    first, last = _longest_of(steps == 1)
    length = last - first
    rest = (steps == 1).sum() - length
    nats = -length * np.log(share_of(rest, len(steps) - length))
    if length < FEWEST_STEPS or nats <= no_chance(len(steps), ASKED):
        return []
    return [int(row) for row in column.index[first : last + 1]]


def _longest_of(mask: Mask) -> tuple[int, int]:
    """Where the longest run of what is true begins, and ends."""
    framed = np.r_[False, mask, False].astype(int)
    edges = np.flatnonzero(np.diff(framed))
    runs = edges.reshape(-1, 2)
    if not len(runs):
        return 0, 0
    first, last = runs[np.argmax(runs[:, 1] - runs[:, 0])]
    return int(first), int(last)


@rule("Q331")
def _sorted_alone(table: Table, whole: Whole) -> Iterator[Told]:
    """A column in its own order, in rows that are in the order of another: sorted without the
    others, for both are in order by chance as seldom as a pack of cards."""
    rows, yearly = whole.rows(table), "annee" in table.texts
    kinds = table.columns("code", "commune", "text", "birth")
    blocks = [*rows.groupby("year")] if yearly else [(0, rows)]
    for year, block in blocks:
        possible = table.columns("date", "code", "commune", "text")
        orders = [name for name in possible if _is_order(block[name])]
        if not orders:
            continue
        when, value = (f"En {year}, ", str(year)) if yearly else ("", "")
        for name in kinds:
            if name in orders:
                continue
            if _nats_of_order(block[name]) > no_chance(len(kinds) * len(blocks), ASKED):
                words = {"other": orders[0], "name": name, "when": when}
                yield together([*block.index], "Q331", value, name, **words)


@rule("Q331")
def _sorted_in_part(table: Table, whole: Whole) -> Iterator[Told]:
    """Births of a stretch of rows that are in order, in a table that is not: of so many, chance
    gives one order among all that there are."""
    for name in table.columns("birth"):
        births = table.frame[name].dropna()
        steps = np.diff(_as_numbers(births).to_numpy())
        for is_on in (steps >= 0, steps <= 0):
            first, last = _longest_of(is_on)
            rows = [int(row) for row in births.index[first : last + 1]]
            rest = np.delete(is_on, np.s_[first:last])
            nats = math.lgamma(births.loc[rows].nunique() + 1)
            if len(rest) < FEWEST_STEPS or rest.mean() > UNORDERED:
                continue
            if nats > no_chance(len(births)):
                words = {"count": len(rows), "name": name}
                value = table.shown(name, rows[0])
                yield together(rows, "Q331 part", value, name, **words)


def _nats_of_order(values: pd.Series) -> float:
    """Nats of values that are in order, 0 where they are not: of as many orders as a draw of
    them has."""
    known = values.dropna()
    if len(known) < NEARLY_ALL * len(values) or not known.is_monotonic_increasing:
        return 0.0
    counts = known.value_counts().to_numpy()
    return math.lgamma(counts.sum() + 1) - sum(math.lgamma(count + 1) for count in counts)


def _as_sorted(values: pd.Series) -> pd.Series:
    """Values as a spreadsheet sorts them: without accents and capitals, without those that are
    missing."""
    known = values.dropna()
    return known if known.dtype.kind == "M" else known.map(simplified)


def _is_order(values: pd.Series) -> bool:
    """Whether rows are in the order of a column that tells most of them apart."""
    known = _as_sorted(values)
    is_filled = len(known) > NEARLY_ALL * len(values)
    is_fine = is_filled and known.nunique() > TELLS_APART * len(values)
    return is_fine and bool(known.is_monotonic_increasing)


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
