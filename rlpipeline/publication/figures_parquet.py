"""``figures.parquet``: the lines of ``indicateurs.csv`` with their words and the year before, typed, for engineers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import chain, islice
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from rlpipeline.publication.csv_files import COLUMNS
from rlpipeline.publication.gathered import Evolution, Gathered
from rlpipeline.publication.sheets import OTHER_NAMES, distinct

NAME = "figures.parquet"
ROWS = 1_000
"""Lines of a group: what is held in memory."""
TOTAL = "total"
WORDS = ("tableau", "nom_territoire", "libelle_ligne", "libelle_colonne")
TOTALS = ("ligne_totale", "colonne_totale")
BEFORE = ("valeur_precedente", "etat_precedent", "origine", "ecart", "comparable", "raison")
"""What the year before had, whether both compare; null where the table does not show that year."""
TYPES: Mapping[str, Any] = {
    **{name: pa.string() for name in (*COLUMNS, *WORDS)},
    "annee": pa.int32(),
    "valeur": pa.float64(),
    **dict.fromkeys(TOTALS, pa.bool_()),
    **dict.fromkeys(BEFORE, pa.string()),
    **dict.fromkeys(("valeur_precedente", "ecart"), pa.float64()),
    "comparable": pa.bool_(),
}


def write_figures_parquet(gathered: Gathered, path: Path, names: Mapping[str, str], said: str = "") -> None:
    """Write every figure in the order of ``indicateurs.csv``, then what only the year before had, without a state.

    ``names``: territory code to its name; ``said``: what is to be read of the whole file, if anything: its metadata
    ``mention``.
    """
    schema = pa.schema(list(TYPES.items()), metadata={"mention": said} if said else None)
    # Opened here: by itself, Arrow writes the path in UTF-8, whatever the system names files in.
    with path.open("wb") as stream, pq.ParquetWriter(stream, schema) as writer:
        lines = _rows(gathered, {**OTHER_NAMES, **names})
        while rows := list(islice(lines, ROWS)):
            columns = dict(zip(TYPES, zip(*rows, strict=True), strict=True))
            writer.write_table(pa.table({name: pa.array(columns[name], TYPES[name]) for name in TYPES}, schema=schema))


def _rows(gathered: Gathered, names: Mapping[str, str]) -> Iterator[tuple[str | int | float | bool | None, ...]]:
    labels = distinct(gathered.labels)
    totals = {
        (table, code)
        for table, shape in gathered.shapes.items()
        for code, label in chain(shape.rows.items(), shape.columns.items())
        if TOTAL in (code, label.kind)
    }
    now = ((figure, gathered.evolution(figure)) for figure in gathered.figures())
    gone = ((replace(of.then.figure, annee=of.year), of) for of in gathered.evolutions() if of.then and not of.now)
    for figure, beside in chain(now, gone):
        table, line, column = figure.indicateur, figure.ligne, figure.colonne
        known = beside is None or beside.now is not None
        yield (
            *(table, figure.annee, figure.territoire, line, column),
            *(figure.valeur if known else None, figure.unite, figure.etat if known else None),
            gathered.shapes[table].first.title,
            names.get(figure.territoire, figure.territoire),
            labels.get((table, line), line),
            labels.get((table, column), column),
            (table, line) in totals,
            (table, column) in totals,
            *(_before(beside) if beside else (None,) * len(BEFORE)),
        )


def _before(beside: Evolution) -> tuple[str | int | float | bool | None, ...]:
    then = beside.then
    known = (then.figure.valeur, then.figure.etat, then.origin) if then else (None, None, None)
    return (*known, beside.difference, beside.comparable, beside.reason)
