"""The kinds of chart of the report: bars, two sides back to back, shaded tables.

A chart says one thing, is labelled at its marks, holds no grid, and can be read on a telephone.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas

from rlpipeline.display import french
from rlpipeline.display.drawing import (
    BLUE,
    INK,
    MUTED,
    ORANGE,
    ORANGE_INK,
    PAPER,
    SIZE,
    SMALL,
    WIDTH,
    Picture,
    blank,
    inches,
    picture,
    shading,
)

ROW, MORE = 0.28, 0.19
"""Inches of a line of a chart, and of what a second line of words adds."""
TITLE = 0.36
GAP = 0.08
"""Inches between a mark and its words."""
LETTERS = 22
"""Letters of a line of labels."""


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
    """Two sets of bars back to back, one band of age a line, in the order of the table.

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


def draw_bars(panels: Sequence[Bars]) -> Picture:
    """Draw one panel of bars, or several under one another on scales of their own."""
    return picture(partial(_bars, panels))


def _bars(panels: Sequence[Bars]) -> Canvas:
    heights = [_height(panel) for panel in panels]
    canvas, top = blank(sum(heights)), sum(heights)
    for panel, height in zip(panels, heights, strict=True):
        title = TITLE if panel.title else 0.0
        left = margin(panel.labels)
        box = (left, top - height + 0.05, WIDTH - left - 0.05, height - 0.1 - title)
        _draw_panel(axes_in(canvas, box), panel)
        top -= height
    return canvas


def _height(panel: Bars) -> float:
    lines = sum(ROW + MORE * wrapped(label).count("\n") for label in panel.labels)
    return lines + 0.1 + (TITLE if panel.title else 0)


def axes_in(canvas: Canvas, box: tuple[float, float, float, float]) -> Axes:
    """Make axes in a box of left, bottom, width and height in inches."""
    across, up = canvas.get_size_inches()
    left, bottom, width, height = box
    return canvas.add_axes((left / across, bottom / up, width / across, height / up))


def _draw_panel(axes: Axes, panel: Bars) -> None:
    labels = [wrapped(label) for label in panel.labels]
    _lie(axes, panel.values, labels, BLUE, 0.66)
    outline(axes, panel.hollow)
    most = max(*panel.values, panel.largest, 0) or 1
    room = WIDTH - margin(panel.labels) - 0.05
    axes.set_xlim(0, most * room / max(room - _longest(panel.words, panel.largest), room * 0.4))
    for index, (value, words) in enumerate(zip(panel.values, panel.words, strict=True)):
        _beside(axes, value, index, words, outward=1)
    axes.set(xlabel="", ylabel="", xticks=[])
    axes.tick_params(axis="y", length=0)
    if panel.title:
        axes.set_title(panel.title, loc="left", fontsize=SIZE, fontweight="bold", color=INK)


def _longest(words: Sequence[str], largest: float) -> float:
    """Inches that the longest words take at the end of a bar, those of the largest figure of the scale included."""
    return max(map(inches, [*words, french.number(largest)])) + 2 * GAP


def draw_sides(sides: Sides) -> Picture:
    """Draw an age pyramid: one sex on each side, the same scale for both."""
    return picture(partial(_sides, sides))


def _sides(sides: Sides) -> Canvas:
    height = ROW * len(sides.labels) + 0.5
    canvas = blank(height)
    left = margin(sides.labels)
    half = (WIDTH - left - 0.05) / 2
    largest = float(np.nanmax([*sides.left, *sides.right, sides.largest, 1]))
    # The words at the end of the longest bar need room before the names of the bands.
    widest = largest / (1 - _longest([*sides.words[0], *sides.words[1]], sides.largest) / half)
    for index, (values, colour) in enumerate(((sides.left, ORANGE), (sides.right, BLUE))):
        axes = axes_in(canvas, (left + index * half, 0.05, half, height - 0.45))
        _draw_side(axes, sides, np.nan_to_num(values).tolist(), colour, outward=1 if index else -1)
        axes.set_xlim((0, widest) if index else (widest, 0))
    return canvas


