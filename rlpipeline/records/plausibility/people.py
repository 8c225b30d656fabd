"""Rows about one person that contradict each other: follow-ups that overlap, two places at once, life after leaving."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility.rules import USAGE, Told, Whole, no_chance, rule, years_of
from rlpipeline.records.raw import Mask

OPEN = pd.Timestamp.max.as_unit("us")
ISOLATED, LEAVE = 2, 3
"""Days worked after an absence that are no return; how many times longer than any before an absence is a departure."""
MONTH, FEW = 30, 10
"""Days that temper the rate of who worked little, and fewest days that make a rate."""
Days = np.ndarray[tuple[int], np.dtype[np.int64]]
MOVED = "changement_territoire"


@rule("P401", "suivis", "date_debut")
def overlapping(suivis: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Follow-ups that begin before an earlier one of the same young person and status has ended."""
    usable = suivis.readable(("id_jeune", "statut", "date_debut"))
    if "date_fin" in suivis.columns:
        usable &= ~suivis.columns["date_fin"].unread
    usable &= ~(suivis.frame["date_fin"] < suivis.frame["date_debut"]).to_numpy()
    who = ["id_jeune", "statut"]
    rows = suivis.frame[usable & suivis.frame.duplicated(who, keep=False)].sort_values([*who, "date_debut", "date_fin"])
    same = [rows[name] for name in who]
    ends = rows["date_fin"].fillna(OPEN).groupby(same).cummax().groupby(same).shift()
    wrong = rows[rows["date_debut"] < ends]
    for statut, of_statut in wrong.groupby("statut"):
        sentence = (
            f"Ce suivi ({statut}) commence avant la fin d'un autre du même statut et du même jeune ; terminer le "
            "premier, ou corriger les dates"
        )
        yield Told(sorted(of_statut.index), sentence)


