"""A disk that is full or refuses to be written: an error of the environment, and the former report untouched.

Slow: a build that cannot write at each of its stages, which alone shows a former report damaged.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.survival.building import Nursery, faults, renew, settled, tirage, told


@contextmanager
def mounted(directory: Path, options: str) -> Iterator[None]:
    """A small disk in memory at the directory; the test is not for who may not mount one."""
    directory.mkdir(exist_ok=True)
    command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(directory)]
    if os.geteuid() != 0 or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a disk")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", str(directory)], check=True)


@pytest.mark.slow
def test_a_disk_that_is_full_or_refuses_to_be_written_leaves_the_former_report(
    nursery: Nursery, place: Path
) -> None:
    outputs = place / "outputs"
    with mounted(outputs, "size=4m"):
        assert nursery.build(place) == 0
        filling = outputs / "autre chose"
        for room in (0, 150_000):
            renew(place, room + 1, counted=room == 0)
            fill(filling, room)
            refused(nursery, place, "le disque est plein")
        filling.unlink()
        subprocess.run(["mount", "-o", "remount,ro", str(outputs)], check=True)
        refused(nursery, place, "ce dossier est en lecture seule")
        subprocess.run(["mount", "-o", "remount,rw", str(outputs)], check=True)
        assert nursery.build(place) == 0
        assert tirage(place) == "150001"
        assert settled(place)


def refused(nursery: Nursery, place: Path, why: str) -> None:
    """See that a build says why the disk refuses, and leaves the former report."""
    before = len(told(place))
    assert nursery.build(place) == 5, told(place)
    assert why in told(place)[before:]
    assert "Traceback" not in told(place)
    assert not faults(place, nursery.marker)
    assert tirage(place) == "0"


def fill(path: Path, room: int) -> None:
    """Leave so many bytes of the disk free."""
    path.unlink(missing_ok=True)
    state = os.statvfs(path.parent)
    path.write_bytes(b"x" * max(0, state.f_bavail * state.f_frsize - room))
