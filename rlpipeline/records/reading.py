"""The cells of a table, read: what the text of each means, or why it means nothing; what is wrong in its headers."""

import calendar
import difflib
import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
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
    (r"\d\s*(?:h|heures?|min|mn|:\s*\d)", "E101 hours"),
    (r"[%€]|eur", "E101 unit"),
    (r"\d[.,]\d{3}[.,]\d", "E101 thousands"),
    ("", "E101 number"),
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
    if serial := _SERIAL.fullmatch(text):
        return Unread.of("E101 serial", day=SHEET_EPOCH + timedelta(days=int(serial[1])))
    if not match:
        short = "E101 short" if _SHORT.fullmatch(text) else None
        return Unread.of(short or ("E101 year alone" if _YEAR.fullmatch(text) else "E101 date"))
    year, month, day = (
        int(part) for part in (match.groups()[:3] if match[1] else match.groups()[:2:-1])
    )
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Unread.of("E102 year", year=year, first=FIRST_YEAR, last=LAST_YEAR)
    if not 1 <= month <= 12:
        swapped = month > 12 and 1 <= day <= 12 and month <= calendar.monthrange(year, day)[1]
        return Unread.of(
            "E102 swapped" if swapped else "E102 month", year=year, month=month, day=day
        )
    last = calendar.monthrange(year, month)[1]
    if not 1 <= day <= last:
        return Unread.of("E102 day", day=day, month=month, year=year, last=last)
    return date(year, month, day)


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
    match = _NUMBER.fullmatch(text)
    if not match or not all(char.isascii() or char.isspace() or char == "−" for char in text):
        return Unread.of(
            next(name for pattern, name in _HINTS if re.search(pattern, text, re.IGNORECASE))
        )
    sign, whole, decimals = match.groups()
    value = float(f"{''.join(whole.split())}.{decimals or 0}")
    value = -value if sign in ("-", "−") and value else value
    low, high = column.minimum, column.maximum
    if not math.isfinite(value):
        return Unread.of("E106 infinite")
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = (
            f"au moins {low:g}" if high is None else f"entre {written(low or 0)} et {written(high)}"
        )
        return Unread.of("E106 bounds", bounds=bounds)
    return Unread.of("E106 whole") if column.whole and not value.is_integer() else value


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
    alike = {simplified(name): code for code, label in words.items() for name in (label, code)}
    near = difflib.get_close_matches(simplified(text), list(alike), n=1, cutoff=0.6)
    choices = ", ".join(
        f"{code} ({label})" if len(words) <= MAX_EXPLAINED else code
        for code, label in words.items()
    )
    listed = f"code attendu {f'parmi {choices}' if len(words) <= MAX_LISTED else 'de la liste du service'}"
    expected = f"{listed}{f', le plus proche est « {alike[near[0]]} »' if near else ''}"
    return Unread.of(
        "E103 nc" if text.casefold() == NOT_COMMUNICATED else "E103", expected=expected
    )


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
    cells = [_cleaned(column) for column in raw.columns]
    filled = np.zeros(len(raw.lines), dtype=bool)
    for column in cells:
        filled |= ~column.missing
    cells = [replace(column, rows=column.rows[filled]) for column in cells]
    places, unknown, findings = _match_headers(
        contract, raw, [not column.missing.all() for column in cells]
    )
    read: dict[str, pd.Series] = {}
    texts: dict[str, Cells] = {}
    for name, place in places.items():
        texts[name], series = _typed(contract.column(name), cells[place], service)
        read |= series
    for (
        name,
        dtype,
    ) in (
        contract.dtypes.items()
    ):  # absent columns: missing values, False for a yes-or-no, 0 for a year
        if name not in read:
            nothing = 0 if str(dtype) in ("bool", "int64") else None
            read[name] = pd.Series(nothing, range(int(filled.sum())), dtype)
    frame = pd.DataFrame({name: read[name] for name in contract.dtypes})
    table = Table(contract, frame, texts, raw.lines[filled], raw.lost, raw.header_line is None)
    kinds = dict.fromkeys(unknown, "text")
    for name, place in places.items():
        kinds[place] = contract.column(name).kind
        damaged = np.isin(table.lines, [line for line, column in raw.damaged if column == place])
        numbers = (
            raw.numbers[place][filled]
            if place in raw.numbers
            else np.zeros(len(table.lines), dtype=bool)
        )
        findings += _of_cells(table, contract.column(name), damaged, numbers, service)
    for place, kind in kinds.items() if contract.about_young_people else ():
        values, rows = cells[place].values, cells[place].rows
        labels = (
            personal_values(values, kind == "identifier") if kind in ("text", "identifier") else {}
        )
        for row in rows_in(cells[place].rows_with(labels)):
            line, at = int(table.lines[row]), int(rows[row])
            findings.append(
                finding(
                    "E302", table.name, line, raw.header[place], values[at].as_py(), what=labels[at]
                )
            )
    if educators := texts.get("educateur"):
        named = (
            at for at, text in enumerate(educators.values.to_pylist()) if code_is_a_name(text or "")
        )
        findings += [
            table.at(row, "E302 educator", "educateur")
            for row in rows_in(educators.rows_with(named))
        ]
    return replace(table, findings=tuple(findings))


