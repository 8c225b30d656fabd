"""Certain means proved: figures of one territory, year, population and denominator."""

from __future__ import annotations

import ast
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path

import pytest

from rlpipeline import printed_report
from rlpipeline.printed_report.finding import Scope, judge

Kinds = Callable[..., list[tuple[str, str]]]

SCOPE = Scope(*(frozenset({"un"}) for _ in fields(Scope)))


def test_only_a_proof_on_one_scope_is_certain() -> None:
    assert judge(True, SCOPE, SCOPE) == "certain"
    assert judge(False, SCOPE, SCOPE) == "probable"


@pytest.mark.parametrize("part", [field.name for field in fields(Scope)])
@pytest.mark.parametrize("other", [frozenset({"deux"}), None])
def test_another_scope_or_one_that_is_not_told_is_never_certain(part: str, other: frozenset[str] | None) -> None:
    assert judge(True, SCOPE, replace(SCOPE, **{part: other})) == "probable"
    assert judge(True, replace(SCOPE, **{part: None}), replace(SCOPE, **{part: None})) == "probable"


def test_no_check_goes_round_the_gate() -> None:
    for path in Path(printed_report.__file__).parent.glob("*.py"):
        strings = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
        assert path.name in {"finding.py", "rendering.py"} or not strings & {"certain", "probable"}, path.name


AGES = (
    "Jeunes suivis\nÂge,Filles,Garçons,Total,Total 2023\n"
    "11-14 ans,10,20,30,27\n15-17 ans,4,6,10,12\n18-21 ans,3,4,7,5\nTotal,17,30,47,{}\n"
)


def test_the_total_of_another_year_adds_nothing_of_this_one(kinds: Kinds) -> None:
    assert kinds(t__csv=AGES.format(44)) == []
    assert kinds(t__csv=AGES.format(45)) == [("total_colonne", "certain")]


NESTED = (
    "Difficultés\nDifficulté,11-14 ans,15-17 ans,18-21 ans,22-25 ans,Total\nScolaires,12,9,5,3,29\n"
    "Absentéisme,8,4,3,2,17\nRupture,4,5,2,1,12\nSanté,7,8,6,4,25\nSommeil,5,2,{},3,{}\nMal-être,2,6,2,1,11\n"
    "Total,19,17,11,7,54\n"
)


def test_lines_that_a_head_adds_up_are_counted_once_and_held_to_it(kinds: Kinds) -> None:
    assert kinds(t__csv=NESTED.format(4, 14)) == []
    assert ("total_colonne", "certain") in kinds(t__csv=NESTED.format(3, 13))


def test_what_did_not_change_from_a_year_to_the_next_is_no_copy(kinds: Kinds) -> None:
    table = 'Poste,ETP,ETP 2023\nA,"1,25","1,25"\nB,"2,72","2,72"\nC,"3,38","3,38"\nD,"6,15","6,15"\n'
    assert kinds(t__csv=table) == []


def test_a_street_number_is_no_figure(kinds: Kinds) -> None:
    table = "Commune,Local,Adresse\nA,Salle,470 boulevard Foch\nB,Mairie,Place du marché\nC,École,Rue haute\n"
    assert kinds(t__csv=table, p__md="# Lieux\n\n[tableau : t.csv]\n\nLe public vient de A : 243 personnes.\n") in (
        [],
        [("prose_tableau", "à lire")],
    )


TOWNS = (
    "Jeunes suivis en 2022 par commune\nCommune,Filles,Garçons,Total\nGrand-Estran,14,23,37\nPort-Sablon,21,29,50\n"
    "Vernouille,9,17,26\nTotal,44,69,113\n"
)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("En 2022, l'équipe suit 27 jeunes à Grand-Estran.", [("prose_tableau", "certain")]),
        ("En 2022, l'équipe suit 29 jeunes à Grand-Estran.", [("prose_tableau", "probable")]),
        ("En 2022, 27 jeunes suivis à Grand-Estran vivent en foyer.", []),
        ("Parmi ces jeunes, en 2022, 27 jeunes suivis sont de Grand-Estran.", [("prose_tableau", "probable")]),
        ("De 2021 à 2022, le nombre de jeunes suivis est passé de 98 à 131.", [("prose_tableau", "à lire")]),
    ],
)
def test_a_number_is_certainly_wrong_only_where_its_words_are_those_of_the_table(
    kinds: Kinds, sentence: str, expected: list[tuple[str, str]]
) -> None:
    found = kinds(t__csv=TOWNS, p__md=f"# Rapport 2022\n\n[tableau : t.csv]\n\n{sentence}\n")
    assert [entry for entry in found if entry[1] == "certain"] == [entry for entry in expected if entry[1] == "certain"]
    assert set(expected) <= set(found)


def test_a_number_that_no_table_of_the_same_thing_gives_is_left_to_read(kinds: Kinds) -> None:
    page = "# Rapport 2022\n\n[tableau : t.csv]\n\nLes jeunes suivis totalisent {} entretiens.\n"
    assert kinds(t__csv=TOWNS, p__md=page.format(113)) == []
    assert kinds(t__csv=TOWNS, p__md=page.format(811)) == [("prose_tableau", "à lire")]


def test_the_items_of_a_list_may_end_with_a_comma(kinds: Kinds) -> None:
    items = "- le collège de la ville,\n- la mission locale et\n- le centre social.\n"
    assert kinds(p__md=f"# Rapport\n\nLes partenaires sont nombreux cette année :\n\n{items}") == []
