"""The charts of the report: which one answers which question, and how a figure is shown."""

from __future__ import annotations

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from html import escape
from typing import Any

from rlpipeline.display import cells, french, markup, plots
from rlpipeline.display.layout import Layout, summary
from rlpipeline.display.markup import Shown
from rlpipeline.display.plots import FEWEST_CLASSES, Chart
from rlpipeline.errors import UsageError
from rlpipeline.figures.labels import UNIT_WORDS
from rlpipeline.figures.tidy import ARRONDI

MIME = "application/vnd.rlpipeline.figure+json"
SLOPES = "slopes"

OF_ONE_PERSON = frozenset(
    UNIT_WORDS.get(unit, unit) for unit in ("problematiques_relevees", "accompagnements", "orientations", "demandes")
)
"""Units of which one young person may have several."""


KINDS: Mapping[str, Callable[[Layout], Chart | str | None]] = {
    "bars": plots.bars,
    "grouped": plots.grouped,
    "stacked": partial(plots.grouped, stacked=True),
    "pyramid": plots.pyramid,
    "heat": plots.heat,
    "panels": plots.panels,
    "whole": partial(plots.bars, parts=True),
    SLOPES: plots.slopes,
}


def kinds(layout: Layout) -> tuple[str, ...]:
    """List the kinds of chart that the lines and columns of a table allow."""
    data, parts = layout.data, plots.classes(layout)
    if data.of.side_by_side:  # their columns are actions, territories, marks
        return ("bars",) if data.of.look.chart else ()
    summed, added = bool(summary(data)), any(column.kind == "total" for column in data.columns)
    whole_lines = not data.of.overlapping and any(row.kind == "total" for row in data.rows)
    allowed = {
        "bars": summed,
        "grouped": len(parts) > 1,
        "stacked": len(parts) > 1 and added,
        "pyramid": {"F", "G"} <= {column.code for column in parts},
        "heat": len(parts) > 1,
        "panels": len(parts) >= FEWEST_CLASSES and added,
        "whole": summed and whole_lines,
        SLOPES: summed,
    }
    return tuple(kind for kind in KINDS if allowed[kind])


def usual(layout: Layout) -> str:
    """Give the kind that a table has by itself: a pyramid where it can; empty where it allows none."""
    allowed = kinds(layout)
    return layout.data.of.look.chart or ("pyramid" if "pyramid" in allowed else next(iter(allowed), ""))


def check_kind(kind: str, layout: Layout, exact: bool) -> None:
    """Hold a kind of chart (empty for the table's own) against those that a table allows.

    Of protected figures, and of a table without a number, any kind may be asked: what they do not allow is drawn in
    bars, or said in a sentence. Raises UsageError: the table does not allow it; the message lists the kinds that it
    allows.
    """
    data = layout.data
    unknown = layout.figures and not any(figure.is_number for figure in layout.figures.values())
    allowed = kinds(layout) if exact and data.rows and not unknown else tuple(KINDS)
    if kind in allowed or (not kind and allowed):
        return
    near = difflib.get_close_matches(kind, allowed, n=1)
    raise UsageError(
        f"Le tableau « {data.id} » n'a pas de graphique{f' « {kind} »' if kind else ''}.",
        where=f"report.figure({data.id!r}{f', kind={kind!r}' if kind else ''})",
        expected=", ".join(allowed) or "un tableau de nombres de même unité",
        todo=f"écrire kind={near[0]!r}" if near else "choisir parmi ceux-ci" if allowed else "montrer le tableau seul",
    )


def chart(layout: Layout, kind: str = "") -> Chart | str | None:
    """Draw the chart of a table, or say in a sentence why there is none; None for slopes without a year before.

    The table's own is drawn where it does not allow the kind, and alone has the scale that portraits share.
    """
    own = usual(layout) or "bars"
    drawn = kind if kind in {*kinds(layout), SLOPES} else own
    return KINDS[drawn](layout if drawn == own else replace(layout, scale=0))


