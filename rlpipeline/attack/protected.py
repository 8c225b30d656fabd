"""Which figures must be protected, and what must remain possible for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlpipeline.attack.linking import nobody
from rlpipeline.attack.statements import SUM, Document, Key, Knowledge
from rlpipeline.attack.tables import published
from rlpipeline.attack.unknowns import System
from rlpipeline.attack.verdicts import Rule


def protected(documents: Sequence[Document], system: System, known: Knowledge) -> Mapping[Key, Rule]:
    """List the figures about persons that are not published as they are, at or above their threshold.

    Notes
    -----
    Nobody tells the attack what is secret: a figure that is rounded, masked or left out must remain open, whatever it
    hides. A number published as it is must reach its threshold; where a correction changed it after a release, both
    numbers together tell of the young people corrected.
    """
    empty, masks = nobody(published(documents, known.links)), _masked_last(documents)
    rules = {
        key: _rule(key, system, known, masks.get(key))
        for key in system.index
        if key in system.persons and key not in empty
    }
    return {key: rule for key, rule in rules.items() if rule is not None}


def _rule(key: Key, system: System, known: Knowledge, masked: Document | None) -> Rule | None:
    threshold, numbers = known.threshold(key), system.exact.get(key, ())
    width = system.rounded.get(key, known.base or 5) - 1
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
