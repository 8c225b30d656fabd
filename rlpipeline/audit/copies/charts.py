"""Charts: the table of their data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from rlpipeline.audit.copies.figures import BothYears
from rlpipeline.audit.copies.wording import (
    HARD,
    SHORT,
    disagreement,
    words,
    write_figure,
    write_number,
)
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Cell, Figure, FigureKey, Publication

DATA = "Les données d'un graphique ne sont pas celles de son tableau."
UNITS = {"heures": f"{HARD}h"}
SUMS = frozenset({"personnes", "presences"})
"""Columns that are no column of the table: the sum of the line's figures of that unit."""


def check_charts(publication: Publication, figures: BothYears | None = None) -> Iterator[Finding]:
    """Hold each chart's data against the figures, those of the publication by default."""
    figures = figures or BothYears.of(publication)
    for chart in publication.charts:
        if not figures.knows((chart.id, chart.annee, chart.territoire)):
            continue
        for cell in chart.cells:
            yield from _check_cell(cell, figures)


def _check_cell(cell: Cell, figures: BothYears) -> Iterator[Finding]:
    of_year = figures.of_year
    if cell.key.colonne in SUMS and cell.key not in of_year:
        line = (figure for figure in of_year.table(cell.key[:3]) if figure.key.ligne == cell.key.ligne)
        same = [figure for figure in line if figure.unite == cell.key.colonne]
        expected, place = sum_words(same), same[0].place if same else None
    else:
        figure = figures.find(cell.key)
        expected, place = (bar_words(figure, of_year), figure.place) if figure else ("", None)
    if words([cell.words]) != words([expected]):
        yield disagreement("graphique", DATA, (cell.place, cell.words), (place, expected))


def sum_words(same: Sequence[Figure]) -> str:
    """Write the sum of figures of one unit, as the data of a chart have it."""
    values = [figure.valeur for figure in same if figure.valeur is not None]
    if any(figure.etat == "masque" for figure in same):
        return SHORT["masque"]
    complete = len(values) == len(same) and all(figure.etat == "ok" for figure in same)
    return write_number(sum(values)) + ("" if complete else "*")


def bar_words(figure: Figure, figures: Mapping[FigureKey, Figure]) -> str:
    """Write the figure, its unit for hours, and its part of the whole where the table has one."""
    part = figures.get(figure.key._replace(colonne="part"))
    share = f" ({write_figure(part)})" if part is not None and part.etat == "ok" else ""
    return write_figure(figure) + UNITS.get(figure.unite, "") + share
