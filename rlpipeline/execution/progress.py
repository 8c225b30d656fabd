"""What is told while it runs: a living line on a terminal, lines in a log, events for programs."""

from __future__ import annotations

import io
import json
import shutil
import time
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Literal, TextIO

if TYPE_CHECKING:  # a command that makes no report loads no notebook machinery
    from rlpipeline.execution.outcome import Outcome

Kind = Literal["debut", "message", "tache", "constat", "fin"]
ERASE_LINE = "\r\x1b[2K"


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


class Progress:
    """How chapters come along, as suits the stream. ``names``: territory to the name that is shown."""

    def __init__(self, stream: TextIO, names: Mapping[str, str]) -> None:
        self._stream, self._names, self._live = stream, names, stream.isatty()
        self._total = self._done = self._failed = 0
        self._last = "exécution des chapitres…"

    def resumes(self, count: int) -> None:
        """Say how many chapters stand as a former build executed them."""
        plural = "s" if count > 1 else ""
        self._write(f"Reprise : {count} chapitre{plural} déjà exécuté{plural} la fois précédente\n")

    def begins(self, total: int, jobs: int) -> None:
        """Say how many chapters are about to run, so many at a time."""
        self._total, self._jobs, self._begun = total, jobs, time.monotonic()
        if not self._live:
            self._write(f"{total} chapitre{'s' if total > 1 else ''} à exécuter\n")
        self.ticks()

    def ticks(self) -> None:
        """Say that time goes by, on a terminal: first what counts, since a narrow one cuts the end."""
        if self._live:
            text = f"{self._counter} {' · '.join([*self._state(), self._last])}"
            width = shutil.get_terminal_size().columns - 1
            self._write(ERASE_LINE + (text if len(text) <= width else text[: width - 1] + "…"))

    def ends(self) -> None:
        """Say that nothing more will come."""
        if self._live:
            self._write(ERASE_LINE)

    def finished(self, outcome: Outcome) -> None:
        """Say how one chapter ended, and what is left; failures stay above the living line."""
        self._done += 1
        self._failed += bool(outcome.reason)
        task, seconds = outcome.task, f"{outcome.seconds:.1f}".replace(".", ",")
        state = f"{'ÉCHEC' if outcome.reason else 'terminé'} ({seconds} s)"
        name = self._names.get(task.territory, task.territory)
        self._last = f"{task.year} · {name} · {task.chapter} : {state}"
        if isinstance(self._stream, EventStream):
            self._stream.emit(
                "tache",
                self._last,
                annee=task.year,
                edition=task.edition,
                territoire=task.territory,
                chapitre=task.chapter,
                etat=outcome.state,
                secondes=round(outcome.seconds, 3),
                faites=self._done,
                total=self._total,
                **({"cellule": outcome.cell_id, "raison": outcome.reason} if outcome.reason else {}),
            )
        elif not self._live:
            self._write(" · ".join([f"{self._counter} {self._last}", *self._state()]) + "\n")
        elif outcome.reason:
            self._write(f"{ERASE_LINE}{self._counter} {self._last}\n")
        self.ticks()

    @property
    def _counter(self) -> str:
        return f"[{self._done:{len(str(self._total))}}/{self._total}]"

    def _state(self) -> list[str]:
        left = self._total - self._done
        parts = [f"{min(self._jobs, left)} en cours"] if left else []
        if self._failed:
            parts.append(f"{self._failed} en échec")
        if left and self._done:
            seconds = (time.monotonic() - self._begun) / self._done * left
            minutes = round(seconds / 60)
            long = f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d}"
            parts.append(f"reste environ {f'{max(1, round(seconds))} s' if seconds < 60 else long}")
        return parts

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
