"""What is entered twice: rows, pasted blocks and years, people under two identifiers, actions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility.rules import Told, Whole, beyond_rate, no_chance, rule, years_of
from rlpipeline.records.plausibility.spelling import normalised
from rlpipeline.records.raw import Mask

NEVER_ALIKE = frozenset({"financements", "instances", "reseaux", "partenaires", "presences"})
"""Tables where any row like another is one too many."""
WHOLE_YEARS: Mapping[str, int] = {"personnel": 1, "problematiques": 4}
"""Tables where equal rows are ordinary, unless each row of a year has its copy; and the fewest copies then."""
MOSTLY = frozenset({"demandes", "orientations", "temps", "jeunes", "suivis"})
"""Tables where a few equal rows are ordinary, but not more than a third of a year."""
SHARE, FEWEST, MOST = 1 / 3, 4, 0.8
COINCIDENCES, OF_AN_AGE = 1e-2, 730
"""Pairs of people alike in everything that chance gives in the whole table, at most, for a pair to be told;
and the days of birth among whom is met together, in a class: two years."""
SHOWN = {"jeunes": "premier_contact", "suivis": "date_debut", "orientations": "date", "personnel": "poste"}
"""The column that a finding shows, where it is not the second."""
COMPARED = ("seances", "jours", "nb_partenaires", "partenaires", "financements", "unite")


SENTENCE = (
    "Ligne identique en tout à une ligne plus haut, sans doute entrée ou collée deux fois, et comptée deux fois ; "
    "retirer la copie"
)


def shown(item: ParsedTable) -> str:
    """The column that a finding about a whole row shows."""
    return SHOWN.get(item.table.name, item.table.column_names[1])


def entered_twice(item: ParsedTable, parsed: Mapping[str, ParsedTable]) -> Mask:
    """Rows that repeat an earlier one beyond what chance gives."""
    name, frame = item.table.name, item.frame
    compared = [column for column in frame.columns if (column,) != item.table.key]
    again: Mask = frame.duplicated(compared).to_numpy(bool)
    for column in item.columns.values():  # what could not be read may differ
        again = again & ~column.unread
    if name in NEVER_ALIKE or not again.any():
        return again
    years = years_of(item, parsed)
    by_year = pd.DataFrame({"again": again, "alike": frame.duplicated(compared, keep=False)}).groupby(years)
    copies = by_year["again"].transform("sum")
    if name in WHOLE_YEARS:
        return again & (by_year["alike"].transform("all") & (copies >= WHOLE_YEARS[name])).to_numpy(bool)
    if name not in MOSTLY:
        return np.zeros(len(again), dtype=bool)
    pasted = (by_year["again"].transform("mean") > SHARE) & (copies >= FEWEST)
    if len(item.table.key) == 1:
        return again & (pasted.to_numpy(bool) | _too_alike(item, frame[compared], again, parsed))
    return again & (pasted.to_numpy(bool) | _in_months(item, again) | _in_blocks(frame[compared], again))


def _too_alike(item: ParsedTable, frame: pd.DataFrame, again: Mask, parsed: Mapping[str, ParsedTable]) -> Mask:
    """Rows alike in every column, where chance gives hardly a pair in one day; nor twins, nor a class."""
    day = frame[SHOWN[item.table.name]]
    names = [str(name) for name in frame.columns]
    alike = [float((frame[name].value_counts(normalize=True, dropna=False) ** 2).sum()) for name in names]
    others = day.map(day.value_counts()) - 1
    by_chance = others.sum() / 2 * np.prod(alike) / alike[names.index(str(day.name))]
    crowd = (
        others * (others + 1) / 2 / OF_AN_AGE >= COINCIDENCES
        if item.table.name == "jeunes"
        else pd.Series(False, frame.index)
    )
    told: Mask = (by_chance < COINCIDENCES) & ~crowd.to_numpy(bool) & ~_other_lives(item, again, names, parsed)
    return told


def _other_lives(item: ParsedTable, again: Mask, compared: list[str], parsed: Mapping[str, ParsedTable]) -> Mask:
    """Young people alike, each with follow-ups, which last otherwise: twins."""
    twins: Mask = np.zeros(len(again), dtype=bool)
    if item.table.name == "jeunes" and "suivis" in parsed:
        suivis = parsed["suivis"].frame.fillna({"date_fin": parsed["suivis"].frame["date_debut"]})
        lived = (suivis["date_debut"] - suivis["date_fin"]).groupby(suivis["id_jeune"]).agg(set).to_dict()
        alike = item.frame[item.frame.duplicated(compared, keep=False)]
        for rows in alike.groupby(compared, dropna=False).groups.values():
            first, *others = (lived.get(alike["id_jeune"][row], set()) for row in rows)
            for row, other in zip(rows[1:], others, strict=True):
                twins[row] = bool(first) and bool(other) and first != other
    return twins


def _in_months(item: ParsedTable, again: Mask) -> Mask:
    """Copies of months that hold more of them than the rest of the table does."""
    if "date" not in item.frame:
        return np.zeros(len(again), dtype=bool)
    by_month = pd.Series(again).groupby(item.frame["date"].dt.to_period("M")).agg(["sum", "size"])
    beyond = []
    for month, copies, rows in by_month.itertuples():
        rate = (again.sum() - copies + 1) / (len(again) - rows + 2)
        if copies >= FEWEST and beyond_rate(copies, rows, rate) > no_chance(len(by_month)):
            beyond.append(month)
    mask: Mask = item.frame["date"].dt.to_period("M").isin(beyond).to_numpy(bool)
    return mask


def _in_blocks(frame: pd.DataFrame, again: Mask) -> Mask:
    """Copies that follow each other as the rows that they copy do, in blocks so long that it is no chance."""
    first = pd.Series(np.arange(len(frame))).groupby([frame[name] for name in frame], dropna=False).transform("first")
    offset = np.where(again, np.arange(len(frame)) - first.to_numpy(), 0)
    runs = np.cumsum(np.r_[True, offset[1:] != offset[:-1]])
    lengths = np.bincount(runs)[runs]
    mask: Mask = (-np.log(again.mean()) * lengths > no_chance(len(again))) & (offset >= lengths)
    return mask


@rule("P404", "actions", "libelle")
def actions_twice(actions: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Actions of one year and title entered twice: numbers, partners, funding alike; publics alike or not entered."""
    frame = actions.frame
    names = ["annee", "commune", "categorie", "titre", *(name for name in COMPARED if name in actions.columns)]
    titles = {text: normalised(text) for text in frame["libelle"].dropna().unique()}
    alike = frame.assign(titre=frame["libelle"].map(titles))
    alike = alike[alike["titre"].notna() & alike.duplicated(names, keep=False)]
    publics = {}
    if "participations" in whole.parsed:
        numbers = whole.parsed["participations"].frame.fillna({"nombre": -1})
        of_actions = numbers[numbers["id_action"].isin(alike["id_action"])].groupby("id_action")
        publics = {action: frozenset(zip(rows["public"], rows["nombre"], strict=True)) for action, rows in of_actions}
    for rows in alike.groupby(names, dropna=False).groups.values():
        for place, row in enumerate(rows):
            own = publics.get(frame["id_action"][row])
            earlier = ((first, publics.get(frame["id_action"][first])) for first in rows[:place])
            like = next(((first, other) for first, other in earlier if own == other or None in (own, other)), None)
            if like:
                compared = "publics" if own == like[1] else "publics saisis pour l'une seule"
                sentence = (
                    f"Même action qu'à la ligne {int(actions.lines[like[0]])} (année, commune, catégorie, titre, "
                    f"nombres, {compared}, partenaires, financements) ; retirer l'une des deux"
                )
                yield Told([int(row)], sentence)


