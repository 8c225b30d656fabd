"""Records of the demonstration, made once for all tests."""

from pathlib import Path

import pytest

from rlpipeline.cli import main
from rlpipeline.demo import write_demo
from rlpipeline.demo.margins import printed_margins
from rlpipeline.demo.reconcile import Reconciliation, reconcile


@pytest.fixture(scope="session")
def found() -> Reconciliation:
    return reconcile(printed_margins())


@pytest.fixture(scope="session")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration without options."""
    folder = tmp_path_factory.mktemp("rebuilt")
    assert main(["demo", "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="session")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Twelve made-up communes."""
    folder = tmp_path_factory.mktemp("made_up")
    write_demo(folder, communes=12, years=(2019, 2020), seed=5)
    return folder
