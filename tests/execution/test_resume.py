from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from rlpipeline.execution import resume
from rlpipeline.execution.outcome import Failure, Outcome
from rlpipeline.execution.plan import Task
from rlpipeline.execution.resume import Kept
from rlpipeline.execution.workspace import Workspace
from tests.execution.made_up import task, write_chapter


@pytest.fixture
def own(tmp_path: Path) -> Task:
    return task(write_chapter(tmp_path / "nb" / "01_edito.ipynb", ["1"]))


def kept_in(tmp_path: Path, run: str) -> Kept:
    workspace = Workspace(tmp_path / run)
    for path in (workspace.records / "jeunes.parquet", workspace.params / "service.yml"):
        path.parent.mkdir(parents=True)
        path.write_text("x", encoding="utf-8")
    (tmp_path / "out").mkdir(exist_ok=True)
    return Kept(tmp_path / "out" / "2023", workspace)


def done(kept: Kept, own: Task) -> Outcome:
    executed = kept.workspace.executed(own)
    executed.parent.mkdir(parents=True, exist_ok=True)
    executed.write_text("exécuté", encoding="utf-8")
    return Outcome(own, "ok", executed, None, 1.0)


@pytest.fixture
def interrupted(tmp_path: Path, own: Task) -> Kept:
    kept = kept_in(tmp_path, "premier")
    kept.prepare([own])
    kept.keep(done(kept, own))
    return kept


def test_the_next_build_takes_what_was_done(interrupted: Kept, tmp_path: Path, own: Task) -> None:
    again = kept_in(tmp_path, "second")
    again.prepare([own])
    outcome = again.take(own)
    assert outcome is not None
    assert outcome.notebook == again.workspace.executed(own)
    assert outcome.notebook.read_text(encoding="utf-8") == "exécuté"
    again.forget()
    assert again.take(own) is None
    assert not list((tmp_path / "out").iterdir())


def test_it_is_the_owners_alone(interrupted: Kept) -> None:
    assert interrupted.directory.stat().st_mode & 0o777 == 0o700
    assert [path.stat().st_mode & 0o777 for path in interrupted.directory.iterdir()] == [0o600]


def change_notebook(kept: Kept, own: Task) -> Task:
    write_chapter(own.notebook, ["2"])
    return own


def change_file(of: Callable[[Workspace], Path]) -> Callable[[Kept, Task], Task]:
    def change(kept: Kept, own: Task) -> Task:
        of(kept.workspace).write_text("y", encoding="utf-8")
        return own

    return change


CHANGES: dict[str, Callable[[Kept, Task], Task]] = {
    "records": change_file(lambda workspace: workspace.records / "jeunes.parquet"),
    "a table more": change_file(lambda workspace: workspace.records / "suivis.parquet"),
    "settings": change_file(lambda workspace: workspace.params / "service.yml"),
    "notebook": change_notebook,
    "territory": lambda _, own: replace(own, territory="62215"),
    "edition": lambda _, own: replace(own, edition="diffusion"),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_depends_on_a_change_is_not_taken(interrupted: Kept, tmp_path: Path, own: Task, name: str) -> None:
    again = kept_in(tmp_path, "second")
    changed = CHANGES[name](again, own)
    assert again.take(changed) is None
    again.prepare([changed])
    assert not list(again.directory.iterdir())


def test_our_own_sources_versions_and_kernel_count(
    interrupted: Kept, tmp_path: Path, own: Task, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert replace(interrupted, kernel="python3").take(own) is None
    with monkeypatch.context() as patch:
        patch.setattr(resume.platform, "python_version", lambda: "4.0.0")
        assert replace(interrupted).take(own) is None
    with monkeypatch.context() as patch:
        patch.setattr(resume, "distributions", list)
        assert replace(interrupted).take(own) is None
    monkeypatch.setattr(resume, "PACKAGE", tmp_path / "nb")
    assert replace(interrupted).take(own) is None


def test_force_takes_nothing(interrupted: Kept, own: Task) -> None:
    interrupted.prepare([own], force=True)
    assert interrupted.take(own) is None


def test_failures_are_not_kept_and_half_written_files_go(tmp_path: Path, own: Task) -> None:
    kept = kept_in(tmp_path, "premier")
    kept.prepare([own])
    failed = replace(done(kept, own), state="echec", error=Failure("c0", "raison", Path("k")))
    kept.keep(failed)
    assert kept.take(own) is None
    (kept.directory / "abc.partiel").write_text("x", encoding="utf-8")
    kept.prepare([own])
    assert not list(kept.directory.iterdir())
