"""A table as its source holds it: text cells and the line of each row, before anything is understood."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rlpipeline.records.findings import Finding

Lines = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class RawTable:
    """The text of a table.

    Parameters
    ----------
    name
        Name in the contract.
    header
        Headers as written.
    columns
        One array of text a header; null where the cell holds nothing.
    lines
        Line of each row as seen in the source.
    header_line
        Line of the header, None in a database.
    numbers
        Position of a column to the rows where the source holds a number, not a text.
    lost
        Every text of the rows that could not be cut into cells: what they hold is not missing elsewhere.
    damaged
        Line and column position of the cells that already have a finding.
    complete
        False where the end of the table could not be read.
    """

    name: str
    header: tuple[str, ...]
    columns: tuple[pa.ChunkedArray, ...]
    lines: Lines
    header_line: int | None = 1
    numbers: Mapping[int, Mask] = field(default_factory=dict)
    lost: frozenset[str] = frozenset()
    damaged: frozenset[tuple[int, int]] = frozenset()
    complete: bool = True


@dataclass(frozen=True)
class RawSource:
    """What a source holds.

    Parameters
    ----------
    tables
        The tables that could be read.
    present
        Names of the tables that exist, readable or not.
    findings
        What was found while opening and cutting.
    """

    tables: Mapping[str, RawTable] = field(default_factory=dict)
    present: frozenset[str] = frozenset()
    findings: tuple[Finding, ...] = ()

    @property
    def closed(self) -> bool:
        """Whether it could not be opened at all."""
        return any(finding.code in ("E010", "E011") and not finding.table for finding in self.findings)


@dataclass(frozen=True)
class ReadTable:
    """What reading one table gives: the table, or None where it cannot be read, and what was found."""

    table: RawTable | None
    findings: tuple[Finding, ...] = ()


def rows_of(mask: npt.NDArray[np.bool_]) -> list[int]:
    """Positions where the mask is true."""
    return [int(row) for row in np.flatnonzero(mask)]


def text_columns(rows: list[list[str]], width: int) -> tuple[pa.ChunkedArray, ...]:
    """Rows of equal width turned into columns."""
    if not rows:
        return tuple(pa.chunked_array([], pa.large_string()) for _ in range(width))
    return tuple(pa.chunked_array([pa.array(cells, pa.large_string())]) for cells in zip(*rows, strict=True))
