"""Rows that contradict each other: entered twice, plans that overlap, a follow-up before its young person."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import pandas as pd

from rlpipeline.records.findings import Finding
from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility.rows import ACCEPTING, of_each, of_row, places
from rlpipeline.records.plausibility.spelling import normalised
from rlpipeline.records.raw import Mask

NEVER_ALIKE = frozenset({"financements", "instances", "reseaux", "partenaires", "presences"})
"""Tables where any row like another is one too many."""
WHOLE_YEARS: Mapping[str, int] = {"personnel": 1, "problematiques": 4}
"""Tables where equal rows are ordinary, unless each row of a year has its copy; and the fewest copies then."""
MOSTLY = frozenset({"demandes", "orientations", "temps", "jeunes", "suivis"})
"""Tables where a few equal rows are ordinary, but not more than a third of a year."""
SHARE, FEWEST = 1 / 3, 4
_OF_THE_YEAR = {"jeunes": "premier_contact", "suivis": "date_debut"}
_SHOWN = {"jeunes": "premier_contact", "suivis": "date_debut", "orientations": "date", "personnel": "poste"}
"""The column that a finding shows, where it is not the second."""
Publics = frozenset[tuple[str, float]]
"""The publics of an action and their numbers."""
OPEN = pd.Timestamp.max.as_unit("us")
COMPARED = ("seances", "jours", "nb_partenaires", "partenaires", "financements", "unite")


def entered_twice(item: ParsedTable) -> tuple[list[Finding], ParsedTable]:
    """Find the rows that repeat an earlier one.

    Returns
    -------
    tuple
        One finding a row, and the table without these rows: what else is said of it does not count them twice.
    """
    copies = _copies(item)
    if not copies.any():
        return [], item
    column = _SHOWN.get(item.table.name, item.table.column_names[1])
    message = (
        "Ligne identique en tout à une ligne plus haut, sans doute entrée ou collée deux fois, et comptée deux fois ; "
        f"retirer la copie, {ACCEPTING}."
    )
    return list(of_each(item, "P405", places(copies), column, message)), item.only(~copies)


def _copies(item: ParsedTable) -> Mask:
    """The rows alike to an earlier one, in the years that hold more of them than chance gives."""
    name = item.table.name
    if not {name} & {*NEVER_ALIKE, *WHOLE_YEARS, *MOSTLY}:
        return np.zeros(len(item.lines), dtype=bool)
    own = item.table.key if len(item.table.key) == 1 else ()
    compared = [column for column in item.frame.columns if column not in own]
    again: Mask = item.frame.duplicated(compared).to_numpy(bool)
    for column in item.columns.values():  # what could not be read may differ
        again = again & ~column.unread
    if name in NEVER_ALIKE or not again.any():
        return again
    by_year = pd.DataFrame({"again": again, "alike": item.frame.duplicated(compared, keep=False)}).groupby(_years(item))
    copies = by_year["again"].transform("sum")
    if name in WHOLE_YEARS:
        pasted = by_year["alike"].transform("all") & (copies >= WHOLE_YEARS[name])
    else:
        pasted = (by_year["again"].transform("mean") > SHARE) & (copies >= FEWEST)
    mask: Mask = again & pasted.to_numpy(bool)
    return mask


def _years(item: ParsedTable) -> pd.Series:
    if "annee" in item.frame:
        return item.frame["annee"]
    years: pd.Series = item.frame[_OF_THE_YEAR.get(item.table.name, "date")].dt.year.fillna(0)
    return years


def overlapping_plans(suivis: ParsedTable) -> Iterator[Finding]:
    """PAEI that begin before an earlier one of the same young person has ended."""
    usable = suivis.readable(("id_jeune", "statut", "date_debut")) & (suivis.frame["statut"] == "PAEI").to_numpy()
    if "date_fin" in suivis.columns:
        usable &= ~suivis.columns["date_fin"].unread
    usable &= ~(suivis.frame["date_fin"] < suivis.frame["date_debut"]).to_numpy()
    plans = suivis.frame.loc[usable, ["id_suivi", "id_jeune", "date_debut", "date_fin"]]
    plans = plans[plans.duplicated("id_jeune", keep=False)].sort_values(["id_jeune", "date_debut", "date_fin"])
    ends = plans["date_fin"].fillna(OPEN).groupby(plans["id_jeune"]).cummax().groupby(plans["id_jeune"]).shift()
    for row in sorted(plans.index[plans["date_debut"] < ends]):
        message = (
            "Ce PAEI commence avant la fin d'un autre PAEI du même jeune ; terminer le premier, ou corriger les dates, "
            f"{ACCEPTING}."
        )
        yield of_row(suivis, "P401", int(row), "date_debut", message)


def too_early(parsed: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    """Follow-ups begun before the birth of the young person, or, where there is no other, before the first contact."""
    suivis, jeunes = parsed["suivis"], parsed["jeunes"]
    usable = suivis.readable(("id_jeune", "date_debut"))
    people = jeunes.frame.loc[jeunes.readable(("id_jeune",)), ["id_jeune", "date_naissance", "premier_contact"]]
    people = people[~(people["date_naissance"] > people["premier_contact"])].drop_duplicates("id_jeune")
    rows = suivis.frame.loc[usable, ["id_jeune", "date_debut"]].reset_index()
    rows = rows.merge(people, on="id_jeune").set_index("index")
    only = ~rows["id_jeune"].duplicated(keep=False)
    unborn = rows["date_debut"] < rows["date_naissance"]
    unmet = (rows["date_debut"] < rows["premier_contact"]) & only & ~unborn
    for mask, what in ((unborn, "la naissance du jeune"), (unmet, "le premier contact avec le jeune")):
        for row in sorted(rows.index[mask]):
            message = f"Ce suivi commence avant {what} ; corriger l'une des deux dates, {ACCEPTING}."
            yield of_row(suivis, "P403", int(row), "date_debut", message)


def actions_twice(parsed: Mapping[str, ParsedTable]) -> Iterator[Finding]:
    """Actions of one year and title entered twice: numbers, partners, funding alike; publics alike or not entered."""
    item = parsed["actions"]
    frame = item.frame
    names = ["annee", "commune", "categorie", "titre", *(name for name in COMPARED if name in item.columns)]
    titles = {text: normalised(text) for text in frame["libelle"].dropna().unique()}
    alike = frame.assign(titre=frame["libelle"].map(titles))
    alike = alike[alike["titre"].notna() & alike.duplicated(names, keep=False)]
    publics = _publics(parsed)
    for _, rows in alike.groupby(names, dropna=False).groups.items():
        of_rows = {int(row): publics.get(str(frame["id_action"][row])) for row in sorted(rows)}
        for row, first in _repeated(of_rows).items():
            compared = "publics" if of_rows[row] == of_rows[first] else "publics saisis pour l'une seule"
            message = (
                f"Même action qu'à la ligne {int(item.lines[first])} (année, commune, catégorie, titre, nombres, "
                f"{compared}, partenaires, financements) ; retirer l'une des deux, {ACCEPTING}."
            )
            yield of_row(item, "P404", row, "libelle", message)


def _repeated(publics: Mapping[int, Publics | None]) -> dict[int, int]:
    """The rows whose publics are an earlier row's, each with that row; no publics are like any."""
    repeated: dict[int, int] = {}
    earlier: dict[Publics | None, int] = {}
    for row, own in publics.items():
        like = next(iter(earlier.values()), None) if own is None else earlier.get(own, earlier.get(None))
        if like is not None:
            repeated[row] = like
        earlier.setdefault(own, row)
    return repeated


def _publics(parsed: Mapping[str, ParsedTable]) -> dict[str, Publics]:
    """The publics of each action and their numbers."""
    if "participations" not in parsed:
        return {}
    frame = parsed["participations"].frame.fillna({"nombre": -1})
    return {
        str(action): frozenset(zip(rows["public"], rows["nombre"], strict=True))
        for action, rows in frame.groupby("id_action")
    }
