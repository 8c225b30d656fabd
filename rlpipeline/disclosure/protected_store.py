"""The protected figures in a folder: all that the edition to share is made of, opened without any record."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from rlpipeline import reads
from rlpipeline.disclosure.classes import with_classes_of
from rlpipeline.errors import UsageError
from rlpipeline.indicators import CSV_COLUMNS, Col, Row, TableData

if TYPE_CHECKING:  # who opens protected figures loads no solver
    from rlpipeline.disclosure.protection import Protected

FORMAT = 1
TEXT_COLUMNS = ("ligne", "colonne", "texte")


def write_protected(protected: Protected, tables: Mapping[tuple[str, str], TableData], directory: Path) -> None:
    """Write the protected figures with the words of their tables, a file a table, the same bytes for the same content.

    Parameters
    ----------
    tables
        Tables of the exact edition: their words are kept, none of their figures is. A table that has no figure in the
        edition to share is left out, unless it holds words only.
    directory
        Made if needed.
    """
    directory.mkdir(parents=True, exist_ok=True)
    slices = dict(list(protected.figures.groupby(["indicateur", "territoire"], sort=False)))
    for (indicator_id, territory), data in tables.items():
        figures = slices.get((indicator_id, territory), protected.figures.iloc[:0])
        if figures.empty and not data.figures.empty:
            continue
        shown = with_classes_of(data, figures.reset_index(drop=True), protected.regrouped)
        content = json.dumps(_written(shown, protected), ensure_ascii=False, indent=1, sort_keys=True)
        table_path(directory, indicator_id, territory).write_text(content + "\n", encoding="utf-8")


def read_table(directory: Path, indicator_id: str, territory: str) -> TableData:
    """Open one table of the edition to share.

    Raises
    ------
    UsageError
        The edition has no such table.
    """
    path = table_path(directory, indicator_id, territory)
    reads.note(reads.PROTECTED, indicator_id, territory)
    if not path.is_file():
        raise UsageError(
            "Ce tableau n'existe pas dans l'édition à diffuser.",
            where=f"{indicator_id} ({territory})",
            expected="un tableau des chiffres protégés",
        )
    with reads.aside():
        return _read(json.loads(path.read_text(encoding="utf-8")))


def table_path(directory: Path, indicator_id: str, territory: str) -> Path:
    """Give the file of a table, whether it exists or not."""
    return directory / f"{indicator_id}-{territory}.json"


def _written(data: TableData, protected: Protected) -> dict[str, Any]:
    words = {name: getattr(data, name) for name in _WORDS}
    return {
        "format": FORMAT,
        **words,
        "rows": [asdict(row) for row in data.rows],
        "columns": [asdict(column) for column in data.columns],
        "figures": _rows(data.figures[list(CSV_COLUMNS)]),
        "texts": _rows(data.texts[list(TEXT_COLUMNS)]),
        "notes": [*data.notes, *_rounding(data, protected)],
    }


_WORDS = ("id", "title", "section", "unit", "definition", "source", "denominator", "year", "territory")


def _rounding(data: TableData, protected: Protected) -> Iterator[str]:
    """Say what is rounded, under the tables where something is; the method says the rest once."""
    cells = {*data.figures[list(CSV_COLUMNS[:5])].itertuples(index=False, name=None)}
    if cells & protected.rounded:
        which = " de personnes d'une seule commune" if cells - protected.rounded - protected.masked else ""
        base = protected.base
        yield f"Nombres{which} arrondis à un multiple de {base} : 0 y veut dire de 0 à {base - 1}."


def _rows(frame: pd.DataFrame) -> list[list[Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [list(row) for row in plain.itertuples(index=False, name=None)]


def _read(content: Mapping[str, Any]) -> TableData:
    figures = pd.DataFrame(content["figures"], columns=list(CSV_COLUMNS))
    types = dict.fromkeys(CSV_COLUMNS, "str") | {"annee": "int64", "valeur": "float64"}
    return TableData(
        **{name: content[name] for name in _WORDS},
        rows=tuple(Row(**row) for row in content["rows"]),
        columns=tuple(Col(**column) for column in content["columns"]),
        figures=figures.astype(types),
        texts=pd.DataFrame(content["texts"], columns=list(TEXT_COLUMNS), dtype="str"),
        notes=tuple(content["notes"]),
    )
