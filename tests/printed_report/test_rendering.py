from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path

import pytest

from rlpipeline.printed_report import CHECKS, Finding, audit_printed, render_json, render_markdown, render_text

REPORT = Path(__file__).parents[2] / "data" / "imprime" / "2023"


@pytest.fixture(scope="module")
def findings() -> tuple[Finding, ...]:
    return audit_printed(REPORT)


def test_the_text_says_how_many_and_where(findings: tuple[Finding, ...]) -> None:
    text = render_text(findings)
    certain = sum(finding.certitude == "certain" for finding in findings)
    assert text.startswith(f"{len(findings)} constats : {certain} certains")
    assert all(finding.fichier in text for finding in findings)


def test_the_json_has_every_field_of_every_finding(findings: tuple[Finding, ...]) -> None:
    assert json.loads(render_json(findings)) == [asdict(finding) for finding in findings]


def test_the_page_counts_by_kind_and_tells_each(findings: tuple[Finding, ...]) -> None:
    page = render_markdown(findings, "Audit du rapport imprimé de 2023")
    lines = page.splitlines()
    assert lines[0] == "# Audit du rapport imprimé de 2023"
    chapters = [line.removeprefix("## ").lower() for line in lines if line.startswith("## ")]
    assert chapters == [CHECKS[kind].lower() for kind in CHECKS if any(entry.controle == kind for entry in findings)]
    rows = [
        line for line in lines if line.startswith("| ") and line.endswith((" certain |", " probable |", " à lire |"))
    ]
    assert len(rows) == len(findings)


def test_a_bar_or_a_star_of_the_report_breaks_no_table() -> None:
    finding = Finding("dates", "certain", "p.md", 1, "a | b", "*", "", "", "c | d")
    row = render_markdown((finding,), "t").splitlines()[-1]
    assert row == "| a \\| b (`p.md`) | \\* |  | c \\| d | certain |"


def test_nothing_wrong_is_said_too() -> None:
    assert render_text(()) == "Aucun écart relevé.\n"
    assert json.loads(render_json(())) == []
    assert "Aucun écart relevé." in render_markdown((), "t")


def test_findings_come_by_kind_then_by_place_each_once(findings: tuple[Finding, ...]) -> None:
    order = list(CHECKS)
    keys = [(order.index(entry.controle), entry.fichier, entry.ligne) for entry in findings]
    assert keys == sorted(keys)
    assert len(set(findings)) == len(findings)


def test_the_library_that_is_missing_is_named_with_what_to_install() -> None:
    without = "import sys; sys.modules['simplemma'] = None; from rlpipeline.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", without, "audit", "--printed", str(REPORT)]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 5
    assert "simplemma" in ended.stderr
    assert '".[printed]"' in ended.stderr
