"""Golden cases: what a user types in a service's folder, and all that comes out, compared with what is kept.

Each folder here that has a ``command`` is a test. It is read line by line in a copy of the service (docs/DEVELOPING.md
tells each word), and what it says and shows is held against ``expected/``; ``--update`` writes it anew.
"""

from __future__ import annotations

import contextlib
import difflib
import io
import os
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

import pytest

CASES = Path(__file__).parent
SERVICES = CASES / "services"
SLOW = ("# Slow", "rlpipeline build", "rlpipeline watch", "papermill")
LONGEST_DIFFERENCE = 80
VARIABLE = (  # what changes from one run, machine or version to the next, and what stands for it
    (r"/(?:tmp|var)/[^\s»,;:)\"']*", "CHEMIN"),
    (r"^(?:\[ *\d+/\d+\]|Terminé en|comptage des chiffres$|\d+ chapitres? à exécuter$).*\n", ""),
    (r"^.*: (?:mise en pages|vérification|protection des chiffres)\n", ""),
    (r"^(Arrêt, code \d, en ).*?(?=\u00a0:| :)", r"\1N"),
    (r"\d[\d\u00a0\u202f ]* vérifications", "N vérifications"),
    (r"\b\d+(?:,\d+)?\u00a0(?:s|min|ko|Mo)\b", "N"),
    (r"\b[0-9a-f]{12,64}\b", "EMPREINTE"),
    (r"\bdiffusés le \d{1,2}(?:er)? \w+ \d{4}", "diffusés le JOUR"),
    (r"\b\d{4}-\d\d-\d\d-\d\dh\d\dm\d\ds", "MOMENT"),
    (r"\bpython3? (?:-m rlpipeline\S*|start\.py run)", "rlpipeline"),
)


def pytest_collect_file(parent: pytest.Collector, file_path: Path) -> pytest.Collector | None:
    """Every ``command`` of this folder is a test of its own, which any process may take."""
    return CommandFile.from_parent(parent, path=file_path) if file_path.name == "command" else None


class CommandFile(pytest.File):
    """The commands of a case."""

    def collect(self) -> Iterator[pytest.Item]:
        """Give one test, slow where it builds pages or says so."""
        case = Case.from_parent(self, name=self.path.parent.name)
        if any(line.startswith(SLOW) for line in self.path.read_text("utf-8").splitlines()):
            case.add_marker("slow")
        yield case


class DifferenceError(AssertionError):
    """What is said or shown is not what was kept."""


class Case(pytest.Item):
    """A service, what is typed there, and what is expected."""

    def runtest(self) -> None:
        """Run the commands in a copy of the service and compare."""
        factory = self.config._tmp_path_factory  # type: ignore[attr-defined]
        folder, place = self.path.parent, factory.mktemp(self.name)
        session = Session(folder, place)
        with pytest.MonkeyPatch.context() as patch, contextlib.chdir(place):
            patch.setenv("COLUMNS", "120")
            patch.setattr("sys.argv", ["rlpipeline"])
            for line in (folder / "command").read_text("utf-8").splitlines():
                if line.strip() and not line.startswith("#"):
                    session.do(line)
        shown = {name: "\n".join(lines).rstrip() + "\n" for name, lines in session.shown.items()}
        expected = folder / "expected"
        if self.config.getoption("--update"):
            shutil.rmtree(expected, ignore_errors=True)
            expected.mkdir()
            for name, text in shown.items():
                (expected / name).write_text(text, "utf-8", newline="\n")
        kept = {path.name: path.read_text("utf-8") for path in expected.glob("*")}
        differences = [
            line
            for name in sorted(kept.keys() | shown.keys())
            for line in difflib.unified_diff(
                kept.get(name, "").splitlines(),
                shown.get(name, "").splitlines(),
                *(f"expected/{name}", f"now/{name}"),
                lineterm="",
                n=2,
            )
        ]
        if differences:
            more = len(differences) - LONGEST_DIFFERENCE
            rest = [f"… and {more} lines more"] if more > 0 else []
            raise DifferenceError("\n".join(differences[:LONGEST_DIFFERENCE] + rest))

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None
    ) -> str:
        """Show the difference alone, and the whole of any other failure."""
        return (
            str(excinfo.value)
            if excinfo.errisinstance(DifferenceError)
            else str(excinfo.getrepr(style="short"))
        )

    def reportinfo(self) -> tuple[Path, None, str]:
        """Name the case."""
        return self.path, None, self.name


