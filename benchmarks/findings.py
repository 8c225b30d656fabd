"""How often a service where nothing changed has a finding, and whether what was planted is told first.

Usage: ``python -m benchmarks.findings [SERVICES [FIRST]]``: steady services a size, 100 by default, a quarter as many
that change, and a hundredth in the edition to share; FIRST is the seed of the first. 2,000 take half an hour of
processor.
"""

from __future__ import annotations

import sys

from tests.display.services_over_years import STORIES
from tests.display.test_year_findings import try_services, try_shared, try_story

SIZES = (17, 40, 98, 250, 800)


def main(services: int = 100, first: int = 1000) -> None:
    """Print, by size, the services tried and those that have a finding; then the stories told first."""
    for size in SIZES:
        seeds = range(first, first + services)
        few, fewer = seeds[: services // 4], seeds[: services // 100]
        _print(f"{size}, rien n'a changé", seeds, try_services(size, seeds))
        _print(f"{size}, tout peut changer", few, try_services(size, few, changing=True))
        _print(f"{size}, à diffuser", fewer, try_shared(size, fewer))
    told = [story for story in STORIES if try_story(story)]
    print(f"histoires dites en premier : {len(told)} sur {len(STORIES)}")


def _print(name: str, seeds: range, found: int) -> None:
    rate = 100 * found / max(len(seeds), 1)
    print(f"{name} : {found} sur {len(seeds)} ({rate:.1f} %)", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
