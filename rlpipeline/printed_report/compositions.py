"""Which lines a total adds up: found among the readings that the layout allows, the one that figures bear out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from rlpipeline.printed_report import labels
from rlpipeline.printed_report.cells import Cell
from rlpipeline.printed_report.model import Line, Table

TOTALS = frozenset({"total", "sous_total"})
ADDED_COLUMNS = frozenset({"poste", "total", "sous_total", "dont"})
LAYOUT_BONUS = 0.75
"""What the reading that the layout suggests first is worth, in columns that agree."""


@dataclass(frozen=True)
class Sum:
    """One total against its parts, in one column.

    Parameters
    ----------
    column, total
        Where it stands and what is printed.
    values
        Known values of the parts.
    unknown
        Whether a part holds a mark of absence or words.
    """

    column: Line
    total: Cell
    values: tuple[float, ...]
    decimals: int
    unknown: bool

    @property
    def computed(self) -> float:
        """Sum of the known parts."""
        return round(sum(self.values), 6)

    @property
    def gap(self) -> float:
        """Printed total less the sum."""
        return round((self.total.value or 0.0) - self.computed, 6)

    @property
    def fits(self) -> bool:
        """Whether the total is the sum, to the last printed digit."""
        return abs(self.gap) <= (0.6 * 10**-self.decimals if self.decimals else 1e-6)

    @property
    def rounded(self) -> bool:
        """Whether the gap could come from the rounding of each part."""
        return self.decimals > 0 and abs(self.gap) <= 0.5 * len(self.values) * 10**-self.decimals + 1e-9


@dataclass(frozen=True)
class Composition:
    """A reading of a total: the lines that it adds, and how the columns bear it out."""

    total: Line
    parts: tuple[Line, ...]
    sums: tuple[Sum, ...]

    @property
    def checked(self) -> tuple[Sum, ...]:
        """The sums that can be judged: a total is printed and something is added."""
        return tuple(entry for entry in self.sums if entry.total.value is not None and any(entry.values))

    @property
    def fitting(self) -> int:
        """Number of columns that agree."""
        return sum(entry.fits and not entry.unknown for entry in self.checked)

    @property
    def missing(self) -> int:
        """Number of columns that disagree."""
        return sum(not entry.fits for entry in self.checked)

    @property
    def partition(self) -> bool:
        """Whether the parts cannot overlap whatever the table."""
        return partition(self.parts)


def partition(parts: tuple[Line, ...]) -> bool:
    """Whether lines cannot overlap whatever the table: age bands, or the two sexes."""
    keys = {part.key.partition(" ")[0] for part in parts}
    members = {labels.canonical(labels.split(part.label)[1]).partition(" ")[0] for part in parts}
    return len(parts) > 1 and any(kinds <= {"filles", "garcons"} or kinds == {"age"} for kinds in (keys, members))


def foreign(table: Table, line: Line) -> bool:
    """Whether a line counts something else than most lines of its axis (families among persons)."""
    if not labels.counts_other(line.label):
        return False
    others = [other for other in table.rows if other.role == "poste"]
    families = labels.unit(line.label) in {"famille", "menage"}
    if families and not any(_of_persons(other) for other in others):
        return False  # « Famille » among the origins of a demand is one of them
    return sum(labels.counts_other(other.label) for other in others) * 2 < len(others)


def _of_persons(line: Line) -> bool:
    """Whether a line counts persons: of an age, of a sex, or by its name."""
    return labels.is_age(line.label) or line.key in {"filles", "garcons"} or labels.unit(line.label) in labels.PEOPLE


def composition(table: Table, total: Line) -> Composition | None:
    """Find what a total row adds up, lines of another unit left out; ``None`` where the layout offers nothing."""
    best: Composition | None = None
    best_score = float("-inf")
    for order, parts in enumerate(_readings(table, total)):
        tried = Composition(total, parts, tuple(_sums(table, total, parts)))
        score = tried.fitting - tried.missing / 2 + (LAYOUT_BONUS if order == 0 else -order / 100)
        if score > best_score:
            best, best_score = tried, score
    return best


def with_line(table: Table, reading: Composition, line: Line) -> Composition:
    """The same reading with one more line, of another unit."""
    parts = (*reading.parts, line)
    return Composition(reading.total, parts, tuple(_sums(table, reading.total, parts)))


def _readings(table: Table, total: Line) -> Iterator[tuple[Line, ...]]:
    """Readings of a total, the most natural first, each once."""
    previous: set[tuple[int, ...]] = set()
    for parts in _all_readings(table, total):
        same_unit = tuple(line for line in parts if not foreign(table, line))
        added = _of_the_year(table, total, same_unit)
        places = tuple(line.index for line in added)
        if added and places not in previous:
            previous.add(places)
            yield added


def _of_the_year(table: Table, total: Line, parts: tuple[Line, ...]) -> tuple[Line, ...]:
    """The lines that name the years of a total; all, unless the total of another year stands beside the plain one."""
    same = tuple(line for line in parts if line.years == total.years)
    beside = total.years and table.total is not None and not table.total.years
    return same if same or beside else parts


def members(table: Table, head: Line) -> tuple[Line, ...]:
    """The lines below a head that it adds up."""
    following = table.rows[head.index + 1 :]
    return tuple(takewhile(lambda line: line.role == "membre", following))


def _all_readings(table: Table, total: Line) -> Iterator[tuple[Line, ...]]:
    before, after = table.rows[: total.index], table.rows[total.index + 1 :]
    yield members(table, total)
    yield from _grouped(table, total)
    earlier = tuple(line for line in before if line.role in TOTALS and _printed(table, line))
    subtotals = tuple(line for line in earlier if line.role == "sous_total")
    if total.role == "total" and len(subtotals) > 1:
        yield subtotals
    block = _block(table, before)
    if total.role == "total" and len(earlier) > 1 and sum(_printed(table, line) for line in block) < 2:
        yield earlier
    yield block
    if not earlier or total.role == "total":
        yield tuple(line for line in before if line.adds)
    if len(earlier) > 1:
        yield earlier
        yield (*earlier, *block)
    if subtotals:
        yield (*subtotals, *_loose(table, before))
    following = _block(table, after[::-1])[::-1]
    if not any(line.adds for line in before):
        yield tuple(line for line in after if line.role == "dont")
        yield following


def _grouped(table: Table, total: Line) -> Iterator[tuple[Line, ...]]:
    """Readings of a header of two lines: « Filles – Total » and « Total – 11 à 14 ans »."""
    group, member = labels.split(total.label)
    if not group:
        return
    if labels.TOTAL.match(labels.fold(member)) or labels.SUBTOTAL.match(labels.fold(member)):
        yield tuple(
            line for line in table.rows if line.adds and labels.fold(labels.split(line.label)[0]) == labels.fold(group)
        )
    else:
        yield tuple(
            line for line in table.rows if line.adds and labels.fold(labels.split(line.label)[1]) == labels.fold(member)
        )


def _block(table: Table, before: tuple[Line, ...]) -> tuple[Line, ...]:
    """The lines just before a total, back to the total above."""
    block: list[Line] = []
    for line in reversed(before):
        if line.role in TOTALS:
            break
        if line.adds:
            block.insert(0, line)
    return tuple(block)


def _loose(table: Table, before: tuple[Line, ...]) -> tuple[Line, ...]:
    """The lines after the last sub-total."""
    last = max((line.index for line in before if line.role == "sous_total"), default=-1)
    return tuple(line for line in before if line.index > last and line.adds)


def _printed(table: Table, line: Line) -> bool:
    return any(not cell.empty for cell in table.cells[line.index])


def _sums(table: Table, total: Line, parts: tuple[Line, ...]) -> Iterator[Sum]:
    for column in table.columns:
        if column.role not in ADDED_COLUMNS:
            continue
        cells = [table.cell(part, column) for part in parts]
        printed = table.cell(total, column)
        units = {cell.unit for cell in (*cells, printed) if cell.value is not None}
        if "%" in units or len(units) > 1 or printed.words:
            continue
        values = tuple(cell.value for cell in cells if cell.value is not None)
        decimals = max((cell.decimals for cell in (*cells, printed)), default=0)
        unknown = any(
            cell.mark or cell.words or _to_compute(table, cell, part, column)
            for part, cell in zip(parts, cells, strict=True)
        )
        yield Sum(column, printed, values, decimals, unknown)


def _to_compute(table: Table, cell: Cell, part: Line, column: Line) -> bool:
    """Whether a cell is a total left blank, hence an unknown part of the grand total."""
    return cell.empty and column.role in TOTALS and _printed(table, part)
