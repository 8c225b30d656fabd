"""Charts: the table of their data, and the words that stand for the picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby

from rlpipeline.audit.copies.known import Known
from rlpipeline.audit.copies.telling import disagreement
from rlpipeline.audit.copies.wording import HARD, SHORT, write_aloud, write_figure, write_number
from rlpipeline.audit.copies.words import numbers, words
from rlpipeline.audit.findings import Finding, Place
from rlpipeline.published import Bundle, Cell, Chart, Figure, FigureKey, Publication
from rlpipeline.published.figures import in_table

DATA = "Les données d'un graphique ne sont pas celles de son tableau."
ALT = "Le texte qui remplace un graphique dit un nombre que son tableau n'a pas."
PAIR = "Le texte qui remplace un graphique ne dit pas la valeur d'une de ses lignes."
UNITS = {"heures": f"{HARD}h"}
SUMS = frozenset({"personnes", "presences"})
"""Columns that are no column of the table: the sum of the line's figures of that unit."""


def check_charts(publication: Publication) -> Iterator[Finding]:
    """Hold each chart's data and alternative text against the figures."""
    figures, bundles = publication.figures, {(one.id, one.territoire): one for one in publication.bundles}
    known = Known.of(publication)
    for chart in publication.charts:
        bundle = bundles.get((chart.id, chart.territoire))
        for cell in chart.cells:
            yield from _check_cell(cell, known)
        yield from _check_numbers(chart, bundle, figures)
        yield from _check_pairs(chart, bundle, figures)


def _check_cell(cell: Cell, known: Known) -> Iterator[Finding]:
    figures = known.figures
    if cell.key.colonne in SUMS and cell.key not in figures:
        line = (figure for figure in in_table(figures, cell.key[:3]) if figure.key.ligne == cell.key.ligne)
        same = [figure for figure in line if figure.unite == cell.key.colonne]
        expected, place = _sum_words(same), same[0].place if same else None
    else:
        figure = known.find(cell.key)
        expected, place = (_bar_words(figure, figures), figure.place) if figure else ("", None)
    if words([cell.words]) != words([expected]):
        yield disagreement("graphique", DATA, (cell.place, cell.words), (place, expected))


def _sum_words(same: Sequence[Figure]) -> str:
    known = [figure.valeur for figure in same if figure.valeur is not None]
    if any(figure.etat == "masque" for figure in same):
        return SHORT["masque"]
    whole = len(known) == len(same) and all(figure.etat == "ok" for figure in same)
    return write_number(sum(known)) + ("" if whole else "*")


def _bar_words(figure: Figure, figures: Mapping[FigureKey, Figure]) -> str:
    """The figure, its unit for hours, and its part of the whole where the table has one."""
    part = figures.get(figure.key._replace(colonne="part"))
    share = f" ({write_figure(part)})" if part is not None and part.etat == "ok" else ""
    return write_figure(figure) + UNITS.get(figure.unite, "") + share


def _check_numbers(chart: Chart, bundle: Bundle | None, figures: Mapping[FigureKey, Figure]) -> Iterator[Finding]:
    """Every number of the words is one of the data, a total of the table, or stands in a name."""
    known = set(numbers(words(_allowed(chart, bundle, figures))))
    for number in numbers(words([chart.alt])):
        if number not in known:
            place = Place(chart.place.file, f"{chart.place.where}, texte de remplacement")
            yield disagreement("graphique", ALT, (place, number), (chart.place, "un nombre du graphique"))


def _allowed(chart: Chart, bundle: Bundle | None, figures: Mapping[FigureKey, Figure]) -> Iterator[str]:
    yield from {str(year) for year in (chart.annee, *(cell.key.annee for cell in chart.cells))}
    yield from (cell.words for cell in chart.cells)
    for figure in in_table(figures, (chart.id, chart.annee, chart.territoire)):
        if "total" in (figure.key.ligne, figure.key.colonne):
            yield write_figure(figure)
    if bundle:
        yield bundle.title
        yield from (label.label for label in (*bundle.rows, *bundle.columns))


def _check_pairs(chart: Chart, bundle: Bundle | None, figures: Mapping[FigureKey, Figure]) -> Iterator[Finding]:
    """Each line drawn is told with its value, or with its total and each class where it has several."""
    labels = {one.code: one.label for one in (*bundle.rows, *bundle.columns)} if bundle else {}
    said = " ".join(words([chart.alt.lower()])) + " "
    for line, group in groupby(chart.cells, key=lambda cell: cell.key.ligne):
        cells = list(group)
        total = figures.get(cells[0].key._replace(colonne="total"))
        several = [f"{labels.get(cell.key.colonne, cell.key.colonne)} {write_aloud(cell.words)}" for cell in cells]
        shades = len(cells) > 2 and total is not None
        told = [write_aloud(write_figure(total)), *several] if shades and total else []
        values = [" ".join(told)] if told else [write_aloud(cell.words) for cell in cells]
        for value in values:
            pair = " ".join(words([f"{labels.get(line, line)} {value}".lower()]))
            if f"{pair} " not in said:
                place = Place(chart.place.file, f"{chart.place.where}, ligne {line}, texte de remplacement")
                yield disagreement("graphique", PAIR, (place, chart.alt), (cells[0].place, pair))
