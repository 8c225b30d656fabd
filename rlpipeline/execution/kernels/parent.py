"""The process that warm kernels are forked from, started early: this module loads nothing of Jupyter."""

from __future__ import annotations

import contextlib
import json
import math
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, ClassVar

KERNEL = "rlpipeline"
"""Name of the kernelspec installed with the package."""
SECRETS = ("PGPASSWORD", "RLPIPELINE_DB_PASSWORD")
# Libraries that start threads of their own when they are imported: a process with threads cannot be forked safely.
SINGLE_THREADED = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
START_SECONDS = 60.0
SHUTDOWN_SECONDS = 5.0
WAKING_SECONDS = 1.0
FORKSERVER = "rlpipeline.execution.kernels.forkserver"
LINUX = sys.platform == "linux"


def kernel_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Environment of a kernel: ours without passwords, and with a hash order that does not vary."""
    passed = {key: value for key, value in environment.items() if key not in SECRETS}
    return passed | {"PYTHONHASHSEED": "0", "PYDEVD_DISABLE_FILE_VALIDATION": "1"}


def warm_up() -> None:
    """Start loading the libraries now, while the caller does something else."""
    if LINUX:
        KernelParent.running()


class KernelStartError(RuntimeError):
    """The parent of the kernels, or the forked kernel, died before it was ready."""


class ForkedKernel:
    """A kernel forked for us, with the methods of Popen that jupyter_client calls.

    Its connection is its lease: closing it, or dying, ends the kernel.

    Parameters
    ----------
    wake
        Lets the parent go on if something stopped it (SIGSTOP): else its silence would pass for that of a busy machine.

    Attributes
    ----------
    orphan
        The parent died, and the kernel with it.
    """

    stdin = stdout = stderr = None

    def __init__(self, connection: socket.socket, wake: Callable[[], None]) -> None:
        self.pid: int = 0
        self.returncode: int | None = None
        self.orphan = False
        self._connection = connection
        self._wake = wake
        self._received = b""

    def wait_until_ready(self, seconds: float) -> None:
        """Block until the kernel's sockets are bound.

        Raises
        ------
        KernelStartError
            The kernel ended first, or was not ready in time.
        """
        deadline = time.monotonic() + seconds
        while (line := self._next_line(deadline - time.monotonic())) != "ready":
            if line is None or self.returncode is not None:
                self.close()
                raise KernelStartError("the forked kernel did not become ready")

    def poll(self) -> int | None:
        """Exit status, or None while it runs."""
        if self.returncode is None:
            self._wake()
        while self.returncode is None and self._next_line(0) is not None:
            pass
        return self.returncode

    def wait(self, timeout: float | None = None) -> int | None:
        """Exit status, waiting for it at most ``timeout`` seconds."""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.returncode is None:
            left = None if deadline is None else deadline - time.monotonic()
            if (left is not None and left <= 0) or self._next_line(left) is None:
                break
        return self.returncode

    def send_signal(self, signum: int) -> None:
        """Send a signal to the kernel and what it started; the parent does it, which alone knows the pid is alive.

        Nothing happens when the kernel has ended, as with Popen.
        """
        with contextlib.suppress(OSError):
            self._connection.sendall(json.dumps({"signal": int(signum)}).encode() + b"\n")

    def kill(self) -> None:
        """End the kernel at once."""
        self.send_signal(signal.SIGKILL)

    def terminate(self) -> None:
        """Ask the kernel to end."""
        self.send_signal(signal.SIGTERM)

    def close(self) -> None:
        """Give the lease back: a kernel still running is killed."""
        self._connection.close()
        if self.returncode is None:
            self.returncode = -signal.SIGKILL

    def _next_line(self, seconds: float | None) -> str | None:
        """The next line from the parent, None when none came in time."""
        deadline = math.inf if seconds is None else time.monotonic() + seconds
        while b"\n" not in self._received:
            left = deadline - time.monotonic()
            self._connection.settimeout(min(max(left, 0), WAKING_SECONDS))
            try:
                chunk = self._connection.recv(4096)
            except (BlockingIOError, TimeoutError):
                if left <= WAKING_SECONDS:
                    return None
                self._wake()
                continue
            except OSError:
                chunk = b""
            if not chunk:  # the parent died, and Linux killed the kernel with it
                self.orphan = True
                self.returncode = -signal.SIGKILL if self.returncode is None else self.returncode
                return None
            self._received += chunk
        line, _, self._received = self._received.partition(b"\n")
        return self._understand(line.decode())

    def _understand(self, line: str) -> str:
        word, _, value = line.partition(" ")
        if word == "pid":
            self.pid = int(value)
        elif word == "exit":
            self.returncode = int(value)
        return line


class KernelParent:
    """The process the kernels are forked from, started on first use, again if it died, ended with us."""

    _lock: ClassVar[threading.Lock] = threading.Lock()
    _current: ClassVar[KernelParent | None] = None

    def __init__(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="rl-"))  # 0700, and short: AF_UNIX holds 107 bytes
        self.address = str(self.directory / "s")
        self._pid = os.getpid()
        self._answered = False
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(self.address)
        self._listener.listen(4096)  # beyond, a start is refused at once instead of waiting
        owned, self._owner = os.pipe()
        self.process = self._start(owned)
        os.close(owned)
        self._finalizer = weakref.finalize(self, _end_parent, self._pid, self.process, self._owner, self.directory)

    @classmethod
    def running(cls) -> KernelParent:
        """The one parent of this process's kernels."""
        with cls._lock:
            current = cls._current
            if current is None or current.process.poll() is not None or current._is_of_another_process():
                cls._current = current = cls()
            return current

    def fork(self, request: dict[str, Any]) -> ForkedKernel:
        """Have a kernel forked and wait until it is ready."""
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(START_SECONDS)
        try:
            connection.connect(self.address)
            connection.sendall(json.dumps(request).encode() + b"\n")
        except OSError as error:
            connection.close()
            if isinstance(error, (ConnectionError, FileNotFoundError)):
                self._end()
            raise KernelStartError("the parent of the kernels does not answer") from error
        kernel = ForkedKernel(connection, self.wake)
        try:
            kernel.wait_until_ready(START_SECONDS)
        finally:
            self._answered = self._answered or bool(kernel.pid)
            if kernel.orphan or (self._answered and not kernel.pid and self.hangs()):  # it died; or hangs, once loaded
                self._end()
        return kernel

    def hangs(self) -> bool:
        """Whether it waits for what does not come; ready to run, on a machine that is too busy, it will answer.

        Ending it ends every kernel: those of other chapters, which go on.
        """
        try:
            state = Path(f"/proc/{self.process.pid}/stat").read_text(encoding="utf-8").rpartition(") ")[2][0]
        except OSError:
            return True
        return state not in "RD"

    def wake(self) -> None:
        """Let the parent go on if something stopped it; nothing happens if it runs, or has ended."""
        self.process.send_signal(signal.SIGCONT)

    def _end(self) -> None:
        """Wait until it is dead: the next try has a new parent, and does not find this one still dying."""
        self.process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(SHUTDOWN_SECONDS)

    def _start(self, owned: int) -> subprocess.Popen[bytes]:
        listening = self._listener.fileno()
        options = ["-P", "-Xfrozen_modules=off"]  # no directory of ours in sys.path; no warning of the debugger
        command = [sys.executable, *options, "-m", FORKSERVER, str(listening), str(owned)]
        # Our own copy of the listening socket is closed with the parent's: a request to a dead parent is refused
        # at once instead of waiting in a queue that nobody reads.
        with self._listener:
            return subprocess.Popen(
                command,
                pass_fds=(listening, owned),
                stdin=subprocess.DEVNULL,
                start_new_session=True,
                # A fork keeps its parent's hash order, and could read its parent's passwords.
                env=kernel_environment(os.environ) | SINGLE_THREADED,
            )

    def _is_of_another_process(self) -> bool:
        """After a fork of our own process, the copied parent belongs to the original."""
        return self._pid != os.getpid()


def _end_parent(started_by: int, process: subprocess.Popen[bytes], owner: int, directory: Path) -> None:
    os.close(owner)
    if started_by != os.getpid():  # we are a fork of its owner, which still needs it
        return
    try:
        process.wait(SHUTDOWN_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    shutil.rmtree(directory, ignore_errors=True)
