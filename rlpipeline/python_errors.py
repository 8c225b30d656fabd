"""Errors of Python that who writes a cell meets, said in French: what to import, which name is near.

Names of rlpipeline are read in its sources, without importing any of them.
"""

from __future__ import annotations

import ast
import importlib.util
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.metadata import packages_distributions

from rlpipeline.our_notebooks import PACKAGE

USUAL_IMPORTS: Mapping[str, str] = {
    "pd": "import pandas as pd",
    "np": "import numpy as np",
    "plt": "import matplotlib.pyplot as plt",
    "sns": "import seaborn as sns",
    "Path": "from pathlib import Path",
    "date": "from datetime import date",
    "datetime": "from datetime import datetime",
    **{name: f"import {name}" for name in ("json", "math", "os", "re", "statistics")},
}
"""Names that whoever knows Python expects, and the line that gives each."""
OPENED = ("report", "figures.notebook", "figures.populations", "figures.variables", "figures.flux")
"""Modules of rlpipeline from which cells import."""
UNKNOWN_NAME = re.compile(r"name '(\w+)' is not defined")
UNKNOWN_MODULE = re.compile(r"No module named '([\w.]+)'")
UNKNOWN_IN_MODULE = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")
UNKNOWN_ATTRIBUTE = re.compile(r"'Report' object has no attribute '(\w+)'")


@dataclass(frozen=True)
class Advice:
    """What is wrong with a word of a cell, and what to do about it, in French."""

    what: str
    todo: str

    def __str__(self) -> str:
        return f"{self.what} : {self.todo}"


@cache
def names_of(module: str) -> frozenset[str]:
    """List the public names that a module of rlpipeline defines, by its name below the package."""
    source = PACKAGE.joinpath(*module.split(".")).with_suffix(".py").read_text(encoding="utf-8")
    return frozenset(name for name in _bound(ast.parse(source)) if not name.startswith("_"))


@cache
def methods_of_report() -> frozenset[str]:
    """List what a chapter may ask of its report."""
    module = ast.parse((PACKAGE / "report.py").read_text(encoding="utf-8"))
    [report] = (
        node for node in module.body if isinstance(node, ast.ClassDef) and node.name == "Report"
    )
    return frozenset(name for name in _bound(report) if not name.startswith("_"))


REPLACED = {
    "figures.own": (
        "écrire table(…, population=suivis, lines=quartier) et table(…, count=ratio(…)), avec "
        "« from rlpipeline.figures.notebook import ratio, table », comme dans mes_indicateurs.ipynb "
        "du paquet"
    )
}
"""Modules that cells of a service imported, and what to write instead."""


def import_line(name: str) -> str:
    """Give the line that imports a name; empty where none is known."""
    if name in USUAL_IMPORTS:
        return USUAL_IMPORTS[name]
    module = next((module for module in OPENED if name in names_of(module)), "")
    return f"from rlpipeline.{module} import {name}" if module else ""


def of_name(name: str, known: Iterable[str] = ()) -> Advice:
    """Say of a name that there is not what to import, or which name is near.

    Parameters
    ----------
    known
        Names that the notebook defines.
    """
    what = f"le nom « {name} » n'existe pas"
    line = import_line(name)
    if line:
        return Advice(what, f"ajouter « {line} » au-dessus")
    if name in known:
        return Advice(
            f"le nom « {name} » n'existe pas encore", "le définir dans une cellule d'avant"
        )
    importable = [importable for module in OPENED for importable in names_of(module)]
    near = _near(name, {*known, *USUAL_IMPORTS, *importable})
    return Advice(what, near or "le définir ou l'importer au-dessus, ou le corriger")


def of_module(name: str) -> Advice:
    """Say of a module that is not installed which one is near, or what took its place."""
    first, _, below = name.partition(".")
    if first == PACKAGE.name and below in REPLACED:
        return Advice(f"rlpipeline n'a plus de « {below} »", REPLACED[below])
    if first == PACKAGE.name and below:
        todo = "reprendre les « import » des notebooks du paquet"
        return Advice(f"rlpipeline n'a pas de « {below} »", todo)
    near = _near(first, {*sys.stdlib_module_names, *packages_distributions()})
    installing = "une bibliothèque Python manque ; l'installer dans l'environnement du projet"
    return Advice(f"le module « {name} » n'existe pas", near or installing)


def of_imported(name: str, module: str) -> Advice:
    """Say of a name that a module does not have which one is near."""
    below = module.removeprefix("rlpipeline.")
    known = names_of(below) if below in OPENED else frozenset[str]()
    todo = _near(name, known) or "reprendre les « import » des notebooks du paquet"
    return Advice(f"« {module} » n'a rien du nom de « {name} »", todo)


def of_method(name: str) -> Advice:
    """Say of what is asked of a report, and is not there, what is near."""
    methods = methods_of_report()
    todo = _near(name, methods) or f"au choix : {', '.join(sorted(methods))}"
    return Advice(f"un rapport n'a pas de « {name} »", todo)


def advice_of(message: str, source: str) -> Advice | None:
    """Say in French what Python says of a cell in English; None where it may quote anything but a word of the cell."""
    for pattern, advise in (
        (UNKNOWN_NAME, of_name),
        (UNKNOWN_MODULE, of_module),
        (UNKNOWN_IN_MODULE, of_imported),
        (UNKNOWN_ATTRIBUTE, of_method),
    ):
        found = pattern.search(message)
        if found and all(word in source for word in found.groups()):
            return advise(*found.groups())
    return None


def is_installed(module: str) -> bool:
    """Say whether a module can be found, without importing it."""
    try:
        return importlib.util.find_spec(module.partition(".")[0]) is not None
    except (ImportError, ValueError):
        return False


def _near(name: str, names: Iterable[str]) -> str:
    near = get_close_matches(name, sorted(names), n=1, cutoff=0.75)
    return f"le plus proche est « {near[0]} »" if near else ""


def _bound(node: ast.Module | ast.ClassDef) -> Iterator[str]:
    """Give the names that a module or a class binds at its top."""
    for child in node.body:
        if isinstance(child, ast.FunctionDef | ast.ClassDef):
            yield child.name
        elif isinstance(child, ast.ImportFrom) and (child.module or "").startswith("rlpipeline"):
            yield from (alias.asname or alias.name for alias in child.names)
        else:
            targets = getattr(child, "targets", [getattr(child, "target", None)])
            yield from (target.id for target in targets if isinstance(target, ast.Name))
