"""French words and numbers, read back."""

from __future__ import annotations

import re
import unicodedata

SPACES = "\u202f\u00a0 "
NUMBER = re.compile(rf"[−-]?\d+(?:[{SPACES}]\d{{3}}(?!\d))*(?:,\d+)?")

FRACTIONS = {
    "un dixième": 0.1,
    "un cinquième": 0.2,
    "un quart": 0.25,
    "un tiers": 1 / 3,
    "deux cinquièmes": 0.4,
    "la moitié": 0.5,
    "trois cinquièmes": 0.6,
    "deux tiers": 2 / 3,
    "trois quarts": 0.75,
    "quatre cinquièmes": 0.8,
    "neuf dixièmes": 0.9,
}
AROUND = 0.1
"""Part of the whole by which « un tiers » may be wide of the mark."""
_ABOUT = re.compile(rf"(?:(?:≈|environ\b)[{SPACES}]*)+(?P<about>{NUMBER.pattern})", re.IGNORECASE)
_BELOW = re.compile(rf"moins de[{SPACES}]+(?P<below>\d+)", re.IGNORECASE)


def rounded(words: str) -> tuple[float, int] | None:
    """Give the number that a text rounds, and its base where it tells it: « ≈ 25 », « environ 25 », « moins de 5 »."""
    text = words.strip()
    if below := _BELOW.match(text):
        return 0.0, int(below["below"])
    about = _ABOUT.match(text)
    return (to_float(about["about"]), 0) if about else None


def fraction(words: str) -> tuple[float, float] | None:
    """Give where a part lies that is written in words: « environ un tiers »."""
    said = next((part for name, part in FRACTIONS.items() if name in words), None)
    return None if said is None else (max(0.0, said - AROUND), min(1.0, said + AROUND))


def number(words: str) -> float | None:
    """Give the first number of a text; None where there is none."""
    found = NUMBER.search(words)
    return to_float(found[0]) if found else None


def whole(words: str) -> float | None:
    """Give the number that a cell holds and nothing else; None where it holds words."""
    text = words.strip().rstrip("*").strip()
    found = NUMBER.match(text)
    return to_float(found[0]) if found and re.fullmatch(rf"[{SPACES}]*(?:%|€|h)?", text[found.end() :]) else None


def to_float(written: str) -> float:
    """Turn a French number into a number: « 1 055,5 » gives 1055.5."""
    plain = re.sub(rf"[{SPACES}]", "", written)
    return float(plain.replace(",", ".").replace("−", "-"))


def unaccented(words: str) -> str:
    """Leave accents out: « présences » gives ``presences``."""
    return "".join(sign for sign in unicodedata.normalize("NFD", words) if not unicodedata.combining(sign))
