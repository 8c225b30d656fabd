"""What is not there any more: ends of follow-ups, days of the whole service or of an educator, cells of a column."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.records.frames import among
from rlpipeline.records.table import HABITS, Table, Told, Whole, no_chance, rule

MANY = 50
"""Rows of which none ended, or people of one sex alone: where two of a hundred do not, once in three services."""
SETTLED = 182  # days after which some follow-ups have ended
SILENT = 31  # days without a row in any table that are no closing of the service
AWAY, STAYED = 61, 3  # days without a row that are asked about; days worked after them, at least
LEFT, STILL_OPEN = (
    91,
    2,
)  # days since an educator's last one; follow-ups that she left open, at least
FILLED, FEWEST_ROWS = (
    0.5,
    5,
)  # share of the cells of a column that is kept, and rows of a time that is judged
Days = npt.NDArray[np.int64]


@rule("P508", "suivis", "date_fin")
def _none_ended(suivis: Table, whole: Whole) -> Iterator[Told]:
    """No follow-up has an end, though many began half a year before the last."""
    begun = suivis.frame["date_debut"]
    old = begun <= begun.max() - pd.Timedelta(days=SETTLED)
    if old.sum() >= MANY and suivis.texts["date_fin"].missing.all():
        yield Told((), "P508", {"count": int(old.sum())}, value="", together=True)


@rule("P509", "jeunes")
def _without_follow_up(jeunes: Table, whole: Whole) -> Iterator[Told]:
    """Most young people have no follow-up, nor were met at a drop-in."""
    if "suivis" not in whole.tables:
        return
    frames = [whole.tables[name].frame for name in ("suivis", "presences") if name in whole.tables]
    known = pd.concat([frame["id_jeune"] for frame in frames], ignore_index=True)
    alone = ~among(jeunes.frame["id_jeune"], known)
    if len(alone) >= MANY and 2 * alone.sum() > len(alone):
        words = {"count": int(alone.sum()), "every": len(alone)}
        yield Told((), "P509", words, "id_jeune", value="", together=True)


@rule("P510")
def _all_silent(table: Table, whole: Whole) -> Iterator[Told]:
    """No table has a row in the last weeks of a year that is over; told of the first table that is kept by days."""
    kept = [name for name in HABITS["daily"] if name in whole.tables]
    over = whole.extraction is not None and whole.extraction.year > whole.latest > 0
    if not over or table.name != kept[0]:
        return
    until = int(np.datetime64(f"{whole.latest:04}-12-31", "D").astype(np.int64))
    days = np.unique(np.concatenate([_days_of(whole.tables[name]) for name in kept]))
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
    columns = [table.frame[name].dropna() for name in HABITS["daily"][table.name]]
    return np.concatenate([day.to_numpy("datetime64[D]").astype(np.int64) for day in columns])


@rule("P511")
def _columns_left_empty(table: Table, whole: Whole) -> Iterator[Told]:
    """Columns of which no cell is filled any more for months, or for a year, though most were until then."""
    rows = whole.rows(table)
    time = (
        rows["date"].dt.to_period("M") if "date" in rows else rows["year"].where(rows["year"] > 0)
    )
    period, periods = pd.factorize(time, sort=True)
    sizes = np.bincount(period[period >= 0], minlength=len(periods))
    optional = [column.name for column in table.contract.columns if column.nullable]
    exempt = HABITS["may_stop"].get(table.name, ())
    for name in (name for name in optional if name in table.texts and name not in exempt):
        filled = ~table.texts[name].missing & (period >= 0)
        counts = np.bincount(period[filled], minlength=len(periods))
        for start, end in _empty_runs(counts):
            others = (sizes >= FEWEST_ROWS) & (counts > 0)
            if not others.any():
                continue
            least = float((counts[others] / (sizes[others] + 1)).min())
            nats = -sizes[start:end].sum() * np.log1p(-least)
            if least >= FILLED and nats > no_chance(len(optional) * len(periods)):
                span = dict.fromkeys(_written(periods[place]) for place in (start, end - 1))
                words = {"span": " à ".join(span)}
                empty = (period >= start) & (period < end)
                yield Told(empty, "P511", words, name, value=words["span"], together=True)


def _empty_runs(counts: Days) -> Iterator[tuple[int, int]]:
    """Runs of empty periods after the first that is not."""
    filled = np.flatnonzero(counts)
    ends = [*filled[1:], len(counts)]
    for last, following in zip(filled, ends, strict=False):
        if following - last > 1:
            yield int(last) + 1, int(following)


def _written(period: object) -> str:
    return f"{period:%m/%Y}" if isinstance(period, pd.Period) else f"{period:.0f}"


@rule("Q601", "temps", "educateur")
def _educators_away(temps: Table, whole: Whole) -> Iterator[Told]:
    """Educators who have no row for two months, and have some before and after."""
    worked = _days_worked(temps)
    for name, days in worked.items():
        gaps = np.diff(days)
        for place in np.flatnonzero(gaps >= AWAY):
            later = len(days) - place - 1
            rate = (len(days) - 1) / (days[-1] - days[0] - gaps[place] + 1)
            if later >= STAYED and gaps[place] * rate > no_chance(len(worked)):
                first, last = (pd.Timestamp(int(days[at]), unit="D") for at in (place, place + 1))
                span = f"{first:%d/%m/%Y} au {last:%d/%m/%Y}"
                words = {"name": name, "span": span}
                yield Told((), "Q601", words, value=f"{name}, {span}", together=True)


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
            yield Told(left, "Q604", words, value=name, together=True)


@rule("Q602", "jeunes", "sexe")
def _of_one_sex(jeunes: Table, whole: Whole) -> Iterator[Told]:
    """All young people whose sex is known have the same."""
    known = jeunes.frame["sexe"][jeunes.frame["sexe"].isin(["F", "G"])]
    if len(known) >= MANY and known.nunique() == 1:
        words = {"sex": known.iloc[0], "count": len(known)}
        yield Told((), "Q602", words, value=str(known.iloc[0]), together=True)
