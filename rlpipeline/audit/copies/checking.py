"""Every copy of everything published, held against the others: within each part, then between the parts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rlpipeline.audit.copies.across import Across, told_of
from rlpipeline.audit.copies.annex import check_acronyms, check_annex
from rlpipeline.audit.copies.chapters import check_chapters
from rlpipeline.audit.copies.charts import check_charts
from rlpipeline.audit.copies.evolutions import check_evolutions
from rlpipeline.audit.copies.figures import check_cells, check_csv, check_workbook
from rlpipeline.audit.copies.frame import check_frames
from rlpipeline.audit.copies.outputs import check_outputs
from rlpipeline.audit.copies.quotes import Former, check_quotes
from rlpipeline.audit.copies.sources import check_sources
from rlpipeline.audit.copies.spoken import check_spoken
from rlpipeline.audit.copies.tables import check_tables
from rlpipeline.audit.copies.workbook import check_workbook_words
from rlpipeline.audit.findings import Finding
from rlpipeline.published import Figure, FigureKey, Publication
from rlpipeline.published.markup import tree_of
from rlpipeline.published.parts import parts_of

__all__ = ["Former", "check_copies", "check_part"]


def check_copies(
    publication: Publication, former: Former | None = None, texts: Mapping[str, str] | None = None
) -> list[Finding]:
    """Check that every occurrence of a figure, and every word around it, agrees with all the others.

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
    across, found = Across(publication.sheets), list[Finding]()
    for part in parts_of(publication):
        found += check_part(part, former or _no_figure, texts or {})
        across.add(told_of(part))
        tree_of.cache_clear()
    return list(dict.fromkeys([*found, *across.check(publication.year, publication.files)]))


def check_part(part: Publication, former: Former, texts: Mapping[str, str]) -> list[Finding]:
    """As :func:`check_copies`, what the copies of one part say of one another."""
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
    yield from check_frames(publication)
    yield from check_spoken(publication)
    yield from check_quotes(publication, former)
    yield from check_sources(publication, texts)


def _no_figure(key: FigureKey) -> Figure | None:
    return None
