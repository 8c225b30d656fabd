from __future__ import annotations

from pathlib import Path

import nbformat
import pytest
from nbformat import v4

from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.execution.output_folder import only_build_of
from rlpipeline.execution.plan import Task, check_tasks, open_workspace, plan_tasks
from rlpipeline.settings.models import Settings, load_settings
from tests.execution.made_up import PARAMETERS, task, write_chapter

NAMES = ("01_edito", "03_cadre", "05_activite", "08_annexes", "10_bilan")


@pytest.fixture
def notebooks(tmp_path: Path) -> Path:
    for name in (*NAMES, "brouillon"):
        write_chapter(tmp_path / "notebooks" / f"{name}.ipynb", ["1"])
    return tmp_path / "notebooks"


def settings_with(params_dir: Path, tmp_path: Path, report: str) -> Settings:
    directory = tmp_path / "params"
    (directory / "2023").mkdir(parents=True)
    (directory / "service.yml").write_bytes((params_dir / "service.yml").read_bytes())
    (directory / "2023" / "rapport.yml").write_text(report, encoding="utf-8")
    return load_settings(directory, 2023)


def places(tasks: tuple[Task, ...]) -> list[tuple[str, str]]:
    return [(planned.territory, planned.chapter) for planned in tasks]


def test_the_report_then_the_portraits_in_report_order(params_dir: Path, notebooks: Path) -> None:
    tasks = plan_tasks(load_settings(params_dir, 2023), notebooks, ("62637", "62215"))
    portrait = ("03_cadre", "05_activite", "08_annexes")
    assert places(tasks) == [
        *(("service", name) for name in NAMES),
        *((code, name) for code in ("62215", "62637") for name in portrait),
    ]


def test_the_settings_choose_chapters(params_dir: Path, tmp_path: Path, notebooks: Path) -> None:
    settings = settings_with(
        params_dir, tmp_path, "chapitres: [10_bilan, 01_edito]\nportrait: [01_edito]\n"
    )
    tasks = plan_tasks(settings, notebooks, ("62215",))
    assert places(tasks) == [
        ("service", "10_bilan"),
        ("service", "01_edito"),
        ("62215", "01_edito"),
    ]


@pytest.mark.parametrize("key", ["chapitres", "portrait"])
def test_an_unknown_chapter_names_the_nearest(
    params_dir: Path, tmp_path: Path, notebooks: Path, key: str
) -> None:
    settings = settings_with(params_dir, tmp_path, f"{key}: [05_activites]\n")
    with pytest.raises(SettingsError) as caught:
        plan_tasks(settings, notebooks, ())
    assert caught.value.got == "05_activites"
    assert caught.value.todo == "écrire 05_activite"
    assert caught.value.where is not None
    assert caught.value.where.endswith(f"rapport.yml, {key}")


def test_a_chapter_named_twice_is_refused(
    params_dir: Path, tmp_path: Path, notebooks: Path
) -> None:
    settings = settings_with(params_dir, tmp_path, "chapitres: [01_edito, 01_edito]\n")
    with pytest.raises(SettingsError, match="deux fois"):
        plan_tasks(settings, notebooks, ())


def test_every_notebook_takes_what_it_will_be_given(tmp_path: Path) -> None:
    good = write_chapter(tmp_path / "01_a.ipynb", ["1"])
    bad = write_chapter(
        tmp_path / "02_b.ipynb", ["1"], parameters=PARAMETERS.replace("commune = None\n", "")
    )
    annotated = PARAMETERS.replace("commune = None", 'commune: str = ""  # vide, tout le service')
    check_tasks(
        [
            task(good, "62215"),
            task(write_chapter(tmp_path / "03_c.ipynb", ["1"], parameters=annotated)),
        ]
    )
    with pytest.raises(UsageError, match="« commune »") as caught:
        check_tasks([task(path) for path in (good, bad)])
    assert "02_b.ipynb" in str(caught.value.where)
    with pytest.raises(UsageError, match="Python correct"):
        check_tasks([task(write_chapter(tmp_path / "04_d.ipynb", ["1"], parameters="year = "))])


@pytest.mark.parametrize("count", [0, 2])
def test_one_parameters_cell_and_only_one(tmp_path: Path, count: int) -> None:
    cells = [v4.new_code_cell("year = 1", metadata={"tags": ["parameters"]}) for _ in range(count)]
    nbformat.write(v4.new_notebook(cells=cells), tmp_path / "01_a.ipynb")
    with pytest.raises(UsageError, match="et une seule"):
        check_tasks([task(tmp_path / "01_a.ipynb")])


def test_a_workspace_is_private_holds_the_settings_of_the_year_and_goes_away(
    tmp_path: Path, params_dir: Path
) -> None:
    with open_workspace(tmp_path / "out", params_dir, 2023) as workspace:
        assert workspace.root.parent == tmp_path / "out"
        assert workspace.root.stat().st_mode & 0o777 == 0o700
        copied = {
            path.relative_to(workspace.params).as_posix() for path in workspace.params.rglob("*")
        }
        assert copied == {"service.yml", "2023", "2023/textes", "2023/textes/edito.md"}
    assert not list((tmp_path / "out").iterdir())


def test_of_other_years_a_workspace_keeps_what_was_printed(
    tmp_path: Path, params_dir: Path
) -> None:
    for year in ("2021", "2022"):
        (params_dir / year).mkdir(exist_ok=True)
        (params_dir / year / "rapport.yml").write_text("statut: brouillon\n", encoding="utf-8")
    (params_dir / "2022" / "publie.csv").write_text("indicateur\n", encoding="utf-8")
    with open_workspace(tmp_path / "out", params_dir, 2023) as workspace:
        kept = {
            path.relative_to(workspace.params).as_posix()
            for path in workspace.params.glob("202[12]*/**/*")
        }
        assert kept == {"2022/publie.csv"}
        assert not (workspace.params / "2021").exists()


def test_what_a_killed_process_left_of_the_same_year_is_removed(
    tmp_path: Path, params_dir: Path
) -> None:
    for name in (".travail-2023-abc", ".travail-2022-abc"):
        (tmp_path / name / "records").mkdir(parents=True)
    with only_build_of(tmp_path, 2023):
        assert {path.name for path in tmp_path.glob(".travail*")} == {".travail-2022-abc"}
