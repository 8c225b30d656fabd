"""Random valid services are counted, checked, protected, built and shared in both years, and none stops.

Slow: two are counted and protected in the process, two built and shared; ``benchmarks/random_services.py`` tries more.
"""

from __future__ import annotations

import pytest

from benchmarks.random_services import attempt

COUNTED = (11, 16)
BUILT = (1003, 1011)
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("seed", COUNTED)
def test_a_random_service_is_counted_checked_and_protected_in_both_years(seed: int) -> None:
    service, stopped = attempt(seed)
    assert not stopped, service


@pytest.mark.parametrize("seed", BUILT)
def test_a_random_service_is_built_and_shared_in_both_years_and_its_words_are_right(seed: int) -> None:
    service, stopped = attempt(seed, builds=True)
    assert not stopped, service
