"""What every test of the audit reads of the demonstration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from rlpipeline.published import Publication, read_publication
from tests.conftest import ROOT, YEAR


@pytest.fixture(scope="session")
def publication(demonstration: Path) -> Publication:
    return read_publication(demonstration)


@pytest.fixture(scope="session")
def texts() -> Mapping[str, str]:
    """Markdown of the demonstration's texts by name."""
    paths = (ROOT / "params" / str(YEAR) / "textes").glob("*.md")
    return {path.stem: path.read_text(encoding="utf-8") for path in paths}
