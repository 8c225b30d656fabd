from __future__ import annotations

import pytest

from rlpipeline.printed_report import labels


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("11 à 14 ans", "11-14 ans"),
        ("Moins de 11 ans", "moins de 11 ans"),
        ("Plus de 21 ans", "22 ans et plus"),
        ("Filles", "F"),
        ("Femmes", "filles"),
        ("CARVIN", "Carvin"),
        ("Courrières", "COURRIERES"),
        ("Sorties vélo", "Sortie vélos"),
    ],
)
def test_two_tables_name_one_thing_in_two_ways(one: str, other: str) -> None:
    assert labels.canonical(one) == labels.canonical(other)


@pytest.mark.parametrize(("one", "other"), [("11-14 ans", "11-15 ans"), ("Filles", "Garçons"), ("Carvin", "Oignies")])
def test_two_things_keep_two_names(one: str, other: str) -> None:
    assert labels.canonical(one) != labels.canonical(other)


@pytest.mark.parametrize(
    ("label", "role"),
    [
        ("Total", "total"),
        ("TOTAL GÉNÉRAL", "total"),
        ("Ensemble", "total"),
        ("Filles – Total", "total"),
        ("Sous Total", "sous_total"),
        ("Sous-total : charges de personnel", "sous_total"),
        ("Dont nouveaux jeunes", "dont"),
        ("dont mineurs", "dont"),
        ("Taux de chômage", "part"),
        ("Part en 2022 (%)", "part"),
        ("Moyenne par chantier", "moyenne"),
        ("Évolution 2021-2022", "evolution"),
        ("Jeunes différents", "distincts"),
        ("Collège", "poste"),
        ("11 à 14 ans", "poste"),
    ],
)
def test_a_label_gives_its_line_a_role(label: str, role: str) -> None:
    assert labels.role(label) == role


def test_plural_feminine_and_accents_do_not_count() -> None:
    assert labels.stems("les jeunes accompagnées") == labels.stems("Jeune accompagné")


def test_one_word_begins_another() -> None:
    assert labels.same_stem(labels.stem("collège"), labels.stem("collégiens"))
    assert not labels.same_stem(labels.stem("rue"), labels.stem("ruelle"))


def test_a_label_that_counts_families_is_known() -> None:
    assert labels.counts_other("Nombre de familles impliquées dans l'action")
    assert not labels.counts_other("Relais vers un partenaire")
