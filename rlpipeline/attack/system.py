"""Figures as unknowns of a linear system, and what the rules that the report prints say of each.

Equal figures are one unknown; what is left of a part beside its whole is one more. ``docs/protection.md`` works out a
table of three lines and three columns.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, diags_array, vstack
from scipy.sparse.csgraph import connected_components

from rlpipeline.attack.publications import CROSSED, MARGIN, Knowledge
from rlpipeline.declared import SERVICE, FigureKey
from rlpipeline.links import Constraint, Kind

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Places = npt.NDArray[np.intp]
Terms = tuple[tuple[int, float], ...]
"""Unknowns that are added up, each with its factor."""
Entry = tuple[int, int, float]
"""Line, column and factor of a matrix."""
FAR = 1e6
"""More than any figure about persons."""
EPSILON = 1e-6
THREE_VALUES = 2.0
"""Width that must stay for who knows the rules, and for who assumes the nearest multiple."""
MOST_STEPS = 4
"""Constraints between a figure that is too narrow and the exact one that makes it so, at most."""
PASSES = 40
"""Passes over the constraints at most: intervals only shrink, and a wider one is merely less of a deduction."""
SLACKENED = frozenset({"part", "reste", "choses"})
"""Kinds of constraints that leave something: their slack is an unknown of its own."""
SUM = Constraint((), 0.0, 0.0, "somme", "la somme de ce qui n'est pas exact")


class Box(NamedTuple):
    """The least and the greatest value of each unknown, or of each line."""

    low: Floats
    high: Floats

    def at(self, places: Places) -> Box:
        """Take some of them."""
        return Box(self.low[places], self.high[places])

    def copy(self) -> Box:
        """Give a box that may be changed."""
        return Box(self.low.copy(), self.high.copy())

    def extended(self, low: Floats, high: Floats) -> Box:
        """Add others behind."""
        lows = np.append(self.low, low)
        highs = np.append(self.high, high)
        return Box(lows, highs)

    def where(self, asked: Bools, other: Box) -> Box:
        """Take these bounds where asked, else those of the other."""
        low = np.where(asked, self.low, other.low)
        high = np.where(asked, self.high, other.high)
        return Box(low, high)

    def misses(self, values: Floats) -> Bools:
        """Mark the values that are not inside."""
        below: Bools = values < self.low - EPSILON
        above: Bools = values > self.high + EPSILON
        return below | above

    def around(self, values: Floats, width: Floats, asked: Bools) -> Box:
        """Keep, of what is asked, only what is so near to some values."""
        low = np.maximum(self.low, values - width)
        high = np.minimum(self.high, values + width)
        return Box(low, high).where(asked, self)


class Contradiction(Exception):  # noqa: N818 - an outcome, no error
    """What is known cannot all be true; ``places`` are unknowns that are left without a value."""

    def __init__(self, places: Iterable[int] = ()) -> None:
        super().__init__("Des chiffres publiés se contredisent.")
        self.places = [*places]


class _Halves(NamedTuple):
    """Constraints as « Σ factor × unknown ≤ bound »: line, column and factor of each term, bound of each line."""

    line: Places
    column: Places
    factor: Floats
    bound: Floats

    @property
    def raises(self) -> Bools:
        """Which terms grow with their unknown."""
        return self.factor > 0

    def room(self, within: Box) -> Floats:
        """Give what each term's unknown can be at most, or at least where its factor is negative."""
        low, high = within.at(self.column)
        least = self.factor * np.where(self.raises, low, high)
        left = self.bound - np.bincount(self.line, least, len(self.bound))
        room: Floats = (left[self.line] + least) / self.factor
        return room


