"""Slices hold all that a count may look at, and nothing of another territory."""

from __future__ import annotations

import pandas as pd
import pytest

from rlpipeline import reads
from rlpipeline.indicators import REGISTRY, SERVICE, FromRecords, Scope, alerts, territories
from rlpipeline.indicators.slices import WHOLE_SERVICE, of_scope, positions
from rlpipeline.params import load_service
from rlpipeline.records import Records, open_records, write_store, years
from rlpipeline.records.tables import TABLES
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def plain() -> Records:
    return open_records(str(ROOT / "data" / "exemple"), load_service(ROOT / "params"))


@pytest.fixture(scope="module")
def stored(plain: Records, tmp_path_factory: pytest.TempPathFactory) -> Records:
    directory = tmp_path_factory.mktemp("tranches") / "records"
    write_store(plain, directory)
    return open_records(str(directory), load_service(ROOT / "params"))


SERVICE_SETTINGS = load_service(ROOT / "params")
QUICK = {(2023, SERVICE), (2023, "62215"), (2022, "hors")}
SCOPES = [
    pytest.param(
        Scope(year, territory, SERVICE_SETTINGS),
        marks=() if (year, territory) in QUICK else pytest.mark.slow,
        id=f"{year}-{territory}",
    )
    for year in (2021, 2022, 2023, 2024)
    for territory in (SERVICE, *territories(SERVICE_SETTINGS))
]


@pytest.mark.parametrize("scope", SCOPES)
def test_what_is_counted_from_slices_is_what_is_counted_from_everything(
    plain: Records, stored: Records, scope: Scope
) -> None:
    whole, cut = FromRecords(plain), FromRecords(stored)
    for id, indicator in REGISTRY.items():
        if not indicator.concerns(scope):
            continue
        expected, found = whole.table(id, scope), cut.table(id, scope)
        pd.testing.assert_frame_equal(found.figures, expected.figures)
        pd.testing.assert_frame_equal(found.texts, expected.texts)
        assert (found.rows, found.columns, found.notes) == (expected.rows, expected.columns, expected.notes), id
        assert cut.rows_counted(id, scope) == whole.rows_counted(id, scope), id
        assert cut.vintages(id, scope) == whole.vintages(id, scope), id
    pd.testing.assert_frame_equal(alerts(of_scope(stored, scope), scope), alerts(plain, scope))


def test_the_slices_of_the_territories_are_the_service(plain: Records) -> None:
    for table in TABLES:
        if table.name in (*WHOLE_SERVICE, "territoires"):
            continue
        for year in years(plain):
            parts = [
                positions(plain, table.name, Scope(year, place, SERVICE_SETTINGS))
                for place in territories(SERVICE_SETTINGS)
            ]
            whole = positions(plain, table.name, Scope(year, SERVICE, SERVICE_SETTINGS))
            assert sorted(row for part in parts for row in part) == sorted(whole), (table.name, year)


def test_reads_are_noted_by_slice_and_whole_tables_as_such(stored: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reads, "_noted", set())
    scope = Scope(2023, "62215", SERVICE_SETTINGS)
    FromRecords(stored).figures("temps_activite", scope)
    assert set(reads.noted()) == {
        ("tranche", "temps", "2023", "62215"),
        ("presence", "temps"),
        ("parametre", "service", "communes"),
    }
    _ = stored["jeunes"]
    assert ("table", "jeunes") in reads.noted()