class Session:
    """The words that ``command`` is written in, each a method; what they give, by file of ``expected/``."""

    def __init__(self, folder: Path, place: Path) -> None:
        self.folder, self.place, self.answers = folder, place, ""
        self.shown: dict[str, list[str]] = defaultdict(list)

    def do(self, line: str) -> None:
        """Do what a line says."""
        word, *rest = shlex.split(line)
        if word in {"rlpipeline", "papermill", "python", "show"}:
            self.line = line
        try:
            getattr(self, f"do_{word}")(*rest)
        except Exception as error:
            error.add_note("\n".join([f"at: {line}", "said until then:", *self.shown["said"]]))
            raise

    def write(self, name: str, text: str) -> None:
        """Add to a file of ``expected/`` what a line gave, under that line."""
        text = text.replace(str(self.place), "ICI")
        for pattern, instead in VARIABLE:
            text = re.sub(pattern, instead, text, flags=re.MULTILINE)
        self.shown[name] += [f"$ {self.line}", *(line.rstrip() for line in text.splitlines()), ""]

    def do_from(self, name: str) -> None:
        """Begin with a service of ``services/``, under what the case has of its own."""
        shutil.copytree(SERVICES / name, self.place, dirs_exist_ok=True)
        for part in ("source", "params", "notebooks"):
            if (self.folder / part).is_dir():
                shutil.copytree(self.folder / part, self.place / part, dirs_exist_ok=True)

    def do_rm(self, *paths: str) -> None:
        """Take files or folders away."""
        for path in map(Path, paths):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def do_cp(self, source: str, target: str) -> None:
        """Copy a file, of the case's own folder where it is there, or of the service."""
        Path(target).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(self.folder / source if (self.folder / source).is_file() else source, target)

    def do_empty(self, *paths: str) -> None:
        """Leave the header of tables alone."""
        for path in map(Path, paths):
            path.write_text(path.read_text("utf-8").splitlines()[0] + "\n", "utf-8")

    def do_drop(self, path: str, pattern: str) -> None:
        """Take away the lines of a file that a pattern is found in; the header stays."""
        header, *lines = Path(path).read_text("utf-8").splitlines()
        stay = [line for line in lines if not re.search(pattern, line)]
        assert len(stay) < len(lines), f"{pattern} is in no line of {path}"
        Path(path).write_text("\n".join([header, *stay]) + "\n", "utf-8")

    def do_sub(self, path: str, pattern: str, instead: str) -> None:
        """Write something else in place of a pattern of a file, everywhere."""
        text, times = re.subn(pattern, instead, Path(path).read_text("utf-8"), flags=re.MULTILINE)
        assert times, f"{pattern} is nowhere in {path}"
        Path(path).write_text(text, "utf-8")

    def do_add(self, path: str, *lines: str) -> None:
        """Add lines to the end of a file, made where it is not there."""
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with Path(path).open("a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)

    def do_rlpipeline(self, *arguments: str) -> None:
        """Type a command: its exit code and what it prints."""
        from rlpipeline.cli import main

        self._say(lambda: main(arguments))

    def do_answers(self, *answers: str) -> None:
        """Type lines to the next command, which asks for them."""
        self.answers = "".join(f"{answer}\n" for answer in answers)

    def do_python(self, name: str) -> None:
        """Run a script of the case, in the service's folder."""
        self._say(lambda: runpy.run_path(str(self.folder / name), run_name="__main__") and None)

    def do_papermill(self, *arguments: str) -> None:
        """Run a notebook by papermill: its exit code, and the last line of its error."""
        command = [
            sys.executable,
            "-m",
            "papermill",
            "--no-progress-bar",
            "--log-level",
            "ERROR",
            *arguments,
        ]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, env={**os.environ}
        )
        last = done.stderr.strip().splitlines()[-1:] if done.returncode else []
        self.write("said", "\n".join([f"[{done.returncode}]", *last]))

    def do_show(self, what: str, *arguments: str) -> None:
        """Show something of what was made."""
        from tests.cases import showing

        self.write(what, getattr(showing, what)(*arguments))

    def _say(self, command) -> None:  # type: ignore[no-untyped-def]
        out = io.StringIO()
        with (
            contextlib.redirect_stdout(out),
            contextlib.redirect_stderr(out),
            pytest.MonkeyPatch.context() as patch,
        ):
            patch.setattr("sys.stdin", io.StringIO(self.answers))
            self.answers = ""
            try:
                code = command()
            except SystemExit as ended:
                code = ended.code
        self.write("said", f"[{code or 0}]\n{out.getvalue()}")
