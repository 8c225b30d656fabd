"""The cells of a table, read: what the text of each means, or why it means nothing; what is wrong in its headers."""

import calendar
import difflib
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.characters import UNSEEN
from rlpipeline.records.communes import doubtful, read_commune, read_territory
from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.names import (
    code_is_a_name,
    codes_by_label,
    label_key,
    nearest,
    personal_header,
    personal_values,
    simplified,
)  # fmt: skip
from rlpipeline.records.table import Cells, Raw, Table, mask_of, rows_in
from rlpipeline.records.tables import (  # fmt: skip
    FIRST_YEAR,
    FLAGS,
    LAST_YEAR,
    TEXT,
    Column,
    Contract,
    Mask,
    Unread,
    birth_year_name,
    written,
)
from rlpipeline.settings.models import Service

SHEET_EPOCH = date(1899, 12, 30)  # day 0 of a spreadsheet
NOT_COMMUNICATED = "nc"
MONTHS = 12
MAX_LISTED, MAX_EXPLAINED = 12, 4
_HOUR = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?"
_DATE = re.compile(
    rf"(?:(\d{{4}})-(\d{{1,2}})-(\d{{1,2}})|(\d{{1,2}})/(\d{{1,2}})/(\d{{4}})){_HOUR}", re.ASCII
)
_SHORT = re.compile(r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2}", re.ASCII)
_YEAR = re.compile(r"(\d{4})(?:\.0+)?", re.ASCII)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
# \s holds every space that a keyboard or a spreadsheet puts between thousands, the narrow no-break one included.
_NUMBER = re.compile(r"([-+−]?)(\d+|\d{1,3}(?:\s\d{3})+)(?:[.,](\d+))?")
_HINTS = (
    (re.compile(r"\d\s*(?:h|heures?|min|mn|:\s*\d)", re.IGNORECASE), "E101 hours"),
    (re.compile(r"[%€]|eur", re.IGNORECASE), "E101 unit"),
    (re.compile(r"\d[.,]\d{3}[.,]\d"), "E101 thousands"),
    (re.compile(""), "E101 number"),
)
MAX_CHARACTERS = 32_767  # what a spreadsheet's cell can hold: a longer text is most often a quote that was never closed
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|[\x{fffd}-\x{ffff}]"
_SHEET_ERRORS = (
    r"^#(REF|VALUE|VALEUR|DIV/0|N/A|NAME|NOM|NUM|NOMBRE|NULL|NUL|SPILL|CALC|PROPAGATION|GETTING_DATA)[!?]?$"
    r"|^Err:\d{3}$"
)
_FILLERS: Mapping[str, float] = {"year": 0, "number": math.nan, "flag": False}


def read_date(text: str) -> date | Unread:
    """A day written ``2023-05-17`` or ``17/05/2023``; an hour written after it is left out."""
    match = _DATE.fullmatch(text)
    if not match:
        return _no_date(text)
    parts = match.groups()[:3] if match[1] else match.groups()[:2:-1]
    year, month, day = map(int, parts)
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Unread.of("E102 year", year=year, first=FIRST_YEAR, last=LAST_YEAR)
    if not 1 <= month <= MONTHS:
        is_swapped = _is_day(year, day, month)
        sentence = "E102 swapped" if is_swapped else "E102 month"
        return Unread.of(sentence, year=year, month=month, day=day)
    if not _is_day(year, month, day):
        last = calendar.monthrange(year, month)[1]
        return Unread.of("E102 day", day=day, month=month, year=year, last=last)
    return date(year, month, day)


def _is_day(year: int, month: int, day: int) -> bool:
    """Whether a year has that day."""
    return 1 <= month <= MONTHS and 1 <= day <= calendar.monthrange(year, month)[1]


def _no_date(text: str) -> Unread:
    """Why a text is no date."""
    serial = _SERIAL.fullmatch(text)
    if serial:
        return Unread.of("E101 serial", day=SHEET_EPOCH + timedelta(days=int(serial[1])))
    if _SHORT.fullmatch(text):
        return Unread.of("E101 short")
    return Unread.of("E101 year alone" if _YEAR.fullmatch(text) else "E101 date")


