"""Where sentences begin."""

from __future__ import annotations

import re

_OPENING = " \n\u00a0\u202f«“\"'’(["
_CLOSING = " \u00a0\u202f»”\"'’)]"
_LAST_WORD = re.compile(r"([^\W\d_]+)\.$")
_ABBREVIATIONS = frozenset(
    {"al", "art", "av", "bd", "cf", "chap", "env", "ex", "fig", "mm", "no", "nos", "pp", "st", "tél"}
)


def opens_sentence(before: str) -> bool:
    """Say whether a sentence begins after some words of a block: none, or a full stop that ends no abbreviation."""
    words = before.rstrip(_OPENING)
    if not words:
        return True
    ended = words.rstrip(_CLOSING)
    if len(words) == len(before) or not ended.endswith((".", "!", "?")):
        return False
    last = _LAST_WORD.search(ended)
    return last is None or not (len(last[1]) == 1 or last[1].lower() in _ABBREVIATIONS)
