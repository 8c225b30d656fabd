"""Finished pages printed as PDF by processes of their own, several at a time."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from typing import Any, TypeVar

from rlpipeline.errors import ToolError
from rlpipeline.execution.memory import Inputs, Memory
from rlpipeline.publication.poster import has_poster, poster_alone, poster_first, poster_name

T = TypeVar("T")
SUFFIX = ".pdf"
WORKER = "rlpipeline.publication.press"
PROGRAM = ("pdf.py", "paper_tags.py", "templates/rapport/pdf.css", "templates/rapport/affiche-papier.css")
LIBRARIES = ("weasyprint", "pydyf", "tinycss2", "fonttools", "pyphen", "font-source-sans-pro", "font-source-serif-pro")
MISSING = (
    "PDF non faits, les pages HTML sont complètes : les bibliothèques Pango et HarfBuzz manquent sur cette machine "
    "(sous Debian ou Ubuntu : sudo apt install libpangoft2-1.0-0 libharfbuzz-subset0 ; sous macOS : brew install pango)"
)
BEGUN_SOON = 2
"""Printers that are begun before their first page: those of the first pages, each of a hundred megabytes."""
STOPPED = "PDF non faits, les pages HTML sont complètes : l'impression s'est arrêtée"


class PrintingError(ToolError):
    """The PDF cannot be made on this machine; the pages themselves are finished."""


class Printer:
    """A process that prints one page after the other.

    Its standard input is also its lease: closed, the process ends at once, whatever it is doing, so that none outlives
    a build that was killed.
    """

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", WORKER],  # no directory of ours in sys.path
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            start_new_session=True,  # an interruption is the build's to handle
            env=os.environ | {"SOURCE_DATE_EPOCH": "0", "PYTHONHASHSEED": "0"},
        )

    def print(self, html: str) -> bytes:
        """Give the PDF of a page. Raises PrintingError: a library is missing, or the page cannot be laid out."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        page = html.encode("utf-8")
        with suppress(BrokenPipeError):
            request = json.dumps({"length": len(page), "identifier": identity(html)})
            self._process.stdin.write(request.encode() + b"\n" + page)
            self._process.stdin.flush()
        answer = self._process.stdout.readline()
        answered: Mapping[str, Any] = json.loads(answer) if answer else {}
        if "missing" in answered:
            raise PrintingError(MISSING)
        pdf = self._process.stdout.read(answered.get("pdf", 0))
        if not pdf or len(pdf) < answered["pdf"]:
            raise PrintingError(f"{STOPPED}{' (' + answered['failed'] + ')' if 'failed' in answered else ''}")
        return pdf

    def __enter__(self) -> Printer:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    @property
    def ended(self) -> bool:
        """Whether the process is no more."""
        return self._process.poll() is not None

    def end(self) -> None:
        """End the process, even in the midst of a page."""
        self._process.kill()
        with suppress(OSError, ValueError):  # a request was under way, or all is closed already
            self._process.communicate()


