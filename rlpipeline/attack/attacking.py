"""The attack: what an intruder learns from one or several releases, and whether that is too much.

Three intruders look at the same figures: one takes each rounded figure for any number that its base allows; one also
knows which rule makes a figure exact or rounded; one assumes that each was rounded to the nearest multiple.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np

from rlpipeline.attack.possible import Spans, Wanted, spans_of
from rlpipeline.attack.publications import Failure, Knowledge, Publication, Read, read, stated
from rlpipeline.attack.relaxing import nearest_possible, untrue
from rlpipeline.attack.system import (
    FAR,
    Bools,
    Contradiction,
    Floats,
    Neighbours,
    System,
    made_of,
    narrowed,
    system,
    unions,
)
from rlpipeline.declared import SERVICE, FigureKey
from rlpipeline.links import TOTAL, Row

VALUES = 2.0
"""Width of three values, which must stay for who knows the rules, and for who assumes the nearest multiple."""


@dataclass(frozen=True)
class Attacked:
    """What the attack found.

    Parameters
    ----------
    judged
        How many figures, rests and sums of hidden figures had to be protected.
    failures
        Those that are not, worst first.
    undecided
        Those of which the solver could not say it.
    unread
        What was found in a release and not understood.
    contradiction
        Why nothing can be said: what is published cannot all be true. Empty otherwise.
    withdrawn
        What corrected records make untrue between two releases, left aside by name.
    lost
        What earlier releases give away by themselves, as narrowly: it cannot be taken back.
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


def attack(publications: Sequence[Publication], known: Knowledge) -> Attacked:
    """Attack publications, oldest first, all at once.

    Parameters
    ----------
    publications
        The earlier releases included, recalled ones too; those that everybody has are said to be.
    known
        What an intruder knows beside them.
    """
    documents = read(publications, known)
    unread = tuple(name for document in documents for name in document.unread)
    if not any(document.facts for document in documents):
        return Attacked(0, unread=unread)
    try:
        attacked = _Attack.on(documents, known).run()
    except Contradiction as problem:
        return Attacked(0, unread=unread, contradiction=str(problem) or "Des chiffres publiés se contredisent.")
    attacked = replace(attacked, unread=unread)
    former = [document for document in documents if document.publication.released]
    if not attacked.failures or not former or len(former) == len(documents):
        return attacked
    try:
        before = {(one.about, one.kind): one for one in _Attack.on(former, known).run().failures}
    except Contradiction:
        return attacked
    lost = tuple(one for one in attacked.failures if _as_narrow(before.get((one.about, one.kind)), one))
    return replace(attacked, failures=tuple(one for one in attacked.failures if one not in lost), lost=lost)


def _as_narrow(before: Failure | None, now: Failure) -> bool:
    """Say whether earlier releases alone told as much of something."""
    return before is not None and before.least >= now.least and before.greatest <= now.greatest


@dataclass(frozen=True)
class _Boxes:
    """Where each unknown may lie, by what is published of it.

    Parameters
    ----------
    shown, base
        The number published last, NaN where none is, and its base, 0 where it is exact.
    given
        Which are exact in a release that everybody has.
    exact
        The exact numbers published, oldest first.
    """

    low: Floats
    high: Floats
    shown: Floats
    base: Floats
    given: Bools
    exact: Mapping[int, Sequence[float]]


