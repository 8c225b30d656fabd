"""The flow of the year, what became of those followed, newcomers by month: by hand, and on the demonstration."""

from __future__ import annotations

import pytest

from rlpipeline.figures import Scope, figures
from rlpipeline.records import Records
from rlpipeline.settings.models import Service
from tests.figures.factory import CARVIN, OIGNIES, SERVICE, cells, column, jeune, line, make_records, suivi
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


def test_a_move_leaves_a_commune_and_enters_another() -> None:
    records = make_records(
        jeunes=[jeune("J1"), jeune("J2")],
        suivis=[suivi("S1", "J1", "2022-02-01"), suivi("S2", "J2", "2022-02-01", "2023-05-01")],
        situations=[{"id_jeune": id, "annee": 2022, "situation": "college", "commune": OIGNIES} for id in ("J1", "J2")],
    )
    left, entered = _flow(records, OIGNIES), _flow(records, CARVIN)
    assert (left["ouverts_1er_janvier"], left["demenagements"], left["ouverts_31_decembre"]) == (2, -2, 0)
    assert (entered["demenagements"], entered["orientation"], entered["ouverts_31_decembre"]) == (2, 1, 1)
    assert _closes(left) and _closes(entered)
    assert _flow(records)["demenagements"] == 0


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


def test_the_flow_of_the_demonstration(records: Records, service: Service) -> None:
    def flow(territory: str, year: int) -> tuple[float, float, float, float, float]:
        found = figures("flux_paei", records, Scope(year, territory, service)).set_index("ligne")["valeur"]
        exits = found[list(ENDS[:-1])].sum()
        names = ("ouverts_1er_janvier", "commences", "changement_statut", "ouverts_31_decembre")
        opened, begun, changed, still = found[list(names)]
        return opened, begun, exits, changed, still

    assert flow("service", 2021) == (44, 47, 34, 4, 53)
    assert flow("service", 2022) == (53, 45, 37, 1, 60)
    assert flow("service", 2023) == (60, 56, 77, 5, 34)
    by_commune = [flow(code, 2023) for code in ("62215", "62250", "62637", "62907")]
    assert [(opened, begun, exits + changed, still) for opened, begun, exits, changed, still in by_commune] == [
        (10, 7, 12, 5),
        (12, 20, 24, 8),
        (22, 15, 29, 8),
        (16, 14, 17, 13),
    ]
    assert _whole("flux_paei", records, service)["dont_premiers", "nombre"] == 51


def _whole(id: str, records: Records, service: Service, year: int = 2023) -> dict[tuple[str, str], float]:
    found = figures(id, records, Scope(year, "service", service))
    return dict(zip(zip(found["ligne"], found["colonne"], strict=True), found["valeur"], strict=True))


def test_what_became_of_those_of_2022(records: Records, service: Service) -> None:
    table = _whole("devenir", records, service)
    columns = ("scolarise", "descolarise", "recherche_chomage", "emploi_formation", "plus_suivi", "total")
    lines = ("scolarise", "descolarise", "recherche_chomage", "emploi_formation", "non_renseignee", "total")
    assert [[table[row, code] for code in columns] for row in lines] == [
        [48, 2, 1, 1, 19, 71],
        [1, 1, 2, 0, 6, 10],
        [1, 0, 1, 3, 8, 13],
        [0, 0, 2, 0, 1, 3],
        [0, 0, 0, 0, 1, 1],
        [50, 3, 6, 4, 35, 98],
    ]
    reasons = _whole("plus_suivis", records, service)
    assert [reasons[code, "total"] for code in (*ENDS, "total")] == [4, 2, 2, 26, 1, 35]


def test_who_left_is_given_the_reason_of_the_last_ending_before_the_year() -> None:
    records = make_records(
        jeunes=[jeune("J1"), jeune("J2"), jeune("J3")],
        suivis=[
            suivi("S1", "J1", "2022-01-01", "2022-03-01", motif="orientation"),
            suivi("S2", "J1", "2022-04-01", "2022-05-01", motif="amelioration_situation"),
            suivi("S3", "J1", "2024-01-01", "2024-02-01", motif="difficulte_mobilisation"),  # came back later
            suivi("S4", "J2", "2022-01-01"),
            suivi("S5", "J3", "2023-01-01"),
        ],
        situations=[
            {"id_jeune": "J1", "annee": 2022, "situation": "college"},
            {"id_jeune": "J2", "annee": 2022, "situation": "college"},
            {"id_jeune": "J3", "annee": 2023, "situation": "college"},
        ],
    )
    table = cells("devenir", records)
    assert line("total", table) | {"total": 2} == line("total", table)
    assert table["scolarise", "plus_suivi"] == 1
    assert table["scolarise", "non_renseignee"] == 1  # J2, without a situation in 2023
    reasons = column("total", cells("plus_suivis", records))
    assert {code for code, value in reasons.items() if value} == {"amelioration_situation", "total"}
    assert cells("devenir", records, year=2022)["total", "total"] == "nc"  # nothing was noted for 2021


def test_newcomers_by_month_are_those_of_the_tables(records: Records, service: Service) -> None:
    for territory in ("service", *service.commune_codes):
        scope = Scope(2023, territory, service)
        months = figures("nouveaux_par_mois", records, scope).pivot(index="ligne", columns="colonne", values="valeur")
        for table in ("accompagnes", "travail_de_rue"):
            found = figures(table, records, scope).set_index(["ligne", "colonne"])["valeur"]
            assert months.loc["total", table] == months[table].iloc[:-1].sum() == found["total", "nouveaux"]
    assert _whole("nouveaux_par_mois", records, service)["03", "accompagnes"] == 10


def test_a_first_day_and_a_last_day_are_of_their_months() -> None:
    records = make_records(
        jeunes=[jeune("J1", contact="2023-01-01"), jeune("J2", contact="2023-12-31"), jeune("J3")],
        suivis=[suivi("S1", "J1", "2023-01-01"), suivi("S2", "J2", "2023-12-31"), suivi("S3", "J3", "2023-05-31")],
    )
    table = cells("nouveaux_par_mois", records)
    assert {code for code, value in column("accompagnes", table).items() if value} == {"01", "05", "12", "total"}
    assert {code for code, value in column("travail_de_rue", table).items() if value} == {"01", "12", "total"}
