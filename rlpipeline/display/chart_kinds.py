"""The kinds of chart, each a function that draws a grid of figures on axes.

A chart says one thing, is labelled at its marks, holds no rule, and can be read on a telephone. To add a kind, write a
function under ``@chart``: what is around the drawing (its title, its words, its data) does not depend on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import seaborn as sns
from matplotlib.axes import Axes
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
    SIZE,
    SMALL,
    SMALLEST,
    WIDTH,
    inches,
    shades,
    shading,
    sized,
)
from rlpipeline.display.grids import Grid, Shows, wrapped
from rlpipeline.display.layout import Layout
from rlpipeline.observations import Observation

Draw = Callable[[Axes, Grid], None]
Suits = Callable[[Layout], bool]
ROW, MORE = 0.28, 0.19
"""Inches of a line of a chart, and of what a second line of words adds."""
TITLE, STRIP, ENTRY = 0.36, 0.5, 0.26
"""Inches of a title, of the bar of a whole, of a line of a legend."""
BAR, THIN = 0.26, 0.21
"""Inches of the bar of a line, and of that of one class."""
GAP, LABEL, LEADER = 0.08, 0.205, 0.26
"""Inches between a mark and its words; of slopes, between labels, and between a label and what it names."""
PANEL, ACROSS, PART = 1.1, 2, 0.94
"""Inches of the bars of a small chart, how many of these stand beside one another, and what part of that is bars."""
TITLE_LETTERS, PART_LETTERS, WIDEST_LABEL = 27, 50, 60
"""Letters of a line of the title of a small chart, of the name of a part, of a label of slopes."""
APART = 5
"""Points between the end of a bar and its words."""
NEARLY_NOTHING = 1e-9
"""Length of the bar of a zero on the left, of which bar_label would not know the side."""
MIDDLE: dict[str, Any] = {"ha": "center", "va": "center"}
LED: dict[str, Any] = {
    "arrowstyle": "-",
    "color": MUTED,
    "linewidth": 0.6,
    "shrinkA": 2,
    "shrinkB": 0,
}
"""The line from a label to what it names."""
STANDS_OUT: dict[str, Any] = {"color": BLUE, "fontweight": "bold"}
SIDES = (-1, 1)
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
    """Draw a bar a line, its words at its end; of several columns each below its name, on a scale of its own."""
    many = len(grid.columns)
    head = TITLE if many > 1 else 0
    tall = _step(grid, BAR) * len(grid.rows) + head
    across = sized(axes, tall * many, left=_margin(grid))
    if many == 1:
        _alone(axes, grid, across)
        return
    axes.axis("off")
    for rank, column in enumerate(grid.columns):
        bottom, height = 1 - (rank + 1) / many, (1 - head / tall) / many
        part = axes.inset_axes((0, bottom, 1, height))
        part.set_title(column.label)
        _alone(part, grid.column(rank), across)


def _alone(axes: Axes, grid: Grid, across: float) -> None:
    """Draw the bars of one column."""
    _lie(axes, grid, grid.lengths, [BLUE], width=0.66)
    largest = max(grid.lengths.max(), grid.largest) or 1
    axes.set_xlim(0, _end_of_scale(largest, grid, across))


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
    lines, step = range(len(grid.rows)), _step(grid, BAR)
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
    across = sized(axes, ROW * len(grid.rows), left=_margin(grid), above=TITLE)
    girls, boys = grid.lengths.T
    left = -np.maximum(girls, NEARLY_NOTHING)
    lengths = np.column_stack([left, boys])
    _lie(axes, grid, lengths, [ORANGE, BLUE], width=0.76, dodge=False)
    largest = max(grid.lengths.max(), grid.largest, 1)
    end = _end_of_scale(largest, grid, across / 2)
    axes.set_xlim(-end, end)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.spines["left"].set_visible(False)
    axes.set_xticks([-end / 2, end / 2], grid.names, fontweight="bold")
    axes.tick_params(labeltop=True)
    for name, ink in zip(axes.get_xticklabels(), [ORANGE_INK, BLUE], strict=True):
        name.set_color(ink)


@chart("heat", "Tableau coloré", suits=grids.is_crossed, shows=grids.crossed)
def heat(axes: Axes, grid: Grid) -> None:
    """Draw cells that are the darker the larger they are; one without a number is blank."""
    names = [wrapped(name, 7) for name in grid.names]
    above = 0.15 + MORE * max(map(_lines_in, names))
    sized(axes, _tallest(grid) * len(grid.rows), left=_margin(grid), above=above)
    counts = np.array([[figure.value for figure in line] for line in grid.figures])
    darkest = np.nanmax(counts, initial=max(grid.largest, 1))
    scale = {"vmin": 0, "vmax": darkest, "cmap": shading(), "cbar": False}
    named = {"xticklabels": names, "yticklabels": grid.labels}
    sns.heatmap(counts, ax=axes, linewidths=2, linecolor=PAPER, **scale, **named)
    inks = np.where(counts > 0.7 * darkest, PAPER, INK)
    inks[np.isnan(counts)] = MUTED
    for (line, column), ink in np.ndenumerate(inks):
        words = grid.words[line][column]
        axes.text(column + 0.5, line + 0.5, words, color=ink, **MIDDLE)
    axes.tick_params(rotation=0)
    axes.tick_params(axis="x", labeltop=True, labelbottom=False, labelsize=SMALL)
    axes.spines["left"].set_visible(False)


@chart(
    "panels",
    "Un petit diagramme par ligne, à la même échelle",
    suits=partial(grids.is_added, fewest=grids.FEWEST_CLASSES),
    shows=grids.by_line,
)
def panels(axes: Axes, grid: Grid) -> None:
    """Draw a small chart a line, with its total in its title, all on the same scale."""
    names = [_narrow(name) for name in grid.names]
    small = _size_side_by_side(names, PART * WIDTH / ACROSS / len(names))
    foot = 0.15 + 0.18 * max(map(_lines_in, names))
    rows, tall = math.ceil(len(grid.rows) / ACROSS), PANEL + foot + 0.5
    sized(axes, tall * rows, left=0.05)
    axes.axis("off")
    for rank, line in enumerate(grid.rows):
        row, column = divmod(rank, ACROSS)
        left, bottom = column / ACROSS, 1 - (row + 1 - foot / tall) / rows
        panel = axes.inset_axes((left, bottom, PART / ACROSS, PANEL / tall / rows))
        _stand(panel, grid, rank)
        panel.set_ylim(0, (grid.lengths.max() or 1) * 1.22)
        panel.set_xticks(range(len(names)), names, fontsize=small)
        title = french.spaced(f"{line.label} : {grid.ends[rank]}")
        panel.set_title(wrapped(title, TITLE_LETTERS))


def _narrow(name: str) -> str:
    """Cut a name into short lines, between its words."""
    return wrapped(name, max(6, *map(len, name.split())))


def _size_side_by_side(names: Sequence[str], across: float) -> float:
    """Give the points at which names do not touch, each in the middle of so many inches."""
    pairs = pairwise(map(inches, names))
    widest = max((left + right) / 2 for left, right in pairs)
    return SMALL if (widest * SMALL / SIZE + GAP / 2) < across else SMALLEST


def _stand(axes: Axes, grid: Grid, line: int) -> None:
    """Draw the classes of a line as bars that stand, by matplotlib: there may be a dozen such charts in one."""
    many = len(grid.columns)
    drawn = axes.bar(range(many), grid.lengths[line], 0.7, color=BLUE)
    _outline(drawn, grid.figures[line])
    small = SMALL if many < 5 else SMALLEST
    for words in axes.bar_label(drawn, grid.words[line], padding=3):
        if len(words.get_text()) > 4:  # « moins de 5 », which is as wide as its bar
            words.set(fontsize=small, color=MUTED)
    axes.set_yticks([])
    axes.tick_params(labelbottom=True)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set_visible(True)


@chart("whole", "Barre découpée en parts", suits=grids.is_whole, shows=grids.parts)
def whole(axes: Axes, grid: Grid) -> None:
    """Draw a bar cut into the lines, from strong to weak, and under it the name of each in that order."""
    pairs = zip(grid.rows, grid.every_word, strict=True)
    named = [french.spaced(f"{row.label} : {words}") for row, words in pairs]
    names = [wrapped(name, PART_LETTERS) for name in named]
    below = sum(ENTRY + MORE * name.count("\n") for name in names) + 0.2
    sized(axes, STRIP, left=0.05, below=below)
    lengths = grid.lengths[:, 0]
    begins, colours = lengths.cumsum() - lengths, shades(len(lengths))
    drawn = axes.barh([0] * len(lengths), lengths, 1, begins, color=colours, edgecolor=PAPER)
    _outline(drawn, grid.every)
    axes.set_xlim(0, lengths.sum() or 1)
    axes.axis("off")
    _legend(axes, colours, names, is_below=True)


@chart("slopes", "Pentes d'une année à l'autre", suits=grids.is_summed, shows=grids.two_years)
def slopes(axes: Axes, grid: Grid) -> None:
    """Draw two years, a line from one to the other for each name; the one that moved most stands out."""
    then = [words for words, _ in grid.words]
    pairs = zip(grid.rows, grid.words, strict=True)
    now = [wrapped(f"{words} · {row.label[:WIDEST_LABEL]}") for row, (_, words) in pairs]
    left, right = (max(map(inches, words)) + 0.15 + LEADER for words in (then, now))
    tall = max(1.6, 0.3 + 0.26 * len(now), LABEL * sum(map(_lines_in, now)))
    across = sized(axes, tall, left=left, right=right, above=0.48, below=0.12)
    places = grid.lengths / max(grid.lengths.max(), 1)
    moved = int(np.abs(places[:, 1] - places[:, 0]).argmax())
    _rise(axes, places, moved)
    leader, line = LEADER / across, LABEL / tall
    for end, words in enumerate((then, now)):
        heights = [line * _lines_in(label) for label in words]
        middles = spread(places[:, end], heights)
        way: dict[str, Any] = {"ha": "left" if end else "right", "va": "center"}
        way["arrowprops"] = {**LED, "relpos": (1 - end, 0.5)}
        for rank, label in enumerate(words):  # each is led to its point: several may be one
            point, beside = (end, places[rank, end]), (end + SIDES[end] * leader, middles[rank])
            ink = STANDS_OUT if rank == moved else {}
            axes.annotate(label, point, beside, annotation_clip=False, **way, **ink)
    axes.set(xlim=(0, 1), ylim=(-0.04, 1.04), yticks=[])
    axes.set_xticks([0, 1], [column.label for column in grid.columns], fontweight="bold")
    axes.tick_params(labeltop=True, pad=9)
    axes.spines[["left", "right"]].set(visible=True, color=LINE)


def _rise(axes: Axes, places: Lengths, moved: int) -> None:
    """Draw a line a name between two years, that of one name above the others."""
    axes.set(xlabel=" ", ylabel=" ")
    name, year = np.indices(places.shape)
    inks = [BLUE if rank == moved else MUTED for rank in range(len(places))]
    data = {"x": year.ravel(), "y": places.ravel(), "hue": name.ravel(), "estimator": None}
    marks = {"marker": "o", "markersize": 5, "markeredgewidth": 0, "clip_on": False}
    sns.lineplot(**data, palette=inks, legend=False, linewidth=1.4, ax=axes, **marks)
    axes.lines[moved].set(linewidth=2.4, zorder=3)
    axes.set(xlabel="", ylabel="")


def spread(places: Iterable[float], heights: Sequence[float]) -> list[float]:
    """Move labels that would stand on one another up, then down where there is no more room, in their order.

    ``heights``: what each takes between 0 and 1; less where all together would take more. Gives their middles.
    """
    wanted, takes = np.array([*places]), np.array(heights)
    order = wanted.argsort(kind="stable")
    takes = takes[order] * min(1, 1 / takes.sum())
    stacked = takes.cumsum() - takes / 2
    free = np.maximum.accumulate(wanted[order] - stacked)
    wanted[order] = free.clip(0, 1 - takes.sum()) + stacked
    return [float(middle) for middle in wanted]


@chart("line", "Courbe", suits=grids.is_in_order, shows=grids.steps)
def line(axes: Axes, grid: Grid) -> None:
    """Draw steps that follow each other as a line, the words of each above its point."""
    steps, names = range(len(grid.rows)), grid.labels
    sized(axes, 1.5, left=0.4, right=0.4, above=0.3, below=0.2 + max(map(inches, names)))
    lengths = grid.lengths[:, 0]
    sns.lineplot(x=steps, y=lengths, marker="o", color=BLUE, ax=axes)
    for step, words in enumerate(grid.every_word):
        place = step, lengths[step]
        axes.annotate(words, place, (0, APART), textcoords="offset points", ha="center")
    axes.set(xlabel="", ylabel="", ylim=(0, None), yticks=[])
    axes.set_xticks(steps, names, rotation=90)
    axes.tick_params(labelbottom=True)


def _lie(axes: Axes, grid: Grid, lengths: Lengths, colours: Sequence[Any], **way: Any) -> None:
    """Draw bars that lie, by seaborn, those of a line under one another; their words, and the names of the lines."""
    axes.set(xlabel=" ", ylabel=" ")  # or it finds some, which takes as long as the bars
    line, rank = np.indices(lengths.shape)
    data = {"x": lengths.ravel(), "y": line.ravel(), "hue": rank.ravel()}
    inks = [BLUE] * len(colours)
    sns.barplot(**data, palette=inks, orient="h", errorbar=None, legend=False, ax=axes, **way)
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
    above = ENTRY * math.ceil(len(grid.columns) / _entries_across(grid.names)) + 0.1
    return sized(axes, step * len(grid.rows), left=_margin(grid), above=above)


def _legend(
    axes: Axes, colours: Sequence[Any], names: Sequence[str], is_below: bool = False
) -> None:
    """Name colours in their order: above the axes, some beside one another, or below them in one column."""
    handles = [Patch(facecolor=colour) for colour in colours]
    way: dict[str, Any] = {"loc": "lower left" if is_below else "upper left"}
    way["bbox_to_anchor"] = (0, 0) if is_below else (0, 1)
    way["bbox_transform"] = axes.figure.transFigure
    across = 1 if is_below else _entries_across(names)
    axes.legend(handles, names, ncols=across, **way)


def _entries_across(names: Sequence[str]) -> int:
    """Count the entries of a legend that stand beside one another."""
    widest = max(map(inches, names)) + 0.5
    return max(1, int(WIDTH // widest))


def _margin(grid: Grid) -> float:
    """Give the inches that the names of the lines take beside a chart."""
    return max(map(inches, grid.labels)) + 0.2


def _step(grid: Grid, tall: float) -> float:
    """Give the inches from a line to the next, at which neither bars nor names touch."""
    heights = [ROW + MORE * label.count("\n") for label in grid.labels]
    pairs = pairwise(heights)
    return max([tall + ROW - BAR, *((above + below) / 2 for above, below in pairs)])


def _tallest(grid: Grid) -> float:
    """Give the inches that the tallest line takes."""
    return ROW + MORE * (max(map(_lines_in, grid.labels)) - 1)


def _lines_in(name: str) -> int:
    return name.count("\n") + 1
