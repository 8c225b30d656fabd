"""Stocks and flows: present, arrived, gone; what is there on 31 December is there the day after."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations, pairwise

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import shown
from rlpipeline.printed_report.finding import Finding, finding_at, judge
from rlpipeline.printed_report.model import Line, Report, Table

FLOW = re.compile(r"\b(?:entre|arriv|admi|nouveau|nouvel|sorti|depart|fins? d)")
START = re.compile(r"\b(?:1er janvier|debut)\b")
END = re.compile(r"\b(?:31 decembre|fin)\b")
BALANCES = ((1, 1), (1, -1), (1, 1, -1))
"""Signs by which lines give the one after them: arrived, gone, arrived and gone."""
FEWEST, FEWEST_APART = 2, 4
"""Columns that must bear a balance out, of lines that follow one another and of others."""
MOST_LINES = 12
"""Lines of an axis beyond which those that do not follow one another are left alone."""


def check_flows(report: Report) -> Iterator[Finding]:
    """Check the balances that all columns bear out but one, and the start of a year against the end before."""
    for table in report.tables:
        for view in (table, table.transposed):
            for signs in BALANCES:
                rows = [row for row in view.rows if row.role in {"poste", "total"}]
                count = len(signs) + 1
                for lines in combinations(rows, count) if len(rows) <= MOST_LINES else ():
                    yield from _balance(view, lines, signs)
            yield from _next_day(view)


def _balance(table: Table, lines: tuple[Line, ...], signs: tuple[int, ...]) -> Iterator[Finding]:
    if not any(FLOW.search(labels.fold(line.label)) for line in lines) or lines[-1].role == "total":
        return
    wrong, fitting = [], 0
    for column in table.columns:
        values = [table.cell(line, column).value for line in lines]
        if any(value is None for value in values) or column.role == "evolution":
            continue
        *terms, result = (value or 0.0 for value in values)
        if abs(sum(sign * term for sign, term in zip(signs, terms, strict=True)) - result) < 1e-6:
            fitting += 1
        else:
            wrong.append(column)
    apart = lines[-1].index - lines[0].index >= len(lines)
    if fitting >= (FEWEST_APART if apart else FEWEST) and len(wrong) <= (fitting // 2 if apart else 1):
        for column in wrong:
            yield _unbalanced(table, lines, signs, column)


def _unbalanced(table: Table, lines: tuple[Line, ...], signs: tuple[int, ...], column: Line) -> Finding:
    *terms, result = (table.cell(line, column) for line in lines)
    value = sum(sign * (term.value or 0.0) for sign, term in zip(signs, terms, strict=True))
    rest = "".join(f" {'+' if sign > 0 else '-'} {term.text}" for sign, term in zip(signs[1:], terms[1:], strict=True))
    calcul = f"{terms[0].text}{rest} = {shown(value)}, imprimé {result.text}"
    names = ", ".join(f"« {line.label} »" for line in lines)
    kind = "total_ligne" if table.turned else "total_colonne"
    message = f"{names} ne se suivent pas comme dans les autres colonnes : {calcul}."
    return finding_at(table.at(lines[-1], column), kind, judge(False), message, calcul, value)


def _next_day(table: Table) -> Iterator[Finding]:
    """What a year starts with against what the year before ends with."""
    start = next((row for row in table.rows if START.search(labels.fold(row.label))), None)
    end = next((row for row in table.rows if END.search(labels.fold(row.label)) and row != start), None)
    years = [column for column in table.columns if labels.year(column.label)]
    pairs = [(old, new) for old, new in pairwise(years) if (labels.year(old.label) or 0) + 1 == labels.year(new.label)]
    if start is None or end is None:
        return
    for old, new in pairs:
        before, after = table.cell(end, old), table.cell(start, new)
        if before.value is not None and after.value is not None and before.value != after.value:
            calcul = f"{after.text} au début de {new.label}, {before.text} à la fin de {old.label}"
            message = f"« {start.label} » de {new.label} n'est pas « {end.label} » de {old.label} : {calcul}."
            yield finding_at(table.at(start, new), "marge", judge(False), message, calcul, before.text)
