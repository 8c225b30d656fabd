"""The number that French words of a table say, and the state of those that say none."""

from __future__ import annotations

import re
from dataclasses import dataclass

NO_BREAK = "\u202f\u00a0\u2009"
SPACES = NO_BREAK + " "
STATES = {"nc": "nc", "non communiqué": "nc", "–": "vide", "sans objet": "vide", "masqué": "masque"}
UNREADABLE = "illisible"
ROUNDED = "arrondi"
_BELOW = re.compile(rf"moins de[{SPACES}](\d+)")
_NUMBER = re.compile(rf"(?P<sign>[-−+]?)(?P<whole>\d{{1,3}}(?:[{NO_BREAK}]\d{{3}})+|\d+)(?:,(?P<decimals>\d+))?")
_UNIT = re.compile(rf"[{SPACES}]?(?P<unit>%|€|h)?(?P<partial>\*?)(?P<rest>[{SPACES}]\(.*\))?$")


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
