"""What is not there any more: ends of follow-ups, days of the whole service or of an educator,
cells of a column."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.records.frames import among
from rlpipeline.records.table import (
    ASKED,
    HABITS,
    Table,
    Told,
    Whole,
    beyond_count,
    beyond_rate,
    compared,
    counted,
    no_chance,
    rule,
    together,
)
from rlpipeline.records.tables import written

MANY = 50
"""Rows of which none ended, or people of one sex alone: where two of a hundred do not, once in
three services."""
SETTLED = 182  # days after which some follow-ups have ended
SILENT = 31  # days without a row in any table that are no closing of the service
AWAY, LONG_AWAY, STAYED = 56, 200, 3
"""Days without a row that are asked about, where they are whole months, or however they fall;
days worked after them."""
EDGE = 3  # days at the edges of a month without a row that may be a week-end
LEFT, STILL_OPEN = (
    91,
    2,
)  # days since an educator's last one; follow-ups that she left open, at least
FEWEST_ROWS = 5  # rows of the first weeks of a year that are judged
UNUSUAL_HOURS = 0.25
"""Difference of logarithms of the hours of a post from year to year: of 276 right services, six
that were closed for months and one other go beyond."""
KEPT_HOURS = 400  # of a full post in a year, of 1,607: below, hours are not kept for all
CLUSTERED = 2  # who enters one row enters others: nats count for half
LEAST_EXPECTED = 3  # rows of a group that has none, at least
FIRST_WEEKS, NESTED = (90, 74, 59, 45, 31), 2
"""Days since the first of January, the longest time first; how many trials the five are, for
each holds the next."""
Days = npt.NDArray[np.int64]


@rule("P508", "suivis", "date_fin")
def _none_ended(suivis: Table, whole: Whole) -> Iterator[Told]:
    """No follow-up has an end, though many began half a year before the last; or none ends in
    one year, though as many as in the others were to."""
    begun, ended = suivis.frame["date_debut"], suivis.frame["date_fin"]
    old = begun <= begun.max() - pd.Timedelta(days=SETTLED)
    if old.sum() >= MANY and ended.isna().all():
        yield together((), "P508", "", count=int(old.sum()))
        return
    years = range(max(whole.first_year(suivis), 1), whole.latest + 1)
    active = pd.Series([_active(suivis.frame, year) for year in years], years, dtype="int64")
    ends = ended.dt.year.value_counts().reindex(years, fill_value=0)
    share = (ends.sum() - ends) / (active.sum() - active)
    expected = active * share.replace(np.inf, np.nan).fillna(0.0)
    is_without = (ends == 0) & (expected > no_chance(len(years)))
    for year in expected.index[is_without]:
        words = {"year": year, "active": active[year]}
        yield together((), "P508 year", str(year), **words)


def _active(suivis: pd.DataFrame, year: int) -> int:
    """How many follow-ups have a day in a year."""
    is_over = suivis["date_fin"].dt.year < year
    return int(((suivis["date_debut"].dt.year <= year) & ~is_over).sum())


@rule("P509", "suivis", "id_jeune")
def _without_follow_up(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Most young people have no follow-up, nor were met at a drop-in; or none of a commune, or
    of those first met in a year, has one, as no others."""
    if "jeunes" not in whole.tables:
        return
    jeunes = whole.tables["jeunes"]
    rows = whole.rows(jeunes)
    followed = pd.Series(among(rows["id_jeune"], suivis.frame["id_jeune"]), rows.index)
    known = followed
    if "presences" in whole.tables:
        known = known | among(rows["id_jeune"], whole.tables["presences"].frame["id_jeune"])
    alone = int((~known).sum())
    if len(known) >= MANY and 2 * alone > len(known):
        words = {"count": alone, "every": len(known)}
        yield together((), "P509", "", **words)
        return
    years = rows["year"].where(rows["year"] >= whole.first_year(jeunes)).astype("Int64")
    communes = rows["commune"].where(rows["commune"].isin(whole.service.commune_codes))
    for group in (communes, years.astype("str").where(years.notna())):
        for name, size in _groups_of_none(followed, group):
            of_group = {"name": name, "count": size}
            yield Told((), "P509 group", of_group, value=str(name), together=True)


def _groups_of_none(there: pd.Series, group: pd.Series) -> Iterator[tuple[object, int]]:
    """Groups of which none is there, and their sizes, where chance does not give it by the share
    of the group that has fewest else."""
    counts = counted(there, group)
    for own in compared(counts):
        nats = -own.size * np.log1p(-own.least)
        if not own.count and nats > no_chance(len(counts)):
            yield own.name, own.size