def _draw_side(axes: Axes, sides: Sides, values: Sequence[float], colour: str, outward: int) -> None:
    labels = [wrapped(label) for label in sides.labels]
    _lie(axes, values, labels, colour, 0.76)
    side = max(outward, 0)
    outline(axes, sides.hollow[side])
    for index, (value, written) in enumerate(zip(values, sides.words[side], strict=True)):
        _beside(axes, value, index, written, outward)
    # A no-break space keeps the two names apart in the middle.
    title = f"{french.NBSP}{sides.names[1]}" if outward > 0 else f"{sides.names[0]}{french.NBSP}"
    ink = BLUE if outward > 0 else ORANGE_INK
    axes.set_title(title, loc="left" if outward > 0 else "right", fontsize=SIZE, fontweight="bold", color=ink)
    axes.set(xlabel="", ylabel="", xticks=[])
    axes.tick_params(axis="y", length=0, labelleft=outward < 0)
    axes.spines["left"].set_visible(outward > 0)


def _lie(axes: Axes, values: Sequence[float], labels: Sequence[str], colour: str, height: float) -> None:
    """Draw lying bars, the first above; by matplotlib, since seaborn's take four times as long to look the same."""
    places = range(len(labels))
    axes.barh(places, values, height, color=colour)
    axes.set_yticks(places, labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)


def outline(axes: Axes, hollow: frozenset[int]) -> None:
    """Empty some of the bars of a chart: what they stand for may end anywhere in them."""
    for place in hollow:
        bar = axes.patches[place]
        bar.set(facecolor="none", edgecolor=bar.get_facecolor()[:3], linewidth=1.2, linestyle=(0, (3, 2)))


def _beside(axes: Axes, value: float, line: int, words: str, outward: int) -> None:
    """Write words just after the end of a bar."""
    side = "left" if outward > 0 else "right"
    axes.annotate(words, (value, line), (5 * outward, 0), textcoords="offset points", va="center", ha=side)


def draw_heat(heat: Heat) -> Picture:
    """Draw a table of counts whose cells are the darker the larger they are."""
    return picture(partial(_heat, heat))


def _heat(heat: Heat) -> Canvas:
    names = [textwrap.fill(name, 7) for name in heat.columns]
    head = 0.15 + MORE * max(name.count("\n") + 1 for name in names)
    deepest = max(wrapped(line).count("\n") for line in heat.lines)
    height = (ROW + MORE * deepest) * len(heat.lines) + head + 0.05
    canvas, left = blank(height), margin(heat.lines)
    axes = axes_in(canvas, (left, 0.05, WIDTH - left - 0.05, height - head - 0.05))
    bounds = {"vmin": 0.0, "vmax": heat.darkest}
    sns.heatmap(heat.counts, ax=axes, cmap=shading(), cbar=False, linewidths=2, linecolor=PAPER, **bounds)
    _write_counts(axes, heat)
    axes.set_xticks(np.arange(len(names)) + 0.5, names, rotation=0)
    lines = [wrapped(line) for line in heat.lines]
    axes.set_yticks(np.arange(len(heat.lines)) + 0.5, lines, rotation=0)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.tick_params(axis="x", labelsize=SMALL)
    axes.spines["left"].set_visible(False)
    return canvas


def _write_counts(axes: Axes, heat: Heat) -> None:
    for (line, column), count in np.ndenumerate(heat.counts):
        colour = PAPER if count > 0.7 * heat.darkest else MUTED if np.isnan(count) else INK
        size = SMALL if np.isnan(count) else SIZE
        words = heat.words[line][column]
        axes.text(column + 0.5, line + 0.5, words, ha="center", va="center", color=colour, fontsize=size)


def wrapped(label: str) -> str:
    """Cut a label into lines that fit beside a chart."""
    return textwrap.fill(label, LETTERS)


def margin(labels: Iterable[str]) -> float:
    """Inches that the longest line of the labels takes."""
    return max(inches(wrapped(label)) for label in labels) + 0.2
