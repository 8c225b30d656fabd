"""The unknowns of one table, and the terms of the sums over them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np

from rlpipeline.figures import REGISTRY
from rlpipeline.protection.unknowns import Bools

RARE = frozenset(
    variable.rare for one in REGISTRY.values() if one.crossing for variable in one.crossing.variables if variable.rare
)
"""Codes that a table shows only where someone is counted: elsewhere they are a zero."""
Term = tuple[int, float]


class Table:
    """The unknowns of one table, by line and column; those that are partial are absent, and noted."""

    def __init__(self, cells: Mapping[tuple[str, str], int], partial: Bools) -> None:
        self.partial = {where for where, place in cells.items() if partial[place]}
        self.known = {where: place for where, place in cells.items() if where not in self.partial}
        self.lines = tuple(dict.fromkeys(line for line, _ in cells))
        self.columns = tuple(dict.fromkeys(column for _, column in cells))

    def __getitem__(self, where: tuple[str, str]) -> int | None:
        return self.known.get(where)

    def terms(self, cells: Iterable[tuple[str, str]]) -> list[Term] | None:
        """Give the terms of a sum; None where one of them is not known, a rare code apart."""
        found: list[Term] = []
        for where in cells:
            place = self.known.get(where)
            if place is not None:
                found.append((place, 1.0))
            elif where in self.partial or not RARE & {*where}:
                return None
        return found


NOTHING = Table({}, np.zeros(0, dtype=bool))
"""A table that is not there."""
