from __future__ import annotations

from typing import Any

import pytest

from tests.figures.factory import CARVIN, LENS, OIGNIES, cells, column, jeune, line, make_records, suivi


def situation(id_jeune: str, code: str, annee: int = 2023, commune: str | None = None) -> dict[str, Any]:
    return {"id_jeune": id_jeune, "annee": annee, "situation": code, "commune": commune}


def test_the_cohort_has_a_plan_active_in_the_year() -> None:
    records = make_records(
        jeunes=[jeune("J1"), jeune("J2", sexe="G"), jeune("J3"), jeune("J4", "2001-12-31", "NR"), jeune("J5", None)],
        suivis=[
            suivi("S1", "J1", "2023-12-31"),
            suivi("S2", "J2", "2022-02-02", "2023-01-01"),
            suivi("S3", "J3", statut="ASEP"),
            suivi("S4", "J4", "2023-07-07", "2023-07-07"),
            suivi("S5", "J4", "2023-08-07"),
            suivi("S6", "J5", "2023-08-07"),
        ],
    )
    table = cells("accompagnes", records)
    assert line("11_14", table) == {"F": 1, "G": 1, "NR": 0, "total": 2, "nouveaux": 1}
    assert line("plus_21", table) == {"F": 0, "G": 0, "NR": 1, "total": 1, "nouveaux": 1}
    assert line("age_inconnu", table) == {"F": 1, "G": 0, "NR": 0, "total": 1, "nouveaux": 1}
    assert line("total", table) == {"F": 2, "G": 1, "NR": 1, "total": 4, "nouveaux": 3}


def test_a_rare_code_of_one_commune_does_not_show_in_another() -> None:
    records = make_records(
        jeunes=[jeune("J1", sexe="NR", naissance=None), jeune("J2", commune=OIGNIES)],
        suivis=[suivi("S1", "J1"), suivi("S2", "J2")],
    )
    assert ("age_inconnu", "NR") in cells("accompagnes", records, CARVIN)
    elsewhere = cells("accompagnes", records, OIGNIES)
    assert "age_inconnu" not in {code for code, _ in elsewhere}
    assert "NR" not in {code for _, code in elsewhere}


def test_a_situation_that_was_not_noted_is_told_and_the_total_stays_the_cohort() -> None:
    records = make_records(
        jeunes=[jeune("J1"), jeune("J2"), jeune("J3")],
        suivis=[suivi("S1", "J1"), suivi("S2", "J2")],
        situations=[situation("J1", "college"), situation("J2", "college", 2022), situation("J3", "lycee_general")],
    )
    table = cells("situations", records)
    assert table["college", "11_14"] == 1
    assert table["lycee_general", "total"] == 0
    assert table["non_renseignee", "total"] == 1
    assert table["total", "total"] == 2
    assert list(column("total", table))[-3:] == ["chomage_rsa", "non_renseignee", "total"]


def test_every_situation_noted_hides_the_line_of_those_that_are_not() -> None:
    records = make_records(
        jeunes=[jeune("J1")], suivis=[suivi("S1", "J1")], situations=[situation("J1", "descolarise")]
    )
    assert "non_renseignee" not in column("total", cells("situations", records))


def test_without_the_table_situations_are_not_communicated_and_the_cohort_is_known() -> None:
    records = make_records(absent=["situations"], jeunes=[jeune("J1", None)], suivis=[suivi("S1", "J1")])
    table = cells("situations", records)
    assert set(line("college", table).values()) == {"nc"}
    assert table["total", "total"] == 1
    assert table["total", "age_inconnu"] == 1
    assert "non_renseignee" not in column("total", table)


def test_communes_are_those_of_the_year_and_hors_is_always_told() -> None:
    records = make_records(
        jeunes=[jeune("J1", commune=OIGNIES), jeune("J2", commune=LENS), jeune("J3")],
        suivis=[suivi("S1", "J1"), suivi("S2", "J2")],
        situations=[situation("J1", "college", commune=CARVIN)],
    )
    assert column("total", cells("communes", records)) == {CARVIN: 1, OIGNIES: 0, "hors": 1, "total": 2}
    assert column("total", cells("communes", records, year=2024)) == {CARVIN: 0, OIGNIES: 1, "hors": 1, "total": 2}


