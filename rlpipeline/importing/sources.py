"""The grids of an export's files, and where tables seem to stand in them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import time, timedelta
from pathlib import Path
from typing import NamedTuple

from rlpipeline.characters import unaccented
from rlpipeline.errors import DataError, UsageError
from rlpipeline.importing import refusal
from rlpipeline.importing.vocabulary import DAY_FIRST, read_day, text
from rlpipeline.records import tabular
from rlpipeline.records.tabular import SQLITE_SUFFIXES, TEXT_SUFFIXES, WORKBOOK_SUFFIXES, Sheet

READABLE = (*TEXT_SUFFIXES, *WORKBOOK_SUFFIXES, *SQLITE_SUFFIXES)
LOOKED_AT = 40
"""Rows among which the headers of a table are looked for."""
_TOTAL = re.compile(r"(?:sous[- ]?)?tota(?:l|ux)\b|s/total|nombre de\b|ensemble\b|presents?$|moyenne\b")
_PAIR = re.compile(r"\s*([^:\d][^:]{0,30}?)\s*:\s*(\S.*?)?\s*(?:[;|]\s*|\s{2,}|$)")


def sheets_of(path: Path) -> list[Sheet]:
    """Read every grid of a file, a CSV file's without a name; DataError where a cell would read as empty and is not."""
    kind = path.suffix.lower()
    if not path.is_file():
        raise refusal(UsageError, "introuvable", path)
    if kind in TEXT_SUFFIXES:
        return [Sheet("", [*_text_rows(path)])]
    if kind not in READABLE:
        raise refusal(UsageError, "illisible", path, sortes=", ".join(READABLE))
    return [_checked(path, sheet) for sheet in tabular.sheets_of(path)]


def _text_rows(path: Path) -> Iterator[list[object]]:
    for line, cells in tabular.text_rows(path):
        if cells is None:
            raise refusal(DataError, "guillemet", f"{path}, ligne {line}")
        yield cells


def _checked(path: Path, sheet: Sheet) -> Sheet:
    rows = [list(row) for row in sheet.rows]
    for fault in sheet.faults:
        where = f"{path}, feuille « {sheet.name} », cellule {tabular.cell_name(fault.row, fault.column)}"
        if fault.kind == "formula" or (fault.kind == "error" and not fault.text):
            raise refusal(DataError, "formule" if fault.kind == "formula" else "erreur", where)
        if fault.kind == "error":  # shown as the workbook shows it
            rows += [[] for _ in range(fault.row + 1 - len(rows))]
            rows[fault.row] += [None] * (fault.column + 1 - len(rows[fault.row]))
            rows[fault.row][fault.column] = fault.text
    return replace(sheet, rows=rows)


class Place(NamedTuple):
    """Where a table stands in a sheet, rows counted from 1: first and last of its headers, first and last line."""

    headers: tuple[int, int]
    first: int
    last: int


def heading_of(row: Sequence[object], width: int) -> Mapping[str, object]:
    """What a heading says: « Date : 12/03 », « Lieu : » and its value in the next cell, a day among them or alone."""
    filled = [cell for cell in row if text(cell)]
    pairs: dict[str, object] = {}
    label = ""
    for cell in filled:
        parts = list(_PAIR.finditer(text(cell))) if isinstance(cell, str) and not label else []
        if label:
            pairs[label], label = cell, ""
        elif parts and "".join(part[0] for part in parts) == text(cell):
            pairs |= {part[1].strip(): part[2] for part in parts if part[2]}
            label = "" if parts[-1][2] else parts[-1][1].strip()
        elif read_day(cell, DAY_FIRST, 2000, within=True):
            pairs["jour"] = cell
        else:
            return {}
    alone = set(pairs) == {"jour"} and (len(filled) > 1 or width < 3)
    return {} if label or alone else pairs


def places_of(sheet: Sheet) -> Iterator[Place]:
    """Propose where the tables of a sheet stand: titles above, totals and notes below are left out."""
    rows = [[text(cell) for cell in row] for row in sheet.rows]
    widths = [sum(map(bool, row)) for row in rows]
    heads = [_heads(sheet, number) for number in range(len(rows))]
    start = 0
    while (header := _header_row(rows, widths, heads, start)) is not None:
        grouped = header and widths[header - 1] >= 2 and heads[header - 1]
        width = widths[header] + (widths[header - 1] if grouped else 0)
        below = range(header + 2, len(rows))
        end = next((row for row in below if heads[row] and _begins_another(rows, header, row)), len(rows))
        last = end
        while last > header + 1 and _is_below(sheet, last - 1, width):
            last -= 1
        if last > header + 1:
            yield Place((header if grouped else header + 1, header + 1), header + 2, last)
        start = end


def _header_row(rows: Sequence[Sequence[str]], widths: Sequence[int], heads: Sequence[bool], start: int) -> int | None:
    near = range(start, min(start + LOOKED_AT, len(rows)))
    least = max(2, 0.6 * max((widths[row] for row in near), default=0))
    first = next((row for row in near if heads[row] and (widths[row] >= least or row == start > 0)), None)
    if first is not None and first + 1 < len(rows) and heads[first + 1]:
        pairs = list(zip(rows[first], rows[first + 1], strict=False))
        if sum(not over and bool(under) for over, under in pairs) > 1 and any(o and not u for o, u in pairs):
            return first + 1
    return first


def _heads(sheet: Sheet, number: int) -> bool:
    row, below = sheet.rows[number], sheet.rows[number + 1 : number + 4]
    cells = [(place, cell) for place, cell in enumerate(row) if text(cell)]
    words = [cell for _, cell in cells if isinstance(cell, str) and re.search(r"[^\W\d]", cell)]
    for place, cell in cells:
        if _is_time(cell):
            if any(_is_time(other[place]) for other in below if place < len(other)):
                return False
        elif cell not in words and not re.fullmatch(r"(?:19|20)\d\d|\d{1,2}", text(cell)):
            return False
    return len(words) > 1 and not heading_of(row, 3)


def _is_time(cell: object) -> bool:
    return isinstance(cell, time | timedelta | bool) or (
        not isinstance(cell, int | float) and read_day(cell, DAY_FIRST, None) is not None
    )


def _begins_another(rows: Sequence[Sequence[str]], header: int, row: int) -> bool:
    filled = {word for word in rows[row] if word}
    gap = next((number for number in range(row - 1, header, -1) if sum(map(bool, rows[number])) > 2), header)
    if len(filled) < 3 or all(map(any, rows[gap + 1 : row])) or rows[row] == rows[header]:
        return False
    if filled & {*rows[header]}:
        return len(filled & {*rows[header]}) > 1
    below = rows[row + 1] if row + 1 < len(rows) else []
    return sum(map(bool, below)) >= 2 and not filled & {word for other in rows[header:row] for word in other}


def _is_below(sheet: Sheet, number: int, width: int) -> bool:
    filled = [word for cell in sheet.rows[number] if (word := text(cell))]
    note = len(filled) == 1 and width > 3 and len(filled[0].split()) > 3
    return not filled or is_total(filled) or note or bool(heading_of(sheet.rows[number], width))


def is_total(row: Sequence[str]) -> bool:
    """Whether a row says that it adds up others."""
    return any(_TOTAL.match(unaccented(word)) for word in row if word)
