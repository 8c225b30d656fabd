"""The figures of the edition to share: those of every territory and of the whole service, protected together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from rlpipeline.attack import Attacked, Failure, Knowledge, attack
from rlpipeline.attack.publications import (
    CROSSED,
    Document,
    Facts,
    addresses,
    constraints_of,
    read,
)
from rlpipeline.attack.system import (
    EPSILON,
    FAR,
    THREE_VALUES,
    Bools,
    Box,
    Contradiction,
    Floats,
    LinearSystem,
    Places,
    Reading,
    too_narrow,
)
from rlpipeline.declared import FigureKey
from rlpipeline.errors import DisclosureError
from rlpipeline.figures import CSV_COLUMNS, HORS, SANS_COMMUNE, SERVICE, Declarations
from rlpipeline.links import Constraint
from rlpipeline.protection.classes import (
    classes_of,
    regroup,
    shared_cells,
    without_rates_of_rounded,
    words_of_classes,
)
from rlpipeline.protection.releases import LEDGER_COLUMNS, NARROW, Protected, Release
from rlpipeline.protection.rounding import (
    OF_TERRITORY,
    RANK,
    Rounding,
    Rules,
    boxes,
    knowledge,
    round_together,
)
from rlpipeline.settings.models import Disclosure, Service
from rlpipeline.states import ARRONDI

Exact = Mapping[tuple[str, str], pd.DataFrame]
"""Figures of each indicator and territory: the whole service, its communes, outside, without commune."""
Table = tuple[str, str]
"""Indicator and territory."""
MOST_LOOPS = 6
"""Times that the attack may ask for more rounding, before what stays unsafe is left out; as many after that."""
MOST_SOLVED = 40
MOST_REFINED = 3
TOLD = 3
"""Most problems that a refusal names."""


def protect(
    exact: Exact,
    settings: Disclosure,
    service: Service,
    released: Sequence[Release],
    declared: Declarations,
) -> Protected:
    """Protect the figures of a year never released, every territory at once, beside releases of other years.

    With one commune there is no portrait: its protected figures, and those of what is outside it, are left out.

    Raises
    ------
    DisclosureError
        A figure cannot be protected, or two tables contradict each other.
    """
    year = Year.of(exact, settings, service, released, declared)
    plan = year.start()
    for loop in range(2 * MOST_LOOPS):
        plan, published = year.round(plan)
        protected = year.written(plan, published)
        found = year.attacked(protected)
        if found.passed:
            last = year.refined(plan, published) or protected
            figures = without_rates_of_rounded(last.figures, declared.links)
            return replace(last, figures=figures, loops=loop)
        if found.contradiction or found.unread or not found.failures:
            break
        plan = year.cured(plan, published, found.failures, loop)
    raise _refused(found)


def _refused(found: Attacked) -> DisclosureError:
    """Say what the attack finds, and what to do."""
    problems = (*found.unread, *found.failures, *found.undecided)
    return DisclosureError(
        "Des chiffres ne peuvent pas être protégés : l'édition à diffuser n'est pas publiée.",
        got=found.contradiction or " ; ".join(map(str, problems[:TOLD])) or None,
        expected="pour chaque petit nombre, un intervalle assez large",
        todo="élargir les classes (service.yml, diffusion, classes ; voir « rlpipeline classes »)",
    )


def draft_of(
    exact: Exact, settings: Disclosure, service: Service, declared: Declarations
) -> Protected:
    """Keep the cells that may be shared, in wider classes; their figures are exact."""
    classes = classes_of(settings, service)
    withheld = declared.not_shared
    counted = [frame for frame in exact.values() if not frame.empty]
    nothing = pd.DataFrame(columns=[*CSV_COLUMNS])  # where all tables are the service's own
    every = pd.concat(counted or [nothing], ignore_index=True)
    shared = shared_cells(every, settings, service, declared)
    figures = regroup(shared, classes, declared.links).assign(base=0)
    words = words_of_classes(settings, service)
    left_out = dict[Table, str]()
    for id, place in exact:
        if id in withheld:
            left_out[id, place] = withheld[id]
    return Protected(
        "édition", figures, classes, words=words, left_out=left_out, followed_only=True
    )


@dataclass(frozen=True)
class _Plan:
    """How the unknowns are published.

    Parameters
    ----------
    opened
        Those that must not follow from exact ones.
    turned
        The multiple that is not the nearest, where one was chosen.
    left_out
        Tables without figures.
    """

    exact: Bools
    opened: Bools
    turned: Floats
    left_out: frozenset[Table] = frozenset()

    def with_rounded(self, more: Bools) -> _Plan:
        """Round more of them, none of which may follow from what is exact."""
        return replace(self, exact=self.exact & ~more, opened=self.opened | more)


class _Followed(NamedTuple):
    """What exact figures alone say: where each unknown lies, which figures are certain, which of these may be told."""

    within: Box
    certain: Bools
    tellable: Bools


class _Known(NamedTuple):
    """A system with the sums of hidden figures, where its unknowns lie, and which are known too well."""

    system: LinearSystem
    within: Box
    narrow: Bools


@dataclass(frozen=True)
class Year:
    """The figures of a year, not protected yet.

    Parameters
    ----------
    draft
        What may be shared, exactly.
    places
        Place of each of its figures among the unknowns, -1 without one.
    former
        Releases of other years.
    before
        What was released last of each unknown of another year, NaN where nothing was: it stays.
    base_before
        The base that it was rounded to, 0 where it is exact.
    """

    draft: Protected
    places: Places
    former: Sequence[Release]
    rules: Rules
    before: Floats
    base_before: Floats

    @classmethod
    def of(
        cls,
        exact: Exact,
        settings: Disclosure,
        service: Service,
        released: Sequence[Release],
        declared: Declarations,
    ) -> Year:
        """Take the cells that may be shared, under the rules of the settings. Raises as :meth:`beside`."""
        under = service.model_copy(update={"diffusion": settings})
        draft = draft_of(exact, settings, service, declared)
        return cls.beside(draft, knowledge(under, declared.links), released)

    @classmethod
    def beside(cls, draft: Protected, known: Knowledge, released: Sequence[Release]) -> Year:
        """Read the draft of a year beside what was released of others.

        Raises
        ------
        DisclosureError
            Two tables contradict each other.
        """
        documents = read([*released, draft], known)
        every = [*constraints_of(documents, known, documents[-1].years)]
        counted = documents[-1].facts
        holding = [each for each in every if _holds(each, counted, known)]
        # else rows of the records lie outside of their follow-up's dates: it shows
        followed_only = len(holding) == len(every)
        reading = _numbered(documents, replace(known, followed_only=followed_only), holding)
        draft = replace(draft, followed_only=followed_only)
        return cls._placed(draft, released, documents, reading)

    @classmethod
    def _placed(
        cls,
        draft: Protected,
        released: Sequence[Release],
        documents: Sequence[Document],
        reading: Reading,
    ) -> Year:
        """Find each figure of the draft, each exact number and each number released before among the unknowns."""
        own = documents[-1]
        names = [own.names.get(key, key) for key in addresses(draft.figures)]
        places = np.array([reading.cells.get(key, -1) for key in names], np.intp)
        rules = Rules(reading, _with_rests(reading.system, own.facts))
        before, base_before = _at(reading.system, _released_last(documents))
        return cls(draft, places, released, rules, before, np.nan_to_num(base_before))

    @property
    def system(self) -> LinearSystem:
        """What holds between the unknowns."""
        return self.rules.reading.system

    @property
    def cells(self) -> Mapping[FigureKey, int]:
        """Unknown of each figure of the year."""
        return self.rules.reading.cells

    @property
    def values(self) -> Floats:
        """Exact value of each unknown, NaN of another year."""
        return self.rules.values

    def attacked(self, protected: Protected) -> Attacked:
        """Attack what would be shared beside what is released."""
        return attack([*self.former, protected], self.rules.reading.known)

    @cached_property
    def own(self) -> Bools:
        """Which unknowns are figures of the year."""
        return self.system.marked(self.cells)

    @cached_property
    def released(self) -> Bools:
        """Which unknowns others have already."""
        return ~np.isnan(self.before)

    @cached_property
    def shown(self) -> frozenset[Table]:
        """Tables of the year."""
        return frozenset(map(_table, self.cells))

    @cached_property
    def _base(self) -> Floats:
        """What each is, or would be, a multiple of."""
        return np.where(self.base_before > 0, self.base_before, self.rules.base)

    def start(self) -> _Plan:
        """Publish exactly what the rules say, save what would show that a former year was corrected."""
        by_rule = self.rules.exact_by_rule & ~self._untrue
        exact = np.where(self.released, self.base_before == 0, by_rule)
        none = np.full(self.system.size, np.nan)
        return _Plan(np.asarray(exact, dtype=bool), self._untrue & self.own, none)

    @cached_property
    def _untrue(self) -> Bools:
        """Mark the exact figures of the year that contradict what was released of another, constraint by constraint."""
        low, high = self._within_what_was_released
        matrix = self.system.matrix
        system = self.system
        more = csr_array(matrix.maximum(0))
        less = csr_array(matrix.minimum(0))
        least = more @ low + less @ high
        most = more @ high + less @ low
        broken = (least > system.most + EPSILON) | (most < system.least - EPSILON)
        touched: Bools = abs(matrix).T @ broken.astype(float) > 0
        there = self.own & ~self.released & (self.values > 0)
        return there & touched

    @property
    def _within_what_was_released(self) -> Box:
        """Where each unknown lies: as it was released, as it is counted, anywhere."""
        none = np.zeros(self.system.size)
        width = np.maximum(self.base_before - 1, 0)
        anywhere = Box(none, none + FAR)
        counted = Box(self.values, self.values).where(self.own, anywhere)
        as_released = Box(self.before - width, self.before + width)
        low, high = as_released.where(self.released, counted)
        rests = [*self.system.rests]
        low[rests] = self.system.low[rests]
        high[rests] = FAR
        return Box(low, high)

    def round(self, plan: _Plan) -> tuple[_Plan, Floats]:
        """Round what is not exact, and exact figures that leave a rounded one too narrow, constraint by constraint.

        What follows from exact figures alone is exact, unless it is small: then one of these is rounded first.
        """
        for _ in range(MOST_SOLVED):
            followed = self._followed(plan)
            certain = followed.certain & plan.opened
            more = self._to_round(plan, followed.within, certain)
            telling = followed.tellable & ~(plan.exact | plan.opened)
            if not (more | telling).any():
                task = self._task(plan)
                published = round_together(task)
                more = self._to_round(plan, boxes(task, published))
                if not more.any():
                    return plan, published
            plan = replace(plan, exact=plan.exact | telling).with_rounded(more)
        return plan, round_together(self._task(plan))

    def refined(self, plan: _Plan, published: Floats) -> Protected | None:
        """Publish exactly again what was rounded to protect others, and that the attack does not need; None if all.

        That is what makes nothing too narrow, the most important first; the rest is rounded anew.
        """
        was = boxes(self._task(plan), published)
        needed = np.zeros(self.system.size, dtype=bool)
        narrow = self._number_narrow(plan.exact, was)
        for _ in range(MOST_REFINED):
            exact = self._exact_again(plan, was, needed, narrow)
            again = exact & ~plan.exact
            fewer = replace(plan, exact=exact)
            if not again.any():
                return None
            numbers = self._rounded_anew(fewer, published, narrow)
            protected = self.written(fewer, numbers)
            found = self.attacked(protected)
            if found.passed:
                return self._with_sums(fewer, numbers) or protected
            cures = np.zeros(len(needed), dtype=bool)
            for failure in found.failures:
                cures[self._places(failure.cures)] = True
            cures &= again
            if not cures.any():
                return None
            needed |= cures
        return None

    def _number_narrow(self, exact: Bools, within: Box) -> int:
        """Count what is known too well."""
        return int(self._known(exact, within).narrow.sum())

    def _exact_again(self, plan: _Plan, was: Box, needed: Bools, most_narrow: int) -> Bools:
        """Say what is exact if all is that leaves no more too narrow, save what is needed."""
        exact = plan.exact
        within = was
        by_rule = self.rules.exact_by_rule & ~self.released & ~self._untrue
        may_go = plan.opened & ~exact & by_rule & ~needed
        for some in self._by_table_and_line(np.flatnonzero(may_go).tolist()):
            if exact[some].all():
                continue
            also = exact.copy()
            inside = within.copy()
            also[some] = True
            inside.low[some] = inside.high[some] = self.values[some]
            if self._number_narrow(also, inside) <= most_narrow:
                exact = also
                within = inside
        return exact

    def _rounded_anew(self, plan: _Plan, published: Floats, most_narrow: int) -> Floats:
        """Round what is left, unless more is too narrow then: what is published stays, beside what is exact."""
        task = self._task(plan)
        anew = round_together(task)
        if self._number_narrow(plan.exact, boxes(task, anew)) <= most_narrow:
            return anew
        return np.where(plan.exact, task.shown, published)

    def _with_sums(self, plan: _Plan, numbers: Floats) -> Protected | None:
        """Publish sums of exact terms exactly as well; None where there are none, or where that tells too much."""
        exact = plan.exact | self._followed(plan).tellable
        if np.array_equal(exact, plan.exact):
            return None
        more = self.written(replace(plan, exact=exact), numbers)
        if self.attacked(more).passed:
            return more
        return None

    def _by_table_and_line(self, places: Sequence[int]) -> Iterator[list[int]]:
        """Give figures table by table, line by line, then each, the most important first."""
        important = sorted(places, key=self.rules.importance.item, reverse=True)
        for length in (1, 4, 5):
            some: dict[tuple[object, ...], list[int]] = {}
            for place in important:
                address = self.system.figures[place][:length]
                some.setdefault(address, []).append(place)
            yield from some.values()

    def cured(
        self, plan: _Plan, published: Floats, failures: Iterable[Failure], loop: int
    ) -> _Plan:
        """Round what would cure what the attack finds; else leave out tables, with those of the service the unseen."""
        begun = plan
        may_round = self._may_round(plan)
        goes_on = loop + 1 < MOST_LOOPS
        cures = list[int]()
        without = set[Table]()
        for failure in failures:
            turned = self._turned(plan, published, failure) if goes_on else None
            useful = [place for place in self._places(failure.cures) if may_round[place]]
            if turned is not None:
                plan = turned
            elif goes_on and useful:
                cures += sorted(useful, key=self.rules.importance.item)[: loop + 1]
            else:
                without |= self._tables_of(failure, plan)
        opened = plan.with_rounded(self.system.among(cures))
        if cures or (plan is not begun and not without):
            return opened
        return replace(opened, left_out=plan.left_out | self._beside(without - plan.left_out))

    def _beside(self, tables: set[Table]) -> set[Table]:
        """Give the tables to leave out: those of a territory before the service's, with the latter what has no page."""
        of_territories = {table for table in tables if table[1] != SERVICE}
        if of_territories:
            return of_territories
        unseen = {(id, place) for id, _ in tables for place in (HORS, SANS_COMMUNE)}
        return tables | (unseen & self.shown)

    def _turned(self, plan: _Plan, published: Floats, failure: Failure) -> _Plan | None:
        """Choose the other multiple of a crossed cell, where that protects what is small alone beside it."""
        place = self.cells.get(failure.about[0], -1)
        table = self._rounded_with(place, plan)
        threshold = self.rules.reading.threshold
        small = [other for other in table if self.values[other] < threshold[other]]
        is_alone = len(failure.about) == 1 and small == [place]
        if not is_alone or not self.rules.below[place]:
            return None
        task = self._task(plan)
        found: list[tuple[float, int, float]] = []
        both_multiples = 2 * task.floor + self._base
        for other in {*table}.intersection(task.free.tolist()):
            number = both_multiples[other] - published[other]
            numbers = published.copy()
            numbers[other] = number
            if self._protects(place, table, boxes(task, numbers), numbers):
                error = abs(number - self.values[other])
                found.append((error, other, number))
        if not found:
            return None
        _, other, number = min(found)
        turned = plan.turned.copy()
        turned[other] = number
        return replace(plan, turned=turned)

    def _rounded_with(self, place: int, plan: _Plan) -> list[int]:
        """List the crossed cells of its tables that are rounded, itself among them."""
        together = list[int]()
        for name, places in self.rules.reading.tables.items():
            if name[-1] == CROSSED and place in places:
                together += [other for other in places if not plan.exact[other]]
        return together

    def _protects(self, place: int, table: Sequence[int], within: Box, numbers: Floats) -> bool:
        """Whether three values stay for who assumes the nearest multiple of the others, and that there is somebody."""
        half = np.floor(self._base / 2)
        near = self.system.among(table) & ~self.rules.below
        inside = within.around(numbers, half, near)
        inside.low[place] = 1.0
        try:
            low, high = self._deduced(self.system, inside)
        except Contradiction:
            return False
        return bool(high[place] - low[place] >= THREE_VALUES)

    def _places(self, keys: Iterable[FigureKey]) -> list[int]:
        return [self.cells[key] for key in keys if key in self.cells]

    def _tables_of(self, failure: Failure, plan: _Plan) -> set[Table]:
        """List the tables to leave out: those that show the least important figure, else those that it follows from."""
        about = {*self._places(failure.about)}
        for place in sorted(about, key=self.rules.importance.item):
            if left := self._showing(place) - plan.left_out:
                return left
        ids = {key.indicateur for key in failure.about}
        shown = self.shown - plan.left_out
        if left := {table for table in shown if table[0] in ids}:
            return left
        territories = {key.territoire for key in failure.about}
        tables = set[Table]()
        for key in self.cells:
            if not territories.isdisjoint((key.territoire, key.ligne)):
                tables.add(_table(key))
        return tables

    def _showing(self, place: int) -> set[Table]:
        """List the tables that show an unknown."""
        return {_table(key) for key, at in self.cells.items() if at == place}

    def written(self, plan: _Plan, published: Floats) -> Protected:
        """Give the figures of the edition as they are published."""
        edition = self.draft.figures
        place = self.places
        listed = self.places >= 0
        rounded = ~np.append(plan.exact, True)[place]
        exact = np.where(self.released, self.before, self.values)
        shown = np.where(plan.exact, exact, published)
        numbers = np.append(shown, np.nan)[place]
        states = np.where(rounded, ARRONDI, edition["etat"].to_numpy(dtype=object))
        base = np.append(self._base, 0)[place]
        figures = edition.assign(
            valeur=np.where(listed, numbers, edition["valeur"]),
            etat=pd.Series(states, index=edition.index, dtype="str"),
            base=np.where(rounded, base, 0).astype("int64"),
        )
        tables = zip(figures["indicateur"], figures["territoire"], strict=True)
        left_out_too = np.array([table in plan.left_out for table in tables], bool)
        gone = listed & left_out_too
        shared = figures.loc[~gone, list(LEDGER_COLUMNS)].reset_index(drop=True)
        narrow = dict.fromkeys(sorted(plan.left_out), NARROW)
        left_out = {**self.draft.left_out, **narrow}
        return replace(self.draft, figures=shared, left_out=left_out)

    def _followed(self, plan: _Plan) -> _Followed:
        """Say what follows from exact figures alone."""
        task = self._task(plan)
        anywhere = Box(self.system.low, np.full(self.system.size, FAR))
        within = Box(task.shown, task.shown).where(plan.exact, anywhere)
        least, most = self._deduced(self.system, within)
        certain = (most - least < 0.5) & self.own
        narrow = too_narrow(least, most, self.rules.reading.threshold, self.rules.width)
        never = self.rules.reading.crossed | self.released | self._untrue | task.hidden
        return _Followed(within, certain, certain & ~(narrow | never))

    def _deduced(self, system: LinearSystem, within: Box) -> Box:
        """Narrow intervals; where a release contradicts what holds between years, without it."""
        try:
            return system.narrowed(within)
        except Contradiction:
            across = [*filter(_is_between_years, system.constraints)]
            return system.without(across).narrowed(within)

    def _known(self, exact: Bools, within: Box) -> _Known:
        """Say where figures lie, sums of hidden ones too, and which are known too well."""
        grown = self.system.with_unions(exact)
        known = self.rules.reading.known
        none = np.zeros(len(grown.sums))
        inside = self._deduced(grown, within.extended(none, none + FAR))
        threshold = np.append(self.rules.reading.threshold, none + known.seuil)
        width = np.append(self.rules.width, none + known.base - 1)
        asked = ~np.append(exact, none > 0)
        return _Known(grown, inside, asked & too_narrow(*inside, threshold, width))

    def _to_round(self, plan: _Plan, within: Box, beside: Bools | bool = False) -> Bools:
        """Say which exact figures to round: for each that is too narrow, the least important that makes it so."""
        importance = self.rules.importance
        known = self._known(plan.exact, within)
        known.narrow[: self.system.size] |= beside & ~plan.exact
        sums = np.zeros(len(known.system.sums), dtype=bool)
        may_round = np.append(self._may_round(plan), sums)
        narrow = np.flatnonzero(known.narrow).tolist()
        blamed = known.system.nearest(narrow, may_round, known.within)
        least = [min(others, key=importance.item) for others in blamed if others]
        # totals of territories, of tables, the cohort: once nothing else is to be rounded
        lesser = [place for place in least if importance[place] < OF_TERRITORY * RANK]
        return self.system.among(lesser or least)

    def _may_round(self, plan: _Plan) -> Bools:
        """Say which exact figures would tell less if they were rounded; a zero is, with its table alone."""
        there = self.own & (self.values > 0)
        return plan.exact & there & ~self.released

    def _task(self, plan: _Plan) -> Rounding:
        """Say what is settled of each unknown (exact, released before, « moins de » its threshold), what to round."""
        values = self.values
        rules = self.rules
        below = np.where(rules.below, 0.0, plan.turned)
        settled = np.where(plan.exact, values, below)
        shown = np.where(self.released, self.before, settled)
        there = self.own
        if plan.left_out:
            keys = (key for key in self.cells if _table(key) not in plan.left_out)
            there = self.system.marked(keys)
        hidden = ~there & (self.own | ~self.released)
        secret = values < rules.reading.threshold + self._base
        return Rounding(self.system, values, self._base, shown, plan.exact, hidden, secret)


