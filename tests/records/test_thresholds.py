"""Where a rule begins: one row below its threshold nothing is told, at it all is."""

from __future__ import annotations

import pytest

from rlpipeline.records.store import check
from rlpipeline.settings.models import Service
from tests.records.conftest import Write
from tests.records.sample import sample
from tests.records.test_plausibility import EXTRACTION


@pytest.mark.parametrize(("often", "told"), [(9, []), (10, [4])])
def test_a_slip_of_the_pen_is_ten_times_rarer_than_the_name(
    write: Write, service: Service, often: int, told: list[int]
) -> None:
    tables = sample()
    rows = tables["presences"]
    del rows[1:]
    rows += [[f"2023-02-{day:02}", "62215", "Centre Jean Moulin", "J1"] for day in range(1, often)]
    rows.insert(3, ["2023-01-04", "62215", "Centre Jean Moulon", "J1"])
    rows.append(["2023-03-01", "62215", "Centre Jean Moulin", "J1"])
    found = check(write(tables), service, EXTRACTION)
    assert [item.ligne for item in found if item.code == "P402"] == told
