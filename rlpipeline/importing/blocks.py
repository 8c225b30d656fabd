"""The tables of a sheet: titles above, headers on one or two rows, totals at the foot, and what stands under each."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass, field

from rlpipeline.importing.words import is_header
from rlpipeline.records.rules.totals import is_total

HEADER_ROWS = 25
JOINED = " – "
LINKED = "::"
"""Between a group and its column in the headers that FileMaker writes, as JOINED is in those of two rows."""
DITTO = frozenset(("idem", "id", "ibid", "ibidem", '"', "''", "″", "〃", "»", "-//-", "//"))
_TOTAL = re.compile(r"^\W*(?:sous|s)?[\s/-]*(?:total|totaux)\b", re.IGNORECASE)
_DATA = re.compile(r"^[\d\s.,/:€%-]+$")
_AMOUNT = re.compile(r"\d{3,}(?:[.,]\d+)?|\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d\d-\d\d")
_YEAR = re.compile(r"20\d\d")


@dataclass(frozen=True)
class LeftOut:
    """A row that is no record, and why."""

    line: int
    reason: str


@dataclass(frozen=True)
class Unreadable:
    """A cell that could not be read: it is left empty."""

    file: str
    line: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True)
class Block:
    """A table as an export holds it.

    Parameters
    ----------
    file, sheet
        Where it stands; a text file has no sheet.
    title
        What is written above its headers.
    header
        One name a column, all different; two rows of headers are joined by a dash.
    header_line
        Line of the (last) headers.
    lines, rows
        Line of each row, and its texts, one a column; a cell may hold several lines.
    left_out
        Rows that are no records: totals, notes, headers again.
    damaged
        Cells that the spreadsheet itself could not compute.
    hidden
        Whether its sheet is not shown.
    through
        Headers whose keys a table of reference put in words, and the name of that table.
    """

    file: str
    sheet: str
    title: str
    header: tuple[str, ...]
    header_line: int
    lines: tuple[int, ...]
    rows: tuple[tuple[str, ...], ...]
    left_out: tuple[LeftOut, ...] = ()
    damaged: tuple[Unreadable, ...] = ()
    hidden: bool = False
    through: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """How it is named to people."""
        return f"{self.file}, feuille « {self.sheet} »" if self.sheet else self.file

    @property
    def place(self) -> tuple[str, int]:
        """What tells it from every other table, those of its sheet too."""
        return self.name, self.header_line

    @property
    def year(self) -> int:
        """The one year that its names say; 0 where they say none, or several."""
        years = {*re.findall(r"\b20\d\d\b", f"{self.sheet} {self.title} {self.file}")}
        return int(years.pop()) if len(years) == 1 else 0

    def column(self, header: str) -> list[str]:
        """The texts under a header."""
        place = self.header.index(header)
        return [row[place] for row in self.rows]


def group_and_name(header: str) -> tuple[str, str]:
    """Give the group of a header, empty where it has none, and the name under it."""
    group, mark, name = header.replace(LINKED, JOINED).rpartition(JOINED)
    return (group, name) if mark else ("", header)


@dataclass
class Grid:
    """The cells of a text file or of a sheet; ``merged`` has the row and the last column of cells merged."""

    file: str
    sheet: str
    rows: list[list[str]]
    lines: list[int]
    damaged: list[tuple[int, int, str]] = field(default_factory=list)
    hidden: bool = False
    merged: list[tuple[int, int]] = field(default_factory=list)


def on_one_line(row: Sequence[str]) -> list[str]:
    """Give cells whose lines are one."""
    return [cell.replace("\n", " ") for cell in row]


def blocks_of(grid: Grid) -> Iterator[Block]:
    """Cut a grid where headers begin."""
    start = 0
    while start < len(grid.rows):
        header = _header_row(grid.rows, start)
        if header is None:
            return
        first, last = _header_rows(grid.rows, header, start)
        end = _end(grid.rows, last)
        block = _block(grid, start, first, last, end)
        if block is not None:
            yield block
        start = end


def _filled(row: Sequence[str]) -> list[str]:
    return [cell for cell in row if cell]


def _names_columns(row: Sequence[str]) -> int:
    if any(_AMOUNT.fullmatch(cell) and not _YEAR.fullmatch(cell) for cell in row):
        return 0  # a row of records: some of its words are also names of columns
    return sum(is_header(cell) for cell in row if cell and not _DATA.match(cell))


def _header_row(rows: list[list[str]], start: int) -> int | None:
    """The row that names most columns; where none does, the first whose cells, or those of it and of the next, are all
    words."""
    among = [place for place in range(start, len(rows)) if len(_filled(rows[place])) > 1][:HEADER_ROWS]
    if not among:
        return None
    named = {place: _names_columns(rows[place]) for place in among}
    years = {place: sum(bool(_YEAR.fullmatch(cell)) for cell in rows[place]) for place in among}
    if max(named.values()) > 1:
        return max(among, key=lambda place: (named[place], -place))
    both = [place for place in among if named[place] and years[place] > 1]
    if both:
        return both[0]
    widest = max(len(_filled(rows[place])) for place in among)
    for place in among:
        cells = _filled(rows[place])
        if place + 1 < len(rows) and _completes(rows[place], rows[place + 1]):
            cells += _filled(rows[place + 1])
        if len(cells) >= widest - 1 and not any(map(_DATA.match, cells)):
            return place
    return None


def _header_rows(rows: list[list[str]], header: int, start: int) -> tuple[int, int]:
    """First and last row of the headers, which may stand on two."""
    if header > start and _groups(rows[header - 1], rows[header]):
        return header - 1, header
    if header + 1 < len(rows) and _completes(rows[header], rows[header + 1]):
        return header, header + 1
    return header, header


def _groups(above: Sequence[str], header: Sequence[str]) -> bool:
    """Whether a row names groups of columns: some cells, none a date, a number, or « Édité le : »."""
    cells = _filled(above)
    plain = all(not re.fullmatch(r"[\d\s./:-]{5,}", cell) and not cell.endswith(":") for cell in cells)
    alone = len(cells) == 1 and bool(above[0])
    both = sum(bool(one and other) for one, other in zip(above, header, strict=False))
    fewer = len(cells) <= len(_filled(header)) or both <= _gaps(above)  # it heads the others, or names what they leave
    return bool(cells) and plain and not alone and fewer and _gaps(above) > 0


def _gaps(row: Sequence[str]) -> int:
    """How many cells head the empty ones after them."""
    return sum(bool(cell) and place + 1 < len(row) and not row[place + 1] for place, cell in enumerate(row))


def _completes(header: Sequence[str], below: Sequence[str]) -> bool:
    """Whether the row below names what the headers leave without a name, and holds nothing else."""
    pairs = [(one, other) for one, other in zip(header, below, strict=False) if one or other]
    names = [other for one, other in pairs if not one and other]
    again = sum(bool(one and other and one != other) for one, other in pairs)  # merged cells say the same twice
    words = all(
        not re.fullmatch(r"[\d\s.,/:-]*[,/:]?\d+", cell) or re.fullmatch(r"\d+\s*[-/]\s*\d+", cell)
        for cell in below
        if cell
    )
    return bool(names) and words and again <= 2 * len(names) and again < 0.8 * len(pairs)


def _end(rows: list[list[str]], header: int) -> int:
    """Where the next table begins: other headers, under their title if they have one, after an empty row."""
    own = {cell for cell in rows[header] if cell}
    for place in range(header + 2, len(rows)):
        if len(_filled(rows[place])) < 2 or _names_columns(rows[place]) < max(2, 0.6 * len(_filled(rows[place]))):
            continue
        if len(own & set(_filled(rows[place]))) > 0.7 * len(own):
            continue
        first = place
        while first - 1 > header and len(_filled(rows[first - 1])) == 1:
            first -= 1
        if not _filled(rows[first - 1]):
            return first
    return len(rows)


def _block(grid: Grid, start: int, first: int, last: int, end: int) -> Block | None:
    title = " ".join(cell for row in grid.rows[start:first] for cell in on_one_line(row) if cell)
    heads = on_one_line(grid.rows[first]), on_one_line(grid.rows[last])
    ended = {end + 1 for row, end in grid.merged if row == first}
    raw = _joined(*heads, ended) if last > first else heads[0]
    body = range(last + 1, end)
    width = max([len(raw), *(len(grid.rows[place]) for place in body)])
    raw += [""] * (width - len(raw))
    used = [c for c in range(width) if raw[c] or any(c < len(grid.rows[p]) and grid.rows[p][c] for p in body)]
    header = _distinct([raw[c] or f"(colonne {c + 1}, sans nom)" for c in used])
    rows: list[tuple[str, ...]] = []
    lines: list[int] = []
    left: list[LeftOut] = []
    for place in body:
        cells = tuple(grid.rows[place][c] if c < len(grid.rows[place]) else "" for c in used)
        if not any(cells):
            continue
        reason = _no_record(on_one_line(cells), [raw[c] for c in used])
        if reason:
            left.append(LeftOut(grid.lines[place], reason))
        else:
            rows.append(cells)
            lines.append(grid.lines[place])
    if not rows:
        return None
    rows = _without_ditto(rows)
    if _sums_up(rows):
        left.append(LeftOut(lines.pop(), "somme des lignes au-dessus"))
        rows.pop()
    damaged = tuple(
        Unreadable(grid.file, row + 1, header[used.index(column)], "", _DAMAGES[kind])
        for row, column, kind in grid.damaged
        if row in body and column in used
    )
    name = (grid.file, grid.sheet, title)
    return Block(*name, tuple(header), grid.lines[last], tuple(lines), tuple(rows), tuple(left), damaged, grid.hidden)


def _without_ditto(rows: list[tuple[str, ...]]) -> list[tuple[str, ...]]:
    """Write out what « idem » says: what the cell above says."""
    above: tuple[str, ...] = ()
    written = []
    for row in rows:
        above = tuple(
            above[c] if above and above[c] and text.casefold().rstrip(".") in DITTO else text
            for c, text in enumerate(row)
        )
        written.append(above)
    return written


_DAMAGES = {
    "formula": "formule sans valeur enregistrée",
    "error": "erreur de calcul du tableur",
    "merged": "cellule fusionnée avec ses voisines",
}


def _joined(above: Sequence[str], below: Sequence[str], ended: Container[int]) -> list[str]:
    """Headers of two rows: a group goes before each of the names under it, those of merged cells where they end."""
    width = max(len(above), len(below))
    upper = [*above, *[""] * (width - len(above))]
    lower = [*below, *[""] * (width - len(below))]
    group, names = "", []
    for place, (one, other) in enumerate(zip(upper, lower, strict=True)):
        group = one or (group if other and place not in ended else "")
        names.append(JOINED.join(dict.fromkeys(part for part in (one or group, other) if part)))
    return names


def _distinct(names: Sequence[str]) -> list[str]:
    seen: Counter[str] = Counter()
    distinct = []
    for name in names:
        seen[name] += 1
        distinct.append(f"{name} ({seen[name]})" if seen[name] > 1 else name)
    return distinct


def _sums_up(rows: Sequence[tuple[str, ...]]) -> bool:
    """Whether the last row holds nothing but sums of those above, and no word."""
    if len(rows) < 4:
        return False
    *above, last = rows
    sums = [place for place, text in enumerate(last) if text]
    return len(sums) > 1 and all(
        _number(last[place]) is not None
        and _number(last[place]) == round(sum(_number(row[place]) or 0 for row in above), 6)
        for place in sums
    )


def _number(text: str) -> float | None:
    bare = re.sub(r"\s", "", text).replace(",", ".")
    return float(bare) if re.fullmatch(r"-?\d+(?:\.\d+)?", bare) else None


def _no_record(cells: Sequence[str], header: Sequence[str]) -> str | None:
    filled = _filled(cells)
    if _TOTAL.match(filled[0]) or is_total(filled[0]):
        return "ligne de total"
    if len(filled) > 1 and all(
        cell == name or name.endswith(JOINED + cell) for cell, name in zip(cells, header, strict=True) if cell
    ):
        return "en-têtes répétés"
    numbers = [re.sub(r"[()\s.]", "", cell) for cell in filled]
    if len(filled) > 2 and numbers == [str(rank) for rank in range(1, len(filled) + 1)]:
        return "numéros des colonnes"
    if len(filled) == 1 and len(cells) > 2:
        return "une seule cellule remplie : titre ou note"
    return None
