"""Processes beside this one: one kind, for chapters, pages, figures gathered and prints.

On Linux a process is forked from a server, which has loaded its libraries once; elsewhere it is started anew. A server
(``python -P -m rlpipeline.processes serve LIBRARY``) has one thread, no password, and never opened records. Another one
is forked from it, which loads more: a crash of those libraries takes nothing else along. An owner sends a server, for
each process, one end of the process's own socket: the process reads there what it is asked, and tells there what it
does. It leads a group, which dies with it.
"""

from __future__ import annotations

import contextlib
import gc
import os
import pickle
import select
import signal
import socket
import subprocess
import sys
import threading
import traceback
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO, ClassVar, NoReturn, TypeVar, cast

from rlpipeline import operating_system
from rlpipeline.errors import ToolError
from rlpipeline.operating_system import kill_group

CHAPTER_PROGRAM, CALL_PROGRAM = "rlpipeline.execution.chapter_process", "rlpipeline.processes"
"""The programs that processes run: the cells of a chapter, which are told as they run, and the calls of functions."""
SERVER = "rlpipeline.processes"
"""The module that a server is started by."""
SECRETS = ("PGPASSWORD", "RLPIPELINE_DB_PASSWORD")
# Libraries that start threads of their own when they are imported: a process with threads cannot be forked safely.
SINGLE_THREADED = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
LONGEST_MESSAGE = 1_000
REAP_SECONDS = 1.0
STARTS = 3
"""How many times a process is asked for, where the server dies meanwhile."""
RUNS = 2
"""How many times a thing is done whose process is ended on the way."""
FEW = 8
"""Things that are done sooner here than a server loads its libraries."""
AHEAD = 2
"""Things that each process has under way or done while an earlier one is waited for."""

T = TypeVar("T")
R = TypeVar("R")


class EndedError(ToolError):
    """A process was ended from outside, each time that it did the same thing."""


class Workers:
    """Processes that do what is submitted, one thing at a time each, begun when they are first needed.

    They end with the block, or with this process, however it ends.

    Parameters
    ----------
    library
        Name of the module that they have loaded before they are asked anything.
    jobs
        Processes at most; one a processor when None, and never more.
    """

    def __init__(self, library: str, jobs: int | None = None) -> None:
        processors = os.cpu_count() or 1
        self._library, self._count = library, min(jobs or processors, processors)
        self._threads = ThreadPoolExecutor(self._count, "worker")
        self._idle, self._begun = deque[Process](), list[Process]()
        self._ended = threading.Event()

    def begin(self) -> None:
        """Have the library load now, while a processor has nothing else to do."""
        warm_up(self._library)

    def submit(self, function: Callable[[T], R], thing: T) -> Future[R]:
        """Have a function called with a thing in another process.

        Parameters
        ----------
        function
            Of a module, or a ``partial`` or a method of a value of one. What it gives comes back whole, so it should
            be small; what it raises is raised by the result.

        Raises
        ------
        EndedError
            By the result: the process was ended from outside.
        """
        return self._threads.submit(self._call, function, thing)

    def each(self, function: Callable[[T], R], things: Sequence[T]) -> Iterator[R]:
        """Do the same with each thing, and give what comes of it, in the order of the things.

        Nothing is done before the first result is asked for. Few things are done in this process. Raises what
        ``function`` raises for the first thing that it raises for; the others are given up.
        """
        if len(things) <= FEW or self._count < 2:
            yield from map(function, things)
            return
        asked = deque[Future[R]]()
        try:
            for thing in things:
                asked.append(self.submit(function, thing))
                if len(asked) == self._count * AHEAD:
                    yield asked.popleft().result()
            while asked:
                yield asked.popleft().result()
        finally:
            for future in asked:
                future.cancel()

    def stop(self) -> None:
        """End at once, in the midst of whatever is done."""
        self._ended.set()
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in (*self._begun,):
            process.kill()
        self._threads.shutdown()
        for process in self._begun:
            process.close()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _call(self, function: Callable[[T], R], thing: T) -> R:
        """Call a function in an idle process, in a thread of this one; again where the process is ended."""
        request = pickle.dumps((pickle.dumps(function), thing))
        for _ in range(RUNS):
            if self._ended.is_set():
                break
            process = self._taken()
            answer = process.ask(request)
            if answer is None:
                process.close()
                continue
            self._idle.append(process)
            result, error = pickle.loads(answer)
            if error is not None:
                raise error
            return cast(R, result)
        raise EndedError(
            "Un processus de calcul a été arrêté avant la fin.",
            got="la mémoire a manqué, ou il a été arrêté de l'extérieur",
            todo="fermer d'autres programmes ou relancer avec --jobs 1",
        )

    def _taken(self) -> Process:
        """Give a process that waits for something to do, or begin one, in the folder where this one is."""
        with contextlib.suppress(IndexError):  # none waits any more
            while (process := self._idle.pop()).is_dead:
                process.close()
            return process
        process = Process(CALL_PROGRAM, self._library)
        self._begun.append(process)
        process.send(pickle.dumps(Path.cwd()))
        if self._ended.is_set():  # meanwhile
            process.kill()
        return process


