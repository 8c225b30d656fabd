"""Where a finding stands in a workbook: its sheet and its cells."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from openpyxl.utils import get_column_letter

from rlpipeline.records.findings import Finding
from rlpipeline.records.names import simplified


@dataclass(frozen=True)
class SheetPlace:
    """A table in a workbook.

    Parameters
    ----------
    name
        Name of the sheet.
    header
        Headers as written, from the first column.
    header_line
        Line of the headers.
    shift
        What is added to the line of a finding: a database counts its records from 1, under no header.
    """

    name: str
    header: tuple[str, ...] = ()
    header_line: int = 1
    shift: int = 0

    def cells_of(self, item: Finding) -> tuple[str, ...]:
        """Every cell concerned, the first of which a link leads to; the first cell of a line where no column is."""
        lines = [line + self.shift for line in item.lignes] or [self.header_line]
        columns = [number for name in self._names(item) if (number := self._number(name)) is not None]
        return tuple(f"{get_column_letter(number)}{line}" for line in lines for number in columns or [1])

    def _names(self, item: Finding) -> Sequence[str]:
        """The columns of a finding: a key has several, and so have the columns that are not read."""
        if item.colonne is None:
            return ()
        whole = item.code not in ("E201", "A002") or item.colonne in self.header
        return (item.colonne,) if whole else item.colonne.split(", ")

    def _number(self, name: str) -> int | None:
        """Position of a header: written so, else but for its writing."""
        exact = [number for number, header in enumerate(self.header, start=1) if header == name]
        alike = [number for number, header in enumerate(self.header, start=1) if simplified(header) == simplified(name)]
        return next(iter([*exact, *alike]), None)


def place_of(item: Finding, sheets: Mapping[str, SheetPlace]) -> SheetPlace | None:
    """The sheet of a finding, None where it has none: an absent table, the source as a whole."""
    return sheets.get(item.table)
