"""Figures as unknowns: equal figures are one, what is left of a part beside its whole is one more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array, vstack

from rlpipeline.declared import FigureKey
from rlpipeline.links import Row

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]
FAR = 1e6
"""More than any figure about persons."""
EPSILON = 1e-6
MOST_ROWS = 4
"""Rows between a figure that is too narrow and the exact one that makes it so, at most."""
PASSES = 40
"""Passes over the rows at most: intervals only shrink, and a wider one is merely less of a deduction."""


@dataclass(frozen=True)
class System:
    """``least <= matrix @ x <= most``, one column an unknown.

    Parameters
    ----------
    index
        Unknown of each figure.
    sources
        What each row of the matrix states.
    rests
        Unknown of what is left, for each row that has one: unknown to row.
    pairs
        Things and the persons concerned, one line a pair: one is zero where the other is.
    paired
        What states each pair.
    """

    index: Mapping[FigureKey, int]
    matrix: csr_array
    least: Floats
    most: Floats
    sources: tuple[Row, ...]
    rests: Mapping[int, int]
    pairs: Places
    paired: tuple[Row, ...]

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return int(self.matrix.shape[1])

    @cached_property
    def figures(self) -> Mapping[int, FigureKey]:
        """A figure of each unknown that has one, the first."""
        return {place: key for key, place in reversed([*self.index.items()])}

    @cached_property
    def low(self) -> Floats:
        """Least value of each unknown, whatever is published: what is left of an assumed whole may be negative."""
        low = np.zeros(self.size)
        for rest, line in self.rests.items():
            low[rest] = -FAR if self.sources[line].assumed else 0.0
        return low

    def without(self, rows: Collection[Row]) -> System:
        """Withdraw some rows."""
        gone = {id(row) for row in rows}
        kept = [line for line, row in enumerate(self.sources) if id(row) not in gone]
        places = {line: place for place, line in enumerate(kept)}
        rests = {rest: places[line] for rest, line in self.rests.items() if line in places}
        pairs = [pair for pair, row in enumerate(self.paired) if id(row) not in gone]
        return System(
            self.index,
            csr_array(self.matrix[kept]),
            self.least[kept],
            self.most[kept],
            tuple(self.sources[line] for line in kept),
            rests,
            self.pairs[pairs],
            tuple(self.paired[pair] for pair in pairs),
        )

    def adding(self, sums: Sequence[Sequence[int]]) -> tuple[System, Places]:
        """Add an unknown for each sum of unknowns; give their places too."""
        fresh = np.arange(self.size, self.size + len(sums))
        entries = [(line, place, -1.0) for line, places in enumerate(sums) for place in places]
        entries += [(line, int(place), 1.0) for line, place in enumerate(fresh)]
        size = self.size + len(sums)
        matrix = csr_array(
            (self.matrix.data, self.matrix.indices, self.matrix.indptr), shape=(self.matrix.shape[0], size)
        )
        none = np.zeros(len(sums))
        row = Row((), 0.0, 0.0, "somme", "la somme de ce qui n'est pas exact")
        grown = System(
            self.index,
            csr_array(vstack([matrix, _matrix(entries, len(sums), size)])),
            np.concatenate([self.least, none]),
            np.concatenate([self.most, none]),
            (*self.sources, *[row] * len(sums)),
            self.rests,
            self.pairs,
            self.paired,
        )
        return grown, fresh


def _matrix(entries: Sequence[tuple[int, int, float]], height: int, width: int) -> csr_array:
    lines, places, factors = zip(*entries, strict=True) if entries else ((), (), ())
    return csr_array(
        (np.array(factors, dtype="float64"), (np.array(lines, int), np.array(places, int))), shape=(height, width)
    )


def system(keys: Iterable[FigureKey], rows: Iterable[Row]) -> System:
    """Number the unknowns of some figures and of the rows between them."""
    stated = [*{(row.terms, row.least, row.most): row for row in rows}.values()]
    named = dict.fromkeys([*keys, *(key for row in stated for key, _ in row.terms)])
    parent: dict[FigureKey, FigureKey] = {key: key for key in named}

    def root(key: FigureKey) -> FigureKey:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for row in stated:
        opposed = len(row.terms) == 2 and row.terms[0][1] == -row.terms[1][1]
        if opposed and row.least == row.most == 0 and not row.assumed:
            parent[root(row.terms[1][0])] = root(row.terms[0][0])
    numbers: dict[FigureKey, int] = {}
    index = {key: numbers.setdefault(root(key), len(numbers)) for key in named}
    lines: dict[tuple[tuple[tuple[int, float], ...], float, float], Row] = {}
    pairs: dict[tuple[int, int], Row] = {}
    for row in stated:
        added: dict[int, float] = {}
        for key, factor in row.terms:
            added[index[key]] = added.get(index[key], 0.0) + factor
        left = tuple(sorted((place, factor) for place, factor in added.items() if factor))
        if row.kind == "zéro":
            pairs.setdefault((index[row.terms[0][0]], index[row.terms[1][0]]), row)
        elif left:
            lines.setdefault((left, row.least, row.most), row)
    size, entries, rests = len(numbers), [], {}
    least, most = np.zeros(len(lines)), np.zeros(len(lines))
    for line, ((terms, low, high), row) in enumerate(lines.items()):
        entries += [(line, place, factor) for place, factor in terms]
        if row.kind == "part":
            entries.append((line, size, 1.0))
            rests[size] = line
            size += 1
        else:
            least[line], most[line] = low, high
    matrix = _matrix(entries, len(lines), size)
    paired = np.array([*pairs], dtype=np.intp).reshape(-1, 2)
    return System(index, matrix, least, most, tuple(lines.values()), rests, paired, tuple(pairs.values()))


class Contradiction(Exception):  # noqa: N818 - an outcome, no error
    """What is known cannot all be true; ``places`` are unknowns that are left without a value."""

    def __init__(self, said: str = "", places: Sequence[int] | Places = ()) -> None:
        super().__init__(said)
        self.places = frozenset(map(int, places))


def narrowed(stated: System, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Give least and greatest whole value of each unknown that no single row forbids.

    Raises
    ------
    Contradiction
        No value is left for some unknown.
    """
    rows = _at_most(stated)
    for _ in range(PASSES):
        least, most = _together(stated.pairs, *_pass(rows, low, high))
        least = np.where(least > low, np.ceil(least - EPSILON), low)
        most = np.where(most < high, np.floor(most + EPSILON), high)
        if (least > most).any():
            raise Contradiction(places=np.flatnonzero(least > most))
        if np.array_equal(least, low) and np.array_equal(most, high):
            break
        low, high = least, most
    return low, high


