"""In the process of a notebook: what it is served, and what it asks the disk for while it runs, absences too.

Who serves it a part of a file of figures tells which, by the audit event ``SERVED``. Files are known as Python opens
them, looks whether they are there, or lists a folder. What Python does not see (another program, the network, a
library that reads by itself) is named, since nobody can tell whether that changed. The clock, chance and the
environment are no inputs.
"""

from __future__ import annotations

import builtins
import importlib.util
import json
import os
import sys
import sysconfig
import threading
from collections.abc import Callable, Collection, Mapping
from dataclasses import asdict, dataclass, field
from functools import wraps
from pathlib import Path
from typing import Any

from rlpipeline.execution.memory import LIST, state_of
from rlpipeline.our_notebooks import PACKAGE, SERVED

LOOKS = (
    (os, ("stat", "lstat", "access")),
    (os.path, ("exists", "lexists", "isfile", "isdir")),
)
"""Functions that look at a path, of which there is no audit event."""
LIBRARIES = ("stdlib", "platstdlib", "purelib", "platlib")
INSTALLED = tuple(
    f"{place.as_posix()}/"
    for folder in (PACKAGE, *(Path(sysconfig.get_path(name)) for name in LIBRARIES))
    for place in {folder, folder.resolve()}
)
"""Folders of Python, of its libraries and of the package, by each of their names."""
NO_DISK = ("/dev/", "/proc/", "/sys/")
SEEN_LIBRARIES = frozenset(
    {"IPython", "PIL", "cycler", "matplotlib", "matplotlib_inline", "mpl_toolkits", "numpy", "openpyxl", "pandas",
     "scipy", "seaborn", "traitlets", "rlpipeline.errors", "rlpipeline.report"}
)  # fmt: skip
"""Libraries, and modules of the package, that read files through Python alone, or none."""
UNSEEN = {
    "ctypes.dlopen": "charge du code qui n'est pas du Python",
    "os.exec": "lance un programme",
    "os.fork": "lance un autre processus",
    "os.forkpty": "lance un autre processus",
    "os.posix_spawn": "lance un programme",
    "os.spawn": "lance un programme",
    "os.startfile": "lance un programme",
    "os.system": "lance un programme",
    "socket.connect": "interroge le réseau",
    "socket.getaddrinfo": "interroge le réseau",
    "socket.sendto": "interroge le réseau",
    "subprocess.Popen": "lance un programme",
    "winreg.OpenKey": "lit le registre de Windows",
}
"""Audit events of what reads where nobody sees, and what it does."""
OTHER_PROCESSES = "multiprocessing.popen_"
"""What the name of a module begins with that is loaded to begin another process."""


@dataclass(frozen=True)
class Trace:
    """What a notebook was made from.

    Parameters
    ----------
    parts
        Parts that it was served of each file of figures.
    states
        State of each other path when it was first asked for, as ``state_of`` gives it.
    unseen
        What it did that reads where nobody sees, in French; empty where nothing.

    Paths below the working directory are relative to it; the others are whole.
    """

    parts: Mapping[str, Collection[str]] = field(default_factory=dict)
    states: Mapping[str, str] = field(default_factory=dict)
    unseen: str = ""

    def written(self) -> bytes:
        """Write it on one line."""
        return json.dumps(asdict(self), ensure_ascii=False).encode(errors="surrogatepass")

    @classmethod
    def read(cls, line: bytes) -> Trace:
        """Read it again."""
        return cls(**json.loads(line.decode(errors="surrogatepass")))


def trace_path(log: Path) -> Path:
    """Where a notebook's trace is written, beside its log."""
    return log.with_suffix(".trace")


