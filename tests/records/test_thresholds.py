"""Where a rule begins: one row below its threshold nothing is told, at it all is."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from rlpipeline.records.store import check
from rlpipeline.settings.models import Commune, Service
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


@pytest.mark.parametrize(("days", "apart", "told"), [(100, 5, 1), (100, 6, 0), (119, 6, 0)])
def test_what_more_than_one_in_twenty_does_is_a_usage(
    write: Write, service: Service, days: int, apart: int, told: int
) -> None:
    """Young people seen in two communes on one day."""
    communes = (*service.communes, Commune(code="62637", nom="Oignies"))
    of_two = Service.model_validate({**service.model_dump(), "communes": communes})
    tables = sample()
    rows = tables["presences"]
    del rows[1:]
    for number in range(days):
        day = (date(2023, 1, 1) + timedelta(number)).isoformat()
        rows.append([day, "62215", "Place", "J1"])
        if number < apart:
            rows.append([day, "62637", "Gare", "J1"])
    found = check(write(tables), of_two, EXTRACTION)
    assert sum(item.code == "P406" for item in found) == told
