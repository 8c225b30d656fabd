"""What does not agree with what the same row, or another table, says: ages, first contacts, communes, units, days."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.records.repeats import participants
from rlpipeline.records.table import (
    HABITS,
    USAGE,
    Table,
    Told,
    Whole,
    beyond_rate,
    no_chance,
    referred,
    rule,
)
from rlpipeline.records.tables import Mask

FROM_OUTSIDE = (
    0.15  # of the people met in a commune: those of 50 clean services are 0.1 of a commune's year
)
FEWEST_RUNS, LONGER = 5, 3
"""Other runs of a value that one is held against, at least; how many times longer than any it must be."""
ROWS_OF_A_VALUE, MOST = 5, 0.8
"""Rows of each value of a column by which a file may be sorted; share of them all that makes a block of it."""
FEWEST_SESSIONS, WITHIN = 3, 2.5
"""Sessions of an action, at least; standard deviations within which its number is that of its sessions."""
STEADY = 0.25  # least spread (standard deviation of the logarithm) of a number of participants
MINUTES, FEWEST_TIMES = (0.15, 0.3, 0.45), 10
"""What quarters of an hour become where minutes are written as decimals, and times that show it, at least."""
FEW_DAYS, SUNDAY, FRIDAY, SATURDAY = 50, 6, 4, 5
SELDOM = 0.1
PRIOR = 5  # rows of the average that temper the share of few
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
        yield Told(early, "P410", {"first": first["premier_contact"]}, column)


@rule("P212", "presences", "commune")
def _met_away_from_home(presences: Table, whole: Whole) -> Iterator[Told]:
    """Communes in a year of which too many of those met live elsewhere: more than in its other years, and than in most
    of the others."""
    rows, communes = whole.rows(presences), pd.Index(whole.service.commune_codes)
    place = communes.get_indexer(pd.Index(rows["commune"]))
    years, year = np.unique(rows["year"], return_inverse=True)
    known = (place >= 0) & rows["home"].notna().to_numpy() & (rows["year"] > 0).to_numpy()
    away = known & (rows["home"] != rows["commune"]).to_numpy()
    shape = (len(communes), len(years))
    met, outside = (_counted(place[mask], year[mask], shape) for mask in (known, away))
    shares = (outside + FROM_OUTSIDE * PRIOR) / (met + PRIOR)
    for at, of in np.argwhere(outside > FROM_OUTSIDE * met):
        own = np.delete(shares[at], of)[np.delete(met[at], of) > 0]
        others = np.delete(shares[:, of], at)[np.delete(met[:, of], at) > 0]
        usual = [*own, *([np.median(others)] if len(others) else [])]
        rate = float(max([FROM_OUTSIDE, *usual]))
        if beyond_rate(int(outside[at, of]), int(met[at, of]), rate) > no_chance(met.size):
            words = {"commune": communes[at], "year": years[of], "met": int(met[at, of])}
            words["outside"] = int(outside[at, of])
            mask = away & (place == at) & (year == of)
            value = f"{communes[at]} {years[of]}"
            yield Told(mask, "P212", words, value=value, together=True)


def _counted(rows: Numbers, columns: Numbers, shape: tuple[int, int]) -> Numbers:
    flat = np.bincount(rows * shape[1] + columns, minlength=shape[0] * shape[1])
    return flat.reshape(shape)


@rule("P317")
def _one_value_over_many_rows(table: Table, whole: Whole) -> Iterator[Told]:
    """Runs of one value far longer than any other of a column that has no order: filled down, or left at a default.
    Rows are taken by their date, and as a file that is not in its order has them; those of one day count once."""
    days = _days_of(table)
    orders = [np.arange(len(table.lines))]
    if days is not None:
        by_date = np.argsort(days, kind="stable")
        is_in_order = (days[1:] >= days[:-1]).mean() > MOST
        orders = [by_date] if is_in_order else [*orders, by_date]
    names = [
        name
        for name in table.columns("code", "flag", "commune", "text")
        if len(table.texts[name].values) > 1
    ]
    for name in names:
        values = pd.factorize(table.frame[name])[0]
        for order in orders:
            run = _longest(values[order], None if days is None else days[order])
            if run is None or run[2] <= no_chance(len(names) * len(table.lines)):
                continue
            rows = sorted(order[run[0] : run[1]].tolist())
            if not _is_block(table, rows, name):
                value = str(table.frame[name][rows[0]])
                words = {"count": len(rows), "value": value}
                yield Told(rows, "P317", words, name, value, together=True)
                break


def _days_of(table: Table) -> Days | None:
    """The days of the rows of a table that is kept by days, where it has several rows."""
    column = HABITS["daily"].get(table.name, [""])[0]
    if column not in table.texts or len(table.lines) < 2:
        return None
    days: Days = table.frame[column].to_numpy("datetime64[D]")
    return days


def _longest(values: Numbers, day: Days | None) -> tuple[int, int, float] | None:
    """The longest run of a value, from and to, and its nats: that of a geometric law whose rate is that of the other
    runs of the value. None where another is nearly as long, or where runs of the column follow no such law."""
    starts = np.flatnonzero(np.r_[True, values[1:] != values[:-1]])
    ends = np.r_[starts[1:], len(values)]
    lengths = ends - starts
    if day is not None:
        fresh = np.r_[True, (values[1:] != values[:-1]) | (day[1:] != day[:-1])]
        lengths = np.add.reduceat(fresh.astype(np.int64), starts)
    longest = int(np.argmax(lengths))
    value, others = values[starts[longest]], np.delete(lengths, longest)
    same = np.delete(values[starts], longest) == value
    if value < 0 or same.sum() < FEWEST_RUNS or lengths[longest] < LONGER * others.max():
        return None
    stays = _stays(others[same])
    if -int(others.max()) * np.log(_stays(others)) > no_chance(len(others)):
        return None
    return int(starts[longest]), int(ends[longest]), float(-lengths[longest] * np.log(stays))


def _is_block(table: Table, rows: list[int], name: str) -> bool:
    """Whether these rows are most of those that have the values of another column: the file is sorted by it."""
    for other in table.columns("code", "flag", "commune", "text", "number"):
        inside = table.frame[other].iloc[rows].unique()
        is_grouped = other != name and len(inside) * ROWS_OF_A_VALUE <= len(rows)
        if is_grouped and table.frame[other].isin(inside).sum() * MOST < len(rows):
            return True
    return False


def _stays(lengths: Numbers) -> float:
    """How often a value is followed by itself, in runs of these lengths."""
    return float((lengths.sum() - len(lengths) + 1) / (lengths.sum() + 2))


@rule("P318", "actions", "unite")
def _attendances_as_persons(actions: Table, whole: Whole) -> Iterator[Told]:
    """Actions counted in persons that have as many more of them, than in other years, as they have sessions: one alone,
    or those of a commune's year, by how much likelier its attendances are than its persons."""
    frame = actions.frame
    numbers = np.log(participants(frame["id_action"], whole).sum(axis=1, min_count=1))
    same = frame["libelle"] + " " + frame["commune"].fillna("")
    usual = _usual_of_other_years(numbers.where(np.isfinite(numbers)), same, frame["annee"])
    apart = numbers - usual
    sessions = np.log(frame["seances"].where(frame["seances"] >= FEWEST_SESSIONS))
    sessions = sessions.where(frame["unite"] == "personnes")
    nearest = [apart.abs(), (apart - sessions).abs(), (apart + sessions).abs()]
    spread = max(STEADY, float(pd.concat(nearest, axis=1).min(axis=1).quantile(0.9)) / 1.645)
    nats = (apart**2 - (apart - sessions) ** 2) / (2 * spread**2)
    of_year = nats.groupby([frame["annee"], frame["commune"].fillna("")]).transform("sum")
    likelier = np.maximum(nats.fillna(0), of_year.fillna(0)) > no_chance(len(frame))
    told = likelier & (nats > 0) & ((apart - sessions).abs() <= WITHIN * spread)
    yield Told(told, "P318", {"seances": frame["seances"]})


