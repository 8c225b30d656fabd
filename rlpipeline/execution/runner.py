"""Tasks run by papermill, several at a time; one that fails lets the others finish."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

import papermill
from jupyter_client.kernelspec import NoSuchKernel
from nbformat import NotebookNode
from papermill.exceptions import PapermillExecutionError

from rlpipeline.execution import engine, guard, reasons
from rlpipeline.execution.clock import Stopwatch
from rlpipeline.execution.engine import KernelRun, Limits
from rlpipeline.execution.kernels.provisioner import KERNEL
from rlpipeline.execution.notebook import markdown_cell, read_notebook, write_private
from rlpipeline.execution.outcome import Failure, Outcome
from rlpipeline.execution.parameters import check_tasks
from rlpipeline.execution.plan import Task
from rlpipeline.execution.progress import Progress, Silence
from rlpipeline.execution.scrub import scrubbed
from rlpipeline.execution.workspace import Workspace


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
) -> tuple[Outcome, ...]:
    """Run every task to its end, whatever becomes of the others.

    Returns
    -------
    tuple of Outcome
        One a task, in the order of the tasks.

    Raises
    ------
    UsageError
        A parameter is unknown or badly typed; no kernel has started.
    """
    check_tasks(tasks)
    progress, running = progress or Silence(), running or Running()
    progress.begins(len(tasks))
    executor = running.executor(max(1, min(jobs or default_jobs(), len(tasks))))
    try:
        futures = [executor.submit(run_task, task, workspace, running.limits, running.kernel) for task in tasks]
        outcomes = _collect(futures, progress)
    except BaseException:  # an interruption: no kernel outlives it
        executor.shutdown(wait=False, cancel_futures=True)
        engine.RUNNING.kill()
        raise
    finally:
        executor.shutdown(wait=True, cancel_futures=True)
        progress.ends()
    return outcomes


def default_jobs() -> int:
    """Two chapters a processor: while one waits for its kernel to start, speak or end, the other computes."""
    return 2 * (os.cpu_count() or 1)


def _collect(futures: Sequence[Future[Outcome]], progress: Progress) -> tuple[Outcome, ...]:
    for future in as_completed(futures):
        progress.finished(future.result())
    return tuple(future.result() for future in futures)


def run_task(task: Task, workspace: Workspace, limits: Limits, kernel: str | None = None) -> Outcome:
    """Run one notebook and write it, executed and scrubbed, in the workspace."""
    watch = Stopwatch()
    run, error = _execute(task, workspace, limits, kernel)
    failure = _failure(task, workspace, run, error)
    path = failure.kept if failure else workspace.executed(task)
    write_private(path, _presentable(run, task, workspace, failure))
    return Outcome(task, "echec" if failure else "ok", path, failure, watch.seconds)


def _execute(
    task: Task, workspace: Workspace, limits: Limits, kernel: str | None
) -> tuple[KernelRun, Exception | None]:
    """Run the notebook; a kernel that could not start (ports can race) is tried again."""
    notebook = guard.guarded(read_notebook(task.notebook))
    for attempt in range(1, limits.starts + 1):
        run = KernelRun(workspace.root, workspace.log(task), limits)
        try:
            papermill.execute_notebook(
                notebook,
                None,
                parameters=task.parameters,
                engine_name=engine.register(),
                kernel_name=kernel,
                progress_bar=False,
                log_output=False,
                autosave_cell_every=0,
                run=run,
            )
        except PapermillExecutionError:
            return run, None  # the error is in the notebook, where the guard finds it
        except Exception as error:  # whatever happens to one chapter, the others finish
            if run.cell_id is None and attempt < limits.starts and not isinstance(error, NoSuchKernel):
                continue
            return run, error
        return run, None
    raise ValueError("limits.starts must be at least 1")


def _failure(task: Task, workspace: Workspace, run: KernelRun, error: Exception | None) -> Failure | None:
    kept = workspace.failed(task)
    problem = guard.find_problem(run.notebook) if run.notebook is not None else None
    if error is not None and (problem is None or problem.kind != "error"):
        own = None if run.cell_id in (None, guard.FIRST_ID) else run.cell_id
        if own == guard.LAST_ID and problem is not None:
            own = problem.cell_id
        return Failure(own, reasons.of_exception(error, run.cell_id), kept)
    if problem is not None:
        return Failure(problem.cell_id, reasons.of_problem(problem), kept)
    return None


def _presentable(run: KernelRun, task: Task, workspace: Workspace, failure: Failure | None) -> NotebookNode:
    notebook = run.notebook if run.notebook is not None else read_notebook(task.notebook)
    clean = scrubbed(guard.unguarded(notebook), workspace.root)
    if failure:
        notice = f"**Ce chapitre a échoué.** Cellule : `{failure.cell_id}`. Raison : {failure.reason}."
        clean.cells.insert(0, markdown_cell("rlpipeline-echec", notice))
    return clean
