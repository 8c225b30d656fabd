from __future__ import annotations

from collections.abc import Callable

import pytest

Audit = Callable[..., tuple]
Kinds = Callable[..., list[tuple[str, str]]]

SUIVIS = (
    "Jeunes suivis\nÂge,Filles,Garçons,Total,Dont nouveaux\n11-14 ans,10,20,30,{}\n"
    "15-17 ans,4,6,10,2\nTotal,14,26,40,{}\n"
)
ANSWERS = (
    "Difficultés des jeunes suivis (plusieurs réponses possibles)\n"
    "Difficulté,11-14 ans,15-17 ans,Total\nLogement,3,{},{}\nÉcole,29,8,37\n"
)


def test_a_part_within_its_whole_raises_nothing(kinds: Kinds) -> None:
    assert kinds(a__csv=SUIVIS.format(9, 11)) == []


def test_a_part_above_its_whole_is_certain(audit: Audit) -> None:
    found = audit({"a.csv": SUIVIS.format(31, 33)})
    assert [(entry.controle, entry.imprime, entry.calcule, entry.certitude) for entry in found] == [
        ("cohorte", "31", "30", "certain")
    ]


@pytest.mark.parametrize(("cell", "expected"), [(9, []), (12, [("cohorte", "probable")])])
def test_several_answers_a_person_stay_within_the_persons(kinds: Kinds, cell: int, expected: list) -> None:
    assert kinds(a__csv=SUIVIS.format(9, 11), b__csv=ANSWERS.format(cell, cell + 3)) == expected


def test_a_declared_population_makes_it_certain(kinds: Kinds) -> None:
    relations = (
        "tableaux:\n  a: {population: suivis, unite: jeunes}\n"
        "  b: {population: suivis, unite: jeunes, plusieurs_reponses: true}\n"
    )
    found = kinds(a__csv=SUIVIS.format(9, 11), b__csv=ANSWERS.format(12, 15), relations__yml=relations)
    assert found == [("cohorte", "certain")]


def test_attendances_may_exceed_persons(kinds: Kinds) -> None:
    outings = "Participations aux sorties\nSortie,11-14 ans,15-17 ans,Total\nPlage,80,40,120\nForêt,60,33,93\n"
    assert kinds(a__csv=SUIVIS.format(9, 11), b__csv=outings) == []


def test_hours_are_not_persons(kinds: Kinds) -> None:
    teams = "Jeunes en parcours par équipe\nÉquipe,Filles,Garçons,Total\nAmont,10,20,30\nAval,4,6,10\nTotal,14,26,40\n"
    hours = "Heures des équipes\nActivité,Amont,Aval,Total\nRue,800,400,1200\nBureau,300,200,500\n"
    assert kinds(a__csv=teams, b__csv=hours) == []
