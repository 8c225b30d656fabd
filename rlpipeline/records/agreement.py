"""What does not agree with what the same row, or another table, says: ages, first contacts,
communes, units, days."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.records.table import (
    ASKED,
    HABITS,
    USAGE,
    Table,
    Told,
    Whole,
    beyond_rate,
    no_chance,
    referred,
    rule,
    share_of,
    together,
)

MINUTES, FEWEST_TIMES = (0.15, 0.3, 0.45), 10
"""What quarters of an hour become where minutes are written as decimals, and times that show it,
at least."""
FEW_DAYS, THURSDAY, FRIDAY, SATURDAY, SUNDAY = 50, 3, 4, 5, 6
SELDOM = 0.1
FEWEST_ENDED, LEAVE, HALF_A_YEAR = 5, 60, 183
"""Follow-ups ended on one day, at least; days in which somebody comes to take leave; days after
an end that are seen."""
WEEK = 7
MONTHS, CLOSED, FEWEST_OPEN, FEWEST_OFF = 12, 0.03, 20, 3
"""Days that may be a month; share of a day of the week on which a place is closed; days that it
is known by, and days that are unusual, at least."""
Numbers = npt.NDArray[np.int64]
Days = npt.NDArray[np.datetime64]


@rule("P316", "situations", "situation")
def _schooling_and_age(situations: Table, whole: Whole) -> Iterator[Told]:
    """Situations that nobody has at this age, counted on 31 December."""
    if "jeunes" not in whole.tables:
        return
    rows, jeunes = situations.frame, whole.tables["jeunes"].frame
    born = referred(jeunes, "id_jeune", rows["id_jeune"], ["annee_naissance"])["annee_naissance"]
    age = rows["annee"].where(rows["annee"] > 0) - born.astype("Float64")
    limits = rows["situation"].map(HABITS["ages"])
    least, most = (limits.str[place].astype("Float64") for place in (0, 1))
    wrong = ((age < least) | (age > most)).fillna(False).astype(bool)
    yield Told(wrong, "P316", {"age": age.fillna(0).astype(int)})


@rule("P410", "suivis", "date_debut")
@rule("P410", "presences", "date")
def _before_first_contact(table: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups and meetings from before the first contact: told one by one where they are few."""
    if "jeunes" not in whole.tables:
        return
    column = "date" if table.name == "presences" else "date_debut"
    jeunes = whole.tables["jeunes"].frame
    first = referred(jeunes, "id_jeune", table.frame["id_jeune"], ["premier_contact"])
    early = table.frame[column] < first["premier_contact"]
    words = {"count": int(early.sum()), "every": len(early)}
    if early.sum() > max(1, USAGE * len(early)):
        yield Told(early, "P410 most", words, column, value="", together=True)
    else:
        yield Told(early, "P410", {}, column)


@rule("P319", "temps", "heures")
def _minutes_as_decimals(temps: Table, whole: Whole) -> Iterator[Told]:
    """Hours of an educator that, from some day on, have no other decimals than quarters of an
    hour written as minutes: 1,30 for 1 h 30. Told once where it is so of most."""
    is_known = temps.frame[["date", "heures"]].notna().all(axis=1)
    rows = temps.frame[is_known]
    found = {name: _written_as_minutes(own) for name, own in rows.groupby("educateur")}
    found = {name: times for name, times in found.items() if len(times)}
    every = len(found) > max(1, rows["educateur"].nunique() / 2)
    groups = {f"{len(found)} éducateurs": pd.concat([*found.values()])} if every else found
    for name, times in groups.items():
        words = {"name": name, "first": times.min()}
        yield together([*times.index], "P319", str(name), **words)


def _written_as_minutes(rows: pd.DataFrame) -> pd.Series:
    """The dates of the times of an educator that are written as hours and minutes, none where
    others are beside."""
    parts = (rows["heures"] % 1).round(3)
    is_minutes = parts.isin(MINUTES)
    dates = rows["date"][is_minutes]
    if len(dates) < FEWEST_TIMES:
        return dates.head(0)
    first = dates.quantile(SELDOM, interpolation="lower")
    span = rows["date"].between(first, dates.max())
    others = (span & (parts > 0) & ~is_minutes).sum()
    dates = dates[dates >= first]
    are_all = parts[dates.index].nunique() == len(MINUTES)
    return dates if are_all and others <= USAGE * len(dates) else dates.head(0)


