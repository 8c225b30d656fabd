"""Audit of a report printed by others: the arithmetic of its tables, its dates, its empty or repeated sections."""

from __future__ import annotations

from itertools import chain
from pathlib import Path

from rlpipeline.checks.printed.finding import CHECKS, Finding, render_json, render_text
from rlpipeline.checks.printed.prose import check_dates, check_sections
from rlpipeline.checks.printed.reading import read_report
from rlpipeline.checks.printed.tables import check_derived, check_margins, check_totals

__all__ = ["CHECKS", "Finding", "audit_printed", "render_json", "render_text"]


def audit_printed(directory: Path) -> tuple[Finding, ...]:
    """Find what is wrong, or likely wrong, in a transcribed report: tables (``*.csv``), prose (``*.md``).

    By kind of check in the order of ``CHECKS``, then by file and line; ``UsageError`` where there is nothing to audit.
    """
    tables, texts = read_report(directory)
    of_tables = chain(check_totals(tables), check_derived(tables), check_margins(tables))
    found = dict.fromkeys(chain(of_tables, check_dates(tables, texts), check_sections(texts)))
    order = list(CHECKS)
    return tuple(sorted(found, key=lambda finding: (order.index(finding.controle), finding.fichier, finding.ligne)))
