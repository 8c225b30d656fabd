"""What executed notebooks carry beside their HTML: which tables they show, and the files that they publish."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nbformat import NotebookNode

from rlpipeline.errors import NotebookError

TABLE, FILE = "application/vnd.rlpipeline.table+json", "application/vnd.rlpipeline.file+json"
FILE_NAME = re.compile(r"^[a-z0-9_-]+\.csv$")


class ShownTable(NamedTuple):
    """A table that a chapter shows."""

    id: str
    year: int
    territory: str


class File(NamedTuple):
    """A file published beside the report."""

    name: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str | int | float | None, ...], ...]


def carried_by(notebooks: Iterable[tuple[Path, NotebookNode]]) -> tuple[list[ShownTable], list[File]]:
    """Take what executed notebooks carry, in their order and that of their cells.

    Raises NotebookError: something does not have the form agreed with what shows it.
    """
    tables: list[ShownTable] = []
    files: list[File] = []
    for path, notebook in notebooks:
        for cell in notebook.cells:
            try:
                tables += [_table(value) for value in _values(cell, TABLE)]
                files += [_file(value) for value in _values(cell, FILE)]
            except (KeyError, TypeError, ValueError) as error:
                raise NotebookError(
                    "Un notebook porte un résultat mal formé.",
                    where=f"{path.parent.name}/{path.name}, cellule « {cell.id} »",
                    expected="ce que donne report.table ou report.alerts",
                    got=f"{type(error).__name__} ({error})" if isinstance(error, KeyError) else type(error).__name__,
                ) from error
    return tables, files


def _values(cell: NotebookNode, kind: str) -> Iterator[Mapping[str, Any]]:
    for output in cell.get("outputs", ()):
        value = output.get("data", {}).get(kind)
        yield from value if isinstance(value, list) else [value] if value is not None else []


def _table(value: Mapping[str, Any]) -> ShownTable:
    return ShownTable(str(value["id"]), int(value["year"]), str(value["territory"]))


def _file(value: Mapping[str, Any]) -> File:
    name = str(value["name"])
    if not FILE_NAME.match(name):  # a notebook chooses a name, never a place
        raise ValueError("name")
    columns = tuple(str(column) for column in value["columns"])
    return File(name, columns, tuple(_row(row, columns) for row in value["rows"]))


def _row(row: Mapping[str, Any] | Sequence[Any], columns: Sequence[str]) -> tuple[Any, ...]:
    cells = tuple(row[column] for column in columns) if isinstance(row, Mapping) else tuple(row)
    if len(cells) != len(columns):
        raise ValueError("rows")
    return cells
