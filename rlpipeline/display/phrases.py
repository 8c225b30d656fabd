"""What a text says of a figure, in words that fit in a sentence, known or not, exact or rounded.

A share of a rounded figure is said only of an exact whole that is large enough; of a smaller one, in words; below, the
numbers speak for themselves.
"""

from __future__ import annotations

import math
import re
from typing import Literal

from rlpipeline import french
from rlpipeline.display.cells import ABOUT, Figure, below
from rlpipeline.figures.tidy import ARRONDI, MASQUE, NC, OK, PARTIEL, VIDE

STEADY_PERCENT = 5.0
"""A figure that moved by less than this part of its former value is called stable."""
STEADY_POINTS = 1.0
"""A percentage that moved by less than this many points is called stable."""
NEARLY, HALF = 0.1, 0.5
"""What lacks this of a whole number of times is « près de » it; what exceeds it by half is « plus de » it."""
TIMES = tuple(
    enumerate(["deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"], start=2)
)
UNCERTAIN = "incertain"
"""State of a share or a movement of rounded figures that are too coarse to say it."""
UNMEASURED = "non mesurable à ce niveau d'arrondi"
UNKNOWN = {
    NC: french.NOT_COMMUNICATED,
    VIDE: french.NOT_APPLICABLE,
    MASQUE: french.MASKED,
    UNCERTAIN: UNMEASURED,
}
FEMININE = {
    state: words if state in {VIDE, UNCERTAIN} else f"{words}e" for state, words in UNKNOWN.items()
}
FEWEST_IN_PERCENT, FEWEST_IN_WORDS = 16, 8
"""Smallest exact whole, in times the base, of which a rounded part is a percentage, or words."""
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


def figure(cell: Figure, decimals: int | None = None) -> str:
    """Write « 114 », « 16,78 % », « environ 25 », « moins de 5 », « au moins 35 », « un nombre non communiqué »."""
    if not cell.is_number:
        return f"un {'taux' if cell.unite == '%' else 'nombre'} {UNKNOWN[cell.etat]}"
    if cell.is_below:
        return below(cell.slack)
    if decimals is None:
        text = french.quantity(cell.valeur, cell.unite)
    else:
        unit = {"%": f"{french.NBSP}%", "euros": f"{french.NBSP}€"}.get(cell.unite, "")
        text = french.number(cell.valeur, decimals) + unit
    if cell.slack:
        return f"{ABOUT} {text}"
    return f"au moins {text}" if cell.etat == PARTIEL else text


def share_of(part: Figure, whole: Figure) -> Figure:
    """Divide two figures: a percentage, known only where both are wholly known and the whole is not zero.

    A rounded part of an exact whole that is large enough is a rounded percentage; other shares of rounded figures are
    uncertain.
    """
    for state in (MASQUE, NC, PARTIEL, VIDE):
        if state in {part.etat, whole.etat}:
            return Figure(math.nan, "%", NC if state == PARTIEL else state)
    if not whole.slack and whole.valeur == 0:
        return Figure(math.nan, "%", VIDE)
    if not part.slack and not whole.slack:
        return Figure(100 * part.valeur / whole.valeur, "%", OK)
    if whole.slack or not rounded_share(part, whole.valeur):
        return Figure(math.nan, "%", UNCERTAIN)
    return Figure(100 * part.valeur / whole.valeur, "%", ARRONDI, 100 * part.slack / whole.valeur)


def share(part: Figure, whole: Figure, decimals: int) -> str:
    """Write « 61 % », « moins de 1 % » of what is not zero, « une part non communiquée », « environ 60 % »."""
    cell = share_of(part, whole)
    if not cell.is_number:
        return f"une part {FEMININE[cell.etat]}"
    if cell.slack:
        return rounded_share(part, whole.valeur)
    step = 10.0**-decimals
    if 0 < cell.valeur < step / 2:
        return f"moins de {french.percent(step, decimals)}"
    if 100 - step / 2 <= cell.valeur < 100:
        return f"plus de {french.percent(100 - step, decimals)}"
    return french.percent(cell.valeur, decimals)


