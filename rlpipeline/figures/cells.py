"""The cells of notebooks that declare tables: read without counting, and held against those of the package."""

from __future__ import annotations

import ast
import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from rlpipeline.declared import Links, read_links
from rlpipeline.errors import SettingsError
from rlpipeline.figures.declaration import Declared, Indicator
from rlpipeline.settings.models import Service

if TYPE_CHECKING:
    from rlpipeline.figures.counting import Counts
    from rlpipeline.figures.tables import Seen

COUNTS, OWN = "calcul.ipynb", "mes_indicateurs.ipynb"
"""The notebook that counts, and the one of the service's own tables."""
PACKAGE = Path(__file__).parents[1]
OURS = PACKAGE / "notebooks" if (PACKAGE / "notebooks").is_dir() else PACKAGE.parent / "notebooks"
SECTION = "propre au service"
"""Where the tables of the service's own stand: the printed report has none of them."""
NOT_DECLARING = frozenset({"parameters", "setup", "injected-parameters"})
"""Tags of the cells that open the records."""
NAME = re.compile(r"[a-z][a-z0-9_]*")
COPIED = "rlpipeline_copie"
"""In the metadata of our notebook of counts: digest of each of its cells, which a copy keeps."""
DECLARING = frozenset({"table", "Table", "Ratio"})


def place_of(notebook: str, number: int) -> str:
    """Name a cell of a notebook as its reader finds it, in French."""
    return f"{notebook}, cellule de code n° {number}"


class Desk:
    """Where tables that cells declare are taken: read without being counted, or counted by a notebook that runs."""

    def __init__(self) -> None:
        self.now: Reading | Counts | None = None

    def take(self, indicator: Indicator) -> Seen | None:
        """Take a table, and show it where it is counted."""
        assert self.now is not None
        return self.now.take(indicator)


desk = Desk()


class Reading:
    """The tables that the cells of a notebook declare, none of which is counted."""

    def __init__(self, notebook: str) -> None:
        self.notebook, self.number = notebook, 0
        self.tables: dict[str, Indicator] = {}
        self.cells: dict[str, str] = {}

    def take(self, indicator: Indicator) -> None:
        """Take a table; SettingsError where another cell, or the same, declared one of that name."""
        place = place_of(self.notebook, self.number)
        if not NAME.fullmatch(indicator.id):
            raise SettingsError(
                "Le nom d'un tableau ne va pas.",
                where=place,
                expected="minuscules, chiffres et _ , une lettre d'abord",
                got=f"« {indicator.id} »",
            )
        if indicator.id in self.tables:
            raise SettingsError(
                "Un tableau est déclaré deux fois.",
                where=place,
                got=f"« {indicator.id} »",
                todo="effacer l'une des deux déclarations, ou donner un autre nom à son tableau",
            )
        self.tables[indicator.id], self.cells[indicator.id] = indicator, place


def read_tables(notebook: Path) -> Reading:
    """Run the cells that declare tables; nothing is declared where there is no such notebook.

    Raises
    ------
    SettingsError
        It is no notebook, a cell fails, or a table is declared twice; with the numbers of the cells.
    """
    from rlpipeline.figures.notebook import table  # noqa: PLC0415 - which asks here where its tables go

    reading = Reading(notebook.name)
    calcul = SimpleNamespace(own=lambda: None, write=lambda target: None)
    namespace = {"__name__": "__main__", "calcul": calcul, "table": table, "target": "", "display": lambda *shown: None}
    former, desk.now = desk.now, reading
    try:
        for reading.number, source in declaring_cells(notebook):
            try:
                exec(compile(source, notebook.name, "exec"), namespace)
            except SettingsError as error:
                place, said = place_of(notebook.name, reading.number), error.where or ""
                where = said if said.startswith(place) else ", ".join(filter(None, (place, said)))
                raise SettingsError(error.what, where, error.expected, error.got, error.todo) from error
            except (Exception, SystemExit) as error:
                raise SettingsError(
                    "Un tableau ne se déclare pas ainsi.",
                    where=place_of(notebook.name, reading.number),
                    got=f"{type(error).__name__} : {error}",
                    todo="corriger la cellule, ou l'effacer",
                ) from error
    finally:
        desk.now = former
    return reading


@cache
def package_tables() -> Mapping[str, Indicator]:
    """Give the tables of the package, as its own notebook of counts declares them."""
    return read_tables(OURS / COUNTS).tables


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


def counting_notebook(notebooks: Path) -> Path:
    """The notebook that counts: the service's own where there is one beside its chapters, else ours."""
    own = notebooks / COUNTS
    return own if own.is_file() else OURS / COUNTS


def read_declared(notebooks: Path) -> tuple[Reading, Reading, Mapping[str, str]]:
    """Read the notebook of counts and that of the service's own tables; then the cells that are the service's."""
    counts, own = counting_notebook(notebooks), read_tables(notebooks / OWN)
    tables = read_tables(counts)
    return tables, own, {**places_of(counts), **own.cells}


