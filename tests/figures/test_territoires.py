from __future__ import annotations

from typing import Any

from rlpipeline.figures import table_data
from tests.figures.factory import CARVIN, OIGNIES, cells, make_records, scope

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


def test_a_commune_sees_its_epci_its_qpv_and_itself() -> None:
    found = cells("socio_economique", RECORDS, CARVIN)
    assert list(dict.fromkeys(code for _, code in found)) == [EPCI, QPV_CARVIN, CARVIN]
    assert cells("socio_economique", RECORDS, "hors") == {}


def test_each_value_tells_its_vintage_and_source_and_each_territory_its_name() -> None:
    table = table_data("socio_economique", RECORDS, scope())
    words = {(row.ligne, row.colonne): row.texte for row in table.texts.itertuples()}
    assert words["Taux 10", CARVIN] == "2023, INSEE"
    assert words["Population globale", EPCI] == "2022, INSEE"
    names = {column.code: column.label for column in table.columns}
    assert names[EPCI] == "CA Hénin-Carvin"
    assert names["QP069999"] == "Nom de QP069999"
    assert [row.label for row in table.rows] == ["Population globale", "Taux 9", "Taux 10"]


def test_a_share_is_named_as_one() -> None:
    name = "Répartition par sexe et âge des moins de 25 ans"
    row = {"territoire": OIGNIES, "libelle": "Oignies", "type": "commune", "indicateur": name, "valeur": 32.9}
    records = make_records(territoires=[{**row, "unite": "%", "millesime": 2022, "source": "Insee"}])
    (line,) = table_data("socio_economique", records, scope()).rows
    assert (line.code, line.label) == (name, "Part des moins de 25 ans")
