"""« Le parcours de l'année »: the follow-ups of a year as a river, to scale, lying on a wide page, standing on a phone.

Both pictures come from the same shapes: a place is *along* the river, from what came in to what became of it, and
*across* it, from the bank that stays (what was open, what still is). What lies is drawn left to right from the bottom;
what stands, top to bottom from the left.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from rlpipeline import french
from rlpipeline.display.drawing import (
    BLUE,
    INK,
    LINE,
    MUTED,
    OF_SERVICE,
    ORANGE,
    ORANGE_INK,
    PAPER,
    SIZE,
    SMALL,
    WIDTH,
    blank,
    inches,
    our_style,
    written,
)
from rlpipeline.display.year_flow import TABLE, Branch, Requests, Tone, YearFlow

WIDE = 9.8
"""Inches across the lying picture: the whole width of a page."""
BED = 2.2
"""Inches across the bed of the lying river; what is drawn is in proportion to it."""
STANDING_BED = 2.0
THINNEST = 0.025
"""Inches of the smallest branch that can be seen."""
STROKE, APART = 0.035, 0.05
"""Inches of the stroke of the year before, and between it and the end that it stands beside."""
BETWEEN = 0.16
"""Inches between two branches, or their words."""
ROOM = 0.08
"""Inches by which words may be wider than they are measured."""
LEADING = 0.2
"""Inches from one line of words to the next."""
LEFT_WORDS, RIGHT_WORDS = 1.35, 2.65
"""Inches of the words beside what came in, and beside what went out."""
NUMBER, MOST_LARGE = 21.0, 4
"""Points of a number beside a branch, and how many characters one so large may have."""
UNDER, BAR, BAR_MIDDLE = 1.0, 0.27, 0.4
"""Inches under the lying river, of the bar of requests, and where that lies."""
LONGEST = 2.5
"""Inches of the longest bar of requests: a longer one is drawn at a scale of its own."""
PARTS = ((MUTED, PAPER), (LINE, INK), (LINE, INK), (PAPER, INK))
"""Colour of each part of that bar, and of its number."""
MEASURE = "Accompagnements individuels du 1er janvier au 31 décembre {annee}, largeurs à l'échelle"
ROUNDED_BED = (
    "≈ : nombre arrondi. Le total de l'année est arrondi aussi : il peut différer du nombre exact, et de "
    "la somme de ce qui y entre ou en sort."
)
NBSP = french.NBSP
FILL: dict[Tone, str] = {"calm": OF_SERVICE, "accent": BLUE, "open": ORANGE, "other": LINE}
WORDS: dict[Tone, str] = {"calm": INK, "accent": BLUE, "open": ORANGE_INK, "other": INK}


def to_html(flow: YearFlow, title: str, words: str, colour: str) -> str:
    """Write the river twice, lying then standing: the page shows one of them, paper and Word the first.

    Parameters
    ----------
    title
        What the picture says, as HTML.
    words
        The same, and its numbers, for who does not see it.
    colour
        The service's, in the place of our blue; empty for ours.
    """
    with our_style():
        drawings = [written(draw(flow)) for draw in (lying, standing)]
    pictures = "".join(drawing.to_html(words, colour) for drawing in drawings)
    has_former = any(branch.former for branch in (*flow.sources, *flow.ends))
    former = f"{NBSP}; trait gris{NBSP}: {flow.year - 1}" if has_former else ""
    measure = f"{MEASURE.format(annee=flow.year)}{former}."
    bed = f'<p class="rl-remarque">{ROUNDED_BED}</p>' if flow.is_rounded else ""
    return (
        f'<figure class="rl-figure rl-parcours" data-graphique="{TABLE}"><figcaption>'
        f'<strong class="rl-message">{title}</strong> {measure}</figcaption>{pictures}{bed}</figure>'
    )


def _plane(canvas: Canvas) -> Axes:
    """Give the whole canvas as axes in inches, without frame."""
    axes = canvas.add_axes((0, 0, 1, 1))
    axes.set(xlim=(0, canvas.get_figwidth()), ylim=(0, canvas.get_figheight()))
    axes.axis("off")
    return axes


@dataclass(frozen=True)
class Bank:
    """Where a branch meets the edge of the picture, across the river, in inches: its two sides, and its words."""

    branch: Branch
    low: float
    high: float
    words: float

    @property
    def middle(self) -> float:
        """Half way across it."""
        return (self.low + self.high) / 2


def lying(flow: YearFlow) -> Canvas:
    """Draw the river from left to right, as wide as a page, its words beside its ends."""
    scale = BED / flow.bed
    came = [_beside(branch, flow.year, LEFT_WORDS) for branch in flow.sources]
    went = [_beside(branch, flow.year, RIGHT_WORDS) for branch in flow.ends]
    left = _banks(flow.sources, scale, list(map(_height, came)))
    right = _banks(flow.ends, scale, list(map(_height, went)))
    below = UNDER if flow.requests else 0.1
    last = ((left[-1], came[-1]), (right[-1], went[-1]))
    tops = [max(bank.high, bank.middle + _height(words) / 2) for bank, words in last]
    canvas = blank(below + max(*tops, BED) + BETWEEN, WIDE)
    axes = _plane(canvas)
    river = _River(axes, flow, scale, origin=below, turned=False)
    river.draw(left, right, along=(2.3, 3.75, 4.85, 6.15))
    for bank, words in zip((*left, *right), (*came, *went), strict=True):
        number = 0.62 if bank in left else 6.98
        _write_beside(axes, bank, words, (number, below + bank.middle))
    river.name_bed(4.3, BED / 2)
    if flow.requests:
        axes.plot((0, WIDE), (UNDER - 0.2, UNDER - 0.2), color=LINE, linewidth=1)
        _requests_lying(axes, flow.requests, flow.year, scale)
    return canvas


def standing(flow: YearFlow) -> Canvas:
    """Draw the river from top to bottom, as wide as a phone, its words above and below its ends."""
    scale = STANDING_BED / flow.bed
    above = [_short(branch, flow.year) for branch in flow.sources]
    below = [_short(branch, flow.year) for branch in flow.ends]
    top = _banks(flow.sources, scale, [inches(words) + 0.06 for words in above])
    bottom = _banks(flow.ends, scale, [inches(words) + 0.06 for words in below])
    asked = _requests_height(flow.requests)
    origin = asked + 1.25
    canvas = blank(origin + 3.95, WIDTH)
    axes = _plane(canvas)
    river = _River(axes, flow, scale, origin=0.02, turned=True, top=origin + 2.9)
    river.draw(top, bottom, along=(0.1, 1.05, 1.45, 2.85))
    river.name_bed(1.25, STANDING_BED / 2)
    for bank, words in zip(top, above, strict=True):
        _write_above(axes, bank, words, origin + 3.0)
    for bank, words in zip(bottom, below, strict=True):
        _write_under(axes, bank, words, origin - 0.1)
    if flow.requests:
        axes.plot((0, WIDTH), (asked, asked), color=LINE, linewidth=1)
        _requests_standing(axes, flow.requests, flow.year, asked)
    return canvas


@dataclass(frozen=True)
class _River:
    """Draws shapes of a flow, by their place along the river and across it.

    Parameters
    ----------
    scale
        Inches of one follow-up.
    origin
        Inches from the edge of the picture to the bank that stays.
    turned
        Whether it runs downwards, from ``top``.
    """

    axes: Axes
    flow: YearFlow
    scale: float
    origin: float
    turned: bool
    top: float = 0

    def draw(self, sources: Sequence[Bank], ends: Sequence[Bank], along: tuple[float, ...]) -> None:
        """Draw what came in, the bed, what became of it, and beside each end the year before."""
        start, bed, after, end = along
        self._branches(sources, start, bed - 0.03, is_source=True)
        size = self.flow.bed * self.scale
        self._band((bed, 0, size), (after, 0, size), OF_SERVICE)
        self._branches(ends, end, after + 0.03, is_source=False)
        for bank in sources:
            self._former(bank, start - APART - STROKE)
        for bank in ends:
            self._former(bank, end + APART)

    def _branches(self, banks: Sequence[Bank], outer: float, inner: float, is_source: bool) -> None:
        """Draw each branch from its end to the bed, where they lie close to one another."""
        filled = 0.0
        for bank in banks:
            size = bank.high - bank.low
            exact = bank.branch.now.drawn * self.scale
            colour = FILL[bank.branch.tone]
            self._band((outer, bank.low, bank.low + size), (inner, filled, filled + exact), colour)
            filled += exact

    def _band(
        self, start: tuple[float, float, float], end: tuple[float, float, float], colour: str
    ) -> None:
        """Fill what lies between two cross sections (along, low, high), by curves that leave both straight."""
        half = (start[0] + end[0]) / 2
        points = [
            (start[0], start[1]), (half, start[1]), (half, end[1]), (end[0], end[1]),
            (end[0], end[2]), (half, end[2]), (half, start[2]), (start[0], start[2]), (start[0], start[1]),
        ]  # fmt: skip
        curve = [Path.CURVE4] * 3
        codes = [Path.MOVETO, *curve, Path.LINETO, *curve, Path.CLOSEPOLY]
        shape = Path(np.array([self._place(*point) for point in points]), codes)
        self.axes.add_patch(PathPatch(shape, facecolor=colour, linewidth=0))

    def _former(self, bank: Bank, along: float) -> None:
        """Stroke what the branch was the year before, from the same bank."""
        before = bank.branch.before
        if before is None or not before.drawn:
            return
        size = before.drawn * self.scale
        self._band(
            (along, bank.low, bank.low + size), (along + STROKE, bank.low, bank.low + size), MUTED
        )

    def _place(self, along: float, across: float) -> tuple[float, float]:
        if self.turned:
            return self.origin + across, self.top - along
        return along, self.origin + across

    def name_bed(self, along: float, across: float) -> None:
        """Write how many there were in the year, in the bed."""
        parted = " " if self.turned else "\n"
        words = f"{self.flow.total}{parted}dans l’année"
        x, y = self._place(along, across)
        self.axes.text(x, y, words, ha="center", va="center", fontweight="bold", fontsize=SIZE + 1)


def _banks(branches: Sequence[Branch], scale: float, needed: Sequence[float]) -> list[Bank]:
    """Place branches across the river, the first on the bank that stays, each with the room that its words need."""
    banks, bank = list[Bank](), 0.0
    for branch, room in zip(branches, needed, strict=True):
        size = max(branch.now.drawn * scale, THINNEST)
        former = branch.before.drawn * scale if branch.before else 0.0
        low = bank if not banks else bank + max(0.0, (room - size) / 2)
        middle = max(low + size / 2, bank + room / 2)
        banks.append(Bank(branch, low, low + size, middle))
        bank = max(bank + room, low + size, low + former) + BETWEEN
    return banks


def folded(words: str, width: float) -> str:
    """Cut words into lines of at most so many inches, between words that may be parted."""
    lines = [""]
    for word in words.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and inches(longer) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return "\n".join(lines)


def _beside(branch: Branch, year: int, width: float) -> str:
    """Give what is said beside a branch, cut into lines; of the year before in brackets."""
    return folded(f"{branch.label}{_former(branch, year)}{branch.detail}", width)


def _short(branch: Branch, year: int) -> str:
    former = _former(branch, year).strip()
    return f"{branch.short}\n{former}" if former else branch.short


def _former(branch: Branch, year: int) -> str:
    """« (26 en 2022) », which is not parted; empty where the year before is not known."""
    return f" ({branch.former}{NBSP}en{NBSP}{year - 1})" if branch.former else ""


def _height(words: str) -> float:
    return (words.count("\n") + 1) * LEADING + 0.06


def _write_beside(axes: Axes, bank: Bank, words: str, place: tuple[float, float]) -> None:
    """Write a number, and its words to the right of it, beside the end of a branch of the lying river."""
    number = bank.branch.number
    size = NUMBER if len(number) <= MOST_LARGE else SIZE
    across, up = place
    _bold(
        axes, (across, up), number, size, WORDS[bank.branch.tone], ha="right", va="center_baseline"
    )
    axes.text(across + 0.12, up, words, ha="left", va="center", linespacing=1.2)


def _write_above(axes: Axes, bank: Bank, words: str, base: float) -> None:
    axes.text(bank.words, base, words, ha="center", va="bottom", fontsize=SMALL, linespacing=1.15)
    place, colour = (bank.words, base + _height(words) - 0.04), WORDS[bank.branch.tone]
    _bold(axes, place, bank.branch.number, NUMBER - 3, colour, ha="center", va="bottom")


def _write_under(axes: Axes, bank: Bank, words: str, top: float) -> None:
    place, colour = (bank.words, top), WORDS[bank.branch.tone]
    _bold(axes, place, bank.branch.number, NUMBER - 3, colour, ha="center", va="top")
    axes.text(
        bank.words, top - 0.34, words, ha="center", va="top", fontsize=SMALL, linespacing=1.15
    )


def _bold(  # noqa: PLR0913 - where and how
    axes: Axes,
    place: tuple[float, float],
    words: str,
    size: float,
    colour: str,
    *,
    ha: str,
    va: str,
) -> None:
    axes.text(*place, words, fontsize=size, fontweight="bold", color=colour, ha=ha, va=va)


def _asked(requests: Requests, year: int) -> str:
    return f"À part{NBSP}: {requests.total.number} demandes reçues{_former(requests.total, year)}"


def _requests_lying(axes: Axes, requests: Requests, year: int, scale: float) -> None:
    """Draw what became of requests as a grey bar under the river, at its scale where it has room, and tell it."""
    axes.text(
        0,
        BAR_MIDDLE,
        folded(_asked(requests, year), 1.9),
        va="center",
        fontweight="bold",
        linespacing=1.2,
    )
    scale = min(scale, LONGEST / requests.total.now.drawn)
    end = max(_bar(axes, requests, (2.3, BAR_MIDDLE - BAR / 2), scale), 4.6) + 0.25
    axes.text(
        end, BAR_MIDDLE, folded(requests.became, WIDE - ROOM - end), va="center", linespacing=1.2
    )


def _requests_standing(axes: Axes, requests: Requests, year: int, top: float) -> None:
    axes.text(
        0, top - 0.15, folded(_asked(requests, year), WIDTH - ROOM), va="top", fontweight="bold"
    )
    _bar(axes, requests, (0, top - 0.75), (WIDTH - 0.05) / requests.total.now.drawn)
    axes.text(0, top - 0.85, folded(requests.became, WIDTH - ROOM), va="top", linespacing=1.2)


def _requests_height(requests: Requests | None) -> float:
    return 0.9 + _height(folded(requests.became, WIDTH - ROOM)) if requests else 0.05


def _bar(axes: Axes, requests: Requests, place: tuple[float, float], scale: float) -> float:
    """Draw the parts of the bar, each with its number where it has room; give where the bar ends."""
    left, bottom = place
    for part, (face, ink) in zip(requests.outcomes, PARTS, strict=False):
        width = part.now.drawn * scale
        place = left, bottom
        part_of_bar = Rectangle(place, width, BAR, facecolor=face, edgecolor=MUTED, linewidth=0.8)
        axes.add_patch(part_of_bar)
        if inches(part.number) + 0.04 < width:
            middle = left + width / 2, bottom + BAR / 2
            axes.text(
                *middle, part.number, ha="center", va="center_baseline", color=ink, fontsize=SMALL
            )
        left += width
    return left
