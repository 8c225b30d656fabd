"""start.py: what it says when something is missing, and that it does nothing twice."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest


@pytest.fixture
def start(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A copy of start.py in an empty project, so that nothing touches the real environment."""
    monkeypatch.chdir(
        tmp_path
    )  # start.py moves to its own folder, and the tests that follow come back
    for name in ("start.py", "pyproject.toml", "constraints.txt"):
        (tmp_path / name).write_bytes((root / name).read_bytes())
    spec = importlib.util.spec_from_file_location("start_copy", tmp_path / "start.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def pretend_installed(start: ModuleType) -> None:
    start.python().parent.mkdir(parents=True)
    start.python().write_text("", encoding="utf-8")
    start.STAMP.write_text(start.fingerprint(), encoding="utf-8")


def test_uses_the_standard_library_alone(root: Path) -> None:
    code = "import runpy, sys; sys.argv = ['start.py', '--help']; runpy.run_path('start.py', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code],
        cwd=root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0
    assert "report" in done.stdout


def test_old_python_is_refused_with_what_to_do(start: ModuleType, monkeypatch, capsys) -> None:
    monkeypatch.setattr(start, "OLDEST_PYTHON", (4, 0))
    assert start.main(["report"]) == 5
    assert "À faire : installer une version récente" in capsys.readouterr().err


def test_missing_venv_module_names_the_package(start: ModuleType, monkeypatch, capsys) -> None:
    monkeypatch.setattr(start.importlib.util, "find_spec", lambda name: None)
    assert start.main(["report"]) == 5
    assert "python3-venv" in capsys.readouterr().err


def test_missing_network_says_what_to_check(start: ModuleType, monkeypatch, capsys) -> None:
    monkeypatch.setattr(start.subprocess, "call", lambda command, **_: 1 if "pip" in command else 0)
    monkeypatch.setattr(
        start.subprocess, "run", lambda command, **_: subprocess.CompletedProcess(command, 0, b"")
    )
    assert start.main(["report"]) == 5
    assert "connexion à internet" in capsys.readouterr().err
    assert not start.STAMP.exists()


@pytest.mark.parametrize(
    ("config", "broken", "by"),
    [(b"", "", "uv"), (b"", "uv", "pip"), (b"global.index-url='ici'", "", "pip")],
)
def test_uv_installs_where_it_can_and_pip_has_no_index_of_its_own(
    start: ModuleType, monkeypatch, config: bytes, broken: str, by: str
) -> None:
    calls: list[str] = []
    monkeypatch.setattr(
        start.subprocess,
        "run",
        lambda command, **_: subprocess.CompletedProcess(command, 0, config),
    )
    monkeypatch.setattr(
        start.subprocess,
        "call",
        lambda command, **_: calls.append(command[2]) or command[2] == broken,
    )
    start.install()
    assert calls[-1] == by


def test_nothing_is_done_when_nothing_changed(start: ModuleType, monkeypatch) -> None:
    pretend_installed(start)
    monkeypatch.setattr(start, "make_venv", lambda: pytest.fail("made again"))
    start.ensure_environment()


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt"])
def test_a_changed_input_installs_again(start: ModuleType, monkeypatch, name: str) -> None:
    pretend_installed(start)
    done: list[str] = []
    monkeypatch.setattr(start, "make_venv", lambda: done.append("venv"))
    monkeypatch.setattr(start, "install", lambda: done.append("install"))
    with (start.ROOT / name).open("a", encoding="utf-8") as file:
        file.write("\n# changed\n")
    start.ensure_environment()
    assert done == ["venv", "install"]
    assert start.STAMP.read_text(encoding="utf-8") == start.fingerprint()


CHECKS = {
    "Style": "ruff check",
    "Mise en forme": "ruff format",
    "Couches": "lint()",
    "Tests": "pytest",
    "Types": "mypy",
}
ENDS = {"refused": "sys.exit(1)", "killed": "os.kill(os.getpid(), 9)"}


@pytest.mark.parametrize("way", ENDS)
@pytest.mark.parametrize("failing", CHECKS)
def test_one_failed_check_fails_the_whole(
    start: ModuleType, monkeypatch, capsys, failing: str, way: str
) -> None:
    pretend_installed(start)

    def command(arguments: tuple[str, ...]) -> list[str]:
        asked = CHECKS[failing] in " ".join(arguments)
        return [
            sys.executable,
            "-c",
            f"import os, sys; print('dit', flush=True); {ENDS[way]}" if asked else "pass",
        ]

    def meanwhile(*arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(command(arguments), stdout=subprocess.PIPE)

    monkeypatch.setattr(start, "call", lambda *arguments: subprocess.call(command(arguments)))
    monkeypatch.setattr(start, "meanwhile", meanwhile)
    assert start.main(["test"]) == 1
    told = capsys.readouterr().out
    assert f"Échec : {failing}" in told
    assert ("dit" in told) == (failing == "Types")  # the others print by themselves
