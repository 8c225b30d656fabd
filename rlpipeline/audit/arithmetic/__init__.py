"""The arithmetic of a publication: what must be equal, what must be smaller, what must add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rlpipeline.audit.arithmetic.between import (
    Additivity,
    Declared,
    check_comparisons,
    check_crossing,
    check_dictionary,
    former_figures,
)
from rlpipeline.audit.arithmetic.recount import Recompute
from rlpipeline.audit.arithmetic.tables import Grids, make_grids
from rlpipeline.audit.arithmetic.within import Units, check_shares, check_totals, check_units, check_values, units_of
from rlpipeline.audit.findings import Examination, Tested, examine
from rlpipeline.published.model import Bundle, Figure, FigureKey

__all__ = [
    "Additivity",
    "Declared",
    "Recompute",
    "Units",
    "check_crossing",
    "check_dictionary",
    "check_own",
    "check_units",
    "former_figures",
]
Figures = Mapping[FigureKey, Figure]


def check_own(figures: Figures, tables: Sequence[Bundle], declared: Declared) -> tuple[Examination, Units]:
    """Test the relations between the figures of one part, and tell the units of its totals."""
    grids = make_grids(figures, tables)
    return examine(_of_grids(grids, declared)), units_of(grids)


def _of_grids(grids: Grids, declared: Declared) -> Iterator[Tested]:
    for grid in grids:
        yield from check_values(grid, declared.links)
        yield from check_totals(grid, declared.links)
        yield from check_shares(grid, declared.links)
    yield from check_comparisons(grids, declared)
