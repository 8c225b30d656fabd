"""Executed chapters in the memory: what each is made from, hence which still stand and what changed of the others.

A chapter is made from its notebook, the settings, the texts that its cells name and the figures: a portrait's are those
of its commune, and of the service where a cell shows both. One whose cells do anything else than show things of the
report is made from all that a build is given.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from rlpipeline.execution.install import TEXTS, write_whole
from rlpipeline.execution.memory import Inputs, Memory, digest_of, hashes, sha256
from rlpipeline.execution.notebook import has_tag, read_notebook
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.plan import SERVICE, Task, Workspace

OPENING = ast.dump(
    ast.parse("""
from rlpipeline.report import open_report
report = open_report(source, params, year, commune, edition)
""")
)
"""The cell that opens the report."""
OWN = frozenset(
    {"accepted", "alerts", "figure", "identity", "method", "pictures", "table", "territory", "text"}
)
OWN_WAYS = frozenset({"folded", "kind", "table", "title"})
"""What is asked of the report that opens figures of its own territory alone, and with which words."""
ELSEWHERE = re.compile(
    r"""territoire|['"](?:service|hors|sans_commune)['"]|decalage\s*=\s*[^-\s]|\b\d[\dAB]\d{3}\b"""
)
"""What a sentence has that is about another territory, or a later year."""
EVERYTHING = "données, paramètres ou notebooks (ce notebook fait autre chose que le rapport)"
LISTS = {
    "alertes": "suivis à revoir",
    "arrondi": "règles de l'arrondi",
    "chiffres": "années, actions et réserves des chiffres",
    "echelles": "échelles communes des graphiques",
    "hors": "hors des communes du service",
    "sans_commune": "sans commune",
    "tables": "tableaux déclarés",
}
"""What lies beside the figures of the territories."""
NEVER = "jamais fait, interrompu, ou copie abîmée"


