"""Charts as they are shown: which kind a table has, what is around the drawing; tables and charts of one's own."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from html import escape
from itertools import chain
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from markupsafe import Markup
from matplotlib.axes import Axes

from rlpipeline import french
from rlpipeline.display import cells, sections
from rlpipeline.display.cells import Shown
from rlpipeline.display.chart_kinds import KINDS, Kind
from rlpipeline.display.drawing import Drawing, figure_of, on_axes, written, written_whole
from rlpipeline.display.grids import BARS, Content, Grid, Key
from rlpipeline.display.laid_out import LaidOut
from rlpipeline.display.layout import Layout
from rlpipeline.errors import UsageError
from rlpipeline.figures.labels import UNIT_WORDS
from rlpipeline.observations import Observation
from rlpipeline.states import ARRONDI, PARTIEL, SIGN, legend, rounded_means
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
PYRAMID = "pyramid"
KEY = ("indicateur", "annee", "territoire", "ligne", "colonne")
MOST_TOLD = 3
"""Values that the words for a drawing tell: the data stand beside it."""
OF_PORTRAITS = "Échelle de ce tableau, la même dans tous les portraits."
OF_PYRAMID = "Échelle de ce tableau."
"""Two pyramids may stand side by side: one holds ten times as many as the other."""
OF_ONE_PERSON = frozenset(
    UNIT_WORDS.get(unit, unit)
    for unit in ("problematiques_relevees", "accompagnements", "orientations", "demandes")
)
"""Units of which one young person may have several."""


@dataclass(frozen=True)
class Chart:
    """A chart drawn: what it shows, its drawing, the words that stand for it."""

    content: Content
    drawing: Drawing
    alt: str


def kinds(layout: Layout) -> tuple[str, ...]:
    """List the kinds of chart that the lines and columns of a table allow."""
    data = layout.data
    if data.spec.side_by_side:  # their columns are actions, territories, marks
        return (BARS,) if data.spec.look.chart else ()
    return tuple(name for name, kind in KINDS.items() if kind.suits(layout))


def usual(layout: Layout) -> str:
    """Give the kind that a table has by itself: a pyramid where it can; empty where it allows none."""
    allowed = kinds(layout)
    first = PYRAMID if PYRAMID in allowed else next(iter(allowed), "")
    return layout.data.spec.look.chart or first


def check_kind(kind: str, layout: Layout, exact: bool) -> None:
    """Hold a kind of chart (empty for the table's own) against those that a table allows.

    Of protected figures, and of a table without a number, any kind may be asked: what they do not allow is drawn in
    bars, or said in a sentence. Raises UsageError: the table does not allow it; the message lists the kinds that it
    allows.
    """
    allowed = _allowed(layout, exact)
    if kind in allowed or (not kind and allowed):
        return
    id = layout.data.id
    asked, option = (f" « {kind} »", f", kind={kind!r}") if kind else ("", "")
    raise UsageError(
        f"Le tableau « {id} » n'a pas de graphique{asked}.",
        where=f"report.figure({id!r}{option})",
        expected=", ".join(allowed) or "un tableau de nombres de même unité",
        todo=_instead(kind, allowed),
    )


def _allowed(layout: Layout, exact: bool) -> tuple[str, ...]:
    """List the kinds that may be asked of a table: any, of protected figures and where no number is known."""
    figures = layout.figures.values()
    is_unknown = bool(figures) and not any(figure.is_number for figure in figures)
    if is_unknown or not exact or not layout.data.rows:
        return tuple(KINDS)
    return kinds(layout)


def _instead(kind: str, allowed: Sequence[str]) -> str:
    """Say what to write in the place of a kind that a table does not allow."""
    near = difflib.get_close_matches(kind, allowed, n=1)
    if near:
        return f"écrire kind={near[0]!r}"
    return "choisir parmi ceux-ci" if allowed else "montrer le tableau seul"


def chart(layout: Layout, kind: str = "") -> Chart | str:
    """Draw the chart of a table, or say in a sentence why there is none."""
    content, drawn = _content(layout, kind)
    if not isinstance(content, Content):
        return content
    is_pyramid = drawn is KINDS[PYRAMID] and not content.grid.largest
    scale = [OF_PYRAMID] if is_pyramid else []
    content = content.remarked(*_remarks(content.grid), *scale)
    drawing = written(_axes(content, drawn))
    return Chart(content, drawing, _alternative(content, drawn))


def is_drawn_as(drawn: Chart | str, kind: str) -> bool:
    """Whether a chart is of the kind that was asked, and not the bars that stand for it."""
    return isinstance(drawn, Chart) and drawn.content.kind in {"", kind}


def axes_of(layout: Layout, kind: str = "") -> Axes:
    """Draw the chart of a table on axes that a cell may take further.

    Raises UsageError: there is nothing to draw.
    """
    content, drawn = _content(layout, kind)
    if isinstance(content, Content):
        return _axes(content, drawn)
    raise UsageError("Il n'y a rien à dessiner.", got=content, todo="choisir un autre tableau")


def _content(layout: Layout, kind: str) -> tuple[Content | str, Kind]:
    """Give what a chart shows, and what draws it.

    The table's own is drawn where it does not allow the kind, and alone has the scale that portraits share.
    """
    own = usual(layout) or BARS
    asked = kind if kind in kinds(layout) else own
    if asked != own:
        layout = replace(layout, scale=0)
    content = KINDS[asked].shows(layout)
    name = content.kind if isinstance(content, Content) else ""
    return content, KINDS[name or asked]


def _axes(content: Content, kind: Kind) -> Axes:
    return on_axes(lambda axes: kind.draw(axes, content.grid))


def _alternative(content: Content, kind: Kind) -> str:
    """Say what a drawing shows in a few words, for who does not see it: its largest values, its total."""
    values = [*_values(content)]
    largest = sorted(values, key=lambda value: -value[0])[:MOST_TOLD]
    told = " ; ".join(value[1] for value in values if value in largest)
    more = "En tête, " if len(values) > MOST_TOLD else ""
    rounded = "Valeurs arrondies. " if _rounded(content.grid) else ""
    total = f" Total : {content.total}." if content.total else ""
    return f"{content.title}. {rounded}{more}{cells.aloud(told)}.{total} {kind.called}."


def _values(content: Content) -> Iterator[tuple[float, str]]:
    """Give length and words of each line of one column or of two years, of each cell where classes are crossed."""
    grid = content.grid
    values = grid.each or grid.lengths
    names = grid.called or [column.label for column in grid.columns]
    lines = zip(grid.rows, values, grid.signs or grid.words, strict=True)
    for row, lengths, words in lines:
        if content.years or len(words) == 1:
            then = f" ({words[1]} en {content.years[1]})" if "".join(words[1:]) else ""
            yield lengths[0], f"{row.label} : {words[0]}{then}"
            continue
        for name, length, said in zip(names, lengths, words, strict=True):
            yield length, f"{row.label}, {name.lower()} : {said}"


def _rounded(grid: Grid) -> list[Observation]:
    """List the rounded figures that are written; where parts are, those whose part is."""
    if not grid.shares:
        return [figure for figure in grid.every if figure.state == ARRONDI]
    parts = zip(grid.every, chain.from_iterable(grid.signs), strict=True)
    return [figure for figure, words in parts if words and figure.state == ARRONDI]


def _remarks(grid: Grid) -> list[str]:
    """Say what the states of the figures are, and which scale they are drawn on."""
    is_partial = any(figure.state == PARTIEL for figure in grid.every)
    partial = [legend(PARTIEL)] if is_partial else []
    scale = [OF_PORTRAITS] if grid.largest else []
    return [*partial, *_rounding_said(_rounded(grid), bool(grid.shares)), *scale]


def _rounding_said(rounded: Sequence[Observation], are_parts: bool) -> list[str]:
    """Say that figures are rounded, or what parts are of, and what an outline is; nothing where none is."""
    multiples = sorted({int(figure.base) for figure in rounded if not figure.is_below})
    small = sorted({cells.plain(figure) for figure in rounded if figure.is_below})
    what = "part d'un " if are_parts else ""
    said = [f"{SIGN.strip()} : {what}{rounded_means(multiples)}"] if multiples else []
    if small:
        outline = "contour" if said else "Contour"
        said.append(f"{outline} en tirets : {' ou '.join(small)}")
    return [f"{' ; '.join(said)}."] if said else []


def shown(
    layout: Layout, drawn: Chart | str, message: str = "", table: Shown | None = None
) -> Shown:
    """Show a chart and its data, or the words that stand for it, under a sentence (HTML) that stands for title.

    ``table`` is folded under it, in the place of its data; of a table that is a sentence, and no chart, that alone.
    """
    carried = bundle(layout, drawn)
    if table is None:
        data = "" if isinstance(drawn, str) else _data(drawn.content)
        return Shown(to_html(layout, drawn, message, data), carried["alt"], MIME, carried)
    html = f"{to_html(layout, drawn, message)}{folded(layout, table).html}"
    if isinstance(drawn, str):
        return replace(table, html=html) if _is_table(table) else table
    plain = f"{carried['alt']}\n\n{table.plain}"
    return replace(table, html=html, plain=plain, more={MIME: carried})


def above(layout: Layout, html: str, alt: str, table: Shown) -> Shown:
    """Show a picture of every figure of a table, with the words that stand for it, above that table, folded."""
    more = {MIME: _carried(layout, alt, layout.figures)}
    both = f"{html}{folded(layout, table).html}"
    return replace(table, html=both, plain=f"{alt}\n\n{table.plain}", more=more)


def folded(layout: Layout, table: Shown) -> Shown:
    """Fold a table behind its name; what is no table stays as it is."""
    if not _is_table(table):
        return table
    summary = f"<summary>Tableau{french.NBSP}: {escape(layout.caption, quote=False)}</summary>"
    return replace(table, html=f'<details class="rl-tableau">{summary}{table.html}</details>')


def _is_table(shown: Shown) -> bool:
    return "<table" in shown.html


def to_html(layout: Layout, drawn: Chart | str, message: str = "", data: str = "") -> str:
    """Write the figure: what it says, what it measures, the drawing with its words, remarks, its data."""
    if isinstance(drawn, str):
        return f'<p class="rl-vide">{escape(drawn, quote=False)}</p>'
    content, unit, said = drawn.content, layout.data.spec.unit, ""
    if unit in OF_ONE_PERSON:
        said = f"Unité : {unit} ; un jeune peut en avoir plusieurs."
    elif unit and data:  # the table beneath says it
        said = f"Unité : {unit}."
    source = f"Source : {_source(layout)}, {layout.data.year}."
    remarks = filter(None, (*content.remarks, said, source))
    note = cells.paragraph(" ".join(remarks), "rl-remarque")
    title = f'<strong class="rl-message">{message}</strong> ' if message else ""
    caption = f"<figcaption>{title}{escape(content.title, quote=False)}</figcaption>"
    svg = drawn.drawing.to_html(drawn.alt, layout.colour)
    place = cells.place("graphique", layout.data)
    return f'<figure class="rl-figure"{place}>{caption}{svg}{note}{data}</figure>'


def _source(layout: Layout) -> str:
    """Name where the figures of a chart come from, without the tables of records that the method names."""
    return layout.data.spec.source.partition(" (")[0] or "données du service"


def bundle(layout: Layout, drawn: Chart | str) -> dict[str, Any]:
    """Give what publication reads: id, alternative text and the figures drawn."""
    if isinstance(drawn, str):
        return {"id": layout.data.id, "alt": drawn, "figures": []}
    return _carried(layout, drawn.alt, drawn.content.keys)


def _carried(layout: Layout, alt: str, keys: Iterable[Key]) -> dict[str, Any]:
    """Give the same of the figures of some lines and columns."""
    values = list[dict[str, Any]]()
    for line, column in keys:
        value = layout.figures[line, column].value
        number = None if math.isnan(value) else int(value) if value.is_integer() else value
        values.append({"ligne": line, "colonne": column, "valeur": number})
    return {"id": layout.data.id, "alt": alt, "figures": values}


def _data(content: Content) -> str:
    """Write the data of a chart, folded behind a name that a screen reader tells from those of other charts."""
    grid = content.grid
    headers = [text_cell(column.label, "num", "col") for column in grid.columns]
    lines = [_line_of_data(content, rank) for rank in range(len(grid.rows))]
    table = html_of(TableView("", [EMPTY, *headers], [TableGroup(lines)]))
    named = cells.hidden(f" : {content.title}")
    return f"<details><summary>Données du graphique{named}</summary>{table}</details>"


def _line_of_data(content: Content, rank: int) -> TableLine:
    """Give a line of the data, each figure with its address."""
    grid = content.grid
    row, words = grid.rows[rank], grid.words[rank]
    years = content.years or (None,) * len(words)
    line = [text_cell(row.label, scope="row")]
    shown = zip(grid.figures[rank], words, grid.columns, years, strict=True)
    for figure, said, column, year in shown:
        css = "num arrondi" if figure.state == ARRONDI else "num"
        address = {"ligne": row.code, "colonne": column.code, "annee": year}
        html = Markup(cells.signed(said))
        line.append(TableCell(said, html, css, address=address))
    return TableLine(line)


def own_chart(laid: LaidOut, drawn: object, data: pd.DataFrame, title: str) -> str:
    """Write a chart of one's own above the lines that it was drawn from; none where no line has a value.

    Raises UsageError: as ``sections.extract``; what was drawn is no drawing; or a value is not the report's: the
    drawing would say something else.
    """
    table, canvas = sections.extract(laid, data, title), figure_of(drawn)
    if canvas is None:
        raise UsageError(
            "Ce n'est pas un dessin.",
            expected="les axes ou la figure que donne matplotlib ou seaborn",
            got=type(drawn).__name__,
            todo="donner axes, ou axes.figure",
        )
    _check_values(laid, data)
    drawing = written_whole(canvas)
    plt.close(canvas)  # shown by us, it must not be shown a second time at the end of the cell
    if not data["valeur"].notna().any():
        return f"<p>Pas de graphique : aucune de ces valeurs n'est donnée.</p>{table}"
    some = " Les valeurs qui ne sont pas données ne sont pas dessinées."
    remark = some if data["valeur"].isna().any() else ""
    folded_data = f"<summary>Données du graphique{cells.hidden(f' : {title}')}</summary>{table}"
    return (
        f'<figure class="rl-figure rl-libre">{drawing.to_html(f"{title} (chiffres ci-dessous)")}'
        f"<figcaption>{escape(title)}.{remark}</figcaption><details>{folded_data}</details></figure>"
    )


def _check_values(laid: LaidOut, data: pd.DataFrame) -> None:
    """Hold the values of lines against the report's. Raises UsageError: one is another."""
    tables = data[["indicateur", "territoire"]].drop_duplicates().itertuples(index=False)
    counted = []
    for id, place in tables:
        scope = replace(laid.scope, territory=place)
        counted.append(laid.source.table(id, scope).figures)
    both = data.merge(pd.concat(counted), on=[*KEY], how="left", suffixes=("", "_du_rapport"))
    given, known = both["valeur"], both["valeur_du_rapport"]
    both_unknown = given.isna() & known.isna() & both["etat_du_rapport"].notna()
    wrong = both[~((given == known) | both_unknown)]
    if wrong.empty:
        return
    first = wrong.iloc[0]
    raise UsageError(
        "Une valeur du graphique n'est pas celle du rapport.",
        where=f"{first['indicateur']}, ligne {first['ligne']}, colonne {first['colonne']}",
        todo="dessiner à partir de report.indicator, sans changer la colonne valeur",
    )
