"""What the published figures give away row by row, and which exact figure is rounded so that they do not."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from scipy.sparse import csc_array, csr_array, vstack

from rlpipeline.protection.constraints import Relations
from rlpipeline.protection.narrowing import at_most, narrowed
from rlpipeline.protection.unknowns import Bools, Floats

FAR = 4
"""Rows between a figure that is too narrow and the exact one that makes it so, at most."""


class Deductions:
    """What anyone deduces from the least and greatest value that each published figure stands for."""

    def __init__(self, links: Relations, low: Floats, high: Floats) -> None:
        matrix = csr_array(vstack([links.equalities, links.inequalities]))
        least = np.concatenate([np.zeros(links.equalities.shape[0]), np.full(len(links.bounds), -np.inf)])
        rows = at_most(matrix, least, np.concatenate([np.zeros(links.equalities.shape[0]), links.bounds]))
        self.low, self.high = narrowed(rows, links.pairs, low, high)
        self._bounds = rows.bounds
        self._rows = csr_array((rows.factor, (rows.line, rows.column)), shape=(len(rows.bounds), len(low)))

    def narrow(self, width: Floats, threshold: Floats) -> Bools:
        """Say which figures are known too well: within less than their width, and possibly below their threshold."""
        narrow = (self.high - self.low < width - 1e-6) & (self.low < threshold) & (self.high > 0.5)
        return np.asarray(narrow)

    def blamed(self, unknown: int, may_round: Bools, importance: Floats) -> int | None:
        """Give the least important exact figure that makes one too narrow, None where none that may be rounded does."""
        near, met, by_column = [unknown], {unknown}, csc_array(self._rows)
        for _ in range(FAR):
            reached = dict.fromkeys(other for one in near for other in self._narrowing(one, by_column))
            fresh = [other for other in reached if other not in met]
            exact = [other for other in fresh if may_round[other]]
            if exact:
                return min(exact, key=lambda other: importance[other])
            met.update(fresh)
            near = fresh
        return None

    def _narrowing(self, unknown: int, by_column: csc_array) -> Iterator[int]:
        """List the figures of the rows that bound an unknown as it is bounded."""
        for line in by_column.indices[by_column.indptr[unknown] : by_column.indptr[unknown + 1]]:
            span = slice(self._rows.indptr[line], self._rows.indptr[line + 1])
            terms, factors = self._rows.indices[span], self._rows.data[span]
            least = np.where(factors > 0, factors * self.low[terms], factors * self.high[terms])
            own = terms == unknown
            room = (self._bounds[line] - least[~own].sum()) / factors[own][0]
            end = self.high[unknown] if factors[own][0] > 0 else self.low[unknown]
            if np.isfinite(room) and abs(room - end) < 0.5:
                yield from terms[~own].tolist()
