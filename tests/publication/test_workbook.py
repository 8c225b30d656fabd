from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from rlpipeline.checks.workbook_cells import read_sheets
from rlpipeline.observations import Observation
from rlpipeline.publication.workbook import (
    MOST_COLUMNS,
    number_format,
    sheet_name,
    write_workbook,
)
from tests.publication.factory import bundle, figures

LIVE = ["=1+1", "@SUM(A1)"]


def written(tmp_path: Path, *contents: dict[str, Any]) -> Path:
    write_workbook(figures(*contents), tmp_path / "tableaux.xlsx")
    return tmp_path / "tableaux.xlsx"


def sheet(path: Path, name: str) -> Worksheet:
    pages = openpyxl.load_workbook(path)
    page = pages[name if name in pages.sheetnames else f"Table {name}"]
    assert isinstance(page, Worksheet)
    return page


def values(page: Worksheet, line: int) -> list[Any]:
    return [cell.value for cell in page[line]]


@pytest.fixture
def durees(tmp_path: Path) -> Path:
    service = {
        ("moins_6", "total"): 3,
        ("moins_6", "part"): 16.78,
        ("total", "total"): (1055.5, "partiel"),
    }
    texts = [{"ligne": "moins_6", "colonne": "partenaires", "texte": "=MDA"}]
    columns = [
        {"code": code, "label": code.upper(), "kind": ""}
        for code in ("total", "part", "partenaires")
    ]
    return written(
        tmp_path,
        bundle("durees", service, texts=texts, columns=columns),
        bundle("clotures", {("total", "nombre"): 77}, onglet="Clôtures"),
        bundle(
            "durees", {("moins_6", "total"): "nc", ("total", "total"): "masque"}, territory="62637"
        ),
    )


def test_a_sheet_a_table_for_every_territory(durees: Path) -> None:
    page = sheet(durees, "durees")
    assert values(page, 4) == ["Territoire", "Code", "Ligne", "TOTAL", "PART", "PARTENAIRES"]
    assert values(page, 5) == ["Ensemble du service", "service", "Moins_6", 3, 16.78, "=MDA"]
    assert values(page, 6) == ["Ensemble du service", "service", "Total", 1055.5, None, None]
    assert values(page, 7) == ["Oignies", "62637", "Moins_6", "nc", None, None]
    assert values(page, 8) == ["Oignies", "62637", "Total", "masqué", None, None]
    assert page.max_row == 8
    assert page.freeze_panes == "D5"
    assert page.auto_filter.ref == "A4:F8"


def test_the_definition_goes_across_and_paper_has_the_first_territory_alone(durees: Path) -> None:
    page = sheet(durees, "durees")
    last = page.max_column
    assert [str(area) for area in page.merged_cells.ranges] == [
        page.cell(2, 1).coordinate + ":" + page.cell(2, last).coordinate
    ]
    assert str(page.cell(2, 1).value).startswith("Unité")
    lines = [page.cell(line, 1).value for line in range(5, page.max_row + 1)]
    printed = 4 + lines.count(lines[0])
    assert page.print_area == f"'{page.title}'!$A$1:${page.cell(1, last).column_letter}${printed}"
    assert printed < page.max_row


def test_a_table_that_the_edition_has_not_has_no_sheet(tmp_path: Path) -> None:
    withheld = bundle("alertes", {}, reserve=True)
    path = written(
        tmp_path, withheld, bundle("clotures", {("total", "nombre"): 77}), bundle("vide", {})
    )
    assert openpyxl.load_workbook(path).sheetnames == ["Sommaire", "Table clotures", "Table vide"]


def test_numbers_are_numbers_and_states_are_seen(durees: Path) -> None:
    page = sheet(durees, "durees")
    assert (page["D5"].data_type, page["D5"].number_format) == ("n", "#,##0")
    assert (page["D6"].data_type, page["D6"].number_format) == ("n", '#,##0.0\\ "(partiel)"')
    assert page["D7"].data_type == "s"
    assert page["A6"].font.bold


def test_a_column_is_as_wide_as_its_longest_number(tmp_path: Path) -> None:
    path = written(
        tmp_path, bundle("durees", {("a", "total"): 1, ("b", "total"): (1234567.25, "partiel")})
    )
    shown = "1 234 567,25 (partiel)"
    assert sheet(path, "Table durees").column_dimensions["D"].width > len(shown)


