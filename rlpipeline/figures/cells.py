"""The cells of notebooks that declare tables: read without counting, and held against those of the package."""

from __future__ import annotations

import difflib
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from rlpipeline.declared import Links, read_links
from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.figures.declaration import Declared, Indicator
from rlpipeline.our_notebooks import COUNTING, OURS, OWN_INDICATORS, counting_notebook
from rlpipeline.settings.models import Service

COUNTS, OWN = f"{COUNTING}.ipynb", f"{OWN_INDICATORS}.ipynb"
"""The notebook that counts, and the one of the service's own tables."""
SECTION = "propre au service"
"""Where the tables of the service's own stand: the printed report has none of them."""
NAME = re.compile(r"[a-z][a-z0-9_]*")
DECLARED = re.compile(r"^[^#\n]*\btable\(\s*(?:id\s*=\s*)?[\"'](\w+)[\"']", re.MULTILINE)
"""A table that a cell declares in plain words."""
COPIED = "rlpipeline_copie"
"""In the metadata of our notebook of counts: digest of each of its cells, which a copy keeps."""

desk = SimpleNamespace(now=None)
"""Where tables that cells declare are taken: a :class:`Reading` of them, or the ``Counts`` of a notebook that runs."""


class Reading:
    """The tables that the cells of a notebook declare, none of which is counted; ``place`` is the cell that runs."""

    def __init__(self, place: str) -> None:
        self.place = place
        self.tables: dict[str, Indicator] = {}
        self.cells: dict[str, str] = {}

    def take(self, indicator: Indicator) -> None:
        """Take a table; SettingsError where another cell, or the same, declared one of that name."""
        id, place = indicator.id, self.place
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
        for reading.place, source in declaring_cells(notebook):
            try:
                exec(compile(source, notebook.name, "exec"), namespace)
            except (Exception, SystemExit) as error:
                raise told(error, "Un tableau ne se déclare pas ainsi.", reading.place, names=[*namespace]) from error
    finally:
        desk.now = former
    return reading


def told(error: BaseException, what: str, cell: str, table: str = "", names: Sequence[str] = ()) -> SettingsError:
    """Say why a cell fails, in French: where, what is wrong and, of a name that there is not, which are near."""
    if isinstance(error, SettingsError | UsageError):
        said = error.where or table
        where = said if said.startswith(cell) else ", ".join(filter(None, (cell, said)))
        return SettingsError(error.what, where, error.expected, error.got, error.todo)
    where, got = ", ".join(filter(None, (cell, table))), f"{type(error).__name__} : {error}"
    if isinstance(error, NameError) and error.name:
        near = difflib.get_close_matches(error.name, {*vocabulary().values(), *names}, n=3)
        expected = f"un nom importé ou défini plus haut, comme {', '.join(near)}" if near else None
        return SettingsError("Ce nom n'existe pas.", where, expected, error.name, "le corriger, ou l'importer avant")
    if isinstance(error, ImportError) and str(error.name).startswith("rlpipeline"):
        what = "Cette cellule est écrite pour une version précédente de rlpipeline."
        return SettingsError(what, where, got=got, todo="reprendre les « import » des notebooks du paquet")
    return SettingsError(what, where, got=got, todo="corriger la cellule, ou l'effacer")


@cache
def package_tables() -> Mapping[str, Indicator]:
    """Give the tables of the package, as its own notebook of counts declares them."""
    return read_tables(OURS / COUNTS).tables


def listed_tables() -> list[dict[str, str]]:
    """List our tables for who reads no notebook: id, titre, section, unite, definition, source, lignes, colonnes."""
    listed = []
    for id, of in package_tables().items():
        lines, columns = [*(axis.title for axis in of.crossing.variables), ""][:2] if of.crossing else ("", "")
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
    cells = declaring_cells(notebook) if notebook.parent != OURS else ()
    return {id: place for place, source in cells for id in DECLARED.findall(source)}


def read_declared(notebooks: Path) -> tuple[Mapping[str, Indicator], Reading, Mapping[str, str]]:
    """Read the notebook of counts and that of the service's own tables; then the cells that are the service's."""
    counts, own = counting_notebook(notebooks), read_tables(notebooks / OWN)
    if counts.parent == OURS:
        return package_tables(), own, own.cells
    read = read_tables(counts)
    return read.tables, own, {**read.cells, **own.cells}


def declaring_cells(notebook: Path) -> Sequence[tuple[str, str]]:
    """Give the place and the source of each cell of code but those that open the records; none without a notebook.

    SettingsError: it is no notebook, or a table is declared in two cells.
    """
    cells, declared = list[tuple[str, str]](), dict[str, int]()
    for number, cell in enumerate(_content(notebook)["cells"] if notebook.is_file() else (), start=1):
        if {"parameters", "setup", "injected-parameters"} & {*cell.get("metadata", {}).get("tags", ())}:
            continue
        cells.append((f"{notebook.name}, cellule de code n° {number}", cell["source"]))
        for id in DECLARED.findall(cell["source"]):
            if declared.setdefault(id, number) != number:
                raise _twice(id, f"{notebook.name}, cellules de code n° {declared[id]} et n° {number}")
    return cells


def vocabulary() -> Mapping[str, str]:
    """Give the name that a cell imports of each population and variable, by its id."""
    from rlpipeline.figures import populations, variables  # noqa: PLC0415 - whose declarations are read here

    named = [*vars(populations).items(), *vars(variables).items()][::-1]  # the first name of each
    return {of.id: name for name, of in named if isinstance(of, populations.Population | variables.Variable)}


def _content(notebook: Path) -> dict[str, Any]:
    try:
        content: dict[str, Any] = json.loads(notebook.read_text(encoding="utf-8"))
        cells = [cell for cell in content["cells"] if cell["cell_type"] == "code"]
        return {**content, "cells": [{**cell, "source": "".join(cell["source"])} for cell in cells]}
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError("Ce fichier n'est pas un notebook.", str(notebook)) from error


@cache
def cell_of_ours(id: str) -> str:
    """Say which cell of our notebook of counts declares a table; empty where none does."""
    return next((place for place, source in declaring_cells(OURS / COUNTS) if id in DECLARED.findall(source)), "")


def digests(notebook: Path) -> dict[str, str]:
    """Give the digest of each cell of code of a notebook, by the id of the cell."""
    cells = _content(notebook)["cells"]
    return {cell.get("id", ""): hashlib.sha256(cell["source"].encode()).hexdigest()[:16] for cell in cells}


def differences(notebooks: Path) -> list[str]:
    """Say, in French, which cells of our notebook of counts changed or came since a service copied it; else nothing."""
    copy, ours = counting_notebook(notebooks), OURS / COUNTS
    if copy == ours:
        return []
    copied: Mapping[str, str] = _content(copy).get("metadata", {}).get(COPIED, {})
    if not copied:
        return [f"{COUNTS} : on ne sait pas de quelle version du nôtre il est copié."]
    now, hers, said = digests(ours), digests(copy), list[str]()
    for number, cell in enumerate(_content(ours)["cells"], start=1):
        id, declared = cell["id"], ", ".join(f"« {table} »" for table in DECLARED.findall(cell["source"]))
        named = f"cellule de code n° {number} du nôtre ({declared or 'qui ne déclare aucun tableau'})"
        if now[id] not in (hers.get(id), copied.get(id)):
            new = "est nouvelle depuis la copie ; la recopier pour l'avoir."
            changed = "a changé depuis la copie ; la reprendre, ou garder la vôtre."
            said.append(f"{COUNTS} : la {named} {changed if id in copied else new}")
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
