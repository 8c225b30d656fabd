"""One territory at a time, several at once: what is done of each apart, in processes that hand back little.

A service of a thousand communes is a thousand portraits: read, written and checked in one process, they take one
processor, and what they leave in its memory adds up.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import current_process, get_context, parent_process
from types import ModuleType
from typing import Any, TypeVar

from rlpipeline.errors import ToolError

FEW = 8
"""Territories that are done sooner here than a process loads its libraries."""
AHEAD = 2
"""Territories that each process has under way or done while an earlier one is waited for."""

T = TypeVar("T")
R = TypeVar("R")


def each_territory(do: Callable[[T], R], territories: Sequence[T], jobs: int | None = None) -> Iterator[R]:
    """Do the same for each territory, and give what comes of it in the order of the territories.

    Parameters
    ----------
    do
        A function of a module, or a ``partial`` of one: it goes to each process once. What it gives goes back whole, so
        it should be small.
    jobs
        Processes at most; one a processor when None, and never more.

    Raises
    ------
    Exception
        What ``do`` raises for the first territory, in their order, that it raises for; the others are given up.
    ToolError
        A process was ended from outside.

    Notes
    -----
    Nothing is done before the first result is asked for. Few territories, or one job, are done in this process.
    """
    workers = min(jobs or os.cpu_count() or 1, os.cpu_count() or 1, len(territories))
    if workers < 2 or len(territories) <= FEW or current_process().daemon:
        yield from map(do, territories)
        return
    with _processes(workers, do) as executor:
        yield from _in_order(executor, territories, workers * AHEAD)


def _in_order(executor: ProcessPoolExecutor, territories: Sequence[Any], most: int) -> Iterator[Any]:
    """Give results in order, at most so many asked for and not given."""
    asked: deque[Future[Any]] = deque()
    try:
        for territory in territories:
            with _without_main():
                asked.append(executor.submit(_do_one, territory))
            if len(asked) == most:
                yield asked.popleft().result()
        while asked:
            yield asked.popleft().result()
    except BrokenProcessPool as error:
        raise ToolError(
            "Un processus de la publication a été arrêté avant la fin.",
            got="la mémoire a manqué, ou il a été arrêté de l'extérieur",
            todo="fermer d'autres programmes ou relancer avec --jobs 1",
        ) from error


@contextmanager
def _processes(count: int, do: Callable[[Any], Any]) -> Iterator[ProcessPoolExecutor]:
    """Processes begun anew: this one has threads, so a copy of it could wait for ever for what one of them held."""
    executor = ProcessPoolExecutor(count, get_context("spawn"), _begin, (do,))
    try:
        yield executor
    finally:
        executor.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _without_main() -> Iterator[None]:
    """Keep processes, begun when they are first needed, from running again the script that asked for all this.

    They would, to know its functions, which are not used; a script that does not guard itself would then build again.
    """
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


_DOING: list[Callable[[Any], Any]] = []
"""In a process of ours, what it does."""


def _begin(do: Callable[[Any], Any]) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interruption is the build's to handle
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _DOING[:] = [do]


def _end_with_parent() -> None:
    """End at once when the build was killed: no process outlives it."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do_one(territory: Any) -> Any:
    return _DOING[0](territory)