def rounded_share(part: Figure, whole: float) -> str:
    """Say what part of an exact whole a rounded figure is: « environ 30 % », « environ un tiers »; else nothing."""
    base, percent = part.slack + 1, 100 * part.valeur / whole
    if whole < FEWEST_IN_WORDS * base:
        return ""
    if whole < FEWEST_IN_PERCENT * base:
        words = min(FRACTIONS, key=lambda fraction: abs(FRACTIONS[fraction] - percent))
        return words if words in {LITTLE, NEARLY_ALL} else f"{ABOUT} {words}"
    share = STEP * math.floor(percent / STEP + 0.5)
    if share <= 0:
        most = 100 * (part.valeur + part.slack) / whole
        return f"moins de {french.percent(STEP * (math.floor(most / STEP) + 1), 0)}"
    if share >= 100:
        least = 100 * (part.valeur - part.slack) / whole
        return f"plus de {french.percent(STEP * (math.ceil(least / STEP) - 1), 0)}"
    return f"{ABOUT} {french.percent(share, 0)}"


def movement_of(now: Figure, then: Figure) -> Figure:
    """Subtract two figures, in the unit of the last; masked where either is, nc unless both are wholly known.

    Between rounded figures, a movement that their rounding alone could explain is uncertain.
    """
    states = {now.etat, then.etat}
    unknown = next(
        (state for state in (MASQUE, UNCERTAIN) if state in states),
        NC if states - {OK, ARRONDI} else "",
    )
    if unknown:
        return Figure(math.nan, now.unite, unknown)
    moved, slack = now.valeur - then.valeur, now.slack + then.slack
    if slack and abs(moved) <= slack:
        return Figure(math.nan, now.unite, UNCERTAIN)
    return Figure(moved, now.unite, ARRONDI if slack else OK, slack)


def shape_of(moved: Figure, then: Figure, asked: Shape) -> Shape:
    """Give the shape that an evolution has: nothing is a percentage of zero."""
    return "nombre" if moved.is_number and moved.unite != "%" and then.valeur == 0 else asked


def evolution(moved: Figure, then: Figure, shape: Shape) -> str:
    """Write « +12 % », « −3 », « −2,3 points », « évolution inconnue »; of rounded figures, « une hausse » alone."""
    if not moved.is_number:
        return f"évolution {_why(moved)}"
    if moved.slack:
        return "une hausse" if moved.valeur > 0 else "une baisse"
    if moved.unite == "%":
        points = french.signed(moved.valeur, 1)
        return f"{points} {french.agree(french.said(points, 0), 'point', 'points')}"
    if shape_of(moved, then, shape) == "nombre":
        return french.signed(moved.valeur)
    return f"{french.signed(100 * moved.valeur / (then.valeur or 1), 0)}{french.NBSP}%"


def trend(moved: Figure, then: Figure, plural: bool = False) -> str:
    """Write « en hausse », « stable » (« stables »), « en baisse », « d'évolution inconnue »."""
    if not moved.is_number:
        return f"d'évolution {_why(moved)}"
    steady = STEADY_POINTS if moved.unite == "%" else abs(then.valeur) * STEADY_PERCENT / 100
    if not moved.slack and (moved.valeur == 0 or abs(moved.valeur) < steady):
        return "stables" if plural else "stable"
    return "en hausse" if moved.valeur > 0 else "en baisse"


def times(now: Figure, then: Figure) -> str:
    """Write « deux fois plus », « près de trois fois moins », « plus », « moins », « autant ».

    Of what is rounded, and of what is less than nearly twice, « plus » or « moins » alone.
    """
    moved = movement_of(now, then)
    if not moved.is_number:
        return f"d'évolution {_why(moved)}"
    if not moved.valeur:
        return "autant"
    more = "plus" if moved.valeur > 0 else "moins"
    low, high = sorted((now.valeur, then.valeur))
    ratio = high / low if low > 0 else 0.0
    if moved.slack or ratio < TIMES[0][0] - NEARLY:
        return more
    whole, words = [(number, said) for number, said in TIMES if ratio >= number - NEARLY][-1]
    about = "près de " if ratio < whole else "plus de " if ratio >= whole + HALF else ""
    return f"{about}{words} fois {more}"


def _why(moved: Figure) -> str:
    return FEMININE[moved.etat] if moved.etat in {MASQUE, UNCERTAIN} else "inconnue"


def agreed(cell: Figure, words: str, forms: tuple[str, str], with_number: bool) -> str:
    """Put after the words of a figure those that agree with it: « 3 jeunes », « un nombre non communiqué de jeunes ».

    Of ``forms``, singular and plural, a plural that begins with « de » or « des » keeps it.
    """
    plural = forms[1]
    unsure = cell.slack and not cell.valeur  # the singular would say that a rounded zero is one
    form = french.agree(french.said(words, math.nan if unsure else cell.valeur), *forms)
    if not with_number:
        return form
    if not cell.is_number or words in {LITTLE, NEARLY_ALL}:
        return f"{words} {plural if plural.lower().startswith(_DE) else french.of(plural)}"
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
