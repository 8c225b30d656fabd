"""Notebooks read, written, and without what changes from a run or a machine to the next, nor what only tools read."""

from __future__ import annotations

import re
import secrets
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, cast

import nbformat
from nbformat import NotebookNode, from_dict

from rlpipeline import cell_record
from rlpipeline.errors import UsageError
from rlpipeline.execution.output_folder import write_whole
from rlpipeline.our_notebooks import PACKAGE
from rlpipeline.pictures import ADDRESS as PICTURE
from rlpipeline.pictures import bare_address

INJECTED_TAG = "injected-parameters"
SKIPPED = "skip-execution"
"""Tag of a cell that is not to run."""
NOTE = "note"
"""Tag of a text for whoever opens the notebook: it stays there, no page shows it and nobody proofreads it."""
SLIDES = frozenset({"slide", "subslide", "fragment", "skip", "notes"})
"""What JupyterLab calls a cell of a slide show: no other word of it leaves the machine."""
SHOWN = ("text/plain", "text/html", "text/markdown", "text/latex", "image/png", "image/jpeg")
"""What an output may be, beside our own bundles: a widget or an explorer of data carries the whole frame it shows."""
OWN = "application/vnd.rlpipeline."
CELL = re.compile(r"<ipython-input-\d+-\w+>")
ADDRESS = re.compile(r"\b0x[0-9a-fA-F]{6,}")
PLACE = re.compile(
    r"(?<![\w.:/<+=-])(?:file://)?/(?:home|root|tmp|usr|var|opt|mnt|work|srv|media|Users|Volumes|private)/[^\s'\"<>:)]*"
    r"|(?:file:///)?\b[A-Za-z]:\\+(?:Users|Windows|Temp|Program)[^\s'\"<>:)]*"
)


def read_notebook(path: Path, data: bytes | None = None) -> NotebookNode:
    """The notebook as nbformat 4, of the bytes that were read of it where they are given.

    Raises UsageError: the file is missing, or is not a notebook.
    """
    try:
        text = (path.read_bytes() if data is None else data).decode("utf-8")
        return cast(NotebookNode, nbformat.reads(text, as_version=4))  # type: ignore[no-untyped-call]
    except (OSError, ValueError, AttributeError, nbformat.ValidationError) as error:
        raise UsageError(
            "Le fichier n'est pas un notebook lisible.",
            where=str(path),
            todo="l'ouvrir dans JupyterLab",
        ) from error


def write_private(path: Path, notebook: NotebookNode) -> None:
    """Write a notebook that its owner alone can read, whole or not at all: two workers may come to write the same."""
    path.parent.mkdir(parents=True, exist_ok=True)
    text = nbformat.writes(notebook)  # type: ignore[no-untyped-call]
    write_whole(path, f"{text}\n", writer=secrets.token_hex(4), durable=False)


def publish_notebook(executed: Path, target: Path) -> None:
    """Copy an executed notebook without what is private."""
    text = executed.read_text(encoding="utf-8")
    if cell_record.MIME in text:
        notebook = read_notebook(executed)
        for cell in notebook.cells:
            for output in cell.get("outputs", ()):
                output.get("data", {}).pop(cell_record.MIME, None)
        text = nbformat.writes(notebook) + "\n"  # type: ignore[no-untyped-call]
    target.write_text(text, encoding="utf-8", newline="\n")


def has_tag(cell: NotebookNode, tag: str) -> bool:
    """Whether the cell carries the tag."""
    return tag in cell.metadata.get("tags", ())


def without_notes(notebook: NotebookNode) -> list[NotebookNode]:
    """Give the cells that a page may show."""
    return [cell for cell in notebook.cells if not has_tag(cell, NOTE)]