@rule("P510")
def _all_silent(table: Table, whole: Whole) -> Iterator[Told]:
    """No table has a row in the last weeks of a year that is over; told of the first table that
    is kept by days."""
    kept = [name for name in HABITS["daily"] if name in whole.tables]
    over = whole.extraction is not None and whole.extraction.year > whole.latest > 0
    if not over or table.name != kept[0]:
        return
    until = int(np.datetime64(f"{whole.latest:04}-12-31", "D").astype(np.int64))
    of_tables = [_days_of(whole.tables[name]) for name in kept]
    days = np.unique(np.concatenate(of_tables))
    days = days[days <= until]
    if not len(days):
        return
    silent = until - int(days[-1])
    rate = (days > days[-1] - 365).sum() / 365
    if silent >= SILENT and silent * rate > no_chance(1):
        last = pd.Timestamp(int(days[-1]), unit="D")
        words = {"last": last, "latest": whole.latest}
        column = HABITS["daily"][table.name][0]
        yield Told((), "P510", words, column, value=f"{last:%d/%m/%Y}", together=True)


def _days_of(table: Table) -> Days:
    names = HABITS["daily"][table.name]
    columns = [table.frame[name].dropna() for name in names]
    return np.concatenate([day.to_numpy("datetime64[D]").astype(np.int64) for day in columns])


@rule("Q601", "temps", "educateur")
def _educators_away(temps: Table, whole: Whole) -> Iterator[Told]:
    """Educators without a row for whole months, from the first day to the last, who have some
    before and after: who is away seldom leaves on the last day of a month and comes back on the
    first of another."""
    worked = _days_worked(temps)
    for name, days in worked.items():
        gaps = np.diff(days)
        for place in np.flatnonzero(gaps >= AWAY):
            first, last = pd.to_datetime(days[place : place + 2], unit="D")
            span_worked = days[-1] - days[0] - gaps[place] + 1
            rate = (len(days) - 1) / span_worked
            is_of_months = first.days_in_month - first.day < EDGE and last.day <= EDGE
            is_left = gaps[place] >= LONG_AWAY
            later = len(days) - place - 1
            is_away = is_of_months or is_left
            if is_away and later >= STAYED and gaps[place] * rate > no_chance(len(worked)):
                span = f"{first:%d/%m/%Y} au {last:%d/%m/%Y}"
                words = {"name": name, "span": span}
                yield together((), "Q601", f"{name}, {span}", **words)


def _days_worked(temps: Table) -> dict[str, Days]:
    """The days of each educator, in order."""
    rows = temps.frame[temps.readable("date", "educateur")]
    day = rows["date"].dt.as_unit("s").astype("int64") // 86_400
    return {str(name): np.unique(days) for name, days in day.groupby(rows["educateur"])}


