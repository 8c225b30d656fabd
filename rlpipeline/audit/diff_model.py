"""What two publications compared give: changes of figures, sentences that turned."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple


class Key(NamedTuple):
    """What two figures that are compared have in common; ``recul`` is 1 for a figure of the year before."""

    indicateur: str
    territoire: str
    ligne: str
    colonne: str
    recul: int = 0


@dataclass(frozen=True)
class Value:
    """One figure as published; ``valeur`` is None where it is nc, masque or vide."""

    valeur: float | None
    unite: str
    etat: str


@dataclass(frozen=True)
class Change:
    """A figure that is not the same; None on the side that does not have it."""

    key: Key
    before: Value | None
    after: Value | None

    @property
    def difference(self) -> float | None:
        """Second value less the first, where both are numbers of one unit."""
        before, after = self.before, self.after
        if before is None or after is None or before.valeur is None or after.valeur is None:
            return None
        return round(after.valeur - before.valeur, 6) if before.unite == after.unite else None


@dataclass(frozen=True)
class Turn:
    """A sentence bound to one figure that says another direction."""

    page: str
    texte: str
    ref: str
    territoire: str
    before: str
    after: str


@dataclass(frozen=True)
class Side:
    """One of the two publications: its folder, its year, how many figures it has."""

    directory: Path
    year: int
    figures: int


@dataclass(frozen=True)
class Comparison:
    """What changed from a publication to another.

    Parameters
    ----------
    changed, new, gone
        In the order of ``indicateurs.csv``.
    unchanged
        Number of figures that both have alike.
    turned
        Trends and evolutions of the pages whose direction is not the same.
    """

    first: Side
    second: Side
    changed: tuple[Change, ...]
    new: tuple[Change, ...]
    gone: tuple[Change, ...]
    unchanged: int
    turned: tuple[Turn, ...]

    @property
    def same(self) -> bool:
        """Whether nothing differs."""
        return not (self.changed or self.new or self.gone or self.turned)


def by_indicator(changes: Iterable[Change]) -> Mapping[str, list[Change]]:
    """Group changes by indicator, in order of appearance."""
    groups: dict[str, list[Change]] = {}
    for change in changes:
        groups.setdefault(change.key.indicateur, []).append(change)
    return groups
