"""Figures as unknowns: equal figures are one, and what is published bounds them."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from rlpipeline.disclosure.attack.statements import PERSONS, SUM, UNITS, Document, Figure, Key, Knowledge, Relation

GREATEST = 99_999.0
"""No figure about persons is greater; keeps every problem bounded."""

_Rule = Callable[[Key], Knowledge | None]
"""Rules of rounding that apply to a figure; None where it is published as it is."""


@dataclass(frozen=True)
class Fact:
    """What one published figure says of its unknown."""

    unknown: int
    low: float
    high: float
    figure: Figure


@dataclass(frozen=True)
class Row:
    """``low ≤ Σ coefficients × unknowns ≤ high``, with the relation it comes from.

    Parameters
    ----------
    members
        Unknown of each term of the relation, in its order; equal figures share one.
    """

    unknowns: tuple[int, ...]
    coefficients: tuple[float, ...]
    low: float
    high: float
    relation: Relation
    members: tuple[int, ...] = ()


@dataclass(frozen=True)
class System:
    """Everything known, as whole numbers to find.

    Parameters
    ----------
    index
        Unknown of each figure.
    masked, rounded
        Figures that a file hides, or gives rounded.
    persons
        Figures that count persons.
    """

    index: Mapping[Key, int]
    facts: tuple[Fact, ...]
    rows: tuple[Row, ...]
    masked: frozenset[Key]
    rounded: frozenset[Key]
    persons: frozenset[Key]

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return max(self.index.values(), default=-1) + 1


def system(documents: Sequence[Document], relations: Iterable[Relation], knowledge: Knowledge) -> System:
    """Put figures and relations together.

    Notes
    -----
    A percentage of figures that are all published, and that agrees with them as published, was made from them and says
    nothing more. Fractions do not count persons: what is linked to one is left alone. Where two releases give a figure
    values that cannot both be true, it was corrected: the latest stands.
    """
    told = [one for document in documents for one in document.relations]
    shown = _as_published(documents)
    useful = [*relations, *(one for one in told if not _agrees(one, shown))]
    index = _index((figure.key for document in documents for figure in document.figures), useful)
    persons = _about_persons(documents)
    boxed: set[Key] = set()
    facts: dict[Key, list[Fact]] = {}
    for document in reversed(documents):
        _add_facts(facts, boxed, document, index, lambda key: knowledge if key in persons else None)
    masked = {one.key for document in documents for one in document.figures if one.state == "masque"}
    listed = tuple(fact for found in facts.values() for fact in found)
    broken = {fact.unknown for fact in listed if fact.low % 1}
    rows = {(row.unknowns, row.coefficients, row.low, row.high): row for one in useful if (row := _row(one, index))}
    rows = {name: row for name, row in rows.items() if broken.isdisjoint(row.unknowns)}
    return System(index, listed, tuple(rows.values()), frozenset(masked), frozenset(boxed), persons)


def _add_facts(
    facts: dict[Key, list[Fact]], boxed: set[Key], document: Document, index: Mapping[Key, int], rule: _Rule
) -> None:
    """Add the facts of an older publication to those of the later ones, save those they contradict."""
    fresh: dict[Key, list[Fact]] = {}
    for figure in document.figures:
        if figure.value is not None:
            low, high, rounded = _box(figure.value, figure.key, rule(figure.key))
            fresh.setdefault(figure.key, []).append(Fact(index[figure.key], low, high, figure))
            if rounded:
                boxed.add(figure.key)
    for key, found in fresh.items():
        known = facts.setdefault(key, [])
        if all(one.low <= other.high and other.low <= one.high for one in found for other in known):
            known.extend(found)


def _box(value: float, key: Key, knowledge: Knowledge | None) -> tuple[float, float, bool]:
    if knowledge is None or not knowledge.rounds(key, value):
        return value, value, False
    reach = (knowledge.base or 1) - 1
    return max(0.0, value - reach), value + reach, True


def _about_persons(documents: Sequence[Document]) -> frozenset[Key]:
    """List the figures that count persons, by their unit or that of their table."""
    units = {key: unit for document in documents for key, unit in document.units.items()}
    keys = {figure.key for document in documents for figure in document.figures}
    return frozenset(key for key in keys if _unit(key, units) in PERSONS)


def _unit(key: Key, units: Mapping[Key, str]) -> str:
    if key.colonne.startswith(SUM):
        return key.colonne.removeprefix(SUM)
    return units.get(key) or UNITS.get(key.indicateur) or ("jeunes" if key.colonne == "jeunes" else "")


def _as_published(documents: Sequence[Document]) -> Mapping[Key, set[float]]:
    shown: dict[Key, set[float]] = {}
    for figure in (figure for document in documents for figure in document.figures):
        if figure.value is not None:
            shown.setdefault(figure.key, set()).add(figure.value)
    return shown


def _agrees(relation: Relation, shown: Mapping[Key, set[float]]) -> bool:
    """Say whether the published numbers, where all are, satisfy a relation as they stand."""
    low = high = 0.0
    for key, coefficient in relation.terms:
        values = [coefficient * value for value in shown.get(key, ())]
        if not values:
            return False
        low, high = low + min(values), high + max(values)
    return high >= relation.low - 1e-6 and low <= relation.high + 1e-6


def _index(figures: Iterable[Key], relations: Sequence[Relation]) -> Mapping[Key, int]:
    """Number the unknowns; figures that are always equal share one."""
    keys = dict.fromkeys([*figures, *(key for one in relations for key, _ in one.terms)])
    parent = {key: key for key in keys}

    def root(key: Key) -> Key:
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    for one in relations:
        if len(one.terms) == 2 and one.low == one.high == 0 and {part for _, part in one.terms} == {1.0, -1.0}:
            parent[root(one.terms[1][0])] = root(one.terms[0][0])
    numbers: dict[Key, int] = {}
    return {key: numbers.setdefault(root(key), len(numbers)) for key in keys}


def _row(relation: Relation, index: Mapping[Key, int]) -> Row | None:
    """Write a relation on unknowns; None where it says nothing once equal figures are one."""
    added: dict[int, float] = {}
    for key, coefficient in relation.terms:
        added[index[key]] = added.get(index[key], 0.0) + coefficient
    kept = sorted((unknown, coefficient) for unknown, coefficient in added.items() if coefficient)
    if not kept or (relation.low == -math.inf and relation.high == math.inf):
        return None
    unknowns, coefficients = zip(*kept, strict=True)
    members = tuple(index[key] for key, _ in relation.terms)
    return Row(unknowns, coefficients, relation.low, relation.high, relation, members)
