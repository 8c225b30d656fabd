"""The cells of notebooks that declare tables: read without counting, and held against those of the package."""

from __future__ import annotations

import ast
import hashlib
import importlib
import json
import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from rlpipeline.declared import Links, read_links
from rlpipeline.errors import SettingsError
from rlpipeline.figures.declaration import Declared, Indicator
from rlpipeline.our_notebooks import COUNTING, OURS, OWN_INDICATORS, counting_notebook
from rlpipeline.settings.models import Service

if TYPE_CHECKING:
    from rlpipeline.figures.counting import Counts

COUNTS, OWN = f"{COUNTING}.ipynb", f"{OWN_INDICATORS}.ipynb"
"""The notebook that counts, and the one of the service's own tables."""
SECTION = "propre au service"
"""Where the tables of the service's own stand: the printed report has none of them."""
NOT_DECLARING = frozenset({"parameters", "setup", "injected-parameters"})
"""Tags of the cells that open the records."""
NAME = re.compile(r"[a-z][a-z0-9_]*")
COPIED = "rlpipeline_copie"
"""In the metadata of our notebook of counts: digest of each of its cells, which a copy keeps."""
FORMER = frozenset({"Table", "Ratio"})
"""What declared tables by names in quotes, in former versions."""
VOCABULARY = "rlpipeline.figures."
MODULES = ("notebook", "populations", "variables", "actions", "computed", "moyens", "flux", "territoires")
"""Of our vocabulary, in which cells find what they import."""


def place_of(notebook: str, number: int) -> str:
    """Name a cell of a notebook as its reader finds it, in French."""
    return f"{notebook}, cellule de code n° {number}"


class Desk:
    """Where tables that cells declare are taken: read without being counted, or counted by a notebook that runs."""

    now: Reading | Counts | None = None


desk = Desk()


class Reading:
    """The tables that the cells of a notebook declare, none of which is counted."""

    def __init__(self, notebook: str) -> None:
        self.notebook, self.number = notebook, 0
        self.tables: dict[str, Indicator] = {}
        self.cells: dict[str, str] = {}

    def take(self, indicator: Indicator) -> None:
        """Take a table; SettingsError where another cell, or the same, declared one of that name."""
        id, place = indicator.id, place_of(self.notebook, self.number)
        if not NAME.fullmatch(id):
            expected = "minuscules, chiffres et _ , une lettre d'abord"
            raise SettingsError("Le nom d'un tableau ne va pas.", place, expected, f"« {id} »")
        if id in self.tables:
            raise _twice(id, place)
        self.tables[id], self.cells[id] = indicator, place


def _twice(id: str, where: str) -> SettingsError:
    todo = "effacer l'une des deux déclarations, ou donner un autre nom à son tableau"
    return SettingsError("Un tableau est déclaré deux fois.", where, got=f"« {id} »", todo=todo)


def read_tables(notebook: Path) -> Reading:
    """Run the cells that declare tables; nothing is declared where there is no such notebook.

    SettingsError, with the numbers of the cells: it is no notebook, a cell fails, or a table is declared twice.
    """
    from rlpipeline.figures.notebook import table  # noqa: PLC0415 - which asks here where its tables go

    reading = Reading(notebook.name)
    calcul = SimpleNamespace(own=lambda: None, write=lambda target: None)
    namespace = {"__name__": "__main__", "calcul": calcul, "table": table, "target": "", "display": lambda *shown: None}
    former, desk.now = desk.now, reading
    try:
        for reading.number, source in declaring_cells(notebook):
            place = place_of(notebook.name, reading.number)
            try:
                exec(compile(source, notebook.name, "exec"), namespace)
            except SettingsError as error:
                said = error.where or ""
                where = said if said.startswith(place) else ", ".join(filter(None, (place, said)))
                raise SettingsError(error.what, where, error.expected, error.got, error.todo) from error
            except (Exception, SystemExit) as error:
                got, todo = f"{type(error).__name__} : {error}", "corriger la cellule, ou l'effacer"
                raise SettingsError("Un tableau ne se déclare pas ainsi.", place, got=got, todo=todo) from error
    finally:
        desk.now = former
    return reading


@cache
def package_tables() -> Mapping[str, Indicator]:
    """Give the tables of the package, as its own notebook of counts declares them."""
    return read_tables(OURS / COUNTS).tables


def listed_tables() -> list[dict[str, str]]:
    """List our tables for who reads no notebook: id, titre, section, unite, definition, source, lignes, colonnes."""
    listed = []
    for id, of in package_tables().items():
        crossed = (of.crossing.lines, of.crossing.columns) if of.crossing else (None, None)
        lines, columns = (variable.title if variable else "" for variable in crossed)
        said = {"id": id, "titre": of.title, "section": of.section, "unite": of.unit, "definition": of.definition}
        listed.append({**said, "source": of.source, "lignes": lines, "colonnes": columns})
    return listed


