"""The words that stand for the picture of a chart."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from rlpipeline.audit.copies.charts import SUMS, bar_words, sum_words
from rlpipeline.audit.copies.figures import BothYears
from rlpipeline.audit.copies.wording import (
    disagreement,
    numbers,
    words,
    write_aloud,
    write_figure,
)
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Bundle, Chart, FigureKey, Place, Publication

ALT = "Le texte qui remplace un graphique dit un nombre que son tableau n'a pas."
PAIR = "Le texte qui remplace un graphique ne dit pas la valeur d'une de ses lignes."
_UNITS_SAID = {"Personnes": "personnes", "Présences": "presences"}
_SPACES = re.compile(r"[^\S\u202f]+")
"""Spaces between words; that of thousands is within one."""
_YEAR = re.compile(r"En (\d{4})")
_CLASSES = re.compile(r"\s*\(((?:[^()]|\([^()]*\))*)\)$")


def check_alternative_texts(publication: Publication, figures: BothYears | None = None) -> Iterator[Finding]:
    """Hold each chart's alternative text against the figures, those of the publication by default."""
    bundles = {(one.id, one.territoire): one for one in publication.bundles}
    figures = figures or BothYears.of(publication)
    for chart in publication.charts:
        if not figures.knows((chart.id, chart.annee, chart.territoire)):
            continue
        bundle = bundles.get((chart.id, chart.territoire))
        yield from _check_numbers(chart, bundle, figures)
        yield from _check_pairs(chart, bundle, figures)


def _check_numbers(chart: Chart, bundle: Bundle | None, figures: BothYears) -> Iterator[Finding]:
    """Every number of the words is one of the data, a total of the table, or stands in a name."""
    allowed = set(numbers(words(_allowed(chart, bundle, figures))))
    for number in numbers(words([chart.alt])):
        if number not in allowed:
            place = Place(chart.place.file, f"{chart.place.where}, texte de remplacement")
            yield disagreement("graphique", ALT, (place, number), (chart.place, "un nombre du graphique"))


def _allowed(chart: Chart, bundle: Bundle | None, figures: BothYears) -> Iterator[str]:
    yield from {str(year) for year in (chart.annee, *(cell.key.annee for cell in chart.cells))}
    yield from (cell.words for cell in chart.cells)
    for figure in figures.of_year.table((chart.id, chart.annee, chart.territoire)):
        if "total" in (figure.key.ligne, figure.key.colonne) or not chart.cells:
            yield write_figure(figure)
    if not bundle:
        totals = (figures.find(cell.key._replace(ligne="total")) for cell in chart.cells)
        yield from (write_figure(figure) for figure in totals if figure)
        yield from (cell.key.ligne.replace("_", " ") for cell in chart.cells)  # the ages that its label says
    if bundle:
        yield bundle.title
        yield from (label.label for label in (*bundle.rows, *bundle.columns))


def _check_pairs(chart: Chart, bundle: Bundle | None, figures: BothYears) -> Iterator[Finding]:
    """Each line that the words name is told with its value, and each class of it: those of the table."""
    for line, column, year, said in _said_of_lines(chart, bundle):
        key = FigureKey(chart.id, year or chart.annee, chart.territoire, line, column)
        figure = figures.find(key)
        if column in SUMS and figure is None:
            every = figures.of_year.table((chart.id, chart.annee, chart.territoire))
            expected = sum_words([one for one in every if one.key.ligne == line and one.unite == column])
        elif figure is None:
            expected = ""
        else:
            expected = write_figure(figure) if line == "total" else bar_words(figure, figures.of_year)
        if words([said]) != words([write_aloud(expected)]):
            place = Place(chart.place.file, f"{chart.place.where}, ligne {line}, texte de remplacement")
            yield disagreement("graphique", PAIR, (place, said), (chart.place, expected))


def _said_of_lines(chart: Chart, bundle: Bundle | None) -> Iterator[tuple[str, str, int, str]]:
    """Line, column, year (0 for the chart's own) and words of each figure told in the words for a picture.

    Notes
    -----
    « Filles : 11 à 14 ans 33, total 50. », « Filles : Centre 19 ; Garçons : Centre 22. », « En 2022 : Carvin 9. »,
    « Collège : 69 ; École : 24. » and « Carvin : 12 (11 à 14 ans 9) ; Oignies : 7. »
    """
    if bundle is None:
        return
    lines = {_plain(one.label): one.code for one in bundle.rows} | {"total": "total"}
    columns = {_plain(one.label): one.code for one in bundle.columns}
    numbered = [one.code for one in bundle.columns if one.kind != "texte"]
    whole = "total" if "total" in numbered else next(iter(numbered), "")
    for sentence in re.split(r"\.(?:\s|$)", chart.alt)[1:]:
        for piece in sentence.split(" ; "):
            label, mark, said = piece.strip().partition(" : ")
            year = _YEAR.fullmatch(label)
            column = columns.get(_plain(label)) or _UNITS_SAID.get(label.split(",")[0], "")
            if year or (column and _plain(label) not in lines):
                for line, value in _named(said.split(", "), lines):
                    yield line, column or whole, int(year[1]) if year else 0, value
                continue
            line = lines.get(_plain(label), "")
            if mark and line:
                classes = _CLASSES.search(said)
                named = [*_named(classes[1].split(", "), columns)] if classes else []
                yield line, whole, 0, said[: classes.start()] if classes and named else said
                yield from ((line, code, 0, words_said) for code, words_said in named)


def _named(items: Sequence[str], names: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Code and words of each item that begins with a name."""
    for item in items:
        plain = _plain(item)
        longest = max((name for name in names if plain.startswith(f"{name} ")), key=len, default="")
        if longest:
            yield names[longest], plain[len(longest) + 1 :]


def _plain(text: str) -> str:
    return _SPACES.sub(" ", text.lower()).strip()
