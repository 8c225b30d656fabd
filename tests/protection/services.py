"""The random services that the naive protections are broken on, and that ours must protect."""

from __future__ import annotations

from rlpipeline.records.frames import Records
from tests.figures.random_records import random_records
from tests.protection import naive

SMALL_CELLS = 20
"""Small figures of persons that each of them has, at least."""
SEEDS = range(6)


def service_of(seed: int) -> Records:
    """Records of one of them."""
    return naive.whole_participants(random_records(seed, persons=24))
