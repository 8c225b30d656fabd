"""The private directory where one year is made: records, settings and executed notebooks, gone afterwards."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.execution.lock import only_build
from rlpipeline.execution.places import WORKING, settings_files
from rlpipeline.execution.plan import SOURCES, Task
from rlpipeline.execution.request import Edition
from rlpipeline.processes import uninterrupted


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

    Raises OSError: ``out`` cannot be written to.
    """
    out.mkdir(parents=True, exist_ok=True)
    root = None
    try:
        with uninterrupted():  # 0700: the records of young people are nobody else's to read
            root = Path(tempfile.mkdtemp(prefix=f"{WORKING}{year}-", dir=out.resolve()))
        workspace = Workspace(root, edition)
        workspace.params.mkdir()
        for name in settings_files(params_dir, year):
            (workspace.params / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(params_dir / name, workspace.params / name)
        yield workspace
    finally:
        with uninterrupted():
            if root:
                shutil.rmtree(root, ignore_errors=True)


@contextmanager
def only_build_of(out: Path, year: int) -> Iterator[None]:
    """Be the only build of a year; what a killed one of it left is removed. Raises as ``only_build``."""
    with only_build(out / str(year)):
        for abandoned in out.glob(f"{WORKING}{year}-*"):
            shutil.rmtree(abandoned, ignore_errors=True)
        yield
