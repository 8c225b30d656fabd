"""The one place of the execution where the clock is read."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class Stopwatch:
    """Seconds elapsed since it was made; a change of the system's time does not move it."""

    start: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        """Seconds elapsed."""
        return time.monotonic() - self.start


def now() -> datetime:
    """The machine's local time."""
    return datetime.now().astimezone()
