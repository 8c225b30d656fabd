"""Finished pages printed as PDF by processes of their own, several at a time; posters, on a sheet of their own too.

And one of them as a Word document, through pandoc.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from concurrent.futures import CancelledError, Future
from contextlib import redirect_stdout
from functools import cache
from html import escape
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

from rlpipeline.errors import ToolError
from rlpipeline.execution.memory import Inputs, Memory
from rlpipeline.pictures import SVG
from rlpipeline.processes import EndedError, Workers

if TYPE_CHECKING:
    from bs4 import BeautifulSoup

SUFFIX = ".pdf"
LAYOUT = "rlpipeline.publication.pdf"
PROGRAM = ("pdf.py", "templates/rapport/pdf.css", "templates/rapport/affiche-papier.css")
LIBRARIES = (
    "weasyprint",
    "pydyf",
    "tinycss2",
    "fonttools",
    "pyphen",
    "font-source-sans-pro",
    "font-source-serif-pro",
)
MISSING = (
    "PDF non faits, les pages HTML sont complètes : les bibliothèques Pango et HarfBuzz manquent sur cette machine "
    "(sous Debian ou Ubuntu : sudo apt install libpangoft2-1.0-0 libharfbuzz-subset0 ; sous macOS : brew install pango)"
)
STOPPED = "PDF non faits, les pages HTML sont complètes : l'impression s'est arrêtée"

HOLDER = re.compile(
    r'<details class="rl-affiche">\s*<summary>[^<]*</summary>(?P<poster>.*?)</details>', re.DOTALL
)
LOGO = re.compile(r'<img class="couverture-logo"[^>]*>')
MARK = re.compile(r'<aside class="mention"[^>]*>(?P<words>[^<]*)</aside>')
TITLE = re.compile(r"(?<=<title>)[^<]*(?=</title>)")
EDITION = re.compile(r"^Édition (interne|à diffuser)[^·]*?(?=$| ·)")
IN_PUBLIC = {
    "interne": "Réservée au service : ne pas afficher en public",
    "à diffuser": "Source : rapport d’activité du service",
}
"""What a sheet on a wall says for the mark of its edition."""
DRAFT = 'class="couverture-brouillon"'
NAME = re.compile(r'<p class="rl-affiche-titre">([^<]*)</p>')
LEFT_OUT = (
    "nav, script, style, link, button, .evitement, .pied, p.rl-ecran, span.rl-ecran, .rl-papier"
)
"""What serves on a screen or on paper alone; what paper leaves to the workbook stays."""
SPOKEN = ".rl-sr:not(.rl-detail > :is(:first-child, :last-child))"
"""What a screen reader says of a sign; not the parentheses, which part details from their figure."""
RENAMED = {"details": "div", "summary": "p", "figure": "div", "figcaption": "p"}
"""What pandoc would leave folded, or shrink in a table above its caption, and what it reads instead."""


class PrintingError(ToolError):
    """The PDF cannot be made on this machine; the pages themselves are finished."""


def presses(jobs: int | None = None) -> Workers:
    """Give processes that print, so many at most: :func:`asked_of` asks them."""
    return Workers(__name__, jobs)


def asked_of(workers: Workers, html: str) -> Future[bytes]:
    """Have a page printed; :func:`pdf_in` gives what it becomes."""
    return workers.submit(_print, html)


def pdf_in(asked: Future[bytes]) -> bytes:
    """Wait for a print. Raises PrintingError: a library is missing, or the page cannot be laid out."""
    try:
        return asked.result()
    except (EndedError, CancelledError) as error:
        raise PrintingError(STOPPED) from error


def preload() -> None:
    """Load what prints, for the processes that do; they tell why it cannot be loaded.

    Not ``pdf``: it sets up fonts, for which Pango begins a thread, and a process with threads cannot be forked safely.
    """
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere, redirect_stdout(nowhere):
        importlib.import_module(LIBRARIES[0])


def _print(html: str) -> bytes:
    layout = _layout()
    gc.collect()
    try:
        pdf: bytes = layout.pdf_of(html, identity(html))
    except Exception as error:  # the page is whole without its PDF: the build says so and goes on
        raise PrintingError(f"{STOPPED} ({type(error).__name__})") from None
    return pdf


@cache
def _layout() -> ModuleType:
    with Path(os.devnull).open("wb") as nowhere:
        for stream in (1, 2):  # whatever a library prints
            os.dup2(nowhere.fileno(), stream)
    os.environ["SOURCE_DATE_EPOCH"] = "0"
    gc.disable()  # it would go through the boxes of a page again and again, a fifth of the time, and free none
    try:
        return importlib.import_module(LAYOUT)
    except (ImportError, OSError):
        raise PrintingError(MISSING) from None


class Printing:
    """The prints of a publication in a folder, made while what follows its pages is: all of them or none.

    A PDF is taken from the memory where neither the page nor what prints it changed.
    """

    def __init__(self, directory: Path, memory: Memory, presses: Workers) -> None:
        self._directory, self._memory, self._presses = directory, memory, presses
        self._names: list[Path] = []
        self._asked: dict[Path, tuple[Inputs, Future[bytes]]] = {}

    def add(self, page: Path) -> None:
        """Print a finished page beside itself, and the poster that it holds on a sheet of its own; OSError."""
        sheets = sheets_of(page, (self._directory / page).read_text(encoding="utf-8"))
        for name, html in zip(map(Path, sheets), sheets.values(), strict=True):
            self._names.append(name)
            sources = {"page": identity(html)}
            pdf = self._memory.get(print_entry(name), sources)
            if pdf is None:
                self._asked[name] = sources, asked_of(self._presses, html)
            else:
                (self._directory / name).write_bytes(pdf)

    def wait(self) -> tuple[Path, ...]:
        """Wait for the last sheet.

        Gives the PDF of each page, followed by that of its poster, by their path in the folder. Raises PrintingError as
        :func:`pdf_in`, no PDF is left; OSError: the disk refuses.
        """
        try:
            for name, (sources, asked) in self._asked.items():
                pdf = pdf_in(asked)
                self._memory.put(print_entry(name), sources, pdf)
                (self._directory / name).write_bytes(pdf)
        except PrintingError:
            for name in self._names:
                (self._directory / name).unlink(missing_ok=True)
            raise
        return tuple(self._names)

    def __enter__(self) -> Printing:
        return self

    def __exit__(self, *_: object) -> None:
        for _sources, asked in self._asked.values():
            asked.cancel()


def printed(pages: Mapping[str, str]) -> dict[str, bytes]:
    """Print pages side by side, the longest first: PDF by name, in their order. Raises as :func:`pdf_in`."""
    with presses() as workers:
        asked = {
            name: asked_of(workers, pages[name])
            for name in sorted(pages, key=lambda name: -len(pages[name]))
        }
        return {name: pdf_in(asked[name]) for name in pages}


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
    return (
        {**printed, poster_path(page).as_posix(): poster_alone(html)}
        if has_poster(html)
        else printed
    )


def pdf_path(page: Path) -> Path:
    """Where a page is printed: beside itself."""
    return page.with_suffix(SUFFIX)


def poster_path(page: Path) -> Path:
    """Where the poster of a portrait is printed: « communes/62215-affiche.pdf »."""
    return page.with_name(f"{page.name.partition('-')[0]}-affiche{SUFFIX}")


def print_entry(page: Path) -> str:
    """Name of a page's PDF in the memory."""
    return f"pdf-{page.stem}"


