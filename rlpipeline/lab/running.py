"""A chapter run as the build runs it, and the whole report made again, both shown in the notebook that asks for it."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from IPython.display import display
from nbformat import NotebookNode

from rlpipeline.execution.notebook import has_tag, read_notebook
from rlpipeline.execution.outcome import Failure
from rlpipeline.execution.plan import Task
from rlpipeline.execution.runner import run_tasks
from rlpipeline.execution.workspace import open_workspace
from rlpipeline.figures.counting import Counts
from rlpipeline.records import write_store

HIDDEN = ("parameters", "injected-parameters", "setup")


def run_chapter(task: Task, counts: Counts, params: Path) -> None:
    """Run a chapter in a private folder that is gone afterwards, and display what its cells show."""
    place = tempfile.TemporaryDirectory(prefix="rl-")
    with place as out, open_workspace(Path(out), params, task.year) as workspace:
        write_store(counts.records, workspace.records)
        counts.write(str(workspace.figures))
        outcome = run_tasks([task], workspace)[0]
        if outcome.error is not None:
            _show({"text/markdown": _failure(outcome.error)})
            return
        for data in shown(read_notebook(outcome.notebook)):
            _show(data)


def shown(notebook: NotebookNode) -> Iterable[dict[str, Any]]:
    """Give what the cells of an executed chapter show, in order; its code is left out."""
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            yield {"text/markdown": cell.source}
        elif not any(has_tag(cell, tag) for tag in HIDDEN):
            yield from (dict(output.data) for output in cell.outputs if "data" in output)


def rebuild(arguments: Sequence[str], pages: Iterable[Path]) -> None:
    """Make the report in a process of its own, telling what it tells, then link to its pages."""
    command = [sys.executable, "-m", "rlpipeline.cli", "build", *arguments]
    stderr = subprocess.STDOUT
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=stderr, text=True, encoding="utf-8") as process:
        for line in process.stdout or ():
            sys.stdout.write(line)
    if process.returncode == 0:
        _show({"text/html": "<br>".join(_link(page) for page in pages if page.is_file())})


def _link(page: Path) -> str:
    address = escape(page.as_posix())
    return f'<a href="{address}" target="_blank">{address}</a>'


def _failure(error: Failure) -> str:
    return f"**Ce chapitre a échoué.** Cellule : `{error.cell_id}`. Raison : {error.reason}."


def _show(data: dict[str, Any]) -> None:
    display(data, raw=True)  # type: ignore[no-untyped-call]
