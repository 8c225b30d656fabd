"""The service of the demonstration, whose records the tests of indicators count."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.settings.models import Service, load_service


@pytest.fixture(scope="session")
def service(root: Path) -> Service:
    return load_service(root / "params")
