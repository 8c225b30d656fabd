"""What the cells of notebooks call, as ``table(…)``, and what they declare, read and held against ours."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache, partial
from html import escape
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd

from rlpipeline import python_errors
from rlpipeline.declared import PLAIN, Links, Look, Measure, TableSpec
from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.figures import declaration, populations, variables
from rlpipeline.figures.computed import computed
from rlpipeline.figures.crossing import CountedTable, Crossing, Scopes, persons, rows
from rlpipeline.figures.declaration import (
    CodeCell,
    Frames,
    cell_of_ours,
    code_cells,
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
    PACKAGE,
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


class DeclaredTables:
    """The tables that the cells of a notebook declare, none of which is counted.

    ``place`` is the cell that runs, ``definition`` the text above it.
    """

    def __init__(self, notebook: str, definition: str = "") -> None:
        self.notebook = self.place = notebook
        self.definition = definition
        self.tables: dict[str, CountedTable] = {}
        self.cells: dict[str, str] = {}

    def take(self, table: CountedTable) -> None:
        """Take a table.

        Raises
        ------
        SettingsError
            Another cell, or the same, declared one of that name, or nothing above says what it counts.
        """
        id = table.id
        place = self.place
        if not NAME.fullmatch(id):
            expected = "minuscules, chiffres et _ , une lettre d'abord"
            raise SettingsError("Le nom d'un tableau ne va pas.", place, expected, f"« {id} »")
        if id in self.tables:
            raise declaration.declared_twice(id, place)
        if not self.definition:
            raise declaration.undefined(id, place)
        self.tables[id] = table.declared(definition=self.definition)
        self.cells[id] = place


def table(  # noqa: PLR0913 - the fields of a declaration, by name
    id: str,
    title: str,
    *,
    section: str = SECTION,
    population: Population | None = None,
    lines: Variable | None = None,
    columns: Variable | None = None,
    measures: Sequence[Measure] = (),
    total: str = TOTAL,
    newcomers: bool = False,
    count: CountedTable | Frames | None = None,
    unit: str = "",
    words: Mapping[str, str] | None = None,
    denominator: str = "",
    source: str = "",
    scope: Scopes = "tous",
    text_columns: tuple[str, ...] = (),
    links: str = "",
    look: Look = PLAIN,
) -> TableData | None:
    """Declare a table: a population by one variable or two, or what a function counts; count it, and show it.

    The Markdown directly above the cell is its definition, of the method annex and the workbook.

    Parameters
    ----------
    id, title, section
        Its name in texts, workbook and CSV (small letters, digits and underscores: one of ours replaces that table),
        its caption, its place in the report.
    population, lines, columns
        Who is counted, by what.
    measures
        What is counted of them: distinct young people by default, or rows where they are of none.
    total
        Code of the total line; empty for none.
    newcomers
        Whether they have a column of theirs.
    text_columns
        Words of the rows to print.
    count
        In the place of a population: one of ours, as ``figures.flux.FLUX_PAEI`` (unit, persons and links come with
        it), :func:`ratio`, or a function of the records and of the scope that gives ``ligne``, ``colonne``, ``valeur``
        and, where they are not ``unit`` and ``ok``, ``unite`` and ``etat``; ``words`` are those of its codes.
    links
        Some more, written as in ``figures.structure``.

    Raises
    ------
    SettingsError
        One of these is not right.
    """
    counted = count
    if counted is None:
        options = {"measures": tuple(measures), "total": total, "newcomers": newcomers}
        crossing = _crossing(id, population, lines, columns, options)
        counted = crossing.table(scope, source, text_columns)
    elif not isinstance(counted, CountedTable):
        counted = computed(counted, unit, words or {}).declared(scope=scope)
    elif unit or words:
        raise _already_worded(id)
    declared = counted.declared(
        id=id,
        title=title,
        section=section,
        denominator=denominator,
        links=links,
        look=look,
        optional=counted.when is not None,
    )
    taken: TableData | None = session.taker().take(declared)
    return taken


def _already_worded(id: str) -> SettingsError:
    """Say that what counts a table has its own unit and words."""
    return SettingsError(
        "unit= et words= ne vont qu'avec une fonction à vous.",
        f"tableau « {id} »",
        todo="d'un rapport, les écrire dedans : ratio(of=…, on=…, unit=…, decimals=…)",
    )


def _crossing(
    id: str,
    population: Population | None,
    lines: Variable | None,
    columns: Variable | None,
    options: Mapping[str, Any],
) -> Crossing:
    """Make what a cell crosses.

    Parameters
    ----------
    options
        ``measures``, ``total`` and ``newcomers`` of the crossing.

    Raises
    ------
    SettingsError
        It cannot be counted so.
    """
    where = f"tableau « {id} »"
    if population is None or lines is None:
        todo = "dire qui est compté et par quoi, ou donner la fonction qui compte"
        raise SettingsError("Un tableau n'a ni population= et lines=, ni count=.", where, todo=todo)
    crossing = Crossing(population=population, lines=lines, columns=columns, **options)
    if not crossing.measures:
        crossing = replace(crossing, measures=(_usual_measure(population, columns),))
    if crossing.several_lines and crossing.total == TOTAL:
        crossing = replace(crossing, total=AU_MOINS_UN)
    crossing.check(where)
    return crossing


def _usual_measure(population: Population, columns: Variable | None) -> Measure:
    """Count young people, or rows where they are of none; the one column of it has a code where there are no others."""
    if population.of_persons:
        return persons("" if columns else TOTAL)
    return rows("" if columns else "nombre")


def read_tables(notebook: Path) -> DeclaredTables:
    """Run the cells that declare tables; nothing is declared where there is no such notebook.

    SettingsError, with the numbers of the cells: it is no notebook, a cell fails, or a table is declared twice.
    """
    reading = DeclaredTables(notebook.name)
    calcul = SimpleNamespace(own=lambda: None, write=lambda target: None)
    namespace = {"__name__": "__main__", "calcul": calcul, "table": table, "target": ""}
    namespace["display"] = lambda *shown: None
    former = session.read_by(reading)
    try:
        for cell in declaring_cells(notebook):
            reading.place = cell.place
            reading.definition = cell.definition
            _run(cell, namespace, reading)
    finally:
        session.read_by(former)
    return reading


def _run(cell: CodeCell, namespace: dict[str, Any], reading: DeclaredTables) -> None:
    """Run a cell for what it declares; one that only looks at rows ends where it asks for them.

    Raises
    ------
    SettingsError
        The cell fails, or declares a table and looks at rows.
    """
    before = len(reading.tables)
    try:
        exec(compile(cell.source, reading.notebook, "exec"), namespace)
    except RowsWhileReadingError as error:
        if cell.tables or len(reading.tables) > before:
            what = "Une cellule qui déclare un tableau n'ouvre pas les lignes d'une population."
            where = f"{cell.place} (« {first_words(cell.source)} »)"
            todo = "regarder les lignes dans une cellule à part"
            raise SettingsError(what, where, todo=todo) from error
    except (Exception, SystemExit) as error:
        what = "Un tableau ne se déclare pas ainsi."
        failed = told(error, what, cell.place, names=[*namespace])
        failed.where = f"{failed.where} (« {first_words(cell.source)} »)"
        raise failed from error


def told(
    error: BaseException, what: str, cell: str, table: str = "", names: Sequence[str] = ()
) -> SettingsError:
    """Say why a cell fails, in French: where, what is wrong and, of a name that there is not, which are near."""
    if isinstance(error, SettingsError | UsageError):
        where = error.where or table
        if not where.startswith(cell):
            where = _joined(cell, where)
        return SettingsError(error.what, where, error.expected, error.got, error.todo)
    where = _joined(cell, table)
    got = f"{type(error).__name__} : {error}"
    if isinstance(error, NameError) and error.name:
        advice = python_errors.of_name(error.name, names)
        return SettingsError("Ce nom n'existe pas.", where, got=error.name, todo=advice.todo)
    if isinstance(error, ImportError) and str(error.name).startswith("rlpipeline"):
        absent = python_errors.advice_of(str(error), str(error))
        what = "Cette cellule importe ce que rlpipeline n'a pas, ou n'a plus."
        todo = absent.todo if absent else "reprendre les « import » des notebooks du paquet"
        return SettingsError(what, where, got=got, todo=todo)
    todo = "corriger la cellule, ou l'effacer"
    if isinstance(error, TypeError) and "'definition'" in str(error):
        todo = (
            "écrire la définition en Markdown, juste au-dessus de la cellule, et non dans table(…)"
        )
    return SettingsError(what, where, got=got, todo=todo)


def _joined(*places: str) -> str:
    """Write a place after the one that it is in."""
    return ", ".join(filter(None, places))


@cache
def package_tables() -> Mapping[str, CountedTable]:
    """Give the tables of the package, as its own notebook of counts declares them."""
    return read_tables(OURS / COUNTS).tables


def marked(table: CountedTable) -> CountedTable:
    """Say of a declared table whether it counts what the package's does; else it is the service's own."""
    ours = package_tables().get(table.id)
    if ours is None:
        return replace(table.declared(own=True, optional=False), when=None)
    if table is ours:
        return table
    worded = table
    if table.spec.look == PLAIN:
        worded = worded.declared(look=ours.spec.look)
    if table.spec.section == SECTION:
        worded = worded.declared(section=ours.spec.section)
    if table.counts_as(ours):
        return worded
    return worded.declared(own=True, alike=table.rebands(ours))


def bound(tables: Mapping[str, CountedTable]) -> Mapping[str, CountedTable]:
    """Give what is worked out of other tables those tables, in the order of the sections, the service's own last."""
    ordered = sorted(tables.values(), key=_place_in_report)
    every = {table.id: table for table in ordered}
    for table in ordered:
        if table.from_others:
            every[table.id] = table.from_others(table, every)
    return every


