"""Progress on screen: one living line on a terminal, a line a chapter in a log."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from typing import Protocol, TextIO

from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.plan import SERVICE

ERASE_LINE = "\r\x1b[2K"


class Progress(Protocol):
    """What the runner tells."""

    def begins(self, total: int) -> None:
        """So many chapters are about to run."""

    def finished(self, outcome: Outcome) -> None:
        """One chapter ended, well or not."""

    def ends(self) -> None:
        """Nothing more will come."""


class Silence:
    """Tells nothing."""

    def begins(self, total: int) -> None:
        """Tell nothing."""

    def finished(self, outcome: Outcome) -> None:
        """Tell nothing."""

    def ends(self) -> None:
        """Tell nothing."""


class Lines:
    """A line a chapter, for a log.

    Parameters
    ----------
    names
        Territory code to the name that is shown.
    """

    def __init__(self, stream: TextIO, names: Mapping[str, str]) -> None:
        self._stream = stream
        self._names = names
        self._total = self._done = self._failed = 0

    def begins(self, total: int) -> None:
        """Say how many chapters will run."""
        self._total, self._done, self._failed = total, 0, 0
        self._write(f"{total} chapitre{'s' if total > 1 else ''} à exécuter\n")

    def finished(self, outcome: Outcome) -> None:
        """Say how one chapter ended."""
        self._count(outcome)
        self._write(self._sentence(outcome) + "\n")

    def ends(self) -> None:
        """Say nothing more: the last line told it."""

    def _count(self, outcome: Outcome) -> None:
        self._done += 1
        self._failed += outcome.state != "ok"

    def _sentence(self, outcome: Outcome) -> str:
        task = outcome.task
        name = self._names.get(task.territory, "Service" if task.territory == SERVICE else task.territory)
        state = "terminé" if outcome.state == "ok" else "ÉCHEC"
        seconds = f"{outcome.seconds:.1f}".replace(".", ",")
        width = len(str(self._total))
        return f"[{self._done:{width}}/{self._total}] {task.year} · {name} · {task.chapter} : {state} ({seconds} s)"

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


class LiveLine(Lines):
    """One line rewritten on a terminal; failures stay above it."""

    def begins(self, total: int) -> None:
        """Show the line before the first chapter ends."""
        self._total, self._done, self._failed = total, 0, 0
        self._show(f"[0/{total}] exécution des chapitres…")

    def finished(self, outcome: Outcome) -> None:
        """Rewrite the line; a failure is written above it for good."""
        self._count(outcome)
        sentence = self._sentence(outcome)
        if outcome.state != "ok":
            self._write(f"{ERASE_LINE}{sentence}\n")
        failed = f" · {self._failed} en échec" if self._failed else ""
        self._show(sentence + failed)

    def ends(self) -> None:
        """Take the line away."""
        self._write(ERASE_LINE)

    def _show(self, text: str) -> None:
        width = shutil.get_terminal_size().columns - 1
        self._write(ERASE_LINE + (text if len(text) <= width else text[: width - 1] + "…"))


def progress_on(stream: TextIO, names: Mapping[str, str]) -> Progress:
    """The progress that suits the stream."""
    return LiveLine(stream, names) if stream.isatty() else Lines(stream, names)
