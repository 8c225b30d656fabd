"""The words of the typed file of all figures, against the tables and the portraits."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.audit.copies.wording import disagreement, words
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Bundle, Place
from rlpipeline.published.figures import FIGURES, PARQUET, Row, figure_of, named_rows, parquet_rows, read_rows, where_of
from rlpipeline.published.model import Figure, Label
from rlpipeline.published.reading import readable

Axes = tuple[Collection[Label], Collection[Label]]
WORDS = "Un fichier de chiffres ne se lit pas comme les tableaux du rapport."
TOTAL, TOTALS = "total", ("ligne_totale", "colonne_totale")
PLACES = {"service": "Ensemble du service", "hors": "Hors du territoire", "sans_commune": "Sans commune"}
COLUMNS = ("tableau", "nom_territoire", "libelle_ligne", "libelle_colonne")


@dataclass(frozen=True)
class Named:
    """What the rest of the publication calls things.

    Parameters
    ----------
    tables
        The first table of each name.
    axes
        Lines and columns of every table of each name.
    places
        Words of the heading of each portrait, by territory.
    """

    tables: Mapping[str, Bundle]
    axes: Mapping[str, Axes]
    places: Mapping[str, Sequence[str]]


def check_words_of_files(directory: Path, named: Named) -> Iterator[Finding]:
    """Hold the words of each line of the typed file against what the rest of the publication says."""
    if (directory / PARQUET).is_file():
        with readable(directory):
            lines = zip(parquet_rows(directory / PARQUET), named_rows(read_rows(directory / FIGURES)), strict=False)
            for written, row in lines:
                yield from _check_line(written, figure_of(row), named)


def _check_line(written: Row, figure: Figure, named: Named) -> Iterator[Finding]:
    place = Place(PARQUET, where_of(figure.key))
    axes = named.axes.get(figure.key.indicateur, ((), ()))
    for name, code, axis in zip(TOTALS, (figure.key.ligne, figure.key.colonne), axes, strict=True):
        total = str(TOTAL in {code, *(label.kind for label in axis if label.code == code)})
        if written[name] != total:
            yield disagreement("csv", WORDS, (place, f"{name} {written[name]}"), (figure.place, total))
    for name, allowed in zip(COLUMNS, _words_of(figure, named), strict=True):
        if allowed and written[name] not in allowed:
            yield disagreement("csv", WORDS, (place, f"{name} {written[name]}"), (None, ", ".join(sorted(allowed))))
    named_there = written[COLUMNS[1]]
    heading, commune = named.places.get(figure.key.territoire), words([named_there])
    if heading is not None and commune != [*heading][-len(commune) :]:
        yield disagreement("csv", WORDS, (place, named_there), (None, " ".join(heading)))


def _words_of(figure: Figure, named: Named) -> Sequence[Collection[str]]:
    """Words that may stand for a table, its territory (any where none), line, column; of two alike, a code tells."""
    key = figure.key
    lines, columns = named.axes.get(key.indicateur, ((), ()))
    table = named.tables.get(key.indicateur)
    place = {PLACES[key.territoire]} if key.territoire in PLACES else set[str]()
    title = {table.title if table else key.indicateur}
    return title, place, _labelled(key.ligne, lines), _labelled(key.colonne, columns)


def _labelled(code: str, axis: Collection[Label]) -> set[str]:
    own = {label.label for label in axis if label.code == code} or {code}
    return own | {f"{label} ({code})" for label in own}
