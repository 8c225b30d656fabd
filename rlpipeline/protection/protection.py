"""The figures of the edition to share: those of every territory and of the whole service, protected together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from rlpipeline.attack import Failure, Knowledge, attack
from rlpipeline.attack.publications import CROSSED, Facts, Read, read, stated
from rlpipeline.attack.system import (
    EPSILON,
    FAR,
    THREE_VALUES,
    Bools,
    Box,
    Contradiction,
    Floats,
    Places,
    System,
    too_narrow,
)
from rlpipeline.declared import FigureKey
from rlpipeline.errors import DisclosureError
from rlpipeline.figures import CSV_COLUMNS, HORS, SANS_COMMUNE, SERVICE, Declarations
from rlpipeline.links import Row
from rlpipeline.protection.classes import (
    KEY,
    classes_of,
    regroup,
    shared_cells,
    without_rates_of_rounded,
    words_of_classes,
)
from rlpipeline.protection.releases import LEDGER_COLUMNS, NARROW, Protected, Release
from rlpipeline.protection.rounding import RANK, Rounding, Rules, boxes, knowledge, round_together
from rlpipeline.settings.models import Disclosure, Service
from rlpipeline.states import ARRONDI

Exact = Mapping[tuple[str, str], pd.DataFrame]
"""Figures of each indicator and territory: the whole service, its communes, outside, without commune."""
MOST_LOOPS = 6
"""Times that the attack may ask for more rounding, before what stays unsafe is left out; as many after that."""
MOST_SOLVED = 40
MOST_REFINED = 3
LAST = 3
"""Rank from which figures are rounded once nothing else is to be: totals of territories, of tables, the cohort."""


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
    state = year.start()
    for loop in range(2 * MOST_LOOPS):
        state, published = year.round(state)
        protected = year.written(state, published)
        found = attack([*released, protected], year.known)
        if found.passed:
            last = year.refined(state, published) or protected
            return replace(
                last, figures=without_rates_of_rounded(last.figures, declared.links), loops=loop
            )
        if found.contradiction or found.unread or not found.failures:
            break
        state = year.cured(state, published, found.failures, loop)
    raise DisclosureError(
        "Des chiffres ne peuvent pas être protégés : l'édition à diffuser n'est pas publiée.",
        got=found.contradiction
        or " ; ".join(map(str, (*found.unread, *found.failures, *found.undecided)[:3]))
        or None,
        expected="pour chaque petit nombre, un intervalle assez large",
        todo="élargir les classes (service.yml, diffusion, classes ; voir « rlpipeline classes »)",
    )


def draft_of(
    exact: Exact, settings: Disclosure, service: Service, declared: Declarations
) -> Protected:
    """Keep the cells that may be shared, in wider classes; their figures are exact."""
    classes = classes_of(settings, service)
    counted = [frame for frame in exact.values() if not frame.empty]
    # no frame where all tables are the service's own
    every = pd.concat(counted or [pd.DataFrame(columns=[*CSV_COLUMNS])], ignore_index=True)
    shared = shared_cells(every, settings, service, declared)
    return Protected(
        "édition",
        regroup(shared, classes, declared.links).assign(base=0),
        classes,
        words=words_of_classes(settings, service),
        left_out={
            table: declared.not_shared[table[0]]
            for table in exact
            if table[0] in declared.not_shared
        },
        followed_only=True,
    )


@dataclass(frozen=True)
class _State:
    """How the unknowns are published; opened are those that must not follow from exact ones.

    Turned is the multiple that is not the nearest, where one was chosen.
    """

    exact: Bools
    opened: Bools
    turned: Floats
    left_out: frozenset[tuple[str, str]] = frozenset()

    def rounding(self, more: Bools) -> _State:
        return replace(self, exact=self.exact & ~more, opened=self.opened | more)


@dataclass(frozen=True)
class Year(Rules):
    """The figures of a year, not protected yet, with the place of each among the unknowns, -1 without one.

    Parameters
    ----------
    before
        What was released last of each unknown of another year, NaN where nothing was: it stays.
    base_before
        The base that it was rounded to, 0 where it is exact.
    """

    draft: Protected
    place: Places
    former: Sequence[Release]
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
        """Read the figures of a year beside what was released of others.

        Raises
        ------
        DisclosureError
            Two tables contradict each other.
        """
        *others, ours = read([*released, draft], known)
        numbers = {key: value for key, (value, _) in ours.facts.items()}
        told = _told(others, ours.years)
        asked = [*stated([*others, ours], known, ours.years)]
        held = [row for row in asked if _holds(row, numbers, known)]
        followed_only = len(held) == len(asked)
        system = System.of([*numbers, *told], held)
        addresses = map(FigureKey, *(draft.figures[name].tolist() for name in KEY))
        cells = {key: system.index[key] for key in numbers}
        places = [cells.get(ours.names.get(key, key), -1) for key in addresses]
        values = {key: (value, 0) for key, value in numbers.items()}
        return cls(
            known=replace(known, followed_only=followed_only),
            system=system,
            cells=cells,
            values=_with_rests(system, numbers, _at(system, values)[0]),
            draft=replace(draft, followed_only=followed_only),
            place=np.array(places, dtype=np.intp),
            former=released,
            before=_at(system, told)[0],
            base_before=np.nan_to_num(_at(system, told)[1]),
        )

    @cached_property
    def own(self) -> Bools:
        """Which unknowns are figures of the year."""
        return self.system.marked(self.cells)

    @cached_property
    def released(self) -> Bools:
        """Which unknowns others have already."""
        return ~np.isnan(self.before)

    @cached_property
    def shown(self) -> frozenset[tuple[str, str]]:
        """Tables of the year, by indicator and territory."""
        return frozenset(map(_table, self.cells))

    @cached_property
    def _base(self) -> Floats:
        return np.where(self.base_before > 0, self.base_before, self.base)

    def start(self) -> _State:
        """Publish exactly what the rules say, save what would show that a former year was corrected."""
        by_rule = self.exact_by_rule & ~self._untrue
        exact = np.where(self.released, self.base_before == 0, by_rule)
        none = np.full(self.system.size, np.nan)
        return _State(np.asarray(exact, dtype=bool), self._untrue & self.own, none)

    @cached_property
    def _untrue(self) -> Bools:
        """Mark the exact figures of the year that contradict what was released of another, row by row."""
        width = np.maximum(self.base_before - 1, 0)
        low = np.where(self.released, self.before - width, np.where(self.own, self.values, 0.0))
        high = np.where(self.released, self.before + width, np.where(self.own, self.values, FAR))
        matrix = self.system.matrix
        more, less = csr_array(matrix.maximum(0)), csr_array(matrix.minimum(0))
        rests = [*self.system.rests]
        low[rests], high[rests] = self.system.low[rests], FAR
        least, most = more @ low + less @ high, more @ high + less @ low
        broken = (least > self.system.most + EPSILON) | (most < self.system.least - EPSILON)
        touched = abs(matrix).T @ broken.astype(float) > 0
        return np.asarray(touched & self.own & ~self.released & (self.values > 0))

    def round(self, state: _State) -> tuple[_State, Floats]:
        """Round what is not exact, and exact figures that leave a rounded one too narrow, row by row.

        What follows from exact figures alone is exact, unless it is small: then one of these is rounded first.
        """
        for _ in range(MOST_SOLVED):
            within, certain, told = self._follows(state)
            more = self._to_round(state, within, certain & state.opened)
            told &= ~(state.exact | state.opened)
            if not (more | told).any():
                task = self._task(state)
                published = round_together(task)
                more = self._to_round(state, boxes(task, published))
                if not more.any():
                    return state, published
            state = replace(state, exact=state.exact | told).rounding(more)
        return state, round_together(self._task(state))

    def refined(self, state: _State, published: Floats) -> Protected | None:
        """Publish exactly again what was rounded to protect others, and that the attack does not need; None if all.

        That is what makes nothing too narrow, the most important first; the rest is rounded anew.
        """

        def narrow(exact: Bools, within: Box) -> int:
            return int(self._known(exact, within)[-1].sum())

        was, needed = boxes(self._task(state), published), np.zeros(self.system.size, dtype=bool)
        least = narrow(state.exact, was)
        for _ in range(MOST_REFINED):
            exact, (low, high) = state.exact, was
            by_rule = self.exact_by_rule & ~self.released & ~self._untrue
            may_go = state.opened & ~exact & by_rule & ~needed
            for some in self._together(np.flatnonzero(may_go).tolist()):
                also, at_least, at_most = exact.copy(), low.copy(), high.copy()
                also[some], at_least[some], at_most[some] = (
                    True,
                    self.values[some],
                    self.values[some],
                )
                if not exact[some].all() and narrow(also, (at_least, at_most)) <= least:
                    exact, low, high = also, at_least, at_most
            again, fewer = exact & ~state.exact, replace(state, exact=exact)
            if not again.any():
                return None
            anew = round_together(task := self._task(fewer))
            kept = narrow(exact, boxes(task, anew)) <= least
            numbers = anew if kept else np.where(exact, task.shown, published)
            found = attack([*self.former, protected := self.written(fewer, numbers)], self.known)
            if found.passed:
                sums = replace(fewer, exact=exact | self._follows(fewer)[-1])  # of exact terms
                more, same = self.written(sums, numbers), np.array_equal(sums.exact, exact)
                return (
                    more if same or attack([*self.former, more], self.known).passed else protected
                )
            cures = [
                place
                for failure in found.failures
                for place in self._places(failure.cures)
                if again[place]
            ]
            if not cures:
                return None
            needed[cures] = True
        return None

    def _together(self, places: Sequence[int]) -> Iterator[list[int]]:
        """Give figures table by table, line by line, then each, the most important first."""
        for length in (1, 4, 5):
            some: dict[tuple[object, ...], list[int]] = {}
            for place in sorted(places, key=self.importance.item, reverse=True):
                some.setdefault(tuple(self.system.figures[place])[:length], []).append(place)
            yield from some.values()

    def cured(
        self, state: _State, published: Floats, failures: Iterable[Failure], loop: int
    ) -> _State:
        """Round what would cure what the attack finds; else leave out tables, with those of the service the unseen."""
        begun, may_round, goes_on = state, self._may_round(state), loop + 1 < MOST_LOOPS
        places, without = list[int](), set[tuple[str, str]]()
        for failure in failures:
            useful = [place for place in self._places(failure.cures) if may_round[place]]
            if goes_on and (turned := self._turned(state, published, failure)):
                state = turned
            elif goes_on and useful:
                places += sorted(useful, key=self.importance.item)[: loop + 1]
            else:
                without |= self._tables_of(failure, state)
        opened = state.rounding(np.isin(np.arange(self.system.size), places))
        if places or (state is not begun and not without):
            return opened
        without -= state.left_out
        without = {key for key in without if key[1] != SERVICE} or without
        unseen = {
            (id, place) for id, of in without if of == SERVICE for place in (HORS, SANS_COMMUNE)
        } & self.shown
        return replace(opened, left_out=state.left_out | without | unseen)

    def _turned(self, state: _State, published: Floats, failure: Failure) -> _State | None:
        """Choose the other multiple of a crossed cell, where that protects what is small alone beside it."""
        place = self.cells.get(failure.about[0], -1)
        tables = (
            places
            for name, places in self.tables.items()
            if name[-1] == CROSSED and place in places
        )
        table = [other for places in tables for other in places if not state.exact[other]]
        small = [other for other in table if self.values[other] < self.threshold[other]]
        if len(failure.about) > 1 or small != [place] or not self.below[place]:
            return None
        task, half = self._task(state), np.floor(self._base / 2)
        near = [other for other in table if not self.below[other]]
        found = list[tuple[float, int, float]]()
        for other in {*table} & {*task.free.tolist()}:
            numbers = published.copy()
            numbers[other] = 2 * task.floor[other] + self._base[other] - published[other]
            low, high = boxes(task, numbers)
            low[near], high[near] = (
                np.maximum(low, numbers - half)[near],
                np.minimum(high, numbers + half)[near],
            )
            low[place] = 1.0
            try:
                low, high = self._deduced(self.system, (low, high))
            except Contradiction:
                continue
            if high[place] - low[place] >= THREE_VALUES:
                found.append((abs(numbers[other] - self.values[other]), other, numbers[other]))
        for _, other, number in sorted(found)[:1]:
            return replace(
                state, turned=np.where(np.arange(len(half)) == other, number, state.turned)
            )
        return None

    def _places(self, keys: Iterable[FigureKey]) -> list[int]:
        return [self.cells[key] for key in keys if key in self.cells]

    def _tables_of(self, failure: Failure, state: _State) -> set[tuple[str, str]]:
        """List the tables to leave out: those that show the least important figure, else those that it follows from."""
        for place in sorted({*self._places(failure.about)}, key=self.importance.item):
            if (
                shown := {_table(key) for key, at in self.cells.items() if at == place}
                - state.left_out
            ):
                return shown
        ids, territories = ({key[axis] for key in failure.about} for axis in (0, 2))
        beside = {
            _table(key)
            for key in self.cells
            if not territories.isdisjoint((key.territoire, key.ligne))
        }
        return {table for table in self.shown - state.left_out if table[0] in ids} or beside

    def written(self, state: _State, published: Floats) -> Protected:
        """Give the figures of the edition as they are published."""
        edition, place, listed = self.draft.figures, self.place, self.place >= 0
        rounded = ~np.append(state.exact, True)[place]
        exact = np.where(self.released, self.before, self.values)
        told = np.append(np.where(state.exact, exact, published), np.nan)[place]
        values = np.where(listed, told, edition["valeur"])
        states = np.where(rounded, ARRONDI, edition["etat"].to_numpy(dtype=object))
        figures = edition.assign(
            valeur=values,
            etat=pd.Series(states, index=edition.index, dtype="str"),
            base=np.where(rounded, np.append(self._base, 0)[place], 0).astype("int64"),
        )
        tables = zip(figures["indicateur"], figures["territoire"], strict=True)
        gone = listed & np.array([table in state.left_out for table in tables], dtype=bool)
        shared = figures.loc[np.flatnonzero(~gone), list(LEDGER_COLUMNS)].reset_index(drop=True)
        left_out = {**self.draft.left_out, **dict.fromkeys(sorted(state.left_out), NARROW)}
        return replace(self.draft, figures=shared, left_out=left_out)

    def _follows(self, state: _State) -> tuple[Box, Bools, Bools]:
        """Give what exact figures say, which figures follow from them alone, and which of these may be told."""
        task = self._task(state)
        within = (
            np.where(state.exact, task.shown, self.system.low),
            np.where(state.exact, task.shown, FAR),
        )
        least, most = self._deduced(self.system, within)
        certain = (most - least < 0.5) & self.own
        narrow = too_narrow(least, most, self.threshold, self.width)
        tellable = ~(narrow | self.crossed | self.released | self._untrue | task.hidden)
        return within, certain, certain & tellable

    def _deduced(self, stated: System, within: Box) -> Box:
        """Narrow intervals; where a release contradicts what is said between years, without it."""
        try:
            return stated.narrowed(*within)
        except Contradiction:
            across = [row for row in stated.sources if len({key.annee for key, _ in row.terms}) > 1]
            return stated.without(across).narrowed(*within)

    def _known(self, exact: Bools, within: Box) -> tuple[System, Floats, Floats, Bools]:
        """Say where figures lie, sums of hidden ones too, and which are known too well."""
        grown = self.system.with_unions(exact)
        none = np.zeros(len(grown.sums))
        low, high = self._deduced(
            grown, (np.append(within[0], none), np.append(within[1], none + FAR))
        )
        threshold = np.append(self.threshold, none + self.known.seuil)
        narrow = too_narrow(low, high, threshold, np.append(self.width, none + self.known.base - 1))
        return grown, low, high, narrow & ~np.append(exact, none > 0)

    def _to_round(self, state: _State, within: Box, beside: Bools | bool = False) -> Bools:
        """Say which exact figures to round: for each that is too narrow, the least important that makes it so."""
        grown, low, high, narrow = self._known(state.exact, within)
        narrow[: self.system.size] |= beside & ~state.exact
        may_round = np.append(self._may_round(state), np.zeros(len(grown.sums), dtype=bool))
        blamed = grown.nearest(np.flatnonzero(narrow).tolist(), may_round, low, high)
        least = [min(others, key=self.importance.item) for others in blamed if others]
        lesser = [place for place in least if self.importance[place] < LAST * RANK]
        return np.isin(np.arange(self.system.size), lesser or least)

    def _may_round(self, state: _State) -> Bools:
        """Say which exact figures would tell less if they were rounded; a zero is, with its table alone."""
        return np.asarray(state.exact & self.own & ~self.released & (self.values > 0))

    def _task(self, state: _State) -> Rounding:
        """Say what is settled of each unknown (exact, released before, « moins de » its threshold), what to round."""
        settled = np.where(state.exact, self.values, np.where(self.below, 0.0, state.turned))
        shown = np.where(self.released, self.before, settled)
        kept = (key for key in self.cells if _table(key) not in state.left_out)
        there = self.system.marked(kept) if state.left_out else self.own
        hidden = ~there & (self.own | ~self.released)
        secret = self.values < self.threshold + self._base
        return Rounding(self.system, self.values, self._base, shown, state.exact, hidden, secret)


def _table(key: FigureKey) -> tuple[str, str]:
    return key.indicateur, key.territoire


def _told(documents: Sequence[Read], years: frozenset[int]) -> Facts:
    """Give what releases, oldest first, said last of the figures of other years."""
    facts = (fact for document in documents for fact in document.facts.items())
    return {key: fact for key, fact in facts if key.annee not in years}


def _at(system: System, facts: Facts) -> tuple[Floats, Floats]:
    """Give the number and the base of each unknown, NaN where nothing is told of it."""
    values, bases = np.full(system.size, np.nan), np.full(system.size, np.nan)
    for key, (value, base) in facts.items():
        values[system.index[key]], bases[system.index[key]] = value, base
    return values, bases


def _with_rests(system: System, numbers: Mapping[FigureKey, float], values: Floats) -> Floats:
    """Add what is left of each part beside its whole, NaN where one of them is of another year."""
    whole = values.copy()
    for rest, line in system.rests.items():
        terms = system.sources[line].terms
        whole[rest] = -sum(factor * numbers.get(key, np.nan) for key, factor in terms)
    return whole


def _holds(row: Row, numbers: Mapping[FigureKey, float], known: Knowledge) -> bool:
    if row.assumed or any(key not in numbers for key, _ in row.terms):
        return True
    added = sum(factor * numbers[key] for key, factor in row.terms)
    holds = row.least - 1e-6 <= added <= row.most + 1e-6
    if holds or (row.link is not None and row.link.holds == "dans_les_dates"):
        return holds
    raise DisclosureError(
        "Deux tableaux comptent les mêmes personnes et ne donnent pas le même nombre.",
        where=known.equation(row),
        todo="lire les écarts du rapport de contrôle (audit.html) de l'édition interne",
    )
