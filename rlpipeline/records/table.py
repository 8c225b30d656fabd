"""A table read: its texts, once a distinct value, its typed frame, and what is wrong in its headers and cells."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.characters import UNSEEN
from rlpipeline.records.communes import doubtful, read_commune, read_territory
from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.labels import words_of
from rlpipeline.records.names import nearest, simplified
from rlpipeline.records.parsing import Unread, read_birth, read_code, read_date, read_flag, read_number, read_year
from rlpipeline.records.personal import code_is_a_name, personal_header, personal_values
from rlpipeline.records.sources import Raw
from rlpipeline.records.tables import TEXT, Column, Contract, Kind, Lines, Mask, birth_year_name, empty_frame
from rlpipeline.settings.models import Service

MAX_RENAMED = 12
MAX_CHARACTERS = 32_767  # what a spreadsheet's cell can hold: a longer text is most often a quote that was never closed
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\x{fffd}"
_SHEET_ERRORS = (
    r"^#(REF|VALUE|VALEUR|DIV/0|N/A|NAME|NOM|NUM|NOMBRE|NULL|NUL|SPILL|CALC|PROPAGATION|GETTING_DATA)[!?]?$|^Err:\d{3}$"
)
_FILLERS: Mapping[str, tuple[object, str]] = {
    "year": (0, "int64"),
    "number": (np.nan, "float64"),
    "flag": (False, "bool"),
}


@dataclass(frozen=True)
class Cells:
    """A column of text as distinct values, trimmed and composed, null for an empty cell; each row has its position.
    ``wrong`` are the positions of the values that could not be read, and why."""

    values: pa.LargeStringArray
    rows: npt.NDArray[np.int32]
    wrong: Mapping[int, Unread]

    @property
    def missing(self) -> Mask:
        """Whether each row is empty."""
        return self.per_row(_mask(pc.is_null(self.values)))

    def per_row(self, by_value: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """One item a row, from one item a distinct value."""
        return by_value[self.rows] if len(by_value) else np.empty(0, by_value.dtype)

    def rows_with(self, positions: Iterable[int]) -> Mask:
        """Whether each row holds one of these values."""
        by_value = np.zeros(len(self.values), dtype=bool)
        by_value[list(positions)] = True
        return self.per_row(by_value)

    def matching(self, pattern: str) -> list[int]:
        """Positions of the values that a pattern (RE2) is found in."""
        return rows_in(_mask(pc.match_substring_regex(self.values, pattern)))

    def text(self, row: int) -> str | None:
        """The text of one row."""
        value: str | None = self.values[int(self.rows[row])].as_py()
        return value

    def only(self, mask: Mask) -> Cells:
        """The rows of the mask."""
        return replace(self, rows=self.rows[mask])


def _mask(values: pa.BooleanArray) -> Mask:
    mask: Mask = pc.fill_null(values, False).to_numpy(zero_copy_only=False)
    return mask


def rows_in(mask: object) -> list[int]:
    """Positions where a mask is true."""
    return [int(row) for row in np.flatnonzero(np.asarray(mask, dtype=bool))]


@dataclass(frozen=True)
class Table:
    """A table whose cells have been read: columns and dtypes of the contract, rows in the order of the source.
    ``texts`` are the columns that the source holds, as they are written there; ``lines`` those of the rows, ``ranked``
    in a database; ``lost`` texts are of rows that could not be cut; ``findings`` are those of its headers and cells."""

    contract: Contract
    frame: pd.DataFrame
    texts: Mapping[str, Cells]
    lines: Lines
    lost: frozenset[str] = frozenset()
    ranked: bool = False
    findings: tuple[Finding, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """Its name in the contract."""
        return self.contract.name

    def columns(self, *kinds: Kind) -> list[str]:
        """The columns of some kinds that the source holds, in the order of the contract."""
        return [column.name for column in self.contract.columns if column.kind in kinds and column.name in self.texts]

    def has(self, *names: str) -> bool:
        """Whether the source holds these columns."""
        return self.texts.keys() >= {*names}

    def shown(self, name: str, row: int) -> str | None:
        """The text of a cell."""
        return self.texts[name].text(row) if name in self.texts else None

    def record(self, line: int) -> str:
        """What tells the row of that line from the others: its key, else its first columns."""
        row = int(np.searchsorted(self.lines, line))
        names = self.contract.key or self.contract.column_names[:3]
        return ", ".join(f"{name} = {self.shown(name, row) or 'vide'}" for name in names)

    def only(self, mask: Mask) -> Table:
        """The table with the rows of the mask alone."""
        texts = {name: cells.only(mask) for name, cells in self.texts.items()}
        return replace(self, frame=self.frame[mask].reset_index(drop=True), lines=self.lines[mask], texts=texts)

    def unread(self, name: str) -> Mask:
        """Rows where the column holds something that could not be read."""
        cells = self.texts.get(name)
        return cells.rows_with(cells.wrong) if cells else np.zeros(len(self.lines), dtype=bool)

    def readable(self, *names: str) -> Mask:
        """Rows where all these columns hold something that was read."""
        mask = np.full(len(self.lines), self.has(*names))
        for name in names if self.has(*names) else ():
            mask &= ~self.unread(name) & ~self.texts[name].missing
        return mask

    def at(self, row: int, name: str, column: str, cells: Cells | None = None, **words: Any) -> Finding:
        """A finding of a row, with what its cell shows in the column."""
        shown = cells.text(row) if cells else self.shown(column, row)
        return finding(name, self.name, int(self.lines[row]), column, shown, **words)


def read_table(raw: Raw, contract: Contract, service: Service) -> Table:
    """Read every cell of a table; rows that are empty from end to end are skipped."""
    cells = [_cleaned(column) for column in raw.columns]
    filled = np.zeros(len(raw.lines), dtype=bool)
    for column in cells:
        filled |= ~column.missing
    cells = [column.only(filled) for column in cells]
    places, unknown, findings = _match_headers(contract, raw, [not column.missing.all() for column in cells])
    series: dict[str, pd.Series] = {}
    texts: dict[str, Cells] = {}
    for name, place in places.items():
        texts[name], read = _typed(contract.column(name), cells[place], service)
        series |= read
    blank = empty_frame(contract).reindex(range(int(filled.sum())))
    # Absent columns hold missing values, False for a yes-or-no, 0 for a year.
    fill = {name: 0 for name, dtype in contract.dtypes.items() if str(dtype) in ("bool", "int64")}
    frame = pd.DataFrame({name: series.get(name, blank[name]) for name in contract.dtypes}).fillna(fill)
    table = Table(contract, frame.astype(contract.dtypes), texts, raw.lines[filled], raw.lost, raw.header_line is None)
    for name, place in places.items():
        damaged = [line for line, column in raw.damaged if column == place]
        numbers = raw.numbers[place][filled] if place in raw.numbers else np.zeros(len(table.lines), dtype=bool)
        findings += _of_cells(table, contract.column(name), np.isin(table.lines, damaged), numbers, service)
    kinds = {place: contract.column(name).kind for name, place in places.items()} | dict.fromkeys(unknown, "text")
    for place, kind in kinds.items() if contract.about_young_people else ():
        if kind in ("text", "identifier"):
            labels = personal_values(cells[place].values, kind == "identifier")
            for row in rows_in(cells[place].rows_with(labels)):
                label = labels[int(cells[place].rows[row])]
                findings.append(table.at(row, "E302", raw.header[place], cells[place], what=label))
    if table.has("educateur"):
        educators = texts["educateur"]
        named = [at for at, text in enumerate(educators.values.to_pylist()) if code_is_a_name(text or "")]
        findings += [table.at(row, "E302 educator", "educateur") for row in rows_in(educators.rows_with(named))]
    return replace(table, findings=tuple(findings))


def _cleaned(column: pa.ChunkedArray) -> Cells:
    encoded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    values = encoded.dictionary
    if not pc.all(pc.string_is_ascii(values)).as_py():
        values = pc.utf8_normalize(pc.replace_substring_regex(values, f"[{UNSEEN}]", ""), form="NFC")
    values = pc.replace_substring(values, "\r\n", "\n")
    values = pc.utf8_trim(pc.utf8_trim_whitespace(values), characters=" \n\t")
    values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.large_string()), values)
    return Cells(values, encoded.indices.to_numpy(zero_copy_only=False), {})


def reader(column: Column, service: Service) -> Callable[[str], object] | None:
    """What reads a cell of the column; None where any text will do."""
    families = {} if column.words else {family.code: family.libelle for family in service.problematiques}
    readers: dict[str, Callable[[str], object]] = {
        "code": partial(read_code, words=words_of(column, service), families=families),
        "commune": partial(read_commune, service=service),
        "territory": partial(read_territory, service=service),
        "date": read_date,
        "birth": read_birth,
        "year": read_year,
        "number": partial(read_number, column=column),
        "flag": read_flag,
    }
    return readers.get(column.kind)


def _typed(column: Column, cells: Cells, service: Service) -> tuple[Cells, dict[str, pd.Series]]:
    long = rows_in(_mask(pc.greater(pc.utf8_length(cells.values), MAX_CHARACTERS)))
    wrong = dict.fromkeys(cells.matching(_SHEET_ERRORS), Unread.of("E108"))
    wrong |= dict.fromkeys(cells.matching(_CONTROLS), Unread.of("E109")) | dict.fromkeys(long, Unread.of("E110"))
    read, values = reader(column, service), cells.values
    if read:
        every = [None if text is None else read(text) for text in values.to_pylist()]
        wrong = {place: value for place, value in enumerate(every) if isinstance(value, Unread)} | wrong
        values = [None if place in wrong else value for place, value in enumerate(every)]
    elif wrong:
        values = pc.if_else(pa.array([place not in wrong for place in range(len(values))]), values, None)
    return replace(cells, wrong=wrong), _series(column, cells, values)


def _series(column: Column, cells: Cells, values: Any) -> dict[str, pd.Series]:
    if column.kind in _FILLERS:
        filler, dtype = _FILLERS[column.kind]
        filled = np.array([filler if value is None else value for value in values], dtype=dtype)
        return {column.name: pd.Series(cells.per_row(filled))}
    if column.kind not in ("birth", "date"):
        texts = pc.take(pa.array(values, pa.large_string()), pa.array(cells.rows))
        return {column.name: pd.Series(texts, dtype=TEXT)}
    days = [value if isinstance(value, date) else None for value in values]
    read = {column.name: pd.Series(cells.per_row(np.array(days, dtype="datetime64[us]")))}
    if column.kind == "birth":
        years = pd.array([value.year if isinstance(value, date) else value for value in values], "Int64")
        read[birth_year_name(column.name)] = pd.Series(years.take(cells.rows))
    return read


def _match_headers(
    contract: Contract, raw: Raw, filled: Sequence[bool]
) -> tuple[dict[str, int], list[int], list[Finding]]:
    name, line = contract.name, raw.header_line
    places: dict[str, int] = {}
    unknown: dict[int, str] = {}
    findings: list[Finding] = []
    # A header written exactly comes before one that only looks like it.
    for place in sorted(range(len(raw.header)), key=lambda rank: raw.header[rank] not in contract.column_names):
        written = raw.header[place]
        column = simplified(written)
        if column in places:
            findings.append(finding("E008 twice", name, line, column, written, column=column))
        elif column in contract.column_names:
            places[column] = place
            if written != column:
                more = {"what": "L'en-tête", "written": written, "meant": column}
                findings.append(finding("A004", name, line, column if line else None, written, **more))
        elif column and (like := personal_header(written)) and contract.about_young_people:
            findings.append(finding("E301", name, line, written, what=like))
        elif column:
            unknown[place] = written
        elif filled[place]:
            findings.append(finding("E008 blank", name, line, rank=place + 1))
    for missing in (column for column in contract.columns if column.required and column.name not in places):
        findings.append(finding("E002", name, line, missing.name, note=missing.note, name=missing.name))
    if unknown:
        near = {written: nearest(written, contract.column_names) for written in unknown.values()}
        hints = [f"renommer « {written} » en « {meant} »" for written, meant in near.items() if meant]
        hint = ", ".join([*hints[:MAX_RENAMED], *(["…"] if len(hints) > MAX_RENAMED else [])])
        told = "A002 several" if len(unknown) > 1 else "A002 near" if hint else "A002"
        hint = f" ; {hint} s'il s'agit de ces colonnes" if hint and len(unknown) > 1 else hint
        shown = ", ".join(unknown.values())
        findings.append(finding(told, name, line, shown, number=len(unknown), hint=hint))
    return places, [*unknown], findings


def _of_cells(table: Table, column: Column, damaged: Mask, numbers: Mask, service: Service) -> Iterator[Finding]:
    name, cells = column.name, table.texts[column.name]
    for row in rows_in(table.unread(name)):
        unread = cells.wrong[int(cells.rows[row])]
        yield table.at(row, unread.code, name, message=unread.message[0].upper() + unread.message[1:])
    if not column.nullable and column.kind != "number":  # an empty cell of a number is « nc », required or not
        for row in rows_in(cells.missing & ~damaged):
            yield table.at(row, "E105", name, note=column.note)
    if column.kind in ("commune", "territory"):
        floated = numbers | cells.rows_with(cells.matching(r"^\d+\.0+$"))
        for row in rows_in(floated & table.readable(name)):
            yield table.at(row, "A101", name)
        codes = table.frame[name]
        doubts = {code: doubt for code in codes.dropna().unique() if (doubt := doubtful(code, service))}
        for row in rows_in(codes.isin(list(doubts))):
            yield table.at(row, "P211", name, message=doubts[codes[row]])
