"""What the tests of the audit are told beside the demonstration."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.checks.audit import Context
from rlpipeline.figures import Store
from rlpipeline.pipeline.reconciliation import context_of
from rlpipeline.settings.models import load_settings
from tests.conftest import ROOT, YEAR


@pytest.fixture(scope="session")
def asked(store: Path) -> Context:
    """What a build tells the audit of the demonstration."""
    return context_of(load_settings(ROOT / "params", YEAR), Store(store))
