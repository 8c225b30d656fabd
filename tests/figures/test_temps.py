from __future__ import annotations

from typing import Any

import pytest

from rlpipeline.figures import table_data
from rlpipeline.figures.temps import weeks_of
from tests.figures.factory import CARVIN, LENS, cells, column, line, make_records, scope


def entry(
    activite: str, heures: float | None, commune: str | None = CARVIN, day: str = "2023-01-01", **more: Any
) -> Any:
    return {"date": day, "educateur": "EDU-1", "activite": activite, "heures": heures, "commune": commune, **more}


def test_hours_are_added_by_activity_and_parts_add_up_to_100() -> None:
    records = make_records(
        temps=[
            entry("travail_de_rue", 1.5),
            entry("travail_de_rue", 0.5, day="2023-12-31"),
            entry("formation", 1, None),
            entry("partenariat", 3, LENS),
            entry("formation", 50, day="2022-12-31"),
        ]
    )
    table = cells("temps_activite", records)
    assert line("travail_de_rue", table) == {"heures": 2, "part": 33.33}
    assert line("formation", table) == {"heures": 1, "part": 16.67}
    assert line("partenariat", table) == {"heures": 3, "part": 50}
    assert line("presence_sociale", table) == {"heures": 0, "part": 0}
    assert line("total", table) == {"heures": 6, "part": 100}
    assert cells("temps_activite", records, CARVIN)["total", "heures"] == 2
    assert cells("temps_activite", records, "sans_commune")["formation", "part"] == 100
    assert cells("temps_activite", records, "hors")["total", "heures"] == 3


def test_hours_not_communicated_make_a_partial_total() -> None:
    records = make_records(
        temps=[
            entry("formation", None),
            entry("partenariat", None),
            entry("partenariat", 2),
            entry("travail_de_rue", 6),
        ]
    )
    table = cells("temps_activite", records)
    assert line("formation", table) == {"heures": "nc", "part": "nc"}
    assert line("partenariat", table) == {"heures": ("partiel", 2), "part": ("partiel", 25)}
    assert line("travail_de_rue", table) == {"heures": 6, "part": ("partiel", 75)}
    assert line("total", table) == {"heures": ("partiel", 8), "part": ("partiel", 100)}


def test_parts_of_a_total_that_nobody_knows_are_not_communicated() -> None:
    table = cells("temps_activite", make_records(temps=[entry("formation", None)]))
    assert table["travail_de_rue", "heures"] == 0
    assert set(column("part", table).values()) == {"nc"}


def test_parts_of_no_hour_do_not_apply() -> None:
    table = cells("temps_activite", make_records())
    assert set(column("heures", table).values()) == {0}
    assert set(column("part", table).values()) == {"vide"}


@pytest.mark.parametrize("indicator", ["temps_activite", "temps_en_ligne"])
def test_an_absent_table_is_not_communicated(indicator: str) -> None:
    absent = cells(indicator, make_records(absent=["temps"]))
    assert set(absent.values()) == {"nc"}
    assert list(absent) == list(cells(indicator, make_records()))


def test_time_on_line_is_given_for_the_year_and_for_a_week() -> None:
    records = make_records(
        temps=[
            entry("travail_de_rue", 52, en_ligne=True),
            entry("accompagnement_individuel", 26, en_ligne=True),
            entry("travail_de_rue", 1000, en_ligne=False),
        ]
    )
    table = cells("temps_en_ligne", records)
    assert line("travail_de_rue", table) == {"heures": 52, "heures_par_semaine": 1.0}
    assert line("accompagnement_individuel", table) == {"heures": 26, "heures_par_semaine": 0.5}
    assert line("total", table) == {"heures": 78, "heures_par_semaine": 1.5}


def test_weeks_are_the_days_of_the_year_by_seven() -> None:
    assert weeks_of(scope(year=2023)) == 365 / 7
    assert weeks_of(scope(year=2024)) == 366 / 7


@pytest.mark.parametrize("name", ["temps_activite", "temps_en_ligne"])
def test_a_commune_s_table_says_that_the_service_has_hours_of_its_own(name: str) -> None:
    records = make_records(temps=[entry("travail_de_rue", 2, None, en_ligne=True)])
    assert "sans commune" in table_data(name, records, scope(CARVIN)).notes[0]
    for whole in ("service", "sans_commune"):
        assert table_data(name, records, scope(whole)).notes == ()
    assert not [note for note in table_data(name, make_records(["temps"]), scope(CARVIN)).notes if "sans" in note]
