"""What check says of a table that lacks a year."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from rlpipeline.records import Records, load
from rlpipeline.records.frames import DATED_TABLES
from rlpipeline.records.rules.integrity import missing_years
from rlpipeline.records.tables import TABLE_NAMES
from rlpipeline.settings.models import Service, load_service
from tests.conftest import ROOT

YEARS = (2021, 2022, 2023)
APART = {"jeunes", "suivis", "territoires"}


@pytest.fixture(scope="module")
def service() -> Service:
    return load_service(ROOT / "params")


@pytest.fixture(scope="module")
def records(service: Service) -> Records:
    return load(str(ROOT / "data" / "exemple"), service)[0]


def without(records: Records, table: str, *years: int) -> Records:
    """The records without the rows of a table for some years."""
    frame = records[table]
    if table == "participations":
        actions = records["actions"]
        of = frame["id_action"].map(actions["annee"].set_axis(actions["id_action"]))
    else:
        of = frame["annee"] if "annee" in frame else frame["date"].dt.year
    kept: pd.DataFrame = frame[~of.isin(years)].reset_index(drop=True)
    return Records({**records.frames, table: kept}, records.present)


def test_every_table_is_dated_or_apart() -> None:
    assert {*DATED_TABLES} | APART == set(TABLE_NAMES)


@pytest.mark.parametrize("table", DATED_TABLES)
def test_a_year_without_rows_after_one_with_rows_is_warned_of(records: Records, service: Service, table: str) -> None:
    found = [*missing_years(without(records, table, 2023), service, 2023)]
    expected = {table, "participations"} if table == "participations" else {table}
    assert {(one.code, one.table, one.valeur) for one in found} == {("P501", name, "2023") for name in expected}
    assert "2021, 2022" in found[0].message


def test_a_gap_is_warned_of_as_well_and_years_are_told_together(records: Records, service: Service) -> None:
    (gap,) = missing_years(without(records, "temps", 2022), service, 2023)
    (both,) = missing_years(without(records, "temps", 2022, 2023), service, 2023)
    assert (gap.valeur, both.valeur) == ("2022", "2022, 2023")


def test_a_table_begun_later_never_used_or_said_to_be_empty_is_not(records: Records, service: Service) -> None:
    empty = service.model_copy(update={"annee_vide": ("demandes",)})
    assert [*missing_years(without(records, "demandes", 2021, 2022), service, 2023)] == []
    assert [*missing_years(without(records, "demandes", *YEARS), service, 2023)] == []
    assert [*missing_years(without(records, "demandes", 2023), empty, 2023)] == []
    assert [*missing_years(without(records, "demandes", 2023), service, 2022)] == []


@pytest.mark.parametrize(
    ("table", "word"),
    [("presences", "présence sociale"), ("actions", "collectives"), ("participations", "« actions »")],
)
def test_a_table_without_a_row_that_others_contradict_is_asked_about(
    records: Records, service: Service, table: str, word: str
) -> None:
    some = without(records, table, *YEARS)
    if table == "actions":
        some = without(some, "participations", *YEARS)
    (asked,) = missing_years(some, service, 2023)
    assert (asked.code, asked.table, asked.valeur) == ("P501", table, "2021, 2022, 2023")
    assert word in asked.message
    assert [*missing_years(some, service.model_copy(update={"annee_vide": (table,)}), 2023)] == []
    assert [*missing_years(replace(some, present=some.present - {table}), service, 2023)] == []
