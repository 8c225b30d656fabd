"""Dates as they are typed in France, and why the others cannot be read."""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta

from rlpipeline.records.schema import FIRST_YEAR, LAST_YEAR

_HOUR = r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}(?::?\d{2})?)?)?"
_ISO = re.compile(rf"(\d{{4}})-(\d{{1,2}})-(\d{{1,2}}){_HOUR}", re.ASCII)
_FRENCH = re.compile(rf"(\d{{1,2}})/(\d{{1,2}})/(\d{{4}}){_HOUR}", re.ASCII)
_SHORT = re.compile(r"\d{1,2}[/.\-]\d{1,2}[/.\-]\d{2}", re.ASCII)
_YEAR = re.compile(r"(\d{4})(?:\.0+)?", re.ASCII)
_SERIAL = re.compile(r"(\d{5})(?:\.\d+)?", re.ASCII)
SHEET_EPOCH = date(1899, 12, 30)
"""Day 0 of a spreadsheet."""
EXPECTED = "date attendue comme 2023-05-17 ou 17/05/2023 (le jour d'abord)"


@dataclass(frozen=True)
class Unread:
    """A cell that could not be read: its finding's code and message."""

    code: str
    message: str


def read_date(text: str) -> date | Unread:
    """A day written ``2023-05-17`` or ``17/05/2023``; an hour written after it is left out."""
    if match := _ISO.fullmatch(text):
        year, month, day = (int(part) for part in match.groups())
    elif match := _FRENCH.fullmatch(text):
        day, month, year = (int(part) for part in match.groups())
    else:
        return Unread("E101", _hint(text))
    return _existing(year, month, day)


def read_birth(text: str) -> date | int | Unread:
    """A date of birth, or the year alone."""
    if _YEAR.fullmatch(text):
        return read_year(text)
    return read_date(text)


def read_year(text: str) -> int | Unread:
    """A year of four digits."""
    match = _YEAR.fullmatch(text)
    if not match:
        return Unread("E101", "année de quatre chiffres attendue, par exemple 2023 ; corriger la cellule.")
    year = int(match.group(1))
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Unread("E101", f"année entre {FIRST_YEAR} et {LAST_YEAR} attendue ; corriger la cellule.")
    return year


def _existing(year: int, month: int, day: int) -> date | Unread:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return Unread("E102", f"l'année {year:04d} est impossible ({FIRST_YEAR} à {LAST_YEAR}) ; corriger la cellule.")
    if month > 12 and 1 <= day <= 12:
        swapped = _valid(year, day, month)
        likely = f" (jour et mois semblent inversés : peut-être {swapped:%d/%m/%Y})" if swapped else ""
        return Unread("E102", f"le mois {month} n'existe pas{likely} ; {EXPECTED}.")
    if not 1 <= month <= 12:
        return Unread("E102", f"le mois {month} n'existe pas ; {EXPECTED}.")
    last = calendar.monthrange(year, month)[1]
    if not 1 <= day <= last:
        return Unread(
            "E102", f"le jour {day} n'existe pas : {month:02d}/{year} va du 1 au {last} ; corriger la cellule."
        )
    return date(year, month, day)


def _valid(year: int, month: int, day: int) -> date | None:
    return date(year, month, day) if 1 <= day <= calendar.monthrange(year, month)[1] else None


def _hint(text: str) -> str:
    """What the text probably is, then what was expected."""
    if _SHORT.fullmatch(text):
        return f"année sur deux chiffres ; {EXPECTED}, l'année sur quatre chiffres."
    if _YEAR.fullmatch(text):
        return f"année seule ; {EXPECTED}."
    if match := _SERIAL.fullmatch(text):
        day = SHEET_EPOCH + timedelta(days=int(match.group(1)))
        likely = f"nombre au lieu d'une date (un tableur y lirait le {day:%d/%m/%Y})"
        return f"{likely} ; {EXPECTED} : mettre la cellule au format date."
    return f"{EXPECTED} ; corriger la cellule."
