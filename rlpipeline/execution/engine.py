"""papermill's engine that runs a chapter in a process of its own, and holds its notebook as far as it ran."""

from __future__ import annotations

import logging
import re
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, from_dict
from papermill.engines import Engine, papermill_engines

from rlpipeline.execution.forks import Child
from rlpipeline.execution.notebook import has_tag
from rlpipeline.execution.request import Limits

NAME = "rlpipeline"
LOG = logging.getLogger("papermill")
SKIPPED = "skip-execution"
REWRITTEN = re.compile(r".*\r(?=[^\n])")
"""What a line showed before a carriage return."""
WATCH_SECONDS = 0.5
STOPPED: set[Path] = set()
"""Working directories of the builds that were interrupted: their chapters end, and no other starts."""


class StoppedError(Exception):
    """The build was interrupted: this notebook goes no further."""


class DiedError(Exception):
    """The chapter's process ended before its last cell, or was ended at its time limit."""


@dataclass(eq=False)
class ChapterRun:
    """One run of a notebook, filled in by the engine so that a failure leaves something to look at.

    ``directory``: the chapter's working directory. papermill's own ``cwd`` moves the whole process, hence every thread;
    ``log``: what the chapter's process writes in no cell; ``notebook``, ``cell_id``: the notebook as far as it ran, and
    the last cell begun; ``outside``: cell and type of the first error of a thread or a task that a cell began.
    """

    directory: Path
    log: Path
    limits: Limits
    notebook: NotebookNode | None = None
    cell_id: str | None = None
    outside: tuple[str, str] | None = None
    _clears: bool = False
    _begun: float = field(default_factory=time.monotonic)
    _cell_begun: float = field(default_factory=time.monotonic)
    _displayed: dict[str, list[NotebookNode]] = field(default_factory=dict)

    @property
    def late(self) -> bool:
        """Whether the cell that runs, or the notebook, is beyond its time limit."""
        now, limits = time.monotonic(), self.limits
        return now - self._cell_begun > limits.cell_seconds or now - self._begun > limits.notebook_seconds

    @property
    def stopped(self) -> bool:
        """Whether its build was interrupted, here or where a worker was asked from: its workspace is gone."""
        return self.directory in STOPPED or not self.directory.is_dir()

    @property
    def cells(self) -> list[NotebookNode]:
        """Cells that have something to run."""
        cells = [] if self.notebook is None else self.notebook.cells
        return [cell for cell in cells if cell.cell_type == "code" and cell.source.strip()]

    def execute(self) -> None:
        """Run the notebook's cells up to the first in error, which the notebook keeps.

        Raises DiedError: the process ended, or was ended, on the way.
        Raises StoppedError: the build is interrupted.
        """
        cells = {cell.id: cell for cell in self.cells}
        for cell in cells.values():
            cell.outputs, cell.execution_count = [], None
        asked = [(cell.id, cell.source) for cell in cells.values() if not has_tag(cell, SKIPPED)]
        ended, over = False, threading.Event()
        child = Child({"cells": asked, "directory": str(self.directory), "log": str(self.log)})

        def watch() -> None:
            while not over.wait(WATCH_SECONDS):
                if self.late or self.stopped:
                    child.kill()

        threading.Thread(target=watch, name="chapter-watch", daemon=True).start()
        try:
            for event in child.events():
                self._hear(event, cells)
                ended = ended or "end" in event
        finally:
            over.set()
            child.close()
        for cell in cells.values():
            cell.outputs = _settled(cell.outputs)
        if not ended:
            raise StoppedError if self.stopped else DiedError

    def _hear(self, event: dict[str, Any], cells: dict[str, NotebookNode]) -> None:
        if "cell" in event:
            self.cell_id, self._cell_begun, self._clears = event["cell"], time.monotonic(), False
            cells[event["cell"]].execution_count = event["count"]
        elif "end" in event:
            self.outside = event["outside"]
        elif self.cell_id is not None:
            outputs = cells[self.cell_id].outputs
            if "clear" in event:
                self._clears = event["clear"]
            if event.get("clear") is False or ("output" in event and self._clears and not event.get("update")):
                outputs.clear()
                self._clears = False
            if "output" in event:
                self._show(event, outputs)

    def _show(self, event: dict[str, Any], outputs: list[NotebookNode]) -> None:
        output = from_dict(event["output"])  # type: ignore[no-untyped-call]
        shown = self._displayed.setdefault(event["display_id"], []) if event.get("display_id") else []
        for former in shown:
            former.data, former.metadata = output.data, output.metadata
        if event.get("update"):
            return
        same = (former for former in outputs if former.output_type == "stream" and former.name == output.get("name"))
        if output.output_type == "stream" and (stream := next(same, None)):
            stream.text += output.text
            return
        shown.append(output)
        outputs.append(output)


def _settled(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Outputs as they read in the end: no line rewritten since, and what is printed before what is warned of."""
    settled: list[NotebookNode] = []
    for output in outputs:
        if output.output_type == "stream":
            output.text = REWRITTEN.sub("", output.text)
            if output.name == "stdout" and settled and settled[-1].get("name") == "stderr":
                settled.insert(-1, output)
                continue
        settled.append(output)
    return settled


class ForkingEngine(Engine):  # type: ignore[misc]
    """An engine that runs the chapter in a process of its own, without papermill's copies, saves and progress bar."""

    @classmethod
    def execute_notebook(cls, nb: NotebookNode, kernel_name: str, run: ChapterRun, **_options: Any) -> NotebookNode:
        """Execute every cell of the notebook in place, and keep it within reach of the run."""
        run.notebook = nb
        run.execute()
        return nb


def register() -> str:
    """Make the engine known to papermill, silence its English log, and return the engine's name."""
    papermill_engines.register(NAME, ForkingEngine)
    if not LOG.handlers:
        LOG.addHandler(logging.NullHandler())
    return NAME
