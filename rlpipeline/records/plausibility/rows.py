"""How a rule of plausibility says where it stands."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from rlpipeline.records.findings import Finding, finding, of_lines
from rlpipeline.records.parsed import ParsedTable
from rlpipeline.records.parsing import written

ACCEPTING = "ou l'accepter dans plausibilite.yml"
"""What every message ends with: the service may be right."""


def of_row(item: ParsedTable, code: str, row: int, column: str, message: str) -> Finding:
    """A finding about one cell, with the key of its row."""
    return replace(of_rows(item, code, [row], column, message), cle=key_of(item, row))


def of_rows(item: ParsedTable, code: str, rows: Sequence[int], column: str, message: str) -> Finding:
    """A finding about a column in several rows, whose value is the first's."""
    shown = item.shown(column, min(rows))
    return of_lines(
        finding(code, item.table.name, message, None, column, shown), (int(item.lines[row]) for row in rows)
    )


def of_each(item: ParsedTable, code: str, rows: Sequence[int], column: str, message: str) -> Iterator[Finding]:
    """The same finding about one cell of each row."""
    for row in rows:
        yield of_row(item, code, row, column, message)


def key_of(item: ParsedTable, row: int) -> str:
    """What tells a row from the others in ``plausibilite.yml``: its key, else all that it holds."""
    key = item.table.key
    if len(key) == 1:
        return str(item.shown(key[0], row))
    cells = {name: item.shown(name, row) for name in key or item.columns}
    return ", ".join(f"{name} = {text}" for name, text in cells.items() if text)


def french(number: float) -> str:
    """« 115,4 », without zeros that tell nothing."""
    return written(round(number, 2))


def places(mask: object) -> list[int]:
    """Positions where a mask is true."""
    return [int(row) for row in np.flatnonzero(np.asarray(mask, dtype=bool))]