@pytest.mark.parametrize(
    ("value", "unit", "column", "state", "expected"),
    [
        (3, "jeunes", "total", "ok", "#,##0"),
        (1055.5, "heures", "heures", "ok", "#,##0.0"),
        (0.375, "etp", "etp", "ok", "#,##0.00"),
        (10.0, "euros", "montant_eur", "ok", '#,##0.00\\ "€"'),
        (17, "%", "part", "ok", '#,##0.00\\ "%"'),
        (25.5, "%", "62637", "ok", '#,##0.0\\ "%"'),
        (3, "jeunes", "total", "partiel", '#,##0\\ "(partiel)"'),
    ],
)
def test_number_formats(value: float, unit: str, column: str, state: str, expected: str) -> None:
    assert number_format(Observation(value, unit, state, column=column)) == expected


def test_the_contents_lead_to_every_sheet(durees: Path) -> None:
    workbook = openpyxl.load_workbook(durees)
    assert workbook.sheetnames == ["Sommaire", "Table durees", "Clôtures"]
    page = sheet(durees, "Sommaire")
    assert values(page, 4) == [
        "Table durees", "Table durees", "jeunes", "Jeunes distincts.", "Données du service", "durees",
    ]  # fmt: skip
    assert page["A5"].hyperlink is not None
    assert page["A5"].hyperlink.location == "'Clôtures'!A1"
    back = sheet(durees, "Clôtures")["A3"]
    assert (back.value, back.hyperlink and back.hyperlink.location) == (
        "Retour au sommaire",
        "'Sommaire'!A1",
    )
    legend = {row[0].value: row[1].value for row in page.iter_rows(min_row=8)}
    assert set(legend) >= {"nc", "–", "masqué"}


@pytest.mark.parametrize("text", LIVE)
def test_text_stays_text(tmp_path: Path, text: str) -> None:
    labelled = bundle("x", {("a", "b"): 1}, title=text, definition=text, source=text)
    labelled["rows"] = [{"code": "a", "label": text, "kind": "corps"}]
    labelled["columns"] = [{"code": "b", "label": text, "kind": "corps"}]
    path = written(tmp_path, labelled)
    cells = [
        cell
        for page in openpyxl.load_workbook(path).worksheets
        for row in page.iter_rows()
        for cell in row
    ]
    found = [cell for cell in cells if cell.value == text]
    assert len(found) >= 6  # the name of the sheet too, where it may be one
    assert all(cell.data_type == "s" for cell in found)
    assert all(cell.quotePrefix == text.startswith(("=", "+", "-", "@")) for cell in found)
    with zipfile.ZipFile(path) as archive:
        assert not any(b"<f>" in archive.read(name) for name in archive.namelist())


def test_years_are_told_apart_where_a_table_has_several(tmp_path: Path) -> None:
    notes = bundle("diagnostics", {("securite", "note"): 3})
    notes["figures"].append({**notes["figures"][0], "annee": 2022, "valeur": 2})
    page = sheet(written(tmp_path, notes), "diagnostics")
    assert [values(page, line)[2:] for line in (4, 5, 6)] == [
        ["Année", "Ligne", "Note"],
        [2023, "Securite", 3],
        [2022, "Securite", 2],
    ]


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("travail_de_rue", "travail_de_rue"),
        ("Jeunes rencontrés en travail de rue, par âge", "Jeunes rencontrés en travail de"),
        ("a/b:c*d?e[f]g\\h", "a b c d e f g h"),
        ("Sommaire", "Sommaire 2"),
        ("x" * 40, "x" * 31),
        ("'", "Tableau"),
        ("", "Tableau"),
    ],
)
def test_sheet_names(wanted: str, name: str) -> None:
    assert sheet_name(wanted, {"sommaire"}) == name


def test_sheet_names_are_unique_whatever_the_case() -> None:
    taken: set[str] = set()
    names = [sheet_name(wanted, taken) for wanted in ("Durees", "durees", "d" * 40, "d" * 35)]
    assert names == ["Durees", "durees 2", "d" * 31, "d" * 29 + " 2"]


def test_columns_that_read_alike_are_told_apart(tmp_path: Path) -> None:
    columns = [
        {"code": code, "label": label, "kind": ""}
        for code, label in (("a1", "Sorties"), ("a2", "Sorties"), ("a3", "Vélo"))
    ]
    actions = bundle(
        "actions", {("total", code): 1 for code in ("a1", "a2", "a3")}, columns=columns
    )
    page = sheet(written(tmp_path, actions), "actions")
    assert values(page, 4)[3:] == ["Sorties (a1)", "Sorties (a2)", "Vélo"]


