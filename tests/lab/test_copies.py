"""The copies to try things in, and what JupyterLab saves of the real chapters."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import nbformat
import pytest

from rlpipeline.cli import main
from rlpipeline.errors import UsageError
from rlpipeline.lab.laboratory import (
    copy_chapters,
    copy_ours,
    create_chapter,
    open_lab,
    path_from,
    without_outputs,
)
from rlpipeline.lab.workshop import open_workshop
from rlpipeline.our_notebooks import every_notebook
from rlpipeline.records.frames import refuse_without_records
from rlpipeline.records.store import open_records
from rlpipeline.settings.models import load_service, load_settings


@pytest.fixture
def project(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A service's folder with a chapter of its own, which is the current one."""
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks/a_nous.ipynb").write_bytes(
        (root / "notebooks/modele.ipynb").read_bytes()
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


def copy(source: str = "data/exemple") -> list[str]:
    return copy_chapters(
        every_notebook(Path("notebooks"), ours=True), Path("explorer"), source, "params", "outputs"
    )


def parameters(path: Path) -> str:
    cells = nbformat.read(path, as_version=4).cells
    return str(next(cell.source for cell in cells if "parameters" in cell.metadata.get("tags", [])))


def test_the_copies_open_the_service_s_own_records(project: Path) -> None:
    copy("service/saisie.xlsx")
    assert [
        line.partition("  #")[0]
        for line in parameters(project / "explorer/accueil.ipynb").splitlines()
    ] == [
        'source: str = "../service/saisie.xlsx"',
        'params: str = "../params"',
        'out: str = "../outputs"',
    ]
    assert 'source: str = "../service/saisie.xlsx"  # ' in parameters(
        project / "explorer/a_nous.ipynb"
    )
    assert 'source: str = ""' in parameters(project / "notebooks/a_nous.ipynb")


@pytest.mark.parametrize("named", [False, True], ids=["by the project file", "otherwise"])
def test_a_notebook_of_hers_says_no_place_that_the_project_file_says(
    project: Path, root: Path, named: bool
) -> None:
    source, params = str(root / "data/exemple"), str(root / "params")
    (project / "rlpipeline.yml").write_text(
        f"source: {'source' if named else source}\nparams: {params}\n", "utf-8"
    )
    workshop = open_workshop(source if named else "", params if named else "", "notebooks")
    chosen, button = workshop.own_copy().children[0].children
    chosen.value = "05_activite"
    button.click()
    written = parameters(project / "notebooks/05_activite.ipynb")
    assert ('source: str = ""' in written) is not named


def test_a_copy_that_nobody_touched_follows_its_chapter(project: Path) -> None:
    copy()
    assert copy("ailleurs") == []
    assert 'source: str = "../ailleurs"' in parameters(project / "explorer/modele.ipynb")


def test_a_copy_that_was_changed_stays_and_is_told(project: Path) -> None:
    copy()
    (project / "explorer/modele.ipynb").write_text('{"a": "mes essais"}', encoding="utf-8")
    assert copy() == []  # nothing to tell: the chapter is the one it was copied from
    assert copy("ailleurs") == ["modele.ipynb"]
    assert "mes essais" in (project / "explorer/modele.ipynb").read_text("utf-8")


SECRET = "s3cret:é"
ADDRESSES = [
    "postgresql://u:s3cret%3A%C3%A9@127.0.0.1:1/base",
    "postgresql://u@127.0.0.1:1/base?password=s3cret%3A%C3%A9&connect_timeout=1",
    "postgresql://127.0.0.1:1/base?connect_timeout=1&user=u&password=s3cret:é",
    "mysql://u:s3cret:é@127.0.0.1:1/base",
]


def says_the_password(text: str) -> bool:
    return "s3cret" in text or SECRET in unquote(text)


