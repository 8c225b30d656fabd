"""Figures to protect, made by hand or counted on random records, and what a reader can infer of a cell."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, milp

from rlpipeline.disclosure.classes import regroup
from rlpipeline.disclosure.protection import Protected
from rlpipeline.disclosure.relations import Relations, relations
from rlpipeline.disclosure.unknowns import Cell, Registry, register
from rlpipeline.indicators import CSV_COLUMNS, REGISTRY, SERVICE, Scope, figures, territories
from rlpipeline.params import Service
from rlpipeline.records.frames import Records

YEAR = 2023
AGES = ("moins_11", "11_14", "15_18", "19_21", "plus_21")
Exact = dict[tuple[str, str], pd.DataFrame]


def exact_of(records: Records, service: Service, year: int = YEAR, only: frozenset[str] = frozenset()) -> Exact:
    """Every figure of a year, or those of a few indicators."""
    return {
        (one.id, place): figures(one.id, records, Scope(year, place, service))
        for one in REGISTRY.values()
        for place in (SERVICE, *territories(service))
        if (not only or one.id in only) and one.concerns(Scope(year, place, service))
    }


def frame(
    indicator: str, territory: str, table: Mapping[str, Mapping[str, float]], unit: str = "jeunes"
) -> pd.DataFrame:
    """Figures of one table from ``{line: {column: number}}``; NaN is not communicated."""
    rows = [
        (indicator, YEAR, territory, line, column, number, unit, "nc" if np.isnan(number) else "ok")
        for line, columns in table.items()
        for column, number in columns.items()
    ]
    return pd.DataFrame(rows, columns=list(CSV_COLUMNS)).astype({"valeur": "float64"})


def sexed(indicator: str, territory: str, girls: tuple[int, ...], boys: tuple[int, ...]) -> pd.DataFrame:
    """A table by age and sex, nobody new, from the numbers of each age."""
    lines = {age: {"F": f, "G": g, "total": f + g, "nouveaux": 0} for age, f, g in zip(AGES, girls, boys, strict=True)}
    columns = ("F", "G", "total", "nouveaux")
    total = {column: sum(line[column] for line in lines.values()) for column in columns}
    return frame(indicator, territory, {**lines, "total": total})


def by_territory(parts: Mapping[str, pd.DataFrame]) -> Exact:
    """One indicator for its territories and their sum."""
    indicator = next(iter(parts.values()))["indicateur"].iloc[0]
    whole = pd.concat(parts.values()).groupby(["ligne", "colonne"], sort=False, as_index=False)["valeur"].sum()
    first = next(iter(parts.values())).drop(columns="valeur").assign(territoire=SERVICE)
    service = first.merge(whole, on=["ligne", "colonne"])[list(CSV_COLUMNS)]
    return {(indicator, SERVICE): service} | {(indicator, place): part for place, part in parts.items()}


def values(protected: Protected, indicator: str, territory: str = SERVICE) -> dict[tuple[str, str], float]:
    """Numbers of a table as published, NaN where masked."""
    of_table = protected.figures.query("indicateur == @indicator and territoire == @territory")
    return {
        (line, column): value
        for line, column, value in of_table[["ligne", "colonne", "valeur"]].itertuples(index=False)
    }


class Reader:
    """Someone who has what is published and knows how it was counted and rounded."""

    def __init__(self, exact: Exact, protected: Protected, service: Service, base: int = 5) -> None:
        edition = regroup(exact, protected.regrouped)
        self.registry: Registry = register(edition)
        self.links: Relations = relations(edition, self.registry, service, {})
        shown = {
            Cell(*key): value
            for *key, value in protected.figures[[*CSV_COLUMNS[:5], "valeur"]].itertuples(index=False, name=None)
        }
        size = len(self.registry.unknowns)
        self.low, self.high = np.zeros(size), np.full(size, np.inf)
        for cell, place in self.registry.cells.items():
            slack = base - 1 if cell in protected.rounded else 0
            if cell in protected.masked or np.isnan(shown.get(cell, np.nan)):
                continue
            self.low[place] = max(self.low[place], shown[cell] - slack)
            self.high[place] = min(self.high[place], shown[cell] + slack)

    def range_of(self, cell: Cell) -> tuple[float, float]:
        """Least and greatest number that the cell can be."""
        return self._extreme(cell, 1.0), self._extreme(cell, -1.0)

    def _extreme(self, cell: Cell, sign: float) -> float:
        size = len(self.low)
        wish = np.zeros(size)
        wish[self.registry.cells[cell]] = sign
        whole = self.registry.values == np.round(self.registry.values)
        found = milp(
            wish,
            constraints=[
                LinearConstraint(self.links.equalities, 0, 0),
                LinearConstraint(self.links.inequalities, -np.inf, self.links.bounds),
            ],
            integrality=whole.astype(int),
            bounds=Bounds(self.low, np.minimum(self.high, 1000)),
        )
        assert found.x is not None, f"{cell}: {found.message}"
        return float(np.round(found.x[self.registry.cells[cell]]))


def assert_open(reader: Reader, protected: Protected, cells: list[Cell], base: int = 5) -> None:
    """Each of the cells is open, for this reader, as the design asks, or plainly zero."""
    for cell in cells:
        least, greatest = reader.range_of(cell)
        if cell in protected.primary:
            assert least == 0 and greatest >= protected.primary[cell], (cell, least, greatest)
        elif cell in protected.masked:
            assert least < greatest, (cell, least, greatest)
        else:
            assert greatest == 0 or greatest - least >= base - 1, (cell, least, greatest)
