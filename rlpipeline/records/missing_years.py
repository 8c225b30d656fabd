"""What a service left empty and other records contradict: a table without a row of a year, an action without a number.

What is counted from it is not known (nc), which is not zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import get_args

import pandas as pd

from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.frames import Records, among, tables_by_year
from rlpipeline.settings.models import DatedTable, Service

DATED_TABLES: tuple[str, ...] = get_args(DatedTable)
"""Tables that are entered year by year: of the others, no row is of one year alone."""
UNREADABLE = 0
"""Year of a row whose own could not be read."""
ACTIVITIES = {"presences": "presence_sociale", "actions": "action_collective"}
"""Tables that hours of an activity say were to be entered."""
_CONTRADICTED = {
    "presences": "« temps » a des heures de présence sociale : personne n'est-il venu, ou rien n'a-t-il été noté ?",
    "actions": "« temps » a des heures d'actions collectives : n'y a-t-il eu aucune action ?",
    "participations": "« actions » en a : personne n'est-il venu, ou rien n'a-t-il été noté ?",
}


def entered_years(frames: Mapping[str, pd.DataFrame], table: str) -> tuple[int, ...]:
    """List the years of which a table has rows, in order; participations are of the year of their action."""
    frame = frames[table]
    if table == "participations":
        actions = frames["actions"]
        frame = actions[among(actions["id_action"], frame["id_action"])]
    return _years(frame)


def _implied_years(frames: Mapping[str, pd.DataFrame], table: str) -> tuple[int, ...]:
    """List the years in which other tables say that there was something to enter."""
    if table == "participations":
        return _years(frames["actions"])
    temps = frames["temps"]
    return _years(temps[(temps["activite"] == ACTIVITIES.get(table)) & (temps["heures"] != 0)])


def _years(frame: pd.DataFrame) -> tuple[int, ...]:
    years = frame["annee"] if "annee" in frame else frame["date"].dropna().dt.year
    return tuple(sorted({int(year) for year in years.unique()} - {UNREADABLE}))


def lacks(records: Records, table: str, year: int) -> bool:
    """Say whether a table has no row of a year, though it has some before, or others say that it should.

    Where no action was entered, no participation is missed.
    """
    frames = records.frames
    entered = records.once(("entered_years", table), lambda: entered_years(frames, table))
    implied = records.once(("implied_years", table), lambda: _implied_years(frames, table))
    before = table != "participations" and any(other < year for other in entered)
    return year not in entered and (before or year in implied)


def missing_years(records: Records, service: Service, latest: int) -> Iterator[Finding]:
    """Warn of each table that lacks years, up to the latest, unless the settings say that there was nothing to enter.

    A year of one table alone is a slip, as an ``annee`` of 2062, and not a year that the others lack.
    """
    years = sorted(year for year, number in tables_by_year(records).items() if number > 1 and year <= latest)
    for table in DATED_TABLES:
        lacking = [year for year in years if lacks(records, table, year)]
        if lacking and table in records.present and table not in service.annee_vide:
            yield _missing(table, lacking, entered_years(records.frames, table))


def _missing(table: str, lacking: Sequence[int], entered: Sequence[int]) -> Finding:
    without, had = (", ".join(map(str, years)) for years in (lacking, entered))
    why = f"la table en a pour {had}." if had else _CONTRADICTED[table]
    return finding(
        "P501",
        table,
        f"Aucune ligne pour {without}, alors que {why} Ses chiffres seront non communiqués (nc), "
        f"et non 0. Saisir ces lignes ; si zéro est vrai, écrire dans service.yml : annee_vide: [{table}].",
        valeur=without,
    )