@pytest.mark.parametrize("address", ADDRESSES)
def test_the_password_of_a_database_is_in_no_file_and_in_no_message(
    project: Path,
    root: Path,
    address: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("RLPIPELINE_DB_PASSWORD", "")
    monkeypatch.setattr("jupyterlab.labapp.LabApp.launch_instance", lambda passed_on: None)
    (project / "explorer").mkdir()
    (project / "explorer/.copies.json").write_text(f'{{"ancien.ipynb": "0 {address}"}}', "utf-8")
    open_lab(address, root / "params", project / "outputs", Path("notebooks"), ())
    assert os.environ["RLPIPELINE_DB_PASSWORD"] == SECRET
    copy_ours(Path("notebooks"), "05_activite", {"source": address})
    assert "127.0.0.1:1/base" in parameters(project / "explorer/modele.ipynb")
    for command in ("build", "check"):
        assert main([command, "--source", address, "--params", str(root / "params")]) == 5
    records = open_records(str(root / "data/exemple"), load_service(root / "params"))
    with pytest.raises(UsageError) as refused:
        refuse_without_records(1950, records, address)
    files = {path: path.read_text("utf-8") for path in project.rglob("*") if path.is_file()}
    assert len(files) > 10
    assert not [path for path, text in files.items() if says_the_password(text)]
    told = capsys.readouterr()
    assert not says_the_password(f"{told.out}{told.err}{refused.value}")


def notebook(root: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((root / "notebooks/05_activite.ipynb").read_text("utf-8"))
    code = next(cell for cell in content["cells"] if cell["cell_type"] == "code")
    code |= {
        "execution_count": 3,
        "outputs": [{"output_type": "stream", "name": "stdout", "text": "114"}],
    }
    code["metadata"] |= {"collapsed": True, "ExecuteTime": {}}
    content["metadata"] |= {
        "widgets": {},
        "kernelspec": {"name": "python3", "display_name": "Python 3 (ipykernel)"},
    }
    return content


def test_a_chapter_is_saved_as_it_is_kept(root: Path) -> None:
    content = notebook(root)
    without_outputs({"type": "notebook", "content": content}, "notebooks/05_activite.ipynb")
    assert content == json.loads((root / "notebooks/05_activite.ipynb").read_text("utf-8"))


def test_a_new_chapter_comes_from_the_model_and_says_what_to_write(
    project: Path, root: Path
) -> None:
    (project / "notebooks/05_activite.ipynb").write_bytes(
        (root / "notebooks/05_activite.ipynb").read_bytes()
    )
    settings = load_settings(root / "params", 2023)
    told = create_chapter(Path("notebooks"), "chantiers", settings, {"source": "../saisie.xlsx"})
    assert 'source: str = "../saisie.xlsx"' in parameters(project / "notebooks/chantiers.ipynb")
    assert "05_activite, 06_partenariat, 07_perspectives, chantiers, 08_annexes]" in told
    with pytest.raises(UsageError, match="existe déjà"):
        create_chapter(Path("notebooks"), "chantiers", settings, {})


@pytest.mark.parametrize("name", ["", "modele", "../ailleurs", "Mon chapitre", "été"])
def test_a_name_that_cannot_be_a_chapter_s_is_refused(project: Path, root: Path, name: str) -> None:
    with pytest.raises(UsageError, match="ne convient pas"):
        create_chapter(Path("notebooks"), name, load_settings(root / "params", 2023), {})


def test_a_copy_of_one_of_ours_opens_the_service_s_records_and_what_is_there_stays(
    project: Path,
) -> None:
    path = copy_ours(Path("notebooks"), "05_activite", {"source": "../saisie.xlsx"})
    assert 'source: str = "../saisie.xlsx"' in parameters(path)
    path.write_text("à nous", encoding="utf-8")
    assert copy_ours(Path("notebooks"), "05_activite", {}).read_text("utf-8") == "à nous"


@pytest.mark.parametrize("place", ["postgresql://service@serveur/suivi", "/donnees/saisie.xlsx"])
def test_an_address_stays_as_it_is(place: str) -> None:
    assert path_from(Path("explorer"), place) == place
