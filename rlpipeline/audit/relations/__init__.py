"""The arithmetic of a publication: what must be equal, what must be smaller, what must add up."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rlpipeline.audit.findings import Finding
from rlpipeline.audit.relations.additivity import Additivity
from rlpipeline.audit.relations.arithmetic import check_totals
from rlpipeline.audit.relations.comparisons import check_comparisons, check_crossing
from rlpipeline.audit.relations.declared import Declared
from rlpipeline.audit.relations.former import former_figures
from rlpipeline.audit.relations.grids import SERVICE, Grids, make_grids
from rlpipeline.audit.relations.listed import FILE, check_list
from rlpipeline.audit.relations.recomputed import Recompute, check_recount
from rlpipeline.audit.relations.shares import check_shares
from rlpipeline.audit.relations.tested import Examination, Tested, examine
from rlpipeline.audit.relations.units import Units, check_units, check_values, units_of
from rlpipeline.published.model import Bundle, Figure, FigureKey, Publication

__all__ = [
    "Additivity",
    "Declared",
    "Examination",
    "Recompute",
    "Units",
    "check_crossing",
    "check_own",
    "check_recomputed",
    "check_relations",
    "check_units",
    "examine_list",
    "examine_recomputed",
    "examine_relations",
    "former_figures",
]

Figures = Mapping[FigureKey, Figure]


def examine_relations(figures: Figures, tables: Sequence[Bundle], declared: Declared) -> Examination:
    """Test every relation between the figures published.

    Parameters
    ----------
    figures
        Those of ``indicateurs.csv``, in its order.
    tables
        Those that the notebooks carry, for the kinds of lines and columns.
    """
    return examine(_tests(figures, tables, declared))


def check_relations(figures: Figures, tables: Sequence[Bundle], declared: Declared) -> list[Finding]:
    """As :func:`examine_relations`, what failed alone."""
    return [*examine_relations(figures, tables, declared).findings]


def examine_recomputed(figures: Figures, recompute: Recompute, declared: Declared) -> Examination:
    """Test the figures declared not additive against a count made again."""
    return examine(check_recount(figures, recompute, declared))


def check_recomputed(figures: Figures, recompute: Recompute, declared: Declared) -> list[Finding]:
    """As :func:`examine_recomputed`, what failed alone."""
    return [*examine_recomputed(figures, recompute, declared).findings]


def examine_list(publication: Publication) -> Examination:
    """Test the table of follow-ups to look at again against the list published beside it."""
    return examine(check_list(publication.files.get(FILE), publication.figures, publication.year))


def check_own(figures: Figures, tables: Sequence[Bundle], declared: Declared) -> tuple[Examination, Units]:
    """Test the relations between the figures of one part, and tell the units of its totals."""
    grids = make_grids(figures, tables)
    return examine(_of_grids(grids, declared)), units_of(grids)


def _of_grids(grids: Grids, declared: Declared) -> Iterator[Tested]:
    for grid in grids:
        yield from check_values(grid)
        yield from check_totals(grid)
        yield from check_shares(grid)
    yield from check_comparisons(grids, declared)


def _tests(figures: Figures, tables: Sequence[Bundle], declared: Declared) -> Iterator[Tested]:
    """All at once, where the figures are in memory already."""
    grids = make_grids(figures, tables)
    yield from _of_grids(grids, declared)
    yield from check_units(units_of(grids))
    yield from check_crossing(grids, declared)
    of_service = [figure for figure in figures.values() if figure.key.territoire == SERVICE]
    additivity = Additivity(declared, of_service)
    for place in declared.territories:
        additivity.add(figure for figure in figures.values() if figure.key.territoire == place)
    yield from additivity.check(grids.shown, {table.id: table.title for table in tables})
