"""When a protected figure is still protected, given how narrow it is known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from rlpipeline.attack.statements import Key

Kind = Literal["arrondi", "déduit", "masqué", "retiré", "publié", "corrigé"]


@dataclass(frozen=True)
class Rule:
    """What must remain possible for a figure.

    Parameters
    ----------
    kind
        ``arrondi``: rounded. ``déduit``: published nowhere, yet bounded by what is. ``masqué``: of a release of the
        former design. ``retiré``: withdrawn, because records were corrected. ``publié``: a number published as it is
        that is too small to be. ``corrigé``: published as it is before and after a correction.
    threshold
        Least number of persons that may be published.
    width
        Least width of what remains possible, below the threshold.
    """

    kind: Kind
    threshold: int
    width: int = 0

    def holds(self, least: float, greatest: float) -> bool:
        """Say whether a figure that lies between two numbers is protected, should both of them be possible.

        Notes
        -----
        A figure that is certainly at or above its threshold may be known: a service that is entitled to be exact
        about it lost precision to protect others.
        """
        return self.shown(least, greatest) or self.large(least)

    def large(self, least: float) -> bool:
        """Say whether a figure that is at least so much may be known."""
        return self.kind in {"arrondi", "déduit", "masqué"} and least >= self.threshold

    def shown(self, least: float, greatest: float) -> bool:
        """Say whether two possible values suffice to show that the figure is protected, whatever else is possible."""
        if self.kind in {"publié", "corrigé"}:
            return False
        if self.kind == "masqué":
            return least <= 0 <= greatest or greatest >= self.threshold
        return greatest - least >= self.width


def hold(rules: Iterable[Rule], least: float, greatest: float) -> bool:
    """Say whether every rule holds."""
    return all(rule.holds(least, greatest) for rule in rules)


def shown(rules: Iterable[Rule], least: float, greatest: float) -> bool:
    """Say whether values that were met show that every rule holds."""
    return least <= greatest and all(rule.shown(least, greatest) for rule in rules)


@dataclass(frozen=True)
class Bounds:
    """What an intruder finds about a protected figure.

    Parameters
    ----------
    least, greatest
        Where protected: values shown to be possible, the search having stopped there. Where not: nothing outside
        is possible.
    certain
        False where the search for whole numbers was given up: then fractions alone say that it is protected.
    """

    key: Key
    rule: Rule
    least: float
    greatest: float
    certain: bool = True

    @property
    def safe(self) -> bool:
        """Whether the figure is protected.

        Notes
        -----
        A figure that can be nothing but zero is nobody's: the report of the service publishes its zeros, which make
        those of its territories, and that nobody is in a class is about no young person who is in the report.
        """
        nobody = self.rule.kind not in {"publié", "corrigé"} and max(abs(self.least), abs(self.greatest)) < 0.5
        return nobody or self.rule.holds(self.least, self.greatest)
