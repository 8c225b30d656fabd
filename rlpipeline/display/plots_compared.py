"""From a table to a chart that sets things side by side: parts of a whole, places, two years."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import starmap

from rlpipeline.display import cells, french, many
from rlpipeline.display.cells import Figure, can_compare
from rlpipeline.display.charts_compared import Panel, Panels, Slope, Whole, draw_panels, draw_slopes, draw_whole
from rlpipeline.display.plots import (
    ZEROS_LEFT_OUT,
    Chart,
    Line,
    bar_lines,
    bar_remarks,
    bars,
    by_class_said,
    caption,
    hollow,
    of_totals,
    ranked_lines,
    rounded_remark,
    rounded_said,
    short,
    titled,
    total_said,
    without_chart,
)
from rlpipeline.display.tables import Layout
from rlpipeline.figures import Col, Row
from rlpipeline.figures.tidy import ARRONDI, OK

MOST_PLACES = 12
"""Places beside one another; beyond, bars of their totals."""
MOST_SLOPES = 12
FEWEST_CLASSES = 3
WIDEST_LABEL = 60


def whole_of_hours(layout: Layout) -> Chart | str:
    """Draw the hours as one bar cut into activities."""
    lines = bar_lines(layout, "heures", {"total"})
    title = caption(layout)
    why = without_chart(title, (line.figure for line in lines))
    if why is not None:
        return why
    drawn = ranked_lines(lines)
    said = " ; ".join(f"{line.row.label} : {line.words}" for line in drawn)
    return Chart(
        png=draw_whole(Whole(*_columns(drawn))),
        title=title,
        alt=f"Barre découpée en parts. {title}. {said}.{total_said(layout, 'heures')}",
        header=("Heures",),
        rows=tuple((line.row.label, line.words) for line in drawn),
        lines=tuple(line.row.code for line in drawn),
        columns=("heures",),
        keys=tuple((line.row.code, "heures") for line in drawn),
        remarks=bar_remarks(layout, lines, drawn, ranked=True),
    )


def _columns(lines: Sequence[Line]) -> tuple[list[str], list[float], list[str]]:
    return [one.row.label for one in lines], [one.figure.valeur for one in lines], [one.words for one in lines]


def side_by_side(layout: Layout) -> Chart | str:
    """Draw each place by age on one scale; the totals alone where there are many places or few classes."""
    every = [row for row in layout.data.rows if row.code != "total"]
    rows = [row for row in every if not layout.figures[row.code, "total"].is_nothing]
    classes = [column for column in layout.data.columns if column.kind != "total"]
    if not 1 < len(rows) <= MOST_PLACES or len(classes) < FEWEST_CLASSES:
        return bars("total", ranked=True)(layout)
    keys = [(row.code, one.code) for row in rows for one in classes]
    if any(key not in layout.figures for key in keys):
        return bars("total", ranked=True)(layout)
    title, figures = caption(layout), [layout.figures[key] for key in keys]
    why = without_chart(title, figures)
    if why is not None:
        return why
    words = {key: cells.plain(layout.figures[key]) for key in keys}
    return Chart(
        png=draw_panels(Panels([_panel(layout, row, classes) for row in rows], [short(one.label) for one in classes])),
        title=title,
        alt=f"Un petit diagramme par commune, à la même échelle. {title}. "
        f"{rounded_said(figures)}{by_class_said(layout, rows, classes)}.{total_said(layout, 'total')}",
        header=tuple(one.label for one in classes),
        rows=tuple((row.label, *(words[row.code, one.code] for one in classes)) for row in rows),
        lines=tuple(row.code for row in rows),
        columns=tuple(one.code for one in classes),
        keys=tuple(keys),
        remarks=(
            "La même échelle pour toutes.",
            *([ZEROS_LEFT_OUT] if len(rows) < len(every) else []),
            *rounded_remark(figures),
        ),
    )


def _panel(layout: Layout, row: Row, classes: Sequence[Col]) -> Panel:
    figures = [layout.figures[row.code, one.code] for one in classes]
    title = f"{row.label} : {cells.plain(layout.figures[row.code, 'total'])}"
    heights, words = [figure.drawn for figure in figures], [cells.plain(one) for one in figures]
    return Panel(french.spaced(title), heights, words, hollow(figures))


def slopes(layout: Layout) -> Chart | None:
    """Draw the lines of a table from the year before to the year.

    Returns
    -------
    None where there is no year before, or it is not comparable.
    """
    before, column = layout.before, layout.summary
    if before is None or before.reason or not column:
        return None
    pairs = [*_pairs(layout, column)]
    if not pairs:
        return None
    kept = sorted(pairs, key=lambda pair: -pair[2].valeur)[:MOST_SLOPES]
    years = (before.year, layout.data.year)
    drawn = titled(layout, of_totals(layout))
    named = {row.code: (cells.plain(then), cells.plain(now)) for row, then, now in kept}
    figures = [figure for _, *both in kept for figure in both]
    told = [
        f"En {year} : {', '.join(f'{row.label} {cells.aloud(named[row.code][index])}' for row, _, _ in kept)}."
        for index, year in enumerate(years)
    ]
    return Chart(
        png=draw_slopes([*starmap(_slope, kept)], years),
        title=f"{drawn}, {years[0]} et {years[1]}",
        alt=f"Pentes d'une année à l'autre. {drawn}. {rounded_said(figures)}{' '.join(told)}",
        header=tuple(map(str, years)),
        rows=tuple((row.label, *named[row.code]) for row, _, _ in kept),
        lines=tuple(row.code for row, _, _ in kept),
        columns=(column, column),
        keys=tuple((row.code, column) for row, _, _ in kept),
        remarks=(*_slopes_remarks(layout, len(pairs), kept), *rounded_remark(figures)),
        years=years,
    )


def _pairs(layout: Layout, column: str) -> Iterator[tuple[Row, Figure, Figure]]:
    """Lines whose two years are wholly known, one of them not zero, and whose movement is more than rounding."""
    for row in layout.data.rows:
        now = layout.figures.get((row.code, column))
        if layout.before is None or now is None or row.kind in {"total", "note"}:
            continue
        then = layout.before.at(row.code, column)
        if (now.is_nothing and then.is_nothing) or not {now.etat, then.etat} <= {OK, ARRONDI}:
            continue
        if not math.isnan(then.valeur) and can_compare(now, then):
            yield row, then, now


def _slope(row: Row, then: Figure, now: Figure) -> Slope:
    return Slope(row.label[:WIDEST_LABEL], then.drawn, now.drawn, (cells.plain(then), cells.plain(now)))


def _slopes_remarks(layout: Layout, found: int, kept: Sequence[tuple[Row, Figure, Figure]]) -> tuple[str, ...]:
    shown = {row.code for row, _, _ in kept}
    left = [row for row in layout.data.rows if row.kind not in {"total", "note"} and row.code not in shown]
    if not left:
        return ()
    if found > len(kept):
        return (f"Les {len(kept)} premières lignes sur {found}.",)
    why = " ou ".join(dict.fromkeys(_undrawn(layout, row.code) for row in left))
    return (f"Non dessiné ({why}) : {many.some([row.label for row in left], layout.left_out)}.",)


def _undrawn(layout: Layout, line: str) -> str:
    """Say why a line is not drawn."""
    now = layout.figures.get((line, layout.summary))
    then = layout.before.at(line, layout.summary) if layout.before else None
    if now is None or then is None or not {now.etat, then.etat} <= {OK, ARRONDI}:
        return "inconnu une année"
    return "zéro" if now.is_nothing and then.is_nothing else "évolution non mesurable à ce niveau d'arrondi"
