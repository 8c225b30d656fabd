"""Interrupted, or started twice: the state can be resumed, and the result is that of a build left alone.

Slow: what the lock of ``tests/execution`` and the keys of ``tests/test_incremental.py`` show in part, together.
"""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.publications import differences, published
from tests.survival.building import Nursery, command_line, faults, settled, told, write_place
from tests.waiting import eventually

pytestmark = pytest.mark.slow
SLOW = (
    "import time\nif not Path(source, '..', '..', '..', 'vite').resolve().exists(): time.sleep(60)"
)


def kept(place: Path) -> list[Path]:
    return [*(place / "outputs" / ".2022-memoire").glob("chapitre-*")]


def test_ctrl_c_on_the_command_line_ends_in_order(place: Path) -> None:
    write_place(place, cells=(SLOW,))
    with command_line(place) as build:
        assert eventually(lambda: kept(place))
        os.kill(build.pid, signal.SIGINT)
        said, _ = build.communicate(timeout=60)
    assert build.returncode == 130, said
    assert "Interrompu." in said
    assert "Traceback" not in said
    assert not faults(place, build.marker)  # type: ignore[attr-defined]
    assert {path.name for path in (place / "outputs").iterdir()} == {".2022-memoire"}


def test_a_second_build_is_refused_and_the_one_after_an_interruption_goes_on(
    nursery: Nursery, tmp_path: Path
) -> None:
    place = write_place(tmp_path / "a", cells=(SLOW,))
    first = nursery.start(place)
    marker = nursery.marker
    assert eventually(lambda: kept(place))
    assert nursery.build(place) == 5
    assert "Le même rapport est déjà en cours de calcul." in told(place)
    assert f"processus {first}" in told(place)
    os.kill(first, signal.SIGTERM)
    assert nursery.wait(first) == 143
    assert not faults(place, marker)
    assert {path.name for path in (place / "outputs").iterdir()} == {".2022-memoire"}
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in kept(place))
    (place / "vite").touch()
    assert nursery.build(place) == 0
    assert "Reprise : 1 chapitre déjà exécuté" in told(place)
    assert settled(place)
    alone = write_place(tmp_path / "b", cells=(SLOW,))
    (alone / "vite").touch()
    assert nursery.build(alone) == 0
    resumed, whole = (published(built / "outputs" / "2022") for built in (place, alone))
    assert not differences(whole, resumed), differences(whole, resumed)
