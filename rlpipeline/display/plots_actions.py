"""The chart of those who take part in the actions."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from rlpipeline.display import cells
from rlpipeline.display.cells import Figure
from rlpipeline.display.charts import draw_bars
from rlpipeline.display.plots import (
    ALL_SAID_BY_CLASS,
    Chart,
    Key,
    Line,
    alternative,
    caption,
    first_alone,
    largest,
    panel,
    partial_remark,
    without_chart,
)
from rlpipeline.display.tables import Layout
from rlpipeline.figures import Row
from rlpipeline.figures.tidy import ARRONDI

DRAWN = "Participants aux actions collectives, par âge"
TITLES = MappingProxyType({"personnes": "Personnes, somme des actions", "presences": "Présences, somme des séances"})
COUNTED = MappingProxyType(
    {
        "personnes": "Une personne venue à plusieurs actions est comptée à chacune.",
        "presences": "Une personne venue à plusieurs séances compte autant de présences.",
    }
)


def publics(layout: Layout) -> Chart | str:
    """Draw who takes part in the actions, persons and attendances apart, for they are never added."""
    title, rows, participants = caption(layout, DRAWN), _publics(layout), _participants(layout)
    if any(figure.etat == ARRONDI for figure in participants.values()):
        return f"{title}. Pas de graphique : le détail par âge est arrondi action par action."
    panels = {unit: [_public_line(layout, row, unit) for row in rows] for unit in TITLES}
    panels = {unit: lines for unit, lines in panels.items() if any(line.figure.valeur > 0 for line in lines)}
    if not panels:
        return without_chart(title, participants.values()) or f"{title} : aucun participant compté."
    said = (f"{TITLES[unit]} : {_lines_said(lines)}." for unit, lines in panels.items())
    return Chart(
        picture=draw_bars([panel(lines, TITLES[unit]) for unit, lines in panels.items()]),
        title=title,
        alt=alternative(title + first_alone(rows, ALL_SAID_BY_CLASS), " ".join(said), "Diagramme en barres"),
        header=tuple(TITLES[unit] for unit in panels),
        rows=tuple((same[0].row.label, *(line.words for line in same)) for same in zip(*panels.values(), strict=True)),
        lines=tuple(line.row.code for line in next(iter(panels.values()))),
        columns=tuple(panels),
        keys=tuple(key for key, figure in participants.items() if figure.unite in panels),
        remarks=(*(COUNTED[unit] for unit in panels), *partial_remark(_all(panels))),
    )


def _all(panels: Mapping[str, Sequence[Line]]) -> Iterable[Figure]:
    return (line.figure for lines in panels.values() for line in lines)


def _lines_said(lines: Sequence[Line]) -> str:
    few = lines if len(lines) <= ALL_SAID_BY_CLASS else largest(lines, lambda line: line.figure.valeur)
    return ", ".join(f"{line.row.label.lower()} {line.words}" for line in few)


def _participants(layout: Layout) -> Mapping[Key, Figure]:
    """Give the figures that are counted in persons or in attendances, totals left out."""
    return {key: one for key, one in layout.figures.items() if one.unite in TITLES and key[0] != "total"}


def _publics(layout: Layout) -> list[Row]:
    """List the lines of the publics, whatever classes of age the table has."""
    codes = {line for line, _ in _participants(layout)}
    return [row for row in layout.data.rows if row.code in codes]


def _public_line(layout: Layout, row: Row, unit: str) -> Line:
    counted = [figure for key, figure in layout.figures.items() if key[0] == row.code and figure.unite == unit]
    if any(figure.etat == "masque" for figure in counted):
        return Line(row, Figure(math.nan, unit, "masque", "total"), cells.SHORT["masque"])
    numbers = [figure.valeur for figure in counted if figure.etat in {"ok", "partiel"}]
    state = "ok" if len(numbers) == len(counted) and all(one.etat == "ok" for one in counted) else "partiel"
    figure = Figure(sum(numbers), unit, state, "total")
    return Line(row, figure, cells.plain(figure))
