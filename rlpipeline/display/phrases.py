"""What a text says of a figure, in words that fit in a sentence, known or not, exact or rounded.

A share of a rounded figure is said only of an exact whole that is large enough; of a smaller one, in words; below, the
numbers speak for themselves.
"""

from __future__ import annotations

import math
import re
from typing import Literal

from rlpipeline import french
from rlpipeline.display.cells import number_of
from rlpipeline.observations import FEWEST_IN_WORDS, Comparison, Observation, share_of
from rlpipeline.states import (
    ABOUT,
    ARRONDI,
    AT_LEAST,
    CHANGES,
    MASQUE,
    NC,
    OK,
    PARTIEL,
    UNCERTAIN,
    WORDS,
    below,
)

STEADY_PERCENT = 5.0
"""A figure that moved by less than this part of its former value is called stable."""
STEADY_POINTS = 1.0
"""A percentage that moved by less than this many points is called stable."""
NEARLY, HALF = 0.1, 0.5
"""What lacks this of a whole number of times is « près de » it; what exceeds it by half is « plus de » it."""
SAID_WHY = frozenset({MASQUE, UNCERTAIN})
"""States of a figure of either year that a sentence about its change names; of another, the change is unknown."""
TIMES = tuple(
    enumerate(["deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"], start=2)
)
FEWEST_IN_PERCENT = 16
"""Smallest exact whole, in times the base, of which a rounded part is a percentage; of a smaller one, words."""
STEP = 5
"""Percentages of rounded parts are multiples of it."""
LITTLE, NEARLY_ALL = "une faible part", "presque la totalité"
FRACTIONS = {
    LITTLE: 0.0,
    "un dixième": 10.0,
    "un cinquième": 20.0,
    "un quart": 25.0,
    "un tiers": 100 / 3,
    "deux cinquièmes": 40.0,
    "la moitié": 50.0,
    "trois cinquièmes": 60.0,
    "deux tiers": 200 / 3,
    "trois quarts": 75.0,
    "neuf dixièmes": 90.0,
    NEARLY_ALL: 100.0,
}
_DE = ("de ", "du ", "des ", "d'", "d’")
_SAID_BEFORE = re.compile(
    r"(?:\benviron|\bà peu près|\bapproximativement|\bquelques?|\bpresque|\bpr[èe]s d(?:e|['’])|\bautour d(?:e|['’])"
    r"|\balentours d(?:e|['’])|\bde l['’]ordre d(?:e|['’]))\s*$",
    re.IGNORECASE,
)
_SAID_AFTER = re.compile(
    r"^\s*(?:[^\W\d_]+\s+){0,2}(?:environ|à peu près|approximativement)\b", re.IGNORECASE
)
_FULL = ("onze", "oui", "un pour")
"""Words that begin with a vowel and take no elision."""
Shape = Literal["pourcentage", "nombre"]


def figure(cell: Observation, decimals: int | None = None) -> str:
    """Write « 114 », « 16,78 % », « environ 25 », « moins de 5 », « au moins 35 », « un nombre non communiqué »."""
    if not cell.is_number:
        return f"un {'taux' if cell.unit == '%' else 'nombre'} {WORDS[cell.state].word}"
    if cell.is_below:
        return below(cell.base)
    text = _with_unit(cell, decimals)
    if cell.is_rounded:
        return f"{ABOUT} {text}"
    return f"{AT_LEAST} {text}" if cell.state == PARTIEL else text


def _with_unit(cell: Observation, decimals: int | None) -> str:
    """Write a number as its table does, or with so many decimals."""
    if decimals is None:
        return number_of(cell)
    unit = {"%": f"{french.NBSP}%", "euros": f"{french.NBSP}€"}.get(cell.unit, "")
    return french.number(cell.value, decimals) + unit


def share(part: Observation, whole: Observation, decimals: int) -> str:
    """Write « 61 % », « moins de 1 % » of what is not zero, « une part non communiquée », « environ 60 % »."""
    cell = share_of(part, whole)
    if not cell.is_number:
        return f"une part {WORDS[cell.state].feminine}"
    if cell.is_rounded:
        return rounded_share(part, whole.value)
    step = 10.0**-decimals
    if 0 < cell.value < step / 2:
        return f"moins de {french.percent(step, decimals)}"
    if 100 - step / 2 <= cell.value < 100:
        return f"plus de {french.percent(100 - step, decimals)}"
    return french.percent(cell.value, decimals)


def is_in_percent(part: Observation, whole: float) -> bool:
    """Whether an exact whole is large enough for a rounded part of it to be a percentage."""
    return whole >= FEWEST_IN_PERCENT * part.base


def to_step(percent: float) -> int:
    """Round a percentage of a rounded part to the multiple that is told."""
    return STEP * math.floor(percent / STEP + 0.5)


