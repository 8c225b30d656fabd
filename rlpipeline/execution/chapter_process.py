"""In the process of a chapter: its cells run by IPython in one live event loop, and what they show told as they run.

Each thing told is a line of JSON: ``cell`` and ``count`` (a cell begins), ``output`` with its ``display_id`` or
``update``, ``clear``, and at last ``end``, with what failed outside of the cells. What is written to descriptors
1 and 2 belongs to the cell that runs.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import faulthandler
import json
import os
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, BinaryIO

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from IPython.core.profiledir import ProfileDir
from traitlets import Type
from traitlets.config import Config

from rlpipeline.execution.tracing import Tracer, trace_path
from rlpipeline.operating_system import REMOVES_OPEN_FILES
from rlpipeline.processes import collect_seldom

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
WARMING = "%matplotlib inline\n1 + 1"
"""A cell that fills, as what is transformed before it does, the caches of what every cell needs."""


def _plain(value: Any) -> Any:
    """A value that JSON does not know, as Jupyter's messages carry it."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Iterable):
        return list(value)
    return value.item()  # a number of numpy


class Printed:
    """What is written to a descriptor, by Python or by who knows none: it goes to a file, read as it grows."""

    def __init__(self, name: str, descriptor: int, path: str) -> None:
        self.name = name
        written = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        os.dup2(written, descriptor)
        os.close(written)
        self._file = Path(path).open("rb")  # noqa: SIM115 - until the process ends
        self._file.seek(0, os.SEEK_END)
        getattr(sys, name).reconfigure(encoding="utf-8", errors="replace", line_buffering=True)

    def new(self) -> str:
        """What was written since the last time."""
        getattr(sys, self.name).flush()
        return self._file.read().decode(errors="replace").replace("\r\n", "\n")


class Publisher(DisplayPublisher):
    """Tells what cells display."""

    shell: Any

    def publish(self, data: Any, metadata: Any = None, *args: Any, **ways: Any) -> None:
        """Tell a display, or the update of one."""
        self._validate_data(data, metadata)  # type: ignore[no-untyped-call]
        output = {"output_type": "display_data", "data": data, "metadata": metadata or {}}
        display_id = (ways.get("transient") or {}).get("display_id")
        self.shell.tell(output=output, display_id=display_id, update=ways.get("update", False))

    def clear_output(self, wait: bool = False) -> None:
        """Tell that the cell's outputs are to go, at once or before the next."""
        self.shell.tell(clear=wait)


