"""What the cells of notebooks call, as ``table(…)``, and what they declare, read and held against ours."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal, cast

import pandas as pd

from rlpipeline import python_errors
from rlpipeline.declared import Links, read_links
from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.figures import declaration, populations, variables
from rlpipeline.figures.computed import computed
from rlpipeline.figures.crossing import Crossing, Indicator, Measure, persons, rows
from rlpipeline.figures.declaration import (
    DECLARED,
    PLAIN,
    Declared,
    Frames,
    Look,
    cell_of_ours,
    declaring_cells,
)
from rlpipeline.figures.labels import AU_MOINS_UN, TOTAL
from rlpipeline.figures.populations import Population
from rlpipeline.figures.session import RowsWhileReadingError, session
from rlpipeline.figures.store import TableData
from rlpipeline.figures.structure import structure
from rlpipeline.figures.variables import OF_PERSONS, Variable
from rlpipeline.our_notebooks import (
    COUNTING,
    OURS,
    OWN_INDICATORS,
    counting_notebook,
    first_words,
)
from rlpipeline.settings.models import Service

COUNTS, OWN = f"{COUNTING}.ipynb", f"{OWN_INDICATORS}.ipynb"
"""The notebook that counts, and the one of the service's own tables."""
SECTION = "propre au service"
"""Where the tables of the service's own stand: the printed report has none of them."""
NAME = re.compile(r"[a-z][a-z0-9_]*")
COPIED = "rlpipeline_copie"
"""In the metadata of our notebook of counts: digest of each of its cells, which a copy keeps."""


class Reading:
    """The tables that the cells of a notebook declare, none of which is counted; ``place`` is the cell that runs."""

    def __init__(self, notebook: str) -> None:
        self.notebook = self.place = notebook
        self.tables: dict[str, Indicator] = {}
        self.cells: dict[str, str] = {}

    def take(self, indicator: Indicator) -> None:
        """Take a table; SettingsError where another cell, or the same, declared one of that name."""
        id, place = indicator.id, self.place
        if not NAME.fullmatch(id):
            expected = "minuscules, chiffres et _ , une lettre d'abord"
            raise SettingsError("Le nom d'un tableau ne va pas.", place, expected, f"« {id} »")
        if id in self.tables:
            raise declaration.declared_twice(id, place)
        self.tables[id], self.cells[id] = indicator, place


def table(  # noqa: PLR0913 - the fields of a declaration, by name
    id: str,
    title: str,
    *,
    definition: str = "",
    section: str = SECTION,
    population: Population | None = None,
    lines: Variable | None = None,
    columns: Variable | None = None,
    measures: Sequence[Measure] = (),
    total: str = TOTAL,
    newcomers: bool = False,
    count: partial[Indicator] | Frames | None = None,
    unit: str = "",
    words: Mapping[str, str] | None = None,
    denominator: str = "",
    source: str = "",
    scope: Literal["service", "both"] = "both",
    text_columns: tuple[str, ...] = (),
    links: str = "",
    look: Look = PLAIN,
) -> TableData | None:
    """Declare a table: a population by one variable or two, or what a function counts; count it, and show it.

    ``id``, small letters, digits and underscores, names it in texts, workbook and CSV: one of ours replaces that table.
    By default ``measures`` count distinct young people, or rows where they are of none, and ``definition``, of the
    method annex, says what is crossed; ``total`` is the code of the total line, ``newcomers`` have a column of theirs,
    ``text_columns`` are words of the rows to print. ``count`` is one of ours, as ``figures.flux.FLUX_PAEI`` (unit,
    persons and links come with it), :func:`ratio`, or a function of the records and of the scope that gives ``ligne``,
    ``colonne``, ``valeur`` and, where they are not ``unit`` and ``ok``, ``unite`` and ``etat``; ``words`` are those of
    its codes. ``links`` add some, written as in ``figures.structure``. SettingsError: one of these is not right.
    """
    said: dict[str, Any] = {
        "id": id,
        "title": title,
        "section": section,
        "denominator": denominator,
    }
    said |= {"links": links, "look": look}
    if count is not None:
        ours = isinstance(count, partial) and count.func is Indicator
        made = (
            cast("partial[Indicator]", count)
            if ours
            else computed(cast("Frames", count), unit, words or {})
        )
        indicator = made(**said, definition=definition)
    else:
        where = f"tableau « {id} »"
        if population is None or lines is None:
            todo = "dire qui est compté et par quoi, ou donner la fonction qui compte"
            raise SettingsError(
                "Un tableau n'a ni population= et lines=, ni count=.", where, todo=todo
            )
        usual = (
            persons("" if columns else TOTAL)
            if population.of_persons
            else rows("" if columns else "nombre")
        )
        crossing = Crossing(
            population=population,
            lines=lines,
            columns=columns,
            measures=tuple(measures) or (usual,),
            total=total,
            newcomers=newcomers,
        )
        if crossing.several_lines and total == TOTAL:
            crossing = replace(crossing, total=AU_MOINS_UN)
        crossing.check(where)
        described = f"{population.title}, par {' et '.join(variable.title for variable in crossing.variables)}."
        indicator = crossing.declare(
            **said,
            definition=definition or f"{described[0].upper()}{described[1:]}",
            source=source,
            scope=scope,
            text_columns=text_columns,
        )
    taken: TableData | None = session.taker().take(indicator)
    return taken


