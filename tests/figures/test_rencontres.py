from __future__ import annotations

from tests.figures.factory import CARVIN, LENS, OIGNIES, cells, jeune, line, make_records, suivi


def test_any_status_active_in_the_year_is_street_work_and_each_person_counts_once() -> None:
    records = make_records(
        jeunes=[jeune("J1"), jeune("J2", sexe="G"), jeune("J3"), jeune("J4")],
        suivis=[
            suivi("S1", "J1", statut="PAEI"),
            suivi("S2", "J1", statut="ASEP"),
            suivi("S3", "J2", statut="ACCROCHE"),
            suivi("S4", "J3", "2021-01-01", "2022-12-31", statut="ASEP"),
        ],
    )
    table = cells("travail_de_rue", records)
    assert line("11_14", table) == {"F": 1, "G": 1, "total": 2, "nouveaux": 0}
    assert line("total", table) == {"F": 1, "G": 1, "total": 2, "nouveaux": 0}


def test_new_in_the_street_is_a_first_contact_of_the_year() -> None:
    records = make_records(
        jeunes=[
            jeune("J1", contact="2023-01-01"),
            jeune("J2", contact="2022-12-31"),
            jeune("J3", contact="2023-12-31"),
        ],
        suivis=[suivi(f"S{n}", f"J{n}", statut="ACCROCHE") for n in (1, 2, 3)],
    )
    assert cells("travail_de_rue", records)["total", "nouveaux"] == 2


def presence(day: str, id_jeune: str, commune: str = CARVIN) -> dict[str, str]:
    return {"date": day, "id_jeune": id_jeune, "commune": commune}


def test_who_is_met_in_social_presence_counts_once_at_home_wherever_it_was() -> None:
    records = make_records(
        jeunes=[jeune("J1", commune=OIGNIES), jeune("J2", sexe="G", commune=LENS), jeune("J3")],
        presences=[
            presence("2023-01-01", "J1"),
            presence("2023-05-01", "J1", OIGNIES),
            presence("2023-12-31", "J2", OIGNIES),
            presence("2022-12-31", "J3"),
            presence("2024-01-01", "J3"),
        ],
    )
    assert line("total", cells("presence_sociale", records)) == {"F": 1, "G": 1, "total": 2, "nouveaux": 0}
    assert cells("presence_sociale", records, OIGNIES)["total", "total"] == 1
    assert cells("presence_sociale", records, CARVIN)["total", "total"] == 0
    assert cells("presence_sociale", records, "hors")["total", "total"] == 1


def test_social_presence_needs_no_follow_up_and_counts_its_newcomers() -> None:
    records = make_records(
        jeunes=[jeune("J1", contact="2023-04-04")],
        presences=[presence("2023-04-04", "J1"), presence("2023-05-04", "J1")],
    )
    assert line("11_14", cells("presence_sociale", records)) == {"F": 1, "G": 0, "total": 1, "nouveaux": 1}
    assert cells("travail_de_rue", records)["total", "total"] == 0


def test_no_meeting_is_zero_and_no_table_is_not_communicated() -> None:
    assert set(cells("presence_sociale", make_records()).values()) == {0}
    absent = cells("presence_sociale", make_records(absent=["presences"]))
    assert set(absent.values()) == {"nc"}
    assert set(absent) == set(cells("presence_sociale", make_records()))
