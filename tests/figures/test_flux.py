"""The flow of the year: its edge days, why who left did, and that it closes everywhere."""

from __future__ import annotations

import pandas as pd
import pytest

from rlpipeline.figures import Scope
from rlpipeline.records import Records
from rlpipeline.settings.models import Service
from tests.declared import figures
from tests.figures.factory import SERVICE, cells, jeune, make_records, suivi
from tests.figures.random_records import random_records

ENDS = (
    "orientation",
    "difficulte_mobilisation",
    "changement_territoire",
    "amelioration_situation",
    "changement_statut",
)


def _flow(records: Records, territory: str = "service", year: int = 2023) -> dict[str, float]:
    return {code: value for (code, _), value in cells("flux_paei", records, territory, year).items()}  # type: ignore[misc]


def _closes(flow: dict[str, float]) -> bool:
    came = flow["ouverts_1er_janvier"] + flow["commences"] + flow["demenagements"]
    return came == sum(flow[code] for code in ENDS) + flow["ouverts_31_decembre"]


def test_the_edge_days_and_a_return() -> None:
    records = make_records(
        jeunes=[jeune(f"J{number}") for number in range(1, 8)],
        suivis=[
            suivi("S1", "J1", "2022-03-01", "2022-12-31"),  # ended the day before: not open on 1 January
            suivi("S2", "J2", "2022-12-31", "2023-01-01"),  # open, ended on the day
            suivi("S3", "J3", "2023-01-01"),  # begun on the day: not open on it, and open on 31 December
            suivi("S4", "J4", "2023-12-31", "2023-12-31", motif="amelioration_situation"),  # of one day
            suivi("S5", "J5", "2022-01-01", "2023-12-31", motif="changement_statut"),
            suivi("S6", "J1", "2023-06-01"),  # a return: begun, and no first PAEI
            suivi("S7", "J6", "2023-06-01", statut="ASEP"),
            suivi("S8", "J7", "2024-01-01"),
        ],
    )
    flow = _flow(records)
    assert flow == {
        "ouverts_1er_janvier": 2,
        "commences": 3,
        "dont_premiers": 2,
        "demenagements": 0,
        "orientation": 1,
        "difficulte_mobilisation": 0,
        "changement_territoire": 0,
        "amelioration_situation": 1,
        "changement_statut": 1,
        "ouverts_31_decembre": 2,
    }
    assert _closes(flow)
    assert _flow(records, year=2022)["ouverts_31_decembre"] == flow["ouverts_1er_janvier"]


@pytest.mark.parametrize("seed", range(3))
def test_the_flow_closes_everywhere_and_meets_the_other_tables(seed: int) -> None:
    records = random_records(seed)
    for territory in ("service", *SERVICE.commune_codes, "hors"):
        for year in (2022, 2023):
            flow = _flow(records, territory, year)
            assert _closes(flow), (territory, year)
            ended, followed = (cells(id, records, territory, year) for id in ("clotures", "accompagnes"))
            assert all(flow[code] == ended[code, "nombre"] for code in ENDS[:-1])
            assert flow["dont_premiers"] == followed["total", "nouveaux"] <= flow["commences"]


def test_what_was_not_kept_in_both_years_is_not_communicated() -> None:
    records = make_records(
        jeunes=[jeune("J1")],
        suivis=[suivi("S1", "J1", "2022-02-01")],
        situations=[{"id_jeune": "J1", "annee": 2023, "situation": "college"}],
        absent=["presences"],
    )
    counted = cells("mouvements", records)
    assert counted["situations/college", "entrants"] == "nc"
    assert counted["presence_sociale/total", "entrants"] == "nc"
    assert counted["accompagnes/total", "entrants"] == 0
    assert cells("mouvements", records, year=2022)["accompagnes/total", "entrants"] == "nc"


def test_entrants_less_leavers_are_the_change_of_the_table(records: Records, service: Service) -> None:
    def counted(table: str, year: int, territory: str) -> pd.Series[float]:
        return figures(table, records, Scope(year, territory, service)).set_index(["ligne", "colonne"])["valeur"]

    for territory in ("service", *service.commune_codes, "hors"):
        moved = counted("mouvements", 2023, territory)
        for table, rows, of in (
            ("accompagnes", ("total", "11_14", "plus_21"), "total"),
            ("travail_de_rue", ("total", "15_18"), "total"),
            ("presence_sociale", ("total", "15_18"), "total"),
            ("situations", ("college", "descolarise"), "total"),
            ("co_accompagnements", ("au_moins_un", "ase"), "jeunes"),
            ("problematiques_jeunes", ("sante",), "total"),
        ):
            now, before = (counted(table, year, territory) for year in (2023, 2022))
            for row in rows:
                change = moved[f"{table}/{row}", "entrants"] - moved[f"{table}/{row}", "sortants"]
                assert change == now[row, of] - before[row, of], (territory, table, row)
