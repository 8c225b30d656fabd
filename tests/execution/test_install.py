from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.execution import install
from rlpipeline.execution.install import recover, staged
from rlpipeline.execution.outcome import Outcome, keep_failures
from rlpipeline.execution.plan import Workspace
from tests.execution.made_up import task


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


def test_a_rename_that_fails_brings_the_former_back(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rename = Path.rename

    def refuse(self: Path, new: Path) -> Path:
        if "-nouveau-" in self.name:
            raise PermissionError(13, "Permission denied")
        return rename(self, new)

    monkeypatch.setattr(Path, "rename", refuse)
    monkeypatch.setattr(install, "exchange", lambda *_: False)
    with pytest.raises(PermissionError), staged(target) as staging:
        (staging / "rapport.html").write_text("nouveau", encoding="utf-8")
    assert content(target) == {"rapport.html": "ancien"}
    assert alone(target)


@pytest.mark.parametrize("renamed", [True, False], ids=["between the renames", "before or after them"])
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


def failed(workspace: Workspace, chapter: str) -> Outcome:
    kept = workspace.failures / "service" / f"{chapter}.ipynb"
    kept.parent.mkdir(parents=True)
    kept.write_text("notebook", encoding="utf-8")
    kept.with_suffix(".log").write_text("journal", encoding="utf-8")
    return Outcome(task(Path(kept.name)), kept, reason="raison", cell_id="c1")


def test_failed_notebooks_are_kept_for_the_analyst_alone(tmp_path: Path) -> None:
    workspace, directory = Workspace(tmp_path / "travail"), tmp_path / "echecs" / "2023"
    directory.mkdir(parents=True)
    (directory / "ancien.ipynb").write_text("x", encoding="utf-8")
    (outcome,) = keep_failures([failed(workspace, "05_activite")], workspace, directory)
    assert outcome.notebook == directory / "service" / "05_activite.ipynb"
    assert content(directory) == {"service/05_activite.ipynb": "notebook", "service/05_activite.log": "journal"}
    assert directory.stat().st_mode & 0o777 == 0o700


def test_a_run_without_failure_clears_the_earlier_ones(tmp_path: Path) -> None:
    directory = tmp_path / "echecs" / "2023"
    directory.mkdir(parents=True)
    well = Outcome(task(Path("01_a.ipynb")), tmp_path / "01_a.ipynb")
    assert keep_failures([well], Workspace(tmp_path), directory) == (well,)
    assert not directory.exists()
