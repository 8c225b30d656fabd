"""A process for each chapter: forked, on Linux, from a server that has the libraries loaded; started anew elsewhere.

The server (``python -P -m rlpipeline.execution.forks``) has one thread, no password, and never opened records. Its
standard input is the socket that its owner sends it, for each chapter, one end of the chapter's own socket over: the
child that is forked reads its request there, and tells there what it does. The server keeps that end until the child
and all that it started are dead, so its owner, who reads to the end, leaves nothing behind; and once the owner closes
its own, it ends the child. It ends when its owner does, and Linux ends its children with it.
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
from dataclasses import dataclass
from pathlib import Path
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
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36  # of <sys/prctl.h>


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

    Parameters
    ----------
    request
        What it needs to know, as :func:`rlpipeline.execution.cells.run` reads it: it is given nothing else.
    """

    def __init__(self, request: Mapping[str, Any]) -> None:
        self._reader, self._writer = self._start()
        with contextlib.suppress(OSError):  # it died: it tells nothing
            self._writer.write(json.dumps(request).encode() + b"\n")
            self._writer.flush()

    def _start(self) -> tuple[BinaryIO, BinaryIO]:
        self._end, theirs = socket.socketpair()
        with theirs:
            self._server = Server.fork(theirs)
        return self._end.makefile("rb"), self._end.makefile("wb")

    def events(self) -> Iterator[dict[str, Any]]:
        """What the chapter tells, until it and all that it started are dead."""
        with contextlib.suppress(OSError):
            for line in self._reader:
                if line.endswith(b"\n"):  # else it died in the middle of it
                    yield json.loads(line)

    def kill(self) -> None:
        """End it at once, from any thread; its last events are still to be read."""
        with contextlib.suppress(OSError):
            self._end.shutdown(socket.SHUT_WR)

    def wake(self) -> None:
        """Let the server go on if something stopped it (SIGSTOP): its silence would pass for that of a busy machine."""
        self._server.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        """Let it go: it is ended if it still runs."""
        for stream in (self._writer, self._reader, self._end):
            with contextlib.suppress(OSError):
                stream.close()


class SpawnedChild(Child):
    """A chapter's process where there is no fork: it loads the libraries itself."""

    def _start(self) -> tuple[BinaryIO, BinaryIO]:
        command, environment = [sys.executable, "-P", "-m", CHILD], chapter_environment(os.environ)
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=True
        )
        return cast(BinaryIO, self._process.stdout), cast(BinaryIO, self._process.stdin)

    def kill(self) -> None:
        """End it at once."""
        self._process.kill()

    def wake(self) -> None:
        """Have no server."""

    def close(self) -> None:
        """End it if it still runs."""
        self._process.kill()
        self._process.communicate()


def start(request: Mapping[str, Any]) -> Child:
    """Start the process of one chapter, as this system can."""
    return Child(request) if LINUX else SpawnedChild(request)


class Server:
    """The process that chapters are forked from, as its owner sees it: started on first use, again if it died."""

    _lock: ClassVar[threading.RLock] = threading.RLock()
    _current: ClassVar[Server | None] = None

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        with theirs:
            self.process = subprocess.Popen(
                [sys.executable, "-P", "-m", SERVER],  # -P: no directory of ours in sys.path
                stdin=theirs.fileno(),
                start_new_session=True,
                # A fork keeps its parent's hash order, and could read its parent's passwords.
                env=chapter_environment(os.environ),
            )
        weakref.finalize(self, _end_server, self.process, self._control)

    @classmethod
    def running(cls) -> Server:
        """The one server of this process; once one is dead, another."""
        with cls._lock:
            # Its socket is closed before its children die: whoever tries again after their death finds it so.
            if cls._current is None or select.select([cls._current._control], [], [], 0)[0]:
                cls._current = cls()
            return cls._current

    @classmethod
    def fork(cls, end: socket.socket) -> Server:
        """Have a child forked that has this end of a socket; once the server is dead, the other is closed at once."""
        with cls._lock:
            server = cls.running()
            with contextlib.suppress(OSError):
                socket.send_fds(server._control, [b"f"], [end.fileno()])
            return server


