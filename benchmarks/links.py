"""Links that nobody declared, among the shared figures of random services: ``python -m benchmarks.links --sets 2000``.

Two years of each service are counted. Every declared row must hold in all of them; every ``A ≤ B`` and ``A + B = C``
that holds in all of them must follow from the rows, else it is a link to declare. To be run again when a table is
declared, or crosses something else.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.optimize import linprog
from scipy.sparse import csr_array, vstack

from rlpipeline.attack.system import Bools, Floats, System, system
from rlpipeline.declared import FigureKey
from rlpipeline.links import TOTAL, Row, Tables, rows, rows_between_years
from rlpipeline.protection.classes import spelled
from tests.figures.factory import SERVICE as SETTINGS
from tests.links.random_figures import CLASSES, LINKS, YEAR, Values, always, is_broken, services, stated

MOST = 1e4
"""More than any figure of these services."""


def of_service(seed: int) -> tuple[Values, Sequence[str]]:
    """Count two years of a random service, and list the rows that do not hold there."""
    every, known = stated(next(services(1, seed)))
    return known, [f"{seed} : {_equation(row)}" for row in every if always(row) and is_broken(row, known)]


def _equation(row: Row) -> str:
    return f"{' '.join(f'{factor:+g} {named(key)}' for key, factor in row.terms)} ({row.kind}, {row.why})"


def named(key: FigureKey) -> str:
    """Name a figure."""
    return "/".join(map(str, key))


def figures(sets: int, jobs: int) -> pd.DataFrame:
    """Count the figures of random services, one line a service, one column a figure; a code not shown is a zero."""
    with ProcessPoolExecutor(jobs) as pool:
        every = [*pool.map(of_service, range(sets), chunksize=8)]
    for broken in (line for _, lines in every for line in lines):
        print("ne tient pas :", broken)
    return pd.DataFrame([known for known, _ in every]).fillna(0.0)


def stated_of(keys: Sequence[FigureKey]) -> System:
    """Compile the rows between all figures of both years."""
    tables = Tables(LINKS, dict.fromkeys(keys, True), spelled(CLASSES))
    of_years = (
        rows(Tables(LINKS, {key: True for key in keys if key.annee == year}, tables.classes), SETTINGS.commune_codes)
        for year in (YEAR, YEAR - 1)
    )
    return system(keys, [row for stated in (*of_years, rows_between_years(tables)) for row in stated if always(row)])


class Implied:
    """What follows from rows."""

    def __init__(self, stated: System) -> None:
        equal, above, below = (
            np.flatnonzero(np.isfinite(side)) for side in (stated.most + stated.least, stated.most, stated.least)
        )
        self._stated = stated
        self._rows = csr_array(vstack([stated.matrix[above], -stated.matrix[below]]))
        self._bounds = np.concatenate([stated.most[above], -stated.least[below]])
        dense = stated.matrix[equal].toarray()
        _, sizes, right = np.linalg.svd(dense, full_matrices=False)
        self._span = right[sizes > 1e-9]
        self._below = self._closed()

    def _closed(self) -> Bools:
        """Say of each pair of unknowns whether the first is a part of a part … of the second."""
        size = self._stated.size
        reached = np.eye(size, dtype=bool)
        matrix = self._stated.matrix
        for line in range(matrix.shape[0]):
            span = slice(matrix.indptr[line], matrix.indptr[line + 1])
            places, factors = matrix.indices[span], matrix.data[span]
            wholes = places[factors < 0]
            if len(wholes) == 1 and self._stated.most[line] == 0:
                reached[places[factors > 0], wholes[0]] = True
        while True:
            further = reached | (reached.astype(np.float32) @ reached.astype(np.float32) > 0)
            if (further == reached).all():
                return np.asarray(reached)
            reached = further

    def at_most(self, part: int, whole: int) -> bool:
        """Whether the rows say that a figure is at most another."""
        if self._below[part, whole]:
            return True
        price = np.zeros(self._stated.size)
        price[part], price[whole] = -1.0, 1.0
        solved = linprog(price, self._rows, self._bounds, bounds=(0, MOST), method="highs")
        return bool(solved.status == 0 and solved.fun > -0.5)

    def zero(self, factors: Floats) -> bool:
        """Whether the rows say that a sum is zero."""
        return bool(np.abs(factors - self._span.T @ (self._span @ factors)).max() < 1e-6)


def undeclared(counts: pd.DataFrame) -> Iterator[str]:
    """List the relations between two or three figures that hold throughout and do not follow from the rows."""
    keys = [key for key in map(FigureKey._make, counts.columns) if counts[tuple(key)].any() and not _own(key)]
    stated = stated_of(keys)
    first = {stated.index[key]: key for key in reversed(keys)}
    places = [*first]
    values = counts[[tuple(first[place]) for place in places]].to_numpy("float64")
    implied = Implied(stated)
    for one, place in enumerate(places):
        for other in np.flatnonzero((values[:, [one]] <= values).all(axis=0)):
            if other != one and not implied.at_most(place, places[other]):
                yield f"{named(first[place])} ≤ {named(first[places[other]])}"
    draw = np.random.default_rng(0)
    marks = (values.T @ draw.integers(1, 2**40, len(values))).astype(np.int64)
    whole_of = {int(mark): at for at, mark in enumerate(marks)}
    for one in range(len(places)):
        for other in range(one, len(places)):
            whole = whole_of.get(int(marks[one] + marks[other]))
            if whole is None or not (values[:, one] + values[:, other] == values[:, whole]).all():
                continue
            factors = np.zeros(stated.size)
            for at, factor in ((one, 1.0), (other, 1.0), (whole, -1.0)):
                factors[places[at]] += factor
            if not implied.zero(factors):
                yield f"{named(first[places[one]])} + {named(first[places[other]])} = {named(first[places[whole]])}"


def _own(key: FigureKey) -> bool:
    """Say whether a figure is about one action, which no other service has."""
    return key.indicateur in LINKS.actions and key.colonne != TOTAL


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", type=int, default=2000)
    parser.add_argument("--jobs", type=int, default=1)
    parser.add_argument("--count", action="store_true", help="count alone, for another day")
    parser.add_argument("--kept", type=Path, help="file of the figures, counted where it is not there")
    options = parser.parse_args()
    if options.kept and options.kept.exists():
        kept = pd.read_pickle(options.kept)
    else:
        kept = figures(options.sets, options.jobs)
        if options.kept:
            kept.to_pickle(options.kept)
    if options.count:
        return
    found = [*undeclared(kept)]
    print(*found, f"{len(kept)} services, {len(found)} relations que rien ne déclare", sep="\n")


if __name__ == "__main__":
    main()
