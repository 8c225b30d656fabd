"""Controlled rounding: every figure of a territory becomes a multiple of the base next to it, and tables still add up.

All territories are rounded together, because the whole service's figures are published exactly beside them: what they
leave open of each cell must stay wide, and no cell of a territory may give away a masked one of the service.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint
from scipy.sparse import csr_array, diags_array, hstack, vstack

from rlpipeline.disclosure.relations import Relations
from rlpipeline.disclosure.solver import solve
from rlpipeline.disclosure.unknowns import Bools, Floats, Registry, Unknown
from rlpipeline.indicators import SERVICE

NODES = 2000
MOST = 40.0
"""Bases that a masked cell may take up in a sum."""
MASK_PRICE, ANEW_PRICE, TIGHT_PRICE = 100.0, 1000.0, 60.0


@dataclass(frozen=True)
class Rounded:
    """Rounded values of the territories, and the cells of territories that had to be masked instead.

    Parameters
    ----------
    values
        Multiple of the base for each unknown of a territory that is not masked, NaN for the others.
    masked
        Cells that any rounding would give away, or that keep a table from adding up.
    """

    values: Floats
    masked: Bools


@dataclass(frozen=True)
class Rounding:
    """What is to be rounded.

    Parameters
    ----------
    hidden
        Unknowns of the service that are masked because they are small.
    released
        Rounded values published before, NaN elsewhere: they are kept where the exact value still allows it.
    """

    registry: Registry
    relations: Relations
    base: int
    hidden: Bools
    released: Floats


def counterparts(registry: Registry) -> npt.NDArray[np.intp]:
    """Give the unknown of the whole service that each unknown of a territory is a part of, -1 where there is none."""
    index = registry.index
    return np.array(
        [
            -1 if one.territory == SERVICE else index.get(Unknown(one.measure, SERVICE, one.filters), -1)
            for one in registry.unknowns
        ],
        dtype=np.intp,
    )


def round_together(task: Rounding) -> Rounded:
    """Round every territory, with the fewest masks, then the least error.

    Returns
    -------
    Each value within base − 1 of the truth. A multiple of the base stays, hence a zero does. A part of a masked figure
    of the service is rounded to zero, or masked: anything else would say that the figure is not zero.
    """
    values, base = task.registry.values, float(task.base)
    ours = ~task.registry.of_service
    if not ours.any():
        return Rounded(np.full(len(values), np.nan), ours)
    parent = counterparts(task.registry)
    of_hidden = ours & (parent >= 0) & task.hidden[parent]
    masked = of_hidden & (values >= base)
    floor = np.floor(values / base) * base
    up_allowed = ours & (values > floor) & ~of_hidden
    optional = np.flatnonzero(of_hidden & ~masked & (values > 0))
    solved = _solve(task, floor, up_allowed, optional, masked)
    masked[optional[solved.absorbing]] = True
    rounded = np.where(ours & ~masked, floor + base * solved.up, np.nan)
    return Rounded(rounded, masked)


@dataclass(frozen=True)
class _Solved:
    up: Floats
    absorbing: Bools


def _solve(task: Rounding, floor: Floats, up_allowed: Bools, optional: npt.NDArray[np.intp], masked: Bools) -> _Solved:
    """Choose who is rounded up, and who of ``optional`` is masked, by mixed-integer programming.

    Unknowns: up (one per unknown), share taken by a masked cell, whether it is masked (one per optional each), and what
    each bound lacks.
    """
    base, size, count = float(task.base), len(floor), len(optional)
    additive = _rows_between(task.relations.equalities, ~task.registry.of_service & ~masked)
    place = csr_array((np.ones(count), (optional, np.arange(count))), shape=(size, count))
    demands = [demand(task, floor, masked) for demand in (_wide_enough, _in_order, _together)]
    wide = csr_array(vstack([rows for rows, _ in demands]))
    need = np.concatenate([least for _, least in demands])
    nothing = csr_array((additive.shape[0], count + len(need)))
    rows = [
        hstack([additive * base, additive @ place * base, nothing]),
        hstack([csr_array((count, size)), _eye(count), _eye(count) * -MOST, csr_array((count, len(need)))]),
        hstack([wide, csr_array((len(need), 2 * count)), _eye(len(need))]),
    ]
    gap = -(additive @ floor)
    least = np.concatenate([gap, np.full(count, -np.inf), need])
    most = np.concatenate([gap, np.zeros(count), np.full(len(need), np.inf)])
    cost = np.concatenate(
        [
            _error(task, floor, up_allowed),
            np.zeros(count),
            MASK_PRICE + 10 * task.registry.values[optional],
            np.full(len(need), TIGHT_PRICE),
        ]
    )
    upper = np.concatenate(
        [up_allowed.astype(float), np.full(count, MOST), np.ones(count), np.full(len(need), 4 * MOST)]
    )
    found = solve(
        cost,
        LinearConstraint(csr_array(vstack(rows)), least, most),
        np.concatenate([np.ones(size + 2 * count), np.zeros(len(need))]),
        Bounds(0, upper),
        (NODES, 0.01),
    )
    if found is None:
        return _Solved(np.zeros(size), np.ones(count, dtype=bool))
    return _Solved(np.round(found[:size]), np.asarray(found[size + count : size + 2 * count] > 0.5))


def _eye(size: int) -> csr_array:
    return csr_array(diags_array(np.ones(size), shape=(size, size))) if size else csr_array((0, 0))


def _rows_between(rows: csr_array, shown: Bools) -> csr_array:
    """Keep the equations whose every term is rounded and shown."""
    return csr_array(rows[_places_between(rows, shown)])


def _places_between(rows: csr_array, shown: Bools) -> npt.NDArray[np.intp]:
    hidden_terms = abs(rows) @ (~shown).astype(float)
    return np.flatnonzero((hidden_terms == 0) & (np.diff(rows.indptr) > 0))


def _error(task: Rounding, floor: Floats, up_allowed: Bools) -> Floats:
    """Give what rounding up adds to the error, and the price of publishing another value than before."""
    beyond = task.registry.values - floor
    cost = np.where(up_allowed, task.base - 2 * beyond, 0.0)
    before = task.released - floor
    return cost + np.where(before == 0, ANEW_PRICE, 0.0) - np.where(before == task.base, ANEW_PRICE, 0.0)


def _wide_enough(task: Rounding, floor: Floats, masked: Bools) -> tuple[csr_array, Floats]:
    """State that the exact figure of the service leaves the rounded parts of it their width.

    Notes
    -----
    A part lies between r − (base − 1), or 0, and r + base − 1. Beside an exact sum it can be no more than its least
    value + (sum − all the least values), no less than its greatest − (all the greatest − sum): both must be base − 1 at
    least.
    """
    width, base = task.base - 1.0, float(task.base)
    parent = counterparts(task.registry)
    kept = np.flatnonzero((parent >= 0) & ~masked)
    kept = kept[(task.registry.values[parent[kept]] > 0) & ~task.hidden[parent[kept]]]
    sums, line = np.unique(parent[kept], return_inverse=True)
    total = task.registry.values[sums]
    least = np.bincount(line, np.maximum(0, floor[kept] - width), len(sums))
    greatest = np.bincount(line, floor[kept] + width, len(sums))
    shape = (len(sums), len(floor))
    raises = csr_array((np.where(floor[kept] > 0, -base, -1.0), (line, kept)), shape=shape)
    widens = csr_array((np.full(len(kept), base), (line, kept)), shape=shape)
    return csr_array(vstack([raises, widens])), np.concatenate([width - total + least, width + total - greatest])


def _in_order(task: Rounding, floor: Floats, masked: Bools) -> tuple[csr_array, Floats]:
    """State that a part is never rounded above its whole: boxes that cross would narrow both."""
    base, links = float(task.base), task.relations
    ours = _places_between(links.inequalities, ~task.registry.of_service & ~masked)
    rows, bounds = csr_array(links.inequalities[ours]), links.bounds[ours]
    return csr_array(rows * -base), np.asarray(rows @ floor - bounds)


def _together(task: Rounding, floor: Floats, masked: Bools) -> tuple[csr_array, Floats]:
    """State that things and the persons concerned are rounded to zero together: one above zero says the other is."""
    shown = ~task.registry.of_service & ~masked
    pairs = [
        pair
        for thing, person in task.relations.together
        if shown[thing] and shown[person]
        for pair in ((thing, person), (person, thing))
        if floor[pair[1]] == 0 and task.registry.values[pair[0]] > 0
    ]
    above = np.array([float(floor[first] > 0) for first, _ in pairs])
    lines = np.repeat(np.arange(len(pairs)), 2)
    factors = np.array([(-float(floor[first] == 0), 1.0) for first, _ in pairs]).reshape(-1)
    columns = np.array(pairs, dtype=np.intp).reshape(-1)
    return csr_array((factors, (lines, columns)), shape=(len(pairs), len(floor))), above