def _place_in_report(table: CountedTable) -> tuple[bool, str]:
    return table.spec.section == SECTION, table.spec.section


def listed_tables() -> list[dict[str, str]]:
    """List our tables for who reads no notebook: id, titre, section, unite, definition, source, lignes, colonnes."""
    return [_listed(table) for table in package_tables().values()]


def _listed(table: CountedTable) -> dict[str, str]:
    spec = table.spec
    crossing = table.crossing
    return {
        "id": spec.id,
        "titre": spec.title,
        "section": spec.section,
        "unite": spec.unit,
        "definition": spec.definition,
        "source": spec.source,
        "lignes": crossing.lines.title if crossing else "",
        "colonnes": crossing.columns.title if crossing and crossing.columns else "",
    }


def our_links(service: Service) -> Links:
    """Give what links our tables by what the package counts, whatever a notebook or a published file says of them."""
    return structure(bound(package_tables()), service)


def read_declared(
    notebooks: Path,
) -> tuple[Mapping[str, CountedTable], DeclaredTables, Mapping[str, str]]:
    """Read the notebook of counts and that of the service's own tables; then the cells that are the service's."""
    counts = counting_notebook(notebooks)
    own = read_tables(notebooks / OWN)
    if counts.parent == OURS:
        return package_tables(), own, own.cells
    read = read_tables(counts)
    return read.tables, own, {**read.cells, **own.cells}


