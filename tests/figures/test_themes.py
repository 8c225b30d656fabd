"""What each table that is no plain crossing counts, and what is awkward in those that are."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pandas as pd
import pytest

from rlpipeline.errors import SettingsError
from rlpipeline.figures import Scope
from rlpipeline.figures.populations import alerts, completed_months
from rlpipeline.settings.models import Objective
from tests.declared import figures, table_data
from tests.figures.factory import (
    CARVIN,
    LENS,
    OIGNIES,
    SERVICE,
    cells,
    column,
    jeune,
    make_records,
    scope,
    suivi,
)


def of_year(**row: Any) -> dict[str, Any]:
    return {"annee": 2023, **row}


def test_refusals_are_counted_by_the_reasons_that_the_service_gave() -> None:
    def refused(
        reason: str | None, commune: str = CARVIN, suite: str = "refusee"
    ) -> dict[str, Any]:
        asked = {"date": "2023-03-03", "commune": commune, "suite": suite, "tranche_age": "11_14"}
        return {**asked, "motif": reason}

    given = [
        ("Hors secteur", CARVIN),
        ("hors secteur ", LENS),
        ("Famille", CARVIN),
        (None, CARVIN),
        ("total", LENS),
    ]
    records = make_records(
        demandes=[*(refused(*one) for one in given), refused("Autre", suite="reorientee")]
    )
    counted = column("nombre", cells("motifs_refus", records))
    assert counted == {
        "Hors secteur": 2,
        "Famille": 1,
        "total (nom)": 1,
        "sans_motif": 1,
        "total": 5,
    }
    assert column("nombre", cells("motifs_refus", records, CARVIN))["total"] == 3
    many = make_records(demandes=[refused(f"Motif {number}") for number in (*range(10), 0)])
    counted = column("nombre", cells("motifs_refus", many))
    assert (counted["Motif 0"], counted["autres_motifs"], counted["total"], len(counted)) == (
        2,
        3,
        11,
        9,
    )
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


def test_a_post_of_two_categories_is_qualified() -> None:
    twice = (("educatif", "Agent", 1.0), ("autres", "Agent", 2.0), ("autres", "autres", 3.0))
    records = make_records(
        personnel=[of_year(categorie=of, poste=name, etp=etp) for of, name, etp in twice]
    )
    counted = column("etp", cells("personnel", records))
    assert {code: etp for code, etp in counted.items() if etp} == {
        "Agent/educatif": 1,
        "educatif": 1,
        "Agent/autres": 2,
        "autres/autres": 3,
        "autres": 5,
        "total": 6,
    }


def objective(*chiffre: str) -> Scope:
    goals = (Objective(texte="Accompagner", chiffre=chiffre, cible=3),)
    return Scope(2023, "service", SERVICE.model_copy(update={"objectifs": goals}))


def test_an_objective_stands_beside_its_figure() -> None:
    records = make_records(jeunes=[jeune("J1")], suivis=[suivi("S1", "J1")])
    table = table_data("objectifs", records, objective("accompagnes", "total", "total"))
    assert table.figures[["colonne", "valeur", "unite"]].values.tolist() == [
        ["cible", 3.0, "jeunes"],
        ["atteint", 1.0, "jeunes"],
    ]
    assert table.rows[0].label == "Accompagner"
    for wrong in (
        ("acompagnes", "total", "total"),
        ("accompagnes", "totl", "total"),
        ("clotures", "total", "nombres"),
    ):
        with pytest.raises(SettingsError, match="Accompagner"):
            figures("objectifs", make_records(), objective(*wrong))


def action(id_action: str, commune: str | None = CARVIN, **more: Any) -> dict[str, Any]:
    usual = {
        "categorie": "action_collective",
        "libelle": f"Action {id_action}",
        "unite": "personnes",
    }
    return of_year(id_action=id_action, commune=commune, **{**usual, **more})


def took_part(id_action: str, **publics: float | None) -> list[dict[str, Any]]:
    """Codes that begin with a digit are written ``a_11_14`` here."""
    named = {public.removeprefix("a_"): number for public, number in publics.items()}
    return [
        {"id_action": id_action, "public": public, "nombre": number}
        for public, number in named.items()
    ]


def test_each_territory_has_its_actions_in_natural_order() -> None:
    others = [action("A5", annee=2022), action("P1", categorie="parentalite")]
    places = [("A2", CARVIN), ("A10", OIGNIES), ("A3", None), ("A4", LENS)]
    records = make_records(
        actions=[*(action(*place) for place in places), *others],
        participations=took_part("A2", moins_11=50),
    )
    expected = {
        "service": ["A2", "A3", "A4", "A10"],
        CARVIN: ["A2"],
        OIGNIES: ["A10"],
        "hors": ["A4"],
    }
    for territory, ids in {**expected, "sans_commune": ["A3"]}.items():
        assert list(dict.fromkeys(code for _, code in cells("actions", records, territory))) == ids


@pytest.mark.parametrize(
    "rows", [[], took_part("A1", a_11_14=None), took_part("A1", familles=None)]
)
def test_an_action_without_any_number_of_participants_is_not_communicated(
    rows: list[dict[str, Any]],
) -> None:
    records = make_records(
        actions=[action("A1"), action("A2")], participations=[*took_part("A2", moins_11=1), *rows]
    )
    assert set(column("A1", cells("actions", records)).values()) == {"nc"}
    assert column("A2", cells("actions", records))["total"] == 1
    if not rows:  # which is zero where the settings say so
        service = scope().service.model_copy(update={"annee_vide": ("participations",)})
        table = table_data("actions", records, replace(scope(), service=service)).figures
        assert set(table.query("colonne == 'A1' and ligne == 'total'")["etat"]) == {"ok"}


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2023-01-01", "2023-12-31", 11),
        ("2023-01-01", "2023-02-01", 1),
        ("2022-12-31", "2023-12-31", 12),
        ("2023-06-30", "2023-12-31", 6),
        ("2022-08-31", "2023-02-28", 6),
        ("2022-08-31", "2023-02-27", 5),
        ("2023-08-31", "2024-02-28", 5),
        ("2020-02-29", "2021-02-28", 12),
        ("2022-01-01", "2023-12-31", 23),
    ],
)
def test_months_are_completed_from_date_to_date(start: str, end: str, expected: int) -> None:
    days = (pd.Series([pd.Timestamp(day)]) for day in (start, end))
    assert int(completed_months(*days)[0]) == expected
