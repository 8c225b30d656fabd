"""All the checks of a publication, and its audit: what fails, what is accepted; a page, words of a terminal, data."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import escape

from rlpipeline.checks.addresses import Sources, check_addresses
from rlpipeline.checks.model import OUTDATED, Discrepancy, Figure, Location, Test, examine, sort_out
from rlpipeline.checks.published import MANIFEST, Notebook, Publication, read_publication, readable
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
from rlpipeline.checks.shown_values import Find
from rlpipeline.checks.texts import NamesOf, Text, Typed, mark_pages, note_texts, scan
from rlpipeline.declared import FigureKey
from rlpipeline.french import NNBSP, agree
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
    findings: tuple[Discrepancy, ...]
    accepted: tuple[tuple[Discrepancy, Acceptance], ...]
    counts: Mapping[str, int]
    said: str = ""

    @property
    def blocking(self) -> tuple[Discrepancy, ...]:
        """What prevents publication."""
        return tuple(finding for finding in self.findings if finding.blocking)

    @property
    def to_check(self) -> tuple[Discrepancy, ...]:
        """What is told and prevents nothing."""
        return tuple(finding for finding in self.findings if not finding.blocking)

    @property
    def total(self) -> int:
        """Tests made."""
        return sum(self.counts.values())


def check_publication(
    publication: Publication, context: Context
) -> tuple[tuple[Discrepancy, ...], dict[str, int], Mapping[Discrepancy, Typed]]:
    """Make all the checks; give what failed, once each, how many tests each made, what was typed by hand."""
    texts: dict[tuple[str, str], Text] = {}
    sources = Sources(publication, context.former)
    with readable(publication.directory):
        failed, counts = examine(_tests(publication, context, texts))
        every, read = scan(texts.values(), sources, context.former_names)
    once = {each.key: each for each in every}
    typed = {each.finding(context.validated): each for each in once.values()}
    return _in_order([*failed, *typed]), {**counts, **read}, typed


def _tests(
    publication: Publication, context: Context, texts: dict[tuple[str, str], Text]
) -> Iterator[Test]:
    """Make every test of what is in the files; ``texts`` gathers what is printed, which is scanned afterwards."""
    figures = publication.figures
    dictionary = publication.dictionary
    declared = replace(context.declared, links=dictionary.links)
    before = _counted_before(publication)
    yield from _check_digests(publication)
    yield from check_dictionary({key.indicateur for key in figures}, dictionary.declared, declared)
    yield from check_list(publication.files.get(LIST, {}), figures, publication.year)
    if context.recount:
        yield from check_recount({**figures, **before}, context.recount, declared)
    if context.names:
        yield from check_names(publication, context.names)
    tied = {**figures, **before} if context.before else figures
    yield from check_relations(tied, publication.titles, declared)

    def note(notebook: Notebook) -> None:
        note_texts(notebook, context.text_of, texts)

    yield from check_addresses(publication, context.former, note)


def _counted_before(publication: Publication) -> Mapping[FigureKey, Figure]:
    """Give the figures of the year before that were counted from the records."""
    former = publication.former
    missing = [key for key in former if key not in publication.figures]
    return {key: former[key].then for key in missing if former[key].origine == COUNTED}


def _check_digests(publication: Publication) -> Iterator[Test]:
    """Hold every file against its digest in the manifest; there is none while the publication is being made."""
    manifest = publication.directory / MANIFEST
    if not manifest.is_file():
        return
    digests = json.loads(manifest.read_text(encoding="utf-8"))["fichiers"]
    for name, digest in digests.items():
        words = _other_content(publication.directory / name, digest)
        if not words:
            yield "empreinte"
            continue
        against = Location(MANIFEST, ""), "le fichier tel qu'il a été écrit"
        told = CHANGED, Location(name, ""), words, *against
        yield Discrepancy("empreinte", *told, True, f"empreinte:{name}")


def _other_content(path: Path, digest: str) -> str:
    if not path.is_file():
        return "absent"
    is_same = hashlib.sha256(path.read_bytes()).hexdigest() == digest
    if is_same:
        return ""
    return "un autre contenu"


def audit_publication(directory: Path, context: Context, mark: bool = False) -> Audit:
    """Check a publication from its files; with ``mark``, what was typed by hand is shown in the pages of a draft.

    Raises ReconciliationError: the publication cannot be read.
    """
    year = context.declared.year
    publication = read_publication(directory, year)
    findings, counts, typed = check_publication(publication, context)
    standing, accepted = sort_out(findings, context.acceptances)
    if mark and not context.validated:
        shown = [typed[finding] for finding in standing if finding in typed]
        mark_pages(directory, publication.pages, shown)
    title = context.titre or f"Rapport d'activité {year}"
    counts[OUTDATED] = len(context.acceptances)
    return Audit(
        year,
        context.service,
        title,
        context.validated,
        _in_order(standing),
        tuple(accepted),
        counts,
        context.said,
    )


def _in_order(findings: Iterable[Discrepancy]) -> tuple[Discrepancy, ...]:
    rank = {check: position for position, check in enumerate(CHECKS)}
    once = dict.fromkeys(findings)
    return tuple(sorted(once, key=lambda each: (not each.blocking, rank[each.check])))


def summary(audit: Audit) -> str:
    """One French line."""
    parts = [f"{_written(audit.total)} vérifications des chiffres"]
    for findings, one, several in (
        (audit.blocking, "écart", "écarts"),
        (audit.accepted, "écart accepté", "écarts acceptés"),
        (audit.to_check, "point à vérifier", "points à vérifier"),
    ):
        if findings:
            parts.append(f"{_written(len(findings))} {agree(len(findings), one, several)}")
    return f"{', '.join(parts)} ({PAGE})"


def write_audit(audit: Audit, directory: Path) -> None:
    """Write ``audit.html`` and ``audit.json``; the same audit gives the same bytes."""
    (directory / PAGE).write_text(to_html(audit), encoding="utf-8", newline="\n")
    text = json.dumps(to_data(audit), ensure_ascii=False, indent=1) + "\n"
    (directory / DATA).write_text(text, encoding="utf-8", newline="\n")


def to_data(audit: Audit) -> dict[str, Any]:
    """The audit for machines: values for JSON."""
    accepted = [{**_finding(finding), "raison": of.raison} for finding, of in audit.accepted]
    return {
        "annee": audit.year,
        "statut": "valide" if audit.validated else "brouillon",
        "publiable": not audit.blocking,
        "faits": audit.total,
        "controles": [*_checks(audit)],
        "ecarts": [*map(_finding, audit.findings)],
        "acceptes": accepted,
    }


def _checks(audit: Audit) -> Iterator[dict[str, Any]]:
    """Give each check, its rule, how many tests it made (None: not made), and how many failed of each kind."""
    blocking = Counter(finding.check for finding in audit.blocking)
    to_check = Counter(finding.check for finding in audit.to_check)
    accepted = Counter(finding.check for finding, _ in audit.accepted)
    for check, rule in CHECKS.items():
        yield {
            "controle": check,
            "regle": rule,
            "faits": audit.counts.get(check),
            "bloquants": blocking[check],
            "a_verifier": to_check[check],
            "acceptes": accepted[check],
        }


def _finding(finding: Discrepancy) -> dict[str, Any]:
    return {
        "controle": finding.check,
        "cle": finding.key,
        "message": finding.message,
        "bloquant": finding.blocking,
        "premier": _side(finding.first, finding.first_value),
        "second": _side(finding.second, finding.second_value),
    }


def _side(place: Location | None, value: str) -> dict[str, str]:
    where = {"fichier": place.file, "lieu": place.where} if place else {}
    return {**where, "valeur": value}


def to_html(audit: Audit) -> str:
    """The audit as one self-contained page in French."""
    environment = page_environment(TEMPLATES, typeset=True)
    quoted = partial(json.dumps, ensure_ascii=False)
    environment.filters |= {
        "nombre": _written,
        "alike": _alike,
        "yaml": quoted,
        "verbatim": escape,
    }
    css = (TEMPLATES / "audit.css").read_text(encoding="utf-8")
    page = environment.get_template("audit.html.j2")
    reasons = {finding: acceptance.raison for finding, acceptance in audit.accepted}
    return page.render(audit=audit, reasons=reasons, checks=CHECKS, listed=LISTED, css=css)


def _alike(findings: Iterable[Discrepancy]) -> Iterable[list[Discrepancy]]:
    groups: dict[tuple[str, str], list[Discrepancy]] = {}
    for finding in findings:
        groups.setdefault((finding.check, finding.message), []).append(finding)
    return groups.values()


def _written(number: int) -> str:
    return f"{number:,}".replace(",", NNBSP)


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