def explained(compute: Callable[..., object]) -> str:
    """Show in HTML what a function of ours that counts a table says of itself, and its code; nothing of another's."""
    function: Callable[..., object] = compute.func if isinstance(compute, partial) else compute
    if not function.__module__.startswith(f"{PACKAGE.name}.") or not function.__doc__:
        return ""
    summary = f"<summary>{escape(f'{function.__module__}, {function.__name__}')}</summary>"
    code = f"<pre>{escape(inspect.getsource(function))}</pre>"
    about = escape(inspect.getdoc(function) or "")
    return f"<p>{about}</p><details>{summary}{code}</details>"


def vocabulary() -> Mapping[str, str]:
    """Give the name that a cell imports of each population and variable, by its id."""
    names: dict[str, str] = {}
    for module in (populations, variables):
        for name, thing in vars(module).items():
            if isinstance(thing, Population | Variable):
                names.setdefault(thing.id, name)
    return names


def offered() -> pd.DataFrame:
    """List what can be declared: the populations, what each is, and the variables that ours are crossed with."""
    pd.set_option("display.max_colwidth", None)  # names cut short could not be copied
    names = vocabulary()
    titles = dict[str, str]()
    crossed = dict[str, dict[str, None]]()
    for table in package_tables().values():
        if table.crossing is None:
            continue
        population = table.crossing.population
        name = names[population.id]
        usual = OF_PERSONS if population.of_persons else ()
        titles[name] = population.title
        used = dict.fromkeys(names[variable.id] for variable in (*usual, *table.crossing.variables))
        crossed[name] = {**crossed.get(name, {}), **used}
    rows = [(name, titles[name], ", ".join(used)) for name, used in crossed.items()]
    return pd.DataFrame(rows, columns=["population", "ce qui est compté", "variables"])


def digests(notebook: Path) -> dict[str, str]:
    """Give the digest of each cell of code of a notebook, by the id of the cell."""
    return {cell.id: cell.digest for cell in code_cells(notebook)}


def differences(notebooks: Path) -> list[str]:
    """Say, in French, which cells of our notebook of counts changed or came since a service copied it; else nothing."""
    copy = counting_notebook(notebooks)
    ours = OURS / COUNTS
    if copy == ours:
        return []
    metadata = declaration.content_of(copy).get("metadata", {})
    copied: Mapping[str, str] = metadata.get(COPIED, {})
    if not copied:
        return [f"{COUNTS} : on ne sait pas de quelle version du nôtre il est copié."]
    now = digests(copy)
    differing = list[str]()
    for cell in code_cells(ours):
        if cell.digest not in (now.get(cell.id), copied.get(cell.id)):
            why = CHANGED if cell.id in copied else NEW
            differing.append(f"{COUNTS} : la {_named(cell)} {why}")
    return differing


NEW = "est nouvelle depuis la copie ; la recopier pour l'avoir."
CHANGED = "a changé depuis la copie ; la reprendre, ou garder la vôtre."


def _named(cell: CodeCell) -> str:
    """Name a cell of ours by its number and the tables that it declares."""
    tables = ", ".join(f"« {table} »" for table in cell.tables)
    return f"cellule de code n° {cell.number} du nôtre ({tables or 'qui ne déclare aucun tableau'})"


def changes(tables: Mapping[str, TableSpec]) -> list[str]:
    """Say, in French, which tables of ours the service counts in its own way, and which it took out."""
    other = [id for id, table in tables.items() if table.own and cell_of_ours(id)]
    gone = [id for id in package_tables() if id not in tables]
    changed = {
        "Comptés à la façon du service, et non à celle du paquet": other,
        "Retirés du rapport": gone,
    }
    quoted = {what: ", ".join(f"« {id} »" for id in ids) for what, ids in changed.items()}
    return [f"{what} : {which}." for what, which in quoted.items() if which]
