from __future__ import annotations

from tests.figures.factory import CARVIN, LENS, OIGNIES, cells, jeune, line, make_records


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
