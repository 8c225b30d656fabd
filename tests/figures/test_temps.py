from __future__ import annotations

from typing import Any

import pytest

from tests.declared import table_data
from tests.figures.factory import CARVIN, cells, column, make_records, scope


def entry(
    activite: str, heures: float | None, commune: str | None = CARVIN, day: str = "2023-01-01", **more: Any
) -> Any:
    return {"date": day, "educateur": "EDU-1", "activite": activite, "heures": heures, "commune": commune, **more}


def test_parts_of_a_total_that_nobody_knows_are_not_communicated() -> None:
    table = cells("temps_activite", make_records(temps=[entry("formation", None)]))
    assert table["travail_de_rue", "heures"] == 0
    assert set(column("part", table).values()) == {"nc"}


def test_parts_of_no_hour_do_not_apply() -> None:
    table = cells("temps_activite", make_records())
    assert set(column("heures", table).values()) == {0}
    assert set(column("part", table).values()) == {"vide"}


@pytest.mark.parametrize("name", ["temps_activite", "temps_en_ligne"])
def test_a_commune_s_table_says_that_the_service_has_hours_of_its_own(name: str) -> None:
    records = make_records(temps=[entry("travail_de_rue", 2, None, en_ligne=True)])
    assert "sans commune" in table_data(name, records, scope(CARVIN)).notes[0]
    for whole in ("service", "sans_commune"):
        assert table_data(name, records, scope(whole)).notes == ()
    assert not [note for note in table_data(name, make_records(["temps"]), scope(CARVIN)).notes if "sans" in note]
