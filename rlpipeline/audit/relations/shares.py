"""Parts of a whole and weekly quotients, worked out again from the two columns published beside them."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterator, Sequence
from fractions import Fraction

from rlpipeline.audit.findings import Finding
from rlpipeline.audit.relations.amounts import TOLERANCE, Amount, added, amount_of, same, written
from rlpipeline.audit.relations.grids import TOTAL, Grid, path_of
from rlpipeline.audit.relations.tested import Tested
from rlpipeline.published.links import Links
from rlpipeline.published.model import Figure

HALF_HUNDREDTH = 0.005


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
            yield _verdict(grid, figure, amount, grid.cells.get((line, of)))


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
    known = added(amounts).value
    if not known:
        return [Amount(None, "nc" if amount.value is None else "vide") for amount in amounts]
    exact = [Fraction(str(amount.value or 0)) * 10_000 / Fraction(str(known)) for amount in amounts]
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
            near = value is not None and figure.valeur is not None and abs(value - figure.valeur) <= _most_rounding()
            expected = Amount(figure.valeur if near else value and round(value, 2), whole.etat)
            yield _verdict(grid, figure, expected, whole)


def _most_rounding() -> float:
    return HALF_HUNDREDTH + TOLERANCE


def _verdict(grid: Grid, figure: Figure, expected: Amount, of: Figure | None) -> Tested:
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
