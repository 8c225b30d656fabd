"""Every table of a year, for every territory at once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pandas as pd

from rlpipeline.figures.crossing import Crossing
from rlpipeline.figures.indicator import Indicator
from rlpipeline.figures.registry import REGISTRY
from rlpipeline.figures.scope import SERVICE, Scope, territories
from rlpipeline.figures.slices import of_scope
from rlpipeline.figures.tables import CSV_COLUMNS, TableData, table_data, table_of
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service

Tables = Mapping[tuple[str, str], TableData]
"""Tables of a year by indicator and territory."""


def count_year(
    records: Records, year: int, service: Service, indicators: Mapping[str, Indicator] = REGISTRY
) -> Tables:
    """Count every table of a year for every territory at once.

    Returns
    -------
    Tables by (indicator, territory), in the order of the registry, the service first. An indicator of the service alone
    has its table alone.
    """
    whole = Scope(year, SERVICE, service)
    tables: dict[tuple[str, str], TableData] = {}
    for indicator in indicators.values():
        places = [one for one in scopes(whole) if indicator.concerns(one)]
        if indicator.crossing:
            tables |= _crossed(indicator, indicator.crossing, of_scope(records, whole), places)
        else:
            tables |= {(indicator.id, one.territory): table_data(indicator.id, records, one) for one in places}
    return tables


def scopes(whole: Scope) -> Iterator[Scope]:
    """Give the scope of the service, then that of each of its territories."""
    yield whole
    yield from (replace(whole, territory=one) for one in territories(whole.service))


def _crossed(indicator: Indicator, crossing: Crossing, records: Records, places: list[Scope]) -> Tables:
    """Count a crossing once, and part its figures by territory."""
    counted = crossing.count(records, places[0], [one.territory for one in places])
    figures = counted.assign(
        indicateur=pd.Series(indicator.id, index=counted.index, dtype="str"),
        annee=pd.Series(places[0].year, index=counted.index, dtype="int64"),
    )[[*CSV_COLUMNS]]
    starts = figures.groupby("territoire", sort=False).indices
    parts = {place: figures.iloc[rows].reset_index(drop=True) for place, rows in starts.items()}
    return {(indicator.id, one.territory): table_of(indicator, parts[one.territory], records, one) for one in places}
