"""Random valid services are counted, checked, protected, built and shared in both years, and none stops.

Slow: one is counted and protected in the process, one built and shared; ``benchmarks/random_services.py`` tries more.
"""

from __future__ import annotations

import pytest

from benchmarks.random_services import attempt

COUNTED, BUILT = 16, 1011
pytestmark = pytest.mark.slow


def test_a_random_service_is_counted_checked_and_protected_in_both_years() -> None:
    service, stopped = attempt(COUNTED)
    assert not stopped, service


def test_a_random_service_is_built_and_shared_in_both_years() -> None:
    service, stopped = attempt(BUILT, builds=True)
    assert not stopped, service
