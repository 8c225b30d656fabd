"""What is known as a programme that HiGHS solves, cut into parts that do not depend on each other."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

import highspy
import numpy as np
import numpy.typing as npt
from scipy.sparse import csc_array, csr_array

from rlpipeline.attack.narrowing import EPSILON, Intervals
from rlpipeline.attack.relations import MANY
from rlpipeline.attack.unknowns import Row

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Settings = Mapping[str, bool | int | float | str]
NODES = 2_000
"""Branches after which the search for whole numbers is given up: a count, so that no machine differs."""
DUAL_SIMPLEX, PRIMAL_SIMPLEX = 1, 4
"""The last solution stays possible when the direction alone changes: the primal simplex starts from it."""


@dataclass(frozen=True)
class Component:
    """Unknowns that depend on each other, none of them already found, and the rows that link them."""

    unknowns: tuple[int, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Programme:
    """``least ≤ matrix @ x ≤ most`` and ``low ≤ x ≤ high``."""

    matrix: csr_array
    least: Floats
    most: Floats
    low: Floats
    high: Floats

    @cached_property
    def columns(self) -> csc_array:
        """The matrix, column by column."""
        return csc_array(self.matrix)

    def allows(self, values: Floats) -> bool:
        """Check whole numbers against every row: a solver's own tolerance may let through what is not possible."""
        added = self.matrix @ values
        inside = (values >= self.low - EPSILON) & (values <= self.high + EPSILON)
        return bool(inside.all() and (added >= self.least - EPSILON).all() and (added <= self.most + EPSILON).all())

    def highs(self) -> highspy.HighsLp:
        """Write it as HiGHS reads it, with nothing to aim at."""
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = self.matrix.shape
        model.col_cost_ = np.zeros(self.matrix.shape[1])
        model.col_lower_, model.col_upper_ = self.low, self.high
        model.row_lower_, model.row_upper_ = self.least, self.most
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = self.matrix.indptr.astype(np.int32)
        model.a_matrix_.index_ = self.matrix.indices.astype(np.int32)
        model.a_matrix_.value_ = self.matrix.data
        return model


def programme(component: Component, intervals: Intervals) -> Programme:
    """Write a component, what is already found moved to the other side.

    Notes
    -----
    « None of these, hence none of those » has a factor greater than any figure: the greatest that the figure can be is
    enough, and is kinder to the solver.
    """
    place = {unknown: rank for rank, unknown in enumerate(component.unknowns)}
    starts, indices, values, low, high = [0], [], [], [], []
    for row in component.rows:
        constant = 0.0
        for unknown, coefficient in zip(row.unknowns, row.coefficients, strict=True):
            if unknown in place:
                indices.append(place[unknown])
                values.append(-min(MANY, _other_high(row, unknown, intervals)) if coefficient == -MANY else coefficient)
            else:
                constant += coefficient * intervals.low[unknown]
        starts.append(len(indices))
        low.append(row.low - constant)
        high.append(row.high - constant)
    matrix = csr_array((np.array(values), np.array(indices), np.array(starts)), shape=(len(low), len(place)))
    bounds = ([side[unknown] for unknown in component.unknowns] for side in (intervals.low, intervals.high))
    return Programme(matrix, np.array(low), np.array(high), *(np.array(side) for side in bounds))


def _other_high(row: Row, unknown: int, intervals: Intervals) -> float:
    return max((intervals.high[other] for other in row.unknowns if other != unknown), default=MANY)


def components(rows: Iterable[Row], intervals: Intervals) -> list[Component]:
    """Cut what is not yet known into parts that do not depend on each other, in a stable order."""
    parent: dict[int, int] = {}

    def root(unknown: int) -> int:
        parent.setdefault(unknown, unknown)
        while parent[unknown] != unknown:
            parent[unknown] = parent[parent[unknown]]
            unknown = parent[unknown]
        return unknown

    open_rows = [(row, [one for one in row.unknowns if not intervals.fixed(one)]) for row in rows]
    for _, free in open_rows:
        for one in free[1:]:
            parent[root(one)] = root(free[0])
    parts: dict[int, tuple[dict[int, None], list[Row]]] = {}
    for row, free in open_rows:
        if free:
            members, inside = parts.setdefault(root(free[0]), ({}, []))
            members |= dict.fromkeys(free)
            inside.append(row)
    return [Component(tuple(sorted(members)), tuple(inside)) for members, inside in parts.values()]


class _Quiet(highspy.Highs):
    """HiGHS without callbacks: enabling them prints its name before it can be told to be quiet."""

    def enableCallbacks(self) -> None:  # noqa: N802 - HiGHS's own name
        """Enable none."""


def solver(settings: Settings | None = None) -> highspy.Highs:
    """Make a solver that is quiet and gives the same answer on every machine."""
    highs = _Quiet()  # type: ignore[no-untyped-call]
    usual: Settings = {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "random_seed": 0,
        "mip_max_nodes": NODES,
        "mip_rel_gap": 0.0,
        "simplex_strategy": PRIMAL_SIMPLEX,
    }
    for name, value in {**usual, **(settings or {})}.items():
        highs.setOptionValue(name, value)
    return highs
