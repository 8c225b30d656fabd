"""What the lines that a sentence spells out give together: « A et B regroupent », « hors A, le service suit »."""

from __future__ import annotations

import re
from dataclasses import replace

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import shown, sum_shown
from rlpipeline.printed_report.counted import head
from rlpipeline.printed_report.links import Link, spelt
from rlpipeline.printed_report.model import Line, Table
from rlpipeline.printed_report.statements import Statement

WITHOUT = re.compile(
    r"\b(?:hors|sans|sauf|excepte\w*|en dehors d\w+|enlev\w+|retir\w+|mis a part)(?: \w+)? ?(?:l'|l[ea]s? )?$"
)
"""Before the line that a number leaves out."""
JOINED = re.compile(r"\W*(?:,|\b(?:et|plus|avec)\b|\+)\W*(?:(?:a|au|aux|de|du|des|d|l[ea]s?|l|sur)\W+){0,2}")
"""Between lines that a number counts together."""


def combined(statement: Statement, link: Link) -> tuple[Link, ...] | None:
    """What a sentence that spells out a line of a link, and others beside it or without it, counts.

    Returns
    -------
    tuple of Link or None
        The sum, or the rest; none where the sentence does not say how its lines go together; ``None`` where it spells
        out no line that would change what the link gives.
    """
    folded = labels.fold(statement.sentence.text)
    views = ((link.table, link.row, link.column), (link.table.transposed, link.column, link.row))
    for table, row, column in views:
        rows = spelt_lines(table, folded)
        if rows == [row] and table.total and WITHOUT.search(folded[: spelt(row, folded)]):
            return _rest(statement, link, (table, row, column))
        if len(rows) > 1 and row in rows and not statement.others - {len(rows)}:
            return _sum(statement, link, (table, column), rows)
    return None


def spelt_lines(table: Table, folded: str) -> list[Line]:
    """Rows that a folded text spells out, in its order."""
    places = {row: place for row in table.rows if row.adds and not row.years and (place := spelt(row, folded)) >= 0}
    return sorted(places, key=lambda row: places[row])


def _rest(statement: Statement, link: Link, place: tuple[Table, Line, Line]) -> tuple[Link, ...]:
    """A total less the line that is left out."""
    table, row, column = place
    whole = table.cell(table.total, column).value if table.total else None
    left = table.cell(row, column).value
    if whole is None or left is None or statement.relative:
        return ()
    arithmetic = f"{shown(whole)} - {shown(left)} = {shown(whole - left)}"
    return (_placed(replace(link, value=whole - left, arithmetic=arithmetic), table, table.total or row),)


def _sum(statement: Statement, link: Link, place: tuple[Table, Line], rows: list[Line]) -> tuple[Link, ...]:
    """The sum of lines that only commas and « et » part."""
    table, column = place
    folded = labels.fold(statement.sentence.text)
    ends = [spelt(row, folded) + len(labels.fold(head(row.label))) for row in rows]
    joints = [folded[end : spelt(row, folded)] for end, row in zip(ends, rows[1:], strict=False)]
    values = tuple(table.cell(row, column).value or 0.0 for row in rows)
    if statement.relative or not all(JOINED.fullmatch(joint) for joint in joints):
        return ()
    line = replace(rows[0], label=" + ".join(row.label for row in rows))
    return (_placed(replace(link, value=sum(values), arithmetic=sum_shown(values)), table, line),)


def _placed(link: Link, table: Table, line: Line) -> Link:
    """A link of another line, too weak to be certain."""
    return replace(link, column=line, strength=0.0) if table.turned else replace(link, row=line, strength=0.0)
