"""The attack: what an intruder learns from one or several releases, and whether that is too much.

Three intruders look at the same figures: one takes each rounded figure for any number that its base allows; one also
knows which rule makes a figure exact or rounded; one assumes that each was rounded to the nearest multiple.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from scipy.sparse import csr_array

from rlpipeline.attack.possible import Spans, find_spans, nearest_possible, untrue
from rlpipeline.attack.publications import (
    CROSSED,
    Facts,
    Knowledge,
    Publication,
    Read,
    read,
    stated,
)
from rlpipeline.attack.system import (
    FAR,
    THREE_VALUES,
    Bools,
    Box,
    Contradiction,
    Floats,
    Ruled,
    System,
)
from rlpipeline.declared import SERVICE, FigureKey
from rlpipeline.links import TOTAL, Row


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
    said: str
    cures: tuple[FigureKey, ...] = ()

    def __str__(self) -> str:
        return self.said


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


def attack(publications: Sequence[Publication], known: Knowledge) -> Attacked:
    """Attack publications, oldest first, all at once: earlier releases too, recalled or not, said to be released."""
    documents, latest = list[Read](), dict[frozenset[int], Facts]()
    for document in read(publications, known):
        already = latest.get(document.years)
        if already is None or not document.facts.items() <= already.items():
            documents.append(document)  # else nothing more is known by it: it may withdraw some
            latest[document.years] = document.facts
    unread = tuple(name for document in documents for name in document.unread)
    if not any(document.facts for document in documents):
        return Attacked(0, unread=unread)
    years = [year for document in documents for year in document.years]
    again = frozenset(year for year in years if years.count(year) > 1)
    attacked = replace(_attacked(documents, again, known), unread=unread)
    former = [document for document in documents if document.publication.released]
    if not attacked.failures or not former or all(one.released for one in publications):
        return attacked
    before = {(one.about, one.kind): one for one in _attacked(former, again, known).failures}
    every = ((before.get((one.about, one.kind)), one) for one in attacked.failures)
    lost = tuple(
        now for was, now in every if was and was.least >= now.least and was.greatest <= now.greatest
    )
    return replace(
        attacked, failures=tuple(one for one in attacked.failures if one not in lost), lost=lost
    )


def _attacked(documents: Sequence[Read], again: frozenset[int], known: Knowledge) -> Attacked:
    try:
        return _Attack.on(documents, again, known).run()
    except Contradiction as problem:
        return Attacked(0, contradiction=str(problem))


@dataclass(frozen=True)
class _Attack(Ruled):
    """Where each unknown lies, the number published last (NaN where none) and its base (0 where it is exact).

    Given are those that everybody has exactly; ``numbers`` are all that were published so, oldest first; ``once`` are
    those of a year that is not released again, ``printed`` the figures whose own table is shown.
    """

    within: Box
    shown: Floats
    base: Floats
    given: Bools
    numbers: Mapping[int, Sequence[float]]
    once: Bools
    printed: frozenset[FigureKey]
    withdrawn: tuple[str, ...] = ()

    @classmethod
    def on(cls, documents: Sequence[Read], again: frozenset[int], known: Knowledge) -> _Attack:
        """Write what is published as a system that can be true, without the rows that corrected records break.

        Again are the years that are released several times, or about to be.
        """
        every = [document.tables for document in documents]
        fractions = (
            key for document in documents for key, (value, _) in document.facts.items() if value % 1
        )
        cells = (((*tables.cells.items(),), repr(tables.classes)) for tables in every)
        asked = *cells, frozenset(fractions)
        if asked not in known.systems:
            keys = [key for tables in every for key, there in tables.cells.items() if there]
            known.systems[asked] = System.of(keys, stated(documents, known))
        whole: System = known.systems[asked]
        released = {
            key
            for document in documents
            if document.publication.released
            for key in document.tables.cells
        }

        def may_go(row: Row) -> bool:
            return len(documents) > 1 and any(key in released for key, _ in row.terms)

        apart, withdrawn = cls.of(documents, again, known, whole), tuple[str, ...]()
        while broken := untrue(whole, apart.within, may_go):
            withdrawn += tuple(map(known.equation, broken))
            whole = whole.without(broken)
        return replace(
            cls.of(documents, again, known, whole.with_unions(apart.exact)), withdrawn=withdrawn
        )

    @classmethod
    def of(
        cls, documents: Sequence[Read], again: frozenset[int], known: Knowledge, whole: System
    ) -> _Attack:
        """Put together what publications say of each unknown: where two cannot both be true, the latest stands."""
        size, floor = whole.size, whole.low.tolist()
        low, high, shown, base, given = (
            floor[:],
            [FAR] * size,
            [math.nan] * size,
            [0.0] * size,
            [False] * size,
        )
        exact: dict[int, list[float]] = {}
        for document in documents:
            for key, (value, of) in document.facts.items():
                place, width = whole.index[key], max(0, of - 1)
                least = value - width if floor[place] < 0 else max(0.0, value - width)
                most = value + width
                apart = least > high[place] or most < low[place]
                if not value % 1:
                    both = (
                        (least, most) if apart else (max(low[place], least), min(high[place], most))
                    )
                    low[place], high[place] = both
                if apart or of == 0 or base[place] or math.isnan(shown[place]):
                    shown[place], base[place] = value, of
                if of == 0:
                    numbers = exact.setdefault(place, [])
                    numbers += [value] if numbers[-1:] != [value] else []
                    given[place] |= document.publication.released
        once = whole.marked(key for key in whole.index if key.annee not in again)
        printed = frozenset(key for document in documents for key in document.facts)
        within, last = (
            (np.array(low), np.array(high)),
            (np.array(shown), np.array(base), np.array(given, dtype=bool)),
        )
        return cls(known, whole, whole.index, within, *last, exact, once, printed)

    def run(self) -> Attacked:
        """Judge every figure that is not published exactly, every rest and every sum of hidden figures."""
        made = np.isin(np.arange(self.system.size), [*self.system.rests, *self.system.sums])
        asked = (made | self.system.marked(self.system.index)) & ~self.exact
        # of things beyond the first of each person one more is wide: exactly known alone do they tell of somebody
        three = np.where(self.system.left("choses"), 1.0, THREE_VALUES)
        told = asked & (made | ~np.isnan(self.shown))
        found: dict[int, tuple[float, float]] = {}
        failures: list[Failure] = []
        undecided: dict[int, None] = {}
        views = (
            (self._nearest(), told, three),
            (self._by_the_rules, asked, three),
            (self.within, asked, self._width),
        )
        for within, wanted, width in views:
            spans = Spans(wanted, self.threshold, width, within)
            try:
                find_spans(self.system, spans)
            except Contradiction:
                if within is self.within:
                    raise
                continue  # a guess that cannot be true teaches nothing
            every = np.arange(self.system.size)
            narrow = spans.narrow(every)
            undecided |= dict.fromkeys(np.flatnonzero(spans.pending(every) & ~narrow).tolist())
            fresh = [place for place in np.flatnonzero(narrow).tolist() if place not in found]
            found |= {place: (float(spans.low[place]), float(spans.high[place])) for place in fresh}
            failures += self._failures({place: found[place] for place in fresh}, within)
        failures += [*self._published(), *self._groups(spans)]
        failures.sort(key=lambda one: (one.kind == "publié", one.greatest - one.least, one.about))
        names = tuple(self._said(place) for place in undecided if place not in found)
        return Attacked(int(asked.sum()), tuple(failures), names, withdrawn=self.withdrawn)

    @cached_property
    def exact(self) -> Bools:
        """Which are published as they are."""
        return np.asarray((self.base == 0) & ~np.isnan(self.shown))

    @cached_property
    def _width(self) -> Floats:
        wide = (
            np.maximum(
                self.base, np.where(self.threshold > self.known.seuil, 2.0, 1.0) * self.known.base
            )
            - 1
        )
        return np.where(self.system.left("choses"), 1.0, wide)

    def _nearest(self) -> Box:
        """Assume the nearest multiple wherever that can be true, beside the rules and what a reader only assumes.

        What is said to be « moins de », a margin or what is small alone in its table, is never rounded up, nor is what
        that is made of: nothing is nearest there.
        """
        (low, high), alone = self._by_the_rules, self._ruled(self.base > 0)[1]
        half, zeros = np.floor(self.base / 2), (self.base > 0) & (self.shown == 0)
        rounded = (self.base > 0) & ~self.system.made_of((self.margin | alone) & zeros, zeros)
        low = np.where(rounded, np.maximum(low, self.shown - half), low)
        high = np.where(rounded, np.minimum(high, self.shown + half), high)
        low = np.where(self.system.left("part"), np.maximum(low, 0.0), low)
        return nearest_possible(self.system, self.within, (low, high))

    @cached_property
    def _by_the_rules(self) -> Box:
        """Use what makes figures exact or rounded.

        A rounded margin is « moins de » below its threshold, and nothing else above it. Crossed cells are all rounded
        where one of them is small: none is where one is exact; what alone can be small elsewhere is. A table of a
        territory that shows its lines counts a few, one that shows none where others do does not: not concluded where
        releases contradict each other. Of a year released twice the rules do not tell: what was released stays.
        """
        low, high = self._ruled((self.base > 0) & self.once)[0]
        split = {key.place for key in self.printed if key.ligne != TOTAL}
        somewhere = {place[:2] for place in split if place[2] != SERVICE}
        for key, place in ((key, self.system.index[key]) for key in self.printed):
            few = self.known.few(key) if self.once[place] and not self.withdrawn else 0
            if few and key.place in split:
                low[place] = max(low[place], few)
            elif few and key[:2] in somewhere:
                high[place] = min(high[place], few - 1)
        return low, high

    # Beside the bounds, what alone can be small where something is.
    def _ruled(self, rounded: Bools) -> tuple[Box, Bools]:
        low, high = self.within[0].copy(), self.within[1].copy()
        above = self.margin & rounded & (self.shown > 0) & (self.threshold <= self.base)
        low[above] = np.maximum(low, self.threshold)[above]
        ruled, first = (
            self.system.marked(key for key, rule in self.rules.items() if rule),
            dict[int, object](),
        )
        named = ((key, (*self.table(key), rule)) for key, rule in self.rules.items())
        equal = self.system.marked(
            key for key, name in named if first.setdefault(self.cells[key], name) != name
        )
        several = [
            (table[-1] == CROSSED, np.array(places)) for table, places in self.tables.items()
        ]
        for crossed, at in several:
            if crossed and (self.exact[at] & (self.shown[at] > 0) & ~equal[at]).any():
                above = at[rounded[at] & (self.shown[at] > 0)]
                low[above] = np.maximum(low[above], self.threshold[above])
        alone = np.zeros(self.system.size, dtype=bool)
        for crossed, at in several:
            small = at[rounded[at] & (low[at] < self.threshold[at])]
            if len(small) == 1 and ruled[small].all():
                alone[small], low[small] = True, np.maximum(low[small], 1.0)
                high[small] = (
                    np.minimum(high[small], self.threshold[small] - 1) if crossed else high[small]
                )
        return (low, high), alone

    def _published(self) -> Iterator[Failure]:
        for place, numbers in self.numbers.items():
            key, threshold = self.system.figures[place], self.threshold[place]
            small = [number for number in numbers if 0 < number < threshold]
            if small or (len(numbers) > 1 and abs(numbers[-1] - numbers[-2]) < threshold):
                kind, number = ("publié", small[-1]) if small else ("corrigé", numbers[-1])
                how = (
                    f"sous le seuil de {threshold:g}" if small else "avant et après une correction"
                )
                yield Failure(
                    (key,),
                    kind,
                    number,
                    number,
                    f"{self.known.name(key)} : publié tel quel, {how}",
                    (key,),
                )

    def _groups(self, spans: Spans) -> Iterator[Failure]:
        """List the sensitive lines of which everybody is known to be in one class."""
        for line, row in enumerate(self.system.sources):
            whole = row.terms[0][0] if row.terms and row.kind == "somme" else None
            if whole is None or whole.ligne not in self.known.sensibles or whole.colonne != TOTAL:
                continue
            parts = csr_array(self.system.matrix[[line]] > 0).indices
            there = parts[spans.high[parts] >= 1]
            if len(parts) > 1 and len(there) == 1 and spans.low[self.system.index[whole]] >= 1:
                key, zeros = (
                    self.system.figures[int(there[0])],
                    parts[self.exact[parts] & ~self.given[parts]],
                )
                cures = tuple(self.system.figures[int(place)] for place in zeros)
                said = f"{self.known.name(key)} : tous ceux de la ligne y sont"
                yield Failure((key,), "groupe", 0.0, 0.0, said, cures)

    def _failures(self, found: Mapping[int, tuple[float, float]], within: Box) -> Iterator[Failure]:
        if not found:
            return
        low, high = self.system.narrowed(*within)
        figures = self.system.marked(self.system.figures.values())
        open_ones = self.exact & ~self.given & figures & (high > 0)
        near = self.system.nearest(found, open_ones, low, high)
        for (place, (least, greatest)), others in zip(found.items(), near, strict=True):
            cures = tuple(self.system.figures[other] for other in others)
            kind = (
                "réunion"
                if place in self.system.sums
                else "reste"
                if place in self.system.rests
                else "arrondi"
            )
            yield Failure(
                self.about(place),
                kind,
                least,
                greatest,
                f"{self._said(place)} : retrouvé {interval(least, greatest)}",
                cures,
            )

    def _said(self, place: int) -> str:
        about = self.about(place)
        if len(about) == 1:
            return self.known.name(about[0])
        if place in self.system.sums:
            return f"réunion de {' + '.join(map(self.known.name, about))}"
        return f"reste de {self.known.equation(self.system.sources[self.system.rests[place]])}"
