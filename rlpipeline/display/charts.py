"""The kinds of chart: a grid of figures as bars, two sides back to back, shaded cells, parts, panels, groups, slopes.

A chart says one thing, is labelled at its marks, holds no rule, and can be read on a telephone. Each kind is a function
that draws a grid on a canvas, within ``drawing.picture``.
"""

from __future__ import annotations

import math
import re
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
import numpy.typing as npt
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure as Canvas
from matplotlib.patches import Patch, Rectangle

from rlpipeline import french
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
    WIDTH,
    blank,
    inches,
    plane,
    shades,
    shading,
)
from rlpipeline.figures import Col, Row
from rlpipeline.observations import Observation

ROW, MORE = 0.28, 0.19
"""Inches of a line of a chart, and of what a second line of words adds."""
TITLE, STRIP, ENTRY = 0.36, 0.5, 0.3
"""Inches of the title of a panel, of the bar of a whole, of a line of a key."""
BAR, THIN = 0.26, 0.21
"""Inches of the bar of a line, and of that of one class."""
GAP, LABEL, LEADER = 0.08, 0.205, 0.26
"""Inches between a mark and its words; of slopes, between labels, and between a label and what it names."""
LETTERS, TITLE_LETTERS, WIDEST_LABEL = 22, 27, 60
"""Letters of a line of labels, of a line of the title of a small panel, of a label of slopes."""
ACROSS = 2
"""Small panels beside one another."""
_OR_UNKNOWN = re.compile(r" \(ou (?:inconnu|non renseigné)e?\)$")


@dataclass(frozen=True)
class Grid:
    """Figures of lines × columns and the words of each: a chart has its picture, its data and its words from it.

    ``largest``: figure that the chart has room for; its own where one is larger; ``ends``: total of each line, in
    words, where the chart writes it.
    """

    rows: Sequence[Row]
    columns: Sequence[Col]
    figures: Sequence[Sequence[Observation]]
    words: Sequence[Sequence[str]]
    largest: float = 0
    ends: Sequence[str] = ()

    @cached_property
    def lengths(self) -> npt.NDArray[np.float64]:
        """What each figure is drawn as, lines × columns; 0 where there is no number."""
        return np.nan_to_num([[figure.drawn for figure in line] for line in self.figures])

    @property
    def every(self) -> list[Observation]:
        """The figures, line by line."""
        return [figure for line in self.figures for figure in line]

    @property
    def labels(self) -> list[str]:
        """Names of the lines, cut to fit beside the chart."""
        return [wrapped(short(row.label)) for row in self.rows]

    @property
    def names(self) -> list[str]:
        """Names of the columns in a picture."""
        return [short(column.label) for column in self.columns]

    def column(self, place: int) -> tuple[list[float], list[str], list[Observation]]:
        """Lengths, words and figures of a column."""
        figures = [line[place] for line in self.figures]
        return self.lengths[:, place].tolist(), [line[place] for line in self.words], figures


def short(label: str) -> str:
    """Name a class in a picture, where « (ou inconnu) » has no room: the table beside says it."""
    return _OR_UNKNOWN.sub("", label)


def wrapped(label: str) -> str:
    """Cut a label into lines that fit beside a chart."""
    return textwrap.fill(label, LETTERS)


def bars(grid: Grid, titled: bool = False) -> Canvas:
    """Draw a bar a line, each with its words at its end; a panel a column, on a scale of its own, titled if asked."""
    labels, title = grid.labels, TITLE if titled else 0
    height = sum(ROW + MORE * label.count("\n") for label in labels) + 0.1 + title
    left, top = _margin(labels), sum([height] * len(grid.columns))
    canvas, room = blank(top), WIDTH - left - 0.05
    for place, column in enumerate(grid.columns):
        values, words, figures = grid.column(place)
        axes = _axes_in(canvas, (left, top - height + 0.05, room, height - 0.1 - title))
        _lie(axes, values, labels, BLUE, 0.66)
        _outline(axes.patches, figures)
        most = max(*values, grid.largest, 0) or 1
        axes.set_xlim(0, most * room / max(room - _longest(words, grid.largest), room * 0.4))
        _write_ends(axes, values, words, outward=1)
        axes.set(xlabel="", ylabel="", xticks=[])
        axes.tick_params(axis="y", length=0)
        if titled:
            axes.set_title(column.label, loc="left", fontsize=SIZE, fontweight="bold", color=INK)
        top -= height
    return canvas