@dataclass(frozen=True)
class LinearSystem:
    """``least <= matrix @ x <= most``: a column for each unknown, a line for each of the constraints.

    Parameters
    ----------
    index
        Unknown of each figure.
    rests
        Unknowns that are the slack of a constraint, with it.
    pairs, paired
        Things and persons: where there are none of the second there are none of the first; the constraint of each
        pair. What holds the other way round is a line.
    sums
        Unknowns that add others up, with their parts.
    judged
        What was found before of unknowns that depend on each other, by their constraints and bounds.
    """

    index: Mapping[FigureKey, int]
    matrix: csr_array
    least: Floats
    most: Floats
    constraints: tuple[Constraint, ...]
    rests: Mapping[int, Constraint]
    pairs: Places
    paired: tuple[Constraint, ...]
    sums: Mapping[int, tuple[int, ...]] = field(default_factory=dict)
    judged: dict[object, tuple[Floats, ...]] = field(default_factory=dict, compare=False)

    @classmethod
    def of(cls, keys: Iterable[FigureKey], constraints: Iterable[Constraint]) -> LinearSystem:
        """Number the unknowns of some figures and of the constraints between them."""
        distinct = {(each.terms, each.least, each.most): each for each in constraints}
        index, size = _numbered(keys, [*distinct.values()])
        lines: dict[tuple[Terms, float, float], Constraint] = {}
        pairs: dict[tuple[int, int], Constraint] = {}
        for constraint in distinct.values():
            terms = _added_up(constraint, index)
            if _is_pair(constraint):
                pairs |= dict.fromkeys(_pairs(constraint, index), constraint)
            elif terms:
                lines.setdefault((terms, constraint.least, constraint.most), constraint)
        entries: list[Entry] = []
        for line, (terms, *_) in enumerate(lines):
            entries += [(line, place, factor) for place, factor in terms]
        kept = tuple(lines.values())
        least = np.array([constraint.least for constraint in kept], "float64")
        most = np.array([constraint.most for constraint in kept], "float64")
        rests = dict[int, Constraint]()
        for line, constraint in enumerate(kept):
            if constraint.kind in SLACKENED:
                rest = size + len(rests)
                rests[rest] = constraint
                entries.append((line, rest, 1.0))
                least[line] = most[line] = 0.0
        matrix = _matrix(entries, len(lines), size + len(rests))
        places = np.array([*pairs], np.intp).reshape(-1, 2)
        paired = tuple(pairs.values())
        return cls(index, matrix, least, most, kept, rests, places, paired)

    @property
    def bounds(self) -> Box:
        """Least and most of each line."""
        return Box(self.least, self.most)

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return int(self.matrix.shape[1])

    @cached_property
    def every(self) -> Places:
        """All unknowns, in order."""
        return np.arange(self.size)

    @cached_property
    def figures(self) -> Mapping[int, FigureKey]:
        """A figure of each unknown that has one, the first."""
        return {place: key for key, place in reversed([*self.index.items()])}

    @cached_property
    def low(self) -> Floats:
        """Least value of each unknown, whatever is published: what is left of an assumed whole may be negative."""
        assumed = [rest for rest, constraint in self.rests.items() if constraint.assumed]
        return np.where(self.among(assumed), -FAR, 0.0)

    def among(self, places: Collection[int]) -> Bools:
        """Mark some unknowns."""
        return np.isin(self.every, [*places])

    def marked(self, keys: Iterable[FigureKey]) -> Bools:
        """Mark the unknowns of some figures."""
        return self.among([self.index[key] for key in keys])

    def slacks(self, kind: Kind) -> Bools:
        """Mark the slacks of constraints of one kind."""
        rests = self.rests.items()
        return self.among([rest for rest, constraint in rests if constraint.kind == kind])

    def without(self, constraints: Collection[Constraint]) -> LinearSystem:
        """Withdraw some constraints: of their line nothing is left."""
        gone = {*map(id, constraints)}
        stays = [float(id(each) not in gone) for each in self.constraints]
        matrix = csr_array(diags_array(stays) @ self.matrix)
        matrix.eliminate_zeros()
        kept = [pair for pair, each in enumerate(self.paired) if id(each) not in gone]
        pairs = self.pairs[kept]
        paired = tuple(self.paired[pair] for pair in kept)
        return replace(self, matrix=matrix, pairs=pairs, paired=paired)

    @cached_property
    def _parts(self) -> csr_array:
        """The parts of each sum."""
        is_sum = np.array([each.kind == "somme" for each in self.constraints], bool)
        parts = csr_array(self.matrix[is_sum] > 0)
        parts.eliminate_zeros()
        return parts

    def with_unions(self, exact: Bools) -> LinearSystem:
        """Add an unknown for the sum of what is not exact in a line, where some of it is."""
        sums = dict(enumerate(self._unions(exact), self.size))
        entries: list[Entry] = []
        for line, (place, parts) in enumerate(sums.items()):
            entries += [(line, part, -1.0) for part in parts]
            entries.append((line, place, 1.0))
        size = self.size + len(sums)
        stored = self.matrix.data, self.matrix.indices, self.matrix.indptr
        wider = csr_array(stored, shape=(len(self.least), size))
        matrix = csr_array(vstack([wider, _matrix(entries, len(sums), size)]))
        zeros = np.zeros(len(sums))
        least, most = self.bounds.extended(zeros, zeros)
        constraints = (*self.constraints, *[SUM] * len(sums))
        grown = replace(self, matrix=matrix, least=least, most=most)
        return replace(grown, constraints=constraints, sums=sums)

    def _unions(self, exact: Bools) -> list[tuple[int, ...]]:
        """List what is not exact together: two parts of a sum at least, not all of them."""
        hidden = csr_array(self._parts * ~exact)
        hidden.eliminate_zeros()
        number = np.diff(hidden.indptr)
        every = np.diff(self._parts.indptr)
        some = (number > 1) & (number < every)
        together: dict[tuple[int, ...], None] = {}
        for line in np.flatnonzero(some):
            start, end = hidden.indptr[line : line + 2]
            parts = hidden.indices[start:end].tolist()
            together.setdefault(tuple(sorted(parts)))
        return [*together]

    @cached_property
    def _halves(self) -> _Halves:
        """Each constraint as one or two upper bounds."""
        above = np.isfinite(self.most)
        below = np.isfinite(self.least)
        rows = csr_array(vstack([self.matrix[above], -self.matrix[below]]))
        bound = np.append(self.most[above], -self.least[below])
        every = np.arange(len(bound))
        line = np.repeat(every, np.diff(rows.indptr))
        column = rows.indices.astype(np.intp)
        return _Halves(line, column, rows.data, bound)

    def narrowed(self, within: Box) -> Box:
        """Give least and greatest whole value of each unknown that no single constraint forbids.

        Raises
        ------
        Contradiction
            Some unknown is left without a value.
        """
        for _ in range(PASSES):
            narrower = self._narrowed_once(within)
            apart = narrower.low > narrower.high
            if apart.any():
                raise Contradiction(places=np.flatnonzero(apart))
            if all(map(np.array_equal, narrower, within)):
                return within
            within = narrower
        return within

    def _narrowed_once(self, within: Box) -> Box:
        """Hold each interval against every constraint and every pair, once."""
        _, column, *_ = halves = self._halves
        room = halves.room(within)
        raises = halves.raises
        least, most = within.copy()
        np.minimum.at(most, column[raises], room[raises])
        np.maximum.at(least, column[~raises], room[~raises])
        things, persons = self.pairs.T
        most[things[most[persons] <= 0]] = 0.0
        present = persons[least[things] > 0]
        least[present] = np.maximum(least[present], 1.0)
        whole = Box(np.ceil(least - EPSILON), np.floor(most + EPSILON))
        low = np.where(least > within.low, whole.low, within.low)
        high = np.where(most < within.high, whole.high, within.high)
        return Box(low, high)

    def nearest(self, places: Iterable[int], accepted: Bools, within: Box) -> Iterator[list[int]]:
        """Give for each unknown the nearest accepted figures that narrow it; none beyond a few constraints."""
        narrowing = self._narrowing(within)
        for place in places:
            yield _first_met(place, narrowing, accepted)

    def _narrowing(self, within: Box) -> Callable[[int], list[int]]:
        """Tell of an unknown those beside it in the constraints that bind it, in all of its own where none does."""
        halves = self._halves
        line = halves.line
        column = halves.column
        low, high = within.at(column)
        farthest = np.where(halves.raises, high, low)
        binds = np.abs(halves.room(within) - farthest) < 0.5
        every = np.arange(len(halves.bound) + 1)
        starts = np.searchsorted(line, every).tolist()

        @cache
        def beside(unknown: int) -> list[int]:
            terms = np.flatnonzero(column == unknown)
            binding = terms[binds[terms]]
            if len(binding):
                terms = binding
            others = list[int]()
            for at in line[terms].tolist():
                start = starts[at]
                end = starts[at + 1]
                others += column[start:end].tolist()
            return others

        return beside

    def made_of(self, wholes: Bools, within: Bools) -> Bools:
        """Mark what figures are made of as well, and the things of the persons marked, among some."""
        of_one_whole = (self.matrix < 0).sum(axis=1) == 1
        rows = csr_array(self.matrix[np.flatnonzero(of_one_whole)])
        less = csr_array(rows < 0)
        more = csr_array(rows > 0)
        things, persons = self.pairs.T
        while True:
            asked = less @ wholes > 0
            parts: Bools = more.T @ asked > 0
            parts[things[(wholes | parts)[persons]]] = True
            parts &= within
            if not (parts & ~wholes).any():
                return wholes
            wholes = wholes | parts


