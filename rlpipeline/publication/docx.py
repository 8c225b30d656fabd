"""A page of a publication as a Word document, through pandoc."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from bs4 import BeautifulSoup
from nbconvert.utils.pandoc import pandoc

from rlpipeline.errors import ToolError

APART = ("nav", "script", "style", "link", "button", ".evitement", ".pied", ".rl-ecran")
"""What serves on a screen alone."""


def write_docx(page: Path, target: Path) -> None:
    """Write a page as DOCX, readable by its owner alone: headings, texts, tables, charts, all that was folded.

    Raises
    ------
    ToolError
        Pandoc is not installed, or refuses.
    """
    if shutil.which("pandoc") is None:
        raise ToolError(
            "Pandoc, qui fait les documents Word, n'est pas installé.",
            todo="l'installer (pandoc.org ; sous Debian ou Ubuntu, apt install pandoc librsvg2-bin), puis relancer",
        )
    soup = BeautifulSoup(page.read_text(encoding="utf-8"), "lxml")
    for one in soup.select(", ".join(APART)):
        one.decompose()
    for details in soup.find_all(["details", "summary"]):
        details.name = "div" if details.name == "details" else "p"
    try:
        with tempfile.TemporaryDirectory(prefix=f".{target.stem}-", dir=target.parent) as workshop:
            fresh = Path(workshop) / "page.docx"
            fresh.touch(0o600)
            pandoc(str(soup), "html", "docx", extra_args=["--metadata", "lang=fr", "--output", str(fresh)])  # type: ignore[no-untyped-call]
            if not fresh.stat().st_size:  # what went wrong is on the standard error
                words = "Pandoc n'a pas pu faire le document Word."
                raise ToolError(words, str(page), todo="voir les lignes ci-dessus")
            fresh.replace(target)
    except OSError as error:
        raise ToolError("Le document Word n'a pas pu être écrit.", str(target), got=error.strerror) from error
