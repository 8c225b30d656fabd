"""Killed without notice, at any moment: what is published is whole, nothing runs on, the next build succeeds.

Slow: builds killed at many moments, which alone show what is left between two steps.
"""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import pytest

from tests.survival.building import (
    Nursery,
    a_chapter,
    faults,
    forking_parent,
    renew,
    settled,
    tirage,
)
from tests.waiting import alive, eventually

SEED = 20231231
VICTIMS = ("build", "chapter", "parent")
LONGEST = (3.9, 1.6)
"""Seconds of a build that counts, then of one that finds its counts, on two processors shared with two others."""


@dataclass(frozen=True)
class Kill:
    """Who is killed, how many seconds after the start, in a build that counts or in one that finds its counts."""

    victim: str
    seconds: float
    counted: bool


def draw(seed: int) -> list[Kill]:
    """For each victim a moment drawn within a build that counts, then one within a build that finds its counts."""
    randomly, (counting, finding) = random.Random(seed), LONGEST
    kills = [Kill(victim, counting * randomly.random(), True) for victim in VICTIMS]
    return [*kills, *(Kill(victim, finding * randomly.random(), False) for victim in VICTIMS)]


def carry_out(kill: Kill, share: float, nursery: Nursery, build: int) -> bool:
    """Kill the victim at a share of its moment, or as soon as there is one; false when the build ended first."""
    time.sleep(kill.seconds * share)
    find = {"build": lambda *_: build, "chapter": a_chapter, "parent": forking_parent}[kill.victim]
    found: list[int | None] = []
    eventually(lambda: found.append(find(nursery.marker, build)) or found[-1] or not alive(build))
    with suppress(ProcessLookupError):
        if found[-1] and alive(build):
            os.kill(found[-1], signal.SIGKILL)
            return True
    return False


def what_is_wrong(kill: Kill, number: int, status: int, nursery: Nursery, place: Path) -> list[str]:
    """What is wrong after a kill, and after the build that follows."""
    wrong = faults(place, nursery.marker)
    if kill.victim != "build" and status != 0:
        said = (place / "journal.log").read_text(encoding="utf-8")[-1000:]
        wrong.append(f"one death of the {kill.victim} made the build fail ({status}): {said}")
    if status != 0:
        if (place / "outputs" / "2022").exists() and tirage(place) not in (
            str(number),
            str(number - 1),
        ):
            wrong.append(f"neither the former nor the new is published: {tirage(place)}")
        if nursery.build(place) != 0:
            wrong.append("the next build failed")
        wrong += faults(place, nursery.marker)
    if not settled(place) or tirage(place) != str(number):
        wrong.append(f"left: {sorted(path.name for path in (place / 'outputs').iterdir())}")
    return wrong


@pytest.mark.slow
def test_killed_at_many_moments(nursery: Nursery, place: Path) -> None:
    numbers, failed = count(1), list[str]()
    for kill in draw(SEED):
        # a build that ended first is begun again, to be killed sooner
        for share in (1, 0.5, 0.25, 0.1):
            number = next(numbers)
            renew(place, number, counted=kill.counted)
            killed = carry_out(kill, share, nursery, nursery.start(place))
            if wrong := what_is_wrong(kill, number, nursery.wait(), nursery, place):
                failed.append(f"{number}, {kill} : {'; '.join(wrong)}")
            if killed:
                break
        assert killed, f"no build lived until the moment of {kill}"
    assert not failed, "\n".join(failed)
