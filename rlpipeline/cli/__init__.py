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
from rlpipeline.execution.install import now

if TYPE_CHECKING:  # a command that makes no report loads no notebook machinery
    from rlpipeline.checks.findings import Finding
    from rlpipeline.execution.request import Notice

COMPLETED = "_ARGCOMPLETE"
"""Set by the shell that asks how a line goes on."""


class Journal:
    """The run told to a person, on the standard error.

    ``command``: how the program is called here, in place of its name in the errors: what they advise can be typed.
    ``words``: one line on what was done, that the command writes as it goes; ``first_page``: the page to open first, of
    those made.
    """

    def __init__(self, stream: TextIO, command: str = "rlpipeline") -> None:
        self.command, self.stream, self.words = command, stream, ""
        self.first_page: Path | None = None
        self._begun = time.monotonic()

    def finding(self, finding: Finding | Notice) -> None:
        """Tell nothing: the result of the command has it."""

    def error(self, error: RlpipelineError) -> None:
        """Tell what stopped the command."""
        words = str(error).replace("« rlpipeline ", f"« {self.command} ")
        self.stream.write(f"Erreur. {words}\n")

    def end(self, code: int) -> None:
        """Tell in one line what was done, if the command says it, and how long it took."""
        if self.words:
            (sys.stdout if code == 0 else self.stream).write(f"{self.summary(code)}\n")
        if code == 0 and self.first_page is not None:
            sys.stdout.write(f"À ouvrir d'abord : {self.first_page}\n")

    def summary(self, code: int) -> str:
        """Write the line: how it ended, after how long, what was done."""
        ending = "Terminé" if code == 0 else f"Arrêt, code {code},"
        return f"{ending} en {duration(time.monotonic() - self._begun)}{f' : {self.words}' if self.words else ''}."


def duration(seconds: float) -> str:
    """Write a duration as one says it: « 42 s », « 3 min 05 s »."""
    whole = round(seconds)
    return f"{whole} s" if whole < 60 else f"{whole // 60} min {whole % 60:02d} s"


class EventStream(io.TextIOBase):
    """A stream of events on another; whatever is written to it becomes events too, so that every line can be read."""

    def __init__(self, target: TextIO) -> None:
        super().__init__()
        self._target, self._begun = target, ""

    def emit(self, kind: Literal["debut", "message", "tache", "constat", "fin"], message: str, **more: object) -> None:
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


class EventJournal(Journal):
    """The run told to a program: one JSON object a line, the last of which has the exit code."""

    def __init__(self, command: str) -> None:
        self._events = EventStream(sys.stderr)
        super().__init__(self._events)  # type: ignore[arg-type]
        self._events.emit("debut", f"rlpipeline {command}", commande=command, version=__version__)

    def finding(self, finding: Finding | Notice) -> None:
        """Tell one finding, without any value of the records."""
        gravity = "erreur" if finding.blocking else "avertissement"
        self._events.emit("constat", finding.message, gravite=gravity, controle=finding.check, cle=finding.key)

    def error(self, error: RlpipelineError) -> None:
        """Tell what stopped the command, as the terminal would."""
        parts = {"lieu": error.where, "attendu": error.expected, "trouve": error.got, "a_faire": error.todo}
        said = {name: words for name, words in parts.items() if words}
        self._events.emit("constat", error.what, gravite="erreur", **said)

    def end(self, code: int) -> None:
        """Tell the exit code and the seconds that it took."""
        self._events.emit("fin", self.summary(code), code=code, secondes=round(time.monotonic() - self._begun, 3))


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
            stream.reconfigure(errors="replace")  # a terminal without accents is no reason to fail once all is done
    journal, code = Journal(sys.stderr, invocation()), 1
    try:
        parser = _parser()
        if COMPLETED in os.environ:  # the shell asks what may follow
            import argcomplete

            argcomplete.autocomplete(parser)
        options = parser.parse_args(arguments)
        if getattr(options, "log_json", False):
            journal = EventJournal(options.parser.prog.split()[-1])
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
    parser.add_argument("--version", action="version", version=__version__, help="affiche la version")
    commands = parser.add_subparsers(required=True, metavar="COMMANDE")
    for command in COMMANDS:
        command.add_to(commands)
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
            threading.Timer(0.1, _send_to_ourselves, [signum]).start()
        else:
            hook(ignored)

    sys.unraisablehook = again
    try:
        yield
    finally:
        sys.unraisablehook = hook


def _send_to_ourselves(signum: int) -> None:
    if sys.platform == "win32":
        signal.raise_signal(signum)
    else:
        os.kill(os.getpid(), signum)  # wakes the main thread, where a signal raised by another would wait for it
