"""Numbers written in French words: where they stand in a text, and what they are worth.

The value is text2num's. What it does not know is decided here: which words open a number, « un » and « une » that are
articles, « neuf » that means new, words that belong to two numbers in a row (« deux trois »).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from text_to_num import text2num


class Span(NamedTuple):
    """A number found: its place in the text, its kind and its value (None where it has no single one)."""

    start: int
    end: int
    kind: str
    value: float | None


UNITS = "deux|trois|quatre|cinq|six|sept|huit|neuf"
TENS = (
    "dix|onze|douze|treize|quatorze|quinze|seize|vingts?|trente|quarante|cinquante|soixante|septante|huitante|octante"
)
WORD = rf"(?:zéro|une?|{UNITS}|{TENS}|nonante|cents?|mille|millions?|milliards?)"
CARDINAL = rf"(?<![\w-]){WORD}(?:(?:-|\s+|-et-|\s+et\s+(?=une?\b|onze\b)){WORD}){{0,12}}(?![\w]|-[^\W\d_])"
"""Words that may be one number, or several in a row."""
DIGITS = r"(?<![\w.,])(?:(?:\d{1,3}(?:[ \u00a0\u202f\u2009]\d{3}){1,4}(?!\d)(?:,\d+)?)|\d+(?:[.,]\d+)?)(?!\d)"
NUMBER = rf"(?:{DIGITS}|{CARDINAL})"
"""A number in digits or in words."""

_CARDINAL = re.compile(CARDINAL, re.IGNORECASE)
_IDIOMS = re.compile(
    r"\b(?:(?P<un>une?) (?:à|par) (?P=un)|deux (?:à|par) deux|tou(?:s|tes) (?:les )?deux(?! (?:ans|mois"
    r"|jours|semaines))"
    r"|entre-?deux|mille (?:mercis|excuses|et une)|quatre (?:coins|murs|saisons)|quatre pattes"
    r"|deux poids,? deux mesures"
    r"|en deux mots|(?:à|de) deux pas|une? ou plusieurs|trente-six|quatre heures (?:est|gourmand)|zéro déchet|à zéro|"
    r"(?:re)?mis(?:e|es)? à neuf"
    r"|(?:à|de|du|flambant) neuf(?! [^\W\d_]{3,}s\b)|d'une part|l[’']une?|une? seul (?:coup|tenant|élan|bloc))\b",
    re.IGNORECASE,
)
_BEFORE_NUMBER = re.compile(
    r"(?:^|[(:;,«]|\b(?:les|des|ces|aux|nos|leurs|ses|dont|soit|sont|étaient|été|sur|à|et|ou|de|par|avec|pour|en|entre"
    r"|compte|comptait|accompagné|reçu|accueilli|a|ont|autres))\s*$",
    re.IGNORECASE,
)
_NOUN_AFTER = re.compile(
    r"\s+(?!(?:et|ou|à|au|aux|de|du|des|en|dans|sur|pour|par|qui|que|est|sont|a|ont)\b)[^\W\d_]", re.IGNORECASE
)


def cardinals(text: str) -> Iterator[Span]:
    """Yield the numbers in words; « un » and « une » alone are articles, idioms are no numbers."""
    idioms = [match.span() for match in _IDIOMS.finditer(text)]
    for run in _CARDINAL.finditer(text):
        for start, end, value in split(run.group(), run.start()):
            words = text[start:end].lower()
            within_idiom = any(start < to and since < end for since, to in idioms)
            if (
                words not in {"un", "une"}
                and not within_idiom
                and not (words == "neuf" and _means_new(text, start, end))
            ):
                yield Span(start, end, "nombre", value)


def split(words: str, offset: int = 0) -> list[tuple[int, int, float]]:
    """Cut words in a row into numbers, the longest first: « vingt trois quatre » is 23 then 4."""
    parts = [(match.start(), match.end()) for match in re.finditer(r"[^\s-]+", words)]
    numbers: list[tuple[int, int, float]] = []
    first = 0
    while first < len(parts):
        last = next((n for n in range(len(parts), first, -1) if _worth(words, parts[first:n]) is not None), None)
        if last is not None:
            value = _worth(words, parts[first:last])
            assert value is not None
            numbers.append((offset + parts[first][0], offset + parts[last - 1][1], value))
        first = first + 1 if last is None else last
    return numbers


def worth(words: str) -> float | None:
    """Value of a number in digits or in words, None if it is none: « 1 234,5 », « quatre-vingt-dix »."""
    plain = re.sub(r"[\s\u00a0\u202f\u2009]", "", words).replace(",", ".").replace("−", "-")
    if re.fullmatch(r"[-+]?\d+(\.\d+)?", plain):
        return float(plain)
    numbers = split(words.strip())
    return numbers[0][2] if len(numbers) == 1 else None


def _worth(words: str, parts: list[tuple[int, int]]) -> float | None:
    text = words[parts[0][0] : parts[-1][1]].lower()
    if text.startswith("et") or text in {"cents", "vingts"}:
        return None
    try:
        return float(text2num(" ".join(text.split()), "fr"))
    except ValueError:
        return None


def _means_new(text: str, start: int, end: int) -> bool:
    """« un local neuf » against « neuf jeunes » and « ils étaient neuf »."""
    return not _NOUN_AFTER.match(text, end) and not _BEFORE_NUMBER.search(text[max(0, start - 25) : start])
