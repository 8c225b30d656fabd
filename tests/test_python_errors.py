"""What Python says of a cell in English is said in French, and only where it quotes the cell."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rlpipeline.cli import main
from rlpipeline.execution.outcome import reason_of
from rlpipeline.python_errors import OPENED, import_line, methods_of_report, names_of
from rlpipeline.report import Report


@pytest.mark.parametrize(
    ("source", "advice"),
    [
        ("pd.DataFrame()", "ajouter « import pandas as pd » au-dessus"),
        ("accompagnes", "from rlpipeline.figures.populations import accompagnes"),
        ("raport = 1\nreprot", "le définir ou l'importer"),
        ("import pandsa", "le plus proche est « pandas »"),
        ("from rlpipeline.figures.populations import acompagnes", "est « accompagnes »"),
    ],
)
def test_an_error_of_python_says_what_to_write(source: str, advice: str) -> None:
    with pytest.raises(Exception) as caught:
        exec(source, {})
    assert advice in reason_of(type(caught.value).__name__, str(caught.value), source)


@pytest.mark.parametrize("message", ["name 'Kevin' is not defined", "No module named 'Kevin'"])
def test_a_word_that_the_cell_does_not_hold_is_not_quoted(message: str) -> None:
    kind = "NameError" if "name" in message else "ModuleNotFoundError"
    assert "Kevin" not in reason_of(kind, message, "exec(texte)")


def test_names_read_in_the_sources_are_those_that_there_are() -> None:
    public = {name for name in vars(Report) if not name.startswith("_")}
    assert public - methods_of_report() <= {"scales"}  # with a default, the others have none
    for module in OPENED:
        loaded = __import__(f"rlpipeline.{module}", fromlist=["x"])
        assert names_of(module) <= {*vars(loaded)}
        lines = {import_line(name) for name in names_of(module)}
        for line in lines - {""}:
            exec(line, {})


def test_a_program_is_told_of_notebooks_in_the_form_of_findings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--out", str(tmp_path), "--communes", "1", "--years", "2023"]) == 0
    notebooks = tmp_path / "notebooks"
    notebooks.mkdir()
    (notebooks / "20_essai.ipynb").write_text("{}", encoding="utf-8")
    (tmp_path / "rlpipeline.yml").write_text("source: source\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert main(["check", "--json"]) == 1
    [fault] = json.loads(capsys.readouterr().out)
    assert (fault["gravite"], fault["code"], fault["ligne"]) == ("erreur", "N001", None)
    assert "notebooks/20_essai.ipynb" in fault["message"]
