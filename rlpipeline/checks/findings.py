"""What checks find: the two places that disagree, what the service accepts of it, how many tests were made."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from rlpipeline.checks.model import Place
from rlpipeline.settings.acceptances import FILE, Acceptance


@dataclass(frozen=True)
class Finding:
    """Two things published that should agree and do not: two places, and what each says or should say.

    ``check`` is one of :data:`rlpipeline.settings.checks.CHECKS`; ``message`` one French sentence; ``second`` None
    where there is no other place; ``key`` the stable text that ``ecarts.yml`` names.
    """

    check: str
    message: str
    first: Place
    first_value: str
    second: Place | None
    second_value: str
    blocking: bool
    key: str


def covers(acceptance: Acceptance, finding: Finding) -> bool:
    """Whether a finding is the one accepted, with its values where they are given; spaces are alike."""
    given, values = (
        tuple(" ".join(value.split()) for value in of)
        for of in (acceptance.valeurs, (finding.first_value, finding.second_value))
    )
    return finding.key == acceptance.cle and given in ((), values)


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
    for acceptance in acceptances:
        covered = [(finding, acceptance) for finding in findings if covers(acceptance, finding)]
        accepted += covered
        outdated += [] if covered else [_outdated(acceptance, findings)]
    covered_ids = {id(finding) for finding, _ in accepted}
    return [*(finding for finding in findings if id(finding) not in covered_ids), *outdated], accepted


def _outdated(acceptance: Acceptance, findings: Sequence[Finding]) -> Finding:
    other = next((finding for finding in findings if finding.key == acceptance.cle), None)
    if other is not None:
        message = "Un écart accepté a d'autres valeurs que celles qui l'ont été : il n'est plus accepté."
        now = f"{other.first_value} et {other.second_value}"
    else:
        near = difflib.get_close_matches(acceptance.cle, [finding.key for finding in findings], n=1, cutoff=0.6)
        message = "Un écart accepté ne se produit pas (ou plus) : retirer cette acceptation."
        now = f"le plus proche des écarts trouvés est « {near[0]} »" if near else "aucun écart semblable"
    place, key = Place(FILE, f"clé « {acceptance.cle} »"), f"ecart_perime:{acceptance.cle}"
    accepted = " et ".join(acceptance.valeurs) or "accepté"
    return Finding("ecart_perime", message, place, accepted, None, now, False, key)


class Tested(NamedTuple):
    """One test: passed where there is no finding."""

    check: str
    finding: Finding | None = None


class Examination(NamedTuple):
    """What failed, in the order of the tests, and how many tests each check made."""

    findings: tuple[Finding, ...]
    counts: dict[str, int]


def examine(tests: Iterable[Tested]) -> Examination:
    """Make the tests."""
    counts: Counter[str] = Counter()
    findings: list[Finding] = []
    for test in tests:
        counts[test.check] += 1
        if test.finding is not None:
            findings.append(test.finding)
    return Examination(tuple(findings), dict(counts))
