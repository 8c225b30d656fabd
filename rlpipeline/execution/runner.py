"""Tasks run by papermill, several at a time, each in a process of its own; one that fails lets the others finish."""

from __future__ import annotations

import errno
import hashlib
import json
import logging
import os
import re
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

import papermill
from nbformat import NotebookNode, from_dict
from nbformat.v4 import new_markdown_cell
from papermill.engines import Engine, papermill_engines
from papermill.exceptions import PapermillExecutionError
from papermill.execute import ERROR_MARKER_TAG

from rlpipeline.execution.notebook_files import (
    INJECTED_TAG,
    SKIPPED,
    has_tag,
    read_notebook,
    scrubbed,
    scrubbed_text,
    write_private,
)
from rlpipeline.execution.outcome import (
    DIED,
    LATE,
    LATE_NOTEBOOK,
    NOT_RUN,
    NOT_STARTED,
    OUTSIDE,
    UNEXPECTED,
    Outcome,
    reason_of,
)
from rlpipeline.execution.plan import Task, Workspace, check_tasks
from rlpipeline.execution.progress import LongCellNote, Progress, note_path
from rlpipeline.our_notebooks import cell_words
from rlpipeline.processes import CHAPTER_PROGRAM, Process

CELLS_OF_NOTEBOOK = 3
"""How many times as long as a cell a whole notebook may run."""
RUNS = 2
"""How many times a notebook is run whose process died on the way."""
TICK_SECONDS, WATCH_SECONDS = 1.0, 0.5
"""How often the progress is told while nothing ends, and a chapter's time limits are looked at."""
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EROFS, getattr(errno, "EDQUOT", errno.ENOSPC)})
ENGINE = "rlpipeline"
REWRITTEN = re.compile(r".*\r(?=[^\n])")
"""What a line showed before a carriage return."""

logging.getLogger("papermill").addHandler(logging.NullHandler())  # its English log


class StoppedError(Exception):
    """The build was interrupted: this notebook goes no further."""


class StopFlag:
    """Whether who asked for chapters was interrupted, told to all that run here.

    It does not travel to another machine: there a chapter ends as its workspace goes.
    """

    def __init__(self) -> None:
        self._begun = threading.Event()

    def begin(self) -> None:
        """Have the chapters end, and no other start."""
        self._begun.set()

    @property
    def is_begun(self) -> bool:
        """Whether the chapters are to end."""
        return self._begun.is_set()

    def __reduce__(self) -> tuple[type[StopFlag], tuple[()]]:
        return StopFlag, ()


def run_tasks(
    tasks: Sequence[Task],
    workspace: Workspace,
    jobs: int | None = None,
    progress: Progress | None = None,
    workers: Callable[[int], Executor] = ThreadPoolExecutor,
    keep: Callable[[Outcome], object] = lambda outcome: None,
) -> tuple[Outcome, ...]:
    """Run every task to its end, whatever becomes of the others.

    Parameters
    ----------
    workers
        Makes an executor of so many, to which a task and its workspace are sent.
    keep
        Told of each end.

    Returns
    -------
    An outcome a task, in their order.

    Raises
    ------
    UsageError
        A notebook does not take its parameters, no chapter has started.
    OSError
        The disk refuses.
    """
    check_tasks(tasks)
    progress = progress or Progress(StringIO(), {})
    # Two a processor: while one is being forked, read or written, the other computes.
    count = max(1, min(jobs or 2 * (os.cpu_count() or 1), len(tasks)))
    progress.begins(len(tasks), count)
    executor, stop_flag = workers(count), StopFlag()
    try:
        asked = [executor.submit(run_task, task, workspace, stop_flag) for task in tasks]
        for outcome in _as_they_end(asked, workspace, progress):
            keep(outcome)
            progress.finished(outcome)
    except BaseException as error:  # an interruption: no chapter outlives it
        if not isinstance(error, Exception):
            progress.long_cells.interrupted(workspace.logs)
        executor.shutdown(wait=False, cancel_futures=True)
        stop_flag.begin()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
        progress.ends()
    return tuple(future.result() for future in asked)


def _as_they_end(
    asked: Sequence[Future[Outcome]], workspace: Workspace, progress: Progress
) -> Iterator[Outcome]:
    """Give each outcome as it comes, and say meanwhile how time goes by."""
    # ``wait`` would go through all that are under way at each end.
    ends = SimpleQueue[Future[Outcome]]()
    for future in asked:
        future.add_done_callback(ends.put)
    left = len(asked)
    while left:
        try:
            ended = ends.get(timeout=TICK_SECONDS)
        except Empty:
            progress.long_cells.look(workspace.logs)
            progress.ticks()
            continue
        left -= 1
        yield ended.result()