def read_tables(notebook: Path) -> Reading:
    """Run the cells that declare tables; nothing is declared where there is no such notebook.

    SettingsError, with the numbers of the cells: it is no notebook, a cell fails, or a table is declared twice.
    """
    reading = Reading(notebook.name)
    calcul = SimpleNamespace(own=lambda: None, write=lambda target: None)
    namespace = {
        "__name__": "__main__",
        "calcul": calcul,
        "table": table,
        "target": "",
        "display": lambda *shown: None,
    }
    former = session.read_by(reading)
    try:
        for reading.place, source in declaring_cells(notebook):
            _run(source, namespace, reading)
    finally:
        session.read_by(former)
    return reading


def _run(source: str, namespace: dict[str, Any], reading: Reading) -> None:
    """Run a cell for what it declares; one that only looks at rows ends where it asks for them.

    Raises
    ------
    SettingsError
        The cell fails, or declares a table and looks at rows.
    """
    before = len(reading.tables)
    try:
        exec(compile(source, reading.notebook, "exec"), namespace)
    except RowsWhileReadingError as error:
        if DECLARED.search(source) or len(reading.tables) > before:
            raise SettingsError(
                "Une cellule qui déclare un tableau n'ouvre pas les lignes d'une population.",
                f"{reading.place} (« {first_words(source)} »)",
                todo="regarder les lignes dans une cellule à part",
            ) from error
    except (Exception, SystemExit) as error:
        what = "Un tableau ne se déclare pas ainsi."
        failed = told(error, what, reading.place, names=[*namespace])
        failed.where = f"{failed.where} (« {first_words(source)} »)"
        raise failed from error


def told(
    error: BaseException, what: str, cell: str, table: str = "", names: Sequence[str] = ()
) -> SettingsError:
    """Say why a cell fails, in French: where, what is wrong and, of a name that there is not, which are near."""
    if isinstance(error, SettingsError | UsageError):
        said = error.where or table
        where = said if said.startswith(cell) else ", ".join(filter(None, (cell, said)))
        return SettingsError(error.what, where, error.expected, error.got, error.todo)
    where, got = ", ".join(filter(None, (cell, table))), f"{type(error).__name__} : {error}"
    if isinstance(error, NameError) and error.name:
        advice = python_errors.of_name(error.name, names)
        return SettingsError("Ce nom n'existe pas.", where, got=error.name, todo=advice.todo)
    if isinstance(error, ImportError) and str(error.name).startswith("rlpipeline"):
        absent = python_errors.advice_of(str(error), str(error))
        what = "Cette cellule importe ce que rlpipeline n'a pas, ou n'a plus."
        todo = absent.todo if absent else "reprendre les « import » des notebooks du paquet"
        return SettingsError(what, where, got=got, todo=todo)
    return SettingsError(what, where, got=got, todo="corriger la cellule, ou l'effacer")


@cache
def package_tables() -> Mapping[str, Indicator]:
    """Give the tables of the package, as its own notebook of counts declares them."""
    return read_tables(OURS / COUNTS).tables


def marked(indicator: Indicator) -> Indicator:
    """Say of a declared table whether it counts what the package's does; else it is the service's own."""
    ours = package_tables().get(indicator.id)
    if ours is None:
        return replace(indicator, own=True, when=None)
    look = ours.look if indicator.look == PLAIN else indicator.look
    section = ours.section if indicator.section == SECTION else indicator.section
    worded = replace(indicator, look=look, section=section)
    if indicator.counts_as(ours):
        return worded
    mine, theirs = indicator.crossing, ours.crossing
    alike = bool(mine and theirs and indicator.scope == ours.scope and mine.rebands(theirs))
    return replace(worded, own=True, alike=alike)


