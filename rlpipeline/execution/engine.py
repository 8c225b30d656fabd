"""papermill's engine that runs a chapter in a process of its own, and holds its notebook as far as it ran."""

from __future__ import annotations

import logging
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbformat import NotebookNode, from_dict
from papermill.engines import Engine, papermill_engines

from rlpipeline.execution.clock import Stopwatch
from rlpipeline.execution.forks import Child, start
from rlpipeline.execution.notebook import has_tag

NAME = "rlpipeline"
LOG = logging.getLogger("papermill")
SKIPPED = "skip-execution"
REWRITTEN = re.compile(r".*\r(?=[^\n])")
"""What a line showed before a carriage return."""
WATCH_SECONDS = 1.0


class StoppedError(Exception):
    """The build was interrupted: this notebook goes no further."""


class DiedError(Exception):
    """The chapter's process ended before its last cell."""


class LateError(Exception):
    """The chapter was ended at its time limit."""


@dataclass(frozen=True)
class Limits:
    """Time limits in seconds; how many times a process's start is tried, and a notebook whose process died on the way.

    Notebooks are pure, so one whose process or its server was killed is run again from its start; twice is a failure.
    """

    cell_seconds: int = 600
    notebook_seconds: int = 1800
    starts: int = 3
    runs: int = 2


@dataclass(frozen=True)
class Problem:
    """What shows that a notebook did not run to its end.

    Parameters
    ----------
    kind
        ``error`` (a cell raised), ``thread`` or ``task`` (an exception in a thread or an asyncio task), ``not_run``
        (a cell was passed over).
    """

    kind: str
    cell_id: str
    ename: str = ""
    evalue: str = ""


@dataclass(eq=False)
class ChapterRun:
    """One run of a notebook, filled in by the engine so that a failure leaves something to look at.

    Parameters
    ----------
    directory
        The chapter's working directory. papermill's own ``cwd`` moves the whole process, hence every thread.
    log
        What the chapter's process writes in no cell.
    notebook, cell_id
        The notebook as far as it ran, and the last cell begun.
    reads
        What it read, told at its end.
    """

    directory: Path
    log: Path
    limits: Limits
    watch: Stopwatch = field(default_factory=Stopwatch)
    notebook: NotebookNode | None = None
    cell_id: str | None = None
    reads: list[list[str]] | None = None
    _outside: Problem | None = None
    _clears: bool = False
    _cell_watch: Stopwatch = field(default_factory=Stopwatch)
    _displayed: dict[str, list[NotebookNode]] = field(default_factory=dict)

    @property
    def late(self) -> bool:
        """Whether the cell that runs, or the notebook, is beyond its time limit."""
        limits = self.limits
        return self._cell_watch.seconds > limits.cell_seconds or self.watch.seconds > limits.notebook_seconds

    @property
    def problem(self) -> Problem | None:
        """The first thing that shows that the notebook did not run to its end; an error of a cell before all."""
        cells = [] if self.notebook is None else _code_cells(self.notebook)
        for cell in cells:
            for output in cell.outputs:
                if output.output_type == "error":
                    return Problem("error", cell.id, output.ename, output.evalue)
        not_run = (Problem("not_run", cell.id) for cell in cells if cell.execution_count is None)
        return next(not_run, self._outside)

    def execute(self) -> None:
        """Run the notebook's cells up to the first in error, which the notebook keeps.

        Raises
        ------
        DiedError, LateError
            The process ended, or was ended, on the way.
        StoppedError
            The build is interrupted.
        """
        assert self.notebook is not None
        cells = {cell.id: cell for cell in _code_cells(self.notebook)}
        for cell in cells.values():
            cell.outputs, cell.execution_count = [], None
        asked = [(cell.id, cell.source) for cell in cells.values() if not has_tag(cell, SKIPPED)]
        ended = False
        with RUNNING.child(self, {"cells": asked, "directory": str(self.directory), "log": str(self.log)}) as child:
            for event in child.events():
                self._hear(event, cells)
                ended = ended or "end" in event
        for cell in cells.values():
            cell.outputs = _settled(cell.outputs)
        if not ended:
            RUNNING.check(self.directory)
            raise LateError if self.late else DiedError

    def _hear(self, event: dict[str, Any], cells: dict[str, NotebookNode]) -> None:
        if "cell" in event:
            self.cell_id, self._cell_watch, self._clears = event["cell"], Stopwatch(), False
            cells[event["cell"]].execution_count = event["count"]
        elif "end" in event:
            self.reads = event["reads"]
            self._outside = Problem(*event["problem"]) if event["problem"] else None
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


def _code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    """Cells that have something to run."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]


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


class RunningChapters:
    """The chapters under way in this process, so that an interruption can end those of one build.

    A build is known by its chapters' working directory: a worker of a cluster may serve several at a time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._children: dict[Child, Path] = {}
        self._stopped: set[Path] = set()

    def check(self, directory: Path) -> None:
        """Raise StoppedError once the build of this directory is interrupted."""
        if directory in self._stopped:
            raise StoppedError

    @contextmanager
    def child(self, run: ChapterRun, request: dict[str, Any]) -> Iterator[Child]:
        """Keep a chapter's process within reach while it runs, and end it at its time limit."""
        child, over = start(request), threading.Event()
        with self._lock:
            self._children[child] = run.directory

        def watch() -> None:
            while not over.wait(WATCH_SECONDS):
                child.wake()
                if run.late or run.directory in self._stopped:
                    child.kill()

        threading.Thread(target=watch, name="chapter-watch", daemon=True).start()
        try:
            yield child
        finally:
            over.set()
            with self._lock:
                del self._children[child]
            child.close()

    def kill(self, directory: Path) -> None:
        """End every chapter of a build at once, those being started too."""
        self._stopped.add(directory)
        with self._lock:
            children = [child for child, own in self._children.items() if own == directory]
        for child in children:
            child.kill()


RUNNING = RunningChapters()


def register() -> str:
    """Make the engine known to papermill, silence its English log, and return the engine's name."""
    papermill_engines.register(NAME, ForkingEngine)
    if not any(isinstance(handler, logging.NullHandler) for handler in LOG.handlers):
        LOG.addHandler(logging.NullHandler())
    return NAME
