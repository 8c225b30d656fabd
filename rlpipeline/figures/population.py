"""The young people and the follow-ups of a year, with everything that counts classify them by.

Both frames are made once per records and year for the whole service; a scope only filters them. Beside them, the rows
about things (time, actions, requests, assessments), which are of the commune that they name.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd

from rlpipeline.figures.labels import AGE_INCONNU, ANCIENNETES, DUREES, MAJORITE
from rlpipeline.figures.scope import SERVICE, Scope, territory_of_people, territory_of_things
from rlpipeline.records.frames import Records, among

PAEI = "PAEI"
_BANDS = ["moins_11", "11_14", "15_18", "19_21", "plus_21"]
Frame = Callable[[Records, Scope], pd.DataFrame]
Positions = np.ndarray[tuple[int], np.dtype[np.intp]]
NO_ROWS: Positions = np.empty(0, dtype=np.intp)


def people(records: Records, scope: Scope) -> pd.DataFrame:
    """List the young people who live in the scope's territory.

    Returns
    -------
    One row per young person: id_jeune, sexe, age (completed years on 31 December, missing without a birth), tranche_age
    (band code or ``age_inconnu``), territoire, situation (missing where none is noted for the year), contact_nouveau
    (first contact in the year), suivi_actif (any status), accompagne (PAEI active in the year), nouveau (first PAEI
    began in the year), mois (completed months of the longest PAEI active in the year, missing without one), duree
    (their class), quartier (of residence), anciennete (class of the time since the first contact), majorite
    (``moins_18``, ``18_ans_plus`` or ``age_inconnu``), origine and qpv (missing where not noted).
    """
    return _of_territory(_people, records, scope)


def follow_ups(records: Records, scope: Scope) -> pd.DataFrame:
    """List the follow-ups of the young people who live in the scope's territory, of any status and date.

    Returns
    -------
    One row per follow-up: the columns of ``suivis``, tranche_age and territoire of the young person,
    actif (at least one active day in the year).
    """
    return _of_territory(_follow_ups, records, scope)


def paei(records: Records, scope: Scope) -> pd.DataFrame:
    """List the PAEI among :func:`follow_ups`, active in the year or not."""
    return _of_territory(_paei, records, scope)


def open_plans(records: Records, scope: Scope) -> pd.DataFrame:
    """List the PAEI open on 31 December: active on it and not ended on it."""
    plans = paei(records, scope)
    begun = plans["date_debut"] <= scope.last_day
    return plans[begun & (plans["date_fin"].isna() | (plans["date_fin"] > scope.last_day))]


def with_persons(rows: pd.DataFrame, records: Records, scope: Scope) -> pd.DataFrame:
    """Join rows with the young people that they are about, those who live in the scope's territory alone.

    Parameters
    ----------
    rows
        Rows with ``id_jeune``.

    Returns
    -------
    The columns of ``rows`` that are not those of :func:`people`, and these.
    """
    persons = people(records, scope)
    own = [column for column in rows if column == "id_jeune" or column not in persons]
    return rows[own].merge(persons, on="id_jeune")


def followed(records: Records, scope: Scope) -> pd.DataFrame:
    """List the follow-ups of any status active in the year, with their young people."""
    return _of_territory(_followed, records, scope)


def active_plans(records: Records, scope: Scope) -> pd.DataFrame:
    """List the PAEI active in the year, with their young people."""
    return _of_territory(_active_plans, records, scope)


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


def _once(make: Frame, records: Records, scope: Scope) -> pd.DataFrame:
    """Make a frame of a year once, for the whole service."""
    key = (make.__name__, scope.year, scope.service.commune_codes)
    return records.once(key, lambda: make(records, scope))


def _of_territory(make: Frame, records: Records, scope: Scope) -> pd.DataFrame:
    """Give the rows of the scope's territory, in their order; they are parted once, as in :func:`things`."""
    everything = _once(make, records, scope)
    if scope.is_service:
        return everything.copy(deep=False)
    key = ("parted", make.__name__, scope.year, scope.service.commune_codes)
    parts = records.once(key, lambda: _parts(everything["territoire"]))
    return everything.iloc[parts.get(scope.territory, NO_ROWS)]


def _parts(territory: pd.Series[str]) -> dict[str, Positions]:
    """Give the positions of the rows of each territory."""
    parts = territory.groupby(territory.to_numpy(dtype=object), sort=False).indices
    return {str(code): np.asarray(rows, dtype=np.intp) for code, rows in parts.items()}


def _follow_ups(records: Records, scope: Scope) -> pd.DataFrame:
    suivis = records["suivis"]
    residents = _once(_residents, records, scope)[["id_jeune", "tranche_age", "territoire"]]
    return suivis.merge(residents, on="id_jeune", how="inner").assign(
        actif=lambda frame: active(frame, scope.first_day, scope.last_day)
    )


def _paei(records: Records, scope: Scope) -> pd.DataFrame:
    everything = _once(_follow_ups, records, scope)
    return everything[everything["statut"] == PAEI]


