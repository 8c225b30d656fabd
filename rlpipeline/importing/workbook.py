"""``correspondance.xlsx`` as a person sees it: a question a row, drop-downs, help beside, what is missing in yellow."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from openpyxl import Workbook
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from rlpipeline.importing import answers as a
from rlpipeline.importing.answers import SHEETS, Correspondence, Row
from rlpipeline.importing.cells import AGE, CLOCK, DAY_FIRST, HOURS, MINUTES, MONTH_FIRST
from rlpipeline.importing.vocabulary import FRENCH, KINDS, LEFT, TICKED, sayings, targets, targets_of_kind, words_for
from rlpipeline.settings.models import Service

LISTS = "Listes"
HEADER_ROW = 4
MOST_ROWS = 2000
_YELLOW, _BLUE, _GREY = (PatternFill("solid", bgColor=c, fgColor=c) for c in ("FFF176", "E3F2FD", "ECEFF1"))
_HIDDEN = (a.PROPOSED, "chemin", "empreinte")
_LISTS: Mapping[str, Sequence[str]] = {
    a.TITLED: ("oui", "non"),
    a.SEEN: ("oui",),
    a.ORDER: (DAY_FIRST, MONTH_FIRST),
    a.UNIT: (HOURS, MINUTES, CLOCK, AGE),
    a.EMPTY: (a.NOTED, a.ZERO, a.ABOVE),
    a.SAME: (a.ONE, a.TWO),
    a.KEEP: (a.KEEP_FIRST, a.KEEP_LAST, a.BLANK),
}
_FREE = (a.YEAR, a.COMMUNE, a.SAID, a.SEPARATOR, a.MEANING)
"""What may be typed too, beside what the list offers."""


def write_correspondence(found: Correspondence, service: Service, path: Path) -> None:
    """Write the workbook, readable by its owner alone, in one go; rows know their numbers then."""
    book = Workbook()
    book.remove(book.active)
    sheets = {name: book.create_sheet(name) for name in SHEETS}
    ranges = _lists(book, service)
    for name, sheet in sheets.items():
        _fill(sheet, found[name])
        _offer(sheet, found[name], ranges)
    descriptor, draft = tempfile.mkstemp(prefix=f".{path.name}-nouveau-", suffix=".xlsx", dir=path.parent)
    os.close(descriptor)  # made readable by its owner alone
    try:
        book.save(draft)
        Path(draft).replace(path)
    finally:
        Path(draft).unlink(missing_ok=True)


def _fill(sheet: Worksheet, rows: Sequence[Row]) -> None:
    headers = SHEETS[sheet.title]
    sheet["A1"], sheet["A2"] = FRENCH["titres"][sheet.title], FRENCH["légende"]
    sheet["A1"].font = Font(bold=True, size=13)
    sheet["A2"].font = Font(italic=True)
    sheet.row_dimensions[HEADER_ROW - 1].height = 90
    for place, header in enumerate(headers, 1):
        help_cell = sheet.cell(HEADER_ROW - 1, place, FRENCH["aide"].get(header))
        help_cell.font, help_cell.alignment = Font(italic=True, size=8), Alignment(wrap_text=True, vertical="bottom")
        cell = sheet.cell(HEADER_ROW, place, header)
        cell.font, cell.fill, cell.alignment = Font(bold=True), _GREY, Alignment(wrap_text=True, vertical="top")
        column = sheet.column_dimensions[get_column_letter(place)]
        column.width, column.hidden = int(FRENCH["largeurs"].get(header, 13)), header in _HIDDEN
    for number, row in enumerate(rows, HEADER_ROW + 1):
        row.line = number
        for place, header in enumerate(headers, 1):
            cell = sheet.cell(number, place)
            if row[header]:
                cell.value, cell.data_type = row[header], "s"  # « =1 » is a text
            cell.alignment = Alignment(wrap_text=header not in _HIDDEN, vertical="top")
            cell.number_format = "@"
            if header in row.wanted:
                rule = FormulaRule(formula=[f"LEN({cell.coordinate})=0"], fill=_YELLOW)
                sheet.conditional_formatting.add(cell.coordinate, rule)
            proposed = header in (a.KIND, a.YEAR, a.COMMUNE) or (row[header] and row[header] == row[a.PROPOSED])
            if proposed and row[header] and row[a.PROPOSED] and not row[a.SEEN]:
                cell.fill = _BLUE
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, 4 if sheet.title in (a.TABLES, a.COLUMNS) else 3)


def _lists(book: Workbook, service: Service) -> dict[str, str]:
    """The lists behind the drop-downs, each a column of a hidden sheet with a name; their ranges."""
    sheet = book.create_sheet(LISTS)
    sheet.sheet_state = "hidden"
    labels = list(targets())
    lists: dict[str, Sequence[str]] = {"genres": list(KINDS), "cibles": labels}
    for rank, kind in enumerate(KINDS, 1):
        lists[f"cibles_{rank}"] = [LEFT, *(target.label for target in targets_of_kind(kind))]
    for rank, target in enumerate(targets().values(), 1):
        lists[f"dit_{rank}"] = sayings(target, service)
        lists[f"mots_{rank}"] = [*words_for(target, service).values(), a.BLANK, a.LEAVE_LINE]
    lists["coche"] = ["Oui", "Non", a.BLANK, a.LEAVE_LINE]
    lists["annees"] = [a.A_COLUMN, a.A_HEADING, a.NOWHERE]
    lists["communes"] = [*lists["annees"], *(commune.nom for commune in service.communes)]
    lists["signes"] = [";", ",", "/", "+", " et ", ";#"]
    ranges = {}
    for place, (name, words) in enumerate((item for item in lists.items() if item[1]), 1):
        for number, word in enumerate(words, 1):
            sheet.cell(number, place, word).data_type = "s"
        letter = get_column_letter(place)
        ranges[name] = f"{quote_sheetname(LISTS)}!${letter}$1:${letter}${len(words)}"
        book.defined_names[name] = DefinedName(name, attr_text=ranges[name])
    return ranges


def _offer(sheet: Worksheet, rows: Sequence[Row], ranges: Mapping[str, str]) -> None:
    """Drop-downs and help, a column at a time; those of a word are of the column that it fills."""
    headers = SHEETS[sheet.title]
    letters = {header: get_column_letter(place) for place, header in enumerate(headers, 1)}
    first, last = HEADER_ROW + 1, max(len(rows), 1) + HEADER_ROW + (30 if sheet.title == a.TABLES else 0)
    kinds = f"{a.TABLES}!$H${first}:$H${MOST_ROWS}"
    groups = f"{a.TABLES}!$D${first}:$D${MOST_ROWS}"
    formulas = {header: f'"{",".join(words)}"' for header, words in _LISTS.items()}
    formulas |= {a.KIND: "genres", a.YEAR: "annees", a.COMMUNE: "communes", a.SEPARATOR: "signes"}
    if sheet.title == a.COLUMNS:
        kind = f"MATCH(INDEX({kinds},MATCH($A{first},{groups},0)),{ranges['genres']},0)"
        formulas[a.TARGET] = f'INDIRECT("cibles_"&{kind})'
        formulas[a.SAID] = f'INDIRECT("dit_"&MATCH(${letters[a.TARGET]}{first},{ranges["cibles"]},0))'
    for header in headers:
        if header in formulas and not (sheet.title == a.WORDS and header == a.TARGET):
            _validate(sheet, header, formulas[header], f"{letters[header]}{first}:{letters[header]}{last}")
    labels = {label: f"mots_{rank}" for rank, label in enumerate(targets(), 1)}
    for row in rows if sheet.title == a.WORDS else ():
        name = "coche" if row[a.TARGET].endswith(TICKED) else labels.get(row[a.TARGET], "coche")
        _validate(sheet, a.MEANING, name, f"{letters[a.MEANING]}{row.line}")


def _validate(sheet: Worksheet, header: str, formula: str, place: str) -> None:
    rule = DataValidation("list", formula1=formula, allow_blank=True, showErrorMessage=header not in _FREE)
    rule.error, rule.errorTitle = "Choisir une réponse de la liste.", "Réponse inconnue"
    rule.prompt, rule.promptTitle = FRENCH["aide"].get(header, "")[:250], header[:32]
    rule.showInputMessage = bool(rule.prompt)
    sheet.add_data_validation(rule)
    rule.add(place)
