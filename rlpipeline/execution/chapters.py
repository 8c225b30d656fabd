"""Executed chapters in the cache: which still stand, what each was made from, and what moved since.

By one mechanism, an interrupted build goes on from where it stopped, and a later one runs only what no longer stands.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import nbformat
from nbformat import NotebookNode

from rlpipeline import reads
from rlpipeline.execution.cache import Cache, Entry, Thing, digest_of
from rlpipeline.execution.code import CODE, LIBRARIES, sha256
from rlpipeline.execution.notebook import has_tag, node
from rlpipeline.execution.outcome import Outcome, Trace
from rlpipeline.execution.plan import SERVICE, Task
from rlpipeline.execution.scrub import INJECTED_TAG
from rlpipeline.execution.workspace import Workspace

TASK, NOTEBOOK = "tache", "notebook"
OPENING = "from rlpipeline.report import open_report report = open_report(source, params, year, commune, edition)"
"""Words of the cell that opens the report."""
PLAIN = r"""(?:[^()"'#]|(?<!\w)(?:"[^"\\]*"|'[^'\\]*')(?!["']))"""
"""Part of what a call is given: a string as it reads (no prefix, no escape, not tripled), or what calls nothing."""
CALLS = re.compile(rf"(report\.[a-z]\w*\({PLAIN}*\) ?)*")
"""A cell that shows things of the report: what it was given is all that it can have read."""
COUNTS_OPENING = (
    "from rlpipeline.figures.notebook import open_counting, table calcul = open_counting(source, params, years)"
)
DECLARING = (
    *(ast.Module, ast.Expr, ast.Call, ast.keyword, ast.Name, ast.Load, ast.Constant, ast.Tuple),
    *(ast.ImportFrom, ast.alias, ast.Attribute, ast.Assign, ast.Store, ast.BinOp, ast.Add),
)
"""What a cell that declares tables is made of: calls of what it imports from our vocabulary, with values in words."""
PARAMETER = re.compile(r"""(\w+(: \w+)? = (None|\d+|"[^"]*"|'[^']*')( +#.*)?)?""")
"""A line of the parameters: a value, with its type and what it is for where they are said."""


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was: what kind of thing, and which, in French."""

    kind: str
    what: str


@dataclass(frozen=True)
class Former:
    """A chapter executed before, since when nothing moved but texts that some of its cells show.

    Parameters
    ----------
    cache, name
        Where the executed notebook is: read by who runs it, since a thousand communes have thousands.
    cells
        Ids of the cells to run again, beside those that open the report.
    trace
        What all its cells were made from.
    """

    cache: Cache
    name: str
    cells: frozenset[str]
    trace: Trace

    def to_run(self) -> NotebookNode:
        """The notebook of what has to run, its parameters yet to be given."""
        whole = self._notebook()
        cells = [cell for cell in whole.cells if cell.id in self.cells or not CALLS.fullmatch(_statements(cell))]
        return node({**whole, "cells": [cell for cell in cells if not has_tag(cell, INJECTED_TAG)]})

    def completed(self, executed: NotebookNode) -> NotebookNode:
        """The whole chapter, as if all of it had run."""
        whole, outputs = self._notebook(), {cell.id: cell.get("outputs") for cell in executed.cells}
        for cell in whole.cells:
            if cell.id in self.cells:
                cell.outputs = outputs[cell.id]
                for output in cell.outputs:
                    if "execution_count" in output:
                        output.execution_count = cell.execution_count
        return whole

    def traced(self, trace: Trace) -> Trace:
        """What the whole chapter is made from, given what its cells that ran are."""
        kept = {read for read in self.trace.reads if read[0] != reads.TEXT or read[2] not in self.cells}
        return Trace(self.trace.notebook, tuple(sorted(kept | {*trace.reads})))

    def _notebook(self) -> NotebookNode:
        entry = self.cache.entry(self.name)
        assert entry is not None  # a build is alone with its year
        return nbformat.reads(entry.content.decode(), as_version=4)  # type: ignore[no-any-return, no-untyped-call]


NEVER = Change("absent", "jamais fait, interrompu, ou copie abîmée")


@dataclass(frozen=True)
class Chapters:
    """The executed chapters of one edition of a year.

    Parameters
    ----------
    digest
        Digest of what a read would give now.
    names
        Names of the territories, by code.
    """

    cache: Cache
    workspace: Workspace
    digest: Callable[[reads.Read], str]
    names: Mapping[str, str]

    def changes(self, task: Task) -> tuple[Change, ...]:
        """What prevents the chapter executed before from standing; nothing where it stands."""
        entry = self.cache.entry(entry_name(task))
        return (NEVER,) if entry is None else self._changes(task, entry)

    def take(self, task: Task) -> Outcome | None:
        """The outcome of a task whose chapter stands, copied into the workspace; None where it has to run."""
        entry = self.cache.entry(entry_name(task))
        if entry is None or self._changes(task, entry):
            return None
        executed = self.workspace.executed(task)
        executed.parent.mkdir(parents=True, exist_ok=True)
        executed.touch(mode=0o600)
        executed.write_bytes(entry.content)
        return Outcome(task, "ok", executed, None, 0.0)

    def former(self, task: Task) -> Former | None:
        """The chapter executed before where nothing moved but texts, and where it is known which cells show them."""
        entry = self.cache.entry(entry_name(task))
        moved = entry and self._moved(task, entry)
        if not entry or not moved or any(thing[0] != reads.TEXT or not thing[2] for thing in moved):
            return None
        own = {(TASK,), (NOTEBOOK, task.notebook.name), *self.cache.code.digests}
        read = tuple(thing for thing in entry.dependencies if thing not in own)
        trace = Trace(entry.dependencies[NOTEBOOK, task.notebook.name], read)
        return Former(self.cache, entry_name(task), frozenset(thing[2] for thing in moved), trace)

    def keep(self, outcome: Outcome) -> None:
        """Keep a chapter that ran to its end and told what it read."""
        if outcome.state != "ok" or outcome.trace is None:
            return
        task, trace = outcome.task, outcome.trace
        things = {read: self.digest(read) for read in trace.reads}
        own = {(TASK,): self._identity(task), (NOTEBOOK, task.notebook.name): trace.notebook}
        self.cache.put(entry_name(task), {**own, **things}, outcome.notebook.read_bytes())

    def _changes(self, task: Task, entry: Entry) -> tuple[Change, ...]:
        moved = self._moved(task, entry)
        changes = (NEVER,) if (TASK,) in moved else tuple(Change(thing[0], self._words(thing)) for thing in moved)
        return tuple(dict.fromkeys(changes))  # several cells may show one text

    def _moved(self, task: Task, entry: Entry) -> tuple[Thing, ...]:
        now: dict[Thing, str] = {(TASK,): self._identity(task), (NOTEBOOK, task.notebook.name): sha256(task.notebook)}
        now |= self.cache.code.digests
        return entry.changes(lambda thing: now[thing] if thing in now else self.digest(thing))

    def _identity(self, task: Task) -> str:
        """What tells a task from every other."""
        return digest_of([task.chapter, task.territory, task.edition, task.parameters])

    def _words(self, thing: Thing) -> str:
        """Name a thing in French."""
        kind, *parts = thing
        if kind == reads.TEXT:
            parts = [parts[0].partition("/textes/")[2]]
        if kind == reads.LIST:
            name, _, year = parts[0].partition("-")
            return LISTS[name].format(year)
        return WORDS[kind].format(*(self._name(part) for part in parts))

    def _name(self, part: str) -> str:
        return "ensemble du service" if part == SERVICE else self.names.get(part, part)


LISTS: Mapping[str, str] = {
    "annees": "années que contiennent les données",
    "actions": "communes des actions",
    "acceptees": "invraisemblances acceptées",
    "declares": "tableaux déclarés",
    "rares": "codes rares des tableaux",
    "alertes": "suivis à revoir de {0}",
}
"""What is opened of the figure store beside its tables."""
WORDS: Mapping[str, str] = {
    NOTEBOOK: "notebook {0}",
    CODE[0]: "code de rlpipeline",
    LIBRARIES[0]: "versions de Python ou de ses bibliothèques",
    reads.FIGURES: "tableau {0}, {1}, {2}",
    reads.ROWS: "lignes comptées du tableau {0}, {1}, {2}",
    reads.ALL_RECORDS: "données (ce notebook les ouvre : il dépend de toutes)",
    reads.SETTING: "paramètre {1} ({0})",
    reads.SETTINGS_FILE: "fichier {0} des paramètres",
    reads.TEXT: "texte {0}",
    reads.SCALE: "échelle commune du graphique {0}",
    reads.EVERYTHING: "données, paramètres ou notebooks (ce notebook fait autre chose que le rapport)",
}


def entry_name(task: Task) -> str:
    """Name of a task's entry in the cache."""
    return f"chapitre-{task.territory}-{task.chapter}"


