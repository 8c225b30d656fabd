"""Nothing published depends on the date: a build whose every process lives 500 days later publishes the same bytes."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from rlpipeline.execution.manifest import DURATIONS
from tests.conftest import ROOT
from tests.survival.building import write_place
from tests.survival.nursery import arguments

LIBRARIES = [path / "libfaketimeMT.so.1" for path in Path("/usr/lib").glob("*/faketime")]
DAYS = 500
SECONDS = 120
DATED = "import time\n_ = Path(source, '..', '..', '..', 'heure').resolve().write_text(str(time.time()))"


def shifted() -> dict[str, str]:
    """Environment of a process that lives later, with all that it starts."""
    # Without the command faketime, whose lock can outlive a killed process.
    offset = {"LD_PRELOAD": str(LIBRARIES[0]), "FAKETIME": f"+{DAYS}d"}
    return {**offset, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}


def built(place: Path, environment: dict[str, str]) -> dict[str, bytes]:
    write_place(place, cells=(DATED,))
    command = [sys.executable, "-m", "rlpipeline.cli", *arguments(place)]
    subprocess.run(command, cwd=ROOT, env=os.environ | environment, capture_output=True, timeout=SECONDS, check=True)
    directory = place / "outputs" / "2022"
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


@pytest.mark.skipif(not LIBRARIES, reason="libfaketime is not installed")
def test_a_build_of_another_day_publishes_the_same(tmp_path: Path) -> None:
    now, then = built(tmp_path / "a", {}), built(tmp_path / "b", shifted())
    manifests = [json.loads(files.pop("manifest.json")) for files in (now, then)]
    for manifest in manifests:
        del manifest[DURATIONS]
    assert manifests[0] == manifests[1]
    assert now == then
    hour = float((tmp_path / "b" / "heure").read_text())  # as the kernels saw it
    assert hour > time.time() + (DAYS - 1) * 86400
