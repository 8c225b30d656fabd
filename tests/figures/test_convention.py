"""What funders compare: rates, objectives, educators, first contacts."""

from __future__ import annotations

import pytest

from rlpipeline.errors import SettingsError
from rlpipeline.figures import Scope
from rlpipeline.figures.tables import count_table
from rlpipeline.settings.models import Objective
from tests.declared import INDICATORS, figures
from tests.figures.factory import CARVIN, OIGNIES, SERVICE, cells, column, jeune, make_records, population, suivi


def _time(hours: float, commune: str | None = CARVIN) -> dict[str, object]:
    return {"date": "2023-05-02", "educateur": "E1", "commune": commune, "activite": "formation", "heures": hours}


def test_rates_are_of_the_inhabitants_given() -> None:
    records = make_records(
        jeunes=[jeune("J1"), jeune("J2"), jeune("J3", commune=OIGNIES)],
        suivis=[suivi("S1", "J1"), suivi("S2", "J2", statut="ASEP"), suivi("S3", "J3")],
        territoires=[population(CARVIN, 900, 2018), population(CARVIN, 800), population(CARVIN, 1, 2024)],
        temps=[_time(4), _time(2.5), _time(2, None)],
    )
    assert cells("taux_communes", records) == {
        (CARVIN, "habitants"): 800,
        (CARVIN, "accompagnes"): 1.2,  # 1.25, to the even digit
        (CARVIN, "travail_de_rue"): 2.5,
        (CARVIN, "heures"): 6.5,
        (OIGNIES, "heures"): 0,
        ("sans_commune", "heures"): 2,
        **{("sans_commune", column): "vide" for column in ("habitants", "accompagnes", "travail_de_rue")},
        (OIGNIES, "habitants"): "nc",
        (OIGNIES, "accompagnes"): "nc",
        (OIGNIES, "travail_de_rue"): "nc",
    }


def test_an_objective_stands_beside_its_figure() -> None:
    service = SERVICE.model_copy(
        update={"objectifs": (Objective(texte="Accompagner", chiffre=("accompagnes", "total", "total"), cible=3),)}
    )
    records = make_records(jeunes=[jeune("J1")], suivis=[suivi("S1", "J1")])
    table = count_table(INDICATORS["objectifs"], records, Scope(2023, "service", service))["service"]
    assert table.figures[["ligne", "colonne", "valeur", "unite"]].values.tolist() == [
        ["1", "cible", 3.0, "jeunes"],
        ["1", "atteint", 1.0, "jeunes"],
    ]
    assert table.rows[0].label == "Accompagner"


@pytest.mark.parametrize(
    "chiffre", [("acompagnes", "total", "total"), ("accompagnes", "totl", "total"), ("clotures", "total", "nombres")]
)
def test_an_objective_about_nothing_is_an_error_that_names_it(chiffre: tuple[str, str, str]) -> None:
    service = SERVICE.model_copy(update={"objectifs": (Objective(texte="Accompagner", chiffre=chiffre, cible=3),)})
    with pytest.raises(SettingsError, match="Accompagner"):
        figures("objectifs", make_records(suivis=[], jeunes=[]), Scope(2023, "service", service))


def test_a_young_person_followed_by_two_educators_counts_once_in_the_total() -> None:
    plans = [{**suivi(f"S{n}", "J1"), "educateur": f"E{n}"} for n in (1, 2)]
    records = make_records(
        jeunes=[jeune("J1"), jeune("J2")],
        suivis=[*plans, suivi("S3", "J2"), {**suivi("S4", "J1", "2023-05-01"), "educateur": "E1"}],
        temps=[{"date": "2023-01-01", "educateur": "E2", "activite": "travail_de_rue", "heures": None}],
    )
    table = cells("par_educateur", records)
    assert column("jeunes", table) == {"E1": 1, "E2": 1, "non_renseigne": 1, "total": 2}
    assert column("heures", table) == {"E1": 0, "E2": "nc", "non_renseigne": 0, "total": "nc"}


@pytest.mark.parametrize(
    ("contact", "band"),
    [
        ("2024-01-01", "contact_moins_1_an"),
        ("2023-01-01", "contact_moins_1_an"),
        ("2022-12-31", "contact_1_an"),
        ("2022-01-01", "contact_1_an"),
        ("2021-12-31", "contact_2_4_ans"),
        ("2018-12-31", "contact_5_ans_plus"),
    ],
)
def test_time_since_the_first_contact(contact: str, band: str) -> None:
    records = make_records(jeunes=[jeune("J1", contact=contact)], suivis=[suivi("S1", "J1")])
    counted = column("total", cells("anciennete_contact", records))
    assert {code for code, value in counted.items() if value} == {band, "total"}
