"""What the cells of a notebook call: ``table(…)`` declares a table, counts it and shows it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Literal, cast

from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.figures import cells
from rlpipeline.figures.computed import computed, ratio
from rlpipeline.figures.counting import Counts
from rlpipeline.figures.crossing import Crossing, Measure, crossed, persons, rows
from rlpipeline.figures.declaration import PLAIN, Frames, Indicator, Look
from rlpipeline.figures.labels import AU_MOINS_UN, TOTAL
from rlpipeline.figures.populations import Population
from rlpipeline.figures.store import Store
from rlpipeline.figures.tables import Seen
from rlpipeline.figures.variables import Variable
from rlpipeline.records import Records, latest_year, open_records, read_expected
from rlpipeline.records.frames import latest_of
from rlpipeline.records.store import is_store
from rlpipeline.settings.models import Service, load_service, years_begun
from rlpipeline.settings.project import opened_by

__all__ = ["Look", "counts_of", "open_counting", "open_store", "persons", "ratio", "rows", "table"]


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
    texts: Frames | None = None,
    text_columns: tuple[str, ...] = (),
    look: Look = PLAIN,
) -> Seen | None:
    """Declare a table: a population by one variable or two, or what a function counts; count it, and show it.

    Parameters
    ----------
    id
        Name in texts, workbook and CSV: small letters, digits and underscores. One of ours replaces that table.
    definition
        Sentence of the method annex; by default it says what is crossed.
    measures
        What its columns, or its cells, count; by default distinct young people, or rows where they are of none.
    total
        Code of its total line; empty where it has none.
    newcomers
        Whether those who are new have a column.
    count
        What counts a table that is no crossing: one of ours, as ``figures.flux.FLUX_PAEI`` (unit, persons and links
        come with it), :func:`ratio`, or a function of the records and of the scope that gives ``ligne``, ``colonne``,
        ``valeur`` and, where they are not ``unit`` and ``ok``, ``unite`` and ``etat``.
    unit, words
        Unit of the figures of such a function, and French words of its codes.
    texts, text_columns
        Words printed in it, and their columns.

    Raises
    ------
    SettingsError
        It has neither a population with its lines, nor what counts it; or a variable does not suit its population.
    """
    if count is not None:
        ours = isinstance(count, partial) and count.func is Indicator
        made = cast("partial[Indicator]", count) if ours else computed(cast("Frames", count), unit, words or {})
        said = {"section": section, "definition": definition, "denominator": denominator, "look": look}
        indicator = made(id=id, title=title, **said)
    else:
        if population is None or lines is None:
            raise SettingsError(
                "Un tableau n'a ni population= et lines=, ni count=.",
                where=f"tableau « {id} »",
                todo="dire qui est compté et par quoi, ou donner la fonction qui compte",
            )
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
        crossing.check(f"tableau « {id} »")
        described = f"{population.title}, par {' et '.join(variable.title for variable in crossing.variables)}."
        indicator = crossed(
            crossing,
            id=id,
            title=title,
            section=section,
            definition=definition or f"{described[0].upper()}{described[1:]}",
            denominator=denominator,
            source=source,
            scope=scope,
            texts=texts,
            text_columns=text_columns,
            look=look,
        )
    if cells.desk.now is None:  # a cell of mes_indicateurs.ipynb that is run by hand
        open_counting("", "", "")
    return cells.desk.take(indicator)


def open_counting(source: str, params: str, years: str | int = "", notebooks: Path | None = None) -> Counts:
    """Open the records to count them; the tables that cells declare afterwards are counted from them.

    Parameters
    ----------
    source
        Folder, workbook, database URL or store of the records; empty, what the project file says.
    params
        Directory of the settings; empty, what the project file says.
    years
        Years of the reports, as « 2022, 2023 »; the latest of the records, else of the settings, where there is none.
        The other years of the records are counted beside them.
    notebooks
        Folder of the service's notebooks; what the project file says by default.

    Raises
    ------
    UsageError
        There is no such source, or the years are not written so.
    SettingsError, DataError
        The settings or the records break their contract, or a cell of the service's notebook of tables fails.
    """
    places = opened_by(source, params)
    added = cells.read_tables((notebooks or places.notebooks) / cells.OWN)
    at = cells.places_of(cells.counting_notebook(notebooks or places.notebooks))
    opened = _counts(places.source, places.params, years)
    cells.desk.now = counts = Counts(*opened, {}, added.tables, {**at, **added.cells})
    return counts


def open_store(source: str, params: Path, years: str | int, notebooks: Path) -> Store:
    """Open the records as a store, whose tables are counted as they are asked for; as :func:`open_counting`."""
    records, service, reported = _counts(source, params, years)
    return Store(Path(), counts_of(records, service, reported, notebooks))


def counts_of(records: Records, service: Service, reported: tuple[int, ...], notebooks: Path) -> Counts:
    """Make what counts the tables that the notebooks of a service declare, or ours where it has none."""
    ours, added, at = cells.read_declared(notebooks)
    return Counts(records, service, reported, dict(ours.tables), added.tables, at)


def _counts(source: str, params: Path, years: str | int) -> tuple[Records, Service, tuple[int, ...]]:
    reported = _years(years) if years else ()
    service = load_service(params)
    expected = None if is_store(Path(source)) else read_expected(params)  # a store holds what was accepted
    records = open_records(source, service, expected)
    if not reported:
        latest = latest_of(records, expected.extraction if expected else None) or max(years_begun(params), default=0)
        reported = (latest or latest_year(records),)  # which says what is missing
    return records, service, reported


def _years(years: str | int) -> tuple[int, ...]:
    written = [year.strip() for year in str(years).split(",")]
    if not all(re.fullmatch(r"\d{4}", year) for year in written):
        raise UsageError("Ces années ne se lisent pas.", expected='years = "2022, 2023"', got=repr(years))
    return tuple(map(int, written))
