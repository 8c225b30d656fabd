from __future__ import annotations

import pandas as pd
import pytest

from rlpipeline.figures.labels import AGE_INCONNU, AGES
from rlpipeline.figures.population import AGE_FIRSTS, active, completed_months, people
from rlpipeline.figures.variables import bands
from tests.figures.factory import CARVIN, LENS, OIGNIES, jeune, make_records, scope, suivi


def months(start: str, end: str) -> int:
    return int(completed_months(pd.Series([pd.Timestamp(start)]), pd.Series([pd.Timestamp(end)]))[0])


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2023-01-01", "2023-12-31", 11),
        ("2023-01-01", "2023-01-01", 0),
        ("2023-01-01", "2023-01-31", 0),
        ("2023-01-01", "2023-02-01", 1),
        ("2022-12-31", "2023-12-31", 12),
        ("2022-12-30", "2023-12-31", 12),
        ("2023-06-30", "2023-12-31", 6),
        ("2023-07-01", "2023-12-31", 5),
        ("2022-08-31", "2023-02-28", 6),
        ("2022-08-31", "2023-02-27", 5),
        ("2023-08-31", "2024-02-28", 5),
        ("2023-08-31", "2024-02-29", 6),
        ("2020-02-29", "2021-02-27", 11),
        ("2020-02-29", "2021-02-28", 12),
        ("2023-01-30", "2023-02-28", 1),
        ("2021-12-31", "2023-12-31", 24),
        ("2022-01-01", "2023-12-31", 23),
    ],
)
def test_months_are_completed_from_date_to_date(start: str, end: str, expected: int) -> None:
    assert months(start, end) == expected


@pytest.mark.parametrize(
    ("birth_year", "band"),
    [
        (2013, "moins_11"),
        (2012, "11_14"),
        (2009, "11_14"),
        (2008, "15_18"),
        (2005, "15_18"),
        (2004, "19_21"),
        (2002, "19_21"),
        (2001, "plus_21"),
        (None, "age_inconnu"),
    ],
)
def test_age_is_that_reached_in_the_year(birth_year: int | None, band: str) -> None:
    age = pd.Series([2023 - birth_year if birth_year else None], dtype="float64")
    assert bands(age, AGE_FIRSTS, AGES, AGE_INCONNU).tolist() == [band]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2022-05-01", "2022-12-31", False),
        ("2022-05-01", "2023-01-01", True),
        ("2023-12-31", None, True),
        ("2024-01-01", None, False),
        ("2023-03-03", "2023-03-03", True),
        ("2020-01-01", "2025-01-01", True),
        ("2020-01-01", None, True),
    ],
)
def test_both_days_of_a_follow_up_are_active(start: str, end: str | None, expected: bool) -> None:
    frame = pd.DataFrame({"date_debut": pd.to_datetime([start]), "date_fin": pd.to_datetime([end])})
    found = active(frame, pd.Timestamp(2023, 1, 1), pd.Timestamp(2023, 12, 31))
    assert found.tolist() == [expected]


def test_residence_is_that_of_the_year_and_strangers_live_outside() -> None:
    records = make_records(
        jeunes=[jeune("J1", commune=OIGNIES), jeune("J2"), jeune("J3", commune=LENS), jeune("J4", commune="hors")],
        situations=[
            {"id_jeune": "J1", "annee": 2022, "situation": "college", "commune": CARVIN},
            {"id_jeune": "J2", "annee": 2022, "situation": "college", "commune": LENS},
            {"id_jeune": "J2", "annee": 2023, "situation": "college"},
        ],
    )
    assert people(records, scope(year=2023))["territoire"].tolist() == [OIGNIES, CARVIN, "hors", "hors"]
    assert people(records, scope(year=2022))["territoire"].tolist() == [CARVIN, "hors", "hors", "hors"]
    assert people(records, scope(CARVIN, 2022))["id_jeune"].tolist() == ["J1"]
    assert people(records, scope("hors", 2022))["id_jeune"].tolist() == ["J2", "J3", "J4"]
    assert people(records, scope("sans_commune", 2022)).empty


def test_frames_given_out_do_not_touch_the_records_nor_one_another() -> None:
    records = make_records(jeunes=[jeune("J1")], suivis=[suivi("S1", "J1")])
    before = records["jeunes"].copy()
    given = people(records, scope())
    given["sexe"] = "G"
    assert people(records, scope())["sexe"].tolist() == ["F"]
    pd.testing.assert_frame_equal(records["jeunes"], before)
