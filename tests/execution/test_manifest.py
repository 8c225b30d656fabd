from __future__ import annotations

import hashlib
import json
import platform
from pathlib import Path
from typing import Any

from rlpipeline.execution.outcome import Outcome, write_manifest
from rlpipeline.execution.plan import Workspace
from rlpipeline.execution.request import Edition
from tests.execution.made_up import task, write_chapter


def manifest(place: Path, edition: Edition) -> dict[str, Any]:
    workspace, directory = Workspace(place / "travail", edition), place / "publie"
    given = workspace.records / "jeunes.parquet", workspace.params / "2023/textes/edito.md"
    for path in (*given, directory / "communes/62215-carvin.html"):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
    notebook = write_chapter(place / "nb" / "01_edito.ipynb", ["1"])
    write_manifest(directory, workspace, [Outcome(task(notebook), notebook, 1.23456)], {"annee": 2023})
    read: dict[str, Any] = json.loads((directory / "manifest.json").read_text(encoding="utf-8"))
    return read


def test_it_tells_inputs_versions_tasks_and_files(tmp_path: Path) -> None:
    digest, told = hashlib.sha256(b"x").hexdigest(), manifest(tmp_path, "interne")
    assert told["parametres"] == {"annee": 2023}
    assert told["versions"]["python"] == platform.python_version()
    assert {"papermill", "pandas", "rlpipeline"} <= set(told["versions"])
    assert told["entrees"]["donnees"] == {"jeunes": digest}
    assert told["entrees"]["parametres"] == {"2023/textes/edito.md": digest}
    assert list(told["entrees"]["notebooks"]) == ["01_edito.ipynb"]
    assert told["fichiers"] == {"communes/62215-carvin.html": digest}
    assert told["taches"] == [{"chapitre": "01_edito", "territoire": "service", "annee": 2023, "etat": "ok"}]
    assert told["durees"] == {"service/01_edito": 1.235}


def test_the_edition_to_share_has_no_digest_of_a_text_that_it_does_not_show(tmp_path: Path) -> None:
    told = manifest(tmp_path, "diffusion")["entrees"]
    assert told["parametres"] == {}
    assert hashlib.sha256(b"x").hexdigest() not in json.dumps(told)