def _usual_of_other_years(numbers: pd.Series, same: pd.Series, years: pd.Series) -> pd.Series:
    """The median of a thing's numbers in other years."""
    usual = pd.Series(np.nan, numbers.index)
    for year in years.unique():
        rows = years == year
        others = numbers[~rows].groupby(same[~rows]).median()
        usual[rows] = same[rows].map(others)
    return usual


@rule("P319", "temps", "heures")
def _minutes_as_decimals(temps: Table, whole: Whole) -> Iterator[Told]:
    """Hours of an educator that have no other decimals than quarters of an hour written as minutes: 1,30 for 1 h 30."""
    parts = (temps.frame["heures"] % 1).round(3)
    broken = parts > 0
    minutes = parts.isin(MINUTES)
    for name, rows in temps.frame[broken].groupby("educateur"):
        if len(rows) >= FEWEST_TIMES and minutes[rows.index].all():
            yield Told([*rows.index], "P319", {"name": name}, value=str(name), together=True)


@rule("P320", "temps", "date")
def _days_moved(temps: Table, whole: Whole) -> Iterator[Told]:
    """Years in which Sundays are worked as other days are and the end of the week is not: all is a day too early."""
    dates = temps.frame["date"]
    for year, days in dates.dropna().groupby(dates.dt.year):
        counts = np.bincount(days.dt.day_of_week, minlength=7)
        usual = float(np.median(counts[:FRIDAY]))
        is_moved = counts[SUNDAY] > usual / 2 and counts[[FRIDAY, SATURDAY]].min() < SELDOM * usual
        if len(days) >= FEW_DAYS and is_moved:
            mask: Mask = (dates.dt.year == year).to_numpy()
            yield Told(mask, "P320", {"year": int(year)}, value=f"{year:.0f}", together=True)
