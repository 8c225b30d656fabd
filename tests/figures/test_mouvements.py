"""Entrants and leavers, by hand and beside sets of young people made without the frames that count."""

from __future__ import annotations

import pytest
from scipy.stats import binomtest, fisher_exact

from rlpipeline.figures import Scope, figures
from rlpipeline.records import Records
from rlpipeline.settings.models import Service
from tests.figures.factory import CARVIN, OIGNIES, cells, jeune, line, make_records, suivi


def test_moves_ages_and_edge_days() -> None:
    records = make_records(
        jeunes=[
            jeune("STAYS", "2008-03-01"),  # 14, then 15: of another age
            jeune("MOVES"),
            jeune("LEFT"),
            jeune("CAME", "2010-01-01"),
            jeune("NEVER"),
        ],
        suivis=[
            suivi("S1", "STAYS", "2022-12-31"),  # one active day in 2022
            suivi("S2", "MOVES", "2022-02-01"),
            suivi("S3", "LEFT", "2022-02-01", "2022-12-31"),  # ended on the day: not open
            suivi("S4", "CAME", "2023-01-01", "2023-01-01"),  # of one day
            suivi("S5", "NEVER", "2023-01-01", statut="ASEP"),
        ],
        situations=[
            {"id_jeune": "MOVES", "annee": 2022, "situation": "college", "commune": OIGNIES},
            {"id_jeune": "MOVES", "annee": 2023, "situation": "college"},
        ],
    )
    service = cells("mouvements", records)
    assert [*line("accompagnes/total", service).values()] == [1, 1, 0, 0]
    assert [*line("accompagnes/11_14", service).values()] == [1, 2, 1, 0]
    assert [*line("accompagnes/15_18", service).values()] == [1, 0, 1, 2]
    assert [*line("flux_paei/ouverts_31_decembre", service).values()] == [0, 0, 0, 0]
    assert [*line("accompagnes/total", cells("mouvements", records, OIGNIES)).values()] == [0, 1, 0, 0]
    assert [*line("accompagnes/total", cells("mouvements", records, CARVIN)).values()] == [2, 1, 0, 0]


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


# Counts and chances that docs of the findings give; what is a share has the four of them, a stock the two first.
@pytest.mark.parametrize(
    ("group", "counts", "chance"),
    [
        ("flux_paei/ouverts_31_decembre", (16, 42, 0, 0), 0.0009),
        ("accompagnes/moins_15", (45, 18, 6, 17), 0.00035),
        ("accompagnes/15_18", (2, 14, 50, 22), 0.00004),
        ("presence_sociale/plus_21", (22, 5, 24, 43), 0.0001),
        ("co_accompagnements/au_moins_un", (37, 46, 37, 12), 0.0006),
    ],
)
def test_the_demonstration(
    records: Records, service: Service, group: str, counts: tuple[int, ...], chance: float
) -> None:
    found = figures("mouvements", records, Scope(2023, "service", service))
    table = tuple(int(one) for one in found.loc[found["ligne"] == group, "valeur"])
    assert table == counts
    entrants, leavers, *others = table
    if any(others):
        p = fisher_exact([[entrants, others[0]], [leavers, others[1]]])[1]
    else:
        p = binomtest(entrants, entrants + leavers).pvalue
    assert p == pytest.approx(chance, rel=0.3)


def test_entrants_less_leavers_are_the_change_of_the_table(records: Records, service: Service) -> None:
    for territory in ("service", *service.commune_codes, "hors"):
        moved = figures("mouvements", records, Scope(2023, territory, service)).set_index(["ligne", "colonne"])[
            "valeur"
        ]
        for table, rows, column in (
            ("accompagnes", ("total", "11_14", "plus_21"), "total"),
            ("travail_de_rue", ("total", "15_18"), "total"),
            ("presence_sociale", ("total", "15_18"), "total"),
            ("situations", ("college", "descolarise"), "total"),
            ("co_accompagnements", ("au_moins_un", "ase"), "jeunes"),
            ("problematiques_jeunes", ("sante",), "total"),
        ):
            now, before = (
                figures(table, records, Scope(year, territory, service)).set_index(["ligne", "colonne"])["valeur"]
                for year in (2023, 2022)
            )
            for row in rows:
                change = moved[f"{table}/{row}", "entrants"] - moved[f"{table}/{row}", "sortants"]
                assert change == now[row, column] - before[row, column], (territory, table, row)
