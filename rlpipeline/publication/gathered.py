"""The figures of every notebook, gathered as they come and kept out of memory until the files are written.

A report of a thousand communes has a million figures, and as many of the year before. Words (codes, units, reasons) are
kept once in memory; what stands in each place is in a database that lies in a temporary file without a name.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from rlpipeline.publication.bundles import FigureRow, FormerRow, Label, TableBundle
from rlpipeline.publication.csv_files import APART, SERVICE, disagreement
from rlpipeline.publication.evolutions import Evolution, contradicted, evolutions_of

CELL = "indicator = ? AND year = ? AND place = ? AND line = ? AND col = ?"
SCHEMA = """
PRAGMA journal_mode = OFF;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -8000;
CREATE TABLE figures (
    indicator, year, place, line, col, value, kind, rank, PRIMARY KEY (indicator, year DESC, place, line, col)
) WITHOUT ROWID;
CREATE TABLE evolutions (
    indicator, year, place, line, col, now, now_kind, former, former_kind, former_place, rank,
    PRIMARY KEY (indicator, year, place, line, col)
) WITHOUT ROWID;
CREATE TABLE texts (indicator, place, line, col, words, rank, PRIMARY KEY (indicator, place, line, col)) WITHOUT ROWID;
"""
ADD_FIGURE = "INSERT OR IGNORE INTO figures VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
ADD_EVOLUTION = "INSERT OR IGNORE INTO evolutions VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
ADD_TEXT = (
    "INSERT INTO texts VALUES (?, ?, ?, ?, ?, ?) "
    "ON CONFLICT (indicator, place, line, col) DO UPDATE SET words = excluded.words"
)
ABSENT = None, None
LAST = 2**40
"""Rank of the first of the territories that come after every commune."""
REPORT_ORDER = "ORDER BY indicator, year DESC, place, rank"


@dataclass
class Shape:
    """What the tables of one id have in common.

    Parameters
    ----------
    first
        The first of them, without what it shows.
    rows, columns
        Those of all, by code, as the first that has them tells them.
    """

    first: TableBundle
    rows: dict[str, Label] = field(default_factory=dict)
    columns: dict[str, Label] = field(default_factory=dict)

    def meet(self, table: TableBundle) -> None:
        """Take the rows and columns of one more."""
        for axis, labels in ((table.rows, self.rows), (table.columns, self.columns)):
            for label in axis:
                labels.setdefault(label.code, label)


class _Numbers:
    """Numbers that stand for things, in the order in which these are first met."""

    def __init__(self, *first: Hashable) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._things: list[Any] = []
        for thing in first:
            self.of(thing)

    def of(self, thing: Hashable) -> int:
        """The number of a thing."""
        number = self._numbers.setdefault(thing, len(self._things))
        if number == len(self._things):
            self._things.append(thing)
        return number

    def __getitem__(self, number: int) -> Any:
        return self._things[number]


class _Places(_Numbers):
    """Territories in report order: the service, the communes as they are met, then what has no commune of its own."""

    def of(self, thing: Hashable) -> int:
        """The rank of a territory."""
        return LAST + APART.index(str(thing)) if thing in APART else super().of(thing)

    def __getitem__(self, number: int) -> Any:
        return APART[number - LAST] if number >= LAST else super().__getitem__(number)


class Gathered:
    """Each figure and each evolution once, with what the tables say of them. Made by ``gathering``.

    Parameters
    ----------
    shapes
        By table, in the order in which they are first met.
    titles, labels
        Title of each table, as the first tells it; words of each (table, line or column), as the last does.
    bases
        What rounded figures are multiples of.
    """

    def __init__(self, store: sqlite3.Connection) -> None:
        store.executescript(SCHEMA)
        self._store = store
        self._words = _Numbers()
        self._indicators = _Numbers()
        self._places = _Places(SERVICE)
        self._rank = 0
        self.shapes: dict[str, Shape] = {}
        self.titles: dict[str, str] = {}
        self.bases: set[int] = set()
        self.labels: dict[tuple[str, str], str] = {}

    def add(self, tables: Iterable[TableBundle]) -> None:
        """Add tables, in the order of the notebooks.

        Raises
        ------
        ReconciliationError
            Two tables give different figures for one key, of the year or of the year before.
        """
        for table in tables:
            if table.id not in self.shapes:
                bare = replace(table, rows=(), columns=(), figures=(), texts=(), former=())
                self.shapes[table.id] = Shape(bare)
            self.shapes[table.id].meet(table)
            self.titles.setdefault(table.id, table.title)
            self.labels.update({(table.id, axis.code): axis.label for axis in (*table.rows, *table.columns)})
            for figure in table.figures:
                self._add_figure(figure)
            for evolution in evolutions_of(table):
                self._add_evolution(evolution)
            for line, column, text in table.texts:
                words = (self._words.of(word) for word in (table.id, table.territory, line, column))
                self._store.execute(ADD_TEXT, (*words, text, self._next()))
        self._store.commit()

    def figures(self, indicator: str | None = None) -> Iterator[FigureRow]:
        """Every figure, or those of one indicator.

        Returns
        -------
        Iterator of FigureRow
            By indicator as the report shows them, year (latest first), territory (service, communes, hors,
            sans_commune), then as the table has them.
        """
        only = "" if indicator is None else "WHERE indicator = ?"
        asked = () if indicator is None else (self._indicators.of(indicator),)
        query = f"SELECT indicator, year, place, line, col, value, kind FROM figures {only} {REPORT_ORDER}"
        for number, year, place, line, column, value, kind in self._store.execute(query, asked):
            unit_and_state = self._words[kind]
            words = self._words[line], self._words[column]
            yield FigureRow(self._indicators[number], year, self._places[place], *words, value, *unit_and_state)

    def evolutions(self, territory: str | None = None, indicator: str | None = None) -> Iterator[Evolution]:
        """Every evolution, or those of one territory or of one table, as the tables have them."""
        asked = {"place": territory, "indicator": indicator}
        only = {name: self._words.of(word) for name, word in asked.items() if word is not None}
        where = f"WHERE {' AND '.join(f'{name} = ?' for name in only)}" if only else ""
        for row in self._store.execute(f"SELECT * FROM evolutions {where} ORDER BY rank", (*only.values(),)):
            yield self._evolution(row)

    def texts(self, table: str, territory: str) -> Mapping[tuple[str, str], str]:
        """Texts of the cells of a table, by line and column."""
        query = "SELECT line, col, words FROM texts WHERE indicator = ? AND place = ? ORDER BY rank"
        rows = self._store.execute(query, (self._words.of(table), self._words.of(territory)))
        return {(self._words[line], self._words[column]): words for line, column, words in rows}

    def places_of_texts(self, table: str) -> tuple[str, ...]:
        """Territories whose tables have texts, as they were met."""
        query = "SELECT place FROM texts WHERE indicator = ? GROUP BY place ORDER BY min(rank)"
        return tuple(self._words[place] for (place,) in self._store.execute(query, (self._words.of(table),)))

    def _add_figure(self, figure: FigureRow) -> None:
        if figure.slack:
            self.bases.add(figure.base)
        place = self._places.of(figure.territoire)
        words = self._words.of(figure.ligne), self._words.of(figure.colonne)
        key = self._indicators.of(figure.indicateur), figure.annee, place, *words
        kind = self._words.of(_kind(figure))
        if self._store.execute(ADD_FIGURE, (*key, figure.valeur, kind, self._next())).rowcount:
            return
        if self._store.execute(f"SELECT value, kind FROM figures WHERE {CELL}", key).fetchone() != (
            figure.valeur,
            kind,
        ):
            raise disagreement(figure)

    def _add_evolution(self, one: Evolution) -> None:
        words = [self._words.of(word) for word in (one.indicator, one.territory, one.line, one.column)]
        key = words[0], one.year, *words[1:]
        now = (one.now.valeur, self._words.of((one.now.indicateur, *_kind(one.now)))) if one.now else ABSENT
        then = self._former(one.then) if one.then else (*ABSENT, None)
        if self._store.execute(ADD_EVOLUTION, (*key, *now, *then, self._next())).rowcount:
            return
        query = f"SELECT former, former_kind, former_place FROM evolutions WHERE {CELL}"
        if self._store.execute(query, key).fetchone() != then:
            raise contradicted(one)

    def _former(self, then: FormerRow) -> tuple[Any, ...]:
        figure = then.figure
        kind = figure.indicateur, figure.annee, *_kind(figure), then.origin, then.comparable, then.reason
        return figure.valeur, self._words.of(kind), self._words.of(figure.territoire)

    def _evolution(self, row: Sequence[Any]) -> Evolution:
        indicator, year, place, line, column, now, now_kind, then, then_kind, then_place, _ = row
        table, territory, line, column = (self._words[one] for one in (indicator, place, line, column))
        figure, former = None, None
        if now_kind is not None:
            own_indicator, *kind = self._words[now_kind]
            figure = FigureRow(own_indicator, year, territory, line, column, now, *kind)
        if then_kind is not None:
            own_indicator, before, unit, state, base, *comparison = self._words[then_kind]
            of = self._words[then_place]
            former = FormerRow(FigureRow(own_indicator, before, of, line, column, then, unit, state, base), *comparison)
        return Evolution(table, year, territory, line, column, figure, former)

    def _next(self) -> int:
        self._rank += 1
        return self._rank


def _kind(figure: FigureRow) -> tuple[str, str, int]:
    """What many figures have in common."""
    return figure.unite, figure.etat, figure.base


@contextmanager
def gathering() -> Iterator[Gathered]:
    """Gather figures in a file of their own, gone afterwards: nobody but this process can open it."""
    with closing(sqlite3.connect("")) as store:
        yield Gathered(store)
