"""One young person corrected after a release, in every way: neither that year nor the next tells who.

Slow: each correction is counted, protected and attacked over two years; ``benchmarks/corrections.py`` has more.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.protection.corrections import EVERY, corrected, small_service, told

pytestmark = pytest.mark.slow


def test_no_correction_of_one_young_person_is_told(tmp_path: Path) -> None:
    life = small_service(tmp_path / "vie", communes=1, young=40, seed=3)
    every = [*corrected(life, len(EVERY), 3, tmp_path)]
    assert {made.name: lines for made in every if (lines := told(life, made))} == {}
    counted = [made.first.again.differing for made in every if made.first.again]
    assert len(counted) == len(EVERY) and {*counted} == {0, 1}
