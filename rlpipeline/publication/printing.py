"""Finished pages printed as PDF by processes of their own, several at a time; posters, on a sheet of their own too.

And one of them as a Word document, through pandoc.
"""

from __future__ import annotations

import gc
import hashlib
import importlib
import os
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
from typing import NamedTuple

from lxml.html import Element, HtmlElement, tostring

from rlpipeline.errors import ToolError
from rlpipeline.execution.memory import Inputs, Memory
from rlpipeline.pictures import SVG
from rlpipeline.processes import EndedError, Workers

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

SHEET = '<section class="rl-affiche-feuille">'
"""What a page that holds a poster holds."""
PAGE, POSTER = "page", "affiche"
"""What is printed of a page: all of it, or its poster alone."""
TOOLS = ("nav", "script", "style", "link", "button")
UNSEEN = ("evitement", "pied", "rl-papier")
"""Elements and classes of what serves on a screen or on paper alone; what paper leaves to the workbook stays."""
SPOKEN, DETAIL = "rl-sr", "rl-detail"
"""Classes of what a screen reader says of a sign, and of what stands under a figure."""
PANDOC = ("pandoc", "--from", "html", "--to", "docx", "--metadata", "lang=fr", "--output")
RENAMED = {"details": "div", "summary": "p", "figure": "div", "figcaption": "p"}
"""What pandoc would leave folded, or shrink in a table above its caption, and what it reads instead."""


class PrintedPage(NamedTuple):
    """A page to print, and what of it."""

    html: str
    what: str = PAGE


class PrintingError(ToolError):
    """The PDF cannot be made on this machine; the pages themselves are finished."""


def presses(jobs: int | None = None) -> Workers:
    """Give processes that print, so many at most: :func:`asked_of` asks them."""
    return Workers(__name__, jobs)


def asked_of(workers: Workers, sheet: PrintedPage) -> Future[bytes]:
    """Have a page printed; :func:`pdf_in` gives what it becomes."""
    return workers.submit(_print, sheet)


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


def _print(sheet: PrintedPage) -> bytes:
    layout = _layout()
    gc.collect()
    try:
        pdf: bytes = layout.pdf_of(sheet.html, identity(sheet), alone=sheet.what == POSTER)
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
        for path, sheet in sheets.items():
            name = Path(path)
            self._names.append(name)
            sources = {"page": identity(sheet)}
            pdf = self._memory.get(print_entry(name), sources)
            if pdf is None:
                self._asked[name] = sources, asked_of(self._presses, sheet)
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


def printed(pages: Mapping[str, PrintedPage]) -> dict[str, bytes]:
    """Print pages side by side, the longest first: PDF by name, in their order. Raises as :func:`pdf_in`."""
    with presses() as workers:
        longest_first = sorted(pages, key=lambda name: -len(pages[name].html))
        asked = {name: asked_of(workers, pages[name]) for name in longest_first}
        return {name: pdf_in(asked[name]) for name in pages}


def identity(sheet: PrintedPage) -> str:
    """What a PDF's identifier is: a digest of the page and of all that it is printed with."""
    return hashlib.sha256("\0".join([*sheet, *_press()]).encode()).hexdigest()


@cache
def _press() -> tuple[str, ...]:
    sources = ((Path(__file__).parent / name).read_text(encoding="utf-8") for name in PROGRAM)
    return (*(version(name) for name in LIBRARIES), *sources)


def sheets_of(page: Path, html: str) -> dict[str, PrintedPage]:
    """What is printed of a page, by the name of each PDF."""
    sheets = {pdf_path(page).as_posix(): PrintedPage(html)}
    if SHEET in html:
        sheets[poster_path(page).as_posix()] = PrintedPage(html, POSTER)
    return sheets


def pdf_path(page: Path) -> Path:
    """Where a page is printed: beside itself."""
    return page.with_suffix(SUFFIX)


def poster_path(page: Path) -> Path:
    """Where the poster of a portrait is printed: « communes/62215-affiche.pdf »."""
    return page.with_name(f"{page.name.partition('-')[0]}-affiche{SUFFIX}")


def print_entry(page: Path) -> str:
    """Name of a page's PDF in the memory."""
    return f"pdf-{page.stem}"


def _unwritten(root: HtmlElement) -> list[HtmlElement]:
    """List what a Word document leaves out of a page."""
    left = [*root.iter(*TOOLS)]
    for name in UNSEEN:
        left += root.find_class(name)
    left += [each for each in root.find_class("rl-ecran") if each.tag in ("p", "span")]
    left += [each for each in root.find_class(SPOKEN) if not _is_bracket(each)]
    return left


