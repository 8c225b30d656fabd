"""The executed notebooks of the last build, kept for the next.

By one mechanism, an interrupted build goes on from where it stopped, and a later one runs only what no longer stands.

A task has one entry: a record of all that the notebook was made from, and the notebook, named after its own content.
The record is written last, in one step, so that an entry is whole or absent.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rlpipeline.execution.code import sha256
from rlpipeline.execution.freshness import Change, Now
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.plan import Task
from rlpipeline.execution.progress import Progress
from rlpipeline.execution.workspace import Workspace
from rlpipeline.reads import BEYOND, OUTSIDE, OUTSIDE_LIST

FORMAT = 1
OUTSIDERS = frozenset({OUTSIDE, OUTSIDE_LIST, BEYOND})
NEVER = Change("absent", "jamais exécuté, ou interrompu avant la fin")
DAMAGED = Change("absent", "copie conservée abîmée")
NOTEBOOKS = "notebooks"


@dataclass(frozen=True)
class Kept:
    """The private folder of one edition's executed notebooks.

    Parameters
    ----------
    directory
        Hidden, beside the publication. Executed notebooks show exact figures: the owner alone can read them.
    """

    directory: Path
    workspace: Workspace
    now: Now
    _notebooks: dict[Path, str] = field(default_factory=dict, compare=False, repr=False)

    def prepare(self, force: bool = False) -> None:
        """Make the folder, and remove what a killed build left half-written; everything with ``force``."""
        if force:
            self.forget()
        make_private(self.directory)
        make_private(self.directory / NOTEBOOKS)
        for path in self.directory.rglob("*.partiel"):
            path.unlink()

    def changes(self, task: Task) -> tuple[Change, ...]:
        """What prevents the kept notebook of a task from standing; nothing where it stands."""
        entry = self._entry(task)
        if entry is None:
            return (NEVER,)
        changed = tuple(dict.fromkeys(self.now.changes(entry, self._digest_of(task.notebook))))
        if not changed and not self._intact(entry):
            return (DAMAGED,)
        return changed

    def take(self, task: Task) -> Outcome | None:
        """The outcome of a task whose notebook stands, copied into the workspace; None where it has to run."""
        entry = self._entry(task)
        if entry is None or self.changes(task):
            return None
        executed = self.workspace.executed(task)
        executed.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self._notebook(entry), executed)  # with its mode, 0600
        return Outcome(task, "ok", executed, None, 0.0)

    def keep(self, outcome: Outcome) -> None:
        """Keep a notebook that ran to its end, unless our own code was changed meanwhile."""
        if outcome.state != "ok" or outcome.trace is None or not self.now.code.still():
            return
        data = outcome.notebook.read_bytes()
        entry = {
            "format": FORMAT,
            "execute": hashlib.sha256(data).hexdigest(),
            **self.now.describe(outcome.task, outcome.trace),
        }
        write_whole(self._notebook(entry), data)
        write_whole(self._record(outcome.task), json.dumps(entry, ensure_ascii=False).encode())

    def prune(self, tasks: Sequence[Task]) -> None:
        """Remove what the last build did not use."""
        used = {self._record(task) for task in tasks}
        used.update(self._notebook(entry) for task in tasks if (entry := self._entry(task)))
        for path in [*self.directory.glob("*.json"), *(self.directory / NOTEBOOKS).glob("*")]:
            if path not in used and len(path.stem) == 64:
                path.unlink()

    def within_reach(self, tasks: Sequence[Task]) -> bool:
        """Whether the tasks read nothing but what the build was given: its files alone then tell whether all stands."""
        entries = (self._entry(task) for task in tasks)
        return all(entry and OUTSIDERS.isdisjoint(read[0] for read, _ in entry["lectures"]) for entry in entries)

    def forget(self) -> None:
        """Remove everything."""
        shutil.rmtree(self.directory, ignore_errors=True)

    def _entry(self, task: Task) -> Mapping[str, Any] | None:
        """The record of a task; None where there is none, or it is another task's."""
        try:
            entry: dict[str, Any] = json.loads(self._record(task).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        expected = {"format": FORMAT, **self.now.identity(task)}
        return entry if {name: entry.get(name) for name in expected} == expected else None

    def _intact(self, entry: Mapping[str, Any]) -> bool:
        path = self._notebook(entry)
        return path.is_file() and sha256(path) == entry["execute"]

    def _record(self, task: Task) -> Path:
        return self.directory / f"{digest(self.now.identity(task))}.json"

    def _notebook(self, entry: Mapping[str, Any]) -> Path:
        return self.directory / NOTEBOOKS / f"{entry['execute']}.ipynb"

    def _digest_of(self, notebook: Path) -> str:
        if notebook not in self._notebooks:
            self._notebooks[notebook] = sha256(notebook)
        return self._notebooks[notebook]


def digest(values: Mapping[str, Any]) -> str:
    """SHA-256 of values that JSON can write, whatever their order."""
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()


def make_private(directory: Path) -> None:
    """Make a folder that its owner alone can open, be it there already."""
    directory.mkdir(mode=0o700, exist_ok=True)
    directory.chmod(0o700)


def write_whole(path: Path, data: bytes) -> None:
    """Write a file for its owner alone, whole or not at all, on the disk before its name is."""
    partial = path.with_name(f"{path.name}.partiel")
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    partial.replace(path)


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
