from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.errors import SettingsError
from rlpipeline.execution.plan import Task, plan_tasks
from rlpipeline.settings.models import Settings, load_settings
from tests.execution.made_up import write_chapter

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
    return [(task.territory, task.chapter) for task in tasks]


def test_the_report_then_the_portraits_in_report_order(params_dir: Path, notebooks: Path) -> None:
    tasks = plan_tasks(load_settings(params_dir, 2023), notebooks, ("62637", "62215"))
    portrait = ("03_cadre", "05_activite", "08_annexes")
    assert places(tasks) == [
        *(("service", name) for name in NAMES),
        *((code, name) for code in ("62215", "62637") for name in portrait),
    ]


def test_the_settings_choose_chapters(params_dir: Path, tmp_path: Path, notebooks: Path) -> None:
    settings = settings_with(params_dir, tmp_path, "chapitres: [10_bilan, 01_edito]\nportrait: [01_edito]\n")
    tasks = plan_tasks(settings, notebooks, ("62215",))
    assert places(tasks) == [("service", "10_bilan"), ("service", "01_edito"), ("62215", "01_edito")]


@pytest.mark.parametrize("key", ["chapitres", "portrait"])
def test_an_unknown_chapter_names_the_nearest(params_dir: Path, tmp_path: Path, notebooks: Path, key: str) -> None:
    settings = settings_with(params_dir, tmp_path, f"{key}: [05_activites]\n")
    with pytest.raises(SettingsError) as caught:
        plan_tasks(settings, notebooks, ())
    assert caught.value.got == "05_activites"
    assert caught.value.todo == "écrire 05_activite"
    assert caught.value.where is not None
    assert caught.value.where.endswith(f"rapport.yml, {key}")


def test_a_chapter_named_twice_is_refused(params_dir: Path, tmp_path: Path, notebooks: Path) -> None:
    settings = settings_with(params_dir, tmp_path, "chapitres: [01_edito, 01_edito]\n")
    with pytest.raises(SettingsError, match="deux fois"):
        plan_tasks(settings, notebooks, ())
