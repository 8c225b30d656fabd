"""What proves that a notebook ran to its end.

``sys.exit``, a thread's exception or a killed kernel can look like success. Two cells are added to the copy that
runs, and taken out of it afterwards: the first watches the threads, the last (the sentinel) shows a word of ours.
A notebook succeeded when every code cell has an execution count, none has an error output, and the word was seen.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import dataclass

from nbformat import NotebookNode

from rlpipeline.execution.notebook import code_cell, has_tag

TAG = "rlpipeline-garde"
FIRST_ID = "rlpipeline-garde-debut"
LAST_ID = "rlpipeline-garde-fin"
SEEN = "rlpipeline : dernière cellule atteinte"
THREAD_FAILED = "rlpipeline-thread"

WATCH_THREADS = """
def _rlpipeline_watch():
    import threading

    failed, shown = [], threading.excepthook

    def hook(args):
        failed.append(args.exc_type.__name__)
        shown(args)

    threading.excepthook = hook
    threading._rlpipeline_watch = failed, set(threading.enumerate())


_rlpipeline_watch()
del _rlpipeline_watch
""".strip()

SENTINEL = f"""
def _rlpipeline_sentinel():
    import threading

    from IPython import get_ipython

    failed, before = threading._rlpipeline_watch
    for thread in threading.enumerate():
        if thread not in before and not thread.daemon:
            thread.join()
    if failed:
        raise RuntimeError("{THREAD_FAILED} " + failed[0])
    get_ipython().display_pub.publish({{"text/plain": "{SEEN}"}})


_rlpipeline_sentinel()
""".strip()


@dataclass(frozen=True)
class Problem:
    """What shows that a notebook did not run to its end.

    Parameters
    ----------
    kind
        ``error`` (a cell raised), ``thread`` (an exception in a thread), ``not_run`` (a cell was passed over),
        ``no_sentinel`` (the last word was not seen).
    """

    kind: str
    cell_id: str | None
    ename: str = ""
    evalue: str = ""


def guarded(notebook: NotebookNode) -> NotebookNode:
    """A copy of the notebook with our two cells."""
    watched = copy.deepcopy(notebook)
    first, last = code_cell(FIRST_ID, WATCH_THREADS, [TAG]), code_cell(LAST_ID, SENTINEL, [TAG])
    watched.cells = [first, *watched.cells, last]
    return watched


def unguarded(notebook: NotebookNode) -> NotebookNode:
    """A copy of the notebook without our two cells."""
    bare = copy.deepcopy(notebook)
    bare.cells = [cell for cell in bare.cells if not has_tag(cell, TAG)]
    return bare


def find_problem(notebook: NotebookNode) -> Problem | None:
    """The first thing that shows that the guarded notebook, once executed, did not run to its end."""
    return next(_problems(notebook), None)


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
    if not _sentinel_seen(cells):
        yield Problem("no_sentinel", _last_own_cell(cells))


def _of_error(output: NotebookNode, cell: NotebookNode, cells: list[NotebookNode]) -> Problem:
    if cell.id == LAST_ID and output.evalue.startswith(THREAD_FAILED):
        blamed = (other.id for other in cells if other.id != LAST_ID and _thread_failure_in(other))
        return Problem("thread", next(blamed, _last_own_cell(cells)), output.evalue.removeprefix(THREAD_FAILED).strip())
    if cell.id in (FIRST_ID, LAST_ID):
        return Problem("no_sentinel", _last_own_cell(cells))
    return Problem("error", cell.id, output.ename, output.evalue)


def _thread_failure_in(cell: NotebookNode) -> bool:
    return any(
        output.output_type == "stream" and output.name == "stderr" and "Exception in thread" in output.text
        for output in cell.outputs
    )


def _sentinel_seen(cells: list[NotebookNode]) -> bool:
    last = cells[-1]
    return last.id == LAST_ID and any(
        output.output_type == "display_data" and output.data.get("text/plain") == SEEN for output in last.outputs
    )


def _last_own_cell(cells: list[NotebookNode]) -> str | None:
    own = [cell.id for cell in cells if cell.id not in (FIRST_ID, LAST_ID)]
    return own[-1] if own else None
