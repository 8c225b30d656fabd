"""The attack: what an intruder learns from one or several releases, and whether that is too much.

Three intruders look at the same figures: one takes each rounded figure for any number that its base allows; one also
knows which rule makes a figure exact or rounded; one assumes that each was rounded to the nearest multiple.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from rlpipeline.attack.possible import Spans, find_spans, nearest_possible, untrue
from rlpipeline.attack.publications import (
    CROSSED,
    Document,
    Facts,
    Knowledge,
    PublishedFigures,
    constraints_of,
    read,
)
from rlpipeline.attack.system import (
    FAR,
    THREE_VALUES,
    Bools,
    Box,
    Contradiction,
    Floats,
    LinearSystem,
    Places,
    Reading,
)
from rlpipeline.declared import SERVICE, FigureKey
from rlpipeline.links import TOTAL, Constraint

PUBLISHED = "publié"
Interval = tuple[float, float]


@dataclass(frozen=True)
class Failure:
    """Something that is known too well, between two bounds: a figure, or the sum or difference of several.

    Its kind is ``publié``, ``corrigé``, ``arrondi``, ``reste``, ``réunion`` or ``groupe``. Cures are exact figures
    near by that nobody has yet: rounding one opens it, unless another way leads to it.
    """

    about: tuple[FigureKey, ...]
    kind: str
    least: float
    greatest: float
    sentence: str
    cures: tuple[FigureKey, ...] = ()

    def __str__(self) -> str:
        return self.sentence

    @property
    def order(self) -> tuple[object, ...]:
        """What is worse comes first: what can be computed, then what is published as it is, the narrowest first."""
        return self.kind == PUBLISHED, self.greatest - self.least, self.about

    def is_as_narrow_as(self, other: Failure) -> bool:
        """Whether it tells as much of the same as another, or more."""
        return self.least >= other.least and self.greatest <= other.greatest


@dataclass(frozen=True)
class Attacked:
    """What the attack found: how many figures, rests and sums of hidden figures it judged, what stands against it.

    A contradiction is why nothing can be said. Withdrawn is what corrected records make untrue between two releases,
    left aside by name; lost, what earlier releases give away by themselves, as narrowly: it cannot be taken back.
    """

    judged: int
    failures: tuple[Failure, ...] = ()
    undecided: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()
    contradiction: str = ""
    withdrawn: tuple[str, ...] = ()
    lost: tuple[Failure, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing stands against a release: what is not known to be safe does."""
        return not (self.failures or self.undecided or self.unread or self.contradiction)


def interval(least: float, greatest: float) -> str:
    """Say between which whole numbers something lies; what is left of an assumed whole may be less than nothing."""
    greatest += 0.0  # a zero has no sign
    if least == greatest:
        return f"exactement, {greatest:g}"
    if least <= 0:
        return f"au plus {greatest:g}"
    return f"de {least:g} à {greatest:g}"


def attack(publications: Sequence[PublishedFigures], known: Knowledge) -> Attacked:
    """Attack publications, oldest first, all at once: earlier releases too, recalled or not, said to be released."""
    documents = _telling(read(publications, known))
    unread = sum((document.unread for document in documents), ())
    if not any(document.facts for document in documents):
        return Attacked(0, unread=unread)
    again = _released_again(documents)
    attacked = replace(_attacked(documents, again, known), unread=unread)
    former = [document for document in documents if document.publication.released]
    is_new = any(not publication.released for publication in publications)
    if attacked.failures and former and is_new:
        return _without_lost(attacked, _attacked(former, again, known))
    return attacked


def _released_again(documents: Iterable[Document]) -> frozenset[int]:
    """List the years that several documents are about."""
    times = Counter(chain.from_iterable(document.years for document in documents))
    return frozenset(year for year, number in times.items() if number > 1)


def _telling(documents: Iterable[Document]) -> list[Document]:
    """Leave out documents by which nothing more is known of their years than by one before: they may withdraw some."""
    telling = list[Document]()
    latest = dict[frozenset[int], Facts]()
    for document in documents:
        already = latest.get(document.years)
        if already is None or not document.facts.items() <= already.items():
            telling.append(document)
            latest[document.years] = document.facts
    return telling


