"""Amounts that may not be known, their sums, and how they are written in French."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rlpipeline.audit.published.model import Figure

TOLERANCE = 1e-5
"""Sums are published with six decimals at most; ten of them rounded differ by less."""
STATES = {"nc": "non communiqué", "masque": "masqué", "vide": "sans objet"}
LISTED = 12
"""Beyond, a sum tells how many terms it has."""


@dataclass(frozen=True)
class Amount:
    """A number and its state; None where there is no number."""

    value: float | None
    state: str

    def __str__(self) -> str:
        return written(self.value, self.state)


ZERO = Amount(0.0, "ok")


def amount_of(figure: Figure | None) -> Amount:
    """The amount of a figure; a cell that a table does not show is a known zero (a rare age, a rare sex)."""
    return ZERO if figure is None else Amount(figure.valeur, figure.etat)


class Terms:
    """Amounts added one after the other, of which few are kept."""

    def __init__(self, parts: Iterable[Amount] = ()) -> None:
        self.count = 0
        self.first: list[Amount] = []
        self.states: set[str] = set()
        self._known = 0.0
        for part in parts:
            self.add(part)

    def add(self, part: Amount) -> None:
        """Take one more."""
        self.count += 1
        self.states.add(part.state)
        if len(self.first) < LISTED:
            self.first.append(part)
        if part.value is not None and part.state != "vide":
            self._known += part.value

    def total(self) -> Amount:
        """As :func:`added`."""
        meant = self.states - {"vide"}
        if "masque" in meant:
            return Amount(None, "masque")
        if self.count and not meant:
            return Amount(None, "vide")
        if meant == {"nc"}:
            return Amount(None, "nc")
        return Amount(round(self._known, 6), "partiel" if meant & {"nc", "partiel"} else "ok")

    def agree(self, total: Amount) -> bool:
        """As :func:`agree`."""
        expected = self.total()
        if "masque" in (total.state, expected.state):
            return True
        if expected.state == "vide":
            return total.state == "vide" or not total.value
        if total.state == "nc" and not expected.value and "nc" in self.states:
            return "partiel" not in self.states
        return total.state == expected.state and same(total.value, expected.value)

    def __str__(self) -> str:
        total = str(self.total())
        if self.count < 2 or self.count > LISTED:
            return f"{total} (somme de {self.count} termes)" if self.count > LISTED else total
        return f"{' + '.join(str(part) for part in self.first)} = {total}"


def added(parts: Sequence[Amount]) -> Amount:
    """The sum of what is known.

    Returns
    -------
    Amount
        ``masque`` where a part is, ``nc`` where none is known, ``partiel`` where some are not. What has no meaning
        (``vide``) does not count, and a sum of nothing else is ``vide``.
    """
    return Terms(parts).total()


def agree(total: Amount, parts: Sequence[Amount]) -> bool:
    """Whether a total may be the sum of its parts, given what is known of each.

    Notes
    -----
    A total counts records, and its lines may show a zero where there is no record: it may be ``nc`` where the known
    parts are all 0 and another is not known.
    """
    return Terms(parts).agree(total)


def same(one: float | None, other: float | None) -> bool:
    """Whether two numbers are equal but for binary noise; None equals None."""
    if one is None or other is None:
        return one is other
    return abs(one - other) <= TOLERANCE


def written(value: float | None, state: str = "ok") -> str:
    """« 1 234,5 », « 35 (partiel) », « non communiqué »."""
    if value is None:
        return STATES.get(state, state)
    whole, _, decimals = f"{round(value, 6):,.6f}".partition(".")
    decimals = decimals.rstrip("0")
    number = whole.replace(",", "\u202f") + (f",{decimals}" if decimals else "")
    return f"{number} (partiel)" if state == "partiel" else number


def sum_written(parts: Sequence[Amount]) -> str:
    """« 12 + 3 + 4 = 19 »; the sum alone where there are many terms."""
    return str(Terms(parts))
