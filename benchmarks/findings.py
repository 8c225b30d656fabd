"""How often a service where nothing changed has a finding, and whether what was planted is told first.

Usage: ``python -m benchmarks.findings [SERVICES [FIRST]]``: steady services a size, 100 by default, a quarter as many
that change, and a hundredth in the edition to share; FIRST is the seed of the first. 2,000 take half an hour of
processor.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.display.services_over_years import (
    STORIES,
    changing_service,
    planted,
    report_of,
    shared_report,
    steady_service,
)
from tests.display.test_year_findings import has_finding, sentences, with_finding

SIZES = (17, 40, 98, 250, 800)
TOGETHER = 50
"""Services counted as the communes of one source."""


def main(services: int = 100, first: int = 1000) -> None:
    """Print, by size, the services tried and those that have a finding; then the stories told first."""
    for size in SIZES:
        seeds = range(first, first + services)
        few, fewer = seeds[: services // 4], seeds[: services // 100]
        _print(f"{size}, rien n'a changé", seeds, try_services(size, seeds))
        _print(f"{size}, tout peut changer", few, try_services(size, few, changing=True))
        _print(f"{size}, à diffuser", fewer, try_shared(size, fewer))
    told = [
        story
        for story, (_, words) in STORIES.items()
        if words in sentences(report_of(planted(story)))[1]
    ]
    print(f"histoires dites en premier : {len(told)} sur {len(STORIES)}")


def try_services(size: int, seeds: Sequence[int], *, changing: bool = False) -> int:
    """Count the services with a finding, of a size where nothing changed or anything may, fifty counted together."""
    make = changing_service if changing else steady_service
    every = [seeds[start : start + TOGETHER] for start in range(0, len(seeds), TOGETHER)]
    return sum(with_finding([(make, seed, size) for seed in some]) for some in every)


def try_shared(size: int, seeds: Sequence[int]) -> int:
    """As :func:`try_services`, in the edition to share, where anything may change."""
    found = 0
    for seed in seeds:
        with tempfile.TemporaryDirectory() as folder:
            found += has_finding(
                sentences(shared_report(changing_service(seed, size), Path(folder)))
            )
    return found


def _print(name: str, seeds: range, found: int) -> None:
    rate = 100 * found / max(len(seeds), 1)
    print(f"{name} : {found} sur {len(seeds)} ({rate:.1f} %)", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
