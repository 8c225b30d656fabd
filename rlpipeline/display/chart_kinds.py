"""The charts of the report: which one answers which question, how each is shown; tables and charts of one's own."""

from __future__ import annotations

import base64
import difflib
import io
import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from html import escape
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from markupsafe import Markup
from matplotlib.figure import Figure

from rlpipeline import french
from rlpipeline.display import cells, plots, sections
from rlpipeline.display.cells import Shown
from rlpipeline.display.laid_out import LaidOut
from rlpipeline.display.layout import Layout, summary
from rlpipeline.display.plots import FEWEST_CLASSES, Chart
from rlpipeline.errors import UsageError
from rlpipeline.figures import Col, Row
from rlpipeline.figures.labels import UNIT_WORDS
from rlpipeline.observations import Observation
from rlpipeline.states import ARRONDI
from rlpipeline.table_view import (
    EMPTY,
    TableCell,
    TableGroup,
    TableLine,
    TableView,
    html_of,
    text_cell,
)

MIME = "application/vnd.rlpipeline.figure+json"
SLOPES = "slopes"
KEY = ("indicateur", "annee", "territoire", "ligne", "colonne")

OF_ONE_PERSON = frozenset(
    UNIT_WORDS.get(unit, unit)
    for unit in ("problematiques_relevees", "accompagnements", "orientations", "demandes")
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
    if data.spec.side_by_side:  # their columns are actions, territories, marks
        return ("bars",) if data.spec.look.chart else ()
    summed, added = bool(summary(data)), any(column.kind == "total" for column in data.columns)
    whole_lines = not data.spec.overlapping and any(row.kind == "total" for row in data.rows)
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
    return layout.data.spec.look.chart or (
        "pyramid" if "pyramid" in allowed else next(iter(allowed), "")
    )


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
        todo=f"écrire kind={near[0]!r}"
        if near
        else "choisir parmi ceux-ci"
        if allowed
        else "montrer le tableau seul",
    )


def chart(layout: Layout, kind: str = "") -> Chart | str | None:
    """Draw the chart of a table, or say in a sentence why there is none; None for slopes without a year before.

    The table's own is drawn where it does not allow the kind, and alone has the scale that portraits share.
    """
    own = usual(layout) or "bars"
    drawn = kind if kind in {*kinds(layout), SLOPES} else own
    return KINDS[drawn](layout if drawn == own else replace(layout, scale=0))


def shown(
    layout: Layout, drawn: Chart | str, message: str = "", table: Shown | None = None
) -> Shown:
    """Show a chart and its data, or the words that stand for it, under a sentence (HTML) that stands for title.

    ``table`` is folded under it, in the place of its data; of a table that is a sentence, and no chart, that alone.
    """
    carried = bundle(layout, drawn)
    if table is None:
        html = to_html(layout, drawn, message, "" if isinstance(drawn, str) else _data(drawn))
        return Shown(html, carried["alt"], MIME, carried)
    html = f"{to_html(layout, drawn, message)}{folded(layout, table).html}"
    if isinstance(drawn, str):
        return replace(table, html=html) if _is_table(table) else table
    return replace(
        table, html=html, plain=f"{carried['alt']}\n\n{table.plain}", more={MIME: carried}
    )


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
    unit, said = layout.data.spec.unit, ""
    if unit in OF_ONE_PERSON:
        said = f"Unité : {unit} ; un jeune peut en avoir plusieurs."
    elif unit and data:  # the table beneath says it
        said = f"Unité : {unit}."
    note = cells.paragraph(" ".join((*drawn.remarks, said)).strip(), "rl-remarque")
    title = f'<strong class="rl-message">{message}</strong> ' if message else ""
    return (
        f'<figure class="rl-figure"{cells.place("graphique", layout.data)}>'
        f"<figcaption>{title}{escape(drawn.title, quote=False)}</figcaption>"
        f"{drawn.picture.to_html(drawn.alt, layout.colour)}{note}{data}</figure>"
    )


