"""Where the cells of a table stand in the workbook, and what an example of each is."""

from __future__ import annotations

from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from rlpipeline.records.labels import words_of
from rlpipeline.records.schema import Column, Table
from rlpipeline.settings.models import Service

TITLE_ROW, EXAMPLE_ROW, HEADER_ROW, FIRST_ROW = 1, 2, 3, 4
LAST_ROW = 1_048_576
"""Last row of a sheet."""


@dataclass(frozen=True)
class Place:
    """Where a column stands in the sheet of its table."""

    table: Table
    column: Column

    @property
    def number(self) -> int:
        """Position of the column, from 1."""
        return self.table.column_names.index(self.column.name) + 1

    @property
    def letter(self) -> str:
        """Letter of the column."""
        return str(get_column_letter(self.number))

    @property
    def first(self) -> str:
        """First cell of the column, as formulas name it."""
        return f"{self.letter}{FIRST_ROW}"

    @property
    def cells(self) -> str:
        """All its cells."""
        return f"{self.first}:{self.letter}{LAST_ROW}"

    @property
    def list_name(self) -> str:
        """Name of the range that holds its codes."""
        if self.column.kind == "flag":
            return "liste_oui_non"
        if self.column.kind in ("commune", "territory"):
            return f"liste_{self.column.kind}s"
        return f"liste_{self.table.name}_{self.column.name}"

    def other(self, name: str) -> Place:
        """The place of another column of the table."""
        return Place(self.table, self.table.column(name))


def places(table: Table) -> tuple[Place, ...]:
    """The place of every column of a table."""
    return tuple(Place(table, column) for column in table.columns)


def example(place: Place, service: Service, year: int) -> str:
    """What a cell of the column may hold, as it is typed."""
    column = place.column
    if column.example:
        return column.example
    if column.kind == "code":
        return next(iter(words_of(column, service).values()))
    by_kind = {
        "commune": service.communes[0].nom if service.communes else "Carvin",
        "territory": service.commune_codes[0] if service.communes else "62215",
        "date": f"{_day(column)}/{year}",
        "year": str(year),
        "number": "12" if column.whole else "1,5",
        "flag": "non",
    }
    return by_kind[column.kind]


def _day(column: Column) -> str:
    """A day of the year: what ends comes after what begins."""
    return "30/11" if column.name.endswith("fin") else "17/05"
