"""A figure wrong in all its copies at once: only the arithmetic between figures, or a new count, can notice it.

Slow: some figures of every table, each by itself.
"""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

import pytest

from rlpipeline.audit.arithmetic import Recompute, Units, former_figures
from rlpipeline.audit.arithmetic.recount import check_recount
from rlpipeline.audit.findings import examine
from rlpipeline.audit.report import Terms
from rlpipeline.published import Cut, Figure, FigureKey, Publication
from tests.audit.arithmetic.made import Made
from tests.conftest import YEAR

TAKEN = 12
"""Figures taken from each table."""


@dataclass(frozen=True)
class Audited:
    made: Made
    units: Mapping[str, Units]
    recompute: Recompute

    def notices(self, figure: Figure) -> bool:
        """Whether the arithmetic, or a new count, sees a figure changed in every copy."""
        changed = replace(self.made, figures={**self.made.figures, figure.key: figure})
        table = {key: one for key, one in changed.figures.items() if key[:3] == figure.key[:3]}
        if examine(check_recount(table, self.recompute, changed.declared)).findings:
            return True  # the cheapest of the three
        place = changed.owner(figure.key.territoire)
        own, units = changed.within(place)
        return bool(own.findings or changed.between(sum({**self.units, place: units}.values(), Units())).findings)


@pytest.fixture(scope="module")
def audited(cut: Cut, parts: Mapping[str, Publication], terms: Terms) -> Audited:
    assert terms.recompute is not None
    figures = {key: figure for part in parts.values() for key, figure in part.figures.items()}
    before = {key: figure for part in parts.values() for key, figure in former_figures(part).items()}
    tables = tuple(bundle for part in parts.values() for bundle in part.bundles)
    made = Made({**figures, **before}, tables, terms.declared.of(cut))
    return Audited(made, {place: made.within(place)[1] for place in made.places}, cache(terms.recompute))


def mutants(made: Made) -> Iterator[tuple[Figure, Figure]]:
    """Figures of each table taken at random, one more or one less."""
    chance = random.Random(4)
    by_table: dict[str, list[Figure]] = defaultdict(list)
    for figure in made.figures.values():
        if figure.valeur is not None and figure.key.annee == YEAR:
            by_table[figure.key.indicateur].append(figure)
    for figures in by_table.values():
        for figure in chance.sample(figures, min(TAKEN, len(figures))):
            value = figure.valeur or 0.0
            yield figure, replace(figure, valeur=value + (1 if value < 1 else chance.choice([1, -1])))


def survivors(audited: Audited) -> tuple[str, Sequence[FigureKey]]:
    """What is not noticed, with the rate by table."""
    made: Counter[str] = Counter()
    alive: list[FigureKey] = []
    for figure, changed in mutants(audited.made):
        made[figure.key.indicateur] += 1
        if not audited.notices(changed):
            alive.append(figure.key)
    lost = Counter(key.indicateur for key in alive)
    lines = [f"{id} : {made[id] - lost[id]} sur {made[id]}" for id in made]
    return "\n".join([*lines, *(f"survit : {'/'.join(map(str, key))}" for key in alive)]), alive


def test_an_unchanged_publication_agrees_with_itself(audited: Audited) -> None:
    figure = next(iter(audited.made.figures.values()))
    assert not audited.notices(figure)


@pytest.mark.slow
def test_figures_wrong_everywhere_are_noticed(audited: Audited, capsys: pytest.CaptureFixture[str]) -> None:
    told, alive = survivors(audited)
    with capsys.disabled():
        sys.stdout.write(f"\n{told}\n")
    assert alive == []
