"""The charts of the report: which one answers which question, and how a figure is shown."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from html import escape
from types import MappingProxyType
from typing import Any

from rlpipeline.display import cells, french, markup
from rlpipeline.display.charts import DPI, SHOWN_DPI
from rlpipeline.display.plots import Chart, Written, bars, families_by_age, pyramid
from rlpipeline.display.plots_actions import publics
from rlpipeline.display.plots_compared import side_by_side, slopes, whole_of_hours
from rlpipeline.display.shown import Shown
from rlpipeline.display.tables import Layout
from rlpipeline.figures import REGISTRY, Indicator
from rlpipeline.figures.labels import TOTAL
from rlpipeline.figures.variables import AGE, DURATION, SEX

MIME = "application/vnd.rlpipeline.figure+json"

CHARTS: Mapping[str, Callable[[Layout], Chart | str]] = MappingProxyType(
    {
        "temps_activite": whole_of_hours,
        "financements": bars("montant_eur", ranked=True),
        "travail_de_rue": pyramid,
        "presence_sociale": pyramid,
        "accompagnes": pyramid,
        "situations": bars("total", ranked=True),
        "communes": side_by_side,
        "problematiques": families_by_age,
        "co_accompagnements": bars("jeunes", ranked=True, rest="au_moins_un"),
        "durees": bars("total", ranked=False),
        "clotures": bars("nombre", ranked=True),
        "demandes": bars("total", ranked=False),
        "actions": publics,
    }
)


COMPARED = frozenset({"accompagnes", "communes"})
"""Tables whose lines are drawn from the year before to the year."""


Draw = Callable[[Layout], Chart | str]
"""Draws the chart of a table, or says in a sentence why there is none."""


def chart_of(indicator: Indicator) -> Draw | None:
    """Give what draws the chart of a table; None where it has none.

    Returns
    -------
    Where ``CHARTS`` says nothing of a table of the service's own: a pyramid of ages and sexes, else a bar a line.
    """
    crossing = indicator.crossing
    if indicator.id in CHARTS or indicator.id in REGISTRY or crossing is None:
        return CHARTS.get(indicator.id)
    if crossing.lines is AGE and crossing.columns is SEX:
        return pyramid
    column = TOTAL if crossing.columns else crossing.lasting_columns[0]
    return bars(column, ranked=crossing.lines not in (AGE, DURATION), rest=crossing.total)


def evolution(layout: Layout) -> Chart | None:
    """Draw the lines of a table over two years; None where the year before is unknown or not comparable."""
    return slopes(layout)


def to_html(layout: Layout, drawn: Chart | str) -> str:
    """Write the figure with its alternative text, caption, source and data."""
    if isinstance(drawn, str):
        return f'<p class="rl-vide">{escape(drawn, quote=False)}</p>'
    width, height = _size(drawn.png)
    image = base64.b64encode(drawn.png).decode("ascii")
    unit = [f"Unité : {layout.data.unit}."] if layout.data.unit else []
    remarks = "".join(f" {remark}" for remark in (*drawn.remarks, *unit, f"Source : {layout.data.source}."))
    return (
        f'<figure class="rl-figure"{markup.place("graphique", layout.data)}>'
        f'<img src="data:image/png;base64,{image}" alt="{escape(drawn.alt)}" '
        f'width="{width}" height="{height}">{_data(drawn)}<figcaption>{escape(drawn.title, quote=False)}.'
        f"{french.spaced(escape(remarks, quote=False))}</figcaption></figure>"
    )


def shown(layout: Layout, drawn: Chart | str) -> Shown:
    """Show a chart, or the words that stand for it."""
    told = bundle(layout, drawn)
    return Shown(to_html(layout, drawn), told["alt"], MIME, told)


def bundle(layout: Layout, drawn: Chart | str) -> dict[str, Any]:
    """Give what publication reads: id, alternative text and the figures drawn."""
    if isinstance(drawn, str):
        return {"id": layout.data.id, "alt": drawn, "figures": []}
    figures = layout.figures
    values = [
        {"ligne": key[0], "colonne": key[1], "valeur": cells.json_value(figures[key].valeur)} for key in drawn.keys
    ]
    return {"id": layout.data.id, "alt": drawn.alt, "figures": values}


def _size(png: bytes) -> tuple[int, int]:
    """Width and height at which the picture is shown, from its header."""
    width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    return round(width * SHOWN_DPI / DPI), round(height * SHOWN_DPI / DPI)


def _data(drawn: Chart) -> str:
    head = "".join(f'<th scope="col" class="num">{escape(name)}</th>' for name in drawn.header)
    rows = "".join(_data_row(row, line, drawn) for row, line in zip(drawn.rows, drawn.lines, strict=True))
    return (
        "<details><summary>Données du graphique</summary>"
        f'<table class="rl-table"><thead><tr><td></td>{head}</tr></thead><tbody>{rows}</tbody></table></details>'
    )


def _data_row(row: Written, line: str, drawn: Chart) -> str:
    years = drawn.years or (None,) * len(drawn.columns)
    numbers = "".join(
        f'<td class="{cells.css_of_words(words)}"{markup.attributes(ligne=line, colonne=column, annee=year)}>'
        f"{cells.signed(words)}</td>"
        for words, column, year in zip(row[1:], drawn.columns, years, strict=True)
    )
    return f'<tr><th scope="row">{escape(row[0])}</th>{numbers}</tr>'
