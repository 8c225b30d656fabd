"""The audit of a publication: every check, what failed, what is accepted; as a page, in a terminal, for machines."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rlpipeline.checks.examination import Context, check_publication
from rlpipeline.checks.findings import Finding, sort_out
from rlpipeline.checks.model import Place
from rlpipeline.checks.reading import read_publication
from rlpipeline.checks.texts import mark_pages
from rlpipeline.page_templates import page_environment, typographic
from rlpipeline.settings.acceptances import Acceptance
from rlpipeline.settings.checks import CHECKS

PAGE, DATA = "audit.html", "audit.json"
TEMPLATES = Path(__file__).parent / "templates"
LISTED = 20
"""Findings with one message that the page shows; the file for machines has them all."""


@dataclass(frozen=True)
class Terms:
    """What an audit is told beside the publication itself.

    Parameters
    ----------
    service, titre
        Name of the service and title of the report, for the page.
    validated
        Whether the report is validated: what was typed by hand then blocks.
    said
        What every page says of the records, if anything.
    """

    context: Context
    service: str
    titre: str = ""
    validated: bool = False
    acceptances: tuple[Acceptance, ...] = ()
    said: str = ""


@dataclass(frozen=True)
class Audit:
    """What was checked and found.

    Parameters
    ----------
    findings
        What stands: blocking findings first.
    accepted
        What the service accepts, with its reason.
    counts
        Tests made, by check; a check that could not be made is absent.
    """

    year: int
    service: str
    titre: str
    validated: bool
    findings: tuple[Finding, ...]
    accepted: tuple[tuple[Finding, Acceptance], ...]
    counts: Mapping[str, int]
    said: str = ""

    @property
    def blocking(self) -> tuple[Finding, ...]:
        """What prevents publication."""
        return tuple(finding for finding in self.findings if finding.blocking)

    @property
    def to_check(self) -> tuple[Finding, ...]:
        """What is told and prevents nothing."""
        return tuple(finding for finding in self.findings if not finding.blocking)

    @property
    def total(self) -> int:
        """Tests made."""
        return sum(self.counts.values())

    def summary(self) -> str:
        """One French line."""
        parts = [f"{_written(self.total)} vérifications des chiffres"]
        for findings, words in ((self.blocking, "écart"), (self.accepted, "écart accepté"), (self.to_check, "point")):
            if findings:
                parts.append(_counted(len(findings), words))
        suffix = " à vérifier" if self.to_check else ""
        return f"{', '.join(parts)}{suffix} ({PAGE})"


def audit_publication(directory: Path, terms: Terms, mark: bool = False) -> Audit:
    """Check a publication from its files.

    Parameters
    ----------
    directory
        The year's folder, or the folder in which it is being made.
    mark
        Whether what was typed by hand is shown in the pages, which are then written again; never in a validated report.

    Raises
    ------
    ReconciliationError
        The publication cannot be read.
    """
    year = terms.context.declared.year
    publication = read_publication(directory, year)
    examined, scan = check_publication(publication, terms.context)
    typed = {each.key: each for each in scan.typed}
    every = _in_order([*examined.findings, *(each.finding(terms.validated) for each in typed.values())])
    standing, accepted = sort_out(every, terms.acceptances)
    audit = Audit(
        year=year,
        service=terms.service,
        titre=terms.titre or f"Rapport d'activité {year}",
        validated=terms.validated,
        findings=_in_order(standing),
        accepted=tuple(accepted),
        counts={**examined.counts, **scan.counts, "ecart_perime": len(terms.acceptances)},
        said=terms.said,
    )
    if mark and not terms.validated:
        mark_pages(directory, publication.pages, [typed[one.key] for one in audit.findings if one.key in typed])
    return audit


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Blocking first, then in the order of the checks; each once."""
    rank = {check: position for position, check in enumerate(CHECKS)}
    return tuple(sorted(dict.fromkeys(findings), key=lambda one: (not one.blocking, rank[one.check])))


def write_audit(audit: Audit, directory: Path) -> None:
    """Write ``audit.html`` and ``audit.json``; the same audit gives the same bytes."""
    (directory / PAGE).write_text(to_html(audit), encoding="utf-8", newline="\n")
    text = json.dumps(to_data(audit), ensure_ascii=False, indent=1) + "\n"
    (directory / DATA).write_text(text, encoding="utf-8", newline="\n")


def to_data(audit: Audit) -> dict[str, Any]:
    """The audit for machines: values for JSON."""
    return {
        "annee": audit.year,
        "statut": "valide" if audit.validated else "brouillon",
        "publiable": not audit.blocking,
        "faits": audit.total,
        "controles": [
            {
                "controle": check,
                "regle": rule,
                "faits": audit.counts.get(check),
                "bloquants": _number(check, audit.blocking),
                "a_verifier": _number(check, audit.to_check),
                "acceptes": _number(check, [finding for finding, _ in audit.accepted]),
            }
            for check, rule in CHECKS.items()
        ],
        "ecarts": [_finding(finding) for finding in audit.findings],
        "acceptes": [{**_finding(finding), "raison": one.raison} for finding, one in audit.accepted],
    }


def to_html(audit: Audit) -> str:
    """The audit as one self-contained page in French."""
    environment = page_environment(TEMPLATES)
    environment.filters["nombre"] = _written
    environment.filters["alike"] = _alike
    environment.filters["yaml"] = lambda words: json.dumps(words, ensure_ascii=False)
    environment.filters["lower_first"] = lambda words: words[:1].lower() + words[1:]
    page = environment.get_template("audit.html.j2").render(
        audit=audit,
        data=to_data(audit),
        checks=CHECKS,
        listed=LISTED,
        css=(TEMPLATES / "audit.css").read_text(encoding="utf-8"),
    )
    return typographic(page)


def _alike(findings: Iterable[Finding]) -> list[list[Finding]]:
    """Group the findings that say the same of different places."""
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.check, finding.message), []).append(finding)
    return list(groups.values())


def _number(check: str, findings: Iterable[Finding]) -> int:
    return sum(finding.check == check for finding in findings)


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


def _counted(number: int, words: str) -> str:
    return f"{_written(number)} {' '.join(word + 's' for word in words.split()) if number > 1 else words}"


def _written(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def render_text(audits: Sequence[Audit]) -> str:
    """What was checked and what stands, one year after the other."""
    return "\n".join(line for audit in audits for line in _terminal_lines(audit))


def render_json(audits: Sequence[Audit]) -> str:
    """The content of ``audit.json`` of each year, in a list."""
    return json.dumps([to_data(audit) for audit in audits], ensure_ascii=False, indent=1)


def _terminal_lines(audit: Audit) -> Iterator[str]:
    yield f"{audit.year} : {audit.summary()}"
    for title, findings in (("Écarts", audit.blocking), ("À vérifier", audit.to_check)):
        if findings:
            yield f"  {title}"
        for finding in findings:
            yield from _terminal_finding(finding)
    if audit.accepted:
        yield "  Écarts acceptés"
    for finding, acceptance in audit.accepted:
        yield f"    {finding.message} – {acceptance.raison}"


def _terminal_finding(finding: Finding) -> Iterator[str]:
    yield f"    {finding.message}"
    yield f"      {finding.first} : {finding.first_value}"
    if finding.second or finding.second_value:
        yield f"      {finding.second or 'attendu'} : {finding.second_value}"
