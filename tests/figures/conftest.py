"""The demonstration records, which the tests of indicators count."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.records import Records, open_records
from rlpipeline.settings.models import Service, load_service


@pytest.fixture(scope="session")
def service(root: Path) -> Service:
    return load_service(root / "params")


@pytest.fixture(scope="session")
def records(root: Path, service: Service) -> Records:
    return open_records(str(root / "data" / "exemple"), service)
