"""What an import gives: rows of the records, what did not enter, and an account of every row and cell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from rlpipeline.importing.blocks import Unreadable
from rlpipeline.importing.planning import Plan, TablePlan
from rlpipeline.importing.pseudonyms import Directory, Pseudonyms
from rlpipeline.settings.models import Service

Row = dict[str, str]
OF_SUIVI = ("problematiques", "orientations")


@dataclass(frozen=True)
class Refused:
    """A row of an export that does not enter a table, and why."""

    file: str
    line: int
    reason: str


@dataclass
class Filled:
    """What an import gives.

    Parameters
    ----------
    tables
        Table name to its rows, column to text.
    unreadable
        Cells left empty.
    refused
        Rows left out.
    rows_read
        Rows that the exports hold, without totals and notes.
    rows_used
        Rows that filled at least one row of the records.
    merged
        Rows of the records that several rows of the exports gave alike, by table.
    lacking
        Cells that the records require and that are empty: the column is that of the records.
    notes
        What else should be known, in French, with its number of cases.
    accounts
        One an exported table: what became of its rows and of its cells.
    educators
        The names of educators that a pseudonym replaces.
    """

    tables: dict[str, list[Row]] = field(default_factory=dict)
    unreadable: list[Unreadable] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    rows_read: int = 0
    rows_used: int = 0
    merged: Counter[str] = field(default_factory=Counter)
    lacking: list[Unreadable] = field(default_factory=list)
    notes: Counter[str] = field(default_factory=Counter)
    accounts: list[Account] = field(default_factory=list)
    educators: dict[str, str] = field(default_factory=dict)


@dataclass
class Account:
    """What became of the rows and of the filled cells of the columns used of one exported table: all are counted once.

    Parameters
    ----------
    name
        The table.
    rows, entered_rows, refused_rows
        Rows read, those that filled at least one row of the records, and those that filled none.
    cells, entered_cells, listed_cells, refused_cells
        Cells filled in, those that entered, those listed as unreadable, and those of refused rows.
    emptied
        Header and word to the number of cells that say that nothing is known: « NSP ».
    """

    name: str
    rows: int = 0
    entered_rows: int = 0
    refused_rows: int = 0
    cells: int = 0
    entered_cells: int = 0
    listed_cells: int = 0
    refused_cells: int = 0
    emptied: Counter[tuple[str, str]] = field(default_factory=Counter)

    def is_even(self) -> bool:
        """Whether all that went in came out, or is listed."""
        cells = self.entered_cells + self.listed_cells + self.refused_cells + self.emptied.total()
        return self.rows == self.entered_rows + self.refused_rows and self.cells == cells


@dataclass(frozen=True)
class Origin:
    """Where a row of the records comes from."""

    plan: TablePlan
    line: int


@dataclass
class Entry:
    """A row of the records before rows alike are joined."""

    table: str
    row: Row
    origin: Origin


@dataclass
class Work:
    """What the filling of all tables shares.

    Parameters
    ----------
    forgotten
        Digests of the pseudonyms that are not to come in again.
    result
        What the import gives.
    directory
        Which name is whose.
    """

    plan: Plan
    service: Service
    pseudonyms: Pseudonyms
    forgotten: frozenset[str]
    result: Filled = field(default_factory=Filled)
    directory: Directory = field(default_factory=Directory)

    def refuse(self, origin: Origin, reason: str) -> None:
        """Note that a row does not enter a table."""
        self.result.refused.append(Refused(origin.plan.block.name, origin.line, reason))