@dataclass(frozen=True)
class Chapters:
    """The executed chapters of one edition of a year, once its workspace has all that they open.

    ``notebooks``: digest of each notebook and of what stands beside them; ``names``: names of the territories, by code.
    """

    memory: Memory
    workspace: Workspace
    notebooks: Mapping[str, str]
    names: Mapping[str, str]

    @staticmethod
    def entry_name(task: Task) -> str:
        """Name of a task's entry in the memory."""
        return f"chapitre-{task.territory}-{task.chapter}"

    def changes(self, task: Task) -> tuple[str, ...]:
        """What prevents the chapter executed before from standing; nothing where it stands."""
        changes = self.memory.changes(self.entry_name(task), self.inputs(task))
        return (NEVER,) if changes is None else changes

    def take(self, task: Task) -> Outcome | None:
        """The outcome of a task whose chapter stands, copied into the workspace; None where it has to run."""
        content = self.memory.get(self.entry_name(task), self.inputs(task))
        if content is None:
            return None
        executed = self.workspace.executed(task)
        executed.parent.mkdir(parents=True, exist_ok=True)
        write_whole(executed, content, durable=False)
        return Outcome(task, executed)

    def keep(self, outcome: Outcome) -> None:
        """Keep a chapter that ran to its end, unless its notebook was saved meanwhile."""
        task, inputs = outcome.task, self.inputs(outcome.task)
        if not outcome.reason and outcome.digest == inputs[f"notebook {task.notebook.name}"]:
            self.memory.put(self.entry_name(task), inputs, outcome.notebook.read_bytes())

    def inputs(self, task: Task) -> Inputs:
        """Digest of each thing that a chapter is made from, by its name in French."""
        shown, portrait = asked_of(task.notebook, sha256(task.notebook)), task.territory != SERVICE
        asked = digest_of([task.chapter, task.territory, task.edition, task.parameters])
        inputs = {
            f"notebook {task.notebook.name}": shown.digest,
            "édition, territoire ou année": asked,
        }
        if shown.words is None:
            inputs[EVERYTHING] = self._everything
        elsewhere = shown.words is None or any(map(ELSEWHERE.search, shown.words)) or self._quotes
        for name, digest in self._settings.items():
            if f"/{TEXTS}/" not in name:
                inputs[f"fichier {name} des paramètres"] = digest
                continue
            stem = Path(name).stem
            base, _, code = stem.partition("-")
            if shown.words is None or (
                {base, stem} & shown.words and (not portrait or code == task.territory)
            ):
                inputs[f"texte {name.partition(f'/{TEXTS}/')[2]}"] = digest
                elsewhere = elsewhere or self._is_about(name, ELSEWHERE)
        others = {*self.names, "alertes"} - {task.territory} - (set() if shown.own else {SERVICE})
        for place, year, words, digest in self._figures:
            if elsewhere or (year <= task.year and not (portrait and place in others)):
                inputs[words] = digest
        return inputs

    @cached_property
    def _figures(self) -> Sequence[tuple[str, int, str, str]]:
        """Of each file of figures: what it is of, its year (0 where it has none), its name in French and its digest."""
        figures = []
        scales = {path.name: sha256(path) for path in self.workspace.root.glob("*.json")}
        for name, digest in {**hashes(self.workspace.figures), **scales}.items():
            year, _, place = name.removesuffix(".json").rpartition("/")
            named = f"{self.names[place]} ({place})" if place in self.names else place
            words = LISTS.get(place) or ("ensemble du service" if place == SERVICE else named)
            of_year = f"chiffres de {year}, {words}" if year else words
            figures.append((place, int(year) if year.isdigit() else 0, of_year, digest))
        return figures

    @cached_property
    def _settings(self) -> Mapping[str, str]:
        return hashes(self.workspace.params)

    @cached_property
    def _everything(self) -> str:
        return digest_of([self.notebooks, self._settings, hashes(self.workspace.records)])

    @cached_property
    def _quotes(self) -> bool:
        """Whether a setting quotes figures, of any territory."""
        return any(
            self._is_about(name, re.compile(r"\{\{"))
            for name in self._settings
            if name.endswith(".yml")
        )

    def _is_about(self, name: str, what: re.Pattern[str]) -> bool:
        return bool(
            what.search(
                (self.workspace.params / name).read_text(encoding="utf-8", errors="replace")
            )
        )


@dataclass(frozen=True)
class _Shown:
    """What the cells of a notebook ask of the report.

    ``words``: every text that they give it, names of tables and texts among them; None where they may open anything;
    ``own``: whether it opens figures of its own territory alone.
    """

    digest: str
    words: frozenset[str] | None
    own: bool = False


@cache
def asked_of(path: Path, digest: str) -> _Shown:
    """What a notebook of this digest asks of the report; its words are None where a cell does another thing."""
    words, own = set[str](), True
    for cell in read_notebook(path).cells:
        if cell.cell_type != "code":
            continue
        try:
            tree = ast.parse(cell.source)
            given = has_tag(cell, "parameters")
            asked = () if given or ast.dump(tree) == OPENING else [*map(_asked, tree.body)]
            if given:
                _ = [ast.literal_eval(statement.value) for statement in tree.body]
        except (SyntaxError, ValueError, AttributeError):
            return _Shown(digest, None)
        for method, values, ways in asked:
            words |= {value for value in (*values, *ways.values()) if isinstance(value, str)}
            nowhere = method == "map" and values[:1] not in (
                [],
                ["communes"],
            )  # no portrait has such a map
            own = own and (
                nowhere or (method in OWN and len(values) <= 1 and ways.keys() <= OWN_WAYS)
            )
    return _Shown(digest, frozenset(words), own)


def _asked(statement: ast.stmt) -> tuple[str, list[object], dict[str | None, object]]:
    """The method of the report that a statement calls, and what it is given; ValueError where it does anything else."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
        raise ValueError(statement)
    report, method = call.func.value, call.func.attr
    if (
        not isinstance(report, ast.Name)
        or report.id != "report"
        or method.startswith("_")
        or method == "records"
    ):
        raise ValueError(statement)
    ways = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords}
    return method, [*map(ast.literal_eval, call.args)], ways
