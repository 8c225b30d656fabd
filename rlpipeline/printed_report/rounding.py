"""Which rounding explains a printed percentage."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from rlpipeline.printed_report.cells import shown


@dataclass(frozen=True)
class Share:
    """A printed percentage against its count and its denominator."""

    printed: float
    decimals: int
    count: float
    whole: float

    @property
    def exact(self) -> float:
        """The percentage, not rounded."""
        return 100 * self.count / self.whole if self.whole else math.nan

    @property
    def step(self) -> float:
        """One unit of the last printed digit."""
        return float(10**-self.decimals)

    @property
    def fits(self) -> bool:
        """Whether it is rounded to the nearest."""
        return abs(self.printed - self.exact) <= self.step / 2 + 1e-6

    @property
    def computed(self) -> str:
        """The percentage rounded to the nearest, to as many digits as are printed, at least one."""
        return f"{shown(self.exact, self.decimals)} %"

    @property
    def arithmetic(self) -> str:
        """The division, written out."""
        return f"{shown(self.count)} / {shown(self.whole)} = {shown(self.exact, max(self.decimals, 1))} %"


def explanation(share: Share, shares: Sequence[Share] = ()) -> str:
    """Name the rounding that explains a percentage that is not rounded to the nearest, ``""`` if none does.

    Parameters
    ----------
    share
        The percentage.
    shares
        All those of its column, itself included, for the rounding that makes them add up to 100.
    """
    if abs(share.printed - math.floor(share.exact / share.step) * share.step) < 1e-6:
        return "troncature"
    if abs(share.printed - math.ceil(share.exact / share.step) * share.step) < 1e-6:
        total = sum(entry.printed for entry in shares)
        return "plus fort reste" if abs(total - 100) < 1e-6 else "arrondi par excès"
    if share.decimals and abs(share.printed - round(share.exact)) < 1e-6:
        return "arrondi à l'unité"
    return ""
