"""From a table to a chart of it: what is drawn, the words that replace the image, the data shown beside."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from rlpipeline.display import cells, french, many
from rlpipeline.display.cells import Figure
from rlpipeline.display.charts import Bars, Heat, Sides, draw_bars, draw_heat, draw_sides
from rlpipeline.display.tables import Layout
from rlpipeline.indicators import Row

MOST_BARS = 15
"""Lines of a bar chart; beyond, the largest are drawn and a remark says so."""
UNITS: Mapping[str, str] = MappingProxyType({"heures": "h"})
BANDS = ("moins_11", "11_14", "15_18", "19_21", "plus_21")
TITLES = MappingProxyType({"personnes": "Personnes, à chaque action", "presences": "Présences, à chaque séance"})

Key = tuple[str, str]
Written = tuple[str, ...]


@dataclass(frozen=True)
class Chart:
    """A chart drawn: image, words that replace it, remarks, and the table of what it shows.

    Parameters
    ----------
    lines, columns
        Codes of ``rows`` and of ``header``; a sum over columns of one unit has that unit for code.
    keys
        (ligne, colonne) of the figures drawn.
    years
        Year of each column; empty where all are of the chart's own.
    """

    png: bytes
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


def caption(layout: Layout) -> str:
    """Name the chart: title, place, year."""
    return f"{layout.caption}, {layout.data.year}"


def without_chart(layout: Layout, figures: Iterable[Figure]) -> str | None:
    """Say why a chart would be empty, None where it would not."""
    states = {figure.etat for figure in figures if not (figure.etat == "ok" and figure.valeur == 0)}
    if states & {"ok", "partiel"}:
        return None
    why = "données non communiquées" if "nc" in states else "données masquées" if "masque" in states else ""
    return f"{caption(layout)} : {why or 'rien à compter'}, donc pas de graphique."


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
        why = without_chart(layout, (line.figure for line in lines))
        if why is not None:
            return why
        drawn = ranked_lines(lines) if ranked else [line for line in lines if line.words]
        kept = drawn[:MOST_BARS]
        png = draw_bars([replace(_panel(kept), largest=layout.scale)])
        said = " ; ".join(f"{line.row.label} : {line.words}" for line in kept)
        return Chart(
            png=png,
            alt=f"Diagramme en barres. {caption(layout)}. {said}.{total_said(layout, column)}",
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


def _panel(lines: Sequence[Line], title: str = "") -> Bars:
    return Bars(
        labels=[line.row.label for line in lines],
        values=[0.0 if math.isnan(line.figure.valeur) else line.figure.valeur for line in lines],
        words=[line.words for line in lines],
        title=title,
    )


def bar_remarks(layout: Layout, lines: Sequence[Line], drawn: Sequence[Line], ranked: bool) -> tuple[str, ...]:
    """Say what the bars do not show."""
    unknown = [line.row.label for line in lines if line.figure.etat == "nc"]
    masked = [line.row.label for line in lines if line.figure.etat == "masque"]
    zeros = [line for line in lines if line.figure.etat == "ok" and line.figure.valeur == 0]
    return (
        *([f"Non communiqué : {many.some(unknown, layout.left_out)}."] if unknown else []),
        *([f"Masqué : {many.some(masked, layout.left_out)}."] if masked else []),
        *(["Les lignes à zéro sont omises."] if ranked and zeros else []),
        *([f"Les {MOST_BARS} premières lignes sur {len(drawn)}."] if len(drawn) > MOST_BARS else []),
        *_partial_remark(line.figure for line in drawn),
    )


def scale_remark(layout: Layout) -> tuple[str, ...]:
    """Say that portraits can be laid beside one another."""
    return ("La même échelle dans tous les portraits.",) if layout.scale else ()


def _partial_remark(figures: Iterable[Figure]) -> tuple[str, ...]:
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
    why = without_chart(layout, figures.values())
    if why is not None:
        return why
    girls, boys = ([figures[row.code, sex].valeur for row in rows] for sex in ("F", "G"))
    left, right = ([cells.plain(figures[row.code, sex]) for row in rows] for sex in ("F", "G"))
    words = (left, right)
    labels = [row.label for row in rows]
    return Chart(
        png=draw_sides(Sides(labels, girls, boys, words, ("Filles", "Garçons"), layout.scale)),
        alt=f"Pyramide des âges. {caption(layout)}. {_side_said(layout, rows, 'F')} {_side_said(layout, rows, 'G')}",
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
    why = without_chart(layout, (layout.figures[key] for key in keys))
    if why is not None:
        return why
    values = np.array([layout.figures[key].valeur for key in keys]).reshape(len(families), len(bands))
    words = [[cells.plain(layout.figures[row.code, band.code]) for band in bands] for row in families]
    heat = Heat([row.label for row in families], [band.label for band in bands], values, words, layout.scale)
    return Chart(
        png=draw_heat(heat),
        alt=f"Tableau coloré par famille et âge. {caption(layout)}. {_families_said(layout, families)}",
        header=tuple(heat.columns),
        rows=tuple((row.label, *line) for row, line in zip(families, words, strict=True)),
        lines=tuple(row.code for row in families),
        columns=tuple(band.code for band in bands),
        keys=tuple(keys),
        remarks=scale_remark(layout),
    )


def _families_said(layout: Layout, families: Sequence[Row]) -> str:
    totals = (f"{row.label} : {cells.plain(layout.figures[row.code, 'total'])}" for row in families)
    return f"{' ; '.join(totals)}. Total : {cells.plain(layout.figures['total', 'total'])}."


def publics(layout: Layout) -> Chart | str:
    """Draw who takes part in the actions, persons and attendances apart, for they are never added."""
    panels = {unit: _public_lines(layout, unit) for unit in ("personnes", "presences")}
    panels = {unit: lines for unit, lines in panels.items() if any(line.figure.valeur > 0 for line in lines)}
    if not panels:
        return without_chart(layout, layout.figures.values()) or f"{caption(layout)} : aucun participant compté."
    said = (f"{TITLES[unit]} : {_lines_said(lines)}." for unit, lines in panels.items())
    return Chart(
        png=draw_bars([_panel(lines, TITLES[unit]) for unit, lines in panels.items()]),
        alt=f"Diagramme en barres par public. {caption(layout)}. {' '.join(said)}",
        header=tuple(TITLES[unit] for unit in panels),
        rows=tuple((same[0].row.label, *(line.words for line in same)) for same in zip(*panels.values(), strict=True)),
        lines=tuple(line.row.code for line in next(iter(panels.values()))),
        columns=tuple(panels),
        keys=tuple(key for key, figure in layout.figures.items() if figure.unite in panels and key[0] in BANDS),
        remarks=("Une personne venue à plusieurs actions est comptée à chacune.", *_partial_remark(_all(panels))),
    )


def _all(panels: Mapping[str, Sequence[Line]]) -> Iterable[Figure]:
    return (line.figure for lines in panels.values() for line in lines)


def _lines_said(lines: Sequence[Line]) -> str:
    return ", ".join(f"{line.row.label.lower()} {line.words}" for line in lines)


def _public_lines(layout: Layout, unit: str) -> list[Line]:
    bands = [row for row in layout.data.rows if row.code in BANDS]
    return [_public_line(layout, row, unit) for row in bands]


def _public_line(layout: Layout, row: Row, unit: str) -> Line:
    counted = [figure for key, figure in layout.figures.items() if key[0] == row.code and figure.unite == unit]
    if any(figure.etat == "masque" for figure in counted):
        return Line(row, Figure(math.nan, unit, "masque", "total"), cells.SHORT["masque"])
    known = [figure.valeur for figure in counted if figure.etat in {"ok", "partiel"}]
    state = "ok" if len(known) == len(counted) and all(one.etat == "ok" for one in counted) else "partiel"
    figure = Figure(sum(known), unit, state, "total")
    return Line(row, figure, cells.plain(figure))
