from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.errors import SettingsError, UsageError
from rlpipeline.printed_report.reading import read_report

TABLE = "Jeunes suivis\nÂge,Filles,Garçons,Total\n11-14 ans,4,7,11\nTotal,4,7,11\n"


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return folder


def test_a_title_a_header_and_lines_are_told_apart(tmp_path: Path) -> None:
    (table,) = read_report(write(tmp_path, t__csv=TABLE)).tables
    assert (table.title, table.corner) == ("Jeunes suivis", "Âge")
    assert [column.label for column in table.columns] == ["Filles", "Garçons", "Total"]
    assert [row.role for row in table.rows] == ["poste", "total"]
    assert table.cells[0][2].line == 3


def test_a_header_of_one_column_without_corner_is_no_title(tmp_path: Path) -> None:
    (table,) = read_report(write(tmp_path, t__csv=",OIGNIES\nPopulation,9632\n")).tables
    assert table.title == ""
    assert [column.label for column in table.columns] == ["OIGNIES"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_separator_is_found(tmp_path: Path, delimiter: str) -> None:
    (table,) = read_report(write(tmp_path, t__csv=TABLE.replace(",", delimiter))).tables
    assert len(table.columns) == 3


def test_ragged_rows_are_filled_and_the_other_encoding_is_read(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_bytes("Âge,Filles,Garçons\n11-14 ans,4\n15 ans et plus,5,6\n".encode("cp1252"))
    (table,) = read_report(tmp_path).tables
    assert table.columns[1].label == "Garçons"
    assert table.cells[0][1].empty


def test_rows_and_columns_exchange(tmp_path: Path) -> None:
    (table,) = read_report(write(tmp_path, t__csv=TABLE)).tables
    turned = table.transposed
    assert turned.cell(table.columns[1], table.rows[0]).text == "7"
    assert turned.place(table.columns[1], table.rows[0]) == table.place(table.rows[0], table.columns[1])


def test_a_table_takes_the_headings_above_its_place(tmp_path: Path) -> None:
    prose = "# Activité\n\n## Les jeunes suivis\n\n[tableau : t.csv]\n"
    (table,) = read_report(write(tmp_path, t__csv="Âge,Nombre\n11-14 ans,4\n", p__md=prose)).tables
    assert table.section == ("Activité", "Les jeunes suivis")
    assert table.heading == "Les jeunes suivis"


def test_notes_and_populations_are_not_the_report(tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        t__csv=TABLE,
        p__csv="code,nom,millesime,population\n62,Ville,2021,1000\n",
        relations__yml="populations: p.csv\n",
        LISEZMOI__md="# Note\n",
    )
    report = read_report(folder)
    assert [table.name for table in report.tables] == ["t"]
    assert report.documents == ()
    assert report.populations[0].inhabitants == 1000


def test_a_folder_that_is_not_there_is_told() -> None:
    with pytest.raises(UsageError, match="n'existe pas"):
        read_report(Path("/nulle/part"))


def test_a_folder_without_table_nor_prose_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="Ni tableau ni texte"):
        read_report(tmp_path)


def test_an_unknown_key_of_the_relations_is_told(tmp_path: Path) -> None:
    with pytest.raises(SettingsError):
        read_report(write(tmp_path, t__csv=TABLE, relations__yml="tableau: {}\n"))


def test_populations_without_their_columns_are_told(tmp_path: Path) -> None:
    folder = write(tmp_path, t__csv=TABLE, p__csv="code,nom\n62,Ville\n", relations__yml="populations: p.csv\n")
    with pytest.raises(UsageError, match="Colonne absente"):
        read_report(folder)
