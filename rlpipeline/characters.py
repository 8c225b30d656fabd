"""Characters that mislead: accents, those that nobody sees, those that a spreadsheet takes for a formula; names of
communes, however they are typed."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from importlib import resources

DIRECTIONS = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
"""Marks that change the order in which the others are shown."""
UNSEEN = (
    f"{DIRECTIONS}\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b-\u200d\u2060-\u206f\u3164\ufeff\uffa0"
    "\ufff9-\ufffb\U000e0000-\U000e0fff"
)
"""All of them, as the inside of a character class. The selectors that follow an emoji are not among them."""
_DIRECTIONS = re.compile(f"[{DIRECTIONS}]")
_LETTERS = re.compile(r"[^\W\d_]{2}")
_RUN = r"(^[;\s\"]*|(?<![;\s\"])[;\s\"]+)"
_SIGN = r"(?='*[=+\-@＝＋－＠])"
GUARDED = tuple(f"'{sign}" for sign in "=+-@＝＋－＠")
"""What a text must hold for some cell of it to be guarded."""

_LIVE = re.compile(f"{_RUN}{_SIGN}")
_GUARDED = re.compile(f"{_RUN}'{_SIGN}")
_CUTS = frozenset(";\t\r\n")
_LIGATURES = str.maketrans({"œ": "oe", "Œ": "OE", "æ": "ae", "Æ": "AE"})
_HYPHENS = str.maketrans("-'’", "   ")
_SHORTENED = {"ST": "SAINT", "STE": "SAINTE"}
_BESIDE = re.compile(r"(?<=[ /])S/ *| ?/S ")
_ARRONDISSEMENT = re.compile(
    r"(PARIS|LYON|MARSEILLE) 0?(\d{1,2}) ?(?:ER|E|EME|ND|NDE)?(?: ARR(?:ONDISSEMENT)?\.?)?"
)


def unaccented(text: str) -> str:
    """The text in small letters, without accents nor ligatures."""
    if text.isascii():
        return text.casefold()
    plain = unicodedata.normalize("NFKD", text.translate(_LIGATURES))
    return "".join(char for char in plain if not unicodedata.combining(char)).casefold()


def holds_a_word(text: str) -> bool:
    """Whether two letters of a text follow each other: initials at least, where a number alone says nobody."""
    return _LETTERS.search(text) is not None


def in_reading_order(text: str) -> str:
    """The text without what changes the order of its characters; soft hyphens and joiners stay."""
    return _DIRECTIONS.sub("", text)


def guarded(text: str) -> str:
    """The text as a cell of a CSV file that no spreadsheet takes for a formula.

    An apostrophe goes before what would start one: at the beginning of a cell, and after a semicolon, a tab or an end
    of line, since a French spreadsheet cuts a file there whatever its separator.
    """
    return _LIVE.sub(lambda match: f"{match[0]}'" if _starts_a_cell(match) else match[0], text)


def unguarded(cell: str) -> str:
    """The text that a cell of a CSV file stands for."""
    if "'" not in cell:
        return cell
    return _GUARDED.sub(lambda match: match[1] if _starts_a_cell(match) else match[0], cell)


def _starts_a_cell(match: re.Match[str]) -> bool:
    return match.start() == 0 or not _CUTS.isdisjoint(match[1])


def plain(name: str) -> str:
    """The name in capitals, without accents or hyphens, as people type it to look it up."""
    return " ".join(unaccented(name.translate(_HYPHENS)).upper().split())


def name_key(name: str) -> str:
    """The same for « St-Nazaire » and « Saint Nazaire », « Paris 12e » and « Paris 12e Arrondissement »."""
    words = _BESIDE.sub(" SUR ", plain(name)).split()
    key = " ".join(_SHORTENED.get(word.rstrip("."), word) for word in words)
    part = _ARRONDISSEMENT.fullmatch(key)
    return f"{part[1]} {part[2]}" if part else key


def elides(name: str) -> bool:
    """Whether « de » is elided before a name: « d'Oignies », « d'Hénin-Beaumont », but « de Harnes »."""
    first = plain(name)[:1]
    return first in {*"AEIOUY"} or (first == "H" and name not in _with_aspirated_h())


@cache
def _with_aspirated_h() -> frozenset[str]:
    listed = (
        resources.files("rlpipeline.settings").joinpath("h_aspires.txt").read_text(encoding="utf-8")
    )
    return frozenset(listed.splitlines())


def natural_key(text: str) -> tuple[tuple[tuple[int, int, str], ...], str]:
    """Order names as a French reader does, in ``sorted``: without case or accents, numbers by their value."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().casefold()
    parts = re.findall(r"\d+|\D+", plain)
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts), text
