"""The command line refuses what it does not know, in French, with the exit codes of the contract."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from pathlib import Path
from types import SimpleNamespace

import pytest

from rlpipeline.cli import duration, main
from rlpipeline.cli.making import one_line


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], "Il manque : COMMANDE"),
        (["build", "--year"], "--year : il manque une valeur"),
        (["build", "--jobs", "0"], "nombre entier positif attendu"),
        (["audit", "--printed", "nulle-part"], "nulle-part"),
        (["new", "x", "--departement", "Nord"], "numéro de département attendu"),
        (["demo"], "contient déjà un service"),
        (["demo", "--out", "x", "--seed", "un"], "nombre entier attendu"),
    ],
)
def test_wrong_usage_is_told_in_french(arguments: list[str], said: str, capsys) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert error.startswith("Erreur.")
    assert said in error


@pytest.mark.parametrize(
    "command",
    [
        [],
        ["new"],
        ["check"],
        ["build"],
        ["audit"],
        ["diff"],
        ["share"],
        ["export-source"],
        ["demo"],
        ["docs"],
        ["lab"],
    ],
)
def test_help_is_french(command: list[str], capsys, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["rlpipeline"])  # and not what the tests were started by
    with pytest.raises(SystemExit) as ended:
        main([*command, "--help"])
    assert ended.value.code == 0
    text = capsys.readouterr().out
    assert text.startswith("usage : rlpipeline")
    for english in ("show this", "optional", "positional", "default:"):
        assert english not in text


@pytest.mark.parametrize(("sent", "code"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_request_to_end_is_not_lost_where_python_ignores_exceptions(sent: str, code: int) -> None:
    """It comes while the end of a weak reference is told: what is raised there goes no further."""
    script = textwrap.dedent(
        f"""
        import argparse, os, signal, sys, time, weakref
        from rlpipeline import cli
        class Thing: pass
        def told(_):
            os.kill(os.getpid(), signal.{sent})
            time.sleep(0.1)
        def run(options):
            thing = Thing()
            reference = weakref.ref(thing, told)
            del thing
            time.sleep(30)
            return 0
        cli._parser = argparse.ArgumentParser
        argparse.ArgumentParser.parse_args = lambda *_: argparse.Namespace(run=run)
        sys.exit(cli.main([]))
        """
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, "Traceback" in done.stderr) == (code, False), done.stderr


def test_who_reads_the_first_lines_alone_sees_no_traceback() -> None:
    script = """
import argparse, sys
from rlpipeline import cli
cli._parser = argparse.ArgumentParser
run = lambda options: sys.stdout.writelines(["ligne\\n"] * 4_000_000) or 0
argparse.ArgumentParser.parse_args = lambda *_: argparse.Namespace(run=run)
sys.exit(cli.main([]))
"""
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdout is not None
        assert child.stderr is not None
        assert child.stdout.readline() == b"ligne\n"
        child.stdout.close()
        assert b"Traceback" not in child.stderr.read()
    assert child.returncode == 141


def test_the_shell_may_ask_how_a_line_goes_on(tmp_path: Path) -> None:
    answer = tmp_path / "suite"
    asked = {
        "COMP_LINE": "rlpipeline build --edi",
        "COMP_POINT": "22",
        "COMP_TYPE": "9",
        "_ARGCOMPLETE": "1",
    }
    more = {"_ARGCOMPLETE_STDOUT_FILENAME": str(answer), "_ARGCOMPLETE_IFS": "\n"}
    subprocess.run(
        [sys.executable, "-m", "rlpipeline"], env={**os.environ, **asked, **more}, check=True
    )
    assert answer.read_text("utf-8").split() == ["--edition"]


def test_an_error_is_an_event_and_the_last_one_has_the_exit_code(
    tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [
        "audit",
        "--out",
        str(tmp_path),
        "--params",
        str(root / "params"),
        "--year",
        "2023",
        "--log-json",
    ]
    code = main(arguments)
    told = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [event["evenement"] for event in told] == ["debut", "constat", "fin"]
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
    made = [
        SimpleNamespace(year=2023, edition=name, outcomes="ab", audit=audit)
        for name in ("interne", "diffusion")
    ]
    assert one_line(made) == (  # type: ignore[arg-type]
        "rapport 2023 (interne, diffusion) publié, 4 chapitres, 1\u202f200 vérifications, 2 points à vérifier"
    )