def read_birth(text: str) -> date | int | Unread:
    """A date of birth, or the year alone."""
    return read_year(text) if _YEAR.fullmatch(text) else read_date(text)


def read_year(text: str) -> int | Unread:
    """A year of four digits."""
    match = _YEAR.fullmatch(text)
    if not match:
        return Unread.of("E101 year")
    if not FIRST_YEAR <= int(match[1]) <= LAST_YEAR:
        return Unread.of("E101 years", first=FIRST_YEAR, last=LAST_YEAR)
    return int(match[1])


def read_number(text: str, column: Column) -> float | Unread:
    """A decimal number, NaN for NC; decimals follow a point or a comma, any one space may part thousands."""
    if text.casefold() == NOT_COMMUNICATED:
        return math.nan
    value = _parsed_number(text)
    if value is None:
        return Unread.of(next(name for hint, name in _HINTS if hint.search(text)))
    if not math.isfinite(value):
        return Unread.of("E106 infinite")
    if not _is_within(value, column):
        return Unread.of("E106 bounds", bounds=_bounds(column))
    if column.whole and not value.is_integer():
        return Unread.of("E106 whole")
    return value


def _parsed_number(text: str) -> float | None:
    """What a text says as a number; None where it says none, or in digits of another script."""
    match = _NUMBER.fullmatch(text)
    is_latin = all(char.isascii() or char.isspace() or char == "−" for char in text)
    if not match or not is_latin:
        return None
    sign, whole, decimals = match.groups()
    value = float(f"{''.join(whole.split())}.{decimals or 0}")
    return -value if sign and sign != "+" and value else value


def _is_within(value: float, column: Column) -> bool:
    """Whether a number is within the bounds of its column."""
    low = -math.inf if column.minimum is None else column.minimum
    high = math.inf if column.maximum is None else column.maximum
    return low <= value <= high


def _bounds(column: Column) -> str:
    """The bounds of a column, in French."""
    low = column.minimum or 0
    if column.maximum is None:
        return f"au moins {low:g}"
    return f"entre {written(low)} et {written(column.maximum)}"


def read_flag(text: str) -> bool | Unread:
    """``oui`` or ``non``, in any case."""
    return text.casefold() == "oui" if text.casefold() in ("oui", "non") else Unread.of("E101 flag")


def read_code(
    text: str, words: Mapping[str, str], families: Mapping[str, str] | None = None
) -> str | Unread:
    """One of the codes of the column, written so or by its French words; a family of several is refused."""
    if text in words:
        return text
    meant = codes_by_label(words).get(label_key(text), ())
    if len(meant) == 1:
        return meant[0]
    if meant:
        choices = ", ".join(f"« {code} » ({words[code]})" for code in meant)
        return Unread.of("E103 several", text=text, choices=choices)
    if label_key(text) in codes_by_label(families or {}):
        return Unread.of("E103 family", text=text)
    name = "E103 nc" if text.casefold() == NOT_COMMUNICATED else "E103"
    return Unread.of(name, expected=_codes_expected(words) + _nearest_code(text, words))


def _codes_expected(words: Mapping[str, str]) -> str:
    """Which codes a column takes, in French: all of them, with their words where they are few."""
    if len(words) > MAX_LISTED:
        return "code attendu de la liste du service"
    listed = [f"{code} ({label})" for code, label in words.items()]
    return f"code attendu parmi {', '.join(listed if len(words) <= MAX_EXPLAINED else words)}"


def _nearest_code(text: str, words: Mapping[str, str]) -> str:
    """The code that a text is nearest to, by itself or by its words; nothing where none is."""
    alike = {simplified(label): code for code, label in words.items()}
    alike |= {simplified(code): code for code in words}
    near = difflib.get_close_matches(simplified(text), list(alike), n=1, cutoff=0.6)
    return f", le plus proche est « {alike[near[0]]} »" if near else ""


_READERS = {"date": read_date, "birth": read_birth, "year": read_year, "flag": read_flag}


