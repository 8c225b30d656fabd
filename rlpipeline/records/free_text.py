"""The free text of the records that the edition to share prints: somebody reads it before it goes out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast

import pandas as pd

from rlpipeline.records.schema import Lines
from rlpipeline.records.tables import TABLES

COLUMNS: Mapping[str, tuple[str, ...]] = {
    table.name: tuple(column.name for column in table.columns if column.kind == "text") for table in TABLES
}
UNSHARED = frozenset(
    {
        ("personnel", "precision"),
        ("diagnostics", "commentaire"),
        ("orientations", "partenaire"),
        ("jeunes", "quartier"),
        ("presences", "lieu"),
        *(("demandes", name) for name in ("origine", "motif")),
        *((table, "educateur") for table in ("suivis", "temps")),
    }
)
"""Table and column of the words that the edition to share never prints; a column that is not here is taken to be."""
WITH_YEAR_BEFORE = "diagnostics"
"""The table whose rows of the year before are printed beside those of the year."""


@dataclass(frozen=True)
class FreeCell:
    """A text that rows of a year hold in a column, with their lines in the source; without a year, of every report."""

    table: str
    column: str
    text: str
    year: int | None
    lines: tuple[int, ...] = ()

    def is_printed(self, year: int) -> bool:
        """Whether the edition to share of a year prints it."""
        return self.year in (None, year) or (self.table == WITH_YEAR_BEFORE and self.year == year - 1)


def free_cells(frames: Mapping[str, pd.DataFrame], lines: Mapping[str, Lines] | None = None) -> Iterator[FreeCell]:
    """Give each text of the columns that are shared, once a year, in the order of the tables."""
    for table, columns in COLUMNS.items():
        frame = frames.get(table)
        if frame is None:
            continue
        years = frame["annee"] if "annee" in frame else pd.Series(0, index=frame.index)
        for column in columns:
            if (table, column) in UNSHARED:
                continue
            for key, rows in frame.groupby([frame[column], years], sort=False).indices.items():
                text, year = cast("tuple[str, int]", key)
                of_rows: Iterable[int] = () if lines is None or table not in lines else lines[table][rows]
                yield FreeCell(table, column, text, int(year) or None, tuple(map(int, of_rows)))
