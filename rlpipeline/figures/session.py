"""What the cells of a notebook are about: the counting that is open, or the reading of what they declare.

Populations are imported by name and have no records of their own; what opens a notebook says here whose they are.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from rlpipeline.errors import UsageError
from rlpipeline.records.frames import Records
from rlpipeline.settings.models import Service


class RowsWhileReadingError(Exception):
    """A cell asks for rows while it is only read for what it declares."""


class Counting(Protocol):
    """Records that are open to be counted."""

    records: Records
    service: Service
    reported: int

    @property
    def years(self) -> frozenset[int]:
        """Years that are counted."""
        ...

    def take(self, indicator: Any) -> Any:
        """Count a table that a cell declares."""
        ...


class Reader(Protocol):
    """What takes tables that cells declare, and counts none."""

    def take(self, indicator: Any) -> Any:
        """Note a table that a cell declares."""
        ...


class Session:
    """Who takes what the cells of a notebook declare."""

    def __init__(self) -> None:
        self._reader: Reader | None = None
        self._counting: Counting | None = None
        self._open: Callable[[], Counting] | None = None

    def opens_by(self, open_project: Callable[[], Counting]) -> None:
        """Say what opens the records of the project, where a cell is run alone."""
        self._open = open_project

    def opened(self, counting: Counting) -> None:
        """Take a counting that was just opened."""
        self._counting = counting

    def read_by(self, reader: Reader | None) -> Reader | None:
        """Take a reader until another one, or none, does; give the one before."""
        former, self._reader = self._reader, reader
        return former

    def taker(self) -> Reader | Counting:
        """Give who takes a declared table."""
        return self._reader or self.counting()

    def counting(self) -> Counting:
        """Give the open counting, that of the project if none is.

        Raises
        ------
        RowsWhileReadingError
            A cell is being read: nothing is open.
        UsageError
            Nothing says what to open.
        """
        if self._reader is not None:
            raise RowsWhileReadingError
        if self._counting is None:
            if self._open is None:
                raise UsageError("Aucune donnée n'est ouverte.", todo="appeler open_counting()")
            self._counting = self._open()
        return self._counting


session = Session()
"""That of this process: a kernel runs one notebook."""
