"""What somebody who waits is told: how chapters come along, and which cells take long.

A long cell is noted by who runs its chapter, in a file of the workspace.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from rlpipeline.execution.outcome import Outcome

NOTED_SECONDS = 5.0
"""From when a cell is noted: one that ends sooner is not what somebody waits for."""
TOLD_SECONDS = 30.0
"""From when it is told to who waits; then again each time that it has taken twice as long."""
ERASE_LINE = "\r\x1b[2K"


@dataclass(frozen=True)
class LongCell:
    """A cell that runs for long.

    Parameters
    ----------
    territory, chapter
        Of the notebook that it is in.
    cell
        Its number and first words, in French.
    begun
        When it began, in seconds of the machine's clock.
    """

    territory: str
    chapter: str
    cell: str
    begun: float

    @property
    def seconds(self) -> float:
        """How long it has run."""
        return max(0.0, time.time() - self.begun)


@dataclass
class LongCellNote:
    """The file where one chapter says which of its cells takes long, there as long as it does."""

    path: Path
    noted: str | None = None

    def follow(self, cell: str | None, seconds: float) -> None:
        """Write, replace or remove the note.

        Parameters
        ----------
        cell
            What names the cell that runs; None where none does.
        seconds
            How long it has run.
        """
        wanted = cell if seconds >= NOTED_SECONDS else None
        if wanted == self.noted:
            return
        self.noted = wanted
        with suppress(OSError):  # a full disk is told by what the chapter writes
            if wanted is None:
                self.path.unlink(missing_ok=True)
                return
            content = json.dumps({"cell": wanted, "begun": time.time() - seconds})
            draft = self.path.with_suffix(".nouveau")
            draft.write_text(content, encoding="utf-8")
            draft.replace(self.path)


def note_path(logs: Path, territory: str, chapter: str) -> Path:
    """Give the place of a chapter's note in the folder of logs of a workspace."""
    return logs / territory / f"{chapter}.cellule"


def long_cells(logs: Path) -> Iterator[LongCell]:
    """Read the notes of the chapters that run, those that take longest first."""
    found = list[LongCell]()
    for path in logs.glob("*/*.cellule"):
        with suppress(OSError, ValueError):  # it has just ended
            note = json.loads(path.read_text(encoding="utf-8"))
            found.append(LongCell(path.parent.name, path.stem, note["cell"], note["begun"]))
    yield from sorted(found, key=lambda cell: cell.begun)


class LongCellTeller:
    """Tells who waits which cells take long.

    Parameters
    ----------
    stream
        Where it is written, a line each.
    names
        Territory to the name that is shown.
    notice
        Told the same words, where a page shows them too.
    """

    def __init__(
        self,
        stream: TextIO,
        names: Mapping[str, str],
        notice: Callable[[str], object] | None = None,
    ) -> None:
        self._stream, self._names, self._notice = stream, names, notice
        self._next = dict[LongCell, float]()

    def look(self, logs: Path) -> None:
        """Tell of each cell that has run for long, once, then each time that it took twice as long."""
        for cell in long_cells(logs):
            wanted = self._next.get(cell, TOLD_SECONDS)
            if cell.seconds < wanted:
                continue
            self._next[cell] = 2 * wanted
            self._tell(f"{self._where(cell)} tourne depuis {_elapsed(cell.seconds)}", cell)

    def interrupted(self, logs: Path) -> None:
        """Tell which cells were running when somebody stopped the build."""
        for cell in long_cells(logs):
            words = f"Interrompu pendant : {self._where(cell)}, depuis {_elapsed(cell.seconds)}"
            self._tell(words, cell)

    def _where(self, cell: LongCell) -> str:
        name = self._names.get(cell.territory, cell.territory)
        return f"{name} · {cell.chapter} · {cell.cell}"

    def _tell(self, words: str, cell: LongCell) -> None:
        emit = getattr(self._stream, "emit", None)
        if emit:  # a program reads it
            emit(
                "message",
                words,
                territoire=cell.territory,
                chapitre=cell.chapter,
                cellule=cell.cell,
                secondes=round(cell.seconds),
            )
        else:
            erased = ERASE_LINE if self._stream.isatty() else ""
            self._stream.write(f"{erased}{words}\n")
            self._stream.flush()
        if self._notice:
            self._notice(words)


def _elapsed(seconds: float) -> str:
    """Say how long something has taken: « 45 s », « 2 min »."""
    return f"{round(seconds)} s" if seconds < 100 else f"{round(seconds / 60)} min"


class Progress:
    """How chapters come along, as suits the stream.

    ``names``: territory to the name that is shown; ``long_cells``: tells which cells take long.
    """

    def __init__(
        self,
        stream: TextIO,
        names: Mapping[str, str],
        long_cells: LongCellTeller | None = None,
    ) -> None:
        self.long_cells = long_cells or LongCellTeller(stream, names)
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
        emit = getattr(self._stream, "emit", None)
        if emit:  # what is told goes to a program
            emit("tache", self._last, **self._event(outcome))
        elif not self._live:
            self._write(" · ".join([f"{self._counter} {self._last}", *self._state()]) + "\n")
        elif outcome.reason:
            self._write(f"{ERASE_LINE}{self._counter} {self._last}\n")
        self.ticks()

    def _event(self, outcome: Outcome) -> dict[str, object]:
        """What a program is told of the end of a chapter, beside the sentence."""
        task = outcome.task
        event: dict[str, object] = {
            "annee": task.year,
            "edition": task.edition,
            "territoire": task.territory,
            "chapitre": task.chapter,
            "etat": outcome.state,
            "secondes": round(outcome.seconds, 3),
            "faites": self._done,
            "total": self._total,
        }
        if outcome.reason:
            event |= {"cellule": outcome.cell_id, "raison": outcome.reason}
        return event

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
            parts.append(f"reste environ {_duration(seconds)}")
        return parts

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()


def _duration(seconds: float) -> str:
    """Say how long something will take: « 12 s », « 3 min », « 1 h 05 »."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d}"