def _numbered(
    keys: Iterable[FigureKey], constraints: Sequence[Constraint]
) -> tuple[dict[FigureKey, int], int]:
    """Number figures, equal ones alike; give how many unknowns they are."""
    named = dict.fromkeys(keys)
    for constraint in constraints:
        named |= dict.fromkeys(key for key, _ in constraint.terms)
    rank = {key: place for place, key in enumerate(named)}
    equal: list[Entry] = []
    for constraint in filter(_is_equality, constraints):
        (one, _), (other, _) = constraint.terms
        equal.append((rank[one], rank[other], 1.0))
    graph = _matrix(equal, len(named), len(named))
    _, same = connected_components(graph, directed=False)
    index = dict(zip(named, same.tolist(), strict=True))
    return index, int(same.max(initial=-1)) + 1


def _is_equality(constraint: Constraint) -> bool:
    """Whether two figures are the same, which no reader has to assume."""
    if len(constraint.terms) != 2 or constraint.assumed:
        return False
    (_, factor), (_, less) = constraint.terms
    return constraint.least == constraint.most == 0 and factor == -less


def _added_up(constraint: Constraint, index: Mapping[FigureKey, int]) -> Terms:
    """Add up the factors of each unknown; what cancels goes."""
    factors: dict[int, float] = defaultdict(float)
    for key, factor in constraint.terms:
        factors[index[key]] += factor
    return tuple(sorted(term for term in factors.items() if term[1]))


