"""The figures of the edition to share: those of every territory and of the whole service, protected together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd

from rlpipeline.errors import DisclosureError
from rlpipeline.figures import CSV_COLUMNS, SERVICE
from rlpipeline.figures.tidy import ARRONDI, MASQUE
from rlpipeline.protection.classes import Classes, classes_of, regroup, sensitive_row, shared_lines
from rlpipeline.protection.constraints import Relations, relations
from rlpipeline.protection.exactness import Rules, grouped
from rlpipeline.protection.narrowing import Deductions
from rlpipeline.protection.releases import Releases
from rlpipeline.protection.rounding import UNKNOWN, Rounding, boxes, round_together
from rlpipeline.protection.shared_tables import NOT_SHARED, shared_cells, without_rates_of_rounded
from rlpipeline.protection.unknowns import KEY, Bools, Exact, Floats, Registry, register
from rlpipeline.published.model import FigureKey
from rlpipeline.settings.models import Disclosure, Service

PROTECTED_COLUMNS = (*CSV_COLUMNS, "base")
MOST_LOOPS = 3
"""Times that the attack may ask for more rounding, before what stays unsafe is left out."""
MOST_SOLVED = 12
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
        Whether issues and referrals are those of young people followed, as :class:`Relations` has it.
    loops
        Times that the attack asked for more rounding.
    """

    figures: pd.DataFrame
    classes: Classes = field(default_factory=dict)
    left_out: tuple[LeftOut, ...] = ()
    corrected: frozenset[FigureKey] = frozenset()
    followed_only: bool = True
    loops: int = 0


@dataclass(frozen=True)
class Judged:
    """What the attack says: cells that are too well known, each with the exact cells that would cure it if rounded."""

    unsafe: Mapping[FigureKey, tuple[FigureKey, ...]]
    contradiction: str = ""


Judge = Callable[[Protected, Service, Releases], Judged]


def protect(
    exact: Exact, settings: Disclosure, service: Service, released: Releases, judge: Judge | None = None
) -> Protected:
    """Protect the figures of one year, every territory at once.

    Parameters
    ----------
    exact
        Figures (columns of ``indicateurs.csv``) of each indicator and territory: the whole service, its communes,
        outside, without commune.
    released
        What was released before: a figure that has not changed keeps its released value.
    judge
        Attacks the figures beside all that was released; None to trust what rounding alone looks at.

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
    year = _Year.of(exact, settings, service, released)
    state = year.start()
    for loop in range(MOST_LOOPS + 1):
        state, published = year.round(state)
        protected = replace(year.written(state, published), loops=loop)
        judged = judge(protected, service, released) if judge else Judged({})
        if not judged.unsafe and not judged.contradiction:
            return protected
        state = year.cured(state, judged, loop)
    raise DisclosureError(
        "Des chiffres ne peuvent pas être protégés : l'édition à diffuser n'est pas publiée.",
        got=judged.contradiction or None,
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
    """

    exact: Bools
    opened: Bools
    left_out: frozenset[tuple[str, str]] = frozenset()

    def rounding(self, more: Bools) -> _State:
        """Round more figures."""
        return replace(self, exact=self.exact & ~more, opened=self.opened | more)


@dataclass(frozen=True)
class _Before:
    """The last number released of each unknown (NaN where none) and its base (0 where exact)."""

    value: Floats
    base: Floats

    def stands(self, values: Floats) -> Bools:
        """Say which released figures the exact values still allow."""
        return np.asarray(np.abs(self.value - values) < np.maximum(self.base, 1e-6))

    def withdrawn(self, values: Floats) -> Bools:
        """Say which released figures were corrected since."""
        return ~np.isnan(self.value) & ~self.stands(values)


