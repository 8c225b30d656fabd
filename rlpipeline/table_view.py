"""A table as data, and what writes it: one template for every table of ours, whatever it shows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from markupsafe import Markup, escape

from rlpipeline.page_templates import rendered

BESIDE = 2
"""Signs that lie between two columns."""
NARROW = 30
"""Signs of a line beyond which the narrowest telephone lets the table be scrolled."""


@dataclass(frozen=True)
class TableCell:
    """What stands in a cell.

    Parameters
    ----------
    words
        What is read there, by which the width of the column is known.
    html
        The same with its marks.
    scope
        Of a header: ``col``, ``row`` or ``rowgroup``; empty for a cell that is none.
    address
        Which figure it is: values of ``data-…`` attributes, by name.
    across
        Columns that it goes across.
    """

    words: str
    html: Markup
    css: str = ""
    scope: str = ""
    address: Mapping[str, object] = field(default_factory=dict)
    across: int = 1


EMPTY = TableCell("", Markup())


@dataclass(frozen=True)
class TableLine:
    """A line of a table."""

    cells: Sequence[TableCell]
    css: str = ""
    address: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class TableGroup:
    """Lines that belong together."""

    lines: Sequence[TableLine]
    address: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class TableView:
    """A table as it is shown.

    Parameters
    ----------
    head
        Headers of the columns, the first of which is that of the names of lines.
    address
        Which table it is: values of ``data-…`` attributes, by name.
    left_out
        Paragraphs that name what it does not show, in HTML.
    notes
        What is said under it, in HTML, a paragraph each.
    """

    caption: str
    head: Sequence[TableCell]
    groups: Sequence[TableGroup]
    address: Mapping[str, object] = field(default_factory=dict)
    kind: str = "rl-table"
    left_out: str = ""
    notes: Sequence[str] = ()

    @property
    def header(self) -> TableLine:
        """The line of the headers."""
        return TableLine(self.head)

    @cached_property
    def widths(self) -> list[int]:
        """Signs that each column takes."""
        lines = [self.head, *(line.cells for group in self.groups for line in group.lines)]
        whole = [line for line in lines if len(line) == len(self.head)]
        words = ([cell.words for cell in line] for line in whole)
        return widths_of(words)

    @property
    def may_scroll(self) -> bool:
        """Whether a telephone does not hold it, so that a keyboard must reach what it scrolls."""
        return may_scroll(self.widths)


def widths_of(lines: Iterable[Sequence[str]]) -> list[int]:
    """Signs that each column of some lines takes: its longest word, for words alone are not cut."""
    columns = (" ".join(column).split(" ") for column in zip(*lines, strict=True))
    return [max(map(len, words)) + BESIDE for words in columns]


def may_scroll(widths: Iterable[int]) -> bool:
    """Whether a telephone does not hold columns, so that a keyboard must reach what it scrolls."""
    return sum(widths) > NARROW


def text_cell(words: str, css: str = "", scope: str = "", **address: object) -> TableCell:
    """Give a cell of plain words."""
    return TableCell(words, escape(words), css, scope, address)


def html_of(view: TableView) -> str:
    """Write a table and its notes as HTML."""
    return rendered("table.html.j2", view=view)
