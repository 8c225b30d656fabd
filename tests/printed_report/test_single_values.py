"""Copies, composites, vintages, marks and units."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Audit = Callable[..., tuple]
Kinds = Callable[..., list[tuple[str, str]]]

RATES = (
    "Commune,Chômage (%),Jeunes (%),Logements (%),Diplômés (%)\nA,17.3,29.8,34.1,{}\nB,{},12.4\nC,13.1,27.4,22.6,18.2\n"
)


def test_a_row_copied_from_another_is_told_once(audit: Audit) -> None:
    (found,) = audit({"t.csv": RATES.format(12.4, "17.3,29.8,34.1")})
    assert (found.controle, "« B »" in found.lieu) == ("ligne_recopiee", True)


def test_rows_that_differ_raise_nothing(kinds: Kinds) -> None:
    assert kinds(t__csv=RATES.format(12.4, "15.8,31.2,41.7")) == []


def test_small_numbers_are_equal_by_chance(kinds: Kinds) -> None:
    table = "Durée,11-14 ans,15-17 ans,18-21 ans,Total\nMoins de 1 an,1,2,3,6\n1 à 2 ans,1,2,3,6\nTotal,2,4,6,12\n"
    assert kinds(t__csv=table) == []


def test_what_the_totals_leave_for_a_copied_row_is_given(audit: Audit) -> None:
    table = "Commune,Séances,Heures,Contacts\nA,142,431,1912\nB,79,242,905\nC,79,242,905\nTotal,280,846,3428\n"
    (copied,) = [entry for entry in audit({"t.csv": table}) if entry.controle == "ligne_recopiee"]
    assert (copied.calcule, copied.certitude) == ("59 ; 173 ; 611", "certain")


TERRITORY = "Commune,Population 2021,Taux de chômage (%)\nA,13874,17.3\nB,9555,15.8\nC,{},13.1\nCC du Lac,{},{}\n"


@pytest.mark.parametrize(("rate", "expected"), [(15.4, []), (18.9, [("composite", "probable")])])
def test_a_rate_of_the_whole_lies_between_those_of_its_members(kinds: Kinds, rate: float, expected: list) -> None:
    assert kinds(t__csv=TERRITORY.format(5941, 29370, rate)) == expected


def test_declared_members_make_it_certain(kinds: Kinds) -> None:
    relations = "composites:\n  - {ensemble: t/CC du Lac, membres: [t/A, t/B, t/C]}\n"
    assert kinds(t__csv=TERRITORY.format(5941, 29370, 18.9), relations__yml=relations) == [("composite", "certain")]


def test_a_whole_with_other_members_is_told_only_when_far(kinds: Kinds) -> None:
    assert kinds(t__csv=TERRITORY.format(5941, 99999, 18.9)) == []
    assert kinds(t__csv=TERRITORY.format(5941, 99999, 55.7)) == [("composite", "probable")]


POPULATIONS = "code,nom,millesime,population\n1,C,2019,6012\n1,C,2021,5941\n2,A,2021,13874\n"


@pytest.mark.parametrize(
    ("printed", "expected"), [(5941, []), (6012, [("millesime", "certain")]), (6100, [("millesime", "probable")])]
)
def test_a_population_is_of_the_vintage_announced(kinds: Kinds, printed: int, expected: list) -> None:
    found = kinds(
        t__csv=TERRITORY.format(printed, 99999, 15.4), p__csv=POPULATIONS, relations__yml="populations: p.csv\n"
    )
    assert found == expected


def test_marks_of_absence_that_change_are_told(audit: Audit) -> None:
    (found,) = audit({"t.csv": "Lieu,Jeunes,Filles\nA,NC,3\nB,4,n.c.\nC,6,2\n"})
    assert (found.controle, found.imprime) == ("marques_melangees", "NC ; n.c.")


def test_one_mark_raises_nothing(kinds: Kinds) -> None:
    assert kinds(t__csv="Lieu,Jeunes,Filles\nA,NC,3\nB,4,NC\nC,6,2\n") == []


def test_a_blank_beside_zero_is_only_likely(kinds: Kinds) -> None:
    table = (
        "Âge,Filles,Garçons,Total,Dont nouveaux\n11-14 ans,4,5,9,3\n15-17 ans,2,2,4,1\n"
        "18-21 ans,,2,2,0\nTotal,6,9,15,4\n"
    )
    assert kinds(t__csv=table) == [("marques_melangees", "probable")]


def test_hours_among_full_time_equivalents_are_told(audit: Audit) -> None:
    table = (
        "Poste,Nombre d'ETP,Département\nDirecteur,1.0,0.5\nÉducateur,6.0,5.0\nEntretien,17.5 h,0.2\nTotal,7.5,5.7\n"
    )
    (found,) = audit({"t.csv": table})
    assert (found.controle, found.imprime, found.calcule) == ("unites_melangees", "17.5 h", "0,50")


def test_a_row_of_another_unit_is_no_mixture(kinds: Kinds) -> None:
    assert kinds(t__csv=",Rue,Collège,Bureau\nHeures,100 h,200 h,100 h\nPart,25 %,50 %,25 %\n") == []


def test_hours_and_days_in_one_cell_are_told(kinds: Kinds) -> None:
    table = "Réseau,Nombre\nMDS,9 jeunes sur 56h + 2 jours de camp\nADAE,17 jeunes sur 21 jours\n"
    assert kinds(t__csv=table) == [("unites_melangees", "probable")]
