"""The kinds of chart, each a function that draws a grid of figures on axes.

A chart says one thing, is labelled at its marks, holds no rule, and can be read on a telephone. To add a kind, write a
function under ``@chart``: what is around the drawing (its title, its words, its data) does not depend on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import cycle, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.colors import to_rgba
from matplotlib.patches import Patch

from rlpipeline import french
from rlpipeline.display import grids
from rlpipeline.display.drawing import (
    BLUE,
    INK,
    LINE,
    MUTED,
    ORANGE,
    ORANGE_INK,
    PAPER,
    SMALL,
    SMALLEST,
    WIDTH,
    inches,
    shades,
    shading,
    sized,
)
from rlpipeline.display.grids import Grid, Shows, lengths_of, wrapped
from rlpipeline.display.layout import Layout
from rlpipeline.observations import Observation

Draw = Callable[[Axes, Grid], None]
Suits = Callable[[Layout], bool]
ROW, MORE = 0.28, 0.19
"""Inches of a line of a chart, and of what a second line of words adds."""
TITLE, ENTRY = 0.36, 0.26
"""Inches of a title, of a line of a legend."""
BAR, THIN, PAIR = 0.26, 0.21, 0.31
"""Inches of the bar of a line, of that of one class, of those of two years."""
GAP = 0.08
"""Inches between a mark and its words."""
DOT, SPECK, ACROSS = 44, 26, 22
"""Of dots: square points of this year's and of the one before's, letters of a title."""
APART = 5
"""Points between the end of a bar and its words."""
ASIDE = 7
"""Points that words move sideways off a slope."""
WEAK = to_rgba(BLUE, 0.65)
"""What the story is not about: a blue still, for grey is the year before."""
TALL = 0.21
"""Inches that words above a point of a line take."""
NEARLY_NOTHING = 1e-9
"""Length of the bar of a zero on the left, of which bar_label would not know the side."""
MIDDLE: dict[str, Any] = {"ha": "center", "va": "center"}
Lengths = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Kind:
    """A kind of chart: what draws it, which tables it suits, what of them it shows, and how it is called in French."""

    draw: Draw
    suits: Suits
    shows: Callable[[Layout], Shows]
    called: str


KINDS: dict[str, Kind] = {}
"""Every kind, by the name that a cell gives; what a table has by itself is the first that suits it."""


def chart(
    name: str, called: str, *, suits: Suits, shows: Callable[[Layout], Shows]
) -> Callable[[Draw], Draw]:
    """Register a function as what draws a kind of chart.

    Parameters
    ----------
    name, called
        Its name in cells, and in French for who does not see it.
    suits
        Whether the lines and columns of a table allow it.
    shows
        What of a table it draws (``grids.py``).
    """

    def registered(draw: Draw) -> Draw:
        KINDS[name] = Kind(draw, suits, shows, called)
        return draw

    return registered


@chart("bars", "Diagramme en barres", suits=grids.is_summed, shows=grids.lines)
def bars(axes: Axes, grid: Grid) -> None:
    """Draw a bar a line, its words at its end, above that of the year before.

    Of several columns of one year, each stands below its name, on a scale of its own.
    """
    many = len(grid.columns)
    if many == 1 or grid.is_of_years:
        _alone(axes, grid)
        return
    tall = _step(grid, BAR) * len(grid.rows) + TITLE
    across = _sized(axes, grid, tall * many)
    axes.axis("off")
    for rank, column in enumerate(grid.columns):
        bottom, height = 1 - (rank + 1) / many, (1 - TITLE / tall) / many
        part = axes.inset_axes((0, bottom, 1, height))
        part.set_title(column.label)
        _lie_alone(part, grid.column(rank), across, width=0.66)


def _alone(axes: Axes, grid: Grid) -> None:
    """Draw the bars of one column, or of a year and the one before."""
    tall = PAIR if grid.is_of_years else BAR
    step = _step(grid, tall)
    across = _sized(axes, grid, step * len(grid.rows))
    _lie_alone(axes, grid, across, width=tall / step if grid.is_of_years else 0.66)


def _lie_alone(axes: Axes, grid: Grid, across: float, width: float) -> None:
    """Draw bars on axes of their own scale, the lines that stand out in colour."""
    inks = [BLUE, LINE][: len(grid.columns)]
    _lie(axes, grid, grid.lengths, inks, width=width)
    largest = max(grid.lengths.max(), grid.largest) or 1
    axes.set_xlim(0, _end_of_scale(largest, grid, across))
    if grid.is_of_years:
        for words in axes.texts[len(grid.rows) :]:
            words.set(fontsize=SMALLEST, color=MUTED)
    if not grid.story & {row.code for row in grid.rows}:
        return
    drawn = zip(grid.rows, axes.containers[0], axes.get_yticklabels(), strict=True)
    for row, bar, name in drawn:
        if row.code in grid.story:
            name.set(fontweight="bold")
        elif not bar.get_linestyle().startswith("("):
            bar.set_facecolor(WEAK)


@chart("grouped", "Barres groupées", suits=grids.is_crossed, shows=grids.grouped)
def grouped(axes: Axes, grid: Grid) -> None:
    """Draw a bar a class, those of a line under one another."""
    tall = THIN * len(grid.columns)
    step = _step(grid, tall)
    across = _sized_below_legend(axes, grid, step)
    _lie(axes, grid, grid.lengths, _colours(grid), width=tall / step)
    largest = grid.lengths.max() or 1
    axes.set_xlim(0, _end_of_scale(largest, grid, across))
    _legend(axes, _colours(grid), grid.names)


@chart("stacked", "Barres empilées", suits=grids.is_added, shows=grids.stacked)
def stacked(axes: Axes, grid: Grid) -> None:
    """Draw the classes of a line end to end, and its total where they end."""
    lines, step = grid.places, _step(grid, BAR)
    across = _sized_below_legend(axes, grid, step)
    begins = np.zeros(len(lines))
    for rank, colour in enumerate(_colours(grid)):
        column = grid.column(rank)
        lengths = column.lengths[:, 0]
        drawn = axes.barh(lines, lengths, BAR / step, begins, color=colour, edgecolor=PAPER)
        _outline(drawn, column.every)
        begins = begins + lengths
    axes.bar_label(axes.containers[-1], grid.ends, padding=APART)  # type: ignore[arg-type]
    room = across - max(map(inches, grid.ends)) - 3 * GAP
    axes.set_xlim(0, (begins.max() or 1) * across / room)
    axes.set_yticks(lines, grid.labels)
    axes.invert_yaxis()
    _legend(axes, _colours(grid), grid.names)


@chart("pyramid", "Pyramide des âges", suits=grids.is_by_sex, shows=grids.by_sex)
def pyramid(axes: Axes, grid: Grid) -> None:
    """Draw girls on the left, boys on the right, on the same scale."""
    across = _sized(axes, grid, ROW * len(grid.rows), above=TITLE)
    girls, boys = grid.lengths.T
    left = -np.maximum(girls, NEARLY_NOTHING)
    lengths = np.column_stack([left, boys])
    _lie(axes, grid, lengths, [ORANGE, BLUE], width=0.76, dodge=False)
    for row, name in zip(grid.rows, axes.get_yticklabels(), strict=True):
        name.set(fontweight="bold" if row.code in grid.story else "normal")
    before = lengths_of(grid.before).max(initial=1)
    largest = max(grid.lengths.max(), grid.largest, before)
    end = _end_of_scale(largest, grid, across / 2)
    axes.set_xlim(-end, end)
    _outline_before(axes, grid, lengths, 2 * end / across)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.spines["left"].set_visible(False)
    axes.set_xticks([-end / 2, end / 2], grid.names, fontweight="bold")
    axes.tick_params(labeltop=True)
    left_name, right_name = axes.get_xticklabels()
    left_name.set_color(ORANGE_INK)
    right_name.set_color(BLUE)


def _outline_before(axes: Axes, grid: Grid, lengths: Lengths, of_inch: float) -> None:
    """Draw the year before as an outline, girls on the left, boys on the right.

    Words stand at the end of their own bar, within an outline that has room for them: beyond it,
    they would be taken for the year before's. They stand beyond one that ends where they are.

    Parameters
    ----------
    of_inch
        Young people that an inch stands for.
    """
    if not grid.before:
        return
    outlines = (lengths_of(grid.before) * (-1, 1)).T
    look: dict[str, Any] = {"color": "none", "edgecolor": MUTED, "linewidth": 1}
    for side in outlines:
        axes.barh(grid.places, side, 0.92, **look)
    ends = zip(axes.texts, outlines.ravel(), lengths.T.ravel(), strict=True)
    for words, outline, bar in ends:
        room = of_inch * (inches(words.get_text()) + 2 * GAP)
        if 0 < abs(outline) - abs(bar) < room:
            words.xy = outline, words.xy[1]  # type: ignore[attr-defined]


@chart("heat", "Tableau coloré", suits=grids.is_crossed, shows=grids.crossed)
def heat(axes: Axes, grid: Grid) -> None:
    """Draw cells that are the darker the larger they are; one without a number is blank."""
    names = [wrapped(name, 8) for name in grid.names]
    above = 0.15 + MORE * max(map(_lines_in, names))
    _sized(axes, grid, _tallest(grid) * len(grid.rows), above)
    drawn, words = grid.shares or grid.figures, grid.signs or grid.words
    counts = np.array([[figure.value for figure in line] for line in drawn])
    darkest = np.nanmax(counts, initial=max(grid.largest, 1))
    scale = {"vmin": 0, "vmax": darkest, "cmap": shading(), "cbar": False}
    look = {"linewidths": 2, "linecolor": PAPER}
    named = {"xticklabels": names, "yticklabels": grid.labels}
    sns.heatmap(counts, ax=axes, **look, **scale, **named)
    inks = np.where(counts > 0.7 * darkest, PAPER, INK)
    inks[np.isnan(counts)] = MUTED
    for (line, column), ink in np.ndenumerate(inks):
        middle = column + 0.5, line + 0.5
        axes.text(*middle, words[line][column], color=ink, **MIDDLE)
    axes.tick_params(rotation=0)
    axes.tick_params(axis="x", labeltop=True, labelbottom=False, labelsize=SMALL)
    axes.spines["left"].set_visible(False)


@chart("line", "Courbe", suits=grids.is_in_order, shows=grids.steps)
def line(axes: Axes, grid: Grid) -> None:
    """Draw steps that follow each other as a line a column, the words of each above its point, its name below."""
    colours, many = [BLUE, ORANGE, MUTED], len(grid.columns)
    above = 0.3 + (ENTRY * many if many > 1 else 0)
    heights = 1.5 * grid.lengths / (1.05 * (grid.lengths.max(initial=0) or 1))
    below = _too_near(heights) | _in_valleys(heights)
    beside = _down_slopes(heights)
    pad = TALL if below.any() else 0.0  # a word may reach below the line of zero
    under = 0.2 + pad + max(map(inches, grid.labels))
    sized(axes, 1.5, left=0.4, right=0.4, above=above, below=under)
    for rank, colour in zip(range(many), cycle(colours)):
        _step_by_step(axes, grid.column(rank), colour, below[:, rank], beside[:, rank])
    if many > 1:
        _legend(axes, colours[:many], grid.names)
    axes.set(xlabel="", ylabel="", ylim=(0, None), yticks=[])
    axes.set_xticks(grid.places, grid.labels, rotation=90)
    axes.tick_params(labelbottom=True, pad=3.5 + 72 * pad)
    axes.spines["bottom"].set_visible(True)


def _too_near(heights: Lengths) -> npt.NDArray[np.bool_]:
    """Say of each point, steps × columns in inches, whether another is so near above it that words have no room there.

    Of two points in one place the first column's has its words above.
    """
    above = heights[:, np.newaxis, :] - heights[:, :, np.newaxis]
    pairs = np.ones(above.shape[1:], dtype=bool)
    is_first = np.tril(pairs, -1)
    is_above = (above > 0) | ((above == 0) & is_first)
    is_near = is_above & (above < TALL + GAP)
    return np.asarray(is_near.any(axis=2))


def _in_valleys(heights: Lengths) -> npt.NDArray[np.bool_]:
    """Say of each point whether its line comes down to it and goes up again, with room below it for words."""
    before, after = _climbs(heights)
    lower = heights[:, np.newaxis, :] - heights[:, :, np.newaxis]
    is_near = (lower < 0) & (lower > -2 * TALL)  # what is lower has words above its point
    return (np.minimum(before, after) > 0) & (heights > TALL) & ~is_near.any(axis=2)


def _down_slopes(heights: Lengths) -> npt.NDArray[np.float64]:
    """Give the points to the right, or to the left, that take the words of a point off the slope that it is on."""
    before, after = _climbs(heights)
    falls = (before > TALL) & (after < 0)
    rises = (after > TALL) & (before < 0)
    return ASIDE * (falls.astype(float) - rises)


def _climbs(heights: Lengths) -> tuple[Lengths, Lengths]:
    """Measure how much higher the points before and after each are; nothing at both ends."""
    padded = np.pad(heights, ((1, 1), (0, 0)), mode="edge")
    return padded[:-2] - heights, padded[2:] - heights


def _step_by_step(
    axes: Axes, grid: Grid, colour: str, below: npt.NDArray[np.bool_], beside: Lengths
) -> None:
    """Draw the line of one column, its words above its points, or below, or aside, where another or a line would be."""
    steps, lengths = grid.places, grid.lengths[:, 0]
    sns.lineplot(x=steps, y=lengths, marker="o", color=colour, ax=axes)
    for step, words in enumerate(grid.every_word):
        away, side = (-APART, "top") if below[step] else (APART, "baseline")
        aside = 0.0 if below[step] else beside[step]
        way: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "va": side}
        axes.annotate(words, (step, lengths[step]), (aside, away), **way)


@chart("dots", "Points", suits=grids.is_of_rates, shows=grids.rates)
def dots(axes: Axes, grid: Grid) -> None:
    """Draw a dot a line for each number told of it, on a scale of its own, beside that of the year before."""
    many, head = len(grid.columns), TITLE * 1.6
    tall = head + ROW * len(grid.rows)
    _sized(axes, grid, tall)
    axes.axis("off")
    for rank, name in enumerate(grid.called):
        left, width, height = rank / many, 0.9 / many, 1 - head / tall
        part = axes.inset_axes((left, 0, width, height))
        part.set_title(wrapped(name, ACROSS), fontsize=SMALL)
        _dots_of(part, grid, rank)
        part.set_yticks(grid.places, [] if rank else grid.labels)


def _dots_of(axes: Axes, grid: Grid, rank: int) -> None:
    """Draw the dots of one number, those of the year before in grey, from zero on."""
    lines = grid.places
    now = [numbers[rank] for numbers in grid.each]
    then = [numbers[rank] for numbers in grid.each_before]
    if then:
        axes.hlines(lines, then, now, color=LINE)
        axes.scatter(then, lines, SPECK, color=LINE)
    story = grid.story or {row.code for row in grid.rows}
    inks = [BLUE if row.code in story else WEAK for row in grid.rows]
    axes.scatter(now, lines, DOT, color=PAPER, zorder=2.5)  # a weak one would show what is under it
    axes.scatter(now, lines, DOT, color=inks, zorder=3)
    ends = np.maximum(now, then or now)
    beside: dict[str, Any] = {"textcoords": "offset points", "va": "center"}
    for place, end in enumerate(ends):
        words = grid.signs[place][rank]
        axes.annotate(words, (end, place), (2 * APART, 0), **beside)
    axes.set_xlim(0, 1.35 * (ends.max() or 1))
    axes.set_ylim(len(lines) - 0.4, -0.6)


def _lie(axes: Axes, grid: Grid, lengths: Lengths, colours: Sequence[Any], **way: Any) -> None:
    """Draw bars that lie, by seaborn, those of a line under one another; their words, and the names of the lines."""
    axes.set(xlabel=" ", ylabel=" ")  # or it finds some, which takes as long as the bars
    line, rank = np.indices(lengths.shape)
    data = {"x": lengths.ravel(), "y": line.ravel(), "hue": rank.ravel()}
    look: dict[str, Any] = {"palette": [BLUE] * len(colours), "errorbar": None, "legend": False}
    sns.barplot(**data, **look, orient="h", ax=axes, **way)
    axes.set(xlabel="", ylabel="")
    for place, colour in enumerate(colours):
        column, drawn = grid.column(place), axes.containers[place]
        for bar in drawn:
            bar.set_facecolor(colour)  # which may let the paper through: a palette may not
        axes.bar_label(drawn, column.every_word, padding=APART)  # type: ignore[arg-type]
        _outline(drawn, column.every)
    axes.set_yticks(range(len(lengths)), grid.labels)


def _outline(patches: Iterable[Patch], figures: Iterable[Observation]) -> None:
    """Draw what is rounded to zero by its outline, in dashes: it may end anywhere in its bar."""
    for patch, figure in zip(patches, figures, strict=False):
        if figure.is_below:
            colour = patch.get_facecolor()[:3]
            patch.set(facecolor="none", edgecolor=colour, linestyle=(0, (3, 2)))


def _end_of_scale(largest: float, grid: Grid, across: float) -> float:
    """Give the figure at the end of some inches in which the longest bar leaves room for its words."""
    words = [*grid.every_word, french.number(grid.largest)]
    room = across - max(map(inches, words)) - 2 * GAP
    return largest * across / max(room, across * 0.4)


def _colours(grid: Grid) -> Sequence[Any]:
    """Give the colours of classes: two that differ, else from strong to weak."""
    many = len(grid.columns)
    return (ORANGE, BLUE) if many == 2 else shades(many)


def _sized_below_legend(axes: Axes, grid: Grid, step: float) -> float:
    """Give axes the size of lines under one another, below a legend of the classes; give their width in inches."""
    entries = math.ceil(len(grid.columns) / _entries_across(grid.names))
    return _sized(axes, grid, step * len(grid.rows), ENTRY * entries + 0.1)


def _sized(axes: Axes, grid: Grid, height: float, above: float = 0.05) -> float:
    """Give axes a height and margins for the names of the lines, in inches; give their width."""
    return sized(axes, height, left=_margin(grid), above=above)


def _legend(axes: Axes, colours: Sequence[Any], names: Sequence[str]) -> None:
    """Name colours in their order above the axes, some beside one another."""
    handles = [Patch(facecolor=colour) for colour in colours]
    corner: dict[str, Any] = {"loc": "upper left", "bbox_to_anchor": (0, 1)}
    corner["bbox_transform"] = axes.figure.transFigure
    axes.legend(handles, names, ncols=_entries_across(names), **corner)


def _entries_across(names: Sequence[str]) -> int:
    """Count the entries of a legend that stand beside one another."""
    widest = max(map(inches, names)) + 0.5
    return max(1, int(WIDTH // widest))


def _margin(grid: Grid) -> float:
    """Give the inches that the names of the lines take beside a chart."""
    bolder = 1.08 if grid.story else 1
    return max(map(inches, grid.labels)) * bolder + 0.2


def _step(grid: Grid, tall: float) -> float:
    """Give the inches from a line to the next, at which neither bars nor names touch."""
    heights = [ROW + MORE * label.count("\n") for label in grid.labels]
    halves = [(above + below) / 2 for above, below in pairwise(heights)]
    return max([tall + ROW - BAR, *halves])


def _tallest(grid: Grid) -> float:
    """Give the inches that the tallest line takes."""
    return ROW + MORE * (max(map(_lines_in, grid.labels)) - 1)


def _lines_in(name: str) -> int:
    return name.count("\n") + 1