def _is_pair(constraint: Constraint) -> bool:
    """Whether it says that there are none of some things where there are none of some persons, one figure."""
    negative = [factor for _, factor in constraint.terms if factor < 0]
    return constraint.kind == "zéro" and len(negative) == 1


def _pairs(constraint: Constraint, index: Mapping[FigureKey, int]) -> list[tuple[int, int]]:
    """List each thing with the persons that it is of."""
    things = list[int]()
    for key, factor in constraint.terms:
        if factor > 0:
            things.append(index[key])
        else:
            persons = index[key]
    return [(thing, persons) for thing in things]


def _first_met(place: int, narrowing: Callable[[int], Sequence[int]], accepted: Bools) -> list[int]:
    """Go from an unknown over those that narrow it, step by step, to the first that are accepted."""
    near = [place]
    met = {place}
    for _ in range(MOST_STEPS):
        beside = dict.fromkeys(other for at in near for other in narrowing(at))
        near = [other for other in beside if other not in met]
        if found := [other for other in near if accepted[other]]:
            return found
        met.update(near)
    return []


def _matrix(entries: Sequence[Entry], height: int, width: int) -> csr_array:
    """Write a sparse matrix, of the entries that are not zero."""
    columns = np.array(entries, "float64").reshape(-1, 3)
    lines, places, factors = columns.T
    where = lines.astype(int), places.astype(int)
    return csr_array((factors, where), shape=(height, width))


