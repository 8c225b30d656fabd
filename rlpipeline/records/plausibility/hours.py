"""Hours beyond those of a day: slips, or sums of a week that someone enters as one day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pandas as pd

from rlpipeline.records.findings import Finding
from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility.rows import ACCEPTING, french, key_of, of_row, of_rows, places

OF_A_DAY, WORKED = 24, 16
OF_A_MONTH = 250
"""No sum of a month is larger."""
FEWEST = 5
"""Fewest days of an educator, and fewest long days, that make a habit."""
MANY = 20
"""Long days of a service that are no longer slips one by one."""


def unlikely_hours(temps: ParsedTable) -> Iterator[Finding]:
    """Lines beyond a day, days of an educator beyond 16 h; who enters sums is told once."""
    if not {"date", "educateur", "heures"} <= temps.columns.keys():
        return
    frame = temps.frame[["date", "educateur", "heures"]]
    days = frame.groupby(["date", "educateur"])["heures"].transform("sum")
    summed = _enters_sums(frame.assign(total=days)) & (days > WORKED)
    if summed.any():
        yield _entered_as_sums(temps, frame, summed)
    long = (frame["heures"] > OF_A_DAY) & (~summed | (frame["heures"] > OF_A_MONTH))
    for row in places(long):
        message = f"Plus de {OF_A_DAY} heures sur une seule ligne ; corriger le nombre, {ACCEPTING}."
        yield of_row(temps, "P304", row, "heures", message)
    told = frame[long].groupby(["date", "educateur"]).size()
    worked = (days > WORKED) & ~summed
    for day, rows in frame[worked].groupby(["date", "educateur"]).groups.items():
        if day not in told.index:
            yield _long_day(temps, [int(row) for row in rows], float(days[rows[0]]))


def _enters_sums(entries: pd.DataFrame) -> pd.Series:
    """Say of each entry whether its educator, or the whole service, enters sums of weeks or months."""
    by_day = entries.groupby(["educateur", "date"])["total"].first() > WORKED
    of_educator = by_day.groupby("educateur").agg(["sum", "mean"])
    habit = (of_educator["sum"] >= FEWEST) & (of_educator["mean"] > 0.5)
    whole = by_day.sum() > MANY and 2 * (of_educator["sum"] >= FEWEST).sum() > len(of_educator)
    return pd.Series(True, index=entries.index) if whole else entries["educateur"].map(habit).fillna(False).astype(bool)


def _entered_as_sums(temps: ParsedTable, frame: pd.DataFrame, summed: pd.Series) -> Finding:
    educators = frame.loc[summed, "educateur"].nunique()
    who = "un éducateur" if educators == 1 else f"{educators} éducateurs"
    message = (
        f"Le plus souvent, {who} dépasse{'' if educators == 1 else 'nt'} {WORKED} heures en un jour : sans doute des "
        f"sommes de semaines ou de mois, comptées à la date écrite ; entrer une ligne par jour, {ACCEPTING}."
    )
    return of_rows(temps, "P306", places(summed), "heures", message)


def _long_day(temps: ParsedTable, rows: list[int], hours: float) -> Finding:
    entered = temps.frame["heures"].to_numpy()
    counted = sorted((row for row in rows if entered[row] > 0), key=lambda row: -entered[row])
    listed = " + ".join(f"{french(float(entered[row]))} (ligne {int(temps.lines[row])})" for row in counted)
    message = (
        f"{french(hours)} heures pour un éducateur en un seul jour : {listed} ; corriger une date ou un nombre de ces "
        f"lignes, {ACCEPTING}."
    )
    one = of_rows(temps, "P305", counted, "heures", message)
    return replace(one, valeur=french(hours), cle=key_of(temps, min(rows)))
