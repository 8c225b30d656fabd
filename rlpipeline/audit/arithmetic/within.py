"""What holds inside one table: totals, parts of a whole, weekly quotients, units, values."""

from __future__ import annotations

import math
from calendar import isleap
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from rlpipeline.audit.arithmetic.tables import (
    STATES,
    TOLERANCE,
    TOTAL,
    Amount,
    Grid,
    Terms,
    amount_of,
    path_of,
    same,
    written,
)
from rlpipeline.audit.findings import Finding, Tested
from rlpipeline.published.links import Links, Table
from rlpipeline.published.model import WITH_NUMBER, Figure, FigureKey, Label

RATES = frozenset({"%", "‰", "note", "points", "ans", "mois"})
"""Units that do not add up; parts of a whole do, where the table declares them."""
UNDECLARED_TABLE = Table("", persons=False, service=False, additive=False, apart=frozenset(), residents=False)
GROUPS = frozenset({"famille", "sous_total"})
MOST_ROUNDING = 0.005 + TOLERANCE
"""Of a quotient published with two decimals."""
Axis = tuple[str, str, str]
"""Indicator, axis, code of a line or a column."""


def check_totals(grid: Grid, links: Links) -> Iterator[Tested]:
    """Test every total of a table against what it adds up.

    Notes
    -----
    The order says what a total adds up. A year before may have lines that its table no longer has, whose place is lost:
    its totals are then left.
    """
    if grid.misplaced:
        return
    table = links.tables.get(grid.id, UNDECLARED_TABLE)
    for column in grid.columns:
        if column.code not in table.weekly:
            yield from _check_column(grid, column, table)
    totals = [index for index, column in enumerate(grid.columns) if column.kind == "total"]
    for index in totals:
        for line in grid.lines:
            keys = [grid.key(line.code, column.code) for column in grid.columns[:index] if column.kind != "total"]
            yield from _check_total(grid, "total_ligne", grid.key(line.code, grid.columns[index].code), keys, table)


def _check_column(grid: Grid, column: Label, table: Table) -> Iterator[Tested]:
    present = [line for line in grid.lines if (line.code, column.code) in grid.cells]
    for check, line, parts in summed_lines(present):
        of_distinct = line.code == table.total and "reunion" in (table.totals.get(column.code), table.totals.get(""))
        if not of_distinct:
            keys = [grid.key(part.code, column.code) for part in parts]
            yield from _check_total(grid, check, grid.key(line.code, column.code), keys, table)


def summed_lines(lines: Sequence[Label]) -> Iterator[tuple[str, Label, Sequence[Label]]]:
    """The lines that add up others: a family those after it, a sub-total those before it, a total all those before.

    Returns
    -------
    Iterator
        Check, line, lines that it adds up. A group without lines of its own counts in the total as one.
    """
    start = 0
    for index, line in enumerate(lines):
        if line.kind == "total":
            yield "total_colonne", line, _leaves(lines[start:index])
            start = index + 1
        elif line.kind in GROUPS:
            own = _members(lines[start:], index - start)
            if own:
                yield "sous_total", line, own


def _members(lines: Sequence[Label], index: int) -> Sequence[Label]:
    """Lines of a group: those after a family, those before a sub-total, up to the next group or total."""
    after = lines[index].kind == "famille"
    own: list[Label] = []
    for line in lines[index + 1 :] if after else reversed(lines[:index]):
        if line.kind in GROUPS or line.kind == "total":
            break
        own.append(line)
    return own if after else own[::-1]


def _leaves(lines: Sequence[Label]) -> list[Label]:
    groups = (index for index, line in enumerate(lines) if line.kind in GROUPS)
    alone = {index for index in groups if not _members(lines, index)}
    return [line for index, line in enumerate(lines) if line.kind not in GROUPS or index in alone]


def _check_total(grid: Grid, check: str, key: FigureKey, parts: Sequence[FigureKey], table: Table) -> Iterator[Tested]:
    """Test one total; what has another unit (families beside persons) is no part of it."""
    total = grid.cells.get((key.ligne, key.colonne))
    if total is None or not adds_up(total, table):
        return
    figures = [grid.cells.get((part.ligne, part.colonne)) for part in parts]
    amounts = [amount_of(figure) for figure in figures if figure is not None and figure.unite == total.unite]
    if not amounts or (table.own_total and any(amount.value is None for amount in amounts)):
        return
    terms = Terms(amounts)
    agrees = terms.agree(amount_of(total))
    yield Tested(check, None if agrees else _wrong_total(check, grid, total, str(terms)))


def adds_up(total: Figure, table: Table) -> bool:
    """Whether figures of this unit add up: rates do not, unless they are known to be parts of one whole."""
    return total.unite not in RATES or total.key.colonne in table.parts


def _wrong_total(check: str, grid: Grid, total: Figure, expected: str) -> Finding:
    key = total.key
    what = {
        "total_ligne": f"Le total de la ligne {key.ligne} n'est pas la somme de ses colonnes",
        "total_colonne": f"Le total de la colonne {key.colonne} n'est pas la somme de ses lignes",
        "sous_total": f"La ligne {key.ligne}, colonne {key.colonne}, n'est pas la somme des lignes qu'elle regroupe",
    }[check]
    return Finding(
        check=check,
        message=f"{what} dans {grid}.",
        first=total.place,
        first_value=str(amount_of(total)),
        second=total.place,
        second_value=expected,
        blocking=True,
        key=f"{check}:{path_of(key)}",
    )