def our_links(service: Service) -> Links:
    """Give what links our tables by what the package counts, whatever a notebook or a published file says of them."""
    from rlpipeline.figures.counting import bound  # noqa: PLC0415 - who counts asks what the package declares
    from rlpipeline.figures.structure import structure  # noqa: PLC0415

    return read_links(structure(bound(package_tables()), service))


def places_of(notebook: Path) -> Mapping[str, str]:
    """Say which cell of the service's own notebook declares each table; nothing of one of ours."""
    if notebook.parent == OURS:
        return {}
    cells = declaring_cells(notebook)
    return {id: place_of(notebook.name, number) for number, source in cells for id in _declared_in(source)}


def read_declared(notebooks: Path) -> tuple[Mapping[str, Indicator], Reading, Mapping[str, str]]:
    """Read the notebook of counts and that of the service's own tables; then the cells that are the service's."""
    counts, own = counting_notebook(notebooks), read_tables(notebooks / OWN)
    if counts.parent == OURS:
        return package_tables(), own, own.cells
    read = read_tables(counts)
    return read.tables, own, {**read.cells, **own.cells}


def declaring_cells(notebook: Path) -> Sequence[tuple[int, str]]:
    """Give the number and the source of each cell of code but those that open the records; none without a notebook.

    SettingsError: it is no notebook, a table is declared in two cells, or it is written for a former version of ours.
    """
    if not notebook.is_file():
        return ()
    every = [("".join(cell["source"]), cell.get("metadata", {}).get("tags", ())) for cell in _code_cells(notebook)]
    if notebook.parent != OURS:
        _refuse_former(notebook, [source for source, _ in every])
    numbered = enumerate(every, start=1)
    sources = [(number, source) for number, (source, tags) in numbered if NOT_DECLARING.isdisjoint(tags)]
    declared: dict[str, int] = {}
    for number, source in sources:
        for id in _declared_in(source):
            if id in declared:
                raise _twice(id, f"{notebook.name}, cellules de code n° {declared[id]} et n° {number}")
            declared[id] = number
    return sources


def _refuse_former(notebook: Path, sources: Sequence[str]) -> None:
    """Refuse cells written for a former version, with what to write now."""
    for number, source in enumerate(sources, start=1):
        gone = [name for module, name in _imported(source) if not _is_there(module, name)]
        if not gone:
            continue
        calls = [_rewritten(call) for source in sources for call in _calls(source, FORMER)]
        names = {node.id for call in calls for node in _nodes(call) if isinstance(node, ast.Name)}
        written, wanted = [], [*gone, *sorted(names)]
        for module in (f"{VOCABULARY}{name}" for name in MODULES):
            if there := [name for name in dict.fromkeys(wanted) if _is_there(module, name)]:
                written.append(f"from {module} import {', '.join(there)}")
                wanted = [name for name in wanted if name not in there]
        left = ", ".join(name for name in wanted if name in gone and name not in FORMER)
        todo = f"écrire : {' ; '.join([*written, *calls])}" if written else ""
        again = f"reprendre du paquet ({OURS / COUNTS}) les cellules de {left}" if left else ""
        raise SettingsError(
            "Cette cellule est écrite pour une version précédente de rlpipeline.",
            where=place_of(notebook.name, number),
            expected="des noms qui existent dans rlpipeline.figures",
            got=", ".join(gone),
            todo=" ; ".join(filter(None, (todo, again))),
        )


def _imported(source: str) -> Iterator[tuple[str, str]]:
    for node in _nodes(source):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(VOCABULARY):
            yield from ((str(node.module), alias.name) for alias in node.names)


def _is_there(module: str, name: str) -> bool:
    try:
        return name == "*" or hasattr(importlib.import_module(module), name)
    except ModuleNotFoundError:
        return False


def vocabulary() -> Mapping[str, str]:
    """Give the name that a cell imports of each population and variable, by its id."""
    from rlpipeline.figures import populations, variables  # noqa: PLC0415 - whose declarations are read here

    named = [*vars(populations).items(), *vars(variables).items()][::-1]  # the first name of each
    return {of.id: name for name, of in named if isinstance(of, populations.Population | variables.Variable)}


