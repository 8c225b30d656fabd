"""The prose of the demonstration."""

from __future__ import annotations

import re
from pathlib import Path


def test_texts_hold_no_telephone_no_mail_address(root: Path) -> None:
    for path in (root / "params").rglob("*.md"):
        source = path.read_text(encoding="utf-8")
        assert not re.search(r"\b0\d([ .]\d\d){4}\b|[\w.]+@[\w.]+", source), path
