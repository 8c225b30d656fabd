"""The rows that are counted of a year: young people, their follow-ups, what is noted of them, things of a commune.

Each is made once per records and year for the whole service, with its ``territoire``; a scope only filters it. Beside
them, what the service kept in a year, so that a zero that was counted is told from what is not known.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import wraps
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.figures.declaration import HORS, SANS_COMMUNE, SERVICE, Scope
from rlpipeline.figures.labels import AGE_INCONNU, AGES, ANCIENNETES, DUREES, MAJORITE, NON_RENSEIGNEE, TOTAL
from rlpipeline.figures.tidy import qualified, unlike_codes
from rlpipeline.figures.variables import GONE, bands
from rlpipeline.records.frames import DATED_TABLES, Records, among, lacks

PAEI = "PAEI"
ALERT_MONTHS = 6
AGE_FIRSTS, DURATION_FIRSTS, CONTACT_FIRSTS, ADULT_FIRSTS = (11, 15, 19, 22), (6, 12, 24), (12, 24, 60), (18,)
"""First age or month of each class but the lowest."""
ISSUES_AND_REFERRALS = ("problematiques", "orientations")
"""Tables of what is noted on a follow-up."""


def yearly(make: Callable[..., pd.DataFrame]) -> Callable[..., pd.DataFrame]:
    """Make the rows of a year once, for the whole service; a territory's are those of its ``territoire``."""

    @wraps(make)
    def rows(records: Records, scope: Scope, *named: str) -> pd.DataFrame:
        def parted() -> tuple[pd.DataFrame, dict[Any, Any]]:
            made = make(records, scope if scope.is_service else replace(scope, territory=SERVICE), *named)
            return made, dict(made.groupby(made["territoire"].to_numpy(dtype=object), sort=False).indices)

        every, parts = records.once((make, scope.year, scope.service.commune_codes, *named), parted)
        return every.copy(deep=False) if scope.is_service else every.iloc[parts.get(scope.territory, [])]

    return rows


def of_year(records: Records, scope: Scope, table: str) -> pd.DataFrame:
    """Keep the rows of a year of a table, which has ``date`` or else ``annee``."""
    rows = records[table]
    return rows[in_year(rows["date"], scope.year) if "date" in rows else rows["annee"] == scope.year]


@yearly
def things(records: Records, scope: Scope, table: str) -> pd.DataFrame:
    """Keep the same of a table about things, of the commune that they name; ``sans_commune`` without one."""
    rows = of_year(records, scope, table)
    return rows.assign(territoire=_territory(rows["commune"], scope).mask(rows["commune"].isna(), SANS_COMMUNE))


def lines_of(records: Records, scope: Scope, table: str, column: str, qualifier: str = "") -> pd.DataFrame:
    """Keep the same, with the ``ligne`` that each row counts for, a name, and the ``libelle`` of this.

    A name that is no ``total``; or, with a qualifier, one that has it beside it where it comes twice.
    """
    rows = of_year(records, scope, table).reset_index(drop=True)
    names = rows[column] if qualifier else unlike_codes(rows[column], (TOTAL,))
    lines = qualified(names, rows[qualifier]) if qualifier else names
    return rows.assign(ligne=lines, libelle=names, territoire=pd.Series(SERVICE, index=rows.index, dtype="str"))


def completed_months(start: pd.Series[pd.Timestamp], end: pd.Series[pd.Timestamp]) -> pd.Series[int]:
    """Count completed months, like an age (1 January to 31 December: 11; 31 August to 28 February: 6)."""
    months = (end.dt.year - start.dt.year) * 12 + end.dt.month - start.dt.month
    monthly_day = start.dt.day.clip(upper=end.dt.days_in_month)
    return months - (end.dt.day < monthly_day).astype("int32")


def _territory(commune: pd.Series[str], scope: Scope) -> pd.Series[str]:
    return commune.where(commune.isin(scope.service.commune_codes), HORS)


def in_year(dates: pd.Series[pd.Timestamp], year: int) -> pd.Series[bool]:
    """Say which dates fall in a year."""
    return dates.dt.year == year


