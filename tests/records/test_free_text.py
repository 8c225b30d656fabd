"""The free text of the records that is read before it is shared: every column that is printed, with its lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from rlpipeline.records import load, open_records, write_store
from rlpipeline.records.frames import COLUMNS, UNSHARED, FreeCell, free_cells
from rlpipeline.settings.models import Service
from tests.hostile.test_canaries import PRINTED
from tests.records.sample import Sheets, sample
from tests.records.writers import write_csv


def planted() -> Sheets:
    """A row more in each table, like its last, with the name of its column in each cell of text."""
    tables = sample()
    for table, rows in tables.items():
        header, *_, last = rows
        rows.append(
            [f"Dit {name}" if name in COLUMNS[table] else cell for name, cell in zip(header, last, strict=True)]
        )
    return tables


def test_every_column_that_is_shared_is_read_with_its_lines(tmp_path: Path, service: Service) -> None:
    tables = planted()
    records, _ = load(write_csv(tables, tmp_path / "source"), service)
    cells = [cell for cell in records.cells if cell.text.startswith("Dit ")]
    columns = {(table, column) for table, names in COLUMNS.items() for column in names}
    assert {(cell.table, cell.column) for cell in cells} == columns - UNSHARED
    lines = {table: len(rows) + (table == "actions") for table, rows in tables.items()}  # a title takes two lines
    assert all(cell.lines == (lines[cell.table],) and cell.text == f"Dit {cell.column}" for cell in cells)
    write_store(records, tmp_path / "store")
    kept = free_cells(open_records(str(tmp_path / "store"), service).frames)
    assert {(cell.table, cell.column, cell.text, cell.year) for cell in kept} == {
        (cell.table, cell.column, cell.text, cell.year) for cell in records.cells
    }


def test_the_columns_that_are_not_shared_are_those_whose_canaries_are_not_printed() -> None:
    columns = {(table, column) for table, names in COLUMNS.items() for column in names}
    of_unknown_places = {("territoires", "libelle")}  # printed of territories that the settings do not name
    assert columns - UNSHARED - of_unknown_places == PRINTED["diffusion"] & columns


@pytest.mark.parametrize(
    ("table", "year", "printed"),
    [
        ("reseaux", 2023, {2023}),
        ("diagnostics", 2022, {2022, 2023}),
        ("territoires", None, {2021, 2022, 2023, 2024}),
    ],
)
def test_a_text_is_read_for_the_years_that_print_it(table: str, year: int | None, printed: set[int]) -> None:
    cell = FreeCell(table, "source", "Dit", year)
    assert {report for report in range(2021, 2025) if cell.is_printed(report)} == printed
