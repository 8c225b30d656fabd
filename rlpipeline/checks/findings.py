"""What checks find: the two places that disagree, what the service accepts of it, how many tests were made."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from rlpipeline.checks.model import Place
from rlpipeline.settings.acceptances import FILE, Acceptance


@dataclass(frozen=True)
class Finding:
    """Two things published that should agree and do not.

    Parameters
    ----------
    check
        One of :data:`rlpipeline.settings.checks.CHECKS`.
    message
        What is wrong, one French sentence.
    first, first_value
        A place, and what it says.
    second, second_value
        The other place, None where there is none, and what it says or should say.
    blocking
        Whether nothing is published because of it.
    key
        Stable text that ``ecarts.yml`` names: ``total_colonne:accompagnes/2023/service/total/F``.
    """

    check: str
    message: str
    first: Place
    first_value: str
    second: Place | None
    second_value: str
    blocking: bool
    key: str


def covers(one: Acceptance, finding: Finding) -> bool:
    """Whether a finding is the one accepted, with its values where they are given."""
    if finding.key != one.cle:
        return False
    values = tuple(_plain(value) for value in (finding.first_value, finding.second_value))
    return not one.valeurs or values == tuple(_plain(value) for value in one.valeurs)


def sort_out(
    findings: Sequence[Finding], acceptances: Iterable[Acceptance]
) -> tuple[list[Finding], list[tuple[Finding, Acceptance]]]:
    """Part the findings that stand from those that the service accepts.

    Returns
    -------
    Those that stand, then those accepted, each with its reason. What is accepted and does not occur stands, without
    blocking.
    """
    accepted: list[tuple[Finding, Acceptance]] = []
    outdated: list[Finding] = []
    for one in acceptances:
        covered = [(finding, one) for finding in findings if covers(one, finding)]
        accepted += covered
        if not covered:
            outdated.append(_outdated(one, findings))
    covered_ids = {id(finding) for finding, _ in accepted}
    standing = [finding for finding in findings if id(finding) not in covered_ids]
    return [*standing, *outdated], accepted


def _outdated(one: Acceptance, findings: Sequence[Finding]) -> Finding:
    other = next((finding for finding in findings if finding.key == one.cle), None)
    if other is not None:
        message = "Un écart accepté a d'autres valeurs que celles qui l'ont été : il n'est plus accepté."
        now = f"{other.first_value} et {other.second_value}"
    else:
        near = difflib.get_close_matches(one.cle, [finding.key for finding in findings], n=1, cutoff=0.6)
        message = "Un écart accepté ne se produit pas (ou plus) : retirer cette acceptation."
        now = f"le plus proche des écarts trouvés est « {near[0]} »" if near else "aucun écart semblable"
    return Finding(
        check="ecart_perime",
        message=message,
        first=Place(FILE, f"clé « {one.cle} »"),
        first_value=" et ".join(one.valeurs) or "accepté",
        second=None,
        second_value=now,
        blocking=False,
        key=f"ecart_perime:{one.cle}",
    )


def _plain(value: str) -> str:
    """The words with ordinary single spaces: a person copies them from a page that has others."""
    return " ".join(value.split())


@dataclass(frozen=True)
class Tested:
    """One test: passed where there is no finding."""

    check: str
    finding: Finding | None = None


@dataclass(frozen=True)
class Examination:
    """What failed, and how many tests each check made."""

    findings: tuple[Finding, ...]
    counts: Mapping[str, int]


def examine(tests: Iterable[Tested]) -> Examination:
    """Make the tests and keep what failed, in their order."""
    counts: Counter[str] = Counter()
    findings: list[Finding] = []
    for test in tests:
        counts[test.check] += 1
        if test.finding is not None:
            findings.append(test.finding)
    return Examination(tuple(findings), dict(counts))
