"""What check says of a table that lacks a year."""

from dataclasses import replace

import pandas as pd
import pytest

from rlpipeline.records.findings import Finding
from rlpipeline.records.frames import DATED_TABLES, Records
from rlpipeline.records.integrity import absent
from rlpipeline.records.tables import TABLE_NAMES
from rlpipeline.settings.models import Service, load_service
from tests.conftest import ROOT

YEARS = (2021, 2022, 2023)
FEW = {"orientations", "reseaux", "instances"}
"""Tables of which the demonstration has so few rows a year that chance leaves one out."""


@pytest.fixture(scope="module")
def service() -> Service:
    return load_service(ROOT / "params")


def missing(
    records: Records, service: Service, table: str, *years: int, latest: int = 2023
) -> list[Finding]:
    """What is said where the rows of a table for some years are taken out of the records."""
    frame = records[table]
    actions = records["actions"]
    of_action = actions["annee"].set_axis(actions["id_action"])
    dated = (
        frame["annee"]
        if "annee" in frame
        else None
        if table == "participations"
        else frame["date"].dt.year
    )
    of = frame["id_action"].map(of_action) if dated is None else dated
    kept: pd.DataFrame = frame[~of.isin(years)].reset_index(drop=True)
    return [*absent(replace(records, frames={**records.frames, table: kept}), service, latest)]


def test_every_table_is_dated_or_apart() -> None:
    assert {*DATED_TABLES, "jeunes", "suivis", "territoires"} == set(TABLE_NAMES)


def test_a_year_without_rows_after_one_with_rows_is_warned_of(
    records: Records, service: Service
) -> None:
    for table in DATED_TABLES:
        found = missing(records, service, table, 2023)
        code = "I004" if table in FEW else "P501"
        assert {(item.code, item.table, item.valeur) for item in found} == {(code, table, "2023")}
        assert code == "I004" or "2021, 2022" in found[0].message
    gap, both = (missing(records, service, "temps", *years)[0] for years in ((2022,), (2022, 2023)))
    assert (gap.valeur, both.valeur) == ("2022", "2022, 2023")


def test_a_table_begun_later_never_used_or_said_to_be_empty_is_not(
    records: Records, service: Service
) -> None:
    empty = service.model_copy(update={"annee_vide": ("demandes",)})
    assert (
        missing(records, service, "demandes", 2021, 2022)
        == missing(records, service, "demandes", *YEARS)
        == []
    )
    assert (
        missing(records, empty, "demandes", 2023)
        == missing(records, service, "demandes", 2023, latest=2022)
        == []
    )


@pytest.mark.parametrize(
    ("table", "word"),
    [
        ("presences", "présence sociale"),
        ("actions", "collectives"),
        ("participations", "« actions »"),
    ],
)
def test_a_table_without_a_row_that_others_contradict_is_asked_about(
    records: Records, service: Service, table: str, word: str
) -> None:
    some = replace(
        records, frames={**records.frames, "participations": records["participations"][:0]}
    )
    (asked,) = (item for item in missing(some, service, table, *YEARS) if item.table == table)
    assert (asked.code, asked.valeur) == ("P501", "2021, 2022, 2023")
    assert word in asked.message
    said = service.model_copy(update={"annee_vide": ("actions", "participations", "presences")})
    assert missing(some, said, table, *YEARS) == []
