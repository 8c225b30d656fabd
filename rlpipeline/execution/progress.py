"""Progress on screen: one living line on a terminal, a line a chapter in a log, an event a chapter for programs."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import TextIO

from rlpipeline.execution.clock import EventStream, Stopwatch
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.plan import SERVICE

ERASE_LINE = "\r\x1b[2K"


class Lines:
    """A line a chapter, for a log. ``names``: territory code to the name that is shown."""

    def __init__(self, stream: TextIO, names: Mapping[str, str]) -> None:
        self._stream, self._names = stream, names
        self._start(0, 1)

    def resumes(self, count: int) -> None:
        """Say how many chapters stand as a former build executed them."""
        plural = "s" if count > 1 else ""
        self._write(f"Reprise : {count} chapitre{plural} déjà exécuté{plural} la fois précédente\n")

    def begins(self, total: int, jobs: int) -> None:
        """Say how many chapters are about to run, so many at a time."""
        self._start(total, jobs)
        self._write(f"{total} chapitre{'s' if total > 1 else ''} à exécuter\n")

    def ticks(self) -> None:
        """Say that time goes by: nothing in a log."""

    def ends(self) -> None:
        """Say that nothing more will come."""

    def finished(self, outcome: Outcome) -> None:
        """Say how one chapter ended, and what is left."""
        self._count(outcome)
        self._write(" · ".join([f"{self._counter()} {self._ending(outcome)}", *self._state()]) + "\n")

    def _start(self, total: int, jobs: int) -> None:
        self._total, self._jobs, self._watch = total, jobs, Stopwatch()
        self._done = self._failed = 0

    def _count(self, outcome: Outcome) -> None:
        self._done += 1
        self._failed += outcome.state != "ok"

    def _counter(self) -> str:
        return f"[{self._done:{len(str(self._total))}}/{self._total}]"

    def _ending(self, outcome: Outcome) -> str:
        task = outcome.task
        name = self._names.get(task.territory, "Service" if task.territory == SERVICE else task.territory)
        state = "terminé" if outcome.state == "ok" else "ÉCHEC"
        seconds = f"{outcome.seconds:.1f}".replace(".", ",")
        return f"{task.year} · {name} · {task.chapter} : {state} ({seconds} s)"

    def _state(self) -> list[str]:
        """What runs, what failed, the time left: nothing where there is nothing to say."""
        left = self._total - self._done
        parts = [f"{min(self._jobs, left)} en cours"] if left else []
        if self._failed:
            parts.append(f"{self._failed} en échec")
        if left and self._done:
            parts.append(f"reste environ {_duration(self._watch.seconds / self._done * left)}")
        return parts

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class LiveLine(Lines):
    """One line rewritten on a terminal every second; failures stay above it."""

    _last = "exécution des chapitres…"

    def begins(self, total: int, jobs: int) -> None:  # noqa: D102
        self._start(total, jobs)
        self.ticks()

    def finished(self, outcome: Outcome) -> None:  # noqa: D102
        self._count(outcome)
        self._last = self._ending(outcome)
        if outcome.state != "ok":
            self._write(f"{ERASE_LINE}{self._counter()} {self._last}\n")
        self.ticks()

    def ticks(self) -> None:
        """First what counts, since a narrow terminal cuts the end."""
        text = f"{self._counter()} " + " · ".join([*self._state(), self._last])
        width = shutil.get_terminal_size().columns - 1
        self._write(ERASE_LINE + (text if len(text) <= width else text[: width - 1] + "…"))

    def ends(self) -> None:  # noqa: D102
        self._write(ERASE_LINE)


class Events(Lines):
    """An event a chapter, for programs."""

    _stream: EventStream  # type: ignore[assignment]

    def finished(self, outcome: Outcome) -> None:  # noqa: D102
        self._count(outcome)
        task, error = outcome.task, outcome.error
        self._stream.emit(
            "tache",
            self._ending(outcome),
            annee=task.year,
            edition=task.edition,
            territoire=task.territory,
            chapitre=task.chapter,
            etat=outcome.state,
            secondes=round(outcome.seconds, 3),
            faites=self._done,
            total=self._total,
            **({"cellule": error.cell_id, "raison": error.reason} if error else {}),
        )


def progress_on(stream: TextIO, names: Mapping[str, str]) -> Lines:
    """The progress that suits the stream."""
    if isinstance(stream, EventStream):
        return Events(stream, names)
    return LiveLine(stream, names) if stream.isatty() else Lines(stream, names)


def _duration(seconds: float) -> str:
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d}"
