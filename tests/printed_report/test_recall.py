"""Recall and precision of the audit on printed reports whose errors are known; the table is printed.

Slow: all of it, whole reports measured, the same before errors were planted in them; ``test_made_up.py`` reads one.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pytest

from rlpipeline.printed_report import CHECKS, TO_READ, Finding, audit_printed

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
REPORTS = {"2023": Path(__file__).parents[2] / "data" / "imprime" / "2023"} | {
    folder.name: folder / "rapport" for folder in sorted(HERE.iterdir()) if (folder / "rapport").is_dir()
}
KNOWN = [name for name in REPORTS if (HERE / name / "attendus.csv").is_file()]
FIRST_SIGHT = {
    "deux_rives": "21/28, précision 51 %, 3 certains faux",
    "bocage": "17/30, précision 69 %, 5 certains faux",
    "metropole": "16/30, précision 71 %, 6 certains faux",
}
"""What the audit gave on a report written by a hand that did not read its code, on the day it was first run on it."""
Entry = dict[str, str]


@dataclass(frozen=True)
class Score:
    """Findings of a report against what was expected of it."""

    findings: tuple[Finding, ...]
    expected: list[Entry]
    consequences: list[Entry]
    traps: list[Entry]

    @cached_property
    def missed(self) -> list[Entry]:
        return [entry for entry in self.expected if not any(told(finding, entry) for finding in self.findings)]

    @cached_property
    def true(self) -> list[Finding]:
        entries = [*self.expected, *self.consequences]
        return [finding for finding in self.asserted if any(told(finding, entry) for entry in entries)]

    @cached_property
    def false(self) -> list[Finding]:
        return [finding for finding in self.asserted if finding not in self.true]

    @cached_property
    def asserted(self) -> list[Finding]:
        """Findings that say that something is wrong, those « à lire » left out."""
        return [finding for finding in self.findings if finding.certitude != TO_READ]


def entries(path: Path) -> list[Entry]:
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def folded(text: str) -> str:
    return re.sub(r"\s", "", text).casefold()


def about(finding: Finding, entry: Entry) -> bool:
    """Whether a finding is in the file of an entry and speaks of its landmark; « - » is any place of the file."""
    landmark = "" if entry["repere"] == "-" else folded(entry["repere"])
    place = folded(finding.lieu + finding.imprime + finding.message)
    return Path(finding.fichier).name in entry["fichier"].split("|") and landmark in place


def told(finding: Finding, entry: Entry) -> bool:
    return about(finding, entry) and finding.controle in entry["controle"].split("|")


@pytest.fixture(scope="module")
def scores() -> dict[str, Score]:
    return {
        name: Score(
            audit_printed(REPORTS[name]),
            entries(HERE / name / "attendus.csv"),
            entries(HERE / name / "consequences.csv"),
            entries(HERE / name / "pieges.csv"),
        )
        for name in KNOWN
    }


def test_recall_and_precision_are_printed(scores: dict[str, Score], capsys: pytest.CaptureFixture[str]) -> None:
    lines = [f"{'rapport':<10} {'contrôle':<20} {'attendus':>8} {'trouvés':>8} {'constats':>8} {'faux':>5}"]
    for name, score in scores.items():
        asked = Counter(entry["controle"].split("|")[0] for entry in score.expected)
        lost = Counter(entry["controle"].split("|")[0] for entry in score.missed)
        said, wrong = (Counter(entry.controle for entry in group) for group in (score.asserted, score.false))
        for kind in CHECKS:
            if asked[kind] or said[kind]:
                counts = f"{asked[kind]:>8} {asked[kind] - lost[kind]:>8} {said[kind]:>8} {wrong[kind]:>5}"
                lines.append(f"{name:<10} {kind:<20} {counts}")
        recall = 1 - len(score.missed) / len(score.expected)
        precision = len(score.true) / len(score.asserted)
        lines.append(f"{name:<10} {'rappel':<20} {recall:>8.1%}   précision {precision:.1%}")
        if name in FIRST_SIGHT:
            lines.append(f"{name:<10} {'à première vue':<20} {FIRST_SIGHT[name]}")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(lines) + "\n")
    assert {"2023", "littoral", "vallee", *FIRST_SIGHT} <= set(scores)


@pytest.mark.parametrize("name", KNOWN)
def test_every_error_is_found_but_those_whose_reason_is_written(scores: dict[str, Score], name: str) -> None:
    reasons = {entry["id"]: entry["raison"] for entry in entries(HERE / name / "manques.csv")}
    assert {entry["id"] for entry in scores[name].missed} == set(reasons)
    assert all(reasons.values())


@pytest.mark.parametrize("name", KNOWN)
def test_nothing_certain_is_wrong(scores: dict[str, Score], name: str) -> None:
    assert [finding.message for finding in scores[name].false if finding.certitude == "certain"] == []


@pytest.mark.parametrize("name", KNOWN)
def test_precision_is_kept(scores: dict[str, Score], name: str) -> None:
    assert len(scores[name].true) / len(scores[name].asserted) >= 0.95


@pytest.mark.parametrize("name", KNOWN)
def test_few_numbers_are_left_to_read(scores: dict[str, Score], name: str) -> None:
    score = scores[name]
    assert len(score.findings) - len(score.asserted) <= 3


@pytest.mark.parametrize("name", KNOWN)
def test_no_trap_raises_anything_certain(scores: dict[str, Score], name: str) -> None:
    score = scores[name]
    wrong = [finding for finding in score.false if finding.certitude == "certain"]
    assert [(trap["id"], finding.message) for trap in score.traps for finding in wrong if about(finding, trap)] == []


@pytest.mark.parametrize("name", [name for name in REPORTS if (HERE / name / "sain").is_dir()])
def test_the_report_without_errors_raises_nothing_certain(name: str) -> None:
    findings = audit_printed(HERE / name / "sain")
    assert [finding.message for finding in findings if finding.certitude == "certain"] == []
    assert len(findings) <= 3


def test_the_smallest_report_raises_nothing() -> None:
    assert audit_printed(HERE / "minimal" / "rapport") == ()
