"""The attack: what an intruder learns from the finished files of one or several releases."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from rlpipeline.attack.narrowing import Contradiction, Intervals
from rlpipeline.attack.possible import Ends, Model, by_width_alone
from rlpipeline.attack.programmes import components
from rlpipeline.attack.proofs import Proof, Wording, first_proof, smallest
from rlpipeline.attack.reading import read_publication
from rlpipeline.attack.relations import nobody, relations
from rlpipeline.attack.rules import Bounds, Rule, rules_of
from rlpipeline.attack.statements import TOTAL, Document, Key, Knowledge
from rlpipeline.attack.tables import published_keys, spelled_out, tables_of
from rlpipeline.attack.unknowns import System, system
from rlpipeline.published.dictionary import linked, read_dictionary
from rlpipeline.published.links import DICTIONARY, Links
from rlpipeline.published.model import SERVICE

EXPLAINED = 20
"""Failures whose chain of figures is worked out in full; nobody reads more before acting."""
BY_ITSELF = ("publié", "corrigé")
"""What needs no proof but that a file writes the number."""
EXACT = ("ok", "partiel")
COUNTS = ("nombre", "jeunes")
"""Columns of lists: a line of theirs is a margin."""


@dataclass(frozen=True)
class Failure:
    """A figure that is not protected.

    Parameters
    ----------
    chain
        How it is found, in French, from published figures.
    used
        The published figures that suffice, and where they are.
    cures
        Exact figures of the chain that nobody has yet, least important first: rounding the first opens the figure,
        unless another chain leads to it.
    remedy
        The same, in French; empty where nothing would help but to leave the figure's table out.
    """

    bounds: Bounds
    title: str
    chain: str = ""
    used: tuple[str, ...] = ()
    cures: tuple[Key, ...] = ()
    remedy: str = ""

    def __str__(self) -> str:
        said = f"{self.title}{' : ' if self.chain else ''}{self.chain}"
        return f"{said} ; à arrondir : {self.remedy}" if self.remedy else said


@dataclass(frozen=True)
class Attacked:
    """What the attack found.

    Parameters
    ----------
    cells
        Every protected figure with its bounds.
    failures
        Those that are not protected, worst first.
    contradiction
        Why nothing can be said: what is published cannot all be true. Empty otherwise.
    left_out
        What had to be left out, because records were corrected between two releases.
    unread
        What was found in the files and not understood.
    """

    cells: tuple[Bounds, ...]
    failures: tuple[Failure, ...]
    contradiction: str = ""
    left_out: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing stands against a release."""
        return not self.failures and not self.contradiction


def attack(publications: Sequence[Path], knowledge: Knowledge, released: int = 0) -> Attacked:
    """Attack finished publications, oldest first, all at once.

    Parameters
    ----------
    publications
        Folders of an edition or unpacked packages, of one year or several, the earlier releases included.
    knowledge
        What an intruder knows beside them.
    released
        How many of them, the first, everybody has already.

    Raises
    ------
    ReconciliationError
        The dictionary of one that is not released, or of all, does not declare what links its tables; or one of them
        has persons in a table that is not declared.
    """
    links = _declared(publications, released)
    documents = [read_publication(path, links, rank < released) for rank, path in enumerate(publications)]
    return attack_documents(documents, replace(knowledge, links=links))


def _declared(publications: Sequence[Path], released: int) -> Links:
    """Read what links the tables: as the last publication says, and of tables that it lacks as the others do."""
    links = Links()
    for rank, path in enumerate(publications):
        folder = next((file.parent for file in sorted(path.rglob(DICTIONARY))), path)
        dictionary = read_dictionary(folder)
        if rank >= released or (rank == len(publications) - 1 and not links.tables):
            linked(dictionary, folder)
        links = dictionary.links.beside(links) if dictionary.declared else links
    return links


def attack_documents(documents: Sequence[Document], knowledge: Knowledge) -> Attacked:
    """Attack what publications say; as :func:`attack`.

    Notes
    -----
    What earlier releases give away by themselves cannot be taken back: it does not stand against another release,
    and is told as set aside.
    """
    attacked = _attacked(documents, knowledge)
    former = [document for document in documents if document.released]
    if not attacked.failures or not former or len(former) == len(documents):
        return attacked
    lost = {failure.bounds.key for failure in _attacked(former, knowledge).failures}
    fresh = (figure for document in documents if not document.released for figure in document.figures)
    again = {figure.key for figure in fresh if figure.state in EXACT}
    new = [
        one.bounds.key not in lost or (one.bounds.rule.kind == "publié" and one.bounds.key in again)
        for one in attacked.failures
    ]
    standing = tuple(one for one, stands in zip(attacked.failures, new, strict=True) if stands)
    settled = (one for one, stands in zip(attacked.failures, new, strict=True) if not stands)
    already_released = tuple(f"déjà dans les diffusions antérieures : {one.title}" for one in settled)
    return replace(attacked, failures=standing, left_out=(*attacked.left_out, *already_released))


def _attacked(documents: Sequence[Document], knowledge: Knowledge) -> Attacked:
    keys_of_spelled = published_keys(documents, knowledge.links)
    documents = [spelled_out(document, knowledge.links) for document in documents]
    knowledge = replace(knowledge, familles=tables_of(documents, knowledge.links, knowledge.familles).families)
    unread = tuple(f"{document.name} : {one}" for document in documents for one in document.unread)
    contradiction = ""
    for used, lasting, left_out in _attempts(documents):
        stated = [one for one in relations(used, knowledge) if one.lasting or lasting]
        unknowns = system(used, stated, knowledge)
        try:
            intervals = Intervals(unknowns.size, unknowns.facts, unknowns.rows)
            cells, failures = _Attack(used, knowledge, unknowns, intervals, keys_of_spelled).run()
        except Contradiction as problem:
            contradiction = contradiction or _contradiction(problem, knowledge, used)
            continue
        return Attacked(cells, failures, left_out=left_out, unread=unread)
    return Attacked((), (), contradiction, unread=unread)


