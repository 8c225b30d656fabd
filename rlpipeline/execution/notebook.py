"""Notebooks read and written: nbformat's functions with their types and one way of failing."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import nbformat
from nbformat import NotebookNode, v4

from rlpipeline.errors import UsageError


def read_notebook(path: Path, data: bytes | None = None) -> NotebookNode:
    """The notebook as nbformat 4, of the bytes that were read of it where they are given.

    Raises UsageError: the file is missing, or is not a notebook.
    """
    try:
        text = (path.read_bytes() if data is None else data).decode("utf-8")
        return cast(NotebookNode, nbformat.reads(text, as_version=4))  # type: ignore[no-untyped-call]
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        raise UsageError(
            "Le fichier n'est pas un notebook lisible.", where=str(path), todo="l'ouvrir dans JupyterLab"
        ) from error


def write_private(path: Path, notebook: NotebookNode) -> None:
    """Write a notebook that its owner alone can read, whole or not at all: two workers may come to write the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, partial = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)  # of mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as stream:
            nbformat.write(notebook, stream)  # type: ignore[no-untyped-call]
        Path(partial).replace(path)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise


def markdown_cell(cell_id: str, source: str) -> NotebookNode:
    """A Markdown cell with an id of ours."""
    return cast(NotebookNode, v4.new_markdown_cell(source, id=cell_id))  # type: ignore[no-untyped-call]


def node(values: Mapping[str, Any]) -> NotebookNode:
    """A part of a notebook."""
    return NotebookNode(values)  # type: ignore[no-untyped-call]


def has_tag(cell: NotebookNode, tag: str) -> bool:
    """Whether the cell carries the tag."""
    return tag in cell.metadata.get("tags", ())