@yearly
def residents(records: Records, scope: Scope) -> pd.DataFrame:
    """List the young people where they live on 31 December, with what classes them whatever is counted.

    The age is the year less the year of birth. Who is first met later is known for less than a year.
    """
    jeunes, situations = records["jeunes"], of_year(records, scope, "situations").set_index("id_jeune")
    noted = situations[["situation", "commune"]].reindex(jeunes["id_jeune"]).reset_index(drop=True)
    age = scope.year - jeunes["annee_naissance"].astype("float64")
    months = completed_months(jeunes["premier_contact"], pd.Series(scope.last_day, index=jeunes.index))
    return jeunes[["id_jeune", "sexe", "quartier", "origine", "qpv"]].assign(
        age=age,
        tranche_age=bands(age, AGE_FIRSTS, AGES, AGE_INCONNU),
        territoire=_territory(noted["commune"].fillna(jeunes["commune"]), scope),
        situation=noted["situation"],
        contact_nouveau=in_year(jeunes["premier_contact"], scope.year),
        anciennete=bands(months, CONTACT_FIRSTS, ANCIENNETES, [*ANCIENNETES][-1]),
        majorite=bands(age, ADULT_FIRSTS, MAJORITE, AGE_INCONNU),
    )


@yearly
def follow_ups(records: Records, scope: Scope) -> pd.DataFrame:
    """List the follow-ups of any status and date, with tranche_age and territoire of the young person.

    ``actif`` says whether one has an active day in the year; its own first and last days are active.
    """
    suivis = records["suivis"].merge(
        residents(records, scope)[["id_jeune", "tranche_age", "territoire"]], on="id_jeune"
    )
    going_on = suivis["date_fin"].isna() | (suivis["date_fin"] >= scope.first_day)
    return suivis.assign(actif=(suivis["date_debut"] <= scope.last_day) & going_on)


@yearly
def paei(records: Records, scope: Scope) -> pd.DataFrame:
    """List the PAEI among :func:`follow_ups`, active in the year or not."""
    suivis = follow_ups(records, scope)
    return suivis[suivis["statut"] == PAEI]


@yearly
def open_plans(records: Records, scope: Scope) -> pd.DataFrame:
    """List the PAEI open on 31 December: active on it and not ended on it."""
    plans = paei(records, scope)
    begun = plans["date_debut"] <= scope.last_day
    return plans[begun & (plans["date_fin"].isna() | (plans["date_fin"] > scope.last_day))]


@yearly
def people(records: Records, scope: Scope) -> pd.DataFrame:
    """List :func:`residents` with what follows from their follow-ups.

    suivi_actif (any status), accompagne (PAEI active in the year), nouveau (first PAEI began in the year), mois
    (completed months of the longest PAEI active in the year, missing without one), duree (their class).
    """
    known, suivis, plans = residents(records, scope), follow_ups(records, scope), paei(records, scope)
    ids, of_year = known["id_jeune"], plans[plans["actif"]]
    end = of_year["date_fin"].where(of_year["date_fin"] <= scope.last_day, scope.last_day)
    longest = completed_months(of_year["date_debut"], end).groupby(of_year["id_jeune"]).max()
    months = longest.reindex(ids).reset_index(drop=True)
    first_plan = plans.groupby("id_jeune")["date_debut"].min().reindex(ids).reset_index(drop=True)
    return known.assign(
        suivi_actif=among(ids, suivis.loc[suivis["actif"], "id_jeune"]),
        accompagne=among(ids, of_year["id_jeune"]),
        nouveau=in_year(first_plan, scope.year),
        mois=months,
        duree=bands(months, DURATION_FIRSTS, DUREES, np.nan),
    )


def with_persons(rows: pd.DataFrame, records: Records, scope: Scope) -> pd.DataFrame:
    """Join rows that have ``id_jeune`` with the young people that they are about, whose columns take their place."""
    persons = people(records, scope)
    own = [column for column in rows if column == "id_jeune" or column not in persons]
    return rows[own].merge(persons, on="id_jeune")


