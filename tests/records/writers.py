"""The same small tables written as each kind of source."""

import csv
import io
import sqlite3
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import openpyxl

Cell = str | int | float | bool | date | None
Row = Sequence[Cell]
Tables = Mapping[str, Sequence[Row]]
"""Table name to rows; the first row is the header."""


def csv_text(cell: Cell) -> str:
    if isinstance(cell, bool):
        return "oui" if cell else "non"
    return "" if cell is None else cell.isoformat() if isinstance(cell, date) else str(cell)


def csv_bytes(rows: Sequence[Row], separator: str = ",", encoding: str = "utf-8") -> bytes:
    stream = io.StringIO(newline="")
    csv.writer(stream, delimiter=separator).writerows(
        [csv_text(cell) for cell in row] for row in rows
    )
    return stream.getvalue().encode(encoding)


def write_csv(tables: Tables, folder: Path, separator: str = ",", encoding: str = "utf-8") -> str:
    folder.mkdir(exist_ok=True)
    for name, rows in tables.items():
        (folder / f"{name}.csv").write_bytes(csv_bytes(rows, separator, encoding))
    return str(folder)


def write_xlsx(tables: Tables, path: Path) -> str:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in tables.items():
        sheet = book.create_sheet(name)
        for line, row in enumerate(rows, start=1):
            for position, value in enumerate(row, start=1):
                cell = sheet.cell(line, position, value)
                if isinstance(value, str):
                    cell.data_type = "s"
    book.save(path)
    return str(path)


_ODS_HEAD = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content office:version="1.3" '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
    'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" '
    'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
    '<office:automatic-styles><style:style style:name="hidden" style:family="table">'
    '<style:table-properties table:display="false"/></style:style></office:automatic-styles>'
    "<office:body><office:spreadsheet>"
)
_ODS_TAIL = "</office:spreadsheet></office:body></office:document-content>"


def ods_cell(value: Cell) -> str:
    if value is None or value == "":
        return "<table:table-cell/>"
    if isinstance(value, bool):
        kind, attribute = "boolean", f' office:boolean-value="{str(value).lower()}"'
    elif isinstance(value, int | float):
        kind, attribute = "float", f' office:value="{value!r}"'
    elif isinstance(value, date):
        kind, attribute = "date", f' office:date-value="{value.isoformat()}"'
    else:
        paragraphs = "".join(f"<text:p>{escape(part)}</text:p>" for part in value.split("\n"))
        return f'<table:table-cell office:value-type="string">{paragraphs}</table:table-cell>'
    return f'<table:table-cell office:value-type="{kind}"{attribute}><text:p>{value}</text:p></table:table-cell>'


def ods_sheet(name: str, rows: Sequence[Row], style: str = "") -> str:
    body = "".join(
        f"<table:table-row>{''.join(map(ods_cell, row))}</table:table-row>" for row in rows
    )
    styled = f' table:style-name="{style}"' if style else ""
    return f"<table:table table:name={quoteattr(name)}{styled}>{body}</table:table>"


def write_ods_sheets(sheets: Sequence[str], path: Path) -> str:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "mimetype", "application/vnd.oasis.opendocument.spreadsheet", zipfile.ZIP_STORED
        )
        archive.writestr(
            "META-INF/manifest.xml",
            '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
        archive.writestr("content.xml", _ODS_HEAD + "".join(sheets) + _ODS_TAIL)
    return str(path)


def write_ods(tables: Tables, path: Path) -> str:
    return write_ods_sheets([ods_sheet(name, rows) for name, rows in tables.items()], path)


def _stored(cell: Cell) -> Cell:
    return cell.isoformat() if isinstance(cell, date) else cell


def write_sqlite(tables: Tables, path: Path) -> str:
    with sqlite3.connect(path) as connection:
        for name, (header, *rows) in tables.items():
            columns = ", ".join(f'"{column}"' for column in header)
            connection.execute(f'CREATE TABLE "{name}" ({columns})')
            marks = ", ".join("?" * len(header))
            connection.executemany(
                f'INSERT INTO "{name}" VALUES ({marks})', [list(map(_stored, row)) for row in rows]
            )
    connection.close()
    return f"sqlite:///{path}"
