from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.figures import REGISTRY, Scope, figures
from rlpipeline.figures.calculation import Calculation
from rlpipeline.records import Records, open_records
from rlpipeline.settings.models import load_service
from tests.figures.stored import source_of


@pytest.fixture(scope="module")
def source(root: Path) -> Calculation:
    return source_of(open_records(str(root / "data" / "exemple"), load_service(root / "params")))


@pytest.fixture
def scope(root: Path) -> Scope:
    return Scope(2023, "service", load_service(root / "params"))


def test_the_territory_of_each_action() -> None:
    frame = pd.DataFrame({"id_action": ["A1", "A2", "A3"], "commune": ["62637", "75056", None]}, dtype="str")
    records = Records(frames={"actions": frame}, present=frozenset({"actions"}))
    found = source_of(records).territories_of_actions(("62637",))
    assert found == {"A1": "62637", "A2": "hors", "A3": "sans_commune"}


@pytest.mark.parametrize("indicator", ["accompagnes", "socio_economique", "diagnostics"])
def test_table_and_figures_are_the_registry_s(source: Calculation, scope: Scope, indicator: str) -> None:
    expected = figures(indicator, source.records, scope)
    pd.testing.assert_frame_equal(source.figures(indicator, scope), expected)
    pd.testing.assert_frame_equal(source.table(indicator, scope).figures, expected)


def test_rows_counted_are_rows_of_the_records(source: Calculation, scope: Scope) -> None:
    counted = {id: source.rows_counted(id, scope) for id in REGISTRY}
    assert set(counted["accompagnes"]) >= {"suivis"}
    for tables in counted.values():
        for table, number in tables.items():
            assert number is not None
            assert 0 <= number <= len(source.records[table])


def test_a_table_that_is_absent_has_no_number_of_rows(source: Calculation, scope: Scope) -> None:
    absent = Records(frames=source.records.frames, present=source.records.present - {"suivis"})
    assert source_of(absent).rows_counted("accompagnes", scope)["suivis"] is None
