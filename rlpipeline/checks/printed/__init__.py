"""Audit of a report printed by others: the arithmetic of its tables, its dates, its empty or repeated sections."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict
from itertools import chain, groupby
from pathlib import Path

from rlpipeline.checks.printed.prose import check_dates, check_sections
from rlpipeline.checks.printed.reading import CHECKS, Finding, read_report
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


def render_json(findings: Sequence[Finding]) -> str:
    """Write the findings for a machine: a list of objects with the fields of :class:`Finding`."""
    return json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2) + "\n"


def render_text(findings: Sequence[Finding]) -> str:
    """Write the findings for a terminal, by kind of check."""
    certain = sum(finding.certitude == "certain" for finding in findings)
    lines = [f"Constats : {len(findings)}, dont certains : {certain}." if findings else "Aucun écart relevé."]
    for controle, group in groupby(findings, key=lambda finding: finding.controle):
        lines += ["", CHECKS[controle].capitalize()]
        for finding in group:
            lines += [f"  {finding.fichier}, ligne {finding.ligne} ({finding.certitude})"]
            lines += [f"    {finding.lieu[:1].upper()}{finding.lieu[1:]} : {finding.message}"]
    return "\n".join(lines) + "\n"
