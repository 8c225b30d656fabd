"""What proves that a notebook ran to its end.

``sys.exit``, the exception of a thread or of an asyncio task, or a killed kernel can look like success. Two cells are
added to the copy that runs, and taken out of it afterwards: the first watches threads and tasks, the last (the
sentinel) waits for them and shows a word of ours.
A notebook succeeded when every code cell has an execution count, none has an error output, and the word was seen.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass

from nbformat import NotebookNode

from rlpipeline.execution.notebook import code_cell, has_tag, node
from rlpipeline.reads import TEXT

TAG = "rlpipeline-garde"
FIRST_ID = "rlpipeline-garde-debut"
LAST_ID = "rlpipeline-garde-fin"
SEEN = "rlpipeline : dernière cellule atteinte"
THREAD_FAILED = "rlpipeline-thread"
TASK_FAILED = "rlpipeline-tache"
READS_MIME = "application/vnd.rlpipeline.lectures+json"
"""What the notebook read, beside the last word: both are taken out before anything is written."""

WATCH = """
def _rlpipeline_watch():
    import asyncio
    import threading
    from pathlib import Path

    import ipykernel
    import IPython
    from IPython import get_ipython

    failed, shown = [], threading.excepthook

    def hook(args):
        failed.append(args.exc_type.__name__)
        shown(args)

    threading.excepthook = hook
    tasks, fallen = [], []  # tasks with the number of the cell that made them; names of failed callbacks

    def make_task(loop, coroutine, **options):
        task = asyncio.Task(coroutine, loop=loop, **options)
        made_at = getattr(getattr(coroutine, "cr_code", None), "co_filename", "")
        if not made_at.startswith(kernels_own):  # the kernel runs each message, and awaits each cell, in tasks
            tasks.append((task, get_ipython().execution_count - first + 1))
        return task

    def fall(loop, context):
        if context.get("exception") is not None:
            fallen.append(type(context["exception"]).__name__)
        loop.default_exception_handler(context)

    first = get_ipython().execution_count  # this cell's own, or the next: versions of IPython differ
    kernels_own = tuple(str(Path(module.__file__).parent) for module in (ipykernel, IPython))
    loop = asyncio.get_running_loop()
    loop.set_task_factory(make_task)
    loop.set_exception_handler(fall)
    threading._rlpipeline_watch = failed, set(threading.enumerate()), tasks, fallen
    try:
        from rlpipeline import reads
    except ImportError:  # the kernel of another environment
        return
    reads.begin(lambda: get_ipython().execution_count - first + 1)


_rlpipeline_watch()
del _rlpipeline_watch
""".strip()

SENTINEL = f"""
async def _rlpipeline_sentinel():
    import asyncio
    import sys
    import threading

    from IPython import get_ipython

    failed, before, tasks, fallen = threading._rlpipeline_watch
    while pending := {{task for task, _ in tasks if not task.done()}}:
        await asyncio.wait(pending)
    for task, cell in tasks:
        if task.done() and not task.cancelled() and task._log_traceback:  # nobody asked for its exception
            raise RuntimeError(f"{TASK_FAILED} {{type(task.exception()).__name__}} {{cell}}")
    if fallen:
        raise RuntimeError("{TASK_FAILED} " + fallen[0])
    for thread in threading.enumerate():
        if thread not in before and not thread.daemon:
            thread.join()
    if failed:
        raise RuntimeError("{THREAD_FAILED} " + failed[0])
    told = {{}}
    reads = sys.modules.get("rlpipeline.reads")
    if reads is not None:
        told["{READS_MIME}"] = reads.as_data()
    get_ipython().display_pub.publish({{"text/plain": "{SEEN}", **told}})


