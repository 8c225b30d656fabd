"""The other files of all figures against ``indicateurs.csv``, line by line, and their words against the tables."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from rlpipeline.audit.copies.wording import disagreement, words
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Bundle, Place
from rlpipeline.published.dictionary import Dictionary
from rlpipeline.published.figures import (
    EXCEL,
    FIGURES,
    PARQUET,
    Row,
    excel_rows,
    figure_of,
    named_rows,
    parquet_rows,
    read_rows,
    where_of,
)
from rlpipeline.published.model import ROUNDED, Figure, Label
from rlpipeline.published.reading import readable

Axes = tuple[Collection[Label], Collection[Label]]
OTHER = "Deux fichiers de chiffres diffèrent."
WORDS = "Un fichier de chiffres ne se lit pas comme les tableaux du rapport."
STATES = {
    "ok": "exact",
    "partiel": "partiel",
    "nc": "non communiqué",
    "vide": "sans objet",
    "masque": "non diffusé",
}
COLUMNS = ("indicateur", "annee", "territoire", "ligne", "colonne", "valeur", "unite", "etat")
TOTAL, TOTALS = "total", ("ligne_totale", "colonne_totale")
PLACES = {"service": "Ensemble du service", "hors": "Hors du territoire", "sans_commune": "Sans commune"}


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


@dataclass(frozen=True)
class _Form:
    """How a file writes its lines.

    Parameters
    ----------
    name
        Of the file.
    read
        Gives its lines.
    expected
        Gives what a line should hold beside its words.
    words
        Names of its columns of words: table, territory, line, column.
    """

    name: str
    read: Callable[[Path], Iterator[Row]]
    expected: Callable[[Figure, Row, Named], Row]
    words: Sequence[str]


def check_files(directory: Path, named: Named, dictionary: Dictionary) -> Iterator[Finding]:
    """Hold each line of both files against that of the same rank; a publication made before has no such file."""
    for form in (
        _Form(EXCEL, excel_rows, _spreadsheet, ("Tableau", "Territoire", "Ligne", "Colonne")),
        _Form(PARQUET, parquet_rows, _typed, ("tableau", "nom_territoire", "libelle_ligne", "libelle_colonne")),
    ):
        if (directory / form.name).is_file():
            with readable(directory):
                yield from _check(directory, form, named, dictionary)


def _check(directory: Path, form: _Form, named: Named, dictionary: Dictionary) -> Iterator[Finding]:
    every = named_rows(read_rows(directory / FIGURES))
    for rank, (written, row) in enumerate(zip_longest(form.read(directory / form.name), every), start=2):
        if written is None or row is None:
            place = Place(form.name, f"ligne {rank} du fichier")
            yield disagreement("csv", OTHER, (place, " ".join((written or {}).values())), (None, str(row or "")))
            return
        figure = dictionary.with_margin(figure_of(row))
        yield from _check_line(written, figure, form.expected(figure, row, named), form, named)


def _check_line(written: Row, figure: Figure, expected: Row, form: _Form, named: Named) -> Iterator[Finding]:
    place = Place(form.name, where_of(figure.key))
    for name, value in expected.items():
        if written[name] != value:
            yield disagreement("csv", OTHER, (place, f"{name} {written[name]}"), (figure.place, value))
    for name, allowed in zip(form.words, _words_of(figure, named), strict=True):
        if allowed and written[name] not in allowed:
            yield disagreement("csv", WORDS, (place, f"{name} {written[name]}"), (None, ", ".join(sorted(allowed))))
    named_there = written[form.words[1]]
    heading, commune = named.places.get(figure.key.territoire), words([named_there])
    if heading is not None and commune != [*heading][-len(commune) :]:
        yield disagreement("csv", WORDS, (place, named_there), (None, " ".join(heading)))


def _spreadsheet(figure: Figure, row: Row, named: Named) -> Row:
    key = figure.key
    return {
        "Année": str(key.annee),
        "Valeur": row["valeur"].replace(".", ","),
        "Unité": row["unite"],
        "État": _state(figure),
        "Code du tableau": key.indicateur,
        "Code du territoire": key.territoire,
        "Code de la ligne": key.ligne,
        "Code de la colonne": key.colonne,
    }


def _typed(figure: Figure, row: Row, named: Named) -> Row:
    """The columns of ``indicateurs.csv``, and whether the line, or the column, is a total."""
    expected = {name: row[name] for name in COLUMNS}
    axes = named.axes.get(figure.key.indicateur, ((), ()))
    for name, code, axis in zip(TOTALS, (figure.key.ligne, figure.key.colonne), axes, strict=True):
        kinds = {label.kind for label in axis if label.code == code}
        expected[name] = str(TOTAL in {code, *kinds})
    return expected


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


def _state(figure: Figure) -> str:
    if figure.etat != ROUNDED:
        return STATES.get(figure.etat, figure.etat)
    return f"arrondi, à {figure.marge:.0f} près" if figure.valeur else f"arrondi, de 0 à {figure.marge:.0f}"
