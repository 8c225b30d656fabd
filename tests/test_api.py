"""What a program may import: light, typed, and the same as the commands.

Slow: a document converted by another program.
"""

from __future__ import annotations

import math
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from bs4 import BeautifulSoup

import rlpipeline
from rlpipeline.cli import main
from rlpipeline.display import cells
from rlpipeline.errors import ToolError, UsageError
from rlpipeline.execution.memory import BuildRequest
from rlpipeline.observations import Observation
from rlpipeline.publication.printing import write_docx
from tests.execution.made_up import write_chapter


def test_importing_loads_nothing(root: Path) -> None:
    heavy = ("pandas", "pydantic", "rlpipeline.api")
    code = f"import sys, rlpipeline; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_every_name_is_there_and_documented() -> None:
    assert set(rlpipeline.__all__) <= set(dir(rlpipeline))
    assert all(getattr(rlpipeline, name).__doc__ for name in rlpipeline.__all__)
    with pytest.raises(AttributeError, match="rien"):
        rlpipeline.rien  # noqa: B018


def test_what_is_typed_otherwise_is_taken_or_refused_in_french(root: Path, monkeypatch) -> None:
    monkeypatch.chdir(root / "tests/cases/services/poignee")
    assert rlpipeline.open_report("2023", 1501.0).scope.territory == "01501"  # type: ignore[arg-type]
    with pytest.raises(UsageError, match="pas une année"):
        rlpipeline.open_report("deux mille")  # type: ignore[arg-type]
    for editions in ("publique", ()):
        with pytest.raises(UsageError, match="Édition inconnue"):
            rlpipeline.build(2023, editions)  # type: ignore[arg-type]


def test_own_indicators_are_those_of_the_project_wherever_one_stands(
    root: Path, tmp_path: Path, monkeypatch
) -> None:
    place = root / "tests/cases/services/poignee"
    (tmp_path / "rlpipeline.yml").write_text(
        f"source: {place / 'source'}\nparams: {place / 'params'}\n", "utf-8"
    )
    girls = "of=('accompagnes', 'total', 'F'), on=('accompagnes', 'total', 'total')"
    imported = "from rlpipeline.figures.notebook import ratio, table"
    declared = f"{imported}\ntable('filles', 'Part des filles', count=ratio({girls}))"
    write_chapter(tmp_path / "notebooks/mes_indicateurs.ipynb", [declared], above="Un essai.")
    monkeypatch.chdir(tmp_path / "notebooks")
    assert len(rlpipeline.open_report(2023).indicator("filles")) == 1


def test_a_build_has_the_limit_of_the_project(root: Path, tmp_path: Path, monkeypatch) -> None:
    places = f"source: {root / 'data/exemple'}\nparams: {root / 'params'}\n"
    (tmp_path / "rlpipeline.yml").write_text(f"{places}limite_cellule: 7\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    requests = list[BuildRequest]()
    monkeypatch.setattr(
        "rlpipeline.api.build_years", lambda request, _: requests.append(request) or ()
    )
    rlpipeline.build(2023)
    assert [request.cell_minutes for request in requests] == [7]


def test_the_figures_of_an_edition_are_those_of_its_csv(demonstration: Path) -> None:
    figures = rlpipeline.read_figures(demonstration)
    written = pd.read_csv(demonstration / "indicateurs.csv", dtype={"territoire": str}).iloc[:, :8]
    pd.testing.assert_frame_equal(figures[[*written]], written, check_dtype=False)
    totals = figures[figures["ligne"] == "total"]
    assert totals["ligne_totale"].all() and set(totals["libelle_ligne"]) >= {"Total"}


def test_a_word_document_has_the_tables_and_words_of_its_page(
    demonstration: Path, tmp_path: Path
) -> None:
    if shutil.which("pandoc") is None:
        pytest.skip("pandoc is not installed")
    target = tmp_path / "rapport.docx"
    write_docx(demonstration / "rapport.html", target)
    text = subprocess.run(
        ["pandoc", str(target), "-t", "html"], capture_output=True, text=True, check=True
    ).stdout
    page = (demonstration / "rapport.html").read_text("utf-8")
    assert text.count("<table") == page.count("<table")
    assert text.count("<img") == len(
        BeautifulSoup(page, "lxml").select("main :is(img, figure > svg:first-of-type)")
    )
    assert "Jeunes accompagnés, par sexe et âge" in text.replace("\xa0", " ")
    if shutil.which("rsvg-convert"):
        kinds = [
            Path(name).suffix
            for name in zipfile.ZipFile(target).namelist()
            if name.startswith("word/media/")
        ]
        assert kinds.count(".png") >= kinds.count(".svg") > 0, "what old versions of Word show"


def test_a_word_document_shows_once_what_a_page_has_for_several_readers(tmp_path: Path) -> None:
    if shutil.which("pandoc") is None:
        pytest.skip("pandoc is not installed")
    svg = '<svg viewBox="0 0 480 218" width="480" height="218"><title>Dessin</title><text x="9" y="9">mot</text></svg>'
    figure = (
        f"<figure><figcaption>Jeunes</figcaption>{svg}<table><tr><td>12</td></tr></table></figure>"
    )
    empty = cells.html(Observation(math.nan, "heures", "vide"))
    (tmp_path / "page.html").write_text(
        f"<main>{figure}<p>Temps : {empty}</p></main>", encoding="utf-8"
    )
    write_docx(tmp_path / "page.html", tmp_path / "page.docx")
    command = ["pandoc", str(tmp_path / "page.docx"), "-t", "plain"]
    text = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
    assert "Temps : –\n" in text
    assert text.index("Jeunes") < text.index("12")
    assert "mot" not in text


def test_without_pandoc_a_word_document_says_what_to_install(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match="Pandoc"):
        write_docx(tmp_path / "rapport.html", tmp_path / "rapport.docx")
    assert [*tmp_path.iterdir()] == []


def test_a_word_document_has_its_name_and_its_folder(
    demonstration: Path, tmp_path: Path, monkeypatch, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    place = [
        "--out",
        str(demonstration.parent),
        "--params",
        str(Path(__file__).parents[1] / "params"),
    ]
    for name in ("rapport.odt", "nulle part/rapport.docx"):
        assert main(["docx", *place, "--year", "2023", "--to", name]) == 2
        assert "en .docx, dans un dossier qui existe" in capsys.readouterr().err
