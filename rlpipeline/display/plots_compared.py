"""From a table to a chart that sets things side by side: parts of a whole, two years."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import starmap

from rlpipeline.display import cells, many, years
from rlpipeline.display.cells import Figure, can_compare
from rlpipeline.display.charts_compared import Slope, Whole, draw_slopes, draw_whole
from rlpipeline.display.plots import (
    Chart,
    Line,
    alternative,
    bar_lines,
    bar_remarks,
    bars,
    caption,
    column_label,
    hollow,
    is_scale,
    lines_said,
    of_totals,
    ranked_lines,
    rounded_remark,
    rounded_said,
    titled,
    total_said,
    without_chart,
)
from rlpipeline.display.tables import Layout
from rlpipeline.figures import Row
from rlpipeline.figures.tidy import ARRONDI, OK

MOST_PARTS = 12
"""Parts whose shades are told apart; beyond, bars."""
FEWEST_SLOPES, MOST_SLOPES = 2, 12
WIDEST_LABEL = 60


def whole(layout: Layout) -> Chart | str:
    """Draw the total as one bar cut into the lines; in bars where there are many."""
    column = years.summary(layout.data)
    lines = bar_lines(layout, column)
    title = caption(layout, of_totals(layout))
    why = without_chart(title, (line.figure for line in lines))
    if why is not None:
        return why
    drawn = ranked_lines(lines)
    if len(drawn) > MOST_PARTS:
        return bars(layout)
    return Chart(
        picture=draw_whole(_parts(drawn)),
        title=title,
        alt=alternative(
            title, f"{rounded_said(drawn)}{lines_said(drawn)}.{total_said(layout, column)}", "Barre découpée en parts"
        ),
        header=(column_label(layout, column),),
        rows=tuple((line.row.label, line.words) for line in drawn),
        lines=tuple(line.row.code for line in drawn),
        columns=(column,),
        keys=tuple((line.row.code, column) for line in drawn),
        remarks=bar_remarks(layout, lines, drawn, ranked=True),
    )


def _parts(lines: Sequence[Line]) -> Whole:
    labels, words = [one.row.label for one in lines], [one.words for one in lines]
    return Whole(labels, [one.figure.drawn for one in lines], words, hollow(one.figure for one in lines))


def slopes(layout: Layout) -> Chart | None:
    """Draw the lines of a table from the year before to the year.

    Returns
    -------
    None where there is no year before, it is not comparable, or a single line would be drawn.
    """
    before, column = layout.before, layout.summary
    if before is None or before.reason or not column:
        return None
    pairs = [*_pairs(layout, column)]
    if len(pairs) < FEWEST_SLOPES:
        return None
    shown = sorted(pairs, key=lambda pair: -pair[2].valeur)[:MOST_SLOPES]
    if is_scale(layout):
        shown.sort(key=pairs.index)
    years = (before.year, layout.data.year)
    drawn = titled(layout, of_totals(layout))
    named = {row.code: (cells.plain(then), cells.plain(now)) for row, then, now in shown}
    figures = [figure for _, *both in shown for figure in both]
    moves = [
        f"En {year} : {', '.join(f'{row.label} {cells.aloud(named[row.code][index])}' for row, _, _ in shown)}."
        for index, year in enumerate(years)
    ]
    return Chart(
        picture=draw_slopes([*starmap(_slope, shown)], years),
        title=f"{drawn}, {years[0]} et {years[1]}",
        alt=alternative(drawn, f"{rounded_said(figures)}{' '.join(moves)}", "Pentes d'une année à l'autre"),
        header=tuple(map(str, years)),
        rows=tuple((row.label, *named[row.code]) for row, _, _ in shown),
        lines=tuple(row.code for row, _, _ in shown),
        columns=(column, column),
        keys=tuple((row.code, column) for row, _, _ in shown),
        remarks=(*_slopes_remarks(layout, len(pairs), shown), *rounded_remark(figures)),
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


def _slopes_remarks(layout: Layout, count: int, shown: Sequence[tuple[Row, Figure, Figure]]) -> tuple[str, ...]:
    codes = {row.code for row, _, _ in shown}
    left = [row for row in layout.data.rows if row.kind not in {"total", "note"} and row.code not in codes]
    if not left:
        return ()
    if count > len(shown):
        return (f"Les {len(shown)} premières lignes sur {count}.",)
    why = " ou ".join(dict.fromkeys(_undrawn(layout, row.code) for row in left))
    return (f"Non dessiné ({why}) : {many.some([row.label for row in left], layout.left_out)}.",)


def _undrawn(layout: Layout, line: str) -> str:
    """Say why a line is not drawn."""
    now = layout.figures.get((line, layout.summary))
    then = layout.before.at(line, layout.summary) if layout.before else None
    if now is None or then is None or not {now.etat, then.etat} <= {OK, ARRONDI}:
        return "inconnu une année"
    return "zéro" if now.is_nothing and then.is_nothing else "évolution non mesurable à ce niveau d'arrondi"
