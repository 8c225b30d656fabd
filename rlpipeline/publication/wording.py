"""French forms that the page itself needs: dates, Roman numerals, slugs."""

from __future__ import annotations

import re
import unicodedata
from datetime import date

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
LONGEST = 60
ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))


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


def weight(size: int) -> str:
    """« 196 ko », « 1,2 Mo »: how large a file of so many bytes is."""
    if size < 1_000_000:
        return f"{max(round(size / 1000), 1)}\u00a0ko"
    return f"{size / 1_000_000:.1f}\u00a0Mo".replace(".", ",")
