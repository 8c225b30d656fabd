"""Which figures are published exactly, in which order they would be rounded to protect others, and who judges of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, partial

import numpy as np

from rlpipeline.attack import Knowledge, Publication
from rlpipeline.attack.publications import CROSSED, MARGIN
from rlpipeline.attack.system import Bools, Floats, System
from rlpipeline.declared import FigureKey, Links
from rlpipeline.figures import SANS_COMMUNE, SERVICE, label_of
from rlpipeline.figures.labels import AU_MOINS_UN, FAMILLES, NOUVEAUX, TOTAL
from rlpipeline.protection.classes import ISSUE_TABLE, Classes, classes_of, sensitive_row, wider_classes
from rlpipeline.protection.releases import Releases
from rlpipeline.protection.shared_tables import CROSSED_TABLES, FEW_BASES, MEASURED
from rlpipeline.settings.models import Disclosure, Service

COHORT = "accompagnes"
TOTALS_OF_TERRITORIES = frozenset({COHORT, "travail_de_rue"})
"""What each commune's total is published of exactly, beside its actions."""
ALWAYS_ROUNDED = frozenset({"flux_paei"})
LESS = frozenset({"anciennete_contact", *ALWAYS_ROUNDED})
"""Tables rounded before others where what is left of two of their figures is small."""


def families_of(classes: Classes, service: Service, links: Links) -> frozenset[str]:
    """List the lines of the families of issues as they are shared."""
    wider = wider_classes(ISSUE_TABLE, classes, links)
    return frozenset(wider.get(family.code, family.code) for family in service.problematiques)


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


def few_of(key: FigureKey, links: Links, base: int) -> int:
    """Give the least total of a territory's table that shows its lines, for such a total; 0 for the others."""
    of_lines = key.indicateur in links.split and key.ligne == TOTAL and key.colonne in MEASURED
    return FEW_BASES * base if of_lines and key.territoire != SERVICE else 0


