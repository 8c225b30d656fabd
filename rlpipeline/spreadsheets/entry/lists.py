"""What is chosen in the drop-downs: the words of the codes, on a sheet, one block a column, referred to by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from openpyxl import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.worksheet import Worksheet

from rlpipeline.records.columns import reader
from rlpipeline.records.communes import OUTSIDE_LABEL
from rlpipeline.records.labels import words_of
from rlpipeline.records.schema_columns import OUTSIDE
from rlpipeline.records.tables import TABLES, table_named
from rlpipeline.records.workbook import CONTENTS, LISTS
from rlpipeline.settings.models import Service
from rlpipeline.spreadsheets.entry import looks
from rlpipeline.spreadsheets.entry.columns import Place, places
from rlpipeline.spreadsheets.entry.rules import reference_name, reference_range

HEADERS = ("Table, colonne", "À choisir", "Son code, ou ce qu'il veut dire")
HEADER_ROW = 3


@dataclass(frozen=True)
class CodeList:
    """The codes of one or several columns.

    Parameters
    ----------
    name
        Of the range, in the workbook.
    used_in
        The columns, as « table, colonne ».
    codes
        Code to its words.
    choices
        What is proposed for each code, in the same order: its words, or the code where they could mean another.
    """

    name: str
    used_in: tuple[str, ...]
    codes: Mapping[str, str]
    choices: tuple[str, ...]


def code_lists(service: Service) -> tuple[CodeList, ...]:
    """Every list, in the order of the contract."""
    lists: dict[str, CodeList] = {}
    for place in (place for table in TABLES for place in places(table)):
        codes = _codes(place, service)
        if codes is None:
            continue
        former = lists.get(place.list_name)
        used_in = (*(former.used_in if former else ()), f"{place.table.name}, {place.column.name}")
        lists[place.list_name] = CodeList(place.list_name, used_in, codes, _choices(place, codes, service))
    return tuple(lists.values())


def _codes(place: Place, service: Service) -> Mapping[str, str] | None:
    """The codes of a column, None where it has none."""
    if place.column.kind == "commune":
        return {**{one.code: one.nom for one in service.communes}, OUTSIDE: OUTSIDE_LABEL}
    if place.column.kind == "territory":
        return dict(_territories(service)) or {"62215": "(à compléter : aucune commune dans service.yml)"}
    return words_of(place.column, service) if place.column.kind in ("code", "flag") else None


def _choices(place: Place, codes: Mapping[str, str], service: Service) -> tuple[str, ...]:
    """The words that the records' reading takes for their code."""
    read = reader(place.column, service)
    if place.column.kind == "flag" or read is None:
        return tuple(codes.values())
    return tuple(words if read(words) == code else code for code, words in codes.items())


def _territories(service: Service) -> Iterator[tuple[str, str]]:
    yield from ((one.code, one.nom) for one in service.communes)
    if service.epci:
        yield service.epci.code, service.epci.nom
    yield from ((one.code, one.nom) for one in service.qpv)


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
        name = reference_name(reference)
        attr = reference_range(Place(target, target.column(reference.target)))
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
