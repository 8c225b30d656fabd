from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from tests.declared import table_data
from tests.figures.factory import CARVIN, LENS, OIGNIES, cells, column, make_records, scope


def action(id_action: str, commune: str | None = CARVIN, categorie: str = "action_collective", **more: Any) -> Any:
    given = {"annee": 2023, "libelle": f"Action {id_action}", "unite": "personnes", **more}
    return {"id_action": id_action, "commune": commune, "categorie": categorie, **given}


def took_part(id_action: str, **publics: float | None) -> list[dict[str, Any]]:
    return [{"id_action": id_action, "public": _code(public), "nombre": n} for public, n in publics.items()]


def _code(name: str) -> str:
    """Codes that begin with a digit are written ``a_11_14`` here."""
    return name.removeprefix("a_")


RECORDS = make_records(
    actions=[
        action("A2", seances=3, unite="presences"),
        action("A10", OIGNIES, jours=5, nb_partenaires=2, partenaires="ALFA", financements="PV"),
        action("A3", None),
        action("A4", LENS),
        action("A5", annee=2022),
        action("P1", categorie="parentalite"),
    ],
    participations=[
        *took_part("A2", moins_11=50, a_11_14=130, familles=4),
        *took_part("A10", a_11_14=10, a_15_18=None, familles=None),
        *took_part("A3", moins_11=None, familles=8),
        *took_part("A4", plus_21=1),
        *took_part("A5", plus_21=99),
        *took_part("P1", familles=6),
    ],
)


def test_each_territory_has_its_actions_in_natural_order() -> None:
    def listed(territory: str) -> list[str]:
        return list(dict.fromkeys(code for _, code in cells("actions", RECORDS, territory)))

    assert listed("service") == ["A2", "A3", "A4", "A10"]
    assert listed(CARVIN) == ["A2"]
    assert listed(OIGNIES) == ["A10"]
    assert listed("hors") == ["A4"]
    assert listed("sans_commune") == ["A3"]


def test_without_participations_only_the_size_of_actions_is_known() -> None:
    records = make_records(absent=["participations"], actions=[action("A1", seances=3)])
    found = column("A1", cells("actions", records))
    assert found.pop("seances") == 3
    assert set(found.values()) == {"nc"}
    assert "« participations »" in table_data("actions", records, scope()).notes[0]


@pytest.mark.parametrize("rows", [[], took_part("A1", a_11_14=None), took_part("A1", familles=None)])
def test_an_action_without_any_number_of_participants_is_not_communicated(rows: list[dict[str, Any]]) -> None:
    records = make_records(actions=[action("A1"), action("A2")], participations=[*took_part("A2", moins_11=1), *rows])
    assert set(column("A1", cells("actions", records)).values()) == {"nc"}
    assert column("A2", cells("actions", records))["total"] == 1


def test_an_action_without_participation_is_zero_where_the_settings_say_so() -> None:
    records = make_records(actions=[action("A1"), action("A2")], participations=took_part("A2", moins_11=1))
    service = scope().service.model_copy(update={"annee_vide": ("participations",)})
    table = table_data("actions", records, replace(scope(), service=service))
    found = table.figures[table.figures["colonne"] == "A1"].set_index("ligne")
    assert (found.loc["total", "valeur"], found.loc["total", "etat"]) == (0, "ok")
