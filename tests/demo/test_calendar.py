"""Completed months run from date to date, like an age."""

from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rlpipeline.demo.calendar import NEVER, completed_months, iso, minus_months, working_days
from tests.demo.recount import months


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2023-01-01", "2023-12-31", 11),
        ("2023-01-01", "2024-01-01", 12),
        ("2023-01-31", "2023-02-28", 1),
        ("2023-01-31", "2023-02-27", 0),
        ("2024-01-30", "2024-02-29", 1),
        ("2023-05-17", "2023-05-17", 0),
        ("2022-12-31", "2023-06-30", 6),
    ],
)
def test_completed_months(start: str, end: str, expected: int) -> None:
    counted = completed_months(np.array([start], "M8[D]"), np.array([end], "M8[D]"))
    assert counted.tolist() == [expected]


@given(st.dates(date(2000, 1, 1), date(2030, 12, 31)), st.integers(0, 1500))
def test_two_ways_of_counting_months_agree(start: date, more: int) -> None:
    first = np.array([start], "M8[D]")
    last = first + np.timedelta64(more, "D")
    assert completed_months(first, last)[0] == months(start, last[0].astype(date))


@given(st.dates(date(2000, 1, 1), date(2030, 12, 31)), st.integers(0, 60))
def test_going_back_some_months_leaves_them_completed(end: date, count: int) -> None:
    last = np.array([end], "M8[D]")
    assert completed_months(minus_months(last, np.array([count])), last)[0] >= count


def test_no_date_is_written_as_nothing() -> None:
    assert iso(np.array(["2023-05-17", NEVER], "M8[D]")).tolist() == ["2023-05-17", ""]


def test_nobody_works_on_sunday_or_new_year() -> None:
    days = working_days(2023)
    assert days[0] == np.datetime64("2023-01-02")
    assert not [d for d in days.astype(date) if d.weekday() == 6]
