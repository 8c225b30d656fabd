"""A random valid service is checked, built and shared in both years, and nothing stops.

Slow: four editions; ``benchmarks/random_services.py`` tries more.
"""

from __future__ import annotations

import pytest

from benchmarks.random_services import attempt

SEED = 1007
pytestmark = pytest.mark.slow


def test_a_random_service_is_built_and_shared_in_both_years() -> None:
    service, stopped = attempt(SEED, builds=True)
    assert not stopped, service
