"""How a figure is written in French, stated anew: what the audit expects to read."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from math import comb

from rlpipeline.published import Figure

THIN, HARD = "\u202f", "\u00a0"
UNKNOWN = {"nc": "non communiqué", "vide": "sans objet", "masque": "masqué"}
SHORT = {"nc": "nc", "vide": "–", "masque": "masqué"}
ROUNDED = "arrondi"
SUFFIXES = {"%": f"{HARD}%", "euros": f"{HARD}€"}
COUNTS, UNLIKELY = frozenset({"jeunes", "accompagnements", "orientations", "demandes", "suivis"}), 100
"""Units whose change may be marked, and of how many cases chance gives one as large in less than one."""
FIXED = 2
"""Decimals of money and of parts, always shown; other numbers have at most as many."""


def rounded(value: float, decimals: int) -> Decimal:
    """Round half up, from the shortest writing of the number."""
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def write_number(value: float, decimals: int | None = None) -> str:
    """Write a number: thousands apart, comma, minus sign; two decimals at most, those needed, unless told."""
    exact = rounded(abs(value), FIXED if decimals is None else decimals)
    whole, _, fraction = f"{exact:f}".partition(".")
    if decimals is None:
        fraction = fraction.rstrip("0")
    groups = [whole[max(0, end - 3) : end] for end in range(len(whole), 0, -3)][::-1]
    text = THIN.join(groups) + (f",{fraction}" if fraction else "")
    return f"−{text}" if value < 0 and exact else text


def write_signed(value: float, decimals: int | None = None) -> str:
    """Write a difference: a plus sign where it rises."""
    text = write_number(value, decimals)
    return f"+{text}" if value > 0 and any(digit in text for digit in "123456789") else text


def write_figure(figure: Figure, least: int = 0) -> str:
    """Write a figure as a table shows it: « 1 234 », « 16,78 % », « 35* », « ≈ 25 », « moins de 5 », « nc ».

    Parameters
    ----------
    least
        Decimals that its neighbours have: it has as many, two at most.
    """
    if figure.valeur is None:
        return SHORT.get(figure.etat, figure.etat)
    if figure.etat == ROUNDED:
        return f"≈{HARD}{write_quantity(figure)}" if figure.valeur else write_below(figure)
    return write_quantity(figure, least) + ("*" if figure.etat == "partiel" else "")


def write_change(now: Figure, then: Figure) -> str:
    """Write what moved since the year before: « +16 », « = », « ≈ +10 »; nothing where rounding could explain it."""
    if now.valeur is None or then.valeur is None or "partiel" in (now.etat, then.etat) or now.unite == "%":
        return ""
    moved = now.valeur - then.valeur
    bases = [one.marge + 1 for one in (now, then) if one.etat == ROUNDED]
    if bases and abs(moved) < 2 * max(bases):
        return ""
    mark = f"{HARD}●" if _is_unlikely(now, then) else ""
    return (f"≈{HARD}" if bases else "") + write_signed(moved) + mark if moved else "="


def _is_unlikely(now: Figure, then: Figure) -> bool:
    """Whether two counts, as near as their rounding allows, differ more than in one case of a hundred by chance."""
    if now.unite not in COUNTS:
        return False
    low, high = sorted((now, then), key=lambda one: one.valeur or 0.0)
    least, most = ((one.valeur or 0.0) + way * one.marge for one, way in ((low, 1), (high, -1)))
    if most <= least:
        return False
    least, every = round(least), round(least) + round(most)
    tail = sum(comb(every, number) for number in range(least + 1))
    return 2 * tail * UNLIKELY < 2**every


def write_below(figure: Figure) -> str:
    """Write what is rounded to zero: « moins de 5 »."""
    return f"moins de {write_number(figure.marge + 1)}"


def write_aloud(words: str) -> str:
    """Write words as alternative texts say them: « environ 25 »."""
    return words.replace(f"≈{HARD}", "environ ")


def write_quantity(figure: Figure, least: int = 0) -> str:
    """Write the number and its unit, with so many decimals at least."""
    value = figure.valeur or 0.0
    fixed = figure.unite == "euros" or (figure.unite == "%" and figure.key.colonne == "part")
    needed = write_number(value, FIXED if fixed else None)
    if len(needed.partition(",")[2]) < min(least, FIXED):
        needed = write_number(value, min(least, FIXED))
    return needed + SUFFIXES.get(figure.unite, "")
