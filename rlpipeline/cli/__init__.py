"""The command line: one function a command, each a call or two, and what its run is told to who started it."""

from __future__ import annotations

import argparse
import atexit
import io
import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn, TextIO

from rlpipeline import __version__
from rlpipeline.cli import checking, handing_over, making, service
from rlpipeline.cli.arguments import Parser, invocation, take_from_project
from rlpipeline.errors import RlpipelineError
from rlpipeline.execution.output_folder import now
from rlpipeline.operating_system import signal_main_thread

if TYPE_CHECKING:  # a command that makes no report loads no notebook machinery
    from rlpipeline.checks.model import Discrepancy
    from rlpipeline.execution.memory import Notice

COMPLETED = "_ARGCOMPLETE"
"""Set by the shell that asks how a line goes on."""


class EventStream(io.TextIOBase):
    """A stream of events on another; whatever is written to it becomes events too, so that every line can be read."""

    def __init__(self, target: TextIO) -> None:
        super().__init__()
        self._target, self._begun = target, ""

    def emit(
        self,
        kind: Literal["debut", "message", "tache", "constat", "fin"],
        message: str,
        **more: object,
    ) -> None:
        """Write one event at once: its kind, the time, what a person reads of it, then its own fields."""
        event = {
            "evenement": kind,
            "heure": now().isoformat(timespec="milliseconds"),
            "message": message,
            **more,
        }
        self._target.write(json.dumps(event, ensure_ascii=False) + "\n")
        self._target.flush()

    def write(self, text: str) -> int:
        """Make an event of each whole line."""
        *lines, self._begun = (self._begun + text).split("\n")
        for line in filter(str.strip, lines):
            self.emit("message", line.strip())
        return len(text)


class Journal:
    """The run told on the standard error: to a person, or to a program, one JSON object a line.

    ``program``: how the program is called here, in place of its name in the errors: what they advise can be typed;
    ``command``: the command whose run a program is told. ``words``: one line on what was done, that the command writes
    as it goes; ``first_page``: the page to open first, of those made.
    """

    def __init__(self, program: str, command: str = "") -> None:
        self._program, self.words, self._begun = program, "", time.monotonic()
        self.first_page: Path | None = None
        self._events = EventStream(sys.stderr) if command else None
        self.stream: TextIO = self._events or sys.stderr  # type: ignore[assignment]
        if self._events:
            self._events.emit(
                "debut", f"rlpipeline {command}", commande=command, version=__version__
            )

    def finding(self, finding: Discrepancy | Notice) -> None:
        """Tell a program one finding, without any value of the records; a person reads it in the result."""
        if self._events:
            gravity = "erreur" if finding.blocking else "avertissement"
            self._events.emit(
                "constat", finding.message, gravite=gravity, controle=finding.check, cle=finding.key
            )

    def error(self, error: RlpipelineError) -> None:
        """Tell what stopped the command."""
        if self._events:
            parts = {
                "lieu": error.where,
                "attendu": error.expected,
                "trouve": error.got,
                "a_faire": error.todo,
            }
            said = {name: words for name, words in parts.items() if words}
            self._events.emit("constat", error.what, gravite="erreur", **said)
        else:
            words = str(error).replace("« rlpipeline ", f"« {self._program} ")
            self.stream.write(f"Erreur. {words}\n")

    def end(self, code: int) -> None:
        """Tell in one line what was done, if the command says it, and how long it took; a program, the code too."""
        seconds, ending = (
            time.monotonic() - self._begun,
            "Terminé" if code == 0 else f"Arrêt, code {code},",
        )
        line = f"{ending} en {duration(seconds)}{f' : {self.words}' if self.words else ''}."
        if self._events:
            self._events.emit("fin", line, code=code, secondes=round(seconds, 3))
        elif self.words:
            (sys.stdout if code == 0 else self.stream).write(f"{line}\n")
        if code == 0 and self.first_page is not None and not self._events:
            sys.stdout.write(f"À ouvrir d'abord : {self.first_page}\n")


def duration(seconds: float) -> str:
    """Write a duration as one says it: « 42 s », « 3 min 05 s »."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


COMMANDS = (
    *(checking.check, making.build, making.watch, making.why, checking.audit, checking.diff),
    *(handing_over.relire, handing_over.share, handing_over.docx, checking.classes),
    *(service.new, service.new_year, service.import_exports, service.forget, service.export_source),
    *(service.schema, service.demo, service.lab, service.docs),
)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code, as the guide lists them."""
    signal.signal(signal.SIGTERM, _end_in_order)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="replace"
            )  # a terminal without accents is no reason to fail once all is done
    journal, code = Journal(invocation()), 1
    try:
        parser = _parser()
        if COMPLETED in os.environ:  # the shell asks what may follow
            import argcomplete

            argcomplete.autocomplete(parser)
        options = parser.parse_args(arguments)
        if getattr(options, "log_json", False):
            journal = Journal(invocation(), options.parser.prog.split()[-1])
        options.journal = journal
        if "passed_on" not in options:
            take_from_project(options)
        command: Callable[[argparse.Namespace], int] = options.run
        with _no_request_lost():
            code = command(options)
        sys.stdout.flush()
    except BrokenPipeError:
        code = _without_reader()
    except RlpipelineError as error:
        journal.error(error)
        code = error.exit_code
    except KeyboardInterrupt:
        journal.stream.write("Interrompu.\n")
        code = 130
    except SystemExit as asked:
        code = asked.code if isinstance(asked.code, int) else 1
        raise
    finally:
        try:
            journal.end(code)
            sys.stdout.flush()
        except BrokenPipeError:
            code = _without_reader()
        atexit.register(_ignore_requests)
    return code


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog=invocation(),
        description="Le rapport d'activité annuel d'un service de prévention spécialisée, calculé depuis ses données.",
    )
    parser.add_argument(
        "--version", action="version", version=__version__, help="affiche la version"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMANDE")
    for add_to in COMMANDS:
        add_to(commands)
    return parser


def _without_reader() -> int:
    """Write nowhere any more: who reads, as « head » does, has enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 141  # as a shell says it


class _Ended(SystemExit):
    """A signal asked to end."""


def _ignore_requests() -> None:
    """Let the interpreter end in peace: all is written, and a signal would be told as a traceback of its own."""
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, signal.SIG_IGN)


def _end_in_order(signum: int, _frame: object) -> NoReturn:
    """Leave through every ``finally`` when asked to end, so that no record is left behind in a working folder."""
    raise _Ended(128 + signum)


@contextmanager
def _no_request_lost() -> Iterator[None]:
    """Ask to end again where the signal came during what ignores exceptions, as the end of a weak reference does."""
    hook = sys.unraisablehook

    def again(ignored: sys.UnraisableHookArgs) -> None:
        if isinstance(ignored.exc_value, KeyboardInterrupt | _Ended):
            signum = signal.SIGTERM if isinstance(ignored.exc_value, _Ended) else signal.SIGINT
            threading.Timer(0.1, signal_main_thread, [signum]).start()
        else:
            hook(ignored)

    sys.unraisablehook = again
    try:
        yield
    finally:
        sys.unraisablehook = hook
