"""What a text says of a figure, in words that fit in a sentence, known or not."""

from __future__ import annotations

import math
from typing import Literal

from rlpipeline.display import approximate, french
from rlpipeline.display.bound import Cell
from rlpipeline.figures.tidy import ARRONDI, OK

STEADY_PERCENT = 5.0
"""A figure that moved by less than this part of its former value is called stable."""
STEADY_POINTS = 1.0
"""A percentage that moved by less than this many points is called stable."""
NEARLY, HALF = 0.1, 0.5
"""What lacks this of a whole number of times is « près de » it; what exceeds it by half is « plus de » it."""
TIMES = tuple(enumerate(["deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"], start=2))
UNCERTAIN = "incertain"
"""State of a share or a movement of rounded figures that are too coarse to say it."""
UNMEASURED = "non mesurable à ce niveau d'arrondi"
UNKNOWN = {
    "nc": french.NOT_COMMUNICATED,
    "vide": french.NOT_APPLICABLE,
    "masque": french.MASKED,
    UNCERTAIN: UNMEASURED,
}
FEMININE = {state: words if state in {"vide", UNCERTAIN} else f"{words}e" for state, words in UNKNOWN.items()}
_DE = ("de ", "du ", "des ", "d'", "d’")

_WHOLLY_WORDS = frozenset({approximate.LITTLE, approximate.NEARLY_ALL})
"""Shares that are followed by « de »."""

Shape = Literal["pourcentage", "nombre"]


def figure(cell: Cell, decimals: int | None = None) -> str:
    """Write « 114 », « 16,78 % », « au moins 35 » for a partial total, « un nombre non communiqué ».

    A rounded figure is « environ 25 », or « moins de 5 » where it is rounded to zero.
    """
    if not cell.is_number:
        return f"un {'taux' if cell.unite == '%' else 'nombre'} {UNKNOWN[cell.etat]}"
    if decimals is None:
        text = french.quantity(cell.valeur, cell.unite)
    else:
        unit = {"%": f"{french.NBSP}%", "euros": f"{french.NBSP}€"}.get(cell.unite, "")
        text = french.number(cell.valeur, decimals) + unit
    if cell.slack:
        text = approximate.about(text) if cell.valeur else approximate.below(cell.slack)
    return f"au moins {text}" if cell.etat == "partiel" else text


def share_of(part: Cell, whole: Cell) -> Cell:
    """Divide two figures: a percentage, known only where both are wholly known and the whole is not zero.

    A rounded part of an exact whole that is large enough is a rounded percentage; other shares of rounded figures are
    uncertain.
    """
    for state in ("masque", "nc", "partiel", "vide"):
        if state in {part.etat, whole.etat}:
            return Cell(math.nan, "%", "nc" if state == "partiel" else state)
    if not whole.slack and whole.valeur == 0:
        return Cell(math.nan, "%", "vide")
    if not part.slack and not whole.slack:
        return Cell(100 * part.valeur / whole.valeur, "%", OK)
    if whole.slack or not approximate.share(part.valeur, whole.valeur, part.slack):
        return Cell(math.nan, "%", UNCERTAIN)
    return Cell(100 * part.valeur / whole.valeur, "%", ARRONDI, 100 * part.slack / whole.valeur)


def share(part: Cell, whole: Cell, decimals: int) -> str:
    """Write « 61 % », « moins de 1 % » of what is not zero, « une part non communiquée », « environ 60 % »."""
    cell = share_of(part, whole)
    if not cell.is_number:
        return f"une part {FEMININE[cell.etat]}"
    if cell.slack:
        return approximate.share(part.valeur, whole.valeur, part.slack)
    step = 10.0**-decimals
    if 0 < cell.valeur < step / 2:
        return f"moins de {french.percent(step, decimals)}"
    if 100 - step / 2 <= cell.valeur < 100:
        return f"plus de {french.percent(100 - step, decimals)}"
    return french.percent(cell.valeur, decimals)


def movement_of(now: Cell, then: Cell) -> Cell:
    """Subtract two figures, in the unit of the last; masked where either is, nc unless both are wholly known.

    Between rounded figures, a movement that their rounding alone could explain is uncertain.
    """
    states = {now.etat, then.etat}
    if "masque" in states:
        return Cell(math.nan, now.unite, "masque")
    if UNCERTAIN in states:
        return Cell(math.nan, now.unite, UNCERTAIN)
    if states - {OK, ARRONDI}:
        return Cell(math.nan, now.unite, "nc")
    moved, slack = now.valeur - then.valeur, now.slack + then.slack
    if slack and abs(moved) <= slack:
        return Cell(math.nan, now.unite, UNCERTAIN)
    return Cell(moved, now.unite, ARRONDI if slack else OK, slack)


def _steady(unit: str, then: Cell) -> float:
    return STEADY_POINTS if unit == "%" else abs(then.valeur) * STEADY_PERCENT / 100


def shape_of(moved: Cell, then: Cell, asked: Shape) -> Shape:
    """Give the shape that an evolution has: nothing is a percentage of zero."""
    return "nombre" if moved.is_number and moved.unite != "%" and then.valeur == 0 else asked


def evolution(moved: Cell, then: Cell, shape: Shape) -> str:
    """Write « +12 % », « −3 », « −2,3 points », « évolution inconnue »; of rounded figures, « une hausse » alone."""
    if not moved.is_number:
        return f"évolution {_why(moved)}"
    if moved.slack:
        return "une hausse" if moved.valeur > 0 else "une baisse"
    text = f"{french.signed(100 * moved.valeur / (then.valeur or 1), 0)}{french.NBSP}%"
    if moved.unite == "%":
        points = french.signed(moved.valeur, 1)
        text = f"{points} {french.agree(french.said(points, 0), 'point', 'points')}"
    elif shape_of(moved, then, shape) == "nombre":
        text = french.signed(moved.valeur)
    return text


def trend(moved: Cell, then: Cell, plural: bool = False) -> str:
    """Write « en hausse », « stable » (« stables »), « en baisse », « d'évolution inconnue »."""
    if not moved.is_number:
        return f"d'évolution {_why(moved)}"
    if not moved.slack and (moved.valeur == 0 or abs(moved.valeur) < _steady(moved.unite, then)):
        return "stables" if plural else "stable"
    return "en hausse" if moved.valeur > 0 else "en baisse"


def times(now: Cell, then: Cell) -> str:
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


def _why(moved: Cell) -> str:
    return FEMININE[moved.etat] if moved.etat in {"masque", UNCERTAIN} else "inconnue"


def agreed(cell: Cell, words: str, forms: tuple[str, str], with_number: bool) -> str:
    """Put after a figure the words that agree with it: « 3 jeunes », « un nombre non communiqué de jeunes ».

    Parameters
    ----------
    words
        What is written of the figure alone.
    forms
        Singular and plural; a plural that begins with « de » or « des » keeps it.
    """
    plural = forms[1]
    unsure = cell.slack and not cell.valeur  # the singular would say that a rounded zero is one
    form = french.agree(french.said(words, math.nan if unsure else cell.valeur), *forms)
    if not with_number:
        return form
    if not cell.is_number or words in _WHOLLY_WORDS:
        return f"{words} {plural if plural.lower().startswith(_DE) else french.of(plural)}"
    return f"{words}{french.NBSP}{form}"


def capitalized(words: str) -> str:
    """Begin with a capital letter, where there is a letter."""
    return words[:1].upper() + words[1:]
