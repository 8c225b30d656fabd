"""French words and numbers, read back."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import unquote

SPACES = "\u202f\u00a0 "
NUMBER = re.compile(rf"[−-]?\d+(?:[{SPACES}]\d{{3}}(?!\d))*(?:,\d+)?")


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


def path(ref: str) -> tuple[str, str, str] | None:
    """Split the address of a figure, ``id/ligne/colonne``, where %2F stands for a slash inside a name."""
    parts = [unquote(part) for part in ref.split("/")]
    return (parts[0], parts[1], parts[2]) if len(parts) == 3 else None


def unaccented(words: str) -> str:
    """Leave accents out: « présences » gives ``presences``."""
    return "".join(sign for sign in unicodedata.normalize("NFD", words) if not unicodedata.combining(sign))
