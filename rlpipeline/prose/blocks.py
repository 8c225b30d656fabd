"""A block of prose: what a reader sees of it, the figures bound in it, and where each character stands in its page."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass

IMAGES = "images"
"""Name of what is written beside the service's pictures, which no text holds."""
MASK = "¤"


@dataclass(frozen=True)
class Figure:
    """A bound figure of a block (span.rl-chiffre) or a typed one (span.rl-fixe): its place in the block, its data-*."""

    start: int
    end: int
    words: str
    bound: bool
    attributes: Mapping[str, str]


@dataclass(frozen=True)
class Block:
    """A paragraph, an item, a heading or a cell that someone wrote.

    Parameters
    ----------
    texte
        Name of the service's text, "" for a notebook's Markdown.
    chapitre
        Identifier of the last heading that has one.
    text
        What a reader sees, references to characters resolved.
    figures
        Its bound and typed figures, in order.
    pieces
        (place in ``text``, place in the source, whether it is one character written as a reference, its source length).
    """

    texte: str
    chapitre: str
    text: str
    figures: tuple[Figure, ...]
    pieces: tuple[tuple[int, int, bool, int], ...]

    @property
    def masked(self) -> str:
        """The text with its figures hidden, character for character: what remains was typed by hand."""
        text = self.text
        for figure in self.figures:
            text = text[: figure.start] + MASK * (figure.end - figure.start) + text[figure.end :]
        return text

    def places(self, start: int, end: int) -> tuple[tuple[int, int], ...]:
        """Where characters ``start`` to ``end`` stand in the source: several places where tags come between."""
        spans: list[tuple[int, int]] = []
        first = bisect_right(self.pieces, start, key=lambda piece: piece[0]) - 1
        for place, source, is_reference, length in self.pieces[max(first, 0) :]:
            size = 1 if is_reference else length
            low, high = max(start, place), min(end, place + size)
            if low < high:
                span = (source, source + length) if is_reference else (source + low - place, source + high - place)
                spans = [*spans[:-1], (spans[-1][0], span[1])] if spans and spans[-1][1] == span[0] else [*spans, span]
            elif place >= end:
                break
        return tuple(spans)
