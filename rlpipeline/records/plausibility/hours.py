"""Hours of a line and of a day beyond what anyone works."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility.rules import Told, Whole, french, no_chance, rule

OF_A_DAY, WORKED = 24, 16
OF_A_MONTH = 250
"""No sum of a month is larger."""
HABIT = 5
"""Fewest days of an educator, and fewest long days, that make a habit."""
FEWEST = 5
SPREAD, APART = 0.25, np.log(4)
"""Standard deviation of the logarithm of usual hours, at least; how far another unit is, at least."""
MANY = 20
"""Long days of a service that are no longer slips one by one."""


def _summed(frame: pd.DataFrame) -> pd.Series:
    """Rows of long days of who enters sums of weeks or months: an educator, or the whole service."""
    days = frame.groupby(["educateur", "date"])["heures"].sum() > WORKED
    of_educator = days.groupby("educateur").agg(["sum", "mean"])
    often = of_educator["sum"] >= HABIT
    whole = days.sum() > MANY and 2 * often.sum() > len(often)
    who = often.index if whole else often.index[often & (of_educator["mean"] > 0.5)]
    return frame["educateur"].isin(who) & (_worked(frame) > WORKED)


def _worked(frame: pd.DataFrame) -> pd.Series:
    hours: pd.Series = frame.groupby(["educateur", "date"])["heures"].transform("sum")
    return hours


@rule("P306", "temps", "heures")
def entered_as_sums(temps: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Who enters sums, or minutes, told once."""
    summed = _summed(temps.frame)
    educators = temps.frame.loc[summed, "educateur"].nunique()
    who = "un éducateur dépasse" if educators == 1 else f"{educators} éducateurs dépassent"
    sentence = (
        f"Le plus souvent, {who} {WORKED} heures en un jour : sans doute des minutes, ou des sommes de semaines ou de "
        "mois, comptées à la date écrite ; entrer des heures, une ligne par jour"
    )
    if educators:
        yield Told(summed, sentence, together=True)


@rule("P304", "temps", "heures")
def long_lines(temps: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Lines beyond a day."""
    yield Told(_long(temps.frame), f"Plus de {OF_A_DAY} heures sur une seule ligne ; corriger le nombre")


def _long(frame: pd.DataFrame) -> pd.Series:
    return (frame["heures"] > OF_A_DAY) & (~_summed(frame) | (frame["heures"] > OF_A_MONTH))


@rule("P305", "temps", "heures")
def long_days(temps: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Days of an educator beyond 16 h, where no line alone is beyond 24."""
    frame = temps.frame
    of_long_lines = _long(frame).groupby([frame["educateur"], frame["date"]]).transform("any")
    asked = (_worked(frame) > WORKED) & ~_summed(frame) & ~of_long_lines.fillna(False).astype(bool)
    entered = frame["heures"].to_numpy()
    for _, rows in frame[asked & (frame["heures"] > 0)].groupby(["educateur", "date"]).groups.items():
        counted = sorted((int(row) for row in rows), key=lambda row: -entered[row])
        listed = " + ".join(f"{french(entered[row])} (ligne {int(temps.lines[row])})" for row in counted)
        hours = french(float(np.nansum(entered[counted])))
        sentence = (
            f"{hours} heures pour un éducateur en un seul jour : {listed} ; corriger une date ou un nombre de ces "
            "lignes"
        )
        yield Told(counted, sentence, value=hours, together=True, keyed=True)


@rule("P307", "temps", "heures")
def hours_of_another_unit(temps: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Usual hours of an educator's or an activity's year, or of a month, far from those of the others: another unit."""
    frame, year = temps.frame, temps.frame["date"].dt.strftime(" en %Y")
    logs = np.log(frame["heures"].where(frame["heures"] > 0))
    groups = (frame["educateur"] + year, frame["activite"] + year, frame["date"].dt.strftime("%m/%Y"))
    for group in groups:
        usual = logs.groupby(group).agg(["median", "size"])
        usual = usual[usual["size"] >= FEWEST]
        apart = (usual["median"] - usual["median"].median()).abs()
        spread = max(SPREAD, float(apart.quantile(0.75)) / 1.15) if len(apart) > 2 else np.inf
        for name in apart.index[(apart > APART) & ((apart / spread) ** 2 / 2 > no_chance(len(apart)))]:
            sentence = f"Les heures de {name} ne sont pas de l'ordre des autres : des minutes, des jours ? les corriger"
            yield Told(group == name, sentence, value=str(name), together=True)
