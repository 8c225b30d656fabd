"""All the checks of a publication, and its audit: what fails, what is accepted; a page, words of a terminal, data."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape

from rlpipeline.checks.addresses import Sources, check_addresses
from rlpipeline.checks.model import Finding, Place, Test, examine, sort_out
from rlpipeline.checks.page import Find
from rlpipeline.checks.reading import MANIFEST, Publication, read_publication, readable
from rlpipeline.checks.relations import (
    LIST,
    Declared,
    Names,
    Recount,
    check_dictionary,
    check_list,
    check_names,
    check_recount,
    check_relations,
)
from rlpipeline.checks.texts import NamesOf, Text, Typed, mark_pages, note_texts, scan
from rlpipeline.page_templates import page_environment
from rlpipeline.settings.acceptances import CHECKS, Acceptance

PAGE, DATA = "audit.html", "audit.json"
TEMPLATES = Path(__file__).parent / "templates"
LISTED = 20
"""Findings with one message that the page shows; the file for machines has them all."""
COUNTED = "calculé"
"""Origin of the figures counted from the records."""
CHANGED = "Un fichier publié a été changé, ou enlevé, après la construction."


@dataclass(frozen=True)
class Context:
    """What the checks are told beside the publication.

    ``former`` gives figures of other years or of no table shown; ``before``: whether those of the year before are held
    against one another too; ``text_of`` gives the Markdown of a text; ``names`` and ``former_names`` what lines and
    columns are called, this year and in another; ``recount`` counts an indicator again; ``said`` is on every page.
    """

    declared: Declared
    former: Find | None = None
    before: bool = True
    text_of: Callable[[str], str | None] = lambda name: None
    former_names: NamesOf = lambda *of: frozenset()
    names: Names | None = None
    recount: Recount | None = None
    service: str = ""
    titre: str = ""
    validated: bool = False
    acceptances: tuple[Acceptance, ...] = ()
    said: str = ""


@dataclass(frozen=True)
class Audit:
    """What stands, blocking findings first; what is accepted, with its reason; tests made, by check."""

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


def check_publication(
    publication: Publication, context: Context
) -> tuple[tuple[Finding, ...], dict[str, int], Mapping[Finding, Typed]]:
    """Make all the checks; give what failed, once each, how many tests each made, what was typed by hand."""
    texts: dict[tuple[str, str], Text] = {}
    with readable(publication.directory):
        failed, counts = examine(_tests(publication, context, texts))
        every, read = scan(
            texts.values(), Sources(publication, context.former), context.former_names
        )
    typed = {
        each.finding(context.validated): each
        for each in {each.key: each for each in every}.values()
    }
    return _in_order([*failed, *typed]), {**counts, **read}, typed


def _tests(
    publication: Publication, context: Context, texts: dict[tuple[str, str], Text]
) -> Iterator[Test]:
    figures, dictionary = publication.figures, publication.dictionary
    declared = replace(context.declared, links=dictionary.links)
    former = {
        key: of.then
        for key, of in publication.former.items()
        if of.origine == COUNTED and key not in figures
    }
    yield from _check_digests(publication)
    yield from check_dictionary({key.indicateur for key in figures}, dictionary.declared, declared)
    yield from check_list(publication.files.get(LIST, {}), figures, publication.year)
    yield from (
        check_recount({**figures, **former}, context.recount, declared) if context.recount else ()
    )
    yield from check_names(publication, context.names) if context.names else ()
    yield from check_relations(
        {**figures, **(former if context.before else {})}, publication.titles, declared
    )
    yield from check_addresses(
        publication, context.former, lambda read: note_texts(read, context.text_of, texts)
    )


def _check_digests(publication: Publication) -> Iterator[Test]:
    manifest = publication.directory / MANIFEST  # none while the publication is being made
    digests = (
        json.loads(manifest.read_text(encoding="utf-8"))["fichiers"] if manifest.is_file() else {}
    )
    for name, digest in digests.items():
        path, words = publication.directory / name, "absent"
        if path.is_file():
            words = (
                ""
                if hashlib.sha256(path.read_bytes()).hexdigest() == digest
                else "un autre contenu"
            )
        told = Place(name, ""), words, Place(MANIFEST, ""), "le fichier tel qu'il a été écrit"
        yield (
            Finding("empreinte", CHANGED, *told, True, f"empreinte:{name}")
            if words
            else "empreinte"
        )


def audit_publication(directory: Path, context: Context, mark: bool = False) -> Audit:
    """Check a publication from its files; with ``mark``, what was typed by hand is shown in the pages of a draft.

    Raises ReconciliationError: the publication cannot be read.
    """
    year = context.declared.year
    publication = read_publication(directory, year)
    findings, counts, typed = check_publication(publication, context)
    standing, accepted = sort_out(findings, context.acceptances)
    if mark and not context.validated:
        mark_pages(
            directory,
            publication.pages,
            [typed[finding] for finding in standing if finding in typed],
        )
    counts |= {"ecart_perime": len(context.acceptances)}
    words = context.service, context.titre or f"Rapport d'activité {year}", context.validated
    return Audit(year, *words, _in_order(standing), tuple(accepted), counts, context.said)


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    rank = {check: position for position, check in enumerate(CHECKS)}
    return tuple(sorted(dict.fromkeys(findings), key=lambda of: (not of.blocking, rank[of.check])))


def summary(audit: Audit) -> str:
    """One French line."""
    groups = {"écart": audit.blocking, "écart accepté": audit.accepted, "point": audit.to_check}
    counts = {words: len(findings) for words, findings in groups.items() if findings}
    parts = [f"{_written(audit.total)} vérifications des chiffres"]
    parts += [
        f"{_written(of)} {words.replace(' ', 's ') + 's' if of > 1 else words}"
        for words, of in counts.items()
    ]
    return f"{', '.join(parts)}{' à vérifier' if audit.to_check else ''} ({PAGE})"


def write_audit(audit: Audit, directory: Path) -> None:
    """Write ``audit.html`` and ``audit.json``; the same audit gives the same bytes."""
    (directory / PAGE).write_text(to_html(audit), encoding="utf-8", newline="\n")
    text = json.dumps(to_data(audit), ensure_ascii=False, indent=1) + "\n"
    (directory / DATA).write_text(text, encoding="utf-8", newline="\n")


def to_data(audit: Audit) -> dict[str, Any]:
    """The audit for machines: values for JSON."""
    groups = {
        "bloquants": audit.blocking,
        "a_verifier": audit.to_check,
        "acceptes": [of for of, _ in audit.accepted],
    }
    checks = [
        {"controle": check, "regle": rule, "faits": audit.counts.get(check)}
        | {
            name: sum(finding.check == check for finding in findings)
            for name, findings in groups.items()
        }
        for check, rule in CHECKS.items()
    ]
    return {
        "annee": audit.year,
        "statut": "valide" if audit.validated else "brouillon",
        "publiable": not audit.blocking,
        "faits": audit.total,
        "controles": checks,
        "ecarts": [_finding(finding) for finding in audit.findings],
        "acceptes": [
            {**_finding(finding), "raison": acceptance.raison}
            for finding, acceptance in audit.accepted
        ],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    sides = {
        "premier": (finding.first, finding.first_value),
        "second": (finding.second, finding.second_value),
    }
    return {
        "controle": finding.check,
        "cle": finding.key,
        "message": finding.message,
        "bloquant": finding.blocking,
    } | {
        side: {**({"fichier": place.file, "lieu": place.where} if place else {}), "valeur": value}
        for side, (place, value) in sides.items()
    }


def to_html(audit: Audit) -> str:
    """The audit as one self-contained page in French."""
    environment = page_environment(TEMPLATES, typeset=True)
    environment.filters["verbatim"] = escape
    environment.filters["nombre"] = _written
    environment.filters["alike"] = _alike
    environment.filters["yaml"] = lambda words: json.dumps(words, ensure_ascii=False)
    css = (TEMPLATES / "audit.css").read_text(encoding="utf-8")
    page = environment.get_template("audit.html.j2")
    reasons = {finding: acceptance.raison for finding, acceptance in audit.accepted}
    return page.render(audit=audit, reasons=reasons, checks=CHECKS, listed=LISTED, css=css)


def _alike(findings: Iterable[Finding]) -> Iterable[list[Finding]]:
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.check, finding.message), []).append(finding)
    return groups.values()


def _written(number: int) -> str:
    return f"{number:,}".replace(",", "\u202f")


def text_of(template: str, **values: object) -> str:
    """Write a text for a terminal from its template; one line where a template has a line."""
    loader = FileSystemLoader(TEMPLATES)
    environment = Environment(
        loader=loader, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template(template).render(**values)


def render_text(audits: Sequence[Audit]) -> str:
    """What was checked and what stands, one year after the other."""
    return text_of("audit.txt.j2", audits=audits, summary=summary)


def render_json(audits: Sequence[Audit]) -> str:
    """The content of ``audit.json`` of each year, in a list."""
    return json.dumps([to_data(audit) for audit in audits], ensure_ascii=False, indent=1)