def sides(grid: Grid) -> Canvas:
    """Draw an age pyramid: the first column on the left, the second on the right, on the same scale."""
    labels = grid.labels
    height, left = ROW * len(labels) + 0.5, _margin(labels)
    canvas, half = blank(height), (WIDTH - left - 0.05) / 2
    largest = float(max(grid.lengths.max(), grid.largest, 1))
    # The words at the end of the longest bar need room before the names of the bands.
    widest = largest / (
        1 - _longest([words for line in grid.words for words in line], grid.largest) / half
    )
    for place, outward in enumerate((-1, 1)):
        values, words, figures = grid.column(place)
        axes = _axes_in(canvas, (left + place * half, 0.05, half, height - 0.45))
        _lie(axes, values, labels, BLUE if place else ORANGE, 0.76)
        _outline(axes.patches, figures)
        _write_ends(axes, values, words, outward)
        name = grid.columns[place].label  # a no-break space keeps the two names apart in the middle
        title = f"{french.NBSP}{name}" if place else f"{name}{french.NBSP}"
        ink, side = BLUE if place else ORANGE_INK, _side(outward)
        axes.set_title(title, loc=side, fontsize=SIZE, fontweight="bold", color=ink)
        axes.set(xlabel="", ylabel="", xticks=[])
        axes.tick_params(axis="y", length=0, labelleft=not place)
        axes.spines["left"].set_visible(bool(place))
        axes.set_xlim((0, widest) if place else (widest, 0))
    return canvas


def heat(grid: Grid) -> Canvas:
    """Draw cells that are the darker the larger they are; one without a number is blank."""
    names, lines = (
        [textwrap.fill(name, 7) for name in grid.names],
        [wrapped(row.label) for row in grid.rows],
    )
    head = 0.15 + MORE * max(name.count("\n") + 1 for name in names)
    height = (ROW + MORE * max(line.count("\n") for line in lines)) * len(lines) + head + 0.05
    canvas, left = blank(height), _margin(lines)
    axes = _axes_in(canvas, (left, 0.05, WIDTH - left - 0.05, height - head - 0.05))
    counts = np.array([[figure.value for figure in line] for line in grid.figures])
    darkest = float(np.nanmax(counts, initial=max(grid.largest, 1)))
    bounds = {"vmin": 0.0, "vmax": darkest}
    sns.heatmap(
        counts, ax=axes, cmap=shading(), cbar=False, linewidths=2, linecolor=PAPER, **bounds
    )
    for (line, column), count in np.ndenumerate(counts):
        colour = PAPER if count > 0.7 * darkest else MUTED if np.isnan(count) else INK
        size = SMALL if np.isnan(count) else SIZE
        words = grid.words[line][column]
        axes.text(
            column + 0.5, line + 0.5, words, ha="center", va="center", color=colour, fontsize=size
        )
    axes.set_xticks(np.arange(len(names)) + 0.5, names, rotation=0)
    axes.set_yticks(np.arange(len(lines)) + 0.5, lines, rotation=0)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.tick_params(axis="x", labelsize=SMALL)
    axes.spines["left"].set_visible(False)
    return canvas


def whole(grid: Grid) -> Canvas:
    """Draw a bar cut into the lines, from strong to weak, and under it the name of each in that order."""
    lines = [wrapped(row.label) for row in grid.rows]
    values, words, figures = grid.column(0)
    heights = [max(ENTRY, MORE * (1 + line.count("\n")) + 0.1) for line in lines]
    height = STRIP + 0.3 + sum(heights)
    canvas = blank(height)
    axes, colours = plane(canvas), shades(len(values))
    total, left = sum(values) or 1, 0.0
    for value, colour in zip(values, colours, strict=True):
        part = value / total * WIDTH
        _box(axes, (left, height - STRIP - 0.05), (part, STRIP), colour)
        left += part
    _outline(axes.patches, figures)
    for rank, (line, said, colour) in enumerate(zip(lines, words, colours, strict=True)):
        middle = height - STRIP - 0.25 - sum(heights[:rank]) - heights[rank] / 2
        _box(axes, (0.02, middle - 0.08), (0.2, 0.16), colour)
        axes.text(0.32, middle, line, va="center")
        axes.text(WIDTH - 0.05, middle, said, va="center", ha="right")
    return canvas