def trace_of(notebook: NotebookNode, digest: str, noted: Sequence[Sequence[str]]) -> Trace:
    """The trace of a run, from what its process told.

    Notes
    -----
    A notebook whose cells may look at the disk by themselves could learn what no log sees: it counts as having read
    all that a build is given.
    """
    things = {tuple(read) for read in noted}
    if not keeps_to_report(notebook):
        things.add((reads.EVERYTHING,))
    return Trace(digest, tuple(sorted(things)))


def keeps_to_report(notebook: NotebookNode) -> bool:
    """Whether each cell opens the report or shows one thing of it, as those of the chapters that we hand out do."""
    return _keep(notebook, OPENING, CALLS)


def keeps_to_counts(notebook: NotebookNode) -> bool:
    """Whether each cell of the notebook of counts opens the records or counts a table our way."""
    return _keep_to_tables(notebook)


def keeps_to_declarations(notebook: NotebookNode) -> bool:
    """Whether each cell of the notebook of declarations declares in plain words."""
    return _keep_to_tables(notebook)


def _keep_to_tables(notebook: NotebookNode) -> bool:
    known = {"table", "calcul", "target"}
    return all(_declares(cell, known) for cell in notebook.cells if cell.cell_type == "code")


def _declares(cell: NotebookNode, known: set[str]) -> bool:
    """Whether a cell opens the records, or calls nothing but what our vocabulary has, whose names are added."""
    if has_tag(cell, "parameters"):
        return all(PARAMETER.fullmatch(line) for line in _lines(cell))
    if _statements(cell) == COUNTS_OPENING:
        return True
    try:
        nodes = [*ast.walk(ast.parse(cell.source))]
    except SyntaxError:  # who runs it says so
        return False
    imports = [node for node in nodes if isinstance(node, ast.ImportFrom)]
    known |= {alias.asname or alias.name for one in imports for alias in one.names}
    known |= {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    names = {node.id for node in nodes if isinstance(node, ast.Name)}
    asked = [node for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    dots = [node for node in nodes if isinstance(node, ast.Attribute)]
    return (
        all(isinstance(node, DECLARING) for node in nodes)
        and all((one.module or "").startswith("rlpipeline.figures.") for one in imports)
        and all(isinstance(one.value, ast.Name) and one.value.id == "calcul" for one in dots)
        and {one.attr for one in dots} <= {"own", "write"}
        and names <= known
        and not any(isinstance(value, ast.Constant) for one in asked for value in one.args)
    )


def _keep(notebook: NotebookNode, opening: str, calls: re.Pattern[str]) -> bool:
    return all(_keeps(cell, opening, calls) for cell in notebook.cells if cell.cell_type == "code")


def _keeps(cell: NotebookNode, opening: str, calls: re.Pattern[str]) -> bool:
    if has_tag(cell, "parameters"):
        return all(PARAMETER.fullmatch(line) for line in _lines(cell))
    return _statements(cell) == opening or bool(calls.fullmatch(_statements(cell)))


def _statements(cell: NotebookNode) -> str:
    return " ".join(" ".join(_lines(cell)).split())


def _lines(cell: NotebookNode) -> list[str]:
    """The lines of a cell that are no comment."""
    return [line for line in cell.source.splitlines() if not line.lstrip().startswith("#")]