await _rlpipeline_sentinel()
""".strip()


@dataclass(frozen=True)
class Problem:
    """What shows that a notebook did not run to its end.

    Parameters
    ----------
    kind
        ``error`` (a cell raised), ``thread`` or ``task`` (an exception in a thread or an asyncio task), ``not_run``
        (a cell was passed over), ``no_sentinel`` (the last word was not seen).
    """

    kind: str
    cell_id: str | None
    ename: str = ""
    evalue: str = ""


def guarded(notebook: NotebookNode) -> NotebookNode:
    """A copy of the notebook with our two cells."""
    watched = copy.deepcopy(notebook)
    first, last = code_cell(FIRST_ID, WATCH, [TAG]), code_cell(LAST_ID, SENTINEL, [TAG])
    watched.cells = [first, *watched.cells, last]
    return watched


def unguarded(notebook: NotebookNode) -> NotebookNode:
    """The notebook without our two cells; the others are the same objects."""
    return node({**notebook, "cells": [cell for cell in notebook.cells if not has_tag(cell, TAG)]})


def find_problem(notebook: NotebookNode) -> Problem | None:
    """The first thing that shows that the guarded notebook, once executed, did not run to its end."""
    return next(_problems(notebook), None)


def noted_reads(notebook: NotebookNode) -> list[list[str]] | None:
    """What the kernel told, at its end, that it read, texts with their cell's id; None where it could not tell."""
    last = notebook.cells[-1] if notebook.cells else None
    if last is None or last.get("id") != LAST_ID:
        return None
    notes = [output.data[READS_MIME] for output in last.outputs if READS_MIME in output.get("data", {})]
    if not notes:
        return None
    ids = {str(cell.get("execution_count")): cell.id for cell in notebook.cells if cell.cell_type == "code"}
    return [[*read[:2], ids.get(read[2], "")] if read[0] == TEXT else read for read in notes[-1]]


def _problems(notebook: NotebookNode) -> Iterator[Problem]:
    cells = [cell for cell in notebook.cells if cell.cell_type == "code" and cell.source.strip()]
    for cell in cells:
        for output in cell.outputs:
            if output.output_type == "error":
                yield _of_error(output, cell, cells)
    for cell in cells:
        if cell.execution_count is None:
            yield Problem("not_run", cell.id)
    for cell in cells:
        if _thread_failure_in(cell):
            yield Problem("thread", cell.id)
    if not _has_sentinel(cells):
        yield Problem("no_sentinel", _last_own_cell(cells))


def _of_error(output: NotebookNode, cell: NotebookNode, cells: list[NotebookNode]) -> Problem:
    if cell.id == LAST_ID and output.evalue.startswith(THREAD_FAILED):
        blamed = (other.id for other in cells if other.id != LAST_ID and _thread_failure_in(other))
        return Problem("thread", next(blamed, _last_own_cell(cells)), output.evalue.removeprefix(THREAD_FAILED).strip())
    if cell.id == LAST_ID and output.evalue.startswith(TASK_FAILED):
        ename, _, count = output.evalue.removeprefix(TASK_FAILED).strip().partition(" ")
        blamed = (other.id for other in cells if str(other.execution_count) == count)
        return Problem("task", next(blamed, _last_own_cell(cells)), ename)
    if cell.id in (FIRST_ID, LAST_ID):
        return Problem("no_sentinel", _last_own_cell(cells))
    return Problem("error", cell.id, output.ename, output.evalue)


def _thread_failure_in(cell: NotebookNode) -> bool:
    return any(
        output.output_type == "stream" and output.name == "stderr" and "Exception in thread" in output.text
        for output in cell.outputs
    )


def _has_sentinel(cells: list[NotebookNode]) -> bool:
    last = cells[-1]
    return last.id == LAST_ID and any(
        output.output_type == "display_data" and output.data.get("text/plain") == SEEN for output in last.outputs
    )


def _last_own_cell(cells: list[NotebookNode]) -> str | None:
    own = [cell.id for cell in cells if cell.id not in (FIRST_ID, LAST_ID)]
    return own[-1] if own else None
