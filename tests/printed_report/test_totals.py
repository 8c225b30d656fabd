from __future__ import annotations

from collections.abc import Callable

import pytest

Audit = Callable[..., tuple]
Kinds = Callable[..., list[tuple[str, str]]]

AGES = "Âge,Filles,Garçons,Total\n11-14 ans,10,20,{row}\n15-17 ans,4,6,10\nTotal,{girls},26,40\n"


def test_a_right_table_raises_nothing(kinds: Kinds) -> None:
    assert kinds(t__csv=AGES.format(row=30, girls=14)) == []


def test_a_wrong_row_total_is_told_with_its_arithmetic(audit: Audit) -> None:
    found = [entry for entry in audit({"t.csv": AGES.format(row=31, girls=14)}) if entry.controle == "total_ligne"]
    assert [(entry.imprime, entry.calcule, entry.certitude) for entry in found] == [("31", "30", "certain")]
    assert "10 + 20 = 30, imprimé 31" in found[0].message
    assert found[0].ligne == 2


def test_a_wrong_column_total_is_told(audit: Audit) -> None:
    found = audit({"t.csv": AGES.format(row=30, girls=41)})
    assert [(entry.controle, entry.imprime, entry.calcule) for entry in found] == [("total_colonne", "41", "14")]


def test_a_blank_total_is_computed(audit: Audit) -> None:
    (found,) = audit({"t.csv": AGES.format(row="", girls=14)})
    assert (found.controle, found.calcule, found.certitude) == ("total_absent", "30", "certain")


def test_inverted_digits_are_named(audit: Audit) -> None:
    table = "Poste,2022,2023\nAchats,1000,1200\nSalaires,4300,4500\nTotal,5300,7500\n"
    (found,) = audit({"t.csv": table})
    assert found.calcule == "5 700"
    assert "intervertis" in found.message


def test_a_total_that_counts_a_sub_total_twice_is_explained(audit: Audit) -> None:
    table = (
        "Poste,2022 (€),2023 (€)\nAchats,100,120\nEnergie,50,60\nSous-total charges,150,180\n"
        "Salaires,800,900\nPrimes,80,90\nSous-total personnel,880,990\nTotal général,1030,1350\n"
    )
    (found,) = audit({"t.csv": table})
    assert (found.controle, found.calcule) == ("total_colonne", "1 170")
    assert "Sous-total charges" in found.message


RIGHT = {
    "sub-totals": "Poste,ETP\nDirection,,\nDirecteur,1\nSecrétaire,0.5\nTotal,1.5\nÉducatif,\n"
    "Éducateur,6\nSous Total,6\n"
    "TOTAL,7.5\n",
    "unknown left out": "Quartier,Jeunes,Filles\nA,10,4\nB,NC,NC\nC,5,2\nTotal (hors NC),15,6\n",
    "unknown that fills the gap": "Quartier,Jeunes,Filles\nA,10,4\nB,NC,3\nC,5,2\nTotal,22,9\n",
    "persons counted once": "Jeunes rencontrés (un jeune vu deux fois compte une fois)\n"
    "Commune,Séances,Jeunes différents\n"
    "A,10,30\nB,12,40\nTotal,22,61\n",
    "years": "Indicateur,2021,2022,2023\nJeunes suivis,10,20,30\nSéances,5,6,7\n",
    "part of": "Âge,Filles,Garçons,Total,Dont nouveaux\n11-14 ans,10,20,30,9\n15-17 ans,4,6,10,2\nTotal,14,26,40,11\n",
    "several answers": "Difficultés (plusieurs réponses possibles)\nDifficulté,Jeunes\nLogement,12\nSanté,9\n"
    "Total,15\n",
    "average": "Chantier,Jeunes,Heures\nA,4,100\nB,6,140\nEnsemble,10,240\nMoyenne par chantier,5,120\n",
    "groups": "Âge,Filles – 2022,Garçons – 2022,Total – 2022,Filles – 2023,Garçons – 2023,Total – 2023\n"
    "11-14 ans,1,2,3,4,5,9\n15-17 ans,2,2,4,1,1,2\nTotal,3,4,7,5,6,11\n",
    "total first": "Âge,Total,Filles,Garçons\n11-14 ans,30,10,20\n15-17 ans,10,4,6\nTotal,40,14,26\n",
    "rounded parts": "Poste,ETP,Heures\nA,0.33,10\nB,0.33,10\nC,0.33,10\nTotal,0.99,30\n",
}


@pytest.mark.parametrize("name", RIGHT)
def test_what_looks_wrong_and_is_right_raises_nothing_certain(kinds: Kinds, name: str) -> None:
    assert [kind for kind, certainty in kinds(t__csv=RIGHT[name]) if certainty == "certain"] == []


def test_a_total_below_what_is_known_is_certain_despite_an_unknown(audit: Audit) -> None:
    found = audit({"t.csv": "Quartier,Jeunes,Filles\nA,10,4\nB,NC,3\nC,5,2\nTotal,12,9\n"})
    assert [(entry.controle, entry.imprime) for entry in found] == [("total_colonne", "12")]


FAMILIES = "Public,Sorties,Café,Chantier\n11-14 ans,10,3,4\n15-17 ans,5,2,6\nFamilles,6,4,3\nTotal,{},{},{}\n"


def test_a_rule_that_changes_from_column_to_column_is_told_where_it_is_odd(audit: Audit) -> None:
    (found,) = audit({"t.csv": FAMILIES.format(15, 9, 10)})
    assert (found.controle, found.imprime, found.calcule, found.certitude) == ("regle_de_total", "9", "5", "certain")
    assert "Café" in found.lieu


def test_a_rule_that_never_changes_still_mixes_units(kinds: Kinds) -> None:
    assert {kind for kind, _ in kinds(t__csv=FAMILIES.format(21, 9, 13))} == {"unites_melangees"}


def test_a_rule_that_the_title_states_is_respected(kinds: Kinds) -> None:
    title = "Participants ; l'ensemble réunit les jeunes et les familles,,,\n"
    assert kinds(t__csv=title + FAMILIES.format(21, 9, 13)) == []
    assert kinds(t__csv=title + FAMILIES.format(21, 9, 10)) == [("regle_de_total", "certain")]


def test_a_total_is_found_by_arithmetic_where_its_label_tells_nothing(audit: Audit) -> None:
    quarters = "1er,48,120,640\n2e,62,155,812\n3e,55,137,701\n4e,51,127,655\n"
    table = "Trimestre,Sorties,Heures,Contacts\n" + quarters + "Bilan,216,539,{}\n"
    assert audit({"t.csv": table.format(2808)}) == ()
    (found,) = audit({"t.csv": table.format(2880)})
    assert (found.controle, found.calcule) == ("total_colonne", "2 808")
    assert "intervertis" in found.message


def test_a_family_among_the_origins_of_a_demand_is_one_of_them(kinds: Kinds) -> None:
    assert kinds(t__csv="Origine,Jeunes,Part (%)\nFamille,40,40\nCollège,35,35\nPairs,25,25\nTotal,100,100\n") == []


def test_sessions_beside_persons_are_not_added(kinds: Kinds) -> None:
    table = "Action,Séances,Garçons,Filles,Total jeunes\nVélo,12,18,4,22\nDanse,20,3,27,30\nChantier,5,7,5,{}\n"
    assert kinds(t__csv=table.format(12)) == []
    assert kinds(t__csv=table.format(13)) == [("total_ligne", "certain")]


def test_families_left_out_everywhere_raise_nothing(kinds: Kinds) -> None:
    assert kinds(t__csv=FAMILIES.format(15, 5, 10)) == []
