"""The private directory where one year is made: records, settings and executed notebooks, gone afterwards."""

from __future__ import annotations

import os
import re
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.errors import ToolError
from rlpipeline.execution.plan import Task

PREFIX = ".travail-"


@dataclass(frozen=True)
class Workspace:
    """Directories of one run; ``root`` is the kernels' working directory."""

    root: Path

    @property
    def records(self) -> Path:
        """Where the caller writes the records."""
        return self.root / "records"

    @property
    def params(self) -> Path:
        """The settings as they were when the run began."""
        return self.root / "params"

    def executed(self, task: Task) -> Path:
        """Where the executed notebook of a task is written."""
        return self.root / "notebooks" / task.territory / f"{task.chapter}.ipynb"

    def failed(self, task: Task) -> Path:
        """Where the notebook of a task that failed is written."""
        return self.root / "echecs" / task.territory / f"{task.chapter}.ipynb"

    def log(self, task: Task) -> Path:
        """What the kernel's process itself wrote, outside of any cell."""
        return self.root / "journaux" / task.territory / f"{task.chapter}.log"


@contextmanager
def open_workspace(out: Path, params_dir: Path, year: int) -> Iterator[Workspace]:
    """A workspace under ``out`` with a snapshot of the settings, readable by its owner alone, removed at the end.

    Raises
    ------
    ToolError
        ``out`` cannot be written to.
    """
    try:
        out.mkdir(parents=True, exist_ok=True)
        remove_abandoned(out)
        # mkdtemp makes it 0700: the records of young people are nobody else's to read.
        root = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{_owner()}-", dir=out.resolve()))
    except OSError as error:
        raise ToolError(
            "Le dossier de publication n'est pas accessible en écriture.",
            where=str(out),
            got=error.strerror,
            todo="choisir un autre dossier avec --out, ou libérer de la place",
        ) from error
    try:
        workspace = Workspace(root)
        copy_settings(params_dir, workspace.params, year)
        yield workspace
    finally:
        shutil.rmtree(root, ignore_errors=True)


def copy_settings(params_dir: Path, target: Path, year: int) -> None:
    """Copy the settings that one year's report depends on: everything but hidden files and other years."""

    def ignored(directory: str, names: list[str]) -> set[str]:
        top = Path(directory) == params_dir
        hidden = {name for name in names if name.startswith(".")}
        others = {name for name in names if top and re.fullmatch(r"\d{4}", name) and name != str(year)}
        return hidden | others | ({"diffusions"} & set(names) if top else set())

    shutil.copytree(params_dir, target, ignore=ignored)


def remove_abandoned(out: Path) -> None:
    """Remove the workspaces of processes of this machine that were killed before they could do it."""
    host, _, _ = _owner().rpartition("-")
    for directory in out.glob(f"{PREFIX}{host}-*"):
        owner = re.fullmatch(rf"{re.escape(PREFIX + host)}-(\d+)-.+", directory.name)
        if owner and not _is_alive(int(owner[1])):
            shutil.rmtree(directory, ignore_errors=True)


def _is_alive(pid: int) -> bool:
    """Whether the process still runs; yes where the system cannot be asked without harm."""
    if os.name != "posix":
        return True
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _owner() -> str:
    """This machine and process, as part of a file name."""
    host = re.sub(r"[^A-Za-z0-9]+", "", socket.gethostname()) or "machine"
    return f"{host}-{os.getpid()}"
