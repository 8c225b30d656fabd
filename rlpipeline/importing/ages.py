"""Ranges of ages, in the many ways that they are written, and the band of the records in which each lies."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

_FAMILIES = re.compile(r"\b(?:familles?|parents?)\b")
_AGES: tuple[tuple[re.Pattern[str], Callable[..., tuple[int, int]]], ...] = (
    (
        re.compile(r"(?<!\d)(\d{1,2})\s*(?:ans)?\s*(?:-|a|/|_|et|to)\s*(\d{1,2})(?!\d)"),
        lambda low, high: (int(low), int(high)),
    ),
    (
        re.compile(r"(?<!\d)(\d{1,2})(?:\s*,\s*\d{1,2})*\s*(?:ou|et)\s*(\d{1,2})\s*ans"),
        lambda low, high: (int(low), int(high)),
    ),
    (re.compile(r"(?:plus de|plus|\+ ?de|\+|>)\s*(?:de )?(\d{2})"), lambda age: (int(age) + 1, 99)),
    (re.compile(r"(\d{2})\s*(?:ans)?\s*(?:et plus|et \+|\+|ou plus)"), lambda age: (int(age), 99)),
    (re.compile(r"(?:moins de|moins|- ?de|^-|\s-|<)\s*(?:de )?(\d{1,2})"), lambda age: (0, int(age) - 1)),
    (re.compile(r"^(\d{1,2})\s*ans$"), lambda age: (int(age), int(age))),
)
"""How a range of ages is written, and its first and last ages."""


def age_band(text: str) -> str | None:
    """Give the age band of the records in which a range of ages lies whole; None where it lies in none."""
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("–", "-"))
    plain = "".join(char for char in decomposed if not unicodedata.combining(char))
    if _FAMILIES.search(plain):
        return "familles"
    for pattern, ages in _AGES:
        if match := pattern.search(plain):
            return _band(*ages(*match.groups()))
    return None


def _band(low: int, high: int) -> str | None:
    bands = {"moins_11": (0, 10), "11_14": (11, 14), "15_18": (15, 18), "19_21": (19, 21), "plus_21": (22, 99)}
    return next((code for code, (first, last) in bands.items() if first <= low <= high <= last), None)
