"""Populations whose vintage is not the one announced, against a supplied list."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import shown
from rlpipeline.printed_report.finding import Finding, finding_at, judge
from rlpipeline.printed_report.model import Line, Report, Table

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
                    yield from _row(report, view, row)


def _row(report: Report, table: Table, row: Line) -> Iterator[Finding]:
    announced = row.years or labels.years(table.title)
    vintage = min(announced) if announced else table.declared.annee
    for column in table.columns:
        cell = table.cell(row, column)
        known = _known(report, column.label)
        if vintage is None or cell.value is None or cell.value == known.get(vintage):
            continue
        if vintage not in known and cell.value not in known.values():
            continue
        yield _finding(table, (row, column), known, vintage)


def _known(report: Report, territory: str) -> dict[int, float]:
    """Population of a territory by vintage."""
    name = labels.canonical(territory)
    found = [entry for entry in report.populations if entry.code == territory or labels.canonical(entry.name) == name]
    return {entry.vintage: entry.inhabitants for entry in found}


def _finding(table: Table, place: tuple[Line, Line], known: dict[int, float], vintage: int) -> Finding:
    cell = table.cell(*place)
    others = [str(year) for year, inhabitants in sorted(known.items()) if inhabitants == cell.value]
    expected = shown(known[vintage]) if vintage in known else ""
    of_which = f"est la population de {' et '.join(others)}" if others else "n'est celle d'aucun millésime connu"
    calcul = f"{cell.text} {of_which}" + (f" ; celle de {vintage} est {expected}" if expected else "")
    message = f"La valeur annoncée pour {vintage} n'est pas de ce millésime : {calcul}."
    return finding_at(table.at(*place), "millesime", judge(bool(others and expected)), message, calcul, expected)
