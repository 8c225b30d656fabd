"""Working time of made-up educators, entry by entry."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from rlpipeline.demo.calendar import working_days, years_of
from rlpipeline.demo.given import COMMUNES, given_table
from rlpipeline.demo.territory import Territory

Rng = np.random.Generator
# Half-hours of a usual entry: entries are drawn around it.
USUAL_ENTRY = 8
LONGEST_DAY = 10
ONLINE_HOURS = 52
# Activities that the service does for itself, in whole or in part.
OWN_SHARE = {"formation": 1.0, "ecrits_professionnels": 0.6, "partenariat": 0.25}


@dataclass(frozen=True)
class _Budget:
    year: int
    commune: str
    activite: str
    half_hours: int


def educators(territory: Territory) -> Mapping[str, tuple[str, ...]]:
    """Codes of the educators of each commune."""
    return {code: (f"EDU-{2 * i + 1:04d}", f"EDU-{2 * i + 2:04d}") for i, code in enumerate(territory.codes)}


def time_entries(rng: Rng, territory: Territory, years: tuple[int, ...]) -> pd.DataFrame:
    """Dated entries whose hours add up to those of each year, commune and activity.

    Returns
    -------
    date, educateur, commune (empty for the service's own), activite, heures, en_ligne (bool). One entry of
    the first year has no hours: they were not communicated, where there are several years.
    """
    team = educators(territory)
    everyone = sorted({code for codes in team.values() for code in codes})
    parts = [
        _entries(rng, budget, team.get(budget.commune, tuple(everyone)))
        for year in years
        for budget in _budgets(rng, territory, year)
    ]
    frame = pd.concat([*parts, *(_online(year, everyone[0]) for year in years)], ignore_index=True)
    if len(years) > 1:
        frame.loc[frame.index[frame["activite"] == "partenariat"][:1], "heures"] = np.nan
    return frame.assign(date=_days_with_room(frame))


def _days_with_room(entries: pd.DataFrame) -> NDArray[np.datetime64]:
    """Give the day of each entry, or the next on which its educator has time left: nobody works 20 hours in a day."""
    days: NDArray[np.datetime64] = entries["date"].to_numpy("M8[D]")
    calendars = {year: working_days(year) for year in {int(year) for year in years_of(days)}}
    worked: dict[tuple[str, np.datetime64], float] = defaultdict(float)
    for row, (educator, hours) in enumerate(zip(entries["educateur"], entries["heures"].fillna(0), strict=True)):
        calendar = calendars[int(years_of(days[row : row + 1])[0])]
        first = int(np.searchsorted(calendar, days[row]))
        coming = (calendar[(first + later) % len(calendar)] for later in range(len(calendar)))
        days[row] = next((day for day in coming if worked[educator, day] + hours <= LONGEST_DAY), days[row])
        worked[educator, days[row]] += hours
    return days


def _budgets(rng: Rng, territory: Territory, year: int) -> Iterator[_Budget]:
    weights = rng.uniform(0.6, 1.4, len(territory.codes))
    scale = len(territory.codes) / COMMUNES
    for activite, hours in given_table("heures").itertuples(index=False):
        total = round(2 * float(hours) * scale * rng.uniform(0.93, 1.04))
        total -= 2 * ONLINE_HOURS if activite == "travail_de_rue" else 0
        own = round(total * OWN_SHARE.get(activite, 0.0))
        shares = np.floor((total - own) * weights / weights.sum()).astype(np.int64)
        yield _Budget(year, "", activite, own)
        shares[0] += total - own - int(shares.sum())
        yield from (
            _Budget(year, code, activite, int(share)) for code, share in zip(territory.codes, shares, strict=True)
        )


def _entries(rng: Rng, budget: _Budget, team: tuple[str, ...]) -> pd.DataFrame:
    count = -(-budget.half_hours // USUAL_ENTRY)
    least = USUAL_ENTRY // 2 if count > 1 else 0
    # Whole numbers only: a draw from a distribution could differ by a hair from one machine to another.
    more = np.bincount(rng.integers(0, max(count, 1), budget.half_hours - count * least), minlength=count)[:count]
    return pd.DataFrame(
        {
            "date": rng.choice(working_days(budget.year), count),
            "educateur": rng.choice(np.array(team, dtype=object), count),
            "commune": budget.commune,
            "activite": budget.activite,
            "heures": (least + more) / 2,
            "en_ligne": False,
        }
    )


def _online(year: int, educator: str) -> pd.DataFrame:
    """One hour a week on social networks, counted in travail de rue."""
    days = working_days(year)
    return pd.DataFrame(
        {
            "date": days[np.linspace(0, len(days) - 1, ONLINE_HOURS).astype(np.int64)],
            "educateur": educator,
            "commune": "",
            "activite": "travail_de_rue",
            "heures": 1.0,
            "en_ligne": True,
        }
    )
