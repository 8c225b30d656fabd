"""French words and numbers, read back: what a cell shows, what a sentence says."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from rlpipeline.declared import ROUNDED

SPACES = "\u202f\u00a0\u2009 "
STATES = {"nc": "nc", "non communiqué": "nc", "–": "vide", "sans objet": "vide", "masqué": "masque"}
UNREADABLE = "illisible"
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
_SHOWN = re.compile(
    rf"(?P<number>[-−+]?(?:\d{{1,3}}(?:[\u202f\u00a0\u2009]\d{{3}})+|\d+)(?:,(?P<decimals>\d+))?)"
    rf"[{SPACES}]?(?P<unit>%|€|h)?(?P<partial>\*?)(?P<rest>[{SPACES}]\(.*\))?"
)
_ANY_NUMBER = re.compile(rf"[−-]?\d+(?:[{SPACES}]\d{{3}}(?!\d))*(?:,\d+)?")
_BELOW = re.compile(rf"moins de[{SPACES}]+(?P<below>\d+)", re.IGNORECASE)


class Shown(NamedTuple):
    """What words say: a number or none, its state, the digits after its comma, its unit (%, € or h).

    ``etat`` is ok, partiel (a star), arrondi (« ≈ », « moins de 5 »), nc, vide, masque, or ``illisible``; ``reste``
    what follows in brackets, « (16,78 %) » beside hours; ``below`` the base of « moins de 5 ».
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
    match = _SHOWN.fullmatch(bare)
    if match is None:
        return Shown(None, UNREADABLE)
    state = ROUNDED if about else "partiel" if match["partial"] else "ok"
    rest = (match["rest"] or "").strip(SPACES)
    return Shown(_value(match["number"]), state, len(match["decimals"] or ""), match["unit"] or "", rest)


def first_number(words: str) -> float | None:
    """Give the first number of a text; None where there is none."""
    match = _ANY_NUMBER.search(words)
    return _value(match[0]) if match else None


def _value(written: str) -> float:
    plain = re.sub(rf"[{SPACES}]", "", written)
    return float(plain.replace(",", ".").replace("−", "-"))
