"""A table of the report as plain text."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import zip_longest

from rlpipeline.display import cells, tables
from rlpipeline.display.tables import Layout
from rlpipeline.figures import Col, Row


def to_text(layout: Layout) -> str:
    """Write the figures of the year in columns of text, for a terminal or a notebook read without HTML."""
    data = layout.data
    if not data.rows or not data.columns:
        return tables.nothing(layout)
    lines = [["", *(column.label for column in data.columns)]]
    lines += [[row.label, *(_cell(layout, row, column) for column in data.columns)] for row in data.rows]
    widths = [max(map(len, column)) for column in zip_longest(*lines, fillvalue="")]
    return "\n".join([layout.caption, *(_line(line, widths) for line in lines)])


def _cell(layout: Layout, row: Row, column: Col) -> str:
    key = row.code, column.code
    figure = layout.figures.get(key)
    words = [cells.plain(figure)] if figure else []
    return " ".join([*words, *([layout.texts[key]] if key in layout.texts else [])])


def _line(line: Sequence[str], widths: Sequence[int]) -> str:
    first, *others = zip(line, widths, strict=True)
    return "  ".join([first[0].ljust(first[1]), *(text.rjust(width) for text, width in others)]).rstrip()
