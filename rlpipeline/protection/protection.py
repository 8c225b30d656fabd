"""The figures of the edition to share: those of every territory and of the whole service, protected together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from rlpipeline.attack import Attacked, Failure, Memory, Publication, attack
from rlpipeline.attack.publications import figures_of
from rlpipeline.attack.system import (
    FAR,
    THREE_VALUES,
    Bools,
    Box,
    Contradiction,
    Floats,
    Neighbours,
    System,
    made_of,
    narrowed,
    system,
    too_narrow,
)
from rlpipeline.declared import FigureKey
from rlpipeline.errors import DisclosureError
from rlpipeline.figures import CSV_COLUMNS, HORS, SANS_COMMUNE, SERVICE, Declarations
from rlpipeline.figures.tidy import ARRONDI, MASQUE, WITHOUT_VALUE
from rlpipeline.links import Row, Tables, rows, rows_between_years
from rlpipeline.protection.classes import KEY, Classes, classes_of, regroup, sensitive_row, spelled
from rlpipeline.protection.releases import Releases
from rlpipeline.protection.rounding import Rounding, boxes, round_together
from rlpipeline.protection.rules import Rules, families_of, knowledge, publications
from rlpipeline.protection.shared_tables import shared_cells, without_rates_of_rounded
from rlpipeline.settings.models import Disclosure, Service

PROTECTED_COLUMNS = (*CSV_COLUMNS, "base")
Exact = Mapping[tuple[str, str], pd.DataFrame]
"""Figures of each indicator and territory: the whole service, its communes, outside, without commune."""
MOST_LOOPS = 6
"""Times that the attack may ask for more rounding, before what stays unsafe is left out; as many after that."""
MOST_SOLVED = 12
MOST_REFINED = 3
LAST = 3
"""Rank from which figures are rounded once nothing else is to be: totals of territories, of tables, the cohort."""
NARROW = "il porte sur trop peu de personnes pour que l'arrondi les protège"


@dataclass(frozen=True)
class Protected:
    """What may be shared: columns of ``indicateurs.csv`` and ``base``, 0 where a figure is not rounded.

    Left out are tables (indicator, territory) without figures about persons, and why; corrected, the cells released
    before whose figure was corrected since, which are withdrawn. Loops are times that the attack asked for more.
    """

    figures: pd.DataFrame
    classes: Classes = field(default_factory=dict)
    left_out: Mapping[tuple[str, str], str] = field(default_factory=dict)
    corrected: frozenset[FigureKey] = frozenset()
    followed_only: bool = True
    loops: int = 0

    @property
    def narrow(self) -> list[tuple[str, str]]:
        """Tables left out for what they count, not for what they are."""
        return [table for table, reason in self.left_out.items() if reason == NARROW]


def protect(
    exact: Exact,
    settings: Disclosure,
    service: Service,
    released: Releases,
    declared: Declarations,
    *,
    judged: bool = True,
) -> Protected:
    """Protect the figures of one year, every territory at once; one released before stays, or is withdrawn.

    With one commune there is no portrait: its protected figures, and those of what is outside it, are left out. Unless
    the attack judges it beside all that was released, rounding alone is trusted.

    Raises
    ------
    DisclosureError
        A figure cannot be protected, or two tables contradict each other.
    """
    former, memory = publications(released), Memory()

    def judge(protected: Protected) -> Attacked:
        known = knowledge(service, declared.links, protected.followed_only)
        ours = Publication("édition", protected.figures, spelled(protected.classes))
        return attack([*former, ours], known, memory)

    year = _Year.of(exact, settings, service, released, declared)
    state = year.start()
    found = Attacked(0)
    for loop in range(2 * MOST_LOOPS):
        state, published = year.round(state)
        protected = year.written(state, published)
        if judged:
            found = judge(protected)
        if found.passed:
            last = year.refined(state, published, judge) if judged else None
            protected = replace(last or protected, loops=loop)
            return replace(protected, figures=without_rates_of_rounded(protected.figures, declared.links))
        if found.contradiction or found.unread or not found.failures:
            break
        state = year.cured(state, published, found.failures, loop)
    raise DisclosureError(
        "Des chiffres ne peuvent pas être protégés : l'édition à diffuser n'est pas publiée.",
        got=found.contradiction or " ; ".join(map(str, (*found.unread, *found.failures, *found.undecided)[:3])) or None,
        expected="pour chaque petit nombre, un intervalle assez large",
        todo="élargir les classes (service.yml, diffusion, classes ; voir « rlpipeline classes »)",
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
class _Year(Rules):
    """The figures of a year, with the last release of each unknown and the tables that the last one left out."""

    edition: pd.DataFrame
    before: Floats
    base_before: Floats
    classes: Classes
    not_shared: Mapping[tuple[str, str], str]
    followed_only: bool
    left_out: frozenset[tuple[str, str]]

    @classmethod
    def of(
        cls, exact: Exact, settings: Disclosure, service: Service, released: Releases, declared: Declarations
    ) -> _Year:
        """Join the classes, keep the cells that may be shared, and say what links them."""
        classes, links = classes_of(settings, service), declared.links
        counted = [frame for frame in exact.values() if not frame.empty]  # none where all tables are the service's own
        every = pd.concat(counted or [pd.DataFrame(columns=[*CSV_COLUMNS])], ignore_index=True)
        edition = regroup(shared_cells(every, settings, service, declared), classes, links)
        listed = [*_cells(edition.assign(base=0), links.persons)]
        shown = {key: state not in WITHOUT_VALUE for key, _, state, _ in listed}
        numbers = {key: value for key, value, _, _ in listed if shown[key]}
        years = {key.annee for key in shown}
        numbered = released.figures[released.figures["valeur"].notna()].drop_duplicates(KEY, keep="last")
        former = {key: (value, base) for key, value, _, base in _cells(numbered, links.persons)}
        others = [key for key in former if key.annee not in years]
        of_year = rows(Tables(links, shown, spelled(classes)), service.commune_codes)
        whole = [row for row in of_year if not any(numbers.get(key, 0.0) % 1 for key, _ in row.terms)]
        held = [row for row in whole if _holds(row, numbers)]
        between = rows_between_years(Tables(links, {**dict.fromkeys(others, True), **shown}, spelled(classes)))
        across = [row for row in between if any(key.annee in years for key, _ in row.terms)]
        stated = system([*numbers, *others], [*held, *across])
        values, before, base_before = (np.full(stated.size, fill) for fill in (np.nan, np.nan, 0.0))
        cells = {key: stated.index[key] for key in numbers}
        values[[*cells.values()]] = [*numbers.values()]
        for key, released_as in former.items():
            if key in cells or key.annee not in years:
                before[stated.index[key]], base_before[stated.index[key]] = released_as
        for rest, line in stated.rests.items():
            values[rest] = -sum(factor * numbers.get(key, np.nan) for key, factor in stated.sources[line].terms)
        last = next((one.rules for one in reversed(released.standing.each) if one.year in years), {})
        return cls(
            edition=edition,
            stated=stated,
            values=values,
            cells=cells,
            settings=settings,
            links=links,
            families=families_of(classes, service, links),
            sensitive=sensitive_row(settings, service),
            before=before,
            base_before=base_before,
            classes=classes,
            not_shared={key: declared.not_shared[key[0]] for key in exact if key[0] in declared.not_shared},
            followed_only=len(held) == len(whole),
            left_out=frozenset((id, place) for id, place in last.get("laisses", ())),
        )

    @cached_property
    def _own(self) -> Bools:
        return self.stated.marked(self.cells)

    @cached_property
    def _released(self) -> Bools:
        """Which figures were released, and stand or are withdrawn."""
        return ~np.isnan(self.before)

    @cached_property
    def _stands(self) -> Bools:
        """Which released figures the exact values still allow; those of other years do."""
        near = np.abs(self.before - self.values) < np.maximum(self.base_before, 1e-6)
        return np.asarray((near | ~self._own) & self._released)

    @cached_property
    def _withdrawn(self) -> Bools:
        return self._released & ~self._stands

    @cached_property
    def _tables(self) -> frozenset[tuple[str, str]]:
        return frozenset(map(_table, self.cells))

    @cached_property
    def _base(self) -> Floats:
        return np.where(self._stands & (self.base_before > 0), self.base_before, self.base)

    @cached_property
    def _below(self) -> Bools:
        """Which figures are « moins de » once rounded, with what they are made of."""
        return made_of(self.stated, self.below, self.small & self._own)

    def start(self) -> _State:
        """Publish exactly what the rules say, and released figures as they were."""
        exact = np.where(self._stands, self.base_before == 0, self.exact_by_rule & ~self._withdrawn)
        none = np.full(self.stated.size, np.nan)
        return _State(np.asarray(exact, dtype=bool), none > 0, none, self.left_out & self._tables)

    def round(self, state: _State) -> tuple[_State, Floats]:
        """Round what is not exact, and exact figures that leave a rounded one too narrow, row by row."""
        state = self._settled(state)
        for _ in range(MOST_SOLVED):
            task = self._task(state)
            published = round_together(task)
            more = self._to_round(state, boxes(task, published))
            if not more.any():
                break
            state = self._settled(state.rounding(more))
        return state, published

    def refined(self, state: _State, published: Floats, judge: Callable[[Protected], Attacked]) -> Protected | None:
        """Publish exactly again what was rounded to protect others, and that the attack does not need; None if all."""
        needed = np.zeros(self.stated.size, dtype=bool)
        for _ in range(MOST_REFINED):
            fewer, numbers = self._restored(state, published, needed)
            again = fewer.exact & ~state.exact
            if not again.any():
                return None
            found = judge(protected := self.written(fewer, numbers))
            if found.passed:
                sums = replace(fewer, exact=fewer.exact | self._follows(fewer)[-1])  # of exact terms
                also = protected if np.array_equal(sums.exact, fewer.exact) else self.written(sums, numbers)
                return also if also is protected or judge(also).passed else protected
            cures = [place for failure in found.failures for place in self._places(failure.cures) if again[place]]
            if not cures:
                return None
            needed[cures] = True
        return None

    def _restored(self, state: _State, published: Floats, needed: Bools) -> tuple[_State, Floats]:
        """Publish exactly again what makes nothing too narrow, the most important first, and round the rest anew."""

        def narrow(exact: Bools, within: Box) -> int:
            return int(self._known(exact, within)[-1].sum())

        least = narrow(state.exact, boxes(self._task(state), published))
        for _ in range(MOST_REFINED):
            exact, (low, high) = state.exact, boxes(self._task(state), published)
            may_go = state.opened & ~exact & self.exact_by_rule & ~self._released & ~needed
            for some in self._together(np.flatnonzero(may_go).tolist()):
                also, at_least, at_most = exact.copy(), low.copy(), high.copy()
                also[some], at_least[some], at_most[some] = True, self.values[some], self.values[some]
                if not exact[some].all() and narrow(also, (at_least, at_most)) <= least:
                    exact, low, high = also, at_least, at_most
            if np.array_equal(exact, state.exact):
                break
            state = replace(state, exact=exact)
            task = self._task(state)
            anew = round_together(task)
            published = anew if narrow(exact, boxes(task, anew)) <= least else np.where(exact, task.shown, published)
        return state, published

    def _together(self, places: Sequence[int]) -> Iterator[list[int]]:
        """Give figures table by table, line by line, then each, the most important first."""
        for length in (1, 4, 5):
            some: dict[tuple[object, ...], list[int]] = {}
            for place in sorted(places, key=self.importance.item, reverse=True):
                some.setdefault(tuple(self.stated.figures[place])[:length], []).append(place)
            yield from some.values()

    def cured(self, state: _State, published: Floats, failures: Iterable[Failure], loop: int) -> _State:
        """Round what would cure what the attack finds; else leave out tables, with those of the service the unseen."""
        may_round = self._may_round(state)
        goes_on = loop + 1 < MOST_LOOPS
        places: list[int] = []
        without: set[tuple[str, str]] = set()
        turned = False
        for failure in failures:
            if goes_on and (turn := self._turned(state, published, failure)):
                state, turned = turn, True
                continue
            useful = sorted(
                (place for place in self._places(failure.cures) if may_round[place]), key=self.importance.item
            )
            if useful and goes_on:
                places += useful[: loop + 1]
            else:
                without |= self._tables_of(failure, state)
        more = np.isin(np.arange(self.stated.size), places)
        opened = state.rounding(more & self._may_open(state))
        if places or (turned and not without):
            return opened
        without -= state.left_out
        without = {key for key in without if key[1] != SERVICE} or without
        unseen = {(id, place) for id, of in without if of == SERVICE for place in (HORS, SANS_COMMUNE)} & self._tables
        return replace(opened, left_out=state.left_out | without | unseen)

    def _turned(self, state: _State, published: Floats, failure: Failure) -> _State | None:
        """Choose the other multiple of a crossed cell, where that protects what is small alone beside it."""
        place = self.cells.get(failure.about[0], -1)
        table = [other for other in self.groups.get(place, ()) if not state.exact[other]]
        if len(failure.about) > 1 or not table or not self.below[place]:
            return None
        task, half = self._task(state), np.floor(self._base / 2)
        near = [other for other in table if not self._below[other]]
        found = list[tuple[float, int, float]]()
        for other in {*table} & {*task.free.tolist()}:
            numbers = published.copy()
            numbers[other] = 2 * task.floor[other] + self._base[other] - published[other]
            low, high = boxes(task, numbers)
            low[near], high[near] = np.maximum(low, numbers - half)[near], np.minimum(high, numbers + half)[near]
            low[place] = 1.0
            try:
                low, high = self._deduced(self.stated, (low, high))
            except Contradiction:
                continue
            if high[place] - low[place] >= THREE_VALUES:
                found.append((abs(numbers[other] - self.values[other]), other, numbers[other]))
        for _, other, number in sorted(found)[:1]:
            return replace(state, turned=np.where(np.arange(len(half)) == other, number, state.turned))
        return None

    def _places(self, keys: Iterable[FigureKey]) -> list[int]:
        return [self.cells[key] for key in keys if key in self.cells]

    def _tables_of(self, failure: Failure, state: _State) -> set[tuple[str, str]]:
        """List the tables to leave out: those that show the least important figure, else those that it follows from."""
        for place in sorted({*self._places(failure.about)}, key=self.importance.item):
            if shown := {_table(key) for key, at in self.cells.items() if at == place} - state.left_out:
                return shown
        ids, territories = ({key[axis] for key in failure.about} for axis in (0, 2))
        beside = {_table(key) for key in self.cells if not territories.isdisjoint((key.territoire, key.ligne))}
        return {table for table in self._tables - state.left_out if table[0] in ids} or beside

    def written(self, state: _State, published: Floats) -> Protected:
        columns = (self.edition[name].tolist() for name in KEY)
        place = np.array([self.cells.get(FigureKey(*key), -1) for key in zip(*columns, strict=True)], dtype=np.intp)
        listed = place >= 0
        hidden = listed & self._withdrawn[place]
        rounded = listed & ~hidden & ~state.exact[place]
        values = np.where(rounded, published[place], self.edition["valeur"].to_numpy("float64"))
        states = np.where(hidden, MASQUE, np.where(rounded, ARRONDI, self.edition["etat"].to_numpy(dtype=object)))
        figures = self.edition.assign(
            valeur=np.where(hidden, np.nan, values),
            etat=pd.Series(states, index=self.edition.index, dtype="str"),
            base=np.where(rounded, self._base[place], 0).astype("int64"),
        )
        tables = zip(figures["indicateur"], figures["territoire"], strict=True)
        gone = listed & np.array([table in state.left_out for table in tables], dtype=bool)
        shared = figures.loc[np.flatnonzero(~gone), list(PROTECTED_COLUMNS)].reset_index(drop=True)
        return Protected(
            figures=shared,
            classes=self.classes,
            left_out={**self.not_shared, **dict.fromkeys(sorted(state.left_out), NARROW)},
            corrected=frozenset(key for key, at in self.cells.items() if self._withdrawn[at]),
            followed_only=self.followed_only,
        )

    def _settled(self, state: _State) -> _State:
        """Publish exactly what follows from exact figures alone, unless it is small: then round one of these."""
        while True:
            within, certain, told = self._follows(state)
            more = self._to_round(state, within, certain & state.opened)
            after = replace(state.rounding(more), exact=(state.exact | (told & ~state.opened)) & ~more)
            if np.array_equal(after.exact, state.exact):
                return after
            state = after

    def _follows(self, state: _State) -> tuple[Box, Bools, Bools]:
        """Give what exact figures say, which figures follow from them alone, and which of these may be told."""
        shown = np.nan_to_num(self._shown(state))
        within = np.where(state.exact, shown, self.stated.low), np.where(state.exact, shown, FAR)
        least, most = self._deduced(self.stated, within)
        certain = (most - least < 0.5) & self._own
        narrow = too_narrow(least, most, self.threshold, self.base - 1)
        crossed = np.isin(np.arange(self.stated.size), [*self.groups])
        return within, certain, certain & ~narrow & ~crossed & ~self._released & ~self._hidden(state)

    def _deduced(self, stated: System, within: Box) -> Box:
        """Narrow intervals; where a release contradicts what is said between years, without it."""
        try:
            return narrowed(stated, *within)
        except Contradiction:
            across = [row for row in stated.sources if len({key.annee for key, _ in row.terms}) > 1]
            return narrowed(stated.without(across), *within)

    def _known(self, exact: Bools, within: Box) -> tuple[System, Floats, Floats, Bools]:
        """Say where figures lie, sums of hidden ones too, and which are known too well."""
        grown = self.stated.with_unions(exact)
        none = np.zeros(len(grown.sums))
        low, high = self._deduced(grown, (np.append(within[0], none), np.append(within[1], none + FAR)))
        threshold = np.append(self.threshold, none + self.settings.seuil)
        narrow = too_narrow(low, high, threshold, np.append(self.base, none + self.settings.base) - 1)
        return grown, low, high, narrow & ~np.append(exact, none > 0)

    def _to_round(self, state: _State, within: Box, beside: Bools | bool = False) -> Bools:
        """Say which exact figures to round: for each that is too narrow, the least important that makes it so."""
        grown, low, high, narrow = self._known(state.exact, within)
        narrow[: self.stated.size] |= beside & ~state.exact
        near = Neighbours(grown, low, high)
        may_round = np.append(self._may_round(state), np.zeros(len(grown.sums), dtype=bool))
        blamed = (near.of(place, may_round) for place in np.flatnonzero(narrow).tolist())
        least = [min(others, key=self.importance.item) for others in blamed if others]
        lesser = [place for place in least if self.rank[place] < LAST]
        return np.isin(np.arange(self.stated.size), lesser or least) & self._may_open(state)

    def _may_open(self, state: _State) -> Bools:
        return np.asarray(state.exact & self._own & ~self._released & ~self.structural)

    def _may_round(self, state: _State) -> Bools:
        """Say which exact figures would tell less if they were rounded; a zero is, with its table alone."""
        return np.asarray(self._may_open(state) & (self.values > 0))

    def _hidden(self, state: _State) -> Bools:
        return ~self.stated.marked(key for key in self.cells if _table(key) not in state.left_out) | self._withdrawn

    def _shown(self, state: _State) -> Floats:
        """Give what is settled of each unknown: exact, released before, « moins de » its threshold."""
        settled = np.where(state.exact, self.values, np.where(self._below, 0.0, state.turned))
        return np.where(self._stands, self.before, settled)

    def _task(self, state: _State) -> Rounding:
        secret = self.values < self.threshold + self._base
        hidden = self._hidden(state) & ~(self._stands & ~self._own)
        return Rounding(self.stated, self.values, self._base, self._shown(state), state.exact, hidden, secret)


def _table(key: FigureKey) -> tuple[str, str]:
    return key.indicateur, key.territoire


def _cells(figures: pd.DataFrame, persons: frozenset[str]) -> Iterator[tuple[FigureKey, float, str, int]]:
    cells = figures_of(figures, persons)
    yield from sorted(cells, key=lambda cell: (cell[0].territoire != SERVICE, cell[0].territoire, cell[0]))


def _holds(row: Row, numbers: Mapping[FigureKey, float]) -> bool:
    if any(key not in numbers for key, _ in row.terms):
        return True
    added = sum(factor * numbers[key] for key, factor in row.terms)
    if row.least - 1e-6 <= added <= row.most + 1e-6 or row.assumed:
        return True
    if row.link is not None and row.link.holds == "dans_les_dates":
        return False
    key = row.terms[0][0]
    raise DisclosureError(
        "Deux tableaux comptent les mêmes personnes et ne donnent pas le même nombre.",
        where=f"{key.indicateur} ({key.territoire}), ligne {key.ligne}, colonne {key.colonne}",
        expected="le nombre des autres tableaux de la même population",
        todo="lire les écarts du rapport de contrôle (audit.html) de l'édition interne",
    )
