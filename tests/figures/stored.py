"""Records counted into a store, or in memory, as the notebook of counts does it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rlpipeline.figures import REGISTRY, SERVICE, Indicator, Scope, TableData
from rlpipeline.figures.calculation import Calculation
from rlpipeline.figures.counting import count_indicator
from rlpipeline.figures.own import Declaration
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service
from tests.figures.factory import SERVICE as SERVICE_SETTINGS


def stored(records: Records, service: Service, directory: Path, *years: int) -> Path:
    """Write the figures of years, and give their folder."""
    Calculation(records, service, years).write(str(directory / "figures"))
    return directory / "figures"


def source_of(records: Records, declared: tuple[Declaration, ...] = ()) -> Calculation:
    """Give figures of records, each table counted as it is asked for; the service comes with each scope."""
    return Calculation(records, SERVICE_SETTINGS, (), declared)


def count_year(
    records: Records, year: int, service: Service, indicators: Mapping[str, Indicator] = REGISTRY
) -> Mapping[tuple[str, str], TableData]:
    """Count every table of a year, by indicator and territory."""
    whole = Scope(year, SERVICE, service)
    counted = {one.id: count_indicator(one, records, whole) for one in indicators.values()}
    return {(id, territory): data for id, tables in counted.items() for territory, data in tables.items()}
