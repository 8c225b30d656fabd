"""The one reader of files: the same cells from every kind, whatever the encoding and the separator."""

from pathlib import Path

import pytest

from rlpipeline.records.sources import sheets_of
from rlpipeline.records.tabular import Sheet, UnreadError, text_of, text_rows
from tests.records.sample import sample
from tests.records.writers import csv_bytes, write_ods, write_sqlite, write_xlsx

ROWS = sample("temps")["temps"]


def texts(sheet: Sheet) -> list[list[str]]:
    return [[text_of(cell) or "" for cell in row] for row in sheet.rows]


@pytest.mark.parametrize("kind", ["xlsx", "ods", "sqlite"])
def test_every_sheet_and_table_is_read(kind: str, tmp_path: Path) -> None:
    path = tmp_path / f"source.{kind}"
    {"xlsx": write_xlsx, "ods": write_ods, "sqlite": write_sqlite}[kind](sample(), path)
    sheets = {sheet.name: texts(sheet) for sheet in sheets_of(path)}
    assert sheets == {
        name: [[str(cell) for cell in row] for row in rows] for name, rows in sample().items()
    }


@pytest.mark.parametrize("separator", [";", ",", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_a_text_of_any_separator_and_encoding(
    separator: str, encoding: str, tmp_path: Path
) -> None:
    path = tmp_path / "temps.csv"
    path.write_bytes(csv_bytes(ROWS, separator, encoding))
    (sheet,) = sheets_of(path)
    assert (sheet.name, texts(sheet)) == ("temps", ROWS)


def test_a_title_and_decimal_commas_hide_no_separator(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(
        "Export du 3 mars, service\n\nid;heures\n1;1,5\n2;2,5\n", "utf-8"
    )
    (sheet,) = sheets_of(tmp_path / "a.csv")
    assert sheet.rows == [
        ["Export du 3 mars, service"],
        [],
        ["id", "heures"],
        ["1", "1,5"],
        ["2", "2,5"],
    ]
    assert [line for line, _ in text_rows(tmp_path / "a.csv")] == [1, 2, 3, 4, 5]


def test_utf_16_without_its_mark_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("id;heures\n1;é\n".encode("utf-16-le"))
    with pytest.raises(UnreadError, match="UTF-16"):
        sheets_of(tmp_path / "a.csv")
