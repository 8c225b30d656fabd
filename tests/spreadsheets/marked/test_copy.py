"""``check --excel``: every finding is in the copy, at its cell, and the source does not change by a byte.

Slow: the other kinds of source, and whole workbooks for the rarer questions.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import openpyxl
import pytest
from openpyxl.chart import BarChart, Reference
from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Font, PatternFill
from openpyxl.worksheet.datavalidation import DataValidation

from rlpipeline.cli import main
from rlpipeline.records import Finding, check
from rlpipeline.settings.models import Service
from rlpipeline.spreadsheets.marked import copy as marked_copy
from rlpipeline.spreadsheets.marked.copy import write_marked_copy
from rlpipeline.spreadsheets.marked.marking import COLOURS, HEADERS
from tests.records.conftest import Write, kind, schema, server, service, write
from tests.records.sample import faulty, sample
from tests.records.writers import write_csv, write_xlsx

__all__ = ["kind", "schema", "server", "service", "write"]
KINDS = ("xlsx", *(pytest.param(kind, marks=pytest.mark.slow) for kind in ("csv", "ods", "sqlite")))


def listed(book: openpyxl.Workbook) -> list[dict[str, object]]:
    """The rows of the list, with the place that each links to."""
    rows = list(book["Constats"].iter_rows())
    start = next(index for index, row in enumerate(rows) if row[0].value == HEADERS[0])
    return [
        {
            **dict(zip(HEADERS, (cell.value or "" for cell in row), strict=True)),
            "lien": row[2].hyperlink.location if row[2].hyperlink else None,
        }
        for row in rows[start + 1 :]
    ]


def coloured(book: openpyxl.Workbook) -> set[tuple[str, str]]:
    marks = {f"00{fill.fgColor.rgb[2:]}" for fill in COLOURS.values()}
    return {
        (page.title, cell.coordinate)
        for page in book.worksheets[1:]
        for row in page.iter_rows()
        for cell in row
        if cell.fill.fgColor.rgb in marks
    }


@pytest.mark.parametrize("kind", KINDS)
def test_every_finding_is_listed_linked_coloured_and_explained(write: Write, service: Service, tmp_path: Path) -> None:
    source = write(faulty())
    findings = check(source, service)
    copy = write_marked_copy(source, findings, tmp_path / "copie.xlsx")
    book = openpyxl.load_workbook(tmp_path / "copie.xlsx")
    assert book.sheetnames[0] == book.active.title == "Constats"
    rows = listed(book)
    assert [(row["Code"], row[HEADERS[5]]) for row in rows] == [(item.code, item.message) for item in findings]
    for row, item in zip(rows, findings, strict=True):
        sheet, cell = re.fullmatch(r"'(.+)'!([A-Z]+\d+)", str(row["lien"])).groups()
        assert item.message in book[sheet][cell].comment.text
        assert (sheet, cell) in coloured(book)
        assert held(book[sheet][cell].value, item)
    assert len(coloured(book)) == copy.cells


def held(value: object, item: Finding) -> bool:
    """Whether a cell holds what its finding says, as far as a text can tell."""
    shown = (item.valeur or "").split(", ")[0].removesuffix(" (33000 caractères)").rstrip("…")[:20]
    return "\ufffd" in shown or str(value or "").startswith(shown) or not str(value or "").isascii()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A workbook that someone made her own, with two faults."""
    path = tmp_path / "classeur.xlsx"
    write_xlsx(sample(), path)
    book = openpyxl.load_workbook(path)
    page = book["jeunes"]
    page["B2"], page["C3"] = "X", "31/04/2008"
    page["A2"].font = Font(bold=True, color="FF123456")
    page["A2"].fill = PatternFill("solid", fgColor="FF00FF00")
    page["B2"].comment = Comment("à vérifier avec l'équipe", "la coordinatrice")
    page.column_dimensions["A"].width = 33
    page.freeze_panes = "B2"
    choice = DataValidation("list", formula1='"F,G,NR"')
    choice.add("B2:B100")
    page.add_data_validation(choice)
    book.create_sheet("notice")["A1"] = "=1+1"
    path.unlink()
    book.save(path)
    return path


