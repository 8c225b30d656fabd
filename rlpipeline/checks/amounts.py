"""Amounts that may not be known, and their sums."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import NamedTuple

from rlpipeline.checks.model import STATES, Figure
from rlpipeline.declared import ROUNDED

TOLERANCE = 1e-5
"""Sums are published with six decimals at most; ten of them rounded differ by less."""
LISTED = 12
"""Beyond, a sum tells how many terms it has."""


class Amount(NamedTuple):
    """A number and its state; None where there is no number.

    Parameters
    ----------
    slack
        Most by which the exact number may differ, where it is rounded.
    """

    value: float | None
    state: str
    slack: float = 0.0

    def __str__(self) -> str:
        return written(self.value, self.state)


def amount_of(figure: Figure | None) -> Amount:
    """The amount of a figure; a cell that a table does not show is a known zero (a rare age, a rare sex)."""
    return Amount(0.0, "ok") if figure is None else Amount(figure.valeur, figure.etat, figure.marge)


class Terms:
    """Amounts to add."""

    def __init__(self, parts: Iterable[Amount]) -> None:
        self.parts = [*parts]
        self.states = {part.state for part in self.parts}
        self.slack = sum(part.slack for part in self.parts)

    def total(self) -> Amount:
        """The sum of what is known.

        Returns
        -------
        Amount
            ``masque`` where a part is, ``nc`` where none is known, ``partiel`` where some are not, else ``arrondi``
            where one is. What has no meaning (``vide``) does not count, and a sum of nothing else is ``vide``.
        """
        meant = self.states - {"vide"}
        if "masque" in meant:
            return Amount(None, "masque")
        if self.parts and not meant:
            return Amount(None, "vide")
        if meant == {"nc"}:
            return Amount(None, "nc")
        state = "partiel" if meant & {"nc", "partiel"} else ROUNDED if ROUNDED in meant else "ok"
        known = sum(part.value for part in self.parts if part.value is not None and part.state != "vide")
        return Amount(round(known, 6), state, self.slack)

    def agree(self, total: Amount) -> bool:
        """Whether a total may be the sum of these parts, given what is known of each.

        Notes
        -----
        A total counts records, and its lines may show a zero where there is no record: it may be ``nc`` where the known
        parts are all 0 and another is not known.
        """
        expected = self.total()
        if "masque" in (total.state, expected.state):
            return True
        if ROUNDED in self.states | {total.state}:
            if total.value is None or expected.value is None:
                return True
            return abs(total.value - expected.value) <= total.slack + self.slack + TOLERANCE
        if expected.state == "vide":
            return total.state == "vide" or not total.value
        if total.state == "nc" and not expected.value and "nc" in self.states:
            return "partiel" not in self.states
        return total.state == expected.state and same(total.value, expected.value)

    def __str__(self) -> str:
        total = str(self.total())
        if len(self.parts) > LISTED:
            return f"{total} (somme de {len(self.parts)} termes)"
        return f"{' + '.join(map(str, self.parts))} = {total}" if len(self.parts) > 1 else total


def same(one: float | None, other: float | None) -> bool:
    """Whether two numbers are equal but for binary noise; None equals None."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE


def written(value: float | None, state: str = "ok") -> str:
    """« 1 234,5 », « 35 (partiel) », « non communiqué »."""
    if value is None:
        return STATES.get(state, state)
    integer, _, decimals = f"{round(value, 6):,.6f}".partition(".")
    decimals = decimals.rstrip("0")
    number = integer.replace(",", "\u202f") + (f",{decimals}" if decimals else "")
    return f"{number} ({state})" if state in {"partiel", ROUNDED} else number


@lru_cache(maxsize=4096)
def rounded(value: float, decimals: int) -> float:
    """Round half up, from the shortest writing of the number, as what is shown is."""
    return float(Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP))
