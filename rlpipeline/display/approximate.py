"""How rounded figures are said: « environ 25 », « moins de 5 », a share of them, and what they are too coarse to say.

A figure rounded to a base differs from the exact one by less than the base. A share is said only of an exact whole that
is large enough; of a smaller one, in words; below, the numbers speak for themselves.
"""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping, Sequence

from rlpipeline.display import french
from rlpipeline.figures.tidy import ARRONDI

SIGN = f"≈{french.NBSP}"
ABOUT = "environ"
BELOW = "moins de "
LITTLE = "une faible part"
NEARLY_ALL = "presque la totalité"
FEWEST_IN_PERCENT, FEWEST_IN_WORDS = 16, 8
"""Smallest exact whole, in times the base, of which a rounded part is a percentage, or words."""
STEP = 5
"""Percentages of rounded parts are multiples of it."""
FRACTIONS = (
    (0.0, LITTLE),
    (10.0, "un dixième"),
    (20.0, "un cinquième"),
    (25.0, "un quart"),
    (100 / 3, "un tiers"),
    (40.0, "deux cinquièmes"),
    (50.0, "la moitié"),
    (60.0, "trois cinquièmes"),
    (200 / 3, "deux tiers"),
    (75.0, "trois quarts"),
    (90.0, "neuf dixièmes"),
    (100.0, NEARLY_ALL),
)
_SAID_BEFORE = re.compile(
    r"(?:\benviron|\bà peu près|\bapproximativement|\bquelques?|\bpresque|\bpr[èe]s d(?:e|['’])|\bautour d(?:e|['’])"
    r"|\balentours d(?:e|['’])|\bde l['’]ordre d(?:e|['’]))\s*$",
    re.IGNORECASE,
)
_SAID_AFTER = re.compile(r"^\s*(?:[^\W\d_]+\s+){0,2}(?:environ|à peu près|approximativement)\b", re.IGNORECASE)
_FULL = ("onze", "oui", "un pour")
"""Words that begin with a vowel and take no elision."""


def slack_of(state: str, base: float) -> float:
    """Give the most by which the exact figure may differ: nothing where the state is not ``arrondi``."""
    return base - 1.0 if state == ARRONDI else 0.0


def about(words: str) -> str:
    """Write « environ 25 »."""
    return f"{ABOUT} {words}"


def below(slack: float) -> str:
    """Write what is known of a figure rounded to zero: « moins de 5 »."""
    return f"{BELOW}{french.number(slack + 1)}"


def note(bases: Mapping[int, Sequence[str]], zeros: Collection[int]) -> str:
    """Say under a table what its rounded figures are; empty where it has none.

    Parameters
    ----------
    bases
        Names of the lines that have figures of each base, those rounded to zero left out.
    zeros
        Bases of those that are rounded to zero.
    """
    small = [f"« moins de {base} » : de 0 à {base - 1}" for base in sorted(zeros)]
    if not bases:
        return f"{' ; '.join(small)}." if small else ""
    usual, *others = sorted(bases)
    named = [f"de {base} pour {french.listing([f'« {name} »' for name in bases[base]])}" for base in others]
    more = f" ({', '.join(named)})" if named else ""
    about = f"≈ : nombre arrondi à un multiple de {usual}, à moins de {usual} du nombre exact{more}"
    return f"{' ; '.join([about, *small])}."


def share(part: float, whole: float, slack: float) -> str:
    """Say what part of an exact whole a rounded figure is: « environ 30 % », « environ un tiers ».

    Parameters
    ----------
    part, slack
        The rounded figure, and the most by which the exact one may differ.

    Returns
    -------
    Empty where the whole is too small for anything but the numbers themselves.
    """
    base = slack + 1
    if whole >= FEWEST_IN_PERCENT * base:
        return _percent(part, whole, slack)
    return _fraction(100 * part / whole) if whole >= FEWEST_IN_WORDS * base else ""


def _percent(part: float, whole: float, slack: float) -> str:
    share = STEP * math.floor(100 * part / whole / STEP + 0.5)
    if share <= 0:
        return f"moins de {french.percent(STEP * (math.floor(100 * (part + slack) / whole / STEP) + 1), 0)}"
    if share >= 100:
        return f"plus de {french.percent(STEP * (math.ceil(100 * (part - slack) / whole / STEP) - 1), 0)}"
    return about(french.percent(share, 0))


def _fraction(percent: float) -> str:
    words = min(FRACTIONS, key=lambda fraction: abs(fraction[0] - percent))[1]
    return words if words in {LITTLE, NEARLY_ALL} else about(words)


def without_about(words: str, before: str, after: str) -> str | None:
    """Leave « environ » out where the author says it just before or after; None where it has to stay."""
    if not words.startswith(f"{ABOUT} "):
        return None
    said = _SAID_BEFORE.search(before) or _SAID_AFTER.match(after)
    return words.removeprefix(f"{ABOUT} ") if said else None


def elides(words: str) -> bool:
    """Say whether « de » is elided before words: « d'environ 25 », « d'un nombre masqué », but « de onze »."""
    return bool(words) and words[0].lower() in french.VOWELS and not words.lower().startswith(_FULL)
