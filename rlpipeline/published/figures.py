"""Figures: the lines of their files, where they lie, and the figures of one part of a publication."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from rlpipeline.characters import unguarded
from rlpipeline.published.model import ROUNDED, Figure, FigureKey, FormerFigure, Place

FIGURES, EVOLUTIONS = "indicateurs.csv", "evolutions.csv"
PARQUET = "figures.parquet"
Row = Mapping[str, str]
"""A line by the names of its columns."""
Line = tuple[str, ...]


@dataclass(frozen=True)
class CutFile:
    """Lines by territory and indicator, in the order of the file.

    Parameters
    ----------
    header
        Empty where there is no such file.
    """

    header: Line
    tables: Mapping[str, Mapping[str, Sequence[Line]]]

    @property
    def territories(self) -> Iterator[str]:
        """In the order of the file."""
        yield from self.tables

    def indicators(self, territory: str) -> Iterator[str]:
        """Those that have lines about a territory, in the order of the file."""
        yield from self.tables.get(territory, ())

    def lines(self, territory: str, indicator: str) -> Sequence[Line]:
        """The lines of one table of a territory; none where the file has none."""
        return self.tables.get(territory, {}).get(indicator, ())


def cut_file(path: Path) -> CutFile:
    """Read a file by territory and indicator; words that come again are kept once.

    Raises
    ------
    OSError, ValueError
        It is absent, or is no such file.
    """
    rows = read_rows(path)
    header = next(rows, ())
    indicator, territory = header.index("indicateur"), header.index("territoire")
    tables: dict[str, dict[str, list[Line]]] = {}
    for row in rows:
        own = tables.setdefault(row[territory], {}).setdefault(row[indicator], [])
        own.append(tuple(map(sys.intern, row)))
    return CutFile(header, tables)


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


Find = Callable[[FigureKey], Figure | None]
"""From a key to its figure."""


def adding(find: Find) -> Find:
    """Find too the sum of several lines, ``moins_11+11_14``, that a text quotes as one figure.

    Returns
    -------
    One that gives None where a line is not known; ``incertain`` is the state of a sum of rounded figures.
    """

    def find_sum(key: FigureKey) -> Figure | None:
        figure = find(key)
        if figure is not None or "+" not in key.ligne:
            return figure
        parts = [find(key._replace(ligne=line)) for line in key.ligne.split("+")]
        every = [part for part in parts if part is not None]
        return _sum_of(key, every) if len(every) == len(parts) else None

    return find_sum


def _sum_of(key: FigureKey, parts: Sequence[Figure]) -> Figure:
    states = ["incertain" if part.etat == ROUNDED else part.etat for part in parts]
    state = next((one for one in ("masque", "nc", "incertain", "partiel", "vide") if one in states), "ok")
    values = [part.valeur for part in parts if part.valeur is not None]
    has_number = state in {"ok", "partiel"}
    return Figure(key, sum(values) if has_number else None, parts[0].unite, state, parts[0].place)
