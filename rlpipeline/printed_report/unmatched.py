"""Numbers of the prose that none of the tables about the same thing gives, as a cell, a gap, a change or a share."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import chain

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import Cell
from rlpipeline.printed_report.compositions import partition
from rlpipeline.printed_report.finding import TO_READ, Finding, finding_at
from rlpipeline.printed_report.links import of_a_part, of_the_year
from rlpipeline.printed_report.model import Report, Table
from rlpipeline.printed_report.statements import Statement

FEWEST_WORDS = 2
"""Words that a sentence shares with a table which speaks of the same thing from another section."""
SMALLEST = 10
"""Value below which a number is that of some cell by chance."""
REFERENCE = re.compile(r"\b(?:semaine|annexe|page|article|numero|n ?°|chapitre|edition|rue)$")
"""Before a number that counts nothing."""
THOUSANDS = (1, 1000)
"""What a cell may be worth: as printed, or in thousands."""


def unmatched(report: Report, statement: Statement, repeated: frozenset[tuple[str, float]]) -> Iterator[Finding]:
    """Tell a number that the tables about the same thing ignore, and that no other sentence says."""
    vague = statement.approximate or statement.average or statement.period
    if vague or statement.value < SMALLEST or (statement.unit, statement.value) in repeated:
        return
    tables = about_the_same(report, statement)
    beside = statement.sentence.table in {table.name for table in tables} and not REFERENCE.search(_before(statement))
    values = chain.from_iterable(given(table, statement.relative) for table in tables)
    if tables and (statement.unit or statement.relative or beside) and not any(map(statement.agrees, values)):
        names = ", ".join(f"« {table.heading} »" for table in tables[:3])
        message = f"Aucun des tableaux qui en parlent ({names}) ne donne ce nombre : « {statement.sentence.text} »."
        spot = statement.sentence.at(f"{statement.number.words} {statement.number.unit}".strip())
        yield finding_at(spot, "prose_tableau", TO_READ, message)


def about_the_same(report: Report, statement: Statement) -> list[Table]:
    """Tables of the year of a statement that stand beside it, in its section, or share words with it."""
    tables = []
    for table in report.tables:
        apart = of_a_part(table, (*table.rows, *table.columns), statement)
        if not apart and of_the_year(report, table, statement) and _about_the_same(table, statement):
            tables.append(table)
    return tables


def printed_somewhere(report: Report, statement: Statement) -> bool:
    """Whether a cell of these tables prints a number, of whatever line."""
    cells = chain.from_iterable(row for table in about_the_same(report, statement) for row in table.cells)
    return any(statement.agrees(value) for cell in cells for value in _of_cell(cell, statement.relative))


def _before(statement: Statement) -> str:
    return labels.fold(statement.sentence.text[: statement.number.start])


def _about_the_same(table: Table, statement: Statement) -> bool:
    """Whether a table stands beside a sentence, in its section, or shares words with it."""
    sentence = statement.sentence
    if sentence.table == table.name or (sentence.section and table.section[-1:] == sentence.section[-1:]):
        return True
    words = {word for word in (*statement.clause, *statement.whole) if not word.isdigit()}
    return sum(any(labels.same_stem(word, other) for other in table.stems) for word in words) >= FEWEST_WORDS


def given(table: Table, relative: bool) -> Iterator[float]:
    """All that a table gives: numbers, or shares and changes, of its cells and of two cells of a line."""
    for cell in chain.from_iterable(table.cells):
        yield from _of_cell(cell, relative)
    for view in (table, table.transposed):
        columns = [column for column in view.columns if column.role in {"poste", "total", "dont"}]
        for row in view.rows:
            cells = [view.cell(row, column) for column in columns]
            yield from _of_line([abs(cell.value) for cell in cells if cell.value is not None], relative)
            if not relative and partition(tuple(column for column in columns if column.adds)):
                yield from _runs([view.cell(row, column).value or 0.0 for column in columns if column.adds])


def _of_cell(cell: Cell, relative: bool) -> Iterator[float]:
    if cell.share is not None and relative:
        yield cell.share
    if cell.value is not None:
        yield from (abs(cell.value) * scale for scale in THOUSANDS)


def _of_line(values: Sequence[float], relative: bool) -> Iterator[float]:
    for index, first in enumerate(values):
        for second in values[index + 1 :]:
            low, high = sorted((first, second))
            if not relative:
                yield from ((high - low) * scale for scale in THOUSANDS)
            elif low:
                yield from (100 * low / high, 100 * (high - low) / low, 100 * (high - low) / high)


def _runs(values: Sequence[float]) -> Iterator[float]:
    """Sums of values that follow one another."""
    for start in range(len(values)):
        for end in range(start + 2, len(values) + 1):
            yield sum(values[start:end])
