"""The figures of the edition to share: those of every territory and of the whole service, protected together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from rlpipeline.disclosure.classes import Regrouped, regroup
from rlpipeline.disclosure.grouping import (
    NO_AGE,
    age_numbers,
    groups,
    kin_numbers,
    same_figure_numbers,
    territory_numbers,
)
from rlpipeline.disclosure.needs import Needs, State, Suppression
from rlpipeline.disclosure.regions import is_cut, service_factor
from rlpipeline.disclosure.relations import Relations, always_zero, relations
from rlpipeline.disclosure.releases import Releases
from rlpipeline.disclosure.rounding import Rounded, Rounding, round_together
from rlpipeline.disclosure.suppression import Each, search, suppress, with_zeros, without_zeros
from rlpipeline.disclosure.thresholds import prices, primary, thresholds
from rlpipeline.disclosure.unknowns import Bools, Cell, Exact, Floats, Registry, register
from rlpipeline.disclosure.worlds import Published, System
from rlpipeline.errors import DisclosureError
from rlpipeline.indicators import CSV_COLUMNS, SERVICE, find_indicator
from rlpipeline.indicators.tidy import MASQUE
from rlpipeline.params import Disclosure, Service
from rlpipeline.processes import workers

MOST_ROUNDS = 4


@dataclass(frozen=True)
class Protected:
    """What may be shared.

    Parameters
    ----------
    figures
        Every figure of the edition, columns of ``indicateurs.csv``.
    primary
        Masked cells that are too small to be shown, each with its threshold.
    rounded
        Cells published as a multiple of the base.
    masked
        Every masked cell, primary or not.
    base
        What rounded cells are a multiple of; 0 where none is rounded.
    regrouped
        Wider classes the figures are in.
    followed_only
        Whether issues and referrals are those of young people followed, as :class:`Relations` has it.
    """

    figures: pd.DataFrame
    primary: Mapping[Cell, int]
    rounded: frozenset[Cell]
    masked: frozenset[Cell]
    base: int = 0
    regrouped: Regrouped = field(default_factory=dict)
    followed_only: bool = True


def protect(
    exact: Exact, settings: Disclosure, service: Service, released: Releases, jobs: int | None = None
) -> Protected:
    """Protect the figures of one year, every territory at once.

    Parameters
    ----------
    exact
        Figures (columns of ``indicateurs.csv``) of each indicator and territory: the whole service, its communes,
        outside, without commune.
    released
        What was released before: a figure that has not changed keeps its released value.
    jobs
        Processes at most, where the service is cut in regions; one a processor when None. The result is the same.

    Returns
    -------
    Figures of the whole service exact or masked; of one territory (in its portrait, in the lines of ``communes``, in
    the columns of actions) rounded, or masked where any rounding would tell. With one commune there is no portrait: its
    protected figures, and those of what is outside it, are left out.

    Raises
    ------
    DisclosureError
        A figure cannot be protected, or two tables contradict each other.
    SettingsError
        The settings name a class or a family that does not exist.
    """
    edition = regroup(_of_edition(exact, service), settings.regroupements)
    registry = register(edition, alone=len(service.communes) == 1)
    year = _Year(edition, registry, thresholds(registry, settings, service), settings, service)
    if not registry.unknowns:
        return _told(year, np.zeros(0, dtype=bool), np.zeros(0))
    before = _before(year, released)
    links = relations(edition, registry, service, released.numbers(year.number - 1))
    rounded = round_together(Rounding(registry, links, settings.base, year.small & registry.of_service, before.parts))
    task = _task(year, links)
    with workers(search, jobs if is_cut(task) else 1) as each:
        state = _suppressed(task, _start(year, rounded, before), _kept(year, rounded, before), each)
    protected = _told(year, state.published.masked, rounded.values)
    return replace(protected, followed_only=links.followed_only)


@dataclass(frozen=True)
class _Year:
    """What is to be protected, and how."""

    edition: Exact
    registry: Registry
    threshold: Floats
    settings: Disclosure
    service: Service

    @property
    def number(self) -> int:
        """The year."""
        return next(iter(self.registry.cells)).annee

    @property
    def small(self) -> Bools:
        """Which unknowns are too small to be shown."""
        return primary(self.registry, self.threshold)

    @property
    def structural(self) -> Bools:
        """Which unknowns are zero by definition."""
        return np.array([always_zero(one) for one in self.registry.unknowns], dtype=bool)


@dataclass(frozen=True)
class _Before:
    """What was released of each unknown: its number (NaN where none), whether it was masked."""

    numbers: Floats
    masked: Bools
    of_service: Bools

    @property
    def parts(self) -> Floats:
        """Rounded numbers of the territories."""
        return np.where(self.of_service, np.nan, self.numbers)


def _before(year: _Year, released: Releases) -> _Before:
    cells, size = year.registry.cells, len(year.registry.unknowns)
    numbers, masked = np.full(size, np.nan), np.zeros(size, dtype=bool)
    for cell, value in released.numbers(year.number).items():
        if cell in cells:
            numbers[cells[cell]] = value
    masked[[cells[cell] for cell in released.masks(year.number) if cell in cells]] = True
    return _Before(numbers, masked, year.registry.of_service)


def _of_edition(exact: Exact, service: Service) -> dict[tuple[str, str], pd.DataFrame]:
    """Leave out the territories' figures about persons where there is one commune, hence no portrait."""
    if len(service.communes) > 1:
        return dict(exact)
    kept = {}
    for (name, territory), frame in exact.items():
        out = find_indicator(name).protected_figures(frame) & (territory != SERVICE)
        if not out.all() or frame.empty:
            kept[name, territory] = frame[~out]
    return kept