class Tracer:
    """Notes what this process asks for from :meth:`begin` on, once and until its end.

    Parameters
    ----------
    directory
        Working directory of the notebook.
    """

    def __init__(self, directory: str) -> None:
        self._root = Path(directory).resolve()
        self._loaded = {name.partition(".")[0] for name in sys.modules}
        self._parts: dict[str, set[str]] = {}
        self._states: dict[str, str] = {}
        self._announced: set[str] = set()
        self._written: set[str] = set()
        self._imported: dict[str, None] = {}
        self._unseen: dict[str, None] = {}
        self._noting = threading.local()

    def begin(self) -> None:
        """Listen from now on."""
        heard: Mapping[str, Callable[..., None]] = {
            SERVED: self._served,
            "open": self._opened,
            "os.listdir": self._listed,
            "os.scandir": self._listed,
            "sqlite3.connect": self._connected,
            "import": self._loading,
        }

        def hear(event: str, arguments: tuple[Any, ...]) -> None:
            if event in UNSEEN:
                self._unseen[UNSEEN[event]] = None
            elif event in heard:
                self._note(heard[event], *arguments)

        sys.addaudithook(hear)
        for module, names in LOOKS:
            for name in names:
                setattr(module, name, self._looking(getattr(module, name)))
        builtins.__import__ = self._importing(builtins.__import__)

    def trace(self) -> Trace:
        """What was asked for until now."""
        reading = dict.fromkeys(filter(_reads_by_itself, map(_library_of, self._imported)))
        served_by = [f"se sert de {name}, qui lit sans que Python le voie" for name in reading]
        parts = {path: sorted(parts) for path, parts in sorted(self._parts.items())}
        states = dict(sorted(self._states.items()))
        return Trace(parts, states, ", ".join([*self._unseen, *served_by]))

    def _note(self, note: Callable[..., None], *arguments: Any) -> None:
        """Note something; what noting it asks for is left out."""
        if getattr(self._noting, "now", False):
            return
        self._noting.now = True
        try:
            note(*arguments)
        except Exception as error:  # a notebook never fails by being traced
            self._unseen[f"nomme un fichier d'une façon inconnue ({type(error).__name__})"] = None
        finally:
            self._noting.now = False

    def _looking(self, look: Callable[..., Any]) -> Callable[..., Any]:
        """Make a function that looks at a path, and has it noted."""

        @wraps(look)
        def looking(path: Any, *given: Any, **named: Any) -> Any:
            self._note(self._looked, path)
            return look(path, *given, **named)

        for capable in (os.supports_dir_fd, os.supports_fd, os.supports_follow_symlinks):
            if look in capable:
                capable.add(looking)
        return looking

    def _importing(self, load: Callable[..., Any]) -> Callable[..., Any]:
        """Make what imports, and has noted what cells and modules of the service's own import."""

        def importing(
            name: str,
            globals: Any = None,
            locals: Any = None,
            fromlist: Any = (),
            level: int = 0,
        ) -> Any:
            importer = (globals or {}).get("__file__") or ""
            if level == 0 and not is_installed(importer):
                self._imported[name] = None
            return load(name, globals, locals, fromlist, level)

        return importing

    def _loading(self, name: str, *_: object) -> None:
        """Note what is loaded now, whoever imports it: a library that was not there before the first cell."""
        if name.startswith(OTHER_PROCESSES):
            self._unseen[UNSEEN["os.fork"]] = None
        if name.partition(".")[0] not in self._loaded:
            self._imported[name] = None

    def _served(self, path: str, *parts: str) -> None:
        """Note parts of a file; where there is none, that who serves them is about to open it."""
        named = self._named(path)
        self._parts.setdefault(named, set()).update(parts)
        if not parts:
            self._announced.add(named)

    def _connected(self, database: Any) -> None:
        """Note a database of SQLite, and what stands beside it while it is written."""
        for ending in ("", "-wal", "-journal"):
            self._looked(os.fsdecode(database) + ending)

    def _opened(self, path: Any, _mode: object, flags: int) -> None:
        if isinstance(path, int):
            return
        named = self._named(path)
        if named in self._announced:
            self._announced.discard(named)
        elif flags & (os.O_TRUNC | os.O_EXCL) and named not in self._states:
            self._written.add(named)
        else:
            self._depend_on(named)

    def _listed(self, path: Any) -> None:
        if not isinstance(path, int):
            self._depend_on(self._named("." if path is None else path) + LIST)

    def _looked(self, path: Any) -> None:
        if isinstance(path, int):
            return
        named = self._named(path)
        if named not in self._announced:
            self._depend_on(named)

    def _depend_on(self, named: str) -> None:
        """Note the state of a path, as it is before what asks for it goes on."""
        if named in self._states or named in self._written or named.startswith(NO_DISK):
            return
        if not is_installed(named) and not _is_above_installed(named):
            self._states[named] = state_of(named, self._root)

    def _named(self, path: Any) -> str:
        """Name a path as a trace does; a module by its source, where Python opens what it compiled of it."""
        whole = Path(os.path.abspath(os.fsdecode(path)))  # noqa: PTH100 - no link is resolved
        if whole.suffix == ".pyc" and whole.parent.name == "__pycache__":
            whole = Path(importlib.util.source_from_cache(whole))
        place = whole.relative_to(self._root) if whole.is_relative_to(self._root) else whole
        return place.as_posix()


def is_installed(path: str) -> bool:
    """Say whether a file is of Python, its libraries or the package, whose versions every memory is made from."""
    return path.replace(os.sep, "/").startswith(INSTALLED)


def _is_above_installed(path: str) -> bool:
    """Say whether a folder has those of Python in it: who resolves the path of a library looks at it too."""
    return any(place.startswith(f"{path}/") for place in INSTALLED)


def _library_of(module: str) -> str:
    """Give the library that a module is of; of the package, the module itself."""
    library = module.partition(".")[0]
    return module if library == PACKAGE.name else library


def _reads_by_itself(library: str) -> bool:
    """Say whether what was imported may read files that Python does not see."""
    module = sys.modules.get(library)
    if module is None:  # it is not there: what looked for it is noted
        return False
    if library in SEEN_LIBRARIES or library in sys.stdlib_module_names:
        return False
    where = getattr(module, "__file__", None) or next(iter(getattr(module, "__path__", ())), "")
    return not where or is_installed(where)