class Hook(DisplayHook):
    """Tells the value of a cell's last expression, without any prompt."""

    def write_output_prompt(self) -> None:
        """Have no prompt."""

    def compute_format_data(self, result: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        """Write the value in each of its forms; in none where nobody would see it."""
        assert self.shell is not None  # it made this hook
        if not self.shell.shows_values:
            return {}, {}
        forms: tuple[dict[str, Any], dict[str, Any]] = super().compute_format_data(result)  # type: ignore[no-untyped-call]
        return forms

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Tell the value."""
        output = {
            "data": format_dict,
            "metadata": md_dict or {},
            "execution_count": self.prompt_count,
        }
        assert self.shell is not None  # it made this hook
        self.shell.tell(output={"output_type": "execute_result", **output})


class ZMQInteractiveShell(InteractiveShell):
    """IPython's shell, under the name by which libraries know that they are in a notebook.

    ``shows_values``: whether the values of cells are told; ``cell``, ``failed``: id of the cell that runs, and whether
    one raised; ``outside``: cell and type of the first error of a thread or a task that a cell began.
    """

    display_pub_class = Type(Publisher)
    displayhook_class = Type(Hook)
    shows_values = True
    cell, failed = "", False
    outside: tuple[str, str] | None = None

    def begin(self, told: BinaryIO, log: str) -> None:
        """Say where to tell what happens, and where what no cell lives to show is kept, for its owner alone to read."""
        self._told, self._lock = told, threading.RLock()
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.set_inheritable(0, True)  # it was opened as 0
        sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 - who asks finds its end
        # What is printed fills no disk of the report's, and goes with the process.
        folder = None if REMOVES_OPEN_FILES else Path(log).parent
        opened, output = tempfile.mkstemp(dir=folder)
        os.close(opened)
        self._printed = Printed("stdout", 1, output), Printed("stderr", 2, log)
        if REMOVES_OPEN_FILES:
            Path(output).unlink()
        faulthandler.enable(file=2)

    def tell(self, **event: Any) -> None:
        """Tell one thing, after what was printed before it."""
        with self._lock:
            texts = [(printed.name, printed.new()) for printed in self._printed]
            told = [
                {"output": {"output_type": "stream", "name": name, "text": text}}
                for name, text in texts
                if text
            ]
            for line in (*told, event):
                self._told.write(
                    json.dumps(line, default=_plain, ensure_ascii=False).encode(errors="replace")
                    + b"\n"
                )
            self._told.flush()

    def enable_gui(self, gui: Any = None) -> None:
        """Have no window: ``%matplotlib`` asks for one."""

    def ask_exit(self) -> None:
        """Refuse ``exit`` and ``quit`` as ``sys.exit``."""
        raise SystemExit

    def _showtraceback(self, etype: Any, evalue: Any, stb: list[str]) -> None:
        self.failed = True
        error = {
            "output_type": "error",
            "ename": etype.__name__,
            "evalue": str(evalue),
            "traceback": stb,
        }
        self.tell(output=error)

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Note what fails outside of the cells, in threads and tasks that they began."""
        shown = threading.excepthook

        def thread_failed(args: threading.ExceptHookArgs) -> None:
            self.outside = self.outside or (self.cell, args.exc_type.__name__)
            shown(args)

        def task_failed(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
            if context.get("exception"):
                self.outside = self.outside or (self.cell, type(context["exception"]).__name__)
            loop.default_exception_handler(context)

        threading.excepthook = thread_failed
        loop.set_exception_handler(task_failed)

    async def wait_outside(self) -> None:
        """Wait for threads and tasks that cells began, and have a task told whose exception nobody asked for."""
        while pending := asyncio.all_tasks() - {asyncio.current_task()}:
            for task in (await asyncio.wait(pending))[0]:
                if getattr(task, "_log_traceback", False):  # nobody asked for its exception
                    self.outside = self.outside or (self.cell, type(task.exception()).__name__)
        for thread in threading.enumerate():
            if thread is not threading.main_thread() and not thread.daemon:
                thread.join()
        vars(self.displayhook).update(_="", __="", ___="")
        for held in (self.user_ns.get("_oh", {}), self.user_ns):
            held.clear()  # a task that nobody holds any more tells its exception


async def _run_cells(shell: Any, cells: Sequence[tuple[str, str]]) -> None:
    """Run the cells up to the first in error, each as IPython's kernel does, then wait for what they began."""
    shell.watch(asyncio.get_running_loop())
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
    if not shell.failed:
        await shell.wait_outside()


def _leave_out_forks(told: BinaryIO) -> None:
    """Have a process that a cell forks, and those that it forks itself, tell nothing: to write there is an error.

    The descriptor keeps its number, so that nothing else is told to, and is given up once: later it may be another's.
    """
    held = [told.fileno()]

    def give_up() -> None:
        while held:
            os.dup2(0, held.pop())  # read only

    os.register_at_fork(after_in_child=give_up)


def run(request: BinaryIO, told: BinaryIO) -> None:
    """Run the chapter of a request in this process.

    Parameters
    ----------
    request
        One line of JSON: ``cells`` (pairs of an id and a source), ``shows_values``, ``directory`` (the working
        directory) and ``log``, beside which its trace is written.
    told
        Where the chapter tells what it does; a process that a cell forks has no part in it.
    """
    line = request.readline()
    if not line:  # its owner is gone, or gave it up
        return
    asked = json.loads(line)
    shell: Any = InteractiveShell.instance()
    os.chdir(asked["directory"])
    shell.begin(told, asked["log"])
    shell.shows_values = asked["shows_values"]
    if hasattr(os, "register_at_fork"):
        _leave_out_forks(told)
    if "numpy" in sys.modules:
        import_module("numpy").random.seed()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    tracer = Tracer(asked["directory"])
    tracer.begin()
    loop.run_until_complete(_run_cells(shell, asked["cells"]))
    trace_path(Path(asked["log"])).write_bytes(tracer.trace().written())
    shell.tell(end=True, outside=shell.outside)


@contextlib.contextmanager
def _scipy_later() -> Iterator[None]:
    """Have seaborn, which asks scipy for two names, load it when a chart first needs one: none of ours does.

    It is a third of the time in which the libraries load.
    """
    stats, cluster = ModuleType("scipy.stats"), ModuleType("scipy.cluster")

    def gaussian_kde(*args: object, **kwargs: object) -> object:
        return import_module("scipy.stats").gaussian_kde(*args, **kwargs)

    stats.gaussian_kde = gaussian_kde  # type: ignore[attr-defined]
    hierarchy = ModuleType("scipy.cluster.hierarchy")
    hierarchy.__getattr__ = lambda name: getattr(import_module("scipy.cluster.hierarchy"), name)  # type: ignore[method-assign]
    cluster.hierarchy = hierarchy  # type: ignore[attr-defined]
    stands_in: Mapping[str, ModuleType] = {"scipy.stats": stats, "scipy.cluster": cluster}
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
    places = {
        "ipython_dir": tempfile.gettempdir(),
        "profile_dir": ProfileDir(),
    }  # nothing of who builds
    shell: Any = ZMQInteractiveShell.instance(config=config, **places)
    with _scipy_later():
        for name in PRELOADED:
            with contextlib.suppress(ImportError):
                __import__(name)
    shell.transform_cell("value?")
    shell.run_cell(WARMING, silent=True)
    collect_seldom()
