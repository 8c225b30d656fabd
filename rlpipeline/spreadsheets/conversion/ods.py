"""A workbook .ods: a sheet a table, real numbers and dates, the same bytes for the same rows."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.teletype import addTextToElement
from odf.text import P

from rlpipeline.publication.workbook import ZIP_EPOCH
from rlpipeline.records.tables import table_named
from rlpipeline.records.values import text_of
from rlpipeline.spreadsheets.conversion.rows import Rows
from rlpipeline.spreadsheets.entry.cells import Value


def write_ods(rows: Mapping[str, Rows], path: Path) -> None:
    """Write a sheet for every table, its headers first."""
    document = OpenDocumentSpreadsheet()
    document.meta.childNodes.clear()  # who wrote it and when
    for name, lines in rows.items():
        sheet = Table(name=name)
        for values in (table_named(name).column_names, *lines):
            row = TableRow()
            for value in values:
                row.addElement(_cell(value))
            sheet.addElement(row)
        document.spreadsheet.addElement(sheet)
    buffer = io.BytesIO()
    document.write(buffer)
    path.write_bytes(_dateless(buffer))


def _cell(value: Value) -> TableCell:
    if value is None:
        return TableCell()
    text = text_of(value) or ""
    if isinstance(value, date):
        cell = TableCell(valuetype="date", datevalue=text)
    elif isinstance(value, str):
        cell = TableCell(valuetype="string")
    else:
        cell = TableCell(valuetype="float", value=text)
    for line in text.split("\n"):
        paragraph = P()
        for rank, piece in enumerate(line.split("\t")):
            if rank:
                paragraph.addText("\t")  # the element that stands for it is lost by the reader of workbooks
            addTextToElement(paragraph, piece)
        cell.addElement(paragraph)
    return cell


def _dateless(buffer: io.BytesIO) -> bytes:
    """The same archive without the time at which it was made; its first member stays first and plain."""
    target = io.BytesIO()
    with zipfile.ZipFile(buffer) as read, zipfile.ZipFile(target, "w") as written:
        for member in read.infolist():
            info = zipfile.ZipInfo(member.filename, ZIP_EPOCH)
            info.compress_type, info.create_system = member.compress_type, 3
            written.writestr(info, read.read(member))
    return target.getvalue()
