"""What a publication says of itself that its figures do not: which indicators add up, which communes there are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

HORS, SANS_COMMUNE = "hors", "sans_commune"


@dataclass(frozen=True)
class Declared:
    """What the relations need to know beside the figures.

    Parameters
    ----------
    year
        Year reported on.
    communes
        INSEE codes of the service's communes.
    additive
        Indicators for which communes + hors + sans_commune = service, each with the columns for which it does not hold.
    not_additive
        The other indicators.
    within_dates
        Whether every row of the records is within the dates of its follow-up; False where it is not known.
    shared
        Whether it is the edition to share, where a cell that a table does not show is not published rather than zero.
    """

    year: int
    communes: tuple[str, ...] = ()
    additive: Mapping[str, frozenset[str]] = field(default_factory=dict)
    not_additive: frozenset[str] = frozenset()
    within_dates: bool = False
    shared: bool = False

    @property
    def territories(self) -> tuple[str, ...]:
        """What the service is the sum of."""
        return (*self.communes, HORS, SANS_COMMUNE)

    def recounted(self, id: str) -> bool:
        """Whether some figures of an indicator may be declared not to be the sum of the territories'."""
        return id in self.not_additive or bool(self.additive.get(id))

    def recomputed(self, id: str, column: str) -> bool:
        """Whether a figure is declared not to be the sum of the territories'."""
        return id in self.not_additive or column in self.additive.get(id, ())
