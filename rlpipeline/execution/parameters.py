"""Parameters checked before any chapter starts: papermill only warns of an unknown one, and injects any type."""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

from rlpipeline.errors import UsageError
from rlpipeline.execution.notebook import has_tag, read_notebook
from rlpipeline.execution.plan import Edition, Task

TAG = "parameters"
TYPE_NAMES = {"str": "un texte", "int": "un nombre entier", "float": "un nombre", "bool": "True ou False"}
INJECTABLE = (str, int, float, bool, type(None))


@dataclass(frozen=True)
class Parameter:
    """One assignment of a notebook's ``parameters`` cell.

    Parameters
    ----------
    types
        Names of the Python types it takes, that of None too where its default is an empty text; empty where the cell
        does not say (a default of None alone).
    """

    name: str
    types: frozenset[str]

    def accepts(self, value: Any) -> bool:
        """Whether papermill can inject the value, and the notebook expects its type."""
        if type(value) not in INJECTABLE:  # numpy scalars and dates would silently become texts
            return False
        given = type(value).__name__
        return not self.types or given in self.types or (given == "int" and "float" in self.types)


def check_tasks(tasks: Iterable[Task]) -> None:
    """Check the parameters of every task against its notebook; each notebook is read once.

    Raises
    ------
    UsageError
        A notebook is unreadable or takes no such parameter, or a value is of the wrong type.
    """
    declared: dict[Path, Mapping[str, Parameter]] = {}
    for task in tasks:
        if task.notebook not in declared:
            declared[task.notebook] = read_parameters(task.notebook)
        check_values(task.parameters, declared[task.notebook], task.notebook)


def check_values(values: Mapping[str, Any], declared: Mapping[str, Parameter], notebook: Path) -> None:
    """Check what will be injected in one notebook.

    Raises
    ------
    UsageError
        A name is not one of the notebook's, or a value is of the wrong type.
    """
    for name, value in values.items():
        if name not in declared:
            near = difflib.get_close_matches(name, list(declared), n=1, cutoff=0.4)
            raise UsageError(
                f"Le notebook n'a pas de paramètre « {name} ».",
                where=f"{notebook}, cellule « {TAG} »",
                expected=", ".join(declared) or "une ligne par paramètre, comme year = 2023",
                todo=f"le plus proche est « {near[0]} »" if near else f"ajouter « {name} » à cette cellule",
            )
        if not declared[name].accepts(value):
            raise _wrong_type(declared[name], value, notebook)
    _check_edition(values, notebook)


def read_parameters(notebook: Path) -> Mapping[str, Parameter]:
    """What the cell tagged ``parameters`` assigns, with the type of each default or annotation.

    Raises
    ------
    UsageError
        The notebook is unreadable, has no such cell, or several, or the cell is not plain assignments.
    """
    cells = [cell for cell in read_notebook(notebook).cells if has_tag(cell, TAG)]
    if len(cells) != 1:
        raise UsageError(
            f"Le notebook doit avoir une cellule marquée « {TAG} », et une seule.",
            where=str(notebook),
            got=f"{len(cells)} cellule{'s' if len(cells) > 1 else ''}",
            todo=f"ajouter l'étiquette « {TAG} » à la cellule des paramètres (JupyterLab, roue dentée à droite)",
        )
    return {parameter.name: parameter for parameter in _assignments(cells[0].source, notebook)}


def _assignments(source: str, notebook: Path) -> Iterable[Parameter]:
    try:
        statements = ast.parse(source).body
    except SyntaxError as error:
        raise UsageError(
            "La cellule des paramètres n'est pas du Python correct.", where=f"{notebook}, ligne {error.lineno}"
        ) from error
    for statement in statements:
        if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
            types = _annotated(statement.annotation)
            empty = isinstance(statement.value, ast.Constant) and statement.value.value == ""
            yield Parameter(statement.target.id, types | {"NoneType"} if types and empty else types)
        elif isinstance(statement, ast.Assign):
            for target in statement.targets:
                if isinstance(target, ast.Name):
                    yield Parameter(target.id, _type_of_default(statement.value))


def _annotated(annotation: ast.expr) -> frozenset[str]:
    """Type names of ``str``, ``int | None``, or ``"str | None"``; empty for anything richer."""
    if isinstance(annotation, ast.Constant) and isinstance(annotation.value, str):
        return _annotated(ast.parse(annotation.value, mode="eval").body)
    if isinstance(annotation, ast.BinOp) and isinstance(annotation.op, ast.BitOr):
        left, right = _annotated(annotation.left), _annotated(annotation.right)
        return left | right if left and right else frozenset()
    if isinstance(annotation, ast.Constant) and annotation.value is None:
        return frozenset({"NoneType"})
    is_name = isinstance(annotation, ast.Name) and annotation.id in TYPE_NAMES
    return frozenset({annotation.id}) if is_name and isinstance(annotation, ast.Name) else frozenset()


def _type_of_default(value: ast.expr) -> frozenset[str]:
    try:
        default = ast.literal_eval(value)
    except ValueError:
        return frozenset()
    return frozenset() if default is None else frozenset({type(default).__name__})


def _wrong_type(parameter: Parameter, value: Any, notebook: Path) -> UsageError:
    names = [TYPE_NAMES.get(name, "rien (None)") for name in sorted(parameter.types)]
    return UsageError(
        f"Le paramètre « {parameter.name} » n'a pas le bon type.",
        where=f"{notebook}, cellule « {TAG} »",
        expected=" ou ".join(names) or "un texte, un nombre, True, False ou None",
        got=f"{value!r} ({type(value).__name__})",
    )


def _check_edition(values: Mapping[str, Any], notebook: Path) -> None:
    editions = get_args(Edition)
    edition = values.get("edition", editions[0])
    if edition not in editions:
        near = difflib.get_close_matches(str(edition), editions, n=1, cutoff=0.4)
        raise UsageError(
            "Édition inconnue.",
            where=f"{notebook}, paramètre « edition »",
            expected=" ou ".join(editions),
            got=repr(edition),
            todo=f"écrire {near[0]}" if near else None,
        )
