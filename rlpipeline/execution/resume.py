"""Going on from where an interrupted build stopped: chapters already executed are kept until one build is finished.

A chapter is kept under a digest of everything it depends on (records, settings, notebook, parameters, our own source
files, versions); a chapter whose digest differs in anything runs again.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

from rlpipeline.execution.kernels.provisioner import KERNEL
from rlpipeline.execution.manifest import hashes, sha256
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.plan import Task
from rlpipeline.execution.progress import Progress
from rlpipeline.execution.workspace import Workspace

PACKAGE = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Kept:
    """The private folder of one year's chapters already executed.

    Parameters
    ----------
    target
        The publication they are for; the folder lies beside it, hidden.
    kernel
        Name of the kernel the chapters run on.
    """

    target: Path
    workspace: Workspace
    kernel: str | None = KERNEL

    @property
    def directory(self) -> Path:
        """Where they lie; executed notebooks show exact figures, so the owner alone can read them."""
        return self.target.with_name(f".{self.target.name}-reprise")

    def prepare(self, tasks: Sequence[Task], force: bool = False) -> None:
        """Forget what no task needs any more; everything with ``force``."""
        if force:
            self.forget()
        self.directory.mkdir(mode=0o700, exist_ok=True)
        self.directory.chmod(0o700)
        useful = set() if force else {self._path(task) for task in tasks}
        for path in set(self.directory.iterdir()) - useful:
            path.unlink()

    def take(self, task: Task) -> Outcome | None:
        """The outcome of a chapter already executed, copied into the workspace; None where it has to run."""
        if not self._path(task).is_file():
            return None
        executed = self.workspace.executed(task)
        executed.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._path(task), executed)  # with its mode, 0600
        return Outcome(task, "ok", executed, None, 0.0)

    def keep(self, outcome: Outcome) -> None:
        """Keep a chapter that succeeded; a name in the folder always is a whole notebook's."""
        if outcome.state != "ok":
            return
        path = self._path(outcome.task)
        partial = path.with_suffix(".partiel")
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(outcome.notebook.read_bytes())
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)

    def forget(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def _path(self, task: Task) -> Path:
        own = {
            "common": self._common,
            "chapter": task.chapter,
            "notebook": sha256(task.notebook),
            "territory": task.territory,
            "parameters": task.parameters,
        }
        return self.directory / f"{digest(own)}.ipynb"

    @cached_property
    def _common(self) -> str:
        """Digest of what every chapter of this build depends on."""
        return digest(
            {
                "records": hashes(self.workspace.records),
                "settings": hashes(self.workspace.params),
                "sources": {name: value for name, value in hashes(PACKAGE).items() if not name.endswith(".pyc")},
                "versions": {item.name: item.version for item in distributions()},
                "python": platform.python_version(),
                "kernel": self.kernel,
            }
        )


def digest(values: Mapping[str, Any]) -> str:
    """SHA-256 of values that JSON can write, whatever their order."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


class Keeping:
    """Keeps each chapter as soon as it is told of its end, and passes everything on."""

    def __init__(self, kept: Kept, listener: Progress) -> None:
        self._kept = kept
        self._listener = listener

    def begins(self, total: int, jobs: int) -> None:
        """Pass it on."""
        self._listener.begins(total, jobs)

    def resumes(self, count: int) -> None:
        """Pass it on."""
        self._listener.resumes(count)

    def finished(self, outcome: Outcome) -> None:
        """Keep the chapter, and pass it on."""
        self._kept.keep(outcome)
        self._listener.finished(outcome)

    def ticks(self) -> None:
        """Pass it on."""
        self._listener.ticks()

    def ends(self) -> None:
        """Pass it on."""
        self._listener.ends()
