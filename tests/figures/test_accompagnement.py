from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from rlpipeline.figures import alerts, table_data
from tests.figures.factory import CARVIN, LENS, OIGNIES, cells, column, jeune, line, make_records, scope, suivi


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2023-07-01", None, "moins_6_mois"),
        ("2023-06-30", None, "6_11_mois"),
        ("2023-01-01", None, "6_11_mois"),
        ("2022-12-31", None, "12_23_mois"),
        ("2022-01-01", None, "12_23_mois"),
        ("2021-12-31", None, "24_mois_plus"),
        ("2020-01-01", "2023-01-01", "24_mois_plus"),
        ("2022-07-02", "2023-01-01", "moins_6_mois"),
        ("2023-12-31", "2023-12-31", "moins_6_mois"),
        ("2023-01-01", "2025-01-01", "6_11_mois"),
    ],
)
def test_a_duration_runs_to_the_end_or_to_31_december(start: str, end: str | None, expected: str) -> None:
    records = make_records(jeunes=[jeune("J1")], suivis=[suivi("S1", "J1", start, end)])
    counted = {code for code, value in column("total", cells("durees", records)).items() if value}
    assert counted == {expected, "total"}


def test_several_plans_count_one_person_with_the_longest() -> None:
    records = make_records(
        jeunes=[jeune("J1")],
        suivis=[suivi("S1", "J1", "2022-01-01", "2023-02-01"), suivi("S2", "J1", "2023-03-01")],
    )
    assert column("11_14", cells("durees", records)) == {
        "moins_6_mois": 0,
        "6_11_mois": 0,
        "12_23_mois": 1,
        "24_mois_plus": 0,
        "total": 1,
    }


def test_closures_are_the_plans_ended_in_the_year_save_changes_of_status() -> None:
    records = make_records(
        jeunes=[jeune("J1"), jeune("J2", commune=OIGNIES)],
        suivis=[
            suivi("S1", "J1", "2022-01-01", "2023-01-01", motif="orientation"),
            suivi("S2", "J1", "2023-02-01", "2023-12-31", motif="amelioration_situation"),
            suivi("S3", "J2", "2023-02-01", "2023-03-31", motif="changement_statut"),
            suivi("S4", "J2", "2023-02-01", "2023-03-31", statut="ASEP", motif="orientation"),
            suivi("S5", "J2", "2022-02-01", "2022-12-31", motif="orientation"),
            suivi("S6", "J2", "2023-02-01", "2024-01-01", motif="orientation"),
            suivi("S7", "J2", "2023-02-01"),
        ],
    )
    assert column("nombre", cells("clotures", records)) == {
        "orientation": 1,
        "difficulte_mobilisation": 0,
        "changement_territoire": 0,
        "amelioration_situation": 1,
        "total": 2,
    }
    assert cells("clotures", records, OIGNIES)["total", "nombre"] == 0
    assert cells("clotures", records, year=2024)["total", "nombre"] == 1


def orientation(id_suivi: str, day: str, domaine: str, partenaire: str | None = None) -> dict[str, Any]:
    return {"id_suivi": id_suivi, "date": day, "domaine": domaine, "partenaire": partenaire}


REFERRED = make_records(
    jeunes=[jeune("J1"), jeune("J2", commune=OIGNIES)],
    suivis=[
        suivi("S1", "J1"),
        suivi("S2", "J1", "2023-08-01"),
        suivi("S3", "J2", statut="ASEP"),
        suivi("S4", "J2", "2022-01-01", "2022-12-31"),
    ],
    orientations=[
        orientation("S1", "2023-03-01", "loisirs", "Club"),
        orientation("S2", "2023-09-01", "loisirs", "CAJ"),
        orientation("S2", "2023-09-01", "medicale"),
        orientation("S1", "2024-01-01", "loisirs", "Ailleurs"),
        orientation("S3", "2023-03-01", "loisirs", "Jamais"),
        orientation("S4", "2023-01-05", "juridique", "PAD"),
    ],
)


