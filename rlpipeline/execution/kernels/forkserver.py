"""The parent of the warm kernels: loads the libraries once, then forks a kernel a request.

Run as ``python -P -m rlpipeline.execution.kernels.forkserver LISTEN_FD OWNER_FD``. One AF_UNIX connection a
kernel carries the request (a JSON line), then ``pid N``, ``ready`` and ``exit CODE``; it is also the kernel's lease:
once it is closed, the kernel is killed, so none outlives who asked for it. The parent has no thread and no zmq
context when it forks, and ends when its owner does.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import gc
import json
import os
import select
import shutil
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NoReturn

PRELOADED = (
    "IPython.core.completerlib",
    "IPython.core.debugger",
    "IPython.core.logger",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "faulthandler",
    "ipykernel.debugger",
    "ipykernel.ipkernel",
    "ipykernel.kernelapp",
    "matplotlib.backends.backend_agg",
    "matplotlib.pyplot",
    "numpy",
    "pandas",
    "pyarrow.parquet",
    "psutil",
    "seaborn",
    "tornado.platform.asyncio",
    "rlpipeline.execution.kernels.application",
    "rlpipeline.report",
)
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # of <sys/prctl.h>
DIRECTORY_PREFIX = "rl-"
MAX_REQUEST_BYTES = 16_000_000
"""More than an environment may hold."""


@dataclass
class Lease:
    """One connection: a request still being read, or a kernel and its pidfd."""

    connection: socket.socket
    received: bytes = b""
    pid: int | None = None
    pidfd: int | None = None


@dataclass
class ForkServer:
    """The loop over the listening socket, the leases and the kernels' ends."""

    listener: socket.socket
    owner: int
    leases: dict[int, Lease] = field(default_factory=dict)
    kernels: dict[int, Lease] = field(default_factory=dict)
    poller: select.poll = field(default_factory=select.poll)

    def serve(self) -> None:
        """Fork kernels until the owner is gone.

        One event is handled at a time: what one closes, and whose number the system gives again, has no other left.
        """
        self.poller.register(self.listener, select.POLLIN)
        self.poller.register(self.owner, select.POLLHUP)
        while True:
            descriptor, _ = self.poller.poll()[0]
            if descriptor == self.owner:
                self._end()
                return
            self._handle(descriptor)

    def _handle(self, descriptor: int) -> None:
        if descriptor == self.listener.fileno():
            self._accept()
        elif descriptor in self.kernels:
            self._reap(self.kernels[descriptor])
        elif descriptor in self.leases:
            self._read(self.leases[descriptor])

    def _accept(self) -> None:
        connection, _ = self.listener.accept()
        self.leases[connection.fileno()] = Lease(connection)
        self.poller.register(connection, select.POLLIN)

    def _read(self, lease: Lease) -> None:
        try:
            chunk = lease.connection.recv(65536)
        except ConnectionError:
            chunk = b""
        lease.received += chunk
        if not chunk or len(lease.received) > MAX_REQUEST_BYTES:
            self._release(lease)
            return
        while b"\n" in lease.received:
            line, lease.received = lease.received.split(b"\n", 1)
            self._obey(lease, json.loads(line))

    def _obey(self, lease: Lease, request: dict[str, Any]) -> None:
        if "signal" in request and lease.pid is not None:
            _kill(lease.pid, request["signal"])
        elif "argv" in request and lease.pid is None:
            self._fork(lease, request)

    def _fork(self, lease: Lease, request: dict[str, Any]) -> None:
        if threading.active_count() > 1:
            raise RuntimeError("a thread runs in the parent of the kernels: forking it would not be safe")
        parent = os.getpid()  # asked for after the fork, it is another's once we are dead
        lease.pid = os.fork()
        if lease.pid == 0:
            self._become_kernel(lease, request, parent)
        lease.pidfd = os.pidfd_open(lease.pid)
        self.kernels[lease.pidfd] = lease
        self.poller.register(lease.pidfd, select.POLLIN)
        _tell(lease.connection, f"pid {lease.pid}")

    def _become_kernel(self, lease: Lease, request: dict[str, Any], parent: int) -> NoReturn:
        """In the child: let go of everything that belongs to the parent, then be the kernel."""
        status = 1
        try:
            _die_with(parent)
            self._close_inherited(keep=lease.connection)
            status = run_kernel(lease.connection, request)
        except SystemExit as ended:
            status = ended.code if isinstance(ended.code, int) else 1
        except BaseException:  # whatever happens, a child never goes back into the parent's loop
            sys.excepthook(*sys.exc_info())
        finally:
            with contextlib.suppress(Exception):
                sys.__stderr__.flush()  # type: ignore[union-attr]
            os._exit(status)

    def _close_inherited(self, keep: socket.socket) -> None:
        for lease in self.leases.values():
            if lease.connection is not keep:
                lease.connection.close()
        for pidfd in self.kernels:
            os.close(pidfd)
        self.listener.close()
        os.close(self.owner)

    def _reap(self, lease: Lease) -> None:
        assert lease.pid is not None  # a lease in `kernels` has its pid
        _kill(lease.pid, signal.SIGKILL)  # what the kernel started and left behind, while its number is still its own
        _, status = os.waitpid(lease.pid, 0)
        self._forget_kernel(lease)
        self._end_strays()
        _tell(lease.connection, f"exit {os.waitstatus_to_exitcode(status)}")
        self._release(lease)

    def _end_strays(self) -> None:
        """End what dead kernels left in sessions of its own: it came to us, since a living kernel keeps its own."""
        while strays := children() - {lease.pid for lease in self.kernels.values()}:
            for pid in strays:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)  # what it started comes to us in its turn

    def _forget_kernel(self, lease: Lease) -> None:
        if lease.pidfd is not None:
            self.poller.unregister(lease.pidfd)
            del self.kernels[lease.pidfd]
            os.close(lease.pidfd)
        lease.pid = lease.pidfd = None

    def _release(self, lease: Lease) -> None:
        """End a lease; its kernel, if it has one, is killed and reaped when its pidfd says so."""
        if self.leases.pop(lease.connection.fileno(), None) is None:
            return
        self.poller.unregister(lease.connection)
        lease.connection.close()
        if lease.pid is not None:
            _kill(lease.pid, signal.SIGKILL)

    def _end(self) -> None:
        for lease in list(self.kernels.values()):
            if lease.pid is not None:
                _kill(lease.pid, signal.SIGKILL)
                os.waitpid(lease.pid, 0)
        self.kernels.clear()
        self._end_strays()
        self._remove_sockets()

    def _remove_sockets(self) -> None:
        """Remove the directory that an owner killed without notice could not remove."""
        directory = Path(self.listener.getsockname()).parent
        if directory.name.startswith(DIRECTORY_PREFIX):
            shutil.rmtree(directory, ignore_errors=True)


