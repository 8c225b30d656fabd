"""What a command tells of its run besides its result: for a person who looks on, or for the program that started it."""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from rlpipeline.errors import RlpipelineError
from rlpipeline.execution.progress import EventStream

if TYPE_CHECKING:  # a command that makes no report loads no notebook machinery
    from rlpipeline.checks.findings import Finding
    from rlpipeline.execution.request import Notice
    from rlpipeline.pipeline.build import BuildResult


class Journal:
    """The run told to a person, on the standard error.

    ``command``: how the program is called here, in place of its name in the errors: what they advise can be typed.
    ``words``: one line on what was done, that the command writes as it goes; ``first_page``: the page to open first, of
    those made.
    """

    def __init__(self, stream: TextIO | None = None, command: str = "rlpipeline") -> None:
        self.command = command
        self.stream = stream or sys.stderr
        self.words = ""
        self.first_page: Path | None = None
        self._begun = time.monotonic()

    def finding(self, finding: Finding | Notice) -> None:
        """Tell nothing: the result of the command has it."""

    def error(self, error: RlpipelineError) -> None:
        """Tell what stopped the command."""
        words = str(error).replace("« rlpipeline ", f"« {self.command} ")
        self.stream.write(f"Erreur. {words}\n")

    def interrupted(self) -> None:
        """Tell that somebody stopped the command."""
        self.stream.write("Interrompu.\n")

    def end(self, code: int) -> None:
        """Tell in one line what was done, if the command says it, and how long it took."""
        if self.words:
            (sys.stdout if code == 0 else self.stream).write(f"{self._summary(code)}\n")
        if code == 0 and self.first_page is not None:
            sys.stdout.write(f"À ouvrir d'abord : {self.first_page}\n")

    def _summary(self, code: int) -> str:
        ending = "Terminé" if code == 0 else f"Arrêt, code {code},"
        return f"{ending} en {duration(time.monotonic() - self._begun)}{f' : {self.words}' if self.words else ''}."


class EventJournal(Journal):
    """The run told to a program: one JSON object a line, the last of which has the exit code."""

    def __init__(self, command: str, version: str, stream: TextIO | None = None) -> None:
        self._events = EventStream(stream or sys.stderr)
        super().__init__(self._events)  # type: ignore[arg-type]
        self._events.emit("debut", f"rlpipeline {command}", commande=command, version=version)

    def finding(self, finding: Finding | Notice) -> None:
        """Tell one finding, without any value of the records."""
        gravity = "erreur" if finding.blocking else "avertissement"
        self._events.emit("constat", finding.message, gravite=gravity, controle=finding.check, cle=finding.key)

    def error(self, error: RlpipelineError) -> None:
        """Tell what stopped the command, as the terminal would."""
        parts = {"lieu": error.where, "attendu": error.expected, "trouve": error.got, "a_faire": error.todo}
        self._events.emit(
            "constat", error.what, gravite="erreur", **{name: words for name, words in parts.items() if words}
        )

    def end(self, code: int) -> None:
        """Tell the exit code and the seconds that it took."""
        self._events.emit("fin", self._summary(code), code=code, secondes=round(time.monotonic() - self._begun, 3))


def one_line(results: Sequence[BuildResult]) -> str:
    """Say in one line what was published: years, editions, chapters, checks."""
    editions: dict[int, list[str]] = {}
    for result in results:
        editions.setdefault(result.year, []).append(result.edition)
    years = " et ".join(f"{year} ({', '.join(names)})" for year, names in editions.items())
    chapters = sum(len(result.outcomes) for result in results)
    checks = sum(result.audit.total for result in results if result.audit)
    points = sum(len(result.audit.findings) for result in results if result.audit)
    parts = [f"rapport {years} publié", f"{chapters} chapitre{'s' if chapters > 1 else ''}"]
    if checks:
        parts.append(f"{checks:,} vérifications".replace(",", "\N{NARROW NO-BREAK SPACE}"))
    if points:
        parts.append(f"{points} point{'s' if points > 1 else ''} à vérifier")
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """Write a duration as one says it: « 42 s », « 3 min 05 s »."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"