@rule("Q604", "suivis", "educateur")
def _left_open(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups still open under an educator who has had no row of time for three months."""
    if "temps" not in whole.tables:
        return
    worked = _days_worked(whole.tables["temps"])
    latest = max((days[-1] for days in worked.values()), default=0)
    for name, days in worked.items():
        rate = len(days) / (days[-1] - days[0] + SILENT)
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


@rule("Q602", "jeunes", "sexe")
def _of_one_sex(jeunes: Table, whole: Whole) -> Iterator[Told]:
    """All young people whose sex is known have the same."""
    known = jeunes.frame["sexe"][jeunes.frame["sexe"].isin(["F", "G"])]
    if len(known) >= MANY and known.nunique() == 1:
        words = {"sex": known.iloc[0], "count": len(known)}
        yield together((), "Q602", str(known.iloc[0]), **words)


@rule("Q605")
def _groups_without_rows(table: Table, whole: Whole) -> Iterator[Told]:
    """Communes or educators without a row in a year, or ever, though they follow as many young
    people as those who have some: a filter left on, a sheet forgotten."""
    if table.name not in HABITS["of_followed"] or "suivis" not in whole.tables:
        return
    followed, rows = whole.once("followed", lambda: _followed(whole)), whole.rows(table)
    who = "id_suivi" if "id_suivi" in rows else "id_jeune"
    people = followed.drop_duplicates([who, "year"])
    known = rows[[who, "year"]].merge(people, on=[who, "year"])
    for group, of in (("educateur", "de"), ("place", "à")):
        never, years = _never_there(known, people, group), _absent_years(known, people, group)
        for empty in (*never, *years):
            names = ", ".join(map(str, empty.expected.index))
            words = {"names": names, "of": of, "when": empty.when}
            words |= {"expected": f"{empty.expected.sum():.0f}"}
            yield together((), "Q605", f"{names} {empty.when}", who, **words)


@rule("Q605")
def _years_half_entered(table: Table, whole: Whole) -> Iterator[Told]:
    """Years in which far fewer of those who are followed have a row than in any other: an
    export that stops early, rows left out."""
    if table.name not in HABITS["of_followed"] or "suivis" not in whole.tables:
        return
    followed, rows = whole.once("followed", lambda: _followed(whole)), whole.rows(table)
    who = "id_suivi" if "id_suivi" in rows else "id_jeune"
    people = followed.drop_duplicates([who, "year"])[[who, "year"]]
    noted = rows[[who, "year"]].drop_duplicates()
    there = people.merge(noted, how="left", indicator="both")
    counts = counted(there["both"] == "both", there["year"])
    counts = counts[counts["sum"] > 0]
    for year in compared(counts) if len(counts) > 1 else ():
        nats = beyond_rate(year.size - year.count, year.size, 1 - year.least)
        is_far = year.count < year.least * year.size / 2
        if is_far and nats > CLUSTERED * no_chance(len(counts), ASKED):
            words = {"year": year.name, "count": year.count, "people": year.size}
            least = f"{100 * year.least:.0f}"
            yield together((), "Q605 few", str(year.name), who, least=least, **words)


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


@rule("Q605", column="commune")
def _communes_without_rows(table: Table, whole: Whole) -> Iterator[Told]:
    """Communes without a row in a year, in a table that says where, though they have young people
    followed and had rows in all other years. Days count, not rows, where several are of one day."""
    if table.name not in HABITS["of_communes"] or "suivis" not in whole.tables:
        return
    rows = whole.rows(table)
    is_home = rows["commune"].isin(whole.service.commune_codes)
    rows = rows[is_home & (rows["year"] > 0)]
    rows = rows.drop_duplicates(["date", "commune"]) if "date" in rows else rows
    people = whole.once("followed", lambda: _followed(whole)).drop_duplicates(["id_jeune", "year"])
    counts = rows.groupby(["commune", "year"]).size().unstack(fill_value=0)
    exposed = people.groupby(["place", "year"]).size().unstack(fill_value=0)
    exposed = exposed.reindex(index=counts.index, columns=counts.columns, fill_value=0)
    rates = counts / exposed.clip(lower=1)
    for year in counts.columns if counts.shape[1] > 1 else ():
        expected = rates.drop(columns=year).min(axis=1) * exposed[year]
        expected = expected[(counts[year] == 0) & (expected >= LEAST_EXPECTED)]
        if expected.sum() > no_chance(counts.size, ASKED):
            names, when = ", ".join(expected.index), f"en {year}"
            words = {"names": names, "of": "à", "when": when, "expected": f"{expected.sum():.0f}"}
            yield together((), "Q605", f"{names} {when}", **words)


@dataclass(frozen=True)
class _Empty:
    """Groups without a row, and how many are ``expected`` of each."""

    expected: pd.Series
    when: str


def _never_there(known: pd.DataFrame, people: pd.DataFrame, group: str) -> Iterator[_Empty]:
    """Groups none of whose young people ever has a row, though enough of the others' have."""
    persons = people.drop_duplicates([group, "id_jeune"])
    there = persons["id_jeune"].isin(known["id_jeune"])
    counts = there.groupby(persons[group]).agg(["sum", "size"])
    never = counts["sum"] == 0
    others = counts[~never].sum()
    rate = others["sum"] / max(others["size"], 1)
    yield from _enough(counts["size"][never] * rate, len(counts), "en aucune année")


def _absent_years(known: pd.DataFrame, people: pd.DataFrame, group: str) -> Iterator[_Empty]:
    """Groups without a row in one year, though enough are expected by their own other years."""
    counts = known.groupby([group, "year"]).size().unstack(fill_value=0)
    exposed = people.groupby([group, "year"]).size().unstack(fill_value=0)
    exposed = exposed.reindex(index=counts.index, columns=counts.columns, fill_value=0)
    for year in counts.columns if counts.shape[1] > 1 else ():
        others = counts.columns.drop(year)
        before, followed = (of[others].sum(axis=1) for of in (counts, exposed))
        rate = before / followed.clip(lower=1)
        expected = (exposed[year] * rate)[counts[year] == 0]
        yield from _enough(expected, counts.size, f"en {year}")


def _enough(expected: pd.Series, tries: int, when: str) -> Iterator[_Empty]:
    """The groups of which some rows are expected, where chance does not leave all of them out."""
    asked = expected[expected >= LEAST_EXPECTED]
    if asked.sum() > no_chance(tries, ASKED):
        yield _Empty(asked, when)


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
