"""What cannot all be true made true again, at the least cost: guesses given up, rows broken by corrected records."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import highspy
import numpy as np
from scipy.sparse import csr_array, eye_array, hstack, vstack

from rlpipeline.attack.possible import solver
from rlpipeline.attack.system import EPSILON, Contradiction, Floats, System, narrowed
from rlpipeline.links import Row

Box = tuple[Floats, Floats]


def nearest_possible(stated: System, allowed: Box, guessed: Box) -> Box:
    """Give the guesses that can all be true together: the others go back to what is allowed.

    Raises
    ------
    Contradiction
        What is allowed cannot be true itself.
    """
    values = _solved(stated.matrix, stated.least, stated.most, allowed, guessed)
    given_up = (values < guessed[0] - EPSILON) | (values > guessed[1] + EPSILON)
    low, high = np.where(given_up, allowed[0], guessed[0]), np.where(given_up, allowed[1], guessed[1])
    try:
        narrowed(stated, low, high)
    except Contradiction:
        return allowed
    return low, high


def untrue(stated: System, low: Floats, high: Floats, may_go: Callable[[Row], bool]) -> Sequence[Row]:
    """List rows to withdraw, among those that may be, for the others to be nearer the truth; none where all are true.

    Raises
    ------
    Contradiction
        It takes more than those.
    """
    soft = np.array([line for line, row in enumerate(stated.sources) if may_go(row)], dtype=np.intp)
    if not len(soft):
        return ()
    height, size = stated.matrix.shape
    beside = csr_array(eye_array(height).tocsc()[:, soft])
    matrix = csr_array(hstack([stated.matrix, -1 * beside]))
    least, most = stated.least.copy(), stated.most.copy()
    wanted = np.concatenate([low, least[soft]]), np.concatenate([high, most[soft]])
    least[soft] = most[soft] = 0.0
    far = np.full(len(soft), np.inf)
    allowed = np.concatenate([low, -far]), np.concatenate([high, far])
    values = _solved(matrix, least, most, allowed, wanted)[size:]
    broken = soft[(values < stated.least[soft] - EPSILON) | (values > stated.most[soft] + EPSILON)]
    return [stated.sources[line] for line in broken] or _untrue_beside(stated, low, high, may_go)


def _untrue_beside(stated: System, low: Floats, high: Floats, may_go: Callable[[Row], bool]) -> Sequence[Row]:
    """List what forbids whole numbers, or nobody where there is something: the pairs, else the rows."""
    try:
        narrowed(stated, low, high)
    except Contradiction as problem:
        empty = [*problem.places]
        paired = np.isin(stated.pairs, empty).any(axis=1)
        touching = abs(stated.matrix)[:, empty].sum(axis=1) > 0
        for rows, near in ((stated.paired, paired), (stated.sources, touching)):
            if found := [rows[place] for place in np.flatnonzero(near) if may_go(rows[place])]:
                return found
        raise
    return ()


def _solved(matrix: csr_array, least: Floats, most: Floats, allowed: Box, wanted: Box) -> Floats:
    """Find values that are allowed, as little outside of what is wanted as can be."""
    soft = np.flatnonzero((allowed[0] < wanted[0]) | (allowed[1] > wanted[1]))
    size, height = matrix.shape[1], matrix.shape[0]
    pick = csr_array((np.ones(len(soft)), (np.arange(len(soft)), soft)), shape=(len(soft), size))
    unit = eye_array(len(soft), format="csr")
    above = hstack([matrix, csr_array((height, 2 * len(soft)))])
    rows = csr_array(vstack([above, hstack([pick, unit, -1 * unit])]))
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = rows.shape
    model.col_cost_ = np.concatenate([np.zeros(size), np.ones(2 * len(soft))])
    none = np.zeros(2 * len(soft))
    model.col_lower_, model.col_upper_ = np.concatenate([allowed[0], none]), np.concatenate([allowed[1], none + np.inf])
    model.row_lower_ = np.concatenate([least, wanted[0][soft]])
    model.row_upper_ = np.concatenate([most, wanted[1][soft]])
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = rows.indptr.astype(np.int32)
    model.a_matrix_.index_ = rows.indices.astype(np.int32)
    model.a_matrix_.value_ = rows.data
    highs = solver()
    highs.passModel(model)
    highs.run()
    if highs.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        raise Contradiction("Des chiffres publiés se contredisent.")
    return np.asarray(highs.getSolution().col_value)[:size]
