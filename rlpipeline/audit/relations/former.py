"""The figures of the year before that a publication shows beside its own."""

from __future__ import annotations

from collections.abc import Mapping

from rlpipeline.published.evolutions import FILE, former_of
from rlpipeline.published.model import Figure, FigureKey, Publication
from rlpipeline.published.rounding import read_widths

COUNTED = "calculé"
"""Origin of the figures counted from the records."""


def former_figures(publication: Publication, printed: bool = False) -> Mapping[FigureKey, Figure]:
    """Read the figures of the year before, in the order of ``evolutions.csv``.

    Parameters
    ----------
    printed
        Whether those copied from a printed report are wanted too, which may contradict one another.
    """
    told = (one.figure for one in former_of(publication.files.get(FILE, ())) if printed or one.origine == COUNTED)
    found = map(read_widths(publication.directory).of, told)
    return {figure.key: figure for figure in found if figure.key not in publication.figures}
