"""Finished pages printed as PDF by processes of their own, several at a time."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rlpipeline.errors import ToolError
from rlpipeline.execution.cache import Cache, Dependencies
from rlpipeline.publication.poster import has_poster, poster_alone, poster_first, poster_name

SUFFIX = ".pdf"
WORKER = "rlpipeline.publication.press"
PROGRAM = ("pdf.py", "paper_tags.py", "templates/rapport/pdf.css", "templates/rapport/affiche-papier.css")
LIBRARIES = ("weasyprint", "pydyf", "tinycss2", "fonttools", "pyphen", "font-source-sans-pro", "font-source-serif-pro")
MISSING = (
    "PDF non faits, les pages HTML sont complètes : les bibliothèques Pango et HarfBuzz manquent sur cette machine "
    "(sous Debian ou Ubuntu : sudo apt install libpangoft2-1.0-0 libharfbuzz-subset0 ; sous macOS : brew install pango)"
)
STOPPED = "PDF non faits, les pages HTML sont complètes : l'impression s'est arrêtée"


class PrintingError(ToolError):
    """The PDF cannot be made on this machine; the pages themselves are finished."""


class Printer:
    """A process that prints one page after the other.

    Notes
    -----
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
        """Give the PDF of a page.

        Raises
        ------
        PrintingError
            A library is missing, or the page cannot be laid out.
        """
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

    def end(self) -> None:
        """End the process, even in the midst of a page."""
        self._process.kill()
        with suppress(OSError, ValueError):  # a request was under way, or all is closed already
            self._process.communicate()


@dataclass
class _Work:
    """Pages left to print, the processes that print them, and what becomes of each PDF."""

    read: Callable[[str], str]
    left: deque[str]
    keep: Callable[[str, bytes], object]
    printers: list[Printer] = field(default_factory=list)

    def run(self) -> None:
        """Print with one process until no page is left."""
        with Printer() as printer, suppress(IndexError):
            self.printers.append(printer)
            while True:
                name = self.left.popleft()
                self.keep(name, printer.print(self.read(name)))

    def run_all(self, count: int) -> None:
        """Print with so many processes; the first that fails stops the others."""
        with ThreadPoolExecutor(count) as threads:
            try:
                for one in [threads.submit(self.run) for _ in range(count)]:
                    one.result()
            finally:
                self.stop()

    def stop(self) -> None:
        """Print no more."""
        self.left.clear()
        for printer in self.printers:
            printer.end()


def printed(pages: Mapping[str, str], jobs: int | None = None) -> dict[str, bytes]:
    """Print pages side by side, the longest first.

    Parameters
    ----------
    pages
        HTML by name.
    jobs
        Processes at most; one a processor when None.

    Returns
    -------
    dict
        PDF by name, in the order of the pages.

    Raises
    ------
    PrintingError
        A library is missing, or a page cannot be laid out.
    """
    done: dict[str, bytes] = {}
    print_each({name: len(page) for name, page in pages.items()}, pages.__getitem__, done.__setitem__, jobs)
    return {name: done[name] for name in pages}


def print_each(
    sizes: Mapping[str, int], read: Callable[[str], str], keep: Callable[[str, bytes], object], jobs: int | None
) -> None:
    """Print pages of these sizes, each read when its turn comes, its PDF kept as soon as it is made."""
    count = min(jobs or os.cpu_count() or 1, len(sizes))
    if count:
        _Work(read, deque(sorted(sizes, key=lambda name: -sizes[name])), keep).run_all(count)


def identity(html: str) -> str:
    """What a PDF's identifier is: a digest of the page and of all that it is printed with."""
    return hashlib.sha256("\0".join([html, *_press()]).encode()).hexdigest()


@cache
def _press() -> tuple[str, ...]:
    sources = ((Path(__file__).parent / name).read_text(encoding="utf-8") for name in PROGRAM)
    return (*(version(name) for name in LIBRARIES), *sources)


def print_pages(directory: Path, pages: Sequence[Path], cache: Cache, jobs: int | None = None) -> tuple[Path, ...]:
    """Print pages beside themselves, and the poster of each that holds one on a sheet of its own: all or none.

    Parameters
    ----------
    cache
        Where a PDF is taken from, where neither the page nor what prints it changed.

    Returns
    -------
    tuple of Path
        The PDF of each page, followed by that of its poster, by their path in ``directory``.

    Raises
    ------
    PrintingError
        A library is missing, or a page cannot be laid out.
    OSError
        The disk refuses.
    """

    def read(name: str) -> str:
        return sheets_of(sources[name], page_of(sources[name]))[name]

    def page_of(page: Path) -> str:
        return (directory / page).read_text(encoding="utf-8")

    def keep(name: str, pdf: bytes) -> None:
        cache.put(print_entry(name), _sources(read(name)), pdf)
        (directory / name).write_bytes(pdf)

    sources = {name: page for page in pages for name in sheets_of(page, page_of(page))}
    left = []
    for name in sources:
        pdf = cache.get(print_entry(name), _sources(read(name)))
        if pdf is None:
            left.append(name)
        else:
            (directory / name).write_bytes(pdf)
    try:
        print_each({name: (directory / sources[name]).stat().st_size for name in left}, read, keep, jobs)
    except PrintingError:
        for name in sources:
            (directory / name).unlink(missing_ok=True)
        raise
    return tuple(map(Path, sources))


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
    """Name of a page's PDF in the cache."""
    return f"pdf-{Path(page).stem}"


def _sources(html: str) -> Dependencies:
    return {("page",): identity(html)}