def _is_bracket(spoken: HtmlElement) -> bool:
    """Whether it parts a detail from its figure, as brackets do."""
    detail = spoken.getparent()
    return detail is not None and DETAIL in detail.classes and spoken in (detail[0], detail[-1])


def write_docx(page: Path, target: Path) -> None:
    """Write a page as DOCX, readable by its owner alone: headings, texts, tables, charts, all that was folded.

    Raises ToolError: Pandoc is not installed, or refuses.
    """
    from rlpipeline.publication.tree import drop, page_of  # noqa: PLC0415 - who prints does without

    if shutil.which("pandoc") is None:
        raise ToolError(
            "Pandoc, qui fait les documents Word, n'est pas installé.",
            todo="l'installer (pandoc.org ; sous Debian ou Ubuntu, apt install pandoc librsvg2-bin), puis relancer",
        )
    root = page_of(page.read_text(encoding="utf-8"))
    drop(_unwritten(root))
    for element in [*root.iter(*RENAMED)]:
        element.tag = RENAMED[element.tag]
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.stem}-", dir=target.parent) as workshop:
            fresh = Path(workshop) / "page.docx"
            fresh.touch(0o600)
            _put_drawings_in_files(root, Path(workshop))
            said = _pandoc(tostring(root), fresh)
            if said is not None:
                raise ToolError("Pandoc n'a pas pu faire le document Word.", str(page), got=said)
            fresh.replace(target)
    except OSError as error:
        raise ToolError(
            "Le document Word n'a pas pu être écrit.", str(target), got=error.strerror
        ) from error


def _pandoc(html: bytes, target: Path) -> str | None:
    """Have pandoc make a document of a page, in the folder of its drawings. Gives why it did not, in its last line."""
    run = subprocess.run(
        [*PANDOC, target.name],
        cwd=target.parent,
        env=_with_our_typeface(target.parent),
        input=html,
        stderr=subprocess.PIPE,  # where rsvg-convert is missing, a line a picture that nobody needs
        check=False,
    )
    if target.stat().st_size and not run.returncode:
        return None
    lines = run.stderr.decode("utf-8", "replace").strip().splitlines()
    return lines[-1] if lines else ""


def _put_drawings_in_files(root: HtmlElement, folder: Path) -> None:
    """Make of each drawing of a page an image, in place: of a file pandoc makes what old versions of Word show too."""
    for river in root.find_class("rl-parcours"):
        for standing in river.findall("svg")[1:]:
            standing.drop_tree()
    drawings = [drawing for drawing in root.iter("svg") if not _is_part_of_drawing(drawing)]
    for rank, drawing in enumerate(drawings):
        path = folder / f"{rank}.svg"
        image = _image_of(drawing, path.name)
        drawing.addprevious(image)
        image.tail, drawing.tail = drawing.tail, None
        drawing.drop_tree()
        path.write_bytes(_drawing_alone(drawing))


def _is_part_of_drawing(drawing: HtmlElement) -> bool:
    return next(drawing.iterancestors("svg"), None) is not None


def _image_of(drawing: HtmlElement, address: str) -> HtmlElement:
    """Make what shows a drawing from its file, with its title as its words, and its size."""
    title = drawing.find("title")
    words = title.text or "" if title is not None else ""
    sizes = {
        side: value for side, value in drawing.items() if value and side in ("width", "height")
    }
    return Element("img", {"src": address, "alt": words, **sizes})


def _drawing_alone(drawing: HtmlElement) -> bytes:
    """Write a drawing of a page as a file of its own, without the title that its image says."""
    for title in drawing.findall("title"):
        title.drop_tree()
    for part in drawing.iter("svg"):
        if box := part.attrib.pop("viewbox", ""):  # HTML is read in small letters
            part.set("viewBox", box)
    drawing.set("xmlns", SVG)
    alone: bytes = tostring(drawing, method="xml")
    return alone


def _with_our_typeface(folder: Path) -> Mapping[str, str]:
    """Give the environment in which programs find the typeface of the drawings, whose path is written in a folder."""
    found = find_spec("font_source_sans_pro")
    places = found.submodule_search_locations if found else None
    listed = "".join(f"<dir>{escape(place)}/files</dir>" for place in places or ())
    settings = folder / "fonts.conf"
    usual = '<include ignore_missing="yes">/etc/fonts/fonts.conf</include>'
    settings.write_text(f"<fontconfig>{usual}{listed}</fontconfig>", encoding="utf-8")
    return {**os.environ, "FONTCONFIG_FILE": str(settings)}
