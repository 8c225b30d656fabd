"""An audit told: as a page, in a terminal, for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from rlpipeline.checks.examination import Audit
from rlpipeline.checks.findings import Finding
from rlpipeline.checks.model import Place
from rlpipeline.page_templates import page_environment, typographic
from rlpipeline.settings.checks import CHECKS

PAGE, DATA = "audit.html", "audit.json"
TEMPLATES = Path(__file__).parent / "templates"
LISTED = 20
"""Findings with one message that the page shows; the file for machines has them all."""


def summary(audit: Audit) -> str:
    """One French line."""
    parts = [f"{_written(audit.total)} vérifications des chiffres"]
    for findings, words in ((audit.blocking, "écart"), (audit.accepted, "écart accepté"), (audit.to_check, "point")):
        if findings:
            plural = " ".join(f"{word}s" for word in words.split())
            parts.append(f"{_written(len(findings))} {plural if len(findings) > 1 else words}")
    return f"{', '.join(parts)}{' à vérifier' if audit.to_check else ''} ({PAGE})"


def write_audit(audit: Audit, directory: Path) -> None:
    """Write ``audit.html`` and ``audit.json``; the same audit gives the same bytes."""
    (directory / PAGE).write_text(to_html(audit), encoding="utf-8", newline="\n")
    text = json.dumps(to_data(audit), ensure_ascii=False, indent=1) + "\n"
    (directory / DATA).write_text(text, encoding="utf-8", newline="\n")


def to_data(audit: Audit) -> dict[str, Any]:
    """The audit for machines: values for JSON."""
    groups = {"bloquants": audit.blocking, "a_verifier": audit.to_check, "acceptes": [of for of, _ in audit.accepted]}
    checks = [
        {"controle": check, "regle": rule, "faits": audit.counts.get(check)}
        | {name: sum(finding.check == check for finding in findings) for name, findings in groups.items()}
        for check, rule in CHECKS.items()
    ]
    return {
        "annee": audit.year,
        "statut": "valide" if audit.validated else "brouillon",
        "publiable": not audit.blocking,
        "faits": audit.total,
        "controles": checks,
        "ecarts": [_finding(finding) for finding in audit.findings],
        "acceptes": [{**_finding(finding), "raison": acceptance.raison} for finding, acceptance in audit.accepted],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "controle": finding.check,
        "cle": finding.key,
        "message": finding.message,
        "bloquant": finding.blocking,
        "premier": _place(finding.first, finding.first_value),
        "second": _place(finding.second, finding.second_value),
    }


def _place(place: Place | None, value: str) -> dict[str, str]:
    address = {"fichier": place.file, "lieu": place.where} if place else {}
    return {**address, "valeur": value}


def to_html(audit: Audit) -> str:
    """The audit as one self-contained page in French."""
    environment = page_environment(TEMPLATES)
    environment.filters["nombre"] = _written
    environment.filters["alike"] = _alike
    environment.filters["yaml"] = lambda words: json.dumps(words, ensure_ascii=False)
    environment.filters["lower_first"] = lambda words: words[:1].lower() + words[1:]
    css = (TEMPLATES / "audit.css").read_text(encoding="utf-8")
    page = environment.get_template("audit.html.j2")
    return typographic(page.render(audit=audit, data=to_data(audit), checks=CHECKS, listed=LISTED, css=css))


def _alike(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Group the findings that say the same of different places."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.check, finding.message), []).append(finding)
    return list(groups.values())


def _written(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def text_of(template: str, **values: object) -> str:
    """Write a text for a terminal from its template; one line where a template has a line."""
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template(template).render(**values)


def render_text(audits: Sequence[Audit]) -> str:
    """What was checked and what stands, one year after the other."""
    return text_of("audit.txt.j2", audits=audits, summary=summary)


def render_json(audits: Sequence[Audit]) -> str:
    """The content of ``audit.json`` of each year, in a list."""
    return json.dumps([to_data(audit) for audit in audits], ensure_ascii=False, indent=1)
