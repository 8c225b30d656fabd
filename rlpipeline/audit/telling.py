"""The audit of publications told on a terminal, or to a program."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence

from rlpipeline.audit.findings import Finding
from rlpipeline.audit.report import Audit, to_data


def render_text(audits: Sequence[Audit]) -> str:
    """What was checked and what stands, one year after the other."""
    return "\n".join(line for audit in audits for line in _lines(audit))


def render_json(audits: Sequence[Audit]) -> str:
    """The content of ``audit.json`` of each year, in a list."""
    return json.dumps([to_data(audit) for audit in audits], ensure_ascii=False, indent=1)


def _lines(audit: Audit) -> Iterator[str]:
    yield f"{audit.year} : {audit.summary()}"
    for title, findings in (("Écarts", audit.blocking), ("À vérifier", audit.to_check)):
        if findings:
            yield f"  {title}"
        for finding in findings:
            yield from _finding(finding)
    if audit.accepted:
        yield "  Écarts acceptés"
    for finding, acceptance in audit.accepted:
        yield f"    {finding.message} – {acceptance.raison}"


def _finding(finding: Finding) -> Iterator[str]:
    yield f"    {finding.message}"
    yield f"      {finding.first} : {finding.first_value}"
    if finding.second or finding.second_value:
        yield f"      {finding.second or 'attendu'} : {finding.second_value}"
