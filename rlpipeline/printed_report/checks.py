"""All the checks of a printed report, in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from rlpipeline.printed_report.arithmetic import check_arithmetic
from rlpipeline.printed_report.cohorts import check_cohorts
from rlpipeline.printed_report.composites import check_composites
from rlpipeline.printed_report.copies import check_copies
from rlpipeline.printed_report.dates import check_dates
from rlpipeline.printed_report.derived import check_derived
from rlpipeline.printed_report.finding import CHECKS, Finding
from rlpipeline.printed_report.flows import check_flows
from rlpipeline.printed_report.margins import check_margins
from rlpipeline.printed_report.marks import check_marks, check_units
from rlpipeline.printed_report.model import Report
from rlpipeline.printed_report.orders import check_orders
from rlpipeline.printed_report.percentages import check_percentages
from rlpipeline.printed_report.prose_prose import check_prose_against_prose
from rlpipeline.printed_report.prose_tables import check_prose_against_tables
from rlpipeline.printed_report.sheets import check_sheets
from rlpipeline.printed_report.structure import check_annexes, check_labels, check_sections
from rlpipeline.printed_report.totals import check_totals
from rlpipeline.printed_report.unfinished import check_sentences
from rlpipeline.printed_report.vintages import check_vintages

ALL: tuple[Callable[[Report], Iterator[Finding]], ...] = (
    check_totals,
    check_margins,
    check_sheets,
    check_cohorts,
    check_percentages,
    check_derived,
    check_flows,
    check_arithmetic,
    check_orders,
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
