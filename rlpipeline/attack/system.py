"""Figures as unknowns: equal figures are one, what is left of a part beside its whole is one more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array, vstack

from rlpipeline.declared import FigureKey
from rlpipeline.links import Row

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]
Box = tuple[Floats, Floats]
"""Least and greatest value of each unknown."""
FAR = 1e6
"""More than any figure about persons."""
EPSILON = 1e-6
THREE_VALUES = 2.0
"""Width that must stay for who knows the rules, and for who assumes the nearest multiple."""
MOST_ROWS = 4
"""Rows between a figure that is too narrow and the exact one that makes it so, at most."""
PASSES = 40
"""Passes over the rows at most: intervals only shrink, and a wider one is merely less of a deduction."""
SUM = Row((), 0.0, 0.0, "somme", "la somme de ce qui n'est pas exact")


class Contradiction(Exception):  # noqa: N818 - an outcome, no error
    """What is known cannot all be true; ``places`` are unknowns that are left without a value."""

    def __init__(self, said: str = "", places: Sequence[int] | Places = ()) -> None:
        super().__init__(said)
        self.places = frozenset(map(int, places))


@dataclass(frozen=True)
class System:
    """``least <= matrix @ x <= most``: one column an unknown, ``index`` names those of figures; one line a source.

    ``rests`` are the unknowns of what a row leaves, with their row, ``sums`` those that add others up, with the parts.
    Of a pair of things and the persons concerned, which ``paired`` states, one is zero where the other is.
    """

    index: Mapping[FigureKey, int]
    matrix: csr_array
    least: Floats
    most: Floats
    sources: tuple[Row, ...]
    rests: Mapping[int, int]
    pairs: Places
    paired: tuple[Row, ...]
    sums: Mapping[int, tuple[int, ...]]

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
        low[[rest for rest, line in self.rests.items() if self.sources[line].assumed]] = -FAR
        return low

    @cached_property
    def _parts(self) -> csr_array:
        sums = [line for line, row in enumerate(self.sources) if row.kind == "somme"]
        parts = csr_array(self.matrix[sums] > 0)
        parts.eliminate_zeros()
        return parts

    def terms(self, line: int) -> tuple[Places, Floats]:
        """Give the unknowns of a row, and their factors."""
        span = slice(self.matrix.indptr[line], self.matrix.indptr[line + 1])
        return self.matrix.indices[span].astype(np.intp), self.matrix.data[span]

    def marked(self, keys: Iterable[FigureKey]) -> Bools:
        """Mark the unknowns of some figures."""
        marks = np.zeros(self.size, dtype=bool)
        marks[[self.index[key] for key in keys]] = True
        return marks

    def without(self, rows: Collection[Row]) -> System:
        """Withdraw some rows."""
        gone = {id(row) for row in rows}
        kept = [line for line, row in enumerate(self.sources) if id(row) not in gone]
        pairs = [pair for pair, row in enumerate(self.paired) if id(row) not in gone]
        places = {line: place for place, line in enumerate(kept)}
        return replace(
            self,
            matrix=csr_array(self.matrix[kept]),
            least=self.least[kept],
            most=self.most[kept],
            sources=tuple(self.sources[line] for line in kept),
            rests={rest: places[line] for rest, line in self.rests.items() if line in places},
            pairs=self.pairs[pairs],
            paired=tuple(self.paired[pair] for pair in pairs),
        )

    def with_unions(self, exact: Bools) -> System:
        """Add an unknown for the sum of what is not exact in a line, where some of it is."""
        hidden = csr_array(self._parts * ~exact)
        hidden.eliminate_zeros()
        number, every = np.diff(hidden.indptr), np.diff(self._parts.indptr)
        spans = (slice(*hidden.indptr[line : line + 2]) for line in np.flatnonzero((number > 1) & (number < every)))
        found = dict.fromkeys(tuple(sorted(hidden.indices[span].tolist())) for span in spans)
        sums = dict(enumerate(found, self.size))
        entries = [(line, place, -1.0) for line, parts in enumerate(sums.values()) for place in parts]
        entries += [(line, place, 1.0) for line, place in enumerate(sums)]
        height, size = self.matrix.shape[0], self.size + len(sums)
        wider = csr_array((self.matrix.data, self.matrix.indices, self.matrix.indptr), shape=(height, size))
        return replace(
            self,
            matrix=csr_array(vstack([wider, _matrix(entries, len(sums), size)])),
            least=np.append(self.least, np.zeros(len(sums))),
            most=np.append(self.most, np.zeros(len(sums))),
            sources=(*self.sources, *[SUM] * len(sums)),
            sums=sums,
        )


def _matrix(entries: Sequence[tuple[int, int, float]], height: int, width: int) -> csr_array:
    lines, places, factors = zip(*entries, strict=True) if entries else ((), (), ())
    where = np.array(lines, int), np.array(places, int)
    return csr_array((np.array(factors, dtype="float64"), where), shape=(height, width))


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
    paired = np.array([*pairs], dtype=np.intp).reshape(-1, 2)
    matrix = _matrix(entries, len(lines), size)
    return System(index, matrix, least, most, tuple(lines.values()), rests, paired, tuple(pairs.values()), {})


def narrowed(stated: System, low: Floats, high: Floats) -> Box:
    """Give least and greatest whole value of each unknown that no single row forbids, or raise a contradiction."""
    above, below = np.isfinite(stated.most), np.isfinite(stated.least)
    rows = csr_array(vstack([stated.matrix[above], -stated.matrix[below]]))
    bounds = np.concatenate([stated.most[above], -stated.least[below]])
    line, column, factor = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr)), rows.indices, rows.data
    positive = factor > 0
    for _ in range(PASSES):
        least_term = factor * np.where(positive, low[column], high[column])
        room = (bounds[line] - np.bincount(line, least_term, len(bounds))[line] + least_term) / factor
        least, most = low.copy(), high.copy()
        np.minimum.at(most, column[positive], room[positive])
        np.maximum.at(least, column[~positive], room[~positive])
        for first, second in (stated.pairs.T, stated.pairs[:, ::-1].T):
            most[second[most[first] <= 0]] = 0.0
            present = second[least[first] > 0]
            least[present] = np.maximum(least[present], 1.0)
        least = np.where(least > low, np.ceil(least - EPSILON), low)
        most = np.where(most < high, np.floor(most + EPSILON), high)
        if (least > most).any():
            raise Contradiction(places=np.flatnonzero(least > most))
        if np.array_equal(least, low) and np.array_equal(most, high):
            break
        low, high = least, most
    return low, high


def is_wide(low: Floats, high: Floats, threshold: Floats, width: Floats) -> Bools:
    """Say which intervals protect a figure: wide enough, or every small number is in them."""
    return np.asarray((high - low >= width) | ((low <= 1) & (high >= threshold - 1)))


def too_narrow(low: Floats, high: Floats, threshold: Floats, width: Floats) -> Bools:
    """Say which figures are known too well, and may be small."""
    return np.asarray(~is_wide(low, high, threshold, width) & (low < threshold) & (high >= 1))


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


@dataclass(frozen=True)
class Neighbours:
    """Which figures make another too narrow, row by row."""

    stated: System
    low: Floats
    high: Floats

    def of(self, unknown: int, accepted: Bools) -> list[int]:
        """Give the nearest accepted figures that narrow one; none beyond a few rows."""
        near, met = [unknown], {unknown}
        for _ in range(MOST_ROWS):
            reached = dict.fromkeys(other for place in near for other in self._narrowing(place))
            near = [other for other in reached if other not in met]
            if found := [other for other in near if accepted[other]]:
                return found
            met.update(near)
        return []

    @cached_property
    def _columns(self) -> csc_array:
        return csc_array(self.stated.matrix)

    def _narrowing(self, unknown: int) -> Iterator[int]:
        lines = self._columns.indices[self._columns.indptr[unknown] : self._columns.indptr[unknown + 1]].tolist()
        for line in [line for line in lines if self._binds(line, unknown)] or lines:
            yield from (int(other) for other in self.stated.terms(line)[0] if other != unknown)

    def _binds(self, line: int, unknown: int) -> bool:
        terms, factors = self.stated.terms(line)
        own = terms == unknown
        factor = factors[own][0]
        lows, highs = factors * self.low[terms], factors * self.high[terms]
        least, most = np.minimum(lows, highs)[~own].sum(), np.maximum(lows, highs)[~own].sum()
        ends = sorted(((self.stated.most[line] - least) / factor, (self.stated.least[line] - most) / factor))
        return bool(abs(ends[0] - self.low[unknown]) < 0.5 or abs(ends[1] - self.high[unknown]) < 0.5)
