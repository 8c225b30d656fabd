from __future__ import annotations

from typing import Any

from rlpipeline.figures import table_data
from tests.figures.factory import cells, column, line, make_records, scope


def post(categorie: str, poste: str, etp: float | None, annee: int = 2023, **more: Any) -> dict[str, Any]:
    return {"annee": annee, "categorie": categorie, "poste": poste, "etp": etp, **more}


STAFF = make_records(
    personnel=[
        post("educatif", "Moniteur éducateur", 0.5, etp_departement=0.5),
        post("educatif", "Éducateur spécialisé", 4, etp_departement=4, precision="CDI"),
        post("educatif", "Éducateur spécialisé", 2, precision="apprentissage"),
        post("direction_administration", "Secrétaire", 0.72),
        post("direction_administration", "Comptable", 0.72),
        post("direction_administration", "Directeur", 2),
        post("autres", "Stagiaire", None),
        post("educatif", "Psychologue", 1, annee=2022),
    ]
)


def test_posts_come_under_their_category_with_its_subtotal() -> None:
    table = cells("personnel", STAFF)
    assert column("etp", table) == {
        "Comptable": 0.72,
        "Directeur": 2,
        "Secrétaire": 0.72,
        "direction_administration": 3.44,
        "services_generaux": 0,
        "Éducateur spécialisé": 6,
        "Moniteur éducateur": 0.5,
        "educatif": 6.5,
        "paramedical": 0,
        "Stagiaire": "nc",
        "autres": "nc",
        "total": ("partiel", 9.94),
    }


def test_posts_are_in_the_order_of_the_printed_report_then_in_natural_order() -> None:
    posts = ["Zélateur", "Animateur", "Éducateur spécialisé", "Agent"]
    records = make_records(personnel=[post("educatif", name, 1) for name in posts])
    lines = [*column("etp", cells("personnel", records))]
    assert lines[2:6] == ["Éducateur spécialisé", "Animateur", "Agent", "Zélateur"]


def test_what_funds_a_post_is_partial_or_unknown_never_zero() -> None:
    table = cells("personnel", STAFF)
    assert line("Éducateur spécialisé", table)["etp_departement"] == ("partiel", 4)
    assert line("educatif", table)["etp_departement"] == ("partiel", 4.5)
    assert line("educatif", table)["etp_communes"] == "nc"
    assert line("total", table)["etp_communes"] == "nc"


def test_a_post_of_two_categories_or_named_as_one_is_qualified() -> None:
    records = make_records(
        personnel=[post("educatif", "Agent", 1), post("autres", "Agent", 2), post("autres", "autres", 3)]
    )
    assert column("etp", cells("personnel", records)) == {
        "direction_administration": 0,
        "services_generaux": 0,
        "Agent/educatif": 1,
        "educatif": 1,
        "paramedical": 0,
        "Agent/autres": 2,
        "autres/autres": 3,
        "autres": 5,
        "total": 6,
    }


def test_posts_tell_their_precisions_and_their_kinds() -> None:
    table = table_data("personnel", STAFF, scope())
    kinds = {row.code: (row.label, row.kind) for row in table.rows}
    assert kinds["educatif"] == ("Sous-total : Éducatif", "sous_total")
    assert kinds["Comptable"] == ("Comptable", "corps")
    assert kinds["total"] == ("Total", "total")
    assert [(column.code, column.kind) for column in table.columns][:2] == [("precision", "texte"), ("etp", "nombre")]
    assert table.texts["texte"].tolist() == ["apprentissage ; CDI"]


def test_staff_without_rows_is_zero_and_without_table_is_not_communicated() -> None:
    lines = ["direction_administration", "services_generaux", "educatif", "paramedical", "autres", "total"]
    assert column("etp", cells("personnel", make_records())) == dict.fromkeys(lines, 0)
    assert column("etp", cells("personnel", make_records(absent=["personnel"]))) == dict.fromkeys(lines, "nc")


def grant(financeur: str, montant: float | None, objet: str | None = None, annee: int = 2023) -> dict[str, Any]:
    return {"annee": annee, "financeur": financeur, "montant_eur": montant, "objet": objet}


def test_funders_are_in_alphabetical_order_with_the_total_last() -> None:
    records = make_records(
        financements=[
            grant("Ville", 1000, "Jeunes"),
            grant("État", 500.6),
            grant("Ville", 499.4, "Été"),
            grant("CAF", 1000, annee=2022),
        ]
    )
    table = cells("financements", records)
    assert column("montant_eur", table) == {"État": 500.6, "Ville": 1499.4, "total": 2000}
    assert column("part", table) == {"État": 25.03, "Ville": 74.97, "total": 100}
    assert table_data("financements", records, scope()).texts["texte"].tolist() == ["Été ; Jeunes"]


def test_an_amount_not_communicated_makes_the_total_partial() -> None:
    table = cells("financements", make_records(financements=[grant("CAF", None), grant("Ville", 10)]))
    assert line("CAF", table) == {"montant_eur": "nc", "part": "nc"}
    assert line("Ville", table) == {"montant_eur": 10, "part": ("partiel", 100)}
    assert line("total", table) == {"montant_eur": ("partiel", 10), "part": ("partiel", 100)}


def test_no_known_amount_at_all_is_not_communicated() -> None:
    table = cells("financements", make_records(financements=[grant("CAF", None)]))
    assert set(table.values()) == {"nc"}


def test_no_funder_is_zero_and_no_table_is_not_communicated() -> None:
    assert cells("financements", make_records()) == {("total", "montant_eur"): 0, ("total", "part"): "vide"}
    absent = make_records(absent=["financements"])
    assert cells("financements", absent) == {("total", "montant_eur"): "nc", ("total", "part"): "nc"}
    assert table_data("financements", absent, scope()).notes == (
        "La table « financements » n'est pas fournie : ses chiffres sont non communiqués (nc).",
    )


def test_a_funder_called_total_is_not_the_total() -> None:
    table = cells("financements", make_records(financements=[grant("total", 5, "don"), grant("CAF", 15)]))
    assert column("montant_eur", table) == {"CAF": 15, "total (nom)": 5, "total": 20}
