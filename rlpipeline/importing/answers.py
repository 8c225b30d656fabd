"""``correspondance.xlsx``: its rows as answers, read back, and written as a person sees them.

A question is a row, with drop-downs and help beside; what is missing is yellow, what is proposed blue.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from openpyxl import Workbook
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from rlpipeline.errors import DataError
from rlpipeline.importing import FILE, FRENCH, refusal
from rlpipeline.importing import vocabulary as v
from rlpipeline.importing.sources import sheets_of
from rlpipeline.importing.vocabulary import text
from rlpipeline.records.names import LISTS
from rlpipeline.records.tabular import cell_name
from rlpipeline.settings.models import Service

SHEETS: Mapping[str, tuple[str, ...]] = {name: tuple(columns) for name, columns in FRENCH["feuilles"].items()}
"""Sheet to its columns."""
TABLES, COLUMNS, WORDS, PEOPLE, ACCOUNT = SHEETS
GROUP, HEADERS, FIRST, LAST, KIND, YEAR, COMMUNE, TITLED, OUT, SEEN, KNOW, PROPOSED = SHEETS[TABLES][3:15]
HEADER, (TARGET, SAID, SEPARATOR, ORDER, UNIT, EMPTY) = SHEETS[COLUMNS][2], SHEETS[COLUMNS][6:12]
WORD, TIMES, PLACE, MEANING = SHEETS[WORDS][1:5]
SAME, KEEP, DIGEST = SHEETS[PEOPLE][3:]
COUNTED, GAP = SHEETS[ACCOUNT][1], SHEETS[ACCOUNT][4]
A_COLUMN, A_HEADING, A_DAY, NOWHERE = FRENCH["listes"][YEAR]
NOTED, ZERO, ABOVE = FRENCH["listes"][EMPTY]
ONE, TWO = FRENCH["listes"][SAME]
*SIGNS, LINE_BREAK, NO_SIGN = FRENCH["listes"][SEPARATOR]
KEEP_FIRST, KEEP_LAST, BLANK = FRENCH["listes"][KEEP]
LEAVE_LINE, EMPTY_CELL = "écarter la ligne", "(case vide)"
HEADER_ROW, MOST_ROWS = 4, 2000
_YELLOW, _BLUE, _GREY = (PatternFill("solid", bgColor=c, fgColor=c) for c in ("FFF176", "E3F2FD", "ECEFF1"))


@dataclass
class Row:
    """A row of a sheet: what stands under each header, its line (0 before it is written), and what is yellow."""

    sheet: str
    cells: dict[str, str]
    line: int = 0
    wanted: list[str] = field(default_factory=list)

    def __getitem__(self, header: str) -> str:
        return self.cells.get(header, "")

    def want(self, *headers: str) -> None:
        """Ask for an answer in a cell that is empty."""
        self.wanted += [header for header in headers if not self[header] and header not in self.wanted]

    def place(self, header: str) -> str:
        """Sheet and cell, as a person looks for them."""
        return f"feuille « {self.sheet} », cellule {cell_name(self.line - 1, SHEETS[self.sheet].index(header))}"

    def refusal(self, header: str, name: str, fois: int = 0, **words: object) -> DataError:
        """The error of an answer that cannot be followed, by its name in ``mots.yml``."""
        got = f"« {self[header]} »" if self[header] else "une cellule vide"
        return refusal(DataError, name, f"{FILE}, {self.place(header)}", got, fois, **words)

    def one_of(self, header: str, allowed: Iterable[str]) -> str:
        """The answer of a cell that holds one of a few words, whatever its case; DataError for another."""
        words = {word.casefold(): word for word in allowed}
        answer = self[header].casefold()
        if answer and answer not in words:
            raise self.refusal(header, "pas dans la liste", liste=shown(list(words.values())))
        return words.get(answer, "")


Answers = dict[str, list[Row]]
"""Rows by sheet."""


def unanswered(found: Answers) -> list[tuple[Row, str]]:
    """The cells that are yellow, in the order of the sheets."""
    return [(row, header) for name in SHEETS for row in found[name] for header in row.wanted]


def read_answers(path: Path) -> Answers:
    """Read the workbook as a person left it, other sheets let alone; DataError where one of ours is missing."""
    sheets = {sheet.name: sheet.rows for sheet in sheets_of(path)}
    found: Answers = {name: [] for name in SHEETS}
    for name, headers in SHEETS.items():
        grid = [[text(cell) for cell in row] for row in sheets.get(name, ())]
        start = next((number for number, row in enumerate(grid) if row[:2] == [*headers[:2]]), None)
        if start is None:
            raise refusal(DataError, "feuille absente", path, feuille=name, en_tetes=", ".join(headers[:2]))
        places = {header: grid[start].index(header) for header in headers if header in grid[start]}
        for number, row in enumerate(grid[start + 1 :], start + 2):
            cells = {header: row[place] for header, place in places.items() if place < len(row) and row[place]}
            if cells:
                found[name].append(Row(name, cells, number))
    return found


def shown(words: Sequence[str], most: int = 8) -> str:
    """A list as a sentence shows it."""
    return ", ".join(words[:most]) + (f"… ({len(words)} en tout)" if len(words) > most else "")


def write_answers(found: Answers, service: Service, path: Path) -> None:
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
    sheet["A1"].font, sheet["A2"].font = Font(bold=True, size=13), Font(italic=True)
    sheet.row_dimensions[HEADER_ROW - 1].height = 90 if sheet.title in (TABLES, COLUMNS) else 60
    for place, header in enumerate(headers, 1):
        told = FRENCH["aide"].get(f"{sheet.title} : {header}") or FRENCH["aide"].get(header)
        help_cell, cell = sheet.cell(HEADER_ROW - 1, place, told), sheet.cell(HEADER_ROW, place)
        help_cell.font, help_cell.alignment = Font(italic=True, size=8), Alignment(wrap_text=True, vertical="bottom")
        cell.value, cell.fill, cell.font = header, _GREY, Font(bold=True)
        cell.alignment = Alignment(wrap_text=True, vertical="top")
        column = sheet.column_dimensions[get_column_letter(place)]
        column.width, column.hidden = int(FRENCH["largeurs"].get(header, 13)), header in FRENCH["cachées"]
    for number, row in enumerate(rows, HEADER_ROW + 1):
        row.line = number
        for place, header in enumerate(headers, 1):
            cell = sheet.cell(number, place)
            if row[header]:
                cell.value, cell.data_type = row[header], "s"  # « =1 » is a text
            cell.alignment = Alignment(wrap_text=header not in FRENCH["cachées"], vertical="top")
            cell.number_format = "@"
            if header in row.wanted:
                rule = FormulaRule(formula=[f"LEN({cell.coordinate})=0"], fill=_YELLOW)
                sheet.conditional_formatting.add(cell.coordinate, rule)
            proposed = header in (KIND, YEAR, COMMUNE) or (header in (TARGET, MEANING) and row[header] == row[PROPOSED])
            if row[header] and not row[SEEN] and ((proposed and row[PROPOSED]) or (header == KEEP and not row[SAME])):
                cell.fill = _BLUE
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.freeze_panes = sheet.cell(HEADER_ROW + 1, 4 if sheet.title in (TABLES, COLUMNS) else 3)


def _lists(book: Workbook, service: Service) -> dict[str, str]:
    sheet = book.create_sheet(LISTS)
    sheet.sheet_state = "hidden"
    lists: dict[str, Sequence[str]] = {"genres": list(v.KINDS), "cibles": list(v.targets())}
    for rank, kind in enumerate(v.KINDS, 1):
        lists[f"cibles_{rank}"] = [v.LEFT, *(target.label for target in v.targets_of_kind(kind))]
    for rank, target in enumerate(v.targets().values(), 1):
        lists[f"dit_{rank}"] = v.sayings(target, service)
        lists[f"mots_{rank}"] = [*v.words_for(target, service).values(), BLANK, LEAVE_LINE]
    lists["coche"] = ["Oui", "Non", BLANK, LEAVE_LINE]
    lists["signes"] = FRENCH["listes"][SEPARATOR]
    lists["communes"] = [A_COLUMN, A_HEADING, NOWHERE, *(commune.nom for commune in service.communes)]
    ranges = {}
    for place, (name, words) in enumerate((item for item in lists.items() if item[1]), 1):
        for number, word in enumerate(words, 1):
            sheet.cell(number, place, word).data_type = "s"
        letter = get_column_letter(place)
        ranges[name] = f"{quote_sheetname(LISTS)}!${letter}$1:${letter}${len(words)}"
        book.defined_names[name] = DefinedName(name, attr_text=ranges[name])
    return ranges


def _offer(sheet: Worksheet, rows: Sequence[Row], ranges: Mapping[str, str]) -> None:
    letters = {header: get_column_letter(place) for place, header in enumerate(SHEETS[sheet.title], 1)}
    first, last = HEADER_ROW + 1, max(len(rows), 1) + HEADER_ROW + (30 if sheet.title == TABLES else 0)
    formulas = {header: f'"{",".join(words)}"' for header, words in FRENCH["listes"].items()}
    formulas |= {KIND: "genres", COMMUNE: "communes", SEPARATOR: "signes"}
    if sheet.title == COLUMNS:
        kinds, groups = f"{TABLES}!$H${first}:$H${MOST_ROWS}", f"{TABLES}!$D${first}:$D${MOST_ROWS}"
        kind = f"MATCH(INDEX({kinds},MATCH($A{first},{groups},0)),{ranges['genres']},0)"
        formulas[TARGET] = f'INDIRECT("cibles_"&{kind})'
        formulas[SAID] = f'INDIRECT("dit_"&MATCH(${letters[TARGET]}{first},{ranges["cibles"]},0))'
    for header, letter in letters.items():
        if header in formulas:
            _validate(sheet, header, formulas[header], f"{letter}{first}:{letter}{last}")
    labels = {label: f"mots_{rank}" for rank, label in enumerate(v.targets(), 1)}
    for row in rows if sheet.title == WORDS else ():
        name = "coche" if row[TARGET].endswith(v.TICKED) else labels.get(row[TARGET], "coche")
        _validate(sheet, MEANING, name, f"{letters[MEANING]}{row.line}")


def _validate(sheet: Worksheet, header: str, formula: str, place: str) -> None:
    rule = DataValidation("list", formula1=formula, allow_blank=True, showErrorMessage=header not in FRENCH["libres"])
    rule.error, rule.errorTitle = "Choisir une réponse de la liste.", "Réponse inconnue"
    rule.prompt, rule.promptTitle = FRENCH["aide"].get(header, "")[:250], header[:32]
    rule.showInputMessage = bool(rule.prompt)
    sheet.add_data_validation(rule)
    rule.add(place)
