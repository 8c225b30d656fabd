from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from rlpipeline.printed_report import Finding, audit_printed

Audit = Callable[[dict[str, str]], tuple[Finding, ...]]

FIXTURE_PROSE = "# Rapport\n\nLe service présente son activité.\n"


@pytest.fixture
def audit(tmp_path: Path) -> Audit:
    """Audit a report given as file names and texts; a page of harmless prose is added."""

    def write_and_audit(files: dict[str, str]) -> tuple[Finding, ...]:
        for name, text in {"page.md": FIXTURE_PROSE, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return audit_printed(tmp_path)

    return write_and_audit


@pytest.fixture
def kinds(audit: Audit) -> Callable[..., list[tuple[str, str]]]:
    """Audit a report and keep the kind and the certainty of each finding."""

    def audited(**files: str) -> list[tuple[str, str]]:
        named = {name.replace("__", "."): text for name, text in files.items()}
        return [(finding.controle, finding.certitude) for finding in audit(named)]

    return audited