def words_of(column: Column, service: Service) -> Mapping[str, str]:
    """Code to its words, for every code that a column may hold; the issues, after their family, are of the settings."""
    if column.kind == "flag":
        return FLAGS
    issues = ((family, code) for family in service.problematiques for code in family.codes)
    return column.words or {
        code.code: f"{family.libelle} : {code.libelle}" for family, code in issues
    }


def read_table(raw: Raw, contract: Contract, service: Service) -> Table:
    """Read every cell of a table; rows that are empty from end to end are skipped."""
    cells, filled = _filled_rows([_cleaned(column) for column in raw.columns])
    headers = _match_headers(contract, raw, [not column.missing.all() for column in cells])
    read: dict[str, pd.Series] = {}
    texts: dict[str, Cells] = {}
    for name, place in headers.places.items():
        texts[name], series = _typed(contract.column(name), cells[place], service)
        read |= series
    frame = _whole_frame(contract, read, int(filled.sum()))
    table = Table(contract, frame, texts, raw.lines[filled], raw.lost, raw.header_line is None)
    findings = [*headers.findings]
    findings += _of_columns(table, raw, headers, filled, service)
    findings += _personal_cells(table, raw, headers, cells)
    findings += _names_of_educators(table)
    return replace(table, findings=tuple(findings))


def _filled_rows(cells: Sequence[Cells]) -> tuple[list[Cells], Mask]:
    """The columns without the rows that are empty from end to end, and which rows are left."""
    filled = np.zeros(len(cells[0].rows) if cells else 0, dtype=bool)
    for column in cells:
        filled |= ~column.missing
    return [replace(column, rows=column.rows[filled]) for column in cells], filled


def _whole_frame(contract: Contract, read: Mapping[str, pd.Series], rows: int) -> pd.DataFrame:
    """The columns of a contract, those that are absent of missing values, False or 0."""
    whole = dict(read)
    for name, dtype in contract.dtypes.items():
        nothing = 0 if str(dtype) in ("bool", "int64") else None
        if name not in whole:
            whole[name] = pd.Series(nothing, range(rows), dtype)
    return pd.DataFrame({name: whole[name] for name in contract.dtypes})


def _of_columns(
    table: Table, raw: Raw, headers: "_Headers", filled: Mask, service: Service
) -> Iterator[Finding]:
    """What is wrong in the cells of the columns that the contract knows."""
    for name, place in headers.places.items():
        damaged = np.isin(table.lines, [line for line, column in raw.damaged if column == place])
        numbers = raw.numbers.get(place, np.zeros(len(filled), dtype=bool))[filled]
        yield from _of_cells(table, table.contract.column(name), damaged, numbers, service)


def _personal_cells(
    table: Table, raw: Raw, headers: "_Headers", cells: Sequence[Cells]
) -> Iterator[Finding]:
    """Names, phones, addresses in the texts of a table about young people."""
    if not table.contract.about_young_people:
        return
    kinds = dict.fromkeys(headers.unknown, "text")
    kinds |= {place: table.contract.column(name).kind for name, place in headers.places.items()}
    for place, kind in kinds.items():
        if kind not in ("text", "identifier"):
            continue
        column, title = cells[place], raw.header[place]
        labels = personal_values(column.values, kind == "identifier")
        for row in rows_in(column.rows_with(labels)):
            at = int(column.rows[row])
            line = int(table.lines[row])
            shown = column.values[at].as_py()
            yield finding("E302", table.name, line, title, shown, what=labels[at])


def _names_of_educators(table: Table) -> Iterator[Finding]:
    """Educators whose code is a name."""
    educators = table.texts.get("educateur")
    if educators is None:
        return
    texts = enumerate(educators.values.to_pylist())
    named = [at for at, text in texts if code_is_a_name(text or "")]
    for row in rows_in(educators.rows_with(named)):
        yield table.at(row, "E302 educator", "educateur")


