"""The attack: what an intruder learns from the finished files of one or several releases."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rlpipeline.disclosure.attack.linking import relations
from rlpipeline.disclosure.attack.narrowing import Contradiction, Intervals
from rlpipeline.disclosure.attack.possible import Found, Model
from rlpipeline.disclosure.attack.programmes import components
from rlpipeline.disclosure.attack.proofs import first_proof, smallest
from rlpipeline.disclosure.attack.protected import protected
from rlpipeline.disclosure.attack.reading import read_publication
from rlpipeline.disclosure.attack.statements import Document, Key, Knowledge
from rlpipeline.disclosure.attack.telling import Teller
from rlpipeline.disclosure.attack.unknowns import System, system
from rlpipeline.disclosure.attack.verdicts import Bounds, Primary, Rule

TOLD = 40
"""Failures whose chain of figures is worked out in full; nobody reads more before acting."""


@dataclass(frozen=True)
class Failure:
    """A figure that is not protected.

    Parameters
    ----------
    chain
        How it is found, in French, from published figures.
    used
        The published figures that suffice, and where they are.
    """

    bounds: Bounds
    title: str
    chain: str = ""
    used: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.title}{' : ' if self.chain else ''}{self.chain}"


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
    set_aside
        What had to be left out, because records were corrected between two releases.
    unread
        What was found in the files and not understood.
    """

    cells: tuple[Bounds, ...]
    failures: tuple[Failure, ...]
    contradiction: str = ""
    set_aside: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        """Whether nothing stands against a release."""
        return not self.failures and not self.contradiction


def attack(publications: Sequence[Path], known: Knowledge, primary: Primary | None = None) -> Attacked:
    """Attack finished publications, oldest first, all at once.

    Parameters
    ----------
    publications
        Folders of an edition or unpacked packages, of one year or several, the earlier releases included.
    known
        What an intruder knows beside them.
    primary
        Figures under the threshold, with it, where the service tells; a mask is then judged by what it hides.
    """
    return attack_documents([read_publication(path) for path in publications], known, primary)


def attack_documents(documents: Sequence[Document], known: Knowledge, primary: Primary | None = None) -> Attacked:
    """Attack what publications say; as :func:`attack`."""
    unread = tuple(f"{document.name} : {one}" for document in documents for one in document.unread)
    contradiction = ""
    for kept, lasting, aside in _attempts(documents):
        stated = [one for one in relations(kept, known) if one.lasting or lasting]
        found = system(kept, stated, known)
        try:
            intervals = Intervals(found.size, found.facts, found.rows)
            cells, failures = _Attack(kept, known, found, intervals).run(primary)
        except Contradiction as problem:
            contradiction = contradiction or _contradiction(problem, known, kept)
            continue
        return Attacked(cells, failures, set_aside=aside, unread=unread)
    return Attacked((), (), contradiction, unread=unread)


def _attempts(documents: Sequence[Document]) -> Iterator[tuple[Sequence[Document], bool, tuple[str, ...]]]:
    """Leave out more and more of what corrected records would contradict: relations over time, old releases."""
    yield documents, True, ()
    aside: tuple[str, ...] = ("liens entre les années",)
    yield documents, False, aside
    for start in range(1, len(documents)):
        aside = (*aside, documents[start - 1].name)
        yield documents[start:], False, aside


def _contradiction(problem: Contradiction, known: Knowledge, documents: Sequence[Document]) -> str:
    teller = Teller(known, documents)
    if problem.row is None:
        return "Des chiffres publiés se contredisent."
    return f"Des chiffres publiés se contredisent : {teller.equation(problem.row)} ({problem.row.relation.words})."


@dataclass(frozen=True)
class _Attack:
    """One system of figures under attack."""

    documents: Sequence[Document]
    known: Knowledge
    system: System
    intervals: Intervals

    def run(self, primary: Primary | None) -> tuple[tuple[Bounds, ...], tuple[Failure, ...]]:
        rules = protected(self.documents, self.system, self.known, primary)
        by_unknown: dict[int, list[Rule]] = {}
        for key, rule in rules.items():
            by_unknown.setdefault(self.system.index[key], []).append(rule)
        found = self._bounds(by_unknown)
        cells = tuple(_cell(key, rule, found[self.system.index[key]]) for key, rule in rules.items())
        wrong = sorted((cell for cell in cells if not cell.safe), key=_gravity)
        return cells, tuple(self._failure(cell, found, rank < TOLD) for rank, cell in enumerate(wrong))

    def _bounds(self, wanted: Mapping[int, list[Rule]]) -> Mapping[int, Found]:
        """Find what each unknown can be: by narrowing, then by a programme where narrowing leaves it protected."""
        found = {one: Found(self.intervals.low[one], self.intervals.high[one]) for one in wanted}
        pending = {one for one, rules in wanted.items() if _protects(found[one], rules)}
        for component in components(self.system.rows, self.intervals):
            inside = {one: wanted[one] for one in component.unknowns if one in pending}
            if inside:
                model = Model(component, self.intervals)
                if not model.feasible:
                    raise Contradiction(component.rows[0], ())
                found |= model.judge(inside)
        return found

    def _failure(self, cell: Bounds, found: Mapping[int, Found], told: bool) -> Failure:
        teller = Teller(self.known, self.documents)
        title = teller.result(cell)
        if not told or cell.rule.kind == "publié":
            return Failure(cell, title)
        unknown = self.system.index[cell.key]
        proof = smallest(first_proof(unknown, found[unknown], self.intervals), found[unknown])
        return Failure(cell, title, teller.chain(proof, cell.key), tuple(teller.used(fact) for fact in proof.facts))


def _protects(found: Found, rules: Sequence[Rule]) -> bool:
    return all(rule.holds(found.least, found.greatest) for rule in rules)


def _cell(key: Key, rule: Rule, found: Found) -> Bounds:
    return Bounds(key, rule, found.least, found.greatest, found.certain)


def _gravity(cell: Bounds) -> tuple[bool, float, float, Key]:
    """Put what is found exactly first, small numbers of persons before the others; what needs no finding last."""
    return cell.rule.kind == "publié", cell.greatest - cell.least, cell.greatest or math.inf, cell.key
