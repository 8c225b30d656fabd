from __future__ import annotations

from typing import Any

from tests.figures.factory import CARVIN, OIGNIES, cells, make_records

EPCI, QPV_CARVIN, QPV_OIGNIES = "246200299", "QP062001", "QP062002"
TYPES = {EPCI: "epci", QPV_CARVIN: "qpv", QPV_OIGNIES: "qpv", "QP069999": "qpv", CARVIN: "commune", OIGNIES: "commune"}


def known(territoire: str, indicateur: str, valeur: float | None, millesime: int = 2022, unite: str = "%") -> Any:
    return {
        "territoire": territoire,
        "libelle": f"Nom de {territoire}",
        "type": TYPES[territoire],
        "indicateur": indicateur,
        "valeur": valeur,
        "unite": unite,
        "millesime": millesime,
        "source": "INSEE",
    }


RECORDS = make_records(
    territoires=[
        known(CARVIN, "Population globale", 17399, unite="habitants"),
        known(OIGNIES, "Population globale", 9632, unite="habitants"),
        known(EPCI, "Population globale", 126509, unite="habitants"),
        known(CARVIN, "Taux 10", 1.5, 2020),
        known(CARVIN, "Taux 10", 2.5, 2023),
        known(CARVIN, "Taux 10", 3.5, 2024),
        known(CARVIN, "Taux 9", None, 2023),
        known(CARVIN, "Taux 9", 7.5, 2021),
        known(QPV_OIGNIES, "Taux 9", 1),
        known(QPV_CARVIN, "Taux 9", 2),
        known("QP069999", "Taux 9", 3),
    ]
)


def test_the_latest_vintage_not_after_the_year_counts_even_where_it_is_unknown() -> None:
    assert cells("socio_economique", RECORDS)["Taux 10", CARVIN] == 2.5
    assert cells("socio_economique", RECORDS, year=2022)["Taux 10", CARVIN] == 1.5
    assert cells("socio_economique", RECORDS)["Taux 9", CARVIN] == "nc"
    assert cells("socio_economique", RECORDS, year=2022)["Taux 9", CARVIN] == 7.5
