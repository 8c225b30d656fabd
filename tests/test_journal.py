"""--log-json: one JSON object a line, whatever happens, and the line that ends a build.

Slow: a real build, which alone shows that its stages tell their end.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rlpipeline.cli import duration, main
from rlpipeline.cli.making import one_line
from tests.made_once import write_short_report


def events(text: str) -> list[dict[str, Any]]:
    """Every line read; one that is no JSON fails the test."""
    return [json.loads(line) for line in text.splitlines()]


def test_an_error_is_an_event_and_the_last_one_has_the_exit_code(
    tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["audit", "--out", str(tmp_path), "--params", str(root / "params"), "--year", "2023", "--log-json"]
    code = main(arguments)
    told = events(capsys.readouterr().err)
    assert [one["evenement"] for one in told] == ["debut", "constat", "fin"]
    assert (told[0]["commande"], told[1]["gravite"], told[2]["code"]) == ("audit", "erreur", code)
    assert told[1]["lieu"] == str(tmp_path / "2023")
    assert "rlpipeline build" in told[1]["a_faire"]


@pytest.mark.parametrize(
    ("seconds", "words"), [(0.4, "0 s"), (59.4, "59 s"), (59.6, "1 min 00 s"), (185, "3 min 05 s")]
)
def test_a_duration_is_said_as_one_says_it(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_the_last_line_adds_up_both_editions() -> None:
    audit = SimpleNamespace(total=600, findings=("un écart",))
    made = [SimpleNamespace(year=2023, edition=name, outcomes="ab", audit=audit) for name in ("interne", "diffusion")]
    assert one_line(made) == (  # type: ignore[arg-type]
        "rapport 2023 (interne, diffusion) publié, 4 chapitres, 1\u202f200 vérifications, 2 points à vérifier"
    )


@pytest.mark.slow
def test_a_build_tells_each_chapter_and_ends_with_one_line(root: Path, tmp_path: Path) -> None:
    write_short_report(tmp_path)
    command = [
        sys.executable,
        "-m",
        "rlpipeline.cli",
        "build",
        "--source",
        "source",
        "--edition",
        "interne",
        "--sans-pdf",
        "--log-json",
    ]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=True)
    told = events(done.stderr)
    tasks = [one for one in told if one["evenement"] == "tache"]
    assert {(one["chapitre"], one["etat"], one["edition"]) for one in tasks} == {
        ("01_edito", "ok", "interne"),
        ("08_annexes", "ok", "interne"),
    }
    assert (told[0]["evenement"], told[-1]["evenement"], told[-1]["code"]) == ("debut", "fin", 0)
    assert told[-1]["message"].startswith("Terminé en ")
    assert "rapport 2023 (interne) publié, 2 chapitres" in told[-1]["message"]
