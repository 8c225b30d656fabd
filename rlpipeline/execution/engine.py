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
from queue import Empty
from typing import Any

from jupyter_client.client import KernelClient
from jupyter_client.manager import KernelManager
from jupyter_core.utils import ensure_async, ensure_event_loop, run_sync
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError
from nbformat import NotebookNode, from_dict
from papermill.engines import Engine, papermill_engines

from rlpipeline.execution.clock import Stopwatch
from rlpipeline.execution.kernels.parent import kernel_environment

NAME = "rlpipeline"
LOG = logging.getLogger("papermill")
OUTPUT_FIELDS = {
    "stream": ("name", "text"),
    "display_data": ("data", "metadata"),
    "execute_result": ("data", "metadata", "execution_count"),
    "error": ("ename", "evalue", "traceback"),
}
"""Fields of the outputs of a cell, by type of message (nbformat 4)."""


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
        RUNNING.check(self.directory)
        self.cell_id = cell.id

    def seconds_left(self, cell: NotebookNode) -> float:
        """Time allowed to the next cell (a hook of nbclient): its own, within the notebook's."""
        return max(1.0, min(self.limits.cell_seconds, self.limits.notebook_seconds - self.watch.seconds))


class ChapterClient(NotebookClient):
    """nbclient's client, that stops at the first cell in error and waits for nothing that is known already."""

    async def async_start_new_kernel_client(self) -> KernelClient:
        """Connect to the kernel; nbclient's own way then waits 0.2 s more for messages that it would pass over."""
        assert self.km is not None  # nbclient made it
        self.kc = self.km.client()
        try:
            self.kc.start_channels()
            await _until_heard(self.km, self.kc, self.startup_timeout)
        except Exception:
            await self._async_cleanup_kernel()
            raise
        self.kc.allow_stdin = False
        return self.kc

    start_new_kernel_client = run_sync(async_start_new_kernel_client)

    def output(
        self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int
    ) -> NotebookNode | None:
        """Add an output; it is validated with the whole notebook, when that is written, not alone and again."""
        kind = msg["msg_type"]
        special = display_id or self.clear_before_next_output or any(self.output_hook_stack.values())
        if special or kind not in OUTPUT_FIELDS:
            return super().output(outs, msg, display_id, cell_index)
        fields = {name: msg["content"][name] for name in OUTPUT_FIELDS[kind]}
        outs.append(from_dict({"output_type": kind, **fields}))  # type: ignore[no-untyped-call]
        return outs[-1]

    def run(self, **kernel_options: Any) -> None:
        """Execute the cells up to the first in error, which the notebook keeps, in a kernel of these options."""
        self.reset_execution_trackers()
        with self.setup_kernel(**kernel_options), suppress(CellExecutionError):
            for index, cell in enumerate(self.nb.cells):
                self.execute_cell(cell, index)


async def _until_heard(manager: KernelManager, client: KernelClient, seconds: float) -> None:
    """Wait until the kernel answers and what it publishes arrives.

    Raises
    ------
    RuntimeError
        The kernel died first, or did not answer in time.
    """
    watch = Stopwatch()
    while watch.seconds < seconds:
        client.kernel_info()
        with suppress(Empty):
            await client.shell_channel.get_msg(timeout=1)
            await client.iopub_channel.get_msg(timeout=0.2)
            return
        if not await ensure_async(manager.is_alive()):
            raise RuntimeError("the kernel died before it answered")
    raise RuntimeError(f"the kernel did not answer in {seconds} s")


class KeepingEngine(Engine):  # type: ignore[misc]
    """An engine that runs the chapter with its own client, without papermill's copies, saves and progress bar."""

    @classmethod
    def execute_notebook(cls, nb: NotebookNode, kernel_name: str, run: KernelRun, **_options: Any) -> NotebookNode:
        """Execute every cell of the notebook in place, in one kernel, and keep it within reach of the run."""
        run.notebook = nb
        client = ChapterClient(nb, kernel_name=kernel_name, log=LOG, **client_options(run))
        with run.log.open("ab") as stream, RUNNING.holding(client, run.directory), own_event_loop():
            client.run(env=kernel_environment(os.environ), stdout=stream, stderr=stream)
        return nb


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
            if pending:  # gather() of nothing asks the thread for its loop, which it may no longer have
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
        "raise_on_iopub_timeout": True,
    }


class RunningKernels:
    """The kernels under way in this process, so that an interruption can end those of one build.

    A build is known by its kernels' working directory: a worker of a cluster may serve several at a time.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._clients: dict[ChapterClient, Path] = {}
        self._stopped: set[Path] = set()

    def check(self, directory: Path) -> None:
        """Raise StoppedError once the build of this directory is interrupted."""
        if directory in self._stopped:
            raise StoppedError

    @contextmanager
    def holding(self, client: ChapterClient, directory: Path) -> Iterator[None]:
        """Keep a client within reach while it runs."""
        self.check(directory)
        with self._lock:
            self._clients[client] = directory
        try:
            yield
        finally:
            with self._lock:
                del self._clients[client]

    def kill(self, directory: Path) -> None:
        """End every kernel of a build at once, those being started too; their clients notice within a second."""
        self._stopped.add(directory)
        with self._lock:
            clients = tuple(client for client, own in self._clients.items() if own == directory)
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