def rounded_share(part: Observation, whole: float) -> str:
    """Say what part of an exact whole a rounded figure is: « environ 30 % », « environ un tiers »; else nothing."""
    base, percent = part.base, 100 * part.value / whole
    if whole < FEWEST_IN_WORDS * base:
        return ""
    if not is_in_percent(part, whole):
        words = min(FRACTIONS, key=lambda fraction: abs(FRACTIONS[fraction] - percent))
        return words if words in {LITTLE, NEARLY_ALL} else f"{ABOUT} {words}"
    share = to_step(percent)
    if share <= 0:
        most = 100 * (part.value + part.slack) / whole
        return f"moins de {french.percent(STEP * (math.floor(most / STEP) + 1), 0)}"
    if share >= 100:
        least = 100 * (part.value - part.slack) / whole
        return f"plus de {french.percent(STEP * (math.ceil(least / STEP) - 1), 0)}"
    return f"{ABOUT} {french.percent(share, 0)}"


def movement_of(compared: Comparison, unit: str) -> Observation:
    """Give what a change is to a sentence: a number, a direction alone (±1, rounded), or the state that hides it."""
    if compared.value is not None:
        return Observation(compared.value, unit, OK)
    if compared.direction is not None:
        return Observation(compared.direction, unit, ARRONDI)
    hidden = compared.reason if compared.reason in SAID_WHY else NC
    return Observation(math.nan, unit, hidden)


def shape_of(moved: Observation, then: Observation, asked: Shape) -> Shape:
    """Give the shape that an evolution has: nothing is a percentage of zero."""
    from_zero = moved.is_number and moved.unit != "%" and then.value == 0
    return "nombre" if from_zero else asked


def evolution(moved: Observation, then: Observation, shape: Shape) -> str:
    """Write « +12 % », « −3 », « −2,3 points », « évolution inconnue »; of rounded figures, « une hausse » alone."""
    if not moved.is_number:
        return f"évolution {_why(moved)}"
    if moved.is_rounded:
        return "une hausse" if moved.value > 0 else "une baisse"
    if moved.unit == "%":
        points = french.signed(moved.value, 1)
        return f"{points} {french.agree(french.said(points, 0), 'point', 'points')}"
    if shape_of(moved, then, shape) == "nombre":
        return french.signed(moved.value)
    return f"{french.signed(100 * moved.value / (then.value or 1), 0)}{french.NBSP}%"


def trend(moved: Observation, then: Observation, plural: bool = False) -> str:
    """Write « en hausse », « stable » (« stables »), « en baisse », « d'évolution inconnue »."""
    if not moved.is_number:
        return f"d'évolution {_why(moved)}"
    steady = STEADY_POINTS if moved.unit == "%" else abs(then.value) * STEADY_PERCENT / 100
    if not moved.is_rounded and (moved.value == 0 or abs(moved.value) < steady):
        return "stables" if plural else "stable"
    return direction(moved.value)


def direction(moved: float) -> str:
    """Write « en hausse » or « en baisse », of what moved."""
    return CHANGES["hausse" if moved > 0 else "baisse"]


def times(moved: Observation, now: Observation, then: Observation) -> str:
    """Write « deux fois plus », « près de trois fois moins », « plus », « moins », « autant ».

    Of what is rounded, and of what is less than nearly twice, « plus » or « moins » alone.
    """
    if not moved.is_number:
        return f"d'évolution {_why(moved)}"
    if not moved.value:
        return "autant"
    more = "plus" if moved.value > 0 else "moins"
    low, high = sorted((now.value, then.value))
    ratio = high / low if low > 0 else 0.0
    if moved.is_rounded or ratio < TIMES[0][0] - NEARLY:
        return more
    whole, words = [(number, said) for number, said in TIMES if ratio >= number - NEARLY][-1]
    if ratio < whole:
        return f"près de {words} fois {more}"
    return f"{'plus de ' if ratio >= whole + HALF else ''}{words} fois {more}"


def _why(moved: Observation) -> str:
    return WORDS[moved.state].feminine if moved.state in SAID_WHY else "inconnue"


def agreed(cell: Observation, words: str, forms: tuple[str, str], with_number: bool) -> str:
    """Put after the words of a figure those that agree with it: « 3 jeunes », « un nombre non communiqué de jeunes ».

    Of ``forms``, singular and plural, a plural that begins with « de » or « des » keeps it.
    """
    plural = forms[1]
    unsure = cell.is_below  # the singular would say that a rounded zero is one
    form = french.agree(french.said(words, math.nan if unsure else cell.value), *forms)
    if not with_number:
        return form
    if not cell.is_number or words in {LITTLE, NEARLY_ALL}:
        return f"{words} {plural if plural.lower().startswith(_DE) else french.de(plural)}"
    return f"{words}{french.NBSP}{form}"


def without_about(words: str, before: str, after: str) -> str | None:
    """Leave « environ » out where the author says it just before or after; None where it has to stay."""
    if not words.startswith(f"{ABOUT} "):
        return None
    said = _SAID_BEFORE.search(before) or _SAID_AFTER.match(after)
    return words.removeprefix(f"{ABOUT} ") if said else None


def elides(words: str) -> bool:
    """Say whether « de » is elided before words: « d'environ 25 », « d'un nombre masqué », but « de onze »."""
    return bool(words) and words[0].lower() in french.VOWELS and not words.lower().startswith(_FULL)
