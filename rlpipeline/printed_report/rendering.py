"""What the audit of a printed report found, for a reader, for a machine and for a page of the documentation."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from itertools import groupby

from rlpipeline.printed_report.finding import CHECKS, TO_READ, Finding


def render_text(findings: Sequence[Finding]) -> str:
    """Write the findings for a terminal, by kind of check."""
    lines = [_headline(findings)]
    for controle, group in groupby(findings, key=lambda finding: finding.controle):
        lines += ["", CHECKS[controle].capitalize()]
        lines += [f"  {_where(finding)}\n    {_sentence(finding)}" for finding in group]
    return "\n".join(lines) + "\n"


def render_json(findings: Sequence[Finding]) -> str:
    """Write the findings for a machine: a list of objects with the fields of :class:`Finding`."""
    return json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2) + "\n"


def render_markdown(findings: Sequence[Finding], title: str) -> str:
    """Write the findings as a page: how many of each kind, then each with its place, values and arithmetic."""
    return "\n".join([f"# {title}", "", _headline(findings), "", *_summary(findings), *_chapters(findings)]) + "\n"


def _headline(findings: Sequence[Finding]) -> str:
    if not findings:
        return "Aucun écart relevé."
    counts = Counter(finding.certitude for finding in findings)
    sure = f"{_counted(counts['certain'], 'certain')}, {_counted(counts['probable'], 'probable')}"
    return f"{_counted(len(findings), 'constat')} : {sure}, {counts[TO_READ]} {TO_READ}."


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'s' if count > 1 else ''}"


def _where(finding: Finding) -> str:
    line = f", ligne {finding.ligne}" if finding.ligne else ""
    return f"{finding.fichier}{line} ({finding.certitude})"


def _sentence(finding: Finding) -> str:
    place = f"{finding.lieu[:1].upper()}{finding.lieu[1:]}"
    return f"{place} : {finding.message[:1].lower()}{finding.message[1:]}"


def _summary(findings: Sequence[Finding]) -> Iterator[str]:
    counts = Counter((finding.controle, finding.certitude) for finding in findings)
    yield "| Contrôle | Certains | Probables | À lire |"
    yield "|---|--:|--:|--:|"
    for controle, name in CHECKS.items():
        by_certitude = [counts[controle, certitude] for certitude in ("certain", "probable", TO_READ)]
        if any(by_certitude):
            yield f"| {name.capitalize()} | {' | '.join(map(str, by_certitude))} |"


def _chapters(findings: Sequence[Finding]) -> Iterator[str]:
    for controle, group in groupby(findings, key=lambda finding: finding.controle):
        yield from ("", f"## {CHECKS[controle].capitalize()}", "")
        yield "| Lieu | Imprimé | Calculé | Constat |  |"
        yield "|---|---|---|---|---|"
        for finding in group:
            cells = (
                f"{finding.lieu} (`{finding.fichier}`)",
                finding.imprime,
                finding.calcule,
                finding.message,
                finding.certitude,
            )
            yield f"| {' | '.join(_escaped(cell) for cell in cells)} |"


def _escaped(text: str) -> str:
    """Text of one cell of a Markdown table."""
    return text.replace("|", "\\|").replace("*", "\\*").replace("\n", " ")
