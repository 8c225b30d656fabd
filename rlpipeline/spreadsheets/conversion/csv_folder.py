"""A folder of CSV files: UTF-8, commas, ISO dates, decimal points, no text that is a formula to a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from pathlib import Path

from rlpipeline.characters import guarded
from rlpipeline.records.tables import table_named
from rlpipeline.records.values import text_of
from rlpipeline.spreadsheets.conversion.rows import Rows
from rlpipeline.spreadsheets.entry.cells import Value


def write_folder(rows: Mapping[str, Rows], folder: Path) -> None:
    """Write ``<table>.csv`` for every table."""
    folder.mkdir()
    for name, lines in rows.items():
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(table_named(name).column_names)
        writer.writerows([_text(value) for value in line] for line in lines)
        (folder / f"{name}.csv").write_bytes(stream.getvalue().encode())


def _text(value: Value) -> str:
    return guarded(value) if isinstance(value, str) else text_of(value) or ""
