"""The protected tables are read back whole, and hold nothing of the exact edition's figures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.errors import UsageError
from rlpipeline.figures import SERVICE, TableData
from rlpipeline.figures.notebook import records_of
from rlpipeline.figures.store import Store, write_store
from rlpipeline.protection.releases import Protected, last_released, shared_store
from rlpipeline.settings.models import Disclosure
from tests.declared import declared, table_data
from tests.figures.factory import CARVIN, OIGNIES, scope
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.random_records import random_records
from tests.protection.made import protect

NAMES = ("accompagnes", "travail_de_rue", "orientations", "temps_activite")
OF_THE_SERVICE = ("partenaires", "communes", "alertes")
YEAR = 2023
Tables = dict[tuple[str, str], TableData]


@pytest.fixture(scope="module")
def made() -> tuple[Protected, Tables]:
    records = random_records(1, persons=60)
    places = (SERVICE, CARVIN, OIGNIES, "hors", "sans_commune")
    tables = {
        (name, place): table_data(name, records, scope(place))
        for name in (*NAMES, *OF_THE_SERVICE)
        for place in places
        if place == SERVICE or name not in OF_THE_SERVICE
    }
    exact = {key: data.figures for key, data in tables.items()}
    return protect(exact, Disclosure(), SETTINGS, ()), tables


def opened(
    made: tuple[Protected, Tables], directory: Path, released: pd.DataFrame | None = None
) -> Store:
    protected, tables = made
    ledger = last_released(()) if released is None else released
    links = declared(SETTINGS).links
    shown, marked = shared_store(protected, tables, links, ledger, {}, lambda id, year: True)
    write_store(directory, shown, declared(SETTINGS), marked)
    return Store(directory)


def test_a_table_left_out_says_why_and_shows_nothing(
    made: tuple[Protected, Tables], tmp_path: Path
) -> None:
    found = opened(made, tmp_path).table("alertes", scope())
    assert found.figures.empty and not found.rows
    assert found.notes[0].startswith("Ce tableau n'est pas diffusé : ")


def test_nothing_of_the_records_is_beside_protected_figures(
    made: tuple[Protected, Tables], tmp_path: Path
) -> None:
    store = opened(made, tmp_path)
    assert store.alerts(scope()) is None
    with pytest.raises(UsageError, match="aucune donnée"):
        records_of(store, "jeunes")


def test_a_table_that_is_not_shared_is_refused_and_one_of_nowhere_is_empty(
    made: tuple[Protected, Tables], tmp_path: Path
) -> None:
    protected, tables = made
    some = {key: data for key, data in tables.items() if key[1] not in (OIGNIES, "hors")}
    store = opened((protected, some), tmp_path)
    with pytest.raises(UsageError):
        store.table("reseaux", scope())
    with pytest.raises(UsageError):
        store.figures("accompagnes", scope(OIGNIES))
    assert store.figures("accompagnes", scope("hors")).empty


def test_what_was_released_for_another_year_is_the_table_of_that_year(
    made: tuple[Protected, Tables], tmp_path: Path
) -> None:
    protected, _ = made
    then = protected.figures.query(
        "indicateur == 'accompagnes' and territoire == 'service'"
    ).assign(annee=YEAR - 1)
    store = opened(made, tmp_path, then)
    before = replace(scope(), year=YEAR - 1)
    pd.testing.assert_frame_equal(
        store.figures("accompagnes", before), then.reset_index(drop=True), check_dtype=False
    )
    assert store.years == {YEAR - 1}
    assert store.is_recorded("accompagnes", before) and not store.is_recorded(
        "orientations", before
    )
    assert store.figures("orientations", before).empty
    assert (
        store.line_names("accompagnes", before)["total"]
        == store.line_names("accompagnes", scope())["total"]
    )
