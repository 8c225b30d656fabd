"""Executed notebooks read and rendered as one document."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from nbformat import NotebookNode

from rlpipeline.execution.notebook import read_notebook
from rlpipeline.publication.exporter import RapportExporter
from rlpipeline.publication.page import Cover, render_page
from rlpipeline.publication.stitch import stitch


@dataclass(frozen=True)
class Executed:
    """An executed notebook, read once where it is asked for."""

    path: Path

    @cached_property
    def notebook(self) -> NotebookNode:
        """What the file holds."""
        return read_notebook(self.path)


def document_of(chapters: Iterable[Executed], cover: Cover) -> str:
    """The complete page of executed notebooks, stitched in the order given.

    Gives one self-contained HTML page: no code, no script, nothing asked of the network.
    """
    fragments = [_exporter().fragment(chapter.notebook, chapter.path.stem) for chapter in chapters]
    return render_page(stitch(fragments, portrait=bool(cover.territoire), report=cover.definitions), cover)


@cache
def _exporter() -> RapportExporter:
    """One for all pages: it compiles its templates, which takes longer than to fill them."""
    return RapportExporter()  # type: ignore[no-untyped-call]
