"""Executed notebooks read and rendered as one document."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rlpipeline.execution.notebook import read_notebook
from rlpipeline.publication.exporter import RapportExporter
from rlpipeline.publication.page import Cover, render_page
from rlpipeline.publication.stitch import stitch


def render_document(chapters: Sequence[Path], cover: Cover) -> str:
    """The complete page of executed notebooks, stitched in the order given.

    Returns
    -------
    One self-contained HTML page: no code, no script, nothing asked of the network.
    """
    exporter = RapportExporter()  # type: ignore[no-untyped-call]
    fragments = [exporter.fragment(read_notebook(path), path.stem) for path in chapters]
    return render_page(stitch(fragments), cover)
