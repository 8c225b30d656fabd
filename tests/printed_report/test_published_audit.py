from __future__ import annotations

from pathlib import Path

from rlpipeline.printed_report import audit_printed, render_markdown

TITLE = "Audit du rapport imprimé de 2023"


def test_the_audit_in_the_docs_is_what_the_command_finds(root: Path) -> None:
    found = audit_printed(root / "data" / "imprime" / "2023")
    assert (root / "docs" / "audit-2023.md").read_text(encoding="utf-8") == render_markdown(found, TITLE)