def bundle(layout: Layout, drawn: Chart | str) -> dict[str, Any]:
    """Give what publication reads: id, alternative text and the figures drawn."""
    if isinstance(drawn, str):
        return {"id": layout.data.id, "alt": drawn, "figures": []}
    values = list[dict[str, Any]]()
    for line, column in drawn.keys:
        value = layout.figures[line, column].value
        number = None if math.isnan(value) else int(value) if value.is_integer() else value
        values.append({"ligne": line, "colonne": column, "valeur": number})
    return {"id": layout.data.id, "alt": drawn.alt, "figures": values}


def _data(drawn: Chart) -> str:
    """Write what a chart draws, folded behind a name that a screen reader tells from those of other charts."""
    grid = drawn.grid
    years = drawn.years or (None,) * len(grid.columns)
    lines = []
    for row, figures, words in zip(grid.rows, grid.figures, grid.words, strict=True):
        cells_of = zip(figures, words, grid.columns, years, strict=True)
        shown = [_cell(row, *of) for of in cells_of]
        lines.append(TableLine([text_cell(row.label, scope="row"), *shown]))
    head = [EMPTY, *(text_cell(column.label, "num", "col") for column in grid.columns)]
    table = html_of(TableView("", head, [TableGroup(lines)]))
    named = cells.hidden(f" : {drawn.title}")
    return f"<details><summary>Données du graphique{named}</summary>{table}</details>"


def _cell(row: Row, figure: Observation, words: str, column: Col, year: int | None) -> TableCell:
    css = "num arrondi" if figure.state == ARRONDI else "num"
    address = {"ligne": row.code, "colonne": column.code, "annee": year}
    return TableCell(words, Markup(cells.signed(words)), css, address=address)


def picture_html(laid: LaidOut, picture: Figure, data: pd.DataFrame, title: str) -> str:
    """Write a picture above the lines that it was drawn from; no picture where none has a value.

    Raises UsageError: as :func:`extract`; or a value is not the report's: the picture would say something else.
    """
    table = sections.extract(laid, data, title)
    places = data[["indicateur", "territoire"]].drop_duplicates().itertuples(index=False)
    counted = [
        laid.source.table(id, replace(laid.scope, territory=place)).figures for id, place in places
    ]
    merged = data.merge(
        pd.concat(counted, ignore_index=True),
        on=list(KEY),
        how="left",
        suffixes=("", "_du_rapport"),
    )
    both_unknown = (
        merged["valeur"].isna()
        & merged["valeur_du_rapport"].isna()
        & merged["etat_du_rapport"].notna()
    )
    same = (merged["valeur"] == merged["valeur_du_rapport"]) | both_unknown
    if not same.all():
        wrong = merged[~same].iloc[0]
        raise UsageError(
            "Une valeur du graphique n'est pas celle du rapport.",
            where=f"{wrong['indicateur']}, ligne {wrong['ligne']}, colonne {wrong['colonne']}",
            todo="dessiner à partir de report.indicator, sans changer la colonne valeur",
        )
    stream = io.BytesIO()
    picture.savefig(stream, format="png", dpi=100, bbox_inches="tight", metadata={"Software": None})
    plt.close(picture)  # shown by us, it must not be shown a second time at the end of the cell
    if not data["valeur"].notna().any():
        return f"<p>Pas de graphique : aucune de ces valeurs n'est donnée.</p>{table}"
    words, drawn = escape(title), base64.b64encode(stream.getvalue()).decode("ascii")
    remark = (
        " Les valeurs qui ne sont pas données ne sont pas dessinées."
        if data["valeur"].isna().any()
        else ""
    )
    return (
        f'<figure class="rl-figure"><img src="data:image/png;base64,{drawn}" alt="{words} (chiffres ci-dessous)">'
        f"<figcaption>{words}.{remark}</figcaption>"
        f"<details><summary>Données du graphique{cells.hidden(f' : {title}')}</summary>{table}</details></figure>"
    )