class Presses:
    """Printers side by side, begun when they are first needed, or before, and kept for what comes next.

    ``jobs``: processes at most; one a processor when None.
    """

    def __init__(self, jobs: int | None = None) -> None:
        self._jobs = jobs or os.cpu_count() or 1
        self._threads = ThreadPoolExecutor(self._jobs)
        self._own = threading.local()
        self._beginning = threading.Lock()
        self._printers: list[Printer] = []
        self._spare: list[Printer] = []
        self._over = False

    def begin(self) -> None:
        """Have printers load their libraries now, while a processor has nothing else to do."""
        with self._beginning:
            self._spare = [Printer() for _ in range(min(self._jobs, BEGUN_SOON))]
            self._printers += self._spare

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Have something done that prints, when a printer is free."""
        return self._threads.submit(work)

    def print(self, html: str) -> bytes:
        """Print a page, within what was submitted. Raises as ``Printer.print``."""
        return self._printer().print(html)

    def stop(self) -> None:
        """End what is being printed; a printer begins anew for what comes next."""
        with self._beginning:
            for printer in self._printers:
                printer.end()
            self._printers.clear()
            self._spare.clear()

    def __enter__(self) -> Presses:
        return self

    def __exit__(self, *_: object) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)
        self._over = True  # no other begins
        self.stop()
        self._threads.shutdown()

    def _printer(self) -> Printer:
        printer: Printer | None = getattr(self._own, "printer", None)
        if printer is None or printer.ended:
            with self._beginning:
                if self._over:
                    raise PrintingError(STOPPED)
                if self._spare:
                    printer = self._spare.pop()
                else:
                    printer = Printer()
                    self._printers.append(printer)
                self._own.printer = printer
        return printer


class Printing:
    """The prints of a publication, made while what follows its pages is: all of them or none.

    ``directory``: where the pages are, and their prints go; ``memory``: where a PDF is taken from, where neither the
    page nor what prints it changed.
    """

    def __init__(self, directory: Path, memory: Memory, presses: Presses) -> None:
        self._directory = directory
        self._memory = memory
        self._presses = presses
        self._names: list[Path] = []
        self._asked: list[Future[None]] = []
        self._failed: PrintingError | None = None

    def add(self, page: Path) -> None:
        """Print a finished page beside itself, and the poster that it holds on a sheet of its own.

        Raises OSError: the disk refuses.
        """
        for name, html in self._sheets(page).items():
            self._names.append(Path(name))
            pdf = self._memory.get(print_entry(name), _sources(html))
            if pdf is None:
                self._asked.append(self._presses.submit(partial(self._print, page, name)))
            else:
                (self._directory / name).write_bytes(pdf)

    def wait(self) -> tuple[Path, ...]:
        """Wait for the last sheet.

        Gives the PDF of each page, followed by that of its poster, by their path in ``directory``. Raises
        PrintingError: a library is missing, or a page cannot be laid out: no PDF is left; OSError: the disk refuses.
        """
        try:
            for one in self._asked:
                one.result()
        except PrintingError:
            self._give_up()
            for name in self._names:
                (self._directory / name).unlink(missing_ok=True)
            raise
        return tuple(self._names)

    def __enter__(self) -> Printing:
        return self

    def __exit__(self, *_: object) -> None:
        self._give_up()

    def _give_up(self) -> None:
        left = [one for one in self._asked if not one.cancel() and not one.done()]
        if left:
            self._presses.stop()
            wait(left)

    def _sheets(self, page: Path) -> dict[str, str]:
        return sheets_of(page, (self._directory / page).read_text(encoding="utf-8"))

    def _print(self, page: Path, name: str) -> None:
        if self._failed:
            raise self._failed
        html = self._sheets(page)[name]
        try:
            pdf = self._presses.print(html)
        except PrintingError as error:
            self._failed = error
            raise
        self._memory.put(print_entry(name), _sources(html), pdf)
        (self._directory / name).write_bytes(pdf)


def printed(pages: Mapping[str, str], jobs: int | None = None) -> dict[str, bytes]:
    """Print pages side by side, the longest first.

    ``pages``: HTML by name; ``jobs``: as ``Presses`` has them. Gives PDF by name, in the order of the pages. Raises
    PrintingError: a library is missing, or a page cannot be laid out.
    """
    with Presses(jobs) as presses:
        asked = {
            name: presses.submit(partial(presses.print, pages[name]))
            for name in sorted(pages, key=lambda one: -len(pages[one]))
        }
        return {name: asked[name].result() for name in pages}


def identity(html: str) -> str:
    """What a PDF's identifier is: a digest of the page and of all that it is printed with."""
    return hashlib.sha256("\0".join([html, *_press()]).encode()).hexdigest()


@cache
def _press() -> tuple[str, ...]:
    sources = ((Path(__file__).parent / name).read_text(encoding="utf-8") for name in PROGRAM)
    return (*(version(name) for name in LIBRARIES), *sources)


def sheets_of(page: Path, html: str) -> dict[str, str]:
    """What is printed of a page: HTML by the name of each PDF."""
    printed = {pdf_path(page).as_posix(): poster_first(html)}
    return {**printed, poster_path(page).as_posix(): poster_alone(html)} if has_poster(html) else printed


def pdf_path(page: Path) -> Path:
    """Where a page is printed: beside itself."""
    return page.with_suffix(SUFFIX)


def poster_path(page: Path) -> Path:
    """Where the poster of a portrait is printed: « communes/62215-affiche.pdf »."""
    return poster_name(page).with_suffix(SUFFIX)


def print_entry(page: str) -> str:
    """Name of a page's PDF in the memory."""
    return f"pdf-{Path(page).stem}"


def _sources(html: str) -> Inputs:
    return {"page": identity(html)}
