"""Things done side by side, in processes that hand back little: a territory each, or a search.

A service of a thousand communes is a thousand portraits: read, written and checked in one process, they take one
processor, and what they leave in its memory adds up.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing import current_process, get_context
from multiprocessing.connection import Connection
from types import ModuleType
from typing import Any, TypeVar

from rlpipeline.errors import ToolError

FEW = 8
"""Territories that are done sooner here than a process loads its libraries."""
SEED = "PYTHONHASHSEED"
AHEAD = 2
"""Things that each process has under way or done while an earlier one is waited for."""

T = TypeVar("T")
R = TypeVar("R")


def collect_seldom() -> None:
    """Look for garbage seldom: most of what a build makes is kept, and was gone through for a tenth of its time."""
    gc.set_threshold(100_000, 50, 50)


def each_territory(
    do: Callable[[T], R], territories: Sequence[T], jobs: int | None = None
) -> Iterator[R]:
    """Do the same for each territory, and give what comes of it in the order of the territories.

    ``do``: a function of a module, or a ``partial`` of one: it goes to each process once. What it gives goes back
    whole, so it should be small; ``jobs``: processes at most; one a processor when None, and never more. Raises
    Exception: what ``do`` raises for the first territory, in their order, that it raises for; the others are given up;
    ToolError: a process was ended from outside. Nothing is done before the first result is asked for. Few territories,
    or one job, are done in this process.
    """
    count = min(jobs or len(territories), len(territories), os.cpu_count() or 1)
    if len(territories) <= FEW or count < 2 or current_process().daemon:
        yield from map(do, territories)
        return
    asked: deque[Future[R]] = deque()
    with Pool(do, count) as pool:
        try:
            for territory in territories:
                asked.append(pool.submit(territory))
                if len(asked) == count * AHEAD:
                    yield asked.popleft().result()
            while asked:
                yield asked.popleft().result()
        except BrokenProcessPool as error:
            raise ToolError(
                "Un processus de calcul a été arrêté avant la fin.",
                got="la mémoire a manqué, ou il a été arrêté de l'extérieur",
                todo="fermer d'autres programmes ou relancer avec --jobs 1",
            ) from error


class Pool:
    """Processes that do one thing, begun when they are first needed: they end with this one, however it ends.

    They begin anew: this one has threads, so a copy of it could wait for ever for what one of them held.
    """

    def __init__(self, do: Callable[[Any], Any], count: int) -> None:
        context = get_context("spawn")
        self._lease, self._ours = context.Pipe(
            duplex=False
        )  # whose other end is closed when they are to end
        self._executor = ProcessPoolExecutor(count, context, _begin, (do, self._lease))

    def submit(self, thing: Any) -> Future[Any]:
        """Have something done; its result raises what was raised there, BrokenProcessPool where the process ended."""
        with _beginning():
            return self._executor.submit(_do_one, thing)

    def end(self) -> None:
        """End at once, in the midst of whatever is done."""
        self._ours.close()
        self._lease.close()
        self._executor.shutdown(cancel_futures=True)

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            self._executor.shutdown()
        self.end()


@contextmanager
def _beginning() -> Iterator[None]:
    """Keep processes, begun when they are first needed, from running again the script that asked for all this.

    They would, to know its functions, which are not used; a script that does not guard itself would then build again.
    And an interruption, which a terminal sends to them too, is the build's to handle, from their first moment.
    """
    main, seed = sys.modules["__main__"], os.environ.get(SEED)
    sys.modules["__main__"] = ModuleType("__main__")
    os.environ[SEED] = "0"  # the same bytes whoever begins them
    held = (
        None
        if sys.platform == "win32"
        else signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    )
    try:
        yield
    finally:
        sys.modules["__main__"] = main
        if seed is None:
            del os.environ[SEED]
        else:
            os.environ[SEED] = seed
        if held is not None:
            signal.pthread_sigmask(signal.SIG_SETMASK, held)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Take what asks this process to end afterwards: a working folder of records is removed to its last file."""
    if threading.current_thread() is not threading.main_thread():  # it alone is asked
        yield
        return
    asked: list[int] = []
    both = (signal.SIGINT, signal.SIGTERM)
    before = {
        signum: signal.signal(signum, lambda signum, frame: asked.append(signum)) for signum in both
    }
    try:
        yield
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
        if asked:
            signal.raise_signal(asked[0])


_DOING: list[Callable[[Any], Any]] = []
"""In a process of ours, what it does."""


def _begin(do: Callable[[Any], Any], lease: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    collect_seldom()
    threading.Thread(target=_end_with, args=(lease,), daemon=True).start()
    _DOING[:] = [do]


def _end_with(lease: Connection) -> None:
    lease.poll(None)
    os._exit(1)


def _do_one(thing: Any) -> Any:
    return _DOING[0](thing)
