"""The one place of the execution where the clock is read."""

from __future__ import annotations

import time
from datetime import datetime


class Stopwatch:
    """Seconds elapsed since it was made; a change of the system's time does not move it."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds elapsed."""
        return time.monotonic() - self._start


def now() -> datetime:
    """The machine's local time."""
    return datetime.now().astimezone()
