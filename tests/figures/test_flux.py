"""The flow of the year: its edge days, why who left did, and that it closes everywhere."""

from __future__ import annotations

import pandas as pd

from rlpipeline.figures import Scope
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service
from tests.declared import figures
from tests.figures.factory import cells, jeune, make_records, suivi


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


def test_entrants_less_leavers_are_the_change_of_the_table(
    records: Records, service: Service
) -> None:
    def counted(table: str, year: int, territory: str) -> pd.Series[float]:
        return figures(table, records, Scope(year, territory, service)).set_index(
            ["ligne", "colonne"]
        )["valeur"]

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
