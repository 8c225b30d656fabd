"""The workbook of a publication: a sheet a table, and the sheet that puts two years side by side."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property, partial
from pathlib import Path

from rlpipeline.attack.statements import Figure, Key, Relation
from rlpipeline.published.model import ROUNDED, SERVICE, Rows
from rlpipeline.published.numbers import folded, read_rounded
from rlpipeline.published.workbook import (
    CODE,
    COLUMN,
    CONTENTS,
    LINE,
    YEAR,
    Beside,
    beside_of,
    end_of,
    listed,
    read_sheets,
)

Labels = Mapping[tuple[str, str], str]
EVOLUTIONS = "Évolutions"
STATES = {"masqué": "masque", "nc": "nc", "–": "vide"}
"""What stands for a number; other words of a sheet (partners, funding) are no figure."""


@dataclass(frozen=True)
class Codes:
    """Codes of the lines and columns of one table, by their words.

    Parameters
    ----------
    alike
        Words, folded, with the codes that have them, in the order of the table.
    words
        Every code, with its words.
    """

    alike: Mapping[str, Sequence[str]]
    words: Mapping[str, str]

    @cached_property
    def alone(self) -> Mapping[str, str]:
        """Words that one code has."""
        return {words: codes[0] for words, codes in self.alike.items() if len(codes) == 1}

    def of(self, words: object) -> str | None:
        """Give the code of words; of « Sorties (A12) », where several actions have one name, the code it tells."""
        text = str(words).strip()
        return self.alone.get(folded(text)) or (text if text in self.words else None)

    def in_order(self, lines: Sequence[str]) -> list[str | None]:
        """Give the code of each line of one territory; lines of one name come in the order of the table."""
        times, ranks = Counter(lines), Counter[str]()
        codes_of_lines = []
        for words in lines:
            codes, rank = self.alike.get(folded(words), ()), ranks[words]
            ranks[words] += 1
            codes_of_lines.append(codes[rank] if len(codes) == times[words] else self.of(words))
        return codes_of_lines


def codes_of(indicator: str, labels: Labels) -> Codes:
    """Gather the words of a table."""
    words_of = {code: words for (table, code), words in labels.items() if table == indicator}
    several: dict[str, list[str]] = {}
    for code, words in words_of.items():
        several.setdefault(folded(words), []).append(code)
        several.setdefault(folded(f"{words} ({code})"), []).append(code)
    return Codes(several, words_of)


def of_workbook(path: Path, year: int, labels: Labels, persons: frozenset[str]) -> Iterator[Figure | Relation | str]:
    """Read every sheet about persons, one after the other; the contents come first.

    Parameters
    ----------
    year
        Year of the sheets that do not tell theirs.
    persons
        Tables about persons.

    Yields
    ------
    What the sheets say, and a text for each line or column of numbers whose words are not known.
    """
    titles: dict[str, str] = {}
    for name, cells in read_sheets(path, as_shown=False):
        source = f"{path.name}, {name}"
        if name in persons:
            yield from _of_table(name, year, cells, codes_of(name, labels), source)
        elif name.startswith(EVOLUTIONS):
            about = {title: id for title, id in titles.items() if id in persons}
            yield from _of_evolutions(cells, about, labels, source)
        elif name == CONTENTS:
            titles = {one.title: one.code for _, one in listed(cells)}


def _of_table(indicator: str, year: int, cells: Rows, codes: Codes, source: str) -> Iterator[Figure | Relation | str]:
    """Read a table: territory, code, year where there are several, line, then a column each, or the other way round."""
    start = next((rank for rank, row in enumerate(cells) if CODE in row[:3] and _axis(row)), None)
    if start is None:
        if any(isinstance(cell, int | float) for row in cells for cell in row):
            yield source
        return
    header = [str(cell) for cell in cells[start]]
    code_at, own_at = header.index(CODE), header.index(_axis(header))
    year_at = header.index(YEAR) if YEAR in header[:own_at] else None
    beside = beside_of(header)
    end = end_of(header)
    heads = [(place, words, codes.of(words)) for place, words in enumerate(header) if own_at < place < end]
    of_place: dict[tuple[str, int], list[tuple[object, ...]]] = {}
    for row in cells[start + 1 :]:
        place = str(row[code_at]), year if year_at is None else int(float(str(row[year_at])))
        of_place.setdefault(place, []).append(row)
    for (territory, of_year), rows in of_place.items():
        for row, own in zip(rows, codes.in_order([str(row[own_at]) for row in rows]), strict=True):
            for at, words, head in heads:
                line, column = (head, own) if header[own_at] == COLUMN else (own, head)
                key = Key(indicator, of_year, territory, line or "", column or "")
                yield from _of_cell(key, row[at] if at < len(row) else "", f"{source} : {row[own_at]}", words)
            for one in beside:
                key = Key(indicator, of_year, territory, own or "", codes.of(one.label) or "")
                yield from _of_beside(key, one, row[one.at] if one.at < len(row) else "", f"{source} : {row[own_at]}")


def _of_beside(key: Key, column: Beside, cell: object, source: str) -> Iterator[Figure | Relation | str]:
    """Read a cell about the year before: its figure, or the change since then."""
    then = key._replace(annee=column.year)
    if not column.is_change:
        yield from _of_cell(then, cell, source, column.label)
    elif (moved := _value(cell)) is not None:
        words = f"écart de {moved:+g} depuis {column.year}"
        has_place = key.ligne and key.colonne
        terms = ((key, 1.0), (then, -1.0))
        yield Relation(terms, moved, moved, words, stated=True) if has_place else f"{source}, {column.label}"


def _axis(header: Sequence[object]) -> str:
    """Say what each row is, in the words of the headers; empty where they do not tell."""
    return next((str(word) for word in header if word in {LINE, COLUMN}), "")


def _of_cell(key: Key, cell: object, source: str, words: str) -> Iterator[Figure | str]:
    """Read a cell; one that hides nothing and counts nothing needs no code."""
    state = _state(cell)
    if state and key.ligne and key.colonne:
        yield _figure(key, state, cell, source)
    elif state in {"ok", "masque", ROUNDED}:
        yield f"{source}, {words}"


def _of_evolutions(
    cells: Rows, titles: Mapping[str, str], labels: Labels, source: str
) -> Iterator[Figure | Relation | str]:
    """Read the figures of the service beside those of the year before, and their differences."""
    start = next((rank for rank, row in enumerate(cells) if row and row[0] == "Tableau"), None)
    if start is None:
        return
    years = [int(float(str(cell))) for cell in cells[start][3:5]]
    codes_in = cache(partial(codes_of, labels=labels))
    for row in cells[start + 1 :]:
        indicator = titles.get(str(row[0]), "")
        if not indicator:
            continue
        codes = codes_in(indicator)
        line, column = codes.of(row[1]), codes.of(row[2])
        if line and column:
            yield from _beside([Key(indicator, of_year, SERVICE, line, column) for of_year in years], row[3:6], source)
        elif {_state(cell) for cell in row[3:5]} & {"ok", "masque", ROUNDED}:
            yield f"{source} : {row[0]}, {row[1]}, {row[2]}"


def _beside(keys: Sequence[Key], row: Sequence[object], source: str) -> Iterator[Figure | Relation]:
    for key, cell in zip(keys, row, strict=False):
        if state := _state(cell):
            yield _figure(key, state, cell, source)
    moved = _value(row[2]) if len(row) > 2 else None
    if moved is not None:
        words = f"écart de {moved:+g} depuis {keys[1].annee}"
        yield Relation(((keys[0], 1.0), (keys[1], -1.0)), moved, moved, words, stated=True)


def _figure(key: Key, state: str, cell: object, source: str) -> Figure:
    """Write a figure; a rounded number may be written in words, or be a number whose format alone says so."""
    value, base = (read_rounded(str(cell)) or (None, 0)) if state == ROUNDED else (_value(cell), 0)
    return Figure(key, state, value, source, base)


def _state(cell: object) -> str:
    if isinstance(cell, int | float):
        return "ok"
    return ROUNDED if read_rounded(str(cell)) else STATES.get(str(cell), "")


def _value(cell: object) -> float | None:
    return float(cell) if isinstance(cell, int | float) else None
