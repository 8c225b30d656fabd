"""In the process of a chapter: its cells run by IPython in one live event loop, and what they show told as they run.

Each thing told is a line of JSON: ``cell`` and ``count`` (a cell begins), ``output`` with its ``display_id`` or
``update``, ``clear``, and at last ``end``, with what was read and what failed outside of the cells. What is written to
descriptors 1 and 2 belongs to the cell that runs; it also stays in the log, for what no cell lives to show.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import faulthandler
import gc
import io
import json
import numbers
import os
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from importlib import import_module
from types import ModuleType
from typing import Any, BinaryIO

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.profiledir import ProfileDir
from traitlets import Type
from traitlets.config import Config

from rlpipeline import reads

PRELOADED = (
    "matplotlib.backends.backend_agg",
    "matplotlib.pyplot",
    "numpy",
    "pandas",
    "pyarrow.parquet",
    "seaborn",
    "rlpipeline.report",
    "matplotlib_inline.backend_inline",
)
INLINE = "module://matplotlib_inline.backend_inline"
TELL_SECONDS = 0.2
"""How long what is printed may wait to be told."""


def _plain(value: Any) -> Any:
    """A value that JSON does not know, as Jupyter's messages carry it."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Iterable):
        return list(value)
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    raise TypeError(f"{type(value).__name__} is not a value for JSON")


class Stream(io.TextIOBase):
    """``sys.stdout`` or ``sys.stderr``, with what is written to its descriptor by who knows no Python.

    Parameters
    ----------
    file
        What the descriptor is redirected to.
    """

    encoding = "utf-8"
    errors = "strict"

    def __init__(self, shell: ZMQInteractiveShell, name: str, descriptor: int, file: int) -> None:
        self.name = f"<{name}>"
        self._shell, self._kind, self._descriptor = shell, name, descriptor
        self._plain = getattr(sys, f"__{name}__")
        self._lock = threading.RLock()
        self._texts: list[str] = []
        self._told = time.monotonic()
        self._read = os.fstat(file).st_size
        os.dup2(file, descriptor)

    def write(self, text: str) -> int:
        """Keep a text to be told soon."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        with self._lock:
            self._take_written()
            self._texts.append(text)
        if time.monotonic() - self._told > TELL_SECONDS:
            self.flush()
        return len(text)

    def flush(self) -> None:
        """Tell what was written since the last time."""
        with self._lock:
            self._plain.flush()
            self._take_written()
            text, self._told = "".join(self._texts), time.monotonic()
            self._texts.clear()
        if text:
            self._shell.write({"output": {"output_type": "stream", "name": self._kind, "text": text}})

    def fileno(self) -> int:
        """The descriptor, for who starts a process."""
        return self._descriptor

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True

    def _take_written(self) -> None:
        size = os.fstat(self._descriptor).st_size
        if size > self._read and hasattr(os, "pread"):  # on Windows it stays in its file
            self._texts.append(os.pread(self._descriptor, size - self._read, self._read).decode(errors="replace"))
            self._read = size


class Publisher(DisplayPublisher):
    """Tells what cells display."""

    shell: Any

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: Any = False,
        **kwargs: Any,
    ) -> None:
        """Tell a display, or the update of one."""
        self._validate_data(data, metadata)  # type: ignore[no-untyped-call]
        output = {"output_type": "display_data", "data": data, "metadata": metadata or {}}
        self.shell.tell(output=output, display_id=(transient or {}).get("display_id"), update=update)

    def clear_output(self, wait: bool = False) -> None:
        """Tell that the cell's outputs are to go, at once or before the next."""
        self.shell.tell(clear=wait)


class Hook(DisplayHook):
    """Tells the value of a cell's last expression."""

    def start_displayhook(self) -> None:
        """Have nothing to begin."""

    def write_output_prompt(self) -> None:
        """Have no prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Tell the value."""
        output = {"data": format_dict, "metadata": md_dict or {}, "execution_count": self.prompt_count}
        assert self.shell is not None  # it made this hook
        self.shell.tell(output={"output_type": "execute_result", **output})

    def finish_displayhook(self) -> None:
        """Have nothing to end."""


