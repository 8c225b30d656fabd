"""Worlds next to the exact figures: one figure moved as far as it takes while the fewest others move with it.

The programme is the same for every figure, but for one bound, and is solved each time from where nothing moves: few
pivots, since few figures move, where going on from the move before would first undo it.
"""

from __future__ import annotations

import highspy
import numpy as np
import numpy.typing as npt
from scipy.sparse import csr_array, hstack

from rlpipeline.disclosure.narrowing import at_most, narrowed
from rlpipeline.disclosure.unknowns import Bools, Floats, ranks
from rlpipeline.disclosure.worlds import MOVED, Block, Published, Question, System, find_world

DUAL_SIMPLEX = 1
EVERYTHING = -1
PIVOTS = 2000
"""Pivots after which a move is given up: a count, so that no machine differs."""


class MovesByGroup:
    """Moves that stay within a figure's group; those of a zero do not, since someone more is in every table.

    Notes
    -----
    For a number, a move that takes more than its group is rarely found, and takes long to be missed.

    Parameters
    ----------
    group_of
        Group of each unknown.
    """

    def __init__(self, system: System, published: Published, group_of: npt.NDArray[np.intp]) -> None:
        self._system, self._published, self._group_of = system, published, group_of
        self._made: dict[int, Moves] = {}

    def of(self, place: int) -> Moves:
        """Give the moves for a figure, made when first asked."""
        group = int(self._group_of[place]) if self._system.values[place] > 0 else EVERYTHING
        if group not in self._made:
            free = None if group == EVERYTHING else self._group_of == group
            self._made[group] = Moves(self._system, self._published, free)
        return self._made[group]


class Moves:
    """Moves away from the exact figures of a system, nothing more being masked.

    Parameters
    ----------
    free
        Unknowns that may move, all where it is None.
    """

    def __init__(self, system: System, published: Published, free: Bools | None = None) -> None:
        self._system, self._published = system, published
        movable = published.low < published.high
        self._columns = np.flatnonzero(movable if free is None else movable & free)
        self._rank = ranks(len(system.values), self._columns)
        block = Block(system, published, self._columns, leave=0.0)
        rows = at_most(block.rows, block.least, block.most)
        low, high = narrowed(rows, np.zeros((0, 2), dtype=np.intp), block.low, block.high)
        self._up, self._down = high - block.values, block.values - low
        self._solver = _solver(_model(block, self._up, self._down))
        self._solver.run()
        self._still = self._solver.getBasis()

    def toward(self, place: int, least: float, most: float) -> Floats | None:
        """Look for a world in which a figure is between two values.

        Returns
        -------
        Every figure, to be checked by the caller; None where there is no such world, or none was found.
        """
        rank, value = int(self._rank[place]), self._system.values[place]
        if rank < 0:
            return None
        gap, room = (least - value, self._up) if least > value else (value - most, self._down)
        if gap > room[rank]:
            return None
        moved = self._moved(rank if least > value else rank + len(self._columns), gap, room[rank])
        places = np.flatnonzero(np.abs(moved) > MOVED)
        if not len(places):
            return None
        world = self._system.values.copy()
        world[self._columns[places]] += moved[places]
        if np.abs(moved - np.rint(moved)).max() <= MOVED:
            return np.asarray(np.where(self._system.whole, np.rint(world), world))
        free = np.zeros(len(world), dtype=bool)
        free[self._columns[places]] = True
        question = Question(np.zeros(len(world)), {place: (least, most)})
        return find_world(self._system, self._published, free, question)

    def _moved(self, column: int, gap: float, room: float) -> Floats:
        size = len(self._columns)
        self._solver.setBasis(self._still)
        self._solver.changeColBounds(column, gap, room)
        self._solver.run()
        optimal = self._solver.getModelStatus() == highspy.HighsModelStatus.kOptimal
        found = np.asarray(self._solver.getSolution().col_value) if optimal else np.zeros(2 * size)
        self._solver.changeColBounds(column, 0.0, room)
        return found[:size] - found[size:]


def _model(block: Block, up: Floats, down: Floats) -> highspy.HighsLp:
    """Write what moves up, then what moves down, each at the same price."""
    matrix, still = csr_array(hstack([block.rows, -block.rows])), block.rows @ block.values
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = matrix.shape
    model.col_cost_ = np.ones(matrix.shape[1])
    model.col_lower_ = np.zeros(matrix.shape[1])
    model.col_upper_ = np.concatenate([up, down])
    model.row_lower_, model.row_upper_ = block.least - still, block.most - still
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = matrix.indptr.astype(np.int32)
    model.a_matrix_.index_ = matrix.indices.astype(np.int32)
    model.a_matrix_.value_ = matrix.data
    return model


class _Quiet(highspy.Highs):
    """HiGHS without callbacks: enabling them prints its name before it can be told to be quiet."""

    def enableCallbacks(self) -> None:  # noqa: N802 - HiGHS's own name
        """Enable none."""


def _solver(model: highspy.HighsLp) -> highspy.Highs:
    made = _Quiet()  # type: ignore[no-untyped-call]
    settings: dict[str, bool | int | float | str] = {
        "output_flag": False,
        "threads": 1,
        "parallel": "off",
        "random_seed": 0,
        "presolve": "off",
        "simplex_strategy": DUAL_SIMPLEX,
        "simplex_iteration_limit": PIVOTS,
    }
    for name, value in settings.items():
        made.setOptionValue(name, value)
    made.passModel(model)
    return made
