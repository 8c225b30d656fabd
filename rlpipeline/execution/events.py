"""What happens, told to programs: one JSON object a line, in the order of things."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import datetime
from typing import Literal, TextIO

from rlpipeline.execution.clock import now

Kind = Literal["debut", "message", "tache", "constat", "fin"]


class EventStream(io.TextIOBase):
    """A stream of events; whatever text is written to it becomes events too, so that every line can be read.

    Parameters
    ----------
    target
        Where the lines go.
    clock
        Gives the time that each event carries.
    """

    def __init__(self, target: TextIO, clock: Callable[[], datetime] = now) -> None:
        super().__init__()
        self._target = target
        self._clock = clock
        self._begun = ""

    def emit(self, kind: Kind, message: str, **more: object) -> None:
        """Write one event at once: its kind, the time, what a person reads of it, then its own fields."""
        event = {
            "evenement": kind,
            "heure": self._clock().isoformat(timespec="milliseconds"),
            "message": message,
            **more,
        }
        self._target.write(json.dumps(event, ensure_ascii=False) + "\n")
        self._target.flush()

    def write(self, text: str) -> int:
        """Make an event of each whole line."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in lines:
            if line.strip():
                self.emit("message", line.strip())
        return len(text)

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True
