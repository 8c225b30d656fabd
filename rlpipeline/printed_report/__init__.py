"""Audit of a printed report: tables and prose as transcribed, checked against themselves and one another."""

from __future__ import annotations

from pathlib import Path

from rlpipeline.printed_report.checks import find_all
from rlpipeline.printed_report.finding import CHECKS, TO_READ, Certitude, Finding
from rlpipeline.printed_report.reading import read_report
from rlpipeline.printed_report.rendering import render_json, render_markdown, render_text

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


def audit_printed(directory: Path) -> tuple[Finding, ...]:
    """Find what is wrong, or likely wrong, in a printed report.

    Parameters
    ----------
    directory
        Folder of the transcription: tables in ``*.csv``, prose in ``*.md``, relations in ``relations.yml`` if any.

    Returns
    -------
    tuple of Finding
        By kind of check, then by file and line.

    Raises
    ------
    UsageError
        No such folder, or nothing to audit in it.
    SettingsError
        ``relations.yml`` breaks its form.
    """
    return find_all(read_report(directory))