@dataclass(frozen=True)
class _Year:
    """What is to be protected, and how."""

    edition: pd.DataFrame
    registry: Registry
    links: Relations
    rules: Rules
    before: _Before
    classes: Classes
    territories: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, exact: Exact, settings: Disclosure, service: Service, released: Releases) -> _Year:
        """Join the classes, keep the cells that may be shared, and list what they count."""
        classes = classes_of(settings, service)
        every = pd.concat([frame for frame in exact.values() if not frame.empty], ignore_index=True)
        edition = regroup(shared_cells(every, settings, service), classes)
        registry, lines = register(edition), shared_lines(classes, settings, service)
        rules = Rules(registry, settings, lines, sensitive_row(settings, service))
        years = {cell.annee for cell in registry.cells}
        former = _greatest(released.figures, min(years, default=0) - 1)
        links = relations(exact.keys(), registry, lines, former)
        absent = tuple(key for key in exact if key[0] in NOT_SHARED)
        return cls(edition, registry, links, rules, _released(registry, released.figures), classes, absent)

    @cached_property
    def withdrawn(self) -> Bools:
        """Which figures were corrected after they were released."""
        return self.before.withdrawn(self.registry.values)

    def start(self) -> _State:
        """Publish exactly what the rules say, and released figures as they were."""
        values, stands = self.registry.values, self.before.stands(self.registry.values)
        exact = self.rules.exact() if len(values) else np.zeros(0, dtype=bool)
        return _State(
            np.where(stands, self.before.base == 0, exact & ~self.withdrawn), np.zeros(len(values), dtype=bool)
        )

    def round(self, state: _State) -> tuple[_State, Floats]:
        """Round what is not exact, and exact figures that leave a rounded one too narrow, row by row."""
        state = self._settled(state)
        for _ in range(MOST_SOLVED):
            task = self._task(state)
            published = round_together(task)
            deductions = Deductions(self.links, *boxes(task, published))
            more = self._to_round(deductions, state)
            if not more.any():
                break
            state = self._settled(state.rounding(more))
        return state, published

    def cured(self, state: _State, judged: Judged, loop: int) -> _State:
        """Round what would cure the figures that the attack finds; leave out the tables of those that nothing cures."""
        cells, may_round = self.registry.cells, self._may_round(state)
        places: list[int] = []
        without: set[tuple[str, str]] = set()
        for cell, cures in judged.unsafe.items():
            useful = [cells[cure] for cure in cures if cure in cells and may_round[cells[cure]]]
            if useful and loop + 1 < MOST_LOOPS:
                places += useful[: loop + 1]
            else:
                own = {(one.indicateur, one.territoire) for one, at in cells.items() if at == cells.get(cell)}
                without |= own if own - state.left_out else self._beside(cell)
        return replace(state.rounding(grouped(self.rules, places) & may_round), left_out=state.left_out | without)

    def _beside(self, cell: FigureKey) -> set[tuple[str, str]]:
        """List tables that a figure which is not shared, or no more, follows from.

        Returns
        -------
        Those of every territory; the service's too where the figure is one of former classes.
        """
        cells = self.registry.cells
        every = {(one.indicateur, one.territoire) for one in cells if one.indicateur == cell.indicateur}
        return every - {(cell.indicateur, SERVICE)} if cell in cells else every

    def written(self, state: _State, published: Floats) -> Protected:
        """Write every figure as it is published."""
        gone = dict.fromkeys(sorted(state.left_out), NARROW)
        absent = {key: NOT_SHARED[key[0]] for key in self.territories} | gone
        withdrawn = self.withdrawn
        return Protected(
            figures=self._figures(state, published),
            classes=self.classes,
            left_out=tuple(LeftOut(*key, reason) for key, reason in absent.items()),
            corrected=frozenset(cell for cell, place in self.registry.cells.items() if withdrawn[place]),
            followed_only=self.links.followed_only,
        )

    def _settled(self, state: _State) -> _State:
        """Publish exactly what follows from exact figures alone, unless it is small: then round one of these."""
        while True:
            low = np.where(state.exact, self.registry.values, 0.0)
            high = np.where(state.exact, self.registry.values, UNKNOWN)
            deductions = Deductions(self.links, low, high)
            certain = deductions.high - deductions.low < 0.5
            more = self._to_round(deductions, state, certain & state.opened)
            follows = certain & ~self._narrow(deductions) & ~state.opened & ~self._settled_before & ~self._hidden(state)
            after = replace(state.rounding(more), exact=(state.exact | follows) & ~more)
            if np.array_equal(after.exact, state.exact):
                return after
            state = after

    def _narrow(self, deductions: Deductions) -> Bools:
        return deductions.narrow(self.rules.base - 1, self.rules.threshold)

    def _to_round(self, deductions: Deductions, state: _State, beside: Bools | bool = False) -> Bools:
        """Say which exact figures to round: for each that is too narrow, the least important that makes it so."""
        may_round, importance = self._may_round(state), self.rules.importance
        blamed: list[int] = []
        for place in np.flatnonzero(self._narrow(deductions) | beside):
            one = deductions.blamed(int(place), may_round, importance)
            if one is not None:
                blamed.append(one)
        return grouped(self.rules, blamed) & may_round

    def _may_round(self, state: _State) -> Bools:
        released = self._settled_before | self.rules.structural
        return np.asarray(state.exact & ~released & (self.registry.values > 0))

    @cached_property
    def _settled_before(self) -> Bools:
        """Which figures were released, and stand or are withdrawn."""
        return ~np.isnan(self.before.value)

    def _hidden(self, state: _State) -> Bools:
        """Which unknowns are published nowhere."""
        shown = np.zeros(len(self.registry.unknowns), dtype=bool)
        for cell, place in self.registry.cells.items():
            shown[place] |= (cell.indicateur, cell.territoire) not in state.left_out
        return ~shown | self.withdrawn

    def _task(self, state: _State) -> Rounding:
        values, stands = self.registry.values, self.before.stands(self.registry.values)
        shown = np.where(stands, self.before.value, np.where(state.exact, values, np.nan))
        base = np.where(stands & (self.before.base > 0), self.before.base, self.rules.base)
        secret = values < self.rules.threshold + base
        return Rounding(values, base, shown, state.exact, self._hidden(state), secret, self.links)

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
        columns = list(PROTECTED_COLUMNS)
        return without_rates_of_rounded(written.loc[np.flatnonzero(~gone), columns].reset_index(drop=True))

    @cached_property
    def _places(self) -> npt.NDArray[np.intp]:
        """Unknown of each row of the edition, -1 where it is about no person."""
        columns = (self.edition[name].tolist() for name in KEY)
        cells = (FigureKey(i, int(a), t, x, y) for i, a, t, x, y in zip(*columns, strict=True))
        return np.array([self.registry.cells.get(cell, -1) for cell in cells], dtype=np.intp)


