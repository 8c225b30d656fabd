"""``indicateurs-excel.csv`` against ``indicateurs.csv``, line by line, and its words against the tables."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from rlpipeline.audit.copies.telling import disagreement
from rlpipeline.audit.copies.words import words
from rlpipeline.audit.findings import Finding, Place
from rlpipeline.published import Bundle
from rlpipeline.published.dictionary import Dictionary
from rlpipeline.published.figures import EXCEL, FIGURES, Row, excel_rows, figure_of, named_rows, read_rows, where_of
from rlpipeline.published.model import Figure, Label
from rlpipeline.published.numbers import ROUNDED
from rlpipeline.published.reading import readable

Axes = tuple[Collection[Label], Collection[Label]]
OTHER = "Le fichier pour tableur et le fichier des chiffres diffèrent."
WORDS = "Le fichier pour tableur ne se lit pas comme les tableaux du rapport."
STATES = {
    "ok": "exact",
    "partiel": "partiel",
    "nc": "non communiqué",
    "vide": "sans objet",
    "masque": "non diffusé",
}
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


def check_excel(directory: Path, named: Named, dictionary: Dictionary) -> Iterator[Finding]:
    """Hold each line against that of the same rank; a publication made before has no such file."""
    path = directory / EXCEL
    if path.is_file():
        with readable(directory):
            yield from _check(path, named, dictionary)


def _check(path: Path, named: Named, dictionary: Dictionary) -> Iterator[Finding]:
    every = named_rows(read_rows(path.with_name(FIGURES)))
    for rank, (told, row) in enumerate(zip_longest(excel_rows(path), every), start=2):
        if told is None or row is None:
            place = Place(EXCEL, f"ligne {rank} du fichier")
            yield disagreement("csv", OTHER, (place, " ".join((told or {}).values())), (None, str(row or "")))
            return
        yield from _check_line(told, dictionary.with_margin(figure_of(row)), row, named)


def _check_line(told: Row, figure: Figure, row: Row, named: Named) -> Iterator[Finding]:
    key = figure.key
    place = Place(EXCEL, where_of(key))
    expected = {
        "Année": str(key.annee),
        "Valeur": row["valeur"].replace(".", ","),
        "Unité": row["unite"],
        "État": _state(figure),
        "Code du tableau": key.indicateur,
        "Code du territoire": key.territoire,
        "Code de la ligne": key.ligne,
        "Code de la colonne": key.colonne,
    }
    for name, value in expected.items():
        if told[name] != value:
            yield disagreement("csv", OTHER, (place, f"{name} {told[name]}"), (figure.place, value))
    for name, allowed in _words_of(figure, named).items():
        if told[name] not in allowed:
            yield disagreement("csv", WORDS, (place, f"{name} {told[name]}"), (None, ", ".join(sorted(allowed))))
    heading, commune = named.places.get(key.territoire), words([told["Territoire"]])
    if heading is not None and commune != [*heading][-len(commune) :]:
        yield disagreement("csv", WORDS, (place, told["Territoire"]), (None, " ".join(heading)))


def _words_of(figure: Figure, named: Named) -> Mapping[str, Collection[str]]:
    """Words that may stand for a table, its lines and its columns; of two alike, the code tells which."""
    key = figure.key
    lines, columns = named.axes.get(key.indicateur, ((), ()))
    table = named.tables.get(key.indicateur)
    allowed = {
        "Tableau": {table.title if table else key.indicateur},
        "Ligne": _labelled(key.ligne, lines),
        "Colonne": _labelled(key.colonne, columns),
    }
    if key.territoire in PLACES:
        allowed["Territoire"] = {PLACES[key.territoire]}
    return allowed


def _labelled(code: str, axis: Collection[Label]) -> set[str]:
    own = {label.label for label in axis if label.code == code} or {code}
    return own | {f"{label} ({code})" for label in own}


def _state(figure: Figure) -> str:
    if figure.etat != ROUNDED:
        return STATES.get(figure.etat, figure.etat)
    return f"arrondi, à {figure.marge:.0f} près" if figure.valeur else f"arrondi, de 0 à {figure.marge:.0f}"