def _without_lost(attacked: Attacked, before: Attacked) -> Attacked:
    """Set aside what earlier releases give away by themselves as narrowly."""
    known = {(failure.about, failure.kind): failure for failure in before.failures}
    kept = list[Failure]()
    lost = list[Failure]()
    for failure in attacked.failures:
        former = known.get((failure.about, failure.kind))
        is_lost = former is not None and former.is_as_narrow_as(failure)
        (lost if is_lost else kept).append(failure)
    return replace(attacked, failures=tuple(kept), lost=tuple(lost))


def _attacked(documents: Sequence[Document], again: frozenset[int], known: Knowledge) -> Attacked:
    """Attack documents; that they contradict each other is an outcome."""
    try:
        return _Attack.of_publications(documents, again, known).run()
    except Contradiction as problem:
        return Attacked(0, contradiction=str(problem))


@dataclass
class _KnownValues:
    """What publications say of each unknown, put together one figure after the other, the oldest first.

    Parameters
    ----------
    floor
        Least value whatever is published: what is left of an assumed whole may be negative.
    low, high
        Where it lies.
    shown, base
        Number published last, NaN where none is, and its base.
    given
        Whether everybody has it exactly.
    numbers
        All exact numbers of an unknown, oldest first.
    """

    floor: Sequence[float]
    low: list[float]
    high: list[float]
    shown: list[float]
    base: list[float]
    given: list[bool]
    numbers: dict[int, list[float]] = field(default_factory=lambda: defaultdict(list))

    @classmethod
    def unpublished(cls, system: LinearSystem) -> _KnownValues:
        """Begin with what holds whatever is published."""
        floor: list[float] = system.low.tolist()
        high = [FAR] * len(floor)
        unknown = [math.nan] * len(floor)
        exact = [0.0] * len(floor)
        private = [False] * len(floor)
        return cls(floor, [*floor], high, unknown, exact, private)

    def take(self, place: int, value: float, base: int, released: bool) -> None:
        """Take a figure: where it and what was there cannot both be true, the latest stands."""
        width = max(0, base - 1)
        least = value - width
        most = value + width
        if self.floor[place] >= 0:
            least = max(0.0, least)
        is_apart = least > self.high[place] or most < self.low[place]
        is_exact = base == 0
        is_first = math.isnan(self.shown[place])
        if not value % 1:
            self._hold(place, least, most, is_apart)
        if is_apart or is_exact or is_first or self.base[place]:
            self.shown[place] = value
            self.base[place] = base
        if is_exact:
            self._note_exact(place, value, released)

    def _hold(self, place: int, least: float, most: float, is_apart: bool) -> None:
        """Narrow an interval, or put another in its place."""
        if not is_apart:
            least = max(self.low[place], least)
            most = min(self.high[place], most)
        self.low[place] = least
        self.high[place] = most

    def _note_exact(self, place: int, value: float, released: bool) -> None:
        """Take note of an exact number, once where it does not change."""
        numbers = self.numbers[place]
        if numbers[-1:] != [value]:
            numbers.append(value)
        self.given[place] |= released


class _View(NamedTuple):
    """One intruder: where he takes each unknown to lie, which are asked of him, the width that must stay of them."""

    within: Box
    asked: Bools
    width: Floats