def scrubbed(notebook: NotebookNode, root: Path) -> NotebookNode:
    """A copy with fixed cell ids, counts from 1, and no notes, timings, versions, addresses or absolute paths."""
    cells, count, metadata = [], 0, dict[str, Any]()
    if "kernelspec" in notebook.metadata:  # a display name can say whose environment it is
        name = notebook.metadata["kernelspec"].get("name", "python3")
        metadata["kernelspec"] = {"display_name": "Python 3", "language": "python", "name": name}
    if "language_info" in notebook.metadata:  # JupyterLab fills it in with its version
        metadata["language_info"] = {
            "name": notebook.metadata["language_info"].get("name", "python")
        }
    for cell in without_notes(notebook):
        count += cell.cell_type == "code" and cell.execution_count is not None
        cells.append(_scrubbed_cell(cell, count, root))
    return cast(NotebookNode, from_dict({**notebook, "metadata": metadata, "cells": cells}))  # type: ignore[no-untyped-call]


def scrubbed_text(text: str, root: Path) -> str:
    """The text without the places of this machine, nor addresses in its memory."""
    places = {str(root): ".", sys.prefix: "<python>", str(PACKAGE.parent): "<rlpipeline>"}
    places |= {
        sys.base_prefix: "<python>",
        str(Path.home()): "<chemin>",
        tempfile.gettempdir(): "<chemin>",
    }
    for place in sorted(places, key=len, reverse=True):  # the innermost first
        if len(Path(place).parts) > 2:  # /usr or / would cut words of the service
            text = text.replace(place, places[place])
    return ADDRESS.sub("0x…", PLACE.sub("<chemin>", CELL.sub("<cellule>", text)))


def _scrubbed_cell(cell: NotebookNode, count: int, root: Path) -> dict[str, Any]:
    metadata = {
        key: cell.metadata[key] for key in ("tags", "alt") if cell.metadata.get(key, []) != []
    }
    kind = cell.metadata.get("slideshow", {}).get("slide_type")
    if kind in SLIDES:
        metadata["slideshow"] = {"slide_type": kind}
    clean = {**cell, "metadata": metadata}
    if has_tag(cell, INJECTED_TAG):
        clean["id"] = INJECTED_TAG
    if cell.cell_type == "code":
        clean["execution_count"] = None if cell.execution_count is None else count
        clean["outputs"] = [
            _scrubbed_output(output, clean["execution_count"], root) for output in cell.outputs
        ]
    return clean


def _scrubbed_output(output: NotebookNode, count: int, root: Path) -> dict[str, Any]:
    """An output as it may be read elsewhere; of what it shows, the kinds that pages take (``SHOWN``) and ours."""
    clean = dict(output)
    if "execution_count" in clean:
        clean["execution_count"] = count
    if output.output_type == "stream":
        clean["text"] = scrubbed_text(output.text, root)
        return clean
    if output.output_type == "error":
        clean["evalue"] = scrubbed_text(output.evalue, root)
        clean["traceback"] = [scrubbed_text(line, root) for line in output.traceback]
        return clean
    shown = output.get("data", {}).items()
    taken = ((kind, _scrubbed_content(kind, value, root)) for kind, value in shown)
    clean["data"] = {kind: value for kind, value in taken if value is not None}
    clean["metadata"] = _alternative_texts(output.get("metadata", {}))
    return clean


def _scrubbed_content(kind: str, value: object, root: Path) -> object:
    """What is shown, of one kind; None where pages do not take it."""
    if kind.startswith(OWN):
        return value
    if kind not in SHOWN or not isinstance(value, str):
        return None
    if not kind.startswith("text/"):
        return _bare(f"data:{kind};base64,{value}").partition(",")[2]
    pictures = [_bare(match[0]) for match in PICTURE.finditer(value)]
    texts = [scrubbed_text(text, root) for text in PICTURE.split(value)[::2]]
    parts = zip(texts, [*pictures, ""], strict=True)  # what codes a picture is no word
    return "".join(text + picture for text, picture in parts)


def _alternative_texts(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Of what is said of an output, its alternative text, or that of each kind that it shows."""
    kept: dict[str, Any] = {}
    for kind, value in metadata.items():
        if kind == "alt" and isinstance(value, str):
            kept[kind] = value
        elif isinstance(value, Mapping) and isinstance(value.get("alt"), str):
            kept[kind] = {"alt": value["alt"]}
    return kept


def _bare(picture: str) -> str:
    return bare_address(picture) or picture  # what is no picture is left for the page to refuse
