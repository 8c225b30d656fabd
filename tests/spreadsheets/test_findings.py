"""``check --excel``: every finding is listed, and linked to its cell of a source that does not change by a byte."""

import json
import re
from pathlib import Path

import openpyxl
import pytest

from rlpipeline.cli import main
from rlpipeline.spreadsheets.findings_workbook import HEADERS
from tests.records.sample import faulty
from tests.records.writers import write_csv, write_xlsx


def listed(source: str, workbook: Path, params: Path) -> list[openpyxl.cell.Cell]:
    assert (
        main(
            [
                "check",
                "--source",
                source,
                "--params",
                str(params),
                "--excel",
                str(workbook),
                "--json",
            ]
        )
        == 3
    )
    rows = list(openpyxl.load_workbook(workbook)["Constats"].iter_rows())
    start = next(rank for rank, row in enumerate(rows) if row[0].value == HEADERS[0])
    return rows[start + 1 :]


def test_every_finding_leads_to_its_cell(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "données").mkdir()
    source = Path(write_xlsx(faulty(), tmp_path / "données" / "ma saisie.xlsx"))
    before = source.read_bytes()
    rows = listed(str(source), tmp_path / "constats.xlsx", root / "params")
    findings = json.loads(capsys.readouterr().out)
    assert source.read_bytes() == before
    records = openpyxl.load_workbook(source)
    for row, finding in zip(rows, findings, strict=True):
        told = dict(zip(HEADERS, (cell.value for cell in row), strict=True))
        assert (told["Code"], told[HEADERS[5]]) == (finding["code"], finding["message"])
        assert row[2].hyperlink.target == "donn%C3%A9es/ma%20saisie.xlsx"
        sheet, place = re.fullmatch(r"'(.+)'!([A-Z]+\d+)", row[2].hyperlink.location).groups()
        assert finding["colonne"] or place.startswith("A")
        written = records[sheet][place].value
        if finding["valeur"] and finding["lignes"] and written is not None:
            assert (
                str(written).strip().split(" ")[0] in finding["valeur"]
                or finding["colonne"] is None
            )


def test_findings_of_a_folder_lead_to_its_files(root: Path, tmp_path: Path) -> None:
    source = write_csv(faulty(), tmp_path / "source")
    rows = listed(source, tmp_path / "constats.xlsx", root / "params")
    assert any(
        row[2].hyperlink.target == "source/suivis.csv" and row[2].value.startswith("ligne ")
        for row in rows
    )


def test_what_is_no_list_of_findings_is_left(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = write_xlsx(faulty(), tmp_path / "source.xlsx")
    options = ["--source", source, "--params", str(root / "params"), "--excel", source]
    before = Path(source).read_bytes()
    assert main(["check", *options]) == 2
    assert "remplaceraient la source" in capsys.readouterr().err
    assert Path(source).read_bytes() == before
