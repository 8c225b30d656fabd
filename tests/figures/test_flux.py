"""The flow of the year: its edge days, why who left did, and that it closes everywhere."""

from __future__ import annotations

import pandas as pd
import pytest

from rlpipeline.figures import Scope
from rlpipeline.records.frames import Records
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
