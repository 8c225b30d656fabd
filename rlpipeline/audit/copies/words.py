"""Words of two copies held against each other, and where they part."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

AROUND = 6
"""Words told before a place."""
_TOKEN = re.compile(
    r"\d{1,3}(?:[\u202f\u00a0]\d{3})+(?:,\d+)?(?!\d)|\d+(?:[.,]\d+)*|[^\W\d_]+|[%€+*−]",
)


@dataclass(frozen=True)
class Difference:
    """One place where two copies part: what stands before it, what each has there."""

    before: str
    first: str
    second: str


def words(pieces: Iterable[str]) -> list[str]:
    """Cut texts into words, whole numbers and signs; punctuation and spaces are left out."""
    return [match[0] for piece in pieces for match in _TOKEN.finditer(piece)]


def numbers(found: Iterable[str]) -> list[str]:
    """Those of the words that are numbers."""
    return [word for word in found if word[0].isdigit()]


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
