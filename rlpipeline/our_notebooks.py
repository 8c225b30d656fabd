"""Our notebooks, those of a service that stand in their place or beside them, and their cells, read without running."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from rlpipeline.errors import SettingsError

PACKAGE = Path(__file__).resolve().parent
COUNTING, OWN_INDICATORS = "calcul", "mes_indicateurs"
"""The notebook that counts, run before the chapters, and the one that declares the indicators of the service's own."""


def beside_or_inside(folder: str) -> Path:
    """A folder of ours that is no Python: inside the package where that is installed, beside it in its repository."""
    return PACKAGE / folder if (PACKAGE / folder).is_dir() else PACKAGE.parent / folder


OURS = beside_or_inside("notebooks")
DECLARED = re.compile(r"^[^#\n]*\btable\(\s*(?:id\s*=\s*)?[\"'](\w+)[\"']", re.MULTILINE)
"""A table that a cell declares in plain words."""


def every_notebook(notebooks: Path, ours: bool) -> Mapping[str, Path]:
    """The notebooks of a folder by their name, and those of rlpipeline of another name where they are asked for."""
    folders = (OURS, notebooks) if ours else (notebooks,)
    return {path.name: path for folder in folders for path in sorted(folder.glob("*.ipynb"))}


def counting_notebook(notebooks: Path) -> Path:
    """The notebook that counts: the service's own where there is one beside its chapters, else ours."""
    own = notebooks / f"{COUNTING}.ipynb"
    return own if own.is_file() else OURS / own.name


def declaring_cells(notebook: Path) -> Sequence[tuple[str, str]]:
    """Give the place and the source of each cell of code but those that open the records; none without a notebook.

    SettingsError: it is no notebook, or a table is declared in two cells.
    """
    cells, declared = list[tuple[str, str]](), dict[str, int]()
    for number, cell in enumerate(content_of(notebook)["cells"] if notebook.is_file() else (), start=1):
        if {"parameters", "setup", "injected-parameters"} & {*cell.get("metadata", {}).get("tags", ())}:
            continue
        cells.append((f"{notebook.name}, cellule de code n° {number}", cell["source"]))
        for id in DECLARED.findall(cell["source"]):
            if declared.setdefault(id, number) != number:
                raise declared_twice(id, f"{notebook.name}, cellules de code n° {declared[id]} et n° {number}")
    return cells


def declared_twice(id: str, where: str) -> SettingsError:
    """Say that a table is declared twice."""
    todo = "effacer l'une des deux déclarations, ou donner un autre nom à son tableau"
    return SettingsError("Un tableau est déclaré deux fois.", where, got=f"« {id} »", todo=todo)


def content_of(notebook: Path) -> dict[str, Any]:
    """Give the content of a notebook, of its cells those of code, each with its source; SettingsError: it is none."""
    try:
        content: dict[str, Any] = json.loads(notebook.read_text(encoding="utf-8"))
        cells = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
        return {**content, "cells": [{**cell, "source": "".join(cell["source"])} for cell in cells]}
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError("Ce fichier n'est pas un notebook.", str(notebook)) from error


def places_of(notebook: Path) -> Mapping[str, str]:
    """Say which cell of the service's own notebook declares each table; nothing of one of ours."""
    cells = declaring_cells(notebook) if notebook.parent != OURS else ()
    return {id: place for place, source in cells for id in DECLARED.findall(source)}


@cache
def cell_of_ours(id: str) -> str:
    """Say which cell of our notebook of counts declares a table; empty where none does."""
    return next(
        (place for place, source in declaring_cells(OURS / f"{COUNTING}.ipynb") if id in DECLARED.findall(source)), ""
    )
