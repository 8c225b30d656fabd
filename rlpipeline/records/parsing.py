"""One cell: the text of what a source holds, and what is read of it, or why it cannot be."""

import calendar
import difflib
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np

from rlpipeline.records.labels import codes_by_label, label_key, said
from rlpipeline.records.names import simplified
from rlpipeline.records.tables import FIRST_YEAR, LAST_YEAR, Column

SHEET_EPOCH = date(1899, 12, 30)  # day 0 of a spreadsheet
NOT_COMMUNICATED = "nc"
MAX_LISTED, MAX_EXPLAINED = 12, 4
_HOUR = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?"
_DATE = re.compile(rf"(?:(\d{{4}})-(\d{{1,2}})-(\d{{1,2}})|(\d{{1,2}})/(\d{{1,2}})/(\d{{4}})){_HOUR}", re.ASCII)
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


@dataclass(frozen=True)
class Unread:
    """A cell that could not be read: its finding's code and message."""

    code: str
    message: str

    @classmethod
    def of(cls, name: str, /, **words: object) -> "Unread":
        """Why, by the name of a sentence."""
        return cls(name[:4], said(name, **words))


def text_of(value: object) -> str | None:  # noqa: PLR0911
    """The text of a cell of a workbook or of a database as a CSV file would hold it, None for nothing. No number has an
    exponent, nor midnight an hour; bytes that are not text become U+FFFD, which is refused."""
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):  # which is a number too
        return "oui" if value else "non"
    if isinstance(value, float):
        return np.format_float_positional(value, trim="-") if np.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime):
        return str(value.date()) if value.time() == time() else value.isoformat(" ", "seconds")
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds()) // 60
        return f"{minutes // 60}:{minutes % 60:02d}"
    return "\ufffd" if isinstance(value, bytes | bytearray | memoryview) else str(value)


def read_date(text: str) -> date | Unread:
    """A day written ``2023-05-17`` or ``17/05/2023``; an hour written after it is left out."""
    match = _DATE.fullmatch(text)
    if serial := _SERIAL.fullmatch(text):
        return Unread.of("E101 serial", day=SHEET_EPOCH + timedelta(days=int(serial[1])))
    if not match:
        short = "E101 short" if _SHORT.fullmatch(text) else None
        return Unread.of(short or ("E101 year alone" if _YEAR.fullmatch(text) else "E101 date"))
    year, month, day = (int(part) for part in (match.groups()[:3] if match[1] else match.groups()[:2:-1]))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Unread.of("E102 year", year=year, first=FIRST_YEAR, last=LAST_YEAR)
    if not 1 <= month <= 12:
        swapped = month > 12 and 1 <= day <= 12 and month <= calendar.monthrange(year, day)[1]
        return Unread.of("E102 swapped" if swapped else "E102 month", year=year, month=month, day=day)
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
        return Unread.of(next(name for pattern, name in _HINTS if re.search(pattern, text, re.IGNORECASE)))
    sign, whole, decimals = match.groups()
    value = float(f"{''.join(whole.split())}.{decimals or 0}")
    value = -value if sign in ("-", "−") and value else value
    low, high = column.minimum, column.maximum
    if not math.isfinite(value):
        return Unread.of("E106 infinite")
    if (low is not None and value < low) or (high is not None and value > high):
        bounds = f"au moins {low:g}" if high is None else f"entre {written(low or 0)} et {written(high)}"
        return Unread.of("E106 bounds", bounds=bounds)
    return Unread.of("E106 whole") if column.whole and not value.is_integer() else value


def written(bound: float) -> str:
    """A number as it is written in French, without decimals that tell nothing: « 10 000 », « 115,4 »."""
    return f"{round(bound, 2):,.10g}".replace(",", "\u202f").replace(".", ",")


def read_flag(text: str) -> bool | Unread:
    """``oui`` or ``non``, in any case."""
    return text.casefold() == "oui" if text.casefold() in ("oui", "non") else Unread.of("E101 flag")


def read_code(text: str, words: Mapping[str, str], families: Mapping[str, str] | None = None) -> str | Unread:
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
    choices = ", ".join(f"{code} ({label})" if len(words) <= MAX_EXPLAINED else code for code, label in words.items())
    listed = f"code attendu {f'parmi {choices}' if len(words) <= MAX_LISTED else 'de la liste du service'}"
    expected = f"{listed}{f', le plus proche est « {alike[near[0]]} »' if near else ''}"
    return Unread.of("E103 nc" if text.casefold() == NOT_COMMUNICATED else "E103", expected=expected)
