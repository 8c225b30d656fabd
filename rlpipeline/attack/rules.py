"""Which figures must be protected, and when a figure still is, given how narrowly it is known."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rlpipeline.attack.relations import nobody
from rlpipeline.attack.statements import SUM, Document, Key, Knowledge
from rlpipeline.attack.tables import tables_of
from rlpipeline.attack.unknowns import System

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


def all_hold(rules: Iterable[Rule], least: float, greatest: float) -> bool:
    """Say whether every rule holds."""
    return all(rule.holds(least, greatest) for rule in rules)


def all_shown(rules: Iterable[Rule], least: float, greatest: float) -> bool:
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


def rules_of(documents: Sequence[Document], system: System, knowledge: Knowledge) -> Mapping[Key, Rule]:
    """List the figures about persons that are not published as they are, at or above their threshold.

    Notes
    -----
    Nobody tells the attack what is secret: a figure that is rounded, masked or left out must remain open, whatever it
    hides. A number published as it is must reach its threshold; where a correction changed it after a release, both
    numbers together tell of the young people corrected.
    """
    empty, masks = nobody(tables_of(documents, knowledge.links)), _masked_last(documents)
    rules = {
        key: _rule(key, system, knowledge, masks.get(key))
        for key in system.index
        if key in system.persons and key not in empty
    }
    return {key: rule for key, rule in rules.items() if rule is not None}


def _rule(key: Key, system: System, knowledge: Knowledge, masked: Document | None) -> Rule | None:
    threshold, numbers = knowledge.threshold(key), system.exact.get(key, ())
    width = system.rounded.get(key, knowledge.base or 5) - 1
    added = key.colonne.startswith(SUM)
    if not added and any(0 < number < threshold for number in numbers):
        return Rule("publié", threshold)
    if masked is not None and not masked.states_rounding and key not in system.rounded:
        return Rule("masqué", threshold)
    if masked is not None and numbers:
        return Rule("retiré", threshold, width)
    if len(numbers) > 1 and abs(numbers[-1] - numbers[-2]) < threshold:
        return Rule("corrigé", threshold)
    if key in system.rounded:
        return Rule("arrondi", threshold, width)
    return None if numbers or added else Rule("déduit", threshold, width)


def _masked_last(documents: Sequence[Document]) -> Mapping[Key, Document]:
    """Give the figures whose latest release masks them, with that release."""
    last: dict[Key, tuple[Document, bool]] = {}
    for document in documents:
        of_this: dict[Key, bool] = {}
        for figure in document.figures:
            of_this[figure.key] = of_this.get(figure.key, True) and figure.state == "masque"
        last |= {key: (document, masked) for key, masked in of_this.items()}
    return {key: document for key, (document, masked) in last.items() if masked}
