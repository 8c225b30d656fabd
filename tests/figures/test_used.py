"""The rows that each indicator says it counts, held against the figures that it gives."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.figures import REGISTRY, SERVICE, Scope
from rlpipeline.records import Records, open_records
from rlpipeline.settings.models import load_settings

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


@pytest.mark.parametrize(("name", "table"), COUNTED.items())
def test_the_total_is_the_number_of_rows(name: str, table: str, records: Records, settings_service: Scope) -> None:
    indicator = REGISTRY[name]
    figures = indicator.compute(records, settings_service)
    column = "total" if "total" in set(figures["colonne"]) else "nombre"
    total = figures.loc[(figures["ligne"] == "total") & (figures["colonne"] == column), "valeur"].item()
    assert indicator.used(records, settings_service)[table] == total > 0
