"""The kinds of chart of the report, drawn to PNG without touching pyplot's state.

A chart says one thing, is labelled directly, holds no grid, and can be read 400 pixels wide. The same values
give the same bytes.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import matplotlib as mpl
import numpy as np
import numpy.typing as npt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure as Canvas
from PIL import Image

from rlpipeline.display import french

BLUE, ORANGE, INK, MUTED = "#0b5a75", "#d9822b", "#1f2933", "#5b6670"
"""Told apart by any reader, and in grey: the orange is much lighter than the blue."""
ORANGE_INK = "#8f4d08"
WIDTH = 4.8
"""Inches: 528 pixels, so that letters are still 11 pixels high on a telephone."""
DPI = 220
"""Twice the size at which pictures are shown: sharp on paper and on fine screens."""
SHOWN_DPI = 110
COLOURS = 64
LINE = 0.44
"""Inches for one bar; a second line of words takes a little more."""
WRAP = 22
LETTER = 0.088
STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 11,
    "text.color": INK,
    "text.usetex": False,
    "text.parse_math": False,
    "axes.facecolor": "white",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.grid": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.bottom": False,
    "xtick.color": INK,
    "ytick.color": INK,
    "savefig.bbox": None,
    "savefig.pad_inches": 0.1,
    "path.sketch": None,
}


@dataclass(frozen=True)
class Bars:
    """Horizontal bars, one per label, each with the words written at its end.

    Parameters
    ----------
    hollow
        Places of the bars that are outlined: their figure is anything from zero to their end.
    title
        Written above the panel where there are several.
    largest
        Longest bar that the panel has room for; its own where it is longer.
    """

    labels: Sequence[str]
    values: Sequence[float]
    words: Sequence[str]
    title: str = ""
    largest: float = 0
    hollow: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Sides:
    """Two sets of bars back to back, one band of age a line, the youngest below.

    Parameters
    ----------
    hollow
        Places of the bars of each side that are outlined, as in ``Bars``.
    words
        What is written at the end of the bars of each side; a bar without number is drawn empty.
    largest
        Longest bar that the chart has room for; its own where it is longer.
    """

    labels: Sequence[str]
    left: Sequence[float]
    right: Sequence[float]
    words: tuple[Sequence[str], Sequence[str]]
    names: tuple[str, str]
    largest: float = 0
    hollow: tuple[frozenset[int], frozenset[int]] = (frozenset(), frozenset())


@dataclass(frozen=True)
class Heat:
    """Counts of lines × columns, shaded and written; one that is NaN is blank.

    Parameters
    ----------
    largest
        Count that is darkest; the chart's own where it is larger.
    """

    lines: Sequence[str]
    columns: Sequence[str]
    counts: npt.NDArray[np.float64]
    words: Sequence[Sequence[str]]
    largest: float = 0

    @property
    def darkest(self) -> float:
        """Count drawn in the darkest shade."""
        return float(np.nanmax(self.counts, initial=max(self.largest, 1)))


def draw_bars(panels: Sequence[Bars]) -> bytes:
    """Draw one panel of bars, or several under one another on scales of their own.

    Returns
    -------
    A PNG image.
    """
    with drawing():
        heights = [_bars_height(panel) for panel in panels]
        canvas = blank(sum(heights))
        top = sum(heights)
        for panel, height in zip(panels, heights, strict=True):
            _draw_panel(_axes_below(canvas, top, height, panel), panel)
            top -= height
        return png_of(canvas)


def _bars_height(panel: Bars) -> float:
    lines = sum(LINE + 0.16 * wrapped(label).count("\n") for label in panel.labels)
    return lines + 0.2 + (0.35 if panel.title else 0)


def _axes_below(canvas: Canvas, top: float, height: float, panel: Bars) -> Axes:
    """Make axes that leave room for the words on the left, and for a title."""
    left = margin(panel.labels)
    title = 0.35 if panel.title else 0.0
    total = float(canvas.get_figheight())
    box = (left / WIDTH, (top - height + 0.1) / total, 1 - (left + 0.1) / WIDTH, (height - 0.2 - title) / total)
    return canvas.add_axes(box)


def _draw_panel(axes: Axes, panel: Bars) -> None:
    labels = [wrapped(label) for label in panel.labels]
    sns.barplot(x=list(panel.values), y=labels, ax=axes, color=BLUE, saturation=1, width=0.68, errorbar=None)
    outline(axes, panel.hollow)
    longest = _longest(panel.words, panel.largest)
    room = max(*panel.values, panel.largest, 0) or 1
    # The words of the longest bar need room at its right.
    share = min(0.6, (longest + 1) * LETTER / ((WIDTH - margin(panel.labels)) or 1))
    axes.set_xlim(0, room / (1 - share))
    for index, (value, words) in enumerate(zip(panel.values, panel.words, strict=True)):
        _beside(axes, value, index, words, outward=1)
    axes.set(xlabel="", ylabel="", xticks=[])
    axes.tick_params(axis="y", length=0)
    if panel.title:
        axes.set_title(panel.title, loc="left", fontsize=11, fontweight="bold", color=INK)


def _longest(words: Sequence[str], largest: float) -> int:
    """Letters that the longest words take, those of the largest figure of the scale included."""
    return max(*map(len, words), len(french.number(largest)))


def draw_sides(sides: Sides) -> bytes:
    """Draw an age pyramid: one sex on each side, the same scale for both.

    Returns
    -------
    A PNG image.
    """
    with drawing():
        height = LINE * len(sides.labels) + 0.7
        canvas = blank(height)
        left = margin(sides.labels)
        half = (WIDTH - left - 0.1) / 2
        largest = float(np.nanmax([*sides.left, *sides.right, sides.largest, 1]))
        # The words at the end of the longest bar need room before the names of the bands.
        longest = _longest([*sides.words[0], *sides.words[1]], sides.largest)
        widest = largest / (1 - (longest + 2) * LETTER / half)
        for index, (values, colour) in enumerate(((sides.left, ORANGE), (sides.right, BLUE))):
            box = ((left + index * half) / WIDTH, 0.1 / height, half / WIDTH, (height - 0.6) / height)
            axes = canvas.add_axes(box)
            _draw_side(axes, sides, np.nan_to_num(values).tolist(), colour, outward=1 if index else -1)
            axes.set_xlim((0, widest) if index else (widest, 0))
        return png_of(canvas)


def _draw_side(axes: Axes, sides: Sides, values: Sequence[float], colour: str, outward: int) -> None:
    labels = [wrapped(label) for label in reversed(sides.labels)]
    numbers = list(reversed(values))
    sns.barplot(x=numbers, y=labels, ax=axes, color=colour, saturation=1, width=0.78, errorbar=None)
    outline(axes, frozenset(len(labels) - 1 - place for place in sides.hollow[max(outward, 0)]))
    words = reversed(sides.words[max(outward, 0)])
    for index, (value, written) in enumerate(zip(numbers, words, strict=True)):
        _beside(axes, value, index, written, outward)
    name = sides.names[max(outward, 0)]
    # A no-break space keeps the two names apart in the middle.
    title = f"{french.NBSP}{name}" if outward > 0 else f"{name}{french.NBSP}"
    ink = BLUE if outward > 0 else ORANGE_INK
    axes.set_title(title, loc="left" if outward > 0 else "right", fontsize=11, fontweight="bold", color=ink)
    axes.set(xlabel="", ylabel="", xticks=[])
    axes.tick_params(axis="y", length=0, labelleft=outward < 0)
    axes.spines["left"].set_visible(outward > 0)


def outline(axes: Axes, hollow: frozenset[int]) -> None:
    """Empty some of the bars of a chart: what they stand for may end anywhere in them."""
    for place in hollow:
        bar = axes.patches[place]
        bar.set(facecolor="white", edgecolor=bar.get_facecolor(), linewidth=1.2, linestyle=(0, (3, 2)))


def _beside(axes: Axes, value: float, line: int, words: str, outward: int) -> None:
    """Write words just after the end of a bar."""
    side = "left" if outward > 0 else "right"
    axes.annotate(words, (value, line), (5 * outward, 0), textcoords="offset points", va="center", ha=side)


def draw_heat(heat: Heat) -> bytes:
    """Draw a table of counts whose cells are the darker the larger they are.

    Returns
    -------
    A PNG image.
    """
    with drawing():
        names = [textwrap.fill(name, 7) for name in heat.columns]
        head = max(1.0, 0.3 + 0.17 * max(name.count("\n") + 1 for name in names))
        height = 0.5 * len(heat.lines) + head
        canvas = blank(height)
        left = margin(heat.lines)
        axes = canvas.add_axes((left / WIDTH, 0.1 / height, 1 - (left + 0.1) / WIDTH, (height - head) / height))
        palette = sns.light_palette(BLUE, as_cmap=True)
        bounds = {"vmin": 0.0, "vmax": heat.darkest}
        sns.heatmap(heat.counts, ax=axes, cmap=palette, cbar=False, linewidths=2, linecolor="white", **bounds)
        _write_counts(axes, heat)
        axes.set_xticks(np.arange(len(names)) + 0.5, names, rotation=0)
        axes.set_yticks(np.arange(len(heat.lines)) + 0.5, [wrapped(line) for line in heat.lines], rotation=0)
        axes.tick_params(length=0, labeltop=True, labelbottom=False)
        axes.tick_params(axis="x", labelsize=9)
        axes.spines["left"].set_visible(False)
        return png_of(canvas)


def _write_counts(axes: Axes, heat: Heat) -> None:
    largest = heat.darkest
    for (line, column), count in np.ndenumerate(heat.counts):
        colour = "white" if count > 0.7 * largest else MUTED if np.isnan(count) else INK
        size = 8 if np.isnan(count) else 11
        words = heat.words[line][column]
        axes.text(column + 0.5, line + 0.5, words, ha="center", va="center", color=colour, fontsize=size)


def wrapped(label: str, width: int = WRAP) -> str:
    """Cut a label into lines that fit beside the chart."""
    return textwrap.fill(label, width, break_long_words=True)


def margin(labels: Iterable[str], width: int = WRAP) -> float:
    """Inches that the longest line of the labels takes."""
    longest = max(len(line) for label in labels for line in wrapped(label, width).split("\n"))
    return 0.2 + longest * LETTER


@contextmanager
def drawing() -> Iterator[None]:
    """Draw with matplotlib's own defaults and our style: a matplotlibrc of the machine changes nothing."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def blank(height: float) -> Canvas:
    """Give a white picture, as wide as all are, of a height in inches."""
    return Canvas(figsize=(WIDTH, height), dpi=DPI, facecolor="white")


def png_of(canvas: Canvas) -> bytes:
    """Write the picture in a few dozen colours, a third of the weight, with nothing about what drew it.

    Returns
    -------
    A PNG image, the same for the same drawing.
    """
    agg = FigureCanvasAgg(canvas)
    agg.draw()  # type: ignore[no-untyped-call]
    pixels = bytes(agg.buffer_rgba())  # type: ignore[no-untyped-call]
    drawn = Image.frombuffer("RGBA", agg.get_width_height(), pixels).convert("RGB")
    few = drawn.quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    buffer = io.BytesIO()
    few.save(buffer, "PNG", optimize=True)
    return buffer.getvalue()