def _with_numbers(released: pd.DataFrame, year: int) -> pd.DataFrame:
    """Give the last number released of each cell of a year, with its base."""
    of_year = released[released["annee"].astype("int64").eq(year) & released["valeur"].notna()]
    base = of_year["base"] if "base" in of_year else pd.Series(0, index=of_year.index)
    return of_year.assign(base=base.astype("int64")).drop_duplicates(KEY, keep="last")


def _cells(figures: pd.DataFrame) -> Iterable[tuple[FigureKey, float, int]]:
    for *key, value, base in figures[[*KEY, "valeur", "base"]].itertuples(index=False):
        yield FigureKey(str(key[0]), int(key[1]), str(key[2]), str(key[3]), str(key[4])), float(value), int(base)


def _released(registry: Registry, released: pd.DataFrame) -> _Before:
    size = len(registry.unknowns)
    before = _Before(np.full(size, np.nan), np.zeros(size))
    for year in sorted({cell.annee for cell in registry.cells}):
        for cell, value, base in _cells(_with_numbers(released, year)):
            if cell in registry.cells:
                before.value[registry.cells[cell]], before.base[registry.cells[cell]] = value, base
    return before


def _greatest(released: pd.DataFrame, year: int) -> dict[FigureKey, float]:
    """Give the most that each released figure of a year can be."""
    return {cell: value + max(0, base - 1) for cell, value, base in _cells(_with_numbers(released, year))}