def check_shares(grid: Grid, links: Links) -> Iterator[Tested]:
    """Test the percentages and the weekly quotients of a table."""
    table = links.tables.get(grid.id)
    if table is not None:
        for part, of in table.parts.items():
            yield from _check_parts(grid, part, of)
        for quotient, of in table.weekly.items():
            yield from _check_weekly(grid, quotient, of)


def _check_parts(grid: Grid, part: str, of: str) -> Iterator[Tested]:
    lines = [label.code for label in grid.lines]
    wholes = [amount_of(grid.cells.get((line, of))) for line in lines if line != TOTAL]
    total = amount_of(grid.cells.get((TOTAL, of)))
    expected = [*parts_of(wholes, total), _hundred(total)]
    for line, amount in zip([*(line for line in lines if line != TOTAL), TOTAL], expected, strict=True):
        figure = grid.cells.get((line, part))
        if figure is not None:
            yield _check_share(grid, figure, amount, grid.cells.get((line, of)))


def parts_of(amounts: Sequence[Amount], total: Amount) -> list[Amount]:
    """What each amount is of their total, in percent.

    Returns
    -------
    list of Amount
        Hundredths by largest remainder, of equal ones the first; ``vide`` where the total is zero, ``nc`` where the
        amount or the total is, ``partiel`` where the total is.
    """
    if total.value is None:
        return [Amount(None, "nc")] * len(amounts)
    sum_of_parts = Terms(amounts).total().value
    if not sum_of_parts:
        return [Amount(None, "nc" if amount.value is None else "vide") for amount in amounts]
    exact = [Fraction(str(amount.value or 0)) * 10_000 / Fraction(str(sum_of_parts)) for amount in amounts]
    rounded = [round(share, 6) for share in exact]  # as published: what differs less is equal
    hundredths = [int(share // 1) for share in rounded]
    order = sorted(range(len(amounts)), key=lambda place: hundredths[place] - rounded[place])
    ahead = [place for place in order if amounts[place].value is not None][: 10_000 - sum(hundredths)]
    shares = [(count + (place in ahead)) / 100 for place, count in enumerate(hundredths)]
    return [
        Amount(None, "nc") if amount.value is None else Amount(share, total.state)
        for amount, share in zip(amounts, shares, strict=True)
    ]


def _hundred(total: Amount) -> Amount:
    if total.value is None:
        return Amount(None, "nc")
    return Amount(100.0, total.state) if total.value else Amount(None, "vide")


def _check_weekly(grid: Grid, quotient: str, of: str) -> Iterator[Tested]:
    weeks = (366 if isleap(grid.year) else 365) / 7
    for label in grid.lines:
        figure, whole = (grid.cells.get((label.code, column)) for column in (quotient, of))
        if figure is not None and whole is not None:
            value = None if whole.valeur is None else whole.valeur / weeks
            near = value is not None and figure.valeur is not None and abs(value - figure.valeur) <= MOST_ROUNDING
            expected = Amount(figure.valeur if near else value and round(value, 2), whole.etat)
            yield _check_share(grid, figure, expected, whole)


def _check_share(grid: Grid, figure: Figure, expected: Amount, of: Figure | None) -> Tested:
    if same(figure.valeur, expected.value) and figure.etat == expected.state:
        return Tested("pourcentage")
    key = figure.key
    finding = Finding(
        check="pourcentage",
        message=f"La colonne {key.colonne} n'est pas ce que donnent ses deux termes, ligne {key.ligne} de {grid}.",
        first=figure.place,
        first_value=str(amount_of(figure)),
        second=of.place if of else None,
        second_value=f"{written(expected.value, expected.state)}, de {amount_of(of)}",
        blocking=True,
        key=f"pourcentage:{path_of(key)}",
    )
    return Tested("pourcentage", finding)


def check_values(grid: Grid, links: Links) -> Iterator[Tested]:
    """Test that each figure has a possible value for its state and its unit, whole where rows are counted in it."""
    table = links.tables.get(grid.id)
    for figure in grid.cells.values():
        balance = table is not None and figure.key.ligne in table.balances
        wrong = _impossible(figure, links.counted, balance)
        yield Tested("unite", _wrong_unit(grid, figure, wrong, figure.unite, "valeur") if wrong else None)


def _impossible(figure: Figure, counted: frozenset[str], balance: bool) -> str:
    value, state = figure.valeur, figure.etat
    if state not in WITH_NUMBER | set(STATES):
        return f"L'état « {state} » n'existe pas"
    if (value is not None) != (state in WITH_NUMBER):
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

    summed: frozenset[Axis] = frozenset()
    pairs: tuple[tuple[Axis, int], ...] = ()
    wrong: tuple[tuple[Axis, Finding], ...] = ()

    def __add__(self, other: Units) -> Units:
        """What both say."""
        pairs = Counter(dict(self.pairs)) + Counter(dict(other.pairs))
        return Units(self.summed | other.summed, tuple(pairs.items()), self.wrong + other.wrong)


def units_of(grids: Iterable[Grid]) -> Units:
    """Look at every total of the tables and at what it adds up."""
    pairs = [
        ((one.id, *part), grid, figure, total) for one in grids for part, grid, figure, total in _parts_and_totals(one)
    ]
    wrong = (
        (place, _wrong_unit(grid, figure, "Un total mêle deux unités", total.unite, "total"))
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


def _parts_and_totals(grid: Grid) -> Iterator[tuple[tuple[str, str], Grid, Figure, Figure]]:
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


def _wrong_unit(grid: Grid, figure: Figure, message: str, against: str, kind: str) -> Finding:
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
