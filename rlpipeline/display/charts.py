"""The three kinds of chart of the report, drawn to PNG without touching pyplot's state.

A chart says one thing, is labelled directly, holds no grid, and can be read 400 pixels wide. The same values
give the same bytes.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterator, Sequence
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

from rlpipeline.display import french

BLUE, ORANGE, INK, MUTED = "#2a5d8f", "#c4661f", "#1f2933", "#5b6670"
WIDTH = 4.8
"""Inches: 528 pixels, so that letters are still 11 pixels high on a telephone."""
DPI = 110
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
    """Horizontal bars, one per label, each with the words written at its end; optional title of the panel."""

    labels: Sequence[str]
    values: Sequence[float]
    words: Sequence[str]
    title: str = ""


@dataclass(frozen=True)
class Sides:
    """Two sets of bars back to back, one band of age a line, the youngest below.

    Parameters
    ----------
    words
        What is written at the end of the bars of each side; a bar without number is drawn empty.
    """

    labels: Sequence[str]
    left: Sequence[float]
    right: Sequence[float]
    words: tuple[Sequence[str], Sequence[str]]
    names: tuple[str, str]


@dataclass(frozen=True)
class Heat:
    """Counts of lines × columns, shaded and written; one that is NaN is blank."""

    lines: Sequence[str]
    columns: Sequence[str]
    counts: npt.NDArray[np.float64]
    words: Sequence[Sequence[str]]


def draw_bars(panels: Sequence[Bars]) -> bytes:
    """Draw one panel of bars, or several under one another on scales of their own.

    Returns
    -------
    A PNG image.
    """
    with _style():
        heights = [_bars_height(panel) for panel in panels]
        canvas = _canvas(sum(heights))
        top = sum(heights)
        for panel, height in zip(panels, heights, strict=True):
            _draw_panel(_axes_below(canvas, top, height, panel), panel)
            top -= height
        return _png(canvas)


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
    longest = max(len(words) for words in panel.words)
    room = max(*panel.values, 0) or 1
    # The words of the longest bar need room at its right.
    share = min(0.6, (longest + 1) * LETTER / ((WIDTH - margin(panel.labels)) or 1))
    axes.set_xlim(0, room / (1 - share))
    for index, (value, words) in enumerate(zip(panel.values, panel.words, strict=True)):
        _beside(axes, value, index, words, outward=1)
    axes.set(xlabel="", ylabel="", xticks=[])
    axes.tick_params(axis="y", length=0)
    if panel.title:
        axes.set_title(panel.title, loc="left", fontsize=11, fontweight="bold", color=INK)


def draw_sides(sides: Sides) -> bytes:
    """Draw an age pyramid: one sex on each side, the same scale for both.

    Returns
    -------
    A PNG image.
    """
    with _style():
        height = LINE * len(sides.labels) + 0.7
        canvas = _canvas(height)
        left = margin(sides.labels)
        half = (WIDTH - left - 0.1) / 2
        largest = float(np.nanmax([*sides.left, *sides.right, 1]))
        # The words at the end of the longest bar need room before the names of the bands.
        longest = max(len(words) for words in (*sides.words[0], *sides.words[1]))
        widest = largest / (1 - (longest + 2) * LETTER / half)
        for index, (values, colour) in enumerate(((sides.left, ORANGE), (sides.right, BLUE))):
            box = ((left + index * half) / WIDTH, 0.1 / height, half / WIDTH, (height - 0.6) / height)
            axes = canvas.add_axes(box)
            _draw_side(axes, sides, np.nan_to_num(values).tolist(), colour, outward=1 if index else -1)
            axes.set_xlim((0, widest) if index else (widest, 0))
        return _png(canvas)


def _draw_side(axes: Axes, sides: Sides, values: Sequence[float], colour: str, outward: int) -> None:
    labels = [wrapped(label) for label in reversed(sides.labels)]
    numbers = list(reversed(values))
    sns.barplot(x=numbers, y=labels, ax=axes, color=colour, saturation=1, width=0.78, errorbar=None)
    words = reversed(sides.words[max(outward, 0)])
    for index, (value, written) in enumerate(zip(numbers, words, strict=True)):
        _beside(axes, value, index, written, outward)
    name = sides.names[max(outward, 0)]
    # A no-break space keeps the two names apart in the middle.
    title = f"{french.NBSP}{name}" if outward > 0 else f"{name}{french.NBSP}"
    axes.set_title(title, loc="left" if outward > 0 else "right", fontsize=11, fontweight="bold", color=colour)
    axes.set(xlabel="", ylabel="", xticks=[])
    axes.tick_params(axis="y", length=0, labelleft=outward < 0)
    axes.spines["left"].set_visible(outward > 0)


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
    with _style():
        names = [textwrap.fill(name, 7) for name in heat.columns]
        head = max(1.0, 0.3 + 0.17 * max(name.count("\n") + 1 for name in names))
        height = 0.5 * len(heat.lines) + head
        canvas = _canvas(height)
        left = margin(heat.lines)
        axes = canvas.add_axes((left / WIDTH, 0.1 / height, 1 - (left + 0.1) / WIDTH, (height - head) / height))
        palette = sns.light_palette(BLUE, as_cmap=True)
        sns.heatmap(heat.counts, ax=axes, cmap=palette, cbar=False, linewidths=2, linecolor="white", vmin=0)
        _write_counts(axes, heat)
        axes.set_xticks(np.arange(len(names)) + 0.5, names, rotation=0)
        axes.set_yticks(np.arange(len(heat.lines)) + 0.5, [wrapped(line) for line in heat.lines], rotation=0)
        axes.tick_params(length=0, labeltop=True, labelbottom=False)
        axes.tick_params(axis="x", labelsize=9)
        axes.spines["left"].set_visible(False)
        return _png(canvas)


def _write_counts(axes: Axes, heat: Heat) -> None:
    largest = np.nanmax(heat.counts, initial=1)
    for (line, column), count in np.ndenumerate(heat.counts):
        colour = "white" if count > 0.7 * largest else MUTED if np.isnan(count) else INK
        size = 8 if np.isnan(count) else 11
        words = heat.words[line][column]
        axes.text(column + 0.5, line + 0.5, words, ha="center", va="center", color=colour, fontsize=size)


def wrapped(label: str) -> str:
    """Cut a label into lines that fit beside the chart."""
    return textwrap.fill(label, WRAP, break_long_words=True)


def margin(labels: Sequence[str]) -> float:
    """Inches that the longest line of the labels takes."""
    longest = max(len(line) for label in labels for line in wrapped(label).split("\n"))
    return 0.2 + longest * LETTER


@contextmanager
def _style() -> Iterator[None]:
    """Draw with matplotlib's own defaults and our style: a matplotlibrc of the machine changes nothing."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(STYLE)
        yield


def _canvas(height: float) -> Canvas:
    canvas = Canvas(figsize=(WIDTH, height), dpi=DPI, facecolor="white")
    FigureCanvasAgg(canvas)
    return canvas


def _png(canvas: Canvas) -> bytes:
    """Write the image without the name and version of what drew it, which would change its bytes."""
    buffer = io.BytesIO()
    canvas.savefig(buffer, format="png", dpi=DPI, metadata={"Software": None})
    return buffer.getvalue()
