"""A table of a year, for every territory at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from rlpipeline.figures.crossing import Crossing
from rlpipeline.figures.entered import entered
from rlpipeline.figures.indicator import Indicator
from rlpipeline.figures.scope import SERVICE, Scope, territories
from rlpipeline.figures.tables import CSV_COLUMNS, TableData, table_data, table_of
from rlpipeline.records.frames import Records


def count_indicator(
    indicator: Indicator, records: Records, whole: Scope, territory: str = ""
) -> Mapping[str, TableData]:
    """Count one table of a year.

    Parameters
    ----------
    whole
        Year and service.
    territory
        The only one to count; every one by default.

    Returns
    -------
    Tables by territory, the service first; an indicator of the service alone has that one, one that does not exist
        none.
    """
    places = _places(indicator, records, whole, territory)
    if places and indicator.crossing:
        return _crossed(indicator, indicator.crossing, entered(records, whole), places)
    return {one.territory: table_data(indicator, records, one) for one in places}


def rows_counted(
    indicator: Indicator, records: Records, whole: Scope, territory: str = ""
) -> Mapping[str, Mapping[str, int | None]]:
    """Give the number of rows counted of each table of the records by territory, None for one that is absent."""
    recorded = entered(records, whole)
    places = _places(indicator, records, whole, territory)
    if places and indicator.crossing:
        used = _rows_by_territory(indicator.crossing, recorded, places)
    else:
        used = {one.territory: indicator.used(recorded, one) for one in places}
    present = records.present
    return {
        place: {table: number if table in present else None for table, number in of_place.items()}
        for place, of_place in used.items()
    }


def _places(indicator: Indicator, records: Records, whole: Scope, territory: str) -> list[Scope]:
    """Give the scopes that a table is counted for; none where it does not exist."""
    if not indicator.exists(records, whole.service):
        return []
    places = [replace(whole, territory=territory)] if territory else scopes(whole)
    return [one for one in places if indicator.concerns(one)]


def scopes(whole: Scope) -> Iterator[Scope]:
    """Give the scope of the service, then that of each of its territories."""
    yield whole
    yield from (replace(whole, territory=one) for one in territories(whole.service))


def _rows_by_territory(crossing: Crossing, records: Records, places: list[Scope]) -> Mapping[str, Mapping[str, int]]:
    evidence = crossing.population.evidence(records, places[0])
    counts = {table: {SERVICE: len(rows), **rows.value_counts()} for table, rows in evidence.items()}
    return {
        one.territory: {table: int(of_table.get(one.territory, 0)) for table, of_table in counts.items()}
        for one in places
    }


def _crossed(
    indicator: Indicator, crossing: Crossing, records: Records, places: list[Scope]
) -> Mapping[str, TableData]:
    """Count a crossing once, and part its figures by territory."""
    counted = crossing.count(records, places[0], [one.territory for one in places])
    figures = counted.assign(
        indicateur=pd.Series(indicator.id, index=counted.index, dtype="str"),
        annee=pd.Series(places[0].year, index=counted.index, dtype="int64"),
    )[[*CSV_COLUMNS]]
    sizes = counted["territoire"].value_counts(sort=False)
    last = dict(zip(sizes.index, sizes.cumsum(), strict=True))
    parts = {place: figures.iloc[last[place] - sizes[place] : last[place]] for place in last}
    nothing = figures.iloc[:0]  # a variable of the settings may have no code
    return {
        one.territory: table_of(indicator, parts.get(one.territory, nothing).reset_index(drop=True), records, one)
        for one in places
    }
