"""Rows about things (time, actions, requests, assessments), which are of the commune that they name."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from rlpipeline.figures.population import SameObject, in_year
from rlpipeline.figures.scope import Scope, territory_of_things

Positions = np.ndarray[tuple[int], np.dtype[np.intp]]
NO_ROWS: Positions = np.empty(0, dtype=np.intp)


def things(table: pd.DataFrame, scope: Scope) -> pd.DataFrame:
    """Keep the rows of a year and a territory.

    Parameters
    ----------
    table
        Rows with ``commune``, and ``date`` or else ``annee``.

    Returns
    -------
    Rows and columns of ``table``, in its order.

    Notes
    -----
    A table is parted once a year for all territories: a thousand of them do not look through it a thousand times.
    """
    of_year, parts = parted(SameObject(table), scope.year, scope.service.commune_codes)
    return of_year if scope.is_service else of_year.iloc[parts.get(scope.territory, NO_ROWS)]


@lru_cache(maxsize=64)
def parted(
    table: SameObject[pd.DataFrame], year: int, codes: tuple[str, ...]
) -> tuple[pd.DataFrame, dict[str, Positions]]:
    """Give the rows of a year, and the positions of each territory's among them."""
    frame = table.value
    of_year = frame[in_year(frame["date"], year) if "date" in frame else frame["annee"] == year]
    places = territory_of_things(of_year["commune"], codes).to_numpy(dtype=object)
    parts = of_year.groupby(places, sort=False).indices
    return of_year, {str(code): np.asarray(rows, dtype=np.intp) for code, rows in parts.items()}