@rule("P320", "temps", "educateur")
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
        yield Told(mask, "P320", {"year": year}, "date", str(year), together=True)


@rule("P329", "suivis", "educateur")
def _ended_together_and_met_again(suivis: Table, whole: Whole) -> Iterator[Told]:
    """Follow-ups of an educator that end on one day, of young people who are met or followed
    again, as those of other days are not: closed as a whole, at a departure."""
    frame = suivis.frame
    ended = frame[frame["date_fin"].notna() & (frame["motif_cloture"] != "changement_statut")]
    again = _met_again(ended, whole)
    of_day = [ended["date_fin"], ended["educateur"]]
    counts = again.groupby(of_day).agg(["sum", "size"])
    large = counts[counts["size"] >= FEWEST_ENDED]
    for (day, name), met, size in large.itertuples():
        rate = share_of(again.sum() - met, len(again) - size)
        nats = beyond_rate(int(met), int(size), float(rate))
        if nats > no_chance(len(large), ASKED):
            mask = (frame["date_fin"] == day) & (frame["educateur"] == name)
            words = {"name": name, "day": day, "count": size, "met": met}
            yield together(mask, "P329", f"{name} {day:%d/%m/%Y}", "date_fin", **words)


def _met_again(ended: pd.DataFrame, whole: Whole) -> pd.Series:
    """Whether the young person of each ended follow-up is followed again in the half year after,
    or still met when it is no more to take leave."""
    columns = {"suivis": ("date_debut", 0), "presences": ("date", LEAVE)}
    again = pd.Series(False, ended.index)
    ends = ended[["id_jeune", "date_fin"]].reset_index()
    for name, (column, since) in columns.items():
        if name in whole.tables:
            rows = whole.tables[name].frame[["id_jeune", column]]
            both = ends.merge(rows, on="id_jeune")
            after = (both[column] - both["date_fin"]).dt.days
            is_soon = after.between(since + 1, HALF_A_YEAR)
            again |= again.index.isin(both.loc[is_soon, "index"])
    return again


@rule("P330")
def _unusual_days_of_the_week(table: Table, whole: Whole) -> Iterator[Told]:
    """Months, or the days up to the twelfth of a year, that fall on days of the week that a
    place, an educator or the service seldom has: dates written for others, or day and month
    exchanged."""
    column = HABITS["daily"].get(table.name, [""])[0]
    weekly = HABITS["weekly"].get(table.name, ())
    where = [name for name in weekly if name in table.texts]
    if column not in table.texts:
        return
    frame = table.frame[[column, *where]].dropna().drop_duplicates()
    groups = frame.groupby(where) if where else [((), frame)]
    for place, own in groups:
        found = sorted(_unusual_days(own[column]), key=lambda item: -len(item.days))
        for longest in found[:1]:
            mask = table.frame[column].isin(longest.days)
            mask &= (table.frame[where] == [*place]).all(axis=1)
            of = " ".join(map(str, place[::-1]))
            words = {"where": f", {of}" * bool(place), "span": longest.span}
            value = " ".join([*map(str, place[:1]), longest.span])
            yield together(mask, "P330", value, column, **words)


@dataclass(frozen=True)
class _Unusual:
    """Days of a time that fall on days of the week that are seldom those of others."""

    days: pd.Series
    span: str


def _unusual_days(days: pd.Series) -> Iterator[_Unusual]:
    """The months of a place, and the first days of the months of its years, that have too many
    unusual days."""
    early = days[days.dt.day <= MONTHS]
    months = days.groupby(days.dt.strftime("%m/%Y"))
    blocks = [*months, *early.groupby(early.dt.strftime("%Y"))]
    for span, own in blocks:
        others = days.drop(index=own.index).dt.day_of_week
        counts = np.bincount(others, minlength=WEEK)
        is_seldom = counts <= CLOSED * len(others)
        off = own[is_seldom[own.dt.day_of_week]]
        if len(others) < FEWEST_OPEN or len(off) < FEWEST_OFF:
            continue
        rate = float(share_of(counts[is_seldom].sum(), len(others)))
        if beyond_rate(len(off), len(own), rate) > no_chance(len(blocks)):
            yield _Unusual(off, span)
