"""What the cells of a notebook call: ``table(…)`` declares a table, counts it and shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Literal, cast

import pandas as pd

from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.figures import cells
from rlpipeline.figures.computed import computed, ratio
from rlpipeline.figures.counting import Counts
from rlpipeline.figures.crossing import Crossing, Measure, part, persons, rows, summed, total_hours, weekly
from rlpipeline.figures.declaration import PLAIN, Frames, Indicator, Look
from rlpipeline.figures.labels import AU_MOINS_UN, TOTAL
from rlpipeline.figures.populations import Population
from rlpipeline.figures.store import TableData
from rlpipeline.figures.variables import OF_PERSONS, Variable
from rlpipeline.our_notebooks import counting_notebook
from rlpipeline.records import Records, latest_year, open_records, read_expected
from rlpipeline.records.frames import latest_of
from rlpipeline.records.store import is_store
from rlpipeline.settings.models import Service, load_service, years_begun
from rlpipeline.settings.project import opened_by

__all__ = ["Look", "part", "persons", "ratio", "rows", "summed", "total_hours", "weekly"]


def table(  # noqa: PLR0913 - the fields of a declaration, by name
    id: str,
    title: str,
    *,
    definition: str = "",
    section: str = cells.SECTION,
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
    said: dict[str, Any] = {"id": id, "title": title, "section": section, "denominator": denominator}
    said |= {"links": links, "look": look}
    if count is not None:
        ours = isinstance(count, partial) and count.func is Indicator
        made = cast("partial[Indicator]", count) if ours else computed(cast("Frames", count), unit, words or {})
        indicator = made(**said, definition=definition)
    else:
        where = f"tableau « {id} »"
        if population is None or lines is None:
            todo = "dire qui est compté et par quoi, ou donner la fonction qui compte"
            raise SettingsError("Un tableau n'a ni population= et lines=, ni count=.", where, todo=todo)
        usual = persons("" if columns else TOTAL) if population.of_persons else rows("" if columns else "nombre")
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
    counts: Counts | cells.Reading = cells.desk.now or open_counting("", "")  # a cell may be run by hand
    return counts.take(indicator)


def offered() -> pd.DataFrame:
    """List what can be declared: the populations, what each is, and the variables that ours are crossed with."""
    pd.set_option("display.max_colwidth", None)  # names cut short could not be copied
    names, listed = cells.vocabulary(), dict[str, tuple[Population, dict[str, None]]]()
    for crossing in (table.crossing for table in cells.package_tables().values() if table.crossing):
        of = crossing.population
        usual = dict.fromkeys(names[variable.id] for variable in OF_PERSONS if of.of_persons)
        _, variables = listed.setdefault(names[of.id], (of, usual))
        variables.update(dict.fromkeys(names[variable.id] for variable in crossing.variables))
    rows = [(name, of.title, ", ".join(variables)) for name, (of, variables) in listed.items()]
    return pd.DataFrame(rows, columns=["population", "ce qui est compté", "variables"])


def open_counting(source: str, params: str, years: str | int = "") -> Counts:
    """Open the records to count them; the tables that cells declare afterwards are counted from them.

    ``source`` and ``params`` are those of the project file where they are empty; ``years`` those of the reports, as
    « 2022, 2023 », the latest by default. UsageError, SettingsError, DataError: there is no such source, years are
    written otherwise, settings or records break their contract, or a cell of the service's notebook of tables fails.
    """
    places = opened_by(source, params)
    added, at = cells.read_tables(places.notebooks / cells.OWN), cells.places_of(counting_notebook(places.notebooks))
    opened = _opened(places.source, places.params, years)
    cells.desk.now = counts = Counts(*opened, {}, added.tables, {**at, **added.cells})
    return counts


def open_store(source: str, params: Path, years: str | int, notebooks: Path) -> Counts:
    """Open the records, whose tables are counted as they are asked for; errors as :func:`open_counting`."""
    return counts_of(*_opened(source, params, years), notebooks)


def counts_of(records: Records, service: Service, reported: tuple[int, ...], notebooks: Path) -> Counts:
    """Make what counts the tables that the notebooks of a service declare, or ours where it has none."""
    ours, added, at = cells.read_declared(notebooks)
    return Counts(records, service, reported, dict(ours), added.tables, at)


def _opened(source: str, params: Path, years: str | int) -> tuple[Records, Service, tuple[int, ...]]:
    written = [year.strip() for year in str(years).split(",")] if years else []
    if not all(re.fullmatch(r"\d{4}", year) for year in written):
        raise UsageError("Ces années ne se lisent pas.", expected='years = "2022, 2023"', got=repr(years))
    service = load_service(params)
    expected = None if is_store(Path(source)) else read_expected(params)  # a store holds what was accepted
    records = open_records(source, service, expected)
    if written:
        return records, service, tuple(map(int, written))
    latest = latest_of(records, expected.extraction if expected else None) or max(years_begun(params), default=0)
    return records, service, (latest or latest_year(records),)  # which says what is missing
