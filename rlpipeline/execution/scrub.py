"""The executed notebook without what changes from one run, directory or machine to the next."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from papermill.execute import ERROR_MARKER_TAG

from rlpipeline.execution.notebook import has_tag, node

INJECTED_TAG = "injected-parameters"
VOLATILE_METADATA = ("papermill", "execution")
TEMPORARY_CELL = re.compile(r"\S*ipykernel_\d+[/\\]\d+\.py")
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")


def scrubbed(notebook: NotebookNode, root: Path) -> NotebookNode:
    """A copy with fixed cell ids, counts from 1, and neither timings, versions, addresses nor absolute paths."""
    cells, count = [], 0
    for cell in notebook.cells:
        if cell.cell_type == "code":
            count += cell.execution_count is not None
        if not has_tag(cell, ERROR_MARKER_TAG):
            cells.append(_scrubbed_cell(cell, count, root))
    return node({**notebook, "metadata": _notebook_metadata(notebook.metadata), "cells": cells})


def _notebook_metadata(metadata: NotebookNode) -> dict[str, Any]:
    kept = {key: value for key, value in metadata.items() if key not in VOLATILE_METADATA}
    if "language_info" in kept:  # the kernel fills it in with its version
        kept["language_info"] = {"name": kept["language_info"].get("name", "python")}
    return kept


def _scrubbed_cell(cell: NotebookNode, count: int, root: Path) -> NotebookNode:
    metadata = {key: value for key, value in cell.metadata.items() if key not in VOLATILE_METADATA}
    if not metadata.get("tags", True):  # papermill adds an empty list
        del metadata["tags"]
    clean = {**cell, "metadata": metadata}
    if has_tag(cell, INJECTED_TAG):
        clean["id"] = INJECTED_TAG
    if cell.cell_type == "code":
        clean["execution_count"] = None if cell.execution_count is None else count
        clean["outputs"] = [_scrubbed_output(output, clean["execution_count"], root) for output in cell.outputs]
    return node(clean)


def _scrubbed_output(output: NotebookNode, count: int | None, root: Path) -> NotebookNode:
    clean = dict(output)
    if "execution_count" in clean:
        clean["execution_count"] = count
    if output.output_type == "stream":
        clean["text"] = _scrub_text(output.text, root)
    elif output.output_type == "error":
        clean["traceback"] = [_scrub_text(line, root) for line in output.traceback]
    elif isinstance(text := output.get("data", {}).get("text/plain"), str):
        clean["data"] = {**output.data, "text/plain": _scrub_text(text, root)}
    return node(clean)


def _scrub_text(text: str, root: Path) -> str:
    text = text.replace(str(root), ".").replace(sys.prefix, "<python>")
    return ADDRESS.sub("at 0x…", TEMPORARY_CELL.sub("<cellule>", text))
