"""Parameters checked before any chapter starts: papermill only warns of one that a notebook does not take."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from pathlib import Path

from rlpipeline.errors import UsageError
from rlpipeline.execution.notebook import has_tag, read_notebook
from rlpipeline.execution.plan import Task

TAG = "parameters"


def check_tasks(tasks: Iterable[Task]) -> None:
    """See that each notebook takes what will be injected in it; each is read once.

    Raises
    ------
    UsageError
        A notebook is unreadable, has no cell of parameters, or several, or takes no such parameter.
    """
    declared: dict[Path, list[str]] = {}
    for task in tasks:
        names = declared.setdefault(task.notebook, declared.get(task.notebook) or _declared(task.notebook))
        for missing in (name for name in task.parameters if name not in names):
            raise UsageError(
                f"Le notebook n'a pas de paramètre « {missing} ».",
                where=f"{task.notebook}, cellule « {TAG} »",
                expected=", ".join(task.parameters),
                got=", ".join(names) or None,
                todo=f"ajouter « {missing} » à cette cellule",
            )


def _declared(notebook: Path) -> list[str]:
    cells = [cell for cell in read_notebook(notebook).cells if has_tag(cell, TAG)]
    if len(cells) != 1:
        raise UsageError(
            f"Le notebook doit avoir une cellule marquée « {TAG} », et une seule.",
            where=str(notebook),
            got=f"{len(cells)} cellule{'s' if len(cells) > 1 else ''}",
            todo=f"ajouter l'étiquette « {TAG} » à la cellule des paramètres (JupyterLab, roue dentée à droite)",
        )
    try:
        statements = ast.parse(cells[0].source).body
    except SyntaxError as error:
        raise UsageError(
            "La cellule des paramètres n'est pas du Python correct.", where=f"{notebook}, ligne {error.lineno}"
        ) from error
    assigned = [one for one in statements if isinstance(one, ast.Assign | ast.AnnAssign)]
    targets = (target for one in assigned for target in (one.targets if isinstance(one, ast.Assign) else [one.target]))
    return [target.id for target in targets if isinstance(target, ast.Name)]