@dataclass(frozen=True)
class Reading:
    """A linear system as somebody reads it who knows the rules that the report prints.

    Parameters
    ----------
    cells
        Unknown of each figure that is read.
    """

    known: Knowledge
    system: LinearSystem
    cells: Mapping[FigureKey, int]

    def about(self, place: int) -> tuple[FigureKey, ...]:
        """List the figures that an unknown is, adds up, or is what is left of."""
        system = self.system
        if place in system.sums:
            return tuple(system.figures[part] for part in system.sums[place])
        if place in system.rests:
            return tuple(key for key, _ in system.rests[place].terms)
        if place in system.figures:
            return (system.figures[place],)
        return ()

    @cached_property
    def threshold(self) -> Floats:
        """Least number that may be known, of each unknown: that of the least sensitive figure of several."""
        known = self.known
        thresholds = list[int]()
        for place in range(self.system.size):
            least = map(known.threshold, self.about(place))
            thresholds.append(min(least, default=known.seuil))
        return np.array(thresholds, float)

    @cached_property
    def rules(self) -> Mapping[FigureKey, str]:
        """What makes each figure exact."""
        return {key: self.known.rule(key) for key in self.cells}

    def ruled_by(self, *wanted: str) -> Bools:
        """Mark the unknowns that some rules make exact."""
        return self.system.marked(key for key, rule in self.rules.items() if rule in wanted)

    @cached_property
    def margin(self) -> Bools:
        """Which unknowns are margins."""
        return self.ruled_by(MARGIN)

    @cached_property
    def crossed(self) -> Bools:
        """Which unknowns are crossed cells of the service's tables, or cells of actions."""
        return self.ruled_by(CROSSED)

    def table(self, key: FigureKey) -> tuple[object, ...]:
        """Name the table that a zero is rounded with, where one of its figures is small: an action is one by itself."""
        action = key.colonne if key.indicateur in self.known.links.actions else ""
        return (key.indicateur, key.annee, action)

    @cached_property
    def tables(self) -> Mapping[tuple[object, ...], list[int]]:
        """List the unknowns of each table of the service, and again, under ``CROSSED``, those of its crossed cells."""
        tables: dict[tuple[object, ...], dict[int, None]] = defaultdict(dict)
        for key, rule in self.rules.items():
            place = self.cells[key]
            table = self.table(key)
            if key.territoire == SERVICE:
                tables[*table, ""][place] = None
            if rule == CROSSED:
                tables[*table, CROSSED][place] = None
        return {name: [*places] for name, places in tables.items()}


def is_wide(low: Floats, high: Floats, threshold: Floats, width: Floats) -> Bools:
    """Say which intervals protect a figure: wide enough, or every small number is in them."""
    every_small: Bools = (low <= 1) & (high >= threshold - 1)
    wide_enough: Bools = high - low >= width
    return wide_enough | every_small


def too_narrow(low: Floats, high: Floats, threshold: Floats, width: Floats) -> Bools:
    """Say which figures are known too well, and may be small."""
    may_be_small: Bools = (low < threshold) & (high >= 1)
    return ~is_wide(low, high, threshold, width) & may_be_small
