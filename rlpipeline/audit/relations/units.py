"""One unit a total, a number where the state says that there is one, whole numbers where rows are counted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from rlpipeline.audit.findings import Finding
from rlpipeline.audit.relations.amounts import STATES, amount_of
from rlpipeline.audit.relations.arithmetic import summed_lines
from rlpipeline.audit.relations.grids import KNOWN, Grid, path_of
from rlpipeline.audit.relations.tested import Tested
from rlpipeline.published.links import Links
from rlpipeline.published.model import Figure

Place = tuple[str, str, str]
"""Indicator, axis, code of a line or a column."""


def check_values(grid: Grid, links: Links) -> Iterator[Tested]:
    """Test that each figure has a possible value for its state and its unit, whole where rows are counted in it."""
    table = links.tables.get(grid.id)
    for figure in grid.cells.values():
        balance = table is not None and figure.key.ligne in table.balances
        wrong = _impossible(figure, links.counted, balance)
        yield Tested("unite", _finding(grid, figure, wrong, figure.unite, "valeur") if wrong else None)


def _impossible(figure: Figure, counted: frozenset[str], balance: bool) -> str:
    value, state = figure.valeur, figure.etat
    if state not in KNOWN | set(STATES):
        return f"L'état « {state} » n'existe pas"
    if (value is not None) != (state in KNOWN):
        return f"Une valeur ne va pas avec l'état « {state} »"
    if value is None:
        return ""
    if not math.isfinite(value):
        return "La valeur n'est pas un nombre"
    if figure.unite in counted and (value != int(value) or (value < 0 and not balance)):
        return f"On compte des {figure.unite.replace('_', ' ')} : le nombre est entier et positif"
    return ""


@dataclass(frozen=True)
class Units:
    """What some tables say of the units of their totals.

    Parameters
    ----------
    summed
        Lines and columns that have the unit of their total somewhere.
    pairs
        How many times each stands beside its total.
    wrong
        Each that has another unit than its total, and what would be said of it.
    """

    summed: frozenset[Place] = frozenset()
    pairs: tuple[tuple[Place, int], ...] = ()
    wrong: tuple[tuple[Place, Finding], ...] = ()

    def __add__(self, other: Units) -> Units:
        """What both say."""
        pairs = Counter(dict(self.pairs)) + Counter(dict(other.pairs))
        return Units(self.summed | other.summed, tuple(pairs.items()), self.wrong + other.wrong)


def units_of(grids: Iterable[Grid]) -> Units:
    """Look at every total of the tables and at what it adds up."""
    pairs = [((one.id, *part), grid, figure, total) for one in grids for part, grid, figure, total in _pairs(one)]
    wrong = (
        (place, _finding(grid, figure, "Un total mêle deux unités", total.unite, "total"))
        for place, grid, figure, total in pairs
        if figure.unite != total.unite
    )
    summed = frozenset(place for place, _, figure, total in pairs if figure.unite == total.unite)
    return Units(summed, tuple(Counter(place for place, *_ in pairs).items()), tuple(wrong))


def check_units(units: Units) -> Iterator[Tested]:
    """Test that what a total adds up has its unit, in the tables of one indicator.

    Notes
    -----
    A line that never has the unit of the total stands apart (families beside persons); one that has it somewhere must
    have it everywhere.
    """
    wrong = [finding for place, finding in units.wrong if place in units.summed]
    count = sum(number for place, number in units.pairs if place in units.summed)
    yield from (Tested("unite", finding) for finding in wrong)
    yield from (Tested("unite") for _ in range(count - len(wrong)))


def _pairs(grid: Grid) -> Iterator[tuple[tuple[str, str], Grid, Figure, Figure]]:
    """Axis and code of a part, table, its figure, the total it goes into."""
    for _, line, parts in summed_lines(grid.lines):
        for column in grid.columns:
            total = grid.cells.get((line.code, column.code))
            for part in parts:
                figure = grid.cells.get((part.code, column.code))
                if total and figure:
                    yield ("ligne", part.code), grid, figure, total
    for index, column in enumerate(grid.columns):
        if column.kind == "total":
            for other in grid.columns[:index]:
                for line in grid.lines:
                    total, figure = (grid.cells.get((line.code, code)) for code in (column.code, other.code))
                    if total and figure:
                        yield ("colonne", other.code), grid, figure, total


def _finding(grid: Grid, figure: Figure, message: str, against: str, kind: str) -> Finding:
    key = figure.key
    return Finding(
        check="unite",
        message=f"{message}, ligne {key.ligne}, colonne {key.colonne} de {grid}.",
        first=figure.place,
        first_value=f"{amount_of(figure)} {figure.unite}",
        second=None,
        second_value=against,
        blocking=True,
        key=f"unite:{path_of(key)}:{kind}",
    )
