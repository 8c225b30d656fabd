"""A proof in French: the sums by which a figure is found, with the published numbers in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from rlpipeline.attack.narrowing import Intervals
from rlpipeline.attack.proofs import Proof, narrowed
from rlpipeline.attack.statements import HORS, SANS_COMMUNE, SERVICE, SUM, TOTAL, Document, Key, Knowledge
from rlpipeline.attack.unknowns import GREATEST, Fact, Row
from rlpipeline.attack.verdicts import Bounds

TERRITORIES = {SERVICE: "ensemble du service", HORS: "hors des communes", SANS_COMMUNE: "sans commune"}
USUAL = {TOTAL: "total", "F": "filles", "G": "garçons", "nouveaux": "nouveaux", "NR": "sexe non renseigné"}
STEPS = 12
"""Sums told one after the other; a longer chain is cut, the last ones being those that matter."""


@dataclass(frozen=True)
class Teller:
    """Names figures as the report does."""

    known: Knowledge
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
            sums = [self._step(row, row.unknowns[0], intervals, of) for row in compact.rows]
            return f"en combinant {' ; '.join(sums)}" if sums else "le même chiffre est publié tel quel ailleurs"
        told = [
            self._step(step.because, step.unknown, intervals, of)
            for step in order.values()
            if isinstance(step.because, Row)
        ]
        return " ; ".join(dict.fromkeys(told[-STEPS:]))

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
        why = f" ({row.relation.words})" if row.relation.told else ""
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
        territory = self.known.communes.get(key.territoire) or TERRITORIES.get(key.territoire, key.territoire)
        line, column = (self._word(key.indicateur, code) for code in (key.ligne, key.colonne))
        return key.indicateur, str(key.annee), territory, line, column

    def _word(self, indicator: str, code: str) -> str:
        if code.startswith(SUM):
            return f"somme des {code.removeprefix(SUM)}"
        words = USUAL.get(code) or self._labels.get((indicator, code)) or self.known.communes.get(code) or code
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