def _cleaned(column: pa.ChunkedArray) -> Cells:
    encoded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    values = encoded.dictionary
    if not pc.all(pc.string_is_ascii(values)).as_py():
        values = pc.utf8_normalize(
            pc.replace_substring_regex(values, f"[{UNSEEN}]", ""), form="NFC"
        )
    values = pc.replace_substring(values, "\r\n", "\n")
    values = pc.utf8_trim(pc.utf8_trim_whitespace(values), characters=" \n\t")
    values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.large_string()), values)
    return Cells(values, encoded.indices.to_numpy(zero_copy_only=False), {})


def reader(column: Column, service: Service) -> Callable[[str], object] | None:
    """What reads a cell of the column; None where any text will do."""
    if column.kind == "code":
        families = (
            {}
            if column.words
            else {family.code: family.libelle for family in service.problematiques}
        )
        return partial(read_code, words=words_of(column, service), families=families)
    if column.kind in ("commune", "territory"):
        return partial(
            read_commune if column.kind == "commune" else read_territory, service=service
        )
    return (
        partial(read_number, column=column)
        if column.kind == "number"
        else _READERS.get(column.kind)
    )


def _typed(column: Column, cells: Cells, service: Service) -> tuple[Cells, dict[str, pd.Series]]:
    read, name, texts = reader(column, service), column.name, cells.values
    long = rows_in(mask_of(pc.greater(pc.utf8_length(texts), MAX_CHARACTERS)))
    wrong = dict.fromkeys(cells.matching(f"{_SHEET_ERRORS}|{_CONTROLS}"), Unread.of("E108"))
    wrong |= dict.fromkeys(cells.matching(_CONTROLS) if wrong else (), Unread.of("E109"))
    wrong |= dict.fromkeys(long, Unread.of("E110"))
    every: list[Any] = (
        [None if text is None else read(text) for text in texts.to_pylist()] if read else []
    )
    wrong = {place: value for place, value in enumerate(every) if isinstance(value, Unread)} | wrong
    values = [None if place in wrong else value for place, value in enumerate(every)]
    cells = replace(cells, wrong=wrong)
    if column.kind in _FILLERS:
        filler = _FILLERS[column.kind]
        filled = np.array(
            [filler if value is None else value for value in values], dtype=type(filler)
        )
        return cells, {name: pd.Series(filled[cells.rows])}
    if column.kind not in ("birth", "date"):
        kept = pa.array([place not in wrong for place in range(len(texts) if wrong else 0)])
        texts = (
            pa.array(values, pa.large_string())
            if read
            else pc.if_else(kept, texts, None)
            if wrong
            else texts
        )
        return cells, {name: pd.Series(pc.take(texts, pa.array(cells.rows)), dtype=TEXT)}
    days = [value if isinstance(value, date) else None for value in values]
    series = {name: pd.Series(np.array(days, dtype="datetime64[us]")[cells.rows])}
    if column.kind == "birth":
        years = pd.array(
            [value.year if isinstance(value, date) else value for value in values], "Int64"
        )
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
    for place, title in sorted(enumerate(raw.header), key=lambda item: item[1] not in known):
        column = simplified(title)
        if column in places:
            findings.append(finding("E008 twice", name, line, column, title, column=column))
        elif column in known:
            places[column] = place
            if title != column:
                more = {"what": "L'en-tête", "written": title, "meant": column}
                findings.append(
                    finding("A004", name, line, column if line else None, title, **more)
                )
        elif column and (like := personal_header(title)) and contract.about_young_people:
            findings.append(finding("E301", name, line, title, what=like))
        elif column:
            unknown.append(place)
            near = nearest(title, known)
            findings.append(
                finding(
                    "A002 near" if near else "A002", name, line, title, written=title, meant=near
                )
            )
        elif filled[place]:
            findings.append(finding("E008 blank", name, line, rank=place + 1))
    for missing in (
        column for column in contract.columns if column.required and column.name not in places
    ):
        findings.append(
            finding("E002", name, line, missing.name, note=missing.note, name=missing.name)
        )
    return places, unknown, findings


def _of_cells(
    table: Table, column: Column, damaged: Mask, numbers: Mask, service: Service
) -> Iterator[Finding]:
    name, cells = column.name, table.texts[column.name]
    for row in rows_in(table.unread(name)):
        unread = cells.wrong[int(cells.rows[row])]
        yield table.at(
            row, unread.code, name, message=unread.message[0].upper() + unread.message[1:]
        )
    if (
        not column.nullable and column.kind != "number"
    ):  # an empty cell of a number is « nc », required or not
        for row in rows_in(cells.missing & ~damaged):
            yield table.at(row, "E105", name, note=column.note)
    if column.kind in ("commune", "territory"):
        floated = numbers | cells.rows_with(cells.matching(r"^\d+\.0+$"))
        for row in rows_in(floated & table.readable(name)):
            yield table.at(row, "A101", name)
        codes = table.frame[name]
        doubts = {
            code: doubt for code in codes.dropna().unique() if (doubt := doubtful(code, service))
        }
        for row in rows_in(codes.isin(list(doubts))):
            yield table.at(row, "P211", name, message=doubts[codes[row]])
