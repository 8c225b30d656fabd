"""A process for each chapter: forked, on Linux, from a server that has the libraries loaded; started anew elsewhere.

The server (``python -P -m rlpipeline.execution.forks``) has one thread, no password, and never opened records. Its
standard input is the socket that its owner sends it, for each chapter, one end of the chapter's own socket over: the
child that is forked reads its request there, and tells there what it does. It leads a group, which dies with it.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
import weakref
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO, ClassVar, NoReturn, cast

SERVER, CHILD = "rlpipeline.execution.forks", "rlpipeline.execution.cells"
LINUX = sys.platform == "linux"
SECRETS = ("PGPASSWORD", "RLPIPELINE_DB_PASSWORD")
# Libraries that start threads of their own when they are imported: a process with threads cannot be forked safely.
SINGLE_THREADED = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>
REAP_SECONDS = 1.0
STARTS = 3


def chapter_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Environment of a chapter: ours without passwords, and with a hash order that does not vary."""
    passed = {key: value for key, value in environment.items() if key not in SECRETS}
    return passed | SINGLE_THREADED | {"PYTHONHASHSEED": "0"}


def warm_up() -> None:
    """Start loading the libraries now, while the caller does something else."""
    if LINUX:
        Server.running()


class Child:
    """The process of one chapter, as its owner sees it.

    ``request``: what it needs to know, as :func:`rlpipeline.execution.cells.run` reads it: it is given nothing else.
    """

    def __init__(self, request: Mapping[str, Any]) -> None:
        self.pid, self._reader, self._writer = self._start()
        with contextlib.suppress(OSError):  # it died: it tells nothing
            self._writer.write(json.dumps(request).encode() + b"\n")
            self._writer.flush()

    def _start(self) -> tuple[int, BinaryIO, BinaryIO]:
        if LINUX:
            for _ in range(STARTS):
                own, theirs = socket.socketpair()
                with (
                    theirs,
                    Server.lock,
                    contextlib.suppress(OSError),
                ):  # the server is dead: nothing comes
                    socket.send_fds(Server.running().control, [b"f"], [theirs.fileno()])
                with own:
                    reader, writer = own.makefile("rb"), own.makefile("wb")
                    pid = int(reader.readline() or 0)
                if pid:  # else the server died: no fault of the chapter
                    break
            return pid, reader, writer
        command, environment = [sys.executable, "-P", "-m", CHILD], chapter_environment(os.environ)
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment,
            start_new_session=True,
        )
        return (
            self._process.pid,
            cast(BinaryIO, self._process.stdout),
            cast(BinaryIO, self._process.stdin),
        )

    def events(self) -> Iterator[dict[str, Any]]:
        """What the chapter tells, until it is dead."""
        with contextlib.suppress(OSError):
            for line in self._reader:
                if line.endswith(b"\n"):  # else it died in the middle of it
                    yield json.loads(line)

    def kill(self) -> None:
        """End it at once with what it started, from any thread; its last events are still to be read."""
        if self.pid:
            _kill(self.pid)

    def close(self) -> None:
        """Let it go: it is ended if it still runs, and dead, so that it writes nowhere any more."""
        self.kill()
        with contextlib.suppress(OSError):
            told = self._reader.fileno()
            while select.select([told], [], [], REAP_SECONDS)[0] and os.read(told, 1 << 16):
                pass  # its end is its death
        for stream in (self._writer, self._reader):
            with contextlib.suppress(OSError):
                stream.close()
        if not LINUX:
            self._process.wait()


def _kill(pid: int) -> None:
    """End a process and the group that it leads; alone while it leads none yet, or where there are none."""
    for send in (getattr(os, "killpg", os.kill), os.kill):
        with contextlib.suppress(OSError):
            send(pid, getattr(signal, "SIGKILL", signal.SIGTERM))


class Server:
    """The process that chapters are forked from, as its owner sees it: started on first use, again if it died."""

    lock: ClassVar[threading.RLock] = threading.RLock()
    _current: ClassVar[Server | None] = None

    def __init__(self) -> None:
        self.control, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", SERVER],  # -P: no directory of ours in sys.path
                stdin=theirs.fileno(),
                start_new_session=True,
                # A fork keeps its parent's hash order, and could read its parent's passwords.
                env=chapter_environment(os.environ),
            )
        weakref.finalize(self, _end_server, self.process, self.control)

    @classmethod
    def running(cls) -> Server:
        """The one server of this process; once one is dead, another."""
        with cls.lock:
            # Its socket is closed before its children die: whoever tries again after their death finds it so.
            if cls._current is None or select.select([cls._current.control], [], [], 0)[0]:
                cls._current = cls()
            return cls._current


def _end_server(process: subprocess.Popen[bytes], control: socket.socket) -> None:
    control.close()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(REAP_SECONDS)
    process.kill()
    process.wait()


def serve(control: socket.socket) -> None:
    """The server's own side: fork children until the owner is gone, and end what dead ones left."""
    children, server = (
        set[int](),
        os.getpid(),
    )  # asked for after a fork, it is another's once we are dead
    while True:
        asked = select.select([control], [], [], REAP_SECONDS)[0]
        while children and (dead := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)):
            _kill(dead.si_pid)  # what it started and left behind, while its number is still its own
            os.waitpid(dead.si_pid, 0)
            children.discard(dead.si_pid)
        received = socket.recv_fds(control, 1, 1, socket.MSG_CMSG_CLOEXEC)[1] if asked else None
        if received == []:
            break
        for descriptor in received or ():
            with (
                socket.socket(fileno=descriptor) as end,
                contextlib.suppress(OSError),
            ):  # no room for another process
                pid = os.fork()
                if pid == 0:
                    _become_chapter(control, end, server)
                children.add(pid)
                end.sendall(f"{pid}\n".encode())
    for pid in children:
        _kill(pid)


def _become_chapter(control: socket.socket, end: socket.socket, server: int) -> NoReturn:
    try:
        os.setsid()
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != server:
            os._exit(1)
        control.close()
        signal.signal(signal.SIGINT, signal.default_int_handler)
        from rlpipeline.execution import cells  # noqa: PLC0415 - loaded in the server, not by who imports us

        cells.run(end.makefile("rb"), end.makefile("wb"))
    except BaseException:  # whatever happens, a child never goes back into the server's loop
        traceback.print_exc(file=sys.__stderr__)
        cast(Any, sys.__stderr__).flush()
    finally:
        os._exit(0)


def main() -> None:
    """Load the libraries, then serve."""
    from rlpipeline.execution import cells  # noqa: PLC0415 - heavy, and of no use to who only imports us

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's
    cells.preload()
    serve(socket.socket(fileno=0))


if __name__ == "__main__":
    main()
