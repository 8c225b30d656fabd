"""From a table to a chart of it: what is drawn, the words that replace the picture, the data shown beside."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from types import MappingProxyType
from typing import TypeVar

import numpy as np
from matplotlib.figure import Figure as Canvas

from rlpipeline import french
from rlpipeline.display import cells, charts
from rlpipeline.display.charts import Grid
from rlpipeline.display.drawing import Drawing, picture
from rlpipeline.display.layout import MOST_COMMUNES, NOT_SHARED, Layout, some, summary
from rlpipeline.figures import Col, Row
from rlpipeline.figures.labels import AU_MOINS_UN, TOTAL
from rlpipeline.observations import Observation, compare
from rlpipeline.states import (
    ALIKE,
    ARRONDI,
    CHANGES,
    LISTS,
    MASQUE,
    NC,
    NOT_ENTERED,
    OK,
    PARTIEL,
    REASONS,
    SIGN,
    TOO_SMALL,
    UNCERTAIN,
    VIDE,
    WORDS,
    ZERO,
    legend,
    rounded_means,
)

ALL_SAID, ALL_SAID_BY_CLASS, MOST_SAID = 12, 6, 3
"""Lines that the words for a picture tell, all of them, fewer where each has classes; of more, the longest."""
MOST_SAID_BY_CLASS = 2
"""Classes that those words take one after the other; beyond, they take the lines."""
FIRST_ALONE = ", les trois premières lignes"
"""After the title of a picture whose words tell the longest lines alone."""
MOST_BARS, MOST_PARTS, MOST_PLACES = 15, 12, 12
"""Lines of bars, of which the largest are drawn; parts whose shades are told apart, small charts: beyond, bars."""
FEWEST_SLOPES, MOST_SLOPES, FEWEST_CLASSES = 2, 12, 3
ZEROS_LEFT_OUT = "Les lignes à zéro sont omises."
OF_FAMILIES = "Familles de problématiques à l'origine de l'accompagnement, par âge"
SUM_OF_ROUNDED = "Parts arrondies : leur somme peut différer du total écrit au bout."
OF_ACTIONS = "Participants aux actions collectives, par âge"
PUBLICS = MappingProxyType(
    {
        "personnes": (
            "Personnes, somme des actions",
            "Une personne venue à plusieurs actions est comptée à chacune.",
        ),
        "presences": (
            "Présences, somme des séances",
            "Une personne venue à plusieurs séances compte autant de présences.",
        ),
    }
)
"""Units in which actions count participants: title, and what is counted several times."""
Key = tuple[str, str]
T = TypeVar("T")
Draw = Callable[[Grid], Canvas]


@dataclass(frozen=True)
class Chart:
    """A chart drawn: picture, what it measures, the words that replace it, remarks, and the grid of what it shows.

    ``keys``: (ligne, colonne) of the figures drawn; ``years``: year of each column; empty where all are of the chart's
    own.
    """

    picture: Drawing
    title: str
    alt: str
    grid: Grid
    keys: tuple[Key, ...]
    remarks: tuple[str, ...] = ()
    years: tuple[int, ...] = ()


def classes(layout: Layout) -> list[Col]:
    """List the columns that the lines are crossed with: those before the total, or all where they have one unit."""
    columns = [column for column in layout.data.columns if column.kind != "texte"]
    totals = [rank for rank, column in enumerate(columns) if column.kind == "total"]
    if totals:
        return columns[: totals[0]]
    return columns if len({figure.unit for figure in layout.figures.values()}) == 1 else []


def bars(layout: Layout, parts: bool = False) -> Chart | str:
    """Draw one bar a line: the column that sums the table up; or the parts of one bar, where they are not too many.

    Names are sorted by size without the zeros; steps of a scale keep the order and the zeros of the table.
    """
    if layout.data.id == "actions" and not parts:
        return _publics(layout)
    code, ranked = summary(layout.data), parts or not layout.is_scale
    figures = [(row, layout.figures.get((row.code, code))) for row in _drawn_rows(layout)]
    lines = [(row, figure) for row, figure in figures if figure is not None]
    title = _caption(layout, layout.data.spec.look.drawn)
    if why := _why_none(layout, title, [figure for _, figure in lines]):
        return why
    drawn = [line for line in lines if line[1].is_number and not (ranked and line[1].is_nothing)]
    if ranked:
        drawn.sort(key=lambda line: -line[1].value)
    if parts and len(drawn) > MOST_PARTS:
        return bars(layout)
    most = (
        MOST_COMMUNES if layout.left_out.rows else MOST_BARS
    )  # as many communes as the table shows
    shown = drawn[:most]
    told = shown if len(shown) <= ALL_SAID else _largest(shown, lambda line: line[1].drawn)
    said = " ; ".join(
        f"{row.label} : {cells.aloud(_words(layout, row, figure))}" for row, figure in told
    )
    unknown = {
        said: [row.label for row, figure in lines if figure.state == state]
        for state, said in ((NC, LISTS[NC]), (MASQUE, LISTS[MASQUE]))
    }
    remarks = [
        *(f"{said} : {some(names, layout.left_out)}." for said, names in unknown.items() if names),
        *([ZEROS_LEFT_OUT] if ranked and any(figure.is_nothing for _, figure in lines) else []),
        *(note for note in layout.data.notes if note.endswith(NOT_SHARED)),
        *_cut(len(drawn), most),
    ]
    column, figures_shown = Col(code, _label(layout, code)), [[figure] for _, figure in shown]
    words, scale = [[_words(layout, *line)] for line in shown], 0 if parts else layout.scale
    grid = Grid([row for row, _ in shown], [column], figures_shown, words, scale)
    drawn_as = (
        (charts.whole, "Barre découpée en parts") if parts else (charts.bars, "Diagramme en barres")
    )
    return _chart(title, grid, drawn_as, f"{said}.{_total_said(layout, code)}", remarks)


def pyramid(layout: Layout) -> Chart | str:
    """Draw a population by age, girls on one side, boys on the other; by age alone where the two are not crossed."""
    rows, columns = (
        [row for row in layout.data.rows if row.code != TOTAL],
        [Col("F", "Filles"), Col("G", "Garçons")],
    )
    grid, title = _crossed(layout, rows, columns), _caption(layout)
    if grid is None:
        return bars(layout) if rows else _why_none(layout, title, ())
    if why := _why_none(layout, title, grid.every):
        return why
    unknown = layout.figures.get((TOTAL, "NR"))
    remarks = []
    if unknown is not None and unknown.value > 0:
        young = french.count(unknown.value, "jeune", "jeunes")
        remarks.append(f"Sans {young} dont le sexe n'est pas renseigné.")
    bands = {
        sex: ", ".join(
            f"{row.label.lower()} {cells.spoken(layout.figures[row.code, sex])}" for row in rows
        )
        for sex in ("F", "G")
    }
    said = " ".join(
        f"{_label(layout, sex)} : {bands[sex]}, total {cells.spoken(layout.figures[TOTAL, sex])}."
        for sex in bands
    )
    grid = replace(grid, largest=layout.scale, ends=())
    return _chart(title, grid, (charts.sides, "Pyramide des âges"), said, remarks)


def slopes(layout: Layout) -> Chart | None:
    """Draw the lines of a table from the year before to the year.

    None where there is no year before, it is not comparable, or a single line would be drawn.
    """
    before, code = layout.before, layout.summary
    if before is None or before.reason or not code:
        return None
    rows = [row for row in layout.data.rows if row.kind not in {"total", "note"}]
    both = {row: (before.at(row.code, code), layout.figures.get((row.code, code))) for row in rows}
    undrawn = {row: _why_no_slope(then, now) for row, (then, now) in both.items()}
    pairs = [
        (row, [then, now])
        for row, (then, now) in both.items()
        if now is not None and not undrawn[row]
    ]
    if len(pairs) < FEWEST_SLOPES:
        return None
    shown = sorted(pairs, key=lambda pair: -pair[1][1].value)[:MOST_SLOPES]
    if layout.is_scale:
        shown.sort(key=pairs.index)
    years = before.year, layout.data.year
    columns = [Col(code, str(year)) for year in years]
    grid = _grid([row for row, _ in shown], columns, [figures for _, figures in shown])
    drawn = {row for row, _ in shown}
    left = [row for row in rows if row not in drawn]
    remarks = (
        [f"Les {len(shown)} premières lignes sur {len(pairs)}."] if len(pairs) > len(shown) else []
    )
    if left and not remarks:
        why = " ou ".join(dict.fromkeys(undrawn[row] for row in left))
        remarks = [f"Non dessiné ({why}) : {some([row.label for row in left], layout.left_out)}."]
    moves = [
        ", ".join(
            f"{row.label} {cells.aloud(words[place])}"
            for row, words in zip(grid.rows, grid.words, strict=True)
        )
        for place in (0, 1)
    ]
    said = f"En {years[0]} : {moves[0]}. En {years[1]} : {moves[1]}."
    title = _titled(layout, layout.data.spec.look.drawn)
    chart = _chart(title, grid, (charts.slopes, "Pentes d'une année à l'autre"), said, remarks)
    return replace(chart, title=f"{title}, {years[0]} et {years[1]}", years=years)


def _why_no_slope(then: Observation, now: Observation | None) -> str:
    """Say why a line has no slope; nothing where it has one."""
    compared = compare(now, then)
    if compared.reason == UNCERTAIN:
        return CHANGES[UNCERTAIN]
    if not compared.is_told:
        return "inconnu une année"
    return "zéro" if now and now.is_nothing and then.is_nothing else ""


def heat(layout: Layout) -> Chart | str:
    """Draw the cells as a shaded table."""
    rows = _drawn_rows(layout)
    grid = _crossed(layout, rows[:MOST_BARS])
    if grid is None:
        return bars(replace(layout, scale=0))
    drawn = charts.heat, "Tableau coloré"
    return _chart_of_cells(
        layout, replace(grid, largest=layout.scale), drawn, _cut(len(rows), MOST_BARS)
    )


def grouped(layout: Layout, stacked: bool = False) -> Chart | str:
    """Draw each line as a group of bars, one a class; or as one bar cut into its classes."""
    every = _crossed(layout, _drawn_rows(layout))
    if every is None or (stacked and not every.ends):
        return bars(replace(layout, scale=0))
    lines = zip(every.rows, every.figures, strict=True)
    rows = [
        row
        for row, line in lines
        if layout.is_scale or not all(figure.is_nothing for figure in line)
    ]
    grid = _crossed(layout, rows[:MOST_BARS]) or every
    remarks = [
        *([ZEROS_LEFT_OUT] if len(rows) < len(every.rows) else []),
        *_cut(len(rows), MOST_BARS),
        *(
            [SUM_OF_ROUNDED]
            if stacked and any(figure.state == ARRONDI for figure in grid.every)
            else []
        ),
    ]
    drawn = charts.groups, "Barres empilées" if stacked else "Barres groupées"
    return _chart_of_cells(layout, grid, drawn, remarks, stacked)


def panels(layout: Layout) -> Chart | str:
    """Draw a small chart a line, all on one scale; the totals alone where there are many lines or few classes."""
    every = _drawn_rows(layout)
    totals = [(row, layout.figures.get((row.code, TOTAL))) for row in every]
    rows = [row for row, total in totals if total is not None and not total.is_nothing]
    grid = _crossed(layout, rows)
    if grid is None or not 1 < len(rows) <= MOST_PLACES or len(grid.columns) < FEWEST_CLASSES:
        return bars(layout)
    remarks = [
        "La même échelle pour toutes.",
        *([ZEROS_LEFT_OUT] if len(rows) < len(every) else []),
    ]
    what = "commune" if layout.data.id == "communes" else "ligne"
    return _chart_of_cells(
        layout, grid, (charts.panels, f"Un petit diagramme par {what}, à la même échelle"), remarks
    )


def _publics(layout: Layout) -> Chart | str:
    # Who takes part in the actions, persons and attendances apart, for they are never added.
    title = _caption(layout, OF_ACTIONS)
    counted = {
        key: figure
        for key, figure in layout.figures.items()
        if figure.unit in PUBLICS and key[0] != TOTAL
    }
    if any(figure.state == ARRONDI for figure in counted.values()):
        return f"{title}. Pas de graphique : le détail par âge est arrondi action par action."
    codes = {line for line, _ in counted}
    rows = [row for row in layout.data.rows if row.code in codes]
    sums = {unit: [_public(counted, row, unit) for row in rows] for unit in PUBLICS}
    sums = {
        unit: figures
        for unit, figures in sums.items()
        if any(figure.value > 0 for figure in figures)
    }
    if not sums:
        return (
            _why_none(layout, title, [*counted.values()]) or f"{title} : aucun participant compté."
        )
    told = []
    for unit, figures in sums.items():
        lines = [*zip(rows, figures, strict=True)]
        few = (
            lines
            if len(lines) <= ALL_SAID_BY_CLASS
            else _largest(lines, lambda line: line[1].value)
        )
        told.append(
            f"{PUBLICS[unit][0]} : {', '.join(f'{row.label.lower()} {cells.plain(of)}' for row, of in few)}."
        )
    grid = _grid(
        rows, [Col(unit, PUBLICS[unit][0]) for unit in sums], [*zip(*sums.values(), strict=True)]
    )
    drawn = partial(charts.bars, titled=True), "Diagramme en barres"
    remarks = [PUBLICS[unit][1] for unit in sums]
    chart = _chart(title, grid, drawn, " ".join(told), remarks, ALL_SAID_BY_CLASS)
    return replace(chart, keys=tuple(key for key, figure in counted.items() if figure.unit in sums))


def _public(counted: Mapping[Key, Observation], row: Row, unit: str) -> Observation:
    figures = [
        figure for key, figure in counted.items() if key[0] == row.code and figure.unit == unit
    ]
    states = {figure.state for figure in figures}
    if "masque" in states:
        return Observation(math.nan, unit, MASQUE, column=TOTAL)
    numbers = [figure.value for figure in figures if figure.state in {"ok", "partiel"}]
    return Observation(sum(numbers), unit, "ok" if states <= {"ok"} else "partiel", column=TOTAL)


def _drawn_rows(layout: Layout) -> list[Row]:
    # The families where there are any, else the lines that count no other line again.
    families = [row for row in layout.data.rows if row.kind == "famille"]
    return families or [
        row
        for row in layout.data.rows
        if row.kind == "corps" and row.code not in {TOTAL, AU_MOINS_UN}
    ]


def _words(layout: Layout, row: Row, figure: Observation) -> str:
    if not figure.is_number:
        return ""
    unit, part = (
        f"{french.NBSP}h" if figure.unit == "heures" else "",
        layout.figures.get((row.code, "part")),
    )
    return (
        cells.plain(figure)
        + unit
        + (f" ({cells.plain(part)})" if part and part.state == OK else "")
    )


def _grid(
    rows: Sequence[Row], columns: Sequence[Col], figures: Sequence[Sequence[Observation]]
) -> Grid:
    return Grid(rows, columns, figures, [[*map(cells.plain, line)] for line in figures])


def _crossed(layout: Layout, rows: Sequence[Row], columns: Sequence[Col] = ()) -> Grid | None:
    # None where there is no cell, or where the table has not all of them.
    columns = columns or classes(layout)
    keys = [[(row.code, column.code) for column in columns] for row in rows]
    if not rows or not columns or not all(key in layout.figures for line in keys for key in line):
        return None
    figures = [[layout.figures[key] for key in line] for line in keys]
    totals = [
        layout.figures[row.code, TOTAL] for row in rows if (row.code, TOTAL) in layout.figures
    ]
    ends = [*map(cells.plain, totals)] if len(totals) == len(rows) else []
    return replace(_grid(rows, columns, figures), ends=ends)


def _chart_of_cells(
    layout: Layout, grid: Grid, drawn: tuple[Draw, str], remarks: Sequence[str], ends: bool = True
) -> Chart | str:
    title = _caption(layout, OF_FAMILIES if any(row.kind == "famille" for row in grid.rows) else "")
    if why := _why_none(layout, title, grid.every):
        return why

    def few(code: str) -> Iterable[Row]:
        every = len(grid.rows) <= ALL_SAID_BY_CLASS
        return (
            grid.rows
            if every
            else _largest(grid.rows, lambda row: layout.figures[row.code, code].drawn)
        )

    # Tells the lines with total and largest class; where classes are few, or no total is, by class.
    said = []
    if len(grid.columns) > MOST_SAID_BY_CLASS and grid.ends:
        for row in few(TOTAL):
            cells_of_row = [
                (column, layout.figures[row.code, column.code]) for column in grid.columns
            ]
            ((column, figure),) = _largest(cells_of_row, lambda pair: pair[1].drawn, 1)
            total = cells.spoken(layout.figures[row.code, TOTAL])
            said.append(f"{row.label} : {total} ({column.label.lower()} {cells.spoken(figure)})")
    else:
        for column in grid.columns:
            rows = few(column.code)
            told = [
                f"{row.label.lower()} {cells.spoken(layout.figures[row.code, column.code])}"
                for row in rows
            ]
            said.append(f"{column.label} : {', '.join(told)}")
    words = f"{' ; '.join(said)}.{_total_said(layout, TOTAL)}"
    return _chart(
        title, grid if ends else replace(grid, ends=()), drawn, words, remarks, ALL_SAID_BY_CLASS
    )


def _chart(
    title: str,
    grid: Grid,
    drawn: tuple[Draw, str],
    said: str,
    remarks: Sequence[str],
    all_said: int = ALL_SAID,
) -> Chart:
    draw, kind = drawn
    figures = grid.every
    rounded = [figure for figure in figures if figure.state == ARRONDI]
    about = title + (FIRST_ALONE if len(grid.rows) > all_said else "")
    alt = f"{about}. {'Valeurs arrondies. ' if rounded else ''}{said} {kind}."
    keys = [(row.code, column.code) for row in grid.rows for column in grid.columns]
    partial_total = [legend(PARTIEL)] if any(figure.state == PARTIEL for figure in figures) else []
    scale = ["La même échelle dans tous les portraits."] if grid.largest else []
    every = (*remarks, *partial_total, *_rounding_said(rounded), *scale)
    return Chart(picture(partial(draw, grid)), title, alt, grid, tuple(dict.fromkeys(keys)), every)


def _rounding_said(rounded: Sequence[Observation]) -> list[str]:
    """Say that figures are rounded, and what an outline is; nothing where none is."""
    multiples = sorted({int(figure.base) for figure in rounded if not figure.is_below})
    small = sorted({cells.plain(figure) for figure in rounded if figure.is_below})
    said = [f"{SIGN.strip()} : {rounded_means(multiples)}"] if multiples else []
    if small:
        outline = "contour" if said else "Contour"
        said.append(f"{outline} en tirets : {' ou '.join(small)}")
    return [f"{' ; '.join(said)}."] if said else []


def _why_none(layout: Layout, title: str, figures: Sequence[Observation]) -> str:
    """Say why a chart of some figures is not drawn; nothing where it is."""
    why = _reason(layout, figures)
    if why in {"", ALIKE}:
        return f"{title}. Pas de graphique : {REASONS[ALIKE]}." if why else ""
    words = WORDS[why].no_chart if why in WORDS else REASONS[why].format(annee=layout.data.year)
    return f"{title} : {words}, donc pas de graphique."


def _reason(layout: Layout, figures: Sequence[Observation]) -> str:
    """Give the state or the reason for which a chart of some figures would be empty; nothing where it would not.

    A table that has a total and none of what makes it is not shared in more detail; one that has nothing was not
    entered: nobody says of either that there is nothing to count.
    """
    if not layout.figures:
        return NOT_ENTERED
    if not figures:
        figures = [*layout.figures.values()]
        if any(figure.is_number and not figure.is_nothing for figure in figures):
            return MASQUE
    drawn = [figure for figure in figures if not figure.is_nothing]
    if any(figure.is_number and not figure.is_below for figure in drawn):
        alike = all(figure.is_rounded and figure.value in {0, figure.base} for figure in drawn)
        return ALIKE if alike else ""
    states = {figure.state for figure in drawn}
    unknown = next((state for state in (NC, MASQUE, VIDE) if state in states), "")
    return unknown or (TOO_SMALL if drawn else ZERO)


def _largest(lines: Sequence[T], length: Callable[[T], float], most: int = MOST_SAID) -> list[T]:
    # The few that make a chart, in its order: the longest.
    order = sorted(
        range(len(lines)), key=lambda place: -np.nan_to_num(length(lines[place]), nan=-1.0)
    )
    return [lines[place] for place in sorted(order[:most])]


def _cut(lines: int, most: int) -> list[str]:
    return [f"Les {most} premières lignes sur {lines}."] if lines > most else []


def _titled(layout: Layout, drawn: str = "") -> str:
    # What is drawn, which is all that its table tells unless said otherwise, with the place where there is one.
    return layout.caption.replace(layout.data.spec.title, drawn, 1) if drawn else layout.caption


def _caption(layout: Layout, drawn: str = "") -> str:
    return f"{_titled(layout, drawn)}, {layout.data.year}"


def _total_said(layout: Layout, column: str) -> str:
    total = layout.figures.get((TOTAL, column))
    return f" Total : {cells.spoken(total)}." if total is not None and total.is_number else ""


def _label(layout: Layout, code: str) -> str:
    return next(column.label for column in layout.data.columns if column.code == code)
