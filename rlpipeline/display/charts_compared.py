"""Charts that set things side by side: one whole in parts, lines cut into classes, places, two years as slopes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle
from scipy.optimize import isotonic_regression

from rlpipeline.display.charts import (
    BLUE,
    INK,
    LETTER,
    MUTED,
    ORANGE,
    WIDTH,
    blank,
    drawing,
    margin,
    outline,
    png_of,
    wrapped,
)

STRIP = 0.5
"""Inches of the bar of a whole."""
ENTRY = 0.3
"""Inches of a line of its key."""
LINE, THIN, GAP = 0.3, 0.21, 0.16
"""Inches of the bar of a line, of that of one class, and between lines."""
LABEL, LABEL_WIDTH = 0.205, 30
"""Inches between labels of slopes, and characters of their lines."""
LEADER = 0.26
"""Inches between a label of slopes and what it names."""
ACROSS, TITLE_WIDTH = 2, 27
"""Panels beside one another, and characters of a line of their titles."""


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
    """What is written at one end of slopes: texts, heights of their points; across, the end and where texts begin."""

    texts: Sequence[str]
    heights: Sequence[float]
    end: int
    beyond: float


def draw_whole(whole: Whole) -> bytes:
    """Draw a bar cut into the parts of a whole, from dark to light, and under it the name of each in that order.

    Returns
    -------
    A PNG image.
    """
    with drawing():
        lines = [wrapped(label, 44).split("\n") for label in whole.labels]
        height = STRIP + 0.25 + sum(ENTRY + 0.17 * (len(line) - 1) for line in lines) + 0.05
        canvas = blank(height)
        axes = canvas.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, WIDTH), ylim=(0, height))
        axes.axis("off")
        colours = shades(len(whole.values))
        total, left = sum(whole.values) or 1, 0.1
        for value, colour in zip(whole.values, colours, strict=True):
            width = value / total * (WIDTH - 0.2)
            _box(axes, (left, height - STRIP - 0.1), (width, STRIP), colour)
            left += width
        outline(axes, whole.hollow)
        top = height - STRIP - 0.35
        for line, words, colour in zip(lines, whole.words, colours, strict=True):
            _box(axes, (0.1, top - 0.16), (0.2, 0.16), colour)
            axes.text(0.4, top - 0.08, "\n".join(line), va="center" if len(line) == 1 else "top", fontsize=10)
            axes.text(WIDTH - 0.1, top - 0.08, words, ha="right", va="center", fontsize=10)
            top -= ENTRY + 0.17 * (len(line) - 1)
        return png_of(canvas)


def shades(count: int) -> list[tuple[float, ...]]:
    """Give shades of one colour from dark to light, told apart in grey and by every reader."""
    return [tuple(colour) for colour in sns.light_palette(BLUE, count + 2)[2:][::-1]]


def _box(axes: Axes, corner: tuple[float, float], size: tuple[float, float], colour: object) -> None:
    axes.add_patch(Rectangle(corner, *size, facecolor=colour, edgecolor="white", linewidth=1.2))


def draw_panels(drawn: Panels) -> bytes:
    """Draw places beside one another, two a line, on the same scale.

    Returns
    -------
    A PNG image.
    """
    with drawing():
        names = [wrapped(name, 7) for name in drawn.classes]
        foot = 0.15 + 0.15 * max(name.count("\n") + 1 for name in names)
        rows = math.ceil(len(drawn.panels) / ACROSS)
        size = 1.5 + foot
        canvas = blank(size * rows)
        most = max((value for one in drawn.panels for value in one.values if not math.isnan(value)), default=1) or 1
        for index, panel in enumerate(drawn.panels):
            row, column = divmod(index, ACROSS)
            box = (
                (column + 0.03) / ACROSS,
                1 - (row + 1) / rows + foot / (size * rows),
                0.94 / ACROSS,
                (size - foot - 0.45) / (size * rows),
            )
            _draw_place(canvas.add_axes(box), panel, names, most)
        return png_of(canvas)


def _draw_place(axes: Axes, panel: Panel, names: Sequence[str], most: float) -> None:
    heights = [0.0 if math.isnan(value) else value for value in panel.values]
    axes.bar(range(len(names)), heights, width=0.7, color=BLUE)
    outline(axes, panel.hollow)
    for place, (value, words) in enumerate(zip(heights, panel.words, strict=True)):
        small = len(words) > 4
        axes.annotate(
            words, (place, value), (0, 3), textcoords="offset points", ha="center", va="bottom",
            fontsize=7.5 if small else 10, color=MUTED if small else INK,
        )  # fmt: skip
    axes.set(ylim=(0, most * 1.22), yticks=[])
    axes.set_xticks(range(len(names)), names, fontsize=8)
    axes.tick_params(axis="x", length=0)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set(visible=True, color=MUTED)
    axes.set_title(wrapped(panel.title, TITLE_WIDTH), loc="left", fontsize=10, fontweight="bold", color=INK)


def draw_groups(groups: Groups) -> bytes:
    """Draw lines cut into classes, the names of which stand above.

    Returns
    -------
    A PNG image.
    """
    with drawing():
        bar = LINE if groups.totals else THIN
        step = bar + GAP if groups.totals else THIN * len(groups.classes) + GAP
        keys = _key_lines(groups.classes)
        head = ENTRY * len(keys) + 0.15
        height = head + step * len(groups.labels) + 0.1
        canvas, left = blank(height), margin(groups.labels)
        lengths = np.nan_to_num(groups.values)
        longest = float((lengths.sum(axis=1) if groups.totals else lengths).max(initial=0)) or 1
        ends = groups.totals or [word for line in groups.words for word in line]
        scale = (WIDTH - left - 0.2 - LETTER * (max(map(len, ends)) + 1)) / longest
        axes = canvas.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, WIDTH), ylim=(0, height))
        axes.axis("off")
        colours = class_colours(len(groups.classes))
        _draw_key(axes, keys, height - 0.1, colours)
        for line, label in enumerate(groups.labels):
            middle = height - head - step * (line + 0.5)
            axes.text(left - 0.08, middle, wrapped(label), ha="right", va="center")
            _draw_group(axes, groups, line, (left, middle, bar, scale), colours)
        return png_of(canvas)


def class_colours(count: int) -> Sequence[object]:
    """Give the colours of classes: the two of the pyramid, or shades."""
    return (ORANGE, BLUE) if count == 2 else shades(count)


def _key_lines(classes: Sequence[str]) -> list[list[tuple[float, int, str]]]:
    """Set the names of classes out on lines: place across, rank, name."""
    lines: list[list[tuple[float, int, str]]] = [[]]
    across = 0.1
    for rank, name in enumerate(classes):
        width = 0.35 + LETTER * len(name)
        if lines[-1] and across + width > WIDTH:
            lines.append([])
            across = 0.1
        lines[-1].append((across, rank, name))
        across += width
    return lines


def _draw_key(
    axes: Axes, lines: Sequence[Sequence[tuple[float, int, str]]], top: float, colours: Sequence[object]
) -> None:
    for line, entries in enumerate(lines):
        for across, rank, name in entries:
            _box(axes, (across, top - ENTRY * line - 0.16), (0.2, 0.16), colours[rank])
            axes.text(across + 0.26, top - ENTRY * line - 0.08, name, va="center", fontsize=10)


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
            axes.text(left + value * scale + 0.06, top - bar / 2, words, va="center", fontsize=9)
            top -= bar
    if groups.totals:
        axes.text(across + 0.06, middle, groups.totals[line], va="center")


def draw_slopes(slopes: Sequence[Slope], years: tuple[int, int]) -> bytes:
    """Draw two years, a line from one to the other for each name, labelled at both ends.

    Returns
    -------
    A PNG image.
    """
    with drawing():
        names = [wrapped(f"{slope.words[1]}  {slope.label}", LABEL_WIDTH) for slope in slopes]
        left = margin((slope.words[0] for slope in slopes), LABEL_WIDTH) + LEADER
        right = margin(names, LABEL_WIDTH) + LEADER
        height = max(2.2, 0.9 + 0.26 * len(slopes))
        canvas = blank(height)
        axes = canvas.add_axes((left / WIDTH, 0.12 / height, 1 - (left + right) / WIDTH, (height - 0.6) / height))
        most = max([*(one.then for one in slopes), *(one.now for one in slopes), 1])
        starts, finishes = [one.then / most for one in slopes], [one.now / most for one in slopes]
        axes.set(xlim=(0, 1), ylim=(-0.04, 1.04), yticks=[])
        axes.set_xticks([0, 1], [str(year) for year in years], fontweight="bold")
        axes.tick_params(axis="x", length=0, labeltop=True, labelbottom=False, pad=9)
        axes.spines["left"].set(visible=True, color="#c3c9ce")
        axes.spines["right"].set(visible=True, color="#c3c9ce")
        for ends in zip(starts, finishes, strict=True):
            axes.plot([0, 1], ends, color=BLUE, linewidth=1.8, marker="o", markersize=4.5, clip_on=False)
        reach, line = LEADER / (WIDTH - left - right), LABEL / (height - 0.6)
        _label(axes, Labels([slope.words[0] for slope in slopes], starts, 0, -reach), line)
        _label(axes, Labels(names, finishes, 1, 1 + reach), line)
        return png_of(canvas)


def _label(axes: Axes, labels: Labels, line: float) -> None:
    """Lead each label of one end to its own point: several may be at the same place."""
    places = spread(labels.heights, [line * (1 + text.count("\n")) for text in labels.texts])
    for text, height, place in zip(labels.texts, labels.heights, places, strict=True):
        leader = [labels.end, 0.2 * labels.end + 0.8 * labels.beyond]
        axes.plot(leader, [height, place], color=MUTED, linewidth=0.6, zorder=1, clip_on=False)
        axes.text(labels.beyond, place, text, ha="left" if labels.end else "right", va="center", fontsize=10)


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
    taken = np.asarray(heights)[order] * min(1.0, 1.0 / sum(heights))
    before = np.cumsum(taken) - taken / 2 - taken[0] / 2
    free = isotonic_regression(np.asarray(places)[order] - before).x
    moved = np.empty(len(places))
    moved[order] = np.clip(free, 0, 1 - before[-1]) + before
    return [float(place) for place in moved]
