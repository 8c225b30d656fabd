"""Figures as unknowns: equal figures are one, what is left of a part beside its whole is one more."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, diags_array, vstack
from scipy.sparse.csgraph import connected_components

from rlpipeline.attack.publications import CROSSED, MARGIN, Knowledge
from rlpipeline.declared import SERVICE, FigureKey
from rlpipeline.links import Kind, Row

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

    def __init__(self, places: Iterable[int] = ()) -> None:
        super().__init__("Des chiffres publiés se contredisent.")
        self.places = [*places]


@dataclass(frozen=True)
class System:
    """``least <= matrix @ x <= most``: one column an unknown, ``index`` names those of figures; one line a source.

    ``rests`` are the unknowns of what a row leaves, with their row, ``sums`` those that add others up, with the parts.
    Of a pair of things and persons, which ``paired`` states, there are none of the first where there are none of the
    second; what holds the other way round is a row.
    ``judged`` is what was found before of unknowns that depend on each other, by their rows and bounds.
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
    judged: dict[object, tuple[Floats, ...]] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, keys: Iterable[FigureKey], rows: Iterable[Row]) -> System:
        """Number the unknowns of some figures and of the rows between them."""
        stated = [*{(row.terms, row.least, row.most): row for row in rows}.values()]
        named = dict.fromkeys([*keys, *(key for row in stated for key, _ in row.terms)])
        ranks = {key: rank for rank, key in enumerate(named)}
        twos = (
            row.terms
            for row in stated
            if len(row.terms) == 2 and row.least == row.most == 0 and not row.assumed
        )
        equal = [
            (ranks[one], ranks[other], 1.0)
            for (one, factor), (other, less) in twos
            if factor == -less
        ]
        same = connected_components(_matrix(equal, len(named), len(named)), directed=False)[1]
        index = dict(zip(named, same.tolist(), strict=True))
        lines: dict[tuple[tuple[tuple[int, float], ...], float, float], Row] = {}
        pairs: dict[tuple[int, int], Row] = {}
        for row in stated:
            added: dict[int, float] = {}
            for key, factor in row.terms:
                added[index[key]] = added.get(index[key], 0.0) + factor
            left = tuple(sorted((place, factor) for place, factor in added.items() if factor))
            persons = [key for key, factor in row.terms if factor < 0]
            if row.kind == "zéro" and len(persons) == 1:
                things = (key for key, factor in row.terms if factor > 0)
                pairs |= {(index[thing], index[persons[0]]): row for thing in things}
            elif left:
                lines.setdefault((left, row.least, row.most), row)
        size, entries, rests = int(same.max(initial=-1)) + 1, [], {}
        least, most = np.zeros(len(lines)), np.zeros(len(lines))
        for line, ((terms, low, high), row) in enumerate(lines.items()):
            entries += [(line, place, factor) for place, factor in terms]
            if row.kind in {"part", "reste", "choses"}:
                entries.append((line, size, 1.0))
                rests[size] = line
                size += 1
            else:
                least[line], most[line] = low, high
        paired = np.array([*pairs], dtype=np.intp).reshape(-1, 2)
        matrix = _matrix(entries, len(lines), size)
        return cls(
            index,
            matrix,
            least,
            most,
            tuple(lines.values()),
            rests,
            paired,
            tuple(pairs.values()),
            {},
        )

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
        assumed = [rest for rest, line in self.rests.items() if self.sources[line].assumed]
        return np.where(np.isin(np.arange(self.size), assumed), -FAR, 0.0)

    @cached_property
    def _parts(self) -> csr_array:
        sums = [line for line, row in enumerate(self.sources) if row.kind == "somme"]
        parts = csr_array(self.matrix[sums] > 0)
        parts.eliminate_zeros()
        return parts

    def marked(self, keys: Iterable[FigureKey]) -> Bools:
        """Mark the unknowns of some figures."""
        return np.isin(np.arange(self.size), [self.index[key] for key in keys])

    def left(self, kind: Kind) -> Bools:
        """Mark what rows of one kind leave."""
        rests = [rest for rest, line in self.rests.items() if self.sources[line].kind == kind]
        return np.isin(np.arange(self.size), rests)

    def without(self, rows: Collection[Row]) -> System:
        """Withdraw some rows: of their line nothing is left."""
        gone = {id(row) for row in rows}
        kept = np.array([id(row) not in gone for row in self.sources], dtype="float64")
        pairs = [pair for pair, row in enumerate(self.paired) if id(row) not in gone]
        matrix, paired = (
            csr_array(diags_array(kept) @ self.matrix),
            tuple(self.paired[pair] for pair in pairs),
        )
        matrix.eliminate_zeros()
        return replace(self, matrix=matrix, pairs=self.pairs[pairs], paired=paired)

    def with_unions(self, exact: Bools) -> System:
        """Add an unknown for the sum of what is not exact in a line, where some of it is."""
        hidden = csr_array(self._parts * ~exact)
        hidden.eliminate_zeros()
        number, every = np.diff(hidden.indptr), np.diff(self._parts.indptr)
        spans = (
            slice(*hidden.indptr[line : line + 2])
            for line in np.flatnonzero((number > 1) & (number < every))
        )
        found = dict.fromkeys(tuple(sorted(hidden.indices[span].tolist())) for span in spans)
        sums = dict(enumerate(found, self.size))
        entries = [(line, place, -1.0) for line, parts in enumerate(found) for place in parts]
        entries += [(line, place, 1.0) for line, place in enumerate(sums)]
        size, stored = (
            self.size + len(sums),
            (self.matrix.data, self.matrix.indices, self.matrix.indptr),
        )
        wider = csr_array(stored, shape=(len(self.least), size))
        return replace(
            self,
            matrix=csr_array(vstack([wider, _matrix(entries, len(sums), size)])),
            least=np.append(self.least, np.zeros(len(sums))),
            most=np.append(self.most, np.zeros(len(sums))),
            sources=(*self.sources, *[SUM] * len(sums)),
            sums=sums,
        )

    @cached_property
    def _halves(self) -> tuple[Places, Places, Floats, Floats]:
        """Rows as « Σ factor × figure ≤ bound »: line, column and factor of each term, bound of each line."""
        above, below = np.isfinite(self.most), np.isfinite(self.least)
        rows = csr_array(vstack([self.matrix[above], -self.matrix[below]]))
        lines = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
        return (
            lines,
            rows.indices.astype(np.intp),
            rows.data,
            np.concatenate([self.most[above], -self.least[below]]),
        )

    def _room(self, low: Floats, high: Floats) -> Floats:
        """Give what each term of the halves can be at most, or at least where its factor is negative."""
        line, column, factor, bounds = self._halves
        least = factor * np.where(factor > 0, low[column], high[column])
        return np.asarray(
            (bounds[line] - np.bincount(line, least, len(bounds))[line] + least) / factor
        )

    def narrowed(self, low: Floats, high: Floats) -> Box:
        """Give least and greatest whole value of each unknown that no single row forbids, or raise a contradiction."""
        _, column, factor, _ = self._halves
        positive, (things, persons) = factor > 0, self.pairs.T
        for _ in range(PASSES):
            room, least, most = self._room(low, high), low.copy(), high.copy()
            np.minimum.at(most, column[positive], room[positive])
            np.maximum.at(least, column[~positive], room[~positive])
            most[things[most[persons] <= 0]] = 0.0
            present = persons[least[things] > 0]
            least[present] = np.maximum(least[present], 1.0)
            least = np.where(least > low, np.ceil(least - EPSILON), low)
            most = np.where(most < high, np.floor(most + EPSILON), high)
            if (least > most).any():
                raise Contradiction(places=np.flatnonzero(least > most))
            if np.array_equal(least, low) and np.array_equal(most, high):
                break
            low, high = least, most
        return low, high

    def nearest(
        self, places: Iterable[int], accepted: Bools, low: Floats, high: Floats
    ) -> Iterator[list[int]]:
        """Give for each unknown the nearest accepted figures that narrow it, row by row; none beyond a few rows."""
        line, column, factor, bounds = self._halves
        binds = (
            np.abs(self._room(low, high) - np.where(factor > 0, high[column], low[column])) < 0.5
        )
        ends = np.searchsorted(line, np.arange(len(bounds) + 1))

        @cache
        def narrowing(unknown: int) -> list[int]:
            own = np.flatnonzero(column == unknown)
            lines = line[own[binds[own]] if binds[own].any() else own]
            return [
                other for at in lines.tolist() for other in column[ends[at] : ends[at + 1]].tolist()
            ]

        for place in places:
            near, met, found = [place], {place}, list[int]()
            for _ in range(MOST_ROWS):
                near = [
                    *dict.fromkeys(
                        other for at in near for other in narrowing(at) if other not in met
                    )
                ]
                if found := [other for other in near if accepted[other]]:
                    break
                met.update(near)
            yield found

    def made_of(self, wholes: Bools, within: Bools) -> Bools:
        """Mark what figures are made of as well, and the things of the persons marked, among some."""
        rows_of = csr_array(self.matrix[np.flatnonzero((self.matrix < 0).sum(axis=1) == 1)])
        less, more = csr_array(rows_of < 0).astype(float), csr_array(rows_of > 0).astype(float)
        things, persons = self.pairs.T
        while True:
            parts = np.asarray(more.T @ ((less @ wholes.astype(float)) > 0).astype(float) > 0)
            parts[things[(wholes | parts)[persons]]] = True
            parts &= within
            if not (parts & ~wholes).any():
                return wholes
            wholes = wholes | parts


