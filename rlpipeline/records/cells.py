"""A column of text cleaned and read, once a distinct value whatever the number of rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from rlpipeline.characters import UNSEEN
from rlpipeline.records import communes
from rlpipeline.records.dates import Unread, read_birth, read_date, read_year
from rlpipeline.records.labels import words_of
from rlpipeline.records.parsing import read_code, read_flag, read_number
from rlpipeline.records.schema import TEXT, Column, Mask, birth_year_name
from rlpipeline.settings.models import Service

MAX_CHARACTERS = 32_767
"""What a spreadsheet's cell can hold: a longer text is most often a quote that was never closed."""
_SHEET_ERRORS = (
    r"^#(REF|VALUE|VALEUR|DIV/0|N/A|NAME|NOM|NUM|NOMBRE|NULL|NUL|SPILL|CALC|PROPAGATION|GETTING_DATA)[!?]?$|^Err:\d{3}$"
)
_CONTROLS = r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]|\x{fffd}"
_DEFECTS: tuple[tuple[Callable[[pa.LargeStringArray], pa.BooleanArray], Unread], ...] = (
    (
        lambda values: pc.greater(pc.utf8_length(values), MAX_CHARACTERS),
        Unread(
            "E110",
            f"cellule de plus de {MAX_CHARACTERS} caractères : un guillemet est sans doute mal fermé ; la corriger.",
        ),
    ),
    (
        lambda values: pc.match_substring_regex(values, _CONTROLS),
        Unread(
            "E109",
            "un caractère est illisible (octet nul, caractère de contrôle ou accent perdu) ; retaper la cellule.",
        ),
    ),
    (
        lambda values: pc.match_substring_regex(values, _SHEET_ERRORS),
        Unread("E108", "le tableur affiche une erreur de calcul ; corriger la formule ou taper la valeur."),
    ),
)
_FILLERS: Mapping[str, tuple[object, str]] = {
    "year": (0, "int64"),
    "number": (np.nan, "float64"),
    "flag": (False, "bool"),
}


@dataclass(frozen=True)
class Cells:
    """A column of text as distinct values, trimmed and composed, null for an empty cell; each row has its position.

    ``wrong`` are the positions of the values that could not be read, and why.
    """

    values: pa.LargeStringArray
    rows: npt.NDArray[np.int32]
    wrong: Mapping[int, Unread]

    @property
    def missing(self) -> Mask:
        """Whether each row is empty."""
        return self.per_row(pc.is_null(self.values).to_numpy(zero_copy_only=False))

    @property
    def unread(self) -> Mask:
        """Whether each row holds something that could not be read."""
        return self.rows_with(self.wrong)

    def per_row(self, by_value: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """One item a row, from one item a distinct value."""
        return by_value[self.rows] if len(by_value) else np.empty(0, by_value.dtype)

    def rows_with(self, positions: Iterable[int]) -> Mask:
        """Whether each row holds one of these values."""
        by_value = np.zeros(len(self.values), dtype=bool)
        by_value[list(positions)] = True
        return self.per_row(by_value)

    def matching(self, pattern: str) -> list[int]:
        """Positions of the values that a pattern (RE2) is found in."""
        mask = pc.fill_null(pc.match_substring_regex(self.values, pattern), False)
        return rows_in(mask.to_numpy(zero_copy_only=False))

    def text(self, row: int) -> str | None:
        """The text of one row."""
        value: str | None = self.values[int(self.rows[row])].as_py()
        return value

    def only(self, mask: Mask) -> Cells:
        """The rows of the mask."""
        return replace(self, rows=self.rows[mask])


def rows_in(mask: object) -> list[int]:
    """Positions where a mask is true."""
    return [int(row) for row in np.flatnonzero(np.asarray(mask, dtype=bool))]


def cleaned(column: pa.ChunkedArray) -> Cells:
    """The column without what cannot be seen: invisible marks, ways to compose accents, kinds of line ends."""
    encoded = pc.fill_null(column, "").combine_chunks().dictionary_encode()
    values = pc.replace_substring_regex(encoded.dictionary, f"[{UNSEEN}]", "")
    values = pc.replace_substring(values, "\r\n", "\n")
    values = pc.utf8_trim(pc.utf8_trim_whitespace(pc.utf8_normalize(values, form="NFC")), characters=" \n\t")
    values = pc.if_else(pc.equal(values, ""), pa.scalar(None, pa.large_string()), values)
    return Cells(values, encoded.indices.to_numpy(zero_copy_only=False), {})


def reader(column: Column, service: Service) -> Callable[[str], object] | None:
    """What reads a cell of the column; None where any text will do."""
    families = {} if column.words else {family.code: family.libelle for family in service.problematiques}
    readers: dict[str, Callable[[str], object]] = {
        "code": partial(read_code, words=words_of(column, service), families=families),
        "commune": partial(communes.read_commune, service=service),
        "territory": partial(communes.read_territory, service=service),
        "date": read_date,
        "birth": read_birth,
        "year": read_year,
        "number": partial(read_number, column=column),
        "flag": read_flag,
    }
    return readers.get(column.kind)


def typed(column: Column, cells: Cells, service: Service) -> tuple[Cells, dict[str, pd.Series]]:
    """Read every cell of a column: the cells with what is wrong in them, and the columns of the frame, two for a birth.

    What is unread is missing; a missing year, which stops the build, is 0.
    """
    wrong: dict[int, Unread] = {}
    for is_so, unread in _DEFECTS:
        mask = pc.fill_null(is_so(cells.values), False).to_numpy(zero_copy_only=False)
        wrong = dict.fromkeys(rows_in(mask), unread) | wrong
    read = reader(column, service)
    if read is None:
        good = pa.array([place not in wrong for place in range(len(cells.values))]) if wrong else pa.scalar(True)
        texts = pc.if_else(good, cells.values, pa.scalar(None, pa.large_string()))
        return replace(cells, wrong=wrong), {column.name: _texts(texts, cells)}
    values = [None if text is None else read(text) for text in cells.values.to_pylist()]
    wrong = {place: value for place, value in enumerate(values) if isinstance(value, Unread)} | wrong
    values = [None if place in wrong else value for place, value in enumerate(values)]
    return replace(cells, wrong=wrong), dict(_series(column, cells, values))


def _series(column: Column, cells: Cells, values: list[Any]) -> Iterator[tuple[str, pd.Series]]:
    if column.kind in ("birth", "date"):
        days = [value if isinstance(value, date) else None for value in values]
        yield column.name, pd.Series(cells.per_row(np.array(days, dtype="datetime64[us]")))
        if column.kind == "birth":
            years = [value.year if isinstance(value, date) else value for value in values]
            of_rows = pd.Series(years, dtype="Int64").take(cells.rows).reset_index(drop=True)
            yield birth_year_name(column.name), of_rows
    elif column.kind in _FILLERS:
        filler, dtype = _FILLERS[column.kind]
        filled = np.array([filler if value is None else value for value in values], dtype=dtype)
        yield column.name, pd.Series(cells.per_row(filled))
    else:
        yield column.name, _texts(pa.array(values, pa.large_string()), cells)


def _texts(values: pa.LargeStringArray, cells: Cells) -> pd.Series:
    return pd.Series(pc.take(values, pa.array(cells.rows)), dtype=TEXT)
