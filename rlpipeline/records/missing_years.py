"""Years that a table lacks: it has rows before, and none then in the whole service."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import get_args

import pandas as pd

from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.frames import Records, among
from rlpipeline.settings.models import DatedTable, Service

DATED_TABLES: tuple[str, ...] = get_args(DatedTable)
"""Tables that are entered year by year: of the others, no row is of one year alone."""
UNREADABLE = 0
"""Year of a row whose own could not be read."""


def entered_years(frames: Mapping[str, pd.DataFrame], table: str) -> tuple[int, ...]:
    """List the years of which a table has rows, in order; participations are of the year of their action."""
    frame = frames[table]
    if table == "participations":
        actions = frames["actions"]
        frame = actions[among(actions["id_action"], frame["id_action"])]
    dates = frame["annee"] if "annee" in frame else frame["date"].dropna().dt.year
    return tuple(sorted({int(year) for year in dates.unique()} - {UNREADABLE}))


def lacks(table: str, year: int, entered: Callable[[str], Sequence[int]]) -> bool:
    """Say whether a table has rows before a year and none of it.

    Parameters
    ----------
    entered
        Gives the years of which a table has rows.

    Notes
    -----
    Where no action was entered, no participation is missed.
    """
    years = entered(table)
    if year in years or not any(one < year for one in years):
        return False
    return table != "participations" or year in entered("actions")


def missing_years(records: Records, service: Service, latest: int) -> Iterator[Finding]:
    """Warn of each table that lacks years, up to the latest, unless the settings say that there was nothing to enter.

    Notes
    -----
    A year of one table alone is a slip, as an ``annee`` of 2062, and not a year that the others lack.
    """
    entered = {table: entered_years(records.frames, table) for table in DATED_TABLES}
    tables = Counter(year for years in entered.values() for year in years)
    years = sorted(year for year, number in tables.items() if number > 1 and year <= latest)
    for table in DATED_TABLES:
        lacking = [year for year in years if lacks(table, year, entered.__getitem__)]
        if lacking and table not in service.annee_vide:
            yield _missing(table, lacking, entered[table])


def _missing(table: str, lacking: Sequence[int], entered: Sequence[int]) -> Finding:
    without, had = (", ".join(map(str, one)) for one in (lacking, entered))
    return finding(
        "P501",
        table,
        f"Aucune ligne pour {without}, alors que la table en a pour {had} : ses chiffres seront non communiqués (nc), "
        f"et non 0. Saisir ces lignes ; si zéro est vrai, écrire dans service.yml : annee_vide: [{table}].",
        valeur=without,
    )
