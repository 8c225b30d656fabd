"""The tables of every territory put together, one sheet a table: what the workbook will write.

A sheet has a line for each line of its table, territory by territory. A table of many columns, nearly all of one
territory each (its actions), is turned: each territory has a line for each of its own columns, and no empty cell for
those of the others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeAlias

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from rlpipeline.publication.figures import OK, TOTAL, Figures, Label, Table, distinct, records

FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
LONGEST_NAME = 31
MOST_COLUMNS = 40
"""Columns of a table, beyond which it is turned where it has fewer lines."""
DETAILS, BETWEEN = "Précisions sur les chiffres", "\n"
"""Last column of a table whose figures have words (a vintage, its source), and what parts them."""
LINE, COLUMN = "Ligne", "Colonne"
"""What a line of a sheet is in its table."""
MOST_COMPARED = 3
"""Columns that are all set beside the year before; of more, the totals alone."""


class Number(NamedTuple):
    """A figure of a cell, or (``moved``) a figure less that of the year before; None where it has no number."""

    valeur: float | None
    unite: str
    etat: str
    colonne: str
    base: int = 0
    moved: bool = False


Content: TypeAlias = Number | str | None


class SheetRow(NamedTuple):
    """A row of a sheet, for one territory and year."""

    territory: str
    code: str
    year: int
    label: str
    kind: str
    cells: tuple[Content, ...]


@dataclass(frozen=True)
class Sheet:
    """One table for every territory.

    ``axis``: what a row is: ``LINE`` or, in a table that is turned, ``COLUMN``; ``headers``: of the columns of the
    table, then of the year before and the change of those that are compared; ``several_years``: whether rows are of
    more than one year.
    """

    table: Table
    name: str
    axis: str
    headers: tuple[str, ...]
    several_years: bool
    rows: tuple[SheetRow, ...]


class Compared(NamedTuple):
    """A column beside the year before: whether some figures may be compared, and the years themselves."""

    figures: bool
    years: bool


def make_sheets(figures: Figures) -> tuple[Sheet, ...]:
    """One sheet a table, in report order; none for a table that the edition has not."""
    taken = {"sommaire"}
    by_table: dict[str, list[Any]] = {}
    for figure in records(figures.frame[figures.frame["etat"].notna()]):
        by_table.setdefault(figure.indicateur, []).append(figure)
    shown = [table for table in figures.tables.values() if table.lines or not table.withheld]
    return tuple(_sheet(table, by_table.get(table.id, []), figures.names, taken) for table in shown)


def sheet_name(wanted: str, names: set[str]) -> str:
    """A name that a spreadsheet accepts, unlike those taken already (whatever the case), which it joins."""
    words = FORBIDDEN.sub(" ", ILLEGAL_CHARACTERS_RE.sub("", wanted)).strip() or "Tableau"
    whole = words[: LONGEST_NAME + 1].rpartition(" ")[0].rstrip(" ,;")  # the words that fit
    base = words if len(words) <= LONGEST_NAME else whole or words[:LONGEST_NAME]
    name, count = base, 1
    while name.lower() in names:
        count += 1
        name = f"{base[: LONGEST_NAME - len(str(count)) - 1]} {count}"
    names.add(name.lower())
    return name


def _sheet(table: Table, figures: Sequence[Any], names: Mapping[str, str], taken: set[str]) -> Sheet:
    rows = _labels(table.lines, (figure.ligne for figure in figures))
    columns = _labels(table.columns, (figure.colonne for figure in figures))
    if turned := len(columns) > max(MOST_COLUMNS, len(rows)):
        rows, columns = columns, rows
    texts = {place: {cell[::-1] if turned else cell: of[cell] for cell in of} for place, of in table.texts.items()}
    years = {figure.annee for figure in figures}
    latest, by_place = max(years, default=0), dict[tuple[str, int], dict[tuple[str, str], Any]]()
    for figure in figures:
        cell = (figure.colonne, figure.ligne) if turned else (figure.ligne, figure.colonne)
        by_place.setdefault((figure.territoire, figure.annee), {})[cell] = figure
    for place in texts:
        by_place.setdefault((place, latest), {})
    compared = {} if turned else _compared(figures, columns)
    detailed = not turned and any((of.ligne, of.colonne) in texts.get(of.territoire, {}) for of in figures)
    sheet_rows = []
    for (place, year), cells in by_place.items():
        said = texts.get(place, {})
        there = {code for code, column in (*cells, *(said if year == latest else ())) if column in columns}
        for code, label in ((code, label) for code, label in rows.items() if code in there):
            own = {column: cells.get((code, column)) for column in columns}
            words = {column: said.get((code, column), "") for column in columns}
            shown: list[Content] = [
                numbers_of(figure)[0] if figure else words[column] if year == latest and words[column] else None
                for column, figure in own.items()
            ]
            for column, of in compared.items():
                figure = own[column] if year == latest else None
                _, then, moved = numbers_of(figure) if figure else (None, None, None)
                both = (then, moved) if figure and then and then.unite == figure.unite else (None, None)
                shown += both if of.figures else both[:1]
            if detailed:
                shown.append(_details({column: words[column] for column in own if own[column]}, columns))
            sheet_rows.append(SheetRow(names[place], place, year, label.label, label.kind, tuple(shown)))
    headers = [column.label for column in columns.values()]
    for column, of in compared.items():  # « 2022 : Total », or « 2022, non comparable : Total »
        name = columns[column].label
        headers.append(f"{latest - 1}{'' if of.years else ', non comparable'}\u00a0: {name}")
        headers += [f"Écart depuis {latest - 1}\u00a0: {name}"] if of.figures else []
    return Sheet(
        table=table,
        name=sheet_name(table.tab or table.title, taken),
        axis=COLUMN if turned else LINE,
        headers=(*headers, *([DETAILS] if detailed else [])),
        several_years=len(years) > 1,
        rows=tuple(sheet_rows),
    )


def _labels(declared: Mapping[str, Label], used: Iterable[str]) -> Mapping[str, Label]:
    every = {**declared, **{code: Label(code, code) for code in used if code not in declared}}
    words = distinct({("", code): label.label for code, label in every.items()})
    return {code: label._replace(label=words["", code]) for code, label in every.items()}


def _compared(figures: Iterable[Any], columns: Iterable[str]) -> Mapping[str, Compared]:
    there: dict[str, Compared] = {}
    for figure in figures:
        if figure.unite == figure.unite_precedente:
            some, years = there.get(figure.colonne, (False, False))
            there[figure.colonne] = Compared(some or bool(figure.comparable), years or figure.rupture == "")
    known = {code: there[code] for code in columns if code in there}
    return {code: of for code, of in known.items() if len(known) <= MOST_COMPARED or code == TOTAL}


def numbers_of(figure: Any) -> tuple[Number | None, Number | None, Number | None]:
    """A figure, that of the year before and the change, of a row of the frame as plain values."""
    unit, column = figure.unite, figure.colonne
    now = Number(figure.valeur, unit, figure.etat, column, figure.base) if figure.etat else None
    former = figure.valeur_precedente, figure.unite_precedente, figure.etat_precedent
    then = Number(*former, column, figure.base_precedente) if figure.etat_precedent else None
    return now, then, None if figure.ecart is None else Number(figure.ecart, unit, OK, column, moved=True)


def _details(words: Mapping[str, str], columns: Mapping[str, Label]) -> str:
    usual = [text for text, _ in Counter(filter(None, words.values())).most_common(1)]
    others = (f"{columns[column].label}\u00a0: {text}" for column, text in words.items() if text not in ("", *usual))
    return BETWEEN.join([*usual, *others])
