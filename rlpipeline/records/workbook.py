"""A workbook .xlsx or .ods: refused unopened where unsafe, then read as text, its rows numbered as in the sheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
import python_calamine as calamine

from rlpipeline.records.archive import UnreadableWorkbook, UnsafeWorkbook, inspect_archive
from rlpipeline.records.findings import Finding, finding
from rlpipeline.records.names import match_tables, simplified
from rlpipeline.records.raw import RawSource, RawTable, ReadTable
from rlpipeline.records.sheets import Fault, SheetFacts, sheet_facts
from rlpipeline.records.tables import TABLE_NAMES, table_named
from rlpipeline.records.values import number_mask, text_array, text_of

MAX_CELLS = 40_000_000
"""Cells of a sheet that the reader lays out at once: a million rows of every table's columns."""

CONTENTS, LISTS, PLACES, FINDINGS = "Sommaire", "Listes", "Codes des communes", "Constats"
"""The sheets of our own workbooks that are no tables."""

_NOTES = frozenset(
    {
        *("lisezmoi", "lisez_moi", "mode_d'emploi", "notice", "aide"),
        *map(simplified, (CONTENTS, LISTS, PLACES, FINDINGS)),
    }
)
HEADER_ROWS = 20
"""Rows among which the headers are looked for: a title or an example may stand above them."""


def read_workbook(path: Path) -> RawSource:
    """Read every sheet that bears the name of a table."""
    try:
        inspect_archive(path)
        facts = sheet_facts(path)
        _refuse_far_cells(facts)
        return _read(path, facts)
    except UnsafeWorkbook as error:
        return RawSource(findings=(finding("E011", "", str(error), valeur=path.name),))
    except (UnreadableWorkbook, calamine.CalamineError) as error:
        own = isinstance(error, UnreadableWorkbook)
        message = str(error) if own else "Le classeur ne peut pas être lu ; l'enregistrer de nouveau en .xlsx ou .ods."
        return RawSource(findings=(finding("E010", "", message, valeur=path.name),))


def _refuse_far_cells(facts: Mapping[str, SheetFacts]) -> None:
    for name, sheet in facts.items():
        if sheet.rows * sheet.columns > MAX_CELLS:
            raise UnsafeWorkbook(
                f"La feuille « {name} » s'étend sur {sheet.rows} lignes et {sheet.columns} colonnes : elle n'est pas "
                "ouverte ; effacer les cellules perdues loin de la table, ou fournir des fichiers .csv."
            )


def _read(path: Path, facts: Mapping[str, SheetFacts]) -> RawSource:
    with calamine.load_workbook(str(path)) as book:
        sheets = [sheet for sheet in book.sheets_metadata if sheet.typ == calamine.SheetTypeEnum.WorkSheet]
        filled = [sheet.name for sheet in sheets if _counts(sheet.name, facts)]
        matched = match_tables(filled, "La feuille")
        hidden = {sheet.name for sheet in sheets if sheet.visible != calamine.SheetVisibleEnum.Visible}
        findings = [*matched.findings, *_hidden(matched.names, hidden)]
        tables: dict[str, RawTable] = {}
        for table, name in matched.names.items():
            rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            read = read_sheet(rows, facts[name].faults, table)
            findings += read.findings
            if read.table is not None:
                tables[table] = read.table
    return RawSource(tables, frozenset(matched.names), tuple(findings))


def _counts(name: str, facts: Mapping[str, SheetFacts]) -> bool:
    """An empty « Feuil2 » and a notice are not tables that someone forgot."""
    if simplified(name) in TABLE_NAMES:
        return True
    return facts[name].filled and simplified(name) not in _NOTES


def _hidden(names: Mapping[str, str], hidden: set[str]) -> Iterator[Finding]:
    for table, name in names.items():
        if name in hidden:
            message = (
                f"La feuille « {name} » est masquée ; elle est lue : l'afficher, ou la supprimer si elle est périmée."
            )
            yield finding("A005", table, message)


def read_sheet(rows: Sequence[Sequence[object]], faults: Sequence[Fault], name: str) -> ReadTable:
    """Cells of a sheet as text; what stands above the headers is left alone."""
    first = _header_row(rows, name)
    if first is None:
        message = "La feuille est vide ; y mettre au moins la ligne des en-têtes."
        return ReadTable(None, (finding("E003", name, message),))
    columns = list(zip(*rows[first + 1 :], strict=True)) or [()] * len(rows[first])
    header = [(text_of(cell) or "").strip() for cell in rows[first]]
    width = max(
        index + 1 for index in range(len(header)) if header[index] or any(cell != "" for cell in columns[index])
    )
    lines = np.arange(first + 2, len(rows) + 1, dtype=np.int64)
    raw = RawTable(
        name,
        tuple(header[:width]),
        tuple(text_array(column) for column in columns[:width]),
        lines,
        first + 1,
        numbers={index: mask for index, column in enumerate(columns[:width]) if (mask := number_mask(column)).any()},
        damaged=frozenset((fault.row + 1, fault.column) for fault in faults if fault.kind != "merged"),
    )
    return ReadTable(raw, tuple(_fault_findings(raw, faults)))


def _header_row(rows: Sequence[Sequence[object]], name: str) -> int | None:
    """The row that holds most names of the table's columns, two at least; else the first that holds something."""
    column_names = set(table_named(name).column_names)
    names = [
        len(column_names & {simplified(cell) for cell in row if isinstance(cell, str)}) for row in rows[:HEADER_ROWS]
    ]
    most = max(names, default=0)
    if most > 1:
        return names.index(most)
    return next((index for index, row in enumerate(rows) if any(cell != "" for cell in row)), None)


def _fault_findings(raw: RawTable, faults: Sequence[Fault]) -> Iterator[Finding]:
    """What the reader showed as empty or as plain text, in the rows and columns of the table."""
    for fault in faults:
        line = fault.row + 1
        if line < (raw.header_line or 1) or fault.column >= len(raw.header):
            continue
        cell = f"{_letters(fault.column)}{line}"
        code, message = _FAULTS[fault.kind]
        header = raw.header[fault.column] or None
        yield finding(code, raw.name, message.format(cell=cell), line, header, fault.text or None)


_FAULTS = {
    "formula": (
        "E107",
        "La formule de la cellule {cell} n'a pas de valeur enregistrée ; ouvrir le classeur dans un tableur, le "
        "laisser calculer et l'enregistrer, ou taper la valeur.",
    ),
    "error": ("E108", "La cellule {cell} contient une erreur de calcul ; corriger la formule ou taper la valeur."),
    "merged": (
        "E012",
        "La cellule {cell} est fusionnée avec ses voisines, qui se lisent donc vides ; annuler la fusion et remplir "
        "chaque cellule.",
    ),
}


def _letters(column: int) -> str:
    letters = ""
    number = column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
