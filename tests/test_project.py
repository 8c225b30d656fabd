"""The project file: found from below, read alike in both ways, refused in French."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.cli import main
from rlpipeline.errors import SettingsError
from rlpipeline.settings.models import Places
from rlpipeline.settings.project import FILE, find_project, project_file
from rlpipeline.settings.strict_yaml import read


def write(folder: Path, text: str) -> Path:
    path = folder / FILE
    path.write_text(text, encoding="utf-8")
    return path


def test_it_is_found_from_a_folder_below(tmp_path: Path) -> None:
    write(tmp_path, project_file("saisie.xlsx"))
    below = tmp_path / "params" / "2023"
    below.mkdir(parents=True)
    project = find_project(below)
    assert project is not None
    assert (project.root, project.source, project.out) == (
        tmp_path,
        "../../saisie.xlsx",
        Path("../../outputs"),
    )


def test_an_address_stays_as_it_is(tmp_path: Path) -> None:
    write(tmp_path, 'source: "postgresql://service@serveur/suivi"\n')
    project = find_project(tmp_path)
    assert project is not None
    assert (project.source, project.params) == (
        "postgresql://service@serveur/suivi",
        Path("params"),
    )


@pytest.mark.parametrize(
    "text",
    [
        project_file("saisie.xlsx"),
        "source: a.xlsx\n\n# rien\nout: ../rapports",
        "source:  x # y\n",
        "out: sous/dossier",
    ],
)
def test_plain_lines_are_read_as_the_library_reads_them(tmp_path: Path, text: str) -> None:
    path = write(tmp_path, text)
    project = find_project(tmp_path)
    assert project is not None
    for name, place in read(path, Places).model_dump(exclude_none=True).items():
        assert str(getattr(project, name)) == place


@pytest.mark.parametrize("line", ["limite_cellule: 25", "limite_cellule: 25  # minutes"])
@pytest.mark.parametrize("beside", ["", "notebooks: [x]"])
def test_the_limit_of_a_cell_is_read_alike_in_both_ways(
    tmp_path: Path, line: str, beside: str
) -> None:
    path = write(tmp_path, f"out: sortie\n{line}\n")
    project = find_project(tmp_path)
    assert project is not None and project.cell_minutes == 25
    assert read(path, Places).limite_cellule == 25


@pytest.mark.parametrize("value", ["0", "-5", "dix", "1.5", "9999"])
def test_a_limit_that_is_none_is_refused(tmp_path: Path, value: str) -> None:
    write(tmp_path, f"limite_cellule: {value}\n")
    with pytest.raises(SettingsError, match="limite_cellule"):
        find_project(tmp_path)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("- source", "clés"),
        ("source: [x, y]", "source"),
        ("source: x\nout: {a: b}", "ligne 2, out"),
    ],
)
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    write(tmp_path, text)
    with pytest.raises(SettingsError, match=said):
        find_project(tmp_path)


def test_a_command_outside_any_project_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["check"]) == 2
    said = capsys.readouterr().err
    assert FILE in said
    assert "new DOSSIER" in said


def test_an_option_wins_over_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write(tmp_path, project_file("saisie.xlsx"))
    monkeypatch.chdir(tmp_path)
    assert main(["check", "--params", "ailleurs"]) == 2
    assert "ailleurs/service.yml" in capsys.readouterr().err
