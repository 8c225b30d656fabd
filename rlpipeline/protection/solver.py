"""The solver of integer programmes: the same answer on any machine, and nothing said on the standard output."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import numpy.typing as npt
from scipy.optimize import Bounds, LinearConstraint, milp

Floats = npt.NDArray[np.float64]


def solve(
    cost: Floats,
    constraints: LinearConstraint | Sequence[LinearConstraint],
    integrality: Floats,
    bounds: Bounds,
    limits: tuple[int, float],
) -> Floats | None:
    """Minimise a cost under linear constraints.

    Parameters
    ----------
    limits
        Nodes at most, and relative gap; never a duration, which would make the answer depend on the machine.

    Returns
    -------
    The solution, None where none was found within the nodes.
    """
    nodes, gap = limits
    with _silent_output():
        found = milp(
            cost,
            constraints=constraints,
            integrality=integrality.astype("int64"),
            bounds=bounds,
            options={"node_limit": nodes, "mip_rel_gap": gap},
        )
    return None if found.x is None else np.asarray(found.x, dtype="float64")


@contextmanager
def _silent_output() -> Iterator[None]:
    """Send what the solver's library prints, whatever it is told, nowhere: it writes beneath Python's own streams."""
    sys.stdout.flush()
    kept, nowhere = os.dup(1), os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