def _cleaned(column: pa.ChunkedArray) -> Cells:
    encoded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    values = encoded.dictionary
    if not pc.all(pc.string_is_ascii(values)).as_py():
        values = pc.replace_substring_regex(values, f"[{UNSEEN}]", "")
        values = pc.utf8_normalize(values, form="NFC")
    values = pc.replace_substring(values, "\r\n", "\n")
    values = pc.utf8_trim_whitespace(values)
    values = pc.utf8_trim(values, characters=" \n\t")
    missing = pa.scalar(None, pa.large_string())
    values = pc.if_else(pc.equal(values, ""), missing, values)
    return Cells(values, encoded.indices.to_numpy(zero_copy_only=False), {})


def reader(column: Column, service: Service) -> Callable[[str], object] | None:
    """What reads a cell of the column; None where any text will do."""
    if column.kind == "code":
        families: dict[str, str] = {}
        if not column.words:
            families = {family.code: family.libelle for family in service.problematiques}
        return partial(read_code, words=words_of(column, service), families=families)
    if column.kind == "commune":
        return partial(read_commune, service=service)
    if column.kind == "territory":
        return partial(read_territory, service=service)
    if column.kind == "number":
        return partial(read_number, column=column)
    return _READERS.get(column.kind)


def _typed(column: Column, cells: Cells, service: Service) -> tuple[Cells, dict[str, pd.Series]]:
    """The cells of a column with those that could not be read, and its series: of a birth, the day
    and the year."""
    read = reader(column, service)
    values = _values_read(cells, read) if read else []
    wrong = {place: value for place, value in enumerate(values) if isinstance(value, Unread)}
    cells = replace(cells, wrong=wrong | _unreadable(cells))
    known = [None if place in cells.wrong else value for place, value in enumerate(values)]
    if column.kind in ("birth", "date"):
        return cells, _days(column, known, cells)
    if column.kind in _FILLERS:
        return cells, {column.name: _numbers(known, _FILLERS[column.kind], cells)}
    kept = pa.array(known, pa.large_string()) if read else _texts_read(cells)
    taken = pc.take(kept, pa.array(cells.rows))
    return cells, {column.name: pd.Series(taken, dtype=TEXT)}


def _values_read(cells: Cells, read: Callable[[str], object]) -> list[object]:
    """What each distinct text means, None where the cell is empty."""
    return [None if text is None else read(text) for text in cells.values.to_pylist()]


def _unreadable(cells: Cells) -> dict[int, Unread]:
    """Values that no column reads: errors of a spreadsheet, control characters, texts too long for a cell."""
    long = rows_in(mask_of(pc.greater(pc.utf8_length(cells.values), MAX_CHARACTERS)))
    wrong = dict.fromkeys(cells.matching(_SHEET_ERRORS), Unread.of("E108"))
    wrong |= dict.fromkeys(cells.matching(_CONTROLS), Unread.of("E109"))
    return wrong | dict.fromkeys(long, Unread.of("E110"))


def _texts_read(cells: Cells) -> pa.LargeStringArray:
    """The texts of a column that any text will do for, without those that could not be read."""
    if not cells.wrong:
        return cells.values
    kept = pa.array([place not in cells.wrong for place in range(len(cells.values))])
    return pc.if_else(kept, cells.values, None)


def _numbers(values: Sequence[Any], filler: float, cells: Cells) -> pd.Series:
    """The numbers of a column, of a type that has no missing value but its filler."""
    filled = [filler if value is None else value for value in values]
    return pd.Series(np.array(filled, dtype=type(filler))[cells.rows])


def _days(column: Column, values: Sequence[Any], cells: Cells) -> dict[str, pd.Series]:
    """The days of a column; of births the years too, which may be all that is known."""
    days = [value if isinstance(value, date) else None for value in values]
    series = {column.name: pd.Series(np.array(days, dtype="datetime64[us]")[cells.rows])}
    if column.kind == "birth":
        born = [value.year if isinstance(value, date) else value for value in values]
        years = pd.array(born, "Int64").take(cells.rows)
        series[birth_year_name(column.name)] = pd.Series(years)
    return series


