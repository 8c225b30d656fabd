"""Charts that set things side by side: one whole in parts, lines cut into classes, places, two years as slopes."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Rectangle

from rlpipeline.display.charts import GAP, MORE, ROW, axes_in, margin, outline, wrapped
from rlpipeline.display.drawing import (
    BLUE,
    INK,
    LINE,
    MUTED,
    ORANGE,
    PAPER,
    SIZE,
    SMALL,
    WIDTH,
    Picture,
    blank,
    inches,
    picture,
    plane,
    shades,
)

STRIP = 0.5
"""Inches of the bar of a whole."""
ENTRY = 0.3
"""Inches of a line of its key."""
BAR, THIN = 0.26, 0.21
"""Inches of the bar of a line, and of that of one class."""
LABEL = 0.205
"""Inches between labels of slopes."""
LEADER = 0.26
"""Inches between a label of slopes and what it names."""
ACROSS = 2
"""Panels beside one another."""
TITLE_WIDTH = 27
"""Characters of a line of the titles of panels."""


@dataclass(frozen=True)
class Whole:
    """Parts of one whole, from the largest, each with the words written beside its name.

    Parameters
    ----------
    hollow
        Places of the parts that are outlined, as in ``Bars``.
    """

    labels: Sequence[str]
    values: Sequence[float]
    words: Sequence[str]
    hollow: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Panel:
    """One place: its title, and a column a class with the words written above; NaN draws no column.

    Parameters
    ----------
    hollow
        Places of the columns that are outlined, as in ``Bars``.
    """

    title: str
    values: Sequence[float]
    words: Sequence[str]
    hollow: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Panels:
    """Places on one scale; ``classes`` are the names under the columns of each."""

    panels: Sequence[Panel]
    classes: Sequence[str]


@dataclass(frozen=True)
class Groups:
    """Lines cut into classes: a bar a class under one another, or the classes end to end in one bar.

    Parameters
    ----------
    values, words
        By line, then by class; NaN draws no bar.
    hollow
        (line, class) of the bars that are outlined, as in ``Bars``.
    totals
        Written at the end of the bar of each line, whose classes are then end to end.
    """

    labels: Sequence[str]
    classes: Sequence[str]
    values: npt.NDArray[np.float64]
    words: Sequence[Sequence[str]]
    hollow: frozenset[tuple[int, int]] = frozenset()
    totals: Sequence[str] = ()


@dataclass(frozen=True)
class Slope:
    """One line: its name, its two values, and the words at both ends."""

    label: str
    then: float
    now: float
    words: tuple[str, str]


@dataclass(frozen=True)
class Labels:
    """What is written at one end of slopes: texts, heights of their points; across, the end and where texts begin.

    Parameters
    ----------
    moved
        Place of the line that moved most.
    """

    texts: Sequence[str]
    heights: Sequence[float]
    end: int
    beyond: float
    moved: int


def draw_whole(whole: Whole) -> Picture:
    """Draw a bar cut into the parts of a whole, from strong to weak, and under it the name of each in that order."""
    return picture(partial(_whole, whole))


def _whole(whole: Whole) -> Canvas:
    lines = [wrapped(label) for label in whole.labels]
    heights = [max(ENTRY, MORE * (1 + line.count("\n")) + 0.1) for line in lines]
    height = STRIP + 0.3 + sum(heights)
    canvas = blank(height)
    axes, colours = plane(canvas), shades(len(whole.values))
    total, left = sum(whole.values) or 1, 0.0
    for value, colour in zip(whole.values, colours, strict=True):
        part = value / total * WIDTH
        _box(axes, (left, height - STRIP - 0.05), (part, STRIP), colour)
        left += part
    outline(axes, whole.hollow)
    for rank, (line, words, colour) in enumerate(zip(lines, whole.words, colours, strict=True)):
        middle = height - STRIP - 0.25 - sum(heights[:rank]) - heights[rank] / 2
        _box(axes, (0.02, middle - 0.08), (0.2, 0.16), colour)
        axes.text(0.32, middle, line, va="center")
        axes.text(WIDTH - 0.05, middle, words, va="center", ha="right")
    return canvas


def _box(axes: Axes, corner: tuple[float, float], size: tuple[float, float], colour: object) -> None:
    axes.add_patch(Rectangle(corner, *size, facecolor=colour, edgecolor=PAPER, linewidth=1.2))


def draw_panels(drawn: Panels) -> Picture:
    """Draw places beside one another on the same scale."""
    return picture(partial(_panels, drawn))


def _panels(drawn: Panels) -> Canvas:
    names = [textwrap.fill(name, 6) for name in drawn.classes]
    foot = 0.15 + 0.18 * max(name.count("\n") + 1 for name in names)
    rows, column_width = math.ceil(len(drawn.panels) / ACROSS), WIDTH / ACROSS
    size = 1.6 + foot
    canvas = blank(size * rows)
    most = max((value for one in drawn.panels for value in one.values if not math.isnan(value)), default=1) or 1
    for index, panel in enumerate(drawn.panels):
        row, column = divmod(index, ACROSS)
        corner = (column + 0.02) * column_width, size * (rows - row - 1) + foot
        box = (*corner, 0.94 * column_width, size - foot - 0.5)
        _draw_place(axes_in(canvas, box), panel, names, most)
    return canvas


def _draw_place(axes: Axes, panel: Panel, names: Sequence[str], most: float) -> None:
    heights = [0.0 if math.isnan(value) else value for value in panel.values]
    axes.bar(range(len(names)), heights, width=0.7, color=BLUE)
    outline(axes, panel.hollow)
    for place, (value, words) in enumerate(zip(heights, panel.words, strict=True)):
        small, size = len(words) > 4, SMALL if len(names) < 5 else 9
        axes.annotate(
            words, (place, value), (0, 3), textcoords="offset points", ha="center", va="bottom",
            fontsize=size if small else SIZE, color=MUTED if small else INK,
        )  # fmt: skip
    axes.set(ylim=(0, most * 1.22), yticks=[])
    axes.set_xticks(range(len(names)), names, fontsize=SMALL)
    axes.tick_params(axis="x", length=0)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set(visible=True, color=MUTED)
    axes.set_title(textwrap.fill(panel.title, TITLE_WIDTH), loc="left", fontsize=SIZE, fontweight="bold", color=INK)


def draw_groups(groups: Groups) -> Picture:
    """Draw lines cut into classes, the names of which stand above."""
    return picture(partial(_groups, groups))


def _groups(groups: Groups) -> Canvas:
    bar = BAR if groups.totals else THIN
    deepest = max(wrapped(label).count("\n") for label in groups.labels)
    step = max((1 if groups.totals else len(groups.classes)) * bar + ROW - BAR, ROW + MORE * deepest)
    keys = _key_lines(groups.classes)
    head = ENTRY * len(keys) + 0.1
    height = head + step * len(groups.labels) + 0.05
    canvas, left = blank(height), margin(groups.labels)
    lengths = np.nan_to_num(groups.values)
    longest = max([0.0, *(lengths.sum(axis=1) if groups.totals else lengths).ravel()]) or 1
    ends = groups.totals or [word for line in groups.words for word in line]
    scale = (WIDTH - left - 3 * GAP - max(map(inches, ends))) / longest
    axes, colours = plane(canvas), class_colours(len(groups.classes))
    _draw_key(axes, keys, height - 0.05, colours)
    for line, label in enumerate(groups.labels):
        middle = height - head - step * (line + 0.5)
        axes.text(left - GAP, middle, wrapped(label), ha="right", va="center")
        _draw_group(axes, groups, line, (left, middle, bar, scale), colours)
    return canvas


def class_colours(count: int) -> Sequence[object]:
    """Give the colours of classes: the two of the pyramid, or shades."""
    return (ORANGE, BLUE) if count == 2 else shades(count)


def _key_lines(classes: Sequence[str]) -> list[list[tuple[float, int, str]]]:
    """Set the names of classes out on lines: place across, rank, name."""
    lines: list[list[tuple[float, int, str]]] = [[]]
    across = 0.02
    for rank, name in enumerate(classes):
        room = 0.5 + inches(name)
        if lines[-1] and across + room > WIDTH:
            lines.append([])
            across = 0.02
        lines[-1].append((across, rank, name))
        across += room
    return lines


def _draw_key(
    axes: Axes, lines: Sequence[Sequence[tuple[float, int, str]]], top: float, colours: Sequence[object]
) -> None:
    for line, entries in enumerate(lines):
        for across, rank, name in entries:
            _box(axes, (across, top - ENTRY * line - 0.16), (0.2, 0.16), colours[rank])
            axes.text(across + 0.26, top - ENTRY * line - 0.08, name, va="center")


def _draw_group(
    axes: Axes, groups: Groups, line: int, place: tuple[float, float, float, float], colours: Sequence[object]
) -> None:
    """Draw the bars of a line: left end, middle, thickness of a bar, inches a unit."""
    left, middle, bar, scale = place
    across, top = left, middle + (bar if groups.totals else bar * len(groups.classes)) / 2
    for rank, value in enumerate(np.nan_to_num(groups.values[line])):
        _box(axes, (across, top - bar), (value * scale, bar), colours[rank])
        if (line, rank) in groups.hollow:
            outline(axes, frozenset({len(axes.patches) - 1}))
        if groups.totals:
            across += value * scale
        else:
            words = groups.words[line][rank]
            axes.text(left + value * scale + 0.06, top - bar / 2, words, va="center", fontsize=SMALL)
            top -= bar
    if groups.totals:
        axes.text(across + 0.06, middle, groups.totals[line], va="center")


def draw_slopes(slopes: Sequence[Slope], years: tuple[int, int]) -> Picture:
    """Draw two years, a line from one to the other for each name; the one that moved most stands out."""
    return picture(partial(_slopes, slopes, years))


def _slopes(slopes: Sequence[Slope], years: tuple[int, int]) -> Canvas:
    names = [wrapped(f"{slope.words[1]} · {slope.label}") for slope in slopes]
    left = max(inches(slope.words[0]) for slope in slopes) + 0.15 + LEADER
    right = max(map(inches, names)) + 0.15 + LEADER
    height = max(2.2, 0.9 + 0.26 * len(slopes))
    across = WIDTH - left - right
    canvas = blank(height)
    axes = axes_in(canvas, (left, 0.12, across, height - 0.6))
    most = max([*(one.then for one in slopes), *(one.now for one in slopes), 1])
    starts, finishes = [one.then / most for one in slopes], [one.now / most for one in slopes]
    axes.set(xlim=(0, 1), ylim=(-0.04, 1.04), yticks=[])
    axes.set_xticks([0, 1], [str(year) for year in years], fontweight="bold")
    axes.tick_params(axis="x", length=0, labeltop=True, labelbottom=False, pad=9)
    axes.spines["left"].set(visible=True, color=LINE)
    axes.spines["right"].set(visible=True, color=LINE)
    moved = max(range(len(slopes)), key=lambda place: abs(finishes[place] - starts[place]))
    for place, ends in enumerate(zip(starts, finishes, strict=True)):
        colour, rank = (BLUE, 3) if place == moved else (MUTED, 2)
        axes.plot(
            [0, 1], ends, color=colour, linewidth=rank - 0.6, marker="o", markersize=5, clip_on=False, zorder=rank
        )
    leader, line = LEADER / across, LABEL / (height - 0.6)
    _label(axes, Labels([slope.words[0] for slope in slopes], starts, 0, -leader, moved), line)
    _label(axes, Labels(names, finishes, 1, 1 + leader, moved), line)
    return canvas


def _label(axes: Axes, labels: Labels, line: float) -> None:
    """Lead each label of one end to its own point: several may be at the same place."""
    places = spread(labels.heights, [line * (1 + text.count("\n")) for text in labels.texts])
    for index, (text, height, place) in enumerate(zip(labels.texts, labels.heights, places, strict=True)):
        leader = [labels.end, 0.2 * labels.end + 0.8 * labels.beyond]
        axes.plot(leader, [height, place], color=MUTED, linewidth=0.6, zorder=1, clip_on=False)
        side = "left" if labels.end else "right"
        ink, weight = (BLUE, "bold") if index == labels.moved else (INK, "normal")
        axes.text(labels.beyond, place, text, ha=side, va="center", color=ink, fontweight=weight)


def spread(places: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Move labels that would stand on one another apart, as little as it takes, in their order, within 0 and 1.

    Parameters
    ----------
    heights
        What each label takes; less where all together would take more than there is.

    Returns
    -------
    The middles of the labels.
    """
    order = np.array(sorted(range(len(places)), key=lambda index: (places[index], index)), dtype=np.intp)
    shares = np.asarray(heights)[order] * min(1.0, 1.0 / sum(heights))
    before = np.cumsum(shares) - shares / 2 - shares[0] / 2
    free = rising(np.asarray(places)[order] - before)
    moved = np.empty(len(places))
    moved[order] = np.clip(free, 0, 1 - before[-1]) + before
    return [float(place) for place in moved]


def rising(values: Iterable[float]) -> npt.NDArray[np.float64]:
    """Give the nearest numbers that never fall: those that do are pooled to their mean.

    ``scipy.optimize.isotonic_regression`` gives the same; scipy takes a third of the time in which a kernel's libraries
    load, and nothing else of a chapter needs it.
    """
    pools: list[tuple[float, int]] = []
    for value in values:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (before, many), (last, more) = pools[-2:]
            pools[-2:] = [((before * many + last * more) / (many + more), many + more)]
    return np.repeat([mean for mean, _ in pools], [many for _, many in pools])
