"""The command line: one function a command, each a call or two (``commands``)."""

from __future__ import annotations

import argparse
import atexit
import io
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import NoReturn

from rlpipeline import __version__
from rlpipeline.cli import beginning, checking, handing_over, importing, making
from rlpipeline.cli.arguments import Parser, invocation, take_from_project
from rlpipeline.cli.journal import EventJournal, Journal
from rlpipeline.errors import RlpipelineError

COMPLETED = "_ARGCOMPLETE"
"""Set by the shell that asks how a line goes on."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code, as the guide lists them."""
    signal.signal(signal.SIGTERM, _end_in_order)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal without accents is no reason to fail once all is done
    journal, code = Journal(command=invocation()), 1
    try:
        parser = _parser()
        if COMPLETED in os.environ:  # the shell asks what may follow
            import argcomplete

            argcomplete.autocomplete(parser)
        options = parser.parse_args(arguments)
        if getattr(options, "log_json", False):
            journal = EventJournal(options.parser.prog.split()[-1], __version__)
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
        journal.interrupted()
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


COMMANDS = (
    *(checking.check, making.build, making.watch, making.why, checking.audit, checking.diff),
    *(handing_over.relire, handing_over.share, handing_over.docx, checking.classes),
    *(beginning.new, beginning.new_year, importing.import_exports, importing.forget, importing.export_source),
    *(importing.schema, beginning.demo, beginning.lab, beginning.docs),
)


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