def _rewritten(call: ast.Call) -> str:
    """Write a declaration of a former version, by names in quotes, as one of today's."""
    known = {repr(id): name for id, name in vocabulary().items()}
    given = {str(word.arg): ast.unparse(word.value) for word in call.keywords}
    named = [given.pop(name, "…") for name in ("id", "title")]
    counts = given.pop("counts", "")
    said = {name: known.get(value, value) for name, value in given.items()}
    if isinstance(call.func, ast.Name) and call.func.id == "Ratio":
        inside = ", ".join(f"{name}={said.pop(name)}" for name in ("of", "on", "unit", "decimals") if name in said)
        said["count"] = f"ratio({inside})"
    elif counts == "'lignes'":
        said["measures"] = f"(rows({'' if 'columns' in said else repr('nombre')}),)"
    return f"table({', '.join([*named, *(f'{name}={value}' for name, value in said.items())])})"


def _content(notebook: Path) -> Mapping[str, Any]:
    try:
        content: dict[str, Any] = json.loads(notebook.read_text(encoding="utf-8"))
        return {**content, "cells": content["cells"]}
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError("Ce fichier n'est pas un notebook.", str(notebook)) from error


def _code_cells(notebook: Path) -> list[Mapping[str, Any]]:
    return [cell for cell in _content(notebook)["cells"] if cell["cell_type"] == "code"]


def _nodes(source: str) -> Iterator[ast.AST]:
    try:
        yield from ast.walk(ast.parse(source))
    except SyntaxError:  # who runs the cell says so
        return


def _calls(source: str, names: Collection[str]) -> Iterator[ast.Call]:
    calls = (node for node in _nodes(source) if isinstance(node, ast.Call))
    yield from (call for call in calls if isinstance(call.func, ast.Name) and call.func.id in names)


def _declared_in(source: str) -> Iterator[str]:
    """Name the tables that a cell declares in plain words."""
    for call in _calls(source, {"table"}):
        named = call.args[:1] or [word.value for word in call.keywords if word.arg == "id"]
        if named and isinstance(named[0], ast.Constant):
            yield str(named[0].value)


@cache
def cell_of_ours(id: str) -> str:
    """Say which cell of our notebook of counts declares a table; empty where none does."""
    cells = declaring_cells(OURS / COUNTS)
    return next((place_of(COUNTS, number) for number, source in cells if id in _declared_in(source)), "")


def digests(notebook: Path) -> dict[str, str]:
    """Give the digest of each cell of code of a notebook, by the id of the cell."""
    sources = {cell.get("id", ""): "".join(cell["source"]) for cell in _code_cells(notebook)}
    return {id: hashlib.sha256(source.encode()).hexdigest()[:16] for id, source in sources.items()}


def differences(notebooks: Path) -> list[str]:
    """Say, in French, which cells of our notebook of counts changed or came since a service copied it; else nothing."""
    copy, ours = counting_notebook(notebooks), OURS / COUNTS
    if copy == ours:
        return []
    copied: Mapping[str, str] = _content(copy).get("metadata", {}).get(COPIED, {})
    if not copied:
        return [f"{COUNTS} : on ne sait pas de quelle version du nôtre il est copié."]
    now, hers, said = digests(ours), digests(copy), list[str]()
    for number, cell in enumerate(_code_cells(ours), start=1):
        id, declared = cell["id"], ", ".join(f"« {table} »" for table in _declared_in("".join(cell["source"])))
        named = f"cellule de code n° {number} du nôtre ({declared or 'qui ne déclare aucun tableau'})"
        if hers.get(id) == now[id]:
            continue
        if id not in copied:
            said.append(f"{COUNTS} : la {named} est nouvelle depuis la copie ; la recopier pour l'avoir.")
        elif copied[id] != now[id]:
            said.append(f"{COUNTS} : la {named} a changé depuis la copie ; la reprendre, ou garder la vôtre.")
    return said


def told_of_notebooks(notebooks: Path) -> list[str]:
    """Say what :func:`differences` and :func:`changes` say of a service's notebooks, whose cells are run for it."""
    from rlpipeline.figures.counting import marked  # noqa: PLC0415 - which asks what the package declares

    if not any((notebooks / name).is_file() for name in (COUNTS, OWN)):
        return []
    ours, own, _ = read_declared(notebooks)
    tables = {id: marked(table) for id, table in {**ours, **own.tables}.items()}
    return [*differences(notebooks), *changes(tables)]


def changes(tables: Mapping[str, Declared]) -> list[str]:
    """Say, in French, which tables of ours the service counts in its own way, and which it took out."""
    other = ", ".join(f"« {id} »" for id, table in tables.items() if table.own and cell_of_ours(id))
    gone = ", ".join(f"« {id} »" for id in package_tables() if id not in tables)
    said = (("Comptés à la façon du service, et non à celle du paquet", other), ("Retirés du rapport", gone))
    return [f"{what} : {which}." for what, which in said if which]
