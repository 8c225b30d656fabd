"""Slices hold all that a count may look at, and nothing of another territory."""

from __future__ import annotations

import stat
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline import reads
from rlpipeline.errors import DataError
from rlpipeline.figures import REGISTRY, SERVICE, FromRecords, Scope, alerts, territories
from rlpipeline.figures.slices import WHOLE_SERVICE, of_scope, positions, write_slices
from rlpipeline.records import Records, open_records, write_store, years
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.models import load_service
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def plain() -> Records:
    return open_records(str(ROOT / "data" / "exemple"), load_service(ROOT / "params"))


@pytest.fixture(scope="module")
def stored(plain: Records, tmp_path_factory: pytest.TempPathFactory) -> Records:
    directory = tmp_path_factory.mktemp("tranches") / "records"
    write_store(plain, directory)
    return open_records(str(directory), load_service(ROOT / "params"))


@pytest.fixture(scope="module")
def found(plain: Records, tmp_path_factory: pytest.TempPathFactory) -> Records:
    """Records of a store whose slices were written beforehand, and whose tables can be read no more."""
    directory = tmp_path_factory.mktemp("trouvees") / "records"
    write_store(plain, directory)
    write_slices(plain, SERVICE_SETTINGS, 2023, directory)
    for path in directory.glob("*.parquet"):
        path.write_bytes(b"")
    return open_records(str(directory), SERVICE_SETTINGS)


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


@pytest.mark.parametrize("territory", [SERVICE, "62215", "hors", "sans_commune"])
def test_slices_written_beforehand_are_those_cut_from_everything(
    plain: Records, stored: Records, found: Records, territory: str
) -> None:
    for year in (2022, 2023):
        scope = Scope(year, territory, SERVICE_SETTINGS)
        cut, read = of_scope(stored, scope), of_scope(found, scope)
        for table in TABLES:
            pd.testing.assert_frame_equal(read[table.name], cut[table.name])
        for id, indicator in REGISTRY.items():
            if indicator.concerns(scope):
                expected = FromRecords(plain).figures(id, scope)
                pd.testing.assert_frame_equal(FromRecords(found).figures(id, scope), expected)
    assert FromRecords(found).years == FromRecords(plain).years


def test_slices_of_another_service_are_not_taken(found: Records) -> None:
    fewer = SERVICE_SETTINGS.model_copy(update={"communes": SERVICE_SETTINGS.communes[:2]})
    other = type(fewer).model_validate(fewer.model_dump())
    with pytest.raises(DataError):  # the tables have to be read, and are spoilt
        FromRecords(found).figures("accompagnes", Scope(2023, SERVICE, other))


def test_slices_are_for_their_owner_alone(plain: Records, tmp_path: Path) -> None:
    write_store(plain, tmp_path / "records")
    write_slices(plain, SERVICE_SETTINGS, 2023, tmp_path / "records")
    place = tmp_path / "tranches"
    assert stat.S_IMODE(place.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in place.iterdir()} == {0o600}


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
        ("saisie", "temps", "2023"),
        ("parametre", "service", "communes"),
    }
    _ = stored["jeunes"]
    assert ("table", "jeunes") in reads.noted()