def _table(key: FigureKey) -> Table:
    return key.indicateur, key.territoire


def _is_between_years(constraint: Constraint) -> bool:
    return len({key.annee for key, _ in constraint.terms}) > 1


def _numbered(
    documents: Sequence[Document], known: Knowledge, constraints: Iterable[Constraint]
) -> Reading:
    """Number the figures of the year, those released of others, and what parts leave of their wholes."""
    own = documents[-1].facts
    system = LinearSystem.of([*own, *_released_last(documents)], constraints)
    cells = {key: system.index[key] for key in own}
    return Reading(known, system, cells)


def _released_last(documents: Sequence[Document]) -> Facts:
    """Give what the releases, oldest first, say last of the figures of other years than the last document's."""
    *others, own = documents
    last = dict[FigureKey, tuple[float, int]]()
    for document in others:
        last |= document.facts
    return {key: fact for key, fact in last.items() if key.annee not in own.years}


def _at(system: LinearSystem, facts: Facts) -> tuple[Floats, Floats]:
    """Give the number and the base of each unknown, NaN where nothing is known of it."""
    values, bases = np.full((2, system.size), np.nan)
    for key, (value, base) in facts.items():
        place = system.index[key]
        values[place] = value
        bases[place] = base
    return values, bases


def _with_rests(system: LinearSystem, facts: Facts) -> Floats:
    """Give the number of each unknown, and what is left of each part beside its whole, NaN of another year."""
    values, _ = _at(system, facts)
    for rest, constraint in system.rests.items():
        keys = {key for key, _ in constraint.terms}
        values[rest] = np.nan
        if facts.keys() >= keys:
            values[rest] = -_sum_of(constraint, facts)
    return values


def _sum_of(constraint: Constraint, facts: Facts) -> float:
    """Add up the terms of a constraint."""
    return sum(factor * facts[key][0] for key, factor in constraint.terms)


def _holds(constraint: Constraint, facts: Facts, known: Knowledge) -> bool:
    """Say whether figures obey a constraint; what is assumed, or about others too, is taken to hold.

    Raises
    ------
    DisclosureError
        They do not, though it holds in any records.
    """
    if constraint.assumed or any(key not in facts for key, _ in constraint.terms):
        return True
    least = constraint.least - EPSILON
    most = constraint.most + EPSILON
    holds = least <= _sum_of(constraint, facts) <= most
    link = constraint.link
    if holds or (link is not None and link.holds == "dans_les_dates"):
        return holds
    raise DisclosureError(
        "Deux tableaux comptent les mêmes personnes et ne donnent pas le même nombre.",
        where=known.equation(constraint),
        todo="lire les écarts du rapport de contrôle (audit.html) de l'édition interne",
    )
