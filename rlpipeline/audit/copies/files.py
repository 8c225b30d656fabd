"""The typed file of all figures against ``indicateurs.csv``, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import zip_longest
from pathlib import Path

from rlpipeline.audit.copies.wording import disagreement
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Place
from rlpipeline.published.figures import FIGURES, PARQUET, figure_of, named_rows, parquet_rows, read_rows
from rlpipeline.published.reading import readable

OTHER = "Deux fichiers de chiffres diffèrent."
COLUMNS = ("indicateur", "annee", "territoire", "ligne", "colonne", "valeur", "unite", "etat")


def check_files(directory: Path) -> Iterator[Finding]:
    """Hold each line of the typed file against that of the same rank; an old publication has no such file."""
    if (directory / PARQUET).is_file():
        with readable(directory):
            yield from _check(directory)


def _check(directory: Path) -> Iterator[Finding]:
    every = named_rows(read_rows(directory / FIGURES))
    for rank, (written, row) in enumerate(zip_longest(parquet_rows(directory / PARQUET), every), start=2):
        if written is None or row is None:
            place = Place(PARQUET, f"ligne {rank} du fichier")
            yield disagreement("csv", OTHER, (place, " ".join((written or {}).values())), (None, str(row or "")))
            return
        figure = figure_of(row)
        place = Place(PARQUET, figure.place.where)
        for name in COLUMNS:
            if written[name] != row[name]:
                yield disagreement("csv", OTHER, (place, f"{name} {written[name]}"), (figure.place, row[name]))