@rule("P504")
def pasted_from_the_period_before(item: ParsedTable, whole: Whole) -> Iterator[Told]:
    """Years, or months by their days, whose rows are nearly all those of the one before, where others' are not."""
    names = [column.name for column in item.table.columns if column.name in item.columns]
    if "annee" in names:
        period, rest = item.frame["annee"], item.frame[[name for name in names if name not in ("annee", "id_action")]]
    elif "date" in names:
        day = item.frame["date"].dt
        period, rest = 12 * day.year.fillna(0) + day.month.fillna(0), item.frame[names].assign(date=day.day)
    else:
        return
    alike = rest.groupby(list(rest), dropna=False, sort=False).ngroup() + len(rest) * period
    again = (alike - len(rest)).isin(alike)
    counts = again.groupby(period).agg(["sum", "size"])
    counts = counts[[when - 1 in counts.index for when in counts.index]]
    for when, copied, rows in counts.itertuples():
        rest_of = counts[counts.index != when]
        rate = float(((rest_of["sum"] + 1) / (rest_of["size"] + 2)).max()) if len(rest_of) else 1.0
        if copied >= MOST * rows and rate <= 0.5 and beyond_rate(copied, rows, rate) > no_chance(len(counts)):
            sentence = "Lignes recopiées de l'année ou du mois d'avant, jour pour jour ; saisir celles de ce temps"
            yield Told(again & (period == when), sentence, "annee" if "annee" in names else "date", together=True)
