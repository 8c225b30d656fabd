"""Figures: the lines of their files, and where they lie."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from rlpipeline.characters import unguarded
from rlpipeline.checks.model import Figure, FormerFigure, Place
from rlpipeline.declared import ROUNDED, FigureKey

FIGURES, EVOLUTIONS = "indicateurs.csv", "evolutions.csv"
PARQUET = "figures.parquet"
Row = Mapping[str, str]
"""A line by the names of its columns."""
Line = tuple[str, ...]


def _cells(row: Sequence[str]) -> Line:
    return tuple(unguarded(cell) for cell in row)


def read_rows(path: Path) -> Iterator[Line]:
    """Give every line of a CSV file, its header first."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from map(_cells, csv.reader(stream))


def parquet_rows(path: Path) -> Iterator[Row]:
    """Give the lines of ``figures.parquet`` by the names of its columns, written as in ``indicateurs.csv``."""
    with path.open("rb") as stream, pq.ParquetFile(stream) as file:
        for batch in file.iter_batches():
            for row in batch.to_pylist():
                yield {name: _written(value) for name, value in row.items()}


def _written(value: object) -> str:
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return "" if value is None else str(value)


def named_rows(lines: Iterable[Sequence[object]]) -> Iterator[Row]:
    """Give the lines of a file by the names of its columns, its header coming first."""
    rows = iter(lines)
    header = next(rows, ())
    for row in filter(None, rows):
        yield {str(name): str(value) for name, value in zip(header, row, strict=True)}


def figure_of(row: Row) -> Figure:
    """Read a line of ``indicateurs.csv``."""
    key = _key(row, "annee")
    return Figure(key, _number(row["valeur"]), row["unite"], row["etat"], Place(FIGURES, where_of(key)))


def former_of(row: Row) -> FormerFigure | None:
    """Read the figure of the year before in a line of ``evolutions.csv``; None where it has none."""
    if not row["origine"]:
        return None
    key = _key(row, "annee_precedente")
    where = f"{key.indicateur} {key.annee} ({key.territoire}), ligne {key.ligne}, colonne {key.colonne}"
    value, place = _number(row["valeur_precedente"]), Place(EVOLUTIONS, where)
    figure = Figure(key, value, row["unite"], row["etat_precedent"], place)
    return FormerFigure(figure, row["origine"], row["comparable"] == "oui", row["raison"])


def _key(row: Row, year: str) -> FigureKey:
    return FigureKey(row["indicateur"], int(row[year]), row["territoire"], row["ligne"], row["colonne"])


def _number(written: str) -> float | None:
    return float(written) if written else None


def where_of(key: FigureKey) -> str:
    """Say in French which figure it is."""
    return f"tableau {key.indicateur} ({key.territoire}, {key.annee}), ligne {key.ligne}, colonne {key.colonne}"


def sum_of(key: FigureKey, parts: Sequence[Figure]) -> Figure:
    """Give the sum of several lines, ``moins_11+11_14``, that a text quotes as one figure.

    Returns
    -------
    ``incertain`` is the state of a sum of rounded figures.
    """
    states = ["incertain" if part.etat == ROUNDED else part.etat for part in parts]
    state = next((one for one in ("masque", "nc", "incertain", "partiel", "vide") if one in states), "ok")
    values = [part.valeur for part in parts if part.valeur is not None]
    has_number = state in {"ok", "partiel"}
    return Figure(key, sum(values) if has_number else None, parts[0].unite, state, parts[0].place)