def run_kernel(connection: socket.socket, request: dict[str, Any]) -> int:
    """Be an ordinary IPython kernel in this process; say ready once its sockets are bound."""
    _restore_process(request)
    from rlpipeline.execution.kernels import application  # noqa: PLC0415 - loaded in the parent, not by who imports us

    app: Any = application.make_application(parent_handle=os.getppid())
    app.initialize(request["argv"])
    _tell(connection, "ready")
    connection.close()
    app.start()
    # Threads left running would hold the interpreter's end for seconds: end them here.
    app.close()
    return 0


def _restore_process(request: dict[str, Any]) -> None:
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    os.chdir(request["cwd"])
    _write_to(request.get("log"))
    atexit._clear()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
    sys.argv = ["ipykernel_launcher.py", *request["argv"]]


def _write_to(log: str | None) -> None:
    """Send what the process itself writes, outside of any cell, to a file that its owner alone can read."""
    if log is not None:
        descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(descriptor, 1)
        os.dup2(descriptor, 2)
        os.close(descriptor)


def _die_with(parent: int) -> None:
    """Have the kernel of Linux kill this process when ``parent`` dies, however it dies."""
    os.setsid()
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    adopt()
    if os.getppid() != parent:
        os._exit(1)


def adopt() -> None:
    """Be the parent of the descendants whose own parent dies, whatever their session."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def children() -> set[int]:
    """Numbers of this process's children, ended ones included until they are waited for."""
    return {int(pid) for pid in Path("/proc/thread-self/children").read_text().split()}


def _kill(pid: int, signum: int) -> None:
    """Send a signal to a kernel not yet waited for and what it started; alone while it leads no group yet."""
    for send in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            send(pid, signum)
            return


def _tell(connection: socket.socket, line: str) -> None:
    with contextlib.suppress(OSError):
        connection.sendall(line.encode() + b"\n")


@contextlib.contextmanager
def _scipy_later() -> Iterator[None]:
    """Have seaborn, which asks scipy for two names, load it when a chart first needs one: none of ours does.

    It is a third of the time in which the libraries load.
    """
    stats, cluster = ModuleType("scipy.stats"), ModuleType("scipy.cluster")
    stats.gaussian_kde = lambda *args, **kwargs: import_module("scipy.stats").gaussian_kde(*args, **kwargs)  # type: ignore[attr-defined]
    hierarchy = ModuleType("scipy.cluster.hierarchy")
    hierarchy.__getattr__ = lambda name: getattr(import_module("scipy.cluster.hierarchy"), name)  # type: ignore[method-assign]
    cluster.hierarchy = hierarchy  # type: ignore[attr-defined]
    stands_in = {"scipy.stats": stats, "scipy.cluster": cluster}
    sys.modules.update(stands_in)
    try:
        yield
    finally:
        for name, module in stands_in.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]


def preload() -> None:
    """Import what the chapters need, as far as it is installed."""
    os.environ.setdefault("MPLBACKEND", "module://matplotlib_inline.backend_inline")
    with _scipy_later():
        for name in PRELOADED:
            with contextlib.suppress(ImportError):
                __import__(name)
    application = sys.modules.get("rlpipeline.execution.kernels.application")
    if application is not None:
        application.rehearse()
    pandas = sys.modules.get("pandas")
    if pandas is not None:  # imported where there is no kernel yet, it would cut frames at the terminal's width
        pandas.set_option("display.max_columns", 20)  # as in a notebook
    from rlpipeline.processes import collect_seldom  # noqa: PLC0415 - with the libraries, not before the socket listens

    gc.collect()
    gc.freeze()
    collect_seldom()


def main(listen_fd: int, owner_fd: int) -> None:
    """Load the libraries, then serve."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's: it closes the leases
    adopt()
    listener = socket.socket(fileno=listen_fd)
    preload()
    ForkServer(listener, owner_fd).serve()


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