def test_referrals_are_those_dated_in_the_year_and_noted_in_plans() -> None:
    table = cells("orientations", REFERRED)
    assert line("loisirs", table) == {"nombre": 2, "jeunes": 1}
    assert line("medicale", table) == {"nombre": 1, "jeunes": 1}
    assert line("juridique", table) == {"nombre": 1, "jeunes": 1}
    assert line("total", table) == {"nombre": 4, "jeunes": 2}


def test_partners_of_referrals_are_listed_where_they_are_named() -> None:
    words = table_data("orientations", REFERRED, scope()).texts
    assert words[["ligne", "texte"]].values.tolist() == [["juridique", "PAD"], ["loisirs", "CAJ ; Club"]]
    assert table_data("orientations", REFERRED, scope(OIGNIES)).texts["texte"].tolist() == ["PAD"]


def demande(commune: str, suite: str, day: str = "2023-03-03", tranche: str | None = "11_14") -> dict[str, Any]:
    return {"date": day, "commune": commune, "suite": suite, "tranche_age": tranche}


def test_requests_belong_to_their_commune_and_tell_the_refused_ones() -> None:
    records = make_records(
        demandes=[
            demande(CARVIN, "refusee"),
            demande(CARVIN, "acceptee", tranche=None),
            demande(LENS, "refusee", "2023-12-31"),
            demande(CARVIN, "refusee", "2022-12-31"),
        ]
    )
    table = cells("demandes", records)
    assert column("total", table) == {"acceptee": 1, "refusee": 2, "reorientee": 0, "en_attente": 0, "total": 3}
    assert table["acceptee", "age_inconnu"] == 1
    there = cells("demandes", records, "hors")
    assert there["refusee", "11_14"] == 1
    assert "age_inconnu" not in {code for _, code in there}


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


@pytest.mark.parametrize("indicator", ["orientations", "demandes"])
def test_an_absent_table_is_not_communicated_and_an_empty_one_is_zero(indicator: str) -> None:
    absent, empty = cells(indicator, make_records(absent=[indicator])), cells(indicator, make_records())
    assert set(absent.values()) == {"nc"}
    assert set(empty.values()) == {0}
    assert list(absent) == list(empty)


@pytest.mark.parametrize(
    ("start", "end", "alert"),
    [
        ("2023-06-30", None, True),
        ("2023-07-01", None, False),
        ("2020-01-01", "2023-12-31", False),
        ("2020-01-01", "2024-01-01", True),
        ("2024-01-01", None, False),
        ("2020-01-01", "2023-06-01", False),
    ],
)
def test_an_alert_is_open_on_31_december_and_six_months_old(start: str, end: str | None, alert: bool) -> None:
    records = make_records(jeunes=[jeune("J1")], suivis=[suivi("S1", "J1", start, end, "ACCROCHE")])
    assert cells("alertes", records)["ACCROCHE", "nombre"] == int(alert)


def test_alerts_count_follow_ups_of_any_status() -> None:
    records = make_records(
        jeunes=[jeune("J1"), jeune("J2", commune=LENS)],
        suivis=[
            suivi("S1", "J1", statut="PAEI"),
            suivi("S2", "J1", statut="ASEP"),
            suivi("S3", "J2", statut="ASEP"),
        ],
    )
    assert column("nombre", cells("alertes", records)) == {"PAEI": 1, "ASEP": 2, "ACCROCHE": 0, "total": 3}
    assert cells("alertes", records, "hors")["total", "nombre"] == 1


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


def test_no_alert_is_an_empty_list_with_its_columns() -> None:
    listed = alerts(make_records(), scope())
    assert list(listed.columns) == ["educateur", "statut", "id_suivi", "id_jeune", "commune", "date_debut", "mois"]
    assert listed.empty
    assert pd.api.types.is_datetime64_any_dtype(listed["date_debut"])
