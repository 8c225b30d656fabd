"""What one test of a relation gives: the check it belongs to, and the finding where it fails."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from rlpipeline.audit.findings import Finding


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
