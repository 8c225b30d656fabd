"""What funders compare: rates, objectives, educators, minors, first contacts, and what only some services note."""

from __future__ import annotations

import pytest

from rlpipeline.errors import SettingsError
from rlpipeline.figures import REGISTRY, Scope, figures
from rlpipeline.figures.counting import count_indicator
from rlpipeline.records import Records
from rlpipeline.settings.models import Objective, Service
from tests.figures.factory import CARVIN, OIGNIES, SERVICE, cells, column, jeune, make_records, population, scope, suivi


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


def test_the_rates_of_the_demonstration(records: Records, service: Service) -> None:
    found = figures("taux_communes", records, Scope(2023, "service", service)).set_index(["ligne", "colonne"])["valeur"]
    assert found[CARVIN, "accompagnes"] == 1.0
    others = [code for code in service.commune_codes if code != CARVIN]
    followed = 114 - 17
    assert round(1000 * followed / sum(found[code, "habitants"] for code in others), 1) == 3.4


def test_an_objective_stands_beside_its_figure() -> None:
    service = SERVICE.model_copy(
        update={"objectifs": (Objective(texte="Accompagner", chiffre=("accompagnes", "total", "total"), cible=3),)}
    )
    records = make_records(jeunes=[jeune("J1")], suivis=[suivi("S1", "J1")])
    table = count_indicator(REGISTRY["objectifs"], records, Scope(2023, "service", service))["service"]
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


@pytest.mark.parametrize(
    "id", ["objectifs", "taux_communes", "par_educateur", "origine_contact", "qpv", "temps_creneau"]
)
def test_what_a_service_does_not_keep_leaves_no_trace(id: str) -> None:
    records = make_records(jeunes=[jeune("J1")], suivis=[suivi("S1", "J1")])
    assert count_indicator(REGISTRY[id], records, scope()) == {}


def test_optional_columns_are_counted_with_those_who_have_none() -> None:
    records = make_records(
        jeunes=[{**jeune("J1"), "origine": "pair", "qpv": "oui"}, jeune("J2"), {**jeune("J3"), "qpv": "oui"}],
        suivis=[suivi("S1", "J1"), suivi("S2", "J2")],
        temps=[
            {"date": "2023-01-01", "educateur": "E1", "activite": "travail_de_rue", "heures": 2, "creneau": "nuit"},
            {"date": "2023-12-31", "educateur": "E1", "activite": "travail_de_rue", "heures": 6},
        ],
    )
    assert column("total", cells("qpv", records)) == {"oui": 1, "non": 0, "non_renseigne": 1, "total": 2}
    origins = column("total", cells("origine_contact", records))
    assert {code: value for code, value in origins.items() if value} == {"pair": 1, "non_renseigne": 1, "total": 2}
    hours = column("heures", cells("temps_creneau", records))
    assert {code: value for code, value in hours.items() if value} == {"nuit": 2, "non_renseigne": 6, "total": 8}


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


def test_one_is_adult_from_the_eighteenth_year_on() -> None:
    births = {"J1": "2005-12-31", "J2": "2006-01-01", "J3": 2005, "J4": None}
    records = make_records(
        jeunes=[jeune(id, born) for id, born in births.items()],
        suivis=[suivi(f"S{id}", id) for id in births],
    )
    assert column("total", cells("moins_de_18", records)) == {
        "moins_18": 1,
        "18_ans_plus": 2,
        "age_inconnu": 1,
        "total": 4,
    }
