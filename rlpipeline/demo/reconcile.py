"""An integer programme that finds the counts closest to the printed margins.

The printed tables share the young people's age bands only. Given the bands, sex, commune, situation and
duration can be combined freely, so a joint distribution exists as soon as the cross-tables agree band by
band: the programme works on the cross-tables and never needs the thousands of individual types.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array

from rlpipeline.demo.margins import AGES, SEXES, TOTAL, Key, Margin
from rlpipeline.errors import RlpipelineError

# Columns and lines that a total never includes: they are other units or other populations.
OUTSIDE_TOTALS = frozenset({"familles", "nouveaux", "au_moins_un"})
UNSUMMED = frozenset({"problematiques", "co_accompagnements"})
NOT_COUNTED = frozenset({"temps_activite"})
SHARED_COHORT = ("situations", "communes", "durees")
LINKED = frozenset({"accompagnes", "travail_de_rue", "presence_sociale", "co_accompagnements", *SHARED_COHORT})
NODES = 200_000

Terms = dict[int, float]


@dataclass(frozen=True)
class Reconciliation:
    """The counts chosen: ``cells`` holds one value per printed cell, ``deviating`` the cells that differ."""

    cells: Mapping[Key, int]
    deviating: tuple[Key, ...]
    printed: Mapping[Key, float] = field(repr=False)

    def value(self, tableau: str, ligne: str, colonne: str) -> int:
        """Count chosen for one printed cell, 0 where the report has no such cell."""
        return self.cells.get((tableau, ligne, colonne), 0)


class _Programme:
    """Variables: atoms, then for each cell its deviation and whether it deviates."""

    def __init__(self, margins: Sequence[Margin]) -> None:
        self.margins = tuple(margins)
        atoms = dict.fromkeys(key for m in self.margins for key in _atoms_of(m, self.margins))
        self.atoms: dict[Key, int] = {key: index for index, key in enumerate(atoms)}
        self.size = len(self.atoms) + 2 * len(self.margins)
        # A count further off than the largest printed one is not looked for; a tight bound speeds the search up.
        self.largest = max(1.0, *(m.valeur for m in margins))
        self.rows: list[Terms] = []
        self.low: list[float] = []
        self.high: list[float] = []

    def deviation(self, index: int) -> int:
        return len(self.atoms) + index

    def flag(self, index: int) -> int:
        return len(self.atoms) + len(self.margins) + index

    def terms(self, tableau: str, ligne: str, colonne: str) -> Terms:
        probe = Margin(tableau, ligne, colonne, 0.0, True)
        return {self.atoms[key]: 1.0 for key in _atoms_of(probe, self.margins)}

    def add(self, terms: Terms, low: float = -np.inf, high: float = np.inf) -> None:
        self.rows.append(terms)
        self.low.append(low)
        self.high.append(high)

    def matrix(self) -> csr_array:
        row = [i for i, terms in enumerate(self.rows) for _ in terms]
        column = [j for terms in self.rows for j in terms]
        value = [v for terms in self.rows for v in terms.values()]
        return csr_array((value, (row, column)), shape=(len(self.rows), self.size))


def reconcile(margins: Sequence[Margin], forbidden: Iterable[Key] = ()) -> Reconciliation:
    """Find counts that meet the largest number of printed cells.

    Parameters
    ----------
    margins
        The printed cells.
    forbidden
        Cells that may not deviate all at once in the tables solved together. With those of a first answer, all of one
        such group, the next best answer is found.

    Returns
    -------
    The counts; the deviating cells are as few as can be, then as little off as can be, then totals rather
    than counted cells and printed numbers rather than blanks, then the first in print.

    Raises
    ------
    RlpipelineError
        The programme has no proven optimum within its limit of nodes.
    """
    banned = frozenset(forbidden)
    answers = [_reconcile_part(part, banned & {m.key for m in part}) for part in _parts(margins)]
    cells = {key: value for answer in answers for key, value in answer.items()}
    counted = [m for m in margins if m.key in cells]
    deviating = tuple(m.key for m in counted if cells[m.key] != m.valeur)
    return Reconciliation(cells, deviating, {m.key: m.valeur for m in counted})


def _parts(margins: Sequence[Margin]) -> list[list[Margin]]:
    """Tables that share young people are solved together, every other table alone: it is far quicker."""
    parts: dict[str, list[Margin]] = {}
    for margin in margins:
        if margin.tableau not in NOT_COUNTED:
            parts.setdefault("cohort" if margin.tableau in LINKED else margin.tableau, []).append(margin)
    return list(parts.values())


def _reconcile_part(margins: Sequence[Margin], banned: frozenset[Key]) -> dict[Key, int]:
    programme = _programme(margins)
    if banned:
        flags = {programme.flag(i): 1.0 for i, m in enumerate(programme.margins) if m.key in banned}
        programme.add(flags, high=len(banned) - 1)
    solution = np.zeros(programme.size)
    for objective in _objectives(programme):
        solution = _solve(programme, objective)
        terms = {int(i): float(objective[i]) for i in np.flatnonzero(objective)}
        programme.add(terms, high=float(objective @ solution) + 1e-6)
    return {
        m.key: round(float(sum(solution[i] * v for i, v in programme.terms(*m.key).items()))) for m in programme.margins
    }


def _atoms_of(margin: Margin, margins: Sequence[Margin]) -> tuple[Key, ...]:
    if not margin.is_total or margin.tableau in UNSUMMED:
        return (margin.key,)
    wanted = (m for m in margins if m.tableau == margin.tableau and not m.is_total)
    return tuple(m.key for m in wanted if _counts_in(m.ligne, margin.ligne) and _counts_in(m.colonne, margin.colonne))


def _counts_in(part: str, whole: str) -> bool:
    return part == whole or (whole == TOTAL and part not in OUTSIDE_TOTALS)


def _programme(margins: Sequence[Margin]) -> _Programme:
    programme = _Programme(margins)
    for index, margin in enumerate(programme.margins):
        terms = programme.terms(*margin.key)
        gap, flag = programme.deviation(index), programme.flag(index)
        programme.add({**terms, gap: 1.0}, low=margin.valeur)
        programme.add({**terms, gap: -1.0}, high=margin.valeur)
        programme.add({gap: 1.0, flag: -programme.largest}, high=0.0)
    if any(m.tableau in LINKED for m in margins):
        _link_cohort(programme)
        _link_populations(programme)
    return programme


def _link_cohort(programme: _Programme) -> None:
    """Every table about the accompagnés has the same young people in each age band."""
    for age in AGES:
        cohort = programme.terms("accompagnes", age, TOTAL)
        for tableau in SHARED_COHORT:
            programme.add(_minus(programme.terms(tableau, TOTAL, age), cohort), 0.0, 0.0)
        recent = programme.terms("durees", "moins_6_mois", age) | programme.terms("durees", "6_11_mois", age)
        programme.add(_minus(recent, programme.terms("accompagnes", age, "nouveaux")), low=0.0)


def _link_populations(programme: _Programme) -> None:
    """Accompagnés are met in the street too; newcomers are part of those met; a distinct count has its bounds."""
    for age in AGES:
        for sexe in SEXES:
            met = programme.terms("travail_de_rue", age, sexe)
            programme.add(_minus(met, programme.terms("accompagnes", age, sexe)), low=0.0)
        met = programme.terms("presence_sociale", age, TOTAL)
        programme.add(_minus(met, programme.terms("presence_sociale", age, "nouveaux")), low=0.0)
    distinct = programme.terms("co_accompagnements", "au_moins_un", "jeunes")
    partners = [m for m in programme.margins if m.tableau == "co_accompagnements" and m.ligne != "au_moins_un"]
    every = {i: 1.0 for m in partners for i in programme.terms(*m.key)}
    programme.add(_minus(every, distinct), low=0.0)
    for m in partners:
        programme.add(_minus(distinct, programme.terms(*m.key)), low=0.0)
    programme.add(_minus(programme.terms("accompagnes", TOTAL, TOTAL), distinct), low=0.0)


def _minus(left: Terms, right: Terms) -> Terms:
    return {key: left.get(key, 0.0) - right.get(key, 0.0) for key in left | right}


def _objectives(programme: _Programme) -> tuple[np.ndarray, ...]:
    count, size, taste, order = (np.zeros(programme.size) for _ in range(4))
    for index, margin in enumerate(programme.margins):
        count[programme.flag(index)] = 1.0
        size[programme.deviation(index)] = 1.0
        taste[programme.flag(index)] = 0.0 if margin.is_total else 1.0 if margin.imprime else 2.0
        order[programme.flag(index)] = float(index)
    return count, size, taste, order


def _solve(programme: _Programme, objective: np.ndarray) -> np.ndarray:
    upper = np.full(programme.size, programme.largest)
    upper[programme.flag(0) :] = 1.0
    result = milp(
        objective,
        constraints=LinearConstraint(programme.matrix(), programme.low, programme.high),
        bounds=Bounds(0.0, upper),
        integrality=np.ones(programme.size, dtype=np.int64),
        options={"node_limit": NODES, "mip_rel_gap": 0.0},
    )
    if result.status != 0 or result.x is None:
        raise RlpipelineError("Les marges imprimées n'ont pas pu être conciliées.", got=str(result.message))
    return np.asarray(np.rint(result.x), dtype=np.float64)
