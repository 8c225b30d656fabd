"""What can be seen of a service's notebooks before any runs.

That is their Python, the names and modules that they use, and what they ask of the report.
"""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from IPython.core.inputtransformer2 import TransformerManager
from pyflakes.checker import Checker
from pyflakes.messages import UndefinedName

from rlpipeline import python_errors
from rlpipeline.errors import RlpipelineError, nearest
from rlpipeline.execution.notebook_files import SKIPPED, has_tag, read_notebook
from rlpipeline.execution.plan import Task, check_tasks, plan_tasks
from rlpipeline.figures.cells import (
    COUNTS,
    OWN,
    changes,
    differences,
    marked,
    package_tables,
    read_declared,
)
from rlpipeline.figures.declaration import DECLARED
from rlpipeline.our_notebooks import OURS, cell_words
from rlpipeline.python_errors import Advice
from rlpipeline.settings.models import load_settings, years_begun

UNREADABLE, WRONG_PYTHON, NO_NAME, NO_MODULE, NO_METHOD, NO_TABLE, NOT_DECLARED = (
    f"N00{number}" for number in range(1, 8)
)
GIVEN = ("display", "get_ipython", "In", "Out", "_", "__", "___")
"""Names that a notebook finds without defining them."""
OPAQUE = ("exec(", "globals()", "locals()", "'run'", "'pylab'", "'load_ext'")
"""What may define names that nobody can see without running it."""
TOP_LEVEL_AWAIT = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
TAKING_A_TABLE = frozenset({"table", "figure", "indicator"})


@dataclass(frozen=True)
class NotebookFault:
    """What would stop a build, seen in a notebook of the service.

    Parameters
    ----------
    code
        Stable: ``N001`` unreadable, ``N002`` no Python, ``N003`` no such name, ``N004`` no such
        module, ``N005`` no such method of the report, ``N006`` no such table, ``N007`` a table
        that cannot be declared.
    cell
        Notebook and cell, as an error names them.
    what, todo
        In French.
    line
        Of the cell; 0 where it is the whole of it.
    """

    code: str
    cell: str
    what: str
    todo: str = ""
    line: int = 0

    @property
    def where(self) -> str:
        """Notebook, cell and line, in French."""
        return f"{self.cell}, ligne {self.line}" if self.line else self.cell


@dataclass(frozen=True)
class CheckedCell:
    """A cell of code as Python reads it: ``place`` names notebook and cell, ``source`` has no magic any more."""

    place: str
    source: str
    tree: ast.Module


