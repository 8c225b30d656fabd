"""Which figures must be protected, and what must remain possible for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from rlpipeline.disclosure.attack.linking import nobody
from rlpipeline.disclosure.attack.statements import SERVICE, SUM, Document, Key, Knowledge
from rlpipeline.disclosure.attack.tables import published
from rlpipeline.disclosure.attack.unknowns import System
from rlpipeline.disclosure.attack.verdicts import Primary, Rule


def protected(
    documents: Sequence[Document], system: System, known: Knowledge, primary: Primary | None
) -> Mapping[Key, Rule]:
    """List the figures about persons that are masked, rounded, or published though they are too small.

    Notes
    -----
    A figure that the service publishes as it is, and that a portrait rounds, is no secret. One that is masked in one
    place and rounded in another is as wide as its box: it is judged as rounded.
    """
    together = published(documents)
    empty, families = nobody(together), together.families
    boxed = {system.index[key] for key in system.rounded}
    exact = _exact(system)
    open_ones = {system.index[key] for key in exact if key.territoire == SERVICE and key not in system.masked}
    width = Rule("arrondi", (known.base or 1) - 1)
    rules: dict[Key, Rule] = {}
    for key in dict.fromkeys(figure.key for document in documents for figure in document.figures):
        unknown, threshold = system.index[key], known.threshold(key, families)
        if key not in system.persons or key in empty:
            continue
        if key in system.masked:
            rules[key] = width if unknown in boxed else _mask(key, threshold, primary)
        elif 0 < exact.get(key, 0) < threshold and not key.colonne.startswith(SUM):
            rules[key] = Rule("publié", threshold)
        elif (key in system.rounded or _should_be(key, known, exact)) and unknown not in open_ones:
            rules[key] = width
    return rules


def _exact(system: System) -> Mapping[Key, float]:
    """Give the numbers that are published as they are."""
    return {fact.figure.key: fact.low for fact in system.facts if fact.low == fact.high}


def _should_be(key: Key, known: Knowledge, exact: Mapping[Key, float]) -> bool:
    """Say whether a figure of a territory is exact where the report says that such figures are rounded."""
    return key in exact and known.rounds(key, 0)


def _mask(key: Key, threshold: int, primary: Primary | None) -> Rule:
    if primary is None:
        return Rule("masqué", threshold)
    return Rule("primaire", primary[key]) if key in primary else Rule("secondaire", 0)
