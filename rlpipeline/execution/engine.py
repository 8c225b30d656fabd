"""papermill's engine, kept within reach: the notebook of a failed run, the cell it was at, the kernel to stop."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_core.utils import ensure_event_loop
from nbformat import NotebookNode
from papermill.clientwrap import PapermillNotebookClient
from papermill.engines import NBClientEngine, papermill_engines

from rlpipeline.execution.clock import Stopwatch
from rlpipeline.execution.kernels.provisioner import kernel_environment

NAME = "rlpipeline"
LOG = logging.getLogger("papermill")


class StoppedError(Exception):
    """The build was interrupted: this notebook goes no further."""


@dataclass(frozen=True)
class Limits:
    """Time limits in seconds; how many times a kernel's start is tried, and a notebook whose kernel died on the way.

    Notebooks are pure, so one whose kernel or its parent was killed is run again from its start; twice is a failure.
    """

    cell_seconds: int = 600
    notebook_seconds: int = 1800
    start_seconds: int = 60
    starts: int = 3
    runs: int = 2


@dataclass
class KernelRun:
    """One run of a notebook, filled in by the engine so that a failure leaves something to look at.

    Parameters
    ----------
    directory
        The kernel's working directory. papermill's own ``cwd`` moves the whole process, hence every thread.
    log
        Where the kernel's process writes outside of any cell.
    notebook, cell_id
        The notebook as far as it ran, and the last cell begun.
    """

    directory: Path
    log: Path
    limits: Limits
    watch: Stopwatch = field(default_factory=Stopwatch)
    notebook: NotebookNode | None = None
    cell_id: str | None = None

    def cell_begins(self, cell: NotebookNode, cell_index: int) -> None:
        """Note where the run is, and go no further once the build is interrupted (a hook of nbclient)."""
        RUNNING.check()
        self.cell_id = cell.id

    def seconds_left(self, cell: NotebookNode) -> float:
        """Time allowed to the next cell (a hook of nbclient): its own, within the notebook's."""
        return max(1.0, min(self.limits.cell_seconds, self.limits.notebook_seconds - self.watch.seconds))


class KeepingEngine(NBClientEngine):  # type: ignore[misc]
    """papermill's own engine, with its client's options and the run kept."""

    @classmethod
    def execute_managed_notebook(cls, nb_man: Any, kernel_name: str, run: KernelRun, **kwargs: Any) -> None:
        """Execute every cell in one kernel."""
        run.notebook = nb_man.nb
        client = PapermillNotebookClient(nb_man, kernel_name=kernel_name, log=LOG, **client_options(run))
        run.log.parent.mkdir(parents=True, exist_ok=True)
        with run.log.open("ab") as stream, RUNNING.holding(client), own_event_loop():
            client.execute(env=kernel_environment(os.environ), stdout=stream, stderr=stream)


@contextmanager
def own_event_loop() -> Iterator[None]:
    """End what nbclient leaves behind in this thread: its event loop, and what still waits for a dead kernel."""
    try:
        yield
    finally:
        loop = ensure_event_loop()
        if not loop.is_running():
            pending = asyncio.all_tasks(loop)
            for task in pending:
                task.cancel()
            loop.run_until_complete(asyncio.gather(*pending, return_exceptions=True))
            loop.close()


def client_options(run: KernelRun) -> dict[str, Any]:
    """Options of nbclient for one run."""
    return {
        "resources": {"metadata": {"path": str(run.directory)}},
        "timeout": run.limits.cell_seconds,
        "timeout_func": run.seconds_left,
        "startup_timeout": run.limits.start_seconds,
        "iopub_timeout": 60,  # outputs of a busy machine may lag behind the reply; nbclient's 4 s fail then
        "coalesce_streams": True,  # else the pieces a stream arrives in depend on the machine
        "record_timing": False,
        "store_widget_state": False,
        "shutdown_kernel": "immediate",
        "on_cell_execute": run.cell_begins,
    }


class RunningKernels:
    """The kernels under way, so that an interruption can end them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: list[PapermillNotebookClient] = []
        self._stopped = False

    def open(self) -> None:
        """Let kernels run: a former interruption is over."""
        self._stopped = False

    def check(self) -> None:
        """Raise StoppedError once the build is interrupted."""
        if self._stopped:
            raise StoppedError

    @contextmanager
    def holding(self, client: PapermillNotebookClient) -> Iterator[None]:
        """Keep a client within reach while it runs."""
        self.check()
        with self._lock:
            self._clients.append(client)
        try:
            yield
        finally:
            with self._lock:
                self._clients.remove(client)

    def kill(self) -> None:
        """End every kernel at once, those being started too; their clients notice within a second."""
        self._stopped = True
        with self._lock:
            clients = tuple(self._clients)
        for client in clients:
            process = getattr(getattr(client.km, "provisioner", None), "process", None)
            if process is not None:
                with suppress(OSError):
                    process.kill()


RUNNING = RunningKernels()


def register() -> str:
    """Make the engine known to papermill, silence its English log, and return the engine's name."""
    papermill_engines.register(NAME, KeepingEngine)
    if not any(isinstance(handler, logging.NullHandler) for handler in LOG.handlers):
        LOG.addHandler(logging.NullHandler())
    return NAME
