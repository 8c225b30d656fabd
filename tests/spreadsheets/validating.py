"""A workbook's own validations, asked about a value as the spreadsheet asks them when it is typed.

Just enough of the formulas of a spreadsheet to evaluate those that the workbook holds; anything else is an error.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

import openpyxl
from openpyxl.formula import Tokenizer
from openpyxl.formula.translate import Translator
from openpyxl.utils import range_boundaries
from openpyxl.utils.datetime import from_excel, to_excel
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet


class Text(str):
    """A text that a spreadsheet takes for a number where one is needed."""

    def __sub__(self, other: float) -> float:
        return float(self) - other

    def __mul__(self, other: float) -> float:  # type: ignore[override]
        return float(self) * other


def _as_cell(value: object) -> Any:
    if isinstance(value, date):
        return to_excel(value)
    return Text(value) if isinstance(value, str) else value


def _iferror(value: Callable, other: Callable) -> Any:
    try:
        return value()
    except (ValueError, TypeError, OverflowError):
        return other()


def _date(year: Callable, month: Callable, day: Callable) -> float:
    months = int(year()) * 12 + int(month()) - 1
    return to_excel(date(months // 12, months % 12 + 1, 1)) + int(day()) - 1


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "AND": lambda *tests: all(test() for test in tests),
    "OR": lambda *tests: any(test() for test in tests),
    "IF": lambda test, yes, no: yes() if test() else no(),
    "IFERROR": _iferror,
    "ISNUMBER": lambda value: isinstance(value(), int | float),
    "INT": lambda value: value() // 1,
    "ABS": lambda value: abs(value()),
    "MAX": lambda *values: max(value() or 0 for value in values),
    "UPPER": lambda value: Text(str(value()).upper()),
    "LEN": lambda value: len(str(value())),
    "LEFT": lambda text, count: Text(str(text())[: count()]),
    "RIGHT": lambda text, count: Text(str(text())[-count() :]),
    "MID": lambda text, start, count: Text(str(text())[start() - 1 : start() - 1 + count()]),
    "MONTH": lambda day: from_excel(day()).month,
    "DATE": _date,
    "COUNTIF": lambda cells, wanted: [str(cell).casefold() for cell in cells()].count(
        str(wanted()).casefold()
    ),
}
OPERATORS = {"=": "==", "<>": "!=", "&": "+"}


@dataclass(frozen=True)
class Validations:
    """The validations of one workbook."""

    book: openpyxl.Workbook

    def refusal(self, sheet: str, cell: str) -> tuple[str, str] | None:
        """Severity and message of the validation that the value in a cell does not pass, None where it passes."""
        page = self.book[sheet]
        for validation in page.data_validations.dataValidation:
            asked = cell in validation and not (page[cell].value is None and validation.allow_blank)
            if asked and not self._passes(validation, page, cell):
                return validation.errorStyle or "stop", validation.error
        return None

    def listed(self, formula: str) -> list[str]:
        """The values of a list, by the formula of its drop-down."""
        if formula.startswith('"'):
            return formula.strip('"').split(",")
        target = self.book.defined_names[formula].attr_text
        if target.startswith("OFFSET("):
            target = target.removeprefix("OFFSET(").split(",")[0]
            sheet, first = target.split("!")
            column = first.split("$")[1]
            return [str(one.value) for one in self.book[sheet][column][3:] if one.value is not None]
        sheet, cells = target.split("!")
        return [str(row[0].value) for row in self.book[sheet][cells.replace("$", "")]]

    def _passes(self, validation: DataValidation, page: Worksheet, cell: str) -> bool:
        value = _as_cell(page[cell].value)
        if validation.type == "list":
            return str(value) in self.listed(validation.formula1)
        origin = str(next(iter(validation.sqref.ranges))).split(":")[0]
        formulas = [
            Translator(f"={formula}", origin=origin).translate_formula(cell)
            for formula in (validation.formula1, validation.formula2)
            if formula is not None
        ]
        results = [self._evaluated(formula, page) for formula in formulas]
        if validation.type == "custom":
            return bool(results[0])
        assert validation.operator in (None, "between")
        if validation.type == "whole" and isinstance(value, float) and not value.is_integer():
            return False
        return isinstance(value, int | float) and results[0] <= value <= results[1]

    def _evaluated(self, formula: str, page: Worksheet) -> Any:
        def cells(reference: str) -> Any:
            reference = reference.replace("$", "")
            if ":" not in reference:
                return _as_cell(page[reference].value)
            left, top, right, bottom = range_boundaries(reference)
            rows = page.iter_rows(top, min(bottom, page.max_row), left, right, values_only=True)
            return [value for row in rows for value in row if value is not None]

        return eval(_python(formula), {"__builtins__": {}, "F": FUNCTIONS, "cells": cells})


def _python(formula: str) -> str:
    """The formula as Python, every argument unevaluated."""
    parts = []
    for token in Tokenizer(formula).items:
        if token.type == "FUNC":
            parts.append(f"F[{token.value[:-1]!r}](lambda: (" if token.subtype == "OPEN" else "))")
        elif token.type == "SEP":
            parts.append("), lambda: (")
        elif token.type == "OPERAND" and token.subtype == "RANGE":
            parts.append(f"cells({token.value!r})")
        elif token.type == "OPERAND":
            parts.append({"TRUE": "True", "FALSE": "False"}.get(token.value, token.value))
        else:
            parts.append(OPERATORS.get(token.value, token.value))
    return "".join(parts)
