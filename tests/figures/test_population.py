from __future__ import annotations

import pandas as pd
import pytest

from rlpipeline.figures.labels import AGE_INCONNU, AGES
from rlpipeline.figures.population import AGE_FIRSTS, completed_months, people
from rlpipeline.figures.variables import bands
from tests.figures.factory import CARVIN, LENS, OIGNIES, jeune, make_records, scope, suivi


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2023-01-01", "2023-12-31", 11),
        ("2023-01-01", "2023-01-31", 0),
        ("2023-01-01", "2023-02-01", 1),
        ("2022-12-31", "2023-12-31", 12),
        ("2022-12-30", "2023-12-31", 12),
        ("2023-06-30", "2023-12-31", 6),
        ("2022-08-31", "2023-02-28", 6),
        ("2022-08-31", "2023-02-27", 5),
        ("2023-08-31", "2024-02-28", 5),
        ("2020-02-29", "2021-02-28", 12),
        ("2022-01-01", "2023-12-31", 23),
    ],
)
def test_months_are_completed_from_date_to_date(start: str, end: str, expected: int) -> None:
    days = (pd.Series([pd.Timestamp(day)]) for day in (start, end))
    assert int(completed_months(*days)[0]) == expected


def test_age_is_that_reached_in_the_year() -> None:
    years = (2013, 2012, 2009, 2008, 2005, 2004, 2002, 2001, None)
    reached = pd.Series([2023 - year if year else None for year in years], dtype="float64")
    first, second, third, fourth, fifth = AGES
    expected = [first, second, second, third, third, fourth, fourth, fifth, AGE_INCONNU]
    assert bands(reached, AGE_FIRSTS, AGES, AGE_INCONNU).tolist() == expected


def test_residence_is_that_of_the_year_and_strangers_live_outside() -> None:
    noted = (("J1", 2022, CARVIN), ("J2", 2022, LENS), ("J2", 2023, None))
    records = make_records(
        jeunes=[jeune("J1", commune=OIGNIES), jeune("J2"), jeune("J3", commune=LENS), jeune("J4", commune="hors")],
        situations=[
            {"id_jeune": id, "annee": year, "situation": "college", "commune": place} for id, year, place in noted
        ],
    )
    assert people(records, scope(year=2023))["territoire"].tolist() == [OIGNIES, CARVIN, "hors", "hors"]
    assert people(records, scope(year=2022))["territoire"].tolist() == [CARVIN, "hors", "hors", "hors"]
    assert people(records, scope(CARVIN, 2022))["id_jeune"].tolist() == ["J1"]
    assert people(records, scope("hors", 2022))["id_jeune"].tolist() == ["J2", "J3", "J4"]
    assert people(records, scope("sans_commune", 2022)).empty


def test_frames_given_out_do_not_touch_the_records_nor_one_another() -> None:
    records = make_records(jeunes=[jeune("J1")], suivis=[suivi("S1", "J1")])
    before, given = records["jeunes"].copy(), people(records, scope())
    given["sexe"] = "G"
    assert people(records, scope())["sexe"].tolist() == ["F"]
    pd.testing.assert_frame_equal(records["jeunes"], before)


@pytest.mark.parametrize(
    ("contact", "band"),
    [
        ("2024-01-01", "contact_moins_1_an"),
        ("2023-01-01", "contact_moins_1_an"),
        ("2022-12-31", "contact_1_an"),
        ("2021-12-31", "contact_2_4_ans"),
        ("2018-12-31", "contact_5_ans_plus"),
    ],
)
def test_time_since_the_first_contact(contact: str, band: str) -> None:
    assert people(make_records(jeunes=[jeune("J1", contact=contact)]), scope())["anciennete"].tolist() == [band]
