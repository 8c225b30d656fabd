"""Recall and precision on reports made up at random: sentences of four hands, tables with one wrong cell each.

Slow: the sentences of the other hands.
"""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path

import pytest

from rlpipeline.printed_report import TO_READ, Finding, audit_printed
from tests.printed_report.made_up import HANDS, made_up, made_up_tables, write

SEEDS = range(6)
FIRST_SIGHT = {"note": "119 / 168", "recit": "97 / 155", "fiche": "84 / 160", "oral": "103 / 177"}
"""What the audit found on the day the sentences were written, before any rule was mended."""


@pytest.mark.parametrize("hand", HANDS[:1] + tuple(pytest.param(one, marks=pytest.mark.slow) for one in HANDS[1:]))
def test_errors_of_the_text_are_found_and_nothing_certain_is_false(
    hand: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    planted, missed = Counter[str](), Counter[str]()
    asserted: list[Finding] = []
    false: list[Finding] = []
    for seed in SEEDS:
        report = made_up(seed, hand)
        write(report.files, tmp_path / str(seed))
        findings = audit_printed(tmp_path / str(seed))
        wrong = [sentence for sentence in report.sentences if sentence.wrong]
        planted.update(sentence.family for sentence in wrong)
        told = {sentence for sentence in wrong if any(sentence.text in finding.message for finding in findings)}
        missed.update(sentence.family for sentence in wrong if sentence not in told)
        asserted += (said := [finding for finding in findings if finding.certitude != TO_READ])
        false += [finding for finding in said if not any(sentence.text in finding.message for sentence in wrong)]
    found = planted.total() - missed.total()
    with capsys.disabled():
        sys.stdout.write(
            f"\n{hand}: {found} / {planted.total()} (à première vue {FIRST_SIGHT[hand]}), "
            f"faux {len(false)} / {len(asserted)}\n"
        )
    assert found / planted.total() >= 0.9, missed
    assert [finding.message for finding in false if finding.certitude == "certain"] == []
    assert len(false) <= 0.15 * len(asserted)


@pytest.mark.parametrize("seed", SEEDS)
def test_wrong_cells_are_found_and_no_other(seed: int, tmp_path: Path) -> None:
    files, wrong = made_up_tables(seed)
    write(files, tmp_path)
    findings = audit_printed(tmp_path)

    def about(finding: Finding, table: str, printed: str) -> bool:
        return table in f"{finding.fichier} {finding.message}" and printed in finding.imprime + finding.message

    missed = [cell for cell in wrong if not any(about(finding, cell.table, cell.printed) for finding in findings)]
    assert len(missed) <= 1, missed
    assert [
        finding.message
        for finding in findings
        if finding.certitude != TO_READ and not any(about(finding, cell.table, cell.printed) for cell in wrong)
    ] == []