def test_the_copy_keeps_what_is_hers_and_the_source_its_bytes(own: Path, service: Service, tmp_path: Path) -> None:
    before = own.read_bytes()
    own.chmod(0o640)
    write_marked_copy(str(own), check(str(own), service), tmp_path / "copie.xlsx")
    assert own.read_bytes() == before
    assert (tmp_path / "copie.xlsx").stat().st_mode & 0o777 == 0o640
    book = openpyxl.load_workbook(tmp_path / "copie.xlsx")
    page = book["jeunes"]
    assert coloured(book) == {("jeunes", "B2"), ("jeunes", "C3")}
    assert page["B2"].comment.text.startswith("à vérifier avec l'équipe")
    assert "F (Fille), G (Garçon), NR" in page["B2"].comment.text
    assert (page["A2"].font.b, page["A2"].fill.fgColor.rgb) == (True, "FF00FF00")
    assert (page.column_dimensions["A"].width, page.freeze_panes) == (33, "B2")
    assert [one.formula1 for one in page.data_validations.dataValidation] == ['"F,G,NR"']
    assert book["notice"]["A1"].value == "=1+1"


def test_a_corrected_copy_is_checked_again(own: Path, service: Service, tmp_path: Path) -> None:
    first, second = tmp_path / "copie.xlsx", tmp_path / "encore.xlsx"
    write_marked_copy(str(own), check(str(own), service), first)
    book = openpyxl.load_workbook(first)
    book["jeunes"]["C3"] = "30/04/2008"
    book.save(first)
    findings = check(str(first), service)
    assert [(item.code, item.ligne) for item in findings] == [("E103", 2)]
    write_marked_copy(str(first), findings, second)
    again = openpyxl.load_workbook(second)
    assert coloured(again) == {("jeunes", "B2")}
    assert again["jeunes"]["C3"].comment is None
    assert again.sheetnames.count("Constats") == 1
    write_marked_copy(str(own), check(str(own), service), second)


