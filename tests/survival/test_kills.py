"""Killed without notice, at any moment: what is published is whole, nothing runs on, the next build succeeds.

Slow: builds killed at many moments, which alone show what is left between two steps.
"""

from __future__ import annotations

import os
import random
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.survival.building import (
    Nursery,
    a_chapter,
    faults,
    forking_parent,
    marked,
    renew,
    settled,
    tirage,
    write_place,
)
from tests.waiting import alive, eventually

SEED = 20231231
KILLS = 6
"""Two moments of a build for each victim."""
VICTIMS = ("build", "chapter", "parent")
LONGEST = 3.9
"""Seconds of a build of the nursery on two processors shared with two others."""


@dataclass(frozen=True)
class Kill:
    """Who is killed, and how many seconds after the build's start."""

    number: int
    victim: str
    seconds: float


def draw(count: int, seed: int) -> list[Kill]:
    """Kills of each kind in turn, each at a moment drawn within its share of a build."""
    randomly, shares = random.Random(seed), count // len(VICTIMS)
    moments = [LONGEST * (share + randomly.random()) / shares for share in range(shares) for _ in VICTIMS]
    return [Kill(number, VICTIMS[number % 3], moment) for number, moment in enumerate(moments, start=1)]


def carry_out(kill: Kill, nursery: Nursery, build: int) -> None:
    """Kill the victim at its moment, or as soon as there is one; nothing when the build ended first."""
    time.sleep(kill.seconds)
    find = {"build": lambda *_: build, "chapter": a_chapter, "parent": forking_parent}[kill.victim]
    found: list[int | None] = []
    eventually(lambda: found.append(find(nursery.marker, build)) or found[-1] or not alive(build))
    if found[-1] and alive(build):
        with suppress(ProcessLookupError):
            os.kill(found[-1], signal.SIGKILL)


def try_one(kill: Kill, nursery: Nursery, place: Path) -> list[str]:
    """What is wrong after a kill, and after the build that follows."""
    renew(place, kill.number)
    build = nursery.start(place)
    carry_out(kill, nursery, build)
    status = nursery.wait()
    wrong = faults(place, nursery.marker)
    if kill.victim != "build" and status != 0:
        said = (place / "journal.log").read_text(encoding="utf-8")[-1000:]
        wrong.append(f"one death of the {kill.victim} made the build fail ({status}): {said}")
    if status != 0:
        if (place / "outputs" / "2022").exists() and tirage(place) not in (str(kill.number), str(kill.number - 1)):
            wrong.append(f"neither the former nor the new is published: {tirage(place)}")
        if nursery.build(place) != 0:
            wrong.append("the next build failed")
        wrong += faults(place, nursery.marker)
    if not settled(place) or tirage(place) != str(kill.number):
        wrong.append(f"left: {sorted(path.name for path in (place / 'outputs').iterdir())}")
    return wrong


def try_all(kills: list[Kill], place: Path) -> list[str]:
    nursery = Nursery()
    try:
        return [f"{kill} : {'; '.join(wrong)}" for kill in kills if (wrong := try_one(kill, nursery, place))]
    finally:
        nursery.close()


@pytest.mark.slow
def test_killed_at_many_moments(tmp_path: Path) -> None:
    kills = draw(KILLS, SEED)
    halves = []
    for half in (0, 1):  # consecutive numbers in each, so that the former edition is known
        own = [kill for kill in kills if (kill.number // 3) % 2 == half]
        halves.append([Kill(number, kill.victim, kill.seconds) for number, kill in enumerate(own, start=1)])
    places = [write_place(tmp_path / name) for name in ("un", "deux")]
    with ThreadPoolExecutor(2) as pool:
        failed = [line for lines in pool.map(try_all, halves, places) for line in lines]
    assert not failed, "\n".join(failed)


@pytest.mark.slow
def test_what_the_test_looks_for_is_there_while_a_build_runs(nursery: Nursery, place: Path) -> None:
    build = nursery.start(place)
    assert eventually(lambda: a_chapter(nursery.marker, build) or not alive(build))
    assert len(marked(nursery.marker)) >= 2
    assert nursery.wait() == 0
    assert settled(place)