@dataclass(frozen=True)
class NotebookReview:
    """What was seen of a service's notebooks: what would stop a build, and what is only noted."""

    faults: list[NotebookFault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def look_at_notebooks(params: Path, notebooks: Path) -> NotebookReview:
    """See what would stop the chapters and the counts of a service, without running a chapter.

    Parameters
    ----------
    params
        Settings, whose latest year says which chapters there are.
    notebooks
        Folder of the service's notebooks; those of the package are not looked at.
    """
    tables, declared = _declared(notebooks)
    faults = [*declared.faults]
    for chapter in _chapters(params, notebooks):
        if isinstance(chapter, NotebookFault):
            faults.append(chapter)
        else:
            faults += _of_chapter(chapter, tables)
    return NotebookReview(faults, declared.notes)


def _declared(notebooks: Path) -> tuple[Collection[str], NotebookReview]:
    """Run the cells that declare tables, once: the names that chapters may ask for, and what is seen of the cells.

    Where a cell fails, what is written there is taken for declared.
    """
    own = [notebooks / name for name in (COUNTS, OWN) if (notebooks / name).is_file()]
    ours = frozenset(package_tables())
    if not own:
        return ours, NotebookReview()
    try:
        declared, added, _ = read_declared(notebooks)
    except RlpipelineError as error:
        written = (path.read_text(encoding="utf-8", errors="replace") for path in own)
        named = (name for text in written for name in DECLARED.findall(text.replace('\\"', '"')))
        return ours | {*named}, NotebookReview(faults=[_fault(NOT_DECLARED, error)])
    tables = {id: marked(table).spec for id, table in {**declared, **added.tables}.items()}
    return ours | {*tables}, NotebookReview(notes=[*differences(notebooks), *changes(tables)])


def _chapters(params: Path, notebooks: Path) -> Iterator[Task | NotebookFault]:
    """Give a task of each chapter of the service's own that the latest year runs."""
    years = years_begun(params)
    if not years or notebooks.resolve() == OURS.resolve():
        return
    try:
        settings = load_settings(params, max(years))
        tasks = plan_tasks(settings, notebooks, settings.service.commune_codes, ours=True)
    except RlpipelineError as error:
        yield _fault(UNREADABLE, error)
        return
    yield from {task.notebook: task for task in tasks if task.notebook.parent != OURS}.values()


def _of_chapter(task: Task, tables: Collection[str]) -> Iterator[NotebookFault]:
    try:
        check_tasks([task])
        numbered = _code_cells(task.notebook)
    except RlpipelineError as error:
        yield _fault(UNREADABLE, error)
        return
    cells, before, faults = list[CheckedCell](), list[CheckedCell](), list[NotebookFault]()
    for place, source in numbered:
        read = _parsed(place, source)
        if isinstance(read, NotebookFault):
            faults.append(read)
            continue
        cells.append(read)
        if not faults:
            before.append(read)  # after a cell that nobody can read, any name may be defined
    faults += [
        *_unknown_names(before),
        *(fault for cell in cells for fault in _unknown_imports(cell, task.notebook.parent)),
        *_unknown_requests(cells, tables),
    ]
    ranks = {place: rank for rank, (place, _) in enumerate(numbered)}
    yield from sorted(faults, key=lambda fault: ranks[fault.cell])


def _code_cells(notebook: Path) -> list[tuple[str, str]]:
    """List the cells that run, with what names each."""
    code = (cell for cell in read_notebook(notebook).cells if cell.cell_type == "code")
    running = list[tuple[str, str]]()
    for number, cell in enumerate(code, start=1):
        if cell.source.strip() and not has_tag(cell, SKIPPED):
            running.append((f"{notebook}, {cell_words(number, cell.source)}", cell.source))
    return running


def _parsed(place: str, source: str) -> CheckedCell | NotebookFault:
    """Read a cell as IPython does, magics and ``await`` included."""
    try:
        python: str = TransformerManager().transform_cell(source)  # type: ignore[no-untyped-call]
        compile(python, place, "exec", TOP_LEVEL_AWAIT)
        tree = compile(python, place, "exec", TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
    except (SyntaxError, ValueError) as error:
        line = getattr(error, "lineno", None) or 0
        what, todo = "ce n'est pas du Python correct", "l'ouvrir dans JupyterLab pour la corriger"
        return NotebookFault(WRONG_PYTHON, place, what, todo, line)
    return CheckedCell(place, python, tree)


def _unknown_names(cells: Sequence[CheckedCell]) -> Iterator[NotebookFault]:
    """Find names that no cell before defines, as pyflakes reads all cells one after the other."""
    if any(word in cell.source for cell in cells for word in OPAQUE):
        return
    places = dict[int, str]()
    whole = ast.Module(body=[], type_ignores=[])
    after = 0
    for cell in cells:
        lines = cell.source.count("\n") + 1
        places |= dict.fromkeys(range(after + 1, after + lines + 1), cell.place)
        whole.body += ast.increment_lineno(cell.tree, after).body
        after += lines
    names = (node for node in ast.walk(whole) if isinstance(node, ast.Name))
    defined = {name.id for name in names if isinstance(name.ctx, ast.Store)}
    for message in Checker(whole, builtins=GIVEN).messages:
        if isinstance(message, UndefinedName):
            advice = python_errors.of_name(message.message_args[0], defined)
            yield _advised(NO_NAME, places[message.lineno], advice)


def _unknown_imports(cell: CheckedCell, folder: Path) -> Iterator[NotebookFault]:
    """Find imports of what is neither installed nor beside the notebook, but those that a ``try`` expects to fail."""
    for node in _certain(cell.tree):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            modules = [node.module]
            yield from _unknown_in_module(cell.place, node.module, node.names)
        else:
            continue
        for module in modules:
            first = module.partition(".")[0]
            beside = (folder / f"{first}.py").is_file() or (folder / first).is_dir()
            if not beside and not python_errors.is_installed(module):
                yield _advised(NO_MODULE, cell.place, python_errors.of_module(module))


def _unknown_in_module(
    place: str, module: str, names: Iterable[ast.alias]
) -> Iterator[NotebookFault]:
    below = module.removeprefix("rlpipeline.")
    if below not in python_errors.OPENED:
        return
    known = python_errors.names_of(below)
    for name in (alias.name for alias in names if alias.name not in {*known, "*"}):
        yield _advised(NO_MODULE, place, python_errors.of_imported(name, module))


def _unknown_requests(
    cells: Sequence[CheckedCell], tables: Collection[str]
) -> Iterator[NotebookFault]:
    """Find what is asked of a report that it does not have: a method, or a table named in the cell."""
    reports = {name for cell in cells for name in _reports(cell.tree)}
    for cell in cells:
        for node in _certain(cell.tree):
            method = _method_of(node, reports)
            if method is not None and method not in python_errors.methods_of_report():
                yield _advised(NO_METHOD, cell.place, python_errors.of_method(method))
            table = _table_of(node, reports)
            if table is not None and table not in tables:
                near = f"le plus proche est « {nearest(table, tables)} »"
                what = f"l'indicateur « {table} » n'existe pas"
                yield NotebookFault(NO_TABLE, cell.place, what, near)


def _reports(tree: ast.Module) -> Iterator[str]:
    """Give the names under which a cell opens reports."""
    for node in tree.body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        if isinstance(node.value.func, ast.Name) and node.value.func.id == "open_report":
            yield from (target.id for target in node.targets if isinstance(target, ast.Name))


def _method_of(node: ast.AST, reports: Collection[str]) -> str | None:
    """Give what is taken of a report; None where the node takes nothing of one."""
    if not isinstance(node, ast.Attribute) or not isinstance(node.ctx, ast.Load):
        return None
    is_report = isinstance(node.value, ast.Name) and node.value.id in reports
    return node.attr if is_report and not node.attr.startswith("_") else None


def _table_of(node: ast.AST, reports: Collection[str]) -> str | None:
    """Give the table that a call asks of a report by its name; None where there is none."""
    if not isinstance(node, ast.Call) or _method_of(node.func, reports) not in TAKING_A_TABLE:
        return None
    given = [*node.args[:1], *(word.value for word in node.keywords if word.arg == "id")]
    names = [value.value for value in given if isinstance(value, ast.Constant)]
    return names[0] if names and isinstance(names[0], str) else None


def _certain(node: ast.AST) -> Iterator[ast.AST]:
    """Walk through what a cell runs, but what a ``try`` expects to fail."""
    if isinstance(node, ast.Try):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _certain(child)


def _advised(code: str, where: str, advice: Advice) -> NotebookFault:
    return NotebookFault(code, where, advice.what, advice.todo)


def _fault(code: str, error: RlpipelineError) -> NotebookFault:
    """Say an error that a build would raise as it says it."""
    beside = {name: words for name, words in error.details if name != "où"}
    detail = " ; ".join(f"{name} : {words}" for name, words in beside.items())
    return NotebookFault(code, error.where or "", error.what, detail)


def in_words(faults: Sequence[NotebookFault]) -> str:
    """Write faults as ``check`` shows them, a block of its own; empty without any."""
    if not faults:
        return ""
    lines = ["Notebooks"]
    for fault in faults:
        advice = f" : {fault.todo}" if fault.todo else ""
        what = f"{fault.what.rstrip('.')}{advice}"
        lines += [f"  ERREUR {fault.code}, {fault.where}", f"      {what}"]
    return "\n".join(lines)


def as_findings(faults: Iterable[NotebookFault]) -> list[Mapping[str, object]]:
    """Give faults in the form of the findings of ``check --json``."""
    return [
        {
            "gravite": "erreur",
            "table": "",
            "ligne": None,
            "colonne": None,
            "valeur": None,
            "message": " ; ".join(filter(None, (fault.where, fault.what, fault.todo))),
            "code": fault.code,
            "lignes": [],
            "cle": None,
        }
        for fault in faults
    ]
