"""French forms that the pages themselves need: dates, Roman numerals, slugs, lists by first letter."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import groupby
from typing import TypeVar

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
LONGEST = 60
ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
MOST_TOGETHER = 40
"""Communes in one list; beyond, they are folded by first letter."""
T = TypeVar("T")


def french_date(day: date) -> str:
    """18 avril 2024; the first of a month is « 1er »."""
    return f"{'1er' if day.day == 1 else day.day} {MONTHS[day.month - 1]} {day.year}"


def roman(number: int) -> str:
    """Roman numeral of a small positive number."""
    numeral = ""
    for value, letters in ROMAN:
        numeral += letters * (number // value)
        number %= value
    return numeral


def short(text: str) -> str:
    """At most 60 characters of a slug, whole words."""
    return text if len(text) <= LONGEST else text[: LONGEST + 1].rpartition("-")[0] or text[:LONGEST]


def slug(text: str) -> str:
    """Lower-case ASCII letters, digits and hyphens; ``partie`` when nothing is left."""
    plain = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae")
    ascii_text = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-") or "partie"


def by_letter(places: Sequence[T], name: Callable[[T], str]) -> Iterator[tuple[str, Sequence[T]]]:
    """Give places that are too many for one list by first letter, in order of their names; else all, without one."""
    if len(places) <= MOST_TOGETHER:
        yield from [("", places)] if places else []
        return
    ordered = sorted(places, key=lambda place: (_folded(name(place)), name(place)))
    for letter, group in groupby(ordered, key=lambda place: _folded(name(place))[:1].upper()):
        yield letter, tuple(group)


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold().replace("œ", "oe"))
    return "".join(letter for letter in plain if letter.isalnum() or letter == " ")


def weight(size: int) -> str:
    """« 196 ko », « 1,2 Mo »: how large a file of so many bytes is."""
    if size < 1_000_000:
        return f"{max(round(size / 1000), 1)}\u00a0ko"
    return f"{size / 1_000_000:.1f}\u00a0Mo".replace(".", ",")
