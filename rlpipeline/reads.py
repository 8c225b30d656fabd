"""What a notebook reads, noted where it is read: by this, a later build knows what has to run again.

Our own readers note what they give under a fine name (``tranche/suivis/2023/62215``, ``parametre/service/nom``) and
open their files aside. Whatever else a kernel opens or lists is noted by a hook of the interpreter, file by file.
Nothing is ever taken off the log: a read noted twice is noted once, a read of nothing (an absent text) is a read.
"""

from __future__ import annotations

import os
import platform
import sys
import sysconfig
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

Read = tuple[str, ...]
"""A kind, then what tells it from others of its kind; its first word is the kind."""

SLICE, TABLE, PRESENCE, YEARS, PLACES, ALL_RECORDS = "tranche", "table", "presence", "annees", "actions", "donnees"
RECORDED, MISSING, SILENCED = "tenue", "saisie", "acceptees"
PROTECTED, RELEASED, RELEASED_YEARS = "protege", "diffuse", "diffuse_annees"
SETTING, SETTINGS_FILE, ALL_SETTINGS = "parametre", "fichier", "parametres"
FIGURES, ROWS, LIST = "chiffres", "lignes", "liste"
"""What is opened of the figure store: a table or the rows counted for it (indicator, year, territory); a list."""
SCALE = "echelle"
OUTSIDE, OUTSIDE_LIST, BEYOND = "exterieur", "liste", "hors_de_portee"

BEYOND_REACH = frozenset(
    {
        "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.spawn", "os.startfile", "os.system", "pty.spawn",
        "socket.connect", "socket.getaddrinfo", "sqlite3.connect", "subprocess.Popen", "urllib.Request",
    }
)  # fmt: skip
"""What a notebook may do whose result no digest can tell: it then runs each time."""
LISTINGS = frozenset({"os.listdir", "os.scandir"})
SETTINGS_FOLDER, RECORDS_FOLDERS = "params", frozenset({"figures", "records", "proteges"})
"""Names of the notebooks' inputs in their working directory."""

_noted: set[Read] = set()
_aside: ContextVar[bool] = ContextVar("rlpipeline_reads_aside", default=False)


def note(kind: str, *parts: str) -> None:
    """Note that something was read, or found absent."""
    if not _aside.get():
        _noted.add((kind, *parts))


@contextmanager
def aside() -> Iterator[None]:
    """Read without noting: what is read within is noted by its reader, under a finer name."""
    token = _aside.set(True)
    try:
        yield
    finally:
        _aside.reset(token)


def noted() -> tuple[Read, ...]:
    """Everything noted so far, in order."""
    return tuple(sorted(_noted))


def watch() -> None:
    """Begin the log of a kernel: forget what its parent read, and note what is opened from now on."""
    _noted.clear()
    watched = _Watched(Path.cwd())
    sys.addaudithook(watched.hear)


def told() -> dict[str, Any]:
    """All that the outcome of a kernel's run depends on, beside its notebook, as values for JSON."""
    return {
        "lectures": [list(read) for read in noted()],
        "modules": sorted(name for name in sys.modules if name.partition(".")[0] == "rlpipeline"),
        "paquets": sorted({name.partition(".")[0] for name in sys.modules}),
        "python": platform.python_version(),
    }


class _Watched:
    """The hook of the interpreter: notes the files and folders that no reader of ours answers for."""

    def __init__(self, root: Path) -> None:
        self._root = str(root)
        self._own = tuple(_folders_of_python())

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open":
            if _reads(arguments[1], arguments[2]):
                self._saw(arguments[0], OUTSIDE)
        elif event in LISTINGS:
            self._saw(arguments[0] if arguments else None, OUTSIDE_LIST)
        elif event in BEYOND_REACH:
            note(BEYOND, event)

    def _saw(self, path: object, kind: str) -> None:
        if _aside.get() or isinstance(path, int):  # an open file's number: it was seen when it was opened
            return
        given = os.fsdecode(path) if isinstance(path, str | bytes | os.PathLike) else "."
        name = os.path.normpath(Path(given).absolute())  # without following links: as it was asked for
        if name == self._root or name.startswith(self._own):
            return
        if name.startswith(self._root + os.sep):
            _note_input(name[len(self._root) + 1 :], kind)
        else:
            note(kind, name)


def _note_input(name: str, kind: str) -> None:
    """Note a file of the working directory: a setting, the records; or what some notebook wrote, and may not again."""
    folder, _, rest = name.replace(os.sep, "/").partition("/")
    if folder == SETTINGS_FOLDER:
        note(*((SETTINGS_FILE, rest) if kind == OUTSIDE else (ALL_SETTINGS,)))
    elif folder in RECORDS_FOLDERS:
        note(ALL_RECORDS)
    else:
        note(BEYOND, "fichier de travail")


def _reads(mode: object, flags: object) -> bool:
    if isinstance(mode, str):
        return "r" in mode or "+" in mode
    return not isinstance(flags, int) or flags & (os.O_WRONLY | os.O_RDWR) != os.O_WRONLY


def _folders_of_python() -> Iterator[str]:
    """Folders whose content versions and modules answer for, and those of the system that say nothing of records."""
    paths = sysconfig.get_paths()
    for name in ("stdlib", "platstdlib", "purelib", "platlib"):
        yield paths[name] + os.sep
    yield str(Path(__file__).parent) + os.sep
    yield str(Path(os.__file__).parent) + os.sep  # the standard library, where a virtual environment has its own
    yield from ("/proc/", "/dev/", "/sys/", "/usr/share/zoneinfo/", "/usr/share/fonts/", "/etc/localtime")
    matplotlib = sys.modules.get("matplotlib")
    if matplotlib is not None:
        yield from (str(matplotlib.get_configdir()) + os.sep, str(matplotlib.get_cachedir()) + os.sep)
