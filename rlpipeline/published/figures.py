"""Figures: the lines of their files, where they lie, and the figures of one part of a publication."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from rlpipeline.characters import unguarded
from rlpipeline.published.model import ROUNDED, Figure, FigureKey, FormerFigure, Place

FIGURES, EVOLUTIONS, EXCEL = "indicateurs.csv", "evolutions.csv", "indicateurs-excel.csv"
PARQUET = "figures.parquet"
Row = Mapping[str, str]
"""A line by the names of its columns."""
Span = tuple[int, int]
"""Where lines that follow one another begin and end in the file, in bytes."""


@dataclass(frozen=True)
class CutFile:
    """Lines by territory and indicator; none of them is kept in memory.

    Parameters
    ----------
    header
        Empty where there is no such file.
    spans
        Where the lines of each territory and indicator lie, in the order of the file.
    """

    path: Path
    header: Sequence[str]
    spans: Mapping[str, Mapping[str, Sequence[Span]]]

    @property
    def territories(self) -> Iterator[str]:
        """In the order of the file."""
        yield from self.spans

    def indicators(self, territory: str) -> Iterator[str]:
        """Those that have lines about a territory, in the order of the file."""
        yield from self.spans.get(territory, ())

    def lines(self, territory: str, indicator: str) -> Sequence[tuple[str, ...]]:
        """The lines of one table of a territory; none where the file has none."""
        spans = self.spans.get(territory, {}).get(indicator, ())
        if not spans:
            return ()
        with self.path.open("rb") as stream:
            text = b"".join(_between(stream, span) for span in spans).decode("utf-8")
        return [_cells(row) for row in csv.reader(io.StringIO(text, newline=""))]


def cut_file(path: Path) -> CutFile:
    """Find the lines of each territory and indicator in a file.

    Raises
    ------
    OSError, ValueError
        It is absent, or is no such file.
    """
    spans: dict[str, dict[str, list[Span]]] = {}
    with path.open("rb") as stream:
        rows = _with_spans(stream)
        header, _ = next(rows, ((), (0, 0)))
        indicator, territory = header.index("indicateur"), header.index("territoire")
        for row, (start, end) in rows:
            own = spans.setdefault(row[territory], {}).setdefault(row[indicator], [])
            if own and own[-1][1] == start:
                own[-1] = (own[-1][0], end)
            else:
                own.append((start, end))
    return CutFile(path, header, spans)


def _with_spans(stream: io.BufferedReader) -> Iterator[tuple[tuple[str, ...], Span]]:
    """Each row of a file, which may run over several lines, and where it lies."""
    end = 0

    def lines() -> Iterator[str]:
        nonlocal end
        for line in stream:
            end += len(line)
            yield line.decode("utf-8")

    start = 0
    for row in csv.reader(lines()):
        yield _cells(row), (start, end)
        start = end


def _between(stream: io.BufferedReader, span: Span) -> bytes:
    start, end = span
    stream.seek(start)
    return stream.read(end - start)


def _cells(row: Sequence[str]) -> tuple[str, ...]:
    return tuple(unguarded(cell) for cell in row)


def read_rows(path: Path) -> Iterator[tuple[str, ...]]:
    """Give every line of a CSV file, its header first."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from map(_cells, csv.reader(stream))


def excel_rows(path: Path) -> Iterator[Row]:
    """Give the lines of ``indicateurs-excel.csv`` by the names of its columns."""
    with path.open(encoding="utf-8-sig", newline="") as stream:
        yield from named_rows(map(_cells, csv.reader(stream, delimiter=";")))


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