def _end_server(process: subprocess.Popen[bytes], control: socket.socket) -> None:
    control.close()
    process.kill()
    process.wait()


@dataclass(frozen=True)
class Forked:
    """A chapter's process, as the server sees it, and the end of the socket that it was forked with."""

    pid: int
    pidfd: int
    end: socket.socket


class ForkServer:
    """The server's own side: it forks, reaps, and ends what must not live on."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._poller = select.poll()
        self._poller.register(control, select.POLLIN)
        self._children: dict[int, Forked] = {}

    def serve(self) -> None:
        """Fork children until the owner is gone.

        One event is handled at a time: what one closes, and whose number the system gives again, has no other left.
        """
        while True:
            descriptor, _ = self._poller.poll()[0]
            if descriptor in self._children:
                self._reap(self._children.pop(descriptor))
            elif descriptor != self._control.fileno():  # the owner closed its end
                self._poller.unregister(descriptor)
                _kill(next(child.pid for child in self._children.values() if child.end.fileno() == descriptor))
            elif received := socket.recv_fds(self._control, 1, 1, socket.MSG_CMSG_CLOEXEC)[1]:
                self._fork(socket.socket(fileno=received[0]))
            else:
                break
        for child in self._children.values():
            _kill(child.pid)
        self._children.clear()
        self._end_strays()

    def _fork(self, end: socket.socket) -> None:
        parent = os.getpid()  # asked for after the fork, it is another's once we are dead
        try:
            pid = os.fork()
        except OSError:  # no room for another process
            end.close()
            return
        if pid == 0:
            self._become_chapter(end, parent)
        pidfd = os.pidfd_open(pid)
        self._children[pidfd] = Forked(pid, pidfd, end)
        self._poller.register(pidfd, select.POLLIN)
        self._poller.register(end, select.POLLRDHUP)

    def _become_chapter(self, end: socket.socket, parent: int) -> NoReturn:
        """In the child: let go of everything that belongs to the parent, then run the chapter."""
        try:
            os.setsid()
            ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
            adopt()
            if os.getppid() != parent:
                os._exit(1)
            for child in self._children.values():
                child.end.close()
                os.close(child.pidfd)
            self._control.close()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            from rlpipeline.execution import cells  # noqa: PLC0415 - loaded in the server, not by who imports us

            cells.run(end.makefile("rb"), end.makefile("wb"), end.fileno())
        except BaseException:  # whatever happens, a child never goes back into the server's loop
            traceback.print_exc(file=sys.__stderr__)
            cast(Any, sys.__stderr__).flush()
        finally:
            os._exit(0)

    def _reap(self, child: Forked) -> None:
        _kill(child.pid)  # what the child started and left behind, while its number is still its own
        os.waitpid(child.pid, 0)
        self._end_strays()
        self._poller.unregister(child.pidfd)
        os.close(child.pidfd)
        with contextlib.suppress(KeyError):  # the owner had closed its end
            self._poller.unregister(child.end)
        child.end.close()

    def _end_strays(self) -> None:
        """End what dead children left in sessions of its own: it came to us, since a living child keeps its own."""
        here = Path("/proc/thread-self/children")
        while strays := {*map(int, here.read_text().split())} - {child.pid for child in self._children.values()}:
            for pid in strays:
                with contextlib.suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
                os.waitpid(pid, 0)  # what it started comes to us in its turn


def adopt() -> None:
    """Be the parent of the descendants whose own parent dies, whatever their session."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)


def _kill(pid: int) -> None:
    """End a child not yet waited for and what it started; alone while it leads no group yet."""
    for send in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            send(pid, signal.SIGKILL)


def main() -> None:
    """Load the libraries, then serve."""
    from rlpipeline.execution import cells  # noqa: PLC0415 - heavy, and of no use to who only imports us

    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's
    adopt()
    cells.preload()
    ForkServer(socket.socket(fileno=0)).serve()


if __name__ == "__main__":
    main()
