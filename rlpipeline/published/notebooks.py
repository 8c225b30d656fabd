"""Executed notebooks as they lie in the publication: what their cells show, and the tables that they carry."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rlpipeline.published.figures import where_of
from rlpipeline.published.markup import rendered, without_images
from rlpipeline.published.model import (
    ROUNDED,
    Bundle,
    Figure,
    FigureKey,
    FormerFigure,
    Label,
    Notebook,
    NotebookCell,
    Output,
    Place,
)

UNDESCRIBED = "Image sans description"
_KINDS = {f"application/vnd.rlpipeline.{kind}+json": kind for kind in ("table", "figure", "text", "file")}


def read_notebook(path: Path, directory: Path) -> Notebook:
    """Read one notebook; its folder is its territory."""
    content = json.loads(path.read_text(encoding="utf-8"))
    cells = tuple(_cell(cell) for cell in content["cells"])
    return Notebook(path.relative_to(directory).as_posix(), path.parent.name, cells)


def outputs_of(path: Path) -> Iterator[tuple[str, Any]]:
    """List all that the cells of a notebook show, as it lies there: kind (MIME) and content."""
    for cell in json.loads(path.read_text(encoding="utf-8")).get("cells", ()):
        for output in cell.get("outputs", ()):
            for mime, content in output.get("data", {}).items():
                yield mime, _joined(content) if mime.startswith("text/") else content


def _cell(cell: Mapping[str, Any]) -> NotebookCell:
    outputs = tuple(_output(output) for output in cell.get("outputs", ()))
    return NotebookCell(str(cell.get("id", "")), str(cell["cell_type"]), _joined(cell["source"]), outputs)


def _output(output: Mapping[str, Any]) -> Output:
    data = output.get("data", {})
    bundles = tuple(
        (kind, item)
        for mime, kind in _KINDS.items()
        if mime in data
        for item in (data[mime] if isinstance(data[mime], list) else [data[mime]])
    )
    plain = _joined(data.get("text/plain", output.get("text", "")))
    return Output(without_images(_shown(data)), plain, bundles)


def _shown(data: Mapping[str, Any]) -> str:
    """HTML of an output as a page takes it: its own, else its Markdown, else its picture; empty for plain text."""
    if "text/html" in data:
        return _joined(data["text/html"])
    if "text/markdown" in data:
        return rendered(_joined(data["text/markdown"]))
    pictures = (kind for kind in ("png", "jpeg") if f"image/{kind}" in data)
    kind = next(pictures, "")
    encoded = _joined(data[f"image/{kind}"]) if kind else ""
    return f'<img alt="{UNDESCRIBED}" src="data:image/{kind};base64,{encoded}">' if kind else ""


def _joined(lines: Any) -> str:
    return "".join(lines) if isinstance(lines, list) else str(lines)


def read_bundles(notebook: Notebook, year: int) -> Iterator[Bundle]:
    """Every table that the notebook carries.

    Parameters
    ----------
    year
        Year of the tables that do not say theirs.
    """
    for cell in notebook.cells:
        for output in cell.outputs:
            yield from (_bundle(value, notebook, year) for kind, value in output.bundles if kind == "table")


def _bundle(value: Mapping[str, Any], notebook: Notebook, year: int) -> Bundle:
    words = {name: str(value.get(name) or "") for name in ("id", "title", "unit", "definition", "source")}
    where = f"tableau {value['id']} ({value['territory']})"
    return Bundle(
        **words,
        territoire=str(value["territory"]),
        annee=int(value.get("year") or year),
        denominator=str(value.get("denominator") or ""),
        rows=tuple(_label(row) for row in value["rows"]),
        columns=tuple(_label(column) for column in value["columns"]),
        figures=tuple(_figure(row, notebook.file) for row in value["figures"]),
        texts=tuple((str(text["ligne"]), str(text["colonne"]), str(text["texte"])) for text in value["texts"]),
        notes=tuple(str(note) for note in value.get("notes", ())),
        place=Place(notebook.file, where),
        former=tuple(_former(row, notebook.file) for row in value.get("former", ())),
        omis=frozenset(str(code) for codes in value.get("omis", {}).values() for code in codes),
    )


def _former(row: Mapping[str, Any], file: str) -> FormerFigure:
    return FormerFigure(_figure(row, file), str(row["origine"]), bool(row["comparable"]), str(row["raison"] or ""))


def _label(value: Mapping[str, Any]) -> Label:
    return Label(str(value["code"]), str(value["label"]), str(value.get("kind") or ""))


def _figure(row: Mapping[str, Any], file: str) -> Figure:
    key = FigureKey(
        str(row["indicateur"]), int(row["annee"]), str(row["territoire"]), str(row["ligne"]), str(row["colonne"])
    )
    value = None if row["valeur"] is None else float(row["valeur"])
    state, base = str(row["etat"]), int(row.get("base") or 0)
    margin = base - 1.0 if state == ROUNDED else 0.0
    return Figure(key, value, str(row["unite"] or ""), state, Place(file, where_of(key)), margin)
