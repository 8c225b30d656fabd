"""All the checks of a publication, and its audit: what fails, what is accepted, how many tests were made."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from rlpipeline.checks.addresses import Former, Sources, check_addresses
from rlpipeline.checks.dictionary import linked
from rlpipeline.checks.findings import Finding, Tested, examine, sort_out
from rlpipeline.checks.model import Place
from rlpipeline.checks.reading import MANIFEST, Publication, read_publication, readable
from rlpipeline.checks.relations import LIST, Declared, Recount, check_dictionary, check_list, check_recount
from rlpipeline.checks.relations import check_relations as relations
from rlpipeline.checks.texts import NamesOf, Printed, Typed, mark_pages, scan
from rlpipeline.settings.acceptances import Acceptance
from rlpipeline.settings.checks import CHECKS

COUNTED = "calculé"
"""Origin of the figures counted from the records."""
CHANGED = "Un fichier publié a été changé, ou enlevé, après la construction."


@dataclass(frozen=True)
class Context:
    """What the checks are told beside the publication.

    ``former`` gives figures that are not published, of other years above all; ``before``: whether those of the year
    before are held against one another too; ``text_of`` gives the Markdown of a text by its name; ``names`` what the
    lines and columns of a table are called in another year; ``recount`` counts an indicator again; where the report is
    validated, what was typed by hand blocks; ``said`` is what every page says of the records.
    """

    declared: Declared
    former: Former | None = None
    before: bool = True
    text_of: Callable[[str], str | None] = lambda name: None
    names: NamesOf | None = None
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


def check_publication(publication: Publication, context: Context) -> tuple[tuple[Finding, ...], dict[str, int]]:
    """Make all the checks; give what failed, once each, and how many tests each check made.

    Raises
    ------
    ReconciliationError
        It cannot be read, or does not say what links its tables.
    """
    findings, counts, _ = _checked(publication, context)
    return findings, counts


def _checked(
    publication: Publication, context: Context
) -> tuple[tuple[Finding, ...], dict[str, int], Mapping[Finding, Typed]]:
    with readable(publication.directory):
        printed = Printed(context.text_of)
        failed, counts = examine(_tests(publication, context, printed))
        read = scan(printed.texts, Sources(publication, context.former), context.names)
    by_key = {each.key: each for each in read.typed}
    typed = {each.finding(context.validated): each for each in by_key.values()}
    return _in_order([*failed, *typed]), {**counts, **read.counts}, typed


def _check_digests(publication: Publication) -> Iterator[Tested]:
    """Test that every file is the one that was written, where the manifest says which."""
    for name, digest in publication.digests.items():
        path = publication.directory / name
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "absent"
        words = "un autre contenu" if path.is_file() else found
        told = Place(name, ""), words, Place(MANIFEST, ""), "le fichier tel qu'il a été écrit"
        finding = Finding("empreinte", CHANGED, *told, True, f"empreinte:{name}")
        yield Tested("empreinte", None if found == digest else finding)


def _tests(publication: Publication, context: Context, printed: Printed) -> Iterator[Tested]:
    figures, dictionary = publication.figures, publication.dictionary
    yield from _check_digests(publication)
    declared = replace(context.declared, links=linked(dictionary, publication.directory))
    yield from check_dictionary({key.indicateur for key in figures}, dictionary.declared, declared)
    yield from check_list(publication.files.get(LIST, ()), figures, publication.year)
    former = {key: of.figure for key, of in publication.former.items() if of.origine == COUNTED}
    before = {key: figure for key, figure in former.items() if key not in figures}
    yield from check_recount({**figures, **before}, context.recount, declared) if context.recount else ()
    yield from relations({**figures, **(before if context.before else {})}, publication.titles, declared)
    yield from check_addresses(publication, context.former, printed.gather)


def audit_publication(directory: Path, context: Context, mark: bool = False) -> Audit:
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
    year = context.declared.year
    publication = read_publication(directory, year)
    findings, counts, typed = _checked(publication, context)
    standing, accepted = sort_out(findings, context.acceptances)
    if mark and not context.validated:
        mark_pages(directory, publication.pages, [typed[finding] for finding in standing if finding in typed])
    counts |= {"ecart_perime": len(context.acceptances)}
    words = context.service, context.titre or f"Rapport d'activité {year}", context.validated
    return Audit(year, *words, _in_order(standing), tuple(accepted), counts, context.said)


def _in_order(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Blocking first, then in the order of the checks; each once."""
    rank = {check: position for position, check in enumerate(CHECKS)}
    return tuple(sorted(dict.fromkeys(findings), key=lambda of: (not of.blocking, rank[of.check])))
