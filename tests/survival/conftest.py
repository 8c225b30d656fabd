"""Where builds are killed."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.survival.building import Nursery, write_place

collect_ignore = (
    []
    if sys.platform == "linux"
    else ["test_kills.py", "test_interruptions.py", "test_disk.py", "test_second_edition.py"]
)


@pytest.fixture(scope="session")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return write_place(tmp_path)
