"""Audit of a printed report: tables and prose as transcribed, checked against themselves and one another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from rlpipeline.printed_report.cohorts import check_cohorts
from rlpipeline.printed_report.copies import check_copies, check_sheets
from rlpipeline.printed_report.dates import check_dates
from rlpipeline.printed_report.derived import check_derived, check_flows
from rlpipeline.printed_report.document import check_annexes, check_labels, check_sections, check_sentences
from rlpipeline.printed_report.finding import CHECKS, TO_READ, Certitude, Finding
from rlpipeline.printed_report.margins import check_margins
from rlpipeline.printed_report.marks import check_marks, check_units
from rlpipeline.printed_report.model import Report
from rlpipeline.printed_report.orders import check_orders
from rlpipeline.printed_report.percentages import check_percentages
from rlpipeline.printed_report.prose_prose import check_arithmetic, check_prose_against_prose
from rlpipeline.printed_report.prose_tables import check_prose_against_tables
from rlpipeline.printed_report.reading import read_report
from rlpipeline.printed_report.rendering import render_json, render_markdown, render_text
from rlpipeline.printed_report.territories import check_composites, check_vintages
from rlpipeline.printed_report.totals import check_totals

__all__ = [
    "CHECKS",
    "TO_READ",
    "Certitude",
    "Finding",
    "audit_printed",
    "render_json",
    "render_markdown",
    "render_text",
]


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


def audit_printed(directory: Path) -> tuple[Finding, ...]:
    """Find what is wrong, or likely wrong, in a printed report.

    Parameters
    ----------
    directory
        Folder of the transcription: tables in ``*.csv``, prose in ``*.md``, relations in ``relations.yml`` if any.

    Returns
    -------
    tuple of Finding
        By kind of check in the order of ``CHECKS``, then by file and line; each once.

    Raises
    ------
    UsageError
        No such folder, or nothing to audit in it.
    SettingsError
        ``relations.yml`` breaks its form.
    """
    report = read_report(directory)
    findings = dict.fromkeys(finding for check in ALL for finding in check(report))
    order = {name: place for place, name in enumerate(CHECKS)}
    return tuple(sorted(findings, key=lambda entry: (order[entry.controle], entry.fichier, entry.ligne, entry.lieu)))
