"""French words and numbers, read back: what a cell shows, what a sentence says."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from rlpipeline.published.model import ROUNDED

NO_BREAK = "\u202f\u00a0\u2009"
SPACES = NO_BREAK + " "
STATES = {"nc": "nc", "non communiqué": "nc", "–": "vide", "sans objet": "vide", "masqué": "masque"}
UNREADABLE = "illisible"
_NUMBER = re.compile(rf"(?P<sign>[-−+]?)(?P<whole>\d{{1,3}}(?:[{NO_BREAK}]\d{{3}})+|\d+)(?:,(?P<decimals>\d+))?")
_UNIT = re.compile(rf"[{SPACES}]?(?P<unit>%|€|h)?(?P<partial>\*?)(?P<rest>[{SPACES}]\(.*\))?$")
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
_ANY_NUMBER = re.compile(rf"[−-]?\d+(?:[{SPACES}]\d{{3}}(?!\d))*(?:,\d+)?")
_ABOUT = re.compile(rf"(?:(?:≈|environ\b)[{SPACES}]*)+(?P<about>{_ANY_NUMBER.pattern})", re.IGNORECASE)
_BELOW = re.compile(rf"moins de[{SPACES}]+(?P<below>\d+)", re.IGNORECASE)


@dataclass(frozen=True)
class Shown:
    """What words say.

    Parameters
    ----------
    valeur
        None where there is no number.
    etat
        ok, partiel (a star), arrondi (« ≈ », « moins de 5 »), nc, vide, masque; ``illisible`` for other words.
    decimales
        Digits after the comma.
    unite
        %, € or h; empty when none is written.
    reste
        What follows in brackets: « (16,78 %) » beside hours.
    """

    valeur: float | None
    etat: str
    decimales: int = 0
    unite: str = ""
    reste: str = ""


def read_shown(words: str) -> Shown:
    """Read the words of a cell: « 1 234 », « 16,78 % », « 35* », « nc », « – », « ≈ 25 », « 1 303 h (16,78 %) »."""
    bare = words.strip(SPACES + "\n")
    if bare in STATES:
        return Shown(None, STATES[bare])
    if _BELOW.fullmatch(bare):
        return Shown(0.0, ROUNDED)
    about, bare = bare.startswith("≈"), bare.removeprefix("≈").lstrip(SPACES)
    number = _NUMBER.match(bare)
    unit = _UNIT.match(bare, number.end()) if number else None
    if number is None or unit is None:
        return Shown(None, UNREADABLE)
    decimals = number["decimals"] or ""
    state = ROUNDED if about else "partiel" if unit["partial"] else "ok"
    rest = (unit["rest"] or "").strip(SPACES)
    return Shown(number_of(number), state, len(decimals), unit["unit"] or "", rest)


def number_of(match: re.Match[str]) -> float:
    """Value of a number matched by its parts ``sign``, ``whole`` and ``decimals``."""
    digits = re.sub(rf"[{SPACES}]", "", match["whole"])
    value = float(f"{digits}.{match['decimals'] or 0}")
    return -value if match["sign"] in ("-", "−") and match["sign"] else value


def read_rounded(words: str) -> tuple[float, int] | None:
    """Give the number that a text rounds, and its base where it tells it: « ≈ 25 », « environ 25 », « moins de 5 »."""
    text = words.strip()
    if below := _BELOW.match(text):
        return 0.0, int(below["below"])
    about = _ABOUT.match(text)
    return (_to_float(about["about"]), 0) if about else None


def read_fraction(words: str) -> tuple[float, float] | None:
    """Give where a part lies that is written in words: « environ un tiers »."""
    said = next((part for name, part in FRACTIONS.items() if name in words), None)
    return None if said is None else (max(0.0, said - AROUND), min(1.0, said + AROUND))


def first_number(words: str) -> float | None:
    """Give the first number of a text; None where there is none."""
    match = _ANY_NUMBER.search(words)
    return _to_float(match[0]) if match else None


def lone_number(words: str) -> float | None:
    """Give the number that a cell holds and nothing else; None where it holds words."""
    text = words.strip().rstrip("*").strip()
    match = _ANY_NUMBER.match(text)
    return _to_float(match[0]) if match and re.fullmatch(rf"[{SPACES}]*(?:%|€|h)?", text[match.end() :]) else None


def _to_float(written: str) -> float:
    """Turn a French number into a number: « 1 055,5 » gives 1055.5."""
    plain = re.sub(rf"[{SPACES}]", "", written)
    return float(plain.replace(",", ".").replace("−", "-"))


def folded(words: str) -> str:
    """Words without regard for case, nor for the apostrophes and spaces that a page, a workbook or a keyboard has."""
    return " ".join(words.lower().replace("’", "'").split())


def unaccented(words: str) -> str:
    """Leave accents out: « présences » gives ``presences``."""
    return "".join(sign for sign in unicodedata.normalize("NFD", words) if not unicodedata.combining(sign))
