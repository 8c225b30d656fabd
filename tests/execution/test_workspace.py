from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from rlpipeline.errors import ToolError
from rlpipeline.execution import workspace as module
from rlpipeline.execution.workspace import open_workspace, remove_abandoned


def test_it_is_private_holds_the_settings_of_the_year_and_goes_away(tmp_path: Path, params_dir: Path) -> None:
    with open_workspace(tmp_path / "out", params_dir, 2023) as workspace:
        assert workspace.root.parent == tmp_path / "out"
        assert workspace.root.stat().st_mode & 0o777 == 0o700
        copied = {path.relative_to(workspace.params).as_posix() for path in workspace.params.rglob("*")}
        assert copied == {"service.yml", "2023", "2023/textes", "2023/textes/edito.md"}
    assert not list((tmp_path / "out").iterdir())


def test_it_goes_away_after_an_error(tmp_path: Path, params_dir: Path) -> None:
    with pytest.raises(ZeroDivisionError), open_workspace(tmp_path / "out", params_dir, 2023):
        raise ZeroDivisionError
    assert not list((tmp_path / "out").iterdir())


def test_a_folder_that_cannot_be_written(tmp_path: Path, params_dir: Path) -> None:
    (tmp_path / "fichier").write_text("x", encoding="utf-8")
    with pytest.raises(ToolError, match="écriture"), open_workspace(tmp_path / "fichier" / "out", params_dir, 2023):
        pass


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host = module._owner().rpartition("-")[0]
    abandoned = tmp_path / f".travail-{host}-{ended.pid}-abc"
    alive = tmp_path / f".travail-{host}-{os.getppid()}-abc"
    elsewhere = tmp_path / f".travail-autre{host}-{ended.pid}-abc"
    for directory in (abandoned, alive, elsewhere):
        directory.mkdir()
    remove_abandoned(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {alive.name, elsewhere.name}
