"""Rows about things (time, actions, requests, assessments), which are of the commune that they name."""

from __future__ import annotations

import numpy as np
import pandas as pd

from rlpipeline.figures.population import in_year
from rlpipeline.figures.scope import Scope, territory_of_things
from rlpipeline.records.frames import Records

Positions = np.ndarray[tuple[int], np.dtype[np.intp]]
NO_ROWS: Positions = np.empty(0, dtype=np.intp)


def things(records: Records, table: str, scope: Scope) -> pd.DataFrame:
    """Keep the rows of a table of a year and a territory.

    Parameters
    ----------
    table
        One whose rows have ``commune``, and ``date`` or else ``annee``.

    Returns
    -------
    Its rows and columns, in its order.

    Notes
    -----
    A table is parted once a year for all territories: a thousand of them do not look through it a thousand times.
    """
    key = ("parted", table, scope.year, scope.service.commune_codes)
    of_year, parts = records.once(key, lambda: _parted(records[table], scope))
    return of_year if scope.is_service else of_year.iloc[parts.get(scope.territory, NO_ROWS)]


def located(records: Records, table: str, scope: Scope) -> pd.DataFrame:
    """Keep the same rows, and write their ``territoire``."""
    rows = things(records, table, scope)
    return rows.assign(territoire=territory_of_things(rows["commune"], scope.service.commune_codes))


def _parted(frame: pd.DataFrame, scope: Scope) -> tuple[pd.DataFrame, dict[str, Positions]]:
    """Give the rows of a year, and the positions of each territory's among them."""
    of_year = frame[in_year(frame["date"], scope.year) if "date" in frame else frame["annee"] == scope.year]
    places = territory_of_things(of_year["commune"], scope.service.commune_codes).to_numpy(dtype=object)
    parts = of_year.groupby(places, sort=False).indices
    return of_year, {str(code): np.asarray(rows, dtype=np.intp) for code, rows in parts.items()}
