"""The workbook in which records are typed: made from the contract and the settings, the same bytes each time."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence

from openpyxl import Workbook

from rlpipeline.publication.workbook import EPOCH, dateless
from rlpipeline.records.schema import Table
from rlpipeline.records.tables import TABLES
from rlpipeline.records.workbook import CONTENTS, LISTS, PLACES
from rlpipeline.settings.models import Service
from rlpipeline.spreadsheets.entry.cells import TEXT_FORMAT, Value, format_of
from rlpipeline.spreadsheets.entry.columns import EXAMPLE_ROW, LAST_ROW, places
from rlpipeline.spreadsheets.entry.communes_sheet import write_communes
from rlpipeline.spreadsheets.entry.contents_sheet import write_contents
from rlpipeline.spreadsheets.entry.lists_sheet import write_lists
from rlpipeline.spreadsheets.entry.table_sheet import write_table

Rows = Mapping[str, Sequence[Sequence[Value]]]


def entry_workbook(service: Service, year: int, rows: Rows | None = None) -> bytes:
    """Make the workbook.

    Parameters
    ----------
    year
        That of the examples.
    rows
        Table name to its rows, in the order of the contract's columns: these tables alone have a sheet. Every table
        has an empty one where this is None.
    """
    tables = tuple(table for table in TABLES if rows is None or table.name in rows)
    book = Workbook()
    book.properties.creator, book.properties.created = "rlpipeline", EPOCH
    contents = book.active
    contents.title = CONTENTS
    write_contents(contents, service, tables)
    for table in tables:
        write_table(book.create_sheet(table.name), table, (rows or {}).get(table.name, ()), service, year)
    write_lists(book, book.create_sheet(LISTS), service)
    write_communes(book.create_sheet(PLACES), service)
    buffer = io.BytesIO()
    book.save(buffer)
    return dateless(_without_green_corners(buffer.getvalue(), tables))


def _without_green_corners(workbook: bytes, tables: Sequence[Table]) -> bytes:
    """The same workbook, in which a code kept as text is not marked as a mistake: openpyxl does not write that part."""
    ranges = {f"xl/worksheets/sheet{rank}.xml": _texts(table) for rank, table in enumerate(tables, start=2)}
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as read, zipfile.ZipFile(target, "w") as written:
        for name in read.namelist():
            content = read.read(name)
            if name in ranges:
                ignored = (
                    f'<ignoredErrors><ignoredError sqref="{ranges[name]}" numberStoredAsText="1"/></ignoredErrors>'
                )
                content = content.replace(b"<legacyDrawing ", ignored.encode() + b"<legacyDrawing ", 1)
            written.writestr(name, content)
    return target.getvalue()


def _texts(table: Table) -> str:
    """The columns of texts, examples included."""
    letters = [place.letter for place in places(table) if format_of(place.column) == TEXT_FORMAT]
    return " ".join(f"{letter}{EXAMPLE_ROW}:{letter}{LAST_ROW}" for letter in letters)