def _attempts(documents: Sequence[Document]) -> Iterator[tuple[Sequence[Document], bool, tuple[str, ...]]]:
    """Leave out more and more of what corrected records would contradict: relations over time, old releases."""
    yield documents, True, ()
    left_out: tuple[str, ...] = ("liens entre les années",)
    yield documents, False, left_out
    for start in range(1, len(documents)):
        left_out = (*left_out, documents[start - 1].name)
        yield documents[start:], False, left_out


def _contradiction(problem: Contradiction, knowledge: Knowledge, documents: Sequence[Document]) -> str:
    teller = Wording(knowledge, documents)
    if problem.row is None:
        return "Des chiffres publiés se contredisent."
    return f"Des chiffres publiés se contredisent : {teller.equation(problem.row)} ({problem.row.relation.words})."


@dataclass(frozen=True)
class _Attack:
    """One system of figures under attack."""

    documents: Sequence[Document]
    knowledge: Knowledge
    system: System
    intervals: Intervals
    published_keys: Mapping[Key, Key]

    def run(self) -> tuple[tuple[Bounds, ...], tuple[Failure, ...]]:
        rules = rules_of(self.documents, self.system, self.knowledge)
        by_unknown: dict[int, list[Rule]] = {}
        for key, rule in rules.items():
            by_unknown.setdefault(self.system.index[key], []).append(rule)
        ends = self._bounds(by_unknown)
        cells = tuple(_cell(key, rule, ends[self.system.index[key]]) for key, rule in rules.items())
        wrong = sorted((cell for cell in cells if not cell.safe), key=_gravity)
        proofs: dict[int, Proof] = {}
        for rank, cell in enumerate(wrong):
            unknown = self.system.index[cell.key]
            if cell.rule.kind not in BY_ITSELF and unknown not in proofs:
                first = first_proof(unknown, ends[unknown], self.intervals)
                proofs[unknown] = smallest(first, ends[unknown]) if rank < EXPLAINED else first
        failures = tuple(self._failure(cell, proofs, rank < EXPLAINED) for rank, cell in enumerate(wrong))
        return tuple(replace(cell, key=self._key(cell.key)) for cell in cells), failures

    def _key(self, key: Key) -> Key:
        """Give the key that a figure is published under."""
        return self.published_keys.get(key, key)

    def _bounds(self, wanted: Mapping[int, list[Rule]]) -> Mapping[int, Ends]:
        """Find what each unknown can be: by narrowing, then by a programme where narrowing leaves it protected."""
        ends = {one: Ends(self.intervals.low[one], self.intervals.high[one]) for one in wanted}
        pending = {one for one, rules in wanted.items() if by_width_alone(rules, ends[one])}
        for component in components(self.system.rows, self.intervals):
            inside = {one: wanted[one] for one in component.unknowns if one in pending}
            if inside:
                model = Model(component, self.intervals)
                if not model.feasible:
                    raise Contradiction(component.rows[0], ())
                ends |= model.judge(inside)
        return ends

    def _failure(self, cell: Bounds, proofs: Mapping[int, Proof], explained: bool) -> Failure:
        teller = Wording(self.knowledge, self.documents)
        title, bounds = teller.result(cell), replace(cell, key=self._key(cell.key))
        proof = proofs.get(self.system.index[cell.key])
        if proof is None or cell.rule.kind in BY_ITSELF:
            return Failure(bounds, title, cures=(bounds.key,), remedy=teller.name(cell.key))
        cures = self._cures(proof)
        return Failure(
            bounds,
            title,
            teller.chain(proof, cell.key) if explained else "",
            tuple(teller.used(fact) for fact in proof.facts) if explained else (),
            tuple(self._key(key) for key in cures),
            teller.name(cures[0]) if cures else "",
        )

    def _cures(self, proof: Proof) -> tuple[Key, ...]:
        """List the exact figures about persons that a proof rests on and that no earlier release gives exactly."""
        exact = {fact.figure.key: fact.low for fact in proof.facts if fact.low == fact.high}
        open_ones = [key for key in exact if key in self.system.persons and key not in self._given]
        return tuple(sorted(open_ones, key=lambda key: _importance(key, exact[key])))

    @cached_property
    def _given(self) -> frozenset[Key]:
        """List the figures that rounding would not open: earlier releases give them, or nobody can be there."""
        former = (document for document in self.documents if document.released)
        released = frozenset(one.key for document in former for one in document.figures if one.state in EXACT)
        return released | nobody(tables_of(self.documents, self.knowledge.links))


def _cell(key: Key, rule: Rule, ends: Ends) -> Bounds:
    return Bounds(key, rule, ends.least, ends.greatest, ends.certain)


def _gravity(cell: Bounds) -> tuple[bool, float, float, Key]:
    """Put what is found exactly first, small numbers of persons before the others; what needs no finding last."""
    return cell.rule.kind == "publié", cell.greatest - cell.least, cell.greatest or math.inf, cell.key


def _importance(key: Key, value: float) -> tuple[int, bool, bool, float, Key]:
    """Rank inner figures before margins, margins before totals of all; a territory before the service; then by size.

    Notes
    -----
    Those that are zero come last among their like: to round one opens little.
    """
    margins = [key.ligne, key.colonne].count(TOTAL) + (key.colonne in COUNTS)
    return margins, not value, key.territoire == SERVICE, value, key