@dataclass(frozen=True)
class _Attack:
    documents: Sequence[Read]
    known: Knowledge
    system: System
    boxes: _Boxes
    withdrawn: tuple[str, ...] = ()
    sums: Mapping[int, tuple[int, ...]] = field(default_factory=dict)

    @classmethod
    def on(cls, documents: Sequence[Read], known: Knowledge) -> _Attack:
        """Write what is published as a system that can be true, without the rows that corrected records break.

        Raises
        ------
        Contradiction
            What a release says by itself cannot be true.
        """
        keys = [key for document in documents for key, there in document.tables.cells.items() if there]
        whole = system(keys, stated(documents, known))
        boxes, withdrawn = _boxes(documents, whole), tuple[str, ...]()
        released = {key for document in documents if document.publication.released for key in document.tables.cells}

        def may_go(row: Row) -> bool:
            return len(documents) > 1 and any(key in released for key, _ in row.terms)

        while broken := untrue(whole, boxes.low, boxes.high, may_go):
            withdrawn += tuple(_equation(row, known) for row in broken)
            whole = whole.without(broken)
        exact = boxes.base == 0
        exact &= ~np.isnan(boxes.shown)
        sums = unions(whole, exact)
        grown, places = whole.adding(sums)
        more = np.zeros(len(sums))
        boxes = replace(
            boxes,
            low=np.concatenate([boxes.low, more]),
            high=np.concatenate([boxes.high, more + FAR]),
            shown=np.concatenate([boxes.shown, more + np.nan]),
            base=np.concatenate([boxes.base, more]),
            given=np.concatenate([boxes.given, more > 0]),
        )
        return cls(documents, known, grown, boxes, withdrawn, dict(zip(places.tolist(), sums, strict=True)))

    def run(self) -> Attacked:
        """Judge every figure that is not published exactly, every rest and every sum of hidden figures."""
        named = np.zeros(self.system.size, dtype=bool)
        named[[*self.system.figures, *self.system.rests, *self.sums]] = True
        places = np.flatnonzero(~self._exact & named)
        three = Wanted(places, self._threshold[places], np.full(len(places), VALUES))
        full = Wanted(places, self._threshold[places], self._width[places])
        told = [place for place in places.tolist() if self._is_told(place)]
        guessed = Wanted(np.array(told, dtype=np.intp), self._threshold[told], np.full(len(told), VALUES))
        met: list[Spans] = []
        found: dict[int, tuple[float, float]] = {}
        failures: list[Failure] = []
        undecided: dict[int, None] = {}
        views = ((self._nearest(), guessed), (self._by_the_rules, three), ((self.boxes.low, self.boxes.high), full))
        for (low, high), wanted in views:
            spans = Spans.nothing(self.system.size)
            for other in met if wanted is full else ():  # what is possible with a guess is possible without
                spans.take(other)
            try:
                spans_of(self.system, low, high, wanted, spans)
            except Contradiction:
                if wanted is full:
                    raise
                continue  # a guess that cannot be true teaches nothing
            met.append(spans)
            narrow = wanted.narrow(spans)
            undecided |= dict.fromkeys(wanted.places[~wanted.shown(spans) & ~narrow].tolist())
            fresh = [place for place in wanted.places[narrow].tolist() if place not in found]
            found |= {place: (float(spans.low[place]), float(spans.high[place])) for place in fresh}
            failures += self._failures({place: found[place] for place in fresh}, low, high)
        failures += [*self._published(), *self._groups(spans)]
        failures.sort(key=lambda one: (one.kind == "publié", one.greatest - one.least, one.about))
        names = tuple(self._said(place) for place in undecided if place not in found)
        return Attacked(len(places), tuple(failures), names, withdrawn=self.withdrawn)

    def _is_told(self, place: int) -> bool:
        """Whether something is published of an unknown, or it is made from others: no guess is made of the rest."""
        return not np.isnan(self.boxes.shown[place]) or place in self.sums or place in self.system.rests

    @cached_property
    def _exact(self) -> Bools:
        return np.asarray((self.boxes.base == 0) & ~np.isnan(self.boxes.shown))

    @cached_property
    def _threshold(self) -> Floats:
        """Least number that may be known, of each unknown: that of the least sensitive figure of a sum."""
        about = (self._about(place) for place in range(self.system.size))
        return np.array([min(map(self.known.threshold, keys), default=self.known.seuil) for keys in about])

    @cached_property
    def _width(self) -> Floats:
        sensitive = self._threshold > self.known.seuil
        return np.asarray(np.maximum(self.boxes.base, np.where(sensitive, 2.0, 1.0) * self.known.base) - 1)

    def _about(self, place: int) -> tuple[FigureKey, ...]:
        """Name the figures that an unknown is, or is made from; none where the row that made it was withdrawn."""
        if place in self.sums:
            return tuple(self.system.figures[part] for part in self.sums[place])
        if place in self.system.rests:
            return tuple(key for key, _ in self.system.sources[self.system.rests[place]].terms)
        return (self.system.figures[place],) if place in self.system.figures else ()

    def _kind(self, place: int) -> str:
        return "réunion" if place in self.sums else "reste" if place in self.system.rests else "arrondi"

    def _nearest(self) -> tuple[Floats, Floats]:
        """Assume the nearest multiple wherever that can be true, beside the rules and what a reader only assumes.

        Notes
        -----
        A margin said to be « moins de » is never rounded up, nor is what it is made of: nothing is nearest there.
        """
        half = np.floor(self.boxes.base / 2)
        zeros = (self.boxes.base > 0) & (self.boxes.shown == 0)
        rounded = (self.boxes.base > 0) & ~made_of(self.system, self._margin & zeros, zeros)
        low, _ = self._by_the_rules
        low = np.where(rounded, np.maximum(low, self.boxes.shown - half), low)
        high = np.where(rounded, np.minimum(self.boxes.high, self.boxes.shown + half), self.boxes.high)
        low[[*self.system.rests]] = np.maximum(low[[*self.system.rests]], 0.0)
        apart = low > high  # two guesses that cannot both be true
        guess = np.where(apart, self.boxes.low, low), np.where(apart, self.boxes.high, high)
        return nearest_possible(self.system, (self.boxes.low, self.boxes.high), guess)

    @cached_property
    def _by_the_rules(self) -> tuple[Floats, Floats]:
        """Use that a rounded margin is « moins de » below its threshold, and nothing else above it.

        Notes
        -----
        A zero is not rounded in a table of the service without a small figure: alone, a « moins de » is no zero. Of a
        year released twice the rules do not tell: what was released stays as it was.
        """
        shared_in = Counter(year for document in self.documents for year in document.years)
        once = np.zeros(self.system.size, dtype=bool)
        once[[place for key, place in self.system.index.items() if shared_in[key.annee] == 1]] = True
        at_or_above = self._margin & (self.boxes.base > 0) & (self.boxes.shown > 0)
        at_or_above &= (self._threshold <= self.boxes.base) & once
        low = np.where(at_or_above, np.maximum(self.boxes.low, self._threshold), self.boxes.low)
        perhaps_small: dict[tuple[str, int, str], set[int]] = {}
        for key, place in self.system.index.items():
            if (
                key.territoire == SERVICE
                and self.boxes.base[place] > 0
                and self.boxes.low[place] < self._threshold[place]
            ):
                column = key.colonne if key.indicateur in self.known.links.actions else ""
                perhaps_small.setdefault((*key[:2], column), set()).add(place)
        alone = [place for places in perhaps_small.values() for place in places if len(places) == 1]
        alone = [place for place in alone if self._margin[place] and once[place]]
        low[alone] = np.maximum(low[alone], 1.0)
        return low, self.boxes.high

    @cached_property
    def _margin(self) -> Bools:
        margin = np.zeros(self.system.size, dtype=bool)
        for key, place in self.system.index.items():
            margin[place] |= self.known.margin(key)
        return margin

    def _published(self) -> Iterator[Failure]:
        """List the figures published as they are that are too small to be, or were so before and after a correction."""
        for place, numbers in self.boxes.exact.items():
            key, threshold = self.system.figures[place], self._threshold[place]
            small = [number for number in numbers if 0 < number < threshold]
            if small:
                said = f"{self.known.name(key)} : publié tel quel, sous le seuil de {threshold:g}"
                yield Failure((key,), "publié", small[-1], small[-1], said, (key,))
            elif len(numbers) > 1 and abs(numbers[-1] - numbers[-2]) < threshold:
                said = f"{self.known.name(key)} : publié tel quel avant et après une correction"
                yield Failure((key,), "corrigé", numbers[-1], numbers[-1], said, (key,))

    def _groups(self, spans: Spans) -> Iterator[Failure]:
        """List the sensitive lines of which everybody is known to be in one class."""
        matrix, sources = self.system.matrix, self.system.sources
        for line, row in enumerate(sources):
            whole = row.terms[0][0] if row.terms and row.kind == "somme" else None
            if whole is None or whole.ligne not in self.known.sensibles or whole.colonne != TOTAL:
                continue
            span = slice(matrix.indptr[line], matrix.indptr[line + 1])
            parts = matrix.indices[span][matrix.data[span] > 0]
            there = parts[spans.high[parts] >= 1]
            if len(parts) > 1 and len(there) == 1 and spans.low[self.system.index[whole]] >= 1:
                key, zeros = self.system.figures[int(there[0])], parts[self._exact[parts] & ~self.boxes.given[parts]]
                cures = tuple(self.system.figures[int(place)] for place in zeros)
                said = f"{self.known.name(key)} : tous ceux de la ligne y sont"
                yield Failure((key,), "groupe", 0.0, 0.0, said, cures)

    def _failures(self, found: Mapping[int, tuple[float, float]], low: Floats, high: Floats) -> Iterator[Failure]:
        """Tell what is too narrow where unknowns are thought to lie between two bounds, and what makes it so."""
        if not found:
            return
        low, high = narrowed(self.system, low, high)
        near = Neighbours(self.system, low, high)
        figures = np.zeros(self.system.size, dtype=bool)
        figures[[*self.system.figures]] = True
        open_ones = self._exact & ~self.boxes.given & figures & (high > 0)
        for place, (least, greatest) in found.items():
            cures = tuple(self.system.figures[other] for other in near.of(place, open_ones))
            interval = f"exactement, {least:g}" if least == greatest else f"de {least:g} à {greatest:g}"
            said = f"{self._said(place)} : retrouvé {interval}"
            remedy = f" ; à arrondir : {self.known.name(cures[0])}" if cures else ""
            yield Failure(self._about(place), self._kind(place), least, greatest, said + remedy, cures)

    def _said(self, place: int) -> str:
        """Name an unknown in French."""
        about = self._about(place)
        if len(about) == 1:
            return self.known.name(about[0])
        if place in self.sums:
            return f"réunion de {' + '.join(map(self.known.name, about))}"
        return f"reste de {_equation(self.system.sources[self.system.rests[place]], self.known)}"