def issue(id_suivi: str, code: str, annee: int = 2023) -> dict[str, Any]:
    return {"id_suivi": id_suivi, "annee": annee, "problematique": code}


@pytest.fixture
def issues() -> list[dict[str, Any]]:
    return [
        issue("S1", "logement"),
        issue("S1", "logement"),
        issue("S1", "autonomie_loisirs"),
        issue("S2", "logement"),
        issue("S3", "freins_mobilite"),
        issue("S4", "logement"),
        issue("S1", "freins_mobilite", 2022),
    ]


def followed() -> dict[str, list[dict[str, Any]]]:
    return {
        "jeunes": [jeune("J1"), jeune("J2", "2000-01-01"), jeune("J3")],
        "suivis": [
            suivi("S1", "J1"),
            suivi("S2", "J2"),
            suivi("S3", "J1", "2022-01-01", "2023-01-31"),
            suivi("S4", "J3", statut="ASEP"),
        ],
    }


def test_issues_are_counted_as_noted_in_plans_and_a_family_adds_its_codes(issues: list[dict[str, Any]]) -> None:
    table = cells("problematiques", make_records(**followed(), problematiques=issues))
    assert column("total", table) == {
        "sociales": 4,
        "logement": 3,
        "autonomie_loisirs": 1,
        "mobilite": 1,
        "freins_mobilite": 1,
        "total": 5,
    }
    assert column("11_14", table)["sociales"] == 3
    assert column("plus_21", table)["logement"] == 1


def test_young_people_count_once_in_each_family_and_families_have_no_total(issues: list[dict[str, Any]]) -> None:
    table = cells("problematiques_jeunes", make_records(**followed(), problematiques=issues))
    assert column("total", table) == {"sociales": 2, "mobilite": 1}
    assert column("11_14", table) == {"sociales": 1, "mobilite": 1}


def test_an_issue_noted_after_the_end_of_its_plan_still_counts() -> None:
    records = make_records(
        jeunes=[jeune("J1")],
        suivis=[suivi("S1", "J1", "2022-01-01", "2022-12-20")],
        problematiques=[issue("S1", "logement")],
    )
    assert cells("problematiques", records)["total", "total"] == 1


@pytest.mark.parametrize("indicator", ["problematiques", "problematiques_jeunes", "co_accompagnements"])
def test_an_absent_table_is_not_communicated_and_an_empty_one_is_zero(indicator: str) -> None:
    table = "co_accompagnements" if indicator == "co_accompagnements" else "problematiques"
    absent, empty = cells(indicator, make_records(absent=[table])), cells(indicator, make_records())
    assert set(absent.values()) == {"nc"}
    assert set(empty.values()) == {0}
    assert list(absent) == list(empty)


def test_co_accompagnements_count_accompanied_people_by_partner_and_once() -> None:
    records = make_records(
        jeunes=[jeune("J1"), jeune("J2", commune=OIGNIES), jeune("J3")],
        suivis=[suivi("S1", "J1"), suivi("S2", "J2"), suivi("S3", "J3", statut="ASEP")],
        co_accompagnements=[
            {"id_jeune": "J1", "annee": 2023, "partenaire": "ase"},
            {"id_jeune": "J1", "annee": 2023, "partenaire": "sante"},
            {"id_jeune": "J2", "annee": 2023, "partenaire": "ase"},
            {"id_jeune": "J2", "annee": 2022, "partenaire": "autres"},
            {"id_jeune": "J3", "annee": 2023, "partenaire": "ase"},
        ],
    )
    found = column("jeunes", cells("co_accompagnements", records))
    assert found == {
        "education_nationale": 0,
        "sante": 1,
        "education_populaire": 0,
        "mission_locale": 0,
        "ase": 2,
        "autres": 0,
        "au_moins_un": 2,
    }
    assert column("jeunes", cells("co_accompagnements", records, OIGNIES))["au_moins_un"] == 1