@rule("P403", "suivis", "date_debut")
def too_early(suivis: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Follow-ups begun before the birth of the young person, or, where there is no other, before the first contact."""
    if "jeunes" not in whole.parsed:
        return
    jeunes = whole.parsed["jeunes"]
    people = jeunes.frame.loc[jeunes.readable(("id_jeune",)), ["id_jeune", "date_naissance", "premier_contact"]]
    people = people[~(people["date_naissance"] > people["premier_contact"])].drop_duplicates("id_jeune")
    rows = suivis.frame.loc[suivis.readable(("id_jeune", "date_debut")), ["id_jeune", "date_debut"]]
    rows = rows.join(people.set_index("id_jeune"), on="id_jeune", how="inner")
    unborn = rows["date_debut"] < rows["date_naissance"]
    unmet = (rows["date_debut"] < rows["premier_contact"]) & ~rows["id_jeune"].duplicated(keep=False) & ~unborn
    for mask, what in ((unborn, "la naissance du jeune"), (unmet, "le premier contact avec le jeune")):
        yield Told(sorted(rows.index[mask]), f"Ce suivi commence avant {what} ; corriger l'une des deux dates")


@rule("P406", "presences", "id_jeune")
def in_two_communes(presences: ParsedTable, whole: Whole) -> Iterator[Told]:
    """A young person met in two communes on one day, unless it is the usage."""
    rows = presences.frame.loc[presences.readable(("date", "commune", "id_jeune")), ["date", "commune", "id_jeune"]]
    rows = rows[rows["commune"].isin(whole.service.commune_codes)]
    days = rows.groupby(["id_jeune", "date"])["commune"].nunique()
    apart = rows.join(days.rename("places"), on=["id_jeune", "date"])["places"] > 1
    if (days > 1).sum() <= max(1, USAGE * len(days)):
        for _, same in rows[apart].groupby(["id_jeune", "date"]).groups.items():
            sentence = "Le même jeune dans deux communes le même jour ; corriger une commune, une date ou l'identifiant"
            yield Told(sorted(same), sentence, "commune", together=True, keyed=True)


@rule("P407", column="id_jeune")
def after_leaving(item: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Rows of a year after all follow-ups of the young person ended, unless it is the usage.

    Notes
    -----
    Who comes to a drop-in, or is followed again, needs no follow-up: there, only who left the territory is told.
    """
    if "suivis" not in whole.parsed or item.table.name in ("jeunes", "suivis"):
        return
    suivis = whole.parsed["suivis"].frame
    last = suivis.assign(end=suivis["date_fin"].fillna(OPEN)).sort_values("end").groupby("id_jeune").last()
    if item.table.name == "presences":
        last = last[last["motif_cloture"] == MOVED]
    years = years_of(item, whole.parsed)
    after = (years > item.frame["id_jeune"].map(last["end"].dt.year).astype("float64")) & (years > 0)
    if after.sum() <= max(1, USAGE * len(after)):
        sentence = "Après l'année où le dernier suivi du jeune a pris fin ; corriger l'année, l'identifiant ou le suivi"
        yield Told(after, sentence, "date" if "date" in item.columns else "annee")


def _rate(days: Days) -> float:
    """Days worked in a day, tempered by a month more for who has few."""
    return float((len(days) - 1) / (days[-1] - days[0] + MONTH))


def _days_of(temps: ParsedTable) -> dict[str, Days]:
    """The distinct days of each educator, as numbers."""
    rows = temps.frame.loc[temps.readable(("date", "educateur")), ["educateur", "date"]]
    numbered = rows.assign(day=rows["date"].to_numpy("M8[D]").astype("int64"))
    return {str(who): np.unique(days.to_numpy()) for who, days in numbered.groupby("educateur")["day"]}


@rule("P408", "temps", "educateur")
def educators_who_left(temps: ParsedTable, whole: Whole) -> Iterator[Told]:
    """A day or two of an educator long after the others, and long before the end of the table.

    Notes
    -----
    Long is what the educator's own rate of days does not give by chance, and three times any absence before.
    """
    everyone = _days_of(temps)
    end = max((days[-1] for days in everyone.values()), default=0)
    for who, days in everyone.items():
        for left in range(max(FEW, len(days) - ISOLATED), len(days)):
            before = days[:left]
            gaps = np.diff(before)
            absent, silent = days[left] - before[-1], end - days[-1]
            if absent > LEAVE * gaps.max() and _rate(before) * min(absent, silent) > no_chance(len(everyone)):
                worked = temps.frame["date"].to_numpy("M8[D]").astype("int64") >= days[left]
                sentence = (
                    "Cet éducateur n'a plus de temps depuis longtemps avant ce jour, ni après ; corriger la date ou "
                    "l'éducateur"
                )
                yield Told(worked & (temps.frame["educateur"] == who).to_numpy(), sentence, "date")
                break


@rule("P408", "suivis", "educateur")
def begun_by_who_left(suivis: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Follow-ups begun after the last day worked of their educator, so long that it is no chance."""
    if "temps" not in whole.parsed:
        return
    everyone = _days_of(whole.parsed["temps"])
    end = max((days[-1] for days in everyone.values()), default=0)
    begun = suivis.frame["date_debut"].to_numpy("M8[D]").astype("int64")
    mask: Mask = np.zeros(len(begun), dtype=bool)
    for who, days in everyone.items():
        absence = LEAVE * np.diff(days).max(initial=1)
        late = (begun > days[-1] + absence) & (begun <= end) & suivis.readable(("date_debut",))
        if len(days) > FEW and _rate(days) * (end - days[-1]) > no_chance(len(everyone)):
            mask |= late & (suivis.frame["educateur"] == who).to_numpy(bool)
    sentence = "Suivi commencé longtemps après le dernier jour de temps de son éducateur ; corriger l'un ou l'autre"
    if mask.sum() <= max(1, USAGE * len(mask)):
        yield Told(mask, sentence)
