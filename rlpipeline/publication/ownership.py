"""Whether each page holds its own territory's figures, told from what is about to be published."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rlpipeline.errors import ReconciliationError
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.scrub import INJECTED_TAG
from rlpipeline.publication.figures import SERVICE

SHOWN = re.compile(r'<(?:table|figure)\b[^>]*?\bdata-territoire="([^"]*)"')
OURS = ("year", "commune", "edition")
"""Parameters that say whose chapter an executed notebook is."""


def check_owners(outcomes: Sequence[Outcome]) -> None:
    """See that each executed notebook is the one its task asked for.

    Raises ReconciliationError: one was executed for another territory, year or edition.
    """
    for outcome in outcomes:
        task = outcome.task
        wanted = {name: task.parameters[name] for name in OURS}
        injected = _injected(outcome.notebook)
        if injected != wanted:
            where = f"{task.territory}/{task.chapter}"
            raise _stranger(where, _words(wanted), _words(injected) if injected else "un notebook sans ses paramètres")


def check_page(page: Path, place: str, html: str) -> None:
    """See that the tables and charts of a portrait are all of its own commune.

    Raises ReconciliationError: one is about another territory.
    """
    strangers = sorted({territory for territory in SHOWN.findall(html) if territory != place})
    if place != SERVICE and strangers:
        raise _stranger(page.name, place, ", ".join(strangers))


def _injected(path: Path) -> Mapping[str, Any]:
    notebook = json.loads(path.read_text(encoding="utf-8"))
    cells = [cell for cell in notebook["cells"] if INJECTED_TAG in cell["metadata"].get("tags", ())]
    injected: dict[str, Any] = {}
    for cell in cells:
        injected |= dict(_assigned("".join(cell["source"])))
    return {name: injected[name] for name in injected if name in OURS}


def _assigned(source: str) -> Iterator[tuple[str, Any]]:
    for statement in ast.parse(source).body:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            yield statement.targets[0].id, ast.literal_eval(statement.value)


def _words(values: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} = {value!r}" for name, value in values.items())


def _stranger(where: str, expected: str, got: str) -> ReconciliationError:
    return ReconciliationError(
        "Une page allait montrer les chiffres d'un autre territoire : rien n'est publié.",
        where=where,
        expected=expected,
        got=got,
        todo="relancer « rlpipeline build » avec --force",
    )
