"""A figure wrong in all its copies at once: only the arithmetic between figures, or a new count, can notice it."""

from __future__ import annotations

import random
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import pytest

from rlpipeline.audit.relations import Recompute, examine_recomputed, examine_relations, former_figures
from rlpipeline.audit.report import Terms
from rlpipeline.pipeline.reconciliation import terms_of
from rlpipeline.published import Figure, FigureKey, Publication
from rlpipeline.records import open_records
from rlpipeline.settings.models import load_settings
from tests.conftest import YEAR
from tests.figures.stored import stored

TAKEN = 25
"""Figures taken from each table."""


@dataclass(frozen=True)
class Audited:
    publication: Publication
    terms: Terms
    recompute: Recompute
    former: Mapping[FigureKey, Figure]

    def notices(self, figure: Figure) -> bool:
        """Whether the arithmetic, or a new count, sees a figure changed in every copy."""
        figures = {**self.publication.figures, figure.key: figure}
        every = {**figures, **self.former}
        found = examine_relations(every, self.publication.bundles, self.terms.declared).findings
        return bool(found or examine_recomputed(figures, self.recompute, self.terms.declared).findings)


@pytest.fixture(scope="module")
def audited(publication: Publication, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Audited:
    settings = load_settings(root / "params", YEAR)
    records = open_records(str(root / "data" / "exemple"), settings.service)
    terms = terms_of(settings, stored(records, settings.service, tmp_path_factory.mktemp("chiffres"), YEAR))
    assert terms.recompute is not None
    return Audited(publication, terms, cache(terms.recompute), former_figures(publication))


def mutants(publication: Publication) -> Iterator[tuple[Figure, Figure]]:
    """Figures of each table taken at random, one more or one less."""
    chance = random.Random(4)
    by_table: dict[str, list[Figure]] = defaultdict(list)
    for figure in publication.figures.values():
        if figure.valeur is not None and figure.key.annee == publication.year:
            by_table[figure.key.indicateur].append(figure)
    for figures in by_table.values():
        for figure in chance.sample(figures, min(TAKEN, len(figures))):
            value = figure.valeur or 0.0
            yield figure, replace(figure, valeur=value + (1 if value < 1 else chance.choice([1, -1])))


def survivors(audited: Audited) -> tuple[str, Sequence[FigureKey]]:
    """What is not noticed, with the rate by table."""
    made: Counter[str] = Counter()
    alive: list[FigureKey] = []
    for figure, changed in mutants(audited.publication):
        made[figure.key.indicateur] += 1
        if not audited.notices(changed):
            alive.append(figure.key)
    lost = Counter(key.indicateur for key in alive)
    lines = [f"{id} : {made[id] - lost[id]} sur {made[id]}" for id in made]
    return "\n".join([*lines, *(f"survit : {'/'.join(map(str, key))}" for key in alive)]), alive


def test_an_unchanged_publication_agrees_with_itself(audited: Audited) -> None:
    figure = next(iter(audited.publication.figures.values()))
    assert not audited.notices(figure)


@pytest.mark.slow
def test_figures_wrong_everywhere_are_noticed(audited: Audited, capsys: pytest.CaptureFixture[str]) -> None:
    told, alive = survivors(audited)
    with capsys.disabled():
        sys.stdout.write(f"\n{told}\n")
    assert alive == []