@yearly
def lasting(records: Records, scope: Scope) -> pd.DataFrame:
    """List the follow-ups open on 31 December and begun at least six completed months before, by educator."""
    suivis = follow_ups(records, scope)
    still_open = suivis["date_fin"].isna() | (suivis["date_fin"] > scope.last_day)
    # Negative for a follow-up that begins after the year.
    months = completed_months(suivis["date_debut"], pd.Series(scope.last_day, index=suivis.index)).astype("int64")
    rows = suivis.assign(months=months, commune=suivis["territoire"])[still_open & (months >= ALERT_MONTHS)]
    ordered = rows.sort_values(["educateur", "statut", "date_debut", "id_suivi"], na_position="last")
    return with_persons(ordered, records, scope)


def alerts(records: Records, scope: Scope) -> pd.DataFrame:
    """Give the same as listed: educateur, statut, id_suivi, id_jeune, commune, date_debut, mois (completed)."""
    columns = ["educateur", "statut", "id_suivi", "id_jeune", "commune", "date_debut", "months"]
    return lasting(records, scope)[columns].rename(columns={"months": "mois"}).reset_index(drop=True)


@yearly
def cohort(records: Records, scope: Scope) -> pd.DataFrame:
    """List those accompanied the year before, where they lived then: the columns of :func:`people` of that year.

    Beside them: groupe (of their situation then), apres (that of the year, or ``plus_suivi``), motif_cloture (last
    reason for which a PAEI ended, of those alone).
    """
    group_of = {code: group.code for group in scope.service.situations_groupees for code in group.situations}
    then = people(records, scope.before)
    then = then[then["accompagne"]].reset_index(drop=True)
    after = people(records, scope).set_index("id_jeune").reindex(then["id_jeune"]).reset_index(drop=True)
    plans = paei(records, scope)
    ended = plans[plans["date_fin"] < scope.first_day].sort_values(["date_fin", "id_suivi"])
    reasons = ended.drop_duplicates("id_jeune", keep="last").set_index("id_jeune")["motif_cloture"]
    followed = after["accompagne"].astype(bool)
    return then.assign(
        groupe=then["situation"].map(group_of).astype("str"),
        apres=after["situation"].map(group_of).astype("str").fillna(NON_RENSEIGNEE).where(followed, GONE),
        motif_cloture=reasons.reindex(then["id_jeune"]).reset_index(drop=True).where(~followed),
    )


def entered(records: Records, scope: Scope) -> Records:
    """Give the records without the tables that were not entered for the scope's year, the same object each time."""

    def made() -> Records:
        asked = records.present.intersection(DATED_TABLES).difference(scope.service.annee_vide)
        missing = frozenset(table for table in asked if lacks(records, table, scope.year))
        return replace(records, present=records.present - missing, not_entered=missing) if missing else records

    return records.once(("entered", scope.year, scope.service.annee_vide), made)


def is_recorded(records: Records, table: str, scope: Scope) -> bool:
    """Say whether the service has any row of a table that a count of the year may look at, whatever the territory."""
    return records.once(("recorded", table, scope.year), lambda: bool(_countable(records, table, scope).any()))


def is_kept(records: Records, table: str, scope: Scope) -> bool:
    """Say the same, or that it has none of the year by the settings."""
    return table in scope.service.annee_vide or is_recorded(records, table, scope)


def _countable(records: Records, table: str, scope: Scope) -> pd.Series[bool]:
    frame, year = records[table], scope.year

    def listed(key: str, *tables: str) -> pd.Series[bool]:
        return among(frame[key], pd.concat([records[of].loc[_countable(records, of, scope), key] for of in tables]))

    if table == "territoires":
        return frame["millesime"] <= year
    if table == "jeunes":
        return listed("id_jeune", "suivis", "presences", "co_accompagnements")
    if table == "suivis":  # something of the year may be noted on one outside its dates
        return (frame["date_debut"] <= scope.last_day) | listed("id_suivi", *ISSUES_AND_REFERRALS)
    if table == "participations":
        return listed("id_action", "actions")
    if "date" in frame:
        return in_year(frame["date"], year)
    return frame["annee"].isin([year, year - 1] if table == "diagnostics" else [year])
