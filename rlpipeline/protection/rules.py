"""Which figures are published exactly, in which order they would be rounded to protect others, and who judges of it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from rlpipeline.attack import Knowledge
from rlpipeline.attack.publications import CROSSED, MARGIN, united
from rlpipeline.attack.system import Bools, Floats, Ruled
from rlpipeline.declared import FigureKey, Links
from rlpipeline.figures import SANS_COMMUNE, SERVICE, label_of
from rlpipeline.figures.labels import AU_MOINS_UN, FAMILLES, NOUVEAUX, TOTAL
from rlpipeline.protection.classes import ISSUE_TABLE, classes_of, sensitive_row, wider_classes
from rlpipeline.protection.shared_tables import CROSSED_TABLES, few_of
from rlpipeline.settings.models import Service

COHORT = "accompagnes"
RANK = 1e6
"""What a rank weighs in importance: more than any figure."""
TOTALS_OF_TERRITORIES = frozenset({COHORT, "travail_de_rue"})
"""What each commune's total is published of exactly, beside its actions."""
ALWAYS_ROUNDED = frozenset({"flux_paei"})
LESS = frozenset({"anciennete_contact", *ALWAYS_ROUNDED})
"""Tables rounded before others where what is left of two of their figures is small."""


def rule_of(key: FigureKey, links: Links, families: frozenset[str]) -> str:
    """Name what makes a figure exact, as :class:`Knowledge` has it; nothing where it is rounded whatever it counts."""
    id, line, column = key.indicateur, key.ligne, key.colonne
    if id in links.actions:
        return MARGIN if line in (TOTAL, FAMILLES) else CROSSED
    if key.territoire != SERVICE:
        return MARGIN if id in TOTALS_OF_TERRITORIES and key[3:] == (TOTAL, TOTAL) else ""
    if id in ALWAYS_ROUNDED or (id == "communes" and TOTAL not in key[3:]):
        return ""
    inner = TOTAL not in key[3:] and column != NOUVEAUX and (id != ISSUE_TABLE or line in families)
    return CROSSED if id in CROSSED_TABLES and inner else MARGIN


@dataclass(frozen=True)
class Rules(Ruled):
    """What is asked for each unknown of a year, whose exact values are NaN where they are of another year."""

    values: Floats

    @cached_property
    def base(self) -> Floats:
        """What each is a multiple of once rounded: a small sum of issues as its sensitive row, not to narrow it."""
        coarse = self.system.marked(key for key in self.cells if key.ligne in self.known.sensibles)
        sums: dict[str, list[int]] = defaultdict(list)
        for key, place in self.cells.items():
            if coarse.any() and key.indicateur == ISSUE_TABLE and key.ligne == TOTAL:
                sums[key.territoire].append(place)
        coarse[[place for row in sums.values() if min(self.values[row]) < 3 * self.known.base for place in row]] = True
        return np.where(coarse, 2.0, 1.0) * self.known.base

    @cached_property
    def width(self) -> Floats:
        """Width that must stay; of things beyond the persons concerned none until the attack asks for it."""
        return np.where(self.system.left("choses"), -1.0, self.base - 1)

    @cached_property
    def small(self) -> Bools:
        """Which unknowns are too small to be shown: 1 to threshold − 1."""
        return np.asarray((self.values > 0) & (self.values < self.threshold))

    @cached_property
    def crossed(self) -> Bools:
        """Which unknowns are crossed cells of the service's tables, or cells of actions."""
        return self.system.marked(key for key, rule in self.rules.items() if rule == CROSSED)

    @cached_property
    def below(self) -> Bools:
        """Which are « moins de » once rounded: small margins, what is small alone among crossed cells, their parts."""
        below = self.margin & self.small
        for name, places in self.tables.items():
            small = [place for place in places if self.values[place] < self.threshold[place]]
            below[small] |= len(small) == 1 and name[-1] == CROSSED and self.small[small]
        return self.system.made_of(below & (self.threshold <= self.base), self.small & self.system.marked(self.cells))

    @cached_property
    def exact_by_rule(self) -> Bools:
        """Which unknowns are published exactly, before any is rounded to protect another.

        Everybody of a sensitive line in one class would be told by the zeros beside.
        """
        lines = {key: self.values[place] for key, place in self.cells.items() if key.ligne in self.known.sensibles}
        whole = {key[:4]: value for key, value in lines.items() if key.colonne == TOTAL and value}
        alone = (key for key, value in lines.items() if key.colonne != TOTAL and whole.get(key[:4]) == value)
        unsafe = (self.small | self.system.marked(alone)) & self.crossed
        margin = self.margin & ~self.crossed
        nowhere = (key for key in self.cells if key.territoire == SANS_COMMUNE)  # young people live somewhere
        structural = self.system.marked(key for key in nowhere if self.known.links.tables[key.indicateur].residents)
        chosen = structural | (margin & (self.values >= self.threshold))
        for (*_, kind), places in self.tables.items():
            at = np.array(places)
            if kind == CROSSED:
                unsafe[at] |= unsafe[at].any()
            elif not self.small[at].any():
                chosen[at] |= (margin & (self.values == 0))[at]
        return chosen | (self.crossed & ~unsafe)

    @cached_property
    def importance(self) -> Floats:
        """Order in which exact figures are rounded to protect others: crossed cells, lesser variables, margins, totals
        of territories, totals, the cohort, and of these the smallest first."""
        rank, size = np.zeros(self.system.size), np.minimum(np.nan_to_num(self.values), 1e5)
        for key, place in self.cells.items():
            lesser, total = key.colonne == NOUVEAUX or key.indicateur in LESS, {*key[3:]} <= {TOTAL, AU_MOINS_UN}
            of_total = 3 if key.territoire != SERVICE else 5 if key.indicateur == COHORT else 4
            rank[place] = max(rank[place], 1 if lesser else of_total if total else 2)
        return np.where(self.crossed, 0.0, rank) * RANK + size + np.arange(len(size)) * 1e-6


def knowledge(service: Service, links: Links, followed_only: bool = True) -> Knowledge:
    """Tell the attack the rules that the report prints."""
    rules, classes = service.diffusion, classes_of(service.diffusion, service)
    wider = wider_classes(ISSUE_TABLE, classes, links)
    families = frozenset(wider.get(family.code, family.code) for family in service.problematiques)
    sensitive = {sensitive_row(rules, service), united(rules.sensibles), *rules.sensibles}
    return Knowledge(
        {commune.code: commune.nom for commune in service.communes},
        links=links,
        seuil=rules.seuil,
        seuil_sensible=rules.seuil_sensible,
        sensibles=frozenset(sensitive),
        base=rules.base,
        followed_only=followed_only,
        rule=partial(rule_of, links=links, families=families | {united(rules.sensibles)}),
        few=partial(few_of, links=links, base=rules.base),
        word=label_of,
    )
