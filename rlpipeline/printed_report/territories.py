"""Territories: composites outside the range of their members, populations of another vintage than announced."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import Cell, shown
from rlpipeline.printed_report.finding import Certitude, Finding, finding_at, judge
from rlpipeline.printed_report.model import Line, Report, Table

WHOLE = re.compile(
    r"^(?:cc|ca|cu|epci|ensemble|total|moyenne|territoire)\b"
    r"|\b(?:agglo|agglomeration|intercommunalite|communaute d\w+|metropole)\b"
)
NEARLY = 0.01
"""Part of a large count by which members may miss it and still be all of it: one of them is misprinted."""
LARGE = 1000
FAR = 0.5
"""Part of the members' range beyond which a composite of unknown members is told."""


def check_composites(report: Report) -> Iterator[Finding]:
    """Check the composites declared, then those that the labels suggest."""
    declared: set[tuple[str, int, bool]] = set()
    for composite in report.relations.composites:
        whole = resolve(report, composite.ensemble)
        members = [member for name in composite.membres if (member := resolve(report, name))]
        if whole and members and all(table.name == whole[0].name for table, _ in members):
            declared.add((whole[0].name, whole[1].index, whole[0].turned))
            yield from _range(*whole, [member for _, member in members], declared=True)
    for table in report.tables:
        for view in (table, table.transposed):
            for row in view.rows:
                if WHOLE.search(labels.fold(row.label)) and (view.name, row.index, view.turned) not in declared:
                    yield from _range(view, row, _members(view, row), declared=False)


def _members(table: Table, whole: Line) -> list[Line]:
    return [
        row
        for row in table.rows
        if row.role == "poste"
        and row != whole
        and not WHOLE.search(labels.fold(row.label))
        and any(cell.value is not None for cell in table.cells[row.index])
    ]


def _adds_up(table: Table, whole: Line, members: Sequence[Line]) -> bool:
    """Whether a count of the whole is the sum of the members: they are all there."""
    for column in table.columns:
        cells = [table.cell(member, column) for member in members]
        printed = table.cell(whole, column)
        values = [cell.value for cell in cells if cell.value is not None]
        if printed.value is None or not len(values) == len(cells) > 1:
            continue
        margin = NEARLY * printed.value if printed.value >= LARGE else 0.0
        if abs(sum(values) - printed.value) <= margin and not _is_rate(column, [*cells, printed]):
            return True
    return False


def _range(table: Table, whole: Line, members: Sequence[Line], declared: bool) -> Iterator[Finding]:
    added_up = _adds_up(table, whole, members)
    for column in table.columns:
        cells = [table.cell(member, column) for member in members]
        printed = table.cell(whole, column)
        values = [cell.value for cell in cells if cell.value is not None]
        if printed.value is None or len(values) < 2 or (declared and len(values) < len(cells) - 1):
            continue
        low, high = min(values), max(values)
        if _is_rate(column, [*cells, printed]):
            added = abs(printed.value - sum(values)) < 1 or abs(printed.value - 100) < 1
            out = (printed.value < low or printed.value > high) and not added
            far = min(abs(printed.value - low), abs(printed.value - high)) > FAR * (high - low)
            if out and (declared or added_up or far):
                yield _finding(table, (whole, column), (low, high), judge(declared and len(values) == len(cells)))
        elif declared and printed.value < high:
            yield _finding(table, (whole, column), (high, sum(values)), judge(True))


def _is_rate(column: Line, cells: Sequence[Cell]) -> bool:
    return column.role in {"part", "moyenne"} or any(cell.unit == "%" for cell in cells)


def _finding(table: Table, place: tuple[Line, Line], bounds: tuple[float, float], certitude: Certitude) -> Finding:
    printed = table.cell(*place).text
    low, high = (shown(bound) for bound in bounds)
    message = f"La valeur de l'ensemble ({printed}) sort de l'intervalle de ses membres : de {low} à {high}."
    calcul = f"{printed} hors de {low} à {high}"
    return finding_at(table.at(*place), "composite", certitude, message, calcul, f"{low} à {high}")


def resolve(report: Report, written: str) -> tuple[Table, Line] | None:
    """Find the line that « table/ligne » or « table/colonne » names, its table turned so that it is a row."""
    name, _, rest = written.partition("/")
    table = report.by_name.get(name.removesuffix(".csv"))
    views = (table, table.transposed) if table and rest else ()
    return next(((view, row) for view in views if (row := _line(view.rows, rest))), None)


def _line(lines: tuple[Line, ...], label: str) -> Line | None:
    folded = labels.fold(label)
    exact = [line for line in lines if labels.fold(line.label) == folded]
    alike = [line for line in lines if label and line.key == labels.canonical(label)]
    return next(iter(exact + alike), None)


POPULATION = re.compile(r"\bpopulation\b|\bhabitants?\b")
PART_OF_IT = re.compile(r"%|\bpart\b|\btaux\b|\bpar habitant|\bdensite|\bmoins de\b|\bage|\bjeunes\b|\d+ (?:a|-|ans)")


def check_vintages(report: Report) -> Iterator[Finding]:
    """Check every printed population of a known territory."""
    if not report.populations:
        return
    for table in report.tables:
        for view in (table, table.transposed):
            for row in view.rows:
                folded = labels.fold(row.label)
                if POPULATION.search(folded) and not PART_OF_IT.search(folded):
                    yield from _populations_of(report, view, row)


def _populations_of(report: Report, table: Table, row: Line) -> Iterator[Finding]:
    announced = row.years or labels.years(table.title)
    vintage = min(announced) if announced else table.declared.annee
    for column in table.columns:
        cell = table.cell(row, column)
        by_vintage = _by_vintage(report, column.label)
        if vintage is None or cell.value is None or cell.value == by_vintage.get(vintage):
            continue
        if vintage not in by_vintage and cell.value not in by_vintage.values():
            continue
        yield _other_vintage(table, (row, column), by_vintage, vintage)


def _by_vintage(report: Report, territory: str) -> dict[int, float]:
    """Population of a territory by vintage."""
    name = labels.canonical(territory)
    entries = [entry for entry in report.populations if entry.code == territory or labels.canonical(entry.name) == name]
    return {entry.vintage: entry.inhabitants for entry in entries}


def _other_vintage(table: Table, place: tuple[Line, Line], by_vintage: dict[int, float], vintage: int) -> Finding:
    cell = table.cell(*place)
    others = [str(year) for year, inhabitants in sorted(by_vintage.items()) if inhabitants == cell.value]
    expected = shown(by_vintage[vintage]) if vintage in by_vintage else ""
    of_which = f"est la population de {' et '.join(others)}" if others else "n'est celle d'aucun millésime connu"
    calcul = f"{cell.text} {of_which}" + (f" ; celle de {vintage} est {expected}" if expected else "")
    message = f"La valeur annoncée pour {vintage} n'est pas de ce millésime : {calcul}."
    return finding_at(table.at(*place), "millesime", judge(bool(others and expected)), message, calcul, expected)
