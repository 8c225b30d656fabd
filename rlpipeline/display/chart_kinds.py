"""The kinds of chart, each a function that draws a grid of figures on axes.

A chart says one thing, is labelled at its marks, holds no rule, and can be read on a telephone. To add a kind, write a
function under ``@chart``: what is around the drawing (its title, its words, its data) does not depend on it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import partial
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
ROW, MORE = 0.28, 0.19
"""Inches of a line of a chart, and of what a second line of words adds."""
TITLE, NAMES, STRIP, ENTRY = 0.36, 0.4, 0.5, 0.24
"""Inches of a title, of the names of two sides, of the bar of a whole, of a line of a legend."""
BAR, THIN = 0.26, 0.21
"""Inches of the bar of a line, and of that of one class."""
GAP, LABEL, LEADER = 0.08, 0.205, 0.26
"""Inches between a mark and its words; of slopes, between labels, and between a label and what it names."""
PANEL, ACROSS = 1.1, 2
"""Inches of the bars of a small chart, and how many of these stand beside one another."""
TITLE_LETTERS, PART_LETTERS, WIDEST_LABEL = 27, 50, 60
"""Letters of a line of the title of a small chart, of the name of a part, of a label of slopes."""
APART = 5
"""Points between the end of a bar and its words."""


@dataclass(frozen=True)
class Kind:
    """A kind of chart: what draws it, which tables it suits, what of them it shows, and how it is called in French."""

    draw: Draw
    suits: Callable[[Layout], bool]
    shows: Callable[[Layout], Shows]
    called: str


KINDS: dict[str, Kind] = {}
"""Every kind, by the name that a cell gives; what a table has by itself is the first that suits it."""


def chart(
    name: str, called: str, *, suits: Callable[[Layout], bool], shows: Callable[[Layout], Shows]
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
    many, labels = len(grid.columns), grid.labels
    head = TITLE if many > 1 else 0
    tall = _lines_of(labels) + head + 0.1
    across = sized(axes, tall * many, left=_margin(labels))
    if many == 1:
        _lie(axes, grid, across)
        return
    axes.axis("off")
    for place, column in enumerate(grid.columns):
        box = (0, 1 - (place + 1) / many, 1, (1 - head / tall) / many)
        part = axes.inset_axes(box)
        _lie(part, grid.column(place), across)
        part.set_title(column.label, loc="left", fontsize=SIZE, fontweight="bold")


def _lie(axes: Axes, grid: Grid, across: float) -> None:
    """Draw a bar a line from left to right, the first above."""
    lengths = grid.lengths[:, 0]
    _barplot(axes, x=lengths, y=range(len(grid.rows)), color=BLUE, width=0.66)
    _write_at_ends(axes, grid.every_word)
    _outline(axes.patches, grid.every)
    largest = max(*lengths, grid.largest, 0) or 1
    axes.set_xlim(0, _end_of_scale(largest, grid, across))
    _name_lines(axes, grid.labels)


@chart("grouped", "Barres groupées", suits=grids.is_crossed, shows=grids.grouped)
def grouped(axes: Axes, grid: Grid) -> None:
    """Draw a bar a class, those of a line under one another."""
    lines, many = grid.lengths.shape
    step = max(many * THIN + ROW - BAR, _tallest(grid.labels))
    across = sized(axes, step * lines, left=_margin(grid.labels), above=_legend_of(grid))
    line, rank = np.indices((lines, many)).reshape(2, -1)
    _barplot(axes, x=grid.lengths.ravel(), y=line, hue=rank, width=many * THIN / step)
    for place, colour in enumerate(_colours(many)):
        column = grid.column(place)
        _paint(axes.containers[place], colour)
        _write_at_ends(axes, column.every_word, place, fontsize=SMALL)
        _outline(axes.containers[place], column.every)
    axes.set_xlim(0, _end_of_scale(grid.lengths.max() or 1, grid, across))
    _name_lines(axes, grid.labels)
    _legend(axes, axes.containers, grid.names)


@chart("stacked", "Barres empilées", suits=grids.is_added, shows=grids.stacked)
def stacked(axes: Axes, grid: Grid) -> None:
    """Draw the classes of a line end to end, and its total where they end."""
    lines, many = grid.lengths.shape
    step = max(ROW, _tallest(grid.labels))
    across = sized(axes, step * lines, left=_margin(grid.labels), above=_legend_of(grid))
    ends = grid.lengths.cumsum(axis=1)
    for place, colour in enumerate(_colours(many)):
        lengths = grid.lengths[:, place]
        begins, tall = ends[:, place] - lengths, BAR / step
        drawn = axes.barh(range(lines), lengths, tall, begins, color=colour, edgecolor=PAPER)
        _outline(drawn, grid.column(place).every)
    _write_at_ends(axes, grid.ends, many - 1)
    longest = max(map(inches, grid.ends)) + 3 * GAP
    axes.set_xlim(0, (ends.max() or 1) * across / (across - longest))
    axes.set_ylim(lines - 0.5, -0.5)
    _name_lines(axes, grid.labels)
    _legend(axes, axes.containers, grid.names)


@chart("pyramid", "Pyramide des âges", suits=grids.is_by_sex, shows=grids.by_sex)
def pyramid(axes: Axes, grid: Grid) -> None:
    """Draw girls on the left, boys on the right, on the same scale."""
    ages = [*range(len(grid.rows))]
    across = sized(axes, ROW * len(ages), left=_margin(grid.labels), above=NAMES)
    girls, boys = grid.lengths.T
    lengths = [*-np.maximum(girls, _NEARLY_NOTHING), *boys]  # so that the words of 0 stand left
    sides = np.repeat([0, 1], len(ages))
    _barplot(axes, x=lengths, y=ages * 2, hue=sides, dodge=False, width=0.76)
    inks = ((ORANGE, ORANGE_INK, -1), (BLUE, BLUE, 1))
    for place, (colour, ink, outward) in enumerate(inks):
        column = grid.column(place)
        _paint(axes.containers[place], colour)
        _write_at_ends(axes, column.every_word, place)
        _outline(axes.containers[place], column.every)
        _name_side(axes, grid.columns[place].label, ink, outward)
    largest = max(grid.lengths.max(), grid.largest, 1)
    end = _end_of_scale(largest, grid, across / 2)
    axes.set_xlim(-end, end)
    axes.axvline(0, color=MUTED, linewidth=0.8)
    axes.spines["left"].set_visible(False)
    _name_lines(axes, grid.labels)


def _name_side(axes: Axes, name: str, ink: str, outward: int) -> None:
    """Write the name of a side above it, from the middle outwards."""
    held = "left" if outward > 0 else "right"
    way: dict[str, Any] = {"ha": held, "color": ink, "fontweight": "bold"}
    apart = (outward * APART, 6)
    axes.annotate(name, (0, 1), apart, ("data", "axes fraction"), "offset points", **way)


@chart("heat", "Tableau coloré", suits=grids.is_crossed, shows=grids.crossed)
def heat(axes: Axes, grid: Grid) -> None:
    """Draw cells that are the darker the larger they are; one without a number is blank."""
    names, labels = [wrapped(name, 7) for name in grid.names], grid.labels
    above = 0.15 + MORE * _most_lines(names)
    sized(axes, _tallest(labels) * len(labels), left=_margin(labels), above=above)
    counts = np.array([[figure.value for figure in line] for line in grid.figures])
    darkest = float(np.nanmax(counts, initial=max(grid.largest, 1)))
    scale = {"vmin": 0.0, "vmax": darkest, "cmap": shading(), "cbar": False}
    sns.heatmap(counts, ax=axes, linewidths=2, linecolor=PAPER, **scale)
    for (line, column), count in np.ndenumerate(counts):
        is_dark, is_blank = count > 0.7 * darkest, np.isnan(count)
        ink = PAPER if is_dark else INK
        way = {"color": MUTED, "fontsize": SMALL} if is_blank else {"color": ink}
        place = column + 0.5, line + 0.5
        axes.text(*place, grid.words[line][column], ha="center", va="center", **way)
    axes.set_xticks(np.arange(len(names)) + 0.5, names, rotation=0)
    axes.set_yticks(np.arange(len(labels)) + 0.5, labels, rotation=0)
    axes.tick_params(length=0, labeltop=True, labelbottom=False)
    axes.tick_params(axis="x", labelsize=SMALL)
    axes.spines["left"].set_visible(False)


@chart(
    "panels",
    "Un petit diagramme par ligne, à la même échelle",
    suits=partial(grids.is_added, fewest=grids.FEWEST_CLASSES),
    shows=grids.by_line,
)
def panels(axes: Axes, grid: Grid) -> None:
    """Draw a small chart a line, with its total in its title, all on the same scale."""
    names = [wrapped(name, 6) for name in grid.names]
    foot = 0.15 + 0.18 * _most_lines(names)
    rows, tall = math.ceil(len(grid.rows) / ACROSS), PANEL + foot + 0.5
    sized(axes, tall * rows, left=0.05)
    axes.axis("off")
    most = grid.lengths.max() or 1
    for rank, line in enumerate(grid.rows):
        row, column = divmod(rank, ACROSS)
        corner = column / ACROSS, 1 - (row + 1) / rows + foot / (tall * rows)
        panel = axes.inset_axes((*corner, 0.94 / ACROSS, PANEL / (tall * rows)))
        _stand(panel, grid, rank)
        panel.set_ylim(0, most * 1.22)
        panel.set_xticks(range(len(names)), names, fontsize=SMALL)
        title = wrapped(french.spaced(f"{line.label} : {grid.ends[rank]}"), TITLE_LETTERS)
        panel.set_title(title, loc="left", fontsize=SIZE, fontweight="bold")


def _stand(axes: Axes, grid: Grid, line: int) -> None:
    """Draw the classes of a line as bars that stand, by matplotlib: there may be a dozen such charts in one."""
    drawn = axes.bar(range(len(grid.columns)), grid.lengths[line], 0.7, color=BLUE)
    _outline(drawn, grid.figures[line])
    for written in axes.bar_label(drawn, grid.words[line], padding=3):
        if len(written.get_text()) > 4:  # « moins de 5 », which is as wide as its bar
            size = SMALL if len(grid.columns) < 5 else SMALLEST
            written.set(fontsize=size, color=MUTED)
    axes.set_yticks([])
    axes.tick_params(axis="x", length=0)
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set(visible=True, color=MUTED)


@chart("whole", "Barre découpée en parts", suits=grids.is_whole, shows=grids.parts)
def whole(axes: Axes, grid: Grid) -> None:
    """Draw a bar cut into the lines, from strong to weak, and under it the name of each in that order."""
    lengths = grid.lengths[:, 0]
    pairs = zip(grid.rows, grid.every_word, strict=True)
    names = [wrapped(french.spaced(f"{row.label} : {words}"), PART_LETTERS) for row, words in pairs]
    below = sum(ENTRY + MORE * name.count("\n") for name in names) + 0.2
    sized(axes, STRIP, left=0.05, below=below)
    colours = shades(len(lengths))
    begins = lengths.cumsum() - lengths
    drawn = axes.barh([0] * len(lengths), lengths, 1, begins, color=colours, edgecolor=PAPER)
    _outline(drawn, grid.every)
    axes.set(xlim=(0, lengths.sum() or 1), ylim=(-0.5, 0.5))
    axes.axis("off")
    _legend(axes, [[patch] for patch in drawn], names, below=True)


@chart("slopes", "Pentes d'une année à l'autre", suits=grids.is_summed, shows=grids.two_years)
def slopes(axes: Axes, grid: Grid) -> None:
    """Draw two years, a line from one to the other for each name; the one that moved most stands out."""
    named = [
        wrapped(f"{words[1]} · {row.label[:WIDEST_LABEL]}")
        for row, words in zip(grid.rows, grid.words, strict=True)
    ]
    said = [words[0] for words in grid.words]
    left, right = (max(map(inches, words)) + 0.15 + LEADER for words in (said, named))
    tall = max(1.6, 0.3 + 0.26 * len(named), LABEL * sum(1 + name.count("\n") for name in named))
    across = sized(axes, tall, left=left, right=right, above=0.48, below=0.12)
    places = grid.lengths / max(grid.lengths.max(), 1)
    moved = int(np.abs(places[:, 1] - places[:, 0]).argmax())
    _rise(axes, places, moved)
    leader, line = LEADER / across, LABEL / tall
    for end, words in enumerate((said, named)):
        beyond = 1 + leader if end else -leader
        heights = [line * (1 + text.count("\n")) for text in words]
        middles = spread(places[:, end].tolist(), heights)
        for rank, middle in enumerate(middles):  # each is led to its point: several may be one
            led = [end, 0.2 * end + 0.8 * beyond], [places[rank, end], middle]
            axes.plot(*led, color=MUTED, linewidth=0.6, zorder=1, clip_on=False)
            held = "left" if end else "right"
            way: dict[str, Any] = {"ha": held, "va": "center"}
            if rank == moved:
                way |= {"color": BLUE, "fontweight": "bold"}
            axes.text(beyond, middle, words[rank], **way)
    axes.set(xlim=(0, 1), ylim=(-0.04, 1.04), yticks=[])
    axes.set_xticks([0, 1], [column.label for column in grid.columns], fontweight="bold")
    axes.tick_params(axis="x", length=0, labeltop=True, labelbottom=False, pad=9)
    for side in ("left", "right"):
        axes.spines[side].set(visible=True, color=LINE)


def _rise(axes: Axes, places: npt.NDArray[np.float64], moved: int) -> None:
    """Draw a line a name between two years, that of one name above the others."""
    axes.set(xlabel=" ", ylabel=" ")
    others = np.delete(places, moved, axis=0)
    for lines, colour, rank in ((others, MUTED, 2), (places[[moved]], BLUE, 3)):
        names = np.repeat(range(len(lines)), 2)
        way: dict[str, Any] = {"color": colour, "linewidth": rank - 0.6, "zorder": rank}
        marks = {"marker": "o", "markersize": 5, "markeredgecolor": colour, "clip_on": False}
        data = {"x": [0, 1] * len(lines), "y": lines.ravel(), "units": names}
        sns.lineplot(**data, estimator=None, ax=axes, **way, **marks)
    axes.set(xlabel="", ylabel="")


@chart("line", "Courbe", suits=grids.is_in_order, shows=grids.steps)
def line(axes: Axes, grid: Grid) -> None:
    """Draw steps that follow each other as a line, the words of each above its point."""
    steps, names = range(len(grid.rows)), grid.labels
    sized(axes, 1.5, left=0.3, right=0.3, above=0.3, below=0.2 + max(map(inches, names)))
    lengths = grid.lengths[:, 0]
    sns.lineplot(x=steps, y=lengths, marker="o", markeredgecolor=BLUE, color=BLUE, ax=axes)
    for step, words in zip(steps, grid.every_word, strict=True):
        place = step, lengths[step]
        axes.annotate(words, place, (0, APART), textcoords="offset points", ha="center")
    axes.set_xticks(steps, names, rotation=90)
    axes.tick_params(axis="x", length=0)
    axes.set(xlabel="", ylabel="", ylim=(0, None), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.spines["bottom"].set(visible=True, color=MUTED)


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


_NEARLY_NOTHING = 1e-9
"""Length of the bar of a zero on the left, whose side bar_label would not know."""


def _barplot(axes: Axes, **data: Any) -> None:
    """Draw bars that lie, by seaborn; what it would compute and nobody sees is given: names of axes, shades."""
    axes.set(xlabel=" ", ylabel=" ")
    if "hue" in data:
        data["palette"] = [BLUE] * (max(data["hue"]) + 1)
    sns.barplot(ax=axes, orient="h", saturation=1, errorbar=None, legend=False, **data)
    axes.set(xlabel="", ylabel="")


def _write_at_ends(axes: Axes, words: Sequence[str], container: int = 0, **way: Any) -> None:
    """Write words at the ends of bars, those of one container of the axes."""
    axes.bar_label(axes.containers[container], words, padding=APART, **way)  # type: ignore[arg-type]


def _name_lines(axes: Axes, labels: Sequence[str]) -> None:
    """Write the names of the lines beside their bars, and no scale: the bars have their words."""
    axes.set_yticks(range(len(labels)), labels)
    axes.set_xticks([])
    axes.tick_params(axis="y", length=0)


def _paint(patches: Iterable[Patch], colour: Any) -> None:
    """Give marks their colour: seaborn takes none that lets the paper through."""
    for patch in patches:
        patch.set(facecolor=colour, edgecolor=PAPER)


def _outline(patches: Iterable[Patch], figures: Iterable[Observation]) -> None:
    """Draw what is rounded to zero by its outline, in dashes: it may end anywhere in its bar."""
    for patch, figure in zip(patches, figures, strict=False):
        if figure.is_below:
            colour = patch.get_facecolor()[:3]
            patch.set(facecolor="none", edgecolor=colour, linewidth=1.2, linestyle=(0, (3, 2)))


def _end_of_scale(largest: float, grid: Grid, across: float) -> float:
    """Give the figure at the end of some inches in which the longest bar leaves room for its words."""
    words = [*grid.every_word, french.number(grid.largest)]
    room = max(across - max(map(inches, words)) - 2 * GAP, across * 0.4)
    return largest * across / room


def _colours(many: int) -> Sequence[Any]:
    """Give the colours of classes: two that differ, else from strong to weak."""
    return (ORANGE, BLUE) if many == 2 else shades(many)


def _legend(axes: Axes, marks: Sequence[Any], names: Sequence[str], below: bool = False) -> None:
    """Name marks in their order, a line after another: above the axes, or one under another below them."""
    across = 1 if below else _entries_across(names)
    order = [rank for first in range(across) for rank in range(first, len(names), across)]
    place = {"bbox_to_anchor": (0, 0 if below else 1), "bbox_transform": axes.figure.transFigure}
    axes.legend(
        [marks[rank][0] for rank in order],
        [names[rank] for rank in order],
        loc="lower left" if below else "upper left",
        ncols=across,
        frameon=False,
        **place,
    )


def _legend_of(grid: Grid) -> float:
    """Give the inches that the legend of the classes takes."""
    return ENTRY * math.ceil(len(grid.names) / _entries_across(grid.names)) + 0.15


def _entries_across(names: Sequence[str]) -> int:
    """Count the entries of a legend that stand beside one another."""
    return max(1, int(WIDTH // (max(map(inches, names)) + 0.5)))


def _margin(labels: Sequence[str]) -> float:
    """Give the inches that the names of the lines take beside a chart."""
    return max(map(inches, labels)) + 0.2


def _lines_of(labels: Sequence[str]) -> float:
    """Give the inches that lines take under one another."""
    return sum(ROW + MORE * label.count("\n") for label in labels)


def _tallest(labels: Sequence[str]) -> float:
    """Give the inches that the tallest line takes."""
    return ROW + MORE * (_most_lines(labels) - 1)


def _most_lines(names: Sequence[str]) -> int:
    """Count the lines of the tallest name."""
    return max(name.count("\n") for name in names) + 1
