from __future__ import annotations

from typing import Any

from tests.figures.factory import cells, column, make_records


def post(categorie: str, poste: str, etp: float | None, annee: int = 2023, **more: Any) -> dict[str, Any]:
    return {"annee": annee, "categorie": categorie, "poste": poste, "etp": etp, **more}


def test_posts_are_in_the_order_of_the_printed_report_then_in_natural_order() -> None:
    posts = ["Zélateur", "Animateur", "Éducateur spécialisé", "Agent"]
    records = make_records(personnel=[post("educatif", name, 1) for name in posts])
    lines = [*column("etp", cells("personnel", records))]
    assert lines[2:6] == ["Éducateur spécialisé", "Animateur", "Agent", "Zélateur"]


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


def grant(financeur: str, montant: float | None, objet: str | None = None, annee: int = 2023) -> dict[str, Any]:
    return {"annee": annee, "financeur": financeur, "montant_eur": montant, "objet": objet}


def test_a_funder_called_total_is_not_the_total() -> None:
    table = cells("financements", make_records(financements=[grant("total", 5, "don"), grant("CAF", 15)]))
    assert column("montant_eur", table) == {"CAF": 15, "total (nom)": 5, "total": 20}
