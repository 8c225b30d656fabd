"""Marks of absence and units that change within a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator

from rlpipeline.printed_report.cells import UNITS, Cell
from rlpipeline.printed_report.finding import Finding, finding_at, judge
from rlpipeline.printed_report.labels import fold
from rlpipeline.printed_report.model import Line, Report, Table

DURATIONS = re.compile(r"\d\s*(h|heures?|jours?|journees?|seances?|semaines?|mois)\b")
PLAIN_SHARE = "%"


def check_marks(report: Report) -> Iterator[Finding]:
    """Tell the tables that say « no value » in several ways."""
    for table in report.tables:
        marks = [cell for row in table.cells for cell in row if cell.mark]
        kinds = Counter(cell.mark for cell in marks)
        if len(kinds) > 1:
            yield _marks(table, kinds, marks)
        yield from _blanks(table)


def _marks(table: Table, kinds: Counter[str], marks: list[Cell]) -> Finding:
    rare = min(kinds, key=lambda mark: kinds[mark])
    first = next(cell for cell in marks if cell.mark == rare)
    printed = " ; ".join(kinds)
    counted = ", ".join(f"« {mark} » {times} fois" for mark, times in kinds.items())
    message = (
        f"L'absence de valeur est marquée de plusieurs façons : {counted}. "
        "On ne sait pas si elles disent la même chose."
    )
    spot = table.at(None, None, printed, first.line)
    return finding_at(spot, "marques_melangees", judge(False), message, counted)


def _blanks(table: Table) -> Iterator[Finding]:
    """Blanks beside « 0 » in one row, and blanks beside a mark in one column: one of the two says something else."""
    for row in (row for row in table.rows if row.adds):
        cells = [(column, table.cell(row, column)) for column in table.columns if column.role in {"poste", "dont"}]
        blank = next((column for column, cell in cells if cell.empty and _filled(table, column)), None)
        zero = next((cell for _, cell in cells if cell.value == 0), None)
        if blank and zero:
            yield _blank(table, (row, blank), zero, "la même ligne écrit « 0 »")
            break
    for column in table.columns:
        cells = [(row, table.cell(row, column)) for row in table.rows if row.adds]
        mark = next((cell for _, cell in cells if cell.mark), None)
        blank = next((row for row, cell in cells if cell.empty), None)
        if blank and mark:
            yield _blank(table, (blank, column), mark, f"la même colonne écrit « {mark.text} »")
            break


def _filled(table: Table, column: Line) -> bool:
    """Whether most cells of a column hold a value."""
    values = [table.cell(row, column).value is not None for row in table.rows if row.adds]
    return sum(values) * 2 > len(values)


def _blank(table: Table, place: tuple[Line, Line], other: Cell, why: str) -> Finding:
    message = f"Une case est laissée en blanc alors que {why} : on ne sait pas si le blanc vaut zéro ou inconnu."
    return finding_at(table.at(*place, line=other.line), "marques_melangees", judge(False), message, why)


def check_units(report: Report) -> Iterator[Finding]:
    """Tell the cells whose unit is neither that of their row nor that of their column."""
    for table in report.tables:
        for row in table.rows:
            for column in table.columns:
                cell = table.cell(row, column)
                usual = _usual(table, row, column)
                if cell.value is not None and usual is not None and _stated_unit(cell) != usual:
                    yield _unit(table, (row, column), cell, usual)
                elif cell.words:
                    yield from _durations(table, (row, column), cell)


def _stated_unit(cell: Cell) -> str:
    return cell.unit if cell.unit in {*UNITS.values(), PLAIN_SHARE} else ""


def _usual(table: Table, row: Line, column: Line) -> str | None:
    """The unit on which the rest of the row and of the column agree against a cell, ``None`` where they do not."""
    own = _stated_unit(table.cell(row, column))
    across = _others(table.cell(row, other) for other in table.columns if other != column)
    down = _others(table.cell(other, column) for other in table.rows if other != row)
    alike = own and any(
        _stated_unit(cell) == own
        for other in table.columns
        if other != column and (cell := table.cell(row, other)).value is not None
    )
    if down is None or alike or own in {across, down}:
        return None
    return down


def _others(cells: Iterator[Cell]) -> str | None:
    units = Counter(_stated_unit(cell) for cell in cells if cell.value is not None)
    if not units:
        return None
    unit, times = units.most_common(1)[0]
    return unit if times * 4 >= units.total() * 3 and times > 1 else None


def _unit(table: Table, place: tuple[Line, Line], cell: Cell, usual: str) -> Finding:
    expected = f"des valeurs en {usual}" if usual else f"des valeurs sans unité (« {place[1].label} »)"
    hours = (
        cell.value / 35
        if cell.unit == "heures" and cell.value and "etp" in fold(f"{place[1].label} {place[0].label}")
        else None
    )
    computed = f"{hours:.2f}".replace(".", ",") if hours else ""
    shown_hours = f" ; {cell.text} par semaine font {computed} ETP de 35 heures" if hours else ""
    message = f"Cette valeur est dans une autre unité que les autres : {cell.text} parmi {expected}{shown_hours}."
    calcul = f"{cell.text} parmi {expected}"
    return finding_at(table.at(*place), "unites_melangees", judge(True), message, calcul, computed)


def _durations(table: Table, place: tuple[Line, Line], cell: Cell) -> Iterator[Finding]:
    """A cell of words that adds hours to days."""
    units = {fold(unit).removesuffix("s")[:4] for unit in DURATIONS.findall(fold(cell.text))}
    if len(units) > 1 and re.search(r"\+|\bplus\b|\bet\b", cell.text):
        message = f"Deux unités de durée sont mêlées dans une même case : « {cell.text} »."
        yield finding_at(table.at(*place), "unites_melangees", judge(False), message, " et ".join(sorted(units)))