def _start(year: _Year, rounded: Rounded, before: _Before) -> Published:
    """Give what is published before secondary suppression."""
    values, ours, width = year.registry.values, year.registry.of_service, year.settings.base - 1.0
    shown = ~ours & ~rounded.masked & ~year.structural
    masked = (year.small & ours) | rounded.masked | (before.masked & ~year.structural)
    return Published(
        np.where(shown, np.maximum(0, rounded.values - width), values),
        np.where(shown, rounded.values + width, values),
        np.zeros(len(values), dtype=bool),
        shown,
    ).masking(np.flatnonzero(masked), values)


def _kept(year: _Year, rounded: Rounded, before: _Before) -> Bools:
    """Say which figures were released as they would be now: masking them would hide nothing any more."""
    now = np.where(year.registry.of_service, year.registry.values, rounded.values)
    return np.asarray(now == before.numbers)


def _task(year: _Year, links: Relations) -> Suppression:
    registry, values = year.registry, year.registry.values
    territories = territory_numbers(registry)
    return Suppression(
        System(values, links, values == np.round(values)),
        Needs(values, year.threshold, year.settings.base - 1.0, np.zeros(len(values), dtype=bool)),
        np.where(year.structural, 0.0, prices(registry)),
        groups(registry, year.service),
        territories,
        same_figure_numbers(registry),
        kin_numbers(registry, year.service),
        age_numbers(registry),
        service_factor(int(territories.max())),
    )


def _suppressed(task: Suppression, start: Published, kept: Bools, each: Each) -> State:
    """Suppress, released figures last, then mask the rounded figures that stay narrow whatever is masked beside them.

    Raises
    ------
    DisclosureError
        A masked figure cannot be opened.
    """
    spared = replace(task, price=np.where(kept, 0.0, task.price))
    state = suppress(spared, start, None, each)
    state = suppress(with_zeros(spared, state), state.published, state.proof, each)
    for attempt in range(MOST_ROUNDS + 1):
        task = without_zeros(with_zeros(task, state), state)
        if not _closed(task, state).any():
            return state
        if attempt == MOST_ROUNDS:
            break
        state = suppress(task, state.published, state.proof, each)
        closed = _closed(task, state)
        more = (closed & state.published.rounded) | _around(task, closed & state.published.masked, attempt)
        state = replace(state, published=state.published.masking(np.flatnonzero(more), task.needs.values))
    raise DisclosureError(
        f"{int(_closed(task, state).sum())} chiffre(s) ne peuvent pas être protégés.",
        expected="pour chaque petit nombre masqué, un zéro et le seuil aussi possibles l'un que l'autre",
        todo="élargir les classes (service.yml, diffusion, regroupements)",
    )


def _around(task: Suppression, stuck: Bools, attempt: int) -> Bools:
    """Give what to mask around figures that no search could open, in their territory: their age, all ages' sum, all.

    Notes
    -----
    The search is limited, so it may fail where a few masks would do: safety is kept, at the cost of figures.
    """
    found = np.zeros(len(stuck), dtype=bool)
    for place in np.flatnonzero(stuck):
        same_age = (task.age_of == task.age_of[place]) | ((task.age_of == NO_AGE) & (attempt > 0)) | (attempt > 1)
        found |= (task.territory_of == task.territory_of[place]) & same_age
    return found & (task.needs.values > 0) & (task.price > 0)


def _closed(task: Suppression, state: State) -> Bools:
    down, up = task.needs.unmet(state.published, state.proof)
    return np.asarray(down | up)


def _told(year: _Year, masked: Bools, rounded: Floats) -> Protected:
    registry, settings, cells = year.registry, year.settings, year.registry.cells
    small = year.small & masked
    shown = [_shown(year.edition[key], registry, masked, rounded) for key in year.edition]
    parts = frozenset(c for c, place in cells.items() if not masked[place] and not registry.of_service[place])
    return Protected(
        figures=pd.concat(shown, ignore_index=True)[list(CSV_COLUMNS)],
        primary={cell: int(year.threshold[place]) for cell, place in cells.items() if small[place]},
        rounded=parts,
        masked=frozenset(cell for cell, place in cells.items() if masked[place]),
        base=settings.base if parts else 0,
        regrouped=settings.regroupements,
    )


def _shown(frame: pd.DataFrame, registry: Registry, masked: Bools, rounded: Floats) -> pd.DataFrame:
    """Write the figures of a table as they are published."""
    keys = frame[list(CSV_COLUMNS[:5])].itertuples(index=False)
    places = [registry.cells.get(Cell(str(i), int(a), str(t), str(line), str(c)), -1) for i, a, t, line, c in keys]
    place = np.array(places, dtype=np.intp)
    listed = place >= 0
    if not listed.any():
        return frame
    hidden = listed & masked[place]
    round_to = listed & ~hidden & ~registry.of_service[place]
    values = np.where(hidden, np.nan, np.where(round_to, rounded[place], frame["valeur"].to_numpy("float64")))
    states = np.where(hidden, MASQUE, frame["etat"].to_numpy(dtype=object))
    return frame.assign(valeur=values, etat=pd.Series(states, index=frame.index, dtype="str"))
