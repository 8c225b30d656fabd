"""What is there once more under another date, year or name: months, years, actions, young people."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.records.frames import among
from rlpipeline.records.table import HABITS, Table, Told, Whole, beyond_rate, no_chance, rule
from rlpipeline.records.tables import Mask

SHIFTS = (1, 2, 3, 4, 5, 6, 7, 14, 21, 28, 35, 364, 365)
"""Days by which a month is found again: the next ones, the same weekday, the year after."""
COPIED = 0.4
"""A month beside its copy of the week after has so many rows that are found again; of the day after, half."""
APART = 2  # times the largest share of another month: a timetable repeats
FEWEST_ROWS, FEWEST_MONTHS = 10, 3
"""Rows of a month that is judged, and months of the educator that it is judged by, at least."""
FEWEST_PEOPLE = 20
STAYS = 0.55
"""How often someone is there the year after and keeps all values: of 50 clean services, 0.45 at most."""
FEWEST_NUMBERS, ONE_IN = 3, 1_000
"""Numbers that two actions share, at least; how seldom two actions of a service do by chance."""
FEWEST_PAIRS = 2  # one pair may be twins
Counts = npt.NDArray[np.int64]


@rule("P505", "temps", "date")
def _months_found_again(temps: Table, whole: Whole) -> Iterator[Told]:
    """Months of an educator, much of which is found again some days later, unlike her other months."""
    rows = temps.frame[temps.readable("date", "educateur")]
    if rows.empty:
        return
    educator, names = pd.factorize(rows["educateur"])
    times = 12 * rows["date"].dt.year + rows["date"].dt.month - 1
    months, month = np.unique(np.column_stack([educator, times]), axis=0, return_inverse=True)
    sizes = np.bincount(month)
    told = np.zeros(len(sizes), dtype=bool)
    for days in SHIFTS:
        again = _found_again(rows, [*temps.texts], days)
        copied = np.bincount(month, again).astype(np.int64)
        for place in _apart_from_others(months, copied, sizes):
            if told[place]:
                continue
            told[place] = True
            (of, at), found = months[place], again & (month == place)
            value = f"{names[of]} {at % 12 + 1:02}/{at // 12}"
            words = {"name": names[of], "days": days}
            yield Told([*rows.index[found]], "P505", words, value=value, together=True)


def _found_again(rows: pd.DataFrame, columns: list[str], days: int) -> Mask:
    """Whether each row has an equal so many days before."""
    entry = rows.groupby([name for name in columns if name != "date"], dropna=False).ngroup()
    day = rows["date"].to_numpy("datetime64[D]").astype(np.int64)
    width = day.max() - day.min() + max(SHIFTS) + 1
    key = entry.to_numpy() * width + day - day.min()
    return np.isin(key - days, key)


def _apart_from_others(months: Counts, copied: Counts, sizes: Counts) -> Iterator[int]:
    """Months, each of an educator, of which many more rows were found again than of the other months of the educator,
    or of anyone where these are few. The months beside are left out: the copy may run into them."""
    educators, times = months.T
    large = sizes >= FEWEST_ROWS
    for place in np.flatnonzero(large & (copied >= COPIED * sizes)):
        others = large & (np.abs(times - times[place]) > 1)
        own = others & (educators == educators[place])
        others = own if own.sum() >= FEWEST_MONTHS else others
        if not others.any():
            continue
        usual = (copied[others].sum() + 1) / (sizes[others].sum() + 2)
        most = (copied[others] / sizes[others]).max()
        nats = beyond_rate(int(copied[place]), int(sizes[place]), float(usual))
        is_apart = copied[place] >= APART * most * sizes[place]
        if is_apart and nats > no_chance(len(sizes) * len(SHIFTS)):
            yield int(place)


@rule("P506")
def _years_found_again(table: Table, whole: Whole) -> Iterator[Told]:
    """Years of which nearly everybody was there the year before, and had the same values."""
    if table.name not in HABITS["again"]:
        return
    who, what = map(list, HABITS["again"][table.name])
    rows = whole.rows(table)
    if not {*who, *what} <= {*rows}:
        return
    rows = rows[(rows["year"] > 0) & rows[[*who, *what]].notna().all(axis=1)]
    values = pd.util.hash_pandas_object(rows[what], index=False).groupby(
        [rows[name] for name in (*who, "year")]
    )
    by_year = values.sum().unstack("year", fill_value=0)
    for year in [int(year) for year in np.unique(rows["year"]) if year - 1 in by_year]:
        same = (by_year[year] == by_year[year - 1]) & (by_year[year] != 0)
        people = int((by_year[[year - 1, year]] != 0).any(axis=1).sum())
        if people < FEWEST_PEOPLE:
            continue
        if beyond_rate(int(same.sum()), people, STAYS) > no_chance(len(by_year.columns)):
            copied = (rows["year"] == year) & pd.MultiIndex.from_frame(rows[who]).isin(
                pd.MultiIndex.from_frame(same.index[same].to_frame())
            )
            words = {"year": year, "before": year - 1, "same": int(same.sum()), "people": people}
            yield Told([*rows.index[copied]], "P506", words, value=str(year), together=True)


def participants(actions: pd.Series, whole: Whole) -> pd.DataFrame:
    """The numbers of each public at these actions, a column a public, missing where nothing is written."""
    table = whole.tables.get("participations")
    if table is None or table.frame.empty:
        return pd.DataFrame(index=actions.index)
    rows = table.frame[among(table.frame["id_action"], actions)]
    by_action = rows.pivot_table("nombre", "id_action", "public", "sum", min_count=1)
    return by_action.reindex(actions).set_axis(actions.index)


@rule("P507", "actions", "libelle")
def _actions_under_two_names(actions: Table, whole: Whole) -> Iterator[Told]:
    """Actions of a year, commune and category that have every number in common. A number of 12 is another's by chance
    once in 13."""
    kept = [name for name in ("seances", "jours") if name in actions.texts]
    numbers = actions.frame[kept].join(participants(actions.frame["id_action"], whole))
    of_one_kind = actions.frame[["annee", "commune", "categorie"]]
    alike = pd.concat([of_one_kind, numbers], axis=1)
    first = alike.duplicated(keep=False) & ~alike.duplicated()
    again = alike.duplicated()
    pairs = of_one_kind.groupby([*of_one_kind], dropna=False).size()
    positive = numbers.where(numbers > 0)
    nats = np.log1p(positive).sum(axis=1)
    chance = np.log(ONE_IN * max(float((pairs * (pairs - 1) / 2).sum()), 1))
    told = again & (positive.count(axis=1) >= FEWEST_NUMBERS) & (nats > chance)
    for _, same in actions.frame[told | first].groupby(
        [alike[name] for name in alike], dropna=False
    ):
        rows = [row for row in same.index if told[row]]
        if rows:
            words = {"other": actions.frame["libelle"][same.index[0]]}
            yield Told(rows, "P507", words)


@rule("Q603", "jeunes", "date_naissance")
def _people_under_two_names(jeunes: Table, whole: Whole) -> Iterator[Told]:
    """Young people born on one day, of one sex and commune, whose follow-ups begin on one day."""
    if "suivis" not in whole.tables:
        return
    born = ["date_naissance", "sexe", "commune"]
    people = jeunes.frame.loc[jeunes.frame["date_naissance"].notna(), ["id_jeune", *born]]
    begun = ["statut", "date_debut"]
    both = whole.tables["suivis"].frame[["id_jeune", *begun]].merge(people, on="id_jeune")
    both = both.drop_duplicates(["id_jeune", *born, *begun])
    twice = both[both.duplicated([*born, *begun], keep=False)]
    pairs = len(twice.drop_duplicates(born))
    if pairs >= FEWEST_PAIRS:
        rows = among(jeunes.frame["id_jeune"], twice["id_jeune"])
        yield Told(rows, "Q603", {"pairs": pairs}, value=f"{pairs} paires", together=True)
