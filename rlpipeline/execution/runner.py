"""Tasks run by papermill, several at a time; one that fails lets the others finish."""

from __future__ import annotations

import errno
import os
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from queue import Empty, SimpleQueue

import papermill
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from rlpipeline.execution import engine, reasons
from rlpipeline.execution.chapters import Chapters, Former, trace_of
from rlpipeline.execution.clock import Stopwatch
from rlpipeline.execution.engine import ChapterRun, DiedError, LateError, Limits, StoppedError
from rlpipeline.execution.notebook import markdown_cell, read_notebook, read_with_digest, write_private
from rlpipeline.execution.outcome import Failure, Outcome
from rlpipeline.execution.parameters import check_tasks
from rlpipeline.execution.plan import Task
from rlpipeline.execution.progress import Progress
from rlpipeline.execution.scrub import scrubbed
from rlpipeline.execution.workspace import Workspace

TICK_SECONDS = 1.0
"""How often the progress is told while nothing ends."""
DISK_ERRORS = frozenset({errno.ENOSPC, errno.EROFS, getattr(errno, "EDQUOT", errno.ENOSPC)})


@dataclass(frozen=True)
class Running:
    """How tasks are run.

    Parameters
    ----------
    executor
        Makes the executor of so many workers; tasks, workspace and outcomes can be pickled.
    """

    limits: Limits = field(default_factory=Limits)
    executor: Callable[[int], Executor] = ThreadPoolExecutor


def run_tasks(
    tasks: Sequence[Task],
    workspace: Workspace,
    jobs: int | None = None,
    progress: Progress | None = None,
    running: Running | None = None,
    chapters: Chapters | None = None,
) -> tuple[Outcome, ...]:
    """Run every task to its end, whatever becomes of the others.

    Parameters
    ----------
    chapters
        Those executed before, of which a few cells may be all that has to run; told of each end, with what the notebook
        was made from.

    Returns
    -------
    tuple of Outcome
        One a task, in the order of the tasks.

    Raises
    ------
    UsageError
        A parameter is unknown or badly typed; no chapter has started.
    OSError
        The disk is full or refuses to be written.
    """
    check_tasks(tasks)
    progress, running = progress or Progress(), running or Running()
    workers = max(1, min(jobs or default_jobs(), len(tasks)))
    progress.begins(len(tasks), workers)
    executor = running.executor(workers)
    try:
        asked = {
            executor.submit(
                run_task, task, workspace, running.limits, chapters.former(task) if chapters else None
            ): rank
            for rank, task in enumerate(tasks)
        }
        outcomes = _collect(asked, progress, chapters)
    except BaseException:  # an interruption: no chapter outlives it
        executor.shutdown(wait=False, cancel_futures=True)
        engine.RUNNING.kill(workspace.root)
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
        progress.ends()
    return outcomes


def default_jobs() -> int:
    """Two chapters a processor: while one is being forked, read or written, the other computes."""
    return 2 * (os.cpu_count() or 1)


def _collect(asked: dict[Future[Outcome], int], progress: Progress, chapters: Chapters | None) -> tuple[Outcome, ...]:
    """Tell each end, then forget what it was made from; ``asked`` is emptied.

    Ends come by a queue: ``concurrent.futures.wait`` would go through all that are under way at each of them.
    """
    ended: dict[int, Outcome] = {}
    done: SimpleQueue[Future[Outcome]] = SimpleQueue()
    for future in asked:
        future.add_done_callback(done.put)
    while asked:
        try:
            future = done.get(timeout=TICK_SECONDS)
        except Empty:
            pass
        else:
            outcome = future.result()
            if chapters:
                chapters.keep(outcome)
            progress.finished(outcome)
            ended[asked.pop(future)] = replace(outcome, trace=None)
        progress.ticks()
    return tuple(ended[rank] for rank in sorted(ended))


def run_task(task: Task, workspace: Workspace, limits: Limits, former: Former | None = None) -> Outcome:
    """Run one notebook and write it, executed and scrubbed, in the workspace; of a former one, what has to run."""
    watch = Stopwatch()
    notebook, digest = (former.to_run(), former.trace.notebook) if former else read_with_digest(task.notebook)
    run, error = _execute(notebook, task, workspace, limits)
    failure = _failure(task, workspace, run, error)
    if failure and former:
        return run_task(task, workspace, limits)  # who looks at a failure looks at the whole chapter
    path = failure.notebook_copy if failure else workspace.executed(task)
    presentable = _presentable(run, task, workspace, failure)
    write_private(path, former.completed(presentable) if former else presentable)
    if failure:
        return Outcome(task, "echec", path, failure, watch.seconds, ran=True)
    trace = None if run.reads is None else trace_of(notebook, digest, run.reads)
    whole = former.traced(trace) if former and trace else trace
    return Outcome(task, "ok", path, None, watch.seconds, whole, ran=True)


def _execute(
    notebook: NotebookNode, task: Task, workspace: Workspace, limits: Limits
) -> tuple[ChapterRun, Exception | None]:
    """Run the notebook; it is tried again where its process could not start, or was killed."""
    starts = runs = 0
    while True:
        run = ChapterRun(workspace.root, workspace.log(task), limits)
        error = _execute_once(notebook, task, run)
        starts += run.cell_id is None
        runs += run.cell_id is not None
        again = runs < limits.runs and starts < limits.starts and not isinstance(error, LateError)
        if error is None or not again or (run.cell_id is not None and not isinstance(error, DiedError)):
            return run, error


def _execute_once(notebook: NotebookNode, task: Task, run: ChapterRun) -> Exception | None:
    """What stopped the run, None where it went to its end or the notebook holds the error.

    Raises
    ------
    StoppedError, OSError
        No fault of the chapter: the build was interrupted, or the disk is full or refuses to be written.
    """
    engine.RUNNING.check(run.directory)
    run.log.parent.mkdir(parents=True, exist_ok=True)
    try:
        papermill.execute_notebook(
            notebook,
            None,
            parameters=task.parameters,
            engine_name=engine.register(),
            kernel_name="python3",
            language="python",
            progress_bar=False,
            run=run,
        )
    except PapermillExecutionError:
        return None  # the error is in the notebook, where its problem is found
    except StoppedError:
        raise
    except Exception as error:  # whatever happens to one chapter, the others finish
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:
            raise
        with run.log.open("a", encoding="utf-8") as log:  # kept beside the notebook: what there is to report
            traceback.print_exc(file=log)
        return error
    return None


def _failure(task: Task, workspace: Workspace, run: ChapterRun, error: Exception | None) -> Failure | None:
    notebook, problem = workspace.failed(task), run.problem
    if error is not None and (problem is None or problem.kind != "error"):
        return Failure(run.cell_id, reasons.of_exception(error, run.cell_id), notebook)
    if problem is not None:
        return Failure(problem.cell_id, reasons.of_problem(problem), notebook)
    return None


def _presentable(run: ChapterRun, task: Task, workspace: Workspace, failure: Failure | None) -> NotebookNode:
    notebook = run.notebook if run.notebook is not None else read_notebook(task.notebook)
    clean = scrubbed(notebook, workspace.root)
    if failure:
        notice = f"**Ce chapitre a échoué.** Cellule : `{failure.cell_id}`. Raison : {failure.reason}."
        clean.cells.insert(0, markdown_cell("rlpipeline-echec", notice))
    return clean
