"""A page of a publication as a Word document, through pandoc."""

from __future__ import annotations

import base64
import shutil
import subprocess
import tempfile
from pathlib import Path

from bs4 import BeautifulSoup

from rlpipeline.errors import ToolError

APART = "nav, script, style, link, button, .evitement, .pied, p.rl-ecran, span.rl-ecran, .rl-papier"
"""What serves on a screen or on paper alone; what paper leaves to the workbook stays."""
SPOKEN = ".rl-sr:not(.rl-detail > :is(:first-child, :last-child))"
"""What a screen reader says of a sign; not the parentheses, which part details from their figure."""
BLOCKS = {"details": "div", "summary": "p", "figure": "div", "figcaption": "p"}
"""What pandoc would leave folded, or shrink in a table above its caption, and what it reads instead."""


def write_docx(page: Path, target: Path) -> None:
    """Write a page as DOCX, readable by its owner alone: headings, texts, tables, charts, all that was folded.

    Raises ToolError: Pandoc is not installed, or refuses.
    """
    if shutil.which("pandoc") is None:
        raise ToolError(
            "Pandoc, qui fait les documents Word, n'est pas installé.",
            todo="l'installer (pandoc.org ; sous Debian ou Ubuntu, apt install pandoc librsvg2-bin), puis relancer",
        )
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "lxml")
    for element in soup.select(f"{APART}, {SPOKEN}"):
        element.decompose()
    for element in soup.find_all([*BLOCKS]):
        element.name = BLOCKS[element.name]
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.stem}-", dir=target.parent) as workshop:
            fresh = Path(workshop) / "page.docx"
            fresh.touch(0o600)
            # of drawings in files alone pandoc makes what old versions of Word show, of a path to them a drawing alone
            for rank, image in enumerate(soup.select('img[src^="data:image/svg+xml;base64,"]')):
                drawing = fresh.with_name(f"{rank}.svg")
                drawing.write_bytes(base64.b64decode(str(image["src"]).partition(",")[2]))
                image["src"] = drawing.name
            # what it says, a line a picture, where rsvg-convert is missing, is left, unlike by nbconvert's own call
            command = ["pandoc", "--from", "html", "--to", "docx", "--metadata", "lang=fr", "--output", fresh.name]
            run = subprocess.run(command, cwd=workshop, input=str(soup).encode(), stderr=subprocess.PIPE, check=False)
            if run.returncode or not fresh.stat().st_size:
                said = run.stderr.decode("utf-8", "replace").strip().splitlines()
                raise ToolError("Pandoc n'a pas pu faire le document Word.", str(page), got=said[-1] if said else "")
            fresh.replace(target)
    except OSError as error:
        raise ToolError("Le document Word n'a pas pu être écrit.", str(target), got=error.strerror) from error