@dataclass(frozen=True)
class Rules:
    """What is asked for each unknown of a year; ``families`` are lines, so is ``sensitive``, or empty."""

    stated: System
    values: Floats
    cells: Mapping[FigureKey, int]
    settings: Disclosure
    links: Links
    families: frozenset[str]
    sensitive: str

    def rule(self, key: FigureKey) -> str:
        """Name what makes a figure exact, as :func:`rule_of` does."""
        return rule_of(key, self.links, self.families)

    def table_of(self, key: FigureKey) -> tuple[str, str]:
        """Give the table that a zero is rounded with, where one of its figures is small: an action is one by itself."""
        return key.indicateur, key.colonne if key.indicateur in self.links.actions else ""

    @cached_property
    def is_sensitive(self) -> Bools:
        """Which unknowns are about a sensitive subject."""
        return self.stated.marked(key for key in self.cells if self.sensitive and key.ligne == self.sensitive)

    @cached_property
    def threshold(self) -> Floats:
        """Least number that may be published exactly, for each unknown: a zero may, 1 to threshold − 1 may not."""
        return np.where(self.is_sensitive, self.settings.seuil_sensible, self.settings.seuil).astype("float64")

    @cached_property
    def base(self) -> Floats:
        """What each is a multiple of once rounded: a small sum of issues as its sensitive row, not to narrow it."""
        base = self.settings.base
        sums: dict[str, list[int]] = defaultdict(list)
        for key, place in self.cells.items():
            if self.sensitive and key.indicateur == ISSUE_TABLE and key.ligne == TOTAL:
                sums[key.territoire].append(place)
        coarse = self.is_sensitive.copy()
        coarse[[place for row in sums.values() if min(self.values[row]) < 3 * base for place in row]] = True
        return np.where(coarse, 2.0 * base, 1.0 * base)

    @cached_property
    def small(self) -> Bools:
        """Which unknowns are too small to be shown."""
        return np.asarray((self.values > 0) & (self.values < self.threshold))

    @cached_property
    def margin(self) -> Bools:
        """Which unknowns are margins."""
        return self.stated.marked(key for key in self.cells if self.rule(key) == MARGIN)

    @cached_property
    def structural(self) -> Bools:
        """Which unknowns are zero by definition: young people live somewhere."""
        nowhere = (key for key in self.cells if key.territoire == SANS_COMMUNE)
        return self.stated.marked(key for key in nowhere if self.links.tables[key.indicateur].residents)

    @cached_property
    def groups(self) -> Mapping[int, tuple[int, ...]]:
        """The crossed cells of the service's tables, and those of an action, each with those of its table."""
        tables: dict[tuple[str, str], dict[int, None]] = defaultdict(dict)
        for key, place in self.cells.items():
            if self.rule(key) == CROSSED:
                tables[self.table_of(key)][place] = None
        return {place: tuple(table) for table in tables.values() for place in table}

    @cached_property
    def below(self) -> Bools:
        """Which are « moins de » once rounded: small margins, what is small alone among crossed cells."""
        below = self.margin & self.small
        for table in {*self.groups.values()}:
            small = [place for place in table if self.values[place] < self.threshold[place]]
            below[small] |= len(small) == 1 and self.small[small]
        return below & (self.threshold <= self.base)

    @cached_property
    def one_class(self) -> Bools:
        """Which unknowns hold everybody of a sensitive line: to show the zeros beside would tell of each."""
        lines = {key: place for key, place in self.cells.items() if key.ligne == self.sensitive}
        whole = {key[:4]: self.values[place] for key, place in lines.items() if key.colonne == TOTAL}
        alone = (key for key, place in lines.items() if self.values[place] > 0 and key.colonne != TOTAL)
        return self.stated.marked(key for key in alone if whole.get(key[:4]) == self.values[self.cells[key]])

    @cached_property
    def exact_by_rule(self) -> Bools:
        """Which unknowns are published exactly, before any is rounded to protect another."""
        chosen = self.structural.copy()
        of_service = ((key, place) for key, place in self.cells.items() if key.territoire == SERVICE)
        apart = {self.table_of(key) for key, place in of_service if self.small[place]}
        for key, place in self.cells.items():
            value = self.values[place]
            if place in self.groups:
                table = [*self.groups[place]]
                chosen[place] |= not (self.small[table] | self.one_class[table]).any()
            elif self.margin[place]:
                zero = value == 0 and key.territoire == SERVICE and self.table_of(key) not in apart
                chosen[place] |= value >= self.threshold[place] or zero
        return chosen

    @cached_property
    def rank(self) -> Floats:
        """Importance of each unknown: crossed cells, lesser variables, margins, totals of territories, the cohort."""
        rank = np.zeros(self.stated.size)
        for key, place in self.cells.items():
            if place in self.groups:
                continue
            lesser, total = key.colonne == NOUVEAUX or key.indicateur in LESS, {*key[3:]} <= {TOTAL, AU_MOINS_UN}
            of_total = 3 if key.territoire != SERVICE else 5 if key.indicateur == COHORT else 4
            rank[place] = max(rank[place], 1 if lesser else of_total if total else 2)
        return rank

    @cached_property
    def importance(self) -> Floats:
        """Order in which exact figures are rounded to protect others: by rank, then the smallest."""
        size = np.minimum(np.nan_to_num(self.values), 1e5)
        return self.rank * 1e6 + size + np.arange(len(size)) * 1e-6


def publications(released: Releases) -> list[Publication]:
    """Give each release of the ledger, with the wider classes that it told."""
    return [Publication(one.name, one.figures, one.rules["classes"], released=True) for one in released.each]


def knowledge(service: Service, links: Links, followed_only: bool = True) -> Knowledge:
    """Tell the attack the rules that the report prints."""
    rules = service.diffusion
    return Knowledge(
        {commune.code: commune.nom for commune in service.communes},
        links=links,
        seuil=rules.seuil,
        seuil_sensible=rules.seuil_sensible,
        sensibles=frozenset({sensitive_row(rules, service), *rules.sensibles}),
        base=rules.base,
        followed_only=followed_only,
        rule=partial(rule_of, links=links, families=families_of(classes_of(rules, service), service, links)),
        few=partial(few_of, links=links, base=rules.base),
        word=label_of,
    )