def panels(grid: Grid) -> Canvas:
    """Draw a small chart a line, with its total in its title, all on the same scale."""
    names = [textwrap.fill(name, 6) for name in grid.names]
    foot = 0.15 + 0.18 * max(name.count("\n") + 1 for name in names)
    rows, column_width, tall = math.ceil(len(grid.rows) / ACROSS), WIDTH / ACROSS, 1.6 + foot
    canvas, most = blank(tall * rows), float(grid.lengths.max()) or 1
    for index, line in enumerate(grid.rows):
        row, column = divmod(index, ACROSS)
        corner = (column + 0.02) * column_width, tall * (rows - row - 1) + foot
        axes = _axes_in(canvas, (*corner, 0.94 * column_width, tall - foot - 0.5))
        axes.bar(range(len(names)), grid.lengths[index], width=0.7, color=BLUE)
        _outline(axes.patches, grid.figures[index])
        for place, (value, words) in enumerate(
            zip(grid.lengths[index], grid.words[index], strict=True)
        ):
            small = len(words) > 4
            size = SIZE if not small else SMALL if len(names) < 5 else 9
            axes.annotate(
                words, (place, value), (0, 3), textcoords="offset points", ha="center", va="bottom",
                fontsize=size, color=MUTED if small else INK,
            )  # fmt: skip
        axes.set(ylim=(0, most * 1.22), yticks=[])
        axes.set_xticks(range(len(names)), names, fontsize=SMALL)
        axes.tick_params(axis="x", length=0)
        axes.spines["left"].set_visible(False)
        axes.spines["bottom"].set(visible=True, color=MUTED)
        title = textwrap.fill(french.spaced(f"{line.label} : {grid.ends[index]}"), TITLE_LETTERS)
        axes.set_title(title, loc="left", fontsize=SIZE, fontweight="bold", color=INK)
    return canvas


def groups(grid: Grid) -> Canvas:
    """Draw a bar a class under one another, or the classes end to end where lines have totals; their names above."""
    stacked, labels, count = bool(grid.ends), grid.labels, len(grid.columns)
    bar = BAR if stacked else THIN
    step = max(
        (1 if stacked else count) * bar + ROW - BAR,
        ROW + MORE * max(label.count("\n") for label in labels),
    )
    keys = _key_lines(grid.names)
    head = ENTRY * len(keys) + 0.1
    height = head + step * len(labels) + 0.05
    canvas, left = blank(height), _margin(labels)
    longest = max([0.0, *(grid.lengths.sum(axis=1) if stacked else grid.lengths).ravel()]) or 1
    ends = grid.ends or [words for line in grid.words for words in line]
    scale = (WIDTH - left - 3 * GAP - max(map(inches, ends))) / longest
    axes, colours = plane(canvas), (ORANGE, BLUE) if count == 2 else shades(count)
    for line, entries in enumerate(keys):
        for across, rank, name in entries:
            place = height - 0.05 - ENTRY * line
            _box(axes, (across, place - 0.16), (0.2, 0.16), colours[rank])
            axes.text(across + 0.26, place - 0.08, name, va="center")
    for line, label in enumerate(labels):
        middle = height - head - step * (line + 0.5)
        axes.text(left - GAP, middle, label, ha="right", va="center")
        across, top = left, middle + (bar if stacked else bar * count) / 2
        for rank, value in enumerate(grid.lengths[line]):
            _outline(
                [_box(axes, (across, top - bar), (value * scale, bar), colours[rank])],
                [grid.figures[line][rank]],
            )
            if stacked:
                across += value * scale
            else:
                words = grid.words[line][rank]
                axes.text(
                    left + value * scale + 0.06, top - bar / 2, words, va="center", fontsize=SMALL
                )
                top -= bar
        if stacked:
            axes.text(across + 0.06, middle, grid.ends[line], va="center")
    return canvas


def slopes(grid: Grid) -> Canvas:
    """Draw two years, a line from one to the other for each name; the one that moved most stands out."""
    starts, finishes = (grid.lengths / max(grid.lengths.max(), 1)).T.tolist()
    texts = [first for first, _ in grid.words]
    names = [
        wrapped(f"{words[1]} · {row.label[:WIDEST_LABEL]}")
        for row, words in zip(grid.rows, grid.words, strict=True)
    ]
    left, right = (max(map(inches, words)) + 0.15 + LEADER for words in (texts, names))
    height, across = max(2.2, 0.9 + 0.26 * len(names)), WIDTH - left - right
    canvas = blank(height)
    axes = _axes_in(canvas, (left, 0.12, across, height - 0.6))
    axes.set(xlim=(0, 1), ylim=(-0.04, 1.04), yticks=[])
    axes.set_xticks([0, 1], [column.label for column in grid.columns], fontweight="bold")
    axes.tick_params(axis="x", length=0, labeltop=True, labelbottom=False, pad=9)
    axes.spines["left"].set(visible=True, color=LINE)
    axes.spines["right"].set(visible=True, color=LINE)
    moved = max(range(len(names)), key=lambda place: abs(finishes[place] - starts[place]))
    for place, ends in enumerate(zip(starts, finishes, strict=True)):
        colour, rank = (BLUE, 3) if place == moved else (MUTED, 2)
        axes.plot(
            [0, 1],
            ends,
            color=colour,
            linewidth=rank - 0.6,
            marker="o",
            markersize=5,
            clip_on=False,
            zorder=rank,
        )
    leader, line = LEADER / across, LABEL / (height - 0.6)
    for end, words, heights in (
        (0, texts, starts),
        (1, names, finishes),
    ):  # each led to its point: several may be one
        beyond, side = (1 + leader, "left") if end else (-leader, "right")
        middles = spread(heights, [line * (1 + text.count("\n")) for text in words])
        for index, (text, point, middle) in enumerate(zip(words, heights, middles, strict=True)):
            led = [end, 0.2 * end + 0.8 * beyond]
            axes.plot(led, [point, middle], color=MUTED, linewidth=0.6, zorder=1, clip_on=False)
            ink, weight = (BLUE, "bold") if index == moved else (INK, "normal")
            axes.text(beyond, middle, text, ha=side, va="center", color=ink, fontweight=weight)
    return canvas