def shown(layout: Layout, drawn: Chart | str, message: str = "") -> Shown:
    """Show a chart and its data, or the words that stand for it, under a sentence (HTML) that stands for title."""
    html = to_html(layout, drawn, message, "" if isinstance(drawn, str) else _data(drawn))
    carried = bundle(layout, drawn)
    return Shown(html, carried["alt"], MIME, carried)


def above(layout: Layout, drawn: Chart | str, message: str, table: Shown) -> Shown:
    """Show a chart, or why there is none, with the table folded under it; of a table that is a sentence, that alone."""
    html = f"{to_html(layout, drawn, message)}{folded(layout, table).html}"
    if isinstance(drawn, str):
        return replace(table, html=html) if _is_table(table) else table
    carried = bundle(layout, drawn)
    return replace(table, html=html, plain=f"{carried['alt']}\n\n{table.plain}", more={MIME: carried})


def folded(layout: Layout, table: Shown) -> Shown:
    """Fold a table behind its name; what is no table stays as it is."""
    if not _is_table(table):
        return table
    summary = f"<summary>Tableau{french.NBSP}: {escape(layout.caption, quote=False)}</summary>"
    return replace(table, html=f'<details class="rl-tableau">{summary}{table.html}</details>')


def _is_table(shown: Shown) -> bool:
    return "<table" in shown.html


def to_html(layout: Layout, drawn: Chart | str, message: str = "", data: str = "") -> str:
    """Write the figure: what it says, what it measures, the image with its alternative text, remarks, its data."""
    if isinstance(drawn, str):
        return f'<p class="rl-vide">{escape(drawn, quote=False)}</p>'
    unit, said = layout.data.unit, ""
    if unit in OF_ONE_PERSON:
        said = f"Unité : {unit} ; un jeune peut en avoir plusieurs."
    elif unit and data:  # the table beneath says it
        said = f"Unité : {unit}."
    note = markup.paragraph(" ".join((*drawn.remarks, said)).strip(), "rl-remarque")
    title = f'<strong class="rl-message">{message}</strong> ' if message else ""
    return (
        f'<figure class="rl-figure"{markup.place("graphique", layout.data)}>'
        f"<figcaption>{title}{escape(drawn.title, quote=False)}</figcaption>"
        f"{drawn.picture.to_html(drawn.alt, layout.colour)}{note}{data}</figure>"
    )


def bundle(layout: Layout, drawn: Chart | str) -> dict[str, Any]:
    """Give what publication reads: id, alternative text and the figures drawn."""
    if isinstance(drawn, str):
        return {"id": layout.data.id, "alt": drawn, "figures": []}
    values = list[dict[str, Any]]()
    for line, column in drawn.keys:
        value = layout.figures[line, column].valeur
        number = None if math.isnan(value) else int(value) if value.is_integer() else value
        values.append({"ligne": line, "colonne": column, "valeur": number})
    return {"id": layout.data.id, "alt": drawn.alt, "figures": values}


def _data(drawn: Chart) -> str:
    # Folded behind a name that a screen reader tells from those of other charts.
    grid, rows = drawn.grid, ""
    years = drawn.years or (None,) * len(grid.columns)
    head = "".join(f'<th scope="col" class="num">{escape(column.label)}</th>' for column in grid.columns)
    for row, figures, line in zip(grid.rows, grid.figures, grid.words, strict=True):
        rows += f'<tr><th scope="row">{escape(row.label)}</th>'
        for figure, words, column, year in zip(figures, line, grid.columns, years, strict=True):
            css = "num arrondi" if figure.etat == ARRONDI else "num"
            address = markup.attributes(ligne=row.code, colonne=column.code, annee=year)
            rows += f'<td class="{css}"{address}>{cells.signed(words)}</td>'
        rows += "</tr>"
    return (
        f"<details><summary>Données du graphique{cells.hidden(f' : {drawn.title}')}</summary>"
        f'<table class="rl-table"><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></details>'
    )
