"""The executed notebook without what changes from one run, directory or machine to the next."""

from __future__ import annotations

import copy
import re
import sys
from pathlib import Path

from nbformat import NotebookNode
from papermill.execute import ERROR_MARKER_TAG

from rlpipeline.execution.notebook import has_tag, node

INJECTED_TAG = "injected-parameters"
VOLATILE_METADATA = ("papermill", "execution")
TEMPORARY_CELL = re.compile(r"\S*ipykernel_\d+[/\\]\d+\.py")
ADDRESS = re.compile(r"\bat 0x[0-9a-fA-F]+")


def scrubbed(notebook: NotebookNode, root: Path) -> NotebookNode:
    """A copy with fixed cell ids, counts from 1, and neither timings, versions, addresses nor absolute paths."""
    clean = copy.deepcopy(notebook)
    clean.cells = [cell for cell in clean.cells if not has_tag(cell, ERROR_MARKER_TAG)]
    clean.metadata = _notebook_metadata(clean.metadata)
    count = 0
    for cell in clean.cells:
        _scrub_cell(cell)
        if cell.cell_type == "code":
            count += cell.execution_count is not None
            _scrub_code(cell, count, root)
    return clean


def _notebook_metadata(metadata: NotebookNode) -> NotebookNode:
    kept = node({key: value for key, value in metadata.items() if key not in VOLATILE_METADATA})
    if "language_info" in kept:  # the kernel fills it in with its version
        kept.language_info = node({"name": kept.language_info.get("name", "python")})
    return kept


def _scrub_cell(cell: NotebookNode) -> None:
    for key in VOLATILE_METADATA:
        cell.metadata.pop(key, None)
    if not cell.metadata.get("tags", True):  # papermill adds an empty list
        del cell.metadata["tags"]
    if has_tag(cell, INJECTED_TAG):
        cell.id = INJECTED_TAG


def _scrub_code(cell: NotebookNode, count: int, root: Path) -> None:
    if cell.execution_count is not None:
        cell.execution_count = count
    for output in cell.outputs:
        if "execution_count" in output:
            output.execution_count = cell.execution_count
        if output.output_type == "stream":
            output.text = _scrub_text(output.text, root)
        elif output.output_type == "error":
            output.traceback = [_scrub_text(line, root) for line in output.traceback]
        elif isinstance(output.get("data", {}).get("text/plain"), str):
            output.data["text/plain"] = _scrub_text(output.data["text/plain"], root)


def _scrub_text(text: str, root: Path) -> str:
    text = text.replace(str(root), ".").replace(sys.prefix, "<python>")
    return ADDRESS.sub("at 0x…", TEMPORARY_CELL.sub("<cellule>", text))
