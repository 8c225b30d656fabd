"""The other files of all figures against ``indicateurs.csv``, line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path

from rlpipeline.audit.copies.wording import disagreement
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Place
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
from rlpipeline.published.model import ROUNDED, Figure
from rlpipeline.published.reading import readable

OTHER = "Deux fichiers de chiffres diffèrent."
STATES = {
    "ok": "exact",
    "partiel": "partiel",
    "nc": "non communiqué",
    "vide": "sans objet",
    "masque": "non diffusé",
}
COLUMNS = ("indicateur", "annee", "territoire", "ligne", "colonne", "valeur", "unite", "etat")


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
    """

    name: str
    read: Callable[[Path], Iterator[Row]]
    expected: Callable[[Figure, Row], Row]


def check_files(directory: Path, dictionary: Dictionary) -> Iterator[Finding]:
    """Hold each line of both files against that of the same rank; a publication made before has no such file."""
    for form in (_Form(EXCEL, excel_rows, _spreadsheet), _Form(PARQUET, parquet_rows, _typed)):
        if (directory / form.name).is_file():
            with readable(directory):
                yield from _check(directory, form, dictionary)


def _check(directory: Path, form: _Form, dictionary: Dictionary) -> Iterator[Finding]:
    every = named_rows(read_rows(directory / FIGURES))
    for rank, (written, row) in enumerate(zip_longest(form.read(directory / form.name), every), start=2):
        if written is None or row is None:
            place = Place(form.name, f"ligne {rank} du fichier")
            yield disagreement("csv", OTHER, (place, " ".join((written or {}).values())), (None, str(row or "")))
            return
        figure = dictionary.with_margin(figure_of(row))
        place = Place(form.name, where_of(figure.key))
        for name, value in form.expected(figure, row).items():
            if written[name] != value:
                yield disagreement("csv", OTHER, (place, f"{name} {written[name]}"), (figure.place, value))


def _spreadsheet(figure: Figure, row: Row) -> Row:
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


def _typed(figure: Figure, row: Row) -> Row:
    """The columns of ``indicateurs.csv``."""
    return {name: row[name] for name in COLUMNS}


def _state(figure: Figure) -> str:
    if figure.etat != ROUNDED:
        return STATES.get(figure.etat, figure.etat)
    return f"arrondi, à {figure.marge:.0f} près" if figure.valeur else f"arrondi, de 0 à {figure.marge:.0f}"
