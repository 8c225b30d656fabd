"""How often a service where nothing changed has a finding, and whether what was planted is told first.

Usage: ``python -m benchmarks.findings [SERVICES [FIRST]]``: steady services a size, 100 by default, a quarter as many
that change, and a hundredth in the edition to share; FIRST is the seed of the first. 2,000 take half an hour of
processor.
"""

from __future__ import annotations

import sys

from tests.display.test_year_findings import STORIES, Tried, try_services, try_shared, try_story

SIZES = (17, 40, 98, 250, 800)


def main(services: int = 100, first: int = 1000) -> None:
    """Print, by size, the services tried and those that have a finding; then the stories told first."""
    for size in SIZES:
        seeds = range(first, first + services)
        _print(f"{size}, rien n'a changé", try_services(size, seeds))
        _print(f"{size}, tout peut changer", try_services(size, seeds[: services // 4], changing=True))
        _print(f"{size}, à diffuser", try_shared(size, seeds[: services // 100]))
    told = [story for story in STORIES if try_story(story)]
    print(f"histoires dites en premier : {len(told)} sur {len(STORIES)}")


def _print(name: str, tried: Tried) -> None:
    rate = 100 * tried.with_finding / max(tried.services, 1)
    print(f"{name} : {tried.with_finding} sur {tried.services} ({rate:.1f} %)", flush=True)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