class ZMQInteractiveShell(InteractiveShell):
    """IPython's shell, under the name by which libraries know that they are in a notebook.

    Attributes
    ----------
    cell, failed
        Id of the cell that runs, and whether one raised.
    """

    display_pub_class = Type(Publisher)
    displayhook_class = Type(Hook)
    cell, failed = "", False

    def begin(self, told: BinaryIO, log: str) -> None:
        """Say where to tell what happens, and where what no cell lives to show is kept, for its owner alone to read."""
        self._told, self._lock = told, threading.Lock()
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.set_inheritable(0, True)  # it was opened as 0
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - who asks finds its end
        errors = os.open(log, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        with tempfile.TemporaryFile() as output:
            self._streams = Stream(self, "stdout", 1, output.fileno()), Stream(self, "stderr", 2, errors)
        sys.stdout, sys.stderr = self._streams
        faulthandler.enable(file=2)

    def tell(self, **event: Any) -> None:
        """Tell one thing, after what was printed before it."""
        for stream in self._streams:
            stream.flush()
        self.write(event)

    def write(self, event: Mapping[str, Any]) -> None:
        """Write one thing told."""
        line = json.dumps(event, default=_plain, ensure_ascii=False).encode(errors="replace") + b"\n"
        with self._lock:
            self._told.write(line)
            self._told.flush()

    def enable_gui(self, gui: Any = None) -> None:
        """Have no window: ``%matplotlib`` asks for one."""

    def ask_exit(self) -> None:
        """Refuse ``exit`` and ``quit`` as ``sys.exit``."""
        raise SystemExit

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        self.failed = True
        error = {"output_type": "error", "ename": etype.__name__, "evalue": str(evalue), "traceback": stb}
        self.tell(output=error)


class Watch:
    """What fails outside of the cells, in threads and tasks that they began: its kind, the cell, the type of error."""

    def __init__(self, shell: ZMQInteractiveShell, loop: asyncio.AbstractEventLoop) -> None:
        self._shell = shell
        self._failed: list[tuple[str, str, str]] = []
        self._tasks: list[tuple[asyncio.Task[Any], str]] = []
        self._shown = threading.excepthook
        threading.excepthook = self._thread_failed
        loop.set_task_factory(self._make_task)
        loop.set_exception_handler(self._callback_failed)

    async def problem(self) -> tuple[str, str, str] | None:
        """The first failure, of a task before all, once all tasks and threads have ended."""
        while pending := {task for task, _ in self._tasks if not task.done()}:
            await asyncio.wait(pending)
        for task, cell in self._tasks:
            if not task.cancelled() and getattr(task, "_log_traceback", False):  # nobody asked for its exception
                self._failed.append(("task", cell, type(task.exception()).__name__))
        for thread in threading.enumerate():
            if thread is not threading.main_thread() and not thread.daemon:
                thread.join()
        return min(self._failed, default=None, key=lambda failed: failed[0])

    def _thread_failed(self, args: threading.ExceptHookArgs) -> None:
        self._failed.append(("thread", self._shell.cell, args.exc_type.__name__))
        self._shown(args)

    def _make_task(self, loop: asyncio.AbstractEventLoop, coroutine: Any, **options: Any) -> asyncio.Task[Any]:
        task: asyncio.Task[Any] = asyncio.Task(coroutine, loop=loop, **options)
        self._tasks.append((task, self._shell.cell))
        return task

    def _callback_failed(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if context.get("exception") is not None:
            self._failed.append(("task", self._shell.cell, type(context["exception"]).__name__))
        loop.default_exception_handler(context)


async def _run_cells(shell: Any, cells: Sequence[tuple[str, str]]) -> None:
    """Run the cells up to the first in error, each as IPython's kernel does, then wait for what they began."""
    watch = Watch(shell, asyncio.get_running_loop())
    for shell.cell, source in cells:
        shell.tell(cell=shell.cell, count=shell.execution_count)
        transformed, wrong = source, None
        try:
            transformed = shell.transform_cell(source)
        except Exception:
            wrong = sys.exc_info()
        result = await shell.run_cell_async(
            source, store_history=True, transformed_cell=transformed, preprocessing_exc_tuple=wrong
        )
        shell.events.trigger("post_execute")
        shell.events.trigger("post_run_cell", result)
        await asyncio.sleep(0)
        error = result.error_before_exec or result.error_in_exec
        if error is not None and not shell.failed:  # an unknown magic is only printed
            shell._showtraceback(type(error), error, [])
        if shell.failed:
            break
    problem = None if shell.failed else await watch.problem()
    shell.tell(end=True, reads=reads.as_data(), problem=problem)


def run(request: BinaryIO, told: BinaryIO, descriptor: int) -> None:
    """Run the chapter of a request in this process.

    Parameters
    ----------
    request
        One line of JSON: ``cells`` (pairs of an id and a source), ``directory`` (the working directory) and ``log``.
    told, descriptor
        Where the chapter tells what it does; a process that a cell forks has no part in it.
    """
    asked = json.loads(request.readline())
    shell: Any = InteractiveShell.instance()
    os.chdir(asked["directory"])
    shell.begin(told, asked["log"])

    def let_go() -> None:
        sys.stdout, sys.stderr = sys.__stdout__, sys.__stderr__
        os.close(descriptor)

    if hasattr(os, "register_at_fork"):
        os.register_at_fork(after_in_child=let_go)
    if "numpy" in sys.modules:
        import_module("numpy").random.seed()
    reads.begin(lambda: shell.cell)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    loop.run_until_complete(_run_cells(shell, asked["cells"]))


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
    """Make the shell, and import what the chapters need, as far as it is installed."""
    os.environ.setdefault("MPLBACKEND", INLINE)
    config = Config({"HistoryManager": {"enabled": False}})  # nobody reads it
    places = {"ipython_dir": tempfile.gettempdir(), "profile_dir": ProfileDir()}  # nothing of who builds
    shell: Any = ZMQInteractiveShell.instance(config=config, **places)
    with _scipy_later():
        for name in PRELOADED:
            with contextlib.suppress(ImportError):
                __import__(name)
    shell.transform_cell("value?")  # fills the caches of what every cell needs, as does what follows
    shell.run_cell("%matplotlib inline\n1 + 1", silent=True)
    from rlpipeline.processes import collect_seldom  # noqa: PLC0415 - with the libraries

    gc.collect()
    gc.freeze()
    collect_seldom()


def main() -> None:
    """Run one chapter in a process started for it."""
    told = os.dup(1)
    preload()
    run(os.fdopen(os.dup(0), "rb"), os.fdopen(told, "wb"), told)
    os._exit(0)


if __name__ == "__main__":
    main()
