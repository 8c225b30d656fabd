"""From a table to a chart of it: what is drawn, the words that replace the image, the data shown beside."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TypeVar

import numpy as np

from rlpipeline.display import cells, french, many, years
from rlpipeline.display.cells import WITH_NUMBER, Figure
from rlpipeline.display.charts import Bars, Sides, draw_bars, draw_sides
from rlpipeline.display.drawing import Picture
from rlpipeline.display.tables import NOT_SHARED, Layout
from rlpipeline.figures import Row
from rlpipeline.figures.labels import AGES, AU_MOINS_UN, TOTAL
from rlpipeline.figures.tidy import ARRONDI

ALL_SAID, ALL_SAID_BY_CLASS, MOST_SAID = 12, 6, 3
"""Lines that the words for a picture tell, all of them, fewer where each has classes; of more, the longest."""
FIRST_ALONE = ", les trois premières lignes"
"""After the title of a picture whose words tell the longest lines alone."""
MOST_BARS = 15
"""Lines of a bar chart; beyond, the largest are drawn and a remark says so."""
UNITS: Mapping[str, str] = MappingProxyType({"heures": "h"})
ZEROS_LEFT_OUT = "Les lignes à zéro sont omises."

_OR_UNKNOWN = re.compile(r" \(ou (?:inconnu|non renseigné)e?\)$")
Key = tuple[str, str]
T = TypeVar("T")
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

    picture: Picture
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
    return layout.data.of.look.drawn


def caption(layout: Layout, drawn: str = "") -> str:
    """Name a chart: what it draws, which is all that its table tells unless said otherwise; place, year."""
    return f"{titled(layout, drawn)}, {layout.data.year}"


def titled(layout: Layout, drawn: str = "") -> str:
    """Name what is drawn, with the place where there is one."""
    return layout.caption.replace(layout.data.title, drawn, 1) if drawn else layout.caption


def without_chart(title: str, figures: Iterable[Figure]) -> str | None:
    """Say why the chart of a title would be empty, None where it would not."""
    drawn = [figure for figure in figures if not figure.is_nothing]
    if any(figure.etat in WITH_NUMBER and not figure.is_below for figure in drawn):
        alike = all(figure.etat == ARRONDI and figure.valeur in {0, figure.base} for figure in drawn)
        return f"{title}. Pas de graphique : l'arrondi ne distingue pas ces nombres." if alike else None
    states, small = {figure.etat for figure in drawn}, any(figure.slack for figure in drawn)
    why = "données non communiquées" if "nc" in states else "données masquées" if "masque" in states else ""
    nothing = "nombres trop petits" if small else "rien à compter"
    return f"{title} : {why or nothing}, donc pas de graphique."


def bars(layout: Layout) -> Chart | str:
    """Draw one bar a line: the column that sums the table up.

    Names are sorted by size without the zeros; steps of a scale keep the order and the zeros of the table.
    """
    column, ranked = years.summary(layout.data), not is_scale(layout)
    lines = bar_lines(layout, column)
    title = caption(layout, of_totals(layout))
    why = without_chart(title, (line.figure for line in lines))
    if why is not None:
        return why
    drawn = ranked_lines(lines) if ranked else [line for line in lines if line.words]
    shown = drawn[: most_bars(layout)]
    picture = draw_bars([replace(panel(shown), largest=layout.scale)])
    return Chart(
        picture=picture,
        title=title,
        alt=alternative(
            title + first_alone(shown),
            f"{rounded_said(shown)}{lines_said(shown)}.{total_said(layout, column)}",
            "Diagramme en barres",
        ),
        header=(column_label(layout, column),),
        rows=tuple((line.row.label, line.words) for line in shown),
        lines=tuple(line.row.code for line in shown),
        columns=(column,),
        keys=tuple((line.row.code, column) for line in shown),
        remarks=(*bar_remarks(layout, lines, drawn, ranked), *scale_remark(layout)),
    )


def alternative(title: str, said: str, kind: str) -> str:
    """Write the words for a picture: what it is about, what it shows, and last how it is drawn."""
    return f"{title}. {said} {kind}."


def first_alone(lines: Sequence[object], most: int = ALL_SAID) -> str:
    """Say after a title that the words for a picture tell some of its lines alone; empty where they tell all."""
    return FIRST_ALONE if len(lines) > most else ""


def largest(lines: Sequence[T], length: Callable[[T], float], most: int = MOST_SAID) -> list[T]:
    """Give the few that make a chart, in its order: the longest."""
    order = sorted(range(len(lines)), key=lambda place: -np.nan_to_num(length(lines[place]), nan=-1.0))
    return [lines[place] for place in sorted(order[:most])]


def lines_said(lines: Sequence[Line]) -> str:
    """Tell the bars, each with its figure; of many, the longest: the table has the others."""
    few = lines if len(lines) <= ALL_SAID else largest(lines, lambda line: line.figure.drawn)
    return " ; ".join(f"{line.row.label} : {cells.aloud(line.words)}" for line in few)


def is_scale(layout: Layout) -> bool:
    """Say whether the lines of a table are steps of a scale, whose order says something."""
    return layout.data.of.look.in_order or any(row.code in AGES for row in layout.data.rows)


def drawn_rows(layout: Layout) -> list[Row]:
    """List the lines of a chart: the families where there are any, else those that count no other line again."""
    families = [row for row in layout.data.rows if row.kind == "famille"]
    own = [row for row in layout.data.rows if row.kind == "corps" and row.code not in {TOTAL, AU_MOINS_UN}]
    return families or own


def bar_lines(layout: Layout, column: str) -> list[Line]:
    """List the lines of a column, in the order of the table."""
    figures = [(row, layout.figures.get((row.code, column))) for row in drawn_rows(layout)]
    return [Line(row, figure, _bar_words(layout, row, figure)) for row, figure in figures if figure is not None]


def _bar_words(layout: Layout, row: Row, figure: Figure) -> str:
    if figure.etat not in WITH_NUMBER:
        return ""
    unit = UNITS.get(figure.unite, "")
    part = layout.figures.get((row.code, "part"))
    share = f" ({cells.plain(part)})" if part is not None and part.etat == "ok" else ""
    return cells.plain(figure) + (f"{french.NBSP}{unit}" if unit else "") + share


def ranked_lines(lines: Sequence[Line]) -> list[Line]:
    """Sort lines by size, without zeros nor what is not known."""
    return sorted(
        (line for line in lines if line.words and not line.figure.is_nothing), key=lambda line: -line.figure.valeur
    )


def panel(lines: Sequence[Line], title: str = "") -> Bars:
    """Give lines as the bars of one panel; what has no number is a bar of no length."""
    return Bars(
        labels=[short(line.row.label) for line in lines],
        values=[0.0 if math.isnan(line.figure.valeur) else line.figure.drawn for line in lines],
        words=[line.words for line in lines],
        title=title,
        hollow=hollow(line.figure for line in lines),
    )


def short(label: str) -> str:
    """Name a class in a picture, where « (ou inconnu) » has no room: the table beside says it."""
    return _OR_UNKNOWN.sub("", label)


def hollow(figures: Iterable[Figure]) -> frozenset[int]:
    """Give the places of the figures rounded to zero, whose bars are outlined as far as they may reach."""
    return frozenset(place for place, figure in enumerate(figures) if figure.is_below)


def most_bars(layout: Layout) -> int:
    """Give the most lines drawn: as many communes as the table shows, where it leaves some out."""
    return many.MOST_COMMUNES if layout.left_out.rows else MOST_BARS


def bar_remarks(layout: Layout, lines: Sequence[Line], drawn: Sequence[Line], ranked: bool) -> tuple[str, ...]:
    """Say what the bars do not show."""
    unknown = [line.row.label for line in lines if line.figure.etat == "nc"]
    masked = [line.row.label for line in lines if line.figure.etat == "masque"]
    zeros = [line for line in lines if line.figure.is_nothing]
    most = most_bars(layout)
    return (
        *([f"Non communiqué : {many.some(unknown, layout.left_out)}."] if unknown else []),
        *([f"Masqué : {many.some(masked, layout.left_out)}."] if masked else []),
        *([ZEROS_LEFT_OUT] if ranked and zeros else []),
        *(note for note in layout.data.notes if note.endswith(NOT_SHARED)),
        *([f"Les {most} premières lignes sur {len(drawn)}."] if len(drawn) > most else []),
        *figure_remarks([line.figure for line in drawn]),
    )


def figure_remarks(figures: Sequence[Figure]) -> tuple[str, ...]:
    """Say what the marks of the figures drawn mean: those of partial totals, those of rounded ones."""
    return (*partial_remark(figures), *rounded_remark(figures))


def rounded_remark(figures: Iterable[Figure]) -> tuple[str, ...]:
    """Say that figures are rounded, and what an outline is."""
    rounded = [figure for figure in figures if figure.etat == ARRONDI]
    bases = " ou de ".join(french.number(base) for base in sorted({one.base for one in rounded if not one.is_below}))
    small = sorted({cells.plain(figure) for figure in rounded if figure.is_below})
    about = f"≈ : valeur arrondie à un multiple de {bases}, à moins de {bases} de la valeur exacte" if bases else ""
    dashed = f"{'contour' if about else 'Contour'} en tirets : {' ou '.join(small)}" if small else ""
    said = " ; ".join(filter(None, (about, dashed)))
    return (f"{said}.",) if said else ()


def rounded_said(drawn: Iterable[Line | Figure]) -> str:
    """Say in the words that stand for a picture that it was drawn from rounded figures."""
    figures = (one.figure if isinstance(one, Line) else one for one in drawn)
    return "Valeurs arrondies. " if any(figure.etat == ARRONDI for figure in figures) else ""


def scale_remark(layout: Layout) -> tuple[str, ...]:
    """Say that portraits can be laid beside one another."""
    return ("La même échelle dans tous les portraits.",) if layout.scale else ()


def partial_remark(figures: Iterable[Figure]) -> tuple[str, ...]:
    """Say what the mark of a partial total means, where there is one."""
    return (cells.EXPLAINED["partiel"],) if any(figure.etat == "partiel" for figure in figures) else ()


def total_said(layout: Layout, column: str) -> str:
    """Tell the total of a column, where it is known."""
    total = layout.figures.get(("total", column))
    return f" Total : {cells.spoken(total)}." if total is not None and total.etat in WITH_NUMBER else ""


def column_label(layout: Layout, code: str) -> str:
    """Give the words of a column."""
    return next(column.label for column in layout.data.columns if column.code == code)


def pyramid(layout: Layout) -> Chart | str:
    """Draw a population by age, girls on one side, boys on the other; by age alone where the two are not crossed."""
    rows = [row for row in layout.data.rows if row.code != "total"]
    keys = [(row.code, sex) for row in rows for sex in ("F", "G")]
    if any(key not in layout.figures for key in keys):
        return bars(layout)
    figures, title = [layout.figures[key] for key in keys], caption(layout)
    why = without_chart(title, figures)
    if why is not None:
        return why
    sides = tuple([layout.figures[row.code, sex] for row in rows] for sex in ("F", "G"))
    left, right = ([cells.plain(figure) for figure in side] for side in sides)
    girls, boys = ([figure.drawn for figure in side] for side in sides)
    labels, empty = [row.label for row in rows], (hollow(sides[0]), hollow(sides[1]))
    said = f"{_side_said(layout, rows, 'F')} {_side_said(layout, rows, 'G')}"
    return Chart(
        picture=draw_sides(
            Sides([*map(short, labels)], girls, boys, (left, right), ("Filles", "Garçons"), layout.scale, empty)
        ),
        title=title,
        alt=alternative(title, f"{rounded_said(figures)}{said}", "Pyramide des âges"),
        header=("Filles", "Garçons"),
        rows=tuple(zip(labels, left, right, strict=True)),
        lines=tuple(row.code for row in rows),
        columns=("F", "G"),
        keys=tuple(keys),
        remarks=(*_pyramid_remarks(layout), *rounded_remark(figures), *scale_remark(layout)),
    )


def _side_said(layout: Layout, rows: Sequence[Row], sex: str) -> str:
    bands = ", ".join(f"{row.label.lower()} {cells.spoken(layout.figures[row.code, sex])}" for row in rows)
    return f"{column_label(layout, sex)} : {bands}, total {cells.spoken(layout.figures['total', sex])}."


def _pyramid_remarks(layout: Layout) -> tuple[str, ...]:
    unknown = layout.figures.get(("total", "NR"))
    if unknown is None or not unknown.valeur > 0:
        return ()
    return (f"Sans {french.count(unknown.valeur, 'jeune', 'jeunes')} dont le sexe n'est pas renseigné.",)
