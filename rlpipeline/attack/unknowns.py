"""Figures as unknowns: equal figures are one, and what is published bounds them."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, replace

from rlpipeline.attack.statements import SUM, Document, Figure, Key, Knowledge, Relation
from rlpipeline.published.links import PERSONS, Links
from rlpipeline.published.model import ROUNDED

GREATEST = 99_999.0
"""No figure about persons is greater, unless one published is nearly so; keeps every problem bounded."""


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
    rounded
        Figures that a file gives rounded, with their base.
    exact
        Numbers that figures are published as, each different from the one before, oldest first.
    persons
        Figures that count persons.
    """

    index: Mapping[Key, int]
    facts: tuple[Fact, ...]
    rows: tuple[Row, ...]
    rounded: Mapping[Key, int]
    exact: Mapping[Key, tuple[float, ...]]
    persons: frozenset[Key]

    @property
    def size(self) -> int:
        """Number of unknowns."""
        return max(self.index.values(), default=-1) + 1


@dataclass(frozen=True)
class _Box:
    """Where the true value of a published figure lies; ``base`` is 0 where it is published as it is."""

    low: float
    high: float
    base: int


def system(documents: Sequence[Document], relations: Iterable[Relation], knowledge: Knowledge) -> System:
    """Put figures and relations together.

    Notes
    -----
    A percentage of figures that are all published, and that agrees with them as published, was made from them and says
    nothing more. Fractions do not count persons: what is linked to one is left alone. Where two releases give a figure
    values that cannot both be true, it was corrected: the latest stands.
    """
    said = [one for document in documents for one in document.relations]
    values = _as_published(documents)
    rounded_keys = {figure.key for document in documents for figure in document.figures if figure.state == ROUNDED}
    useful = [*relations, *(one for one in said if not _agrees(one, values, rounded_keys))]
    index = _index((figure.key for document in documents for figure in document.figures), useful)
    persons = _about_persons(documents, index, knowledge.links)
    facts: dict[Key, list[Fact]] = {}
    rounded: dict[Key, int] = {}
    exact: dict[Key, list[float]] = {}
    for document in documents:
        boxes = _boxes(document, knowledge, persons)
        rounded |= {figure.key: box.base for figure, box in boxes if box.base}
        _add_numbers(exact, boxes)
        _add_facts(facts, document, boxes, index)
    listed = tuple(fact for of_key in facts.values() for fact in of_key)
    broken = {fact.unknown for fact in listed if fact.low % 1}
    rows = {(row.unknowns, row.coefficients, row.low, row.high): row for one in useful if (row := _row(one, index))}
    rows = {name: row for name, row in rows.items() if broken.isdisjoint(row.unknowns)}
    numbers = {key: tuple(of_key) for key, of_key in exact.items()}
    return System(index, listed, tuple(rows.values()), rounded, numbers, persons)


_Boxes = Sequence[tuple[Figure, _Box]]


def _boxes(document: Document, knowledge: Knowledge, persons: frozenset[Key]) -> _Boxes:
    """Say where each number of a publication may lie.

    Notes
    -----
    A number that one file marks as rounded is the same number in a file that does not mark it.
    """
    marked = {(one.key, one.value): one.base for one in document.figures if one.state == ROUNDED}
    boxes = []
    for figure in document.figures:
        key, value = figure.key, figure.value
        if value is None:
            continue
        base = 0
        if (key, value) in marked:
            base = knowledge.base_of(replace(figure, base=figure.base or marked[key, value]))
        elif not document.states_rounding and key in persons and knowledge.rounds(key, value):
            base = knowledge.base or 0
        margin = document.dictionary.margin(base) if base else 0
        boxes.append((figure, _Box(max(0.0, value - margin) if margin else value, value + margin, base)))
    return boxes


def _add_numbers(exact: dict[Key, list[float]], boxes: _Boxes) -> None:
    for figure, box in boxes:
        if not box.base:
            numbers = exact.setdefault(figure.key, [])
            if not numbers or numbers[-1] != box.low:
                numbers.append(box.low)


def _add_facts(facts: dict[Key, list[Fact]], document: Document, boxes: _Boxes, index: Mapping[Key, int]) -> None:
    """Add the facts of a publication to those of the former ones, instead of those that they contradict or withdraw."""
    fresh: dict[Key, list[Fact]] = {}
    for figure, box in boxes:
        fresh.setdefault(figure.key, []).append(Fact(index[figure.key], box.low, box.high, figure))
    if document.states_rounding:
        for figure in document.figures:
            if figure.state == "masque" and figure.key not in fresh:
                facts.pop(figure.key, None)
    for key, of_key in fresh.items():
        agreeing = [one for one in facts.get(key, ()) if _agree_all(one, of_key)]
        facts[key] = [*of_key, *agreeing]


def _agree_all(one: Fact, others: Iterable[Fact]) -> bool:
    return all(one.low <= other.high and other.low <= one.high for other in others)


def _about_persons(documents: Sequence[Document], index: Iterable[Key], links: Links) -> frozenset[Key]:
    """List the figures that count persons, by their unit or that of their table."""
    units = {key: unit for document in documents for key, unit in document.units.items()}
    return frozenset(key for key in index if _unit(key, units, links) in PERSONS)


def _unit(key: Key, units: Mapping[Key, str], links: Links) -> str:
    if key.colonne.startswith(SUM):
        return key.colonne.removeprefix(SUM)
    of_table = links.tables[key.indicateur].units if key.indicateur in links.tables else {}
    declared = of_table.get(key.colonne) or of_table.get("")
    return units.get(key) or declared or ("jeunes" if key.colonne == "jeunes" else "")


def _as_published(documents: Sequence[Document]) -> Mapping[Key, set[float]]:
    shown: dict[Key, set[float]] = {}
    for figure in (figure for document in documents for figure in document.figures):
        if figure.value is not None:
            shown.setdefault(figure.key, set()).add(figure.value)
    return shown


def _agrees(relation: Relation, values: Mapping[Key, set[float]], rounded_keys: Set[Key]) -> bool:
    """Say whether the published numbers, where all are, satisfy a relation as they stand.

    Notes
    -----
    A percentage of rounded numbers that is not said to be rounded itself was made from others.
    """
    if relation.precise and any(key in rounded_keys for key, _ in relation.terms):
        return False
    low = high = 0.0
    for key, coefficient in relation.terms:
        possible = [coefficient * value for value in values.get(key, ())]
        if not possible:
            return False
        low, high = low + min(possible), high + max(possible)
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
    terms = sorted((unknown, coefficient) for unknown, coefficient in added.items() if coefficient)
    if not terms or (relation.low == -math.inf and relation.high == math.inf):
        return None
    unknowns, coefficients = zip(*terms, strict=True)
    members = tuple(index[key] for key, _ in relation.terms)
    return Row(unknowns, coefficients, relation.low, relation.high, relation, members)
