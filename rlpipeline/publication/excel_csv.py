"""``indicateurs-excel.csv``: the figures in words, as a French spreadsheet opens them with a double click."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from rlpipeline.characters import guarded
from rlpipeline.publication.bundles import ROUNDED, FigureRow
from rlpipeline.publication.csv_files import exact
from rlpipeline.publication.gathered import Gathered
from rlpipeline.publication.sheets import OTHER_NAMES, distinct

CODES = ("Code du tableau", "Code du territoire", "Code de la ligne", "Code de la colonne")
COLUMNS = ("Tableau", "Territoire", "Année", "Ligne", "Colonne", "Valeur", "Unité", "État", *CODES)
STATES = {
    "ok": "exact",
    "partiel": "partiel",
    "nc": "non communiqué",
    "vide": "sans objet",
    "masque": "non diffusé",
}


def write_excel_csv(gathered: Gathered, path: Path, names: Mapping[str, str], notice: str = "") -> None:
    """Write the lines of ``indicateurs.csv`` in their order: semicolons, decimal commas, a mark that says UTF-8.

    Parameters
    ----------
    names
        Territory code to its name.
    notice
        As in ``write_csv``.
    """
    more, empty = ([notice], [""]) if notice else ([], [])
    with path.open("w", encoding="utf-8-sig", newline="") as stream:
        writer = csv.writer(stream, delimiter=";", lineterminator="\r\n")
        writer.writerow([guarded(name) for name in (*COLUMNS, *more)])
        writer.writerows([*map(_cell, row), *empty] for row in _rows(gathered, {**OTHER_NAMES, **names}))


def _cell(value: str | int | float | None) -> str:
    return guarded(value) if isinstance(value, str) else exact(value).replace(".", ",")


def _rows(gathered: Gathered, names: Mapping[str, str]) -> Iterator[tuple[str | int | float | None, ...]]:
    labels = distinct(gathered.labels)
    for figure in gathered.figures():
        table, line, column = figure.indicateur, figure.ligne, figure.colonne
        yield (
            gathered.titles[table],
            names.get(figure.territoire, figure.territoire),
            figure.annee,
            labels.get((table, line), line),
            labels.get((table, column), column),
            figure.valeur,
            figure.unite,
            state_in_words(figure),
            *(table, figure.territoire, line, column),
        )


def state_in_words(figure: FigureRow) -> str:
    """Say what a number is worth; of a rounded one, how far it may be from the exact one."""
    if figure.etat != ROUNDED:
        return STATES.get(figure.etat, figure.etat)  # the audit names a state that does not exist
    width = figure.base - 1
    return f"arrondi, à {width} près" if figure.valeur else f"arrondi, de 0 à {width}"
