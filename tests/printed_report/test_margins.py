from __future__ import annotations

from collections.abc import Callable

Audit = Callable[..., tuple]
Kinds = Callable[..., list[tuple[str, str]]]

SEX = (
    "Jeunes suivis selon le sexe\nÂge,Filles,Garçons,Total\n11-14 ans,10,20,30\n"
    "15-17 ans,4,6,10\n18-21 ans,3,4,7\nTotal,17,30,47\n"
)
TOWNS = (
    "Commune des jeunes suivis\nCommune,11-14 ans,15-17 ans,18-21 ans,Total\n"
    "A,18,{},5,{}\nB,12,4,2,18\nTotal,30,{},7,{}\n"
)
RIGHT_TOWNS = TOWNS.format(6, 29, 10, 47)
TIMES = "Durée du suivi\nDurée,11-14 ans,15-17 ans,18-21 ans\nMoins de 6 mois,20,5,3\nPlus de 6 mois,10,5,4\n"


def test_tables_of_one_population_agree(kinds: Kinds) -> None:
    assert kinds(a__csv=SEX, b__csv=RIGHT_TOWNS, c__csv=TIMES) == []


def test_the_table_that_the_others_contradict_is_told(audit: Audit) -> None:
    found = audit({"a.csv": SEX, "b.csv": TOWNS.format(7, 30, 11, 48), "c.csv": TIMES})
    margins = [entry for entry in found if entry.controle == "marge"]
    assert {(entry.fichier, entry.imprime, entry.calcule) for entry in margins} == {
        ("b.csv", "11", "10"),
        ("b.csv", "48", "47"),
    }
    assert {entry.certitude for entry in margins} == {"probable"}


def test_two_tables_are_only_likely_to_be_of_one_population(kinds: Kinds) -> None:
    assert set(kinds(a__csv=SEX, b__csv=TOWNS.format(7, 30, 11, 48))) == {("marge", "probable")}


def test_a_declared_population_makes_it_certain(kinds: Kinds) -> None:
    relations = "memes_populations: [[a, b]]\n"
    assert set(kinds(a__csv=SEX, b__csv=TOWNS.format(7, 30, 11, 48), relations__yml=relations)) == {
        ("marge", "certain")
    }


def test_another_population_of_the_same_ages_is_left_alone(kinds: Kinds) -> None:
    street = (
        "Jeunes rencontrés\nÂge,Filles,Garçons,Total\n11-14 ans,40,50,90\n15-17 ans,20,30,50\n"
        "18-21 ans,9,9,18\nTotal,69,89,158\n"
    )
    assert kinds(a__csv=SEX, b__csv=street) == []


def test_another_year_is_another_population(kinds: Kinds) -> None:
    titles = [SEX.replace("le sexe", f"le sexe en {year}") for year in (2022, 2023)]
    assert (
        kinds(a__csv=titles[0], b__csv=titles[1].replace("10,20,30", "11,20,31").replace("17,30,47", "18,30,48")) == []
    )


def test_a_cell_above_the_cohort_the_others_agree_on_is_told(audit: Audit) -> None:
    found = audit(
        {
            "a.csv": SEX,
            "c.csv": TIMES,
            "b.csv": TOWNS.format(6, 32, 10, 48)
            .replace("A,18,6,5", "A,18,6,8")
            .replace("B,12,4,2,18\nTotal,30,10,7", "B,12,4,0,16\nTotal,30,10,8"),
        }
    )
    assert ("cohorte", "8", "7") in {(entry.controle, entry.imprime, entry.calcule) for entry in found}
