"""Any source turns into any other, and back, without a frame changing.

Slow: all that reads a source again, and again what it was turned into.
"""

import csv
import sqlite3
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from rlpipeline.errors import RlpipelineError, ToolError
from rlpipeline.records.frames import Records
from rlpipeline.records.store import load
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.models import Service
from rlpipeline.spreadsheets import conversion
from rlpipeline.spreadsheets.conversion import export_source
from tests.records.conftest import schema, server, service
from tests.records.sample import sample
from tests.records.writers import write_csv, write_sqlite

__all__ = ["schema", "server", "service"]


TEXTS = (
    "=1+1|+33|-5|@x|'=x|''-x|＝1|a;b,c|a;=b|a  b\tc|_x0041_|_x000D_|#|NULL|l’été|<b>&amp;|{{ x }}|1e5|nan|TRUE"
    "|𝔘|oui"
)
NASTY = [*TEXTS.split("|"), "\u2028fin", '"', "ligne\n=2"]
IMPLAUSIBLE = {("P301", "jeunes"), ("P303", "jeunes"), ("P402", "temps"), ("Q503", "temps")}
"""Told of days of 1900, where spreadsheets count from, of nasty texts that only signs tell apart, of months without."""


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> str:
    tables = sample()
    tables["temps"] += [["2023-01-11", text, "", "formation", "1,25", "oui"] for text in NASTY]
    tables["jeunes"] += [
        ["J9", "F", "1900-01-15", "62215", "", "1900-02-28"],
        ["J10", "F", "", "62215", "", "2023-01-01"],
    ]
    tables["financements"] += [
        ["2023", "Ville", "0,30000000000000004", ""],
        ["2023", "Ville", "1234567890.123456789", ""],
    ]
    del tables["diagnostics"]
    return write_sqlite(tables, tmp_path_factory.mktemp("source") / "source.sqlite")


@pytest.fixture(scope="module")
def expected(source: str, service: Service) -> Records:
    return load(source, service)[0]


def same(records: Records, expected: Records) -> None:
    assert records.present == expected.present
    for table in TABLES:
        pd.testing.assert_frame_equal(records[table.name], expected[table.name])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["copie", "copie.xlsx", "postgresql"])
def test_there_and_back(
    name: str,
    source: str,
    expected: Records,
    service: Service,
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    target = request.getfixturevalue("schema")[1] if name == "postgresql" else str(tmp_path / name)
    export_source(source, target, service)
    records, findings = load(target, service)
    assert {(item.code, item.table) for item in findings} == {("I001", "diagnostics"), *IMPLAUSIBLE}
    same(records, expected)
    export_source(target, str(tmp_path / "retour"), service)
    same(load(str(tmp_path / "retour"), service, plausible=False)[0], expected)
    no_formula_in_a_folder(tmp_path / "retour")
    if name == "copie.xlsx":
        no_formula_in_a_workbook(tmp_path / name)


def no_formula_in_a_workbook(path: Path) -> None:
    cells = [
        cell for row in openpyxl.load_workbook(path)["temps"].iter_rows(min_row=4) for cell in row
    ]
    assert {"=1+1", "+33", "@x"} <= {cell.value for cell in cells}
    assert {cell.data_type for cell in cells} <= {"s", "n", "d"}


def no_formula_in_a_folder(path: Path) -> None:
    with (path / "temps.csv").open(encoding="utf-8", newline="") as stream:
        written = [row["educateur"] for row in csv.DictReader(stream)]
    assert len(written) > len(NASTY)
    assert [text for text in written if text.startswith(("=", "+", "-", "@"))] == []


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("copie.csv", "sorte de source"),
        ("copie.xls", "sorte de source"),
        ("copie.ods", "ne s'écrit pas"),
        ("notes", "autre chose que des tables"),
        ("source", "la source elle-même"),
        ("mysql://hôte/base", "Rien ne s'écrit"),
        ("sqlite:///copie", "finit par .sqlite"),
    ],
)
def test_targets_that_are_refused(target: str, said: str, service: Service, tmp_path: Path) -> None:
    origin = write_csv(sample(), tmp_path / "source")
    (tmp_path / "notes").mkdir()
    (tmp_path / "notes" / "notes.txt").write_text("à garder")
    with pytest.raises(RlpipelineError) as refused:
        export_source(
            origin, target if "://" in target else str(tmp_path / target), service, force=True
        )
    assert said in str(refused.value)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["notes", "source"]
    assert (tmp_path / "notes" / "notes.txt").read_text() == "à garder"


@pytest.mark.slow
def test_what_does_not_read_back_is_not_put_in_place(
    source: str, service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    honest = conversion.rows_by_table
    monkeypatch.setattr(
        conversion,
        "rows_by_table",
        lambda *given: {name: rows[1:] for name, rows in honest(*given).items()},
    )
    with pytest.raises(ToolError, match="à l'identique") as refused:
        export_source(source, str(tmp_path / "copie"), service)
    assert "jeunes" in str(refused.value.where)
    assert list(tmp_path.iterdir()) == []


def test_what_is_left_out_is_said(tmp_path: Path, service: Service) -> None:
    tables = sample()
    tables["temps"] = [[*row, "humeur"] for row in tables["temps"]]
    said = export_source(
        write_csv(tables, tmp_path / "source"), str(tmp_path / "c"), service
    ).summary("c")
    assert "relues à l'identique" in said and "temps, colonne humeur" in said


@pytest.mark.slow
def test_a_database_keeps_keys_and_types(source: str, service: Service, tmp_path: Path) -> None:
    export_source(source, str(tmp_path / "copie.db"), service)
    with sqlite3.connect(tmp_path / "copie.db") as connection:
        assert [row[2] for row in connection.execute("PRAGMA foreign_key_list(suivis)")] == [
            "jeunes"
        ]
        assert [
            row[1] for row in connection.execute("PRAGMA table_info(situations)") if row[5]
        ] == [
            "id_jeune",
            "annee",
        ]
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
    connection.close()
