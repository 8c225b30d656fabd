"""What executed notebooks carry beside their HTML: whose they are, which tables they show, the files they publish."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from nbformat import NotebookNode

from rlpipeline.errors import NotebookError, ReconciliationError
from rlpipeline.execution.notebook import INJECTED_TAG
from rlpipeline.execution.outcome import Outcome
from rlpipeline.publication.figures import SERVICE

TABLE, FILE = "application/vnd.rlpipeline.table+json", "application/vnd.rlpipeline.file+json"
FILE_NAME = re.compile(r"^[a-z0-9_-]+\.csv$")
SHOWN = re.compile(r'<(?:table|figure)\b[^>]*?\bdata-territoire="([^"]*)"')
OURS = ("year", "commune", "edition")
"""Parameters that say whose chapter an executed notebook is."""


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
                for output in cell.get("outputs", ()):
                    data = output.get("data", {})
                    for table in _several(data.get(TABLE, ())):
                        tables.append(ShownTable(str(table["id"]), int(table["year"]), str(table["territory"])))
                    files += map(_file, _several(data.get(FILE, ())))
            except (KeyError, TypeError, ValueError) as error:
                raise NotebookError(
                    "Un notebook porte un résultat mal formé.",
                    where=f"{path.parent.name}/{path.name}, cellule « {cell.id} »",
                    expected="ce que donne report.table ou report.alerts",
                    got=f"{type(error).__name__} ({error})" if isinstance(error, KeyError) else type(error).__name__,
                ) from error
    return tables, files


def _several(value: Any) -> Sequence[Mapping[str, Any]]:
    return [value] if isinstance(value, Mapping) else value


def _file(value: Mapping[str, Any]) -> File:
    name, columns = str(value["name"]), tuple(map(str, value["columns"]))
    if not FILE_NAME.match(name):  # a notebook chooses a name, never a place
        raise ValueError("name")
    rows = (map(row.__getitem__, columns) if isinstance(row, Mapping) else row for row in value["rows"])
    file = File(name, columns, tuple(map(tuple, rows)))
    if any(len(row) != len(columns) for row in file.rows):
        raise ValueError("rows")
    return file


def assigned(cells: Iterable[Mapping[str, Any]], tag: str) -> dict[str, Any]:
    """Constants that cells with a tag give to names."""
    values: dict[str, Any] = {}
    for cell in cells:
        if cell["cell_type"] == "code" and tag in cell["metadata"].get("tags", ()):
            for statement in ast.parse("".join(cell["source"])).body:
                if isinstance(statement, ast.Assign | ast.AnnAssign) and isinstance(statement.value, ast.Constant):
                    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
                    values |= {ast.unparse(target): statement.value.value for target in targets}
    return values


def check_owners(outcomes: Iterable[Outcome]) -> None:
    """See that each executed notebook is the one its task asked for.

    Raises ReconciliationError: one was executed for another territory, year or edition.
    """
    for outcome in outcomes:
        task = outcome.task
        injected = assigned(json.loads(outcome.notebook.read_text(encoding="utf-8"))["cells"], INJECTED_TAG)
        wanted, got = ({name: of[name] for name in OURS if name in of} for of in (task.parameters, injected))
        if got != wanted:
            words = [", ".join(f"{name} = {value!r}" for name, value in of.items()) for of in (wanted, got)]
            raise _stranger(f"{task.territory}/{task.chapter}", words[0], words[1] or "un notebook sans ses paramètres")


def check_page(page: Path, place: str, html: str) -> None:
    """See that the tables and charts of a portrait are all of its own commune.

    Raises ReconciliationError: one is about another territory.
    """
    strangers = sorted({territory for territory in SHOWN.findall(html) if territory != place})
    if place != SERVICE and strangers:
        raise _stranger(page.name, place, ", ".join(strangers))


def _stranger(where: str, expected: str, got: str) -> ReconciliationError:
    return ReconciliationError(
        "Une page allait montrer les chiffres d'un autre territoire : rien n'est publié.",
        where=where,
        expected=expected,
        got=got,
        todo="relancer « rlpipeline build » avec --force",
    )
