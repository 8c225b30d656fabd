"""The workbook's figures: its sheets say lines and columns in words, the notebooks' tables give their codes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import overload

from python_calamine import CalamineWorkbook

from rlpipeline.audit.findings import Place
from rlpipeline.audit.published.model import Bundle, Cell, FigureKey, Label, Rows
from rlpipeline.audit.published.shown import STATES

HEADER = 3
"""Index of the line of headers; the lines of the table follow."""
CODE, YEAR, LINE = "Code", "Année", "Ligne"


@dataclass(frozen=True)
class OwnRows(Sequence[tuple[object, ...]]):
    """The rows of a sheet that are one part's, at their places: those of the others are empty, and not kept.

    Parameters
    ----------
    head
        The first rows, which are everyone's.
    own
        The part's, by place.
    length
        Rows of the sheet.
    """

    head: Rows
    own: Mapping[int, tuple[object, ...]]
    length: int

    @overload
    def __getitem__(self, index: int) -> tuple[object, ...]: ...
    @overload
    def __getitem__(self, index: slice) -> Rows: ...
    def __getitem__(self, index: int | slice) -> tuple[object, ...] | Rows:
        """Give the row of a place, or several."""
        if isinstance(index, slice):
            return [self[place] for place in range(*index.indices(self.length))]
        return self.head[index] if index < len(self.head) else self.own.get(index, ())

    def __len__(self) -> int:
        return self.length


def rows_below(rows: Rows) -> Iterator[tuple[int, tuple[object, ...]]]:
    """Give the rows below the headers that are the part's, each after its place."""
    if isinstance(rows, OwnRows):
        yield from rows.own.items()
    else:
        yield from enumerate(rows[HEADER + 1 :], start=HEADER + 1)


def read_sheets(path: Path) -> Iterator[tuple[str, Rows]]:
    """Every sheet, empty cells included, one after the other."""
    workbook = CalamineWorkbook.from_path(path)
    for name in workbook.sheet_names:
        rows = workbook.get_sheet_by_name(name).to_python(skip_empty_area=False)
        yield name, tuple(tuple(row) for row in rows)


def read_workbook_cells(sheets: Mapping[str, Rows], bundles: Sequence[Bundle], file: str, year: int) -> Iterator[Cell]:
    """Figures of every sheet named after a table."""
    for name, rows in sheets.items():
        own = [bundle for bundle in bundles if bundle.id == name]
        if own and len(rows) > HEADER + 1:
            yield from _Sheet(own, rows, file, year).cells()


@dataclass(frozen=True)
class _Sheet:
    bundles: Sequence[Bundle]
    rows: Rows
    file: str
    year: int

    def cells(self) -> Iterator[Cell]:
        """Figures of the sheet; words of a text column are none."""
        header = [str(word) for word in self.rows[HEADER]]
        start = header.index(LINE) + 1 if LINE in header else len(header)
        columns = [self._column(word, header[start:]) for word in header[start:]]
        for index, territory, year, code in self._lines(header, start):
            values = self.rows[index][start:]
            for column, value in zip(columns, values, strict=False):
                if value != "" and (column.kind != "texte" and not self._is_text(territory, code, column.code, value)):
                    key = FigureKey(self.bundles[0].id, year, territory, code, column.code)
                    yield self._cell(key, value)

    def _cell(self, key: FigureKey, value: object) -> Cell:
        where = (
            f"feuille {key.indicateur}, territoire {key.territoire}, {key.annee}, "
            f"ligne {key.ligne}, colonne {key.colonne}"
        )
        place = Place(self.file, where)
        if isinstance(value, int | float):
            return Cell(key, f"{value:.12g}", place, "classeur", float(value), "ok")
        return Cell(key, str(value), place, "classeur", None, STATES.get(str(value), "illisible"))

    def _lines(self, header: Sequence[str], start: int) -> Iterator[tuple[int, str, int, str]]:
        """Index, territory, year and code of each line; lines that read alike follow the order of the table."""
        seen: Counter[tuple[str, int, str]] = Counter()
        for index, row in rows_below(self.rows):
            named = dict(zip(header[:start], row, strict=False))
            territory, label = str(named.get(CODE, "")), str(named.get(LINE, ""))
            told = named.get(YEAR)
            year = int(told) if isinstance(told, int | float) else self.year
            codes = self._codes(territory, year, label)
            rank = seen[territory, year, label]
            seen[territory, year, label] += 1
            yield index, territory, year, codes[rank] if rank < len(codes) else label

    def _codes(self, territory: str, year: int, label: str) -> list[str]:
        """Codes of the lines that read so and have something to say there, in their order."""
        alike = [*dict.fromkeys(row.code for row in self._rows() if row.label == label)]
        return alike if len(alike) < 2 else [code for code in alike if self._has(territory, year, code)]

    def _rows(self) -> Iterator[Label]:
        for bundle in self.bundles:
            yield from bundle.rows

    def _has(self, territory: str, year: int, code: str) -> bool:
        return any(
            (figure.key.territoire, figure.key.annee, figure.key.ligne) == (territory, year, code)
            for bundle in self.bundles
            for figure in bundle.figures
        ) or any(
            bundle.territoire == territory and code in {text[0] for text in bundle.texts} for bundle in self.bundles
        )

    def _column(self, word: str, words: Sequence[str]) -> Label:
        """The column of a header; those that read alike are told apart by their code in brackets."""
        every = {column.code: column for bundle in self.bundles for column in bundle.columns}.values()
        found = [column for column in every if word in {column.label, f"{column.label} ({column.code})"}]
        exact = [column for column in found if word != column.label]
        return next(iter(exact or found), Label(word, word, ""))

    def _is_text(self, territory: str, line: str, column: str, value: object) -> bool:
        return any(bundle.territoire == territory and (line, column, value) in bundle.texts for bundle in self.bundles)
