"""A figure as it is known, and what may be said of two of them: the one rule for a change and for a share.

Every place that tells a change (table, sentence, card, finding, chart, file) asks :func:`compare`, so that none says
what another does not. No difference of a rounded figure is a number: it would be as false as the rounding is wide.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from rlpipeline.errors import DataError
from rlpipeline.states import (
    ABSENT,
    ARRONDI,
    CHANGES,
    MASQUE,
    NC,
    OK,
    PARTIEL,
    UNCERTAIN,
    UNIT,
    VIDE,
    WITH_NUMBER,
)

APART = 2
"""Times their base by which two rounded figures differ at least where a direction is told."""
DECIMALS = 6
"""Differences of decimals carry binary noise: no figure has more than six decimals."""


@dataclass(frozen=True)
class Observation:
    """One figure as it is known.

    Parameters
    ----------
    value
        The number; NaN where the state has none.
    unit
        What is counted, or the unit of measure; empty where nobody knows.
    state
        One of ``rlpipeline.states``.
    base
        What a rounded figure is a multiple of: it is nearer than that to the exact one; 0 where it is exact.
    column
        Code of its column, where it has one.

    Raises
    ------
    DataError
        The state announces a number and there is none: whatever was written of it would be false.
    """

    value: float
    unit: str
    state: str
    base: float = 0.0
    column: str = ""

    def __post_init__(self) -> None:
        if self.is_number and not math.isfinite(self.value):
            raise DataError(
                "Un chiffre n'a pas de nombre alors que son état en annonce un.",
                expected="un nombre, ou l'état nc, vide ou masque",
                got=f"{self.value}, état {self.state}",
            )

    @property
    def is_number(self) -> bool:
        """Whether there is a number, be it a partial total or a rounded one."""
        return self.state in WITH_NUMBER

    @property
    def is_rounded(self) -> bool:
        """Whether the exact number may be another."""
        return self.state == ARRONDI

    @property
    def slack(self) -> float:
        """Most by which the exact count may differ; 0 where it is exact."""
        return max(self.base - 1, 0.0)

    @property
    def is_below(self) -> bool:
        """Whether it is rounded to zero: « moins de 5 »."""
        return self.is_rounded and self.value == 0

    @property
    def is_nothing(self) -> bool:
        """Whether it is known to be zero."""
        return self.state == OK and self.value == 0

    @property
    def is_nonzero(self) -> bool:
        """Whether there is a number that is not known to be zero."""
        return self.is_number and not self.is_nothing

    @property
    def drawn(self) -> float:
        """Length in a chart: a figure rounded to zero may be as large as its rounding; NaN where there is none."""
        return self.slack if self.is_below else self.value


@dataclass(frozen=True)
class Comparison:
    """What may be said of a change.

    Parameters
    ----------
    value
        The difference, where both figures are exact; else None.
    direction
        1, −1, or 0 where nothing moved; None where it may not be told.
    reason
        Why not: a state of one of the two, or another reason of ``states.yml``; empty where a direction is told.
    is_of_before
        Whether the reason is about the year before.
    unit
        Unit of the year before, where it is the reason.
    """

    value: float | None = None
    direction: int | None = None
    reason: str = ""
    is_of_before: bool = False
    unit: str = ""

    @property
    def is_told(self) -> bool:
        """Whether there is a direction to tell."""
        return self.direction is not None

    def why(self, year: int) -> str:
        """Say why nothing is told of a year and the one before: « non communiqué en 2022 »; else nothing."""
        if not self.reason:
            return ""
        return CHANGES[self.reason].format(annee=year - self.is_of_before, unite=self.unit)


def compare(now: Observation | None, before: Observation | None) -> Comparison:
    """Say what may be said of the change from a year to the next.

    Two exact figures have a difference. Of rounded ones a direction alone is told, and only where they differ by twice
    the larger base at least; none where neither base is known. A figure that is not wholly known is compared with
    nothing.
    """
    if before is None:
        return Comparison(reason=ABSENT, is_of_before=True)
    if now is None:
        return Comparison(reason=ABSENT)
    for figure, is_before in ((now, False), (before, True)):
        if figure.state not in {OK, ARRONDI}:
            return Comparison(reason=figure.state, is_of_before=is_before)
    if now.unit and before.unit and now.unit != before.unit:
        return Comparison(reason=UNIT, is_of_before=True, unit=before.unit)
    return _moved(now, before)


def _moved(now: Observation, before: Observation) -> Comparison:
    """Say by how much, or in which direction, a number differs from another of the same unit."""
    moved = round(now.value - before.value, DECIMALS)
    direction = (moved > 0) - (moved < 0)
    if not (now.is_rounded or before.is_rounded):
        return Comparison(moved, direction)
    base = max(now.base, before.base)
    if not base or abs(moved) < APART * base:
        return Comparison(reason=UNCERTAIN)
    return Comparison(direction=direction)


FEWEST_IN_WORDS = 8
"""Smallest exact whole, in times the base, of which a rounded part is told."""


def share_of(part: Observation, whole: Observation) -> Observation:
    """Divide two figures: a percentage, known only where both are wholly known and the whole is not zero.

    A rounded part of an exact whole that is large enough is a rounded percentage; other shares of rounded figures are
    uncertain.
    """
    for state in (MASQUE, NC, PARTIEL, VIDE):
        if state in {part.state, whole.state}:
            return Observation(math.nan, "%", NC if state == PARTIEL else state)
    if whole.is_nothing:
        return Observation(math.nan, "%", VIDE)
    if whole.is_rounded or UNCERTAIN in {part.state, whole.state}:
        return Observation(math.nan, "%", UNCERTAIN)
    if not part.is_rounded:
        return Observation(100 * part.value / whole.value, "%", OK)
    if whole.value < FEWEST_IN_WORDS * part.base:
        return Observation(math.nan, "%", UNCERTAIN)
    share, base = (100 * number / whole.value for number in (part.value, part.base))
    return Observation(share, "%", ARRONDI, base)
