"""Tasks run by papermill, several at a time, each in a process of its own; one that fails lets the others finish."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import re
import threading
import time
import traceback
from collections.abc import Callable, Sequence
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

from rlpipeline.execution.forks import Child
from rlpipeline.execution.long_cells import LongCellNote, note_path
from rlpipeline.execution.notebook import (
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
    NOT_RUN,
    NOT_STARTED,
    OUTSIDE,
    Outcome,
    Progress,
    reason_of,
)
from rlpipeline.execution.plan import Task, Workspace, check_tasks
from rlpipeline.our_notebooks import cell_words

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
STOPPED: set[Path] = set()
"""Working directories of the builds that were interrupted: their chapters end, and no other starts."""

logging.getLogger("papermill").addHandler(logging.NullHandler())  # its English log


class StoppedError(Exception):
    """The build was interrupted: this notebook goes no further."""


def run_tasks(
    tasks: Sequence[Task],
    workspace: Workspace,
    jobs: int | None = None,
    progress: Progress | None = None,
    workers: Callable[[int], Executor] = ThreadPoolExecutor,
    keep: Callable[[Outcome], object] = lambda outcome: None,
) -> tuple[Outcome, ...]:
    """Run every task to its end, whatever becomes of the others.

    ``workers`` makes an executor of so many, to which a task and its workspace are sent; ``keep`` is told of each end.
    Gives an outcome a task, in their order. Raises UsageError: a notebook does not take its parameters, no chapter has
    started; OSError: the disk refuses.
    """
    check_tasks(tasks)
    progress = progress or Progress(StringIO(), {})
    # Two a processor: while one is being forked, read or written, the other computes.
    count = max(1, min(jobs or 2 * (os.cpu_count() or 1), len(tasks)))
    progress.begins(len(tasks), count)
    executor = workers(count)
    ends: SimpleQueue[Future[Outcome]] = (
        SimpleQueue()
    )  # ``wait`` would go through all that are under way at each end
    try:
        asked = [executor.submit(run_task, task, workspace) for task in tasks]
        for future in asked:
            future.add_done_callback(ends.put)
        left = len(tasks)
        while left:
            try:
                outcome = ends.get(timeout=TICK_SECONDS).result()
            except Empty:
                progress.long_cells.look(workspace.logs)
                progress.ticks()
                continue
            left -= 1
            keep(outcome)
            progress.finished(outcome)
    except BaseException as error:  # an interruption: no chapter outlives it
        if not isinstance(error, Exception):
            progress.long_cells.interrupted(workspace.logs)
        executor.shutdown(wait=False, cancel_futures=True)
        STOPPED.add(workspace.root)
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
        progress.ends()
    return tuple(future.result() for future in asked)


def run_task(task: Task, workspace: Workspace) -> Outcome:
    """Run one notebook and write it, executed and scrubbed, in the workspace; again where its process died once.

    Raises StoppedError, OSError: no fault of the chapter: the build was interrupted, or the disk is full or refuses to
    be written.
    """
    begun, data, path = time.monotonic(), task.notebook.read_bytes(), workspace.executed(task)
    log = workspace.log(task)
    log.parent.mkdir(parents=True, exist_ok=True)
    note = LongCellNote(note_path(workspace.logs, task.territory, task.chapter))
    for _ in range(RUNS):
        run = ChapterRun(workspace, log, note, read_notebook(task.notebook, data))
        error = None
        if run.stopped:
            raise StoppedError
        try:
            papermill.execute_notebook(
                run.notebook,
                None,
                parameters=task.parameters,
                engine_name=ENGINE,
                kernel_name="python3",
                language="python",
                progress_bar=False,
                run=run,
            )
        except PapermillExecutionError:  # the error is in the notebook, where its problem is found
            break
        except Exception as caught:  # whatever happens to one chapter, the others finish
            if isinstance(caught, OSError) and caught.errno in DISK_ERRORS:
                raise
            error = caught
            with log.open(
                "a", encoding="utf-8"
            ) as stream:  # kept beside the notebook: what there is to report
                traceback.print_exc(file=stream)
        if error or run.ended or run.late:
            break
    if run.stopped and not run.ended:
        raise StoppedError
    cell_id, reason = run.failure(error) or (None, "")
    run.notebook.cells = [
        cell for cell in run.notebook.cells if not has_tag(cell, ERROR_MARKER_TAG)
    ]
    clean = scrubbed(run.notebook, workspace.root)
    if reason:
        notice = f"**Ce chapitre a échoué.** {run.named(cell_id)}. Raison : {reason}."
        clean.cells.insert(0, new_markdown_cell(notice, id="rlpipeline-echec"))  # type: ignore[no-untyped-call]
        path = workspace.failures / task.territory / path.name
    write_private(path, clean)
    if reason and log.is_file() and log.stat().st_size:
        text = scrubbed_text(log.read_text(encoding="utf-8", errors="replace"), workspace.root)
        path.with_suffix(".log").write_text(text, encoding="utf-8", newline="\n")
    digest, seconds = hashlib.sha256(data).hexdigest(), time.monotonic() - begun
    return Outcome(task, path, seconds, reason, cell_id, digest, run.named(cell_id))


@dataclass(eq=False)
class ChapterRun:
    """One run of a notebook, filled in as it goes so that a failure leaves something to look at.

    ``workspace``: its root is the chapter's working directory. papermill's own ``cwd`` moves the whole process, hence
    every thread; ``log``: what the chapter's process writes in no cell; ``note``: which cell takes long; ``notebook``,
    ``cell_id``: the notebook as far as it ran, and the last cell begun; ``ended``: whether its process told its end;
    ``outside``: cell and type of the first error of a thread or a task that a cell began.
    """

    workspace: Workspace
    log: Path
    note: LongCellNote
    notebook: NotebookNode
    cell_id: str | None = None
    ended: bool = False
    outside: tuple[str, str] | None = None
    _clears: bool = False
    _begun: float = field(default_factory=time.monotonic)
    _cell_begun: float = field(default_factory=time.monotonic)
    _displayed: dict[str, list[NotebookNode]] = field(default_factory=dict)

    @property
    def late(self) -> bool:
        """Whether the cell that runs, or the notebook, is beyond its time limit."""
        now, limit = time.monotonic(), 60 * self.workspace.cell_minutes
        return now - self._cell_begun > limit or now - self._begun > CELLS_OF_NOTEBOOK * limit

    @property
    def stopped(self) -> bool:
        """Whether its build was interrupted, here or where a worker was asked from: its workspace is gone."""
        return self.workspace.root in STOPPED or not self.workspace.root.is_dir()

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

    def execute(self, notebook: NotebookNode) -> None:
        """Run the notebook's cells, in place, up to the first in error, which the notebook keeps."""
        self.notebook = notebook
        cells = {cell.id: cell for cell in self.cells}
        for cell in cells.values():
            cell.outputs, cell.execution_count = [], None
        asked = [(cell.id, cell.source) for cell in cells.values() if not has_tag(cell, SKIPPED)]
        over = threading.Event()
        directory = str(self.workspace.root)
        child = Child({"cells": asked, "directory": directory, "log": str(self.log)})

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
            for event in child.events():
                self._hear(event, cells)
        finally:
            over.set()
            child.close()
        for cell in cells.values():
            cell.outputs = _settled(cell.outputs)

    def failure(self, error: Exception | None) -> tuple[str | None, str] | None:
        """The first cell that shows that the notebook did not run to its end, and why; a cell's own error before all.

        ``error``: what was raised beside the cells, if anything.
        """
        if not self.ended and self.cell_id is None:
            return None, NOT_STARTED
        for cell in self.cells:
            for output in cell.get("outputs", ()):
                if output.output_type == "error":
                    return cell.id, reason_of(output.ename, output.evalue, cell.source)
        if not self.ended and error is None:
            late = LATE.format(f"{self.workspace.cell_minutes:g}")
            return self.cell_id, late if self.late else DIED
        if error is not None:
            return self.cell_id, (
                f"erreur inattendue de l'exécution ({type(error).__name__}) ; relancer ; si elle persiste, la signaler "
                "avec le journal conservé à côté du notebook"
            )
        for cell in self.cells:
            if cell.execution_count is None:
                return cell.id, NOT_RUN
        return self.outside and (self.outside[0], OUTSIDE.format(self.outside[1]))

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
        cls, nb: NotebookNode, kernel_name: str, run: ChapterRun, **_options: Any
    ) -> NotebookNode:
        """Execute every cell of the notebook in place, and keep it within reach of the run."""
        run.execute(nb)
        return nb


papermill_engines.register(ENGINE, ForkingEngine)
