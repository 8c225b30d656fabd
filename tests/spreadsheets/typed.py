"""The records of a made-up service of two communes, as someone types them."""

import math
from datetime import date

from openpyxl.worksheet.worksheet import Worksheet

from rlpipeline.records.reading import read_date, read_number, words_of
from rlpipeline.records.tables import FLAGS, Column, table_named
from rlpipeline.settings.models import Commune, Service
from rlpipeline.spreadsheets.entry_workbook import FIRST_ROW
from tests.records.sample import sample

SERVICE = Service(nom="Essai", departement="62", communes=(Commune(code="62215", nom="Carvin"),))
PLACES = {"62215": "Carvin", "62637": "Oignies", "hors": "Hors des communes du service"}
Typed = dict[str, list[list[str | int | float | date | None]]]


def typed_records() -> Typed:
    """Table name to its rows, dates and numbers as a spreadsheet keeps them."""
    tables = {}
    for name, (header, *rows) in sample().items():
        columns = [table_named(name).column(str(column)) for column in header]
        tables[name] = [
            [_typed(column, str(cell)) for column, cell in zip(columns, row, strict=True)]
            for row in rows
        ]
    tables["jeunes"][1][3] = "Oignies"
    tables["temps"][2][4] = 3
    return tables


def _typed(column: Column, text: str) -> str | int | float | date | None:
    if not text:
        return None
    if column.kind == "date":
        return read_date(text)  # type: ignore[return-value]
    if column.kind == "year":
        return int(text)
    if column.kind == "number":
        value = read_number(text, column)
        assert isinstance(value, float)
        return text if math.isnan(value) else int(value) if value.is_integer() else value
    words = {
        "commune": PLACES,
        "territory": PLACES,
        "code": words_of(column, SERVICE),
        "flag": FLAGS,
    }
    return words.get(column.kind, {}).get(text.lower() if column.kind == "flag" else text, text)


def type_in(page: Worksheet, rows: list[list[str | int | float | date | None]]) -> None:
    """Fill a sheet cell by cell, under its headers."""
    for line, row in enumerate(rows, start=FIRST_ROW):
        for number, value in enumerate(row, start=1):
            page.cell(line, number).value = value
