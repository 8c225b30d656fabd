"""Amounts that may not be known, their sums, and how they are written in French."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rlpipeline.published.model import Figure

TOLERANCE = 1e-5
"""Sums are published with six decimals at most; ten of them rounded differ by less."""
STATES = {"nc": "non communiqué", "masque": "masqué", "vide": "sans objet"}
ROUNDED = "arrondi"
LISTED = 12
"""Beyond, a sum tells how many terms it has."""


@dataclass(frozen=True)
class Amount:
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


ZERO = Amount(0.0, "ok")


def amount_of(figure: Figure | None) -> Amount:
    """The amount of a figure; a cell that a table does not show is a known zero (a rare age, a rare sex)."""
    return ZERO if figure is None else Amount(figure.valeur, figure.etat, figure.marge)


class Terms:
    """Amounts added one after the other, of which few are kept."""

    def __init__(self, parts: Iterable[Amount] = ()) -> None:
        self.count = 0
        self.first: list[Amount] = []
        self.states: set[str] = set()
        self.slack = 0.0
        self._known = 0.0
        for part in parts:
            self.add(part)

    def add(self, part: Amount) -> None:
        """Take one more."""
        self.count += 1
        self.states.add(part.state)
        self.slack += part.slack
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
        state = "partiel" if meant & {"nc", "partiel"} else ROUNDED if ROUNDED in meant else "ok"
        return Amount(round(self._known, 6), state, self.slack)

    def agree(self, total: Amount) -> bool:
        """As :func:`agree`."""
        expected = self.total()
        if "masque" in (total.state, expected.state):
            return True
        if ROUNDED in self.states | {total.state}:
            return self._near(total, expected)
        if expected.state == "vide":
            return total.state == "vide" or not total.value
        if total.state == "nc" and not expected.value and "nc" in self.states:
            return "partiel" not in self.states
        return total.state == expected.state and same(total.value, expected.value)

    def _near(self, total: Amount, expected: Amount) -> bool:
        """Whether rounding explains a difference: that of parts and total together, none where all are rounded."""
        if total.value is None or expected.value is None:
            return True
        additive = self.states == {total.state} == {ROUNDED}
        slack = 0.0 if additive else total.slack + self.slack
        return abs(total.value - expected.value) <= slack + TOLERANCE

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
        ``masque`` where a part is, ``nc`` where none is known, ``partiel`` where some are not, else ``arrondi`` where
        one is. What has no meaning
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
    return f"{number} ({state})" if state in {"partiel", ROUNDED} else number


def sum_written(parts: Sequence[Amount]) -> str:
    """« 12 + 3 + 4 = 19 »; the sum alone where there are many terms."""
    return str(Terms(parts))
