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
from jupyter_client.kernelspec import NoSuchKernel
from nbclient.exceptions import DeadKernelError
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from rlpipeline.execution import engine, guard, reasons
from rlpipeline.execution.chapters import Chapters, Former, trace_of
from rlpipeline.execution.clock import Stopwatch
from rlpipeline.execution.engine import KernelRun, Limits, StoppedError
from rlpipeline.execution.kernels.parent import KERNEL
from rlpipeline.execution.notebook import markdown_cell, read_notebook, read_with_digest, write_private
from rlpipeline.execution.outcome import Failure, Outcome
from rlpipeline.execution.parameters import check_tasks
from rlpipeline.execution.plan import Task
from rlpipeline.execution.progress import Progress, Silence
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
    kernel
        Name of the kernel, warm by default; that of each notebook when None.
    executor
        Makes the executor of so many workers; tasks, workspace and outcomes can be pickled.
    """

    limits: Limits = field(default_factory=Limits)
    kernel: str | None = KERNEL
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
        A parameter is unknown or badly typed; no kernel has started.
    OSError
        The disk is full or refuses to be written.
    """
    check_tasks(tasks)
    progress, running = progress or Silence(), running or Running()
    workers = max(1, min(jobs or default_jobs(), len(tasks)))
    progress.begins(len(tasks), workers)
    executor = running.executor(workers)
    try:
        asked = {
            executor.submit(
                run_task, task, workspace, running.limits, running.kernel, chapters.former(task) if chapters else None
            ): rank
            for rank, task in enumerate(tasks)
        }
        outcomes = _collect(asked, progress, chapters)
    except BaseException:  # an interruption: no kernel outlives it
        executor.shutdown(wait=False, cancel_futures=True)
        engine.RUNNING.kill(workspace.root)
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
        progress.ends()
    return outcomes


def default_jobs() -> int:
    """Two chapters a processor: while one waits for its kernel to start, speak or end, the other computes."""
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


def run_task(
    task: Task, workspace: Workspace, limits: Limits, kernel: str | None = None, former: Former | None = None
) -> Outcome:
    """Run one notebook and write it, executed and scrubbed, in the workspace; of a former one, what has to run."""
    watch = Stopwatch()
    notebook, digest = (former.to_run(), former.trace.notebook) if former else read_with_digest(task.notebook)
    run, error = _execute(notebook, task, workspace, limits, kernel)
    failure = _failure(task, workspace, run, error)
    if failure and former:
        return run_task(task, workspace, limits, kernel)  # who looks at a failure looks at the whole chapter
    path = failure.notebook_copy if failure else workspace.executed(task)
    presentable = _presentable(run, task, workspace, failure)
    write_private(path, former.completed(presentable) if former else presentable)
    if failure:
        return Outcome(task, "echec", path, failure, watch.seconds, ran=True)
    reads = guard.noted_reads(run.notebook) if run.notebook is not None else None
    trace = None if reads is None else trace_of(notebook, digest, reads)
    whole = former.traced(trace) if former and trace else trace
    return Outcome(task, "ok", path, None, watch.seconds, whole, ran=True)


def _execute(
    source: NotebookNode, task: Task, workspace: Workspace, limits: Limits, kernel: str | None
) -> tuple[KernelRun, Exception | None]:
    """Run the notebook; a kernel that could not start (ports can race) or was killed is tried again."""
    notebook = guard.guarded(source)
    starts = runs = 0
    while True:
        run = KernelRun(workspace.root, workspace.log(task), limits)
        error = _execute_once(notebook, task, run, kernel)
        if error is None or isinstance(error, NoSuchKernel):
            return run, error
        starts += run.cell_id is None
        runs += run.cell_id is not None
        again = runs < limits.runs and starts < limits.starts
        if not again or (run.cell_id is not None and not isinstance(error, DeadKernelError)):
            return run, error


def _execute_once(notebook: NotebookNode, task: Task, run: KernelRun, kernel: str | None) -> Exception | None:
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
            kernel_name=kernel,
            progress_bar=False,
            run=run,
        )
    except PapermillExecutionError:
        return None  # the error is in the notebook, where the guard finds it
    except StoppedError:
        raise
    except Exception as error:  # whatever happens to one chapter, the others finish
        if isinstance(error, OSError) and error.errno in DISK_ERRORS:
            raise
        with run.log.open("a", encoding="utf-8") as log:  # kept beside the notebook: what there is to report
            traceback.print_exc(file=log)
        return error
    return None


def _failure(task: Task, workspace: Workspace, run: KernelRun, error: Exception | None) -> Failure | None:
    notebook = workspace.failed(task)
    problem = guard.find_problem(run.notebook) if run.notebook is not None else None
    if error is not None and (problem is None or problem.kind != "error"):
        own = None if run.cell_id in (None, guard.FIRST_ID) else run.cell_id
        if own == guard.LAST_ID and problem is not None:
            own = problem.cell_id
        return Failure(own, reasons.of_exception(error, run.cell_id), notebook)
    if problem is not None:
        return Failure(problem.cell_id, reasons.of_problem(problem), notebook)
    return None


def _presentable(run: KernelRun, task: Task, workspace: Workspace, failure: Failure | None) -> NotebookNode:
    notebook = run.notebook if run.notebook is not None else read_notebook(task.notebook)
    clean = scrubbed(guard.unguarded(notebook), workspace.root)
    if failure:
        notice = f"**Ce chapitre a échoué.** Cellule : `{failure.cell_id}`. Raison : {failure.reason}."
        clean.cells.insert(0, markdown_cell("rlpipeline-echec", notice))
    return clean
