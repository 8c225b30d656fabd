"""A table read: its texts, once a distinct value, its typed frame, and what is wrong in its headers and cells."""

import math
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
from rlpipeline.records.names import code_is_a_name, nearest, personal_header, personal_values, simplified
from rlpipeline.records.parsing import Unread, read_birth, read_code, read_date, read_flag, read_number, read_year
from rlpipeline.records.sources import Raw
from rlpipeline.records.tables import TEXT, Column, Contract, Kind, Lines, Mask, birth_year_name, empty_frame
from rlpipeline.settings.models import Service

MAX_CHARACTERS = 32_767  # what a spreadsheet's cell can hold: a longer text is most often a quote that was never closed
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\x{fffd}"
_SHEET_ERRORS = (
    r"^#(REF|VALUE|VALEUR|DIV/0|N/A|NAME|NOM|NUM|NOMBRE|NULL|NUL|SPILL|CALC|PROPAGATION|GETTING_DATA)[!?]?$|^Err:\d{3}$"
)
_READERS = {"date": read_date, "birth": read_birth, "year": read_year, "flag": read_flag}
_FILLERS: Mapping[str, float] = {"year": 0, "number": math.nan, "flag": False}


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
        return _mask(pc.is_null(self.values))[self.rows]

    def rows_with(self, positions: Iterable[int]) -> Mask:
        """Whether each row holds one of these values."""
        by_value = np.zeros(len(self.values), dtype=bool)
        by_value[list(positions)] = True
        return by_value[self.rows]

    def matching(self, pattern: str) -> list[int]:
        """Positions of the values that a pattern (RE2) is found in."""
        return rows_in(_mask(pc.match_substring_regex(self.values, pattern)))


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

    def shown(self, name: str, row: int) -> str | None:
        """The text of a cell."""
        cells = self.texts.get(name)
        text: str | None = cells.values[int(cells.rows[row])].as_py() if cells else None
        return text

    def record(self, line: int) -> str:
        """What tells the row of that line from the others: its key, else its first columns."""
        row = int(np.searchsorted(self.lines, line))
        names = self.contract.key or self.contract.column_names[:3]
        return ", ".join(f"{name} = {self.shown(name, row) or 'vide'}" for name in names)

    def only(self, mask: Mask) -> "Table":
        """The table with the rows of the mask alone."""
        texts = {name: replace(cells, rows=cells.rows[mask]) for name, cells in self.texts.items()}
        return replace(self, frame=self.frame[mask].reset_index(drop=True), lines=self.lines[mask], texts=texts)

    def unread(self, name: str) -> Mask:
        """Rows where the column holds something that could not be read."""
        cells = self.texts.get(name)
        return cells.rows_with(cells.wrong) if cells else np.zeros(len(self.lines), dtype=bool)

    def readable(self, *names: str) -> Mask:
        """Rows where all these columns hold something that was read."""
        mask = np.full(len(self.lines), self.texts.keys() >= {*names})
        for cells in (self.texts[name] for name in names if name in self.texts):
            mask &= ~cells.rows_with(cells.wrong) & ~cells.missing
        return mask

    def at(self, row: int, name: str, column: str, **words: Any) -> Finding:
        """A finding of a row, with what its cell shows in the column."""
        return finding(name, self.name, int(self.lines[row]), column, self.shown(column, row), **words)


