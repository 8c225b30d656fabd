from __future__ import annotations

import hashlib
import json
import platform
from dataclasses import replace
from pathlib import Path

import pytest

from rlpipeline.execution.manifest import Run, describe
from rlpipeline.execution.outcome import Outcome
from rlpipeline.execution.workspace import Workspace
from tests.execution.made_up import task, write_chapter


@pytest.fixture
def run(tmp_path: Path) -> Run:
    workspace = Workspace(tmp_path / "travail")
    for path in (workspace.records / "jeunes.parquet", workspace.params / "2023" / "textes" / "edito.md"):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
    notebook = write_chapter(tmp_path / "nb" / "01_edito.ipynb", ["1"])
    outcome = Outcome(task(notebook), "ok", notebook, None, 1.23456)
    return Run(workspace, [outcome], {"annee": 2023})


@pytest.fixture
def published(tmp_path: Path) -> Path:
    directory = tmp_path / "publie"
    (directory / "communes").mkdir(parents=True)
    (directory / "communes" / "62215-carvin.html").write_bytes(b"x")
    return directory


def test_it_tells_inputs_versions_tasks_and_files(run: Run, published: Path) -> None:
    digest = hashlib.sha256(b"x").hexdigest()
    manifest = describe(run, published)
    assert manifest["parametres"] == {"annee": 2023}
    assert manifest["versions"]["python"] == platform.python_version()
    assert {"papermill", "pandas", "rlpipeline"} <= set(manifest["versions"])
    assert manifest["entrees"]["donnees"] == {"jeunes": digest}
    assert manifest["entrees"]["parametres"] == {"2023/textes/edito.md": digest}
    assert list(manifest["entrees"]["notebooks"]) == ["01_edito.ipynb"]
    assert manifest["fichiers"] == {"communes/62215-carvin.html": digest}
    assert manifest["taches"] == [{"chapitre": "01_edito", "territoire": "service", "annee": 2023, "etat": "ok"}]
    assert manifest["durees"] == {"service/01_edito": 1.235}


def test_the_edition_to_share_has_no_digest_of_a_text_that_it_does_not_show(run: Run, published: Path) -> None:
    shared = replace(run, workspace=replace(run.workspace, edition="diffusion"))
    manifest = describe(shared, published)
    assert manifest["entrees"]["parametres"] == {}
    assert hashlib.sha256(b"x").hexdigest() not in json.dumps(manifest["entrees"])
