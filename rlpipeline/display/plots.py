"""From a table to a chart of it: what is drawn, the words that replace the image, the data shown beside."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from rlpipeline.display import cells, french, many
from rlpipeline.display.approximate import from_zero
from rlpipeline.display.cells import Figure
from rlpipeline.display.charts import Bars, Heat, Sides, draw_bars, draw_heat, draw_sides
from rlpipeline.display.tables import Layout
from rlpipeline.indicators import Col, Row

MOST_BARS = 15
"""Lines of a bar chart; beyond, the largest are drawn and a remark says so."""
UNITS: Mapping[str, str] = MappingProxyType({"heures": "h"})
OF_TOTALS: Mapping[str, str] = MappingProxyType(
    {
        "accompagnes": "Jeunes accompagnés, par âge",
        "situations": "Situation des jeunes accompagnés",
        "communes": "Commune de résidence des jeunes accompagnés",
        "durees": "Durée d'accompagnement",
        "demandes": "Demandes d'accompagnement individuel, selon la suite donnée",
    }
)
"""What the totals of a table's lines are about, where its title names its columns too."""
OF_FAMILIES = "Familles de problématiques à l'origine de l'accompagnement, par âge"

Key = tuple[str, str]
Written = tuple[str, ...]


@dataclass(frozen=True)
class Chart:
    """A chart drawn: image, words that replace it, remarks, and the table of what it shows.

    Parameters
    ----------
    title
        What is drawn, the place, the years.
    lines, columns
        Codes of ``rows`` and of ``header``; a sum over columns of one unit has that unit for code.
    keys
        (ligne, colonne) of the figures drawn.
    years
        Year of each column; empty where all are of the chart's own.
    """

    png: bytes
    title: str
    alt: str
    header: Written
    rows: tuple[Written, ...]
    lines: tuple[str, ...]
    columns: tuple[str, ...]
    keys: tuple[Key, ...]
    remarks: tuple[str, ...] = ()
    years: tuple[int, ...] = ()


@dataclass(frozen=True)
class Line:
    """One bar: its label, its figure, the words at its end."""

    row: Row
    figure: Figure
    words: str


def of_totals(layout: Layout) -> str:
    """Name what the totals of a table's lines are about; empty where its own title says it."""
    return OF_TOTALS.get(layout.data.id, "")


def caption(layout: Layout, drawn: str = "") -> str:
    """Name a chart: what it draws, which is all that its table tells unless said otherwise; place, year."""
    return f"{titled(layout, drawn)}, {layout.data.year}"


def titled(layout: Layout, drawn: str = "") -> str:
    """Name what is drawn, with the place where there is one."""
    return layout.caption.replace(layout.data.title, drawn, 1) if drawn else layout.caption


def without_chart(title: str, figures: Iterable[Figure], reach: float = 0) -> str | None:
    """Say why the chart of a title would be empty, None where it would not.

    Parameters
    ----------
    reach
        Most that a zero may stand for.
    """
    states = {figure.etat for figure in figures if not (figure.etat == "ok" and figure.valeur == 0)}
    if states & {"ok", "partiel"}:
        return None
    why = "données non communiquées" if "nc" in states else "données masquées" if "masque" in states else ""
    nothing = f"tous les nombres sont {at_zero(reach, 'arrondis')}" if reach else "rien à compter"
    return f"{title} : {why or nothing}, donc pas de graphique."


def bars(column: str, ranked: bool, rest: str = "") -> Callable[[Layout], Chart | str]:
    """Make a bar chart of one column.

    Parameters
    ----------
    ranked
        Sort by size and leave zeros out (names), or keep the order and the zeros of the table (steps of a scale).
    rest
        Code of a line that is no part of the whole, besides the total.
    """

    def draw(layout: Layout) -> Chart | str:
        lines = bar_lines(layout, column, {"total", rest})
        title = caption(layout, of_totals(layout))
        why = without_chart(title, (line.figure for line in lines), layout.reach)
        if why is not None:
            return why
        drawn = ranked_lines(lines) if ranked else [line for line in lines if line.words]
        kept = drawn[: most_bars(layout)]
        png = draw_bars([replace(panel(kept), largest=layout.scale)])
        said = " ; ".join(f"{line.row.label} : {line.words}" for line in kept)
        return Chart(
            png=png,
            title=title,
            alt=f"Diagramme en barres. {title}. {said}.{total_said(layout, column)}",
            header=(_column_label(layout, column),),
            rows=tuple((line.row.label, line.words) for line in kept),
            lines=tuple(line.row.code for line in kept),
            columns=(column,),
            keys=tuple((line.row.code, column) for line in kept),
            remarks=(*bar_remarks(layout, lines, drawn, ranked), *scale_remark(layout)),
        )

    return draw


