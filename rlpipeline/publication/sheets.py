"""The tables of several notebooks put together, one sheet a table: what the workbook will write."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import TypeAlias

from rlpipeline.publication.bundles import FigureRow, Label
from rlpipeline.publication.gathered import Gathered

Content: TypeAlias = "FigureRow | str | None"

FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
LONGEST_NAME = 31
OTHER_NAMES = {"service": "Ensemble du service", "hors": "Hors du territoire", "sans_commune": "Sans commune"}


@dataclass(frozen=True)
class SheetRow:
    """A row of a table for one territory and year."""

    territory: str
    code: str
    year: int
    label: str
    kind: str
    cells: tuple[Content, ...]


@dataclass(frozen=True)
class Sheet:
    """One table for every territory; its rows, which may be many, are made while they are written.

    Parameters
    ----------
    years
        Of the rows.
    longest
        Length of the longest label of a row; None where there is no row.
    """

    name: str
    title: str
    section: str
    unit: str
    definition: str
    source: str
    headers: tuple[str, ...]
    years: frozenset[int]
    longest: int | None
    rows: Callable[[], Iterator[SheetRow]]

    @property
    def told(self) -> tuple[tuple[str, str], ...]:
        """What is said under the title."""
        return ("Unité", self.unit), ("Définition", self.definition), ("Source", self.source)

    @property
    def several_years(self) -> bool:
        """Whether the rows are of more than one year."""
        return len(self.years) > 1

    @property
    def widths(self) -> tuple[int, ...]:
        """Widths of the columns in characters."""
        label = 10 if self.longest is None else self.longest
        lead = (24, 14, *([8] if self.several_years else []), min(max(label + 2, 14), 60))
        return (*lead, *(min(max(len(header) + 2, 12), 28) for header in self.headers))


@dataclass(frozen=True)
class _Table:
    """The tables of one id, as they will be written.

    Parameters
    ----------
    rows, columns
        Codes and labels of every bundle, then the codes that only figures have.
    latest
        The year of the texts; 0 where there is no figure.
    """

    gathered: Gathered
    id: str
    rows: Mapping[str, Label]
    columns: Mapping[str, Label]
    years: frozenset[int]
    shown: frozenset[str]
    latest: int


def make_sheets(gathered: Gathered, names: Mapping[str, str]) -> tuple[Sheet, ...]:
    """One sheet a table id, in report order.

    Parameters
    ----------
    names
        Territory code to its name.
    """
    taken = {"sommaire"}
    return tuple(_sheet(_read(gathered, id), {**OTHER_NAMES, **names}, taken) for id in gathered.shapes)


def sheet_name(wanted: str, taken: set[str]) -> str:
    """A name that a spreadsheet accepts, unlike those taken already (whatever the case), which it joins."""
    base = FORBIDDEN.sub(" ", wanted).strip()[:LONGEST_NAME] or "Tableau"
    name, count = base, 1
    while name.lower() in taken:
        count += 1
        name = f"{base[: LONGEST_NAME - len(str(count)) - 1]} {count}"
    taken.add(name.lower())
    return name


def _read(gathered: Gathered, id: str) -> _Table:
    """Go once through the figures and the texts of a table, and keep what does not grow with the territories."""
    shape = gathered.shapes[id]
    lines, columns, years = dict[str, None](), dict[str, None](), dict[int, None]()
    for figure in gathered.figures(id):
        lines[figure.ligne] = columns[figure.colonne] = years[figure.annee] = None
    rows, headed = _labels(shape.rows, lines), _labels(shape.columns, columns)
    latest = max(years, default=0)
    texts = {line for place in gathered.places_of_texts(id) for line, col in gathered.texts(id, place) if col in headed}
    shown = {*lines, *(line for line in texts if line in rows)}
    every = frozenset(years) | ({latest} if texts & rows.keys() else frozenset())
    return _Table(gathered, id, rows, headed, every, frozenset(shown), latest)


def _sheet(table: _Table, names: Mapping[str, str], taken: set[str]) -> Sheet:
    first = table.gathered.shapes[table.id].first
    return Sheet(
        name=sheet_name(first.id, taken),
        title=first.title,
        section=first.section,
        unit=first.unit,
        definition=first.definition,
        source=first.source,
        headers=tuple(_headers([*table.columns.values()])),
        years=table.years,
        longest=max((len(table.rows[line].label) for line in table.shown), default=None),
        rows=partial(_rows, table, names),
    )


def _labels(declared: Mapping[str, Label], used: Iterable[str]) -> Mapping[str, Label]:
    """Rows or columns of every bundle, once each, then the codes that only figures have."""
    return {**declared, **{code: Label(code, code, "") for code in used if code not in declared}}


def _headers(columns: Sequence[Label]) -> Iterator[str]:
    """Labels of the columns; those that read alike (« Sorties » of several communes) are told apart by their code."""
    labels = [column.label for column in columns]
    for column in columns:
        yield column.label if labels.count(column.label) == 1 else f"{column.label} ({column.code})"


def told_apart(labels: Mapping[tuple[str, str], str]) -> Mapping[tuple[str, str], str]:
    """Words of each line and column by (table, code); those that read alike in a table are followed by their code."""
    times = Counter((table, words) for (table, _), words in labels.items())
    return {
        (table, code): words if times[table, words] == 1 else f"{words} ({code})"
        for (table, code), words in labels.items()
    }


def _rows(table: _Table, names: Mapping[str, str]) -> Iterator[SheetRow]:
    """A row a territory, year and line; the territories that have but texts come last."""
    ranks = {code: rank for rank, code in enumerate(table.rows)}
    met = set[str]()
    for (territory, year), figures in groupby(table.gathered.figures(table.id), lambda f: (f.territoire, f.annee)):
        cells: dict[tuple[str, str], FigureRow | str] = {}
        if year == table.latest:
            met.add(territory)
            cells.update(table.gathered.texts(table.id, territory))
        cells.update({(figure.ligne, figure.colonne): figure for figure in figures})
        yield from _rows_of(table, (names.get(territory, territory), territory, year), cells, ranks)
    for territory in table.gathered.places_of_texts(table.id):
        if territory not in met:
            place = names.get(territory, territory), territory, table.latest
            yield from _rows_of(table, place, table.gathered.texts(table.id, territory), ranks)


def _rows_of(
    table: _Table, place: tuple[str, str, int], cells: Mapping[tuple[str, str], Content], ranks: Mapping[str, int]
) -> Iterator[SheetRow]:
    lines = {line for line, column in cells if line in ranks and column in table.columns}
    for line in sorted(lines, key=lambda line: ranks[line]):
        label = table.rows[line]
        yield SheetRow(*place, label.label, label.kind, tuple(cells.get((line, column)) for column in table.columns))
