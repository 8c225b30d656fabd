"""A raw table into a typed frame, with a finding for every cell that could not be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.records import communes
from rlpipeline.records.cells import Cells, defects, read_values
from rlpipeline.records.dates import Unread, read_birth, read_date, read_year
from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.labels import words_of
from rlpipeline.records.parsing import read_code, read_flag, read_number
from rlpipeline.records.raw import Lines, Mask, rows_of
from rlpipeline.records.schema import TEXT, Column, birth_year_name
from rlpipeline.settings.models import Service

Reader = Callable[[str], object]


@dataclass(frozen=True)
class Place:
    """Where a column of cells stands, to say it in findings."""

    table: str
    lines: Lines
    damaged: frozenset[int] = frozenset()


@dataclass(frozen=True)
class ReadColumn:
    """The frame columns read from one column of the source, and what was found.

    Parameters
    ----------
    series
        Name to values: one a column, two for a date of birth.
    cells
        The cleaned texts, to show a value in a later finding.
    unread
        Rows whose cell holds something that could not be read.
    findings
        What was found.
    """

    series: Mapping[str, pd.Series]
    cells: Cells
    unread: Mask
    findings: tuple[Finding, ...]

    def only(self, mask: Mask) -> ReadColumn:
        """The rows of the mask alone."""
        series = {name: values[mask].reset_index(drop=True) for name, values in self.series.items()}
        return replace(self, series=series, cells=self.cells.filtered(mask), unread=self.unread[mask])


def reader(column: Column, service: Service) -> Reader | None:
    """What reads a cell of the column; None where any text will do."""
    families = {} if column.words else {family.code: family.libelle for family in service.problematiques}
    readers: dict[str, Reader] = {
        "code": partial(read_code, words=words_of(column, service), families=families),
        "commune": partial(communes.read_commune, service=service),
        "territory": partial(communes.read_territory, service=service),
        "date": read_date,
        "birth": read_birth,
        "year": read_year,
        "number": partial(read_number, column=column),
        "flag": read_flag,
    }
    return readers.get(column.kind)


def read_column(column: Column, cells: Cells, numbers: Mask | None, place: Place, service: Service) -> ReadColumn:
    """Read every cell of a column.

    Parameters
    ----------
    column, cells
        The contract and the texts.
    numbers
        Rows where the source holds a number, None where it holds texts only.
    place
        Table and lines, for the findings.
    service
        The settings, whose list of issues are codes.
    """
    bad = dict(defects(cells))
    read = reader(column, service)
    values: list[object] | pa.LargeStringArray = cells.values
    if read is not None:
        values = [bad.get(position, value) for position, value in enumerate(read_values(cells, read))]
        bad |= {position: value for position, value in enumerate(values) if isinstance(value, Unread)}
    unread = _rows_of(cells, bad)
    findings = [*_unread_findings(column, cells, bad, place), *_empty_findings(column, cells, place)]
    findings += _number_findings(column, cells, numbers, unread, place)
    if column.kind in ("commune", "territory"):
        findings += _doubts(column, cells, values, place, service)
    series = _series(column, cells, values, bad)
    return ReadColumn(series, cells, unread, tuple(findings))


def _rows_of(cells: Cells, positions: Iterable[int]) -> Mask:
    by_value = np.zeros(len(cells.values), dtype=bool)
    by_value[list(positions)] = True
    return cells.per_row(by_value)


def _unread_findings(column: Column, cells: Cells, bad: Mapping[int, Unread], place: Place) -> Iterator[Finding]:
    for row in rows_of(_rows_of(cells, bad)):
        unread = bad[int(cells.rows[row])]
        message = unread.message[0].upper() + unread.message[1:]
        yield finding(unread.code, place.table, message, int(place.lines[row]), column.name, cells.text(row))


def _empty_findings(column: Column, cells: Cells, place: Place) -> Iterator[Finding]:
    """An empty cell of a number is « nc », required or not."""
    if column.nullable or column.kind == "number":
        return
    for row in rows_of(cells.missing):
        line = int(place.lines[row])
        if line not in place.damaged:
            message = f"Cellule vide ; attendu : {column.note} ; la remplir."
            yield finding("E105", place.table, message, line, column.name)


def _number_findings(
    column: Column, cells: Cells, numbers: Mask | None, unread: Mask, place: Place
) -> Iterator[Finding]:
    """A geographic code that a spreadsheet made a number of: kept, and said."""
    if column.kind not in ("commune", "territory"):
        return
    floated = pc.fill_null(pc.match_substring_regex(cells.values, r"^\d+\.0+$"), False).to_numpy(zero_copy_only=False)
    numeric = cells.per_row(floated) if numbers is None else numbers | cells.per_row(floated)
    for row in rows_of(numeric & ~unread & ~cells.missing):
        message = "Code enregistré comme un nombre, gardé comme code ; mettre la colonne au format texte."
        yield finding("A101", place.table, message, int(place.lines[row]), column.name, cells.text(row))


def _doubts(
    column: Column, cells: Cells, values: list[object] | pa.LargeStringArray, place: Place, service: Service
) -> Iterator[Finding]:
    """Codes of communes outside the service that may stand for one of its own."""
    doubts = [communes.doubtful(value, service) if isinstance(value, str) else None for value in values]
    for row in rows_of(_rows_of(cells, [position for position, doubt in enumerate(doubts) if doubt])):
        message = str(doubts[int(cells.rows[row])])
        yield finding("P211", place.table, message, int(place.lines[row]), column.name, cells.text(row))


def _series(
    column: Column, cells: Cells, values: list[object] | pa.LargeStringArray, bad: Mapping[int, Unread]
) -> dict[str, pd.Series]:
    """The frame columns; what is unread is missing, and a missing year, which stops the build, is 0."""
    if isinstance(values, pa.LargeStringArray):
        good = pa.array([position not in bad for position in range(len(values))]) if bad else pa.scalar(True)
        return {column.name: _texts(pc.if_else(good, values, pa.scalar(None, pa.large_string())), cells)}
    read = [None if isinstance(value, Unread) else value for value in values]
    if column.kind == "birth":
        return {column.name: _days(read, cells), birth_year_name(column.name): _birth_years(read, cells)}
    if column.kind == "date":
        return {column.name: _days(read, cells)}
    if column.kind in _FILLERS:
        filler, dtype = _FILLERS[column.kind]
        filled = np.array([filler if value is None else value for value in read], dtype=dtype)
        return {column.name: pd.Series(cells.per_row(filled))}
    return {column.name: _texts(pa.array(read, pa.large_string()), cells)}


_FILLERS: Mapping[str, tuple[object, str]] = {
    "year": (0, "int64"),
    "number": (np.nan, "float64"),
    "flag": (False, "bool"),
}


def _texts(values: pa.LargeStringArray, cells: Cells) -> pd.Series:
    return pd.Series(pc.take(values, pa.array(cells.rows)), dtype=TEXT)


def _days(values: list[object], cells: Cells) -> pd.Series:
    days = [value if isinstance(value, date) else None for value in values]
    return pd.Series(cells.per_row(np.array(days, dtype="datetime64[us]")))


def _birth_years(values: list[object], cells: Cells) -> pd.Series:
    years = [value.year if isinstance(value, date) else value for value in values]
    return pd.Series(years, dtype="Int64").take(cells.rows).reset_index(drop=True)