@dataclass(frozen=True)
class AtMost:
    """``matrix @ x <= bounds``, one entry of ``line``, ``column`` and ``factor`` a term."""

    line: Places
    column: Places
    factor: Floats
    bounds: Floats


def _at_most(stated: System) -> AtMost:
    above, below = np.isfinite(stated.most), np.isfinite(stated.least)
    both = csr_array(vstack([stated.matrix[above], -stated.matrix[below]]))
    line = np.repeat(np.arange(both.shape[0]), np.diff(both.indptr))
    return AtMost(
        line, both.indices.astype(np.intp), both.data, np.concatenate([stated.most[above], -stated.least[below]])
    )


def _pass(rows: AtMost, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """Bound each term of each row by what the least values of its other terms leave."""
    positive = rows.factor > 0
    least_term = rows.factor * np.where(positive, low[rows.column], high[rows.column])
    least_sum = np.bincount(rows.line, least_term, len(rows.bounds))
    room = (rows.bounds[rows.line] - least_sum[rows.line] + least_term) / rows.factor
    least, most = low.copy(), high.copy()
    np.minimum.at(most, rows.column[positive], room[positive])
    np.maximum.at(least, rows.column[~positive], room[~positive])
    return least, most


def _together(pairs: Places, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """No thing without a person concerned, no person without a thing."""
    for one, other in (pairs.T, pairs[:, ::-1].T):
        high[other[high[one] <= 0]] = 0.0
        present = other[low[one] > 0]
        low[present] = np.maximum(low[present], 1.0)
    return low, high


def unions(stated: System, exact: Bools) -> list[tuple[int, ...]]:
    """List the sums of the figures of a line that are not exact, where some of the line are."""
    found: dict[tuple[int, ...], None] = {}
    for line, row in enumerate(stated.sources):
        if row.kind == "somme":
            span = slice(stated.matrix.indptr[line], stated.matrix.indptr[line + 1])
            parts = stated.matrix.indices[span][stated.matrix.data[span] > 0]
            hidden = tuple(sorted(parts[~exact[parts]].tolist()))
            if 1 < len(hidden) < len(parts):
                found.setdefault(hidden)
    return [*found]


def made_of(stated: System, wholes: Bools, within: Bools) -> Bools:
    """Mark what figures are made of as well, and the things of the persons marked, as far as these are among some."""
    rows_of = csr_array(stated.matrix[np.flatnonzero((stated.matrix < 0).sum(axis=1) == 1)])
    less, more = csr_array(rows_of < 0).astype(float), csr_array(rows_of > 0).astype(float)
    things, persons = stated.pairs.T
    while True:
        parts = np.asarray(more.T @ ((less @ wholes.astype(float)) > 0).astype(float) > 0)
        parts[things[(wholes | parts)[persons]]] = True
        parts &= within
        if not (parts & ~wholes).any():
            return wholes
        wholes = wholes | parts


class Neighbours:
    """Which figures make another too narrow, row by row."""

    def __init__(self, stated: System, low: Floats, high: Floats) -> None:
        self._rows, self._columns = stated.matrix, csc_array(stated.matrix)
        self._stated, self._low, self._high = stated, low, high

    def of(self, unknown: int, accepted: Bools, *, further: bool = False) -> list[int]:
        """Give the nearest accepted figures that narrow one, or those a row further as well; none beyond a few rows."""
        near, met, found = [unknown], {unknown}, list[int]()
        for _ in range(MOST_ROWS):
            reached = dict.fromkeys(other for place in near for other in self._narrowing(place))
            near = [other for other in reached if other not in met]
            last, found = bool(found), [*found, *(other for other in near if accepted[other])]
            if last or (found and not further):
                break
            met.update(near)
        return found

    def _narrowing(self, unknown: int) -> Iterator[int]:
        """List the other figures of the rows that bound an unknown as it is bounded, else of all of its rows."""
        lines = self._columns.indices[self._columns.indptr[unknown] : self._columns.indptr[unknown + 1]].tolist()
        binding = [line for line in lines if self._binds(line, unknown)] or lines
        for line in binding:
            span = slice(self._rows.indptr[line], self._rows.indptr[line + 1])
            yield from (int(other) for other in self._rows.indices[span] if other != unknown)

    def _binds(self, line: int, unknown: int) -> bool:
        span = slice(self._rows.indptr[line], self._rows.indptr[line + 1])
        terms, factors = self._rows.indices[span], self._rows.data[span]
        own = terms == unknown
        factor = factors[own][0]
        lows, highs = factors * self._low[terms], factors * self._high[terms]
        least, most = np.minimum(lows, highs)[~own].sum(), np.maximum(lows, highs)[~own].sum()
        ends = sorted(((self._stated.most[line] - least) / factor, (self._stated.least[line] - most) / factor))
        return bool(abs(ends[0] - self._low[unknown]) < 0.5 or abs(ends[1] - self._high[unknown]) < 0.5)
