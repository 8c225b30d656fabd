"""Cells cleaned once a distinct text, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.characters import UNSEEN
from rlpipeline.records.dates import Unread
from rlpipeline.records.raw import rows_of

MAX_CHARACTERS = 32_767
"""What a spreadsheet's cell can hold: a longer text is most often a quote that was never closed."""

_SHEET_ERRORS = (
    r"^#(REF|VALUE|VALEUR|DIV/0|N/A|NAME|NOM|NUM|NOMBRE|NULL|NUL|SPILL|CALC|PROPAGATION|GETTING_DATA)[!?]?$|^Err:\d{3}$"
)
_INVISIBLE = f"[{UNSEEN}]"
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]"
Positions = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Cells:
    """A column of text as distinct values and, for each row, the position of its own.

    Parameters
    ----------
    values
        Distinct texts, trimmed and in Unicode's composed form; null for an empty cell.
    rows
        Position in ``values``, one a row.
    """

    values: pa.LargeStringArray
    rows: Positions

    @property
    def missing(self) -> npt.NDArray[np.bool_]:
        """Whether each row is empty."""
        return self.per_row(pc.is_null(self.values).to_numpy(zero_copy_only=False))

    def per_row(self, by_value: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """One item a row, from one item a distinct value."""
        return by_value[self.rows] if len(by_value) else np.empty(0, by_value.dtype)

    def text(self, row: int) -> str | None:
        """The text of one row."""
        value: str | None = self.values[int(self.rows[row])].as_py()
        return value

    def filtered(self, mask: npt.NDArray[np.bool_]) -> Cells:
        """The rows of the mask."""
        return Cells(self.values, self.rows[mask])


def cleaned(column: pa.ChunkedArray) -> Cells:
    """The column without what cannot be seen: invisible marks, ways to compose accents, kinds of line ends."""
    encoded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    values = pc.replace_substring_regex(encoded.dictionary, _INVISIBLE, "")
    values = pc.replace_substring(values, "\r\n", "\n")
    values = pc.utf8_trim(pc.utf8_trim_whitespace(pc.utf8_normalize(values, form="NFC")), characters=" \n\t")
    values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.large_string()), values)
    return Cells(values, encoded.indices.to_numpy(zero_copy_only=False))


def defects(cells: Cells) -> Mapping[int, Unread]:
    """Position of the distinct values that no column can hold, and why."""
    by_position: dict[int, Unread] = {}
    for mask, unread in _checks(cells.values):
        for position in rows_of(pc.fill_null(mask, False).to_numpy(zero_copy_only=False)):
            by_position.setdefault(int(position), unread)
    return by_position


def _checks(values: pa.LargeStringArray) -> Iterator[tuple[pa.BooleanArray, Unread]]:
    yield (
        pc.greater(pc.utf8_length(values), MAX_CHARACTERS),
        Unread(
            "E110",
            f"cellule de plus de {MAX_CHARACTERS} caractères : un guillemet est sans doute mal fermé ; la corriger.",
        ),
    )
    yield (
        pc.or_(pc.match_substring_regex(values, _CONTROLS), pc.match_substring(values, "\ufffd")),
        Unread(
            "E109",
            "un caractère est illisible (octet nul, caractère de contrôle ou accent perdu) ; retaper la cellule.",
        ),
    )
    yield (
        pc.match_substring_regex(values, _SHEET_ERRORS),
        Unread("E108", "le tableur affiche une erreur de calcul ; corriger la formule ou taper la valeur."),
    )


def read_values(cells: Cells, read: Callable[[str], object]) -> list[object]:
    """What ``read`` makes of each distinct value; None for an empty one."""
    return [None if text is None else read(text) for text in cells.values.to_pylist()]
