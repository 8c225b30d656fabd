"""The relations hold in any records, and link what the report says is linked."""

from __future__ import annotations

import numpy as np
import pytest

from rlpipeline.figures import REGISTRY, SERVICE
from rlpipeline.protection.classes import shared_lines
from rlpipeline.protection.constraints import Relations, relations
from rlpipeline.protection.shared_tables import NOT_SHARED
from rlpipeline.protection.unknowns import Registry
from rlpipeline.published.model import FigureKey
from rlpipeline.settings.models import Disclosure
from tests.figures.factory import SERVICE as SETTINGS
from tests.figures.random_records import random_records
from tests.protection import made
from tests.protection.made import YEAR, exact_of, random_exact

WITHOUT_SUM = {"co_accompagnements", "reseaux", "problematiques_jeunes", *NOT_SHARED}
PROTECTED = sorted(one.id for one in REGISTRY.values() if one.protected)
RULES = Disclosure()


@pytest.fixture(scope="module")
def linked() -> tuple[Registry, Relations]:
    return made.linked(random_exact(6, 30, SETTINGS), SETTINGS, RULES)


def test_every_relation_holds_in_the_exact_figures(linked: tuple[Registry, Relations]) -> None:
    registry, links = linked
    np.testing.assert_allclose(links.equalities @ registry.values, 0, atol=1e-6)
    assert (links.inequalities @ registry.values <= links.bounds).all()
    assert all((registry.values[a] > 0) == (registry.values[b] > 0) for a, b in links.together)
    assert links.together


@pytest.mark.parametrize("indicator", [one for one in PROTECTED if one not in WITHOUT_SUM])
def test_every_protected_table_has_its_sums(indicator: str) -> None:
    """A table added to the report must say here how it adds up, or that it does not."""
    assert any(_equations_of(indicator, seed) for seed in range(1, 6))


def _equations_of(indicator: str, seed: int) -> int:
    exact = exact_of(random_records(seed), SETTINGS, only=frozenset({indicator}))
    return made.linked(exact, SETTINGS, RULES)[1].equalities.shape[0]


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (("accompagnes", "11_14", "F"), ("travail_de_rue", "11_14", "F")),
        (("accompagnes", "total", "nouveaux"), ("accompagnes", "total", "total")),
        (("co_accompagnements", "ase", "jeunes"), ("co_accompagnements", "au_moins_un", "jeunes")),
        (("problematiques_jeunes", "sociales", "total"), ("problematiques", "sociales", "total")),
    ],
)
def test_a_part_is_at_most_its_whole(
    left: tuple[str, str, str], right: tuple[str, str, str], linked: tuple[Registry, Relations]
) -> None:
    registry, links = linked
    part, whole = (registry.cells[FigureKey(name, YEAR, SERVICE, line, column)] for name, line, column in (left, right))
    found = links.inequalities[:, [part, whole]].toarray()
    assert any((row == [1, -1]).all() for row in found)


def test_a_partial_sum_has_no_equation(linked: tuple[Registry, Relations]) -> None:
    registry, links = linked
    assert registry.partial.any()
    assert abs(links.equalities)[:, np.flatnonzero(registry.partial)].sum() == 0


def test_the_year_before_bounds_the_long_ones() -> None:
    exact = dict(random_exact(6, 30, SETTINGS))
    registry, _ = made.linked(exact, SETTINGS, RULES)
    before = {FigureKey("accompagnes", YEAR - 1, SERVICE, "total", "total"): 1000.0}
    lines = shared_lines(made.classes(SETTINGS, RULES), RULES, SETTINGS)
    bounds = relations(exact.keys(), registry, lines, before).bounds
    assert bounds.tolist().count(1000.0) == 1


def test_a_sum_whose_parts_are_not_shared_says_nothing(linked: tuple[Registry, Relations]) -> None:
    """A line of a table that is not crossed has a total and no part: it is no zero."""
    _, links = linked
    terms = np.diff(links.equalities.indptr)
    assert (terms > 1).all()