def _followed(records: Records, scope: Scope) -> pd.DataFrame:
    everything = _once(_follow_ups, records, scope)
    return with_persons(everything[everything["actif"]], records, replace(scope, territory=SERVICE))


def _active_plans(records: Records, scope: Scope) -> pd.DataFrame:
    plans = _once(_paei, records, scope)
    return with_persons(plans[plans["actif"]], records, replace(scope, territory=SERVICE))


def _people(records: Records, scope: Scope) -> pd.DataFrame:
    residents = _once(_residents, records, scope)
    suivis, plans = _once(_follow_ups, records, scope), _once(_paei, records, scope)
    ids = residents["id_jeune"]
    first_plan = plans.groupby("id_jeune")["date_debut"].min().reindex(ids).reset_index(drop=True)
    return residents.assign(
        suivi_actif=among(ids, suivis.loc[suivis["actif"], "id_jeune"]),
        accompagne=among(ids, plans.loc[plans["actif"], "id_jeune"]),
        nouveau=in_year(first_plan, scope.year),
        mois=_longest_months(plans[plans["actif"]], scope.last_day).reindex(ids).reset_index(drop=True),
        duree=lambda frame: _durations(frame["mois"]),
    )


def _durations(months: pd.Series[float]) -> pd.Series[str]:
    """Classify completed months; missing where there are none."""
    classes = np.select([months < 6, months < 12, months < 24], list(DUREES)[:3], list(DUREES)[3])
    return pd.Series(classes, index=months.index, dtype="str").where(months.notna())


def _longest_months(plans: pd.DataFrame, last_day: pd.Timestamp) -> pd.Series[int]:
    end = plans["date_fin"].where(plans["date_fin"] <= last_day, last_day)
    return completed_months(plans["date_debut"], end).groupby(plans["id_jeune"]).max()


def _residents(records: Records, scope: Scope) -> pd.DataFrame:
    jeunes, situations = records["jeunes"], records["situations"]
    of_year = situations[situations["annee"] == scope.year].set_index("id_jeune")[["situation", "commune"]]
    noted = of_year.reindex(jeunes["id_jeune"]).reset_index(drop=True)
    return pd.DataFrame(
        {
            "id_jeune": jeunes["id_jeune"],
            "sexe": jeunes["sexe"],
            "age": scope.year - jeunes["annee_naissance"].astype("float64"),
            "tranche_age": age_bands(jeunes["annee_naissance"], scope.year),
            "territoire": territory_of_people(noted["commune"].fillna(jeunes["commune"]), scope.service.commune_codes),
            "situation": noted["situation"],
            "quartier": jeunes["quartier"],
            "contact_nouveau": in_year(jeunes["premier_contact"], scope.year),
            "anciennete": _since_contact(jeunes["premier_contact"], scope.last_day),
            "majorite": _adults(jeunes["annee_naissance"], scope.year),
            "origine": jeunes["origine"],
            "qpv": jeunes["qpv"],
        }
    )


def _since_contact(contact: pd.Series[pd.Timestamp], last_day: pd.Timestamp) -> pd.Series[str]:
    """Classify by completed months since the first contact; one that comes later is less than a year old."""
    months = completed_months(contact, pd.Series(last_day, index=contact.index))
    classes = np.select([months < 12, months < 24, months < 60], list(ANCIENNETES)[:3], list(ANCIENNETES)[3])
    return pd.Series(classes, index=contact.index, dtype="str")


def _adults(birth_year: pd.Series[int], year: int) -> pd.Series[str]:
    age = year - birth_year.astype("float64")
    return pd.Series(np.select([age < 18, age >= 18], list(MAJORITE), AGE_INCONNU), index=birth_year.index, dtype="str")


def things(records: Records, table: str, scope: Scope) -> pd.DataFrame:
    """Keep the rows of a table of a year and a territory.

    Parameters
    ----------
    table
        One whose rows have ``commune``, and ``date`` or else ``annee``.

    Returns
    -------
    Its rows and columns, in its order.

    Notes
    -----
    A table is parted once a year for all territories: a thousand of them do not look through it a thousand times.
    """
    key = ("parted", table, scope.year, scope.service.commune_codes)
    of_year, parts = records.once(key, lambda: _parted(records[table], scope))
    return of_year if scope.is_service else of_year.iloc[parts.get(scope.territory, NO_ROWS)]


def located(records: Records, table: str, scope: Scope) -> pd.DataFrame:
    """Keep the same rows, and write their ``territoire``."""
    rows = things(records, table, scope)
    return rows.assign(territoire=territory_of_things(rows["commune"], scope.service.commune_codes))


def _parted(frame: pd.DataFrame, scope: Scope) -> tuple[pd.DataFrame, dict[str, Positions]]:
    """Give the rows of a year, and the positions of each territory's among them."""
    of_year = frame[in_year(frame["date"], scope.year) if "date" in frame else frame["annee"] == scope.year]
    return of_year, _parts(territory_of_things(of_year["commune"], scope.service.commune_codes))
