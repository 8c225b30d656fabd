import re
import zipfile
from datetime import date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from rlpipeline.records.store import check, load
from rlpipeline.settings.models import Service
from tests.records.sample import Sheets, sample, without_absences
from tests.records.writers import ods_cell, ods_sheet, write_ods, write_ods_sheets, write_xlsx

TABLES = (
    "situations",
    "presences",
    "temps",
    "actions",
    "participations",
    "partenaires",
    "territoires",
)


def rewritten(path: Path, name: str, change: object) -> None:
    """The archive with one member changed."""
    with zipfile.ZipFile(path) as before:
        members = {item: before.read(item) for item in before.namelist()}
    members[name] = change(members[name])  # type: ignore[operator]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as after:
        for item, data in members.items():
            after.writestr(item, data)


def sheets() -> Sheets:
    """The sheets that the tests spoil, and those that a service must have."""
    return sample(*TABLES)


@pytest.fixture
def book(tmp_path: Path) -> tuple[openpyxl.Workbook, Path]:
    """A faultless workbook, opened to be spoilt."""
    path = tmp_path / "source.xlsx"
    write_xlsx(sheets(), path)
    return openpyxl.load_workbook(path), path


def found(path: Path, service: Service) -> list[tuple[str, str, int | None, str | None]]:
    return [
        (item.code, item.table, item.ligne, item.colonne)
        for item in without_absences(check(str(path), service))
    ]


@pytest.mark.parametrize(
    ("cached", "count"),
    [('<c r="C2"><f>6+6</f><v>12</v></c>', 12.0), ('<c r="C2" t="str"><f>""</f><v></v></c>', None)],
)
def test_a_formula_with_a_cached_value_is_read(
    cached: str, count: float | None, book: tuple[openpyxl.Workbook, Path], service: Service
) -> None:
    workbook, path = book
    workbook["participations"]["C2"] = "=6+6"
    workbook.save(path)
    member = f"xl/worksheets/sheet{list(sheets()).index('participations') + 1}.xml"
    rewritten(path, member, lambda xml: re.sub(rb'<c r="C2".*?</c>', cached.encode(), xml))
    records, findings = load(str(path), service)
    assert without_absences(findings) == []
    (value,) = records["participations"].query("id_action == 'A1' and public == '11_14'")["nombre"]
    assert pd.isna(value) if count is None else value == count


@pytest.mark.parametrize(
    ("cell", "code"),
    [
        ('<table:table-cell table:formula="of:=6+6"/>', "E107"),
        (
            '<table:table-cell table:formula="of:=1/0" office:value-type="string" office:string-value="" '
            'calcext:value-type="error"><text:p>#DIV/0!</text:p></table:table-cell>',
            "E108",
        ),
        (
            '<table:table-cell table:formula="of:=6+6" office:value-type="float" office:value="12"/>',
            None,
        ),
    ],
)
def test_formulas_of_an_ods(cell: str, code: str | None, tmp_path: Path, service: Service) -> None:
    written = [ods_sheet(name, rows) for name, rows in sheets().items()]
    position = list(sheets()).index("participations")
    written[position] = written[position].replace(ods_cell("12"), cell)
    path = Path(write_ods_sheets(written, tmp_path / "source.ods"))
    assert found(path, service) == ([(code, "participations", 2, "nombre")] if code else [])


def test_a_hidden_sheet_and_merged_cells_of_an_ods_are_told(
    tmp_path: Path, service: Service
) -> None:
    merged = '<table:table-cell table:number-rows-spanned="2" office:value-type="string"><text:p>62215</text:p>'
    written = [
        ods_sheet(name, rows, "hidden" if name == "temps" else "")
        for name, rows in sheets().items()
    ]
    position = list(sheets()).index("temps")
    written[position] = written[position].replace(
        ods_cell("62215"), merged + "</table:table-cell>", 1
    )
    path = Path(write_ods_sheets(written, tmp_path / "source.ods"))
    assert found(path, service) == [("A005", "temps", None, None), ("E012", "temps", 2, "commune")]


def test_lines_are_those_of_the_sheet(
    book: tuple[openpyxl.Workbook, Path], service: Service
) -> None:
    workbook, path = book
    sheet = workbook["jeunes"]
    sheet.insert_rows(1, 2)
    sheet.insert_rows(4, 3)
    sheet["B7"] = "X"
    workbook.save(path)
    assert found(path, service) == [("E103", "jeunes", 7, "sexe")]


def test_an_empty_sheet_of_a_table_is_an_error_and_a_blank_one_nothing(
    book: tuple[openpyxl.Workbook, Path], service: Service
) -> None:
    workbook, path = book
    workbook.create_sheet("Feuil1")
    workbook.create_sheet("Lisez-moi")["A1"] = "notice"
    workbook.create_sheet("graphiques")["A1"] = "x"
    sheet = workbook["temps"]
    sheet.delete_rows(1, 10)
    workbook.save(path)
    assert found(path, service) == [
        ("A001", "graphiques", None, None),
        ("E003", "temps", None, None),
    ]


def test_cells_that_hold_dates_numbers_and_yes_or_no(
    book: tuple[openpyxl.Workbook, Path], service: Service
) -> None:
    workbook, path = book
    expected, _ = load(str(path), service)
    jeunes, temps = workbook["jeunes"], workbook["temps"]
    jeunes["C2"], jeunes["C3"], jeunes["F2"] = date(2008, 5, 17), 2006, datetime(2022, 2, 1, 14, 30)
    temps["A2"], temps["E2"], temps["F2"], temps["F3"] = datetime(2023, 1, 9), 2.5, True, False
    workbook["situations"]["B2"] = 2022
    workbook["participations"]["C4"] = 1055
    workbook["territoires"]["E4"] = 45.5
    workbook.save(path)
    records, findings = load(str(path), service)
    assert without_absences(findings) == []
    for name in sheets():
        pd.testing.assert_frame_equal(records[name], expected[name])


def test_identifiers_that_are_numbers_are_their_digits(tmp_path: Path, service: Service) -> None:
    tables = sheets()
    for rows in tables.values():
        position = rows[0].index("id_jeune") if "id_jeune" in rows[0] else None
        for row in rows[1:] if position is not None else []:
            row[position] = int(str(row[position])[1:])  # type: ignore[index]
    for path in (tmp_path / "source.xlsx", tmp_path / "source.ods"):
        (write_xlsx if path.suffix == ".xlsx" else write_ods)(tables, path)
        records, findings = load(str(path), service)
        assert without_absences(findings) == []
        assert records["jeunes"]["id_jeune"].tolist() == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "n'est pas un classeur"),
        (b"id_jeune,sexe\n", "n'est pas un classeur"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "mot de passe"),
    ],
)
def test_what_is_no_workbook(data: bytes, said: str, tmp_path: Path, service: Service) -> None:
    path = tmp_path / "source.xlsx"
    path.write_bytes(data)
    (item,) = check(str(path), service)
    assert item.code == "E010"
    assert said in item.message


@pytest.mark.parametrize("kind", ["xlsx", "ods"])
@pytest.mark.parametrize("kept", [0.3, 0.9])
def test_a_truncated_workbook(kind: str, kept: float, tmp_path: Path, service: Service) -> None:
    path = tmp_path / f"source.{kind}"
    (write_xlsx if kind == "xlsx" else write_ods)(sample(), path)
    data = path.read_bytes()
    path.write_bytes(data[: int(len(data) * kept)])
    (item,) = check(str(path), service)
    assert item.code == "E010"
