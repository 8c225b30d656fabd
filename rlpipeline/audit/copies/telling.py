"""Findings about two copies of one thing, worded alike."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rlpipeline.audit.copies.words import Difference, differences
from rlpipeline.audit.findings import Finding, Place

NOTHING = "rien"


def disagreement(check: str, message: str, first: tuple[Place, str], second: tuple[Place | None, str]) -> Finding:
    """Say that two places differ.

    Parameters
    ----------
    first, second
        Place and what it says; the first is the copy, the second what it should be like.
    """
    (place, value), (other, expected) = first, second
    key = f"{check}:{place.file}/{_plain(place.where)}"
    return Finding(check, message, place, value or NOTHING, other, expected or NOTHING, True, key)


def _plain(where: str) -> str:
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
