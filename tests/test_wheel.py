"""The wheel installed by itself: every command works in any folder, with nothing of the repository on the path.

Slow: an installation of its own, which alone shows a file that was left out of the wheel.
"""

from __future__ import annotations

import os
import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pandas
import pytest

from tests.execution.made_up import OPEN, write_chapter

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", place],
        cwd=root,
        check=True,
    )
    (made,) = place.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def commands(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Programs of an environment that has the wheel, and of the tests' one its libraries alone."""
    place = tmp_path_factory.mktemp("installed")
    venv.create(place / "venv")
    programs = place / "venv" / "bin"
    inside = subprocess.run(
        [programs / "python", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    # A line of a .pth adds a folder without following the .pth files in it: the repository stays off the path.
    libraries = Path(pandas.__file__).parents[1]
    (Path(inside.stdout.strip()) / "libraries.pth").write_text(f"{libraries}\n", encoding="utf-8")
    install = [
        "--python",
        programs / "python",
        "install",
        "--quiet",
        "--no-deps",
        "--no-compile",
        wheel,
    ]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True)
    return programs


def run(commands: Path, folder: Path, *words: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["JUPYTER_PATH"] = str(
        Path(sys.prefix) / "share" / "jupyter"
    )  # nbconvert's own templates
    done = subprocess.run(
        [commands / words[0], *words[1:]],
        check=False, cwd=folder, env=environment, capture_output=True, text=True, encoding="utf-8",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_every_file_of_the_repository_is_in_the_wheel(wheel: Path, root: Path) -> None:
    listed = ["git", "ls-files", "rlpipeline", "docs", "notebooks"]
    files = subprocess.run(
        listed, cwd=root, capture_output=True, text=True, check=True
    ).stdout.split()
    kept = {name if name.startswith("rlpipeline/") else f"rlpipeline/{name}" for name in files}
    with zipfile.ZipFile(wheel) as archive:
        assert kept and kept <= set(archive.namelist())


def test_nothing_of_the_repository_is_on_the_path(
    commands: Path, root: Path, tmp_path: Path
) -> None:
    said = run(
        commands,
        tmp_path,
        "python",
        "-c",
        "import rlpipeline, sys; print(rlpipeline.__file__, *sys.path)",
    )
    package, *paths = map(Path, said.split())
    assert package.is_relative_to(commands.parent)
    assert root not in paths


def test_demo_then_a_short_build_work_in_an_empty_folder(commands: Path, tmp_path: Path) -> None:
    run(commands, tmp_path, "rlpipeline", "demo", "--communes", "1", "--years", "2023")
    (tmp_path / "notebooks").mkdir()
    write_chapter(
        tmp_path / "notebooks" / "09_chantiers.ipynb",
        [OPEN, 'report.figure("accompagnes", table=True)'],
    )
    with (tmp_path / "params/2023/rapport.yml").open("a", encoding="utf-8") as settings:
        settings.write("chapitres: [01_edito, 09_chantiers]\nportrait: []\n")
    run(commands, tmp_path / "params", "rlpipeline", "build", "--sans-pdf", "--edition", "interne")
    page = (tmp_path / "outputs/2023/rapport.html").read_text(encoding="utf-8")
    assert "Édito" in page
    assert "Jeunes accompagnés" in page