def has_poster(page: str) -> bool:
    """Whether a page holds a poster."""
    return HOLDER.search(page) is not None


def poster_alone(page: str) -> str:
    """The poster of a page as a page of its own, which has the head of the other."""
    head = page.partition("<body>")[0]
    name = NAME.search(page)
    named = TITLE.sub(
        lambda title: f"Affiche\u00a0: {name[1] if name else title[0]}", head, count=1
    )
    sheet = NAME.sub(r'<h1 class="rl-affiche-titre">\1</h1>', _sheet(page))
    return f"{named}<body>\n{sheet}</body>\n</html>\n"


def poster_first(page: str) -> str:
    """A page whose poster, where it holds one, stands before all else, on a sheet of its own."""
    if not has_poster(page):
        return page
    return HOLDER.sub("", page, count=1).replace("<body>", f"<body>\n{_sheet(page)}", 1)


def _sheet(page: str) -> str:
    holder, logo, mark = HOLDER.search(page), LOGO.search(page), MARK.search(page)
    poster = holder["poster"] if holder else ""
    words = EDITION.sub(lambda edition: IN_PUBLIC[edition[1]], mark["words"]) if mark else ""
    words = " · ".join(filter(None, (words, "Brouillon, non validé" if DRAFT in page else "")))
    said = f'<p class="rl-affiche-mention">{words}</p>' if words else ""
    return (
        f'<section class="rl-affiche-feuille">{logo[0] if logo else ""}{poster}{said}</section>\n'
    )


