"""The one place of the execution where the clock is read, and what happens, told to programs with its hour."""

from __future__ import annotations

import io
import json
import time
from datetime import datetime
from typing import Literal, TextIO

Kind = Literal["debut", "message", "tache", "constat", "fin"]


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


class EventStream(io.TextIOBase):
    """A stream of events on another; whatever is written to it becomes events too, so that every line can be read."""

    def __init__(self, target: TextIO) -> None:
        super().__init__()
        self._target, self._begun = target, ""

    def emit(self, kind: Kind, message: str, **more: object) -> None:
        """Write one event at once: its kind, the time, what a person reads of it, then its own fields."""
        event = {"evenement": kind, "heure": now().isoformat(timespec="milliseconds"), "message": message, **more}
        self._target.write(json.dumps(event, ensure_ascii=False) + "\n")
        self._target.flush()

    def write(self, text: str) -> int:
        """Make an event of each whole line."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in filter(str.strip, lines):
            self.emit("message", line.strip())
        return len(text)
