"""Published cases in which the answer is known: the naive protection gives a number away, ours must not."""

from __future__ import annotations

import pytest

from rlpipeline.declared import FigureKey
from rlpipeline.figures import SERVICE
from rlpipeline.protection.releases import Protected
from rlpipeline.settings.models import Disclosure, Service
from tests.figures.factory import SERVICE as SETTINGS
from tests.protection.made import YEAR, Exact, attacked, protect, sexed

ONE = Service(nom="Service", departement="62", communes=SETTINGS.communes[:1])


def _protected(exact: Exact) -> Protected:
    return protect(exact, Disclosure(), ONE, ())


def _rounded(protected: Protected) -> set[FigureKey]:
    chosen = protected.figures[protected.figures["etat"] == "arrondi"]
    return {FigureKey(*row[:5]) for row in chosen.itertuples(index=False)}


def _fifty(small: int) -> Exact:
    """Many boys, and a few girls of under eleven."""
    girls, boys = (small, 12, 20, 15, 9), (45, 30, 25, 20, 15)
    return {("travail_de_rue", SERVICE): sexed("travail_de_rue", SERVICE, girls, boys)}


@pytest.mark.parametrize("small", [1, 2, 3, 4])
def test_total_minus_males_is_not_one_female(small: int) -> None:
    """OpenSAFELY: a total of 46 and 45 males published beside a hidden cell give one female."""
    protected = _protected(_fifty(small))
    assert FigureKey("travail_de_rue", YEAR, SERVICE, "moins_11", "F") in _rounded(protected)
    result = attacked(protected, ONE, ())
    assert result.passed, [*map(str, result.failures)]


def test_a_whole_that_needs_no_protection_is_exact() -> None:
    assert not _rounded(_protected(_fifty(7)))
