"""Cells that take long: noted by who runs a chapter, in a file of the workspace, for who waits."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

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
            self._tell(f"{self._where(cell)} tourne depuis {_duration(cell.seconds)}", cell)

    def interrupted(self, logs: Path) -> None:
        """Tell which cells were running when somebody stopped the build."""
        for cell in long_cells(logs):
            words = f"Interrompu pendant : {self._where(cell)}, depuis {_duration(cell.seconds)}"
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


def _duration(seconds: float) -> str:
    """Write a duration as one says it: « 45 s », « 2 min »."""
    return f"{round(seconds)} s" if seconds < 100 else f"{round(seconds / 60)} min"
