from __future__ import annotations

from typing import Any

from rlpipeline.figures.populations import alerts
from tests.figures.factory import CARVIN, LENS, cells, column, jeune, make_records, scope, suivi


def demande(commune: str, suite: str, day: str = "2023-03-03", tranche: str | None = "11_14") -> dict[str, Any]:
    return {"date": day, "commune": commune, "suite": suite, "tranche_age": tranche}


def test_refusals_are_counted_by_the_reasons_that_the_service_gave() -> None:
    def refused(reason: str | None, commune: str = CARVIN, suite: str = "refusee") -> dict[str, Any]:
        return {**demande(commune, suite), "motif": reason}

    given = [("Hors secteur", CARVIN), ("hors secteur ", LENS), ("Famille", CARVIN), (None, CARVIN), ("total", LENS)]
    records = make_records(demandes=[*(refused(*one) for one in given), refused("Autre", suite="reorientee")])
    assert column("nombre", cells("motifs_refus", records)) == {
        "Hors secteur": 2,
        "Famille": 1,
        "total (nom)": 1,
        "sans_motif": 1,
        "total": 5,
    }
    assert column("nombre", cells("motifs_refus", records, CARVIN))["total"] == 3
    many = make_records(demandes=[refused(f"Motif {number}") for number in (*range(10), 0)])
    counted = column("nombre", cells("motifs_refus", many))
    assert (counted["Motif 0"], counted["autres_motifs"], counted["total"], len(counted)) == (2, 3, 11, 9)
    assert cells("motifs_refus", make_records(absent=["demandes"])) == {("total", "nombre"): "nc"}


def test_alerts_are_listed_by_educator() -> None:
    records = make_records(
        jeunes=[jeune("J1"), jeune("J2", commune=LENS)],
        suivis=[
            suivi("S1", "J1", "2023-03-01") | {"educateur": "EDU-2"},
            suivi("S2", "J2", "2022-12-31", statut="ASEP") | {"educateur": "EDU-1"},
            suivi("S3", "J1", "2022-01-31"),
        ],
    )
    listed = alerts(records, scope())
    assert listed.astype({"date_debut": "str"}).fillna("").values.tolist() == [
        ["EDU-1", "ASEP", "S2", "J2", "hors", "2022-12-31", 12],
        ["EDU-2", "PAEI", "S1", "J1", CARVIN, "2023-03-01", 9],
        ["", "PAEI", "S3", "J1", CARVIN, "2022-01-31", 23],
    ]
    assert listed["mois"].dtype == "int64"
    assert alerts(records, scope(CARVIN))["id_suivi"].tolist() == ["S1", "S3"]
