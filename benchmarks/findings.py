"""How often a service where nothing changed has a finding, and whether any sentence of it is wrong.

Usage: ``python -m benchmarks.findings [SERVICES]``: services a size, 100 by default; 2,000 take two hours.
"""

from __future__ import annotations

import sys

from tests.display.test_year_findings import STORIES, try_steady, try_story

SIZES = (17, 40, 98, 250, 800)


def main(services: int = 100) -> None:
    """Print, for each size, the part of the services that have a finding, and the sentences that are wrong."""
    for size in SIZES:
        tried = try_steady(size, range(1000, 1000 + services))
        rate = 100 * tried.with_finding / services
        print(f"{size} : {tried.with_finding} sur {services} ({rate:.1f} %), {len(tried.wrong)} faux", flush=True)
        for line in tried.wrong[:5]:
            print("  ", line)
    told = [story for story in STORIES if not try_story(story)]
    print(f"histoires dites en premier : {len(told)} sur {len(STORIES)}")


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
