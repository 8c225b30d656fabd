"""The figure store: what was counted, opened again as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.errors import UsageError
from rlpipeline.figures import SERVICE, Scope, TableData, territories
from rlpipeline.figures.populations import alerts
from rlpipeline.figures.store import COUNTED, Key, Parts, Store, marker, write_store
from tests.declared import INDICATORS, declared
from tests.figures.factory import SERVICE as SERVICE_SETTINGS
from tests.figures.random_records import random_records
from tests.figures.stored import count_year

YEARS = (2022, 2023)
RECORDS = random_records(1)
SCOPES = [
    Scope(year, place, SERVICE_SETTINGS)
    for year in YEARS
    for place in (SERVICE, *territories(SERVICE_SETTINGS))
]


@cache
def counted() -> Mapping[Key, TableData]:
    """Every table of a year, and one of the year before."""
    asked = {2022: {"accompagnes": INDICATORS["accompagnes"]}, 2023: INDICATORS}
    return {
        (id, year, place): data
        for year in YEARS
        for (id, place), data in count_year(RECORDS, year, SERVICE_SETTINGS, asked[year]).items()
    }


LISTED = {2023: alerts(RECORDS, Scope(2023, SERVICE, SERVICE_SETTINGS))}


def write(directory: Path, tables: Mapping[Key, TableData]) -> None:
    marked = marker(
        exact=True,
        years=YEARS,
        recorded=[("accompagnes", 2023)],
        origins=dict.fromkeys(YEARS, COUNTED),
        places={"A1": "62637"},
    )
    write_store(directory, tables, declared(SERVICE_SETTINGS), marked, LISTED)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Store:
    directory = tmp_path_factory.mktemp("chiffres") / "figures"
    write(directory, counted())
    return Store(directory)


def test_every_table_is_what_was_counted(store: Store) -> None:
    for (id, year, place), data in counted().items():
        opened = store.table(id, Scope(year, place, SERVICE_SETTINGS))
        assert opened.figures.equals(data.figures), (id, year, place)
        assert opened.texts.equals(data.texts), (id, year, place)
        names = ("spec", "year", "territory", "rows", "columns", "notes")
        assert [getattr(opened, name) for name in names] == [getattr(data, name) for name in names]


def test_what_stands_beside_the_tables_is_given_again(store: Store) -> None:
    scope = Scope(2023, SERVICE, SERVICE_SETTINGS)
    assert store.years == frozenset(YEARS)
    assert store.is_recorded("accompagnes", scope)
    assert not store.is_recorded("temps_activite", scope)
    assert store.territories_of_actions() == {"A1": "62637"}
    listed = store.alerts(scope)
    assert listed is not None
    pd.testing.assert_frame_equal(listed, LISTED[2023])


def test_a_table_that_does_not_exist_is_refused(store: Store) -> None:
    place = SERVICE_SETTINGS.commune_codes[0]
    with pytest.raises(UsageError, match="ensemble du service"):
        store.table("communes", Scope(2023, place, SERVICE_SETTINGS))
    with pytest.raises(UsageError, match="inconnu"):
        store.table("accompagne", Scope(2023, place, SERVICE_SETTINGS))
    assert store.figures("accompagnes", Scope(1999, place, SERVICE_SETTINGS)).empty


def test_the_same_content_gives_the_same_bytes_for_their_owner_alone(
    store: Store, tmp_path: Path
) -> None:
    write(tmp_path / "figures", counted())
    files = sorted(
        path.relative_to(store.directory) for path in store.directory.rglob("*") if path.is_file()
    )
    assert len(files) < len(SCOPES) + 6
    for name in files:
        assert (store.directory / name).read_bytes() == (tmp_path / "figures" / name).read_bytes()
    assert store.directory.stat().st_mode & 0o077 == 0


def test_another_folder_or_version_is_refused(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="n'est pas un dossier de chiffres"):
        Store(tmp_path)
    (tmp_path / "chiffres.json").write_text(json.dumps({"format": 2}), encoding="utf-8")
    with pytest.raises(UsageError, match="n'est pas un dossier de chiffres"):
        Store(tmp_path)


def test_a_figure_is_told_alone_when_it_is_asked_for_found_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, told = tmp_path / "service.json", list[tuple[str, ...]]()
    rows = [["durees", 2023, "service", "total", column, 7, "jeunes", "ok", 0] for column in "FG"]
    path.write_text(json.dumps({"durees": {"figures": rows}}), encoding="utf-8")
    parts = Parts(path)
    monkeypatch.setattr("sys.audit", lambda event, file, *part: told.append(part))
    cells = parts.rows_by_cell("durees", 2023)
    assert cells is not None
    assert not told
    assert cells["total", "F"] == rows[0]
    assert ("total", "X") not in cells
    assert told == [("durees", "total", "F"), ("durees", "total", "X")]
    assert parts.rows_by_cell("objectifs", 2023) is None
    assert next(iter(cells)) == ("total", "G")
    assert told[2:] == [("objectifs",), ("durees",)]
