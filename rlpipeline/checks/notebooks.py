"""Executed notebooks as they lie in the publication: what their cells show, and the figures that they carry."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlpipeline.checks.figures import where_of
from rlpipeline.checks.model import Figure, Place
from rlpipeline.declared import ROUNDED, FigureKey

_KINDS = {f"application/vnd.rlpipeline.{kind}+json": kind for kind in ("table", "figure", "text", "file")}


@dataclass(frozen=True)
class Output:
    """What a cell of a notebook shows: its HTML, whether it shows something, what it carries, by kind.

    Parameters
    ----------
    place
        The cell.
    """

    place: Place
    html: str
    is_shown: bool
    carried: tuple[tuple[str, Mapping[str, Any]], ...]


@dataclass(frozen=True)
class Notebook:
    """An executed notebook: what its cells show, in order, and its cells of Markdown."""

    file: str
    outputs: tuple[Output, ...]
    markdown: tuple[str, ...]


def read_notebook(path: Path, file: str) -> Notebook:
    """Read what each cell of a notebook shows.

    Raises
    ------
    OSError, ValueError, KeyError
        It is none.
    """
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    shown = tuple(_output(output, cell, file) for cell in cells for output in cell.get("outputs", ()))
    return Notebook(file, shown, tuple(_joined(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"))


def _output(output: Mapping[str, Any], cell: Mapping[str, Any], file: str) -> Output:
    data = output.get("data", {})
    carried = tuple(
        (kind, item)
        for mime, kind in _KINDS.items()
        if mime in data
        for item in (data[mime] if isinstance(data[mime], list) else [data[mime]])
    )
    plain = _joined(data.get("text/plain", output.get("text", "")))
    others = any(mime.startswith(("image/", "text/markdown")) for mime in data)
    html, place = _joined(data.get("text/html", "")), Place(file, f"cellule {cell.get('id', '')}")
    return Output(place, html, bool(html or plain.strip() or others), carried)


def _joined(lines: Any) -> str:
    return "".join(lines) if isinstance(lines, list) else str(lines)


def carried_figure(row: Mapping[str, Any], file: str) -> Figure:
    """Read a figure that a table of a notebook carries."""
    key = FigureKey(
        str(row["indicateur"]), int(row["annee"]), str(row["territoire"]), str(row["ligne"]), str(row["colonne"])
    )
    value = None if row["valeur"] is None else float(row["valeur"])
    state, base = str(row["etat"]), int(row.get("base") or 0)
    margin = base - 1.0 if state == ROUNDED else 0.0
    return Figure(key, value, str(row["unite"] or ""), state, Place(file, where_of(key)), margin)
