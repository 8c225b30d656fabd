"""The figures of the year before that a publication shows beside its own."""

from __future__ import annotations

from collections.abc import Mapping

from rlpipeline.published.dictionary import read_dictionary
from rlpipeline.published.figures import EVOLUTIONS
from rlpipeline.published.model import Figure, FigureKey, Publication

COUNTED = "calculé"
"""Origin of the figures counted from the records."""


def former_figures(publication: Publication, printed: bool = False) -> Mapping[FigureKey, Figure]:
    """Read the figures of the year before, in the order of ``evolutions.csv``.

    Parameters
    ----------
    printed
        Whether those copied from a printed report are wanted too, which may contradict one another.
    """
    former = read_dictionary(publication.directory).former(publication.files.get(EVOLUTIONS, ()))
    found = [one.figure for one in former if printed or one.origine == COUNTED]
    return {figure.key: figure for figure in found if figure.key not in publication.figures}
