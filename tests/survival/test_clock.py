"""Nothing published depends on the date: a build whose every process lives 500 days later publishes the same bytes.

Slow: two builds, which alone show a date of the day among thousands of lines.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.another_day import DAYS, LIBRARIES, shifted
from tests.conftest import ROOT
from tests.publications import Tree, differences, published
from tests.survival.building import write_place
from tests.survival.nursery import arguments

SECONDS = 120
DATED = "import time\n_ = Path(source, '..', '..', '..', 'heure').resolve().write_text(str(time.time()))"


def built(place: Path, environment: dict[str, str]) -> Tree:
    write_place(place, cells=(DATED,))
    command = [sys.executable, "-m", "rlpipeline.cli", *arguments(place)]
    subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, timeout=SECONDS, check=True)
    return published(place / "outputs" / "2022")


@pytest.mark.slow
@pytest.mark.skipif(not LIBRARIES, reason="libfaketime is not installed")
def test_a_build_of_another_day_publishes_the_same(tmp_path: Path) -> None:
    now, then = built(tmp_path / "a", {}), built(tmp_path / "b", shifted())
    assert not differences(now, then)
    hour = float((tmp_path / "b" / "heure").read_text())  # as the chapters saw it
    assert hour > time.time() + (DAYS - 1) * 86400
