"""The rows that each indicator says it counts, held against the figures that it gives."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from rlpipeline.figures import REGISTRY, SERVICE, Indicator, Scope, territories
from rlpipeline.records import Records, open_records
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.models import load_settings
from tests.figures.factory import make_records, scope

ROOT = Path(__file__).parents[2]
YEAR = 2023
each_indicator = pytest.mark.parametrize("indicator", REGISTRY.values(), ids=lambda indicator: indicator.id)
COUNTED = {
    "accompagnes": "jeunes", "communes": "jeunes", "durees": "jeunes", "situations": "jeunes",
    "travail_de_rue": "jeunes", "presence_sociale": "jeunes", "clotures": "suivis", "alertes": "suivis",
    "demandes": "demandes", "orientations": "orientations", "problematiques": "problematiques",
}  # fmt: skip
"""Indicators whose total counts the rows of one table."""


@pytest.fixture(scope="module")
def settings_service() -> Scope:
    return Scope(YEAR, SERVICE, load_settings(ROOT / "params", YEAR).service)


@pytest.fixture(scope="module")
def records(settings_service: Scope) -> Records:
    return open_records(str(ROOT / "data" / "exemple"), settings_service.service)


@each_indicator
def test_each_says_which_rows_it_keeps_of_the_tables_that_it_reads(indicator: Indicator) -> None:
    used = indicator.used(make_records(), scope())
    assert indicator.filter
    assert set(indicator.tables) <= set(used) | {"jeunes", "suivis"}
    assert set(used) <= {table.name for table in TABLES}
    assert set(used.values()) == {0}


@pytest.mark.parametrize(("name", "table"), COUNTED.items())
def test_the_total_is_the_number_of_rows(name: str, table: str, records: Records, settings_service: Scope) -> None:
    indicator = REGISTRY[name]
    figures = indicator.compute(records, settings_service)
    column = "total" if "total" in set(figures["colonne"]) else "nombre"
    total = figures.loc[(figures["ligne"] == "total") & (figures["colonne"] == column), "valeur"].item()
    assert indicator.used(records, settings_service)[table] == total > 0


@pytest.mark.parametrize(
    "name", [one.id for one in REGISTRY.values() if one.scope != "service" and one.id != "socio_economique"]
)
def test_rows_of_the_territories_are_those_of_the_service(name: str, records: Records, settings_service: Scope) -> None:
    indicator = REGISTRY[name]
    parts = [
        indicator.used(records, Scope(YEAR, one, settings_service.service))
        for one in territories(settings_service.service)
    ]
    assert pd.DataFrame(parts).sum().to_dict() == indicator.used(records, settings_service)


def test_vintages_are_those_of_the_values_shown(records: Records, settings_service: Scope) -> None:
    indicator = REGISTRY["socio_economique"]
    assert indicator.texts is not None
    shown = indicator.texts(records, settings_service)["texte"].str[:4]
    assert indicator.vintages(records, settings_service) == f"de {shown.min()} à {shown.max()}"
