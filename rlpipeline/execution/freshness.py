"""Whether an executed notebook still stands: all that it was made from, then and now.

The run of a notebook leaves a trace: what it read, the modules it loaded. Kept with the digest of each, the trace tells
later what has changed; where nothing has, running the notebook again would give the same bytes.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from nbformat import NotebookNode

from rlpipeline import reads
from rlpipeline.execution.code import Code
from rlpipeline.execution.plan import SERVICE, Task
from rlpipeline.reads import Read

UNTOLD = ""
"""Digest of what cannot be told: never equal to another."""
PURE = frozenset({"math", "matplotlib", "numpy", "pandas", "seaborn", "statistics"})
"""Libraries that a notebook may import without being able to look at what the log does not see."""
OURS = frozenset({"rlpipeline.errors", "rlpipeline.report"})
REACHING = frozenset({"__import__", "compile", "eval", "exec", "get_ipython", "globals", "open", "vars"})


@dataclass(frozen=True)
class Trace:
    """What one run of a notebook was made from.

    Parameters
    ----------
    notebook
        SHA-256 of the notebook, as it was read.
    reads
        Everything that it read, absences included.
    modules, packages
        Our modules that its kernel had loaded, and the top-level packages of all.
    """

    notebook: str
    reads: tuple[Read, ...]
    modules: tuple[str, ...]
    packages: tuple[str, ...]
    python: str


@dataclass(frozen=True)
class Change:
    """One thing that is not as it was: what kind of thing, and which, in French."""

    kind: str
    what: str


@dataclass(frozen=True)
class Now:
    """What things are at this moment.

    Parameters
    ----------
    digest
        Digest of what a read would give now.
    names
        Names of the territories, by code.
    """

    code: Code
    digest: Callable[[Read], str]
    kernel: str | None
    names: Mapping[str, str]

    def describe(self, task: Task, trace: Trace) -> dict[str, Any]:
        """Everything that a run was made from, with its digests, as values for JSON."""
        return {
            **self.identity(task),
            "notebook": trace.notebook,
            "lectures": [[list(read), self.digest(read)] for read in trace.reads],
            "modules": self.code.of_modules(trace.modules),
            "versions": {"python": trace.python, **self.code.of_packages(trace.packages)},
        }

    def identity(self, task: Task) -> dict[str, Any]:
        """What tells a task from every other."""
        return {
            "chapitre": task.chapter,
            "territoire": task.territory,
            "annee": task.year,
            "edition": task.edition,
            "parametres": task.parameters,
            "noyau": self.kernel,
        }

    def changes(self, was: Mapping[str, Any], notebook: str) -> Iterator[Change]:
        """What is not as ``describe`` told it; ``notebook`` is the SHA-256 of the notebook now."""
        if was["notebook"] != notebook:
            yield Change("notebook", f"notebook {was['chapitre']}.ipynb")
        for name, digest in was["modules"].items():
            if self.code.sources.get(name) != digest:
                yield Change("module", _module(name))
        versions = {"python": self.code.python, **self.code.versions}
        for name, version in was["versions"].items():
            if versions.get(name) != version:
                yield Change("version", f"version de {name} ({version}, puis {versions.get(name, 'absente')})")
        for read, digest in was["lectures"]:
            if digest == UNTOLD or self.digest(tuple(read)) != digest:
                yield Change("lecture", self.words(tuple(read)))

    def words(self, read: Read) -> str:
        """Say in French what was read."""
        kind, *parts = read
        told = WORDS[kind].format(*(self._name(part) for part in parts))
        if kind == reads.SETTINGS_FILE and "/textes/" in parts[0]:
            return f"texte {parts[0].partition('/textes/')[2]}"
        return told

    def _name(self, part: str) -> str:
        return "ensemble du service" if part == SERVICE else self.names.get(part, part)


WORDS: Mapping[str, str] = {
    reads.SLICE: "table {0}, {1}, {2}",
    reads.TABLE: "table {0}, entière",
    reads.PRESENCE: "table {0}, fournie ou non",
    reads.RECORDED: "table {0}, tenue ou non en {1}",
    reads.MISSING: "table {0}, saisie ou non en {1}",
    reads.SILENCED: "invraisemblances acceptées",
    reads.YEARS: "années que contiennent les données",
    reads.PLACES: "communes des actions",
    reads.ALL_RECORDS: "données (ce notebook lit des fichiers : il dépend de toutes)",
    reads.PROTECTED: "chiffres protégés du tableau {0}, {1}",
    reads.RELEASED: "chiffres diffusés du tableau {0}, {1}, {2}",
    reads.RELEASED_YEARS: "années déjà diffusées",
    reads.FIGURES: "chiffres du tableau {0}, {1}, {2}",
    reads.ROWS: "lignes comptées du tableau {0}, {1}, {2}",
    reads.LIST: "liste {0}",
    reads.SETTING: "paramètre {1} ({0})",
    reads.SETTINGS_FILE: "fichier {0} des paramètres",
    reads.SCALE: "échelle commune du graphique {0}",
    reads.ALL_SETTINGS: "paramètres (ce notebook lit des fichiers : il dépend de tous)",
    reads.OUTSIDE: "fichier {0}",
    reads.OUTSIDE_LIST: "contenu du dossier {0}",
    reads.BEYOND: "ce que le notebook demande hors de sa portée ({0}) : il est refait chaque fois",
}


def _module(name: str) -> str:
    if not name.endswith(".py"):
        return f"fichier rlpipeline/{name}"
    dotted = name.removesuffix(".py").removesuffix("/__init__").replace("/", ".")
    return "module rlpipeline" if dotted == "__init__" else f"module rlpipeline.{dotted}"


def trace_of(notebook: NotebookNode, digest: str, told: Mapping[str, Any]) -> Trace:
    """The trace of a run, from what its kernel told.

    Notes
    -----
    A notebook whose cells may look at the disk by themselves (absence of a file, size of a folder) could learn what no
    log sees: it counts as having read all of the records and all of the settings.
    """
    seen = {tuple(str(part) for part in read) for read in told["lectures"]}
    if not told["modules"] or not keeps_to_reports(notebook):
        seen |= {(reads.ALL_RECORDS,), (reads.ALL_SETTINGS,)}
    return Trace(digest, tuple(sorted(seen)), tuple(told["modules"]), tuple(told["paquets"]), str(told["python"]))


def keeps_to_reports(notebook: NotebookNode) -> bool:
    """Whether the cells look at nothing but what the report and calculation give them."""
    sources = [cell.source for cell in notebook.cells if cell.cell_type == "code"]
    try:
        return all(_keeps(node) for source in sources for node in ast.walk(ast.parse(source)))
    except SyntaxError:  # a magic of IPython, which can do anything
        return False


def _keeps(node: ast.AST) -> bool:
    if isinstance(node, ast.Import):
        return all(alias.name.partition(".")[0] in PURE or alias.name in OURS for alias in node.names)
    if isinstance(node, ast.ImportFrom):
        return node.level == 0 and (str(node.module).partition(".")[0] in PURE or node.module in OURS)
    if isinstance(node, ast.Name):
        return node.id not in REACHING
    if isinstance(node, ast.Attribute):
        hidden = node.attr.startswith(("_", "read_")) or node.attr in {"io", "frames", "unnoted", "fromfile", "memmap"}
        return not hidden and node.attr not in sys.stdlib_module_names
    return True
