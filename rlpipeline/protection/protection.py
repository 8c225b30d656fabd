"""The figures of the edition to share: those of every territory and of the whole service, protected together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.attack import Attacked, Failure
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
from rlpipeline.declared import FigureKey
from rlpipeline.errors import DisclosureError
from rlpipeline.figures import CSV_COLUMNS, HORS, PROTECTED_UNITS, SANS_COMMUNE, SERVICE, Declarations
from rlpipeline.figures.tidy import ARRONDI, MASQUE, WITHOUT_VALUE
from rlpipeline.links import Row, Tables, rows, rows_between_years
from rlpipeline.protection.classes import KEY, Classes, classes_of, regroup, sensitive_row, shared_lines
from rlpipeline.protection.exactness import Margins, Rules
from rlpipeline.protection.judging import attacked, spelled
from rlpipeline.protection.releases import Releases
from rlpipeline.protection.rounding import Rounding, boxes, round_together
from rlpipeline.protection.shared_tables import shared_cells, without_rates_of_rounded
from rlpipeline.settings.models import Disclosure, Service

PROTECTED_COLUMNS = (*CSV_COLUMNS, "base")
Exact = Mapping[tuple[str, str], pd.DataFrame]
MOST_LOOPS = 6
"""Times that the attack may ask for more rounding, before what stays unsafe is left out; as many after that."""
MOST_SOLVED = 12
LAST = 3
"""Rank from which figures are rounded once nothing else is to be: totals of territories, of tables, the cohort."""
NARROW = "il porte sur trop peu de personnes pour que l'arrondi les protège"


@dataclass(frozen=True)
class LeftOut:
    """A table that is not in the edition to share, and why."""

    indicateur: str
    territoire: str
    raison: str


@dataclass(frozen=True)
class Protected:
    """What may be shared.

    Parameters
    ----------
    figures
        Every figure of the edition: columns of ``indicateurs.csv``, and ``base`` (int64), what a rounded figure is a
        multiple of, 0 for the others.
    classes
        Wider classes the figures are in.
    left_out
        Tables without figures about persons in the edition.
    corrected
        Cells released before, whose figure was corrected since: withdrawn.
    followed_only
        Whether issues and referrals are those of young people followed in the year: every row of the records is within
        the dates of its follow-up.
    loops
        Times that the attack asked for more rounding.
    """

    figures: pd.DataFrame
    classes: Classes = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    corrected: frozenset[FigureKey] = frozenset()
    followed_only: bool = True
    loops: int = 0


def protect(
    exact: Exact,
    settings: Disclosure,
    service: Service,
    released: Releases,
    declared: Declarations,
    *,
    judged: bool = True,
) -> Protected:
    """Protect the figures of one year, every territory at once.

    Parameters
    ----------
    exact
        Figures (columns of ``indicateurs.csv``) of each indicator and territory: the whole service, its communes,
        outside, without commune.
    released
        What was released before: a figure that has not changed keeps its released value.
    declared
        What is said of the tables.
    judged
        Whether the attack looks at the figures beside all that was released; else what rounding alone looks at is
        trusted.

    Returns
    -------
    Figures exact, rounded, or withdrawn because they were corrected after a release. With one commune there is no
    portrait: its protected figures, and those of what is outside it, are left out.

    Raises
    ------
    DisclosureError
        A figure cannot be protected, or two tables contradict each other.
    SettingsError
        The settings name a class or a family that does not exist.
    """
    year = _Year.of(exact, settings, service, released, declared)
    state = year.start()
    found = Attacked(0)
    for loop in range(2 * MOST_LOOPS):
        state, published = year.round(state)
        protected = replace(year.written(state, published), loops=loop)
        if not judged:
            return protected
        found = attacked(
            protected.figures, protected.classes, service, declared.links, released, protected.followed_only
        )
        if found.passed:
            return protected
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
    """How the unknowns are published.

    Parameters
    ----------
    opened
        Which are rounded to protect others: they must not follow from exact figures.
    left_out
        Tables without figures about persons.
    turned
        Figures to round the other way, with what is published of them.
    """

    exact: Bools
    opened: Bools
    left_out: frozenset[tuple[str, str]] = frozenset()
    turned: Mapping[int, float] = field(default_factory=dict)

    def rounding(self, more: Bools) -> _State:
        """Round more figures."""
        return replace(self, exact=self.exact & ~more, opened=self.opened | more)


@dataclass(frozen=True)
class _Year:
    """What is to be protected, and how.

    Parameters
    ----------
    values
        Exact value of each unknown, NaN of another year's.
    cells
        Figures of the year that have a number.
    before, base_before
        The last number released of each unknown, of any year (NaN where none), and its base (0 where exact).
    last_shown
        Indicator and territory of the tables of the year's last release.
    """

    declared: Declarations
    edition: pd.DataFrame
    stated: System
    values: Floats
    cells: Mapping[FigureKey, int]
    rules: Rules
    before: Floats
    base_before: Floats
    classes: Classes
    territories: tuple[tuple[str, str], ...]
    followed_only: bool
    last_shown: frozenset[tuple[str, str]]

    @classmethod
    def of(
        cls, exact: Exact, settings: Disclosure, service: Service, released: Releases, declared: Declarations
    ) -> _Year:
        """Join the classes, keep the cells that may be shared, and say what links them."""
        classes, links = classes_of(settings, service), declared.links
        every = pd.concat([frame for frame in exact.values() if not frame.empty], ignore_index=True)
        edition = regroup(shared_cells(every, settings, service, declared), classes, links)
        shown = {key: state not in WITHOUT_VALUE for key, _, state, _ in _cells(edition.assign(base=0), declared)}
        numbers = {key: value for key, value, _, _ in _cells(edition.assign(base=0), declared) if shown[key]}
        years = {key.annee for key in shown}
        numbered = released.figures[released.figures["valeur"].notna()].drop_duplicates(KEY, keep="last")
        former = {key: (value, base) for key, value, _, base in _cells(numbered, declared)}
        others = {key: True for key in former if key.annee not in years}
        tables = Tables(links, shown, spelled(classes))
        of_year = [*rows(tables, service.commune_codes)]
        whole = [row for row in of_year if not any(numbers.get(key, 0.0) % 1 for key, _ in row.terms)]
        held = [row for row in whole if _holds(row, numbers)]
        between = rows_between_years(Tables(links, {**others, **shown}, spelled(classes)))
        across = [row for row in between if any(key.annee in years for key, _ in row.terms)]
        stated = system([*numbers, *others], [*held, *across])
        values, before, base_before = (np.full(stated.size, fill) for fill in (np.nan, np.nan, 0.0))
        for key, value in numbers.items():
            values[stated.index[key]] = value
        for key, (value, base) in former.items():
            if key in numbers or key in others:
                before[stated.index[key]], base_before[stated.index[key]] = value, base
        for rest, line in stated.rests.items():
            row = stated.sources[line]
            values[rest] = -sum(factor * numbers.get(key, np.nan) for key, factor in row.terms)
        cells = {key: stated.index[key] for key in numbers}
        margins = Margins(frozenset(shared_lines(classes, settings, service).families), links.actions)
        rules = Rules(stated, values, cells, settings, margins, sensitive_row(settings, service), links)
        absent = tuple(key for key in exact if key[0] in declared.not_shared)
        complete = len(held) == len(whole)
        last = next((one.figures for one in reversed(released.each) if one.year in years), released.figures.iloc[:0])
        shown_last = frozenset(zip(last["indicateur"], last["territoire"], strict=True))
        return cls(
            declared, edition, stated, values, cells, rules, before, base_before, classes, absent, complete, shown_last
        )

    @cached_property
    def _own(self) -> Bools:
        """Which unknowns are figures of the year."""
        own = np.zeros(self.stated.size, dtype=bool)
        own[[*self.cells.values()]] = True
        return own

    @cached_property
    def _stands(self) -> Bools:
        """Which released figures the exact values still allow; those of other years do."""
        near = np.abs(self.before - self.values) < np.maximum(self.base_before, 1e-6)
        return np.asarray((near | ~self._own) & ~np.isnan(self.before))

    @cached_property
    def withdrawn(self) -> Bools:
        """Which figures were corrected after they were released."""
        return np.asarray(~np.isnan(self.before) & ~self._stands)

    def start(self) -> _State:
        """Publish exactly what the rules say, and released figures as they were."""
        exact = np.where(self._stands, self.base_before == 0, self.rules.exact() & ~self.withdrawn)
        return _State(np.asarray(exact, dtype=bool), np.zeros(self.stated.size, dtype=bool), self._absent_before)

    @cached_property
    def _absent_before(self) -> frozenset[tuple[str, str]]:
        """Which tables the last release of the year left out, where it had others like them and others beside them."""
        ids, places = {id for id, _ in self.last_shown}, {place for _, place in self.last_shown}
        return frozenset(key for key in self._tables - self.last_shown if key[0] in ids and key[1] in places)

    @cached_property
    def _tables(self) -> frozenset[tuple[str, str]]:
        """Indicator and territory of each table."""
        return frozenset((key.indicateur, key.territoire) for key in self.cells)

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

    def cured(self, state: _State, published: Floats, failures: Iterable[Failure], loop: int) -> _State:
        """Round what would cure the figures that the attack finds, or round them the other way.

        Returns
        -------
        The state to try next; without the tables of what nothing cures, once that was tried often enough: with the
        service's, those of the territories that have no page.
        """
        may_round, task = self._may_round(state), self._task(state)
        near = Neighbours(self.stated, *boxes(task, published))
        may_turn = np.isnan(task.shown) & ~task.hidden & (self.values % self._base > 0)
        places: list[int] = []
        turned, without = dict(state.turned), set[tuple[str, str]]()
        for failure in failures:
            useful = [self.cells[key] for key in failure.cures if key in self.cells and may_round[self.cells[key]]]
            useful.sort(key=self._importance)
            if useful and loop + 1 < MOST_LOOPS:
                places += useful[: loop + 1]
                continue
            without |= self._tables_of(failure, state)
            about = [self.cells[key] for key in failure.about if key in self.cells]
            beside = (place for first in about for place in near.of(first, may_turn))
            for place in (*(place for place in about if may_turn[place]), *beside):
                if place not in turned:
                    turned[place] = self._other_way(place, published[place])
                    break
        opened = state.rounding(self.rules.grouped(places) & self._may_open(state))
        if loop + 1 < MOST_LOOPS and (places or len(turned) > len(state.turned)):
            return replace(opened, turned=turned)
        without -= state.left_out
        without = {key for key in without if key[1] != SERVICE} or without
        unseen = {(id, place) for id, of in without if of == SERVICE for place in (HORS, SANS_COMMUNE)} & self._tables
        return replace(opened, turned={}, left_out=state.left_out | without | unseen)

    def _other_way(self, place: int, published: float) -> float:
        return float(published + self._base[place] * (1 if published < self.values[place] else -1))

    def _tables_of(self, failure: Failure, state: _State) -> set[tuple[str, str]]:
        """List the tables to leave out: those that show the least important figure, else those that it follows from."""
        shown: list[set[tuple[str, str]]] = []
        for place in sorted({self.cells[key] for key in failure.about if key in self.cells}, key=self._importance):
            shown.append({key[:1] + key[2:3] for key, at in self.cells.items() if at == place} - state.left_out)
        first = next((own for own in shown if own), None)
        if first:
            return first
        ids = {key.indicateur for key in failure.about}
        places = {key.territoire for key in failure.about}
        of_kind = {key[:1] + key[2:3] for key in self.cells if key.indicateur in ids} - state.left_out
        beside = (key for key in self.cells if not places.isdisjoint((key.territoire, key.ligne)))
        return of_kind or {key[:1] + key[2:3] for key in beside}

    def _importance(self, place: int) -> float:
        return float(self.rules.importance[place])

    def written(self, state: _State, published: Floats) -> Protected:
        """Write every figure as it is published."""
        absent = {key: self.declared.not_shared[key[0]] for key in self.territories} | dict.fromkeys(
            sorted(state.left_out), NARROW
        )
        return Protected(
            figures=self._figures(state, published),
            classes=self.classes,
            left_out=tuple(LeftOut(*key, reason) for key, reason in absent.items()),
            corrected=frozenset(key for key, place in self.cells.items() if self.withdrawn[place]),
            followed_only=self.followed_only,
        )

    def _settled(self, state: _State) -> _State:
        """Publish exactly what follows from exact figures alone, unless it is small: then round one of these."""
        while True:
            low = np.where(state.exact, np.nan_to_num(self._shown(state)), self.stated.low)
            high = np.where(state.exact, np.nan_to_num(self._shown(state)), FAR)
            least, most = self._deduced(self.stated, low, high)
            certain = (most - least < 0.5) & self._own
            more = self._to_round(state, (low, high), certain & state.opened)
            follows = certain & ~self._narrow(least, most) & ~state.opened & ~self._released & ~self._hidden(state)
            after = replace(state.rounding(more), exact=(state.exact | follows) & ~more)
            if np.array_equal(after.exact, state.exact):
                return after
            state = after

    def _narrow(self, least: Floats, most: Floats) -> Bools:
        """Say which figures, rests and sums of hidden figures are known too well, and may be small."""
        size = len(least)
        threshold, width = (
            np.full(size, float(self.rules.settings.seuil)),
            np.full(size, self.rules.settings.base - 1.0),
        )
        threshold[: self.stated.size], width[: self.stated.size] = self.rules.threshold, self.rules.base - 1
        every_small = (least <= 1) & (most >= threshold - 1)
        return np.asarray((most - least < width) & ~every_small & (least < threshold) & (most > 0.5))

    def _deduced(self, stated: System, low: Floats, high: Floats) -> tuple[Floats, Floats]:
        """Narrow intervals; where a release contradicts what is said between years, without it."""
        try:
            return narrowed(stated, low, high)
        except Contradiction:
            across = [row for row in stated.sources if len({key.annee for key, _ in row.terms}) > 1]
            return narrowed(stated.without(across), low, high)

    def _to_round(self, state: _State, within: tuple[Floats, Floats], beside: Bools | bool = False) -> Bools:
        """Say which exact figures to round: for each that is too narrow, the least important that makes it so."""
        sums = unions(self.stated, state.exact)
        grown, _ = self.stated.adding(sums)
        low, high = (
            np.concatenate([side, np.full(len(sums), end)]) for side, end in zip(within, (0, FAR), strict=True)
        )
        low, high = self._deduced(grown, low, high)
        narrow = self._narrow(low, high)
        narrow[: self.stated.size] |= beside
        narrow[: self.stated.size] &= ~state.exact
        near = Neighbours(grown, low, high)
        may_round = np.concatenate([self._may_round(state), np.zeros(len(sums), dtype=bool)])
        rests = self.stated.rests
        blamed = (near.of(place, may_round, further=place in rests) for place in np.flatnonzero(narrow).tolist())
        least = [min(others, key=self._importance) for others in blamed if others]
        lesser = [place for place in least if self.rules.rank[place] < LAST]
        return self.rules.grouped(lesser or least) & self._may_open(state)

    def _may_open(self, state: _State) -> Bools:
        return np.asarray(state.exact & self._own & ~self._released & ~self.rules.structural)

    def _may_round(self, state: _State) -> Bools:
        """Say which exact figures would tell less if they were rounded; a zero is, with its table alone."""
        return np.asarray(self._may_open(state) & (self.values > 0))

    @cached_property
    def _released(self) -> Bools:
        """Which figures were released, and stand or are withdrawn."""
        return ~np.isnan(self.before)

    def _hidden(self, state: _State) -> Bools:
        """Which unknowns are published nowhere in the year's edition."""
        shown = np.zeros(self.stated.size, dtype=bool)
        for key, place in self.cells.items():
            shown[place] |= (key.indicateur, key.territoire) not in state.left_out
        return ~shown | self.withdrawn

    def _shown(self, state: _State) -> Floats:
        """Give what is settled of each unknown: exact, released before, « moins de » its threshold."""
        settled = np.where(state.exact, self.values, np.where(self._below, 0.0, np.nan))
        for place, value in state.turned.items():
            settled[place] = settled[place] if state.exact[place] else value
        return np.where(self._stands, self.before, settled)

    @cached_property
    def _below(self) -> Bools:
        """Which figures are « moins de » once rounded: small margins, hence what they are made of."""
        below = self.rules.margin & self.rules.small & (self.rules.threshold <= self.rules.base)
        return made_of(self.stated, below, self.rules.small & self._own)

    @cached_property
    def _base(self) -> Floats:
        """What each figure is a multiple of, once rounded."""
        return np.where(self._stands & (self.base_before > 0), self.base_before, self.rules.base)

    def _task(self, state: _State) -> Rounding:
        base = self._base
        secret = self.values < self.rules.threshold + base
        hidden = self._hidden(state) & ~(self._stands & ~self._own)
        return Rounding(self.stated, self.values, base, self._shown(state), state.exact, hidden, secret)

    def _figures(self, state: _State, published: Floats) -> pd.DataFrame:
        """Write the figures as they are published, and their base."""
        place = self._places
        listed = place >= 0
        hidden = listed & self.withdrawn[place]
        rounded = listed & ~hidden & ~state.exact[place]
        values = np.where(rounded, published[place], self.edition["valeur"].to_numpy("float64"))
        states = np.where(hidden, MASQUE, np.where(rounded, ARRONDI, self.edition["etat"].to_numpy(dtype=object)))
        written = self.edition.assign(
            valeur=np.where(hidden, np.nan, values),
            etat=pd.Series(states, index=self.edition.index, dtype="str"),
            base=np.where(rounded, self._task(state).base[place], 0).astype("int64"),
        )
        tables = zip(written["indicateur"], written["territoire"], strict=True)
        gone = listed & np.array([table in state.left_out for table in tables], dtype=bool)
        columns, links = list(PROTECTED_COLUMNS), self.declared.links
        return without_rates_of_rounded(written.loc[np.flatnonzero(~gone), columns].reset_index(drop=True), links)

    @cached_property
    def _places(self) -> npt.NDArray[np.intp]:
        """Unknown of each row of the edition, -1 where it is about no person."""
        columns = (self.edition[name].tolist() for name in KEY)
        keys = (FigureKey(i, int(a), t, x, y) for i, a, t, x, y in zip(*columns, strict=True))
        return np.array([self.cells.get(key, -1) for key in keys], dtype=np.intp)


def _cells(figures: pd.DataFrame, declared: Declarations) -> Iterable[tuple[FigureKey, float, str, int]]:
    """Go through the figures about persons, in an order that is not that of the rows: address, value, state, base."""
    about = figures[figures["indicateur"].isin(declared.about_persons) & figures["unite"].isin(PROTECTED_UNITS)]
    columns = (about[name].tolist() for name in (*KEY, "valeur", "etat", "base"))
    cells = (
        (FigureKey(i, int(a), t, x, y), float(v), e, int(b)) for i, a, t, x, y, v, e, b in zip(*columns, strict=True)
    )
    yield from sorted(cells, key=lambda cell: (cell[0].territoire != SERVICE, cell[0].territoire, cell[0]))


def _holds(row: Row, numbers: Mapping[FigureKey, float]) -> bool:
    """Say whether exact figures obey a row: rows of the records outside of their dates may prevent it.

    Raises
    ------
    DisclosureError
        They do not, and nothing in the records can make it so.
    """
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
