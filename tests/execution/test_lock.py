from __future__ import annotations

import multiprocessing
import os
import signal
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from rlpipeline.errors import ToolError
from rlpipeline.execution import install
from rlpipeline.execution.install import lock_path, only_build


def hold(target: str, ready: Event) -> None:
    with only_build(Path(target)):
        ready.set()
        signal.pause()


def test_it_goes_away_with_the_block_even_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), only_build(tmp_path / "out" / "2023"):
        assert lock_path(tmp_path / "out" / "2023").is_file()
        raise ZeroDivisionError
    assert not list((tmp_path / "out").iterdir())


def test_a_second_holder_is_refused_and_told_who_has_it(tmp_path: Path) -> None:
    target = tmp_path / "2023"
    with only_build(target):
        with pytest.raises(ToolError, match="en cours") as caught, only_build(target):
            pass
        assert f"processus {os.getpid()}, depuis le" in str(caught.value)
        assert caught.value.exit_code == 5
        with only_build(tmp_path / "2022"):
            pass
        assert lock_path(target).is_file()


def test_the_system_releases_that_of_a_killed_process(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    holder = context.Process(target=hold, args=(str(tmp_path / "2023"), ready))
    holder.start()
    assert ready.wait(20)
    with pytest.raises(ToolError), only_build(tmp_path / "2023"):
        pass
    holder.kill()
    holder.join()
    assert lock_path(tmp_path / "2023").is_file()
    with only_build(tmp_path / "2023"):
        pass
    assert not list(tmp_path.iterdir())


def test_a_file_that_its_former_holder_removed_is_no_lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locking, tries = install._lock, []

    def removed_meanwhile(descriptor: int) -> None:
        locking(descriptor)
        tries.append(descriptor)
        if len(tries) == 1:
            lock_path(tmp_path / "2023").unlink()

    monkeypatch.setattr(install, "_lock", removed_meanwhile)
    with only_build(tmp_path / "2023"):
        assert len(tries) == 2
        assert lock_path(tmp_path / "2023").is_file()


def test_a_folder_without_locks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(_: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(install, "_lock", unsupported)
    with pytest.raises(ToolError, match="deux calculs à la fois"), only_build(tmp_path / "2023"):
        pass
