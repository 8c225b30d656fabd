"""Numbers, dates, agreement, lists, slugs and sizes of files, as French typography writes them."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import TypeVar

from rlpipeline.characters import elides

NNBSP = "\u202f"
"""Narrow no-break space, between thousands."""
NBSP = "\u00a0"
"""No-break space, before a unit and a two-part punctuation mark."""

MONTHS = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre",
    "décembre",
)  # fmt: skip
VOWELS = "aàâäeéèêëiîïoôöuùûühyœæ"
LONGEST = 60
ROMAN = ((10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I"))
MOST_TOGETHER = 40
"""Communes in one list; beyond, they are folded by first letter."""
T = TypeVar("T")
_SHOWN = re.compile(r"\d(?:\s?\d)*(?:,\d+)?")
_BEFORE_MARK = re.compile(r" (?=[:;?!»%€])")
_AFTER_MARK = re.compile(r"(?<=«) |(?<=\b[LRD]\.) (?=\d)")


def number(value: float, decimals: int | None = None) -> str:
    """Write a number: ``1055.5`` gives « 1 055,5 »; with so many decimals, else as many as needed, two at most.

    Raises ValueError: not a finite number: what is not communicated has a state, and words of its own.
    """
    if not math.isfinite(value):
        raise ValueError(f"{value} has no French number: show its state instead")
    step = Decimal(1).scaleb(-(2 if decimals is None else decimals))
    digits = f"{abs(Decimal(str(value))).quantize(step, rounding=ROUND_HALF_UP):,f}"
    whole, _, fraction = digits.partition(".")
    if decimals is None:
        fraction = fraction.rstrip("0")
    text = whole.replace(",", NNBSP) + ("," + fraction if fraction else "")
    negative = value < 0 and any(digit in "123456789" for digit in text)
    return f"−{text}" if negative else text


def signed(value: float, decimals: int | None = None) -> str:
    """Write a difference with its sign: « +3 », « −1,5 », « 0 »."""
    text = number(value, decimals)
    rises = value > 0 and any(digit in "123456789" for digit in text)
    return f"+{text}" if rises else text


def percent(value: float, decimals: int | None = None) -> str:
    """Write a percentage, already on a scale of 100: ``16.78`` gives « 16,78 % », as :func:`number` writes it."""
    return f"{number(value, decimals)}{NBSP}%"


def day(moment: date) -> str:
    """Write a date: « 1er janvier 2024 », « 18 avril 2024 »."""
    ordinal = "1er" if moment.day == 1 else str(moment.day)
    return f"{ordinal} {MONTHS[moment.month - 1]} {moment.year}"


def said(words: str, otherwise: float) -> float:
    """Read the number that words show, with which the others agree; another where they show none."""
    match = _SHOWN.search(words)
    return float("".join(match[0].split()).replace(",", ".")) if match else otherwise


def agree(value: float, singular: str, plural: str) -> str:
    """Choose the form that agrees with a number: the plural from two on, so « 0 jeune », « 1,5 heure »; or unknown.

    What is written « 2 » is two: numbers have two decimals at most.
    """
    return singular if abs(value) < 1.995 else plural


def count(value: float, singular: str, plural: str) -> str:
    """Write a number and its noun, kept on one line: « 1 jeune », « 114 jeunes »."""
    return f"{number(value)}{NBSP}{agree(value, singular, plural)}"


def listing(words: Sequence[str]) -> str:
    """Join words: « a », « a et b », « a, b et c »."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} et {words[-1]}"


def de(name: str) -> str:
    """Put « de » before a name: « de Carvin », « d'Oignies », « de Harnes », « du Portel », « des Attaques »."""
    return _contracted(name, "du ", "des ") or (f"d'{name}" if elides(name) else f"de {name}")


def at(name: str) -> str:
    """Put « à » before the name of a place: « à Carvin », « au Portel », « aux Attaques »."""
    return _contracted(name, "au ", "aux ") or f"à {name}"


def _contracted(name: str, singular: str, plural: str) -> str:
    for article, contracted in (("Le ", singular), ("Les ", plural)):
        if name.startswith(article):
            return contracted + name[len(article) :]
    return ""


def spaced(text: str) -> str:
    """Make the spaces around « : ; ? ! % € », inside guillemets and in « L. 121-2 » no-break ones."""
    return _AFTER_MARK.sub(NBSP, _BEFORE_MARK.sub(NBSP, text))


def roman(number: int) -> str:
    """Roman numeral of a small positive number."""
    numeral = ""
    for value, letters in ROMAN:
        numeral += letters * (number // value)
        number %= value
    return numeral


def short(text: str) -> str:
    """At most 60 characters of a slug, whole words."""
    return (
        text if len(text) <= LONGEST else text[: LONGEST + 1].rpartition("-")[0] or text[:LONGEST]
    )


def slug(text: str) -> str:
    """Lower-case ASCII letters, digits and hyphens; ``partie`` when nothing is left."""
    plain = text.replace("œ", "oe").replace("Œ", "oe").replace("æ", "ae").replace("Æ", "ae")
    ascii_text = unicodedata.normalize("NFKD", plain).encode("ascii", "ignore").decode("ascii")
    return re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-") or "partie"


def by_letter(places: Sequence[T], name: Callable[[T], str]) -> Iterator[tuple[str, Sequence[T]]]:
    """Give places that are too many for one list by first letter, in order of their names; else all, without one."""
    if len(places) <= MOST_TOGETHER:
        yield from [("", places)] if places else []
        return
    ordered = sorted(places, key=lambda place: (_folded(name(place)), name(place)))
    for letter, group in groupby(ordered, key=lambda place: _folded(name(place))[:1].upper()):
        yield letter, tuple(group)


def _folded(name: str) -> str:
    plain = unicodedata.normalize("NFKD", name.casefold().replace("œ", "oe"))
    return "".join(letter for letter in plain if letter.isalnum() or letter == " ")


def weight(size: int) -> str:
    """« 196 ko », « 1,2 Mo »: how large a file of so many bytes is."""
    if size < 1_000_000:
        return f"{max(round(size / 1000), 1)}\u00a0ko"
    return f"{size / 1_000_000:.1f}\u00a0Mo".replace(".", ",")
