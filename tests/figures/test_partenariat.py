from __future__ import annotations

from typing import Any

import pytest

from rlpipeline.figures import table_data
from tests.figures.factory import cells, column, line, make_records, scope


def network(nom: str, objet: str, jeunes: float | None = None, **more: Any) -> dict[str, Any]:
    return {"annee": 2023, "nom": nom, "objet": objet, "jeunes": jeunes, **more}


NETWORKS = make_records(
    reseaux=[
        network("MDS", "Attente", 9, journees=2, heures=56, modalites="Accueil"),
        network("Collèges", "Exclusion", 6, journees=7),
        network("Collèges", "Responsabilisation", 2, formalise="Oui"),
        network("Ailleurs", "Autre", 1) | {"annee": 2022},
    ]
)


def test_networks_keep_what_is_not_communicated_and_have_no_total() -> None:
    table = cells("reseaux", NETWORKS)
    assert column("jeunes", table) == {"Collèges/Exclusion": 6, "Collèges/Responsabilisation": 2, "MDS": 9}
    assert line("MDS", table) == {"jeunes": 9, "journees": 2, "heures": 56}
    assert line("Collèges/Exclusion", table) == {"jeunes": 6, "journees": 7, "heures": "nc"}


def test_networks_show_their_name_and_words() -> None:
    table = table_data("reseaux", NETWORKS, scope())
    assert [row.label for row in table.rows] == ["Collèges", "Collèges", "MDS"]
    assert [column.code for column in table.columns] == [
        "objet",
        "modalites",
        "formalise",
        "jeunes",
        "journees",
        "heures",
    ]
    words = {(row.ligne, row.colonne): row.texte for row in table.texts.itertuples()}
    assert words["Collèges/Responsabilisation", "objet"] == "Responsabilisation"
    assert words["Collèges/Responsabilisation", "formalise"] == "Oui"
    assert words["MDS", "modalites"] == "Accueil"


def test_the_same_agreement_twice_is_one_line() -> None:
    records = make_records(reseaux=[network("MDS", "Attente", 9), network("MDS", "Attente", None)])
    assert column("jeunes", cells("reseaux", records)) == {"MDS/Attente": ("partiel", 9)}


def body(instance: str, champ: str, participations: float | None) -> dict[str, Any]:
    return {"annee": 2023, "instance": instance, "champ": champ, "participations": participations}


def test_participations_are_added_by_body() -> None:
    records = make_records(
        instances=[body("CLS", "Prévention", 11), body("CISPD", "Prévention", 8), body("CLS", "Santé", None)]
    )
    assert column("participations", cells("instances", records)) == {
        "CISPD": 8,
        "CLS": ("partiel", 11),
        "total": ("partiel", 19),
    }
    assert table_data("instances", records, scope()).texts["texte"].tolist() == ["Prévention", "Prévention ; Santé"]


def test_bodies_without_rows_or_without_table() -> None:
    assert cells("instances", make_records()) == {("total", "participations"): 0}
    assert cells("instances", make_records(absent=["instances"])) == {("total", "participations"): "nc"}


def test_informal_partners_are_words_in_alphabetical_order() -> None:
    records = make_records(
        partenaires=[
            {"annee": 2023, "nom": "PRE", "domaine": "Orientations"},
            {"annee": 2023, "nom": "Éclat", "domaine": "Loisirs"},
            {"annee": 2022, "nom": "ARRE", "domaine": "Échanges"},
        ]
    )
    table = table_data("partenaires", records, scope())
    assert table.figures.empty
    assert [(row.code, row.label, row.kind) for row in table.rows] == [
        ("Éclat", "Éclat", "corps"),
        ("PRE", "PRE", "corps"),
    ]
    assert [(column.code, column.kind) for column in table.columns] == [("domaine", "texte")]
    assert table.texts["texte"].tolist() == ["Loisirs", "Orientations"]
    assert table.notes == ()


@pytest.mark.parametrize("indicator", ["reseaux", "partenaires"])
def test_a_table_of_names_without_any_says_why(indicator: str) -> None:
    assert table_data(indicator, make_records(), scope()).notes == ("Rien de noté pour 2023.",)
    absent = table_data(indicator, make_records(absent=[indicator]), scope())
    name = indicator.replace("reseaux", "réseaux")
    assert absent.notes == (f"La table « {name} » n'est pas fournie : ses chiffres sont non communiqués (nc).",)
    assert absent.rows == absent.columns == ()


def test_a_body_called_total_is_not_the_total() -> None:
    records = make_records(instances=[body("total", "Prévention", 3), body("CLS", "Santé", 2)])
    assert column("participations", cells("instances", records)) == {"CLS": 2, "total (nom)": 3, "total": 5}
