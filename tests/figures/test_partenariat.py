from __future__ import annotations

from typing import Any

from tests.figures.factory import cells, column, make_records


def network(nom: str, objet: str, jeunes: float | None = None, **more: Any) -> dict[str, Any]:
    return {"annee": 2023, "nom": nom, "objet": objet, "jeunes": jeunes, **more}


def test_the_same_agreement_twice_is_one_line() -> None:
    records = make_records(reseaux=[network("MDS", "Attente", 9), network("MDS", "Attente", None)])
    assert column("jeunes", cells("reseaux", records)) == {"MDS/Attente": ("partiel", 9)}


def body(instance: str, champ: str, participations: float | None) -> dict[str, Any]:
    return {"annee": 2023, "instance": instance, "champ": champ, "participations": participations}


def test_a_body_called_total_is_not_the_total() -> None:
    records = make_records(instances=[body("total", "Prévention", 3), body("CLS", "Santé", 2)])
    assert column("participations", cells("instances", records)) == {"CLS": 2, "total (nom)": 3, "total": 5}
