"""The tables of several notebooks put together, one sheet a table: what the workbook will write.

A sheet has a line for each line of its table, territory by territory. A table of many columns, nearly all of one
territory each (its actions), is turned: each territory has a line for each of its own columns, and no empty cell for
those of the others.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from types import MappingProxyType
from typing import NamedTuple, TypeAlias

from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from rlpipeline.publication.bundles import FigureRow, Label
from rlpipeline.publication.gathered import Evolution, Gathered

Content: TypeAlias = "FigureRow | Change | str | None"

FORBIDDEN = re.compile(r"[\[\]:*?/\\']")
LONGEST_NAME = 31
MOST_COLUMNS = 40
"""Columns of a table, beyond which it is turned where it has fewer lines."""
DETAILS, BETWEEN = "Précisions sur les chiffres", "\n"
"""Last column of a table whose figures have words (a vintage, its source), and what parts them."""
LINE, COLUMN = "Ligne", "Colonne"
"""What a line of a sheet is in its table."""
TOTAL = "total"
NOTHING: Mapping[tuple[str, str], Evolution] = MappingProxyType({})
MOST_COMPARED = 3
"""Columns that are all set beside the year before; of more, the totals alone."""
OTHER_NAMES = {"service": "Ensemble du service", "hors": "Hors du territoire", "sans_commune": "Sans commune"}


@dataclass(frozen=True)
class Change:
    """A figure less that of the year before."""

    figure: FigureRow


@dataclass(frozen=True)
class SheetRow:
    """A row of a sheet, for one territory and year."""

    territory: str
    code: str
    year: int
    label: str
    kind: str
    cells: tuple[Content, ...]


@dataclass(frozen=True)
class Sheet:
    """One table for every territory; its rows, which may be many, are made while they are written.

    ``id``: its table; ``axis``: what a row is: ``LINE`` or, in a table that is turned, ``COLUMN``; ``headers``: of the
    columns of the table, then of the year before and the change of those that are compared; ``years``: of the rows;
    ``longest``: length of the longest label of a row; None where there is no row.
    """

    id: str
    name: str
    title: str
    unit: str
    definition: str
    source: str
    axis: str
    headers: tuple[str, ...]
    years: frozenset[int]
    longest: int | None
    rows: Callable[[], Iterator[SheetRow]]

    @property
    def remarks(self) -> tuple[tuple[str, str], ...]:
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
        lead = (30, 14, *([8] if self.several_years else []), min(max(label + 2, 14), 60))
        return (*lead, *(min(max(len(header) + 2, 12), 28) for header in self.headers))


class Compared(NamedTuple):
    """Whether some figures of a column may be compared with those of the year before, and some of its years."""

    figures: bool = False
    years: bool = False


@dataclass(frozen=True)
class _Table:
    """The tables of one id, as they will be written.

    ``rows``, ``columns``: codes and labels of every bundle, then the codes that only figures have; those of the sheet,
    where it is turned; ``latest``: the year of the texts; 0 where there is no figure; ``compared``: columns set beside
    the year before; ``detailed``: whether figures have words of their own.
    """

    gathered: Gathered
    id: str
    rows: Mapping[str, Label]
    columns: Mapping[str, Label]
    turned: bool
    years: frozenset[int]
    shown: frozenset[str]
    latest: int
    compared: Mapping[str, Compared] = field(default_factory=dict)
    detailed: bool = False

    def cell(self, line: str, column: str) -> tuple[str, str]:
        """Where the sheet has a cell of the table: row and column."""
        return (column, line) if self.turned else (line, column)

    def texts(self, place: str) -> Mapping[tuple[str, str], str]:
        """Texts of the cells of a territory, by row and column of the sheet."""
        return {self.cell(*of): words for of, words in self.gathered.texts(self.id).get(place, {}).items()}


def make_sheets(gathered: Gathered, names: Mapping[str, str]) -> tuple[Sheet, ...]:
    """One sheet a table id, in report order; none for a table that the edition has not.

    ``names``: territory code to its name.
    """
    names_used = {"sommaire"}
    shown = [id for id, shape in gathered.shapes.items() if shape.rows or not shape.first.withheld]
    return tuple(_sheet(_read(gathered, id), {**OTHER_NAMES, **names}, names_used) for id in shown)


def sheet_name(wanted: str, names: set[str]) -> str:
    """A name that a spreadsheet accepts, unlike those taken already (whatever the case), which it joins."""
    base = _shortened(FORBIDDEN.sub(" ", ILLEGAL_CHARACTERS_RE.sub("", wanted)).strip()) or "Tableau"
    name, count = base, 1
    while name.lower() in names:
        count += 1
        name = f"{base[: LONGEST_NAME - len(str(count)) - 1]} {count}"
    names.add(name.lower())
    return name


def _shortened(words: str) -> str:
    """The whole words that fit; of one long word, its beginning."""
    if len(words) <= LONGEST_NAME:
        return words
    return words[: LONGEST_NAME + 1].rpartition(" ")[0].rstrip(" ,;") or words[:LONGEST_NAME]


def _read(gathered: Gathered, id: str) -> _Table:
    """Go once through the figures and the texts of a table, and keep what does not grow with the territories."""
    shape = gathered.shapes[id]
    lines, columns, years = dict[str, None](), dict[str, None](), dict[int, None]()
    for figure in gathered.figures(id):
        lines[figure.ligne] = columns[figure.colonne] = years[figure.annee] = None
    rows, headed = _distinct(_labels(shape.rows, lines)), _labels(shape.columns, columns)
    turned = len(headed) > max(MOST_COLUMNS, len(rows))
    if turned:
        rows, headed, lines = _distinct(headed), rows, columns
    latest = max(years, default=0)
    table = _Table(gathered, id, rows, headed, turned, frozenset(years), frozenset(lines), latest)
    table = replace(table, compared={} if turned else _compared(table), detailed=not turned and _has_details(table))
    texts = {row for place in gathered.texts(id) for row, column in table.texts(place) if column in headed}
    if not texts & rows.keys():
        return table
    return replace(table, years=table.years | {latest}, shown=table.shown | (texts & rows.keys()))


def _has_details(table: _Table) -> bool:
    places = {place: table.texts(place).keys() for place in table.gathered.texts(table.id)}
    every = table.gathered.figures(table.id) if places else ()
    return any((one.ligne, one.colonne) in places.get(one.territoire, ()) for one in every)


def _details(table: _Table, row: str, cells: Mapping[tuple[str, str], Content], place: str) -> str:
    """Words of the figures of a row, the most frequent first; the others after the name of their column."""
    words = {
        column: text
        for (line, column), text in table.texts(place).items()
        if line == row and isinstance(cells.get((line, column)), FigureRow)
    }
    usual = Counter(words.values()).most_common(1)
    others = (f"{table.columns[column].label}\u00a0: {text}" for column, text in words.items() if text != usual[0][0])
    return BETWEEN.join([*(text for text, _ in usual), *others])


def _compared(table: _Table) -> Mapping[str, Compared]:
    """Columns that the year before has too: all of a few, else those of totals."""
    there: dict[str, Compared] = {}
    for one in table.gathered.evolutions(indicator=table.id):
        if one.is_beside and one.then:
            before = there.get(one.column, Compared())
            there[one.column] = Compared(before.figures or one.comparable, before.years or one.then.comparable)
    columns = [code for code in table.columns if code in there]
    chosen = columns if len(columns) <= MOST_COMPARED else [code for code in columns if code == TOTAL]
    return {code: there[code] for code in chosen}


def _sheet(table: _Table, names: Mapping[str, str], names_used: set[str]) -> Sheet:
    first = table.gathered.shapes[table.id].first
    columns = {code: label.label for code, label in _distinct(table.columns).items()}
    year, beside = table.latest, [(columns[code], compared) for code, compared in table.compared.items()]
    return Sheet(
        id=first.id,
        name=sheet_name(first.tab or first.title, names_used),
        title=first.title,
        unit=first.unit,
        definition=first.definition,
        source=first.source,
        axis=COLUMN if table.turned else LINE,
        headers=(
            *columns.values(),
            *(
                head
                for words, compared in beside
                for head in (
                    before_header(year - 1, words, comparable=compared.years),
                    *([change_header(year - 1, words)] if compared.figures else []),
                )
            ),
            *([DETAILS] if table.detailed else []),
        ),
        years=table.years,
        longest=max((len(table.rows[line].label) for line in table.shown), default=None),
        rows=partial(_rows, table, names),
    )


def before_header(year: int, column: str, *, comparable: bool) -> str:
    """Head the figures of a column in the year before: « 2022 : Total », « 2022, non comparable : Total »."""
    return f"{year}{'' if comparable else ', non comparable'}\u00a0: {column}"


def change_header(year: int, column: str) -> str:
    """Head the changes of a column: « Écart depuis 2022 : Total »."""
    return f"Écart depuis {year}\u00a0: {column}"


def _labels(declared: Mapping[str, Label], used: Iterable[str]) -> Mapping[str, Label]:
    """Rows or columns of every bundle, once each, then the codes that only figures have."""
    return {**declared, **{code: Label(code, code, "") for code in used if code not in declared}}


def _distinct(columns: Mapping[str, Label]) -> Mapping[str, Label]:
    """The columns; those that read alike (« Sorties » of several communes) are told apart by their code."""
    words = distinct({("", code): column.label for code, column in columns.items()})
    return {code: replace(column, label=words["", code]) for code, column in columns.items()}


def distinct(labels: Mapping[tuple[str, str], str]) -> Mapping[tuple[str, str], str]:
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
        beside: Mapping[tuple[str, str], Evolution] = {}
        if year == table.latest:
            met.add(territory)
            cells.update(table.texts(territory))
            if table.compared:
                beside = {(one.line, one.column): one for one in table.gathered.evolutions(territory, table.id)}
        cells.update({table.cell(figure.ligne, figure.colonne): figure for figure in figures})
        yield from _rows_of(table, (names.get(territory, territory), territory, year), cells, ranks, beside)
    for territory in table.gathered.texts(table.id):
        if territory not in met:
            place = names.get(territory, territory), territory, table.latest
            yield from _rows_of(table, place, table.texts(territory), ranks)


def _rows_of(
    table: _Table,
    place: tuple[str, str, int],
    cells: Mapping[tuple[str, str], Content],
    ranks: Mapping[str, int],
    beside: Mapping[tuple[str, str], Evolution] = NOTHING,
) -> Iterator[SheetRow]:
    rows = {row for row, column in cells if row in ranks and column in table.columns}
    for row in sorted(rows, key=lambda row: ranks[row]):
        label = table.rows[row]
        own = (cells.get((row, column)) for column in table.columns)
        compared = (
            one
            for column, of_column in table.compared.items()
            for one in _both(beside.get((row, column)))[: 2 if of_column.figures else 1]
        )
        details = [_details(table, row, cells, place[1])] if table.detailed else []
        yield SheetRow(*place, label.label, label.kind, (*own, *compared, *details))


def _both(one: Evolution | None) -> tuple[Content, Content]:
    """The figure of the year before, and the change where the two years may be compared."""
    if one is None or one.now is None or one.then is None or not one.is_beside:
        return None, None
    moved = one.difference
    return one.then.figure, None if moved is None else Change(replace(one.now, valeur=moved))
