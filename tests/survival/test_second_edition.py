"""Stopped while the edition to share is made: the other is whole, this one absent, former or complete, and resumed.

Slow: builds of two editions stopped at many moments, which alone show a mixture of editions.
"""

from __future__ import annotations

import os
import random
import signal
import time
from contextlib import suppress
from itertools import count
from pathlib import Path

import pytest

from tests.survival.building import Nursery, faults, renew, settled, tirage, told
from tests.survival.test_disk import fill, mounted
from tests.waiting import alive, eventually

SEED = 20231231
ENDS = {signal.SIGKILL: (-9, 137), signal.SIGTERM: (143,), signal.SIGINT: (130,)}
"""Exit codes of a build that was stopped."""
SECRET, MEMORY = ".2022-diffusion-origine.json", ".2022-diffusion-memoire"


def wrong(place: Path, nursery: Nursery, number: str) -> list[str]:
    """What is wrong once a build of both editions ended well."""
    found = faults(place, nursery.marker)
    hidden = [
        path.name for path in (place / "outputs" / "2022").iterdir() if path.name.startswith(".")
    ]
    if hidden or not settled(place, SECRET, MEMORY):
        found.append(
            f"left: {hidden}, {sorted(path.name for path in (place / 'outputs').iterdir())}"
        )
    if (tirage(place), tirage(place, "diffusion")) != (number, number):
        found.append(f"published: {tirage(place)}, {tirage(place, 'diffusion')}")
    return found


def stopped(place: Path, nursery: Nursery, number: str, former: str) -> list[str]:
    """What is wrong once a build was stopped while it made the edition to share."""
    found = faults(place, nursery.marker)
    if tirage(place) != number:
        found.append(f"the edition interne is {tirage(place)}")
    if (place / "outputs" / "2022" / "diffusion").exists() and tirage(place, "diffusion") not in (
        former,
        number,
    ):
        found.append(f"neither the former nor the new is shared: {tirage(place, 'diffusion')}")
    return found


def begin(place: Path, nursery: Nursery, number: int) -> int:
    """Start both editions; back when the first is published."""
    renew(place, number)
    build = nursery.start(place, "both")
    report = place / "outputs" / "2022" / "rapport.html"
    assert eventually(
        lambda: (report.exists() and tirage(place) == str(number)) or not alive(build), 300
    )
    return build


def longest(place: Path, nursery: Nursery) -> float:
    """Seconds that the second pass takes here, now."""
    begin(place, nursery, 1)
    start = time.monotonic()
    assert nursery.wait() == 0
    return time.monotonic() - start


@pytest.mark.slow
def test_stopped_at_moments_of_the_second_pass(nursery: Nursery, place: Path) -> None:
    seconds, randomly = longest(place, nursery), random.Random(SEED)
    assert wrong(place, nursery, "1") == []
    failed, numbers = [], count(2)
    for sign, codes in ENDS.items():
        moment = seconds * randomly.random()
        for share in (
            1,
            0.5,
            0.25,
            0,
        ):  # a build that ended first is begun again, to be stopped sooner
            number, former = next(numbers), tirage(place, "diffusion")
            build = begin(place, nursery, number)
            time.sleep(moment * share)
            if lived := alive(build):
                with suppress(ProcessLookupError):
                    os.kill(build, sign)
            status = nursery.wait()
            found = stopped(place, nursery, str(number), former)
            if status not in {0, *codes}:
                found.append(f"it ended with {status}")
            if sign != signal.SIGKILL and "Traceback" in told(place):
                found.append("a traceback was told")
            if status != 0 and nursery.build(place, "both") != 0:
                found.append("the next build failed")
            failed += (
                [(number, found)] if (found := found + wrong(place, nursery, str(number))) else []
            )
            if lived:
                break
        assert lived, f"no build lived until the moment of {sign}"
    assert not failed, (failed, told(place)[-3000:])


@pytest.mark.slow
def test_a_full_disk_leaves_both_editions(nursery: Nursery, place: Path) -> None:
    outputs = place / "outputs"
    with mounted(outputs, "size=4m"):
        assert nursery.build(place, "both") == 0, told(place)
        filling = outputs / "autre chose"
        renew(place, 1)
        fill(filling, 250_000)
        assert nursery.build(place, "diffusion") == 5, told(place)
        assert "le disque est plein" in told(place)
        assert "Traceback" not in told(place)
        assert not faults(place, nursery.marker)
        assert (tirage(place), tirage(place, "diffusion")) == ("0", "0")
        filling.unlink()
        assert nursery.build(place, "both") == 0
        assert wrong(place, nursery, "1") == []
