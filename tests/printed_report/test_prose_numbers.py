"""Numbers of the prose against the tables and against one another."""

from __future__ import annotations

from collections.abc import Callable

import pytest

Audit = Callable[..., tuple]
Kinds = Callable[..., list[tuple[str, str]]]

TOWNS = (
    "Commune de résidence des jeunes suivis\nCommune,11-14 ans,15-17 ans,18-21 ans,Total\n"
    "Grand-Estran,18,12,7,37\nLes Oyats,12,4,2,18\nVernouille,5,3,1,9\nTotal,35,19,10,64\n"
)
SCHOOL = (
    "Situation des jeunes suivis\nSituation,Filles,Garçons,Total\nCollège,19,20,39\n"
    "Lycée,6,7,13\nEmploi,5,7,12\nTotal,30,34,64\n"
)
TIMES = "Durée du suivi des jeunes\nDurée,Jeunes\nMoins de 6 mois,19\n6 à 12 mois,25\nPlus de 12 mois,20\nTotal,64\n"
YEARS = "L'activité de trois années\nIndicateur,2021,2022,2023\nJeunes suivis,52,58,64\nChantiers éducatifs,6,8,9\n"
HEADERS = (
    "Les sorties\nPublic,Sorties (46 séances),Tournoi (8 séances)\n11-14 ans,64,58\n15-17 ans,71,47\nTotal,135,105\n"
)
BUDGET = (
    "Financement (en milliers d'euros)\nFinanceur,Montant,Part\n"
    "Département,612,71.7 %\nVille,242,28.3 %\nTotal,854,100 %\n"
)
FILES = {
    "communes": TOWNS,
    "situations": SCHOOL,
    "durees": TIMES,
    "annees": YEARS,
    "sorties": HEADERS,
    "budget": BUDGET,
}

TRUE = [
    "Trente-sept jeunes suivis habitent Grand-Estran.",
    "En 2023, le service a suivi 64 jeunes.",
    "Le service a suivi 64 jeunes, contre 58 en 2022.",
    "Le nombre de jeunes suivis passe de 58 en 2022 à 64 en 2023.",
    "Les collégiens sont les plus nombreux, avec 39 jeunes, soit 61 % des jeunes suivis.",
    "Près d'un tiers des jeunes sont suivis depuis moins de six mois.",
    "Le tournoi s'est tenu en 8 séances.",
    "Les 11-14 ans sont 35.",
    "Les garçons sont majoritaires : 34 garçons pour 30 filles.",
    "Une trentaine de jeunes se retrouvent sur la digue.",
    "Les services du département déclarent en moyenne 71 jeunes suivis.",
    "L'équipe estime croiser 80 jeunes par soirée à Grand-Estran.",
    "Le service vise 12 chantiers éducatifs en 2024, contre 9 en 2023.",
    "L'équipe intervient dans trois communes depuis 1998.",
    "La convention de 2019 lie 12 partenaires.",
    "Vingt-cinq jeunes suivis ont plus de 15 ans.",
]
TRUE += [
    "Douze jeunes suivis vivent en foyer.",
    "Le Département finance 612 000 €, soit près des trois quarts du budget.",
]
FALSE = [
    ("Vingt-sept jeunes suivis habitent Grand-Estran.", "Vingt-sept", "37"),
    ("En 2023, le service a suivi 58 jeunes.", "58", "64"),
    ("Les collégiens représentent 70 % des jeunes suivis.", "70 %", "60,9 %"),
    ("Près de la moitié des jeunes sont suivis depuis moins de six mois.", "la moitié", "29,7 %"),
    ("Le service a mené 7 chantiers éducatifs en 2023.", "7", "9"),
]


@pytest.mark.parametrize("sentence", TRUE)
def test_what_the_tables_bear_out_or_do_not_speak_of_raises_nothing_certain(audit: Audit, sentence: str) -> None:
    tables = {f"{name}.csv": text for name, text in FILES.items()}
    places = "\n\n".join(f"[tableau : {name}.csv]" for name in FILES)
    found = audit({**tables, "p.md": f"# Activité\n\n{places}\n\n{sentence}\n", "relations.yml": "annee: 2023\n"})
    assert [entry.message for entry in found if entry.certitude == "certain"] == []


@pytest.mark.parametrize(("sentence", "printed", "computed"), FALSE)
def test_what_a_table_refutes_is_told(audit: Audit, sentence: str, printed: str, computed: str) -> None:
    tables = {f"{name}.csv": text for name, text in FILES.items()}
    found = audit({**tables, "p.md": f"# Activité\n\n{sentence}\n", "relations.yml": "annee: 2023\n"})
    (told,) = [entry for entry in found if entry.controle == "prose_tableau"]
    assert told.imprime.startswith(printed)
    assert told.calcule == computed
    assert told.ligne == 3


def test_a_table_beside_the_sentence_makes_it_certain(kinds: Kinds) -> None:
    text = "# Rapport 2023\n\n[tableau : communes.csv]\n\nL'équipe compte vingt-sept jeunes suivis à Grand-Estran.\n"
    assert kinds(communes__csv=TOWNS, p__md=text) == [("prose_tableau", "certain")]


def test_a_heading_is_held_to_the_tables_too(kinds: Kinds) -> None:
    assert kinds(situations__csv=SCHOOL, p__md="# Situation des 46 jeunes suivis\n\n[tableau : situations.csv]\n") == [
        ("prose_tableau", "probable")
    ]


@pytest.mark.parametrize(
    ("second", "expected"),
    [
        ("Les éducateurs partagent quatre véhicules pour trois communes.", [("prose_prose", "probable")]),
        ("Les éducateurs partagent trois véhicules pour trois communes.", []),
        ("Deux véhicules ont été révisés.", []),
        ("Le service a vendu deux autres véhicules.", []),
    ],
)
def test_two_sentences_that_count_one_thing_agree(kinds: Kinds, second: str, expected: list) -> None:
    text = f"# Moyens\n\nLe service dispose de trois véhicules, dont un minibus.\n\n## Suite\n\n{second}\n"
    assert kinds(p__md=text) == expected
