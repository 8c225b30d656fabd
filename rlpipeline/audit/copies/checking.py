"""Every copy of everything in one part of a publication, held against the others of the part."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rlpipeline.audit.copies.annex import check_acronyms, check_annex
from rlpipeline.audit.copies.chapters import check_chapters
from rlpipeline.audit.copies.charts import check_charts
from rlpipeline.audit.copies.evolutions import check_evolutions
from rlpipeline.audit.copies.figures import check_cells, check_csv, check_workbook
from rlpipeline.audit.copies.frame import check_frames
from rlpipeline.audit.copies.outputs import check_outputs
from rlpipeline.audit.copies.quotes import Former, check_quotes
from rlpipeline.audit.copies.slides import check_slides
from rlpipeline.audit.copies.sources import check_sources
from rlpipeline.audit.copies.spoken import check_spoken
from rlpipeline.audit.copies.tables import check_tables
from rlpipeline.audit.copies.workbook import check_workbook_words
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Publication

__all__ = ["Former", "check_part"]


def check_part(part: Publication, former: Former, texts: Mapping[str, str]) -> list[Finding]:
    """Check that every occurrence of a figure, and every word around it, agrees with all the others of its part.

    Parameters
    ----------
    former
        Gives figures that are not published, of other years above all; None where one is not known. What needs one
        is then left out.
    texts
        Markdown of the service's texts by name; those not given are held against the notebooks alone.

    Returns
    -------
    Findings, each once.
    """
    return list(dict.fromkeys(_check(part, former, texts)))


def _check(publication: Publication, former: Former, texts: Mapping[str, str]) -> Iterator[Finding]:
    yield from check_csv(publication)
    yield from check_cells(publication)
    yield from check_evolutions(publication)
    yield from check_workbook(publication)
    yield from check_workbook_words(publication)
    yield from check_charts(publication)
    yield from check_tables(publication)
    yield from check_annex(publication)
    yield from check_acronyms(publication)
    yield from check_outputs(publication)
    yield from check_chapters(publication)
    yield from check_slides(publication)
    yield from check_frames(publication)
    yield from check_spoken(publication)
    yield from check_quotes(publication, former)
    yield from check_sources(publication, texts)
