"""Records counted into a store, or in memory, as the notebook of counts does it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rlpipeline.figures import SERVICE, Scope, TableData
from rlpipeline.figures.cells import package_tables
from rlpipeline.figures.crossing import CountedTable
from rlpipeline.figures.notebook import Counts, count_table
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service
from tests.declared import INDICATORS
from tests.figures.factory import SERVICE as SERVICE_SETTINGS


def counts_of(
    records: Records, service: Service, *years: int, added: Mapping[str, CountedTable] | None = None
) -> Counts:
    """Give what counts our tables, and some of the service's."""
    return Counts(records, service, years, dict(package_tables()), added or {})


def stored(records: Records, service: Service, directory: Path, *years: int) -> Path:
    """Write the figures of years, and give their folder."""
    counts_of(records, service, *years).write(str(directory / "figures"))
    return directory / "figures"


def source_of(
    records: Records,
    added: Mapping[str, CountedTable] | None = None,
    service: Service = SERVICE_SETTINGS,
) -> Counts:
    """Give figures of records, each table counted as it is asked for."""
    return counts_of(records, service, added=added)


def count_year(
    records: Records,
    year: int,
    service: Service,
    indicators: Mapping[str, CountedTable] = INDICATORS,
) -> Mapping[tuple[str, str], TableData]:
    """Count every table of a year, by indicator and territory."""
    whole = Scope(year, SERVICE, service)
    counted = {one.id: count_table(one, records, whole) for one in indicators.values()}
    return {
        (id, territory): data
        for id, tables in counted.items()
        for territory, data in tables.items()
    }
