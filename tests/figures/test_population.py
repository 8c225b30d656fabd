from __future__ import annotations

import pandas as pd
import pytest

from rlpipeline.figures.populations import completed_months


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ("2023-01-01", "2023-12-31", 11),
        ("2023-01-01", "2023-02-01", 1),
        ("2022-12-31", "2023-12-31", 12),
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