def _matrix(entries: Sequence[tuple[int, int, float]], height: int, width: int) -> csr_array:
    lines, places, factors = zip(*entries, strict=True) if entries else ((), (), ())
    where = np.array(lines, int), np.array(places, int)
    return csr_array((np.array(factors, dtype="float64"), where), shape=(height, width))


@dataclass(frozen=True)
class Ruled:
    """Unknowns under the rules that the report prints, and the figures that are among them."""

    known: Knowledge
    system: System
    cells: Mapping[FigureKey, int]

    def about(self, place: int) -> tuple[FigureKey, ...]:
        """List the figures that an unknown is, adds up, or is what is left of."""
        if place in self.system.sums:
            return tuple(self.system.figures[part] for part in self.system.sums[place])
        if place in self.system.rests:
            return tuple(key for key, _ in self.system.sources[self.system.rests[place]].terms)
        return (self.system.figures[place],) if place in self.system.figures else ()

    @cached_property
    def threshold(self) -> Floats:
        """Least number that may be known, of each unknown: that of the least sensitive figure of several."""
        about = (self.about(place) for place in range(self.system.size))
        return np.array(
            [min(map(self.known.threshold, keys), default=self.known.seuil) for keys in about],
            float,
        )

    @cached_property
    def rules(self) -> Mapping[FigureKey, str]:
        """What makes each figure exact."""
        return {key: self.known.rule(key) for key in self.cells}

    @cached_property
    def margin(self) -> Bools:
        """Which unknowns are margins."""
        return self.system.marked(key for key, rule in self.rules.items() if rule == MARGIN)

    def table(self, key: FigureKey) -> tuple[object, ...]:
        """Name the table that a zero is rounded with, where one of its figures is small: an action is one by itself."""
        return (*key[:2], key.colonne if key.indicateur in self.known.links.actions else "")

    @cached_property
    def tables(self) -> Mapping[tuple[object, ...], list[int]]:
        """List the unknowns of each table of the service, and again, under ``CROSSED``, those of its crossed cells."""
        tables: dict[tuple[object, ...], dict[int, None]] = {}
        for key, rule in self.rules.items():
            for kind in ([""] if key.territoire == SERVICE else []) + (
                [CROSSED] if rule == CROSSED else []
            ):
                tables.setdefault((*self.table(key), kind), {}).setdefault(self.cells[key])
        return {name: [*places] for name, places in tables.items()}


def is_wide(low: Floats, high: Floats, threshold: Floats, width: Floats) -> Bools:
    """Say which intervals protect a figure: wide enough, or every small number is in them."""
    return np.asarray((high - low >= width) | ((low <= 1) & (high >= threshold - 1)))


def too_narrow(low: Floats, high: Floats, threshold: Floats, width: Floats) -> Bools:
    """Say which figures are known too well, and may be small."""
    return np.asarray(~is_wide(low, high, threshold, width) & (low < threshold) & (high >= 1))
