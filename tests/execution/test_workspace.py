from __future__ import annotations

from pathlib import Path

from rlpipeline.execution.install import only_build_of
from rlpipeline.execution.plan import open_workspace


def test_it_is_private_holds_the_settings_of_the_year_and_goes_away(tmp_path: Path, params_dir: Path) -> None:
    with open_workspace(tmp_path / "out", params_dir, 2023) as workspace:
        assert workspace.root.parent == tmp_path / "out"
        assert workspace.root.stat().st_mode & 0o777 == 0o700
        copied = {path.relative_to(workspace.params).as_posix() for path in workspace.params.rglob("*")}
        assert copied == {"service.yml", "2023", "2023/textes", "2023/textes/edito.md"}
    assert not list((tmp_path / "out").iterdir())


def test_of_other_years_it_keeps_what_was_printed(tmp_path: Path, params_dir: Path) -> None:
    for year in ("2021", "2022"):
        (params_dir / year).mkdir(exist_ok=True)
        (params_dir / year / "rapport.yml").write_text("statut: brouillon\n", encoding="utf-8")
    (params_dir / "2022" / "publie.csv").write_text("indicateur\n", encoding="utf-8")
    with open_workspace(tmp_path / "out", params_dir, 2023) as workspace:
        kept = {path.relative_to(workspace.params).as_posix() for path in workspace.params.glob("202[12]*/**/*")}
        assert kept == {"2022/publie.csv"}
        assert not (workspace.params / "2021").exists()


def test_what_a_killed_process_left_of_the_same_year_is_removed(tmp_path: Path, params_dir: Path) -> None:
    for name in (".travail-2023-abc", ".travail-2022-abc"):
        (tmp_path / name / "records").mkdir(parents=True)
    with only_build_of(tmp_path, 2023):
        assert {path.name for path in tmp_path.glob(".travail*")} == {".travail-2022-abc"}
