"""The record that a cell leaves of the texts it handed to the report: how it is called, sealed and read.

``display/handed.py`` writes it in the process of a chapter; who lists what somebody must read opens it, and what is
published leaves it out: neither of these loads what draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from hashlib import sha256

MIME = "application/vnd.rlpipeline.handed+json"
SEAL, TEXTS, WHOLE = "seal", "texts", "whole"
"""Of a record: digest of the HTML, texts handed, whether the fragment holds a picture that may have words in it."""


def seal_of(html: str) -> str:
    """Digest by which a fragment is known to be as the report wrote it."""
    return sha256(html.encode()).hexdigest()


def _unknown(value: object) -> None:
    """Know nothing of a value."""


def texts_in(
    value: object, texts_of: Callable[[object], Iterable[str] | None] = _unknown
) -> Iterator[str]:
    """Give each text of a value, of what it holds too.

    Parameters
    ----------
    texts_of
        Gives the texts of a value that it knows better, None of any other.
    """
    known = texts_of(value)
    if known is not None:
        yield from known
        return
    match value:
        case str():
            yield value
        case Mapping():
            yield from texts_in([*value.keys(), *value.values()], texts_of)
        case Iterable():
            for item in value:
                yield from texts_in(item, texts_of)
