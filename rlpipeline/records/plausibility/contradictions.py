"""Rows that contradict each other: plans that overlap, a follow-up before its young person, an action entered twice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pandas as pd

from rlpipeline.records.findings import Finding
from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.plausibility.rows import ACCEPTING, of_row
from rlpipeline.records.plausibility.spelling import normalised

Publics = frozenset[tuple[str, float]]
"""The publics of an action and their numbers."""
OPEN = pd.Timestamp.max.as_unit("us")
TOLD = ("seances", "jours", "nb_partenaires", "partenaires", "financements", "unite")


def overlapping_plans(suivis: ParsedTable) -> Iterator[Finding]:
    """PAEI that begin before an earlier one of the same young person has ended."""
    usable = suivis.known(("id_jeune", "statut", "date_debut")) & (suivis.frame["statut"] == "PAEI").to_numpy()
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
    usable = suivis.known(("id_jeune", "date_debut"))
    people = jeunes.frame.loc[jeunes.known(("id_jeune",)), ["id_jeune", "date_naissance", "premier_contact"]]
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
    names = ["annee", "commune", "categorie", "titre", *(name for name in TOLD if name in item.columns)]
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
