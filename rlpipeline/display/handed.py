"""What a cell of a chapter hands to the report: its texts are kept beside what they become, for who reads them first.

A fragment is sealed by a digest of its HTML: what a cell changed afterwards, or shows by itself, has no seal that
holds, and is read whole. The record is private: it stays in the executed notebook, and leaves the one published.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.artist import Artist
from matplotlib.backend_bases import RendererBase
from matplotlib.collections import PathCollection
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from rlpipeline import cell_record
from rlpipeline.cell_record import MIME, SEAL, TEXTS, WHOLE, seal_of
from rlpipeline.display.cells import Shown
from rlpipeline.display.drawing import figure_of
from rlpipeline.figures import TableData

MOST_POINTS = 20
"""Points of a shape, beyond which it may be the outline of letters."""
OF_MATPLOTLIB = re.compile(r"\\(?:mathdefault|times)")
"""What numbers of its axes are written with."""


def sealed(shown: Shown, given: Iterable[object], known: AbstractSet[str]) -> Shown:
    """Keep beside a fragment the texts that it was asked with, without those that the report knows by itself."""
    given = [*given]
    texts = [text for text in dict.fromkeys(texts_in(given)) if text not in known]
    pictures = [canvas for value in given if (canvas := figure_of(value))]
    is_seen = any(map(_may_hold_letters, pictures))
    record = {SEAL: seal_of(shown.html), TEXTS: texts, WHOLE: is_seen}
    return replace(shown, more={**shown.more, MIME: record})


def texts_in(value: object) -> Iterator[str]:
    """Give each text of a value: of a frame its columns and cells, of a picture what is written in it."""
    yield from cell_record.texts_in(value, _texts_of)


def _texts_of(value: object) -> Iterable[str] | None:
    """Give the texts of bytes, a picture or a frame; None of anything else."""
    if canvas := figure_of(value):
        return _texts_of_picture(canvas)
    match value:
        case bytes():
            return [value.decode("utf-8", "replace")]
        case pd.DataFrame():
            words = value.select_dtypes(exclude="number")
            columns = (words.iloc[:, rank] for rank in range(words.shape[1]))
            cells = [column.unique().tolist() for column in columns]
            return texts_in([*value.columns, *cells])
    return None


def words_of_table(data: TableData) -> set[str]:
    """Give the texts that a table has by itself: codes, names, units, states."""
    sides = (*data.rows, *data.columns)
    named = {text for side in sides for text in (side.code, side.label)}
    return named | {*texts_in(data.figures)}


class _Reader(RendererBase):
    """Draws nothing: it notes what is written in a picture, by whatever it is, and whether an image is put there."""

    def __init__(self, picture: Figure) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.has_image = False
        picture.draw(self)

    def draw_text(self, gc: Any, x: Any, y: Any, s: str, *_: Any, **ways: Any) -> None:
        """Note a text, whole where it has several lines."""
        text = ways.get("mtext")
        written = OF_MATPLOTLIB.sub("", text.get_text() if text is not None else s)
        self.texts.append(written)

    def draw_image(self, *_: Any, **__: Any) -> None:
        """Note an image."""
        self.has_image = True

    def draw_path(self, *_: Any, **__: Any) -> None:
        """Draw nothing."""


def _texts_of_picture(picture: Figure) -> Iterator[str]:
    yield from _Reader(picture).texts
    marks = (str(line.get_marker()) for line in picture.findobj(Line2D))
    yield from (mark for mark in marks if mark.startswith("$"))  # « $Samira$ » draws its letters


def _may_hold_letters(picture: Figure) -> bool:
    """Whether something in a picture is drawn point by point, so that words in it are seen and not known."""
    return _Reader(picture).has_image or bool(picture.findobj(_is_outlined))


def _is_outlined(artist: Artist) -> bool:
    if isinstance(artist, PathCollection):
        return any(_outline(path) not in _usual_marks() for path in artist.get_paths())
    return isinstance(artist, PathPatch) and len(artist.get_path()) > MOST_POINTS


@cache
def _usual_marks() -> frozenset[bytes]:
    """Outlines of the marks of matplotlib, as a cloud of points has them."""
    marks = (MarkerStyle(name) for name in MarkerStyle.markers)
    paths = (mark.get_path().transformed(mark.get_transform()) for mark in marks)
    return frozenset(map(_outline, paths))


def _outline(path: Path) -> bytes:
    return np.asarray(path.vertices, dtype="float64").tobytes()
