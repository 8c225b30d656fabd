"""From what proves a figure to the few published figures that suffice."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

from rlpipeline.attack.narrowing import Contradiction, Intervals
from rlpipeline.attack.possible import Found, Model
from rlpipeline.attack.programmes import components
from rlpipeline.attack.unknowns import Fact, Row

_S = TypeVar("_S")
MOST = 150
"""Statements that are tried one by one; a longer proof is told as it is."""


@dataclass(frozen=True)
class Proof:
    """Statements that together leave an unknown no more than some values."""

    unknown: int
    facts: tuple[Fact, ...]
    rows: tuple[Row, ...]


def first_proof(unknown: int, found: Found, intervals: Intervals) -> Proof:
    """Gather what a result rests on: the steps that narrowed it, or the bounds and rows a programme used."""
    bounded, rows = found.support
    inside = {one for row in rows for one in row.unknowns if intervals.fixed(one)}
    start = [step for one in (unknown, *bounded, *sorted(inside)) for step in intervals.last_steps(one)]
    reasons = [step.because for step in intervals.reasons(start)]
    facts = [one for one in reasons if isinstance(one, Fact)]
    through = [*rows, *(one for one in reasons if isinstance(one, Row))]
    return Proof(unknown, _once(facts), _once(through))


def smallest(proof: Proof, found: Found) -> Proof:
    """Leave out, one by one, the statements without which the result stands."""
    if len(proof.facts) + len(proof.rows) > MOST:
        return proof
    facts = _needed(proof.facts, lambda kept: _proves(replace(proof, facts=kept), found))
    rows = _needed(proof.rows, lambda kept: _proves(replace(proof, facts=facts, rows=kept), found))
    return replace(proof, facts=facts, rows=rows)


def narrowed(proof: Proof) -> tuple[Intervals, Proof]:
    """Number the unknowns of a proof from 0, the proved one first, and narrow them."""
    unknowns = dict.fromkeys((proof.unknown, *(one for row in proof.rows for one in (*row.unknowns, *row.members))))
    place = {unknown: rank for rank, unknown in enumerate(unknowns)}
    facts = tuple(replace(fact, unknown=place[fact.unknown]) for fact in proof.facts if fact.unknown in place)
    rows = tuple(_renumbered(row, place) for row in proof.rows)
    return Intervals(len(place), facts, rows), Proof(0, facts, rows)


def _renumbered(row: Row, place: Mapping[int, int]) -> Row:
    unknowns, members = (tuple(place[one] for one in numbers) for numbers in (row.unknowns, row.members))
    return replace(row, unknowns=unknowns, members=members)


def _proves(proof: Proof, found: Found) -> bool:
    """Say whether the statements of a proof leave no more than what was found."""
    try:
        intervals, compact = narrowed(proof)
    except Contradiction:
        return False
    if intervals.low[0] >= found.least and intervals.high[0] <= found.greatest:
        return True
    if not found.support[1] or intervals.fixed(0):
        return False
    for component in components(compact.rows, intervals):
        if 0 in component.unknowns:
            model = Model(component, intervals)
            ends = model.ends(0, whole=found.whole)
            return ends.least >= found.least and ends.greatest <= found.greatest
    return False


def _needed(statements: Sequence[_S], enough: Callable[[tuple[_S, ...]], bool]) -> tuple[_S, ...]:
    kept = tuple(statements)
    for one in statements:
        without = tuple(other for other in kept if other is not one)
        if enough(without):
            kept = without
    return kept


def _once(statements: Iterable[_S]) -> tuple[_S, ...]:
    return tuple({id(one): one for one in statements}.values())
