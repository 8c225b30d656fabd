from __future__ import annotations

import pandas as pd
import pytest

from rlpipeline.figures.population import things
from rlpipeline.figures.scope import Scope, territories, territory_of_things
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
        pd.testing.assert_frame_equal(things(records, name, Scope(YEAR, territory, service)), expected)
    pd.testing.assert_frame_equal(things(records, name, Scope(YEAR, "service", service)), table[years == YEAR])


def test_a_table_is_parted_once_for_all_territories(records: Records, service: Service) -> None:
    first, again = (things(records, "temps", Scope(YEAR, "service", service)) for _ in range(2))
    assert first is again
