"""The young people and the follow-ups of a year, with everything that counts classify them by.

Both frames are made once per records and year for the whole service; a scope only filters them.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Generic, TypeVar

import numpy as np
import pandas as pd

from rlpipeline.figures.labels import AGE_INCONNU
from rlpipeline.figures.scope import Scope, territory_of_people
from rlpipeline.records.frames import Records, among

T = TypeVar("T")

PAEI = "PAEI"


class SameObject(Generic[T]):
    """Cache key equal for one and the same object, whose content is neither hashed nor compared."""

    __slots__ = ("value",)

    def __init__(self, value: T) -> None:
        self.value = value

    def __hash__(self) -> int:
        return id(self.value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SameObject) and self.value is other.value


def people(records: Records, scope: Scope) -> pd.DataFrame:
    """List the young people who live in the scope's territory.

    Returns
    -------
    One row per young person: id_jeune, sexe, tranche_age (band code or ``age_inconnu``), territoire, situation
    (missing where none is noted for the year), contact_nouveau (first contact in the year), suivi_actif (any
    status), accompagne (PAEI active in the year), nouveau (first PAEI began in the year), mois (completed months
    of the longest PAEI active in the year, missing without one).
    """
    everyone = _people(SameObject(records), scope.year, scope.service.commune_codes)
    return everyone[scope.keeps(everyone["territoire"])]


def accompanied(records: Records, scope: Scope) -> pd.DataFrame:
    """List the *jeunes accompagnés* of the scope: those with a PAEI active in the year.

    Returns
    -------
    Rows and columns of :func:`people`.
    """
    living_there = people(records, scope)
    return living_there[living_there["accompagne"]]


def follow_ups(records: Records, scope: Scope) -> pd.DataFrame:
    """List the follow-ups of the young people who live in the scope's territory, of any status and date.

    Returns
    -------
    One row per follow-up: the columns of ``suivis``, tranche_age and territoire of the young person,
    actif (at least one active day in the year).
    """
    everything = _follow_ups(SameObject(records), scope.year, scope.service.commune_codes)
    return everything[scope.keeps(everything["territoire"])]


def paei(records: Records, scope: Scope) -> pd.DataFrame:
    """List the PAEI among :func:`follow_ups`, active in the year or not."""
    everything = follow_ups(records, scope)
    return everything[everything["statut"] == PAEI]


def about_people(records: Records, scope: Scope, kept: pd.DataFrame) -> dict[str, int]:
    """Count the rows that say who some records are about.

    Parameters
    ----------
    kept
        Rows with ``id_jeune``.

    Returns
    -------
    Number of rows of ``jeunes`` (distinct young people), and of ``situations`` for the year.
    """
    noted = records["situations"]
    about = (noted["annee"] == scope.year) & among(noted["id_jeune"], kept["id_jeune"])
    return {"jeunes": int(kept["id_jeune"].nunique()), "situations": int(about.sum())}


def cohort_used(records: Records, scope: Scope) -> dict[str, int]:
    """Count the rows that make the *jeunes accompagnés*: PAEI active in the year, young people, situations."""
    plans = paei(records, scope)
    active_plans = plans[plans["actif"]]
    return {"suivis": len(active_plans), **about_people(records, scope, active_plans)}


def age_bands(birth_year: pd.Series[int], year: int) -> pd.Series[str]:
    """Classify by age on 31 December.

    Returns
    -------
    Series of band codes; ``age_inconnu`` where the year of birth is missing.

    Notes
    -----
    On 31 December everybody has had the birthday of the year, so the completed years are the year less the
    year of birth, whether the day is known or not.
    """
    age = year - birth_year.astype("float64")
    bands = np.select([age < 11, age <= 14, age <= 18, age <= 21, age > 21], _BANDS, AGE_INCONNU)
    return pd.Series(bands, index=birth_year.index, dtype="str")


_BANDS = ["moins_11", "11_14", "15_18", "19_21", "plus_21"]


def completed_months(start: pd.Series[pd.Timestamp], end: pd.Series[pd.Timestamp]) -> pd.Series[int]:
    """Count completed months from date to date, like an age.

    Returns
    -------
    Series of whole months (1 January to 31 December: 11). A day that the month of the end lacks is its
    last day: 31 August to 28 February is 6 months.
    """
    months = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month
    monthly_day = start.dt.day.clip(upper=end.dt.days_in_month)
    return months - (end.dt.day < monthly_day).astype("int32")


def active(follow_up: pd.DataFrame, first_day: pd.Timestamp, last_day: pd.Timestamp) -> pd.Series[bool]:
    """Say which follow-ups have an active day between two days; their own first and last days are active."""
    begun = follow_up["date_debut"] <= last_day
    return begun & (follow_up["date_fin"].isna() | (follow_up["date_fin"] >= first_day))


def in_year(dates: pd.Series[pd.Timestamp], year: int) -> pd.Series[bool]:
    """Say which dates fall in a year."""
    return dates.dt.year == year


@lru_cache(maxsize=64)
def _follow_ups(records: SameObject[Records], year: int, codes: tuple[str, ...]) -> pd.DataFrame:
    suivis = records.value["suivis"]
    known = _residents(records, year, codes)[["id_jeune", "tranche_age", "territoire"]]
    return suivis.merge(known, on="id_jeune", how="inner").assign(
        actif=lambda frame: active(frame, pd.Timestamp(year, 1, 1), pd.Timestamp(year, 12, 31))
    )


@lru_cache(maxsize=64)
def _people(records: SameObject[Records], year: int, codes: tuple[str, ...]) -> pd.DataFrame:
    residents = _residents(records, year, codes)
    suivis = _follow_ups(records, year, codes)
    plans = suivis[suivis["statut"] == PAEI]
    ids = residents["id_jeune"]
    first_plan = plans.groupby("id_jeune")["date_debut"].min().reindex(ids).reset_index(drop=True)
    return residents.assign(
        suivi_actif=among(ids, suivis.loc[suivis["actif"], "id_jeune"]),
        accompagne=among(ids, plans.loc[plans["actif"], "id_jeune"]),
        nouveau=in_year(first_plan, year),
        mois=_longest_months(plans[plans["actif"]], year).reindex(ids).reset_index(drop=True),
    )


def _longest_months(plans: pd.DataFrame, year: int) -> pd.Series[int]:
    last_day = pd.Timestamp(year, 12, 31)
    end = plans["date_fin"].where(plans["date_fin"] <= last_day, last_day)
    return completed_months(plans["date_debut"], end).groupby(plans["id_jeune"]).max()


@lru_cache(maxsize=64)
def _residents(records: SameObject[Records], year: int, codes: tuple[str, ...]) -> pd.DataFrame:
    jeunes = records.value["jeunes"]
    situations = records.value["situations"]
    noted = _noted(jeunes, situations, year)
    return pd.DataFrame(
        {
            "id_jeune": jeunes["id_jeune"],
            "sexe": jeunes["sexe"],
            "tranche_age": age_bands(jeunes["annee_naissance"], year),
            "territoire": residence(jeunes, situations, year, codes),
            "situation": noted["situation"],
            "contact_nouveau": in_year(jeunes["premier_contact"], year),
        }
    )


def residence(jeunes: pd.DataFrame, situations: pd.DataFrame, year: int, codes: tuple[str, ...]) -> pd.Series[str]:
    """Give the territory where each young person lives on 31 December.

    Returns
    -------
    Series in the order of ``jeunes``: a code of the service's communes, ``hors`` for any other.
    """
    return territory_of_people(_noted(jeunes, situations, year)["commune"].fillna(jeunes["commune"]), codes)


def _noted(jeunes: pd.DataFrame, situations: pd.DataFrame, year: int) -> pd.DataFrame:
    """Give the situation and the commune noted for the year, in the order of ``jeunes``."""
    of_year = situations.loc[situations["annee"] == year].set_index("id_jeune")[["situation", "commune"]]
    return of_year.reindex(jeunes["id_jeune"]).reset_index(drop=True)


CACHES = (_people, _follow_ups, _residents)
"""What is kept of the records counted last."""