@pytest.mark.slow
def test_our_colour_comes_before_hers_by_condition(own: Path, service: Service, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(own)
    hers = FormulaRule(formula=["TRUE"], fill=PatternFill("solid", bgColor="FF00FF00"))
    book["jeunes"].conditional_formatting.add("A2:F9", hers)
    book.save(own)
    first, second = tmp_path / "copie.xlsx", tmp_path / "encore.xlsx"
    write_marked_copy(str(own), check(str(own), service), first)
    write_marked_copy(str(first), check(str(first), service), second)
    conditions = openpyxl.load_workbook(second)["jeunes"].conditional_formatting
    ranks = {str(one.sqref): [rule.priority for rule in one.rules] for one in conditions}
    assert set(ranks) == {"B2 C3", "A2:F9"}
    assert len(ranks["B2 C3"]) == 1
    assert ranks["B2 C3"] < ranks["A2:F9"]


@pytest.mark.slow
def test_what_a_copy_loses_is_said(own: Path, service: Service, tmp_path: Path) -> None:
    book = openpyxl.load_workbook(own)
    chart = BarChart()
    chart.add_data(Reference(book["temps"], min_col=5, min_row=1, max_row=3))
    book["temps"].add_chart(chart, "H2")
    book.save(own)
    copy = write_marked_copy(str(own), check(str(own), service), tmp_path / "copie.xlsx")
    assert copy.lost == ("les graphiques",)
    assert "les graphiques" in copy.summary


def test_findings_without_a_cell_are_listed(service: Service, tmp_path: Path) -> None:
    tables = sample()
    del tables["suivis"], tables["temps"]
    tables["jeunes"][0][1] = "Sexe"
    tables["jeunes"] = [row[:4] + row[5:5] for row in tables["jeunes"]]
    source = write_xlsx(tables, tmp_path / "source.xlsx")
    write_marked_copy(source, check(source, service), tmp_path / "copie.xlsx")
    rows = {(row["Code"], row["Feuille"]): row for row in listed(openpyxl.load_workbook(tmp_path / "copie.xlsx"))}
    assert rows["E001", "suivis"]["lien"] is None
    assert rows["A003", "temps"]["lien"] is None
    assert rows["A004", "jeunes"]["lien"] == "'jeunes'!B1"
    assert rows["E002", "jeunes"]["lien"] == "'jeunes'!A1"


@pytest.mark.slow
def test_texts_of_the_records_are_never_formulas(service: Service, tmp_path: Path) -> None:
    tables = sample()
    tables["jeunes"][1][1] = '=HYPERLINK("http://x")'
    source = write_csv(tables, tmp_path / "source")
    write_marked_copy(source, check(source, service), tmp_path / "copie.xlsx")
    book = openpyxl.load_workbook(tmp_path / "copie.xlsx")
    live = [cell.value for page in book.worksheets for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    assert live == []
    assert book["jeunes"]["B2"].value == '=HYPERLINK("http://x")'


@pytest.mark.slow
def test_beyond_a_number_of_comments_cells_are_coloured_only(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marked_copy, "MAX_NOTES", 3)
    source = write_csv(faulty(), tmp_path / "source")
    copy = write_marked_copy(source, check(source, service), tmp_path / "copie.xlsx")
    book = openpyxl.load_workbook(tmp_path / "copie.xlsx")
    comments = [cell for page in book.worksheets for row in page.iter_rows() for cell in row if cell.comment]
    assert (len(comments), len(coloured(book))) == (3, copy.cells)


def test_the_command_keeps_its_exit_code_and_its_json(
    own: Path, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy, params = tmp_path / "copie.xlsx", str(root / "params")
    assert main(["check", "--source", str(own), "--params", params, "--excel", str(copy), "--json"]) == 3
    said = capsys.readouterr()
    assert {item["code"] for item in json.loads(said.out)} >= {"E102", "E103"}
    assert str(copy) in said.err
    fine = write_xlsx(sample(), tmp_path / "bon.xlsx")
    assert main(["check", "--source", fine, "--params", params, "--excel", str(copy)]) == 0
    assert "0 cellule marquée" in capsys.readouterr().out
    assert openpyxl.load_workbook(copy)["Constats"]["A1"].value.startswith("Aucun constat")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("classeur.xlsx", "la source elle-même"),
        ("autre.xlsx", "n'est pas une copie"),
        ("copie.ods", "est un classeur .xlsx"),
    ],
)
def test_copies_that_are_refused(
    target: str, said: str, own: Path, root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_xlsx(sample(), tmp_path / "autre.xlsx")
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    options = ["--source", str(own), "--params", str(root / "params"), "--excel", str(tmp_path / target)]
    assert main(["check", *options]) == 2
    assert said in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_an_unreadable_workbook_has_no_copy(root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "abime.xlsx").write_bytes(b"PK\x03\x04 rien")
    copy = tmp_path / "copie.xlsx"
    options = ["--source", str(tmp_path / "abime.xlsx"), "--params", str(root / "params"), "--excel", str(copy)]
    assert main(["check", *options]) == 3
    said = capsys.readouterr()
    assert "E010" in said.out
    assert "il n'y a pas de copie" in said.err
    assert not copy.exists()


@pytest.mark.parametrize("kind", ["xlsx"])
def test_every_line_of_a_finding_and_every_unknown_column_is_marked(
    write: Write, service: Service, tmp_path: Path
) -> None:
    tables = sample()
    tables["jeunes"] += [[f"J{number}", "X", "", "62215", "", "2023-01-01"] for number in range(10, 15)]
    tables["temps"] = [[*row, "x", "y"] for row in tables["temps"]]
    tables["temps"][0][6:] = ["remarque", "avis"]
    source = write(tables)
    write_marked_copy(source, check(source, service), tmp_path / "copie.xlsx")
    book = openpyxl.load_workbook(tmp_path / "copie.xlsx")
    assert coloured(book) == {("jeunes", f"B{line}") for line in range(5, 10)} | {("temps", "G1"), ("temps", "H1")}
    assert [row["Cellule"] for row in listed(book)] == ["B5 et 4 autres", "G1"]
