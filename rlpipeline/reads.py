"""What a notebook reads, noted where it is read: by this, a later build knows what has to run again.

Our readers note what they give under a fine name (``chiffres/accompagnes/2023/62215``, ``parametre/service/nom``).
Nothing is ever taken off the log: a read noted twice is noted once, a read of nothing (an absent text) is a read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

Read = tuple[str, ...]
"""A kind, then what tells it from others of its kind; its first word is the kind."""

FIGURES, ROWS, LIST = "chiffres", "lignes", "liste"
"""What is opened of the figure store: a table or the rows counted for it (indicator, year, territory); a list."""
ALL_RECORDS = "donnees"
SETTING, SETTINGS_FILE = "parametre", "fichier"
TEXT = "texte"
"""A text of the service, and which cell shows it: where texts alone moved, no other cell has to run again."""
SCALE = "echelle"
EVERYTHING = "tout"
"""All that a build is given: what a chapter depends on whose cells may look anywhere."""

_noted: set[Read] = set()
_cell: Callable[[], str] = str
_hidden: ContextVar[bool] = ContextVar("rlpipeline_reads_hidden", default=False)


def note(kind: str, *parts: str) -> None:
    """Note that something was read, or found absent."""
    if not _hidden.get():
        _noted.add((kind, *parts))


def note_text(file: str) -> None:
    """Note that the cell that runs reads a text, or finds none."""
    note(TEXT, file, _cell())


@contextmanager
def unrecorded() -> Iterator[None]:
    """Read without noting: what is read within is noted when it is used."""
    token = _hidden.set(True)
    try:
        yield
    finally:
        _hidden.reset(token)


def noted() -> tuple[Read, ...]:
    """Everything noted so far, in order."""
    return tuple(sorted(_noted))


def begin(cell: Callable[[], str] = str) -> None:
    """Begin the log of a chapter, whose cell that runs has this id: forget what was read before it."""
    global _cell  # noqa: PLW0603 - a chapter has one log
    _cell = cell
    _noted.clear()


def as_data() -> list[list[str]]:
    """Give everything noted, as values for JSON."""
    return [list(read) for read in noted()]
