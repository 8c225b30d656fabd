"""The charts of the report: which one answers which question, and how a figure is shown."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Mapping
from dataclasses import replace
from html import escape
from types import MappingProxyType
from typing import Any

from rlpipeline.display import cells, french, markup
from rlpipeline.display.cells import WITH_NUMBER
from rlpipeline.display.plots import Chart, Written, bars, pyramid
from rlpipeline.display.plots_actions import publics
from rlpipeline.display.plots_compared import slopes, whole
from rlpipeline.display.plots_crossed import FEWEST_CLASSES, classes, grouped, heat, panels, stacked
from rlpipeline.display.shown import Shown
from rlpipeline.display.tables import Layout
from rlpipeline.display.years import summary
from rlpipeline.errors import UsageError
from rlpipeline.figures.labels import UNIT_WORDS

MIME = "application/vnd.rlpipeline.figure+json"
SLOPES = "slopes"

OF_ONE_PERSON = frozenset(
    UNIT_WORDS.get(unit, unit) for unit in ("problematiques_relevees", "accompagnements", "orientations", "demandes")
)
"""Units of which one young person may have several."""


def _bars(layout: Layout) -> Chart | str:
    return publics(layout) if layout.data.id == "actions" else bars(layout)


KINDS: Mapping[str, Callable[[Layout], Chart | str | None]] = MappingProxyType(
    {
        "bars": _bars,
        "grouped": grouped,
        "stacked": stacked,
        "pyramid": pyramid,
        "heat": heat,
        "panels": panels,
        "whole": whole,
        SLOPES: slopes,
    }
)


def kinds(layout: Layout) -> tuple[str, ...]:
    """List the kinds of chart that the lines and columns of a table allow."""
    data, parts = layout.data, classes(layout)
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
    """Hold a kind of chart against those that a table allows.

    Parameters
    ----------
    kind
        Empty for the kind that the table has by itself.
    exact
        Whether figures are exact. Of protected ones, and of a table without a number, any kind may be asked: what they
        do not allow is drawn in bars, or said in a sentence.

    Raises
    ------
    UsageError
        The table does not allow it; the message lists the kinds that it allows.
    """
    data = layout.data
    unknown = layout.figures and not any(figure.etat in WITH_NUMBER for figure in layout.figures.values())
    strict = exact and data.rows and not unknown
    allowed = kinds(layout) if strict else tuple(KINDS)
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

    Parameters
    ----------
    kind
        One of ``KINDS``; empty for the table's own, which is drawn too where the table does not allow the kind. It
        alone has the scale that portraits share.
    """
    own = usual(layout) or "bars"
    drawn = kind if kind in {*kinds(layout), SLOPES} else own
    return KINDS[drawn](layout if drawn == own else replace(layout, scale=0))


def to_html(layout: Layout, drawn: Chart | str, message: str = "") -> str:
    """Write the figure: what it says, what it measures, the image with its alternative text, remarks, its data.

    Parameters
    ----------
    message
        HTML of the sentence that stands for title; the measure is the title where there is none.
    """
    if isinstance(drawn, str):
        return f'<p class="rl-vide">{escape(drawn, quote=False)}</p>'
    return _figure(layout, drawn, message, _data(drawn))


def _figure(layout: Layout, drawn: Chart, message: str, data: str = "") -> str:
    remarks = french.spaced(escape(" ".join((*drawn.remarks, _unit(layout, bool(data)))).strip(), quote=False))
    said = f'<p class="rl-remarque">{remarks}</p>' if remarks else ""
    title = f'<strong class="rl-message">{message}</strong> ' if message else ""
    return (
        f'<figure class="rl-figure"{markup.place("graphique", layout.data)}>'
        f"<figcaption>{title}{escape(drawn.title, quote=False)}</figcaption>"
        f"{drawn.picture.to_html(drawn.alt, layout.colour)}{said}{data}</figure>"
    )


def _unit(layout: Layout, alone: bool) -> str:
    """Say what a chart counts: where it stands alone, or where it may exceed the young people that it is about."""
    unit = layout.data.unit
    if unit in OF_ONE_PERSON:
        return f"Unité : {unit} ; un jeune peut en avoir plusieurs."
    return f"Unité : {unit}." if unit and alone else ""


def shown(layout: Layout, drawn: Chart | str, message: str = "") -> Shown:
    """Show a chart, or the words that stand for it."""
    carried = bundle(layout, drawn)
    return Shown(to_html(layout, drawn, message), carried["alt"], MIME, carried)


def above(layout: Layout, drawn: Chart | str, message: str, table: Shown) -> Shown:
    """Show a chart, or why there is none, with the table folded under it; of a table that is a sentence, that alone."""
    if isinstance(drawn, str):
        return (
            replace(table, html=f"{to_html(layout, drawn)}{folded(layout, table).html}") if _is_table(table) else table
        )
    html = f"{_figure(layout, drawn, message)}{folded(layout, table).html}"
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


def bundle(layout: Layout, drawn: Chart | str) -> dict[str, Any]:
    """Give what publication reads: id, alternative text and the figures drawn."""
    if isinstance(drawn, str):
        return {"id": layout.data.id, "alt": drawn, "figures": []}
    figures = layout.figures
    values = [
        {"ligne": key[0], "colonne": key[1], "valeur": cells.json_value(figures[key].valeur)} for key in drawn.keys
    ]
    return {"id": layout.data.id, "alt": drawn.alt, "figures": values}


def _data(drawn: Chart) -> str:
    """Write the figures of a chart, folded behind a name that a screen reader tells from those of other charts."""
    head = "".join(f'<th scope="col" class="num">{escape(name)}</th>' for name in drawn.header)
    rows = "".join(_data_row(row, line, drawn) for row, line in zip(drawn.rows, drawn.lines, strict=True))
    return (
        f"<details><summary>Données du graphique{cells.hidden(f' : {drawn.title}')}</summary>"
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