def declaring_cells(notebook: Path) -> Sequence[tuple[int, str]]:
    """Give the number and the source of each cell of code but those that open the records; none without a notebook.

    Raises
    ------
    SettingsError
        It is no notebook, a table is declared in two cells, or it is a copy of a former version of ours.
    """
    if not notebook.is_file():
        return ()
    every = [(_source(cell), cell.get("metadata", {}).get("tags", ())) for cell in _code_cells(notebook)]
    if any("open_calculation(" in source or "calcul.indicator(" in source for source, _ in every):
        raise SettingsError(
            f"Ce {notebook.name} est une copie de celui d'une version précédente de rlpipeline.",
            where=str(notebook),
            expected="des cellules qui déclarent un tableau : table(…)",
            todo=f"le renommer, recopier celui du paquet ({OURS / COUNTS}), et y refaire les changements ; "
            'calcul.indicator("accompagnes", compter) devient table("accompagnes", …, count=compter)',
        )
    sources = [
        (number, source) for number, (source, tags) in enumerate(every, start=1) if NOT_DECLARING.isdisjoint(tags)
    ]
    declared: dict[str, int] = {}
    for number, source in sources:
        for id in _declared_in(source):
            if id in declared:
                raise SettingsError(
                    "Un tableau est déclaré deux fois.",
                    where=f"{notebook.name}, cellules de code n° {declared[id]} et n° {number}",
                    got=f"« {id} »",
                    todo="effacer l'une des deux cellules, ou donner un autre nom à son tableau",
                )
            declared[id] = number
    return sources


def _content(notebook: Path) -> Mapping[str, Any]:
    try:
        content: dict[str, Any] = json.loads(notebook.read_text(encoding="utf-8"))
        return {**content, "cells": content["cells"]}
    except (ValueError, KeyError, TypeError) as error:
        raise SettingsError("Ce fichier n'est pas un notebook.", str(notebook)) from error


def _code_cells(notebook: Path) -> list[Mapping[str, Any]]:
    return [cell for cell in _content(notebook)["cells"] if cell["cell_type"] == "code"]


def _source(cell: Mapping[str, Any]) -> str:
    return "".join(cell["source"])


def _declared_in(source: str) -> Iterator[str]:
    """Name the tables that a cell declares in plain words."""
    try:
        calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    except SyntaxError:  # who runs the cell says so
        return
    for call in calls:
        if isinstance(call.func, ast.Name) and call.func.id in DECLARING:
            named = call.args[:1] or [word.value for word in call.keywords if word.arg == "id"]
            if named and isinstance(named[0], ast.Constant):
                yield str(named[0].value)


@cache
def cell_of_ours(id: str) -> str:
    """Say which cell of our notebook of counts declares a table; empty where none does."""
    cells = declaring_cells(OURS / COUNTS)
    number = next((number for number, source in cells if id in _declared_in(source)), 0)
    return place_of(COUNTS, number) if number else ""


def digests(notebook: Path) -> dict[str, str]:
    """Give the digest of each cell of code of a notebook, by the id of the cell."""
    code = _code_cells(notebook)
    return {cell.get("id", ""): hashlib.sha256(_source(cell).encode()).hexdigest()[:16] for cell in code}


def differences(notebooks: Path) -> list[str]:
    """Say, in French, what a service's copy of our notebook of counts should be told: one line a fact.

    Returns
    -------
    Which cells of ours changed or came since it was copied. Nothing without such a copy.
    """
    copy, ours = counting_notebook(notebooks), OURS / COUNTS
    if copy == ours:
        return []
    copied: Mapping[str, str] = _content(copy).get("metadata", {}).get(COPIED, {})
    now, hers = digests(ours), digests(copy)
    named = {cell["id"]: _source(cell) for cell in _code_cells(ours)}
    numbers = {id: number for number, id in enumerate(named, start=1)}
    said: list[str] = []
    if not copied:
        said.append(f"{COUNTS} : on ne sait pas de quelle version du nôtre il est copié.")
    for id in (id for id in now if copied and hers.get(id) != now[id]):
        tables = ", ".join(f"« {table} »" for table in _declared_in(named[id])) or "qui ne déclare aucun tableau"
        cell = f"cellule de code n° {numbers[id]} du nôtre ({tables})"
        if id not in copied:
            said.append(f"{COUNTS} : la {cell} est nouvelle depuis la copie ; la recopier pour l'avoir.")
        elif copied[id] != now[id]:
            said.append(f"{COUNTS} : la {cell} a changé depuis la copie ; la reprendre, ou garder la vôtre.")
    return said


def told_of_notebooks(notebooks: Path) -> list[str]:
    """Say what :func:`differences` and :func:`changes` say of a service's notebooks, whose cells are run for it."""
    from rlpipeline.figures.counting import marked  # noqa: PLC0415 - which asks what the package declares

    if not any((notebooks / name).is_file() for name in (COUNTS, OWN)):
        return []
    ours, own, _ = read_declared(notebooks)
    return [*differences(notebooks), *changes({id: marked(one) for id, one in {**ours.tables, **own.tables}.items()})]


def changes(tables: Mapping[str, Declared]) -> list[str]:
    """Say, in French, which tables of ours the service counts in its own way, and which it took out."""
    other = ", ".join(f"« {id} »" for id, one in tables.items() if one.own and cell_of_ours(id))
    gone = ", ".join(f"« {id} »" for id in package_tables() if id not in tables)
    said = (("Comptés à la façon du service, et non à celle du paquet", other), ("Retirés du rapport", gone))
    return [f"{what} : {which}." for what, which in said if which]
