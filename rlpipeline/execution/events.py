"""What happens, told to programs: one JSON object a line, in the order of things."""

from __future__ import annotations

import io
import json
from typing import Literal, TextIO

from rlpipeline.execution.clock import now

Kind = Literal["debut", "message", "tache", "constat", "fin"]


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

    def writable(self) -> bool:
        """Say that it can be written to."""
        return True