class Process:
    """A process that runs one program, as its owner sees it: it knows what it is sent, and nothing else.

    Parameters
    ----------
    program
        Name of a module: ``run(requests, answers)`` of it is called there with two streams of bytes.
    library
        Name of the module that it has loaded; the program itself unless told.
    """

    def __init__(self, program: str, library: str = "") -> None:
        self._started: subprocess.Popen[bytes] | None = None
        self._requests: BinaryIO
        self._answers: BinaryIO
        if operating_system.FORKS:
            self.pid = self._fork(program, library or program)
        else:
            self.pid = self._start(program)

    @property
    def is_dead(self) -> bool:
        """Whether it ended, of one that waits to be asked."""
        if self._started:
            return self._started.poll() is not None
        return bool(select.select([self._answers], [], [], 0)[0])

    def send(self, request: bytes) -> None:
        """Ask it for something; one that died is told by what it answers."""
        with contextlib.suppress(OSError):
            self._requests.write(request)
            self._requests.flush()

    def lines(self) -> Iterator[bytes]:
        """Give what it tells, a line each, until it is dead."""
        with contextlib.suppress(OSError):
            for line in self._answers:
                if line.endswith(b"\n"):  # else it died in the middle of it
                    yield line

    def ask(self, request: bytes) -> bytes | None:
        """Give the answer to one request, of a program that writes its length before it; None once dead."""
        self.send(request)
        with contextlib.suppress(OSError, ValueError):
            length = int(self._answers.readline())
            answer = self._answers.read(length)
            return answer if len(answer) == length else None
        return None

    def kill(self) -> None:
        """End it at once with what it started, from any thread; what it told last is still to be read."""
        if self.pid:
            kill_group(self.pid)

    def close(self) -> None:
        """Let it go: it is ended if it still runs, and dead, so that it writes nowhere any more."""
        self.kill()
        with contextlib.suppress(OSError, ValueError):  # it was let go before
            told = self._answers.fileno()
            while select.select([told], [], [], REAP_SECONDS)[0] and os.read(told, 1 << 16):
                pass  # its end is its death
        for stream in (self._requests, self._answers):
            with contextlib.suppress(OSError):
                stream.close()
        if self._started:
            self._started.wait()
        self.pid = 0  # soon another's

    def _fork(self, program: str, library: str) -> int:
        """Have a server fork it; 0 where each server that was asked died, and it tells nothing."""
        pid = 0
        for _ in range(STARTS):
            ours, theirs = socket.socketpair()
            with theirs:
                Server.running(library).fork(f"run {program}", theirs)
            with ours:
                self._answers, self._requests = ours.makefile("rb"), ours.makefile("wb")
                pid = int(self._answers.readline() or 0)
            if pid:  # else the server died: no fault of what it was asked for
                break
        return pid

    def _start(self, program: str) -> int:
        self._started = _begin("run", program, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self._requests = cast(BinaryIO, self._started.stdin)
        self._answers = cast(BinaryIO, self._started.stdout)
        return self._started.pid


class Server:
    """A process that others are forked from, as its owner sees it: started on first use, again if it died.

    Parameters
    ----------
    library
        Name of the module that it loads first.
    origin
        The server that it is forked from; None where it is started anew.
    """

    lock: ClassVar[threading.RLock] = threading.RLock()
    _running: ClassVar[dict[str, Server]] = {}

    def __init__(self, library: str, origin: Server | None = None) -> None:
        self.process: subprocess.Popen[bytes] | None = None
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._origin = origin
        with theirs:
            if origin:
                origin.fork(f"serve {library}", theirs)
            else:
                self.process = _begin("serve", library, stdin=theirs.fileno())
        weakref.finalize(self, _end_server, self.process, self._control)

    @classmethod
    def running(cls, library: str) -> Server:
        """Give the one server of this process that has a library: forked from the first one, once there is one."""
        with cls.lock:
            living = {name: server for name, server in cls._running.items() if not server.is_dead}
            if library not in living:
                living[library] = cls(library, next(iter(living.values()), None))
            cls._running = living
            return living[library]

    @property
    def is_dead(self) -> bool:
        """Whether it ended, or what it was forked from, which takes it along."""
        # Its socket is closed before its children die: whoever tries again after their death finds it so.
        ended = bool(select.select([self._control], [], [], 0)[0])
        return ended or (self._origin is not None and self._origin.is_dead)

    def fork(self, order: str, end: socket.socket) -> None:
        """Have a child forked, which obeys an order at one end of a socket; nothing comes where the server is dead."""
        with contextlib.suppress(OSError):
            socket.send_fds(self._control, [order.encode()], [end.fileno()])


def warm_up(library: str) -> None:
    """Start loading a library now, while the caller does something else."""
    if operating_system.FORKS:
        Server.running(library)


def bare_environment(environment: Mapping[str, str]) -> dict[str, str]:
    """Environment of our processes: ours without passwords, and with a hash order that does not vary."""
    passed = {key: value for key, value in environment.items() if key not in SECRETS}
    return passed | SINGLE_THREADED | {"PYTHONHASHSEED": "0"}


def collect_seldom() -> None:
    """Look for garbage seldom: most of what a build makes is kept, and was gone through for a tenth of its time."""
    gc.set_threshold(100_000, 50, 50)


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


def _begin(
    order: str, module: str, stdin: int, stdout: int | None = None
) -> subprocess.Popen[bytes]:
    """Begin a process that serves with a library or runs a program, in a session of its own: :func:`main` obeys."""
    return subprocess.Popen(
        [sys.executable, "-P", "-m", SERVER, order, module],  # -P: no directory of ours in sys.path
        # A fork keeps its parent's hash order, and could read its parent's passwords.
        env=bare_environment(os.environ),
        start_new_session=True,
        stdin=stdin,
        stdout=stdout,
    )


def _end_server(process: subprocess.Popen[bytes] | None, control: socket.socket) -> None:
    control.close()
    if process is None:  # it ends with its origin, or as it finds that nobody asks any more
        return
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(REAP_SECONDS)
    process.kill()
    process.wait()


# The other side: what is below runs in servers and in the processes that they fork.


def run(requests: BinaryIO, answers: BinaryIO) -> None:
    """Call functions with things, as :class:`Workers` asks for them, until nothing more comes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's
    collect_seldom()
    function_of = lru_cache(1)(pickle.loads)  # one is asked for all territories
    os.chdir(pickle.load(requests))
    with contextlib.suppress(EOFError):
        while True:
            function, thing = pickle.load(requests)
            answer = _called(function_of(function), thing)
            answers.write(b"%d\n" % len(answer) + answer)
            answers.flush()


def _called(function: Callable[[Any], Any], thing: Any) -> bytes:
    """Call a function; give its result and the error that it raised, one of which is None, as bytes."""
    try:
        return pickle.dumps((function(thing), None))
    except Exception as error:  # whatever it is, its owner tells it
        error.add_note(f"In another process:\n{traceback.format_exc()}")
        return pickle.dumps((None, error))


def load(library: str) -> None:
    """Import a module, and let it prepare what its processes need.

    Nothing is told where it cannot be loaded: whoever needs it imports it again, and tells why it cannot.
    """
    with contextlib.suppress(Exception):
        getattr(import_module(library), "preload", lambda: None)()
    gc.collect()
    gc.freeze()


def serve(control: socket.socket) -> None:
    """Fork children until the owner is gone, and end what dead ones left."""
    children, server = set[int](), os.getpid()  # asked for after a fork, it is another's once dead
    while True:
        asked = select.select([control], [], [], REAP_SECONDS)[0]
        while children and (dead := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)):
            kill_group(
                dead.si_pid
            )  # what it started and left behind, while its number is still its own
            os.waitpid(dead.si_pid, 0)
            children.discard(dead.si_pid)
        if not asked:
            continue
        order, ends, *_ = socket.recv_fds(control, LONGEST_MESSAGE, 1, socket.MSG_CMSG_CLOEXEC)
        if not order:
            break
        for descriptor in ends:
            with (
                socket.socket(fileno=descriptor) as end,
                contextlib.suppress(OSError),  # no room for another process
            ):
                pid = os.fork()
                if pid == 0:
                    _become(order.decode(), control, end, server)
                children.add(pid)
                if order.startswith(b"run "):
                    end.sendall(b"%d\n" % pid)
    for pid in children:
        kill_group(pid)
        os.waitpid(pid, 0)


def _become(order: str, control: socket.socket, end: socket.socket, server: int) -> NoReturn:
    """Be a child of a server: run a program, or serve with one library more."""
    try:
        os.setsid()
        operating_system.die_with_parent()
        if os.getppid() != server:
            os._exit(1)
        control.close()
        what, _, module = order.partition(" ")
        if what == "serve":
            load(module)
            serve(end)
        else:
            signal.signal(signal.SIGINT, signal.default_int_handler)
            import_module(module).run(end.makefile("rb"), end.makefile("wb"))
    except BaseException:  # whatever happens, a child never goes back into its server's loop
        traceback.print_exc(file=sys.__stderr__)
        cast(Any, sys.__stderr__).flush()
    finally:
        os._exit(0)


def main() -> None:
    """Serve with a library, or run a program where nothing is forked."""
    order, name = sys.argv[1:]
    if order == "serve":
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the owner's
        load(name)
        serve(_control())
    else:
        answers = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)  # what is printed is no answer
        load(name)
        # A cell may fork, which it could not in a process with a thread that watches the owner.
        requests = (
            os.fdopen(os.dup(0), "rb") if name == CHAPTER_PROGRAM else _requests_of_a_living_owner()
        )
        import_module(name).run(requests, answers)
    os._exit(0)


def _control() -> socket.socket:
    """Give the socket that is the standard input, elsewhere: what is closed there would be another's in a child."""
    control = socket.socket(fileno=os.dup(0))
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    return control


def _requests_of_a_living_owner() -> BinaryIO:
    """Give what is asked on the standard input; this process ends with its owner, whatever it is about."""
    relay, sent = os.pipe()
    asked = os.dup(0)

    def pass_on() -> None:
        while request := os.read(asked, 1 << 16):
            os.write(sent, request)
        os._exit(1)

    threading.Thread(target=pass_on, name="owner", daemon=True).start()
    return os.fdopen(relay, "rb")


if __name__ == "__main__":
    main()