def run_task(task: Task, workspace: Workspace, stop_flag: StopFlag) -> Outcome:
    """Run one notebook and write it, executed and scrubbed, in the workspace; again where its process died once.

    Raises
    ------
    StoppedError, OSError
        No fault of the chapter: the build was interrupted, or the disk is full or refuses to be written.
    """
    begun, data = time.monotonic(), task.notebook.read_bytes()
    log = workspace.log(task)
    log.parent.mkdir(parents=True, exist_ok=True)
    note = LongCellNote(note_path(workspace.logs, task.territory, task.chapter))
    for _ in range(RUNS):
        notebook = read_notebook(task.notebook, data)
        run = ChapterRun(workspace, log, note, stop_flag, notebook)
        if run.stopped:
            raise StoppedError
        run.run_through_papermill(task)
        if run.needs_no_retry:
            break
    if run.stopped and not run.ended:
        raise StoppedError
    cell_id, reason = run.failure() or (None, "")
    path = _write(run, task, f"{run.named(cell_id)}. Raison : {reason}" if reason else "")
    digest, seconds = hashlib.sha256(data).hexdigest(), time.monotonic() - begun
    return Outcome(task, path, seconds, reason, cell_id, digest, run.named(cell_id))


def _write(run: ChapterRun, task: Task, failure: str) -> Path:
    """Write an executed notebook where it belongs; one that failed apart, with its log, and says so first."""
    workspace, path = run.workspace, run.workspace.executed(task)
    cells = run.notebook.cells
    run.notebook.cells = [cell for cell in cells if not has_tag(cell, ERROR_MARKER_TAG)]
    clean = scrubbed(run.notebook, workspace.root)
    if not failure:
        write_private(path, clean)
        return path
    notice = f"**Ce chapitre a échoué.** {failure}."
    clean.cells.insert(0, new_markdown_cell(notice, id="rlpipeline-echec"))  # type: ignore[no-untyped-call]
    path = workspace.failures_folder / task.territory / path.name
    write_private(path, clean)
    if run.log.is_file() and run.log.stat().st_size:
        text = scrubbed_text(run.log.read_text(encoding="utf-8", errors="replace"), workspace.root)
        path.with_suffix(".log").write_text(text, encoding="utf-8", newline="\n")
    return path


