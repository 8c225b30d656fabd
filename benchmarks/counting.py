"""Counting a year for every territory at once, or each table of each territory: ``python benchmarks/counting.py``.

Made-up services of several sizes. CPU seconds of one process, records already read, of the declared tables alone, then
of all; both ways find the same figures.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from rlpipeline.demo import write_demo
from rlpipeline.figures import REGISTRY, SERVICE, Indicator, Scope, TableData, table_data, territories
from rlpipeline.figures.counting import count_indicator
from rlpipeline.records import Records, open_records
from rlpipeline.settings.models import Service, load_settings

COMMUNES = (3, 30, 100)
YEAR = 2023
Tables = Mapping[tuple[str, str], TableData]
Count = Callable[[Records, Service, Mapping[str, Indicator]], Tables]
CROSSED = {id: one for id, one in REGISTRY.items() if one.crossing}


def at_once(records: Records, service: Service, indicators: Mapping[str, Indicator]) -> Tables:
    """Count as a build does."""
    whole = Scope(YEAR, SERVICE, service)
    counted = {one.id: count_indicator(one, records, whole) for one in indicators.values()}
    return {(id, territory): data for id, tables in counted.items() for territory, data in tables.items()}


def one_by_one(records: Records, service: Service, indicators: Mapping[str, Indicator]) -> Tables:
    """Count each table of each territory by itself."""
    scopes = [Scope(YEAR, place, service) for place in (SERVICE, *territories(service))]
    wanted = [(one, scope) for one in indicators.values() for scope in scopes if one.concerns(scope)]
    return {(one.id, scope.territory): table_data(one, records, scope) for one, scope in wanted}


def seconds(
    count: Count, records: Records, service: Service, indicators: Mapping[str, Indicator]
) -> tuple[float, Tables]:
    """CPU seconds of a count, and what it found."""
    records.memo.clear()
    start = time.process_time()
    tables = count(records, service, indicators)
    return time.process_time() - start, tables


def main() -> None:
    """Print a line a size and a set of tables."""
    print(f"{'communes':>8}  {'tables':<9}  {'at once':>8}  {'one by one':>10}  {'ratio':>5}")
    for communes in COMMUNES:
        with tempfile.TemporaryDirectory() as folder:
            write_demo(Path(folder), communes, (YEAR - 1, YEAR))
            service = load_settings(Path(folder) / "params", YEAR).service
            records = open_records(f"{folder}/source", service)
        for name, indicators in (("declared", CROSSED), ("all", REGISTRY)):
            once, tables = seconds(at_once, records, service, indicators)
            each, expected = seconds(one_by_one, records, service, indicators)
            assert all(tables[key].figures.equals(expected[key].figures) for key in expected)
            print(f"{communes:>8}  {name:<9}  {once:>7.2f}s  {each:>9.2f}s  {each / once:>5.1f}", flush=True)


if __name__ == "__main__":
    main()