def bar_lines(layout: Layout, column: str, left_out: set[str]) -> list[Line]:
    """List the lines of a column, in the order of the table."""
    found = [(row, layout.figures.get((row.code, column))) for row in layout.data.rows if row.code not in left_out]
    return [Line(row, figure, _bar_words(layout, row, figure)) for row, figure in found if figure is not None]


def _bar_words(layout: Layout, row: Row, figure: Figure) -> str:
    if figure.etat not in {"ok", "partiel"}:
        return ""
    unit = UNITS.get(figure.unite, "")
    part = layout.figures.get((row.code, "part"))
    share = f" ({cells.plain(part)})" if part is not None and part.etat == "ok" else ""
    return cells.plain(figure) + (f"{french.NBSP}{unit}" if unit else "") + share


def ranked_lines(lines: Sequence[Line]) -> list[Line]:
    """Sort lines by size, without zeros nor what is not known."""
    return sorted(
        (line for line in lines if line.words and line.figure.valeur > 0), key=lambda line: -line.figure.valeur
    )


def panel(lines: Sequence[Line], title: str = "") -> Bars:
    """Give lines as the bars of one panel; what has no number is a bar of no length."""
    return Bars(
        labels=[line.row.label for line in lines],
        values=[0.0 if math.isnan(line.figure.valeur) else line.figure.valeur for line in lines],
        words=[line.words for line in lines],
        title=title,
    )


def most_bars(layout: Layout) -> int:
    """Give the most lines drawn: as many communes as the table shows, where it leaves some out."""
    return many.MOST_COMMUNES if layout.left_out.rows else MOST_BARS


def bar_remarks(layout: Layout, lines: Sequence[Line], drawn: Sequence[Line], ranked: bool) -> tuple[str, ...]:
    """Say what the bars do not show."""
    unknown = [line.row.label for line in lines if line.figure.etat == "nc"]
    masked = [line.row.label for line in lines if line.figure.etat == "masque"]
    zeros = [line for line in lines if line.figure.etat == "ok" and line.figure.valeur == 0]
    most = most_bars(layout)
    return (
        *([f"Non communiqué : {many.some(unknown, layout.left_out)}."] if unknown else []),
        *([f"Masqué : {many.some(masked, layout.left_out)}."] if masked else []),
        *([zeros_left_out(layout)] if ranked and zeros else []),
        *([f"Les {most} premières lignes sur {len(drawn)}."] if len(drawn) > most else []),
        *partial_remark(line.figure for line in drawn),
    )


def zeros_left_out(layout: Layout) -> str:
    """Say that a chart has no line for what is zero, or rounded to zero."""
    return f"Les lignes {at_zero(layout.reach, 'arrondies')} sont omises."


def at_zero(reach: float, rounded: str) -> str:
    """Write « à zéro », or « arrondies à 0 (de 0 à 4) » with the word that agrees."""
    return f"{rounded} à 0 ({from_zero(reach)})" if reach else "à zéro"


def scale_remark(layout: Layout) -> tuple[str, ...]:
    """Say that portraits can be laid beside one another."""
    return ("La même échelle dans tous les portraits.",) if layout.scale else ()


def partial_remark(figures: Iterable[Figure]) -> tuple[str, ...]:
    """Say what the mark of a partial total means, where there is one."""
    return (cells.EXPLAINED["partiel"],) if any(figure.etat == "partiel" for figure in figures) else ()


