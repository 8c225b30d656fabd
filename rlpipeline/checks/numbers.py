"""French words and numbers, read back: what a cell shows, what a sentence says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rlpipeline.declared import ROUNDED

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
    "neuf dixièmes": 0.9,
}
_ANY_NUMBER = re.compile(rf"[−-]?\d+(?:[{SPACES}]\d{{3}}(?!\d))*(?:,\d+)?")
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
    below
        The base of « moins de 5 ».
    """

    valeur: float | None
    etat: str
    decimales: int = 0
    unite: str = ""
    reste: str = ""
    below: int = 0


@lru_cache(maxsize=4096)
def read_shown(words: str) -> Shown:
    """Read the words of a cell: « 1 234 », « 16,78 % », « 35* », « nc », « – », « ≈ 25 », « 1 303 h (16,78 %) »."""
    bare = words.strip(SPACES + "\n")
    if bare in STATES:
        return Shown(None, STATES[bare])
    if below := _BELOW.fullmatch(bare):
        return Shown(0.0, ROUNDED, below=int(below["below"]))
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


def first_number(words: str) -> float | None:
    """Give the first number of a text; None where there is none."""
    match = _ANY_NUMBER.search(words)
    return _to_float(match[0]) if match else None


def _to_float(written: str) -> float:
    """Turn a French number into a number: « 1 055,5 » gives 1055.5."""
    plain = re.sub(rf"[{SPACES}]", "", written)
    return float(plain.replace(",", ".").replace("−", "-"))
