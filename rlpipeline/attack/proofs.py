"""The few published figures that suffice to find a protected one, and the sums by which they do, in French."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

from rlpipeline.attack.narrowing import Contradiction, Intervals
from rlpipeline.attack.possible import Ends, Model
from rlpipeline.attack.programmes import components
from rlpipeline.attack.rules import Bounds
from rlpipeline.attack.statements import HORS, SANS_COMMUNE, SUM, TOTAL, Document, Key, Knowledge
from rlpipeline.attack.unknowns import GREATEST, Fact, Row
from rlpipeline.published.model import SERVICE

_S = TypeVar("_S")
MOST = 150
"""Statements that are tried one by one; a longer proof is told as it is."""
TERRITORIES = {SERVICE: "ensemble du service", HORS: "hors des communes", SANS_COMMUNE: "sans commune"}
USUAL = {TOTAL: "total", "F": "filles", "G": "garçons", "nouveaux": "nouveaux", "NR": "sexe non renseigné"}
STEPS = 12
"""Sums told one after the other; a longer chain is cut, the last ones being those that matter."""


@dataclass(frozen=True)
class Proof:
    """Statements that together leave an unknown no more than some values."""

    unknown: int
    facts: tuple[Fact, ...]
    rows: tuple[Row, ...]


def first_proof(unknown: int, ends: Ends, intervals: Intervals) -> Proof:
    """Gather what a result rests on: the steps that narrowed it, or the bounds and rows a programme used."""
    bounded, rows = ends.support
    inside = {one for row in rows for one in row.unknowns if intervals.fixed(one)}
    start = [step for one in (unknown, *bounded, *sorted(inside)) for step in intervals.last_steps(one)]
    reasons = [step.because for step in intervals.reasons(start)]
    facts = [one for one in reasons if isinstance(one, Fact)]
    through = [*rows, *(one for one in reasons if isinstance(one, Row))]
    return Proof(unknown, _once(facts), _once(through))


def smallest(proof: Proof, ends: Ends) -> Proof:
    """Leave out, one by one, the statements without which the result stands."""
    if len(proof.facts) + len(proof.rows) > MOST:
        return proof
    facts = _needed(proof.facts, lambda left: _proves(replace(proof, facts=left), ends))
    rows = _needed(proof.rows, lambda left: _proves(replace(proof, facts=facts, rows=left), ends))
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


def _proves(proof: Proof, ends: Ends) -> bool:
    """Say whether the statements of a proof leave no more than what was found."""
    try:
        intervals, compact = narrowed(proof)
    except Contradiction:
        return False
    if intervals.low[0] >= ends.least and intervals.high[0] <= ends.greatest:
        return True
    if not ends.support[1] or intervals.fixed(0):
        return False
    for component in components(compact.rows, intervals):
        if 0 in component.unknowns:
            model = Model(component, intervals)
            proved = model.ends(0, integers=ends.integers)
            return proved.least >= ends.least and proved.greatest <= ends.greatest
    return False


def _needed(statements: Sequence[_S], enough: Callable[[tuple[_S, ...]], bool]) -> tuple[_S, ...]:
    needed = tuple(statements)
    for one in statements:
        without = tuple(other for other in needed if other is not one)
        if enough(without):
            needed = without
    return needed


def _once(statements: Iterable[_S]) -> tuple[_S, ...]:
    return tuple({id(one): one for one in statements}.values())


@dataclass(frozen=True)
class Wording:
    """Names figures as the report does."""

    knowledge: Knowledge
    documents: Sequence[Document]

    @cached_property
    def _labels(self) -> Mapping[tuple[str, str], str]:
        return {key: words for document in self.documents for key, words in document.labels.items()}

    def name(self, key: Key) -> str:
        """Name a figure in full: table, line, column, territory, year."""
        table, year, territory, line, column = self._parts(key)
        return f"« {table} », {line} × {column}, {territory}, {year}"

    def result(self, bounds: Bounds) -> str:
        """Say what an intruder knows of a figure."""
        if bounds.rule.kind == "publié":
            return f"{self.name(bounds.key)} : publié tel quel, sous le seuil de {bounds.rule.threshold}"
        if bounds.rule.kind == "corrigé":
            return f"{self.name(bounds.key)} : publié tel quel avant et après une correction"
        if bounds.least == bounds.greatest:
            return f"{self.name(bounds.key)} : retrouvé exactement, {bounds.least:g}"
        return f"{self.name(bounds.key)} : retrouvé {between(bounds.least, bounds.greatest)} ({bounds.rule.kind})"

    def chain(self, proof: Proof, of: Key) -> str:
        """Tell the proof of a figure step by step: « filles = total 46 − garçons 45 »."""
        intervals, compact = narrowed(proof)
        used = intervals.reasons(intervals.last_steps(0))
        order = {id(step.because): step for step in used if isinstance(step.because, Row)}
        if not order:
            combined = [self._step(row, row.unknowns[0], intervals, of) for row in compact.rows]
            if not combined:
                return "le même chiffre est publié tel quel ailleurs"
            return f"en combinant {' ; '.join(combined)}"
        sums = [
            self._step(step.because, step.unknown, intervals, of)
            for step in order.values()
            if isinstance(step.because, Row)
        ]
        return " ; ".join(dict.fromkeys(sums[-STEPS:]))

    def used(self, fact: Fact) -> str:
        """Say which published figure a proof rests on, and where it stands."""
        box = "" if fact.low == fact.high else f" (arrondi : {between(fact.low, fact.high)})"
        return f"{self.name(fact.figure.key)} = {fact.figure.value:g}{box} [{fact.figure.source}]"

    def equation(self, row: Row) -> str:
        """Write a relation."""
        return self._step(row, row.unknowns[0], None, None)

    def _step(self, row: Row, solved: int, intervals: Intervals | None, of: Key | None) -> str:
        """Write a relation solved for one of its figures, with the values of the others; ``of`` is what is sought."""
        keys = [key for key, _ in row.relation.terms]
        varying, common = self._varying(keys, of)
        terms = list(self._terms(row, intervals))
        mine = next((rank for rank, (unknown, _, _) in enumerate(terms) if unknown == solved), 0)
        coefficient = terms[mine][1]
        if any(abs(part) != 1 for _, part, _ in terms) or len(terms) == 1:
            value = terms[mine][2]
            return f"{common}{self._short(keys[mine], varying)} = {value} ({row.relation.words})"
        others = [
            (-part / coefficient, f"{self._short(keys[rank], varying)} {value}".strip())
            for rank, (_, part, value) in enumerate(terms)
            if rank != mine and value != "0"
        ]
        constant = row.low / coefficient if row.low == row.high else 0
        sign = "=" if row.low == row.high else "≤" if (row.low == -float("inf")) == (coefficient > 0) else "≥"
        right = _sum([*others, *([(constant, f"{abs(constant):g}")] if constant else ())])
        why = f" ({row.relation.words})" if row.relation.stated else ""
        return f"{common}{self._short(keys[mine], varying)} {sign} {right} → {terms[mine][2]}{why}"

    def _terms(self, row: Row, intervals: Intervals | None) -> Iterator[tuple[int, float, str]]:
        """List the figures of a relation with their unknown and value; those that are one figure share its unknown."""
        for (_, coefficient), unknown in zip(row.relation.terms, row.members, strict=True):
            value = between(intervals.low[unknown], intervals.high[unknown]) if intervals else ""
            yield unknown, coefficient, value

    def _varying(self, keys: Sequence[Key], of: Key | None) -> tuple[tuple[int, ...], str]:
        """Find by what the figures of a relation differ; what they share is told once, in front.

        Year and territory are told where they are not those of the figure sought.
        """
        differ = tuple(rank for rank in range(5) if len({key[rank] for key in keys}) > 1) or (3, 4)
        plain = {rank for rank in (1, 2) if of is not None and keys[0][rank] == of[rank]}
        shared = [part for rank, part in enumerate(self._parts(keys[0])) if rank not in differ and rank not in plain]
        return differ, f"{', '.join(shared)} : " if shared else ""

    def _short(self, key: Key, varying: tuple[int, ...]) -> str:
        return ", ".join(self._parts(key)[rank] for rank in varying)

    def _parts(self, key: Key) -> tuple[str, str, str, str, str]:
        territory = self.knowledge.communes.get(key.territoire) or TERRITORIES.get(key.territoire, key.territoire)
        line, column = (self._word(key.indicateur, code) for code in (key.ligne, key.colonne))
        return key.indicateur, str(key.annee), territory, line, column

    def _word(self, indicator: str, code: str) -> str:
        if code.startswith(SUM):
            return f"somme des {code.removeprefix(SUM)}"
        words = USUAL.get(code) or self._labels.get((indicator, code)) or self.knowledge.communes.get(code) or code
        return words[:1].lower() + words[1:]


def between(least: float, greatest: float) -> str:
    """Write an interval: « 46 », « de 6 à 14 », « 5 ou plus »."""
    if least == greatest:
        return f"{least:g}"
    return f"{least:g} ou plus" if greatest >= GREATEST else f"de {least:g} à {greatest:g}"


def _sum(terms: Sequence[tuple[float, str]]) -> str:
    """Write a sum, what is added first."""
    ordered = sorted(terms, key=lambda term: term[0] < 0)
    written = "".join(f"{' − ' if sign < 0 else ' + '}{words}" for sign, words in ordered)
    return written.removeprefix(" + ").strip() or "0"