def total_said(layout: Layout, column: str) -> str:
    """Tell the total of a column, where it is known."""
    total = layout.figures.get(("total", column))
    return f" Total : {cells.plain(total)}." if total is not None and total.etat in {"ok", "partiel"} else ""


def _column_label(layout: Layout, code: str) -> str:
    return next(column.label for column in layout.data.columns if column.code == code)


def pyramid(layout: Layout) -> Chart | str:
    """Draw a population by age, girls on one side, boys on the other."""
    rows = [row for row in layout.data.rows if row.code != "total"]
    figures = {key: figure for key, figure in layout.figures.items() if key[1] in {"F", "G"}}
    title = caption(layout)
    why = without_chart(title, figures.values(), layout.reach)
    if why is not None:
        return why
    girls, boys = ([figures[row.code, sex].valeur for row in rows] for sex in ("F", "G"))
    left, right = ([cells.plain(figures[row.code, sex]) for row in rows] for sex in ("F", "G"))
    words = (left, right)
    labels = [row.label for row in rows]
    return Chart(
        png=draw_sides(Sides(labels, girls, boys, words, ("Filles", "Garçons"), layout.scale)),
        title=title,
        alt=f"Pyramide des âges. {title}. {_side_said(layout, rows, 'F')} {_side_said(layout, rows, 'G')}",
        header=("Filles", "Garçons"),
        rows=tuple(zip(labels, left, right, strict=True)),
        lines=tuple(row.code for row in rows),
        columns=("F", "G"),
        keys=tuple((row.code, sex) for row in rows for sex in ("F", "G")),
        remarks=(*_pyramid_remarks(layout), *scale_remark(layout)),
    )


def _side_said(layout: Layout, rows: Sequence[Row], sex: str) -> str:
    bands = ", ".join(f"{row.label.lower()} {cells.plain(layout.figures[row.code, sex])}" for row in rows)
    return f"{_column_label(layout, sex)} : {bands}, total {cells.plain(layout.figures['total', sex])}."


def _pyramid_remarks(layout: Layout) -> tuple[str, ...]:
    unknown = layout.figures.get(("total", "NR"))
    if unknown is None or not unknown.valeur > 0:
        return ()
    return (f"Sans {french.count(unknown.valeur, 'jeune', 'jeunes')} dont le sexe n'est pas renseigné.",)


def families_by_age(layout: Layout) -> Chart | str:
    """Draw the issues of each family by age as a shaded table."""
    families = [row for row in layout.data.rows if row.kind == "famille"]
    bands = [column for column in layout.data.columns if column.kind != "total"]
    keys = [(row.code, band.code) for row in families for band in bands]
    title = caption(layout, OF_FAMILIES)
    why = without_chart(title, (layout.figures[key] for key in keys), layout.reach)
    if why is not None:
        return why
    values = np.array([layout.figures[key].valeur for key in keys]).reshape(len(families), len(bands))
    words = [[cells.plain(layout.figures[row.code, band.code]) for band in bands] for row in families]
    heat = Heat([row.label for row in families], [band.label for band in bands], values, words, layout.scale)
    return Chart(
        png=draw_heat(heat),
        title=title,
        alt=f"Tableau coloré. {title}. {by_class_said(layout, families, bands)}.{total_said(layout, 'total')}",
        header=tuple(heat.columns),
        rows=tuple((row.label, *line) for row, line in zip(families, words, strict=True)),
        lines=tuple(row.code for row in families),
        columns=tuple(band.code for band in bands),
        keys=tuple(keys),
        remarks=scale_remark(layout),
    )


def by_class_said(layout: Layout, rows: Sequence[Row], classes: Sequence[Col]) -> str:
    """Tell of each line its total and its classes: « Carvin : 12 (11 à 14 ans 9, 15 à 18 ans 3) ; Oignies : … »."""
    return " ; ".join(f"{row.label} : {_row_said(layout, row, classes)}" for row in rows)


def _row_said(layout: Layout, row: Row, classes: Sequence[Col]) -> str:
    each = (f"{one.label.lower()} {cells.plain(layout.figures[row.code, one.code])}" for one in classes)
    return f"{cells.plain(layout.figures[row.code, 'total'])} ({', '.join(each)})"
