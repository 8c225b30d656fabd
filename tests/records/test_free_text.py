"""The free text of the records that is read before it is shared: every column that is printed, with its lines."""

from pathlib import Path

from rlpipeline.records.frames import SHARED, FreeCell, free_cells
from rlpipeline.records.store import load, open_records, write_store
from rlpipeline.records.tables import TABLES
from rlpipeline.settings.models import Service
from tests.hostile.test_canaries import PRINTED
from tests.records.sample import Sheets, sample
from tests.records.writers import write_csv

COLUMNS = {
    (table.name, column.name)
    for table in TABLES
    for column in table.columns
    if column.kind == "text"
}


def planted() -> Sheets:
    """A row more in each table, like its last, with the name of its column in each cell of text."""
    tables = sample()
    for table, rows in tables.items():
        header, *_, last = rows
        both = zip(header, last, strict=True)
        rows.append([f"Dit {name}" if (table, name) in COLUMNS else cell for name, cell in both])
    return tables


def test_every_column_that_is_shared_is_read_with_its_lines(
    tmp_path: Path, service: Service
) -> None:
    tables = planted()
    records, _ = load(write_csv(tables, tmp_path / "source"), service)
    cells = [cell for cell in records.cells if cell.text.startswith("Dit ")]
    assert {(cell.table, cell.column) for cell in cells} == {*SHARED}
    lines = {
        table: len(rows) + (table == "actions") for table, rows in tables.items()
    }  # a title takes two lines
    assert all(
        cell.lines == (lines[cell.table],) and cell.text == f"Dit {cell.column}" for cell in cells
    )
    write_store(records, tmp_path / "store")
    kept = free_cells(open_records(str(tmp_path / "store"), service).frames)
    assert {(cell.table, cell.column, cell.text, cell.year) for cell in kept} == {
        (cell.table, cell.column, cell.text, cell.year) for cell in records.cells
    }


def test_the_columns_that_are_not_shared_are_those_whose_canaries_are_not_printed() -> None:
    of_unknown_places = {
        ("territoires", "libelle")
    }  # printed of territories that the settings do not name
    assert {*SHARED} - of_unknown_places == PRINTED["diffusion"] & COLUMNS


def test_a_text_is_read_for_the_years_that_print_it() -> None:
    cells = (
        FreeCell(*cell, 2022)
        for cell in (("reseaux", "nom", "Dit"), ("diagnostics", "commentaire", "Dit"))
    )
    printed = [{year for year in range(2021, 2025) if cell.is_printed(year)} for cell in cells]
    assert printed == [{2022}, {2022, 2023}]
    assert all(
        FreeCell("territoires", "source", "Dit", None).is_printed(year) for year in (2021, 2024)
    )
