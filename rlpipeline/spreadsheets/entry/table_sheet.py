"""The sheet of one table: a title, an example, the headers, and cells that know what they may hold.

The reader of records starts at the headers: the title and the example above them are not data.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from openpyxl.comments import Comment
from openpyxl.formatting.rule import FormulaRule
from openpyxl.formatting.rule import Rule as Formatting
from openpyxl.styles import Alignment
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.table import Table as ExcelTable
from openpyxl.worksheet.table import TableStyleInfo
from openpyxl.worksheet.worksheet import Worksheet

from rlpipeline.records.labels import words_of
from rlpipeline.records.schema import Table
from rlpipeline.records.workbook import CONTENTS
from rlpipeline.settings.models import Service
from rlpipeline.spreadsheets.entry import looks
from rlpipeline.spreadsheets.entry.cells import TEXT_FORMAT, Value, format_of, put
from rlpipeline.spreadsheets.entry.columns import EXAMPLE_ROW, FIRST_ROW, HEADER_ROW, TITLE_ROW, Place, example, places
from rlpipeline.spreadsheets.entry.rules import rule_of

AUTHOR = "rlpipeline"
EXAMPLE_MARK = "← Exemple, qui n'est pas lu. Saisir sous les en-têtes."
NUMBERED_FORMAT = 164
WIDTHS = {"text": 26.0, "code": 24.0, "identifier": 14.0, "number": 12.0, "year": 10.0, "flag": 10.0}
LISTED = 20
"""Codes that a note names; a longer list is in its own sheet alone."""


def write_table(page: Worksheet, table: Table, rows: Sequence[Sequence[Value]], service: Service, year: int) -> None:
    """Write the whole sheet, with its rows where there are some already."""
    looks.write_link(page.cell(TITLE_ROW, 1), f"← {CONTENTS}", CONTENTS)
    looks.write(page.cell(TITLE_ROW, 2), f"{table.label} : {table.note}", looks.TITLE)
    for place in places(table):
        _write_head(page, place, service, year)
        _prepare(page, place, service)
    looks.write(page.cell(EXAMPLE_ROW, len(table.columns) + 1), EXAMPLE_MARK, looks.QUIET)
    _write_rows(page, table, rows)
    _frame(page, table, len(rows))


def _write_head(page: Worksheet, place: Place, service: Service, year: int) -> None:
    sample = page.cell(EXAMPLE_ROW, place.number)
    looks.write(sample, example(place, service, year), looks.QUIET)
    sample.fill = looks.EXAMPLE
    sample.alignment = Alignment(horizontal="right" if place.column.kind in ("number", "year") else "left")
    header = page.cell(HEADER_ROW, place.number)
    looks.set_header(header, place.column.name, not place.column.nullable)
    header.comment = Comment(_note(place, service), AUTHOR, height=150, width=330)
    _keep(page, header.coordinate, place.column.name)


def _note(place: Place, service: Service) -> str:
    """What the column is, whether it may be left empty, and its codes."""
    column = place.column
    empty = "Obligatoire." if not column.nullable and column.kind != "number" else "Peut rester vide"
    empty += " (« non communiqué »)." if column.kind == "number" else "." if column.nullable else ""
    note = f"{column.note[:1].upper()}{column.note[1:]}.\n{empty}"
    codes = words_of(column, service) if column.kind == "code" else {}
    if len(codes) > LISTED:
        return f"{note}\nCodes : feuille « Listes »."
    return "\n".join([note, *(f"{code} : {words}" for code, words in codes.items())])


def _keep(page: Worksheet, cell: str, name: str) -> None:
    """A header that is typed over is refused: the table is read by it. Nothing is locked: pasting stays easy."""
    validation = DataValidation("list", formula1=f'"{name}"', allow_blank=False, showDropDown=True)
    validation.errorTitle, validation.error = (
        "En-tête",
        f"Cet en-tête est lu par le programme : il doit rester « {name} ».",
    )
    validation.showErrorMessage = True
    validation.add(cell)
    page.add_data_validation(validation)


def _prepare(page: Worksheet, place: Place, service: Service) -> None:
    """Format, width, validation and marks of the empty cells of a column."""
    dimension = page.column_dimensions[place.letter]
    dimension.number_format = format_of(place.column)
    dimension.width = max(WIDTHS.get(place.column.kind, 16.0), len(place.column.name) + 6.0)
    _validate(page, place, service)
    if not place.column.nullable and place.column.kind != "number":
        row = f"$A{FIRST_ROW}:${places(place.table)[-1].letter}{FIRST_ROW}"
        missing = f'AND(COUNTA({row})>0,{place.first}="")'
        page.conditional_formatting.add(place.cells, FormulaRule(formula=[missing], fill=looks.TO_FILL))
    if place.column.kind == "commune":
        for commune in service.communes:
            page.conditional_formatting.add(place.cells, _named(place, commune.code, commune.nom))


def _validate(page: Worksheet, place: Place, service: Service) -> None:
    rule = rule_of(place, service)
    if rule is None:
        return
    validation = DataValidation(rule.kind, formula1=rule.formula, formula2=rule.until, allow_blank=True)
    validation.errorStyle = "stop" if rule.strict else "warning"
    validation.showErrorMessage, validation.errorTitle, validation.error = True, place.column.name, rule.error
    if rule.prompt:
        validation.showInputMessage, validation.promptTitle, validation.prompt = True, place.column.name, rule.prompt
    validation.add(place.cells)
    page.add_data_validation(validation)


def _named(place: Place, code: str, name: str) -> Formatting:
    """Show the name of a commune after its code; the cell holds the code alone."""
    shown = NumberFormat(NUMBERED_FORMAT, '@" {}"'.format(name.replace('"', "")))
    return Formatting("expression", dxf=DifferentialStyle(numFmt=shown), formula=[f'{place.first}="{code}"'])


def _write_rows(page: Worksheet, table: Table, rows: Sequence[Sequence[Value]]) -> None:
    formats = [format_of(column) for column in table.columns]
    for line, row in enumerate(rows, start=FIRST_ROW):
        for number, value in enumerate(row, start=1):
            typed_as_text = formats[number - 1] == TEXT_FORMAT
            if value is not None:
                cell = page.cell(line, number)
                put(cell, f"{value:%d/%m/%Y}" if typed_as_text and isinstance(value, date) else value)
                cell.number_format = formats[number - 1]


def _frame(page: Worksheet, table: Table, rows: int) -> None:
    """Filters that grow with the table, headers that stay in view."""
    last = places(table)[-1].letter
    listed = ExcelTable(displayName=f"t_{table.name}", ref=f"A{HEADER_ROW}:{last}{HEADER_ROW + max(rows, 1)}")
    listed.tableStyleInfo = TableStyleInfo(name="TableStyleLight1", showRowStripes=True)
    page.add_table(listed)
    page.freeze_panes = f"B{FIRST_ROW}" if table.key else f"A{FIRST_ROW}"
    page.row_dimensions[HEADER_ROW].height = 24
    page.column_dimensions[page.cell(1, len(table.columns) + 1).column_letter].width = 50
    looks.print_wide(page, f"{HEADER_ROW}:{HEADER_ROW}")
