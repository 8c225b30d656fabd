"""What the service kept in a year, so that a zero that was counted is told from what is not known."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from rlpipeline.figures.population import in_year
from rlpipeline.figures.scope import Scope
from rlpipeline.figures.territoires import values_in_scope
from rlpipeline.records.frames import DATED_TABLES, Records, among, lacks

DATED = ("presences", "orientations", "temps", "demandes")


def entered(records: Records, scope: Scope) -> Records:
    """Give the records without the tables that were not entered for the scope's year, the same object each time."""

    def of_year() -> Records:
        asked = records.present.intersection(DATED_TABLES).difference(scope.service.annee_vide)
        missing = frozenset(table for table in asked if lacks(records, table, scope.year))
        return replace(records, present=records.present - missing, not_entered=missing) if missing else records

    return records.once(("entered", scope.year, scope.service.annee_vide), of_year)


def is_recorded(records: Records, table: str, scope: Scope) -> bool:
    """Say whether the service has any row of a table that a count of the year may look at, whatever the territory."""
    key = ("recorded", table, scope.year, scope.service.commune_codes)
    if key not in records.memo:
        records.memo[key] = bool(_of_year(records, table, scope).any())
    return bool(records.memo[key])


def _of_year(records: Records, table: str, scope: Scope) -> pd.Series[bool]:
    """Say which rows of a table a count of the year may look at."""
    frame, year = records[table], scope.year
    if table == "territoires":
        return values_in_scope(frame, scope)
    if table == "jeunes":
        tables = ("suivis", "presences", "co_accompagnements")
        ids = [records[one].loc[_of_year(records, one, scope), "id_jeune"] for one in tables]
        return among(frame["id_jeune"], pd.concat(ids))
    if table == "suivis":
        return (frame["date_debut"] <= scope.last_day) | among(frame["id_suivi"], _noted_on(records, year))
    if table == "participations":
        actions = records["actions"]
        return among(frame["id_action"], actions.loc[actions["annee"] == year, "id_action"])
    if table in DATED:
        return in_year(frame["date"], year)
    return frame["annee"].isin([year, year - 1] if table == "diagnostics" else [year])


def _noted_on(records: Records, year: int) -> pd.Series[str]:
    """List the follow-ups that something of the year was noted on, be it outside their dates."""
    issues, referrals = records["problematiques"], records["orientations"]
    of_issues = issues.loc[issues["annee"] == year, "id_suivi"]
    noted: pd.Series[str] = pd.concat([of_issues, referrals.loc[in_year(referrals["date"], year), "id_suivi"]])
    return noted
