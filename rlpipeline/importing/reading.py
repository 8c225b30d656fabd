"""Files of an export as grids of cells; what a reader would show as empty though it is not stops."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from rlpipeline.characters import unguarded
from rlpipeline.errors import DataError, UsageError
from rlpipeline.records import tabular
from rlpipeline.records.tabular import SQLITE_SUFFIXES, TEXT_SUFFIXES, WORKBOOK_SUFFIXES, Sheet

_LONG_TIME = re.compile(r"PT(\d+)H(\d+)M(\d+)(?:[.,]\d+)?S")


def sheets_of(path: Path) -> list[Sheet]:
    """Read every grid of a file: cells of Python's own types, None where empty; a CSV file's grid has no name.

    Raises
    ------
    UsageError
        The file is missing or of another kind.
    DataError
        It cannot be read, or a formula has no value.
    """
    kind = path.suffix.lower()
    if not path.is_file():
        raise UsageError("Ce fichier est introuvable.", where=str(path), todo="corriger son nom, ou le remettre là")
    if kind in TEXT_SUFFIXES:
        return [Sheet("", [*_text_rows(path)])]
    if kind in WORKBOOK_SUFFIXES:
        return [_checked(path, sheet) for sheet in tabular.workbook_sheets(path)]
    if kind in SQLITE_SUFFIXES:
        return tabular.sheets_of(path)
    expected = ", ".join((*TEXT_SUFFIXES, *WORKBOOK_SUFFIXES, *SQLITE_SUFFIXES))
    raise UsageError("Ce fichier n'est pas un export lisible.", where=str(path), expected=expected)


def _text_rows(path: Path) -> Iterator[list[object]]:
    lines = [*tabular.lines_of(tabular.decoded(path.read_bytes()).text)]
    lines = lines[1:] if lines and lines[0].casefold().startswith("sep=") else lines
    for line, fields in tabular.rows_of(lines, tabular.separator_of(lines)):
        if fields is None:
            where = f"{path}, ligne {line}"
            raise DataError("Un guillemet n'est pas refermé.", where=where, todo="refaire l'export")
        yield [unguarded(field) or None for field in fields]


def _checked(path: Path, sheet: Sheet) -> Sheet:
    """Refuse formulas without a value, show errors as the workbook does."""
    rows = [[_time(cell) for cell in row] for row in sheet.rows]
    for fault in sheet.faults:
        where = f"{path}, feuille « {sheet.name} », cellule {tabular.cell_name(fault.row, fault.column)}"
        if fault.kind == "formula":
            todo = "ouvrir le fichier dans un tableur, l'enregistrer, puis relancer"
            raise DataError("Une formule n'a pas de valeur enregistrée.", where=where, todo=todo)
        if fault.kind == "error":
            if not fault.text:
                todo = "la corriger ou la vider dans le tableur, puis enregistrer"
                raise DataError("Une cellule contient une erreur de formule.", where=where, todo=todo)
            rows += [[] for _ in range(fault.row + 1 - len(rows))]
            rows[fault.row] += [None] * (fault.column + 1 - len(rows[fault.row]))
            rows[fault.row][fault.column] = fault.text
    return Sheet(sheet.name, rows)


def _time(cell: object) -> object:
    if isinstance(cell, str) and (match := _LONG_TIME.fullmatch(cell)):  # more than a day, in an OpenDocument
        hours, minutes, seconds = map(int, match.groups())
        return timedelta(hours=hours, minutes=minutes, seconds=seconds)
    return cell