def bound(indicators: Mapping[str, Indicator]) -> Mapping[str, Indicator]:
    """Give what is worked out of other tables those tables, in the order of the sections, the service's own last."""
    ordered = sorted(
        indicators.values(), key=lambda table: (table.section == SECTION, table.section)
    )
    tables = {table.id: table for table in ordered}
    for table in ordered:
        if table.from_others:
            tables[table.id] = replace(table, **table.from_others(tables))
    return tables


def listed_tables() -> list[dict[str, str]]:
    """List our tables for who reads no notebook: id, titre, section, unite, definition, source, lignes, colonnes."""
    listed = []
    for id, of in package_tables().items():
        lines, columns = (
            [*(axis.title for axis in of.crossing.variables), ""][:2] if of.crossing else ("", "")
        )
        said = {
            "id": id,
            "titre": of.title,
            "section": of.section,
            "unite": of.unit,
            "definition": of.definition,
        }
        listed.append({**said, "source": of.source, "lignes": lines, "colonnes": columns})
    return listed


def our_links(service: Service) -> Links:
    """Give what links our tables by what the package counts, whatever a notebook or a published file says of them."""
    return read_links(structure(bound(package_tables()), service))


def read_declared(notebooks: Path) -> tuple[Mapping[str, Indicator], Reading, Mapping[str, str]]:
    """Read the notebook of counts and that of the service's own tables; then the cells that are the service's."""
    counts, own = counting_notebook(notebooks), read_tables(notebooks / OWN)
    if counts.parent == OURS:
        return package_tables(), own, own.cells
    read = read_tables(counts)
    return read.tables, own, {**read.cells, **own.cells}


def vocabulary() -> Mapping[str, str]:
    """Give the name that a cell imports of each population and variable, by its id."""
    named = [*vars(populations).items(), *vars(variables).items()][::-1]  # the first name of each
    return {
        of.id: name
        for name, of in named
        if isinstance(of, populations.Population | variables.Variable)
    }


def offered() -> pd.DataFrame:
    """List what can be declared: the populations, what each is, and the variables that ours are crossed with."""
    pd.set_option("display.max_colwidth", None)  # names cut short could not be copied
    names, listed = vocabulary(), dict[str, tuple[Population, dict[str, None]]]()
    for crossing in (table.crossing for table in package_tables().values() if table.crossing):
        of = crossing.population
        usual = dict.fromkeys(names[variable.id] for variable in OF_PERSONS if of.of_persons)
        _, variables = listed.setdefault(names[of.id], (of, usual))
        variables.update(dict.fromkeys(names[variable.id] for variable in crossing.variables))
    rows = [(name, of.title, ", ".join(variables)) for name, (of, variables) in listed.items()]
    return pd.DataFrame(rows, columns=["population", "ce qui est compté", "variables"])


def digests(notebook: Path) -> dict[str, str]:
    """Give the digest of each cell of code of a notebook, by the id of the cell."""
    cells = declaration.content_of(notebook)["cells"]
    return {
        cell.get("id", ""): hashlib.sha256(cell["source"].encode()).hexdigest()[:16]
        for cell in cells
    }


def differences(notebooks: Path) -> list[str]:
    """Say, in French, which cells of our notebook of counts changed or came since a service copied it; else nothing."""
    copy, ours = counting_notebook(notebooks), OURS / COUNTS
    if copy == ours:
        return []
    copied: Mapping[str, str] = declaration.content_of(copy).get("metadata", {}).get(COPIED, {})
    if not copied:
        return [f"{COUNTS} : on ne sait pas de quelle version du nôtre il est copié."]
    now, hers, said = digests(ours), digests(copy), list[str]()
    for number, cell in enumerate(declaration.content_of(ours)["cells"], start=1):
        id, declared = (
            cell["id"],
            ", ".join(f"« {table} »" for table in DECLARED.findall(cell["source"])),
        )
        named = (
            f"cellule de code n° {number} du nôtre ({declared or 'qui ne déclare aucun tableau'})"
        )
        if now[id] not in (hers.get(id), copied.get(id)):
            new = "est nouvelle depuis la copie ; la recopier pour l'avoir."
            changed = "a changé depuis la copie ; la reprendre, ou garder la vôtre."
            said.append(f"{COUNTS} : la {named} {changed if id in copied else new}")
    return said


def changes(tables: Mapping[str, Declared]) -> list[str]:
    """Say, in French, which tables of ours the service counts in its own way, and which it took out."""
    other = ", ".join(f"« {id} »" for id, table in tables.items() if table.own and cell_of_ours(id))
    gone = ", ".join(f"« {id} »" for id in package_tables() if id not in tables)
    said = (
        ("Comptés à la façon du service, et non à celle du paquet", other),
        ("Retirés du rapport", gone),
    )
    return [f"{what} : {which}." for what, which in said if which]
