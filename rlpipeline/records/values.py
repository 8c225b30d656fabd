"""Cells that a source holds as numbers, dates or yes-or-no, written as the text a CSV file would hold."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal

import numpy as np
import pyarrow as pa

from rlpipeline.records.schema import Mask


def text_of(value: object) -> str | None:  # noqa: PLR0911
    """The text of one cell, None for nothing.

    Notes
    -----
    A whole number has no decimal, and no number an exponent; a day has no hour when it is midnight; a yes-or-no is
    ``oui`` or ``non``; bytes that are not text become U+FFFD, which the cells' reading refuses.
    """
    if value is None or isinstance(value, str):
        return value or None
    if isinstance(value, bool):  # which is a number too, as a moment is a day
        return "oui" if value else "non"
    if isinstance(value, float):
        return np.format_float_positional(value, trim="-") if np.isfinite(value) else str(value)
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(value, datetime) and value.time() != time():
        return value.isoformat(" ", "seconds")
    if isinstance(value, date | time):
        return (value.date() if isinstance(value, datetime) else value).isoformat()
    if isinstance(value, timedelta):
        minutes = int(value.total_seconds()) // 60
        return f"{minutes // 60}:{minutes % 60:02d}"
    return "\ufffd" if isinstance(value, bytes | bytearray | memoryview) else str(value)


def text_array(cells: Sequence[object]) -> pa.Array:
    """The text of a column."""
    return pa.array([cell if type(cell) is str else text_of(cell) for cell in cells], pa.large_string())


def number_mask(cells: Sequence[object]) -> Mask:
    """Whether each cell is a number."""
    numbers = (isinstance(cell, int | float | Decimal) and not isinstance(cell, bool) for cell in cells)
    return np.fromiter(numbers, bool, len(cells))