def spread(places: Sequence[float], heights: Sequence[float]) -> list[float]:
    """Move labels that would stand on one another apart, as little as it takes, in their order, within 0 and 1.

    ``heights`` is what each label takes; less where all together would take more than there is. Gives their middles.
    """
    order = np.array(
        sorted(range(len(places)), key=lambda index: (places[index], index)), dtype=np.intp
    )
    shares = np.asarray(heights)[order] * min(1.0, 1.0 / sum(heights))
    before = np.cumsum(shares) - shares / 2 - shares[0] / 2
    free = rising(np.asarray(places)[order] - before)
    moved = np.empty(len(places))
    moved[order] = np.clip(free, 0, 1 - before[-1]) + before
    return [float(place) for place in moved]


def rising(values: Iterable[float]) -> npt.NDArray[np.float64]:
    """Give the nearest numbers that never fall: those that do are pooled to their mean.

    ``scipy.optimize.isotonic_regression`` gives the same; loading it takes longer than drawing, and nothing else of a
    chapter needs it.
    """
    pools: list[tuple[float, int]] = []
    for value in values:
        pools.append((value, 1))
        while len(pools) > 1 and pools[-2][0] >= pools[-1][0]:
            (before, many), (last, more) = pools[-2:]
            pools[-2:] = [((before * many + last * more) / (many + more), many + more)]
    return np.repeat([mean for mean, _ in pools], [many for _, many in pools])


def _margin(labels: Iterable[str]) -> float:
    return max(map(inches, labels)) + 0.2


def _axes_in(canvas: Canvas, box: tuple[float, float, float, float]) -> Axes:
    across, up = canvas.get_size_inches()
    left, bottom, width, height = box
    return canvas.add_axes((left / across, bottom / up, width / across, height / up))


def _lie(
    axes: Axes, values: Sequence[float], labels: Sequence[str], colour: str, height: float
) -> None:
    # The first above; by matplotlib, since seaborn's take four times as long to look the same.
    places = range(len(labels))
    axes.barh(places, values, height, color=colour)
    axes.set_yticks(places, labels)
    axes.set_ylim(len(labels) - 0.5, -0.5)


def _outline(marks: Iterable[Patch], figures: Iterable[Observation]) -> None:
    # What is rounded to zero may end anywhere in its bar.
    for mark, figure in zip(marks, figures, strict=False):
        if figure.is_below:
            mark.set(
                facecolor="none",
                edgecolor=mark.get_facecolor()[:3],
                linewidth=1.2,
                linestyle=(0, (3, 2)),
            )


def _longest(words: Sequence[str], largest: float) -> float:
    # Inches at the end of a bar, those of the largest figure of the scale included.
    return max(map(inches, [*words, french.number(largest)])) + 2 * GAP


def _side(outward: int) -> Literal["left", "right"]:
    return "left" if outward > 0 else "right"


def _write_ends(axes: Axes, values: Sequence[float], words: Sequence[str], outward: int) -> None:
    for line, (value, said) in enumerate(zip(values, words, strict=True)):
        axes.annotate(
            said,
            (value, line),
            (5 * outward, 0),
            textcoords="offset points",
            va="center",
            ha=_side(outward),
        )


def _box(
    axes: Axes, corner: tuple[float, float], size: tuple[float, float], colour: object
) -> Patch:
    return axes.add_patch(
        Rectangle(corner, *size, facecolor=colour, edgecolor=PAPER, linewidth=1.2)
    )


def _key_lines(names: Sequence[str]) -> list[list[tuple[float, int, str]]]:
    # Names of classes on as many lines as it takes: place across, rank, name.
    lines: list[list[tuple[float, int, str]]] = [[]]
    across = 0.02
    for rank, name in enumerate(names):
        room = 0.5 + inches(name)
        if lines[-1] and across + room > WIDTH:
            lines.append([])
            across = 0.02
        lines[-1].append((across, rank, name))
        across += room
    return lines
