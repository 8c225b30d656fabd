from __future__ import annotations

import multiprocessing
import os
import signal
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from rlpipeline.errors import ToolError
from rlpipeline.execution import output_folder
from rlpipeline.execution.output_folder import lock_path, only_build, recover, staged


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """A former publication."""
    target = tmp_path / "outputs" / "2023"
    target.mkdir(parents=True)
    (target / "rapport.html").write_text("ancien", encoding="utf-8")
    return target


def content(directory: Path) -> dict[str, str]:
    return {
        path.relative_to(directory).as_posix(): path.read_text(encoding="utf-8")
        for path in directory.rglob("*")
        if path.is_file()
    }


def alone(target: Path) -> bool:
    return [path.name for path in target.parent.iterdir()] == [target.name]


def test_a_new_publication_replaces_the_former_whole(target: Path) -> None:
    (target / "perime.html").write_text("x", encoding="utf-8")
    with staged(target) as staging:
        (staging / "rapport.html").write_text("nouveau", encoding="utf-8")
        assert content(target)["rapport.html"] == "ancien"
    assert content(target) == {"rapport.html": "nouveau"}
    assert alone(target)


def test_the_edition_to_share_outlives_the_internal_one(target: Path) -> None:
    (target / "diffusion").mkdir()
    (target / "diffusion" / "rapport.html").write_text("à partager", encoding="utf-8")
    with staged(target) as staging:
        (staging / "rapport.html").write_text("nouveau", encoding="utf-8")
    assert content(target) == {"rapport.html": "nouveau", "diffusion/rapport.html": "à partager"}


def test_an_error_leaves_the_former_publication(target: Path) -> None:
    with pytest.raises(ZeroDivisionError), staged(target) as staging:
        (staging / "rapport.html").write_text("nouveau", encoding="utf-8")
        raise ZeroDivisionError
    assert content(target) == {"rapport.html": "ancien"}
    assert alone(target)


def test_a_rename_that_fails_brings_the_former_back(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rename = Path.rename

    def refuse(self: Path, new: Path) -> Path:
        if "-nouveau-" in self.name:
            raise PermissionError(13, "Permission denied")
        return rename(self, new)

    monkeypatch.setattr(Path, "rename", refuse)
    monkeypatch.setattr(output_folder, "exchange", lambda *_: False)
    with pytest.raises(PermissionError), staged(target) as staging:
        (staging / "rapport.html").write_text("nouveau", encoding="utf-8")
    assert content(target) == {"rapport.html": "ancien"}
    assert alone(target)


@pytest.mark.parametrize(
    "renamed", [True, False], ids=["between the renames", "before or after them"]
)
@pytest.mark.parametrize("kind", ["ancien", "nouveau"])
def test_what_a_killed_process_left_is_repaired(target: Path, kind: str, renamed: bool) -> None:
    (target / "diffusion").mkdir()
    (target / "diffusion" / "a").write_text("x", encoding="utf-8")
    left = target.with_name(f".2023-{kind}-abc")
    if renamed and kind == "ancien":
        target.rename(left)
    else:
        left.mkdir()
        (target / "diffusion").rename(left / "diffusion")
    recover(target)
    assert content(target) == {"rapport.html": "ancien", "diffusion/a": "x"}
    assert alone(target)


def hold(target: str, ready: Event) -> None:
    with only_build(Path(target)):
        ready.set()
        signal.pause()


def test_a_lock_goes_away_with_the_block_even_after_an_error(tmp_path: Path) -> None:
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


def test_the_system_releases_the_lock_of_a_killed_process(tmp_path: Path) -> None:
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


def test_a_file_that_its_former_holder_removed_is_no_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    locking, tries = output_folder.lock, []

    def removed_meanwhile(descriptor: int) -> None:
        locking(descriptor)
        tries.append(descriptor)
        if len(tries) == 1:
            lock_path(tmp_path / "2023").unlink()

    monkeypatch.setattr(output_folder, "lock", removed_meanwhile)
    with only_build(tmp_path / "2023"):
        assert len(tries) == 2
        assert lock_path(tmp_path / "2023").is_file()


def test_a_folder_without_locks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def unsupported(_: int) -> None:
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr(output_folder, "lock", unsupported)
    with pytest.raises(ToolError, match="deux calculs à la fois"), only_build(tmp_path / "2023"):
        pass


def test_who_is_interrupted_while_a_lock_is_taken_leaves_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(output_folder, "lock", lambda _: signal.raise_signal(signal.SIGINT))
    with pytest.raises(KeyboardInterrupt), only_build(tmp_path / "2023"):
        pass
    assert [*tmp_path.iterdir()] == []