@dataclass(eq=False)
class ChapterRun:
    """One run of a notebook, filled in as it goes so that a failure leaves something to look at.

    Parameters
    ----------
    workspace
        Its root is the chapter's working directory. papermill's own ``cwd`` moves the whole process, hence every
        thread.
    log
        What the chapter's process writes in no cell.
    note
        Which cell takes long.
    notebook, cell_id
        The notebook as far as it ran, and the last cell begun.
    ended
        Whether its process told its end.
    outside
        Cell and type of the first error of a thread or a task that a cell began.
    raised
        What was raised here, by papermill where a cell failed.
    """

    workspace: Workspace
    log: Path
    note: LongCellNote
    stop_flag: StopFlag
    notebook: NotebookNode
    cell_id: str | None = None
    ended: bool = False
    outside: tuple[str, str] | None = None
    raised: Exception | None = None
    _clears: bool = False
    _begun: float = field(default_factory=time.monotonic)
    _cell_begun: float = field(default_factory=time.monotonic)
    _displayed: dict[str, list[NotebookNode]] = field(default_factory=dict)

    @property
    def needs_no_retry(self) -> bool:
        """Whether another run would be no better: it did not end by the death of its process alone."""
        return self.raised is not None or self.ended or self.late

    @property
    def late(self) -> bool:
        """Whether the cell that runs, or the notebook, is beyond its time limit."""
        return bool(self._why_late)

    @property
    def _why_late(self) -> str:
        """Which limit is exceeded, in French: the cell's, or the notebook's; empty for none."""
        minutes, now = self.workspace.cell_minutes, time.monotonic()
        if now - self._cell_begun > 60 * minutes:
            return LATE.format(f"{minutes:g}")
        if now - self._begun > 60 * CELLS_OF_NOTEBOOK * minutes:
            return LATE_NOTEBOOK.format(f"{CELLS_OF_NOTEBOOK * minutes:g}", CELLS_OF_NOTEBOOK)
        return ""

    @property
    def stopped(self) -> bool:
        """Whether its build was interrupted, here or where a worker was asked from: its workspace is gone."""
        return self.stop_flag.is_begun or not self.workspace.root.is_dir()

    @property
    def cells(self) -> list[NotebookNode]:
        """Cells that have something to run."""
        return [
            cell for cell in self.notebook.cells if cell.cell_type == "code" and cell.source.strip()
        ]

    def named(self, cell_id: str | None) -> str:
        """Name one of the cells of code, by its number in the notebook and its first words; empty for none."""
        codes = (cell for cell in self.notebook.cells if _is_of_notebook(cell))
        numbered = {cell.id: (number, cell.source) for number, cell in enumerate(codes, start=1)}
        return cell_words(*numbered[cell_id]) if cell_id in numbered else cell_id or ""

    def run_through_papermill(self, task: Task) -> None:
        """Have papermill put the parameters in and run the cells. OSError: the disk is full or refuses."""
        try:
            papermill.execute_notebook(
                self.notebook,
                None,
                parameters=task.parameters,
                engine_name=ENGINE,
                kernel_name="python3",
                language="python",
                progress_bar=False,
                run=self,
                shows_values=task.shows_values,
            )
        except PapermillExecutionError as error:  # it is in the notebook, where its place is found
            self.raised = error
        except Exception as error:  # whatever happens to one chapter, the others finish
            if isinstance(error, OSError) and error.errno in DISK_ERRORS:
                raise
            self.raised = error
            with self.log.open("a", encoding="utf-8") as stream:  # kept beside the notebook
                traceback.print_exc(file=stream)

    def run_cells(self, notebook: NotebookNode, shows_values: bool) -> None:
        """Run the notebook's cells, in place, up to the first in error, which the notebook keeps."""
        self.notebook = notebook
        cells = {cell.id: cell for cell in self.cells}
        for cell in cells.values():
            cell.outputs, cell.execution_count = [], None
        asked = [(cell.id, cell.source) for cell in cells.values() if not has_tag(cell, SKIPPED)]
        over = threading.Event()
        request = {
            "cells": asked,
            "directory": str(self.workspace.root),
            "log": str(self.log),
            "shows_values": shows_values,
        }
        child = Process(CHAPTER_PROGRAM)
        child.send(json.dumps(request).encode() + b"\n")

        def watch() -> None:
            while not over.wait(WATCH_SECONDS):
                if self.late or self.stopped:
                    child.kill()
                if self.cell_id:
                    seconds = time.monotonic() - self._cell_begun
                    self.note.follow(self.named(self.cell_id), seconds)
            self.note.follow(None, 0.0)

        threading.Thread(target=watch, name="chapter-watch", daemon=True).start()
        try:
            for line in child.lines():
                self._hear(json.loads(line), cells)
        finally:
            over.set()
            child.close()
        for cell in cells.values():
            cell.outputs = _settled(cell.outputs)

    def failure(self) -> tuple[str | None, str] | None:
        """The first cell that shows that the notebook did not run to its end, and why; its own error before all."""
        if not self.ended and self.cell_id is None:
            return None, NOT_STARTED
        raised = None if isinstance(self.raised, PapermillExecutionError) else self.raised
        of_cell = self._error_of_a_cell()
        if of_cell:
            return of_cell
        if raised is not None:
            return self.cell_id, UNEXPECTED.format(type(raised).__name__)
        if not self.ended:
            return self.cell_id, self._why_late or DIED
        for cell in self.cells:
            if cell.execution_count is None:
                return cell.id, NOT_RUN
        return self.outside and (self.outside[0], OUTSIDE.format(self.outside[1]))

    def _error_of_a_cell(self) -> tuple[str, str] | None:
        """The first cell that shows an error, and why."""
        for cell in self.cells:
            for output in cell.get("outputs", ()):
                if output.output_type == "error":
                    return cell.id, reason_of(output.ename, output.evalue, cell.source)
        return None

    def _hear(self, event: dict[str, Any], cells: dict[str, NotebookNode]) -> None:
        if "cell" in event:
            self.cell_id, self._cell_begun, self._clears = event["cell"], time.monotonic(), False
            cells[event["cell"]].execution_count = event["count"]
        elif "end" in event:
            self.ended, self.outside = True, event["outside"]
        elif self.cell_id is not None:
            outputs = cells[self.cell_id].outputs
            if "clear" in event:
                self._clears = event["clear"]
            if event.get("clear") is False or (
                "output" in event and self._clears and not event.get("update")
            ):
                outputs.clear()
                self._clears = False
            if "output" in event:
                self._show(event, outputs)

    def _show(self, event: dict[str, Any], outputs: list[NotebookNode]) -> None:
        output = from_dict(event["output"])  # type: ignore[no-untyped-call]
        shown = (
            self._displayed.setdefault(event["display_id"], []) if event.get("display_id") else []
        )
        for former in shown:
            former.data, former.metadata = output.data, output.metadata
        if event.get("update"):
            return
        same = (
            former
            for former in outputs
            if former.output_type == "stream" and former.name == output.get("name")
        )
        if output.output_type == "stream" and (stream := next(same, None)):
            stream.text += output.text
            return
        shown.append(output)
        outputs.append(output)


def _is_of_notebook(cell: NotebookNode) -> bool:
    """Whether who opens the notebook has this cell of code: papermill adds that of the parameters."""
    return cell.cell_type == "code" and not has_tag(cell, INJECTED_TAG)


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
    def execute_notebook(
        cls,
        nb: NotebookNode,
        kernel_name: str,
        run: ChapterRun,
        shows_values: bool,
        **_options: Any,
    ) -> NotebookNode:
        """Execute every cell of the notebook in place, and keep it within reach of the run."""
        run.run_cells(nb, shows_values)
        return nb


papermill_engines.register(ENGINE, ForkingEngine)
