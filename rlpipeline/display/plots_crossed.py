"""From a table whose lines and columns are crossed to a chart of its cells; else to bars of its totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
import numpy.typing as npt

from rlpipeline.display import cells, french
from rlpipeline.display.cells import Figure
from rlpipeline.display.charts import Heat, draw_heat
from rlpipeline.display.charts_compared import Groups, Panel, Panels, draw_groups, draw_panels
from rlpipeline.display.drawing import Picture
from rlpipeline.display.plots import (
    ALL_SAID_BY_CLASS,
    MOST_BARS,
    ZEROS_LEFT_OUT,
    Chart,
    Key,
    alternative,
    bars,
    caption,
    drawn_rows,
    figure_remarks,
    first_alone,
    hollow,
    is_scale,
    largest,
    rounded_said,
    scale_remark,
    short,
    total_said,
    without_chart,
)
from rlpipeline.display.tables import Layout
from rlpipeline.figures import Col, Row
from rlpipeline.figures.labels import TOTAL
from rlpipeline.figures.tidy import ARRONDI

MOST_PLACES = 12
"""Places beside one another; beyond, bars of their totals."""
FEWEST_CLASSES = 3
MOST_SAID_BY_CLASS = 2
"""Classes that the words for a picture take one after the other; beyond, they take the lines."""
OF_FAMILIES = "Familles de problématiques à l'origine de l'accompagnement, par âge"
SUM_OF_ROUNDED = "Parts arrondies : leur somme peut différer du total écrit au bout."


def classes(layout: Layout) -> list[Col]:
    """List the columns that the lines are crossed with: those before the total, or all where they have one unit."""
    columns = [column for column in layout.data.columns if column.kind != "texte"]
    totals = [rank for rank, column in enumerate(columns) if column.kind == "total"]
    if totals:
        return columns[: totals[0]]
    return columns if len({figure.unite for figure in layout.figures.values()}) == 1 else []


@dataclass(frozen=True)
class Crossing:
    """The lines and classes of a chart, all of whose cells the table has."""

    layout: Layout
    rows: Sequence[Row]
    columns: Sequence[Col]

    @cached_property
    def keys(self) -> tuple[Key, ...]:
        """Cells drawn, line by line."""
        return tuple((row.code, column.code) for row in self.rows for column in self.columns)

    @cached_property
    def figures(self) -> list[Figure]:
        """Figures of the cells drawn."""
        return [self.layout.figures[key] for key in self.keys]

    @property
    def title(self) -> str:
        """What is drawn, the place, the year."""
        return caption(self.layout, OF_FAMILIES if any(row.kind == "famille" for row in self.rows) else "")

    @property
    def names(self) -> list[str]:
        """Names of the classes in a picture."""
        return [short(column.label) for column in self.columns]

    @property
    def words(self) -> list[list[str]]:
        """What is written in each cell, by line."""
        return [[cells.plain(figure) for figure in self.of(row)] for row in self.rows]

    def of(self, row: Row) -> list[Figure]:
        """Give the figures of a line."""
        return [self.layout.figures[row.code, column.code] for column in self.columns]

    def lengths(self) -> npt.NDArray[np.float64]:
        """Give what each cell is drawn as, lines × classes."""
        return np.array([figure.drawn for figure in self.figures]).reshape(len(self.rows), len(self.columns))

    def total(self, row: Row) -> str:
        """Write the total of a line."""
        return cells.plain(self.layout.figures[row.code, TOTAL])

    def chart(self, picture: Picture, kind: str, remarks: Sequence[str] = ()) -> Chart:
        """Give the picture its words, its data and its remarks."""
        said = f"{rounded_said(self.figures)}{self._said()}.{total_said(self.layout, TOTAL)}"
        title = self.title + first_alone(self.rows, ALL_SAID_BY_CLASS)
        return Chart(
            picture=picture,
            title=self.title,
            alt=alternative(title, said, kind),
            header=tuple(column.label for column in self.columns),
            rows=tuple((row.label, *words) for row, words in zip(self.rows, self.words, strict=True)),
            lines=tuple(row.code for row in self.rows),
            columns=tuple(column.code for column in self.columns),
            keys=self.keys,
            remarks=(*remarks, *figure_remarks(self.figures)),
        )

    def _said(self) -> str:
        """Tell the lines with total and largest class; where classes are few, or no total is, by class."""
        by_line = len(self.columns) > MOST_SAID_BY_CLASS
        if by_line and all((row.code, TOTAL) in self.layout.figures for row in self.rows):
            return " ; ".join(f"{row.label} : {self._row_said(row)}" for row in self._few(TOTAL))
        return " ; ".join(f"{column.label} : {self._column_said(column)}" for column in self.columns)

    def _few(self, column: str) -> Sequence[Row]:
        """Give the lines to tell: all of them, or those that are the longest in a column."""
        if len(self.rows) <= ALL_SAID_BY_CLASS:
            return self.rows
        return largest(self.rows, lambda row: self.layout.figures[row.code, column].drawn)

    def _row_said(self, row: Row) -> str:
        ((column, figure),) = largest([*zip(self.columns, self.of(row), strict=True)], lambda one: one[1].drawn, 1)
        return f"{cells.aloud(self.total(row))} ({column.label.lower()} {cells.spoken(figure)})"

    def _column_said(self, column: Col) -> str:
        figures = ((row, self.layout.figures[row.code, column.code]) for row in self._few(column.code))
        return ", ".join(f"{row.label.lower()} {cells.spoken(figure)}" for row, figure in figures)


def _crossing(layout: Layout, rows: Sequence[Row]) -> Crossing | None:
    """Give the cells of lines; None where there is none, or where the table has not all of them."""
    crossing = Crossing(layout, rows, classes(layout))
    return crossing if crossing.keys and all(key in layout.figures for key in crossing.keys) else None


def _totals(layout: Layout) -> Chart | str:
    """Draw the totals alone, on a scale of their own."""
    return bars(replace(layout, scale=0))


def heat(layout: Layout) -> Chart | str:
    """Draw the cells as a shaded table."""
    crossing = _crossing(layout, drawn_rows(layout)[:MOST_BARS])
    if crossing is None:
        return _totals(layout)
    why = without_chart(crossing.title, crossing.figures)
    if why is not None:
        return why
    values = np.array([figure.valeur for figure in crossing.figures]).reshape(crossing.lengths().shape)
    lines = [row.label for row in crossing.rows]
    picture = draw_heat(Heat(lines, crossing.names, values, crossing.words, layout.scale))
    chart = crossing.chart(picture, "Tableau coloré", _cut(layout))
    return replace(chart, remarks=(*chart.remarks, *scale_remark(layout)))


def grouped(layout: Layout) -> Chart | str:
    """Draw each line as a group of bars, one a class."""
    return _groups(layout, stacked=False)


def stacked(layout: Layout) -> Chart | str:
    """Draw each line as one bar cut into its classes."""
    return _groups(layout, stacked=True)


def _groups(layout: Layout, stacked: bool) -> Chart | str:
    every = _crossing(layout, drawn_rows(layout))
    if every is None or (stacked and any((row.code, TOTAL) not in layout.figures for row in every.rows)):
        return _totals(layout)
    why = without_chart(every.title, every.figures)
    if why is not None:
        return why
    rows = [row for row in every.rows if is_scale(layout) or not all(one.is_nothing for one in every.of(row))]
    crossing = Crossing(layout, rows[:MOST_BARS], every.columns)
    groups = Groups(
        [short(row.label) for row in crossing.rows],
        crossing.names,
        crossing.lengths(),
        crossing.words,
        _hollow(crossing),
        [crossing.total(row) for row in crossing.rows] if stacked else (),
    )
    rounded = any(figure.etat == ARRONDI for figure in crossing.figures)
    remarks = [
        *([ZEROS_LEFT_OUT] if len(rows) < len(every.rows) else []),
        *([f"Les {MOST_BARS} premières lignes sur {len(rows)}."] if len(rows) > MOST_BARS else []),
        *([SUM_OF_ROUNDED] if stacked and rounded else []),
    ]
    return crossing.chart(draw_groups(groups), "Barres empilées" if stacked else "Barres groupées", remarks)


def _hollow(crossing: Crossing) -> frozenset[tuple[int, int]]:
    width = len(crossing.columns)
    return frozenset(divmod(place, width) for place in hollow(crossing.figures))


def _cut(layout: Layout) -> list[str]:
    lines = len(drawn_rows(layout))
    return [f"Les {MOST_BARS} premières lignes sur {lines}."] if lines > MOST_BARS else []


def panels(layout: Layout) -> Chart | str:
    """Draw a small chart a line, all on one scale; the totals alone where there are many lines or few classes."""
    every = drawn_rows(layout)
    rows = [row for row in every if (row.code, TOTAL) in layout.figures]
    rows = [row for row in rows if not layout.figures[row.code, TOTAL].is_nothing]
    crossing = _crossing(layout, rows)
    if crossing is None or not 1 < len(rows) <= MOST_PLACES or len(crossing.columns) < FEWEST_CLASSES:
        return bars(layout)
    why = without_chart(crossing.title, crossing.figures)
    if why is not None:
        return why
    picture = draw_panels(Panels([_panel(crossing, row) for row in rows], crossing.names))
    remarks = ["La même échelle pour toutes.", *([ZEROS_LEFT_OUT] if len(rows) < len(every) else [])]
    what = "commune" if layout.data.id == "communes" else "ligne"
    return crossing.chart(picture, f"Un petit diagramme par {what}, à la même échelle", remarks)


def _panel(crossing: Crossing, row: Row) -> Panel:
    figures = crossing.of(row)
    heights, words = [figure.drawn for figure in figures], [cells.plain(one) for one in figures]
    return Panel(french.spaced(f"{row.label} : {crossing.total(row)}"), heights, words, hollow(figures))
