"""Executed chapters in the memory: what each was made from, hence which still stand and what changed of the others.

A chapter is made from its notebook, what it is for, and all that it was served and asked for while it ran
(``tracing``): parts of the figures, settings, texts, any other file, whether they were there or not.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from rlpipeline.execution.install import TEXTS, write_whole
from rlpipeline.execution.memory import LIST, Inputs, Memory, digest_of, sha256, state_of
from rlpipeline.execution.outcome import Outcome
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
NEVER = "jamais fait, interrompu, ou copie abîmée"
EACH_TIME = "refait chaque fois : il {}"


@dataclass(frozen=True)
class Kept:
    """A chapter as the memory has it: digest of each thing that it was made from, its trace, the executed notebook."""

    inputs: Inputs
    trace: Trace
    notebook: bytes


@dataclass(frozen=True)
class Chapters:
    """The executed chapters of one edition of a year, once its workspace has all that they open.

    ``names``: names of the territories, by code.
    """

    memory: Memory
    workspace: Workspace
    names: Mapping[str, str]

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
        executed = self.workspace.executed(task)
        executed.parent.mkdir(parents=True, exist_ok=True)
        write_whole(executed, kept.notebook, durable=False)
        return Outcome(task, executed)

    def keep(self, outcome: Outcome) -> None:
        """Keep a chapter that ran to its end, unless its notebook or what it asked for was saved meanwhile."""
        if outcome.reason:
            return
        task = outcome.task
        trace = Trace.read(trace_path(self.workspace.log(task)).read_bytes())
        inputs = self.inputs(task, trace)
        as_asked = {self._file_words(name): state for name, state in trace.states.items()}
        if outcome.digest == inputs[_notebook_words(task)] and as_asked.items() <= inputs.items():
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
            digests = self._part_digests(name)
            inputs[self._figures_words(name)] = digest_of(
                [[part, digests.get(part)] for part in parts]
            )
        for name in trace.states:
            inputs[self._file_words(name)] = self._state(name)
        return inputs

    def elsewhere(self, tasks: Iterable[Task]) -> Mapping[str, str] | None:
        """State of each file outside of the workspace that chapters asked for; None where one has to run each time."""
        states: dict[str, str] = {}
        for kept in map(self._kept, tasks):
            if kept is None or kept.trace.unseen:
                return None
            asked = kept.trace.states.items()
            states |= {name: state for name, state in asked if Path(name).is_absolute()}
        return states

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

    @cached_property
    def _states(self) -> dict[str, str]:
        """State of each file, taken once: what changes afterwards is for the next build."""
        return {}

    def _state(self, name: str) -> str:
        if name not in self._states:
            self._states[name] = state_of(name, self.workspace.root)
        return self._states[name]

    @cached_property
    def _digests(self) -> dict[str, Mapping[str, str]]:
        """Digest of each part of the files of figures, taken once."""
        return {}

    def _part_digests(self, name: str) -> Mapping[str, str]:
        """Digest of each part of a file of figures; nothing where there is no such file."""
        if name not in self._digests:
            path = self.workspace.root / name
            parts = json.loads(path.read_bytes()) if path.is_file() else {}
            self._digests[name] = {part: digest_of(content) for part, content in parts.items()}
        return self._digests[name]

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
