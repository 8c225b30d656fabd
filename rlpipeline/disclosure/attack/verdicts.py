"""When a protected figure is still protected, given how narrow it is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from rlpipeline.disclosure.attack.statements import Key

Kind = Literal["primaire", "secondaire", "masqué", "arrondi", "publié"]


@dataclass(frozen=True)
class Rule:
    """What must remain possible for a figure.

    Parameters
    ----------
    kind
        ``primaire`` and ``secondaire`` where it is known which masks hide a small number, else ``masqué``;
        ``arrondi``; ``publié``: a number published as it is that is too small to be.
    threshold
        Least number that may be published (masks); least width (rounding).
    """

    kind: Kind
    threshold: int

    def holds(self, least: float, greatest: float) -> bool:
        """Say whether a figure known to lie between two numbers, both possible, is protected."""
        if self.kind == "publié" or least >= greatest:
            return False
        if self.kind == "primaire":
            return least <= 0 and greatest >= self.threshold
        if self.kind == "masqué":
            return least <= 0 or greatest >= self.threshold
        return self.kind == "secondaire" or greatest - least >= self.threshold


def hold(rules: Iterable[Rule], least: float, greatest: float) -> bool:
    """Say whether every rule holds."""
    return all(rule.holds(least, greatest) for rule in rules)


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
        those of its territories. Where it was masked to protect others, these are judged by themselves.
        """
        nobody = self.rule.kind in {"arrondi", "secondaire"} and max(abs(self.least), abs(self.greatest)) < 0.5
        return nobody or self.rule.holds(self.least, self.greatest)


Primary = Mapping[Key, int]
"""Figures under the threshold, with it: what the service alone knows."""
