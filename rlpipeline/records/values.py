"""Cells that a source holds as numbers, dates or yes-or-no, written as the text a CSV file would hold."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pyarrow as pa

from rlpipeline.records.raw import Mask


def text_of(value: object) -> str | None:
    """The text of one cell, None for nothing.

    Notes
    -----
    A whole number has no decimal, and no number an exponent; a day has no hour when it is midnight; a yes-or-no is
    ``oui`` or ``non``; bytes that are not text become U+FFFD, which the cells' reading refuses.
    """
    if value is None or isinstance(value, str):
        return value or None
    writer = next((write for kinds, write in _WRITERS if isinstance(value, kinds)), str)
    return writer(value)


def _flag_text(value: object) -> str:
    return "oui" if value else "non"


def _moment_text(value: datetime) -> str:
    return value.date().isoformat() if value.time() == time() else value.isoformat(" ", "seconds")


def _day_text(value: date | time) -> str:
    return value.isoformat()


def _bytes_text(_: object) -> str:
    return "\ufffd"


def _number_text(value: float | Decimal) -> str:
    if isinstance(value, int):
        return str(value)
    if isinstance(value, Decimal):
        text = format(value, "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    if not np.isfinite(value):
        return str(value)
    return np.format_float_positional(value, trim="-")


def _duration_text(value: timedelta) -> str:
    minutes = int(value.total_seconds()) // 60
    return f"{minutes // 60}:{minutes % 60:02d}"


# The first kind that fits: a yes-or-no is also a number, and a moment a day.
_WRITERS: tuple[tuple[tuple[type, ...], Callable[[Any], str]], ...] = (
    ((bool,), _flag_text),
    ((int, float, Decimal), _number_text),
    ((datetime,), _moment_text),
    ((date, time), _day_text),
    ((timedelta,), _duration_text),
    ((bytes, bytearray, memoryview), _bytes_text),
)


def text_array(cells: Sequence[object]) -> pa.ChunkedArray:
    """The text of a column."""
    texts = [cell if type(cell) is str else text_of(cell) for cell in cells]
    return pa.chunked_array([pa.array(texts, pa.large_string())])


def number_mask(cells: Sequence[object]) -> Mask:
    """Whether each cell is a number."""
    return np.fromiter((isinstance(cell, _NUMBERS) and not isinstance(cell, bool) for cell in cells), bool, len(cells))


_NUMBERS = (int, float, Decimal)
