"""``check --excel``: every finding is in the copy, at its cell, and the source does not change by a byte."""

from __future__ import annotations

import json
import re
from pathlib import Path

import openpyxl
import pytest

from rlpipeline.cli import main
from rlpipeline.spreadsheets.marked.marking import COLOURS, HEADERS
from tests.records.sample import faulty
from tests.records.writers import write_xlsx


def test_every_finding_is_listed_linked_coloured_and_explained(
    root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source, copy = Path(write_xlsx(faulty(), tmp_path / "source.xlsx")), tmp_path / "copie.xlsx"
    before = source.read_bytes()
    options = ["--source", str(source), "--params", str(root / "params"), "--excel", str(copy), "--json"]
    assert main(["check", *options]) == 3
    findings = json.loads(capsys.readouterr().out)
    assert source.read_bytes() == before
    book = openpyxl.load_workbook(copy)
    assert book.sheetnames[0] == "Constats"
    rows = list(book["Constats"].iter_rows())
    start = next(rank for rank, row in enumerate(rows) if row[0].value == HEADERS[0])
    marks = {f"00{fill.fgColor.rgb[2:]}" for fill in COLOURS.values()}
    for row, finding in zip(rows[start + 1 :], findings, strict=True):
        told = dict(zip(HEADERS, (cell.value for cell in row), strict=True))
        assert (told["Code"], told[HEADERS[5]]) == (finding["code"], finding["message"])
        sheet, place = re.fullmatch(r"'(.+)'!([A-Z]+\d+)", row[2].hyperlink.location).groups()
        assert finding["message"] in book[sheet][place].comment.text
        assert book[sheet][place].fill.fgColor.rgb in marks