def read_table(raw: Raw, contract: Contract, service: Service) -> Table:
    """Read every cell of a table; rows that are empty from end to end are skipped."""
    cells = [_cleaned(column) for column in raw.columns]
    filled = np.zeros(len(raw.lines), dtype=bool)
    for column in cells:
        filled |= ~column.missing
    cells = [replace(column, rows=column.rows[filled]) for column in cells]
    places, unknown, findings = _match_headers(contract, raw, [not column.missing.all() for column in cells])
    read: dict[str, pd.Series] = {}
    texts: dict[str, Cells] = {}
    for name, place in places.items():
        texts[name], series = _typed(contract.column(name), cells[place], service)
        read |= series
    # Absent columns hold missing values, False for a yes-or-no, 0 for a year.
    fill = {name: 0 for name, dtype in contract.dtypes.items() if str(dtype) in ("bool", "int64")}
    blank = empty_frame(contract).reindex(range(int(filled.sum())))
    frame = blank.assign(**read).fillna(fill).astype(contract.dtypes)
    table = Table(contract, frame, texts, raw.lines[filled], raw.lost, raw.header_line is None)
    kinds = dict.fromkeys(unknown, "text")
    for name, place in places.items():
        kinds[place] = contract.column(name).kind
        damaged = np.isin(table.lines, [line for line, column in raw.damaged if column == place])
        numbers = raw.numbers[place][filled] if place in raw.numbers else np.zeros(len(table.lines), dtype=bool)
        findings += _of_cells(table, contract.column(name), damaged, numbers, service)
    for place, kind in kinds.items() if contract.about_young_people else ():
        values, rows = cells[place].values, cells[place].rows
        labels = personal_values(values, kind == "identifier") if kind in ("text", "identifier") else {}
        for row in rows_in(cells[place].rows_with(labels)):
            line, at = int(table.lines[row]), int(rows[row])
            findings.append(finding("E302", table.name, line, raw.header[place], values[at].as_py(), what=labels[at]))
    if educators := texts.get("educateur"):
        named = (at for at, text in enumerate(educators.values.to_pylist()) if code_is_a_name(text or ""))
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
    if column.kind == "code":
        families = {} if column.words else {family.code: family.libelle for family in service.problematiques}
        return partial(read_code, words=words_of(column, service), families=families)
    if column.kind in ("commune", "territory"):
        return partial(read_commune if column.kind == "commune" else read_territory, service=service)
    return partial(read_number, column=column) if column.kind == "number" else _READERS.get(column.kind)


def _typed(column: Column, cells: Cells, service: Service) -> tuple[Cells, dict[str, pd.Series]]:
    read, name, texts = reader(column, service), column.name, cells.values
    long = rows_in(_mask(pc.greater(pc.utf8_length(texts), MAX_CHARACTERS)))
    wrong = dict.fromkeys(cells.matching(_SHEET_ERRORS), Unread.of("E108"))
    wrong |= dict.fromkeys(cells.matching(_CONTROLS), Unread.of("E109")) | dict.fromkeys(long, Unread.of("E110"))
    every: list[Any] = [None if text is None else read(text) for text in texts.to_pylist()] if read else []
    wrong = {place: value for place, value in enumerate(every) if isinstance(value, Unread)} | wrong
    values = [None if place in wrong else value for place, value in enumerate(every)]
    cells = replace(cells, wrong=wrong)
    if column.kind in _FILLERS:
        filler = _FILLERS[column.kind]
        filled = np.array([filler if value is None else value for value in values], dtype=type(filler))
        return cells, {name: pd.Series(filled[cells.rows])}
    if column.kind not in ("birth", "date"):
        kept = pa.array([place not in wrong for place in range(len(texts) if wrong else 0)])
        texts = pa.array(values, pa.large_string()) if read else pc.if_else(kept, texts, None) if wrong else texts
        return cells, {name: pd.Series(pc.take(texts, pa.array(cells.rows)), dtype=TEXT)}
    days = [value if isinstance(value, date) else None for value in values]
    series = {name: pd.Series(np.array(days, dtype="datetime64[us]")[cells.rows])}
    if column.kind == "birth":
        years = pd.array([value.year if isinstance(value, date) else value for value in values], "Int64")
        series[birth_year_name(name)] = pd.Series(years.take(cells.rows))
    return cells, series


def _match_headers(
    contract: Contract, raw: Raw, filled: Sequence[bool]
) -> tuple[dict[str, int], list[int], list[Finding]]:
    name, line, known = contract.name, raw.header_line, contract.column_names
    places: dict[str, int] = {}
    unknown: list[int] = []
    findings: list[Finding] = []
    # A header written exactly comes before one that only looks like it.
    for place, written in sorted(enumerate(raw.header), key=lambda item: item[1] not in known):
        column = simplified(written)
        if column in places:
            findings.append(finding("E008 twice", name, line, column, written, column=column))
        elif column in known:
            places[column] = place
            if written != column:
                more = {"what": "L'en-tête", "written": written, "meant": column}
                findings.append(finding("A004", name, line, column if line else None, written, **more))
        elif column and (like := personal_header(written)) and contract.about_young_people:
            findings.append(finding("E301", name, line, written, what=like))
        elif column:
            unknown.append(place)
            near = nearest(written, known)
            findings.append(finding("A002 near" if near else "A002", name, line, written, written=written, meant=near))
        elif filled[place]:
            findings.append(finding("E008 blank", name, line, rank=place + 1))
    for missing in (column for column in contract.columns if column.required and column.name not in places):
        findings.append(finding("E002", name, line, missing.name, note=missing.note, name=missing.name))
    return places, unknown, findings


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
