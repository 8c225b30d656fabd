"""How a figure is written in French, stated anew, and where the words of two copies part."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from math import exp, lgamma, log

from rlpipeline.audit.findings import Finding
from rlpipeline.published import Figure, Place
from rlpipeline.published.model import ROUNDED

AROUND = 6
"""Words told before a place."""
_TOKEN = re.compile(
    r"\d{1,3}(?:[\u202f\u00a0]\d{3})+(?:,\d+)?(?!\d)|\d+(?:[.,]\d+)*|[^\W\d_]+|[%€+*−]",
)
THIN, HARD = "\u202f", "\u00a0"
UNKNOWN = {"nc": "non communiqué", "vide": "sans objet", "masque": "masqué"}
SHORT = {"nc": "nc", "vide": "–", "masque": "masqué"}
SUFFIXES = {"%": f"{HARD}%", "euros": f"{HARD}€"}
COUNTS, UNLIKELY = frozenset({"jeunes", "accompagnements", "orientations", "demandes", "suivis"}), 100
"""Units whose change may be marked, and of how many cases chance gives one as large in less than one."""
FIXED = 2
"""Decimals of money and of parts, always shown; other numbers have at most as many."""
NOTHING = "rien"


@dataclass(frozen=True)
class Difference:
    """One place where two copies part: what stands before it, what each has there."""

    before: str
    first: str
    second: str


def words(pieces: Iterable[str]) -> list[str]:
    """Cut texts into words, whole numbers and signs; punctuation and spaces are left out."""
    return [match[0] for piece in pieces for match in _TOKEN.finditer(piece)]


def numbers(sequence: Iterable[str]) -> list[str]:
    """Those of the words that are numbers."""
    return [word for word in sequence if word[0].isdigit()]


def differences(first: Sequence[str], second: Sequence[str]) -> Iterator[Difference]:
    """Give every place where two sequences of words part, in order."""
    if len(first) == len(second):
        for index, (one, other) in enumerate(zip(first, second, strict=True)):
            if one != other:
                yield Difference(_before(first, index), one, other)
        return
    start = _common(first, second)
    end = _common(first[start:][::-1], second[start:][::-1])
    mine, theirs = first[start : len(first) - end], second[start : len(second) - end]
    for kind, low, high, lower, higher in difflib.SequenceMatcher(None, mine, theirs, autojunk=False).get_opcodes():
        if kind != "equal":
            yield Difference(_before(first, start + low), " ".join(mine[low:high]), " ".join(theirs[lower:higher]))


def _before(sequence: Sequence[str], index: int) -> str:
    return " ".join(sequence[max(0, index - AROUND) : index])


def _common(first: Sequence[str], second: Sequence[str]) -> int:
    pairs = enumerate(zip(first, second, strict=False))
    return next((index for index, (one, other) in pairs if one != other), min(len(first), len(second)))


def half_up(value: float, decimals: int) -> Decimal:
    """Round half up, from the shortest writing of the number."""
    return Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)


def write_number(value: float, decimals: int | None = None) -> str:
    """Write a number: thousands apart, comma, minus sign; two decimals at most, those needed, unless told."""
    exact = half_up(abs(value), FIXED if decimals is None else decimals)
    integer, _, fraction = f"{exact:f}".partition(".")
    if decimals is None:
        fraction = fraction.rstrip("0")
    groups = [integer[max(0, end - 3) : end] for end in range(len(integer), 0, -3)][::-1]
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
    if now.unite not in COUNTS or min(now.valeur or 0.0, then.valeur or 0.0) < 0:  # moves into a commune less those out
        return False
    low, high = sorted((now, then), key=lambda one: one.valeur or 0.0)
    least, most = ((one.valeur or 0.0) + way * one.marge for one, way in ((low, 1), (high, -1)))
    if most <= least:
        return False
    least, every = round(least), round(least) + round(most)
    term = exp(lgamma(every + 1) - lgamma(least + 1) - lgamma(every - least + 1) - every * log(2))
    tail = 0.0
    for number in range(least, -1, -1):  # each from the one above: the ways themselves have thousands of digits
        tail += term
        term *= number / (every - number + 1)
    return 2 * tail * UNLIKELY < 1


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


def disagreement(check: str, message: str, first: tuple[Place, str], second: tuple[Place | None, str]) -> Finding:
    """Say that two places differ.

    Parameters
    ----------
    first, second
        Place and what it says; the first is the copy, the second what it should be like.
    """
    (place, value), (other, expected) = first, second
    key = f"{check}:{place.file}/{_key_of(place.where)}"
    return Finding(check, message, place, value or NOTHING, other, expected or NOTHING, True, key)


def _key_of(where: str) -> str:
    return re.sub(r"[\s«»,]+", "_", where).strip("_")


def worded(
    check: str, message: str, first: tuple[Place, Sequence[str]], second: tuple[Place, Sequence[str]]
) -> Iterator[Finding]:
    """Say each place where the words of two copies part."""
    (place, mine), (other, theirs) = first, second
    if mine == theirs:
        return
    for difference in differences(mine, theirs):
        yield disagreement(check, message, (_near(place, difference), difference.first), (other, difference.second))


def _near(place: Place, difference: Difference) -> Place:
    where = f"{place.where}, après « {difference.before} »" if difference.before else f"{place.where}, au début"
    return Place(place.file, where)
