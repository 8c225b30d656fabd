from __future__ import annotations

import pandas as pd
import pytest

from rlpipeline.figures.scope import Scope, territories, territory_of_things
from rlpipeline.figures.things import parted, things
from rlpipeline.records import Records
from rlpipeline.settings.models import Service

YEAR = 2023


@pytest.mark.parametrize("name", ["temps", "demandes", "actions", "diagnostics"])
def test_the_rows_of_each_territory_in_the_order_of_the_table(records: Records, service: Service, name: str) -> None:
    table = records[name]
    years = table["date"].dt.year if "date" in table else table["annee"]
    places = territory_of_things(table["commune"], service.commune_codes)
    for territory in territories(service):
        expected = table[(years == YEAR) & (places == territory)]
        pd.testing.assert_frame_equal(things(table, Scope(YEAR, territory, service)), expected)
    pd.testing.assert_frame_equal(things(table, Scope(YEAR, "service", service)), table[years == YEAR])


def test_a_table_is_parted_once_for_all_territories(records: Records, service: Service) -> None:
    parted.cache_clear()
    for territory in territories(service):
        things(records["temps"], Scope(YEAR, territory, service))
    assert (parted.cache_info().misses, parted.cache_info().currsize) == (1, 1)
