"""The finished files of one year, read from outside: nothing here knows how they were written."""

from __future__ import annotations

from rlpipeline.audit.findings import Place
from rlpipeline.published.model import (
    Bundle,
    Cell,
    Chart,
    Figure,
    FigureKey,
    FormerFigure,
    Label,
    Notebook,
    Publication,
    Quote,
    Text,
)
from rlpipeline.published.reading import read_publication
from rlpipeline.published.shown import Shown, read_shown

__all__ = [
    "Bundle",
    "Cell",
    "Chart",
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
    "read_publication",
    "read_shown",
]
