"""The private directory where one year is made: records, settings and executed notebooks, gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from rlpipeline.errors import ToolError
from rlpipeline.execution.lock import lock_path, only_build
from rlpipeline.execution.plan import SOURCES, Edition, Task
from rlpipeline.execution.unchanged import COUNTING_IN, WORKING, settings_files


@dataclass(frozen=True)
class Workspace:
    """Directories of one run; ``root`` is the chapters' working directory."""

    root: Path
    edition: Edition = "interne"

    @property
    def records(self) -> Path:
        """The records; the edition to share has none."""
        return self.root / "records"

    @property
    def figures(self) -> Path:
        """The store of figures that the chapters open."""
        return self.root / SOURCES[self.edition]

    @property
    def origin(self) -> Path:
        """What a publication is made from, as its manifest has it: the records, or the protected figures."""
        return self.records if self.edition == "interne" else self.figures

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
        """What the chapter's process wrote to its standard error."""
        return self.root / "journaux" / task.territory / f"{task.chapter}.log"


@contextmanager
def open_workspace(out: Path, params_dir: Path, year: int, edition: Edition = "interne") -> Iterator[Workspace]:
    """A workspace under ``out`` with a snapshot of the settings, readable by its owner alone, removed at the end.

    Raises
    ------
    OSError
        ``out`` cannot be written to.
    """
    out.mkdir(parents=True, exist_ok=True)
    # mkdtemp makes it 0700: the records of young people are nobody else's to read.
    root = Path(tempfile.mkdtemp(prefix=f"{WORKING}{year}-", dir=out.resolve()))
    try:
        workspace = Workspace(root, edition)
        copy_settings(params_dir, workspace.params, year)
        yield workspace
    finally:
        shutil.rmtree(root, ignore_errors=True)


@contextmanager
def only_build_of(out: Path, year: int) -> Iterator[None]:
    """Be the only build of a year; what a killed one of it left is removed. Raises as ``only_build``."""
    with only_build(out / str(year)):
        for abandoned in out.glob(f"{WORKING}{year}-*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        yield


@contextmanager
def open_counting(out: Path, params_dir: Path, year: int) -> Iterator[Workspace]:
    """A workspace for the counts of a whole build, which holds the lock of no year, removed at the end.

    Raises
    ------
    ToolError, OSError
        ``out`` cannot be written to, or knows no locks.
    """
    out.mkdir(parents=True, exist_ok=True)
    remove_abandoned_counts(out)
    root = out.resolve() / f"{COUNTING_IN}{uuid4().hex[:12]}"
    with only_build(root):
        try:
            root.mkdir(mode=0o700)
            workspace = Workspace(root)
            copy_settings(params_dir, workspace.params, year)
            yield workspace
        finally:
            shutil.rmtree(root, ignore_errors=True)


def remove_abandoned_counts(out: Path) -> None:
    """Remove what builds that were killed counted, and their locks, which nobody holds any more."""
    for path in [*out.glob(f"{COUNTING_IN}*"), *out.glob(lock_path(out / f"{COUNTING_IN}*").name)]:
        root = out / f".{path.name.lstrip('.').removesuffix('-verrou')}"
        with suppress(ToolError), only_build(root):
            shutil.rmtree(root, ignore_errors=True)


def copy_settings(params_dir: Path, target: Path, year: int) -> None:
    """Copy the settings that one year's report depends on (``unchanged.settings_files``)."""
    target.mkdir()
    for name in settings_files(params_dir, year):
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(params_dir / name, target / name)
