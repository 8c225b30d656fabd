"""Tasks run by papermill, several at a time; one that fails lets the others finish."""

from __future__ import annotations

import errno
import hashlib
import os
import time
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from io import StringIO
from queue import Empty, SimpleQueue

import papermill
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from rlpipeline.execution import engine
from rlpipeline.execution.engine import ChapterRun, DiedError, StoppedError
from rlpipeline.execution.notebook import markdown_cell, read_notebook, write_private
from rlpipeline.execution.outcome import (
    DIED,
    LATE,
    NOT_RUN,
    NOT_STARTED,
    Failure,
    Outcome,
    reason_of,
    reason_outside,
)
from rlpipeline.execution.plan import Task, check_tasks
from rlpipeline.execution.progress import Lines
from rlpipeline.execution.request import Limits, Running
from rlpipeline.execution.scrub import scrubbed
from rlpipeline.execution.workspace import Workspace

TICK_SECONDS = 1.0
"""How often the progress is told while nothing ends."""
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EROFS, getattr(errno, "EDQUOT", errno.ENOSPC)})


def run_tasks(
    tasks: Sequence[Task],
    workspace: Workspace,
    jobs: int | None = None,
    progress: Lines | None = None,
    running: Running | None = None,
    keep: Callable[[Outcome], object] = lambda outcome: None,
) -> tuple[Outcome, ...]:
    """Run every task to its end, whatever becomes of the others.

    ``keep`` is told of each end. Gives an outcome a task, in their order. Raises UsageError: a notebook does not take
    its parameters, no chapter has started; OSError: the disk refuses.
    """
    check_tasks(tasks)
    progress, running = progress or Lines(StringIO(), {}), running or Running()
    # Two a processor: while one is being forked, read or written, the other computes.
    workers = max(1, min(jobs or 2 * (os.cpu_count() or 1), len(tasks)))
    progress.begins(len(tasks), workers)
    executor = running.executor(workers)
    ends: SimpleQueue[Future[Outcome]] = SimpleQueue()  # ``wait`` would go through all that are under way at each end
    try:
        asked = {executor.submit(run_task, task, workspace, running.limits): rank for rank, task in enumerate(tasks)}
        for future in asked:
            future.add_done_callback(ends.put)
        ended: dict[int, Outcome] = {}
        while len(ended) < len(tasks):
            try:
                future = ends.get(timeout=TICK_SECONDS)
            except Empty:
                progress.ticks()
                continue
            outcome = ended[asked[future]] = future.result()
            keep(outcome)
            progress.finished(outcome)
    except BaseException:  # an interruption: no chapter outlives it
        executor.shutdown(wait=False, cancel_futures=True)
        engine.STOPPED.add(workspace.root)
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
        progress.ends()
    return tuple(ended[rank] for rank in sorted(ended))


def run_task(task: Task, workspace: Workspace, limits: Limits) -> Outcome:
    """Run one notebook and write it, executed and scrubbed, in the workspace; again where its process died once.

    Raises StoppedError, OSError: no fault of the chapter: the build was interrupted, or the disk is full or refuses to
    be written.
    """
    begun, data = time.monotonic(), task.notebook.read_bytes()
    log = workspace.log(task)
    log.parent.mkdir(parents=True, exist_ok=True)
    for _ in range(limits.runs):
        run, error = ChapterRun(workspace.root, log, limits), None
        if run.stopped:
            raise StoppedError
        try:
            papermill.execute_notebook(
                read_notebook(task.notebook, data),
                None,
                parameters=task.parameters,
                engine_name=engine.register(),
                kernel_name="python3",
                language="python",
                progress_bar=False,
                run=run,
            )
        except PapermillExecutionError:  # the error is in the notebook, where its problem is found
            break
        except StoppedError:
            raise
        except Exception as caught:  # whatever happens to one chapter, the others finish
            if isinstance(caught, OSError) and caught.errno in DISK_ERRORS:
                raise
            error = caught
            with log.open("a", encoding="utf-8") as stream:  # kept beside the notebook: what there is to report
                traceback.print_exc(file=stream)
        if not isinstance(error, DiedError) or run.late:
            break
    failed = _failure(run, error)
    failure = failed and Failure(*failed, workspace.failed(task))
    path = failure.notebook_copy if failure else workspace.executed(task)
    write_private(path, _presentable(run, task, workspace, failure))
    digest = hashlib.sha256(data).hexdigest()
    return Outcome(task, "echec" if failure else "ok", path, failure, time.monotonic() - begun, True, digest)


def _failure(run: ChapterRun, error: Exception | None) -> tuple[str | None, str] | None:
    """The first cell that shows that the notebook did not run to its end, and why; an error of a cell before all."""
    for cell in run.cells:
        for output in cell.get("outputs", ()):
            if output.output_type == "error":
                return cell.id, reason_of(output.ename, output.evalue)
    if error is not None:
        if run.cell_id is None:
            return None, NOT_STARTED
        if isinstance(error, DiedError):
            return run.cell_id, LATE if run.late else DIED
        return run.cell_id, (
            f"erreur inattendue de l'exécution ({type(error).__name__}) ; relancer ; si elle persiste, la signaler "
            "avec le journal conservé à côté du notebook"
        )
    for cell in run.cells:
        if cell.execution_count is None:
            return cell.id, NOT_RUN
    return run.outside and (run.outside[0], reason_outside(run.outside[1]))


def _presentable(run: ChapterRun, task: Task, workspace: Workspace, failure: Failure | None) -> NotebookNode:
    clean = scrubbed(run.notebook if run.notebook is not None else read_notebook(task.notebook), workspace.root)
    if failure:
        notice = f"**Ce chapitre a échoué.** Cellule : `{failure.cell_id}`. Raison : {failure.reason}."
        clean.cells.insert(0, markdown_cell("rlpipeline-echec", notice))
    return clean
