"""One cell of an export read as a day, a birth, a number or a duration, by what the workbook says of its column."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Mapping
from datetime import date, datetime, timedelta

from rlpipeline.characters import UNSEEN, unaccented
from rlpipeline.importing import FRENCH
from rlpipeline.records.parsing import SHEET_EPOCH, Unread, read_date, read_number, text_of
from rlpipeline.records.tables import Column

DAY_FIRST, MONTH_FIRST = FRENCH["listes"]["jour et mois"]
HOURS, MINUTES, _, AGE = FRENCH["listes"]["unité"]
MONTHS: Mapping[str, int] = {name: rank for rank, names in enumerate(FRENCH["mois"], 1) for name in names.split()}
_SHORT = re.compile(r"(\d{1,2})[/.\-](\d{1,2})(?:[/.\-](\d{2}|\d{4}))?(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?")
_WORDY = re.compile(r"(\d{1,2})(?:er)?\s+([a-z]+)\.?(?:\s+(\d{4}))?")
_DURATION = re.compile(r"(?:(\d+)\s*h(?:eures?)?\s*)?(?:(\d{1,2})\s*(?:min(?:utes?)?|mn)?)?")
_COLONS = re.compile(r"(\d+):(\d{2})(?::\d{2})?")
_AGE = re.compile(r"(\d{1,2})(?:\.0+)?(?: ?ans)?")
_BANDS = ((11, "moins_11"), (15, "11_14"), (19, "15_18"), (22, "19_21"))


def text(cell: object) -> str:
    """The cell as one line of text, without what nobody sees; empty where it is."""
    plain = unicodedata.normalize("NFC", re.sub(f"[{UNSEEN}]", "", text_of(cell) or ""))
    return " ".join(plain.split())


def read_day(cell: object, order: str, year: int | None, within: bool = False) -> date | None:
    """A day, however it is written; None where it is not one for sure.

    ``order`` is that of days written with numbers, ``year`` that of days written without one; ``within`` allows other
    words around it, as in a heading.
    """
    if isinstance(cell, datetime | date):
        return cell.date() if isinstance(cell, datetime) else cell
    words = text(cell)
    if isinstance(cell, int | float) or re.fullmatch(r"[2-6]\d{4}(?:\.0+)?", words):
        serial = float(words or 0)
        return SHEET_EPOCH + timedelta(days=int(serial)) if 20_000 < serial < 70_000 else None
    read = read_date(words) if order != MONTH_FIRST or words[4:5] == "-" else None
    if isinstance(read, date):
        return read
    if match := _SHORT.search(words) if within else _SHORT.fullmatch(words):
        first, second = int(match[1]), int(match[2])
        return _day(_year(match[3], year), *((first, second) if order == MONTH_FIRST else (second, first)))
    match = _WORDY.search(unaccented(words)) if within else _WORDY.fullmatch(unaccented(words))
    return _day(_year(match[3], year), MONTHS[match[2]], int(match[1])) if match and match[2] in MONTHS else None


def is_bare_day(word: str) -> bool:
    """Whether a day is written without its month and year: no one date is what it means on every line."""
    return bool(re.fullmatch(r"(?:0?[1-9]|[12]\d|3[01])(?:er)?", word))


def _year(written: str | None, year: int | None) -> int | None:
    if written is None:
        return year
    short = int(written)
    return short if len(written) == 4 else 2000 + short if 2000 + short <= date.today().year else 1900 + short


def _day(year: int | None, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year else None
    except ValueError:
        return None


def read_birth(cell: object, order: str, year: int | None, unit: str) -> str | None:
    """A date of birth, or its year; an age where the unit says so, at the end of the year of the line."""
    words = text(cell)
    if unit == AGE:
        match = _AGE.fullmatch(words)
        return str(year - int(match[1])) if match and year else None
    if re.fullmatch(r"(?:19|20)\d\d(?:\.0+)?", words):
        return words[:4]
    day = read_day(cell, order, None)
    return day.isoformat() if day else None


def read_whole_year(cell: object, order: str, within: bool = False) -> int | None:
    """A year, or that of a day."""
    day = read_day(cell, order, None, within)
    number = read_amount(cell)
    return day.year if day else int(number) if number and 1900 < number < 2100 else None


def read_hours(cell: object, unit: str) -> float | None:
    """Hours and decimals; « 2h30 » and times of a spreadsheet are durations whatever the unit."""
    if isinstance(cell, timedelta):
        return cell.total_seconds() / 3600
    words = text(cell).casefold()
    match = _COLONS.fullmatch(words) or (None if words.isdecimal() else _DURATION.fullmatch(words))
    if match and (match[1] or match[2]):
        return int(match[1] or 0) + int(match[2] or 0) / 60
    number = read_amount(words)
    if number is None or unit == HOURS or not unit:
        return number
    whole = int(number)
    return number / 60 if unit == MINUTES else whole + round((number - whole) * 100) / 60  # 1.30 is an hour and a half


def read_amount(cell: object) -> float | None:
    """A number, with or without its unit (€, %); None where it is not one."""
    words = re.sub(r"\s*(?:€|eur(?:os)?|%)$", "", text(cell), flags=re.IGNORECASE)
    read = read_number(words, Column("nombre", "number"))
    return None if isinstance(read, Unread) or math.isnan(read) else read


def age_band(cell: object) -> str | None:
    """The band of ages of a bare age."""
    match = _AGE.fullmatch(text(cell))
    return next((band for limit, band in _BANDS if int(match[1]) < limit), "plus_21") if match else None
