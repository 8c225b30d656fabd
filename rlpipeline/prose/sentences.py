"""Where the sentences of a paragraph begin and end."""

from __future__ import annotations

import re
from itertools import pairwise

_END = re.compile(r"(?<=[.!?…])[\s»\")]*\s(?=[\s«\"“(]*[A-ZÀ-Ý\d¤–-])")
_ABBREVIATION = re.compile(
    r"(?:\b(?:art|pp?|n|av|bd|M|MM|Mme|cf|ex|env|réf|[LRD]|St|Dr|janv|févr|avr|juil|sept|oct|nov|déc))\.\s*$"
)


def sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Give the places of the sentences of a text: they cover it whole, in order."""
    cuts = [match.end() for match in _END.finditer(text) if not _ABBREVIATION.search(text[: match.start() + 1])]
    bounds = [0, *cuts, len(text)]
    return tuple((start, end) for start, end in pairwise(bounds) if start < end)
