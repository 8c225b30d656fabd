"""All the checks of a printed report, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rlpipeline.audit.printed.cohorts import check_cohorts
from rlpipeline.audit.printed.composites import check_composites
from rlpipeline.audit.printed.copies import check_copies
from rlpipeline.audit.printed.dates import check_dates
from rlpipeline.audit.printed.finding import CHECKS, Finding
from rlpipeline.audit.printed.margins import check_margins
from rlpipeline.audit.printed.marks import check_marks, check_units
from rlpipeline.audit.printed.model import Report
from rlpipeline.audit.printed.percentages import check_percentages
from rlpipeline.audit.printed.prose_prose import check_prose_against_prose
from rlpipeline.audit.printed.prose_tables import check_prose_against_tables
from rlpipeline.audit.printed.structure import check_annexes, check_labels, check_sections
from rlpipeline.audit.printed.totals import check_totals
from rlpipeline.audit.printed.unfinished import check_sentences
from rlpipeline.audit.printed.vintages import check_vintages

ALL: tuple[Callable[[Report], Iterator[Finding]], ...] = (
    check_totals,
    check_margins,
    check_cohorts,
    check_percentages,
    check_prose_against_tables,
    check_prose_against_prose,
    check_copies,
    check_composites,
    check_vintages,
    check_marks,
    check_units,
    check_dates,
    check_annexes,
    check_sections,
    check_labels,
    check_sentences,
)


def find_all(report: Report) -> tuple[Finding, ...]:
    """Run every check.

    Returns
    -------
    tuple of Finding
        By kind in the order of ``CHECKS``, then by file and line; each once.
    """
    found = dict.fromkeys(finding for check in ALL for finding in check(report))
    order = {name: place for place, name in enumerate(CHECKS)}
    return tuple(sorted(found, key=lambda entry: (order[entry.controle], entry.fichier, entry.ligne, entry.lieu)))
