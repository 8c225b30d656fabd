"""The finished files of one year, read from outside: nothing here knows how they were written."""

from __future__ import annotations

from rlpipeline.published.model import (
    Bundle,
    Cell,
    Chart,
    Figure,
    FigureKey,
    FormerFigure,
    Label,
    Notebook,
    Place,
    Publication,
    Quote,
    Text,
)
from rlpipeline.published.numbers import Shown, read_shown
from rlpipeline.published.reading import Cut, cut_publication, read_part

__all__ = [
    "Bundle",
    "Cell",
    "Chart",
    "Cut",
    "Figure",
    "FigureKey",
    "FormerFigure",
    "Label",
    "Notebook",
    "Place",
    "Publication",
    "Quote",
    "Shown",
    "Text",
    "cut_publication",
    "read_part",
    "read_shown",
]
