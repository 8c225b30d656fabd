"""The exact tests, beside scipy's and the chances that were worked out for the demonstration."""

from __future__ import annotations

from itertools import product

import pytest
from scipy.stats import binomtest, fisher_exact

from rlpipeline.display import subjects


@pytest.mark.parametrize(
    ("first", "second"), [*product((0, 1, 3, 10, 37), (0, 2, 9, 77)), (800, 790), (40_000, 41_000)]
)
def test_counts(first: int, second: int) -> None:
    expected = binomtest(first, first + second).pvalue if first + second else 1.0
    assert subjects.of_counts(first, second) == pytest.approx(expected)


@pytest.mark.parametrize("came", [(0, 0), (0, 4), (45, 6), (200, 150)])
@pytest.mark.parametrize("left", [(0, 0), (5, 0), (18, 17), (160, 190)])
def test_shares(came: tuple[int, int], left: tuple[int, int]) -> None:
    assert subjects.of_shares(came, left) == pytest.approx(fisher_exact([came, left])[1])


@pytest.mark.parametrize(
    ("seen", "every", "part"), [(0, 5, 0.5), (17, 114, 0.3), (17, 114, 0.15), (300, 5000, 0.08)]
)
def test_parts(seen: int, every: int, part: float) -> None:
    assert subjects.of_part(seen, every, part) == pytest.approx(binomtest(seen, every, part).pvalue)


def test_the_demonstration() -> None:
    assert subjects.of_counts(37, 77) == pytest.approx(0.0002, abs=5e-5)
    assert subjects.of_counts(16, 42) == pytest.approx(0.0009, abs=5e-5)
    assert subjects.of_shares((45, 6), (18, 17)) == pytest.approx(0.0003, abs=1e-4)
    assert subjects.of_counts(2, 14) == pytest.approx(0.0042, abs=5e-5)
    assert subjects.of_shares((2, 50), (14, 22)) == pytest.approx(0.00004, abs=5e-6)
    assert subjects.of_shares((22, 24), (5, 43)) == pytest.approx(0.0001, abs=5e-5)
    assert subjects.of_shares((37, 37), (46, 12)) == pytest.approx(0.0006, abs=5e-5)


@pytest.mark.parametrize(
    ("then", "now", "counts"),
    [
        ((20, 0), (30, 0), (20, 30)),
        ((20, 4), (30, 4), (24, 26)),
        ((20, 4), (26, 4), (24, 24)),
        ((30, 4), (20, 4), (26, 24)),
    ],
)
def test_figures_are_as_near_as_their_rounding_allows_and_never_cross(
    then: tuple[float, float], now: tuple[float, float], counts: tuple[int, int]
) -> None:
    assert subjects.nearest(then, now) == counts
