"""Pages made as a build makes them, and what is asked of them once opened."""

from __future__ import annotations

from pathlib import Path

import nbformat

from rlpipeline.execution.notebook_files import scrubbed
from rlpipeline.publication.exporter import ExecutedChapter, document_of
from rlpipeline.publication.page import Cover
from tests.hostile.watching import Watched
from tests.publication.factory import markdown, write

COVER = Cover("Service", None, 2023, statut="brouillon")


def page(place: Path, *cells: nbformat.NotebookNode) -> Path:
    """The page of one chapter, executed and scrubbed."""
    path = write(
        place / "05_activite.ipynb", markdown("# Activité"), *cells, markdown("## Suite\n\nFIN")
    )
    return page_of(scrubbed(nbformat.read(path, as_version=4), place), path)


def page_of(notebook: nbformat.NotebookNode, path: Path) -> Path:
    """The page of a notebook, which is written too."""
    nbformat.write(notebook, path)
    made = path.with_name("rapport.html")
    made.write_text(document_of([ExecutedChapter(path)], COVER), encoding="utf-8", newline="\n")
    return made


def harmless(chromium: Watched, made: Path) -> str:
    """Open a page that does nothing and holds nothing that could; give its words."""
    assert chromium.open(made) == []
    assert chromium.inside() == []
    assert "PRIS" not in chromium.page.title()
    return chromium.words()