def write_docx(page: Path, target: Path) -> None:
    """Write a page as DOCX, readable by its owner alone: headings, texts, tables, charts, all that was folded.

    Raises ToolError: Pandoc is not installed, or refuses.
    """
    from bs4 import BeautifulSoup  # noqa: PLC0415 - who prints pages does without

    if shutil.which("pandoc") is None:
        raise ToolError(
            "Pandoc, qui fait les documents Word, n'est pas installé.",
            todo="l'installer (pandoc.org ; sous Debian ou Ubuntu, apt install pandoc librsvg2-bin), puis relancer",
        )
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "lxml")
    for element in soup.select(f"{LEFT_OUT}, {SPOKEN}"):
        element.decompose()
    for element in soup.find_all([*RENAMED]):
        element.name = RENAMED[element.name]
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.stem}-", dir=target.parent) as workshop:
            fresh = Path(workshop) / "page.docx"
            fresh.touch(0o600)
            _put_drawings_in_files(soup, Path(workshop))
            # what it says, a line a picture, where rsvg-convert is missing, is left, unlike by nbconvert's own call
            command = [
                "pandoc",
                "--from",
                "html",
                "--to",
                "docx",
                "--metadata",
                "lang=fr",
                "--output",
                fresh.name,
            ]
            run = subprocess.run(
                command,
                cwd=workshop,
                env=_with_our_typeface(Path(workshop)),
                input=str(soup).encode(),
                stderr=subprocess.PIPE,
                check=False,
            )
            if run.returncode or not fresh.stat().st_size:
                said = run.stderr.decode("utf-8", "replace").strip().splitlines()
                raise ToolError(
                    "Pandoc n'a pas pu faire le document Word.",
                    str(page),
                    got=said[-1] if said else "",
                )
            fresh.replace(target)
    except OSError as error:
        raise ToolError(
            "Le document Word n'a pas pu être écrit.", str(target), got=error.strerror
        ) from error


def _put_drawings_in_files(soup: BeautifulSoup, folder: Path) -> None:
    """Make of each drawing of a page an image, in place: of a file pandoc makes what old versions of Word show too."""
    for standing in soup.select(".rl-parcours > svg ~ svg"):
        standing.decompose()
    for part in soup.find_all("svg", attrs={"viewbox": True}):
        part["viewBox"] = part.attrs.pop("viewbox")  # HTML is read in small letters
    for rank, drawing in enumerate(soup.select("svg:not(svg svg)")):
        words = drawing.title.extract().get_text() if drawing.title else ""
        drawing["xmlns"] = SVG
        path = folder / f"{rank}.svg"
        path.write_text(str(drawing), encoding="utf-8")
        image = soup.new_tag("img", attrs={"src": path.name, "alt": words})
        image.attrs |= {side: drawing[side] for side in {"width", "height"} & drawing.attrs.keys()}
        drawing.replace_with(image)


def _with_our_typeface(folder: Path) -> Mapping[str, str]:
    """Give the environment in which programs find the typeface of the drawings, whose path is written in a folder."""
    found = find_spec("font_source_sans_pro")
    places = found.submodule_search_locations if found else None
    listed = "".join(f"<dir>{escape(place)}/files</dir>" for place in places or ())
    settings = folder / "fonts.conf"
    usual = '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
    settings.write_text(f"<fontconfig>{usual}{listed}</fontconfig>", encoding="utf-8")
    return {**os.environ, "FONTCONFIG_FILE": str(settings)}
