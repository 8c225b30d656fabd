"""The store of figures: every table of every year and territory, counted once and opened by all the rest.

Exact and protected figures have this one form; docs/figure-store.md describes the files.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from functools import cached_property, partial
from html import escape
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from rlpipeline.declared import TableSpec
from rlpipeline.errors import UsageError
from rlpipeline.figures.declaration import (
    HORS,
    SANS_COMMUNE,
    SERVICE,
    Declarations,
    Kind,
    Scope,
)
from rlpipeline.figures.tidy import no_texts
from rlpipeline.our_notebooks import SERVED
from rlpipeline.records.frames import Silenced
from rlpipeline.states import NOT_ENTERED, NOT_FILLED, REASONS

NO_ROW = f"{REASONS[NOT_ENTERED].capitalize()}."
UNKNOWN = f"{REASONS[NOT_FILLED]}."
CSV_COLUMNS = ("indicateur", "annee", "territoire", "ligne", "colonne", "valeur", "unite", "etat")
FORMAT = 9
MARKER, TABLES, ALERTS = "chiffres.json", "tables.json", "alertes.json"
RECORDS = "records"
"""Folder of the records, beside that of the exact figures."""
FIGURE_COLUMNS = (*CSV_COLUMNS, "base")
TEXT_COLUMNS = ("ligne", "colonne", "texte")
TYPES: dict[str, Any] = {"annee": "int64", "valeur": "float64", "base": "int64"}
"""Of columns that are no text."""
COUNTED, RELEASED = "calculé", "diffusé"
"""Where the figures of a year come from: counted from the records, or released for that year before."""
TO_SHARE = "a_diffuser"
"""Folder, in that of exact figures, of those that the edition to share is made from, where they are others."""
Cell = tuple[str, str]
"""Line and column."""
Key = tuple[str, int, str]
"""Indicator, year, territory."""


@dataclass(frozen=True)
class Row:
    """A line of a table; one of kind ``note`` holds texts only."""

    code: str
    label: str
    kind: Kind = "corps"


@dataclass(frozen=True)
class Col(Row):
    """A column of a table; one of kind ``texte`` holds texts only."""

    kind: Kind = "nombre"


@dataclass(frozen=True)
class TableData:
    """Everything that a table says, without any presentation.

    ``figures`` has the columns of ``indicateurs.csv``, of the year before too in ``diagnostics``; ``texts`` (ligne,
    colonne, texte) are words to print in a cell, ``notes`` French sentences to print under the table. ``how`` says,
    in HTML, how it was counted, where a cell that is run by hand shows it.
    """

    spec: TableSpec
    year: int
    territory: str
    rows: tuple[Row, ...]
    columns: tuple[Col, ...]
    figures: pd.DataFrame
    texts: pd.DataFrame
    notes: tuple[str, ...] = ()
    how: str = ""

    @property
    def id(self) -> str:
        """Name in ``indicateurs.csv``."""
        return self.spec.id

    @property
    def current(self) -> pd.DataFrame:
        """Figures of the year reported on, one row per cell."""
        return self.figures[self.figures["annee"] == self.year]

    def _repr_html_(self) -> str:
        """Show the table of the year in a cell: caption, figures or their states, unit, notes, how it was counted."""
        figures = self.current
        written = figures["valeur"].map("{:g}".format)
        said = written.mask(figures["valeur"].isna(), figures["etat"])
        shown = figures.assign(dit=said)
        lines = {row.code: row.label for row in self.rows}
        columns = {column.code: column.label for column in self.columns if column.kind != "texte"}
        cells = shown.pivot(index="ligne", columns="colonne", values="dit")
        cells = cells.reindex(index=[*lines], columns=[*columns])
        worded = cells.fillna("").rename(index=lines, columns=columns)
        place = "ensemble du service" if self.territory == SERVICE else self.territory
        caption = escape(f"{self.spec.title} ({place}, {self.year})")
        unit = [f"Unité : {self.spec.unit}."] if self.spec.unit else []
        below = escape(" ".join([*unit, *self.notes]))
        return f"<p>{caption}</p>{worded.to_html(index_names=False)}<p>{below}</p>{self.how}"


def is_about_source(note: str) -> bool:
    """Say whether a note tells what the source lacks, and nothing of the figures themselves."""
    no_row, _, _ = NO_ROW.partition("{")
    return note.endswith(UNKNOWN) or note.startswith(no_row)


class Parts(Mapping[str, Any]):
    """A file of a store by its parts, each told to whoever traces a notebook when it is asked for, be it there or not.

    A file that is not there has none.
    """

    def __init__(self, path: Path) -> None:
        self._path = os.fspath(path)
        sys.audit(SERVED, self._path)
        self._parts: dict[str, Any] = {}
        if path.is_file():
            self._parts = json.loads(path.read_text(encoding="utf-8"))

    def __getitem__(self, part: str) -> Any:
        sys.audit(SERVED, self._path, part)
        return self._parts[part]

    def __iter__(self) -> Iterator[str]:
        return iter(self._parts)

    def __len__(self) -> int:
        return len(self._parts)

    def rows_by_cell(self, part: str, year: int) -> Mapping[Cell, Sequence[Any]] | None:
        """Give the figures of a table of the year by line and column, each told alone; None where it has no table."""
        if part not in self._parts:
            return self.get(part)
        rows = _rows_by_cell(self._parts[part], year)
        return _Cells(rows, partial(sys.audit, SERVED, self._path, part))


class _Cells(Mapping[Cell, Sequence[Any]]):
    """Figures of a table by line and column: each is told when it is asked for, the whole table when all are."""

    def __init__(self, rows: Mapping[Cell, Sequence[Any]], tell: Callable[..., None]) -> None:
        self._rows = rows
        self._tell = tell

    def __getitem__(self, cell: Cell) -> Sequence[Any]:
        self._tell(*cell)
        return self._rows[cell]

    def __iter__(self) -> Iterator[Cell]:
        self._tell()
        return iter(self._rows)

    def __len__(self) -> int:
        self._tell()
        return len(self._rows)


def _rows_by_cell(content: Mapping[str, Any], year: int) -> Mapping[Cell, Sequence[Any]]:
    """Index the figures of a year by line and column: the first, where there are two."""
    rows: dict[Cell, Sequence[Any]] = {}
    for row in reversed(content["figures"]):
        if row[1] == year:
            rows[row[3], row[4]] = row
    return rows


def contents_served(path: Path, served: Iterable[Sequence[str]]) -> list[Any]:
    """Give what a file of a store has of each part that was told, be it a cell of a table of its year; else None."""
    parts = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    cells: dict[str, Mapping[Cell, Sequence[Any]]] = {}

    def content_of(part: str, *cell: str) -> Any:
        if not cell or part not in parts:
            return parts.get(part)
        if part not in cells:
            cells[part] = _rows_by_cell(parts[part], int(path.parent.name))
        line, column = cell
        return cells[part].get((line, column))

    return [content_of(*told) for told in served]


def marker(
    *,
    exact: bool,
    years: Iterable[int],
    recorded: Iterable[tuple[str, int]],
    origins: Mapping[int, str],
    places: Mapping[str, str],
) -> dict[str, Any]:
    """Give what a store answers beside its tables, as values for JSON; docs/figure-store.md describes each."""
    return {
        "format": FORMAT,
        "exact": exact,
        "years": sorted(years),
        "places": places,
        "recorded": sorted(recorded),
        "origins": {str(year): origin for year, origin in origins.items()},
    }


def write_store(
    directory: Path,
    tables: Mapping[Key, TableData],
    declared: Declarations,
    marked: Mapping[str, Any],
    alerts: Mapping[int, pd.DataFrame] | None = None,
) -> None:
    """Write tables in a folder that its owner alone can open, the same bytes for the same content; its marker last.

    ``alerts`` are the follow-ups to look at again, by year of report.
    """
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    _write(directory / TABLES, declared.to_json())
    by_place: dict[tuple[int, str], dict[str, Any]] = {}
    for (id, year, place), data in tables.items():
        by_place.setdefault((year, place), {})[id] = _content_of(data)
    for (year, place), of_place in by_place.items():
        _write(directory / str(year) / f"{place}.json", of_place)
    for year, frame in (alerts or {}).items():
        days = frame["date_debut"].dt.strftime("%Y-%m-%d")
        rows = rows_of(frame.assign(date_debut=days), [*frame])
        _write(directory / str(year) / ALERTS, {"columns": [*frame], "rows": rows})
    _write(directory / MARKER, marked)


def _content_of(data: TableData) -> Mapping[str, Any]:
    """Give what a table says as values for JSON."""
    figures = rows_of(data.figures, FIGURE_COLUMNS)
    texts = rows_of(data.texts, TEXT_COLUMNS)
    named = {"rows": _named(data.rows), "columns": _named(data.columns)}
    return {**named, "figures": figures, "texts": texts, "notes": data.notes}


def _named(axis: Iterable[Row]) -> list[list[str]]:
    """Give lines or columns as values for JSON."""
    return [[of.code, of.label, of.kind] for of in axis]


def is_figure_store(directory: Path) -> bool:
    """Whether a folder is a store of figures."""
    sys.audit(SERVED, os.fspath(directory / MARKER))
    return (directory / MARKER).is_file()


class Store:
    """Figures for tables, charts and texts alike: of a folder here, counted as they are asked for in ``Counts``.

    Its figures are exact, or protected. UsageError where the folder is no store of figures of this version.
    """

    is_exact: bool

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._tables: dict[Key, TableData] = {}
        self._places: dict[tuple[int, str], Parts] = {}
        if not is_figure_store(directory) or self._marker.get("format") != FORMAT:
            expected = "le dossier de chiffres que prépare « rlpipeline build »"
            todo = "lancer « rlpipeline build », ou ouvrir les données elles-mêmes"
            raise UsageError(
                "Ce dossier n'est pas un dossier de chiffres.", str(directory), expected, todo=todo
            )
        self.is_exact = bool(self._marker["exact"])

    def emptied(self) -> Store:
        """Give the same store with no table open: what is opened of it goes with it."""
        other = copy(self)
        other._tables = {}
        other._places = {}
        return other

    @cached_property
    def _marker(self) -> Mapping[str, Any]:
        return Parts(self.directory / MARKER)

    @cached_property
    def declared(self) -> Declarations:
        """What is said of every table that it may have."""
        return Declarations.from_json(Parts(self.directory / TABLES))

    @property
    def rare(self) -> frozenset[str]:
        """Codes that a table shows only where someone is counted there: elsewhere they are zero."""
        return self.declared.links.rare

    @property
    def years(self) -> frozenset[int]:
        """Years of which figures are known."""
        return frozenset(self._marker["years"])

    @property
    def silenced(self) -> tuple[Silenced, ...]:
        """What was implausible in the records and is accepted."""
        return tuple(Silenced(**finding) for finding in self._marker.get("silenced", ()))

    def within_dates(self, year: int) -> bool:
        """Say whether every issue and referral of a year belongs to a PAEI active in it."""
        return year in self._marker.get("within_dates", ())

    def is_recorded(self, indicator: str, scope: Scope) -> bool:
        """Say whether the service kept in the year what a table is counted from: its zeros are then counts."""
        return (indicator, scope.year) in self._recorded

    @cached_property
    def _recorded(self) -> frozenset[tuple[str, int]]:
        return frozenset((indicator, year) for indicator, year in self._marker["recorded"])

    def opened(self, indicator: str, scope: Scope) -> TableData | None:
        """Open a table once; None where the store does not have it. Raises UsageError where it exists nowhere."""
        key = (indicator, scope.year, scope.territory)
        if key in self._tables:
            return self._tables[key]
        data = self._table(indicator, scope)
        if data:
            self._tables[key] = data
        elif not self.declared.find(indicator).concerns(scope.territory):
            what = f"L'indicateur « {indicator} » n'existe que pour l'ensemble du service."
            todo = "le demander pour le territoire « service »"
            raise UsageError(what, got=f"territoire {scope.territory}", todo=todo)
        return data

    def to_share(self) -> Store:
        """Open the exact figures that the edition to share is made from, where they are others."""
        directory = self.directory / TO_SHARE
        return Store(directory) if is_figure_store(directory) else self

    def table(self, indicator: str, scope: Scope) -> TableData:
        """Give a table with its words; UsageError where it does not exist for the territory, or is not in the store."""
        if data := self.opened(indicator, scope):
            return data
        what = "Ce tableau n'est pas dans le dossier de chiffres."
        place = f"{scope.territory}, {scope.year}"
        if self.declared.find(indicator).own and not self.is_exact:
            what = "Un indicateur propre au service n'est que dans l'édition interne."
        raise UsageError(what, f"{indicator} ({place})", expected="un tableau de l'édition ouverte")

    def figures(self, indicator: str, scope: Scope) -> pd.DataFrame:
        """Give the figures of a table, columns of ``indicateurs.csv`` and, where they are protected, ``base``.

        No row for a table that another year does not have, and in a protected store for one of nowhere else: beside
        one commune alone, it would tell what is the commune's own. UsageError as :meth:`table`, for a year counted.
        """
        if self.opened(indicator, scope) is None:
            elsewhere = not self.is_exact and scope.territory in (HORS, SANS_COMMUNE)
            origin = self._marker["origins"].get(str(scope.year))
            if elsewhere or origin != COUNTED:
                return _frame([], self._figure_columns)
        return self.table(indicator, scope).figures

    def written_figures(self, indicator: str, scope: Scope) -> Sequence[Sequence[Any]]:
        """Give the figures of a table as they are written, rows of ``FIGURE_COLUMNS``; none where it has no table."""
        content = self._content(indicator, scope)
        rows: Sequence[Sequence[Any]] = content.get("figures", ())
        return rows

    def written_names(self, indicator: str, scope: Scope) -> Sequence[tuple[str, str]]:
        """Give the code and the words of each line and column of a table; none where it has no table."""
        content = self._content(indicator, scope)
        named = [*content.get("rows", ()), *content.get("columns", ())]
        return [(code, words) for code, words, _ in named]

    def texts(self, indicator: str, scope: Scope) -> pd.DataFrame:
        """Give the words printed in the cells of a table: ligne, colonne, texte; none where it has no table."""
        data = self.opened(indicator, scope)
        return no_texts() if data is None else data.texts

    def line_names(self, indicator: str, scope: Scope) -> Mapping[str, str]:
        """Give the words of the lines of a table by code: its own, else those that do not depend on the records."""
        data = self.opened(indicator, scope)
        (usual, _) = self.declared.words[indicator]
        own = {row.code: row.label for row in data.rows} if data else {}
        return {**usual, **own}

    def column_names(self, indicator: str, scope: Scope) -> Mapping[str, str]:
        """Give the words of the columns of a table by code; none where it has no table."""
        data = self.opened(indicator, scope)
        return {column.code: column.label for column in data.columns} if data else {}

    def territories_of_actions(self) -> Mapping[str, str]:
        """Give the territory of each action: INSEE code, ``hors`` or ``sans_commune``."""
        return dict(self._marker["places"])

    def alerts(self, scope: Scope) -> pd.DataFrame | None:
        """List the follow-ups to look at again, columns as ``population.alerts``; None where they are protected."""
        if not self.is_exact:
            return None
        listed = Parts(self.directory / str(scope.year) / ALERTS)
        frame = pd.DataFrame(listed["rows"], columns=listed["columns"])
        texts = dict.fromkeys(frame.columns, "str")
        return frame.astype({**texts, "date_debut": "datetime64[us]", "mois": "int64"})

    def rows_by_cell(self, indicator: str, scope: Scope) -> Mapping[Cell, Sequence[Any]] | None:
        """Give the figures of a table of the year by line and column, rows of ``FIGURE_COLUMNS``.

        A chapter is made from those that it asks for, not from the table. None where the store has no such table, or
        counts it when it is asked for.
        """
        return self._parts(scope).rows_by_cell(indicator, scope.year)

    def _parts(self, scope: Scope) -> Parts:
        key = (scope.year, scope.territory)
        if key not in self._places:
            folder = self.directory / str(scope.year)
            self._places[key] = Parts(folder / f"{scope.territory}.json")
        return self._places[key]

    def _content(self, indicator: str, scope: Scope) -> Mapping[str, Any]:
        """Give what is written of a table; nothing where it has none."""
        return self._parts(scope).get(indicator) or {}

    def _table(self, indicator: str, scope: Scope) -> TableData | None:
        """Read a table; None where the store does not have it."""
        content = self._content(indicator, scope)
        if not content:
            return None
        spec = self.declared.find(indicator)
        rows = tuple(Row(*row) for row in content["rows"])
        columns = tuple(Col(*column) for column in content["columns"])
        figures = _frame(content["figures"], self._figure_columns)
        texts = no_texts()
        if content["texts"]:
            texts = _frame(content["texts"], TEXT_COLUMNS, TEXT_COLUMNS)
        year = scope.year
        notes = tuple(content["notes"])
        return TableData(spec, year, scope.territory, rows, columns, figures, texts, notes)

    @property
    def _figure_columns(self) -> Sequence[str]:
        return CSV_COLUMNS if self.is_exact else FIGURE_COLUMNS


def _frame(
    rows: list[list[Any]], columns: Sequence[str], given: Sequence[str] = FIGURE_COLUMNS
) -> pd.DataFrame:
    """Make a table of rows as they are written, which give some columns, of those that are asked for."""
    values: Mapping[str, Any] = dict.fromkeys(columns, ())
    if rows:
        values = dict(zip(given, zip(*rows, strict=True), strict=True))
    named = [name for name in columns if name not in TYPES]
    # Typed at once: each time is long.
    texts = pd.array([*chain.from_iterable(values[name] for name in named)], "str")
    typed: dict[str, Any] = {}
    for name in columns:
        if name in TYPES:
            typed[name] = np.array(values[name], TYPES[name])
        else:
            typed[name], texts = texts[: len(rows)], texts[len(rows) :]
    return pd.DataFrame(typed, copy=False)


def rows_of(frame: pd.DataFrame, columns: Iterable[str]) -> list[list[Any]]:
    """Give some columns of the rows as values for JSON, None where missing; 0 in a column that there is not."""
    if frame.empty:
        return []
    zeros = [0] * len(frame)
    given = (_plain(frame[name]) if name in frame else zeros for name in columns)
    return [list(row) for row in zip(*given, strict=True)]


def _plain(column: pd.Series[Any]) -> list[Any]:
    """Give values for JSON, None where one is missing."""
    return [None if value != value else value for value in column.tolist()]  # noqa: PLR0124 - NaN


def _write(path: Path, content: Any) -> None:
    """Write values as JSON, the same bytes for the same content."""
    path.parent.mkdir(exist_ok=True)
    written = json.dumps(content, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    path.write_text(written, encoding="utf-8")