def _equation(row: Row, known: Knowledge) -> str:
    """Write a row, its reason behind it."""
    sides = [[known.name(key) for key, factor in row.terms if (factor > 0) == left] for left in (True, False)]
    sign = "=" if row.least == row.most else "≤"
    return f"{' + '.join(sides[0])} {sign} {' + '.join(sides[1]) or '0'} ({row.why})"


def _boxes(documents: Sequence[Read], whole: System) -> _Boxes:
    """Put together what publications say of each unknown: where two cannot both be true, the latest stands."""
    low, high = whole.low.copy(), np.full(whole.size, FAR)
    shown, base = np.full(whole.size, np.nan), np.zeros(whole.size)
    given = np.zeros(whole.size, dtype=bool)
    exact: dict[int, list[float]] = {}
    for document in documents:
        withdrawn = [whole.index[key] for key in document.masked]
        low[withdrawn], high[withdrawn], shown[withdrawn], base[withdrawn] = whole.low[withdrawn], FAR, np.nan, 0.0
        for fact in document.facts:
            place, width = whole.index[fact.key], max(0, fact.base - 1)
            least = fact.value - width if whole.low[place] < 0 else max(0.0, fact.value - width)
            most = fact.value + width
            apart = least > high[place] or most < low[place]
            if not fact.value % 1:
                low[place], high[place] = (least, most) if apart else (max(low[place], least), min(high[place], most))
            if apart or fact.base == 0 or base[place] or np.isnan(shown[place]):
                shown[place], base[place] = fact.value, fact.base
            if fact.base == 0:
                numbers = exact.setdefault(place, [])
                if not numbers or numbers[-1] != fact.value:
                    numbers.append(fact.value)
                given[place] |= document.publication.released
    return _Boxes(low, high, shown, base, given, exact)
