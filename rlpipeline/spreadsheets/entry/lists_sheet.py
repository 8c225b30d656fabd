"""The sheet of the codes and their words, and the names that the drop-downs use."""

from __future__ import annotations

from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from rlpipeline.records.tables import TABLES, table_named
from rlpipeline.records.workbook import CONTENTS, LISTS
from rlpipeline.settings.models import Service
from rlpipeline.spreadsheets.entry import looks
from rlpipeline.spreadsheets.entry.columns import Place
from rlpipeline.spreadsheets.entry.lists import code_lists
from rlpipeline.spreadsheets.entry.rules import known_name, known_range

HEADERS = ("Table, colonne", "À choisir", "Son code, ou ce qu'il veut dire")
HEADER_ROW = 3


def write_lists(book: Workbook, page: Worksheet, service: Service) -> None:
    """Write every list, and name its range."""
    looks.write_link(page["A1"], f"← {CONTENTS}", CONTENTS)
    looks.write(page["B1"], "Ce qui se choisit dans les cellules, et les codes, qui se lisent aussi", looks.TITLE)
    for number, header in enumerate(HEADERS, start=1):
        looks.set_header(page.cell(HEADER_ROW, number), header)
    line = HEADER_ROW + 1
    for listed in code_lists(service):
        book.defined_names[listed.name] = DefinedName(
            listed.name, attr_text=f"{LISTS}!$B${line}:$B${line + len(listed.codes) - 1}"
        )
        for choice, (code, words) in zip(listed.choices, listed.codes.items(), strict=True):
            _write_code(page, line, (" ; ".join(listed.used_in), choice, words if choice == code else code))
            line += 1
        for cell in page[line - 1]:
            cell.border = looks.LINE
    for reference in (reference for table in TABLES for reference in table.references):
        target = table_named(reference.table)
        name = known_name(reference)
        attr = known_range(Place(target, target.column(reference.target)))
        book.defined_names[name] = DefinedName(name, attr_text=attr)
    looks.set_widths(page, {"A": 44, "B": 70, "C": 40})
    page.freeze_panes = f"A{HEADER_ROW + 1}"
    page.auto_filter.ref = f"A{HEADER_ROW}:C{line - 1}"
    looks.print_wide(page, f"{HEADER_ROW}:{HEADER_ROW}")


def _write_code(page: Worksheet, line: int, words: tuple[str, str, str]) -> None:
    for number, text in enumerate(words, start=1):
        cell = page.cell(line, number)
        looks.write(cell, text, looks.QUIET if number == 1 else None)
        cell.alignment = looks.WRAP
        cell.number_format = "@"