def test_a_table_of_many_columns_has_a_row_for_each_that_a_territory_has(tmp_path: Path) -> None:
    codes = [f"a{rank}" for rank in range(MOST_COLUMNS + 1)]
    labels = ["Sorties", "Sorties", *(f"Action {code}" for code in codes[2:])]
    columns = [
        {"code": code, "label": label, "kind": ""}
        for code, label in zip(codes, labels, strict=True)
    ]
    lines = [
        {"code": code, "label": code.capitalize(), "kind": "corps"}
        for code in ("filles", "total", "unite")
    ]
    words = [{"ligne": "unite", "colonne": "a1", "texte": "présences"}]
    service = {
        (line, code): rank for rank, code in enumerate(codes) for line in ("filles", "total")
    }
    own = {("filles", "a1"): "nc", ("total", "a1"): 1}
    page = sheet(
        written(
            tmp_path,
            bundle("actions", service, rows=lines, columns=columns, texts=words),
            bundle("actions", own, "62637", rows=lines, columns=columns[1:2], texts=words),
        ),
        "actions",
    )
    assert values(page, 4) == ["Territoire", "Code", "Colonne", "Filles", "Total", "Unite"]
    assert values(page, 5) == ["Ensemble du service", "service", "Sorties (a0)", 0, 0, None]
    assert values(page, 6) == ["Ensemble du service", "service", "Sorties (a1)", 1, 1, "présences"]
    assert values(page, 5 + MOST_COLUMNS)[2:] == [
        f"Action a{MOST_COLUMNS}",
        MOST_COLUMNS,
        MOST_COLUMNS,
        None,
    ]
    assert values(page, 6 + MOST_COLUMNS) == [
        "Oignies",
        "62637",
        "Sorties (a1)",
        "nc",
        1,
        "présences",
    ]
    assert page.max_row == 6 + MOST_COLUMNS
    assert page.auto_filter.ref == f"A4:F{6 + MOST_COLUMNS}"


def test_a_rounded_number_shows_its_sign_and_the_contents_say_base_and_width(
    tmp_path: Path,
) -> None:
    cells = {
        ("a", "total"): (25, "arrondi", 5),
        ("b", "total"): (0, "arrondi", 10),
        ("total", "total"): 31,
    }
    path = written(tmp_path, bundle("durees", cells))
    page = sheet(path, "durees")
    shown = [(page[f"D{line}"].value, page[f"D{line}"].number_format) for line in (5, 6, 7)]
    assert shown == [
        (25, '"≈\u00a0"#,##0'),
        ("moins de 10", "General"),
        (31, "#,##0"),
    ]
    contents = [
        tuple(cell.value for cell in row[:2]) for row in sheet(path, "Sommaire").iter_rows()
    ]
    rounded = "nombre arrondi à un multiple de 5, à moins de 5 du nombre exact"
    assert ("≈\u00a025", rounded) in contents
    assert ("moins de 10", "de 0 à 9 ; un texte, qu'une somme ne compte pas") in contents


def test_what_is_less_than_its_base_is_no_number_to_who_adds_up(tmp_path: Path) -> None:
    """Neither the figure of the year nor that of the year before, on its own sheet."""
    cells = {("a", "total"): (25, "arrondi", 5), ("b", "total"): (0, "arrondi", 5)}
    path = written(tmp_path, bundle("durees", cells))
    column = pd.read_excel(path, sheet_name="Table durees", header=3, engine="calamine")["Total"]
    assert column.tolist() == [25, "moins de 5"]
    assert pd.to_numeric(column, errors="coerce").count() == 1


def test_the_audit_reads_what_a_rounded_cell_shows(tmp_path: Path) -> None:
    cells = {
        ("a", "total"): (1025, "arrondi", 5),
        ("b", "total"): (0, "arrondi", 10),
        ("total", "total"): 1031,
    }
    sheets = read_sheets(written(tmp_path, bundle("durees", cells)))
    rows = next(rows for _, id, rows in sheets if id == "durees")
    assert [row[3] for row in rows[4:]] == ["≈\u00a01\u202f025", "moins de 10", 1031]


def test_the_words_of_figures_stand_in_a_column_of_their_own(tmp_path: Path) -> None:
    vintages = {"a": "2021", "b": "2021", "c": "2019"}
    texts = [{"ligne": "x", "colonne": code, "texte": text} for code, text in vintages.items()]
    cells = {("x", "a"): 1, ("x", "b"): 2, ("x", "c"): 3, ("y", "a"): 4}
    page = sheet(written(tmp_path, bundle("reperes", cells, texts=texts)), "reperes")
    assert values(page, 4)[3:] == ["A", "B", "C", "Précisions sur les chiffres"]
    assert values(page, 5)[3:] == [1, 2, 3, "2021\nC\u00a0: 2019"]
    assert values(page, 6)[3:] == [4, None, None, None]
