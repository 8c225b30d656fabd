"""Figures in a folder, a file a table and territory, opened without any record; docs/figure-store.md has the form."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from rlpipeline import reads
from rlpipeline.errors import UsageError
from rlpipeline.figures import CSV_COLUMNS, Col, Row, TableData
from rlpipeline.protection.classes import with_classes_of

if TYPE_CHECKING:  # who opens protected figures loads no solver
    from rlpipeline.protection.protection import Protected

FORMAT = 2
FIGURE_COLUMNS = (*CSV_COLUMNS, "base")
TEXT_COLUMNS = ("ligne", "colonne", "texte")
NOT_SHARED = "Ce tableau n'est pas diffusé : "


def write_protected(protected: Protected, tables: Mapping[tuple[str, str], TableData], directory: Path) -> None:
    """Write the protected figures with the words of their tables, a file a table, the same bytes for the same content.

    Parameters
    ----------
    tables
        Tables of the exact edition: their words are kept, none of their figures is. A table that has no figure in the
        edition to share has no file, unless it holds words only or was left out for a reason, which is its first note.
    directory
        Made if needed.
    """
    directory.mkdir(parents=True, exist_ok=True)
    slices = dict(list(protected.figures.groupby(["indicateur", "territoire"], sort=False)))
    reasons = {(one.indicateur, one.territoire): one.raison for one in protected.left_out}
    for (indicator_id, territory), data in tables.items():
        figures = slices.get((indicator_id, territory), protected.figures.iloc[:0])
        reason = reasons.get((indicator_id, territory))
        if figures.empty and not data.figures.empty and reason is None:
            continue
        shown = with_classes_of(data, figures.reset_index(drop=True), protected.classes)
        if reason is not None:
            shown = replace(shown, notes=(f"{NOT_SHARED}{reason}.", *shown.notes))
        content = json.dumps(_written(shown), ensure_ascii=False, indent=1, sort_keys=True)
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


def _written(data: TableData) -> dict[str, Any]:
    words = {name: getattr(data, name) for name in _WORDS}
    return {
        "format": FORMAT,
        **words,
        "rows": [asdict(row) for row in data.rows],
        "columns": [asdict(column) for column in data.columns],
        "figures": _rows(data.figures[list(FIGURE_COLUMNS)]),
        "texts": _rows(data.texts[list(TEXT_COLUMNS)]),
        "notes": [*data.notes],
    }


_WORDS = ("id", "title", "section", "unit", "definition", "source", "denominator", "year", "territory")


def _rows(frame: pd.DataFrame) -> list[list[Any]]:
    plain = frame.astype(object).where(frame.notna(), None)
    return [list(row) for row in plain.itertuples(index=False, name=None)]


def _read(content: Mapping[str, Any]) -> TableData:
    figures = pd.DataFrame(content["figures"], columns=list(FIGURE_COLUMNS))
    types = dict.fromkeys(CSV_COLUMNS, "str") | {"annee": "int64", "valeur": "float64", "base": "int64"}
    return TableData(
        **{name: content[name] for name in _WORDS},
        rows=tuple(Row(**row) for row in content["rows"]),
        columns=tuple(Col(**column) for column in content["columns"]),
        figures=figures.astype(types),
        texts=pd.DataFrame(content["texts"], columns=list(TEXT_COLUMNS), dtype="str"),
        notes=tuple(content["notes"]),
    )