@dataclass(frozen=True)
class _Headers:
    """The headers of a table: the place of each column of the contract, the places of those that
    are unknown, and what is wrong with them."""

    places: Mapping[str, int]
    unknown: Sequence[int]
    findings: Sequence[Finding]


def _match_headers(contract: Contract, raw: Raw, filled: Sequence[bool]) -> _Headers:
    """Match the headers of a table with its contract. ``filled`` is whether each column has a cell."""
    places: dict[str, int] = {}
    unknown: list[int] = []
    findings: list[Finding] = []
    known = contract.column_names
    # A header written exactly comes before one that only looks like it.
    for place, title in sorted(enumerate(raw.header), key=lambda item: item[1] not in known):
        column = simplified(title)
        if not column:
            findings += _of_blank_header(raw, place) if filled[place] else []
        elif column in known and column not in places:
            places[column] = place
            findings += _of_spelling(raw, title, column)
        else:
            findings.append(_of_other_header(contract, raw, title, column in places))
            if findings[-1].code == "A002":
                unknown.append(place)
    return _Headers(places, unknown, [*findings, *_missing_columns(contract, raw, places)])


def _of_blank_header(raw: Raw, place: int) -> list[Finding]:
    """A column that has cells and no header."""
    return [finding("E008 blank", raw.name, raw.header_line, rank=place + 1)]


def _of_spelling(raw: Raw, title: str, column: str) -> list[Finding]:
    """A header that only looks like the column that it is read as."""
    if title == column:
        return []
    named = column if raw.header_line else None
    more: dict[str, Any] = {"what": "L'en-tête", "written": title, "meant": column}
    return [finding("A004", raw.name, raw.header_line, named, title, **more)]


def _of_other_header(contract: Contract, raw: Raw, title: str, is_twice: bool) -> Finding:
    """A header that is there twice, that of personal data, or one that no column has."""
    place = raw.name, raw.header_line
    if is_twice:
        column = simplified(title)
        return finding("E008 twice", *place, column, title, column=column)
    personal = personal_header(title) if contract.about_young_people else None
    if personal:
        return finding("E301", *place, title, what=personal)
    near = nearest(title, contract.column_names)
    sentence = "A002 near" if near else "A002"
    return finding(sentence, *place, title, written=title, meant=near)


def _missing_columns(contract: Contract, raw: Raw, places: Mapping[str, int]) -> Iterator[Finding]:
    """The columns that must exist and do not."""
    for column in contract.columns:
        if column.required and column.name not in places:
            more = {"note": column.note, "name": column.name}
            yield finding("E002", raw.name, raw.header_line, column.name, **more)


def _of_cells(
    table: Table, column: Column, damaged: Mask, numbers: Mask, service: Service
) -> Iterator[Finding]:
    """What is wrong in the cells of a column: not read, empty, a place that may be another."""
    name, cells = column.name, table.texts[column.name]
    for row in rows_in(table.unread(name)):
        unread = cells.wrong[int(cells.rows[row])]
        message = unread.message[0].upper() + unread.message[1:]
        yield table.at(row, unread.code, name, message=message)
    # An empty cell of a number is « nc », required or not.
    if not column.nullable and column.kind != "number":
        for row in rows_in(cells.missing & ~damaged):
            yield table.at(row, "E105", name, note=column.note)
    if column.kind in ("commune", "territory"):
        yield from _of_places(table, name, numbers, service)


def _of_places(table: Table, name: str, numbers: Mask, service: Service) -> Iterator[Finding]:
    """Codes of communes that a spreadsheet made numbers of, or that may stand for one of the
    service's."""
    cells, codes = table.texts[name], table.frame[name]
    floated = numbers | cells.rows_with(cells.matching(r"^\d+\.0+$"))
    for row in rows_in(floated & table.readable(name)):
        yield table.at(row, "A101", name)
    doubts = {code: doubtful(code, service) for code in codes.dropna().unique()}
    doubts = {code: doubt for code, doubt in doubts.items() if doubt}
    for row in rows_in(codes.isin(list(doubts))):
        yield table.at(row, "P211", name, message=doubts[codes[row]])
