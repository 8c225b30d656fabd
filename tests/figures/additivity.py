"""The check that territories add up to the service, for the tests on random and on demonstration records."""

from __future__ import annotations

import pandas as pd

from rlpipeline.figures import REGISTRY, SERVICE, Indicator, Scope, figures, territories
from rlpipeline.figures.tidy import OK
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service
from tests.figures.factory import SERVICE as SETTINGS

ADDITIVE = [indicator for indicator in REGISTRY.values() if indicator.additive]
CELL = ["ligne", "colonne", "unite"]


def of_service_and_of_parts(
    indicator: Indicator, records: Records, service: Service
) -> tuple[pd.DataFrame, pd.DataFrame]:
    whole = figures(indicator.id, records, Scope(2023, SERVICE, service))
    parts = [figures(indicator.id, records, Scope(2023, territory, service)) for territory in territories(service)]
    return _additive(indicator, whole), _additive(indicator, pd.concat(parts))


def _additive(indicator: Indicator, found: pd.DataFrame) -> pd.DataFrame:
    """One row per cell: the sum of what is known, whether all of it is."""
    kept = found[~found["colonne"].isin(indicator.not_additive) & indicator.additive].assign(
        known=lambda frame: frame["etat"] == OK
    )
    return kept.groupby(CELL).agg(valeur=("valeur", "sum"), known=("known", "all")).round(6)


def assert_adds_up(indicator: Indicator, records: Records, service: Service = SETTINGS) -> None:
    """A cell that no part shows (a rare age in one commune, a rare sex in another) is a known zero."""
    whole, parts = of_service_and_of_parts(indicator, records, service)
    shown = parts.reindex(whole.index).fillna({"valeur": 0.0, "known": True}).astype({"known": bool})
    pd.testing.assert_frame_equal(whole, shown, obj=indicator.id)
    assert parts.index.isin(whole.index).all()
