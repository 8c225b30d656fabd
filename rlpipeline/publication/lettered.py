"""Many communes in an index: by first letter, as a French index has them."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Iterator
from itertools import groupby
from typing import TypeVar

MOST_TOGETHER = 40
"""Communes in one list; beyond, they are folded by first letter."""

T = TypeVar("T")


def by_letter(places: Iterable[T], name: Callable[[T], str]) -> Iterator[tuple[str, tuple[T, ...]]]:
    """Give the places of each first letter, in order of their names."""
    ordered = sorted(places, key=lambda place: (_folded(name(place)), name(place)))
    for letter, group in groupby(ordered, key=lambda place: _folded(name(place))[:1].upper()):
        yield letter, tuple(group)


def _folded(name: str) -> str:
    """Letters without accents nor case, as a French index sorts them."""
    plain = unicodedata.normalize("NFKD", name.casefold().replace("œ", "oe"))
    return "".join(letter for letter in plain if letter.isalnum() or letter == " ")