@dataclass(frozen=True)
class _Attack:
    """What is known of each unknown of a linear system.

    Parameters
    ----------
    within
        Where each lies.
    shown, base
        The number published last (NaN where none) and its base (0 where it is exact).
    given
        Those that everybody has exactly.
    numbers
        All exact numbers that were published of an unknown, oldest first.
    once
        Those of a year that is not released again.
    printed
        Figures whose own table is shown.
    withdrawn
        Constraints that corrected records break, in words.
    """

    reading: Reading
    within: Box
    shown: Floats
    base: Floats
    given: Bools
    numbers: Mapping[int, Sequence[float]]
    once: Bools
    printed: frozenset[FigureKey]
    withdrawn: tuple[str, ...] = ()

    @classmethod
    def of_publications(
        cls, documents: Sequence[Document], again: frozenset[int], known: Knowledge
    ) -> _Attack:
        """Write what is published as a system that can be true, without what corrected records break.

        Parameters
        ----------
        again
            Years that are released several times, or about to be.
        """
        system = _system_of(documents, known)
        apart = cls.of_system(documents, again, known, system)
        may_go = _may_go(documents)
        withdrawn = list[str]()
        while broken := untrue(system, apart.within, may_go):
            withdrawn += map(known.equation, broken)
            system = system.without(broken)
        together = cls.of_system(documents, again, known, system.with_unions(apart.exact))
        return replace(together, withdrawn=tuple(withdrawn))

    @classmethod
    def of_system(
        cls,
        documents: Sequence[Document],
        again: frozenset[int],
        known: Knowledge,
        system: LinearSystem,
    ) -> _Attack:
        """Put together what publications say of each unknown."""
        gathered = _KnownValues.unpublished(system)
        printed = set[FigureKey]()
        for document in documents:
            printed |= document.facts.keys()
            for key, (value, base) in document.facts.items():
                released = document.publication.released
                gathered.take(system.index[key], value, base, released)
        reading = Reading(known, system, system.index)
        within = Box(np.array(gathered.low), np.array(gathered.high))
        shown = np.array(gathered.shown)
        base_shown = np.array(gathered.base)
        given = np.array(gathered.given, bool)
        once = system.marked(key for key in system.index if key.annee not in again)
        numbers = gathered.numbers
        return cls(reading, within, shown, base_shown, given, numbers, once, frozenset(printed))

    @property
    def _system(self) -> LinearSystem:
        return self.reading.system

    @property
    def _threshold(self) -> Floats:
        return self.reading.threshold

    def run(self) -> Attacked:
        """Judge every figure that is not published exactly, every rest and every sum of hidden figures."""
        found = dict[int, Interval]()
        undecided = dict[int, None]()
        failures = list[Failure]()
        every = self._system.every
        for view in self._views:
            spans = self._spans(view)
            if spans is None:
                continue
            narrow = spans.narrow(every)
            pending = spans.pending(every) & ~narrow
            undecided |= dict.fromkeys(np.flatnonzero(pending).tolist())
            fresh = dict[int, Interval]()
            for place in np.flatnonzero(narrow).tolist():
                if place not in found:
                    fresh[place] = spans.interval(place)
            failures += self._failures(fresh, view.within)
            found |= fresh
            last = spans
        failures += self._published()
        failures += self._groups(last)
        failures.sort(key=lambda failure: failure.order)
        names = tuple(self._name(place) for place in undecided if place not in found)
        judged = int(self._asked.sum())
        return Attacked(judged, tuple(failures), names, withdrawn=self.withdrawn)

    @cached_property
    def _views(self) -> Sequence[_View]:
        """The three intruders: the one who assumes most first, the one who assumes nothing last."""
        # of things beyond the first of each person one more is wide: exactly known alone do they tell of somebody
        three = np.where(self._system.slacks("choses"), 1.0, THREE_VALUES)
        published = self._asked & (self._made | ~np.isnan(self.shown))
        nearest = _View(self._nearest(), published, three)
        ruled = _View(self._by_the_rules, self._asked, three)
        any_number = _View(self.within, self._asked, self._width)
        return nearest, ruled, any_number

    def _spans(self, view: _View) -> Spans | None:
        """Find where an intruder takes unknowns to lie; None where his guess cannot be true, and teaches nothing."""
        spans = Spans.within(view.within, view.asked, self._threshold, view.width)
        try:
            find_spans(self._system, spans)
        except Contradiction:
            if view.within is self.within:
                raise
            return None
        return spans

    @cached_property
    def _made(self) -> Bools:
        """Which unknowns are no figures: rests, and sums of hidden figures."""
        return self._system.among([*self._system.rests, *self._system.sums])

    @cached_property
    def _asked(self) -> Bools:
        """Which unknowns are judged."""
        figures = self._system.marked(self._system.index)
        return (self._made | figures) & ~self.exact

    @cached_property
    def exact(self) -> Bools:
        """Which are published as they are."""
        exact: Bools = self.base == 0
        return exact & ~np.isnan(self.shown)

    @cached_property
    def _width(self) -> Floats:
        """Width that must stay of each, whatever is assumed."""
        known = self.reading.known
        bases = np.where(self._threshold > known.seuil, 2.0, 1.0)
        wide = np.maximum(self.base, bases * known.base) - 1
        things = self._system.slacks("choses")
        return np.where(things, 1.0, wide)

    def _nearest(self) -> Box:
        """Assume the nearest multiple wherever that can be true, beside the rules and what a reader only assumes.

        What is said to be « moins de », a margin or what is small alone in its table, is never rounded up, nor is what
        that is made of: nothing is nearest there.
        """
        rounded = self.base > 0
        zeros = rounded & (self.shown == 0)
        half = np.floor(self.base / 2)
        _, alone = self._ruled(rounded)
        said_below = (self.reading.margin | alone) & zeros
        never_up = self._system.made_of(said_below, zeros)
        guessed = self._by_the_rules.around(self.shown, half, rounded & ~never_up)
        persons = self._system.slacks("part")
        there = np.maximum(guessed.low, 0.0)
        guessed.low[persons] = there[persons]
        return nearest_possible(self._system, self.within, guessed)

    @cached_property
    def _by_the_rules(self) -> Box:
        """Use what makes figures exact or rounded.

        A rounded margin is « moins de » below its threshold, and nothing else above it. Crossed cells are all rounded
        where one of them is small: none is where one is exact; what alone can be small elsewhere is. A table of a
        territory that shows its lines counts a few, one that shows none where others do does not: not concluded where
        releases contradict each other. Of a year released twice the rules do not tell: what was released stays.
        """
        rounded = self.base > 0
        within, _ = self._ruled(rounded & self.once)
        if self.withdrawn:
            return within
        split = {key.place for key in self.printed if key.ligne != TOTAL}
        somewhere = {place[:2] for place in split if place[2] != SERVICE}
        for key in self.printed:
            place = self._system.index[key]
            few = self.reading.known.few(key)
            if not few or not self.once[place]:
                continue
            if key.place in split:
                within.low[place] = max(within.low[place], few)
            elif key[:2] in somewhere:
                within.high[place] = min(within.high[place], few - 1)
        return within

    def _ruled(self, rounded: Bools) -> tuple[Box, Bools]:
        """Narrow what is rounded by the rules; give beside the bounds what alone can be small where something is."""
        within = self.within.copy()
        threshold = self._threshold
        low, high = within
        above_zero = rounded & (self.shown > 0)
        large = self.reading.margin & above_zero & (threshold <= self.base)
        for places in self._crossed_beside_exact:
            large[places] |= above_zero[places]
        low[large] = np.maximum(low, threshold)[large]
        alone = np.zeros(len(low), dtype=bool)
        for places, is_crossed in self._ruled_tables:
            may_be_small = rounded[places] & (low[places] < threshold[places])
            small = places[may_be_small]
            if len(small) != 1 or not self._has_rule[small].all():
                continue
            alone[small] = True
            low[small] = np.maximum(low[small], 1.0)
            if is_crossed:
                high[small] = np.minimum(high[small], threshold[small] - 1)
        return within, alone

    @cached_property
    def _ruled_tables(self) -> Sequence[tuple[Places, bool]]:
        """The unknowns of each table, and whether they are its crossed cells."""
        tables = self.reading.tables.items()
        return [(np.array(places), name[-1] == CROSSED) for name, places in tables]

    @cached_property
    def _has_rule(self) -> Bools:
        """Which unknowns some rule makes exact."""
        return self._system.marked(key for key, rule in self.reading.rules.items() if rule)

    @cached_property
    def _crossed_beside_exact(self) -> Sequence[Places]:
        """The crossed cells of the tables that show one exactly, by their own rule alone."""
        first = dict[int, object]()
        of_several = list[FigureKey]()
        for key, rule in self.reading.rules.items():
            name = (*self.reading.table(key), rule)
            if first.setdefault(self.reading.cells[key], name) != name:
                of_several.append(key)
        of_one = ~self._system.marked(of_several)
        telling = self.exact & of_one & (self.shown > 0)
        crossed = [places for places, is_crossed in self._ruled_tables if is_crossed]
        return [places for places in crossed if telling[places].any()]

    def _published(self) -> Iterator[Failure]:
        """List the figures that are published as they are, below their threshold or before and after a correction."""
        for place, numbers in self.numbers.items():
            key = self._system.figures[place]
            threshold = self._threshold[place]
            small = [number for number in numbers if 0 < number < threshold]
            if small:
                kind = PUBLISHED
                number = small[-1]
                how = f"sous le seuil de {threshold:g}"
            elif len(numbers) > 1 and abs(numbers[-1] - numbers[-2]) < threshold:
                kind = "corrigé"
                number = numbers[-1]
                how = "avant et après une correction"
            else:
                continue
            sentence = f"{self.reading.known.name(key)} : publié tel quel, {how}"
            yield Failure((key,), kind, number, number, sentence, (key,))

    def _groups(self, spans: Spans) -> Iterator[Failure]:
        """List the sensitive lines of which everybody is known to be in one class."""
        for line, constraint in enumerate(self._system.constraints):
            if not self._is_sensitive(constraint):
                continue
            whole, _ = constraint.terms[0]
            positive = csr_array(self._system.matrix[[line]] > 0)
            parts = positive.indices.astype(np.intp)
            there = parts[spans.high[parts] >= 1]
            total = self._system.index[whole]
            if len(parts) > 1 and len(there) == 1 and spans.low[total] >= 1:
                yield self._group(int(there[0]), parts)

    def _is_sensitive(self, constraint: Constraint) -> bool:
        """Whether it adds a sensitive line up to its total."""
        if constraint.kind != "somme" or not constraint.terms:
            return False
        whole, _ = constraint.terms[0]
        return whole.ligne in self.reading.known.sensibles and whole.colonne == TOTAL

    def _group(self, place: int, parts: Places) -> Failure:
        """Say that all those of a line are in one class; the zeros beside tell it."""
        figures = self._system.figures
        may_cure = self.exact & ~self.given
        zeros = parts[may_cure[parts]].tolist()
        cures = tuple(figures[zero] for zero in zeros)
        key = figures[place]
        sentence = f"{self.reading.known.name(key)} : tous ceux de la ligne y sont"
        return Failure((key,), "groupe", 0.0, 0.0, sentence, cures)

    def _failures(self, found: Mapping[int, Interval], within: Box) -> Iterator[Failure]:
        """Name what is known too well, with the exact figures that nobody has yet and that make it so."""
        if not found:
            return
        narrowed = self._system.narrowed(within)
        figures = self._system.marked(self._system.figures.values())
        there = figures & (narrowed.high > 0)
        cures = self.exact & there & ~self.given
        near = self._system.nearest(found, cures, narrowed)
        for (place, ends), others in zip(found.items(), near, strict=True):
            kind = self._kind(place)
            sentence = f"{self._name(place)} : retrouvé {interval(*ends)}"
            curing = tuple(self._system.figures[other] for other in others)
            yield Failure(self.reading.about(place), kind, *ends, sentence, curing)

    def _kind(self, place: int) -> str:
        """Say what an unknown is: a sum of hidden figures, what a part leaves of its whole, a figure."""
        if place in self._system.sums:
            return "réunion"
        if place in self._system.rests:
            return "reste"
        return "arrondi"

    def _name(self, place: int) -> str:
        """Name an unknown by the figures that it is about."""
        known = self.reading.known
        system = self._system
        about = self.reading.about(place)
        if len(about) == 1:
            return known.name(about[0])
        if place in system.sums:
            return f"réunion de {known.sum_of(about)}"
        return f"reste de {known.equation(system.rests[place])}"


def _system_of(documents: Sequence[Document], known: Knowledge) -> LinearSystem:
    """Compile what holds between the figures of some documents, once for the same cells."""
    asked = tuple(document.form for document in documents)
    if asked not in known.systems:
        every = chain.from_iterable(document.tables.cells.items() for document in documents)
        numbered = [key for key, has_number in every if has_number]
        constraints = constraints_of(documents, known)
        known.systems[asked] = LinearSystem.of(numbered, constraints)
    system: LinearSystem = known.systems[asked]
    return system


def _may_go(documents: Sequence[Document]) -> Callable[[Constraint], bool]:
    """Tell which constraints corrected records may break: those about what is released, beside something else."""
    released = {
        key
        for document in documents
        if document.publication.released
        for key in document.tables.cells
    }
    several = len(documents) > 1
    return lambda constraint: several and any(key in released for key, _ in constraint.terms)
