"""Executed chapters in the memory: what each was made from, hence which still stand and what changed of the others.

A chapter is made from its notebook, what it is for, and all that it was served and asked for while it ran
(``tracing``): parts of the figures, settings, texts, any other file, whether they were there or not.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from rlpipeline.execution.memory import LIST, Inputs, Memory, digest_of, sha256, state_of
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.output_folder import TEXTS, write_whole
from rlpipeline.execution.plan import SERVICE, Task, Workspace
from rlpipeline.execution.tracing import Trace, trace_path

LISTS = {
    "alertes": "suivis à revoir",
    "arrondi": "règles de l'arrondi",
    "chiffres": "années, actions et réserves des chiffres",
    "echelles": "échelles communes des graphiques",
    "hors": "hors des communes du service",
    SERVICE: "ensemble du service",
    "sans_commune": "sans commune",
    "tables": "tableaux déclarés",
}
"""What files of figures are about, by their name; others are of a commune."""
Part: TypeAlias = Sequence[str]
"""A table of a file of figures, or a cell of one: its table, line and column."""
Contents: TypeAlias = Callable[[Path, Sequence[Part]], Sequence[Any]]
"""Gives what a file of figures has of each part told."""
NEVER = "jamais fait, interrompu, ou copie abîmée"
EACH_TIME = "refait chaque fois : il {}"


@dataclass(frozen=True)
class Kept:
    """A chapter as the memory has it: digest of each thing that it was made from, its trace, the executed notebook."""

    inputs: Inputs
    trace: Trace
    notebook: bytes


@dataclass(frozen=True)
class ChapterSources:
    """What chapters open, as it is now, each thing looked at once: what changes afterwards is for the next build.

    ``root``: their working directory.
    """

    root: Path
    contents: Contents
    _states: dict[str, str] = field(default_factory=dict)
    _digests: dict[tuple[str, ...], str] = field(default_factory=dict)

    def state(self, name: str) -> str:
        """State of a file, or of the list of names in a folder."""
        if name not in self._states:
            self._states[name] = state_of(name, self.root)
        return self._states[name]

    def digest(self, name: str, parts: Sequence[Part]) -> str:
        """Digest of parts of a file of figures."""
        new = [part for part in parts if (name, *part) not in self._digests]
        if new:
            contents = self.contents(self.root / name, new)
            for part, content in zip(new, contents, strict=True):
                self._digests[name, *part] = digest_of(content)
        return digest_of([(part, self._digests[name, *part]) for part in parts])


@dataclass(frozen=True)
class Chapters:
    """The executed chapters of one edition of a year, once its workspace has all that they open.

    The workspace has the trace of each that was taken or kept.

    Parameters
    ----------
    names
        Names of the territories, by code.
    opened
        What is in the workspace for them.
    """

    memory: Memory
    workspace: Workspace
    names: Mapping[str, str]
    opened: ChapterSources

    @staticmethod
    def entry_name(task: Task) -> str:
        """Name of a task's entry in the memory."""
        return f"chapitre-{task.territory}-{task.chapter}"

    def changes(self, task: Task) -> tuple[str, ...]:
        """What prevents the chapter executed before from standing; nothing where it stands."""
        kept = self._kept(task)
        return (NEVER,) if kept is None else self._changes(task, kept)

    def take(self, task: Task) -> Outcome | None:
        """The outcome of a task whose chapter stands, copied into the workspace; None where it has to run."""
        kept = self._kept(task)
        if kept is None or self._changes(task, kept):
            return None
        executed, trace = self.workspace.executed(task), self._trace(task)
        for path, content in ((executed, kept.notebook), (trace, kept.trace.written())):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, content, durable=False)
        return Outcome(task, executed)

    def keep(self, outcome: Outcome) -> None:
        """Keep a chapter that ran to its end, unless its notebook or what it asked for was saved meanwhile."""
        if outcome.reason:
            return
        task, path = outcome.task, self._trace(outcome.task)
        trace = Trace.read(path.read_bytes())
        inputs = self.inputs(task, trace)
        as_asked = {self._file_words(name): state for name, state in trace.states.items()}
        is_same = outcome.digest == inputs[_notebook_words(task)]
        if not (is_same and as_asked.items() <= inputs.items()):
            path.unlink()
            return
        content = b"\n".join([trace.written(), outcome.notebook.read_bytes()])
        self.memory.put(self.entry_name(task), inputs, content)

    def inputs(self, task: Task, trace: Trace) -> Inputs:
        """Digest of each thing that a chapter is made from, as it is now, by its name in French."""
        asked = [task.chapter, task.territory, task.edition, task.parameters]
        inputs = {
            _notebook_words(task): sha256(task.notebook),
            "édition, territoire ou année": digest_of(asked),
        }
        for name, parts in trace.parts.items():
            inputs[self._figures_words(name)] = self.opened.digest(name, parts)
        for name in trace.states:
            inputs[self._file_words(name)] = self.opened.state(name)
        return inputs

    def outside_states(self, tasks: Iterable[Task]) -> Mapping[str, str] | None:
        """State of each file outside of the workspace that chapters asked for; None where one has to run each time."""
        states: dict[str, str] = {}
        for path in map(self._trace, tasks):
            trace = None
            with suppress(FileNotFoundError):  # what it was made from was saved meanwhile
                trace = Trace.read(path.read_bytes())
            if trace is None or trace.unseen:
                return None
            asked = trace.states.items()
            states |= {name: state for name, state in asked if Path(name).is_absolute()}
        return states

    def _trace(self, task: Task) -> Path:
        return trace_path(self.workspace.log(task))

    def _kept(self, task: Task) -> Kept | None:
        entry = self.memory.entry(self.entry_name(task))
        if entry is None:
            return None
        inputs, content = entry
        trace, _, notebook = content.partition(b"\n")
        return Kept(inputs, Trace.read(trace), notebook)

    def _changes(self, task: Task, kept: Kept) -> tuple[str, ...]:
        if kept.trace.unseen:
            return (EACH_TIME.format(kept.trace.unseen),)
        return self.memory.differences(kept.inputs, self.inputs(task, kept.trace))

    def _figures_words(self, name: str) -> str:
        """Name a file of figures in French."""
        path = Path(name)
        place, year = path.stem, path.parent.name
        words = LISTS.get(place) or f"{self.names.get(place, place)} ({place})"
        return f"chiffres de {year}, {words}" if year.isdigit() else words

    def _file_words(self, name: str) -> str:
        """Name any other file, or the list of names in a folder, in French."""
        place, _, setting = name.partition("/")
        _, is_text, text = setting.partition(f"/{TEXTS}/")
        if place != self.workspace.params.name:
            return f"dossier {name}" if name.endswith(LIST) else f"fichier {name}"
        return f"texte {text}" if is_text else f"fichier {setting} des paramètres"


def _notebook_words(task: Task) -> str:
    return f"notebook {task.notebook.name}"
