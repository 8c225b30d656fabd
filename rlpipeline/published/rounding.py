"""How far rounded figures may be from the exact ones, as ``datapackage.json`` tells it beside the CSV files."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from rlpipeline.published.model import Figure, FigureKey, FormerFigure

FILE = "datapackage.json"
ROUNDED = "arrondi"


@dataclass(frozen=True)
class Widths:
    """Bases of rounded figures; no figure has one where nothing is told.

    Parameters
    ----------
    others
        Bases that are not the usual one, of a line (indicator, territory, line) or of a figure (year and column too).
    """

    base: int = 0
    others: Mapping[tuple[object, ...], int] = field(default_factory=dict)

    def of(self, figure: Figure) -> Figure:
        """Say of a figure by how much the exact one may differ."""
        if figure.etat != ROUNDED:
            return figure
        return replace(figure, marge=max(0.0, self._base(figure.key) - 1.0))

    def of_former(self, one: FormerFigure) -> FormerFigure:
        """As :meth:`of`, for a figure of the year before."""
        return replace(one, figure=self.of(one.figure))

    def _base(self, key: FigureKey) -> int:
        line = (key.indicateur, key.territoire, key.ligne)
        return self.others.get((*line, key.annee, key.colonne)) or self.others.get(line) or self.base


def read_widths(directory: Path) -> Widths:
    """Read the data package of a publication; it is absent from those made before there was one.

    Raises
    ------
    ValueError, KeyError, TypeError
        It is not one of ours.
    """
    path = directory / FILE
    told = json.loads(path.read_text(encoding="utf-8")).get(ROUNDED) if path.is_file() else None
    if told is None:
        return Widths()
    others: dict[tuple[object, ...], int] = {}
    for one in told["autres"]:
        line = (str(one["indicateur"]), str(one["territoire"]), str(one["ligne"]))
        cell = (int(one["annee"]), str(one["colonne"])) if "colonne" in one else ()
        others[*line, *cell] = int(one["base"])
    return Widths(int(told["base"]), others)
