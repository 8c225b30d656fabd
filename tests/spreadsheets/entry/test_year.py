"""The analyst's year by the commands of the guide: from an empty folder to the zip that is sent.

Slow: every command in turn, which alone shows one that does not read what the former wrote.
"""

from __future__ import annotations

import json
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest
from _pytest.capture import CaptureResult

from rlpipeline.cli import main
from rlpipeline.records.labels import words_of
from rlpipeline.records.tables import table_named
from rlpipeline.spreadsheets.entry.columns import FIRST_ROW
from tests.spreadsheets.entry.a_service import YEARS, Rows, texts, two_years
from tests.spreadsheets.entry.typed import PLACES, SERVICE, type_in
from tests.spreadsheets.entry.validating import Validations

YEAR = YEARS[-1]
Run = Callable[..., CaptureResult[str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command, expect its exit code, return its answer (``out``) and what it told meanwhile (``err``)."""

    def called(code: int, *arguments: object) -> CaptureResult[str]:
        capsys.readouterr()
        assert main([str(word) for word in arguments]) == code, capsys.readouterr()
        return capsys.readouterr()

    return called


def in_words(name: str, rows: Rows) -> Rows:
    """Choose from the lists of the workbook: words of codes, names of communes."""
    words = []
    for column in table_named(name).columns:
        places = column.kind in ("commune", "territory")
        words.append(PLACES if places else words_of(column, SERVICE) if column.kind in ("code", "flag") else {})
    return [[of.get(str(cell), cell) for of, cell in zip(words, row, strict=False)] for row in rows]


def type_the_years(path: Path) -> None:
    """Type every record in the workbook's own sheets; its validations refuse none."""
    book = openpyxl.load_workbook(path)
    tables = {name: in_words(name, rows) for name, rows in two_years().items()}
    for name, rows in tables.items():
        type_in(book[name], rows)
    validations = Validations(book)
    refused = {
        (name, cell.coordinate): refusal
        for name, rows in tables.items()
        for row in book[name].iter_rows(min_row=FIRST_ROW, max_row=FIRST_ROW + min(len(rows), 12) - 1)
        for cell in row
        if (refusal := validations.refusal(name, cell.coordinate)) is not None
    }
    assert refused == {}
    book.save(path)


def mistype(path: Path, faulty: Path) -> None:
    book = openpyxl.load_workbook(path)
    book["jeunes"].cell(FIRST_ROW, 2).value = "H"
    book["suivis"].cell(FIRST_ROW + 1, 4).value = "31/04/2024"
    book.save(faulty)


def write_texts(params: Path) -> None:
    for name, words in texts(YEAR).items():
        with (params / str(YEAR) / "textes" / f"{name}.md").open("a", encoding="utf-8") as file:
            file.write(words)


def validate(params: Path) -> None:
    path = params / str(YEAR) / "rapport.yml"
    written = path.read_text(encoding="utf-8").replace("statut: brouillon", "statut: valide")
    path.write_text(written.replace("#date_validation", "date_validation"), encoding="utf-8")


@pytest.mark.slow
def test_the_year_of_a_new_service_ends_in_the_zip_that_is_sent(run: Run, root: Path, tmp_path: Path) -> None:
    folder, faulty, copy = tmp_path / "mon service", tmp_path / "fautes.xlsx", tmp_path / "copie.xlsx"
    book, params, out = folder / "saisie.xlsx", folder / "params", folder / "outputs"
    run(0, "new", folder, "--nom", "SPS d'essai", "--commune", "Carvin", "Oignies", "--year", YEAR)
    type_the_years(book)
    assert run(0, "check", "--source", book, "--params", params).out.startswith("0 erreur, 0 avertissement")

    mistype(book, faulty)
    said = run(3, "check", "--source", faulty, "--params", params, "--excel", copy).out
    assert re.findall(r"ERREUR (E\d+), ligne (\d+)", said) == [("E103", str(FIRST_ROW)), ("E102", str(FIRST_ROW + 1))]
    assert "Constats" in openpyxl.load_workbook(copy, read_only=True).sheetnames

    write_texts(params)
    validate(params)
    making = ("--source", book, "--params", params, "--out", out, "--year", YEAR, "--notebooks", root / "notebooks")
    said = "".join(run(0, "build", *making, "--sans-pdf"))
    assert re.search(rf"Terminé en .* : rapport {YEAR} \(interne, diffusion\) publié", said)
    assert "Traceback" not in said
    page = (
        (out / str(YEAR) / "rapport.html")
        .read_text(encoding="utf-8")
        .replace("’", "'")
        .replace("\N{NO-BREAK SPACE}", " ")
    )
    assert all(words.partition("{{")[0] in page for words in texts(YEAR).values())
    assert "Écrire le texte dessous" not in page

    verdicts = json.loads(run(0, "why", *making, "--json").out)
    assert verdicts
    assert "rien à refaire" in run(0, "why", *making).out
    assert "vérifications" in run(0, "audit", "--out", out, "--params", params).out
    said = run(0, "diff", out / str(YEAR), out / str(YEAR) / "diffusion").out
    assert "chiffres changés" in said

    said = "".join(run(0, "share", "--out", out, "--params", params))
    assert "aucun ne peut être retrouvé" in said
    assert "brouillon" not in said
    with zipfile.ZipFile(out / "partage.zip") as archive:
        names = archive.namelist()
        assert {"partage/index.html", f"partage/{YEAR}/rapport.html"} <= set(names)
        assert not [name for name in names if str(tmp_path).encode() in archive.read(name)]
        assert b"J-001" not in b"".join(archive.read(name) for name in names)
